import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { RunConcurrency } from '@sagawright/shared/graph';
import type { AttemptResult } from '@sagawright/shared/saga';
import { sendSignal } from '@sagawright/shared/server';
import { until, workflow } from '@sagawright/shared/testing';
import type { WorkflowBuilder } from '@sagawright/shared/testing';
import { done, Engine, refused } from './testing/engine.js';
import type { Published } from './testing/engine.js';

jest.setTimeout(60_000);

let engine: Engine;

beforeAll(async () => {
  engine = await Engine.open();
});

beforeEach(async () => {
  await engine.clear();
});

afterEach(async () => {
  await engine.dismiss();
});

afterAll(async () => {
  await engine.close();
});

const by = { kind: 'user', id: 'u1', name: 'Ann' } as const;

const limited = (limit: number, more: Partial<RunConcurrency> = {}): WorkflowBuilder =>
  workflow()
    .settings({ concurrency: { key: 'customer {{ trigger.data.customer }}', limit, policy: 'queue', ...more } })
    .step('book', { input: { step: '{{ trigger.data.n }}' } })
    .step('pay', { input: { step: '{{ trigger.data.n }}' } });

const start = (published: Published, n: number, customer = 0) => engine.start(published, { n, customer });

/** Forward calls wait until the test lets the run go on. */
function gate(): { readonly open: (n: number) => void; readonly openAll: () => void } {
  const open = new Set<string>();
  let all = false;
  engine.answer = async ({ operation, input }) => {
    if (operation === 'do') await until(() => all || open.has(String(input['step'])));
    return done;
  };
  return { open: (n) => open.add(String(n)), openAll: () => (all = true) };
}

const began = () =>
  new Set(engine.calls.filter(({ operation }) => operation === 'do').map(({ input }) => Number(input['step'])));
const has = (n: number) => until(() => began().has(n));
const inLine = (count: number) => until(async () => (await engine.count('run_place', 'NOT held')) === count);
const endOf = async (id: string) => (await engine.journalOf(id)).find((entry) => entry.type === 'run.ended');

async function crashAt(
  failpoint: 'after-intent' | 'after-slot-before-commit' | 'after-effect-before-commit' | 'after-let-in',
) {
  let crash: () => void = () => undefined;
  const crashed = new Promise<void>((resolve) => (crash = resolve));
  await engine.hire({ failpoint, crashed: crash, leaseMs: 600 });
  await crashed;
}

/** How many runs had their place at a time, by their journals. */
async function mostAtATime(ids: readonly string[]): Promise<number> {
  const turns: { readonly at: number; readonly by: number }[] = [];
  for (const id of ids) {
    for (const { type, at } of await engine.journalOf(id)) {
      if (type === 'run.admitted') turns.push({ at, by: 1 });
      if (type === 'run.ended') turns.push({ at, by: -1 });
    }
  }
  let held = 0;
  let most = 0;
  for (const { by: more } of turns.sort((a, b) => a.at - b.at || a.by - b.by)) most = Math.max(most, (held += more));
  return most;
}

const brieflyBusy = async (): Promise<AttemptResult> => {
  await new Promise((resolve) => setTimeout(resolve, 10));
  return done;
};

