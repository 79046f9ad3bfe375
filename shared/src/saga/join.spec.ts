import { describe, expect, it } from '@jest/globals';
import { checkAlive, checkRun } from './check-run.js';
import { explore } from './explore.js';
import { handRun, workflow } from './testing/index.js';
import type { HandRun } from './testing/index.js';
import type { JoinMode } from './definition.js';

const three = (mode: JoinMode) =>
  workflow()
    .parallel('offers', [(path) => path.step('a').step('a2'), (path) => path.step('b'), (path) => path.step('c')], mode)
    .step('book')
    .definition();

const wellKept = (run: HandRun) => checkRun(run.definition, { journal: run.journal, state: run.state });

describe('joins (S27)', () => {
  it('wait for all, and fire once', async () => {
    const run = await handRun(three({ kind: 'all' }));
    for (const call of ['a', 'b', 'c']) await run.answer(call, 'succeed');
    expect(run.inFlight).toEqual(['a2']);
    await run.answer('a2', 'succeed');
    expect(run.entries('step.succeeded', 'offersJoin')).toHaveLength(1);
    expect(run.inFlight).toEqual(['book']);
  });

  it('do not wait for a branch that was not taken (dead path)', async () => {
    const saga = workflow()
      .parallel('both', [
        (path) => path.step('a'),
        (path) =>
          path.branch('gift', { '{{ 1 = 2 }}': (inner) => inner.step('wrap'), else: (inner) => inner.step('plain') }),
      ])
      .step('ship')
      .definition();
    const run = await handRun(saga);
    await run.answer('a', 'succeed');
    await run.answer('plain', 'succeed');
    expect(run.state.instances.wrap).toBeUndefined();
    expect(run.inFlight).toEqual(['ship']);
  });

  it('for any: go on with the first, undo the loser in flight when it succeeds, and start nothing more of it', async () => {
    const run = await handRun(three({ kind: 'any', losers: 'cancel' }));
    await run.answer('b', 'succeed');
    expect(run.inFlight).toEqual(['a', 'c', 'book']);
    await run.answer('a', 'succeed');
    expect(run.state.instances.a2).toBeUndefined();
    expect(run.inFlight).toEqual(['c', 'book', 'undo a']);
    await run.answer('c', 'refuse');
    await run.answer('undo a', 'succeed');
    await run.answer('book', 'succeed');
    expect(run.state.status).toBe('completed');
    expect(run.instance('b').undo.status).toBe('captured');
    expect(wellKept(run)).toEqual([]);
  });

  it('for any: undo what a loser had done before it lost', async () => {
    const run = await handRun(three({ kind: 'any', losers: 'cancel' }));
    await run.answer('a', 'succeed');
    await run.answer('b', 'succeed');
    expect(run.instance('a').abandoned).toBe(true);
    expect(run.inFlight).toEqual(['c', 'a2', 'book']);
    await run.answer('a2', 'refuse');
    expect(run.inFlight).toEqual(['c', 'book', 'undo a']);
  });

  it('for any: undo a loser also after the pivot, for it never was on the way there (S23)', async () => {
    const saga = workflow()
      .parallel('offers', [(path) => path.step('a'), (path) => path.step('b')], { kind: 'any', losers: 'cancel' })
      .step('pay', { undo: 'pivot' })
      .definition();
    const run = await handRun(saga);
    await run.answer('a', 'succeed');
    await run.answer('pay', 'succeed');
    await run.answer('b', 'succeed');
    expect(run.inFlight).toEqual(['undo b']);
    await run.answer('undo b', 'succeed');
    expect(run.state.status).toBe('completed');
    expect(wellKept(run)).toEqual([]);
  });

  it('for n of m: fire at the n-th, and let the others finish when they are to be ignored', async () => {
    const run = await handRun(three({ kind: 'n-of-m', n: 2, losers: 'ignore' }));
    await run.answer('b', 'succeed');
    expect(run.state.instances.book).toBeUndefined();
    await run.answer('c', 'succeed');
    expect(run.inFlight).toEqual(['a', 'book']);
    await run.answer('book', 'succeed');
    expect(run.state.endedAt).toBeNull();
    await run.answer('a', 'succeed');
    await run.answer('a2', 'succeed');
    expect(run.state.status).toBe('completed');
    expect(run.entries('step.succeeded', 'book')).toHaveLength(1);
    expect(run.instance('a').undo.status).toBe('captured');
  });

  it('for n of m: cancel the losers beyond the n-th', async () => {
    const run = await handRun(three({ kind: 'n-of-m', n: 2, losers: 'cancel' }));
    await run.answer('b', 'succeed');
    await run.answer('c', 'succeed');
    await run.answer('a', 'succeed');
    expect(run.inFlight).toEqual(['book', 'undo a']);
  });

  it('fail when too few branches can arrive any more', async () => {
    const drop = {
      onFailure: 'error-edge',
      error: (path: ReturnType<typeof workflow>) => path.end('dropped'),
    } as const;
    const saga = workflow()
      .parallel('offers', [(path) => path.step('a', drop), (path) => path.step('b')], {
        kind: 'n-of-m',
        n: 2,
        losers: 'ignore',
      })
      .definition();
    const run = await handRun(saga);
    await run.answer('b', 'succeed');
    await run.answer('a', 'refuse');
    expect(run.state.scopes.root?.failure?.code).toBe('join.unsatisfied');
    expect(run.inFlight).toEqual(['undo b']);
  });

  it('wait, when the scope fails, for losers in flight like for everything else (S15)', async () => {
    const run = await handRun(three({ kind: 'any', losers: 'cancel' }));
    await run.answer('b', 'succeed');
    await run.answer('book', 'refuse');
    expect(run.inFlight).toEqual(['a', 'c']);
    await run.answer('a', 'succeed');
    expect(run.inFlight).toEqual(['c', 'undo a']);
    await run.answer('c', 'lost');
    expect([...run.inFlight].sort()).toEqual(['undo a', 'undo b', 'undo c']);
  });
});

describe('a live run (S28)', () => {
  it('has a reason to be alive at every point of its journal', async () => {
    const run = await handRun(three({ kind: 'n-of-m', n: 2, losers: 'cancel' }));
    for (const [call, answer] of [
      ['a', 'busy'],
      ['b', 'lost'],
      ['c', 'succeed'],
    ] as const) {
      await run.answer(call, answer);
      expect(checkAlive(run.definition, run.state)).toEqual([]);
    }
  });

  it('is called an orphan by the checker when it has none', async () => {
    const run = await handRun(workflow().step('a').definition());
    const orphan = { ...run.state, instances: { a: { ...run.instance('a'), status: 'failed' as const } } };
    expect(checkAlive(run.definition, orphan)).toContain('S28: the run is alive without a reason');
  });

  it('keeps every rule whatever its steps answer, in whatever order, with cancel at any time (section 7)', () => {
    const { complete, violations, outcomes, failurePoints } = explore(
      workflow()
        .step('a')
        .parallel('p', [(path) => path.step('b'), (path) => path.step('c')])
        .definition(),
    );
    expect({ complete, violations }).toEqual({ complete: true, violations: [] });
    expect(Object.keys(outcomes).sort()).toEqual(['blocked', 'cancelled', 'compensated', 'completed', 'failed']);
    expect(failurePoints.map(({ step }) => step).sort()).toEqual(['a', 'b', 'c']);
  });
});
