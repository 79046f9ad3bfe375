/**
 * Places of runs among those of their workflow and key (S30).
 *
 * 1. Holders are rows of runs that were let in and have not ended: the row goes with the commit that ends the run, so no crash
 *    leaks one, and none is ever counted twice.
 * 2. Whoever asks or lets in holds the key's lock, then rows of runs by id, then rows of places: nobody waits in a circle.
 * 3. Asking again gives the same answer: a run has its place, or its position in line, however often its worker dies.
 * 4. Higher priority first, then who came first: the run's own age, not when a worker happened to ask.
 * 5. A run that has to make room hears of it by a signal, like a cancel by a person; its place is its own until it has ended.
 */
import { RUN_ITSELF, superseded } from '../../saga/index.js';
import type { Actor, RunLimit, RunPlace } from '../../saga/index.js';
import type { Database, Queryable } from '../db/index.js';
import { sendSignals } from './run-signal.js';
import type { Woken } from './run-signal.js';

export interface RunPlaceRequest {
  readonly workspaceId: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly incarnation: string;
  readonly epoch: number;
  readonly limit: RunLimit;
  /** The worker's time, milliseconds since 1970: a quiet time that it takes for over is over. */
  readonly at: number;
}

export type RunPlaceAnswer = RunPlace | { readonly kind: 'fenced' };

export interface RunPlaceReply {
  readonly answer: RunPlaceAnswer;
  /** Runs that have to make room. */
  readonly woken: readonly Woken[];
}

const ENGINE: Actor = { kind: 'system', id: 'engine', name: 'Engine' };

/** Asks whether a run may begin. */
export async function askForPlace(
  database: Pick<Database, 'transaction'>,
  request: RunPlaceRequest,
): Promise<RunPlaceReply> {
  const { runId, incarnation, epoch, workflowId, limit, at } = request;
  return await database.transaction(async (sql): Promise<RunPlaceReply> => {
    await lockKey(sql, workflowId, limit.key);
    const older = await whoMakesRoom(sql, request);
    await lockRuns(sql, [runId, ...older]);
    const { rowCount } = await sql.query({
      name: 'place-fence',
      text: 'SELECT FROM run WHERE id = $1 AND owner = $2 AND epoch = $3',
      values: [runId, incarnation, epoch],
    });
    if (rowCount === 0) return { answer: { kind: 'fenced' }, woken: [] };
    await stand(sql, request, older.includes(runId));
    const place = await take(sql, runId, at);
    if (place.kind === 'waiting' && (limit.policy === 'reject' || limit.policy === 'cancel-newer')) {
      await sql.query({ name: 'place-drop', text: 'DELETE FROM run_place WHERE run_id = $1', values: [runId] });
      return { answer: { kind: limit.policy === 'reject' ? 'rejected' : 'superseded' }, woken: [] };
    }
    const others = older.filter((id) => id !== runId);
    return { answer: place, woken: await askForRoom(sql, others, limit.key) };
  });
}

/**
 * Runs of the key that are too many with this one: of those with a place or in line (`cancel-older`), or of those in line
 * (`debounce`), all but the latest. The asking run itself may be among them, when it came before the others.
 */
async function whoMakesRoom(sql: Queryable, request: RunPlaceRequest): Promise<string[]> {
  const { limit, runId, workflowId } = request;
  if (limit.policy !== 'cancel-older' && limit.policy !== 'debounce') return [];
  const { rows } = await sql.query<{ id: string }>({
    name: 'place-room',
    text: `
      SELECT id FROM (
        SELECT p.run_id AS id, p.since FROM run_place p
        WHERE p.workflow_id = $1 AND p.key = $2 AND NOT p.superseded AND (NOT $4 OR NOT p.held)
        UNION
        SELECT r.id, r.created_at FROM run r
        WHERE r.id = $3 AND NOT EXISTS (SELECT FROM run_place p WHERE p.run_id = r.id AND (p.superseded OR p.held))
      ) each ORDER BY since DESC, id DESC OFFSET $5`,
    values: [workflowId, limit.key, runId, limit.policy === 'debounce', limit.limit],
  });
  return rows.map(({ id }) => id);
}

/**
 * Its position in line; one that it has stays.
 *
 * @param late younger runs go before it already
 */
async function stand(sql: Queryable, request: RunPlaceRequest, late: boolean): Promise<void> {
  const { workspaceId, workflowId, runId, limit } = request;
  await sql.query({
    name: 'place-stand',
    text: `
      INSERT INTO run_place (run_id, workspace_id, workflow_id, key, capacity, priority, since, held, due, superseded)
      SELECT id, $2, $3, $4, $5, priority, created_at, false, clock_timestamp() + $6::float8 * interval '1 millisecond', $7
      FROM run WHERE id = $1
      ON CONFLICT (run_id) DO UPDATE SET superseded = run_place.superseded OR (excluded.superseded AND NOT run_place.held)`,
    values: [runId, workspaceId, workflowId, limit.key, limit.limit, limit.debounceMs, late],
  });
}

