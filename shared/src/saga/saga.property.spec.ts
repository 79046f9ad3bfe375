import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RunPlace } from './admit-run.js';
import { undoPlan } from './undo-plan.js';
import { REGRESSION_SAGAS, checkSaga } from './testing/index.js';
import type { Part, RandomSaga } from './testing/index.js';

type PartOf<K extends Part['kind']> = Extract<Part, { kind: K }>;
/** An arbitrary for each setting of a part. */
type Settings<K extends Part['kind']> = {
  readonly [S in Exclude<keyof PartOf<K>, 'kind'>]: fc.Arbitrary<PartOf<K>[S]>;
};

/** Settings that may be left out are left out half of the time. */
const part = <K extends Part['kind']>(kind: K, settings: Settings<K>): fc.Arbitrary<Part> =>
  fc.record({ kind: fc.constant(kind), ...settings }) as unknown as fc.Arbitrary<Part>;

const answers = fc.array(fc.constantFrom('succeed', 'refuse', 'busy', 'lost', 'vanished', 'late'), { maxLength: 4 });
const losers = fc.constantFrom('cancel', 'ignore');
const onFailure = fc.constantFrom('fail', 'fail', 'fail', 'continue', 'error-edge', 'park');
const timeout = fc.constantFrom('none', 'none', 'fails', 'edge');
const arrival = fc.constantFrom('early', 'soon', 'late', 'never');
const option = fc.option(fc.constantFrom('skip', 'slot', 'rate', 'total', 'key', 'timeout-edge'), {
  freq: 4,
  nil: undefined,
});

const step = part('step', {
  effect: fc.constantFrom('keyed', 'idempotent', 'at-most-once', 'read'),
  onFailure,
  undo: fc.constantFrom('compensation', 'compensation', 'compensation', 'irreversible', 'none'),
  forward: answers,
  back: answers,
  option,
  onlyAt: fc.option(fc.nat(2), { nil: undefined }),
});
const call = part('call', {
  mode: fc.constantFrom('wait', 'wait', 'forget'),
  undo: fc.constantFrom('child', 'child', 'compensation', 'irreversible'),
  onFailure,
  end: fc.constantFrom('completed', 'completed', 'failed', 'compensated', 'cancelled', 'terminated'),
  refusesCancel: fc.boolean(),
  refusesUndo: fc.boolean(),
  forward: answers,
  back: answers,
  option,
});
const pivot = part('pivot', { forward: answers });
const leaf = fc.oneof(
  { weight: 6, arbitrary: step },
  { weight: 2, arbitrary: call },
  part('transform', { writes: fc.boolean() }),
  part('code', { fails: fc.boolean(), onFailure }),
  part('delay', {}),
  part('respond', {}),
  part('wait', { event: arrival, timeout }),
  part('fail-if', { choice: fc.boolean() }),
  part('terminate-if', { choice: fc.boolean() }),
);

/** A part with groups nested `depth` deep; every list of parts has at least one. */
function nested(depth: number): fc.Arbitrary<Part> {
  if (depth === 0) return leaf;
  const inner = fc.array(nested(depth - 1), { minLength: 1, maxLength: 2 });
  return fc.oneof(
    { weight: 6, arbitrary: leaf },
    part('branch', { choice: fc.boolean(), yes: inner, no: inner }),
    part('parallel', {
      join: fc.constantFrom('all', 'all', 'any', 'n-of-m'),
      losers,
      branches: fc.array(inner, { minLength: 2, maxLength: 3 }),
    }),
    part('inclusive', {
      choices: fc.array(fc.boolean(), { minLength: 2, maxLength: 2 }),
      join: fc.constantFrom('all', 'any'),
      losers,
      branches: fc.array(inner, { minLength: 3, maxLength: 3 }),
    }),
    part('scope', {
      body: inner,
      handler: fc.option(inner, { freq: 2 }),
      // A way back to a save-point must not lead out of a branch that a join gives up: only on the main path, see below.
      resume: fc.constant(null),
      asUnit: fc.boolean(),
      undo: fc.constantFrom('inside', 'inside', 'inside', 'compensation', 'irreversible', 'not-needed'),
      timeout,
      onFailure,
      back: answers,
    }),
    part('for-each', {
      items: fc.nat(3),
      limit: fc.constantFrom(null, 2, 3),
      policy: fc.constantFrom('fail', 'continue', 'collect'),
      timeout,
      onFailure,
      body: inner,
    }),
    part('repeat', {
      passes: fc.nat(2),
      test: fc.constantFrom('before', 'after'),
      bound: fc.constantFrom('none', 'fail', 'continue'),
      timeout,
      onFailure,
      body: inner,
    }),
    part('task', {
      answer: fc.constantFrom('yes', 'no', 'nobody'),
      timeout,
      nudges: fc.boolean(),
      yes: inner,
      no: inner,
    }),
    part('race', { event: arrival, answered: fc.boolean(), onEvent: inner, onTimer: inner, onTask: inner }),
  );
}

