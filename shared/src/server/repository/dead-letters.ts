/**
 * Dead letters: what did not go on, with the reason, until somebody sends it again, discards it, or its time is over.
 *
 * 1. A letter about an event that was just stored is written in the statement that stores it (ingest.ts): neither is there
 *    without the other, and an event that comes again makes no second letter.
 * 2. A letter that `holds` keeps its event from starting and waking anything until it is sent again as it is.
 * 3. A letter is closed once, under its lock: whoever comes second finds it closed.
 */
import type { DataProblem } from '../../event/index.js';
import type { JsonObject } from '../../kernel/index.js';
import type { Actor } from '../../saga/index.js';
import type { Queryable } from '../db/index.js';
import { metrics } from '../telemetry/index.js';
import { appendAudit } from './audit.js';
import type { IngestEvent } from './ingest.js';
import type { WaitCast } from './wait-casts.js';

/**
 * `schema`: the event fits no version of its schema. `upcast`: it could not be cast to the version that the trigger knows, or
 * (without a trigger) runs that wait for it. `ordering`: it was skipped in its partition. `loop`: the chain of events that led to
 * it had become too long. `delivery`: an outbound delivery was given up; `details.delivery` is its id.
 */
export const DEAD_LETTER_KINDS = ['schema', 'upcast', 'ordering', 'loop', 'delivery'] as const;
export type DeadLetterKind = (typeof DEAD_LETTER_KINDS)[number];
export type DeadLetterStatus = 'open' | 'redriven' | 'discarded';

/** SQL: whether the event at a position starts and wakes nothing. */
export const isHeldSql = (position: string): string =>
  `EXISTS (SELECT FROM dead_letter held WHERE held.event_position = ${position} AND held.holds
     AND (held.status <> 'redriven' OR held.replaced_by IS NOT NULL))`;

/** SQL: when a letter that is made now is deleted. Its workspace says how long it keeps them. */
export const letterExpirySql = (workspaceId: string): string =>
  `now() + (SELECT make_interval(days => keeper.dead_letter_days) FROM workspace keeper WHERE keeper.id = ${workspaceId})`;

/** @returns days */
export async function deadLetterDays(sql: Queryable, workspaceId: string): Promise<number> {
  const { rows } = await sql.query<{ days: number }>('SELECT dead_letter_days AS days FROM workspace WHERE id = $1', [
    workspaceId,
  ]);
  return rows[0]?.days ?? 0;
}

/** Counts for letters that are made from now on. */
export async function setDeadLetterDays(sql: Queryable, workspaceId: string, days: number): Promise<void> {
  await sql.query('UPDATE workspace SET dead_letter_days = $2 WHERE id = $1', [workspaceId, days]);
}

/** A letter about an event that is being stored. */
export interface NewDeadLetter {
  readonly id: string;
  readonly kind: DeadLetterKind;
  /** Whose it is; null = of the event as a whole. */
  readonly triggerId: string | null;
  readonly holds: boolean;
  /** Stable, such as `schema.violated`. */
  readonly code: string;
  readonly message: string;
  readonly problems: readonly DataProblem[];
  readonly details: JsonObject;
}

/** A letter about an event that is stored. */
export interface DeadLetterOfEvent extends NewDeadLetter {
  readonly workspaceId: string;
  readonly event: {
    readonly position: number | null;
    readonly type: string;
    readonly source: string;
    readonly id: string;
  };
}

/** Call it in the transaction that gives the thing up. */
export async function insertDeadLetters(sql: Queryable, letters: readonly DeadLetterOfEvent[]): Promise<void> {
  if (letters.length === 0) return;
  await sql.query(
    `INSERT INTO dead_letter (
       id, workspace_id, kind, trigger_id, event_position, event_type, event_source, event_id, holds, code, message, problems,
       details, expires_at
     )
     SELECT i.*, ${letterExpirySql('i.workspace_id')} FROM unnest(
       $1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::bool[],
       $10::text[], $11::text[], $12::json[], $13::json[]
     ) AS i (
       id, workspace_id, kind, trigger_id, event_position, event_type, event_source, event_id, holds, code, message, problems,
       details
     )`,
    [
      letters.map(({ id }) => id),
      letters.map(({ workspaceId }) => workspaceId),
      letters.map(({ kind }) => kind),
      letters.map(({ triggerId }) => triggerId),
      letters.map(({ event }) => event.position),
      letters.map(({ event }) => event.type),
      letters.map(({ event }) => event.source),
      letters.map(({ event }) => event.id),
      letters.map(({ holds }) => holds),
      letters.map(({ code }) => code),
      letters.map(({ message }) => message),
      letters.map(({ problems }) => JSON.stringify(problems)),
      letters.map(({ details }) => JSON.stringify(details)),
    ],
  );
}

