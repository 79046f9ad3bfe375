import type { TriggerSettings } from '../../saga/index.js';
import type { Queryable } from '../db/index.js';

/** A trigger that answers, with what its version says about it. */
export interface LiveTrigger {
  readonly triggerId: string;
  readonly workspaceId: string;
  readonly workflowId: string;
  readonly versionId: string;
  /** Trigger node in the graph. */
  readonly triggerNode: string;
  readonly settings: TriggerSettings;
  /** When its version was published. */
  readonly publishedAt: Date;
}

/** The live triggers of a kind in some workspaces. */
export async function liveTriggers(
  sql: Queryable,
  kind: TriggerSettings['kind'],
  workspaceIds: readonly string[],
): Promise<LiveTrigger[]> {
  if (workspaceIds.length === 0) return [];
  const { rows } = await sql.query<{ [K in keyof LiveTrigger]: LiveTrigger[K] }>({
    name: 'triggers-live',
    text: `
      SELECT t.id AS "triggerId", t.workspace_id AS "workspaceId", t.workflow_id AS "workflowId", t.version_id AS "versionId",
        t.node_id AS "triggerNode", v.definition -> 'triggers' -> t.node_id -> 'settings' AS settings,
        v.published_at AS "publishedAt"
      FROM trigger t JOIN workflow_version v ON v.id = t.version_id
      WHERE t.workspace_id = ANY($1::uuid[]) AND t.kind = $2 AND t.version_id IS NOT NULL
        AND v.definition -> 'triggers' -> t.node_id -> 'settings' IS NOT NULL
      ORDER BY t.id`,
    values: [workspaceIds, kind],
  });
  return rows;
}

/** One trigger that answers; null when it does not, or is another workspace's. */
export async function findLiveTrigger(
  sql: Queryable,
  workspaceId: string,
  workflowId: string,
  nodeId: string,
): Promise<LiveTrigger | null> {
  const { rows } = await sql.query<{ [K in keyof LiveTrigger]: LiveTrigger[K] }>({
    name: 'trigger-live',
    text: `
      SELECT t.id AS "triggerId", t.workspace_id AS "workspaceId", t.workflow_id AS "workflowId", t.version_id AS "versionId",
        t.node_id AS "triggerNode", v.definition -> 'triggers' -> t.node_id -> 'settings' AS settings,
        v.published_at AS "publishedAt"
      FROM trigger t JOIN workflow_version v ON v.id = t.version_id
      WHERE t.workspace_id = $1 AND t.workflow_id = $2 AND t.node_id = $3`,
    values: [workspaceId, workflowId, nodeId],
  });
  return rows[0] ?? null;
}

/** The run that a trigger started by an event when it came. */
export async function runOfTrigger(sql: Queryable, triggerId: string, position: number): Promise<string | null> {
  const { rows } = await sql.query<{ id: string }>({
    name: 'run-of-trigger',
    text: 'SELECT id FROM run WHERE trigger_id = $1 AND event_position = $2 AND replay_id IS NULL',
    values: [triggerId, position],
  });
  return rows[0]?.id ?? null;
}
