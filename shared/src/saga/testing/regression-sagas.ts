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

const call = (forward: readonly Answer[] = []): Extract<Part, { kind: 'call' }> => ({
  kind: 'call',
  mode: 'wait',
  undo: 'child',
  onFailure: 'fail',
  end: 'completed',
  refusesCancel: false,
  refusesUndo: false,
  forward,
  back: [],
});

const scope = (body: readonly Part[]): Extract<Part, { kind: 'scope' }> => ({
  kind: 'scope',
  body,
  handler: null,
  resume: null,
  asUnit: false,
  undo: 'inside',
  timeout: 'none',
  onFailure: 'fail',
  back: [],
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
  {
    why: 'S22: a late success in an item that had failed and closed was not undone',
    saga: {
      ...calm,
      seed: 1448372671,
      person: 'absent',
      parts: [
        {
          kind: 'for-each',
          items: 1,
          limit: null,
          policy: 'fail',
          timeout: 'none',
          onFailure: 'error-edge',
          body: [step(['late', 'late', 'busy'])],
        },
      ],
    },
  },
  {
    why: 'S22: a late success of a step that a person had taken as failed was not undone once its scope had closed',
    saga: {
      ...calm,
      seed: 700576519,
      parts: [{ ...scope([{ ...step(['late']), effect: 'at-most-once' }]), onFailure: 'continue' }],
    },
  },
  {
    why: 'S21: resuming forward did not go on behind a step that had been settled while its body was being stopped',
    saga: {
      ...calm,
      seed: 923568445,
      cancelRate: 0.03,
      person: 'anything',
      parts: [{ ...call(), refusesCancel: true, refusesUndo: true }],
    },
  },
  {
    why: 'S21, S4: an undo tried again after resuming forward had other input under its old key',
    saga: {
      ...calm,
      seed: 1367131253,
      person: 'anything',
      parts: [{ ...call(['lost', 'refuse']), refusesUndo: true }],
    },
  },
  {
    why: 'S23: a pivot that won against a cancel took up again what had been cancelled in a scope long closed',
    saga: {
      ...calm,
      seed: 1580252177,
      cancelRate: 0.03,
      person: 'absent',
      parts: [
        { ...scope([{ kind: 'wait', event: 'late', timeout: 'none' }]), timeout: 'edge' },
        { kind: 'transform' },
        { kind: 'transform' },
        { kind: 'pivot', forward: [] },
      ],
    },
  },
  {
    why: 'S4, I7: a belated "busy" to the start of a child that was known to run made the step start over without it',
    saga: { ...calm, seed: 1017208385, person: 'absent', parts: [call(['late', 'busy'])] },
  },
  {
    why: 'S22, I7: a belated success of an undo counted, although it was asked before a late success gave the undo other input',
    saga: {
      seed: 699904488,
      crashRate: 0.2,
      cancelRate: 0,
      person: 'absent',
      parts: [step(['busy', 'vanished', 'late'], ['lost', 'busy', 'late'])],
    },
  },
  {
    why: 'S13, S14: a scope that had failed was not undone when the scope around it failed into its handler meanwhile',
    saga: {
      ...calm,
      seed: 796929926,
      person: 'absent',
      parts: [
        {
          ...scope([{ ...scope([step()]), timeout: 'edge' }]),
          timeout: 'fails',
          handler: [{ ...call(), mode: 'forget' }],
        },
      ],
    },
  },
  {
    why: 'S21, S16: resuming forward did a wait again whose time-out had its own way on, beside effects that had followed',
    saga: {
      ...calm,
      seed: 1065706157,
      cancelRate: 0.03,
      person: 'anything',
      parts: [
        {
          kind: 'branch',
          choice: true,
          yes: [
            {
              kind: 'repeat',
              passes: 1,
              test: 'before',
              bound: 'none',
              timeout: 'none',
              onFailure: 'fail',
              body: [step()],
            },
            { kind: 'wait', event: 'late', timeout: 'edge' },
          ],
          no: [
            { kind: 'race', event: 'early', answered: false, onEvent: [step()], onTimer: [step()], onTask: [step()] },
          ],
        },
        {
          kind: 'branch',
          choice: false,
          yes: [
            {
              kind: 'for-each',
              items: 0,
              limit: null,
              policy: 'fail',
              timeout: 'none',
              onFailure: 'fail',
              body: [{ kind: 'respond' }],
            },
          ],
          no: [
            {
              kind: 'branch',
              choice: false,
              yes: [step()],
              no: [
                { ...step([], ['lost', 'refuse']), option: 'rate' },
                { ...step(['busy']), effect: 'at-most-once', option: 'slot' },
              ],
            },
          ],
        },
      ],
    },
  },
  {
    why: 'S22, I7: a late success of a call that a person had replaced by another action was known to the journal, and not undone',
    saga: {
      ...calm,
      seed: 57,
      person: 'anything',
      parts: [{ ...step(['late']), effect: 'at-most-once' }, step(['refuse'])],
    },
  },
  {
    why: 'I7: the effect of an item that the run had forgotten was not taken back by the undo of the scope around its loop',
    saga: {
      ...calm,
      seed: 1820942848,
      person: 'absent',
      forgetsBeyond: 0,
      parts: [
        {
          ...scope([
            {
              kind: 'for-each',
              items: 1,
              limit: null,
              policy: 'fail',
              timeout: 'none',
              onFailure: 'fail',
              body: [step()],
            },
          ]),
          undo: 'compensation',
        },
        { kind: 'pivot', forward: ['lost', 'busy', 'vanished'] },
      ],
    },
  },
  {
    why: 'S21: a loop that had gone on without an item that was undone was done again, and all in force behind it as well',
    saga: {
      ...calm,
      seed: 372182543,
      person: 'anything',
      forgetsBeyond: 0,
      parts: [
        {
          kind: 'for-each',
          items: 1,
          limit: null,
          policy: 'continue',
          timeout: 'none',
          onFailure: 'fail',
          body: [step(), { ...step(['refuse']), undo: 'irreversible' }],
        },
        step([], ['refuse']),
        step(['refuse']),
      ],
    },
  },
  {
    why: 'S24: resuming forward behind a save-point took the way that had been left for it as well',
    saga: {
      ...calm,
      seed: 889368949,
      person: 'resumes',
      parts: [
        { ...scope([step()]), resume: [step([], ['refuse']), step(['refuse'])] },
        step(),
        { kind: 'task', answer: 'nobody', timeout: 'fails', nudges: false, yes: [step()], no: [step()] },
      ],
    },
  },
  {
    why: 'S20: an incident stayed open though the child run was found to undo itself after all',
    saga: {
      ...calm,
      seed: 1406827513,
      person: 'absent',
      cancelRate: 0.1,
      parts: [
        { ...call(), back: ['late', 'lost', 'busy', 'refuse'] },
        { kind: 'transform' },
        { ...step(['late']), undo: 'none' },
      ],
    },
  },
  {
    why: 'S14: an item that failed behind a pivot was undone, and its plan said that it would not be',
    saga: {
      ...calm,
      seed: 885903691,
      person: 'absent',
      parts: [
        { kind: 'pivot', forward: [] },
        {
          kind: 'repeat',
          passes: 0,
          test: 'after',
          bound: 'none',
          timeout: 'none',
          onFailure: 'fail',
          body: [call(), { ...call(), undo: 'irreversible', end: 'terminated' }],
        },
      ],
    },
  },
];
