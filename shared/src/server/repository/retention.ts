/**
 * Retention: what is kept for how long, and the statements that delete what is over.
 *
 * 1. A run is deleted when it has ended longer ago than its policy says, and nothing of it can still be needed: nobody owns
 *    it or has something for it, no incident of it is open, it holds no lane (S32), and the run that called it is gone. A caller
 *    can be undone for as long as it is there, and its undo asks the runs that it called.
 * 2. A run goes with its journal and everything beside it, in one transaction, or stays as it is. The claim on its event keeps
 *    its id: the same event does not start it anew (I1).
 * 3. A run that is woken while it is looked at (an undo was asked for) is left alone: its row is locked before it is judged.
 * 4. Payloads go when no journal refers to them; one that was stored a short while ago may be about to be referred to.
 * 5. Each statement takes a bounded batch and skips what others hold.
 *
 * Leaves out: when and by whom (the workers' maintenance).
 */
import type { Queryable } from '../db/index.js';

/** Days; null = for ever. */
export interface RunRetention {
  /** Runs that completed. */
  readonly completedDays: number | null;
  /** Runs that ended in any other way, and those that had an incident. */
  readonly failedDays: number | null;
}

/** @see event_keep_days in migration 0011 for which of several patterns counts */
export interface EventRetention {
  readonly pattern: string;
  readonly days: number | null;
}

export interface WorkspaceRetention {
  readonly runs: RunRetention;
  readonly events: readonly EventRetention[];
}

export async function workspaceRetention(sql: Queryable, workspaceId: string): Promise<WorkspaceRetention> {
  const [workspace, events] = [
    await sql.query<{ retention: RunRetention }>('SELECT retention FROM workspace WHERE id = $1', [workspaceId]),
    await sql.query<{ pattern: string; days: number | null }>(
      'SELECT pattern, days FROM event_retention WHERE workspace_id = $1 ORDER BY pattern',
      [workspaceId],
    ),
  ];
  return {
    runs: workspace.rows[0]?.retention ?? { completedDays: null, failedDays: null },
    events: events.rows,
  };
}

/** Call it in a transaction. */
export async function setWorkspaceRetention(
  sql: Queryable,
  workspaceId: string,
  { runs, events }: WorkspaceRetention,
): Promise<void> {
  await sql.query('UPDATE workspace SET retention = $2 WHERE id = $1', [workspaceId, JSON.stringify(runs)]);
  await sql.query('DELETE FROM event_retention WHERE workspace_id = $1', [workspaceId]);
  await sql.query(
    'INSERT INTO event_retention (workspace_id, pattern, days) SELECT $1, * FROM unnest($2::text[], $3::int[])',
    [workspaceId, events.map(({ pattern }) => pattern), events.map(({ days }) => days)],
  );
}

/** @returns null when there is no such workflow; `retention` null = as the workspace says */
export async function workflowRetention(
  sql: Queryable,
  workspaceId: string,
  workflowId: string,
): Promise<{ readonly retention: RunRetention | null } | null> {
  const { rows } = await sql.query<{ retention: RunRetention | null }>(
    'SELECT retention FROM workflow WHERE workspace_id = $1 AND id = $2',
    [workspaceId, workflowId],
  );
  return rows[0] ?? null;
}

/** @returns false when there is no such workflow */
export async function setWorkflowRetention(
  sql: Queryable,
  workspaceId: string,
  workflowId: string,
  retention: RunRetention | null,
): Promise<boolean> {
  const { rowCount } = await sql.query('UPDATE workflow SET retention = $3 WHERE workspace_id = $1 AND id = $2', [
    workspaceId,
    workflowId,
    retention === null ? null : JSON.stringify(retention),
  ]);
  return rowCount === 1;
}

/** Workflows that may have runs to delete; archived ones as well. */
export async function workflowsWithRetention(sql: Queryable): Promise<{ id: string; workspaceId: string }[]> {
  const { rows } = await sql.query<{ id: string; workspaceId: string }>(
    `SELECT w.id, w.workspace_id AS "workspaceId" FROM workflow w JOIN workspace s ON s.id = w.workspace_id
     WHERE coalesce(w.retention, s.retention) ->> 'completedDays' IS NOT NULL
       OR coalesce(w.retention, s.retention) ->> 'failedDays' IS NOT NULL
     ORDER BY w.id`,
  );
  return rows;
}

/**
 * Deletes ended runs of a workflow whose time is over, the oldest first. Call it in a transaction.
 *
 * @returns how many; fewer than the limit = none are left
 */
