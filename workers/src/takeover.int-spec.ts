/** A worker whose process is gone is noticed by its session; one that lives keeps its runs, or loses them without harm (ADR 18). */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { openDatabaseSession } from '@sagawright/shared/server';
import type { DatabaseSession } from '@sagawright/shared/server';
import { until, workflow } from '@sagawright/shared/testing';
import { done, Engine } from './testing/engine.js';

jest.setTimeout(60_000);

/** By the end of such a lease alone nothing would be taken over here. */
const leaseMs = 600_000;

let engine: Engine;
let sessions: DatabaseSession[];
beforeAll(async () => {
  engine = await Engine.open();
}, 60_000);
afterAll(() => engine.close());
beforeEach(async () => {
  await engine.clear();
  sessions = [];
});
afterEach(async () => {
  await engine.dismiss();
  await Promise.all(sessions.map((session) => session.close()));
});

function session(): DatabaseSession {
  const opened = openDatabaseSession(engine.db.url, { applicationName: 'lease', statementTimeoutMs: 10_000 });
  sessions.push(opened);
  return opened;
}

/** An answer that comes when it is told to. */
function calls(): { readonly answers: (() => void)[] } {
  const answers: (() => void)[] = [];
  engine.answer = () => new Promise((resolve) => answers.push(() => resolve(done)));
  return { answers };
}

const workers = async (): Promise<string[]> =>
  (await engine.db.pool.query<{ id: string }>('SELECT incarnation AS id FROM worker ORDER BY 1')).rows.map(
    ({ id }) => id,
  );

/** Backends that hold the lock of a worker. */
const holders = async (): Promise<number[]> =>
  (
    await engine.db.pool.query<{ pid: number }>(
      `SELECT l.pid FROM pg_locks l JOIN worker w ON worker_lock(w.incarnation) = (l.classid::bigint << 32 | l.objid::bigint)
       WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.mode = 'ExclusiveLock' AND l.granted
         AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    )
  ).rows.map(({ pid }) => pid);

const cut = (pid: number | undefined) => engine.db.pool.query('SELECT pg_terminate_backend($1)', [pid]);

describe('a worker whose process is gone', () => {
  it('is not waited for until its lease ends: others take its runs over at once (S28, I12)', async () => {
    const { answers } = calls();
    const id = await engine.run(workflow().step('a'));
    const [gone, own] = [session(), session()];
    const dead = await engine.hire({ leaseMs, leaseSession: gone });
    await until(() => Promise.resolve(answers.length === 1));
    const [buried] = await workers();
    await gone.close();
    dead.crash();
    await engine.hire({ leaseMs, leaseSession: own });
    await until(() => Promise.resolve(answers.length === 2));
    answers[1]?.();
    await engine.comesTo(id, 'completed');
    expect(await workers()).not.toContain(buried);
  });

  it('is waited for when it was never guarded, as one of an earlier version', async () => {
    const { answers } = calls();
    await engine.run(workflow().step('a'));
    const dead = await engine.hire({ leaseMs });
    await until(() => Promise.resolve(answers.length === 1));
    dead.crash();
    const [old] = await workers();
    const { rows } = await engine.db.pool.query('SELECT FROM worker WHERE guarded');
    expect(rows).toEqual([]);
    // One that is guarded and gone is buried behind it; the other stays.
    const gone = session();
    const another = await engine.hire({ leaseMs, leaseSession: gone });
    await gone.close();
    another.crash();
    await engine.hire({ leaseMs, leaseSession: session() });
    await until(async () => (await workers()).length === 2);
    expect(await workers()).toContain(old);
    expect(answers).toHaveLength(1);
  });
});

describe('a worker that lives and loses its session', () => {
  it('opens another, locks again, and keeps its runs', async () => {
    const { answers } = calls();
    const id = await engine.run(workflow().step('a'));
    await engine.hire({ leaseMs, leaseSession: session() });
    await engine.hire({ leaseMs, leaseSession: session() });
    await until(() => Promise.resolve(answers.length === 1));
    const before = await workers();
    const [first, second] = await holders();
    await cut(first);
    await cut(second);
    await until(async () => (await holders()).filter((pid) => pid !== first && pid !== second).length === 2);
    expect(await workers()).toEqual(before);
    answers[0]?.();
    await engine.comesTo(id, 'completed');
    expect(answers).toHaveLength(1);
  });

  it('and cannot open another, is taken over and writes nothing more (I4)', async () => {
    const { answers } = calls();
    const id = await engine.run(workflow().step('a').step('b'));
    const lost = session();
    let away = false;
    const leaseSession = {
      ...lost,
      query: ((...args: Parameters<typeof lost.query>) =>
        away ? Promise.reject(new Error('the network is cut')) : lost.query(...args)) as typeof lost.query,
    };
    await engine.hire({ leaseMs, leaseSession });
    await until(() => Promise.resolve(answers.length === 1));
    away = true;
    await cut((await holders())[0]);
    await engine.hire({ leaseMs, leaseSession: session() });
    await until(() => Promise.resolve(answers.length === 2));
    // The first worker hears its answer all the same, and would go on to the next step.
    answers[0]?.();
    answers[1]?.();
    await until(() => Promise.resolve(answers.length === 3));
    answers[2]?.();
    await engine.comesTo(id, 'completed');
    expect(engine.names()).toEqual(['do a', 'do a', 'do b']);
    const journal = await engine.journalOf(id);
    const { rows } = await engine.db.pool.query<{ epoch: number }>(
      'SELECT epoch FROM journal WHERE run_id = $1 ORDER BY seq',
      [id],
    );
    expect(journal.map(({ seq }) => seq)).toEqual(rows.map((_, index) => index + 1));
    expect(rows.map(({ epoch }) => epoch)).toEqual([...rows.map(({ epoch }) => epoch)].sort((a, b) => a - b));
  });
});
