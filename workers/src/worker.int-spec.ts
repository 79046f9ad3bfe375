import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '@sagawright/shared/kernel';
import type { AttemptResult, Entry, SagaDefinition } from '@sagawright/shared/saga';
import { replay } from '@sagawright/shared/saga';
import type { QueryConfig } from 'pg';
import { evaluateTemplate } from '@sagawright/shared/expression';
import {
  insertEventsAndRuns,
  loadDefinitions,
  loadJournals,
  claimRuns,
  registerWorker,
  sendSignal,
  silentLogger,
  untilNoConflict,
  uuidv7,
} from '@sagawright/shared/server';
import type { Queryable } from '@sagawright/shared/server';
import { chain, ingestRequest, publishWorkflow, testDatabase, until } from '@sagawright/shared/testing';
import type { TestDatabase } from '@sagawright/shared/testing';
import { DatabaseClock } from './clock.js';
import { armFailpoint, noFailpoints } from './failpoint.js';
import type { Failpoint } from './failpoint.js';
import { AttemptLimit } from './run/attempt-limit.js';
import { Definitions } from './run/definitions.js';
import { HotCopies } from './run/hot-copies.js';
import type { OperationCall } from './run/operation.js';
import { startWorker } from './worker.js';
import type { Worker } from './worker.js';

const order = { order: '{{ trigger.data.order }}' };
const orderSaga = chain([
  { kind: 'action', id: 'reserve', operation: 'reserve', input: order, undo: { operation: 'release', input: order } },
  { kind: 'action', id: 'charge', operation: 'charge', input: order, undo: { operation: 'refund', input: order } },
  { kind: 'action', id: 'ship', operation: 'ship', input: order },
]);
const by = { kind: 'user', id: 'u1', name: 'Uma' } as const;

let db: TestDatabase;
let workers: Worker[];
/** Every call the shop saw. */
let calls: OperationCall[];
let answer: (
  call: OperationCall,
  signal: AbortSignal,
  late: (result: AttemptResult) => void,
) => AttemptResult | Promise<AttemptResult>;

const done: AttemptResult = { kind: 'succeeded', output: { ok: true } };
const refused: AttemptResult = {
  kind: 'failed',
  failure: { code: 'http.status.422', kind: 'user', message: 'Refused.' },
};
const away: AttemptResult = {
  kind: 'failed',
  failure: { code: 'http.status.503', kind: 'operational', message: 'Away.' },
};

beforeAll(async () => {
  db = await testDatabase({ poolSize: 20 });
}, 60_000);
afterAll(() => db.close());
beforeEach(async () => {
  // The last statement of a worker that crashed on purpose may still be under way.
  await untilNoConflict(() => db.pool.query('TRUNCATE run, journal, event, worker CASCADE'));
  workers = [];
  calls = [];
  answer = () => done;
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop(1000)));
});

interface Terms {
  readonly failpoint?: Failpoint;
  readonly crashed?: () => void;
  readonly sweepMs?: number;
  readonly leaseMs?: number;
  readonly sql?: Queryable;
  readonly attempts?: number;
  readonly committed?: () => void;
}

async function hire(more: Terms = {}): Promise<Worker> {
  const { failpoint, crashed, sweepMs = 50, sql = db.pool, attempts = 50, committed } = more;
  // Who is to die must be missed soon; who is not must not be taken for dead because the machine is busy.
  const { leaseMs = failpoint === undefined ? 30_000 : 1500 } = more;
  let dead = false;
  const worker: Worker = await startWorker(
    {
      sql,
      transaction: db.transaction,
      clock: new DatabaseClock(),
      definitions: new Definitions((ids) => loadDefinitions(db.pool, ids)),
      hotCopies: new HotCopies(),
      attempts: new AttemptLimit(attempts),
      operate: async (call, signal, late) => {
        calls.push(call);
        return await answer(call, signal, late);
      },
      compute: {
        evaluate: (template, scope) => evaluateTemplate(template, { ...scope }),
        code: () => Promise.reject(new Error('no code in these sagas')),
      },
      random: Math.random,
      // A crash inside this process: everything of the worker stops where it stands, and stays silent.
      failpoint:
        failpoint === undefined
          ? noFailpoints
          : armFailpoint(failpoint, () => {
              dead = true;
              worker.crash();
              crashed?.();
              throw new Error('crashed on purpose');
            }),
      logger: silentLogger,
      committed: committed ?? (() => undefined),
      ring: () => undefined,
      host: { host: 'test', pid: process.pid, version: 'test' },
    },
    { shards: 1, concurrency: 50, leaseMs, sweepMs },
  );
  if (!dead) workers.push(worker);
  return worker;
}

