/**
 * Loop protection: where a published event comes from, and what it may still start.
 *
 * Workflows that start each other by events, or one that starts itself, would go on for ever. Each published event therefore
 * knows its chain: the event at its beginning (the root), how many publishings lie between (hops), and which workflows ran on
 * the way. A chain is followed through calls and failure triggers as well: they are no way around it.
 *
 * 1. Beyond `hops` publishings an event starts nothing.
 * 2. A workflow that its own chain has started `selfStarts` times is not started by it again; others are.
 * 3. Beyond `events` events of one root (those behind the first publishing; a run may publish as many as it likes) a further
 *    one starts nothing. This is what ends a chain that doubles with every hop.
 *
 * What is not started is a dead letter, and a person may start it after all. Leaves out: a run that waits for events and
 * answers them; it is bounded by its own loop.
 */
import type { Queryable } from '../db/index.js';

export interface LoopBounds {
  readonly hops: number;
  readonly selfStarts: number;
  readonly events: number;
}

export const LOOP_BOUNDS: LoopBounds = { hops: 16, selfStarts: 8, events: 100_000 };

export interface Cause {
  /** Position of the event that the chain began with. */
  readonly root: number;
  /** Of an event that is published now: 1 when the run was started from outside. */
  readonly hops: number;
  /** Every workflow that ran on the way, the publishing one included. */
  readonly path: readonly string[];
}

/** A line longer than that is not followed; calls alone are bounded well below. */
const LONGEST_LINE = 200;

/**
 * What an event is caused by that a run publishes now.
 *
 * @param cameWith the hops that the run's own event says it has behind it, when it came from outside
 */
export async function causeOf(sql: Queryable, runId: string, cameWith: number): Promise<Cause> {
  const { rows } = await sql.query<{
    workflow: string;
    position: number;
    root: number | null;
    hops: number | null;
    path: string[] | null;
  }>({
    name: 'event-cause',
    text: `
      WITH RECURSIVE line AS (
        SELECT r.workflow_id, r.parent_run_id, r.event_position, 0 AS depth FROM run r WHERE r.id = $1
        UNION ALL
        SELECT p.workflow_id, p.parent_run_id, p.event_position, l.depth + 1
        FROM line l
        LEFT JOIN event e ON l.parent_run_id IS NULL AND e.position = l.event_position
        JOIN run p ON p.id = coalesce(
          l.parent_run_id,
          /* Only the engine can use such a source: the event tells of that run's end. */
          CASE WHEN e.source = '/runs/' || e.subject AND e.type LIKE 'run.%' THEN e.subject::uuid END
        )
        WHERE l.depth < ${LONGEST_LINE} AND NOT EXISTS (SELECT FROM event_cause c WHERE c.position = l.event_position)
      )
      SELECT l.workflow_id AS workflow, l.event_position AS position, c.root, c.hops, c.path
      FROM line l LEFT JOIN event_cause c ON c.position = l.event_position ORDER BY l.depth`,
    values: [runId],
  });
  const first = rows.at(-1);
  const here = rows.map(({ workflow }) => workflow).reverse();
  return {
    root: first?.root ?? first?.position ?? 0,
    hops: (first?.hops ?? cameWith) + 1,
    path: [...(first?.path ?? []), ...here],
  };
}

/** Call it in the transaction that stores the event, last: whoever adds to the same chain waits for its end. */
export async function recordCause(
  sql: Queryable,
  { workspaceId, position, runId }: { readonly workspaceId: string; readonly position: number; readonly runId: string },
  { root, hops, path }: Cause,
): Promise<void> {
  await sql.query({
    name: 'event-cause-record',
    text: `
      WITH counted AS (
        INSERT INTO event_chain (root, workspace_id, events) SELECT $4, $2, 1 WHERE $5 > 1
        ON CONFLICT (root) DO UPDATE SET events = event_chain.events + 1
      )
      INSERT INTO event_cause (position, workspace_id, run_id, root, hops, path)
      VALUES ($1, $2, $3, $4, least($5, 32767), $6::uuid[])`,
    values: [position, workspaceId, runId, root, hops, path],
  });
}

/** How many events a chain has come to behind its first publishing. */
export async function eventsOfChain(sql: Queryable, root: number): Promise<number> {
  const { rows } = await sql.query<{ events: number }>({
    name: 'event-chain',
    text: 'SELECT events FROM event_chain WHERE root = $1',
    values: [root],
  });
  return rows[0]?.events ?? 0;
}

/**
 * Why an event must not start a workflow; null = it may.
 *
 * @param soFar events of the chain before this one
 */
export function loopReason(cause: Cause, soFar: number, workflowId: string, bounds: LoopBounds): string | null {
  if (cause.hops > bounds.hops) {
    return `It is ${cause.hops} events away from the one that began it; ${bounds.hops} are allowed. Workflows start each other here: give them an end.`;
  }
  if (cause.hops > 1 && soFar >= bounds.events) {
    return `The event that began it has led to ${soFar} others; ${bounds.events} are allowed. Each event starts more than one here: give them an end.`;
  }
  const starts = cause.path.filter((each) => each === workflowId).length;
  if (starts > bounds.selfStarts) {
    return `The workflow has started itself ${starts} times in a row by events; ${bounds.selfStarts} are allowed. Give it an end.`;
  }
  return null;
}

/** A chain that rests for longer than that begins anew. */
const CAUSE_DAYS = 30;

/** Deletes what is known of the causes of old events. @returns how many */
export async function sweepCauses(sql: Queryable, limit: number): Promise<number> {
  const old = `event_day(now() - interval '${CAUSE_DAYS} days')`;
  const { rowCount } = await sql.query(
    `WITH chains AS (
       DELETE FROM event_chain WHERE root IN (SELECT root FROM event_chain WHERE root < ${old} ORDER BY root LIMIT $1)
     )
     DELETE FROM event_cause WHERE position IN (SELECT position FROM event_cause WHERE position < ${old} ORDER BY position LIMIT $1)`,
    [limit],
  );
  return rowCount ?? 0;
}
