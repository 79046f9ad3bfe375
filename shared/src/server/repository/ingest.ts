/**
 * Ingest: events become rows, and rows become runs, in one commit for many requests.
 *
 * 1. An event is stored once per (workspace, source, event id); a second delivery starts nothing. The claim on that name
 *    (`event_claim`) is won in the same statement, and is kept for as long as retention says.
 * 2. A run is started once per (trigger, event), together with journal entry 1. A caller that was answered has both. One that
 *    retention has deleted meanwhile is known by the claim (retention.ts) and not started anew.
 * 3. What a concurrent transaction is inserting at this moment is found by looking again after it has committed.
 * 4. Runs that wait for a stored event are signalled in the same commit (S31).
 * 5. A dead letter about an event is written with it, and only if it is new; one that holds keeps it from waking anything.
 * 6. Large data stands beside journal entries (payload.ts): runs of an event share it.
 * 7. What an event starts because it matches is decided when it comes first: a second delivery does not start what was
 *    published since.
 * 8. What a run is found by (run_key) is written with it.
 * 9. A run with a lane waits in it for those before (lanes.ts). Positions are drawn in the order of the requests, behind the locks
 *    of their lanes.
 * 10. The claim of an event that has come before is held while it is asked which of its runs are gone: retention cannot delete
 *    one meanwhile and leave its place to a new one.
 *
 * Several requests may bring the same event for several triggers; a request without a trigger only stores its event.
 * Leaves out: matching of events to triggers (event-triggers.ts) and ringing the doorbell (after commit).
 */
import type { Json, JsonObject } from '../../kernel/index.js';
import type { Queryable } from '../db/index.js';
import { letterExpirySql } from './dead-letters.js';
import type { NewDeadLetter } from './dead-letters.js';
import { firstEntry } from './first-entry.js';
import { keysJson } from './run-keys.js';
import { payloadValues, STORE_PAYLOADS } from './payload.js';
import type { LanePlace } from './lanes.js';
import type { Woken } from './run-signal.js';
import type { WaitCast } from './wait-casts.js';

/** An event that starts nothing by itself. */
export interface PlainRequest {
  readonly workspaceId: string;
  readonly event: IngestEvent;
  /** Goes to the dead letters if the event is new, in the same commit; one that holds lets it wake nothing. */
  readonly letter?: NewDeadLetter;
  /** What waits that know another version of its schema compare. */
  readonly casts?: readonly WaitCast[];
}

/** What a run gets of its event where that is not as it came. */
export interface GivenEvent {
  readonly data: Json;
  readonly headers: Readonly<Record<string, string>>;
}

/** One accepted request: an event, and the run it starts. */
export interface IngestRequest extends PlainRequest {
  /** Proposed id of the new run. */
  readonly runId: string;
  readonly workflowId: string;
  readonly versionId: string;
  readonly triggerId: string;
  /** Trigger node in the graph; journal entry 1 names it. */
  readonly triggerNode: string;
  /** Absent = the workflow's. */
  readonly priority?: number;
  readonly shard?: number;
  /** It goes one after another with others of the trigger and the key (S32). */
  readonly lane?: LanePlace;
  readonly given?: GivenEvent;
  readonly onlyIfNew?: false;
}

/** A run that an event starts by matching, if the event is new. */
export interface EventStart extends Omit<IngestRequest, 'onlyIfNew'> {
  readonly onlyIfNew: true;
}

export type AnyRequest = IngestRequest | EventStart | PlainRequest;

export interface IngestEvent {
  readonly source: string;
  readonly eventId: string;
  readonly type: string;
  readonly subject: string | null;
  /** RFC 3339. */
  readonly time: string;
  readonly contentHash: Buffer;
  readonly contentType: string;
  readonly raw: Buffer;
  readonly data: Json;
  readonly headers: Readonly<Record<string, string>>;
  readonly receipt: JsonObject | null;
}

export interface IngestAnswer<Run extends string | null = string> {
  /** The run of this event: the new one, or the one an earlier delivery started; null when none was asked for or is due. */
  readonly runId: Run;
  readonly duplicate: boolean;
  /** False when a known event id came with other content (a reused idempotency key). */
  readonly sameContent: boolean;
  readonly position: number;
  /** Runs that this commit woke, told with the first answer of it. */
  readonly woken: readonly Woken[];
}