describe.each([1, 2])('runs with a limit of %d', (limit) => {
  it('queue: go on so many at a time over all workers, and leave no row (S30)', async () => {
    const published = await engine.publish(limited(limit));
    engine.answer = brieflyBusy;
    const ids = await Promise.all(Array.from({ length: 10 }, (_, n) => start(published, n)));
    await Promise.all([engine.hire(), engine.hire()]);
    for (const id of ids) await engine.comesTo(id, 'completed');
    expect(await mostAtATime(ids)).toBe(limit);
    expect(await engine.count('run_place')).toBe(0);
  });

  it('queue: other keys and other workflows have places of their own (S30)', async () => {
    const [one, two] = [await engine.publish(limited(limit)), await engine.publish(limited(limit))];
    const door = gate();
    const ids: string[] = [];
    for (let n = 0; n <= limit; n += 1) ids.push(await start(one, n));
    const others = [await start(one, 10, 1), await start(two, 11)];
    await engine.hire();
    await Promise.all([has(10), has(11)]);
    await inLine(1);
    expect([...began()].filter((n) => n < 10)).toHaveLength(limit);
    door.openAll();
    for (const id of [...ids, ...others]) await engine.comesTo(id, 'completed');
  });

  it('reject: a run for which there is no place ends cancelled, and has done nothing (S30)', async () => {
    const published = await engine.publish(limited(limit, { policy: 'reject' }));
    const door = gate();
    const holders: string[] = [];
    for (let n = 0; n < limit; n += 1) holders.push(await start(published, n));
    await engine.hire();
    for (let n = 0; n < limit; n += 1) await has(n);
    const refusedRun = await start(published, 7);
    await engine.comesTo(refusedRun, 'cancelled');
    expect(await endOf(refusedRun)).toMatchObject({ failure: { code: 'limit.rejected' } });
    door.openAll();
    for (const id of holders) await engine.comesTo(id, 'completed');
    expect(began().has(7)).toBe(false);
    await engine.comesTo(await start(published, 8), 'completed');
    expect(await engine.count('run_place')).toBe(0);
  });

  it('cancel-newer: the newcomer ends cancelled, and those at work go on (S30)', async () => {
    const published = await engine.publish(limited(limit, { policy: 'cancel-newer' }));
    const door = gate();
    const holders: string[] = [];
    for (let n = 0; n < limit; n += 1) holders.push(await start(published, n));
    await engine.hire();
    for (let n = 0; n < limit; n += 1) await has(n);
    const newer = await start(published, 7);
    await engine.comesTo(newer, 'cancelled');
    expect(await endOf(newer)).toMatchObject({ failure: { code: 'limit.superseded' } });
    door.openAll();
    for (const id of holders) await engine.comesTo(id, 'completed');
    expect(began().has(7)).toBe(false);
    expect(await engine.count('run_place')).toBe(0);
  });

  it('cancel-older: the oldest is undone, then the newcomer begins in its place (S30)', async () => {
    const published = await engine.publish(limited(limit, { policy: 'cancel-older' }));
    const door = gate();
    const ids: string[] = [];
    await engine.hire();
    for (let n = 0; n < limit; n += 1) {
      ids.push(await start(published, n));
      await has(n);
    }
    const newest = await start(published, 7);
    await until(async () => (await engine.count('run_place', 'superseded')) === 1);
    // Its call is still in flight, so its place is still its own.
    expect(began().has(7)).toBe(false);
    door.open(0);
    await engine.comesTo(ids[0] ?? '', 'cancelled');
    await has(7);
    expect(await endOf(ids[0] ?? '')).toMatchObject({ failure: { code: 'limit.superseded' } });
    expect(engine.names()).toContain('undo book');
    door.openAll();
    for (const id of [...ids.slice(1), newest]) await engine.comesTo(id, 'completed');
    expect(await engine.count('run_place')).toBe(0);
  });
});

describe('runs that make room', () => {
  it('are of those in line all but the latest, too (S30)', async () => {
    const published = await engine.publish(limited(1, { policy: 'cancel-older' }));
    const door = gate();
    await engine.hire();
    const ids = [await start(published, 0)];
    await has(0);
    for (const n of [1, 2, 3]) {
      ids.push(await start(published, n));
      await inLine(1 + (await engine.count('run_place', 'NOT held AND superseded')));
    }
    const [first = '', second = '', third = '', fourth = ''] = ids;
    for (const id of [second, third]) await engine.comesTo(id, 'cancelled');
    door.openAll();
    await engine.comesTo(first, 'cancelled');
    await engine.comesTo(fourth, 'completed');
    expect(began()).toEqual(new Set([0, 3]));
    expect(await mostAtATime(ids)).toBe(1);
    expect(await engine.count('run_place')).toBe(0);
  });

  it('go to their end after a pivot, and the newcomer waits for it (S23)', async () => {
    const concurrency = { key: 'one', limit: 1, policy: 'cancel-older' } as const;
    const input = { step: '{{ trigger.data.n }}' };
    const published = await engine.publish(
      workflow()
        .settings({ concurrency })
        .step('pay', { input, undo: { kind: 'pivot' } })
        .step('ship', { input }),
    );
    let shipped = false;
    engine.answer = async ({ input: { step } }) => {
      if (engine.names().filter((name) => name === 'do 0').length > 1 && step === 0) await until(() => shipped);
      return done;
    };
    await engine.hire();
    const first = await start(published, 0);
    await until(() => engine.names().length === 2);
    const second = await start(published, 1);
    await until(async () => (await engine.count('run_place', 'superseded')) === 1);
    await inLine(1);
    shipped = true;
    for (const id of [first, second]) await engine.comesTo(id, 'completed');
    expect(await mostAtATime([first, second])).toBe(1);
  });
});