async function start(
  definition: SagaDefinition,
  count = 1,
  data: (n: number) => JsonObject = (n) => ({ order: n }),
): Promise<string[]> {
  const workflow = await publishWorkflow(db.pool, definition);
  const answers = await insertEventsAndRuns(
    db.pool,
    Array.from({ length: count }, (_, n) => ingestRequest(workflow, data(n))),
  );
  return answers.map(({ runId }) => runId);
}

async function statuses(ids: readonly string[]): Promise<Record<string, number>> {
  const { rows } = await db.pool.query<{ status: string; count: number }>(
    'SELECT status, count(*)::int AS count FROM run WHERE id = ANY($1::uuid[]) GROUP BY 1',
    [ids],
  );
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

async function allAre(ids: readonly string[], status: string): Promise<void> {
  await until(async () => (await statuses(ids))[status] === ids.length);
}

async function journalOf(id: string): Promise<Entry[]> {
  return (await loadJournals(db.pool, [id])).get(id) ?? [];
}

const operations = () => calls.map((call) => call.operation);

/** The database, seen through: `hear` is told of each named statement before it is sent, `hold` may keep its answer back. */
function overheard(
  hear: (name: string) => void,
  hold: (name: string) => Promise<void> = async () => undefined,
): Queryable {
  const query = async (statement: QueryConfig) => {
    hear(statement.name ?? '');
    const result = await db.pool.query(statement);
    await hold(statement.name ?? '');
    return result;
  };
  return { query } as unknown as Queryable;
}

/** A promise and the way to keep it. */
function held(): { readonly until: Promise<void>; release(): void } {
  let release: () => void = () => undefined;
  const until = new Promise<void>((resolve) => (release = resolve));
  return { until, release };
}

async function openIncidents(): Promise<{ run_id: string; id: string; failure: { code: string } }[]> {
  const { rows } = await db.pool.query<{ run_id: string; id: string; failure: { code: string } }>(
    'SELECT run_id, id, failure FROM incident WHERE resolved_at IS NULL',
  );
  return rows;
}

describe('a worker', () => {
  it('brings a run to its end, and its journal replays to the stored status (I2, I11)', async () => {
    const [id = ''] = await start(orderSaga);
    await hire();
    await allAre([id], 'completed');
    expect(operations()).toEqual(['reserve', 'charge', 'ship']);
    const journal = await journalOf(id);
    expect(journal.map((entry) => entry.seq)).toEqual(journal.map((_, index) => index + 1));
    expect(replay(orderSaga, journal)?.status).toBe('completed');
    const { rows } = await db.pool.query('SELECT owner, runnable_at, ended_at IS NOT NULL AS ended FROM run');
    expect(rows).toEqual([{ owner: null, runnable_at: null, ended: true }]);
  });

  it('retries, then undoes in reverse order when shipping is refused for good (S16)', async () => {
    let tries = 0;
    answer = ({ operation }) => {
      if (operation !== 'ship') return done;
      tries += 1;
      return tries < 3 ? away : refused;
    };
    const [id = ''] = await start(orderSaga);
    await hire();
    await allAre([id], 'compensated');
    expect(operations()).toEqual(['reserve', 'charge', 'ship', 'ship', 'ship', 'refund', 'release']);
    expect(new Set(calls.filter(({ operation }) => operation === 'ship').map((call) => call.idempotencyKey)).size).toBe(
      1,
    );
  });

  it('shares many runs with another worker, each run brought to its end once', async () => {
    const ids = await start(orderSaga, 300);
    await Promise.all([hire(), hire()]);
    await allAre(ids, 'completed');
    expect(new Set(calls.map((call) => call.idempotencyKey)).size).toBe(900);
    expect(calls).toHaveLength(900);
  });

  it('has the intent in the ledger before it calls (S3, I3)', async () => {
    const seen: boolean[] = [];
    answer = async (call) => {
      const { rows } = await db.pool.query(`SELECT FROM journal WHERE type = 'step.started' AND body ->> 'key' = $1`, [
        call.idempotencyKey,
      ]);
      seen.push(rows.length === 1);
      return done;
    };
    const ids = await start(orderSaga, 10);
    await hire();
    await allAre(ids, 'completed');
    expect(seen).toEqual(Array.from({ length: 30 }, () => true));
  });

  it('parks a run that waits, holds nothing meanwhile, and wakes it when its time has come (S12, S29)', async () => {
    const waits = chain([{ kind: 'delay', id: 'pause', durationMs: 1300 }]);
    const [id = ''] = await start(waits);
    await hire();
    await allAre([id], 'waiting');
    const parked = await db.pool.query('SELECT owner, runnable_at > now() AS later FROM run');
    expect(parked.rows).toEqual([{ owner: null, later: true }]);
    await allAre([id], 'completed');
    const journal = await journalOf(id);
    const waiting = journal.find((entry) => entry.type === 'step.waiting');
    const woken = journal.find((entry) => entry.type === 'step.succeeded');
    expect(woken?.at).toBeGreaterThanOrEqual((waiting?.type === 'step.waiting' ? waiting.until : null) ?? Infinity);
  });

  it('turns a cancel into one journal entry and undoes what was done (S25)', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    answer = async ({ operation }) => {
      if (operation === 'charge') await held;
      return done;
    };
    const [id = ''] = await start(orderSaga);
    await hire();
    await until(() => operations().includes('charge'));
    const body = { type: 'run.cancel-requested', by, reason: 'changed my mind' } as const;
    expect(await sendSignal(db.pool, id, body)).toBe(true);
    expect(await sendSignal(db.pool, id, body)).toBe(true);
    await until(async () => (await journalOf(id)).some((entry) => entry.type === 'run.cancel-requested'));
    release();
    await until(
      async () =>
        (await statuses([id]))['running'] === undefined && (await statuses([id]))['compensating'] === undefined,
    );
    expect(operations()).toEqual(['reserve', 'charge', 'refund', 'release']);
    expect((await journalOf(id)).filter((entry) => entry.type === 'run.cancel-requested')).toHaveLength(1);
    expect((await db.pool.query('SELECT FROM run_signal')).rowCount).toBe(0);
  });

  it('blocks on an incident after an at-most-once step of unknown outcome, and goes on when a person decides (S11, S21)', async () => {
    answer = () => ({ kind: 'unknown', failure: { code: 'http.timeout', kind: 'operational', message: 'No answer.' } });
    const once = chain([{ kind: 'action', id: 'pay', operation: 'pay', effect: 'at-most-once' }]);
    const [id = ''] = await start(once);
    await hire();
    await allAre([id], 'blocked');
    expect(calls).toHaveLength(1);
    const { rows } = await db.pool.query<{ id: string }>('SELECT id FROM incident WHERE resolved_at IS NULL');
    const incident = rows[0]?.id ?? '';
    await sendSignal(db.pool, id, {
      type: 'incident.resolved',
      incident,
      resolution: { kind: 'done', note: 'seen in the bank' },
      by,
      reason: '',
    });
    await allAre([id], 'completed');
  });

  it('takes an answer that cannot be stored as an unknown outcome, undoes it, and no other run suffers (S14)', async () => {
    answer = ({ input, operation }) =>
      input['order'] === 7 && operation === 'reserve' ? { kind: 'succeeded', output: 'nul \u0000' } : done;
    const ids = await start(orderSaga, 20);
    await hire();
    await until(async () => (await statuses(ids))['completed'] === 19 && (await statuses(ids))['compensated'] === 1);
    expect(operations()).toContain('release');
  });

  it('drains: finishes what is in flight, starts nothing more, leaves every run to be claimed (rolling restart)', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    answer = async () => {
      await held;
      return done;
    };
    const ids = await start(orderSaga, 5);
    const first = await hire();
    await until(() => calls.length === 5);
    const stopped = first.stop(5000);
    release();
    await stopped;
    expect(calls).toHaveLength(5);
    const { rows } = await db.pool.query('SELECT count(*)::int AS owned FROM run WHERE owner IS NOT NULL');
    expect(rows).toEqual([{ owned: 0 }]);
    expect((await db.pool.query('SELECT FROM worker')).rowCount).toBe(0);
    await hire();
    await allAre(ids, 'completed');
    expect(calls).toHaveLength(15);
  });
});

