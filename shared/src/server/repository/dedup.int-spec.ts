/** An event counts once for as long as its claim is kept, however often and at how many doors it comes at once. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { publishWorkflow, ingestRequest, testDatabase, until, workflow } from '../../testing/index.js';
import type { PublishedWorkflow, TestDatabase } from '../../testing/index.js';
import type { Queryable } from '../db/index.js';
import { insertEvents } from './event-triggers.js';
import type { EventAnswer } from './event-triggers.js';

let db: TestDatabase;
let listener: PublishedWorkflow;

beforeAll(async () => {
  db = await testDatabase({ poolSize: 25 });
}, 60_000);
afterAll(() => db.close());
beforeEach(async () => {
  listener = await publishWorkflow(
    db.pool,
    workflow({ kind: 'trigger.event', event: { type: 'paid' } })
      .end()
      .definition(),
  );
});

async function deliver(eventId: string, source = '/shop', sql: Queryable = db.pool): Promise<EventAnswer> {
  const { event } = ingestRequest(listener, { eventId }, { type: 'paid', eventId, source });
  const [answer] = await insertEvents(sql, [{ workspaceId: listener.workspaceId, event }], 1);
  if (answer === undefined) throw new Error('No answer.');
  return answer;
}

async function count(table: 'event' | 'run'): Promise<number> {
  const { rows } = await db.pool.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM ${table} WHERE workspace_id = $1`,
    [listener.workspaceId],
  );
  return rows[0]?.n ?? -1;
}

describe('an event that is delivered several times', () => {
  it('at once at many doors is one event with one run, and everybody hears of both', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => deliver('e1')));
    expect(new Set(answers.map(({ position }) => position)).size).toBe(1);
    expect(new Set(answers.map(({ runs }) => runs[0]?.runId)).size).toBe(1);
    expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    expect([await count('event'), await count('run')]).toEqual([1, 1]);
  });

  it('with the same id by other sources is as many events', async () => {
    const answers = await Promise.all(['/a', '/b', '/c'].map((source) => deliver('e1', source)));
    expect(answers.every(({ duplicate }) => !duplicate)).toBe(true);
    expect([await count('event'), await count('run')]).toEqual([3, 3]);
  });

  it('is stored by the next delivery when the process of the first dies between its claim and its commit', async () => {
    const dying = await db.pool.connect();
    dying.on('error', () => undefined);
    await dying.query('BEGIN');
    const lost = await deliver('e1', '/shop', dying);
    const again = deliver('e1');
    // The sender's retry waits to learn what becomes of the first.
    await until(async () => {
      const { rowCount } = await db.pool.query(`SELECT FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted`);
      return (rowCount ?? 0) > 0;
    });
    const { rows } = await dying.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await db.pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
    dying.release(true);
    const answer = await again;
    expect(answer.duplicate).toBe(false);
    expect(answer.runs).toHaveLength(1);
    expect(answer.runs[0]?.runId).not.toBe(lost.runs[0]?.runId);
    expect([await count('event'), await count('run')]).toEqual([1, 1]);
  });

  it('is a duplicate when the first commits while the second waits', async () => {
    const slow = await db.pool.connect();
    try {
      await slow.query('BEGIN');
      const first = await deliver('e1', '/shop', slow);
      const second = deliver('e1');
      await slow.query('COMMIT');
      expect(await second).toMatchObject({ duplicate: true, position: first.position });
    } finally {
      slow.release();
    }
    expect([await count('event'), await count('run')]).toEqual([1, 1]);
  });

  it('is another event when its claim is over', async () => {
    const id = randomUUID();
    const first = await deliver(id);
    await db.pool.query('DELETE FROM event_claim WHERE event_id = $1', [id]);
    const later = await deliver(id);
    expect(later.duplicate).toBe(false);
    expect(later.position).toBeGreaterThan(first.position);
    expect([await count('event'), await count('run')]).toEqual([2, 2]);
  });
});
