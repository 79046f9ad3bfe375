// `npm run mutation`: breaks the saga core in every small way, and counts how many of these ways the tests notice.
// Arguments are Stryker's, for instance `-- --mutate shared/src/saga/decide.ts`; `--every 4` before them tries one mutant of
// four. docs/mutation.md says how long it takes.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './local/root.js';

interface Report {
  readonly files: Readonly<
    Record<
      string,
      {
        readonly mutants: readonly {
          readonly mutatorName: string;
          readonly replacement?: string;
          readonly status: string;
          readonly statusReason?: string;
          readonly location: { readonly start: { readonly line: number } };
        }[];
      }
    >
  >;
}

const stryker = join(root, 'node_modules/@stryker-mutator/core/bin/stryker.js');
const given = process.argv.slice(2);
const [every = '1', rest] = given[0] === '--every' ? [given[1], given.slice(2)] : ['1', given];
const { status } = spawnSync(process.execPath, [stryker, 'run', ...rest], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, MUTATION_EVERY: every },
});
if (status !== 0) process.exit(status ?? 1);

const report = JSON.parse(readFileSync(join(root, 'tests/mutation/output/mutation.json'), 'utf8')) as Report;
const counts: Record<string, number> = {};
let once = 0;
for (const [file, { mutants }] of Object.entries(report.files)) {
  for (const { status: fate, statusReason = '', mutatorName, replacement = '', location } of mutants) {
    counts[fate] = (counts[fate] ?? 0) + 1;
    if (statusReason.startsWith('Static')) once += 1;
    if (fate !== 'Survived' && fate !== 'NoCoverage') continue;
    const change = replacement.replace(/\s+/g, ' ').slice(0, 80);
    process.stdout.write(`${fate} ${file}:${String(location.start.line)} ${mutatorName} ${change}\n`);
  }
}
const caught = (counts['Killed'] ?? 0) + (counts['Timeout'] ?? 0);
const missed = (counts['Survived'] ?? 0) + (counts['NoCoverage'] ?? 0);
const share = ((100 * caught) / Math.max(1, caught + missed)).toFixed(1);
process.stdout.write(`${String(once)} mutants left out: they act once, when a module is loaded\n`);
process.stdout.write(`mutation: ${caught + missed} mutants, ${caught} killed (${share} %), ${missed} survived\n`);