const INSERT = `
  WITH input AS (
    SELECT * FROM unnest(
      $1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::smallint[], $7::smallint[],
      $8::text[], $9::text[], $10::text[], $11::text[], $12::timestamptz[], $13::bytea[], $14::text[], $15::bytea[],
      $16::json[], $17::json[], $18::json[], $19::json[], $20::bool[], $21::json[], $22::text[], $26::text[], $27::bool[],
      $28::json[], $29::json[]
    ) WITH ORDINALITY AS i (
      run_id, workspace_id, workflow_id, version_id, trigger_id, priority, shard,
      source, event_id, type, subject, time, content_hash, content_type, raw,
      data, headers, receipt, entry, only_if_new, letter, payloads, lane, lane_blocks, casts, keys, ord
    )
  ), locked AS MATERIALIZED (
    SELECT lock_lanes(ARRAY(SELECT DISTINCT trigger_id || ' ' || lane FROM input WHERE lane IS NOT NULL)) AS done
  ), numbered AS MATERIALIZED (
    SELECT i.*, next_event_position() AS new_position FROM locked CROSS JOIN input i
  ), claimed AS (
    INSERT INTO event_claim (workspace_id, source, event_id, position, content_hash)
    SELECT DISTINCT ON (workspace_id, source, event_id) workspace_id, source, event_id, new_position, content_hash
    FROM numbered ORDER BY workspace_id, source, event_id, ord
    ON CONFLICT (workspace_id, source, event_id) DO NOTHING
    RETURNING position, workspace_id, source, event_id, content_hash
  ), stored AS (
    INSERT INTO event (position, workspace_id, source, event_id, type, subject, time, content_hash, content_type, raw, data, headers, receipt)
    SELECT DISTINCT ON (c.position)
      c.position, c.workspace_id, c.source, c.event_id, i.type, i.subject, i.time, i.content_hash, i.content_type, i.raw, i.data,
      i.headers, i.receipt
    FROM claimed c
    JOIN input i ON i.workspace_id = c.workspace_id AND i.source = c.source AND i.event_id = c.event_id
    ORDER BY c.position, i.ord
    RETURNING position, workspace_id, source, event_id, content_hash
  ), known AS MATERIALIZED (
    /* Behind the new claims, for which one may have to wait, and in one order. None is looked for where all are new. */
    SELECT c.workspace_id, c.source, c.event_id, c.position, c.content_hash, c.past_runs
    FROM (
      SELECT DISTINCT workspace_id, source, event_id FROM input
      WHERE (SELECT count(*) FROM claimed) < (SELECT count(DISTINCT (workspace_id, source, event_id)) FROM input)
    ) i
    JOIN event_claim c ON c.workspace_id = i.workspace_id AND c.source = i.source AND c.event_id = i.event_id
    ORDER BY c.position FOR SHARE OF c
  ), placed AS (
    SELECT i.ord, i.run_id, i.workspace_id, i.workflow_id, i.version_id, i.trigger_id, i.priority, i.shard, i.entry, i.payloads, i.lane,
      i.lane_blocks, i.keys,
      coalesce(s.position, e.position) AS position,
      coalesce(s.content_hash, e.content_hash) = i.content_hash AS same_content,
      s.position IS NOT NULL OR NOT (i.only_if_new OR coalesce(e.past_runs ? i.trigger_id::text, false)) AS starts
    FROM input i
    LEFT JOIN stored s ON s.workspace_id = i.workspace_id AND s.source = i.source AND s.event_id = i.event_id
    LEFT JOIN known e ON e.workspace_id = i.workspace_id AND e.source = i.source AND e.event_id = i.event_id
  ), started AS (
    INSERT INTO run (id, workspace_id, workflow_id, version_id, trigger_id, event_position, priority, shard, runnable_at, next_seq)
    SELECT DISTINCT ON (trigger_id, position)
      run_id, workspace_id, workflow_id, version_id, trigger_id, position,
      coalesce(priority, (SELECT w.priority FROM workflow w WHERE w.id = placed.workflow_id), 0), shard,
      CASE WHEN lane IS NULL OR (nth = 1 AND lane_is_free(trigger_id, lane)) THEN now() END, 2
    FROM (SELECT *, row_number() OVER (PARTITION BY trigger_id, lane, starts ORDER BY position) AS nth FROM placed) placed
    WHERE position IS NOT NULL AND trigger_id IS NOT NULL AND starts ORDER BY trigger_id, position, ord
    ON CONFLICT (trigger_id, event_position, replay_id) DO NOTHING
    RETURNING id, runnable_at
  ), first_entry AS (
    INSERT INTO journal (run_id, seq, epoch, at, type, body, payloads)
    SELECT s.id, 1, 0, date_trunc('milliseconds', now()), 'run.started', p.entry, string_to_array(p.payloads, ',')
    FROM started s JOIN placed p ON p.run_id = s.id
  ), found_by AS (
    INSERT INTO run_key (workspace_id, key, run_id)
    SELECT p.workspace_id, k.key, s.id
    FROM started s JOIN placed p ON p.run_id = s.id CROSS JOIN LATERAL json_array_elements_text(p.keys) AS k (key)
  ), laned AS (
    INSERT INTO lane_run (run_id, workspace_id, workflow_id, trigger_id, key, position, blocks, state)
    SELECT s.id, p.workspace_id, p.workflow_id, p.trigger_id, p.lane, p.position, p.lane_blocks,
      CASE WHEN s.runnable_at IS NULL THEN 'waiting' ELSE 'going' END
    FROM started s JOIN placed p ON p.run_id = s.id WHERE p.lane IS NOT NULL
  ), large AS (${STORE_PAYLOADS('$23', '$24', '$25')}
  ), letters AS (
    INSERT INTO dead_letter (
      id, workspace_id, kind, trigger_id, event_position, event_type, event_source, event_id, holds, code, message, problems,
      details, expires_at
    )
    SELECT (i.letter ->> 'id')::uuid, i.workspace_id, i.letter ->> 'kind', (i.letter ->> 'triggerId')::uuid, s.position, i.type,
      i.source, i.event_id, (i.letter ->> 'holds')::bool, i.letter ->> 'code', i.letter ->> 'message', i.letter -> 'problems',
      i.letter -> 'details', ${letterExpirySql('i.workspace_id')}
    FROM input i
    JOIN stored s ON s.workspace_id = i.workspace_id AND s.source = i.source AND s.event_id = i.event_id
    WHERE i.letter IS NOT NULL
    RETURNING event_position, holds
  )
  SELECT p.ord, p.position, p.same_content, s.id IS NOT NULL AS started, f.position IS NOT NULL AS stored, m.woken
  FROM placed p
  LEFT JOIN started s ON s.id = p.run_id
  LEFT JOIN stored f ON f.position = p.position
  CROSS JOIN (
    SELECT json_agg(json_build_object('runId', w.run_id, 'shard', w.shard, 'owned', w.owned)) AS woken
    FROM match_events(ARRAY(
      SELECT position FROM stored WHERE position NOT IN (SELECT event_position FROM letters WHERE holds)
    ), (
      SELECT coalesce(json_agg(json_build_object(
        'position', s.position, 'version', c.body -> 'version', 'path', c.body -> 'path', 'value', c.body -> 'value'
      )), '[]')
      FROM (
        SELECT DISTINCT ON (s.position) s.position, i.casts FROM input i
        JOIN stored s ON s.workspace_id = i.workspace_id AND s.source = i.source AND s.event_id = i.event_id
        WHERE i.casts IS NOT NULL
      ) s CROSS JOIN LATERAL json_array_elements(s.casts) AS c (body)
    )) w
  ) m`;