export async function deleteEndedRuns(sql: Queryable, workflowId: string, limit: number): Promise<number> {
  const { rows } = await sql.query<{ id: string }>({
    name: 'retention-runs',
    text: `
      SELECT r.id FROM run r
      JOIN workflow w ON w.id = r.workflow_id
      JOIN workspace s ON s.id = w.workspace_id
      WHERE r.workflow_id = $1 AND r.owner IS NULL AND r.runnable_at IS NULL
        /* The index finds those that may be over; the younger ones are not looked at. */
        AND r.ended_at < now() - interval '1 day' * least(
          (coalesce(w.retention, s.retention) ->> 'completedDays')::float8,
          (coalesce(w.retention, s.retention) ->> 'failedDays')::float8
        )
        AND r.ended_at < now() - interval '1 day' * (coalesce(w.retention, s.retention) ->> CASE
          WHEN r.status = 'completed' AND NOT EXISTS (SELECT FROM incident i WHERE i.run_id = r.id) THEN 'completedDays'
          ELSE 'failedDays' END)::float8
        AND NOT EXISTS (SELECT FROM incident i WHERE i.run_id = r.id AND i.resolved_at IS NULL)
        AND NOT EXISTS (SELECT FROM run_signal g WHERE g.run_id = r.id)
        AND NOT EXISTS (SELECT FROM lane_run l WHERE l.run_id = r.id)
        AND NOT EXISTS (SELECT FROM run p WHERE p.id = r.parent_run_id)
      ORDER BY r.ended_at LIMIT $2
      FOR UPDATE OF r SKIP LOCKED`,
    values: [workflowId, limit],
  });
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return 0;
  await sql.query({
    name: 'retention-past-runs',
    text: `
      WITH gone AS (
        SELECT event_position, jsonb_object_agg(trigger_id, id) AS runs FROM run
        WHERE id = ANY($1::uuid[]) AND replay_id IS NULL GROUP BY event_position
      ), locked AS MATERIALIZED (
        /* In the order in which the door takes them. */
        SELECT c.position FROM event_claim c JOIN gone g ON g.event_position = c.position ORDER BY c.position FOR NO KEY UPDATE OF c
      )
      UPDATE event_claim c SET past_runs = coalesce(c.past_runs, '{}') || g.runs
      FROM gone g JOIN locked l ON l.position = g.event_position
      WHERE c.position = g.event_position`,
    values: [ids],
  });
  await sql.query('DELETE FROM run_key WHERE run_id = ANY($1::uuid[])', [ids]);
  await sql.query('DELETE FROM journal WHERE run_id = ANY($1::uuid[])', [ids]);
  await sql.query('DELETE FROM run WHERE id = ANY($1::uuid[])', [ids]);
  return ids.length;
}

export interface EventsOver {
  readonly workspaceId: string;
  readonly type: string;
}

/**
 * Which types of events of which workspaces have some whose time is over, in one partition. The index is gone through from type to
 * type: each takes one step to its oldest event, however many there are of it.
 */
export async function eventTypesOver(sql: Queryable, partition: string): Promise<EventsOver[]> {
  const part = identifier(partition);
  const { rows } = await sql.query<{ workspaceId: string; type: string }>(
    `WITH RECURSIVE oldest AS (
       (SELECT workspace_id, type, recorded_at FROM ${part} ORDER BY workspace_id, type, recorded_at LIMIT 1)
       UNION ALL
       SELECT n.* FROM oldest o CROSS JOIN LATERAL (
         SELECT e.workspace_id, e.type, e.recorded_at FROM ${part} e
         WHERE (e.workspace_id, e.type) > (o.workspace_id, o.type)
         ORDER BY e.workspace_id, e.type, e.recorded_at LIMIT 1
       ) n
     )
     SELECT workspace_id AS "workspaceId", type FROM oldest
     WHERE recorded_at < now() - interval '1 day' * event_keep_days(workspace_id, type)`,
  );
  return rows;
}

/**
 * @returns how many were deleted; fewer than the limit = none are left. What a run has still to take in stays, and what an open
 *   dead letter or a pending delivery would have to send.
 */
export async function deleteEvents(
  sql: Queryable,
  partition: string,
  { workspaceId, type }: EventsOver,
  limit: number,
): Promise<number> {
  const { rowCount } = await sql.query(
    `DELETE FROM ${identifier(partition)} WHERE position = ANY(ARRAY(
       SELECT e.position FROM ${identifier(partition)} e
       WHERE e.workspace_id = $1 AND e.type = $2
         AND e.recorded_at < now() - interval '1 day' * event_keep_days($1, $2)
         AND NOT EXISTS (SELECT FROM run_signal s WHERE s.event_position = e.position)
         AND e.position NOT IN (
           SELECT d.event_position FROM dead_letter d
           WHERE d.workspace_id = $1 AND d.status = 'open' AND d.event_type = $2 AND d.event_position IS NOT NULL
         )
         AND NOT EXISTS (
           SELECT FROM delivery d WHERE d.workspace_id = $1 AND d.event_position = e.position AND d.status = 'pending'
         )
       ORDER BY e.recorded_at LIMIT $3
     ))`,
    [workspaceId, type, limit],
  );
  return rowCount ?? 0;
}

/**
 * Forgets who has come before, for events that came longer ago than any sender would send them again. Positions from before
 * partitions do not tell a time; their events do.
 */
