/** What retention asks and locks: what it costs, and what comes at the same moment. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ingestRequest, publishWorkflow, testDatabase, until, workflow } from '../../testing/index.js';
import type { PublishedWorkflow, TestDatabase } from '../../testing/index.js';
import { insertEventsAndRuns } from './ingest.js';
import { deleteEndedRuns, eventTypesOver, setWorkflowRetention } from './retention.js';

let db: TestDatabase;
let target: PublishedWorkflow;
beforeAll(async () => {
  db = await testDatabase({ poolSize: 10 });
}, 60_000);
afterAll(() => db.close());
beforeEach(async () => {
  target = await publishWorkflow(db.pool, workflow().end().definition());
});

describe('a look at the types of old events', () => {
  it('finds each type with an event whose time is over, and reads no more than a step per type', async () => {
    const count = 20_000;
    await db.pool.query(
      `INSERT INTO event (position, workspace_id, source, event_id, type, time, recorded_at, content_hash, content_type, raw, data, headers)
       SELECT nextval('event_number'), $1, '/s', 'e' || n, 't' || n % 3, now(),
         now() - interval '1 day' * CASE n % 3 WHEN 0 THEN 40 WHEN 1 THEN 20 ELSE 1 END, '', 'application/json', '', '{}', '{}'
       FROM generate_series(1, $2::int) AS n`,
      [target.workspaceId, count],
    );
    await db.pool.query('INSERT INTO event_retention (workspace_id, pattern, days) VALUES ($1, $2, $3)', [
      target.workspaceId,
      't1',
      10,
    ]);
    await db.pool.query('ANALYZE event_before');
    expect(await eventTypesOver(db.pool, 'event_before')).toEqual([
      { workspaceId: target.workspaceId, type: 't0' },
      { workspaceId: target.workspaceId, type: 't1' },
    ]);
    const asked: string[] = [];
    await eventTypesOver(
      {
        query: (async (text: string) => {
          asked.push(text);
          return await db.pool.query(text);
        }) as typeof db.pool.query,
      },
      'event_before',
    );
    const { rows } = await db.pool.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
      `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${asked.join('')}`,
    );
    const plan = rows[0]?.['QUERY PLAN'][0].Plan;
    expect((plan?.['Shared Hit Blocks'] ?? NaN) + (plan?.['Shared Read Blocks'] ?? NaN)).toBeLessThan(60);
  });
});

describe('an event that comes again while its run is being deleted', () => {
  it('starts nothing anew: it waits, and hears of the run that was (I1)', async () => {
    const request = () => ({ ...ingestRequest(target, { again: true }), onlyIfNew: false as const });
    const first = request();
    const again = { ...request(), event: first.event };
    const [answer] = await insertEventsAndRuns(db.pool, [first]);
    await setWorkflowRetention(db.pool, target.workspaceId, target.workflowId, { completedDays: 1, failedDays: 1 });
    await db.pool.query(
      `UPDATE run SET status = 'completed', runnable_at = NULL, ended_at = now() - interval '2 days' WHERE id = $1`,
      [answer?.runId],
    );
    const deleting = await db.pool.connect();
    try {
      await deleting.query('BEGIN');
      expect(await deleteEndedRuns(deleting, target.workflowId, 10)).toBe(1);
      const second = insertEventsAndRuns(db.pool, [again]);
      await until(async () => {
        const { rowCount } = await db.pool.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return (rowCount ?? 0) > 0;
      });
      await deleting.query('COMMIT');
      expect(await second).toMatchObject([{ runId: answer?.runId, duplicate: true }]);
    } finally {
      deleting.release();
    }
    const { rows } = await db.pool.query('SELECT FROM run WHERE workflow_id = $1', [target.workflowId]);
    expect(rows).toEqual([]);
  });

  it('and several at once, in other orders, wait for each other without a circle', async () => {
    await setWorkflowRetention(db.pool, target.workspaceId, target.workflowId, { completedDays: 1, failedDays: 1 });
    for (let round = 0; round < 5; round += 1) {
      const requests = Array.from({ length: 60 }, () => ingestRequest(target));
      const told = await insertEventsAndRuns(db.pool, requests);
      await db.pool.query(
        `UPDATE run SET status = 'completed', runnable_at = NULL, ended_at = now() - interval '1 day' * (2 + random())
         WHERE workflow_id = $1`,
        [target.workflowId],
      );
      const later = requests.map((request) => ({ ...ingestRequest(target), event: request.event }));
      const batches = [later, [...later].reverse(), later.filter((_, index) => index % 2 === 0)];
      await Promise.all([
        ...batches.map((batch) => insertEventsAndRuns(db.pool, batch)),
        ...[1, 2].map(() => db.transaction((sql) => deleteEndedRuns(sql, target.workflowId, 40))),
      ]);
      const answers = await insertEventsAndRuns(db.pool, later);
      expect(answers.map(({ runId }) => runId)).toEqual(told.map(({ runId }) => runId));
    }
  });
});
