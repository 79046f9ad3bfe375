/**
 * Sagas that once broke a rule. `npm run sagas` and the property tests run them before anything random.
 * A saga is kept whole (not its seed), so that it stays the same when the generator changes.
 */
import type { Answer } from '../simulate.js';
import type { Part, RandomSaga } from './random-saga.js';

export interface RegressionSaga {
  /** The rule and what was wrong. */
  readonly why: string;
  readonly saga: RandomSaga;
}

const step = (forward: readonly Answer[] = [], back: readonly Answer[] = []): Extract<Part, { kind: 'step' }> => ({
  kind: 'step',
  effect: 'keyed',
  onFailure: 'fail',
  undo: 'compensation',
  forward,
  back,
});

const calm = { crashRate: 0, cancelRate: 0, person: 'repeats-undos' } as const;

export const REGRESSION_SAGAS: readonly RegressionSaga[] = [
  {
    why: 'S22, S4: an undo in flight during a late success was repeated with other input under the old key',
    saga: {
      ...calm,
      seed: 1116878933,
      person: 'absent',
      parts: [
        {
          kind: 'parallel',
          join: 'any',
          losers: 'ignore',
          branches: [
            [{ kind: 'transform' }],
            [{ ...step(['lost', 'vanished', 'lost']), undo: 'none' }],
            [{ kind: 'transform' }],
          ],
        },
        {
          kind: 'branch',
          choice: false,
          yes: [{ ...step(), onFailure: 'error-edge' }],
          no: [step(['late'], ['lost'])],
        },
      ],
    },
  },
  {
    why: 'S22, S4: a blocked undo kept its old key when a late success gave it other input',
    saga: {
      seed: 650908393,
      crashRate: 0.2,
      cancelRate: 0,
      person: 'decides',
      parts: [
        {
          kind: 'parallel',
          join: 'any',
          losers: 'cancel',
          branches: [
            [{ kind: 'transform' }],
            [step(['late', 'late', 'busy'])],
            [{ ...step(['vanished', 'lost', 'busy']), undo: 'irreversible' }],
          ],
        },
      ],
    },
  },
  {
    why: 'S23: a pivot that succeeded late left no token behind, and the run ended at once',
    saga: {
      ...calm,
      seed: 31,
      parts: [
        {
          kind: 'parallel',
          join: 'all',
          losers: 'ignore',
          branches: [
            [{ kind: 'pivot', forward: ['late', 'refuse'] }],
            [step(['late', 'late', 'late'])],
            [step(['busy', 'busy'])],
          ],
        },
        step(),
      ],
    },
  },
];
