// `npm run check`: everything that needs no database and no browser, in a minute or two.
import { checks } from './local/checks.js';
import { conclude } from './local/steps.js';

process.exit(conclude(await checks()));
