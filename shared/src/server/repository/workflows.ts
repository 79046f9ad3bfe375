/** Workflows with their drafts and immutable versions. Every question names the workspace. */
import type { Graph } from '../../graph/index.js';
import type { SagaDefinition } from '../../saga/index.js';
import type { Queryable } from '../db/index.js';

export interface WorkflowRow {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly pausedAt: Date | null;
  readonly priority: number;
  readonly publishedNumber: number | null;
  readonly revision: number;
  readonly graph: Graph;
  readonly author: string;
  readonly draftUpdatedAt: Date;
}

const WORKFLOW = `
  w.id, w.name, w.created_at AS "createdAt", w.paused_at AS "pausedAt", w.priority, w.published_number AS "publishedNumber",
  d.revision, d.graph, d.author_name AS author, d.updated_at AS "draftUpdatedAt"
`;

export async function findWorkflow(sql: Queryable, workspaceId: string, id: string): Promise<WorkflowRow | null> {
  const { rows } = await sql.query<WorkflowRow>(
    `SELECT ${WORKFLOW} FROM workflow w JOIN workflow_draft d ON d.workflow_id = w.id
     WHERE w.workspace_id = $1 AND w.id = $2 AND w.archived_at IS NULL`,
    [workspaceId, id],
  );
  return rows[0] ?? null;
}

/** The same, holding the draft and the workflow against other writers until the transaction ends. */
export async function lockWorkflow(sql: Queryable, workspaceId: string, id: string): Promise<WorkflowRow | null> {
  const { rows } = await sql.query<WorkflowRow>(
    `SELECT ${WORKFLOW} FROM workflow w JOIN workflow_draft d ON d.workflow_id = w.id
     WHERE w.workspace_id = $1 AND w.id = $2 AND w.archived_at IS NULL FOR UPDATE`,
    [workspaceId, id],
  );
  return rows[0] ?? null;
}

export interface Author {
  /** Null for API keys. */
  readonly userId: string | null;
  readonly name: string;
}

export async function insertWorkflow(
  sql: Queryable,
  workspaceId: string,
  workflow: { id: string; name: string; graph: Graph; author: Author },
): Promise<void> {
  const { id, name, graph, author } = workflow;
  await sql.query('INSERT INTO workflow (id, workspace_id, name) VALUES ($1, $2, $3)', [id, workspaceId, name]);
  await sql.query(
    'INSERT INTO workflow_draft (workflow_id, revision, graph, author_id, author_name) VALUES ($1, 1, $2, $3, $4)',
    [id, JSON.stringify(graph), author.userId, author.name],
  );
}

export async function renameWorkflow(sql: Queryable, workspaceId: string, id: string, name: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    'UPDATE workflow SET name = $3, updated_at = now() WHERE workspace_id = $1 AND id = $2 AND archived_at IS NULL',
    [workspaceId, id, name],
  );
  return rowCount === 1;
}

/** @param priority 0 to 9, of the runs that start from now on */
export async function setWorkflowPriority(
  sql: Queryable,
  workspaceId: string,
  id: string,
  priority: number,
): Promise<boolean> {
  const { rowCount } = await sql.query(
    'UPDATE workflow SET priority = $3 WHERE workspace_id = $1 AND id = $2 AND archived_at IS NULL',
    [workspaceId, id, priority],
  );
  return rowCount === 1;
}

export async function archiveWorkflow(sql: Queryable, workspaceId: string, id: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    'UPDATE workflow SET archived_at = now(), updated_at = now() WHERE workspace_id = $1 AND id = $2 AND archived_at IS NULL',
    [workspaceId, id],
  );
  return rowCount === 1;
}

export type DraftSave =
  | { readonly kind: 'saved'; readonly revision: number; readonly updatedAt: Date }
  | { readonly kind: 'conflict'; readonly revision: number; readonly author: string; readonly updatedAt: Date }
  | { readonly kind: 'absent' };

