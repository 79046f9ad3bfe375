import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { AttemptResult } from '@sagawright/shared/saga';
import { fireSchedules, nextFiring, sendSignal, tendSchedules } from '@sagawright/shared/server';
import { until, workflow } from '@sagawright/shared/testing';
import { done, Engine, refused } from './testing/engine.js';
import type { Published } from './testing/engine.js';

const by = { kind: 'user', id: 'u1', name: 'Uma' } as const;

jest.setTimeout(60_000);

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.open();
}, 60_000);
afterAll(() => engine.close());
beforeEach(() => engine.clear());
afterEach(() => engine.dismiss());

/** A promise and the way to keep it. */
function held(): { readonly until: Promise<void>; release(): void } {
  let release: () => void = () => undefined;
  const until = new Promise<void>((resolve) => (release = resolve));
  return { until, release: () => release() };
}

describe('a loop', () => {
  const items = { items: ['a', 'b', 'c'] };
  const book = (path: ReturnType<typeof workflow>) =>
    path
      .step('book', {
        input: { step: 'book {{ item }}' },
        undo: {
          kind: 'compensation',
          name: 'unbook',
          connector: 'test',
          operation: 'undo',
          input: { step: '{{ step.input.step }}' },
        },
      })
      .end('booked', '{{ item }}');

  it('goes through its items, so many at a time, and gives what each came to', async () => {
    let now = 0;
    let most = 0;
    const both = held();
    engine.answer = async () => {
      most = Math.max(most, ++now);
      if (now === 2) both.release();
      await both.until;
      now -= 1;
      return done;
    };
    const saga = workflow()
      .forEach('each', '{{ trigger.data.items }}', book, { limit: 2 })
      .end('end', '{{ steps.each.output.results }}');
    const id = await engine.run(saga, { items: ['a', 'b', 'c', 'd', 'e'] });
    await engine.hire();
    await engine.comesTo(id, 'completed');
    expect(await engine.outputOf(id)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(most).toBe(2);
  });

  it('undoes each item on its own when one fails, last one first (S16, S18)', async () => {
    engine.answer = (_call, name) => (name === 'do book c' ? refused : done);
    const id = await engine.run(workflow().forEach('each', '{{ trigger.data.items }}', book), items);
    await engine.hire();
    await engine.comesTo(id, 'compensated');
    expect(engine.names()).toEqual(['do book a', 'do book b', 'do book c', 'undo book b', 'undo book a']);
  });

  it('repeats until its condition holds, also across a worker that dies (I5)', async () => {
    let n = 0;
    engine.answer = () => ({ kind: 'succeeded', output: { n: ++n } });
    const saga = workflow()
      .repeat('poll', (pass) => pass.step('ask').delay('pause', 5).end('got', '{{ steps.ask.output.n }}'), {
        until: '{{ previous >= 3 }}',
      })
      .end('end', '{{ steps.poll.output }}');
    const id = await engine.run(saga);
    let crash: () => void = () => undefined;
    const crashed = new Promise<void>((resolve) => (crash = resolve));
    await engine.hire({ failpoint: 'after-outcome-commit', crashed: crash, leaseMs: 600 });
    await crashed;
    await engine.hire();
    await engine.comesTo(id, 'completed');
    expect(Number(await engine.outputOf(id))).toBeGreaterThanOrEqual(3);
  });
});

describe('a scope', () => {
  it('hands its failure to its handler, and the run goes on (S13)', async () => {
    engine.answer = (_call, name) => (name === 'do charge' ? refused : done);
    const saga = workflow()
      .scope('try', (body) => body.step('reserve').step('charge'), { handler: (path) => path.step('tell') })
      .step('after');
    const id = await engine.run(saga);
    await engine.hire();
    await engine.comesTo(id, 'completed');
    expect(engine.names()).toEqual(['do reserve', 'do charge', 'do tell', 'do after']);
  });

  it('runs out of time while it waits, and is undone (S10)', async () => {
    const saga = workflow().scope('try', (body) => body.step('reserve').wait('w', 'never'), { timeoutMs: 700 });
    const id = await engine.run(saga);
    await engine.hire();
    await engine.comesTo(id, 'compensated');
    expect(engine.names()).toEqual(['do reserve', 'undo reserve']);
    expect(await engine.count('wait')).toBe(0);
  });
});

describe('code', () => {
  it('works on what it is given, and a loop without end hurts nobody else (S10)', async () => {
    const good = await engine.publish(
      workflow()
        .code('sum', 'return input.all.reduce((a, b) => a + b, 0);', { input: { all: '{{ trigger.data.all }}' } })
        .end('end', '{{ steps.sum.output }}'),
    );
    const bad = [
      await engine.run(workflow().code('spin', 'for (;;) {}', { timeoutMs: 200 })),
      await engine.run(
        workflow().code('eat', 'const a = []; for (;;) a.push(new Array(1e4).fill(a));', { timeoutMs: 20_000 }),
      ),
    ];
    const ids = await Promise.all(Array.from({ length: 10 }, () => engine.start(good, { all: [1, 2, 3] })));
    await engine.hire();
    for (const id of ids) {
      await engine.comesTo(id, 'completed');
      expect(await engine.outputOf(id)).toBe(6);
    }
    const codes: unknown[] = [];
    for (const id of bad) {
      await engine.comesTo(id, 'failed');
      const failed = (await engine.journalOf(id)).find((entry) => entry.type === 'step.failed');
      codes.push(failed?.type === 'step.failed' ? failed.failure.code : null);
    }
    expect(codes).toEqual(['timeout.code', 'code.failed']);
  });
});

describe('terminate', () => {
  it('ends the run where it is drawn, and leaves what was done (S25)', async () => {
    const saga = workflow().parallel('both', [
      (path) => path.step('a').terminate('stop', { why: 'enough' }),
      (path) => path.wait('w', 'never').step('b'),
    ]);
    const id = await engine.run(saga);
    await engine.hire();
    await engine.comesTo(id, 'completed');
    expect(await engine.outputOf(id)).toEqual({ why: 'enough' });
    expect(engine.names()).toEqual(['do a']);
    expect(await engine.count('wait')).toBe(0);
  });

  it('by an administrator ends the run at once, with an attempt in flight and without undo (S25)', async () => {
    const inFlight = held();
    engine.answer = async (_call, name) => {
      if (name === 'do b') await inFlight.until;
      return done;
    };
    const id = await engine.run(workflow().step('a').step('b'));
    await engine.hire();
    await until(() => engine.names().includes('do b'));
    await sendSignal(engine.db.pool, id, { type: 'run.terminate-requested', by, reason: 'stop' });
    await engine.comesTo(id, 'terminated');
    inFlight.release();
    expect(engine.names()).toEqual(['do a', 'do b']);
  });

  it('by the deadline of the run is a cancel (S25)', async () => {
    const id = await engine.run(workflow().settings({ deadlineMs: 400 }).step('a').wait('w', 'never'));
    await engine.hire();
    await engine.comesTo(id, 'cancelled');
    expect(engine.names()).toEqual(['do a', 'undo a']);
  });
});

describe('a concurrency key', () => {
  const limited = () =>
    workflow().step('use', {
      input: { step: '{{ trigger.data.n }}' },
      undo: { kind: 'not-needed', reason: 'test' },
      concurrency: { key: 'printer {{ trigger.data.printer }}', limit: 2 },
    });

  it('lets so many in at a time over all workers, the others in the order of their asking, and leaves no row (S30)', async () => {
    const published = await engine.publish(limited());
    const now = [0, 0];
    let most = 0;
    const both = held();
    engine.answer = async ({ input }) => {
      const printer = Number(input['step']) % 2;
      most = Math.max(most, (now[printer] = (now[printer] ?? 0) + 1));
      if (now.every((count) => count >= 2)) both.release();
      await both.until;
      await new Promise((resolve) => setTimeout(resolve, 5));
      now[printer] = (now[printer] ?? 0) - 1;
      return done;
    };
    const ids = await Promise.all(Array.from({ length: 16 }, (_, n) => engine.start(published, { n, printer: n % 2 })));
    await Promise.all([engine.hire(), engine.hire()]);
    for (const id of ids) await engine.comesTo(id, 'completed');
    expect(most).toBe(2);
    expect(await engine.count('slot')).toBe(0);
  });

  it('keeps the place of a step whose worker dies, and frees it when the step is done (S30)', async () => {
    const published = await engine.publish(limited());
    const ids = await Promise.all(Array.from({ length: 5 }, (_, n) => engine.start(published, { n, printer: 0 })));
    let crash: () => void = () => undefined;
    const crashed = new Promise<void>((resolve) => (crash = resolve));
    await engine.hire({ failpoint: 'after-intent', crashed: crash, leaseMs: 600 });
    await crashed;
    await engine.hire();
    for (const id of ids) await engine.comesTo(id, 'completed');
    expect(await engine.count('slot')).toBe(0);
  });

  it('takes no place for a step that a crash takes back (S30)', async () => {
    const saga = workflow()
      .step('first')
      .step('till', { concurrency: { key: 'till', limit: 1 } });
    let crash: () => void = () => undefined;
    const crashed = new Promise<void>((resolve) => (crash = resolve));
    const id = await engine.run(saga);
    await engine.hire({ failpoint: 'after-slot-before-commit', crashed: crash, leaseMs: 600 });
    await crashed;
    // Were the first step asked again, the run would end without ever coming to the second.
    engine.answer = (_, name) => (name === 'do first' ? refused : done);
    await engine.hire();
    await until(async () => ['completed', 'failed'].includes(await engine.statusOf(id)));
    expect(await engine.count('slot')).toBe(0);
  });

  it('is never exceeded across takeovers, by dead workers or by zombies (I13)', async () => {
    const published = await engine.publish(limited());
    const goingOn = new Map<string, number>();
    let most = 0;
    const change = (key: string, by: number): void => {
      const count = (goingOn.get(key) ?? 0) + by;
      if (count > 0) goingOn.set(key, count);
      else goingOn.delete(key);
      most = Math.max(most, goingOn.size);
    };
    engine.answer = async ({ idempotencyKey }) => {
      change(idempotencyKey, 1);
      await new Promise((resolve) => setTimeout(resolve, 30));
      change(idempotencyKey, -1);
      return done;
    };
    const ids = await Promise.all(Array.from({ length: 12 }, (_, n) => engine.start(published, { n, printer: 0 })));
    for (const failpoint of ['after-intent', 'after-effect-before-commit', 'before-takeover-commit'] as const) {
      let crash: () => void = () => undefined;
      const crashed = new Promise<void>((resolve) => (crash = resolve));
      await engine.hire({ failpoint, crashed: crash, leaseMs: 600 });
      await crashed;
    }
    await engine.hire();
    const calls = engine.calls.length;
    await until(() => engine.calls.length > calls);
    // Alive, but taken for dead: its calls go on while another takes over.
    await engine.db.pool.query('DELETE FROM worker');
    await engine.hire();
    for (const id of ids) await engine.comesTo(id, 'completed');
    // A step that waits to be tried again keeps its place.
    expect(most).toBeLessThanOrEqual(2);
    expect(new Set(engine.calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(12);
    expect(await engine.count('slot')).toBe(0);
  });

  it('takes a run that was cancelled out of the line (S30)', async () => {
    const busy = held();
    engine.answer = async () => {
      await busy.until;
      return done;
    };
    const published = await engine.publish(limited());
    const start = (n: number) => engine.start(published, { n, printer: 0 });
    const [first, second] = [await start(1), await start(2)];
    await engine.hire();
    await until(() => engine.calls.length === 2);
    const [third, fourth] = [await start(3), await start(4)];
    await until(async () => (await engine.count('slot')) === 4);
    await engine.comesTo(third, 'waiting');
    await sendSignal(engine.db.pool, third, { type: 'run.cancel-requested', by, reason: 'no more' });
    await engine.comesTo(third, 'cancelled');
    busy.release();
    for (const id of [first, second, fourth]) await engine.comesTo(id, 'completed');
    expect(engine.names()).toHaveLength(3);
    expect(await engine.count('slot')).toBe(0);
  });

  it('gives back the place of a step that its run takes out of the hands of a person (S30)', async () => {
    const saga = workflow()
      .step('reserve')
      .step('ship', { concurrency: { key: 'ramp', limit: 1 }, onFailure: 'park' });
    engine.answer = (_, name) => (name === 'do ship' ? refused : done);
    const published = await engine.publish(saga);
    const id = await engine.start(published);
    await engine.hire();
    await engine.comesTo(id, 'blocked');
    expect(await engine.count('slot', 'held')).toBe(1);
    await sendSignal(engine.db.pool, id, { type: 'run.cancel-requested', by, reason: 'no more' });
    await engine.comesTo(id, 'cancelled');
    expect(engine.names()).toEqual(['do reserve', 'do ship', 'undo reserve']);
    expect(await engine.count('slot')).toBe(0);
  });
});

describe('a rate limit', () => {
  it('lets no more begin in any window than it says, though a worker dies meanwhile (S30, I13)', async () => {
    const starts: number[] = [];
    engine.answer = (): AttemptResult => {
      starts.push(performance.now());
      return done;
    };
    const published = await engine.publish(
      workflow().step('call', {
        undo: { kind: 'not-needed', reason: 'test' },
        rate: { key: 'api', limit: 3, perMs: 400 },
      }),
    );
    const ids = await Promise.all(Array.from({ length: 9 }, () => engine.start(published)));
    let crash: () => void = () => undefined;
    const crashed = new Promise<void>((resolve) => (crash = resolve));
    await engine.hire({ failpoint: 'after-intent', crashed: crash, leaseMs: 600 });
    await crashed;
    await Promise.all([engine.hire(), engine.hire()]);
    for (const id of ids) await engine.comesTo(id, 'completed');
    const { rows } = await engine.db.pool.query<{ due: number }>(
      `SELECT (extract(epoch FROM due) * 1000)::float8 AS due FROM slot WHERE kind = 'rate' ORDER BY due`,
    );
    const instants = rows.map(({ due }) => due);
    expect(instants).toHaveLength(9);
    for (let n = 3; n < instants.length; n += 1) {
      expect((instants[n] ?? 0) - (instants[n - 3] ?? 0)).toBeGreaterThanOrEqual(400 - 0.01);
    }
  });
});

describe('a trigger', () => {
  const runsOf = async ({ workflowId }: Published): Promise<string[]> => {
    const { rows } = await engine.db.pool.query<{ id: string }>(
      'SELECT id FROM run WHERE workflow_id = $1 ORDER BY id',
      [workflowId],
    );
    return rows.map(({ id }) => id);
  };

  it('for events starts a run for each event that it matches, once', async () => {
    const all = await engine.publish(workflow({ kind: 'trigger.event', event: { type: 'order.placed' } }).step('a'));
    const big = await engine.publish(
      workflow({
        kind: 'trigger.event',
        event: { type: 'order.placed', filter: { data: { total: [{ numeric: ['>', 100] }] } } },
      }).step('b'),
    );
    const first = await engine.event('order.placed', { total: 5 }, { id: 'e1' });
    expect(first).toMatchObject({ duplicate: false, runs: [{ duplicate: false }] });
    expect(await engine.event('order.placed', { total: 5 }, { id: 'e1' })).toMatchObject({ duplicate: true });
    await engine.event('order.placed', { total: 500 });
    expect((await engine.event('order.gone', { total: 500 })).runs).toEqual([]);
    expect([(await runsOf(all)).length, (await runsOf(big)).length]).toEqual([2, 1]);
    await engine.hire();
    for (const id of [...(await runsOf(all)), ...(await runsOf(big))]) await engine.comesTo(id, 'completed');
  });

  it('for failures starts when another run fails or stands still, once each, and never for its own kind', async () => {
    engine.answer = (_call, name) =>
      name === 'do help' || name === 'do refuse'
        ? refused
        : name === 'do doubt'
          ? { kind: 'unknown', failure: { code: 'http.timeout', kind: 'operational', message: 'No answer.' } }
          : done;
    const helper = await engine.publish(workflow({ kind: 'trigger.failure' }).step('help'));
    const ids = [
      await engine.run(workflow().step('a').step('refuse')),
      await engine.run(workflow().step('doubt', { effect: 'at-most-once' })),
      await engine.run(workflow().step('fine')),
    ];
    await engine.hire();
    await engine.comesTo(ids[0] ?? '', 'compensated');
    await engine.comesTo(ids[1] ?? '', 'blocked');
    await engine.comesTo(ids[2] ?? '', 'completed');
    await until(async () => (await runsOf(helper)).length === 2);
    for (const id of await runsOf(helper)) await engine.comesTo(id, 'failed');
    expect(await runsOf(helper)).toHaveLength(2);
    const [told] = await Promise.all((await runsOf(helper)).map((id) => engine.journalOf(id)));
    expect(told?.[0]).toMatchObject({
      event: {
        data: { run: ids.find((id) => id === (told?.[0] as never as { event: { subject: string } }).event.subject) },
      },
    });
  });

  it('by the clock fires each instant once, however many look (S29)', async () => {
    const published = await engine.publish(
      workflow({ kind: 'trigger.schedule', schedule: { kind: 'interval', everyMs: 1000 }, catchUp: 'all' }).step(
        'tick',
      ),
    );
    await tendSchedules(engine.db.pool);
    await engine.db.pool.query(`UPDATE schedule SET next_at = now() - interval '4500 milliseconds'`);
    const fired = await Promise.all(Array.from({ length: 6 }, () => fireSchedules(engine.db, 1)));
    expect(fired.flat()).toHaveLength(5);
    expect(await fireSchedules(engine.db, 1)).toEqual([]);
    expect(await runsOf(published)).toHaveLength(5);
    const { rows } = await engine.db.pool.query(`SELECT DISTINCT event_id FROM event WHERE type = 'schedule.fired'`);
    expect(rows).toHaveLength(5);
  });

  it('by the clock is put up with its version, keeps its place when only others change, and is taken down with it', async () => {
    const saga = (everyMs: number, step: string) =>
      workflow({ kind: 'trigger.schedule', schedule: { kind: 'interval', everyMs } }).step(step);
    const published = await engine.publish(saga(60_000, 'a'));
    const trigger = published.triggers['start'] ?? '';
    await tendSchedules(engine.db.pool);
    const first = await nextFiring(engine.db.pool, trigger);
    await engine.publish(saga(60_000, 'b'), published.workflowId);
    await tendSchedules(engine.db.pool);
    expect(await nextFiring(engine.db.pool, trigger)).toEqual(first);
    await engine.publish(saga(1000, 'b'), published.workflowId);
    await tendSchedules(engine.db.pool);
    expect((await nextFiring(engine.db.pool, trigger))?.getTime()).toBeLessThan(first?.getTime() ?? 0);
    await engine.db.pool.query('UPDATE trigger SET version_id = NULL');
    await tendSchedules(engine.db.pool);
    expect(await nextFiring(engine.db.pool, trigger)).toBeNull();
  });

  it('by the clock is fired by workers, never early (S29)', async () => {
    const published = await engine.publish(
      workflow({ kind: 'trigger.schedule', schedule: { kind: 'interval', everyMs: 1000 } }).step('tick'),
    );
    await Promise.all([engine.hire(), engine.hire()]);
    await until(async () => (await runsOf(published)).length >= 2);
    const { rows } = await engine.db.pool.query<{ early: boolean }>(
      `SELECT recorded_at < time AS early FROM event WHERE type = 'schedule.fired'`,
    );
    expect(rows.map(({ early }) => early)).not.toContain(true);
  });
});
