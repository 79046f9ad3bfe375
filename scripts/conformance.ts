// `npm run test:conformance`: cases that nobody on this project wrote, and one closing line of figures.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runJest } from './local/jest-process.js';
import { root } from './local/root.js';

const data = process.env['CONFORMANCE_DATA'] ?? join(root, '..', 'shared', 'data');
if (!existsSync(data)) {
  process.stdout.write('conformance: skipped: CONFORMANCE_DATA is not set\n');
  process.exit(0);
}
process.env['CONFORMANCE_DATA'] = data;
const status = runJest(['--selectProjects', 'conformance', '--runInBand']);
const summaryFile = join(root, 'tests', 'conformance', 'output', 'summary.json');
const summary = JSON.parse(readFileSync(summaryFile, 'utf8')) as { passed: number; failed: number; skipped: number };
process.stdout.write(
  `conformance: jsonata ${summary.passed} passed, ${summary.failed} failed, ${summary.skipped} skipped\n`,
);
process.exit(status === 0 && summary.failed === 0 && summary.passed > 0 ? 0 : 1);
