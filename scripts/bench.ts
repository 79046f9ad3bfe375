// `npm run bench`: see tests/bench.
import { runTool } from './local/tool.js';

process.exit(runTool('bench'));
