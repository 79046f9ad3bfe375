/**
 * Replays: who asked for one, how far it has come, what it found.
 *
 * 1. A replay goes through the events of a stretch of time in the order in which they were recorded. Its cursor moves in the
 *    commit that starts their runs, or keeps what was found about them: nothing is started twice, or left out.
 * 2. One worker has it at a time, by a lease; who has lost it, or was told to stop, commits nothing.
 * 3. The stretch ends before the replay was asked for, so that nothing comes into it any more.
 */
import type { Failure, Json } from '../../kernel/index.js';
import type { Actor, Difference, SagaDefinition } from '../../saga/index.js';
import type { EventFilter } from '../../event/index.js';
import type { EventOrder } from '../../graph/index.js';
import type { Queryable } from '../db/index.js';
import { isHeldSql } from './dead-letters.js';
import type { IngestEvent } from './ingest.js';

export type ReplayMode = 'live' | 'dry-run';
export type ReplayStatus = 'running' | 'paused' | 'done' | 'cancelled' | 'failed';

/** What an event has to be like; what is absent does not matter. */
export interface ReplayFilter {
  /** Any of them; `order.*` = all that begin with `order.`. */
  readonly types?: readonly string[];
  readonly source?: string;
  readonly subject?: string;
  /** A content pattern, or a CESQL expression. */
  readonly content?: EventFilter;
}

export interface ReplayTarget {
  readonly workflowId: string;
  readonly version: 'published' | 'draft';
  /** Of a dry run: what decides, as it was when the replay was asked for. */
  readonly definition?: SagaDefinition;
  /** Revision of the draft, or number of the version. */
  readonly number: number;
}

export interface NewReplay {
  readonly id: string;
  readonly workspaceId: string;
  readonly mode: ReplayMode;
  readonly note: string;
  /** RFC 3339; events recorded at this instant or later. */
  readonly from: string;
  /** Events recorded before this instant. */
  readonly to: string;
  readonly filter: ReplayFilter;
  readonly targets: readonly ReplayTarget[];
  /** Events per second, at most. */
  readonly rate: number;
  /** Live: runs of an ordered trigger go one after another per key, in lanes of the replay's own. */
  readonly keepsOrder: boolean;
  readonly createdBy: Actor;
}

/** Most events that one replay goes through. */
export const MOST_REPLAYED = 1_000_000;

/** @returns how many events lie in the stretch and pass what SQL can ask of them */
export async function insertReplay(sql: Queryable, replay: NewReplay): Promise<number> {
  const total = await countEvents(sql, replay);
  await sql.query(
    `INSERT INTO replay (id, workspace_id, mode, note, from_at, to_at, filter, targets, rate, cursor_at, total, created_by,
       keeps_order)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $5::timestamptz, $10, $11, $12)`,
    [
      replay.id,
      replay.workspaceId,
      replay.mode,
      replay.note,
      replay.from,
      replay.to,
      JSON.stringify(replay.filter),
      JSON.stringify(replay.targets),
      replay.rate,
      total,
      JSON.stringify(replay.createdBy),
      replay.keepsOrder,
    ],
  );
  return total;
}

type Stretch = Pick<NewReplay, 'workspaceId' | 'from' | 'to' | 'filter'>;

/** Up to one more than {@link MOST_REPLAYED}. */
export async function countEvents(sql: Queryable, { workspaceId, from, to, filter }: Stretch): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM (
       SELECT FROM event e WHERE e.workspace_id = $1 AND e.recorded_at >= $2::timestamptz AND e.recorded_at < $3::timestamptz
         AND ${PASSES} LIMIT $7
     ) found`,
    [workspaceId, from, to, ...passes(filter), MOST_REPLAYED + 1],
  );
  return rows[0]?.count ?? 0;
}

const PASSES = `
  ($4::text[] IS NULL OR e.type LIKE ANY ($4::text[])) AND ($5::text IS NULL OR e.source = $5) AND ($6::text IS NULL OR e.subject = $6)
