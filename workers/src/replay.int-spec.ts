import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { evaluateTemplate } from '@sagawright/shared/expression';
import {
  advanceReplay,
  changeReplay,
  claimReplay,
  findReplay,
  insertEvents,
  insertReplay,
  listReplayGroups,
  loadDefinitions,
  sha256,
  silentLogger,
  uuidv7,
} from '@sagawright/shared/server';
import type { NewReplay, ReplayRow } from '@sagawright/shared/server';
import { until, workflow } from '@sagawright/shared/testing';
import { Replayer } from './replay/replayer.js';
import { done, Engine, refused } from './testing/engine.js';
import type { Published } from './testing/engine.js';

jest.setTimeout(300_000);

/** The full figure of the promise is 10,000; fewer show the same sooner. */
const MANY = Number(process.env['REPLAY_EVENTS'] ?? 1000);

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.open();
}, 60_000);
afterAll(() => engine.close());
beforeEach(() => engine.clear());
afterEach(() => engine.dismiss());

const placed = { kind: 'trigger.event', event: { type: 'order.placed' } } as const;

/** Orders over the limit are approved first. */
const orders = (limit: number) =>
  workflow(placed)
    .branch('check', {
      [`{{ trigger.data.amount > ${limit} }}`]: (big) => big.step('approve'),
      else: (small) => small.transform('wave-through', { ok: true }),
    })
    .step('charge', { input: { step: 'charge', amount: '{{ trigger.data.amount }}' } });

async function place(amounts: readonly number[]): Promise<void> {
  for (let from = 0; from < amounts.length; from += 500) {
    const requests = amounts.slice(from, from + 500).map((amount, index) => {
      const data = { amount };
      const raw = Buffer.from(JSON.stringify(data));
      const event = {
        ...{ source: '/shop', eventId: `order-${from + index}`, type: 'order.placed', subject: null },
        ...{ time: new Date().toISOString(), contentHash: sha256(raw), contentType: 'application/json', raw, data },
        ...{ headers: {}, receipt: null },
      };
      return { workspaceId: engine.workspaceId, event };
    });
    await insertEvents(engine.db.pool, requests, 1);
  }
}

const allEnded = (count: number) =>
  until(async () => {
    const { rows } = await engine.db.pool.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM run WHERE ended_at IS NOT NULL',
    );
    return rows[0]?.n === count;
  }, 240_000);

function replayer(): Replayer {
  const { pool: sql, transaction } = engine.db;
  return new Replayer({
    sql,
    transaction,
    shards: 1,
    logger: silentLogger,
    ring: () => undefined,
    compute: {
      evaluate: (template, scope) => evaluateTemplate(template, { ...scope }),
      code: async (_source, input) => input,
    },
    definitionsOf: (ids) => loadDefinitions(sql, ids),
  });
}

async function ask(of: Pick<NewReplay, 'mode' | 'targets'> & Partial<NewReplay>): Promise<string> {
  const id = uuidv7();
  const { rows } = await engine.db.pool.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  await insertReplay(engine.db.pool, {
    id,
    workspaceId: engine.workspaceId,
    note: '',
    from: '2000-01-01T00:00:00Z',
    to: rows[0]?.now.toISOString() ?? '',
    filter: {},
    rate: 10_000,
    keepsOrder: true,
    createdBy: { kind: 'user', id: 'u1', name: 'Uma' },
    ...of,
  });
  return id;
}

/** Works until the replay has ended. */
async function workOff(id: string, by: Replayer = replayer()): Promise<ReplayRow> {
  await until(async () => {
    await by.work();
    return (await found(id)).endedAt !== null;
  }, 240_000);
  return await found(id);
}

async function found(id: string): Promise<ReplayRow> {
  const replay = await findReplay(engine.db.pool, engine.workspaceId, id);
  if (replay === null) throw new Error('The replay is gone.');
  return replay;
}

const draftOf = ({ workflowId }: Published, limit: number) => ({
  workflowId,
  version: 'draft' as const,
  number: 2,
  definition: orders(limit).definition(),
});

