/**
 * Places of concurrency keys and starts of rate limits (S30).
 *
 * 1. A place is a row of a living step. It goes with the commit that settles the step, so no crash leaks one.
 * 2. Whoever asks or lets in holds the key's lock, then rows of runs, then rows of places: nobody waits in a circle.
 * 3. Asking again gives the same answer: a step has its place, or its position in line, however often its worker dies.
 * 4. First come, first served, higher priority first. A rate limit hands out instants: no `perMs` sees more than its starts.
 */
import type { Limit } from '../../saga/index.js';
import type { Database, Queryable } from '../db/index.js';
import { sendSignals } from './run-signal.js';
import type { Woken } from './run-signal.js';

export interface SlotRequest {
  readonly workspaceId: string;
  readonly runId: string;
  readonly incarnation: string;
  readonly epoch: number;
  readonly instance: string;
  readonly limits: readonly Limit[];
}

export type SlotAnswer =
  | { readonly kind: 'granted' }
  /** In line. `due`: when a rate limit lets it in, milliseconds since 1970; null = when somebody goes. */
  | { readonly kind: 'waiting'; readonly due: number | null }
  /** There is no place, and the step does not stand in line for one. */
  | { readonly kind: 'rejected' }
  /** The run is somebody else's. */
  | { readonly kind: 'fenced' };

const kindOf = ({ perMs }: Pick<Limit, 'perMs'>): 'concurrency' | 'rate' => (perMs === null ? 'concurrency' : 'rate');

/** Asks for everything that a step needs before it may start. */
export async function askForSlots(database: Pick<Database, 'transaction'>, request: SlotRequest): Promise<SlotAnswer> {
  const { workspaceId, runId, incarnation, epoch, instance } = request;
  const limits = [...request.limits].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  return await database.transaction(async (sql) => {
    for (const limit of limits) await lockKey(sql, workspaceId, limit);
    const owned = await sql.query<{ priority: number }>({
      name: 'slot-fence',
      text: 'SELECT priority FROM run WHERE id = $1 AND owner = $2 AND epoch = $3 FOR SHARE',
      values: [runId, incarnation, epoch],
    });
    const [run] = owned.rows;
    if (run === undefined) return { kind: 'fenced' };
    const rows: { held: boolean; due: number | null }[] = [];
    for (const limit of limits) {
      const { rows: own } = await sql.query<{ held: boolean; due: number | null }>({
        name: limit.perMs === null ? 'slot-ask' : 'slot-ask-rate',
        text: limit.perMs === null ? ASK : ASK_RATE,
        values: [runId, instance, limit.key, workspaceId, limit.limit, limit.perMs, run.priority],
      });
      rows.push(...own);
      if (limit.reject === true && own.some(({ held }) => !held)) {
        await sql.query({
          name: 'slot-reject',
          text: `DELETE FROM slot WHERE run_id = $1 AND instance = $2 AND kind = 'concurrency' AND key = $3`,
          values: [runId, instance, limit.key],
        });
        return { kind: 'rejected' };
      }
    }
    if (rows.every(({ held }) => held)) return { kind: 'granted' };
    const dues = rows.flatMap(({ held, due }) => (held || due === null ? [] : [due]));
    return { kind: 'waiting', due: dues.length === 0 ? null : Math.max(...dues) };
  });
}

const ASK = `
  WITH known AS (
    SELECT held FROM slot WHERE run_id = $1 AND instance = $2 AND kind = 'concurrency' AND key = $3
  ), added AS (
    INSERT INTO slot (run_id, instance, kind, key, workspace_id, capacity, per_ms, priority, held)
    SELECT $1, $2, 'concurrency', $3, $4, $5::int, $6::int, $7, (
        SELECT count(*) < $5::int FROM slot s WHERE s.workspace_id = $4 AND s.kind = 'concurrency' AND s.key = $3 AND s.held
      ) AND NOT EXISTS (
        SELECT FROM slot s WHERE s.workspace_id = $4 AND s.kind = 'concurrency' AND s.key = $3 AND NOT s.held
      )
    WHERE NOT EXISTS (SELECT FROM known)
    RETURNING held
  )
  SELECT held, NULL::float8 AS due FROM known UNION ALL SELECT held, NULL FROM added`;

/** The instant is one \`perMs\` after the start that lies \`limit\` starts back. */
const ASK_RATE = `
  WITH known AS (
    SELECT held, due FROM slot WHERE run_id = $1 AND instance = $2 AND kind = 'rate' AND key = $3
  ), free AS (
    SELECT clock_timestamp() AS now, (
      SELECT s.due + $6::int * interval '1 millisecond' FROM slot s
      WHERE s.workspace_id = $4 AND s.kind = 'rate' AND s.key = $3 ORDER BY s.due DESC OFFSET $5::int - 1 LIMIT 1
    ) AS at
  ), added AS (
    INSERT INTO slot (run_id, instance, kind, key, workspace_id, capacity, per_ms, priority, held, due)
    SELECT $1, $2, 'rate', $3, $4, $5, $6, $7, coalesce(f.at <= f.now, true), greatest(f.now, f.at)
    FROM free f WHERE NOT EXISTS (SELECT FROM known)
    RETURNING held, due
  )
  SELECT held, (extract(epoch FROM due) * 1000)::float8 AS due
  FROM (SELECT held OR due <= clock_timestamp() AS held, due FROM known UNION ALL SELECT held, due FROM added) own`;

