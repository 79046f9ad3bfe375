/** Partitions of events and journals: where rows go, and what becomes of those from before. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chain, ingestRequest, publishWorkflow, testDatabase } from '../../testing/index.js';
import type { PublishedWorkflow, TestDatabase } from '../../testing/index.js';
import { uuidv7 } from '../ids.js';
import { insertEventsAndRuns } from '../repository/ingest.js';
import { loadJournals } from '../repository/run-claim.js';

const DAY_MS = 86_400_000;

let db: TestDatabase;
let workflow: PublishedWorkflow;

beforeAll(async () => {
  db = await testDatabase();
  workflow = await publishWorkflow(db.pool, chain([]));
}, 60_000);
afterAll(() => db.close());

const partOf = async (table: 'event' | 'journal', key: number | string): Promise<string | undefined> => {
  const column = table === 'event' ? 'position' : 'run_id';
  const sql = `SELECT DISTINCT tableoid::regclass::text AS part FROM ${table} WHERE ${column} = $1`;
  return (await db.pool.query<{ part: string }>(sql, [key])).rows[0]?.part;
};
const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10).replaceAll('-', '');

describe('partitions', () => {
  it('keep the events of a day together, found by position alone', async () => {
    const [answer] = await insertEventsAndRuns(db.pool, [ingestRequest(workflow)]);
    const position = answer?.position ?? 0;
    expect(Number.isSafeInteger(position)).toBe(true);
    expect([dayOf(Date.now()), dayOf(Date.now() - 5000)].map((day) => `event_${day}`)).toContain(
      await partOf('event', position),
    );
    expect(await partOf('journal', answer?.runId ?? '')).toMatch(/^journal_\d{8}$/);
  });

  it('I1: an event that came on another day is known again', async () => {
    const request = ingestRequest(workflow);
    const [first] = await insertEventsAndRuns(db.pool, [request]);
    // As if it had come three days ago: its row lies in another partition, its claim says so.
    const before = 'position - (3::bigint << 37)';
    for (const table of ['event', 'event_claim']) {
      await db.pool.query(`UPDATE ${table} SET position = ${before} WHERE position = $1`, [first?.position]);
    }
    await db.pool.query(`UPDATE run SET event_position = event_position - (3::bigint << 37) WHERE id = $1`, [
      first?.runId,
    ]);
    const [again] = await insertEventsAndRuns(db.pool, [{ ...request, runId: uuidv7() }]);
    expect(again).toMatchObject({ duplicate: true, runId: first?.runId });
  });

  it('take over what came before they were made, and are made once', async () => {
    const later = Date.now() + 40 * DAY_MS;
    const run = uuidv7(later);
    const request = { ...ingestRequest(workflow), runId: run };
    await insertEventsAndRuns(db.pool, [request]);
    expect(await partOf('journal', run)).toBe('journal_default');

    const until = new Date(later + DAY_MS);
    const made = async (): Promise<string[]> =>
      (await db.pool.query<{ part: string }>('SELECT make_partitions($1) AS part', [until])).rows.map(
        ({ part }) => part,
      );
    expect(await made()).toContain(`event_${dayOf(later)}`);
    expect(await made()).toEqual([]);
    expect(await partOf('journal', run)).toMatch(/^journal_\d{8}$/);
    expect((await loadJournals(db.pool, [run])).get(run)).toHaveLength(1);
  });

  it('are made of tables from before, with every row and every promise', async () => {
    const old = await testDatabase();
    try {
      const undone = async (): Promise<boolean> =>
        (await old.pool.query(`SELECT FROM pg_class WHERE relname = 'event_claim'`)).rowCount === 0;
      while (!(await undone())) await old.dataSource.undoLastMigration();

      const target = await publishWorkflow(old.pool, chain([]));
      const request = ingestRequest(target, { n: 1 });
      const { event, runId } = request;
      const { rows } = await old.pool.query<{ position: number }>(
        `INSERT INTO event (workspace_id, source, event_id, type, time, content_hash, content_type, raw, data, headers)
         VALUES ($1, $2, $3, $4, now(), $5, '', '', '{"n":1}', '{}') RETURNING position`,
        [target.workspaceId, event.source, event.eventId, event.type, event.contentHash],
      );
      const position = rows[0]?.position ?? 0;
      const lastWeek = uuidv7(Date.now() - 9 * DAY_MS);
      for (const [id, at] of [
        [runId, position],
        [lastWeek, position],
      ] as const) {
        await old.pool.query(
          `INSERT INTO journal (run_id, seq, epoch, at, type, body) VALUES ($1, 1, 0, now(), 'run.started', '{}')`,
          [id],
        );
        if (id === runId) {
          await old.pool.query(
            `INSERT INTO run (id, workspace_id, workflow_id, version_id, trigger_id, event_position, next_seq)
             VALUES ($1, $2, $3, $4, $5, $6, 2)`,
            [id, target.workspaceId, target.workflowId, target.versionId, target.triggerId, at],
          );
        }
      }

      await old.migrate();
      const journals = await loadJournals(old.pool, [runId, lastWeek]);
      expect([...journals.values()].map((entries) => entries.length)).toEqual([1, 1]);
      const [again] = await insertEventsAndRuns(old.pool, [{ ...request, runId: uuidv7() }]);
      expect(again).toMatchObject({ duplicate: true, runId, position });
      const [fresh] = await insertEventsAndRuns(old.pool, [ingestRequest(target)]);
      expect(fresh?.position).toBeGreaterThan(position);
    } finally {
      await old.close();
    }
  }, 60_000);
});
