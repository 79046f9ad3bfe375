/** Whoever writes to several runs locks them in one order, so that nobody waits in a circle. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { ingestRequest, publishWorkflow, testDatabase, workflow } from '../../testing/index.js';
import type { TestDatabase } from '../../testing/index.js';
import { uuidv7 } from '../ids.js';
import { insertEvents } from './event-triggers.js';
import { insertEventsAndRuns } from './ingest.js';
import { commitRuns } from './run-commit.js';
import { sendSignals } from './run-signal.js';
import { giveBackRuns } from './run-sweep.js';

jest.setTimeout(120_000);

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase({ poolSize: 12 });
}, 60_000);
afterAll(() => db.close());

const RUNS = 150;
const ROUNDS = 20;

it('commits, events that wake many runs, signals and sweeps at the same time never deadlock', async () => {
  const target = await publishWorkflow(db.pool, workflow().wait('w', 'news').definition());
  // Their place in the table is the other way round than their ids.
  const ids = Array.from({ length: RUNS }, () => uuidv7()).sort();
  await insertEventsAndRuns(
    db.pool,
    ids.toReversed().map((runId) => ({ ...ingestRequest(target), runId })),
  );
  const incarnation = randomUUID();
  await db.pool.query('UPDATE run SET owner = $1, epoch = 1, runnable_at = NULL WHERE workflow_id = $2', [
    incarnation,
    target.workflowId,
  ]);
  await db.pool.query(
    `INSERT INTO wait (run_id, instance, arm, seq, workspace_id, type, path, value, since, taken, looked)
     SELECT id, 'w', 'event', 2, workspace_id, 'news', '', '', now(), '{}', true FROM run WHERE workflow_id = $1`,
    [target.workflowId],
  );
  await db.pool.query('ANALYZE run');
  const some = (nth: number) => ids.filter((_, index) => index % nth === 0);
  const commit = (of: readonly string[]) =>
    commitRuns(
      db.pool,
      incarnation,
      of.map((id) => ({
        id,
        epoch: 1,
        nextSeq: 2,
        entries: [],
        status: 'waiting',
        failure: null,
        release: { kind: 'keep' },
        signalsSeen: 0,
        signalsUsed: [],
      })),
    );
  const body = { type: 'run.cancel-requested', by: { kind: 'system', id: 's', name: 'S' }, reason: 'r' } as const;
  const again = async (act: () => Promise<unknown>): Promise<void> => {
    for (let round = 0; round < ROUNDS; round += 1) await act();
  };
  const news = () => {
    const { event } = ingestRequest(target, {}, { type: 'news', eventId: randomUUID() });
    return insertEvents(db.pool, [{ workspaceId: target.workspaceId, event }], 1);
  };
  await Promise.all([
    again(() => commit(some(1))),
    again(() => commit(some(2).toReversed())),
    again(news),
    again(news),
    again(() =>
      sendSignals(
        db.pool,
        some(3)
          .toReversed()
          .map((runId) => ({ runId, body })),
      ),
    ),
    again(() =>
      giveBackRuns(
        db.pool,
        randomUUID(),
        some(1).map((id) => ({ id, epoch: 1 })),
      ),
    ),
  ]);
  const { rows } = await db.pool.query<{ signals: number; stored: number }>(
    `SELECT sum(signals)::int AS signals, (SELECT count(*)::int FROM run_signal) AS stored FROM run WHERE workflow_id = $1`,
    [target.workflowId],
  );
  const sent = 2 * ROUNDS * RUNS + ROUNDS * some(3).length;
  expect(rows).toEqual([{ signals: sent, stored: sent }]);
});