describe('a dry run', () => {
  it(`shows a planted change in the runs that it concerns and in no other, and calls nobody (${MANY} events)`, async () => {
    const published = await engine.publish(orders(100));
    // Each tenth order lies between the old limit and the new one.
    const amounts = Array.from({ length: MANY }, (_, index) => (index % 10 === 0 ? 120 : index % 2 === 0 ? 50 : 500));
    await place(amounts);
    await engine.hire();
    await allEnded(MANY);
    engine.calls = [];
    const replay = await workOff(await ask({ mode: 'dry-run', targets: [draftOf(published, 150)] }));
    expect(replay).toMatchObject({
      status: 'done',
      total: MANY,
      seen: MANY,
      different: MANY / 10,
      failed: 0,
      started: 0,
    });
    expect(replay.equal).toBe(MANY - MANY / 10);
    const groups = await listReplayGroups(engine.db.pool, replay.id, 10);
    expect(groups.map(({ count }) => count)).toEqual([MANY / 10]);
    expect(groups[0]?.differences).toMatchObject([
      { what: 'way', name: 'check', now: 'else' },
      { what: 'step-added', name: 'wave-through' },
      { what: 'step-removed', name: 'approve' },
    ]);
    expect(engine.calls).toEqual([]);
    expect(await runs()).toBe(MANY);
  });

  it('takes the answers of then: what failed then fails again, and is undone in both', async () => {
    const published = await engine.publish(orders(100));
    engine.answer = (_call, name) => (name === 'do charge' ? refused : done);
    await place([500, 50]);
    await engine.hire();
    await allEnded(2);
    const replay = await workOff(await ask({ mode: 'dry-run', targets: [draftOf(published, 100)] }));
    expect(replay).toMatchObject({ equal: 2, different: 0 });
  });

  it('tells of events that would start the workflow today, and of those that would not any more', async () => {
    const published = await engine.publish(orders(100));
    await place([500]);
    await engine.event('order.changed', { amount: 5 });
    await engine.hire();
    await allEnded(1);
    const definition = workflow({ kind: 'trigger.event', event: { type: 'order.changed' } })
      .step('charge')
      .definition();
    const target = { ...draftOf(published, 100), definition };
    const replay = await workOff(await ask({ mode: 'dry-run', targets: [target] }));
    const groups = await listReplayGroups(engine.db.pool, replay.id, 10);
    expect(groups.map(({ signature }) => signature).sort()).toEqual([
      'run run not started>started',
      'run run started>not started',
    ]);
  });

  it('looks at those events only that the filter lets through', async () => {
    const published = await engine.publish(orders(100));
    await place([500, 120, 50]);
    await engine.hire();
    await allEnded(3);
    const filter = { types: ['order.*'], content: { data: { amount: [{ numeric: ['>', 100] }] } } };
    const replay = await workOff(await ask({ mode: 'dry-run', targets: [draftOf(published, 150)], filter }));
    expect(replay).toMatchObject({ seen: 3, matched: 2, equal: 1, different: 1 });
  });
});