export interface DeadLetterRow extends Omit<NewDeadLetter, 'details'> {
  readonly details: JsonObject;
  readonly workflowId: string | null;
  readonly workflowName: string | null;
  readonly triggerName: string | null;
  readonly position: number | null;
  readonly eventType: string;
  readonly eventSource: string;
  readonly eventId: string;
  readonly attempts: number;
  readonly firstAt: Date;
  readonly firstAtMicros: number;
  readonly lastAt: Date;
  readonly expiresAt: Date;
  readonly status: DeadLetterStatus;
  readonly closedAt: Date | null;
  readonly closedBy: Actor | null;
  readonly note: string;
  /** Position of the event that was sent in its place. */
  readonly replacedBy: number | null;
  readonly runs: readonly string[];
}

export interface DeadLetterFilter {
  readonly kind: DeadLetterKind | null;
  readonly status: DeadLetterStatus | null;
  readonly type: string | null;
  readonly code: string | null;
  readonly triggerId: string | null;
  readonly workflowId: string | null;
  /** RFC 3339: first put aside at this instant or later. */
  readonly from: string | null;
  readonly to: string | null;
  /** A part of the reason, or the event's id or source. */
  readonly search: string | null;
}

const LETTER = `
  d.id, d.kind, d.trigger_id AS "triggerId", t.workflow_id AS "workflowId", w.name AS "workflowName", t.name AS "triggerName",
  d.event_position AS position, d.event_type AS "eventType", d.event_source AS "eventSource", d.event_id AS "eventId",
  d.holds, d.code, d.message, d.problems, d.details, d.attempts, d.first_at AS "firstAt",
  (extract(epoch FROM d.first_at) * 1000000)::bigint AS "firstAtMicros", d.last_at AS "lastAt", d.expires_at AS "expiresAt",
  d.status, d.closed_at AS "closedAt", d.closed_by AS "closedBy", d.note, d.replaced_by AS "replacedBy", d.runs
`;
const JOINED = 'dead_letter d LEFT JOIN trigger t ON t.id = d.trigger_id LEFT JOIN workflow w ON w.id = t.workflow_id';

type Row<T> = { [K in keyof T]: T[K] };

/** Letters of the workspace that pass the filter, newest first. */
export async function listDeadLetters(
  sql: Queryable,
  workspaceId: string,
  filter: DeadLetterFilter,
  page: { readonly after: { readonly micros: number; readonly id: string } | null; readonly limit: number },
): Promise<DeadLetterRow[]> {
  const { rows } = await sql.query<Row<DeadLetterRow>>(
    `SELECT ${LETTER} FROM ${JOINED}
     WHERE d.workspace_id = $1
       AND ($2::text IS NULL OR d.kind = $2) AND ($3::text IS NULL OR d.status = $3) AND ($4::text IS NULL OR d.event_type = $4)
       AND ($5::text IS NULL OR d.code = $5) AND ($6::uuid IS NULL OR d.trigger_id = $6)
       AND ($7::uuid IS NULL OR t.workflow_id = $7)
       AND ($8::timestamptz IS NULL OR d.first_at >= $8) AND ($9::timestamptz IS NULL OR d.first_at < $9)
       AND ($10::text IS NULL OR position(lower($10) IN lower(d.message || ' ' || d.event_id || ' ' || d.event_source)) > 0)
       AND ($11::bigint IS NULL
         OR (d.first_at, d.id) < (timestamptz 'epoch' + $11::bigint * interval '1 microsecond', $12::uuid))
     ORDER BY d.first_at DESC, d.id DESC LIMIT $13`,
    [
      workspaceId,
      filter.kind,
      filter.status,
      filter.type,
      filter.code,
      filter.triggerId,
      filter.workflowId,
      filter.from,
      filter.to,
      filter.search,
      page.after?.micros ?? null,
      page.after?.id ?? null,
      page.limit,
    ],
  );
  return rows;
}

