// `npm run chaos`: see tests/chaos.
import { runTool } from './local/tool.js';

process.exit(runTool('chaos'));