const FIND = `
  SELECT i.ord, e.position, e.content_hash = i.content_hash AS same_content,
    coalesce(r.id, (e.past_runs ->> i.trigger_id::text)::uuid) AS run_id
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::bytea[], $6::bool[])
    WITH ORDINALITY AS i (workspace_id, source, event_id, trigger_id, content_hash, only_if_new, ord)
  JOIN event_claim e ON e.workspace_id = i.workspace_id AND e.source = i.source AND e.event_id = i.event_id
  LEFT JOIN run r ON r.trigger_id = i.trigger_id AND r.event_position = e.position AND r.replay_id IS NULL
  WHERE r.id IS NOT NULL OR i.trigger_id IS NULL OR i.only_if_new OR e.past_runs ? i.trigger_id::text`;

/**
 * Stores events and starts their runs, all in one statement and one commit.
 *
 * @returns one answer per request, in the order of the requests
 */
export async function insertEventsAndRuns(sql: Queryable, requests: readonly IngestRequest[]): Promise<IngestAnswer[]>;
export async function insertEventsAndRuns(
  sql: Queryable,
  requests: readonly AnyRequest[],
): Promise<IngestAnswer<string | null>[]>;
export async function insertEventsAndRuns(
  sql: Queryable,
  requests: readonly AnyRequest[],
): Promise<IngestAnswer<string | null>[]> {
  const answers = new Map<AnyRequest, IngestAnswer<string | null>>();
  let woken: readonly Woken[] = [];
  let open = [...requests];
  for (let round = 0; open.length > 0; round += 1) {
    if (round > 5) throw new Error('Ingest could not settle concurrent deliveries of one event; try again.');
    const inserted = await insert(sql, open);
    woken = [...woken, ...(inserted[0]?.woken ?? [])];
    const told = new Set<number>();
    const unsettled: AnyRequest[] = [];
    for (const row of inserted) {
      const request = at(open, row.ord);
      const runId = 'runId' in request ? request.runId : null;
      // Of several requests that bring one event for no trigger, the first has stored it.
      const settled = runId === null ? row.stored && !told.has(row.position ?? 0) : row.started;
      if (settled && row.position !== null) {
        answers.set(request, { runId, duplicate: false, sameContent: true, position: row.position, woken: [] });
        told.add(row.position);
      } else unsettled.push(request);
    }
    const known = unsettled.length === 0 ? [] : await find(sql, unsettled);
    for (const row of known) {
      const { run_id: runId, same_content: sameContent, position } = row;
      answers.set(at(unsettled, row.ord), { runId, duplicate: true, sameContent, position, woken: [] });
    }
    open = unsettled.filter((request) => !answers.has(request));
  }
  return requests.map((request, index) => {
    const answer = answers.get(request);
    if (answer === undefined) throw new Error('Ingest lost a request; this is a bug.');
    return index === 0 ? { ...answer, woken } : answer;
  });
}