`;

function passes({ types, source, subject }: ReplayFilter): unknown[] {
  const like = types?.map((type) => {
    const exact = (type.endsWith('*') ? type.slice(0, -1) : type).replaceAll(/[\\%_]/g, (sign) => `\\${sign}`);
    return type.endsWith('*') ? `${exact}%` : exact;
  });
  return [like ?? null, source ?? null, subject ?? null];
}

// ---- at work ----

export interface ReplayJob {
  readonly id: string;
  readonly workspaceId: string;
  readonly mode: ReplayMode;
  readonly from: string;
  readonly to: string;
  readonly filter: ReplayFilter;
  readonly targets: readonly ReplayTarget[];
  readonly rate: number;
  readonly keepsOrder: boolean;
  readonly cursor: ReplayCursor;
}

export interface ReplayCursor {
  /** Microseconds since 1970. */
  readonly atMicros: number;
  readonly position: number;
}

const LEASE = "interval '30 seconds'";

/** Takes a replay that is due and that nobody is at; null = there is none. */
export async function claimReplay(sql: Queryable, owner: string): Promise<ReplayJob | null> {
  const { rows } = await sql.query<ReplayJob & { atMicros: number; position: number }>(
    `UPDATE replay SET owner = $1, lease_until = now() + ${LEASE}
     WHERE id = (
       SELECT id FROM replay WHERE status = 'running' AND next_at <= now() AND (owner IS NULL OR owner = $1 OR lease_until < now())
       ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED
     )
     RETURNING id, workspace_id AS "workspaceId", mode, from_at AS "from", to_at AS "to", filter, targets, rate,
       keeps_order AS "keepsOrder", (extract(epoch FROM cursor_at) * 1000000)::bigint AS "atMicros", cursor_position AS position`,
    [owner],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const { atMicros, position, ...job } = row;
  return { ...job, cursor: { atMicros, position } };
}

export interface ReplayEvent extends Omit<IngestEvent, 'contentHash' | 'contentType' | 'raw'> {
  readonly position: number;
  readonly recordedAtMicros: number;
}

/** The next events behind the cursor, in the order in which they were recorded. Events held by a dead letter are left out. */
export async function nextEvents(sql: Queryable, job: ReplayJob, limit: number): Promise<ReplayEvent[]> {
  const { workspaceId, from, to, filter, cursor } = job;
  const { rows } = await sql.query<ReplayEvent>(
    `SELECT e.position, (extract(epoch FROM e.recorded_at) * 1000000)::bigint AS "recordedAtMicros", e.source,
       e.event_id AS "eventId", e.type, e.subject, to_char(e.time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS time,
       e.data, e.headers, e.receipt
     FROM event e WHERE e.workspace_id = $1 AND e.recorded_at >= $2::timestamptz AND e.recorded_at < $3::timestamptz
       AND (e.recorded_at, e.position) > (timestamptz 'epoch' + $7::bigint * interval '1 microsecond', $8::bigint)
       AND ${PASSES} AND NOT ${isHeldSql('e.position')}
     ORDER BY e.recorded_at, e.position LIMIT $9`,
    [workspaceId, from, to, ...passes(filter), cursor.atMicros, cursor.position, limit],
  );
  return rows;
}

export interface RunOfEvent {
  readonly runId: string;
  readonly position: number;
  readonly workflowId: string;
  readonly versionId: string;
  readonly triggerId: string;
  readonly triggerNode: string;
  /** What the trigger starts today; null = it is not live. */
  readonly live: {
    readonly versionId: string;
    readonly publishedAt: Date;
    readonly order: EventOrder | null;
  } | null;
}

/** Which runs of some workflows events started when they came, and by which trigger. */
export async function runsOfEvents(
  sql: Queryable,
  workflowIds: readonly string[],
  positions: readonly number[],
): Promise<RunOfEvent[]> {
  type Row = Omit<RunOfEvent, 'live'> & { liveId: string | null; publishedAt: Date | null; order: EventOrder | null };
  const { rows } = await sql.query<Row>(
    `SELECT r.id AS "runId", r.event_position AS position, r.workflow_id AS "workflowId", r.version_id AS "versionId",
       t.id AS "triggerId", t.node_id AS "triggerNode", v.id AS "liveId", v.published_at AS "publishedAt", t.event_order AS "order"
     FROM run r JOIN trigger t ON t.id = r.trigger_id LEFT JOIN workflow_version v ON v.id = t.version_id
     WHERE r.event_position = ANY($1::bigint[]) AND r.workflow_id = ANY($2::uuid[]) AND r.replay_id IS NULL
     ORDER BY r.event_position, r.id`,
    [positions, workflowIds],
  );
  return rows.map(({ liveId, publishedAt, order, ...run }) => ({
    ...run,
    live: liveId === null || publishedAt === null ? null : { versionId: liveId, publishedAt, order },
  }));
}

export interface ReplayProgress {
  /** Null = as far as it was. */
  readonly cursor: ReplayCursor | null;
  readonly done: boolean;
  readonly seen: number;
  readonly matched: number;
  readonly started: number;
  readonly equal: number;
  readonly different: number;
  readonly unknown: number;
  readonly failed: number;
  /** Until then it rests, so as to keep its rate. */
  readonly restMs: number;
}

/** @returns false when the replay is not ours any more, or is to stop: then nothing of the slice may be committed */
export async function advanceReplay(sql: Queryable, id: string, owner: string, by: ReplayProgress): Promise<boolean> {
  const { rowCount } = await sql.query(
    `UPDATE replay SET
       cursor_at = coalesce(timestamptz 'epoch' + $3::bigint * interval '1 microsecond', cursor_at),
       cursor_position = coalesce($4, cursor_position),
       status = CASE WHEN $5 THEN 'done' ELSE status END, ended_at = CASE WHEN $5 THEN now() END,
       seen = seen + $6, matched = matched + $7, started = started + $8, equal = equal + $9, different = different + $10,
       unknown = unknown + $11, failed = failed + $12,
       next_at = clock_timestamp() + $13::float8 * interval '1 millisecond', lease_until = clock_timestamp() + ${LEASE}
     WHERE id = $1 AND owner = $2 AND status = 'running'`,
    [
      id,
      owner,
      by.cursor?.atMicros ?? null,
      by.cursor?.position ?? null,
      by.done,
      by.seen,
      by.matched,
      by.started,
      by.equal,
      by.different,
      by.unknown,
      by.failed,
      by.restMs,
    ],
  );
  return rowCount === 1;
}

/** Says that the slice in hand takes longer than usual. */
export async function holdReplay(sql: Queryable, id: string, owner: string): Promise<void> {
  await sql.query(
    `UPDATE replay SET lease_until = clock_timestamp() + ${LEASE} WHERE id = $1 AND owner = $2 AND status = 'running'`,
    [id, owner],
  );
}

/** It cannot go on: what it did so far stays. */
export async function failReplay(sql: Queryable, id: string, owner: string, failure: Failure): Promise<void> {
  await sql.query(
    `UPDATE replay SET status = 'failed', failure = $3, ended_at = now() WHERE id = $1 AND owner = $2 AND status = 'running'`,
    [id, owner, JSON.stringify(failure)],
  );
}

export interface ReplayFinding {
  readonly workflowId: string;
  readonly key: Buffer;
  readonly signature: string;
  readonly differences: readonly Difference[];
  readonly example: ReplayExample;
}

export interface ReplayExample {
  /** Null = the event started no run of the workflow then. */
  readonly runId: string | null;
  readonly position: number;
  readonly eventId: string;
}

/** How many examples of a group are kept. */
const EXAMPLES = 20;

/** Adds what was found to the groups of its kind. */
export async function addFindings(sql: Queryable, id: string, findings: readonly ReplayFinding[]): Promise<void> {
  const groups = new Map<string, { finding: ReplayFinding; examples: ReplayExample[]; count: number }>();
  for (const finding of findings) {
    const of = `${finding.workflowId} ${finding.key.toString('hex')}`;
    const group = groups.get(of) ?? { finding, examples: [], count: 0 };
    groups.set(of, group);
    group.count += 1;
    if (group.examples.length < EXAMPLES) group.examples.push(finding.example);
  }
  const list = [...groups.values()];
  if (list.length === 0) return;
  await sql.query(
    `INSERT INTO replay_group AS g (replay_id, workflow_id, key, signature, count, differences, examples)
     SELECT $1, * FROM unnest($2::uuid[], $3::bytea[], $4::text[], $5::int[], $6::json[], $7::json[])
     ON CONFLICT (replay_id, workflow_id, key) DO UPDATE SET count = g.count + excluded.count,
       examples = CASE WHEN json_array_length(g.examples) >= ${EXAMPLES} THEN g.examples
         ELSE (g.examples::jsonb || excluded.examples::jsonb)::json END`,
    [
      id,
      list.map(({ finding }) => finding.workflowId),
      list.map(({ finding }) => finding.key),
      list.map(({ finding }) => finding.signature),
      list.map(({ count }) => count),
      list.map(({ finding }) => JSON.stringify(finding.differences)),
      list.map(({ examples }) => JSON.stringify(examples)),
    ],
  );
}

// ---- for people ----

export interface ReplayRow {
  readonly id: string;
  readonly mode: ReplayMode;
  readonly status: ReplayStatus;
  readonly note: string;
  readonly from: Date;
  readonly to: Date;
  readonly filter: ReplayFilter;
  readonly targets: readonly (Omit<ReplayTarget, 'definition'> & { readonly workflowName: string })[];
  readonly rate: number;
  readonly keepsOrder: boolean;
  readonly total: number;
  readonly seen: number;
  readonly matched: number;
  readonly started: number;
  readonly equal: number;
  readonly different: number;
  readonly unknown: number;
  readonly failed: number;
  readonly failure: Failure | null;
  readonly createdBy: Actor;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}

const ROW = `
  p.id, p.mode, p.status, p.note, p.from_at AS "from", p.to_at AS "to", p.filter, p.rate,
  p.keeps_order AS "keepsOrder", p.total, p.seen, p.matched, p.started,
  p.equal, p.different, p.unknown, p.failed, p.failure, p.created_by AS "createdBy", p.created_at AS "createdAt",
  p.ended_at AS "endedAt", (
    SELECT json_agg(json_build_object(
      'workflowId', t ->> 'workflowId', 'version', t ->> 'version', 'number', (t ->> 'number')::int,
      'workflowName', (SELECT w.name FROM workflow w WHERE w.id = (t ->> 'workflowId')::uuid)
    )) FROM json_array_elements(p.targets) t
  ) AS targets
`;

/** The latest, newest first. */
export async function listReplays(sql: Queryable, workspaceId: string, limit: number): Promise<ReplayRow[]> {
  const { rows } = await sql.query<ReplayRow>(
    `SELECT ${ROW} FROM replay p WHERE p.workspace_id = $1 ORDER BY p.created_at DESC, p.id LIMIT $2`,
    [workspaceId, limit],
  );
  return rows;
}

/** @returns null when the workspace has no such replay */
export async function findReplay(sql: Queryable, workspaceId: string, id: string): Promise<ReplayRow | null> {
  const { rows } = await sql.query<ReplayRow>(`SELECT ${ROW} FROM replay p WHERE p.workspace_id = $1 AND p.id = $2`, [
    workspaceId,
    id,
  ]);
  return rows[0] ?? null;
}

export interface ReplayGroupRow {
  readonly workflowId: string;
  readonly signature: string;
  readonly count: number;
  readonly differences: readonly (Omit<Difference, 'then' | 'now'> & { readonly then: Json; readonly now: Json })[];
  readonly examples: readonly ReplayExample[];
}

/** What is decided otherwise, most frequent first. */
export async function listReplayGroups(sql: Queryable, id: string, limit: number): Promise<ReplayGroupRow[]> {
  const { rows } = await sql.query<ReplayGroupRow>(
    `SELECT workflow_id AS "workflowId", signature, count, differences, examples
     FROM replay_group WHERE replay_id = $1 ORDER BY count DESC, workflow_id, key LIMIT $2`,
    [id, limit],
  );
  return rows;
}

const CHANGES = {
  cancel: { from: ['running', 'paused'], to: 'cancelled' },
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused'], to: 'running' },
} as const satisfies Record<string, { from: readonly ReplayStatus[]; to: ReplayStatus }>;

/** @returns false when it was in no state for that */
export async function changeReplay(
  sql: Queryable,
  workspaceId: string,
  id: string,
  change: keyof typeof CHANGES,
): Promise<boolean> {
  const { from, to } = CHANGES[change];
  const { rowCount } = await sql.query(
    `UPDATE replay SET status = $3, ended_at = CASE WHEN $3 = 'cancelled' THEN now() END, owner = NULL, next_at = now()
     WHERE workspace_id = $1 AND id = $2 AND status = ANY($4::text[])`,
    [workspaceId, id, to, from],
  );
  return rowCount === 1;
}

/** For the figures: how many are under way, and how far they have come together, 0 to 1. */
export async function replayFigures(sql: Queryable): Promise<{ active: number; progress: number }> {
  const { rows } = await sql.query<{ active: number; progress: number }>(
    `SELECT count(*)::int AS active, coalesce(sum(seen)::float8 / nullif(sum(total), 0), 0) AS progress
     FROM replay WHERE status = 'running'`,
    [],
  );
  return rows[0] ?? { active: 0, progress: 0 };
}