/** Optimistic lock: writes only on top of the revision that the author saw. */
export async function saveDraft(
  sql: Queryable,
  workspaceId: string,
  id: string,
  draft: { baseRevision: number; graph: Graph; author: Author },
): Promise<DraftSave> {
  const saved = await sql.query<{ revision: number; updatedAt: Date }>(
    `WITH saved AS (
       UPDATE workflow_draft d SET revision = d.revision + 1, graph = $4, author_id = $5, author_name = $6, updated_at = now()
       FROM workflow w
       WHERE w.id = d.workflow_id AND w.workspace_id = $1 AND w.archived_at IS NULL AND d.workflow_id = $2 AND d.revision = $3
       RETURNING d.workflow_id, d.revision, d.updated_at AS "updatedAt"
     ), touched AS (
       UPDATE workflow SET updated_at = now() WHERE id IN (SELECT workflow_id FROM saved)
     )
     SELECT revision, "updatedAt" FROM saved`,
    [workspaceId, id, draft.baseRevision, JSON.stringify(draft.graph), draft.author.userId, draft.author.name],
  );
  const row = saved.rows[0];
  if (row !== undefined) return { kind: 'saved', ...row };
  const current = await findWorkflow(sql, workspaceId, id);
  if (current === null) return { kind: 'absent' };
  return { kind: 'conflict', revision: current.revision, author: current.author, updatedAt: current.draftUpdatedAt };
}

export interface VersionRow {
  readonly id: string;
  readonly number: number;
  readonly publishedAt: Date;
  readonly publishedBy: string;
  readonly note: string;
  readonly graph: Graph;
}

const VERSION = `v.id, v.number, v.published_at AS "publishedAt", v.published_by AS "publishedBy", v.note, v.graph`;

/** Stores the next version and makes it the published one. The caller holds the lock of {@link lockWorkflow}. */
export async function insertVersion(
  sql: Queryable,
  workflow: WorkflowRow,
  version: { id: string; definition: SagaDefinition; note: string; publishedBy: string },
): Promise<void> {
  const { rows } = await sql.query<{ number: number }>(
    `INSERT INTO workflow_version (id, workflow_id, number, graph, definition, note, published_by)
     SELECT $1, $2, coalesce(max(number), 0) + 1, $3, $4, $5, $6 FROM workflow_version WHERE workflow_id = $2
     RETURNING number`,
    [
      version.id,
      workflow.id,
      JSON.stringify(workflow.graph),
      JSON.stringify(version.definition),
      version.note,
      version.publishedBy,
    ],
  );
  await sql.query('UPDATE workflow SET published_number = $2, updated_at = now() WHERE id = $1', [
    workflow.id,
    rows[0]?.number,
  ]);
  await sql.query('UPDATE workflow_draft SET published_revision = revision WHERE workflow_id = $1', [workflow.id]);
}

export async function listVersions(
  sql: Queryable,
  workspaceId: string,
  workflowId: string,
): Promise<Omit<VersionRow, 'graph'>[]> {
  const { rows } = await sql.query<Omit<VersionRow, 'graph'>>(
    `SELECT v.id, v.number, v.published_at AS "publishedAt", v.published_by AS "publishedBy", v.note
     FROM workflow_version v JOIN workflow w ON w.id = v.workflow_id
     WHERE w.workspace_id = $1 AND w.id = $2 AND w.archived_at IS NULL ORDER BY v.number DESC`,
    [workspaceId, workflowId],
  );
  return rows;
}

export async function findVersion(
  sql: Queryable,
  workspaceId: string,
  workflowId: string,
  number: number,
): Promise<VersionRow | null> {
  const { rows } = await sql.query<VersionRow>(
    `SELECT ${VERSION} FROM workflow_version v JOIN workflow w ON w.id = v.workflow_id
     WHERE w.workspace_id = $1 AND w.id = $2 AND w.archived_at IS NULL AND v.number = $3`,
    [workspaceId, workflowId, number],
  );
  return rows[0] ?? null;
}