describe('runs in line', () => {
  it('go on by priority, then in the order of their arrival (S30)', async () => {
    const published = await engine.publish(limited(1));
    const door = gate();
    const first = await start(published, 0);
    await engine.hire();
    await has(0);
    const ids = [first];
    for (const n of [1, 2, 3]) {
      ids.push(await start(published, n));
      if (n === 3) await engine.db.pool.query('UPDATE run SET priority = 5 WHERE id = $1', [ids[3]]);
      await inLine(n);
    }
    await engine.db.pool.query('UPDATE run_place SET priority = 5 WHERE run_id = $1', [ids[3]]);
    door.openAll();
    for (const id of ids) await engine.comesTo(id, 'completed');
    const order = engine.calls.map(({ input }) => Number(input['step']));
    expect([...new Set(order)]).toEqual([0, 3, 1, 2]);
  });

  it('are taken out of the line when they are cancelled (S25, S30)', async () => {
    const published = await engine.publish(limited(1));
    const door = gate();
    const first = await start(published, 0);
    await engine.hire();
    await has(0);
    const [second, third] = [await start(published, 1), await start(published, 2)];
    await inLine(2);
    await engine.comesTo(second, 'waiting');
    await sendSignal(engine.db.pool, second, { type: 'run.cancel-requested', by, reason: 'no more' });
    await engine.comesTo(second, 'cancelled');
    await inLine(1);
    door.openAll();
    for (const id of [first, third]) await engine.comesTo(id, 'completed');
    expect(began()).toEqual(new Set([0, 2]));
  });

  it('get the place of one that fails, too', async () => {
    const published = await engine.publish(limited(1));
    engine.answer = ({ input, operation }) => (operation === 'do' && input['step'] === 0 ? refused : done);
    const first = await start(published, 0);
    const second = await start(published, 1);
    await engine.hire();
    await engine.comesTo(first, 'failed');
    await engine.comesTo(second, 'completed');
  });

  it('are not let in by a holder that crashes, nor kept out for ever, and are never too many (I13)', async () => {
    const published = await engine.publish(limited(2));
    engine.answer = brieflyBusy;
    const ids = await Promise.all(Array.from({ length: 10 }, (_, n) => start(published, n)));
    for (const failpoint of [
      'after-slot-before-commit',
      'after-intent',
      'after-effect-before-commit',
      'after-let-in',
    ] as const)
      await crashAt(failpoint);
    await engine.hire();
    const calls = engine.calls.length;
    await until(() => engine.calls.length > calls);
    // Alive, but taken for dead: its calls go on while another takes over.
    await engine.db.pool.query('DELETE FROM worker');
    await engine.hire();
    for (const id of ids) await engine.comesTo(id, 'completed');
    expect(await mostAtATime(ids)).toBe(2);
    expect(await engine.count('run_place')).toBe(0);
  });
});

describe('runs after a quiet time', () => {
  const debounced = (debounceMs: number) => limited(1, { policy: 'debounce', debounceMs });

  it('begin with the latest; those before it end cancelled and have done nothing (S30)', async () => {
    const published = await engine.publish(debounced(1500));
    await engine.hire();
    const ids: string[] = [];
    for (let n = 0; n < 4; n += 1) ids.push(await start(published, n));
    for (const id of ids.slice(0, 3)) {
      await engine.comesTo(id, 'cancelled');
      expect(await endOf(id)).toMatchObject({ failure: { code: 'limit.superseded' } });
    }
    expect(engine.calls).toEqual([]);
    await engine.comesTo(ids[3] ?? '', 'completed');
    expect(began()).toEqual(new Set([3]));
    const journal = await engine.journalOf(ids[3] ?? '');
    const [waits] = journal.filter((entry) => entry.type === 'run.waiting');
    const [admitted] = journal.filter((entry) => entry.type === 'run.admitted');
    expect(admitted?.at).toBeGreaterThanOrEqual(waits?.until ?? Infinity);
    expect(await engine.count('run_place')).toBe(0);
  });

  it('wait for the one at work, which is left alone (S30)', async () => {
    const published = await engine.publish(debounced(100));
    const door = gate();
    await engine.hire();
    const first = await start(published, 0);
    await has(0);
    const [second, third] = [await start(published, 1), await start(published, 2)];
    await engine.comesTo(second, 'cancelled');
    await engine.comesTo(third, 'waiting');
    door.openAll();
    for (const id of [first, third]) await engine.comesTo(id, 'completed');
    expect(began()).toEqual(new Set([0, 2]));
  });

  it('begin though the worker that let them wait is dead (I13)', async () => {
    const published = await engine.publish(debounced(300));
    const id = await start(published, 0);
    await crashAt('after-slot-before-commit');
    await engine.hire();
    await engine.comesTo(id, 'completed');
  });
});

describe('a step that does not stand in line', () => {
  it.each([1, 2])('fails when all %d places are taken, and leaves no row (S30)', async (limit) => {
    const concurrency = { key: 'till', limit, policy: 'reject' } as const;
    const published = await engine.publish(
      workflow().step('use', { input: { step: '{{ trigger.data.n }}' }, concurrency }),
    );
    const door = gate();
    const holders: string[] = [];
    for (let n = 0; n < limit; n += 1) holders.push(await start(published, n));
    await engine.hire();
    for (let n = 0; n < limit; n += 1) await has(n);
    const late = await start(published, 7);
    await engine.comesTo(late, 'failed');
    expect(await endOf(late)).toMatchObject({ failure: { code: 'limit.rejected' } });
    expect(await engine.count('slot')).toBe(limit);
    door.openAll();
    for (const id of holders) await engine.comesTo(id, 'completed');
    expect(began().has(7)).toBe(false);
    expect(await engine.count('slot')).toBe(0);
  });
});
