/** The story of a run is read page by page, however long its journal is. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { insertEventsAndRuns } from '@sagawright/shared/server';
import type { Queryable } from '@sagawright/shared/server';
import { ingestRequest, publishWorkflow, testDatabase, workflow } from '@sagawright/shared/testing';
import type { TestDatabase } from '@sagawright/shared/testing';
import { readStory } from './run-story.js';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
}, 60_000);
afterAll(() => db.close());

describe('the story of a run', () => {
  it('is the state after the last entry, and takes no more than a page of the journal at a time', async () => {
    const target = await publishWorkflow(db.pool, workflow().wait('w', 'news').definition());
    const [answer] = await insertEventsAndRuns(db.pool, [ingestRequest(target)]);
    const runId = answer?.runId ?? '';
    await db.pool.query(
      `INSERT INTO journal (run_id, seq, epoch, at, type, body)
       SELECT $1, 1 + n, 0, now(), 'task.nudged', '{"step":"w","nudge":"reminder","next":null}' FROM generate_series(1, 2500) AS n`,
      [runId],
    );
    const pages: number[] = [];
    const query = async (...args: unknown[]): Promise<{ rowCount: number | null }> => {
      const result = await (db.pool.query as (...args: unknown[]) => Promise<{ rowCount: number | null }>).apply(
        db.pool,
        args,
      );
      pages.push(result.rowCount ?? 0);
      return result;
    };
    const { state } = await readStory({ query: query as Queryable['query'] }, target.workspaceId, runId);
    expect(state.seq).toBe(2501);
    expect(pages).toEqual([1, 1000, 1000, 501]);
    await expect(readStory(db.pool, target.workspaceId, randomUUID())).rejects.toThrow('no such run');
  });
});