export interface WorkflowListRow {
  readonly id: string;
  readonly name: string;
  readonly publishedNumber: number | null;
  readonly revision: number;
  readonly unpublishedChanges: boolean;
  readonly updatedAt: Date;
  /** Microseconds since 1970, for the next page's cursor. */
  readonly updatedAtMicros: number;
  /** Its published version can be started by a call. */
  readonly callable: boolean;
  readonly pausedAt: Date | null;
  readonly priority: number;
  readonly lastRun: { id: string; status: string; createdAt: string } | null;
  readonly live: number;
  readonly completed: number;
  readonly failed: number;
  readonly compensated: number;
  /** Cancelled or terminated. */
  readonly stopped: number;
}

const callable = (workflow: string): string =>
  `EXISTS (SELECT FROM trigger t WHERE t.workflow_id = ${workflow} AND t.kind = 'trigger.called' AND t.version_id IS NOT NULL)`;

/** Every workflow of the workspace that is not archived, and whether its published version can be started by a call. */
export async function listCallableWorkflows(
  sql: Queryable,
  workspaceId: string,
): Promise<{ readonly id: string; readonly name: string; readonly callable: boolean }[]> {
  const { rows } = await sql.query<{ id: string; name: string; callable: boolean }>(
    `SELECT w.id, w.name, ${callable('w.id')} AS callable FROM workflow w WHERE w.workspace_id = $1 AND w.archived_at IS NULL`,
    [workspaceId],
  );
  return rows;
}

export interface WorkflowPosition {
  readonly updatedAtMicros: number;
  readonly id: string;
}

/** Workflows of the workspace, last changed first, from behind a position. */
export async function listWorkflows(
  sql: Queryable,
  workspaceId: string,
  /** `search`: part of the name, in any case; null = all. */
  page: { after: WorkflowPosition | null; limit: number; search: string | null },
): Promise<WorkflowListRow[]> {
  const { rows } = await sql.query<WorkflowListRow>(
    `WITH page AS (
       SELECT w.id, w.name, w.published_number, w.updated_at, w.paused_at, w.priority, d.revision, d.published_revision
       FROM workflow w JOIN workflow_draft d ON d.workflow_id = w.id
       CROSS JOIN (SELECT timestamptz 'epoch' + $2::bigint * interval '1 microsecond' AS at) behind
       WHERE w.workspace_id = $1 AND w.archived_at IS NULL
         AND ($5::text IS NULL OR position(lower($5) IN lower(w.name)) > 0)
         AND ($2::bigint IS NULL OR w.updated_at < behind.at OR (w.updated_at = behind.at AND w.id > $3::uuid))
       ORDER BY w.updated_at DESC, w.id LIMIT $4
     )
     SELECT p.id, p.name, p.published_number AS "publishedNumber", p.revision,
       p.published_revision IS DISTINCT FROM p.revision AS "unpublishedChanges",
       p.updated_at AS "updatedAt", (extract(epoch FROM p.updated_at) * 1000000)::bigint AS "updatedAtMicros",
       ${callable('p.id')} AS callable, p.paused_at AS "pausedAt", p.priority, last.run AS "lastRun", c.live, c.completed, c.failed, c.compensated,
       c.stopped
     FROM page p
     LEFT JOIN LATERAL (
       SELECT jsonb_build_object('id', r.id, 'status', r.status, 'createdAt', r.created_at) AS run
       FROM run r WHERE r.workflow_id = p.id ORDER BY r.created_at DESC, r.id DESC LIMIT 1
     ) last ON true
     CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE r.ended_at IS NULL) AS live,
         count(*) FILTER (WHERE r.status = 'completed') AS completed,
         count(*) FILTER (WHERE r.status = 'failed') AS failed,
         count(*) FILTER (WHERE r.status = 'compensated') AS compensated,
         count(*) FILTER (WHERE r.status IN ('cancelled', 'terminated')) AS stopped
       FROM run r WHERE r.workflow_id = p.id
     ) c
     ORDER BY p.updated_at DESC, p.id`,
    [workspaceId, page.after?.updatedAtMicros ?? null, page.after?.id ?? null, page.limit, page.search],
  );
  return rows;
}
