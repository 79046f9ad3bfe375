/** What the doors ask about runs. Reads only; runs are written by ingest and by their owner. */
import type { Graph } from '../../graph/index.js';
import type { Failure, Json } from '../../kernel/index.js';
import { upgradeDefinition } from '../../saga/index.js';
import type { Entry, RunEvent, RunStatus, SagaDefinition } from '../../saga/index.js';
import type { Queryable } from '../db/index.js';
import { foldableBody, resolveBodies } from './payload.js';

export interface RunRow {
  readonly id: string;
  readonly workflowId: string;
  readonly workflowName: string;
  readonly version: number;
  readonly status: RunStatus;
  readonly trigger: string;
  readonly createdAt: Date;
  /** Microseconds since 1970, for the next page's cursor. */
  readonly createdAtMicros: number;
  readonly endedAt: Date | null;
  readonly failure: Failure | null;
  readonly seq: number;
}

const RUN = `
  r.id, r.workflow_id AS "workflowId", w.name AS "workflowName", v.number AS version, r.status, t.name AS trigger,
  r.created_at AS "createdAt", (extract(epoch FROM r.created_at) * 1000000)::bigint AS "createdAtMicros", r.ended_at AS "endedAt", r.failure, r.next_seq - 1 AS seq
`;
const JOINS = `
  JOIN workflow w ON w.id = r.workflow_id JOIN workflow_version v ON v.id = r.version_id JOIN trigger t ON t.id = r.trigger_id
`;

export interface RunPosition {
  readonly createdAtMicros: number;
  readonly id: string;
}

export interface RunFilter {
  readonly workflowId: string | null;
  readonly status: RunStatus | null;
  /** A key of runs: the subject of their event, or an id or number in its data (migration 22). Null = whatever they are about. */
  readonly key: string | null;
}

/**
 * Runs of the workspace, newest first, from behind a position. Those of a key are read along the index of keys, which is in the
 * order of run ids: a page costs no more, however many runs there are.
 */
export async function listRuns(
  sql: Queryable,
  workspaceId: string,
  filter: RunFilter,
  page: { after: RunPosition | null; limit: number },
): Promise<RunRow[]> {
  const { rows } = await sql.query<RunRow>(
    filter.key === null
      ? `SELECT ${RUN} FROM run r ${JOINS}
         WHERE r.workspace_id = $1 AND ($2::uuid IS NULL OR r.workflow_id = $2) AND ($3::text IS NULL OR r.status = $3)
           AND ($4::bigint IS NULL OR (r.created_at, r.id) < (timestamptz 'epoch' + $4::bigint * interval '1 microsecond', $5::uuid))
         ORDER BY r.created_at DESC, r.id DESC LIMIT $6`
      : `SELECT ${RUN} FROM run_key k JOIN run r ON r.id = k.run_id ${JOINS}
         WHERE k.workspace_id = $1 AND k.key = left($4, 200)
           AND ($2::uuid IS NULL OR r.workflow_id = $2) AND ($3::text IS NULL OR r.status = $3)
           AND ($5::uuid IS NULL OR k.run_id < $5)
         ORDER BY k.run_id DESC LIMIT $6`,
    [
      workspaceId,
      filter.workflowId,
      filter.status,
      filter.key ?? page.after?.createdAtMicros ?? null,
      page.after?.id ?? null,
      page.limit,
    ],
  );
  return rows;
}

/** Rows by id, in no order; ids of other workspaces are left out. */
export async function findRuns(sql: Queryable, workspaceId: string, ids: readonly string[]): Promise<RunRow[]> {
  const { rows } = await sql.query<RunRow>(
    `SELECT ${RUN} FROM run r ${JOINS} WHERE r.workspace_id = $1 AND r.id = ANY($2::uuid[])`,
    [workspaceId, ids],
  );
  return rows;
}

/** Of the runs of a key so many are counted, the newest; some keys belong to very many. */
const MOST_COUNTED = 10_000;

