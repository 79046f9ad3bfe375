/** Retention on the real database: what goes, what stays because it is still needed, and what a crash leaves. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  closeDeadLetter,
  findAuditBreak,
  insertDeadLetters,
  insertEventsAndRuns,
  requestUndo,
  setWorkflowRetention,
  setWorkspaceRetention,
  silentLogger,
  uuidv7,
} from '@sagawright/shared/server';
import { ingestRequest, until, workflow } from '@sagawright/shared/testing';
import { Engine, refused } from '../testing/engine.js';
import { maintain, startMaintenance } from './maintenance.js';
import type { MaintenanceSettings } from './maintenance.js';

jest.setTimeout(60_000);

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.open();
}, 60_000);
afterAll(() => engine.close());
beforeEach(async () => {
  await engine.clear();
  await sql(`INSERT INTO maintenance VALUES ('-infinity') ON CONFLICT DO NOTHING`);
});
afterEach(() => engine.dismiss());

const sql = async <R extends Record<string, unknown>>(text: string, values: unknown[] = []): Promise<R[]> =>
  (await engine.db.pool.query<R>(text, values)).rows;

const world = (failpoint: () => void = () => undefined) => ({
  transaction: engine.db.transaction,
  random: Math.random,
  logger: silentLogger,
  failpoint,
});
const tidy = (settings: MaintenanceSettings = {}) => maintain(world(), { everyMs: 0, ...settings });

const keep = (completedDays: number | null, failedDays: number | null, events: [string, number | null][] = []) =>
  engine.db.transaction((client) =>
    setWorkspaceRetention(client, engine.workspaceId, {
      runs: { completedDays, failedDays },
      events: events.map(([pattern, days]) => ({ pattern, days })),
    }),
  );
const endedDaysAgo = (days: number, ...runs: string[]) =>
  sql(`UPDATE run SET ended_at = now() - interval '1 day' * $2 WHERE id = ANY($1::uuid[])`, [runs, days]);
const left = async (): Promise<string[]> =>
  (await sql<{ id: string }>('SELECT id FROM run ORDER BY id')).map(({ id }) => id);
const undone = {
  undo: { kind: 'compensation', name: 'u', connector: 'test', operation: 'undo', input: { step: 'x' } },
} as const;

async function ended(saga: ReturnType<typeof workflow>, status: string): Promise<string> {
  const id = await engine.run(saga);
  await engine.comesTo(id, status);
  return id;
}

describe('retention of runs', () => {
  it('deletes runs that ended longer ago than their policy says, with everything beside them', async () => {
    await keep(10, 20);
    await engine.hire();
    const [old, fresh] = [
      await ended(workflow().step('a'), 'completed'),
      await ended(workflow().step('a'), 'completed'),
    ];
    engine.answer = () => refused;
    const [failed, longFailed] = [
      await ended(workflow().step('a'), 'failed'),
      await ended(workflow().step('a'), 'failed'),
    ];
    await endedDaysAgo(11, old, failed);
    await endedDaysAgo(9, fresh);
    await endedDaysAgo(21, longFailed);
    await tidy();
    expect(await left()).toEqual([fresh, failed].sort());
    expect(await sql('SELECT run_id FROM journal WHERE run_id = ANY($1::uuid[])', [[old, longFailed]])).toEqual([]);
    expect(await engine.journalOf(fresh)).not.toHaveLength(0);
    const audit = await sql<{ runs: number }>(`SELECT (details ->> 'runs')::int AS runs FROM audit_log`);
    expect(audit).toEqual([{ runs: 1 }, { runs: 1 }]);
    expect(await findAuditBreak(engine.db.pool, engine.workspaceId)).toBeNull();
  });

  it('keeps everything for ever as long as nobody says otherwise, and lets a workflow say so for itself', async () => {
    await engine.hire();
    const other = await ended(workflow().step('a'), 'completed');
    const target = await engine.publish(workflow().step('a'));
    const own = await engine.start(target);
    await engine.comesTo(own, 'completed');
    await endedDaysAgo(5000, other, own);
    await tidy();
    expect(await left()).toHaveLength(2);
    await setWorkflowRetention(engine.db.pool, engine.workspaceId, target.workflowId, {
      completedDays: 1,
      failedDays: 1,
    });
    await tidy();
    expect(await left()).toEqual([other]);
  });

  it('never deletes a run that has not ended, or has an open incident', async () => {
    await keep(1, 1);
    engine.answer = (_call, name) =>
      name.startsWith('undo') || name === 'do b' ? refused : { kind: 'succeeded', output: {} };
    await engine.hire();
    const waiting = await ended(workflow().wait('w', 'never'), 'waiting');
    const blocked = await ended(workflow().step('a', undone).step('b'), 'blocked');
    await sql(`UPDATE run SET created_at = created_at - interval '1 year'`);
    // Even if it counted as ended.
    await endedDaysAgo(100, blocked);
    await tidy();
    expect(await left()).toEqual([waiting, blocked].sort());
  });

  it('keeps a child for as long as its parent is there, since the undo of the parent may ask it (S18)', async () => {
    await keep(1, 1);
    const child = await engine.publish(workflow({ kind: 'trigger.called' }).step('inner', undone));
    await engine.hire();
    const parent = await ended(
      workflow().call('sub', { workflow: child.workflowId, input: {} }).step('b'),
      'completed',
    );
    const [own] = await engine.children(parent);
    await endedDaysAgo(100, own?.id ?? '');
    await tidy();
    expect(await left()).toHaveLength(2);

    await requestUndo(engine.db.pool, parent, {
      type: 'run.undo-requested',
      by: { kind: 'system', id: 't', name: 'Test' },
      reason: 'test',
    });
    await engine.comesTo(parent, 'compensated');
    expect(engine.names()).toContain('undo x');
    await endedDaysAgo(100, parent, own?.id ?? '');
    await tidy();
    await tidy();
    expect(await left()).toEqual([]);
  });

  it('leaves a run alone whose undo was asked for or is under way: retention during compensation', async () => {
    await keep(1, 1);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    engine.answer = async (_call, name) => {
      if (name === 'undo x') await held;
      return { kind: 'succeeded', output: {} };
    };
    const first = await engine.hire();
    const id = await ended(workflow().step('a', undone).step('b', undone), 'completed');
    await first.stop(1000);
    await endedDaysAgo(100, id);
    await requestUndo(engine.db.pool, id, {
      type: 'run.undo-requested',
      by: { kind: 'system', id: 't', name: 'Test' },
      reason: 'test',
    });
    await tidy();
    expect(await left()).toEqual([id]);
    await engine.hire();
    await until(() => Promise.resolve(engine.names().includes('undo x')));
    await tidy();
    expect(await left()).toEqual([id]);
    release();
    await engine.comesTo(id, 'compensated');
    expect(engine.names().filter((name) => name === 'undo x')).toHaveLength(2);
    await endedDaysAgo(100, id);
    await tidy();
    expect(await left()).toEqual([]);
  });

  it('deletes large values with the last run that refers to them', async () => {
    await keep(1, 1);
    await engine.hire();
    engine.answer = () => ({ kind: 'succeeded', output: { text: 'T'.repeat(100_000) } });
    const target = await engine.publish(workflow().step('a'));
    const runs = [await engine.start(target), await engine.start(target)] as const;
    for (const run of runs) await engine.comesTo(run, 'completed');
    const payloads = async () => (await sql('SELECT FROM payload')).length;
    await sql(`UPDATE payload SET stored_at = now() - interval '2 hours'`);
    await endedDaysAgo(100, runs[0]);
    await tidy();
    expect([await left(), await payloads()]).toEqual([[runs[1]], 1]);
    await endedDaysAgo(100, runs[1]);
    await tidy();
    expect([await left(), await payloads()]).toEqual([[], 0]);
  });

  it('goes through the large values once, however many were stored in one moment', async () => {
    await engine.hire();
    engine.answer = ({ input }) => ({ kind: 'succeeded', output: { text: String(input['step']).repeat(70_000) } });
    const id = await ended(workflow().step('a').step('b').step('c'), 'completed');
    await sql(
      `UPDATE payload SET stored_at = date_trunc('milliseconds', now()) - interval '2 hours' + interval '1 us'`,
    );
    const over = new AbortController();
    let batches = 0;
    const transaction: typeof engine.db.transaction = async (work) => {
      if ((batches += 1) > 50) over.abort();
      return await engine.db.transaction(work);
    };
    await maintain({ ...world(), transaction }, { everyMs: 0, batch: 1 }, over.signal);
    expect(over.signal.aborted).toBe(false);
    expect(await left()).toEqual([id]);
    expect(await sql('SELECT FROM payload')).toHaveLength(3);
  });

  it('does not start a run anew when its event comes again after the run is gone (I1)', async () => {
    await keep(1, 1);
    await engine.hire();
    const target = await engine.publish(workflow().step('a'));
    const [triggerNode = '', triggerId = ''] = Object.entries(target.triggers)[0] ?? [];
    const request = ingestRequest({ ...target, triggerNode, triggerId });
    const again = async () => (await insertEventsAndRuns(engine.db.pool, [{ ...request, runId: uuidv7() }]))[0];
    await insertEventsAndRuns(engine.db.pool, [request]);
    await engine.comesTo(request.runId, 'completed');
    await endedDaysAgo(2, request.runId);
    await tidy();
    expect(await left()).toEqual([]);
    expect(await again()).toMatchObject({ duplicate: true, runId: request.runId });
    expect(await left()).toEqual([]);
  });

  it('keeps a failed run for as long as it holds up its lane (S32)', async () => {
    await keep(1, 1);
    engine.answer = () => refused;
    const order = { by: 'data.order', onFailure: 'block' } as const;
    await engine.publish(workflow({ kind: 'trigger.event', event: { type: 'order.changed' }, order }).step('book'));
    const { runs } = await engine.event('order.changed', { order: 'A' });
    const id = runs[0]?.runId ?? '';
    await engine.hire();
    await engine.comesTo(id, 'failed');
    await endedDaysAgo(100, id);
    await tidy();
    expect(await left()).toEqual([id]);
    await sql('DELETE FROM lane_run');
    await tidy();
    expect(await left()).toEqual([]);
  });

  it('goes on where a crash has left it, and one worker at a time does it', async () => {
    await keep(1, 1);
    await engine.hire();
    const target = await engine.publish(workflow());
    const runs = await Promise.all(Array.from({ length: 7 }, () => engine.start(target)));
    for (const run of runs) await engine.comesTo(run, 'completed');
    await endedDaysAgo(100, ...runs);
    let batches = 0;
    const over = new AbortController();
    const crashing = world(() => {
      if (++batches < 2) return;
      over.abort();
      throw new Error('crashed on purpose');
    });
    await maintain(crashing, { everyMs: 0, batch: 2 }, over.signal);
    expect(await left()).toHaveLength(3);
    for (const run of await left()) expect(await engine.journalOf(run)).not.toHaveLength(0);
    const journals = await sql<{ n: number }>('SELECT count(DISTINCT run_id)::int AS n FROM journal');
    expect(journals).toEqual([{ n: 3 }]);
    const others = await Promise.all(Array.from({ length: 4 }, () => maintain(world(), { everyMs: 60_000 })));
    expect(others.filter(Boolean)).toHaveLength(0);
    await sql(`UPDATE maintenance SET begun_at = '-infinity'`);
    const round = await Promise.all(Array.from({ length: 4 }, () => maintain(world(), { everyMs: 60_000 })));
    expect(round.filter(Boolean)).toHaveLength(1);
    expect(await left()).toEqual([]);
  });
});

describe('retention of events', () => {
  /** As if it had come so many days ago. */
  async function came(type: string, daysAgo: number): Promise<number> {
    const { position } = await engine.event(type, {});
    const day = `now() - interval '1 day' * ${daysAgo}`;
    await sql(
      `SELECT make_partition('event', 'event_' || to_char((${day}) AT TIME ZONE 'UTC', 'YYYYMMDD'),
         event_day(${day})::text, (event_day(${day}) + (1::bigint << 37))::text, 'position')`,
    );
    const moved = `event_day(${day}) | ($1 & ((1::bigint << 37) - 1))`;
    const rows = await sql<{ position: number }>(
      `UPDATE event SET position = ${moved}, recorded_at = ${day} WHERE position = $1 RETURNING position`,
      [position],
    );
    await sql(`UPDATE event_claim SET position = ${moved} WHERE position = $1`, [position]);
    return rows[0]?.position ?? 0;
  }
  const kept = async () =>
    (await sql<{ position: number }>('SELECT position FROM event')).map(({ position }) => position);
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
  const isThere = async (part: string) => (await sql(`SELECT FROM pg_class WHERE relname = $1`, [part])).length === 1;

  it('is 30 days, or what the longest pattern says that the type matches', async () => {
    await keep(null, null, [
      ['order.*', 5],
      ['order.paid', null],
      ['order.p*', 90],
    ]);
    const stays = [
      await came('other', 29),
      await came('order.paid', 200),
      await came('order.placed', 80),
      await came('order.x', 4),
    ];
    await came('other', 31);
    await came('order.placed', 91);
    await came('order.x', 6);
    await tidy();
    expect((await kept()).sort()).toEqual(stays.sort());
  });

  it('drops the partition of a day that nothing is left of, and makes those of the next days', async () => {
    await came('other', 40);
    await came('other', 20);
    await sql(`DROP TABLE event_${day(3)}`);
    await tidy();
    const there = [isThere(`event_${day(-40)}`), isThere(`event_${day(-20)}`), isThere(`event_${day(3)}`)];
    expect(await Promise.all(there)).toEqual([false, true, true]);
  });

  it('keeps an event that an open dead letter or a delivery still needs', async () => {
    const { workspaceId } = engine;
    const [dead, unsent] = [await came('other', 40), await came('other', 40)];
    const [letter, endpoint] = [uuidv7(), uuidv7()];
    await insertDeadLetters(engine.db.pool, [
      {
        id: letter,
        workspaceId,
        kind: 'schema',
        triggerId: null,
        holds: true,
        code: 'schema.mismatch',
        message: '',
        problems: [],
        details: {},
        event: { position: dead, type: 'other', source: '/test', id: 'e1' },
      },
    ]);
    await sql(
      `INSERT INTO endpoint (id, workspace_id, name, url, types, signature, secret_sealed, created_by, paused_at)
       VALUES ($1, $2, 'paused', 'https://example.com', '{*}', 'v1', '', '{}', now())`,
      [endpoint, workspaceId],
    );
    await sql(
      `INSERT INTO delivery (id, workspace_id, endpoint_id, event_position, event_type) VALUES ($1, $2, $1, $3, 'other')`,
      [endpoint, workspaceId, unsent],
    );
    await tidy();
    expect((await kept()).sort()).toEqual([dead, unsent].sort());
    await closeDeadLetter(engine.db.pool, workspaceId, letter, {
      status: 'discarded',
      by: { kind: 'system', id: 't', name: 'Test' },
      note: 'no',
    });
    await sql(`DELETE FROM endpoint`);
    await tidy();
    expect(await kept()).toEqual([]);
  });

  it('keeps an event that a run has still to take in', async () => {
    const position = await came('other', 40);
    await engine.hire();
    const id = await engine.run(workflow().wait('w', 'never'));
    await engine.comesTo(id, 'waiting');
    await engine.dismiss();
    await sql(`INSERT INTO run_signal (run_id, number, body, event_position) VALUES ($1, 1, '{}', $2)`, [id, position]);
    await tidy();
    expect(await kept()).toContain(position);
  });

  it('knows an event again for seven days, whatever became of the event (I1)', async () => {
    await keep(null, null, [['*', 1]]);
    const claims = async () => (await sql('SELECT FROM event_claim')).length;
    await came('other', 6);
    await came('other', 9);
    await tidy();
    expect([(await kept()).length, await claims()]).toEqual([0, 1]);
  });
});

it('is begun by itself, and stops when it is told', async () => {
  await keep(1, 1);
  await engine.hire();
  const id = await ended(workflow(), 'completed');
  await endedDaysAgo(100, id);
  const running = startMaintenance(world(), { everyMs: 50 });
  await until(async () => (await left()).length === 0);
  await running.stop();
});