export async function deleteClaims(sql: Queryable, days: number, limit: number): Promise<number> {
  const { rowCount } = await sql.query(
    `DELETE FROM event_claim WHERE ctid = ANY(ARRAY(
       SELECT c.ctid FROM event_claim c
       WHERE c.position < event_day(now() - interval '1 day' * $1::float8)
         AND (c.position >= event_day(timestamptz 'epoch' + interval '1 day') OR NOT EXISTS (
           SELECT FROM event e WHERE e.position = c.position AND e.recorded_at > now() - interval '1 day' * $1::float8
         ))
       ORDER BY c.position LIMIT $2 FOR UPDATE SKIP LOCKED
     ))`,
    [days, limit],
  );
  return rowCount ?? 0;
}

/** How long a payload stays that nobody refers to: longer than any commit takes. */
const PAYLOAD_GRACE = '1 hour';

/** Where a look at the payloads ended. */
export interface PayloadPlace {
  /** As the database writes it: it counts finer than milliseconds. */
  readonly storedAt: string;
  readonly hash: string;
}

/** @param after where the last look ended @returns where to look on, null = at the end; and how many were deleted */
export async function deletePayloads(
  sql: Queryable,
  after: PayloadPlace | null,
  limit: number,
): Promise<{ readonly next: PayloadPlace | null; readonly deleted: number }> {
  const { rows } = await sql.query<PayloadPlace & { seen: number; deleted: number }>(
    `WITH old AS (
       SELECT p.hash, p.stored_at FROM payload p
       WHERE p.stored_at < now() - interval '${PAYLOAD_GRACE}'
         AND ($1::timestamptz IS NULL OR (p.stored_at, p.hash) > ($1, $2))
       ORDER BY p.stored_at, p.hash LIMIT $3 FOR UPDATE SKIP LOCKED
     ), gone AS (
       DELETE FROM payload p USING old o
       WHERE p.hash = o.hash AND NOT EXISTS (SELECT FROM journal j WHERE j.payloads @> ARRAY[o.hash])
       RETURNING p.hash
     )
     SELECT o.stored_at::text AS "storedAt", o.hash, (SELECT count(*)::int FROM old) AS seen,
       (SELECT count(*)::int FROM gone) AS deleted
     FROM old o ORDER BY o.stored_at DESC, o.hash DESC LIMIT 1`,
    [after?.storedAt ?? null, after?.hash ?? null, limit],
  );
  const [last] = rows;
  if (last === undefined) return { next: null, deleted: 0 };
  const { storedAt, hash, seen, deleted } = last;
  return { next: seen < limit ? null : { storedAt, hash }, deleted };
}

export interface Partition {
  readonly name: string;
  readonly of: 'event' | 'journal';
}

/** Partitions of days and weeks that are over, and those from before; the default ones are not among them. */
export async function pastPartitions(sql: Queryable): Promise<Partition[]> {
  const { rows } = await sql.query<{ name: string; of: 'event' | 'journal' }>(
    `SELECT c.relname AS name, p.relname AS of
     FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
     WHERE p.relname IN ('event', 'journal') AND pg_table_is_visible(p.oid) AND c.relname !~ '_default$'
       AND (c.relname ~ '_before$' OR to_date(right(c.relname, 8), 'YYYYMMDD') + CASE p.relname WHEN 'event' THEN 1 ELSE 7 END
         < (now() AT TIME ZONE 'UTC')::date)
     ORDER BY c.relname`,
  );
  return rows;
}

/** Drops a partition that nothing is left in. Call it in a transaction with a short lock_timeout: it needs the table for itself. */
export async function dropIfEmpty(sql: Queryable, { name, of }: Partition): Promise<boolean> {
  const table = identifier(name);
  if ((await sql.query(`SELECT FROM ${table} LIMIT 1`)).rowCount !== 0) return false;
  await sql.query(`LOCK TABLE ${of}, ${table} IN ACCESS EXCLUSIVE MODE`);
  if ((await sql.query(`SELECT FROM ${table} LIMIT 1`)).rowCount !== 0) return false;
  await sql.query(`DROP TABLE ${table}`);
  return true;
}

/** Makes the partitions that will be needed soon. @returns their names */
export async function makePartitions(sql: Queryable, days: number): Promise<string[]> {
  const { rows } = await sql.query<{ part: string }>(
    `SELECT make_partitions(now() + interval '1 day' * $1::float8) AS part`,
    [days],
  );
  return rows.map(({ part }) => part);
}

/** Whether the caller does the next round: the last one began at least so long ago, and nobody else was quicker. */
export async function beginMaintenance(sql: Queryable, everyMs: number): Promise<boolean> {
  const { rowCount } = await sql.query(
    `UPDATE maintenance SET begun_at = now() WHERE begun_at <= now() - interval '1 millisecond' * $1::float8`,
    [everyMs],
  );
  return rowCount === 1;
}

/** Names of partitions come from the catalogue; nothing else may be put into a statement. */
function identifier(name: string): string {
  if (!/^(event|journal)_(before|default|\d{8})$/.test(name))
    throw new Error(`${name} is no partition; this is a bug.`);
  return name;
}