/** How many runs there are of each status that occurs; of a key, among its newest 10,000. */
export async function countRuns(
  sql: Queryable,
  workspaceId: string,
  { workflowId, key }: Omit<RunFilter, 'status'>,
): Promise<Map<RunStatus, number>> {
  const { rows } = await sql.query<{ status: RunStatus; count: number }>(
    key === null
      ? `SELECT status, count(*) AS count FROM run WHERE workspace_id = $1 AND ($2::uuid IS NULL OR workflow_id = $2) GROUP BY status`
      : `SELECT r.status, count(*) AS count
         FROM (
           SELECT run_id FROM run_key WHERE workspace_id = $1 AND key = left($3, 200) ORDER BY run_id DESC LIMIT ${String(MOST_COUNTED)}
         ) k
         JOIN run r ON r.id = k.run_id WHERE ($2::uuid IS NULL OR r.workflow_id = $2) GROUP BY r.status`,
    key === null ? [workspaceId, workflowId] : [workspaceId, workflowId, key],
  );
  return new Map(rows.map((row) => [row.status, row.count]));
}

export interface RunDetails extends RunRow {
  readonly graph: Graph;
  readonly definition: SagaDefinition;
  readonly event: RunEvent;
  readonly receipt: Json | null;
  /** 0 to 9. */
  readonly priority: number;
  readonly runnable: boolean;
  readonly owned: boolean;
}

export async function findRun(sql: Queryable, workspaceId: string, id: string): Promise<RunDetails | null> {
  const { rows } = await sql.query<RunDetails>(
    `SELECT ${RUN}, v.graph, v.definition, j.body -> 'event' AS event, e.receipt, r.priority,
       coalesce(r.runnable_at <= now(), false) AS runnable, r.owner IS NOT NULL AS owned
     FROM run r ${JOINS} LEFT JOIN event e ON e.position = r.event_position JOIN journal j ON j.run_id = r.id AND j.seq = 1
     WHERE r.workspace_id = $1 AND r.id = $2`,
    [workspaceId, id],
  );
  const [row] = rows;
  return row ? { ...row, definition: upgradeDefinition(row.definition) } : null;
}

export async function runExists(sql: Queryable, workspaceId: string, id: string): Promise<boolean> {
  const { rows } = await sql.query('SELECT 1 FROM run WHERE workspace_id = $1 AND id = $2', [workspaceId, id]);
  return rows.length === 1;
}

/**
 * Entries behind a position, oldest first. The caller has made sure that the run is of the workspace.
 *
 * @param large `referred`: in place of a large value stands a reference to it, which a view can fold as well; `whole`: the value
 */
export async function readJournal(
  sql: Queryable,
  runId: string,
  page: { after: number; limit: number },
  large: 'referred' | 'whole' = 'referred',
): Promise<Entry[]> {
  const { rows } = await sql.query<{ seq: number; at: Date; type: string; body: object; payloads: string[] | null }>({
    name: 'journal-read',
    text: 'SELECT seq, at, type, body, payloads FROM journal WHERE run_id = $1 AND seq > $2 ORDER BY seq LIMIT $3',
    values: [runId, page.after, page.limit],
  });
  const whole = large === 'whole' ? await resolveBodies(sql, rows) : [];
  const bodyOf = (row: (typeof rows)[number], index: number) => whole[index] ?? foldableBody(row);
  return rows.map(
    (row, index) => ({ ...bodyOf(row, index), type: row.type, at: row.at.getTime(), seq: row.seq }) as unknown as Entry,
  );
}

export async function hasOpenIncident(sql: Queryable, runId: string, incident: string): Promise<boolean> {
  const { rows } = await sql.query('SELECT 1 FROM incident WHERE run_id = $1 AND id = $2 AND resolved_at IS NULL', [
    runId,
    incident,
  ]);
  return rows.length === 1;
}

/** How many worker processes hold a lease that has not run out. */
export async function countLiveWorkers(sql: Queryable): Promise<number> {
  const { rows } = await sql.query<{ count: number }>('SELECT count(*) AS count FROM worker WHERE lease_until > now()');
  return rows[0]?.count ?? 0;
}