const savePoint = fc.record({
  scope: nested(2).filter((each): each is PartOf<'scope'> => each.kind === 'scope'),
  resume: fc.array(leaf, { minLength: 1, maxLength: 2 }),
});
const main = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: nested(2) },
    savePoint.map(({ scope, resume }): Part => ({ ...scope, resume })),
  ),
  { minLength: 1, maxLength: 5 },
);

/** At most one pivot: two on one path are a compile error. */
const saga: fc.Arbitrary<RandomSaga> = fc.record({
  parts: fc
    .tuple(main, fc.option(pivot, { freq: 4 }), fc.nat())
    .map(([parts, turn, at]) => (turn === null ? parts : parts.toSpliced(at % (parts.length + 1), 0, turn))),
  seed: fc.nat(),
  crashRate: fc.constantFrom(0, 0, 0.05, 0.2),
  cancelRate: fc.constantFrom(0, 0, 0.03),
  undoFinished: fc.boolean(),
  person: fc.constantFrom('absent', 'repeats', 'repeats-undos', 'decides', 'anything'),
});

/** Few and always the same here, so that a red test is one's own doing; `npm run sagas` looks for new ones. */
describe('every saga, whatever happens to it', () => {
  it.each(REGRESSION_SAGAS)('does not once more break a rule: $why', async ({ saga: known }) => {
    expect((await checkSaga(known, 500)).violations).toEqual([]);
  });

  it('is completed, undone in reverse causal order, or says what is blocked; its journal replays to its state (I2-I8, I11, S14-S30)', async () => {
    await fc.assert(
      fc.asyncProperty(saga, async (any) => {
        const { violations, run } = await checkSaga(any);
        expect(violations).toEqual([]);
        const ends = ['completed', 'failed', 'compensated', 'cancelled', 'terminated'];
        expect([...ends, 'blocked', 'waiting', 'compensating']).toContain(run.state.status);
      }),
      { numRuns: 120, seed: 1 },
    );
  });

  it('keeps the rules when it has to wait for its place first, or does not get one (S30)', async () => {
    const place = fc.constantFrom<RunPlace>(
      { kind: 'waiting', until: null },
      { kind: 'granted' },
      { kind: 'rejected' },
    );
    await fc.assert(
      fc.asyncProperty(saga, fc.array(place, { maxLength: 3 }), async (any, places) => {
        expect((await checkSaga({ ...any, places }, 100)).violations).toEqual([]);
      }),
      { numRuns: 30, seed: 1 },
    );
  });

  it('keeps the rules on every way that it can take, cancel included (section 7)', async () => {
    await fc.assert(
      fc.asyncProperty(saga, async (any) => {
        expect((await checkSaga(any, 200)).violations).toEqual([]);
      }),
      { numRuns: 12, seed: 1 },
    );
  });

  it('is undone in the order that its plan shows (S16)', async () => {
    await fc.assert(
      fc.asyncProperty(saga, async (any) => {
        const { definition, run } = await checkSaga({ ...any, person: 'repeats', undoFinished: true });
        const late = run.journal.some((entry) => entry.type === 'step.succeeded' && entry.late);
        fc.pre(run.state.status === 'compensated' && !late);
        const { steps } = undoPlan(definition, run.state);
        const finished = run.journal.flatMap((entry) =>
          entry.type === 'step.succeeded' && entry.direction === 'undo'
            ? [entry.path === '' ? entry.step : `${entry.step}@${entry.path}`]
            : [],
        );
        expect(finished).toEqual(expect.arrayContaining(steps.map(({ instance }) => instance)));
        for (const { instance, after } of steps) {
          for (const earlier of after) expect(finished.indexOf(earlier)).toBeLessThan(finished.indexOf(instance));
        }
      }),
      { numRuns: 12, seed: 1 },
    );
  });
});