describe('a live replay', () => {
  const toPublished = ({ workflowId }: Published) => ({ workflowId, version: 'published' as const, number: 1 });

  it('starts each event once more, marked, beside the run of then', async () => {
    const published = await engine.publish(orders(100));
    await place([50, 60]);
    await engine.hire();
    await allEnded(2);
    const id = await ask({ mode: 'live', targets: [toPublished(published)] });
    expect(await workOff(id)).toMatchObject({ status: 'done', started: 2 });
    await allEnded(4);
    const { rows } = await engine.db.pool.query<{ id: string }>('SELECT id FROM run WHERE replay_id = $1', [id]);
    const [first] = await engine.journalOf(rows[0]?.id ?? '');
    expect(first).toMatchObject({ event: { id: 'order-0', headers: { 'ce-replayid': id } } });
  });

  it('goes one after another per key where the trigger keeps order, in lanes of its own (S32)', async () => {
    const ordered = workflow({ ...placed, order: { by: 'data.amount' } } as never).step('charge');
    const published = await engine.publish(ordered);
    await place([50, 60, 50]);
    await engine.hire();
    await allEnded(3);
    await engine.dismiss();
    const lanes = async () => {
      const { rows } = await engine.db.pool.query<{ key: string; state: string }>(
        'SELECT key, state FROM lane_run ORDER BY position',
      );
      return rows;
    };
    const id = await ask({ mode: 'live', targets: [toPublished(published)] });
    await workOff(id);
    expect(await lanes()).toEqual([
      { key: `50 (replay ${id})`, state: 'going' },
      { key: `60 (replay ${id})`, state: 'going' },
      { key: `50 (replay ${id})`, state: 'waiting' },
    ]);
    await workOff(await ask({ mode: 'live', targets: [toPublished(published)], keepsOrder: false }));
    expect(await lanes()).toHaveLength(3);
    await engine.hire();
    await allEnded(9);
    expect(await lanes()).toEqual([]);
  });

  it('gives its runs what came after their own event, and wakes no run of today', async () => {
    const waits = workflow(placed).wait('Paid', {
      type: 'paid',
      correlation: { path: 'data.amount', value: '{{ trigger.data.amount }}' },
      earlyMs: 0,
    } as never);
    const published = await engine.publish(waits);
    await place([50]);
    await engine.hire();
    const [today] = (await engine.db.pool.query<{ id: string }>('SELECT id FROM run')).rows;
    await engine.comesTo(today?.id ?? '', 'waiting');
    await engine.event('paid', { amount: 50 });
    await allEnded(1);
    // The first of them is known.
    await place([50, 70]);
    const other = (await engine.db.pool.query<{ id: string }>('SELECT id FROM run WHERE ended_at IS NULL')).rows[0]?.id;
    await engine.comesTo(other ?? '', 'waiting');
    const id = await ask({ mode: 'live', targets: [toPublished(published)] });
    expect(await workOff(id)).toMatchObject({ started: 2 });
    await allEnded(2);
    const { rows } = await engine.db.pool.query<{ id: string }>(
      'SELECT id FROM run WHERE replay_id = $1 AND ended_at IS NULL',
      [id],
    );
    await engine.comesTo(rows[0]?.id ?? '', 'waiting');
    expect([rows.length, await engine.statusOf(other ?? '')]).toEqual([1, 'waiting']);
  });

  it('starts nothing twice when a worker dies between its slices, and leaves nothing out', async () => {
    const published = await engine.publish(orders(100));
    await place(Array.from({ length: 30 }, () => 50));
    await engine.hire();
    await allEnded(30);
    // Ten events a slice.
    const id = await ask({ mode: 'live', targets: [toPublished(published)], rate: 20 });
    await replayer().work();
    await engine.db.pool.query('UPDATE replay SET lease_until = now(), next_at = now() WHERE id = $1', [id]);
    expect(await workOff(id)).toMatchObject({ started: 30 });
    await allEnded(60);
    expect(await runs()).toBe(60);
  });

  it('commits nothing of a slice once it has been cancelled, or another worker has it', async () => {
    const published = await engine.publish(orders(100));
    await place([50]);
    const id = await ask({ mode: 'live', targets: [toPublished(published)] });
    const nothing = { matched: 0, started: 0, equal: 0, different: 0, unknown: 0, failed: 0 };
    const progress = { ...nothing, cursor: null, done: true, seen: 1, restMs: 0 };
    const [one, other] = [uuidv7(), uuidv7()];
    expect((await claimReplay(engine.db.pool, one))?.id).toBe(id);
    expect(await claimReplay(engine.db.pool, other)).toBeNull();
    expect(await advanceReplay(engine.db.pool, id, other, progress)).toBe(false);
    await changeReplay(engine.db.pool, engine.workspaceId, id, 'cancel');
    expect(await advanceReplay(engine.db.pool, id, one, progress)).toBe(false);
    expect(await found(id)).toMatchObject({ status: 'cancelled', seen: 0 });
  });

  it('keeps to its rate by resting between slices', async () => {
    const published = await engine.publish(orders(100));
    await place(Array.from({ length: 20 }, () => 50));
    const id = await ask({ mode: 'live', targets: [toPublished(published)], rate: 2 });
    const by = replayer();
    await by.work();
    await by.work();
    expect(await found(id)).toMatchObject({ status: 'running', seen: 1 });
  });
});

async function runs(): Promise<number> {
  const { rows } = await engine.db.pool.query<{ n: number }>('SELECT count(*)::int AS n FROM run');
  return rows[0]?.n ?? 0;
}
