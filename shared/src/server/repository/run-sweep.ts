/**
 * Leases of workers, and the sweep that takes over what dead workers owned.
 *
 * 1. One lease row per process, never per run. All times are the database's.
 * 2. A lease that ran out is never renewed: its incarnation is dead for good, even if its process lives on.
 * 3. A run whose owner has no lease row becomes runnable. The epoch rises at the next claim, so a zombie writes nothing.
 * 4. A guarded worker's session holds its lock. PostgreSQL frees it the moment the process is gone, so that others need not wait
 *    for the lease's end (ADR 18). A heartbeat locks again after its connection was lost; a worker that could not lock is
 *    not guarded, and nobody draws a conclusion from its lock.
 */
import type { Queryable } from '../db/index.js';

export interface WorkerRow {
  readonly incarnation: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
}

/**
 * Whether the worker is guarded from now on. `session`: the statement runs in a session that lasts as long as its process. Locking
 * what the session has locked already is no more than that.
 */
type Guard = 'session' | 'none';

const LOCKED = (incarnation: string, guard: string): string =>
  `CASE WHEN ${guard} THEN pg_try_advisory_lock(worker_lock(${incarnation})) ELSE false END`;

/** @param leaseMs how long the worker may live without a heartbeat */
export async function registerWorker(
  sql: Queryable,
  worker: WorkerRow,
  leaseMs: number,
  guard: Guard = 'none',
): Promise<void> {
  await sql.query({
    text: `INSERT INTO worker (incarnation, host, pid, version, lease_until, guarded)
           SELECT $1, $2, $3, $4, clock_timestamp() + $5 * interval '1 millisecond', ${LOCKED('$1::uuid', '$6')}`,
    values: [worker.incarnation, worker.host, worker.pid, worker.version, leaseMs, guard === 'session'],
  });
}

/** @returns false when the incarnation is dead: its lease ran out, or somebody removed it */
export async function renewLease(
  sql: Queryable,
  incarnation: string,
  leaseMs: number,
  guard: Guard = 'none',
): Promise<boolean> {
  const result = await sql.query({
    name: 'worker-renew',
    text: `UPDATE worker SET lease_until = clock_timestamp() + $2 * interval '1 millisecond',
             guarded = ${LOCKED('incarnation', '$3')}
           WHERE incarnation = $1 AND lease_until > clock_timestamp()`,
    values: [incarnation, leaseMs, guard === 'session'],
  });
  return result.rowCount === 1;
}

/** Gives back what the session has locked: its process goes on, but not as the worker that it was. */
export async function unguardWorker(session: Queryable): Promise<void> {
  await session.query('SELECT pg_advisory_unlock_all()');
}

/** Nobody holds its lock at this moment. */
const UNHELD = 'w.guarded AND pg_try_advisory_xact_lock_shared(worker_lock(w.incarnation))';

/** Guarded workers, other than one's own, whose session is gone at this moment. It may come back. */
export async function workersWithoutSession(sql: Queryable, own: string): Promise<string[]> {
  const { rows } = await sql.query<{ incarnation: string }>({
    name: 'worker-unheld',
    text: `SELECT w.incarnation FROM worker w WHERE w.incarnation <> $1 AND ${UNHELD}`,
    values: [own],
  });
  return rows.map(({ incarnation }) => incarnation);
}

/** Ends the leases of those among them whose session is still gone. @returns how many */
export async function buryWorkers(sql: Queryable, incarnations: readonly string[]): Promise<number> {
  const { rowCount } = await sql.query({
    name: 'worker-bury-unheld',
    text: `DELETE FROM worker w WHERE w.incarnation = ANY($1::uuid[]) AND ${UNHELD}`,
    values: [incarnations],
  });
  return rowCount ?? 0;
}

export async function removeWorker(sql: Queryable, incarnation: string): Promise<void> {
  await sql.query({ text: 'DELETE FROM worker WHERE incarnation = $1', values: [incarnation] });
}

const RELEASE = `
  WITH orphan AS (
    SELECT r.id FROM run r
    WHERE r.owner IS NOT NULL AND NOT EXISTS (SELECT FROM worker w WHERE w.incarnation = r.owner)
    ORDER BY r.id LIMIT $1 FOR UPDATE SKIP LOCKED
  )
  UPDATE run r SET owner = NULL, runnable_at = now() FROM orphan WHERE r.id = orphan.id`;

/**
 * Buries workers whose lease ran out and frees the runs of all that have no lease.
 *
 * @returns how many of each
 */
export async function releaseOrphans(sql: Queryable, limit: number): Promise<{ workers: number; runs: number }> {
  const buried = await sql.query({
    name: 'worker-bury',
    text: 'DELETE FROM worker WHERE lease_until < clock_timestamp()',
    values: [],
  });
  const released = await sql.query({ name: 'run-release', text: RELEASE, values: [limit] });
  return { workers: buried.rowCount ?? 0, runs: released.rowCount ?? 0 };
}

/** Is any run of the shard due that nobody owns and that may go on? */
export async function hasBacklog(sql: Queryable, shard: number): Promise<boolean> {
  const { rows } = await sql.query({
    name: 'run-backlog',
    text: `
      SELECT FROM run r JOIN workflow f ON f.id = r.workflow_id JOIN workspace w ON w.id = r.workspace_id
      WHERE r.shard = $1 AND r.owner IS NULL AND r.runnable_at <= now() AND f.paused_at IS NULL AND w.paused_at IS NULL
      LIMIT 1`,
    values: [shard],
  });
  return rows.length > 0;
}

/** Milliseconds since 1970 by the database's clock. */
export async function databaseTime(sql: Queryable): Promise<number> {
  const { rows } = await sql.query<{ now: number }>({
    name: 'database-time',
    text: 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
    values: [],
  });
  const now = rows[0]?.now;
  if (now === undefined) throw new Error('The database did not tell the time.');
  return now;
}

export interface OwnedRun {
  readonly id: string;
  readonly epoch: number;
}

/** All runs that an incarnation owns, by the database's account. */
export async function ownedRuns(sql: Queryable, incarnation: string): Promise<OwnedRun[]> {
  const { rows } = await sql.query<{ id: string; epoch: number }>({
    name: 'run-owned',
    text: 'SELECT id, epoch FROM run WHERE owner = $1',
    values: [incarnation],
  });
  return rows;
}

/**
 * Frees runs that their owner does not work on, where owner and epoch still match.
 *
 * @param dueInMs when somebody may claim them
 */
export async function giveBackRuns(
  sql: Queryable,
  incarnation: string,
  runs: readonly OwnedRun[],
  dueInMs = 0,
): Promise<void> {
  await sql.query({
    name: 'run-give-back',
    text: `
      WITH idle AS (
        SELECT r.id FROM run r
        JOIN unnest($2::uuid[], $3::int[]) AS i (id, epoch) ON r.id = i.id AND r.epoch = i.epoch
        WHERE r.owner = $1 ORDER BY r.id FOR UPDATE OF r SKIP LOCKED
      )
      UPDATE run r SET owner = NULL, runnable_at = now() + $4 * interval '1 millisecond' FROM idle WHERE r.id = idle.id`,
    values: [incarnation, runs.map((run) => run.id), runs.map((run) => run.epoch), dueInMs],
  });
}
