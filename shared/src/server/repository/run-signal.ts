/**
 * Signals: what somebody outside has for a run: a cancel, an incident's resolution, and what a step of it waits for.
 *
 * A signal is a row, numbered per run by `run.signals`. Only the run's owner turns it into a journal entry, and uses it up
 * in the same commit: so there is one writer per journal, and each signal counts once.
 */
import { z } from 'zod';
import { jsonSchema } from '../../kernel/index.js';
import { actorSchema, childEndSchema, runEventSchema } from '../../saga/journal.js';
import type { NewEntry } from '../../saga/index.js';
import type { SeenEvent } from '../../event/filter/index.js';
import type { Queryable } from '../db/index.js';
import { correlatedText } from './correlation.js';
import { inKnownVersion } from './wait-casts.js';
import type { KnowingWait } from './wait-casts.js';

/** What a person or program asks of the run as a whole; the owner journals it as it is. */
export type RequestBody = {
  [T in NewEntry['type']]: Omit<Extract<NewEntry, { type: T }>, 'at'>;
}['run.cancel-requested' | 'run.terminate-requested' | 'run.undo-requested' | 'incident.resolved'];

/** What a waiting step of the run waited for. */
export const arrivalSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('event.arrived'), instance: z.string(), arm: z.string(), event: runEventSchema }),
  z.object({
    type: z.literal('task.answered'),
    instance: z.string(),
    /** Of a race, which of its tasks. */
    arm: z.string().nullable(),
    outcome: z.string(),
    data: jsonSchema.nullable(),
    comment: z.string().nullable(),
    by: actorSchema,
  }),
  /**
   * `undo`: it answers a wish of the parent to have the child undone. With outcome `completed` the wish was refused, and
   * `failure` says why.
   */
  z.object({
    type: z.literal('child.ended'),
    instance: z.string(),
    run: z.string(),
    end: childEndSchema,
    undo: z.boolean(),
  }),
  z.object({ type: z.literal('slot.granted'), instance: z.string() }),
]);
export type Arrival = z.infer<typeof arrivalSchema>;

/** Of an event the row holds the position only. */
export type SignalBody = RequestBody | Exclude<Arrival, { type: 'event.arrived' }>;

export interface Signal {
  readonly runId: string;
  readonly number: number;
  /** As stored; the owner parses it before it believes it. */
  readonly body: unknown;
}

/** A run that has something to do now. Ring the doorbell of its shard after commit. */
export interface Woken {
  readonly runId: string;
  readonly shard: number;
  /** A worker has it at the moment. */
  readonly owned: boolean;
}

/**
 * Sends a signal to a run that has not ended, and makes a parked run runnable. Ring the doorbell after commit.
 *
 * @returns false when the run does not exist or has ended
 */
export async function sendSignal(sql: Queryable, runId: string, body: SignalBody): Promise<boolean> {
  return (await sendSignals(sql, [{ runId, body }])).length === 1;
}

/** The same for several runs, in one statement. @returns those that were reached */
export async function sendSignals(
  sql: Queryable,
  signals: readonly { readonly runId: string; readonly body: SignalBody }[],
): Promise<Woken[]> {
  if (signals.length === 0) return [];
  const { rows } = await sql.query<{ [K in keyof Woken]: Woken[K] }>({
    name: 'run-signal-send',
    text: `SELECT run_id AS "runId", shard, owned
           FROM send_signals($1::uuid[], $2::json[], array_fill(NULL::bigint, ARRAY[cardinality($1::uuid[])]))`,
    values: [signals.map(({ runId }) => runId), signals.map(({ body }) => JSON.stringify(body))],
  });
  return rows;
}

/**
 * Asks a run to undo what is in force of it (S18, S26). One that has ended is claimed again like any other. Ring afterwards.
 *
 * @param whichRuns `ended`: only a run that has ended; `any`: one that has not is cancelled instead, or refuses
 * @returns null when the run does not exist or is not meant
 */
