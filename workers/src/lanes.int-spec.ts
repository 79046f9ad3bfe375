/** Order per key (S32): runs of one trigger and one key go one after another, in the order of their events. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { EventOrder } from '@sagawright/shared/graph';
import {
  insertEvents,
  laneFigures,
  letLanesIn,
  listLanes,
  pauseLane,
  resumeLane,
  sendSignal,
  sha256,
  skipInLane,
} from '@sagawright/shared/server';
import type { EventAnswer, Queryable } from '@sagawright/shared/server';
import { until, workflow } from '@sagawright/shared/testing';
import type { WorkflowBuilder } from '@sagawright/shared/testing';
import { done, Engine, refused } from './testing/engine.js';
import type { Published } from './testing/engine.js';

jest.setTimeout(90_000);

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

const ordered = (more: Partial<EventOrder> = {}, onFailure: 'fail' | 'park' = 'fail'): WorkflowBuilder =>
  workflow({
    kind: 'trigger.event',
    event: { type: 'order.changed' },
    order: { by: 'data.order', onFailure: 'block', ...more },
  })
    .step('book', { input: { step: '{{ trigger.data.order }}{{ trigger.data.n }}' }, onFailure })
    .step('pay', { input: { step: 'paid {{ trigger.data.order }}{{ trigger.data.n }}' } });

interface Sent extends EventAnswer {
  readonly run: string;
}

/** Tells of an order's change number `n`, maybe not for the first time. */
async function send(order: string, n: number, sql: Queryable = engine.db.pool): Promise<Sent> {
  const data = { order, n };
  const raw = Buffer.from(JSON.stringify(data));
  const event = {
    source: '/shop',
    eventId: `${order}${n}`,
    type: 'order.changed',
    subject: null,
    time: '2026-01-01T00:00:00Z',
    contentHash: sha256(raw),
    contentType: 'application/json',
    raw,
    data,
    headers: {},
    receipt: null,
  };
  const [answer] = await insertEvents(sql, [{ workspaceId: engine.workspaceId, event }], engine.shards);
  if (answer === undefined) throw new Error('No answer.');
  return { ...answer, run: answer.runs[0]?.runId ?? '' };
}

/** What was booked, in the order in which it began. */
const booked = (order = ''): string[] =>
  engine.calls
    .map(({ operation, input }) => (operation === 'do' ? String(input['step']) : ''))
    .filter((name) => name.startsWith(order === '' ? '' : order) && !name.startsWith('paid') && name !== '');

/** Bookings wait until the test lets them go on. */
function gate(): (name: string) => void {
  const open = new Set<string>();
  engine.answer = async ({ input }) => {
    const name = String(input['step']);
    if (!name.startsWith('paid')) await until(() => open.has(name), 60_000);
    return done;
  };
  return (name) => open.add(name);
}

const lane = (published: Published, key: string) => ({
  workspaceId: engine.workspaceId,
  triggerId: published.triggers['start'] ?? '',
  key,
});
const lanes = (state: 'blocked' | 'paused' | 'all') =>
  listLanes(engine.db.pool, { workspaceId: engine.workspaceId, workflowId: null, state, after: null, limit: 50 });
const rows = () => engine.count('lane_run' as 'wait');

