// `npm run openapi`: writes docs/openapi.json from the route table.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApiDocument } from '@sagawright/shared/contracts';
import { root } from './local/root.js';

writeFileSync(join(root, 'docs', 'openapi.json'), `${JSON.stringify(openApiDocument('0.1.0'), null, 2)}\n`);
