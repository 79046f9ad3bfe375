// Writes docs/openapi.json from the route table. Run after a build: node scripts/openapi.mjs
import { writeFileSync } from 'node:fs';
import { openApiDocument } from '@sagawright/shared/contracts';

writeFileSync(
  new URL('../docs/openapi.json', import.meta.url),
  `${JSON.stringify(openApiDocument('0.1.0'), null, 2)}\n`,
);
