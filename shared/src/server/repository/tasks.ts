/**
 * Tasks: what runs ask of people. A row follows its run's journal; an answer is a signal to the run, which may still refuse
 * it (the time was over a moment before), and then the row says so.
 */
import type { Json, JsonObject } from '../../kernel/index.js';
import type { Actor } from '../../saga/index.js';
import type { Queryable } from '../db/index.js';
import type { Woken } from './run-signal.js';

export type TaskStatus = 'open' | 'completed' | 'withdrawn';

export interface TaskRow {
  readonly id: string;
  readonly runId: string;
  readonly workflowId: string;
  readonly workflowName: string;
  /** The step's instance in the run. */
  readonly instance: string;
  /** Of a race, its port; null = the outcome is the port. */
  readonly arm: string | null;
  readonly title: string;
  readonly instructions: string;
  /** User ids, e-mail addresses or names of groups; empty = anybody who may complete tasks. */
  readonly assignees: readonly string[];
  /** JSON Schema of the answer. */
  readonly form: JsonObject | null;
  readonly outcomes: readonly { readonly id: string; readonly label: string; readonly commentRequired: boolean }[];
  readonly status: TaskStatus;
  readonly dueAt: Date | null;
  readonly createdAt: Date;
  /** Microseconds since 1970, for the next page's cursor. */
  readonly createdAtMicros: number;
  readonly reminders: number;
  readonly remindedAt: Date | null;
  readonly escalatedAt: Date | null;
  readonly outcome: string | null;
  readonly data: Json | null;
  readonly comment: string | null;
  readonly completedBy: Actor | null;
  readonly completedAt: Date | null;
}

const TASK = `
  t.id, t.run_id AS "runId", r.workflow_id AS "workflowId", w.name AS "workflowName", t.instance, t.arm, t.title, t.instructions,
  t.assignees, t.form, t.outcomes, t.status, t.due_at AS "dueAt", t.created_at AS "createdAt",
  (extract(epoch FROM t.created_at) * 1000000)::bigint AS "createdAtMicros", t.reminders, t.reminded_at AS "remindedAt",
  t.escalated_at AS "escalatedAt", t.outcome, t.data, t.comment, t.completed_by AS "completedBy",
  t.completed_at AS "completedAt"
`;
const JOINS = 'JOIN run r ON r.id = t.run_id JOIN workflow w ON w.id = r.workflow_id';

export interface TaskFilter {
  readonly status: TaskStatus | null;
  readonly runId: string | null;
  readonly workflowId: string | null;
  /**
   * Names that a person goes by (id, e-mail address, groups), in lower case: tasks of theirs, and tasks of anybody; null = all
   * tasks.
   */
  readonly assignees: readonly string[] | null;
}

/** Tasks of the workspace, newest first, from behind a position. */
export async function listTasks(
  sql: Queryable,
  workspaceId: string,
  filter: TaskFilter,
  page: { readonly after: { readonly createdAtMicros: number; readonly id: string } | null; readonly limit: number },
): Promise<TaskRow[]> {
  const { rows } = await sql.query<TaskRow>(
    `SELECT ${TASK} FROM task t ${JOINS}
     WHERE t.workspace_id = $1 AND ($2::text IS NULL OR t.status = $2) AND ($3::uuid IS NULL OR t.run_id = $3)
       AND ($4::text[] IS NULL OR t.assignees = '{}' OR EXISTS (SELECT FROM unnest(t.assignees) a WHERE lower(a) = ANY($4)))
       AND ($8::uuid IS NULL OR r.workflow_id = $8)
       AND ($5::bigint IS NULL OR (t.created_at, t.id) < (timestamptz 'epoch' + $5::bigint * interval '1 microsecond', $6::uuid))
     ORDER BY t.created_at DESC, t.id DESC LIMIT $7`,
    [
      workspaceId,
      filter.status,
      filter.runId,
      filter.assignees,
      page.after?.createdAtMicros ?? null,
      page.after?.id ?? null,
      page.limit,
      filter.workflowId,
    ],
  );
  return rows;
}

export async function findTask(sql: Queryable, workspaceId: string, id: string): Promise<TaskRow | null> {
  const { rows } = await sql.query<TaskRow>(
    `SELECT ${TASK} FROM task t ${JOINS} WHERE t.workspace_id = $1 AND t.id = $2`,
    [workspaceId, id],
  );
  return rows[0] ?? null;
}

export interface TaskCompletion {
  readonly outcome: string;
  readonly data: Json | null;
  readonly comment: string | null;
  readonly by: Actor;
}

/**
 * Completes an open task and tells its run, in one commit. The caller has checked outcome, comment and form. Ring afterwards.
 *
 * @returns null when the task is not open any more: somebody was quicker, or its run has gone on without it
 */
export async function completeTask(
  sql: Queryable,
  workspaceId: string,
  id: string,
  answer: TaskCompletion,
): Promise<Woken | null> {
  const { outcome, data, comment, by } = answer;
  const { rows } = await sql.query<{ [K in keyof Woken]: Woken[K] }>({
    name: 'task-complete',
    text: `
      WITH locked AS MATERIALIZED (
        /* The run before the task, as commits do. */
        SELECT r.id FROM run r
        WHERE r.id = (SELECT run_id FROM task WHERE workspace_id = $1 AND id = $2) AND r.ended_at IS NULL FOR UPDATE
      ), answered AS (
        UPDATE task t SET status = 'completed', outcome = $3, data = $4, comment = $5, completed_by = $6, completed_at = now()
        FROM locked l WHERE t.run_id = l.id AND t.id = $2 AND t.status = 'open'
        RETURNING t.run_id, t.instance, t.arm
      ), told AS (
        SELECT array_agg(a.run_id) AS runs, array_agg(json_build_object(
          'type', 'task.answered', 'instance', a.instance, 'arm', a.arm, 'outcome', $3::text, 'data', $4::json, 'comment', $5::text,
          'by', $6::json
        )) AS bodies FROM answered a
      )
      SELECT s.run_id AS "runId", s.shard, s.owned
      FROM told CROSS JOIN LATERAL send_signals(told.runs, told.bodies, ARRAY[NULL::bigint]) s WHERE told.runs IS NOT NULL`,
    values: [workspaceId, id, outcome, data === null ? null : JSON.stringify(data), comment, JSON.stringify(by)],
  });
  return rows[0] ?? null;
}

/** Gives an open task to others. @returns false when it is not open any more */
export async function reassignTask(
  sql: Queryable,
  workspaceId: string,
  id: string,
  assignees: readonly string[],
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `UPDATE task SET assignees = $3 WHERE workspace_id = $1 AND id = $2 AND status = 'open'`,
    [workspaceId, id, assignees],
  );
  return rowCount === 1;
}

/** How many open tasks a person has, tasks of anybody included. */
export async function countOpenTasks(
  sql: Queryable,
  workspaceId: string,
  assignees: readonly string[] | null,
): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(
    `SELECT count(*) AS count FROM task
     WHERE workspace_id = $1 AND status = 'open' AND ($2::text[] IS NULL OR assignees = '{}' OR assignees && $2)`,
    [workspaceId, assignees],
  );
  return rows[0]?.count ?? 0;
}