/** @param lock whoever else would close the letter waits until this transaction is over */
export async function findDeadLetter(
  sql: Queryable,
  workspaceId: string,
  id: string,
  lock = false,
): Promise<DeadLetterRow | null> {
  const { rows } = await sql.query<Row<DeadLetterRow>>(
    `SELECT ${LETTER} FROM ${JOINED} WHERE d.workspace_id = $1 AND d.id = $2 ${lock ? 'FOR UPDATE OF d' : ''}`,
    [workspaceId, id],
  );
  return rows[0] ?? null;
}

export interface DeadLetterCount {
  readonly kind: DeadLetterKind;
  readonly triggerId: string | null;
  readonly triggerName: string | null;
  readonly workflowId: string | null;
  readonly workflowName: string | null;
  readonly eventType: string;
  readonly open: number;
  readonly oldestAt: Date;
}

/** Open letters per subscription and type, the most first. */
export async function countDeadLetters(sql: Queryable, workspaceId: string, most: number): Promise<DeadLetterCount[]> {
  const { rows } = await sql.query<Row<DeadLetterCount>>(
    `SELECT d.kind, d.trigger_id AS "triggerId", t.name AS "triggerName", w.id AS "workflowId", w.name AS "workflowName",
       d.event_type AS "eventType", count(*) AS open, min(d.first_at) AS "oldestAt"
     FROM ${JOINED} WHERE d.workspace_id = $1 AND d.status = 'open'
     GROUP BY d.kind, d.trigger_id, t.name, w.id, w.name, d.event_type ORDER BY count(*) DESC, min(d.first_at) LIMIT $2`,
    [workspaceId, most],
  );
  return rows;
}

/** What became of a letter. Call it under the letter's lock. */
export async function closeDeadLetter(
  sql: Queryable,
  workspaceId: string,
  id: string,
  end: {
    readonly status: 'redriven' | 'discarded';
    readonly by: Actor;
    readonly note: string;
    readonly replacedBy?: number;
    readonly runs?: readonly string[];
  },
): Promise<void> {
  await sql.query(
    `UPDATE dead_letter SET status = $3, closed_at = now(), closed_by = $4, note = $5, replaced_by = $6, runs = $7,
       attempts = attempts + CASE WHEN $3 = 'redriven' THEN 1 ELSE 0 END, last_at = now()
     WHERE workspace_id = $1 AND id = $2 AND status = 'open'`,
    [workspaceId, id, end.status, JSON.stringify(end.by), end.note, end.replacedBy ?? null, end.runs ?? []],
  );
}

/** It was tried again and did not go on. */
export async function failDeadLetter(
  sql: Queryable,
  workspaceId: string,
  id: string,
  why: Pick<NewDeadLetter, 'code' | 'message' | 'problems'>,
): Promise<void> {
  await sql.query(
    `UPDATE dead_letter SET attempts = attempts + 1, last_at = now(), code = $3, message = $4, problems = $5
     WHERE workspace_id = $1 AND id = $2 AND status = 'open'`,
    [workspaceId, id, why.code, why.message, JSON.stringify(why.problems)],
  );
}

const SWEEPER = { kind: 'system', id: 'retention', name: 'Retention' } as const;

interface Expired {
  readonly workspaceId: string;
  readonly kind: DeadLetterKind;
  readonly wasOpen: boolean;
  readonly stays: boolean;
}

/**
 * What becomes of letters whose time is over, the oldest first. They are deleted; but one that holds an event goes on holding it for
 * as long as the event is there, closed as discarded: nothing that was kept back may go on because nobody looked. That open ones
 * were given up is in the audit log and in a figure. Call it in a transaction.
 *
 * @returns how many; fewer than the limit = none are left
 */