/** Takes the place if one is free and nobody in line comes first. */
async function take(sql: Queryable, runId: string, at: number): Promise<RunPlace> {
  await sql.query({
    name: 'place-take',
    text: `
      UPDATE run_place own SET held = true
      WHERE own.run_id = $1 AND NOT own.held AND NOT own.superseded
        AND (own.due IS NULL OR own.due <= greatest(clock_timestamp(), to_timestamp($2::float8 / 1000)))
        AND (SELECT count(*) FROM run_place h WHERE h.workflow_id = own.workflow_id AND h.key = own.key AND h.held)
          < own.capacity
        AND NOT EXISTS (
          SELECT FROM run_place p
          WHERE p.workflow_id = own.workflow_id AND p.key = own.key AND NOT p.held AND NOT p.superseded
            AND (p.due IS NULL OR p.due <= clock_timestamp())
            AND (p.priority > own.priority OR (p.priority = own.priority AND (p.since, p.run_id) < (own.since, own.run_id)))
        )`,
    values: [runId, at],
  });
  const { rows } = await sql.query<{ held: boolean; superseded: boolean; due: number | null }>({
    name: 'place-own',
    text: `SELECT held, superseded, (extract(epoch FROM due) * 1000)::float8 AS due FROM run_place WHERE run_id = $1`,
    values: [runId],
  });
  const [own] = rows;
  if (own === undefined) throw new Error(`Run ${runId} is gone.`);
  if (own.held) return { kind: 'granted' };
  if (own.superseded) return { kind: 'superseded' };
  return { kind: 'waiting', until: own.due !== null && own.due > at ? own.due : null };
}

async function askForRoom(sql: Queryable, runs: readonly string[], key: string): Promise<Woken[]> {
  if (runs.length === 0) return [];
  await sql.query({
    name: 'place-supersede',
    text: 'UPDATE run_place SET superseded = true WHERE run_id = ANY($1::uuid[])',
    values: [runs],
  });
  const failure = superseded(key);
  const body = { type: 'run.cancel-requested', by: ENGINE, reason: failure.message, failure } as const;
  return await sendSignals(
    sql,
    runs.map((runId) => ({ runId, body })),
  );
}

/**
 * Lets in whoever is first in line where a place is free. Any number of processes may do so at once. Call it after commits
 * that freed places, and now and then for what a dead process left undone.
 *
 * @returns the runs let in
 */
export async function letRunsIn(
  database: Pick<Database, 'transaction'>,
  sql: Queryable,
  limit = 200,
): Promise<Woken[]> {
  const { rows: lines } = await sql.query<{ workflowId: string; key: string }>({
    name: 'place-lines',
    text: `
      SELECT p.workflow_id AS "workflowId", p.key FROM run_place p
      WHERE NOT p.held AND NOT p.superseded AND (p.due IS NULL OR p.due <= clock_timestamp())
      GROUP BY p.workflow_id, p.key
      HAVING (SELECT count(*) FROM run_place h WHERE h.workflow_id = p.workflow_id AND h.key = p.key AND h.held)
        < max(p.capacity)
      LIMIT $1`,
    values: [limit],
  });
  const woken: Woken[] = [];
  for (const { workflowId, key } of lines)
    woken.push(...(await database.transaction((client) => letInOf(client, workflowId, key))));
  return woken;
}

async function letInOf(sql: Queryable, workflowId: string, key: string): Promise<Woken[]> {
  await lockKey(sql, workflowId, key);
  const { rows: next } = await sql.query<{ id: string }>({
    name: 'place-next',
    text: `
      SELECT n.run_id AS id FROM (
        SELECT p.run_id, p.capacity, row_number() OVER (ORDER BY p.priority DESC, p.since, p.run_id) AS nth FROM run_place p
        WHERE p.workflow_id = $1 AND p.key = $2 AND NOT p.held AND NOT p.superseded
          AND (p.due IS NULL OR p.due <= clock_timestamp())
      ) n
      WHERE n.nth + (SELECT count(*) FROM run_place h WHERE h.workflow_id = $1 AND h.key = $2 AND h.held) <= n.capacity
      ORDER BY n.nth LIMIT 200`,
    values: [workflowId, key],
  });
  if (next.length === 0) return [];
  const ids = next.map(({ id }) => id);
  await lockRuns(sql, ids);
  const { rows } = await sql.query<{ id: string }>({
    name: 'place-hand',
    text: 'UPDATE run_place SET held = true WHERE run_id = ANY($1::uuid[]) AND NOT held RETURNING run_id AS id',
    values: [ids],
  });
  return await sendSignals(
    sql,
    rows.map(({ id }) => ({ runId: id, body: { type: 'slot.granted', instance: RUN_ITSELF } })),
  );
}

async function lockKey(sql: Queryable, workflowId: string, key: string): Promise<void> {
  await sql.query({
    name: 'place-lock',
    text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
    values: [`place ${workflowId} ${key}`],
  });
}

async function lockRuns(sql: Queryable, ids: readonly string[]): Promise<void> {
  await sql.query({
    name: 'beside-lock',
    text: 'SELECT FROM run WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE',
    values: [ids],
  });
}
