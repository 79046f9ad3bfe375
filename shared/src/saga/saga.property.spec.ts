import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { undoPlan } from './undo-plan.js';
import { REGRESSION_SAGAS, checkSaga } from './testing/index.js';
import type { Part, RandomSaga } from './testing/index.js';

const answers = fc.array(fc.constantFrom('succeed', 'refuse', 'busy', 'lost', 'vanished', 'late'), { maxLength: 4 });

const step: fc.Arbitrary<Part> = fc.record({
  kind: fc.constant('step'),
  effect: fc.constantFrom('keyed', 'idempotent', 'at-most-once', 'read'),
  onFailure: fc.constantFrom('fail', 'fail', 'continue', 'error-edge'),
  undo: fc.constantFrom('compensation', 'compensation', 'compensation', 'irreversible', 'none'),
  forward: answers,
  back: answers,
});
const transform: fc.Arbitrary<Part> = fc.constant({ kind: 'transform' });
const delay: fc.Arbitrary<Part> = fc.constant({ kind: 'delay' });
const pivot: fc.Arbitrary<Part> = fc.record({ kind: fc.constant('pivot'), forward: answers });
const failIf: fc.Arbitrary<Part> = fc.record({ kind: fc.constant('fail-if'), choice: fc.boolean() });

/** A part with groups nested `depth` deep; every list of parts has at least one. */
function part(depth: number): fc.Arbitrary<Part> {
  const leaf = fc.oneof({ weight: 6, arbitrary: step }, transform, delay);
  if (depth === 0) return leaf;
  const inner = fc.array(part(depth - 1), { minLength: 1, maxLength: 2 });
  return fc.oneof(
    { weight: 4, arbitrary: leaf },
    fc.record({ kind: fc.constant('branch'), choice: fc.boolean(), yes: inner, no: inner }),
    fc.record({
      kind: fc.constant('parallel'),
      join: fc.constantFrom('all', 'all', 'any', 'n-of-m'),
      losers: fc.constantFrom('cancel', 'ignore'),
      branches: fc.array(inner, { minLength: 2, maxLength: 3 }),
    }),
  );
}

const main = fc.array(fc.oneof({ weight: 6, arbitrary: part(2) }, failIf), { minLength: 1, maxLength: 5 });

/** At most one pivot: two on one path are a compile error. */
const saga: fc.Arbitrary<RandomSaga> = fc.record({
  parts: fc
    .tuple(main, fc.option(pivot, { freq: 4 }), fc.nat())
    .map(([parts, turn, at]) => (turn === null ? parts : parts.toSpliced(at % (parts.length + 1), 0, turn))),
  seed: fc.nat(),
  crashRate: fc.constantFrom(0, 0, 0.05, 0.2),
  cancelRate: fc.constantFrom(0, 0, 0.03),
  person: fc.constantFrom('absent', 'repeats', 'repeats-undos', 'decides'),
});

describe('every saga, whatever happens to it', () => {
  it.each(REGRESSION_SAGAS)('does not once more break a rule: $why', async ({ saga: known }) => {
    expect((await checkSaga(known, 500)).violations).toEqual([]);
  });

  it('is completed, undone in reverse causal order, or says what is blocked; its journal replays to its state (I2-I8, I11, S14-S28)', async () => {
    await fc.assert(
      fc.asyncProperty(saga, async (any) => {
        const { violations, run } = await checkSaga(any);
        expect(violations).toEqual([]);
        expect(['completed', 'failed', 'compensated', 'cancelled', 'blocked']).toContain(run.state.status);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps the rules on every way that it can take, cancel included (section 7)', async () => {
    await fc.assert(
      fc.asyncProperty(saga, async (any) => {
        expect((await checkSaga(any, 200)).violations).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it('is undone in the order that its plan shows (S16)', async () => {
    await fc.assert(
      fc.asyncProperty(saga, async (any) => {
        const { definition, run } = await checkSaga({ ...any, person: 'repeats' });
        const late = run.journal.some((entry) => entry.type === 'step.succeeded' && entry.late);
        fc.pre(run.state.status === 'compensated' && !late);
        const { steps } = undoPlan(definition, run.state);
        const finished = run.trace.compensated;
        expect([...finished].sort()).toEqual(steps.map(({ instance }) => instance).sort());
        for (const { instance, after } of steps) {
          for (const earlier of after) expect(finished.indexOf(earlier)).toBeLessThan(finished.indexOf(instance));
        }
      }),
      { numRuns: 25 },
    );
  });
});