export async function requestUndo(
  sql: Queryable,
  runId: string,
  body: Extract<RequestBody, { type: 'run.undo-requested' }>,
  whichRuns: 'ended' | 'any' = 'ended',
): Promise<Woken | null> {
  const { rows } = await sql.query<{ [K in keyof Woken]: Woken[K] }>({
    name: 'run-undo-request',
    text: `
      WITH target AS (
        UPDATE run SET signals = signals + 1, runnable_at = CASE WHEN owner IS NULL THEN now() ELSE runnable_at END
        WHERE id = $1 AND ($3 OR ended_at IS NOT NULL)
        RETURNING id, signals, shard, owner
      ), sent AS (
        INSERT INTO run_signal (run_id, number, body) SELECT id, signals, $2::json FROM target
      )
      SELECT id AS "runId", shard, owner IS NOT NULL AS owned FROM target`,
    values: [runId, JSON.stringify(body), whichRuns === 'any'],
  });
  return rows[0] ?? null;
}

/** So many signals of a run are handed out at a time. */
const SIGNALS_AT_ONCE = 50;

/**
 * Per run the first signals not used up yet, in order; those of events have the event in their body, in the version that the
 * waiting run knows. A run that has more
 * is runnable again after it has used these up, since its row counts signals that it has not seen.
 */
export async function pendingSignals(sql: Queryable, runIds: readonly string[]): Promise<Signal[]> {
  if (runIds.length === 0) return [];
  const { rows } = await sql.query<Pending>({
    name: 'run-signals-pending',
    text: `
      SELECT s.run_id AS "runId", s.number, s.body, e.workspace_id AS "workspaceId", w.knows,
        (e.receipt #>> '{schema,version}')::integer AS version,
        CASE WHEN e.position IS NOT NULL THEN json_build_object(
          'id', e.event_id, 'source', e.source, 'type', e.type, 'subject', e.subject,
          'time', to_char(e.time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'data', e.data, 'headers', e.headers
        ) END AS event
      FROM (SELECT DISTINCT unnest($1::uuid[]) AS id) run
      CROSS JOIN LATERAL (
        SELECT * FROM run_signal WHERE run_id = run.id ORDER BY number LIMIT ${SIGNALS_AT_ONCE}
      ) s
      LEFT JOIN event e ON e.position = s.event_position
      LEFT JOIN LATERAL (
        SELECT json_build_object('version', o.schema_version, 'path', o.path, 'value', o.value) AS knows FROM wait o
        WHERE e.receipt IS NOT NULL AND o.run_id = s.run_id AND o.instance = s.body ->> 'instance' AND o.arm = s.body ->> 'arm'
          AND o.schema_version IS NOT NULL
        ORDER BY o.seq DESC LIMIT 1
      ) w ON true
      ORDER BY s.run_id, s.number`,
    values: [runIds],
  });
  const signals: Signal[] = [];
  for (const row of rows) signals.push(await readable(sql, row));
  return signals;
}

interface Pending {
  readonly runId: string;
  readonly number: number;
  readonly body: object;
  readonly event: SeenEvent | null;
  readonly workspaceId: string | null;
  /** Of the schema of its type that the event is of. */
  readonly version: number | null;
  /** The wait that it is for, where that knows a version. */
  readonly knows: KnowingWait | null;
}

/** What a run cannot be given in the version that it knows reaches it without an event, and is dropped as no signal at all. */
async function readable(sql: Queryable, row: Pending): Promise<Signal> {
  const { runId, number, body, event, workspaceId, version, knows } = row;
  if (event === null) return { runId, number, body };
  if (knows === null || workspaceId === null || version === null) return { runId, number, body: { ...body, event } };
  const seen = await inKnownVersion(sql, workspaceId, event, version, knows.version);
  const fits = seen !== null && correlatedText(knows.path, seen) === knows.value;
  return { runId, number, body: fits ? { ...body, event: seen } : body };
}
