/** A run whose journal is too long to be read at once does not hold up the others of its claim. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Queryable } from '@sagawright/shared/server';
import { until, workflow } from '@sagawright/shared/testing';
import { Engine } from '../testing/engine.js';
import { LONG_JOURNAL } from './long-journal.js';

jest.setTimeout(60_000);

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.open();
}, 60_000);
afterAll(() => engine.close());
beforeEach(() => engine.clear());
afterEach(() => engine.dismiss());

/** Waits for an event, and has a journal that is longer than others are read in one piece. */
async function longRun(): Promise<string> {
  const id = await engine.run(workflow().wait('w', 'news').step('behind'));
  await engine.hire();
  await engine.comesTo(id, 'waiting');
  await engine.dismiss();
  await engine.db.pool.query(
    `WITH more AS (
       INSERT INTO journal (run_id, seq, epoch, at, type, body)
       SELECT r.id, r.next_seq + n, r.epoch, now(), 'task.nudged',
         '{"step":"w","path":"","generation":1,"nudge":"reminder","next":null}'
       FROM run r CROSS JOIN generate_series(0, $2 - 1) AS n WHERE r.id = $1
     )
     UPDATE run SET next_seq = next_seq + $2 WHERE id = $1`,
    [id, LONG_JOURNAL],
  );
  return id;
}

/** The store, except that pages of long journals are given out only when they may be. */
function slowToTell(): { readonly sql: Queryable; readonly asked: () => boolean; readonly tell: () => void } {
  let asked = false;
  let tell: () => void = () => undefined;
  const told = new Promise<void>((resolve) => (tell = resolve));
  const { pool } = engine.db;
  const query = async (statement: { name?: string }, ...rest: unknown[]): Promise<unknown> => {
    if (statement.name === 'journal-read') {
      asked = true;
      await told;
    }
    return await (pool.query as (...args: unknown[]) => Promise<unknown>).call(pool, statement, ...rest);
  };
  return { sql: { query: query as Queryable['query'] }, asked: () => asked, tell };
}

describe('a run with a long journal', () => {
  it('is read while others of its claim go on, and goes on itself afterwards', async () => {
    const long = await longRun();
    const other = await engine.run(workflow().step('other'));
    await engine.event('news');
    const { sql, asked, tell } = slowToTell();
    await engine.hire({ sql });
    await until(() => Promise.resolve(asked()));
    await engine.comesTo(other, 'completed');
    // What comes later than that claim is claimed, too.
    const later = await engine.run(workflow().step('later'));
    await engine.comesTo(later, 'completed');
    expect(engine.names()).toEqual(['do other', 'do later']);
    tell();
    await engine.comesTo(long, 'completed');
    expect(engine.names()).toEqual(['do other', 'do later', 'do behind']);
  });

  it('keeps its slot while it is read, and is left to others when the worker drains', async () => {
    const long = await longRun();
    await engine.event('news');
    const { sql, asked, tell } = slowToTell();
    const worker = await engine.hire({ sql, concurrency: 1 });
    await until(() => Promise.resolve(asked()));
    const next = await engine.run(workflow().step('next'));
    const { rows } = await engine.db.pool.query<{ owner: string | null }>('SELECT owner FROM run WHERE id = $1', [
      next,
    ]);
    expect(rows).toEqual([{ owner: null }]);
    await worker.stop(0);
    tell();
    await engine.hire();
    await engine.comesTo(long, 'completed');
    await engine.comesTo(next, 'completed');
    expect(engine.names().sort()).toEqual(['do behind', 'do next']);
  });
});
