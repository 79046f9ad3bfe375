/**
 * Pauses: the runs of a paused workflow or workspace stand still.
 *
 * 1. Nothing of it is claimed; a worker that owns one of its runs starts nothing more for it and hands it back.
 * 2. What comes meanwhile (events, timers, answers, a cancel) is kept, and acted on when it goes on.
 * 3. New runs are still accepted; they queue up.
 */
import type { Queryable } from '../db/index.js';

/** @returns false when the workspace has no such workflow */
export async function pauseWorkflow(sql: Queryable, workspaceId: string, workflowId: string): Promise<boolean> {
  return await set(sql, 'workflow', 'coalesce(paused_at, now())', 'workspace_id = $1 AND id = $2', [
    workspaceId,
    workflowId,
  ]);
}

/** The caller rings the doorbell of every shard afterwards. */
export async function resumeWorkflow(sql: Queryable, workspaceId: string, workflowId: string): Promise<boolean> {
  return await set(sql, 'workflow', 'NULL', 'workspace_id = $1 AND id = $2', [workspaceId, workflowId]);
}

export async function pauseWorkspace(sql: Queryable, workspaceId: string): Promise<boolean> {
  return await set(sql, 'workspace', 'coalesce(paused_at, now())', 'id = $1', [workspaceId]);
}

/** The caller rings the doorbell of every shard afterwards. */
export async function resumeWorkspace(sql: Queryable, workspaceId: string): Promise<boolean> {
  return await set(sql, 'workspace', 'NULL', 'id = $1', [workspaceId]);
}

async function set(
  sql: Queryable,
  table: 'workflow' | 'workspace',
  value: string,
  where: string,
  values: readonly string[],
): Promise<boolean> {
  const result = await sql.query({
    text: `UPDATE ${table} SET paused_at = ${value} WHERE ${where}`,
    values: [...values],
  });
  return result.rowCount === 1;
}

export interface Pauses {
  /** Since when the whole workspace stands still. */
  readonly workspace: Date | null;
  readonly workflows: readonly { readonly id: string; readonly pausedAt: Date }[];
}

export async function pausesOf(sql: Queryable, workspaceId: string): Promise<Pauses> {
  const { rows } = await sql.query<{ id: string | null; pausedAt: Date }>({
    text: `
      SELECT NULL AS id, paused_at AS "pausedAt" FROM workspace WHERE id = $1 AND paused_at IS NOT NULL
      UNION ALL
      SELECT id, paused_at FROM workflow WHERE workspace_id = $1 AND paused_at IS NOT NULL ORDER BY 2, 1`,
    values: [workspaceId],
  });
  return {
    workspace: rows.find(({ id }) => id === null)?.pausedAt ?? null,
    workflows: rows.flatMap(({ id, pausedAt }) => (id === null ? [] : [{ id, pausedAt }])),
  };
}

/** Which of these workflows stand still, by their own pause or their workspace's. */
export async function pausedWorkflows(sql: Queryable, workflowIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (workflowIds.length === 0) return new Set();
  const { rows } = await sql.query<{ id: string }>({
    name: 'workflows-paused',
    text: `
      SELECT f.id FROM workflow f JOIN workspace w ON w.id = f.workspace_id
      WHERE f.id = ANY($1::uuid[]) AND (f.paused_at IS NOT NULL OR w.paused_at IS NOT NULL)`,
    values: [workflowIds],
  });
  return new Set(rows.map(({ id }) => id));
}

/** More than this is only "many". */
const MOST_COUNTED = 100_000;

/** How many runs of a workspace are due and wait for a worker, counted up to 100,000. */
export async function backlogOf(sql: Queryable, workspaceId: string, shards: number): Promise<number> {
  const { rows } = await sql.query<{ n: number }>({
    name: 'workspace-backlog',
    text: `
      SELECT count(*)::int AS n FROM (
        SELECT FROM run
        WHERE shard = ANY($2::smallint[]) AND workspace_id = $1 AND owner IS NULL AND runnable_at <= now()
        LIMIT ${String(MOST_COUNTED)}
      ) due`,
    values: [workspaceId, Array.from({ length: shards }, (_, shard) => shard)],
  });
  return rows[0]?.n ?? 0;
}
