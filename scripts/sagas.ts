// `npm run sagas`: see tests/sagas.
import { runTool } from './local/tool.js';

process.exit(runTool('sagas'));