describe('a crash', () => {
  it.each<Failpoint>([
    'before-claim-load',
    'after-intent',
    'after-effect-before-commit',
    'after-outcome-commit',
    'after-commit-before-park',
  ])(
    'at %s loses nothing: another worker ends every run, and repeats only what was in flight, with the same key (I5)',
    async (failpoint) => {
      let crash: () => void = () => undefined;
      const crashed = new Promise<void>((resolve) => (crash = resolve));
      const ids = await start(orderSaga, 20);
      await hire({ failpoint, crashed: crash, leaseMs: 600 });
      await crashed;
      const inFlight = new Set(calls.map((call) => call.idempotencyKey));
      await hire();
      await allAre(ids, 'completed');
      const perKey = new Map<string, number>();
      for (const { idempotencyKey: key } of calls) perKey.set(key, (perKey.get(key) ?? 0) + 1);
      expect(perKey.size).toBe(60);
      for (const [key, times] of perKey) expect(times).toBeLessThanOrEqual(inFlight.has(key) ? 2 : 1);
    },
  );

  it('of a worker that lives on unaware writes nothing more once its runs were taken over (I4)', async () => {
    const zombie = held();
    answer = async () => {
      await zombie.until;
      return { kind: 'succeeded', output: { from: 'zombie' } };
    };
    let attempts = 0;
    const [id = ''] = await start(orderSaga);
    const sql = overheard(
      () => undefined,
      async (name) => void (attempts += name.startsWith('run-commit') ? 1 : 0),
    );
    await hire({ sweepMs: 60_000, leaseMs: 60_000, sql });
    await until(() => calls.length === 1);
    const before = attempts;
    // Taken over by somebody who has not written yet: epoch and owner alone stand between the zombie and the journal.
    await db.pool.query('DELETE FROM worker');
    await db.pool.query('UPDATE run SET owner = NULL, runnable_at = now()');
    const heir = { incarnation: uuidv7(), host: 'test', pid: 0, version: 'test' };
    await registerWorker(db.pool, heir, 60_000);
    expect(await claimRuns(db.pool, 0, heir.incarnation, 1)).toHaveLength(1);
    zombie.release();
    await until(() => attempts > before);
    expect(JSON.stringify(await journalOf(id))).not.toContain('zombie');

    answer = () => done;
    await db.pool.query('DELETE FROM worker');
    await hire();
    await allAre([id], 'completed');
    const journal = await journalOf(id);
    expect(JSON.stringify(journal)).not.toContain('zombie');
    expect(journal.filter((entry) => entry.type === 'run.ended')).toHaveLength(1);
  });
});