interface InsertRow {
  ord: number;
  position: number | null;
  same_content: boolean | null;
  started: boolean;
  /** Its event is new. */
  stored: boolean;
  woken: Woken[] | null;
}

async function insert(sql: Queryable, requests: readonly AnyRequest[]): Promise<InsertRow[]> {
  const events = requests.map((request) => request.event);
  const runs = requests.map((request) => ('runId' in request ? request : null));
  const entries = runs.map((run) => (run === null ? null : firstEntry(run)));
  const result = await sql.query<InsertRow>({
    name: 'ingest-insert',
    text: INSERT,
    values: [
      runs.map((r) => r?.runId ?? null),
      requests.map((r) => r.workspaceId),
      runs.map((r) => r?.workflowId ?? null),
      runs.map((r) => r?.versionId ?? null),
      runs.map((r) => r?.triggerId ?? null),
      runs.map((r) => r?.priority ?? null),
      runs.map((r) => r?.shard ?? 0),
      events.map((e) => e.source),
      events.map((e) => e.eventId),
      events.map((e) => e.type),
      events.map((e) => e.subject),
      events.map((e) => e.time),
      events.map((e) => e.contentHash),
      events.map((e) => e.contentType),
      events.map((e) => e.raw),
      events.map((e) => JSON.stringify(e.data)),
      events.map((e) => JSON.stringify(e.headers)),
      events.map((e) => (e.receipt === null ? null : JSON.stringify(e.receipt))),
      entries.map((entry) => entry?.body ?? null),
      requests.map(isOnlyIfNew),
      requests.map(({ letter }) => (letter === undefined ? null : JSON.stringify(letter))),
      entries.map((entry) => (entry?.payloads.length ? entry.payloads.map(({ hash }) => hash).join(',') : null)),
      ...payloadValues(entries.flatMap((entry) => entry?.payloads ?? [])),
      runs.map((r) => r?.lane?.key ?? null),
      runs.map((r) => r?.lane?.blocks ?? null),
      requests.map(({ casts }) => (casts === undefined ? null : JSON.stringify(casts))),
      entries.map((entry) => keysJson(entry?.keys ?? [])),
    ],
  });
  return result.rows;
}

async function find(
  sql: Queryable,
  requests: readonly AnyRequest[],
): Promise<{ ord: number; position: number; same_content: boolean; run_id: string | null }[]> {
  const result = await sql.query<{ ord: number; position: number; same_content: boolean; run_id: string | null }>({
    name: 'ingest-find',
    text: FIND,
    values: [
      requests.map((r) => r.workspaceId),
      requests.map((r) => r.event.source),
      requests.map((r) => r.event.eventId),
      requests.map((r) => ('triggerId' in r ? r.triggerId : null)),
      requests.map((r) => r.event.contentHash),
      requests.map(isOnlyIfNew),
    ],
  });
  return result.rows;
}

function isOnlyIfNew(request: AnyRequest): boolean {
  return 'onlyIfNew' in request && request.onlyIfNew === true;
}

function at<R>(requests: readonly R[], ordinal: number): R {
  const request = requests[ordinal - 1];
  if (request === undefined)
    throw new Error(`Ingest was answered for request ${String(ordinal)}, which it never made.`);
  return request;
}