export async function sweepDeadLetters(sql: Queryable, limit: number): Promise<number> {
  const { rows } = await sql.query<Row<Expired>>(
    `WITH due AS MATERIALIZED (
       SELECT id, workspace_id, kind, status, replaced_by, event_position, holds FROM dead_letter WHERE expires_at <= now()
       ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED
     ), staying AS (
       UPDATE dead_letter d SET expires_at = ${letterExpirySql('d.workspace_id')},
         status = CASE WHEN d.status = 'open' THEN 'discarded' ELSE d.status END, closed_at = coalesce(d.closed_at, now()),
         closed_by = coalesce(d.closed_by, $2::json), note = CASE WHEN d.status = 'open' THEN $3 ELSE d.note END
       FROM due WHERE d.id = due.id AND due.holds AND (due.status <> 'redriven' OR due.replaced_by IS NOT NULL)
         AND EXISTS (SELECT FROM event e WHERE e.position = due.event_position)
       RETURNING d.id
     ), gone AS (
       DELETE FROM dead_letter d USING due WHERE d.id = due.id AND NOT EXISTS (SELECT FROM staying s WHERE s.id = due.id)
     )
     SELECT due.workspace_id AS "workspaceId", due.kind, due.status = 'open' AS "wasOpen", s.id IS NOT NULL AS stays
     FROM due LEFT JOIN staying s ON s.id = due.id`,
    [limit, JSON.stringify(SWEEPER), 'Its time was over and nobody had sent it again; the event stays held.'],
  );
  const open = rows.filter(({ wasOpen }) => wasOpen);
  for (const { kind, stays } of open) metrics.deadLettersExpired.inc({ reason: kind, held: stays ? 'yes' : 'no' });
  for (const workspaceId of new Set(open.map((row) => row.workspaceId))) {
    const own = open.filter((row) => row.workspaceId === workspaceId);
    const kinds: Record<string, number> = {};
    for (const { kind } of own) kinds[kind] = (kinds[kind] ?? 0) + 1;
    const held = own.filter(({ stays }) => stays).length;
    const details = { letters: own.length, held, kinds };
    await appendAudit(sql, workspaceId, {
      actor: { ...SWEEPER, ip: null },
      action: 'dead-letter.expire',
      subject: 'dead-letters',
      details,
    });
  }
  return rows.length;
}

/** Columns of an event `e`, as {@link storedEvent} reads them. */
export const STORED_EVENT = `
  e.source, e.event_id AS "eventId", e.type, e.subject, e.time, e.content_hash AS "contentHash",
  e.content_type AS "contentType", e.raw, e.data, e.headers, e.receipt
`;

/** A stored event as it came in. */
export function storedEvent(row: Omit<IngestEvent, 'time'> & { readonly time: Date | string }): IngestEvent {
  return { ...row, time: new Date(row.time).toISOString() };
}

/** The event of a letter as it was stored, to be sent again; null = it is not kept any more. */
export async function findEventOfLetter(
  sql: Queryable,
  workspaceId: string,
  position: number,
): Promise<IngestEvent | null> {
  const { rows } = await sql.query<Row<Omit<IngestEvent, 'time'>> & { time: Date }>(
    `SELECT ${STORED_EVENT} FROM event e WHERE e.workspace_id = $1 AND e.position = $2`,
    [workspaceId, position],
  );
  return rows[0] === undefined ? null : storedEvent(rows[0]);
}

/** A trigger that answers. */
export interface LiveTarget {
  readonly workspaceId: string;
  readonly workflowId: string;
  readonly versionId: string;
  readonly triggerId: string;
  readonly triggerNode: string;
  readonly kind: string;
  /** When its version was published. */
  readonly publishedAt: Date;
}

/** A trigger that answers now, whatever its kind; null = it is not live, or of another workspace. */
export async function findLiveTriggerById(
  sql: Queryable,
  workspaceId: string,
  triggerId: string,
): Promise<LiveTarget | null> {
  const { rows } = await sql.query<Row<LiveTarget>>(
    `SELECT t.workspace_id AS "workspaceId", t.workflow_id AS "workflowId", t.version_id AS "versionId", t.id AS "triggerId",
       t.node_id AS "triggerNode", t.kind, v.published_at AS "publishedAt"
     FROM trigger t JOIN workflow_version v ON v.id = t.version_id WHERE t.workspace_id = $1 AND t.id = $2`,
    [workspaceId, triggerId],
  );
  return rows[0] ?? null;
}

/** Wakes the runs that wait for a stored event, as its arrival would have. @param casts for waits that know another version */
export async function wakeWaits(
  sql: Queryable,
  position: number,
  casts: readonly WaitCast[],
): Promise<{ readonly runId: string; readonly shard: number }[]> {
  const { rows } = await sql.query<{ runId: string; shard: number }>(
    'SELECT run_id AS "runId", shard FROM match_events(ARRAY[$1::bigint], $2)',
    [position, JSON.stringify(casts.map((cast) => ({ ...cast, position })))],
  );
  return rows;
}