describe('a run in trouble', () => {
  it('does not spin when it waits again after a signal that an earlier claim used up (S28)', async () => {
    answer = () => ({ kind: 'unknown', failure: { code: 'http.timeout', kind: 'operational', message: 'No answer.' } });
    const saga = chain([
      { kind: 'action', id: 'pay', operation: 'pay', effect: 'at-most-once' },
      { kind: 'delay', id: 'pause', durationMs: 1100 },
      { kind: 'delay', id: 'again', durationMs: 1100 },
    ]);
    const [id = ''] = await start(saga);
    await hire();
    await allAre([id], 'blocked');
    const [incident] = await openIncidents();
    const resolution = { kind: 'done', note: 'seen in the bank' } as const;
    await sendSignal(db.pool, id, {
      type: 'incident.resolved',
      incident: incident?.id ?? '',
      resolution,
      by,
      reason: '',
    });
    await allAre([id], 'completed');
    const { rows } = await db.pool.query<{ epoch: number }>('SELECT epoch FROM run');
    expect(rows[0]?.epoch).toBeLessThanOrEqual(4);
  });

  it('keeps its owner when the answer of its park comes after it was claimed again', async () => {
    const park = held();
    let first = true;
    let sweeps = 0;
    const ship = held();
    answer = async () => {
      await ship.until;
      return done;
    };
    const sql = overheard(
      (name) => (sweeps += name === 'run-owned' ? 1 : 0),
      async (name) => {
        if (!name.startsWith('run-commit') || !first) return;
        first = false;
        await park.until;
      },
    );
    const saga = chain([
      { kind: 'delay', id: 'pause', durationMs: 1100 },
      { kind: 'action', id: 'ship', operation: 'ship', input: {} },
    ]);
    const [id = ''] = await start(saga);
    await hire({ sql });
    await until(() => calls.length === 1);
    park.release();
    const seen = sweeps;
    await until(() => sweeps > seen + 5);
    ship.release();
    await allAre([id], 'completed');
    expect(calls).toHaveLength(1);
  });

  it('takes an operation that breaks as an unknown outcome, and the worker lives on (S3)', async () => {
    let broken = true;
    answer = () => {
      if (!broken) return done;
      broken = false;
      throw new Error('stack overflow');
    };
    const [id = ''] = await start(orderSaga);
    await hire();
    await allAre([id], 'completed');
    expect((await journalOf(id)).filter((entry) => entry.type === 'step.unknown')).toHaveLength(1);
  });

  it('is undone when a participant refuses in words that cannot be stored (S14)', async () => {
    const failure = {
      code: 'http.status.422',
      kind: 'user',
      message: 'nul \u0000',
      details: { body: '\ud800' },
    } as const;
    answer = ({ operation }) => (operation === 'ship' ? { kind: 'failed', failure } : done);
    const [id = ''] = await start(orderSaga);
    await hire();
    await allAre([id], 'compensated');
    expect(operations()).toEqual(['reserve', 'charge', 'ship', 'refund', 'release']);
  });

  it('drops a signal that cannot be stored, and goes on', async () => {
    const charge = held();
    answer = async ({ operation }) => {
      if (operation === 'charge') await charge.until;
      return done;
    };
    const [id = ''] = await start(orderSaga);
    await hire();
    await until(() => operations().includes('charge'));
    await sendSignal(db.pool, id, { type: 'run.cancel-requested', by, reason: 'nul \u0000' });
    await until(async () => (await db.pool.query('SELECT FROM run_signal')).rowCount === 0);
    charge.release();
    await allAre([id], 'completed');
  });

  describe('whose journal refuses an entry', () => {
    const spoiled: AttemptResult = { kind: 'succeeded', output: 'spoiled' };

    beforeEach(async () => {
      await db.pool.query(`ALTER TABLE journal ADD CONSTRAINT picky CHECK (body::text NOT LIKE '%spoiled%')`);
    });
    afterEach(async () => {
      await db.pool.query('ALTER TABLE journal DROP CONSTRAINT picky');
    });

    async function blockedRun(): Promise<string> {
      answer = ({ operation, input }) => (operation === 'charge' && input['order'] === 3 ? spoiled : done);
      const ids = await start(orderSaga, 6);
      await hire();
      await until(async () => (await statuses(ids))['completed'] === 5 && (await statuses(ids))['blocked'] === 1);
      const [incident] = await openIncidents();
      expect(incident?.failure.code).toBe('journal.refused');
      const id = incident?.run_id ?? '';
      // It stands still, owned by nobody, due never: a person has it (S20, S28).
      const { rows } = await db.pool.query('SELECT owner, runnable_at, ended_at FROM run WHERE id = $1', [id]);
      expect(rows).toEqual([{ owner: null, runnable_at: null, ended_at: null }]);
      expect(replay(orderSaga, await journalOf(id))?.status).toBe('blocked');
      answer = () => done;
      return id;
    }

    it('waits for a person, who lets it go on (S21)', async () => {
      const id = await blockedRun();
      const [incident] = await openIncidents();
      const resolution = { kind: 'retry' } as const;
      await sendSignal(db.pool, id, {
        type: 'incident.resolved',
        incident: incident?.id ?? '',
        resolution,
        by,
        reason: '',
      });
      await allAre([id], 'completed');
      expect(new Set(calls.map((call) => call.idempotencyKey)).size).toBe(18);
    });

    it('waits for a person, who has it undone (S25)', async () => {
      const id = await blockedRun();
      calls = [];
      await sendSignal(db.pool, id, { type: 'run.cancel-requested', by, reason: 'it is stuck' });
      await allAre([id], 'cancelled');
      expect(operations()).toEqual(['refund', 'release']);
      expect(await openIncidents()).toEqual([]);
    });
  });

  it('whose every turn breaks the engine stops in front of a person and never loops', async () => {
    const [id = ''] = await start(orderSaga);
    await hire({
      committed: () => {
        throw new Error('broken on purpose');
      },
    });
    await allAre([id], 'blocked');
    expect((await openIncidents()).map((incident) => incident.failure.code)).toEqual(['engine.broken']);
    expect((await db.pool.query<{ epoch: number }>('SELECT epoch FROM run')).rows[0]?.epoch).toBe(1);
  });
});