/**
 * Lets in whoever is first in line where a place is free, and whose instant has come at a rate limit. Any number of processes
 * may do so at once. Call it after commits that freed places, and now and then for what a dead process left undone.
 *
 * @returns the runs let in
 */
export async function letIn(database: Pick<Database, 'transaction'>, sql: Queryable, limit = 200): Promise<Woken[]> {
  const { rows: lines } = await sql.query<{ workspaceId: string; key: string }>({
    name: 'slot-lines',
    text: `
      SELECT s.workspace_id AS "workspaceId", s.key FROM slot s
      WHERE s.kind = 'concurrency' AND NOT s.held
      GROUP BY s.workspace_id, s.key
      HAVING (SELECT count(*) FROM slot h WHERE h.workspace_id = s.workspace_id AND h.kind = 'concurrency' AND h.key = s.key AND h.held)
        < max(s.capacity)
      LIMIT $1`,
    values: [limit],
  });
  const woken: Woken[] = [];
  for (const { workspaceId, key } of lines) {
    woken.push(...(await database.transaction((client) => letInOf(client, workspaceId, key))));
  }
  woken.push(...(await database.transaction((client) => letInDue(client, limit))));
  return woken;
}

async function letInOf(sql: Queryable, workspaceId: string, key: string): Promise<Woken[]> {
  await lockKey(sql, workspaceId, { key, perMs: null });
  const { rows: next } = await sql.query<{ run_id: string; instance: string }>({
    name: 'slot-next',
    text: `
      SELECT n.run_id, n.instance FROM (
        SELECT s.*, row_number() OVER (ORDER BY s.priority DESC, s.since, s.run_id, s.instance) AS nth FROM slot s
        WHERE s.workspace_id = $1 AND s.kind = 'concurrency' AND s.key = $2 AND NOT s.held
      ) n
      WHERE n.nth + (SELECT count(*) FROM slot h WHERE h.workspace_id = $1 AND h.kind = 'concurrency' AND h.key = $2 AND h.held)
        <= n.capacity
      ORDER BY n.nth LIMIT 200`,
    values: [workspaceId, key],
  });
  return await hand(
    sql,
    'concurrency',
    next.map((step) => ({ ...step, key })),
  );
}

async function letInDue(sql: Queryable, limit: number): Promise<Woken[]> {
  const { rows: due } = await sql.query<{ run_id: string; instance: string; key: string }>({
    name: 'slot-due',
    text: `SELECT run_id, instance, key FROM slot WHERE kind = 'rate' AND NOT held AND due <= clock_timestamp() ORDER BY due LIMIT $1`,
    values: [limit],
  });
  const woken = await hand(sql, 'rate', due);
  // Starts whose time is over count no more.
  await sql.query({
    name: 'slot-past',
    text: `DELETE FROM slot WHERE kind = 'rate' AND held AND due < clock_timestamp() - per_ms * interval '1 millisecond'
             AND due < clock_timestamp() - interval '1 minute'`,
    values: [],
  });
  return woken;
}

async function hand(
  sql: Queryable,
  kind: 'concurrency' | 'rate',
  steps: readonly { readonly run_id: string; readonly instance: string; readonly key: string }[],
): Promise<Woken[]> {
  if (steps.length === 0) return [];
  await sql.query({
    name: 'beside-lock',
    text: 'SELECT FROM run WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE',
    values: [steps.map((step) => step.run_id)],
  });
  const { rows } = await sql.query<{ run_id: string; instance: string }>({
    name: 'slot-hand',
    text: `
      UPDATE slot s SET held = true FROM unnest($2::uuid[], $3::text[], $4::text[]) AS i (run, instance, key)
      WHERE s.run_id = i.run AND s.instance = i.instance AND s.kind = $1 AND s.key = i.key AND NOT s.held
      RETURNING s.run_id, s.instance`,
    values: [kind, steps.map((step) => step.run_id), steps.map((step) => step.instance), steps.map((step) => step.key)],
  });
  return await sendSignals(
    sql,
    rows.map(({ run_id: runId, instance }) => ({ runId, body: { type: 'slot.granted', instance } })),
  );
}

const nameOf = (limit: Pick<Limit, 'key' | 'perMs'>): string => `${kindOf(limit)} ${limit.key}`;

async function lockKey(sql: Queryable, workspaceId: string, limit: Pick<Limit, 'key' | 'perMs'>): Promise<void> {
  await sql.query({
    name: 'slot-lock',
    text: `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`,
    values: [`slot ${workspaceId} ${nameOf(limit)}`],
  });
}
