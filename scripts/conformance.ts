// `npm run test:conformance`: cases that nobody on this project wrote, and one closing line of figures.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runJest } from './local/jest-process.js';
import { root } from './local/root.js';

interface SuiteSummary {
  readonly suite: string;
  readonly present: boolean;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly exceptions: readonly { readonly name: string; readonly reason: string }[];
}

const data = process.env['CONFORMANCE_DATA'] ?? join(root, '..', 'shared', 'data');
if (!existsSync(data)) {
  process.stdout.write('conformance: skipped: CONFORMANCE_DATA is not set\n');
  process.exit(0);
}
process.env['CONFORMANCE_DATA'] = data;
// Each suite leaves its figures there; those of an earlier run say nothing about this one.
const output = join(root, 'tests', 'conformance', 'output');
rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });
const status = runJest(['--selectProjects', 'conformance', '--runInBand']);

const suites = readdirSync(output)
  .sort()
  .map((file) => JSON.parse(readFileSync(join(output, file), 'utf8')) as SuiteSummary)
  .filter(({ present }) => present);
for (const { suite, exceptions } of suites) {
  const reasons = new Map<string, number>();
  for (const { reason } of exceptions) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  for (const [reason, count] of reasons) process.stdout.write(`${suite}: ${count} not passed: ${reason}\n`);
}
const figures = suites.map(
  ({ suite, passed, failed, skipped }) => `${suite} ${passed} passed, ${failed} failed, ${skipped} skipped`,
);
process.stdout.write(`conformance: ${figures.join('; ')}\n`);
const isGood = suites.length > 0 && suites.every(({ passed, failed }) => passed > 0 && failed === 0);
process.exit(status === 0 && isGood ? 0 : 1);