describe('a late answer', () => {
  it('of an attempt that was given up counts, marked as late, and is not asked for again (S22)', async () => {
    let answerLate: (result: AttemptResult) => void = () => undefined;
    answer = ({ operation }, _signal, late) => {
      if (operation !== 'charge') return done;
      answerLate = late;
      setImmediate(() => answerLate(done));
      return { kind: 'unknown', failure: { code: 'egress.timeout', kind: 'operational', message: 'No answer.' } };
    };
    const saga = chain(
      [
        {
          kind: 'action',
          id: 'charge',
          operation: 'charge',
          input: order,
          undo: { operation: 'refund', input: order },
        },
        { kind: 'action', id: 'ship', operation: 'ship', input: order },
      ],
      { retry: { maxAttempts: 3, initialDelayMs: 900, maxDelayMs: 900, jitter: 'none' } },
    );
    const [id = ''] = await start(saga);
    await hire();
    await allAre([id], 'completed');
    expect(operations()).toEqual(['charge', 'ship']);
    const journal = await journalOf(id);
    expect(journal.filter((entry) => entry.type === 'step.unknown')).toHaveLength(1);
    expect(journal.filter((entry) => entry.type === 'step.succeeded' && entry.late === true)).toHaveLength(1);
  });

  it('that refuses changes nothing: only a later attempt decides (S22)', async () => {
    let tries = 0;
    answer = ({ operation }, _signal, late) => {
      if (operation !== 'reserve') return done;
      tries += 1;
      if (tries > 1) return done;
      setImmediate(() => late(refused));
      return { kind: 'unknown', failure: { code: 'egress.timeout', kind: 'operational', message: 'No answer.' } };
    };
    const [id = ''] = await start(orderSaga);
    await hire();
    await allAre([id], 'completed');
    expect((await journalOf(id)).some((entry) => entry.type === 'step.failed')).toBe(false);
  });
});