describe('runs whose trigger asks for order (S32)', () => {
  it('go one after another per key, and side by side with those of other keys', async () => {
    await engine.publish(ordered());
    const go = gate();
    const sent = [await send('A', 1), await send('A', 2), await send('B', 1), await send('A', 3)];
    await engine.hire();
    await until(() => booked().length === 2);
    expect(booked().sort()).toEqual(['A1', 'B1']);
    expect(await Promise.all(sent.map(({ run }) => engine.statusOf(run)))).toEqual([
      'running',
      'queued',
      'running',
      'queued',
    ]);
    for (const name of ['A1', 'A2', 'A3', 'B1']) go(name);
    await Promise.all(sent.map(({ run }) => engine.comesTo(run, 'completed')));
    expect(booked('A')).toEqual(['A1', 'A2', 'A3']);
    expect(await rows()).toBe(0);
  });

  it('are in no order when their events have no key', async () => {
    await engine.publish(ordered({ by: 'data.missing' }));
    gate();
    await send('A', 1);
    await send('A', 2);
    await engine.hire();
    await until(() => booked().length === 2);
    expect(await rows()).toBe(0);
  });

  it('stand in the order of positions, whatever transaction commits when', async () => {
    await engine.publish(ordered());
    const slow = await engine.db.pool.connect();
    try {
      await slow.query('BEGIN');
      const first = await send('A', 1, slow);
      let isStored = false;
      const second = send('A', 2).finally(() => (isStored = true));
      // Somebody else's key is not held up.
      await send('B', 1);
      await until(async () => {
        const { rows: waiting } = await engine.db.pool.query(
          `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`,
        );
        return waiting.length > 0;
      });
      expect(isStored).toBe(false);
      await slow.query('COMMIT');
      expect((await second).position).toBeGreaterThan(first.position);
      await engine.hire();
      await engine.comesTo((await second).run, 'completed');
      expect(booked('A')).toEqual(['A1', 'A2']);
    } finally {
      slow.release();
    }
  });

  it('are one per event and in order, through duplicates, disorder, and crashes before and after the commit', async () => {
    await engine.publish(ordered());
    engine.shards = 2;
    const orders = ['A', 'B', 'C'];
    const each = 12;
    const deliveries = orders.flatMap((order) =>
      Array.from({ length: each * 3 }, (_, at) => ({ order, n: at % each })),
    );
    deliveries.sort((one, other) => sha256(JSON.stringify(one)).compare(sha256(JSON.stringify(other))));
    let crashes = 0;
    const hire = (): Promise<unknown> =>
      engine.hire({ leaseMs: 800, failpoint: 'after-intent', crashed: () => (crashes += 1) });
    await Promise.all([hire(), engine.hire(), engine.hire()]);
    // The sender's process dies between the claim of the event and its commit; the sender tries again.
    const dying = await engine.db.pool.connect();
    dying.on('error', () => undefined);
    await dying.query('BEGIN');
    const lost = await send('A', 0, dying);
    const { rows: own } = await dying.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await engine.db.pool.query('SELECT pg_terminate_backend($1)', [own[0]?.pid]);
    dying.release(true);
    const sent = await Promise.all(deliveries.map(({ order, n }) => send(order, n)));
    const runs = new Map(sent.map((one) => [one.run, one]));
    expect(runs.size).toBe(orders.length * each);
    expect(runs.has(lost.run)).toBe(false);
    expect(sent.filter(({ duplicate }) => !duplicate)).toHaveLength(orders.length * each);
    await Promise.all([...runs.keys()].map((run) => engine.comesTo(run, 'completed')));
    expect(crashes).toBe(1);
    for (const order of orders) {
      const inOrder = [...new Set(booked(order))];
      const wanted = [...runs.values()]
        .sort((one, other) => one.position - other.position)
        .map(({ run }) => deliveries[sent.findIndex((one) => one.run === run)])
        .flatMap((one) => (one?.order === order ? [`${order}${one.n}`] : []));
      expect(inOrder).toEqual(wanted);
    }
    expect(await rows()).toBe(0);
  });

  it('are let in by another worker when the one that ended the run before died at once', async () => {
    await engine.publish(ordered());
    const sent = [await send('A', 1), await send('A', 2), await send('A', 3)];
    let crashed = false;
    await engine.hire({ failpoint: 'after-let-in', crashed: () => (crashed = true), leaseMs: 800 });
    await until(() => crashed);
    await engine.hire();
    await Promise.all(sent.map(({ run }) => engine.comesTo(run, 'completed')));
    expect([...new Set(booked())]).toEqual(['A1', 'A2', 'A3']);
  });

  it('wait behind one that failed until a person skips it, visibly', async () => {
    const published = await engine.publish(ordered());
    engine.answer = ({ input }) => (input['step'] === 'A1' ? refused : done);
    const [first, second] = [await send('A', 1), await send('A', 2)];
    const other = await send('B', 1);
    await engine.hire();
    await engine.comesTo(first.run, 'failed');
    await engine.comesTo(other.run, 'completed');
    expect(await lanes('blocked')).toMatchObject([
      { key: 'A', runId: first.run, runStatus: 'failed', isBlocked: true, waiting: 1, pausedSince: null },
    ]);
    expect(await laneFigures(engine.db.pool)).toMatchObject({ blocked: 1, waiting: 1 });
    // Whoever comes now stands behind it as well.
    const third = await send('A', 3);
    expect(await engine.statusOf(second.run)).toBe('queued');
    expect(await skipInLane(engine.db.pool, lane(published, 'A'), second.run)).toBe(null);
    expect(await skipInLane(engine.db.pool, lane(published, 'A'), first.run)).toBe(true);
    await engine.comesTo(second.run, 'completed');
    await engine.comesTo(third.run, 'completed');
    expect(booked('A')).toEqual(['A1', 'A2', 'A3']);
    expect(await lanes('all')).toEqual([]);
  });

  it('go on behind one that failed, or stands in front of a person, where the trigger says so', async () => {
    await engine.publish(ordered({ onFailure: 'go-on' }, 'park'));
    engine.answer = ({ input }) => (input['step'] === 'A1' ? refused : done);
    const [first, second] = [await send('A', 1), await send('A', 2)];
    await engine.hire();
    await engine.comesTo(second.run, 'completed');
    expect(await engine.statusOf(first.run)).toBe('blocked');
    expect(await lanes('blocked')).toEqual([]);
  });

  it('wait behind one that stands in front of a person, who solves it or skips it', async () => {
    const published = await engine.publish(ordered({}, 'park'));
    engine.answer = ({ input }) => (input['step'] === 'A1' ? refused : done);
    const [first, second] = [await send('A', 1), await send('A', 2)];
    await engine.hire();
    await engine.comesTo(first.run, 'blocked');
    const [blocked] = await lanes('blocked');
    expect(blocked).toMatchObject({ key: 'A', runId: first.run, runStatus: 'blocked', waiting: 1 });
    expect(blocked?.blockedSince).toBeInstanceOf(Date);
    expect(await skipInLane(engine.db.pool, lane(published, 'A'), first.run)).toBe(true);
    await engine.comesTo(second.run, 'completed');
    expect(await engine.statusOf(first.run)).toBe('blocked');
  });

  it('begin no more in a lane that is paused, and go on when it is resumed', async () => {
    const published = await engine.publish(ordered());
    const go = gate();
    const first = await send('A', 1);
    await engine.hire();
    await until(() => booked().length === 1);
    expect(await pauseLane(engine.db.pool, lane(published, 'A'))).toBe(true);
    const second = await send('A', 2);
    go('A1');
    go('A2');
    await engine.comesTo(first.run, 'completed');
    expect(await letLanesIn(engine.db.pool)).toEqual([]);
    expect(await lanes('paused')).toMatchObject([{ key: 'A', runId: null, waiting: 1, isBlocked: false }]);
    const later = await send('A', 3);
    go('A3');
    expect(await resumeLane(engine.db.pool, lane(published, 'A'))).toBe(true);
    await engine.comesTo(second.run, 'completed');
    await engine.comesTo(later.run, 'completed');
    expect(booked()).toEqual(['A1', 'A2', 'A3']);
  });

  it('that are cancelled while they wait never begin, and hold nobody up', async () => {
    await engine.publish(ordered());
    const go = gate();
    const sent = [await send('A', 1), await send('A', 2), await send('A', 3)] as const;
    await engine.hire();
    await until(() => booked().length === 1);
    await sendSignal(engine.db.pool, sent[1].run, { type: 'run.cancel-requested', by, reason: 'Not needed.' });
    await engine.comesTo(sent[1].run, 'cancelled');
    expect(booked()).toEqual(['A1']);
    go('A1');
    go('A3');
    await engine.comesTo(sent[2].run, 'completed');
    expect(booked()).toEqual(['A1', 'A3']);
  });

  it('of a batch stand in the order of the batch', async () => {
    await engine.publish(ordered());
    const slow = await engine.db.pool.connect();
    try {
      const numbers = [9, 1, 5, 3, 7];
      const events = numbers.map((n) => {
        const data = { order: 'A', n };
        const raw = Buffer.from(JSON.stringify(data));
        return {
          workspaceId: engine.workspaceId,
          event: {
            source: '/shop',
            eventId: `A${n}`,
            type: 'order.changed',
            subject: null,
            time: '2026-01-01T00:00:00Z',
            contentHash: sha256(raw),
            contentType: 'application/json',
            raw,
            data,
            headers: {},
            receipt: null,
          },
        };
      });
      const answers = await insertEvents(slow, events, 1);
      await engine.hire();
      await Promise.all(answers.map(({ runs }) => engine.comesTo(runs[0]?.runId ?? '', 'completed')));
      expect(booked()).toEqual(numbers.map((n) => `A${n}`));
    } finally {
      slow.release();
    }
  });
});
