/** Checks of how many runs go on at a time (S30): that the key can be worked out before a run begins, and fits its policy. */
import type { Graph } from '../../graph/index.js';
import type { Report } from './diagnostic.js';
import { readTemplate } from './read-template.js';

const BEFORE_THE_RUN = new Set(['trigger', 'run', 'env']);
const A_MINUTE = 60_000;

export function checkLimit({ settings: { concurrency } }: Graph, report: Report): void {
  if (concurrency === undefined) return;
  const { problems, references } = readTemplate(concurrency.key);
  for (const problem of problems)
    report('error', 'template.syntax', `The key of the runs: ${problem.message}`, {
      field: 'settings.concurrency.key',
    });
  for (const root of new Set(references.map((each) => each.root))) {
    if (BEFORE_THE_RUN.has(root)) continue;
    const message = `The key of the runs reads ${root}, but it is worked out before anything of a run begins; read trigger, run or env.`;
    report('error', 'concurrency.reads-later', message, { field: 'settings.concurrency.key' });
  }
  if (concurrency.policy !== 'debounce') return;
  if (concurrency.debounceMs === undefined) {
    const message =
      'Runs wait for a quiet time, but it is not said how long; set "debounceMs", or choose another policy.';
    report('error', 'concurrency.no-quiet-time', message, { field: 'settings.concurrency.debounceMs' }, [
      {
        label: 'Wait for a quiet minute',
        edit: { kind: 'set-setting', path: ['concurrency', 'debounceMs'], value: A_MINUTE },
      },
    ]);
  }
  if (concurrency.limit !== 1) {
    const message = `After a quiet time the latest run begins, but ${concurrency.limit} may at a time; let it be 1, or choose another policy.`;
    report('error', 'concurrency.one-at-a-time', message, { field: 'settings.concurrency.limit' }, [
      { label: 'One at a time', edit: { kind: 'set-setting', path: ['concurrency', 'limit'], value: 1 } },
    ]);
  }
}