describe('an attempt that waits for its turn', () => {
  it('is not made when its run was taken away meanwhile (I4)', async () => {
    const first = held();
    answer = async () => {
      await first.until;
      return done;
    };
    const ids = await start(orderSaga, 2);
    let commits = 0;
    const sql = overheard(
      () => undefined,
      async (name) => void (commits += name.startsWith('run-commit') ? 1 : 0),
    );
    await hire({ attempts: 1, leaseMs: 60_000, sql });
    await until(
      async () => (await journalOf(ids[0] ?? '')).length === 2 && (await journalOf(ids[1] ?? '')).length === 2,
    );
    await until(() => calls.length === 1);
    const waits = ids.find((id) => !calls[0]?.idempotencyKey.includes(id)) ?? '';
    const heir = uuidv7();
    await registerWorker(db.pool, { incarnation: heir, host: 'test', pid: 0, version: 'test' }, 60_000);
    await db.pool.query('UPDATE run SET owner = $2, epoch = epoch + 1 WHERE id = $1', [waits, heir]);
    const before = commits;
    await sendSignal(db.pool, waits, { type: 'run.cancel-requested', by, reason: 'so that it notices' });
    await until(() => commits > before);
    await new Promise((resolve) => setImmediate(resolve));
    first.release();
    await allAre(
      ids.filter((id) => id !== waits),
      'completed',
    );
    expect(calls).toHaveLength(3);
  });
});
