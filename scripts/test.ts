// `npm test`: everything, in the order in which a fault is cheapest to find.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checks } from './local/checks.js';
import { root } from './local/root.js';
import { conclude, inTurn, jestStep, programStep } from './local/steps.js';

/** Some of each kind that take little time; `npm run chaos` has them all. */
const CHAOS_FAULTS = [
  ...['kill', 'die-after-intent', 'die-after-effect-before-commit', 'die-after-commit-before-doorbell', 'zombie'],
  ...['cut', 'commit-unanswered', 'claim-unanswered', 'postgres-restart', 'flushall', 'redis-full'],
  ...[
    'worker-participant-cut',
    'answer-lost',
    'callback-early',
    'undo-fails-for-good',
    'cancel-racing',
    'undo-finished',
  ],
];

const results = await checks();
const data = process.env['CONFORMANCE_DATA'] ?? join(root, '..', 'shared', 'data');
if (!existsSync(data)) process.stdout.write('\n== conformance\nskipped: CONFORMANCE_DATA is not set\n');
results.push(
  ...(await inTurn([
    programStep('random sagas', ['tests/dist/sagas/main.js', '--count', '20000', '--seed', '1']),
    jestStep('integration on PostgreSQL and Redis', ['--selectProjects', 'integration', '--maxWorkers=2']),
    ...(existsSync(data)
      ? [jestStep('conformance', ['--selectProjects', 'conformance', '--maxWorkers=2'], { CONFORMANCE_DATA: data })]
      : []),
    programStep('chaos, short', [
      'tests/dist/chaos/main.js',
      ...['--runs', '120', '--seed', '1', '--faults', CHAOS_FAULTS.join(',')],
    ]),
    programStep('benchmark, smoke', ['tests/dist/bench/main.js', '--quick']),
    jestStep('end to end in Chromium', ['--selectProjects', 'e2e', '--runInBand']),
  ])),
);
process.exit(conclude(results));
