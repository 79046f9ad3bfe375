/**
 * Lanes: the runs of one trigger whose events have one key, one after another in the order of their events (S32).
 *
 * 1. A run enters its lane in the statement that makes it (ingest.ts). That statement holds the lane's lock from before the
 *    position of the event is drawn until its commit: positions of a lane are in the order of their commits, so nobody who
 *    comes later stands before somebody who was let in.
 * 2. A run that has to wait is not runnable. It is let in when nothing before it holds the lane: in the moment that becomes so,
 *    and by every sweep, whoever has died meanwhile.
 * 3. A run leaves its lane in the commit that ends it. Where a failure blocks, one that failed stays in the row until a person
 *    skips it; where it does not, one that stands still in front of a person holds nobody up.
 * 4. Letting in and leaving change rows by their state, so doing it twice changes nothing.
 */
import type { RunStatus } from '../../saga/index.js';
import type { Queryable } from '../db/index.js';
import type { Woken } from './run-signal.js';

/** Where a new run stands. */
export interface LanePlace {
  readonly key: string;
  /** A failure of the run blocks those behind it. */
  readonly blocks: boolean;
}

/** The lane of a key among the runs of one replay, which neither hold up those of today nor wait for them. */
export function laneOfReplay({ key, blocks }: LanePlace, replayId: string): LanePlace {
  return { key: `${key} (replay ${replayId})`, blocks };
}

/**
 * In the commit that ends runs, after their status is written.
 *
 * @returns whether somebody may be waiting for it
 */
export async function leaveLanes(sql: Queryable, runs: readonly string[]): Promise<boolean> {
  const { rowCount } = await sql.query({
    name: 'lane-leave',
    text: `
      WITH own AS (
        SELECT l.run_id, l.blocks AND r.status IN ('failed', 'compensated', 'terminated') AS fails
        FROM lane_run l JOIN run r ON r.id = l.run_id WHERE l.run_id = ANY($1::uuid[]) AND l.state <> 'failed'
      ), failed AS (
        UPDATE lane_run l SET state = 'failed', since = now() FROM own WHERE own.fails AND l.run_id = own.run_id
      )
      DELETE FROM lane_run l USING own WHERE NOT own.fails AND l.run_id = own.run_id`,
    values: [runs],
  });
  return (rowCount ?? 0) > 0;
}

/** Rows of a lane that nobody goes past. */
const HOLDS = (lane: string): string => `
  SELECT FROM lane_run h LEFT JOIN run r ON r.id = h.run_id
  WHERE h.trigger_id = ${lane}.trigger_id AND h.key = ${lane}.key AND h.state <> 'waiting'
    AND (h.blocks OR r.status IS DISTINCT FROM 'blocked')`;

/**
 * Lets in whoever is first in a lane that nothing holds. Any number of processes may do so at once. Call it after commits that
 * ended runs, and now and then for what a dead process left undone.
 *
 * @param limit of lanes that are looked at
 * @returns the runs let in
 */
export async function letLanesIn(sql: Queryable, limit = 1000): Promise<Woken[]> {
  const { rows } = await sql.query<{ [K in keyof Woken]: Woken[K] }>({
    name: 'lane-let-in',
    text: `
      WITH RECURSIVE lane AS (
        (SELECT w.trigger_id, w.key FROM lane_run w WHERE w.state = 'waiting' ORDER BY w.trigger_id, w.key LIMIT 1)
        UNION ALL
        SELECT n.trigger_id, n.key FROM lane l CROSS JOIN LATERAL (
          SELECT w.trigger_id, w.key FROM lane_run w
          WHERE w.state = 'waiting' AND (w.trigger_id, w.key) > (l.trigger_id, l.key) ORDER BY w.trigger_id, w.key LIMIT 1
        ) n
      ), head AS (
        SELECT h.run_id FROM lane l CROSS JOIN LATERAL (
          SELECT w.run_id FROM lane_run w
          WHERE w.state = 'waiting' AND w.trigger_id = l.trigger_id AND w.key = l.key ORDER BY w.position LIMIT 1
        ) h
        WHERE NOT EXISTS (${HOLDS('l')})
          AND NOT EXISTS (SELECT FROM lane_pause p WHERE p.trigger_id = l.trigger_id AND p.key = l.key)
        LIMIT $1
      ), locked AS MATERIALIZED (
        /* Runs before their lanes, as commits do; whoever is being changed at this moment is looked at again. */
        SELECT r.id FROM run r JOIN head h ON h.run_id = r.id ORDER BY r.id FOR UPDATE OF r SKIP LOCKED
      ), let_in AS (
        UPDATE lane_run l SET state = 'going', since = now() FROM locked h
        WHERE l.run_id = h.id AND l.state = 'waiting' RETURNING l.run_id
      )
      UPDATE run r SET runnable_at = coalesce(r.runnable_at, now()) FROM let_in i
      WHERE r.id = i.run_id AND r.owner IS NULL AND r.ended_at IS NULL
      RETURNING r.id AS "runId", r.shard, false AS owned`,
    values: [limit],
  });
  return rows;
}

/** A lane that somebody may have to look after. */
export interface LaneRow {
  readonly workflowId: string;
  readonly workflowName: string;
  readonly triggerId: string;
  readonly triggerNode: string;
  readonly key: string;
  /** Runs that wait in it. */
  readonly waiting: number;
  /** The run that holds it; null = none does. */
  readonly runId: string | null;
  readonly runStatus: RunStatus | null;
  /** The run that holds it failed, or stands in front of a person. */
  readonly isBlocked: boolean;
  readonly blockedSince: Date | null;
  readonly pausedSince: Date | null;
}

export interface LaneQuery {
  readonly workspaceId: string;
  readonly workflowId: string | null;
  readonly state: 'blocked' | 'paused' | 'all';
  /** Where the page before ended. */
  readonly after: { readonly triggerId: string; readonly key: string } | null;
  readonly limit: number;
}

/** By trigger and key. Lanes that are empty and not paused are none. */
export async function listLanes(sql: Queryable, query: LaneQuery): Promise<LaneRow[]> {
  const { workspaceId, workflowId, state, after, limit } = query;
  const { rows } = await sql.query<{ [K in keyof LaneRow]: LaneRow[K] }>({
    name: 'lanes-list',
    text: `
      WITH lane AS (
        SELECT trigger_id, key FROM lane_run WHERE workspace_id = $1
        UNION SELECT trigger_id, key FROM lane_pause WHERE workspace_id = $1
      )
      SELECT t.workflow_id AS "workflowId", f.name AS "workflowName", l.trigger_id AS "triggerId", t.node_id AS "triggerNode",
        l.key, w.waiting, h.run_id AS "runId", h.status AS "runStatus", coalesce(h.blocked, false) AS "isBlocked",
        CASE WHEN h.blocked THEN h.since END AS "blockedSince", p.since AS "pausedSince"
      FROM lane l
      JOIN trigger t ON t.id = l.trigger_id JOIN workflow f ON f.id = t.workflow_id
      LEFT JOIN lane_pause p ON p.trigger_id = l.trigger_id AND p.key = l.key
      LEFT JOIN LATERAL (
        SELECT o.run_id, r.status, (o.state = 'failed' OR r.status = 'blocked') AND o.blocks AS blocked,
          CASE WHEN o.state = 'failed' THEN o.since
            ELSE (SELECT min(i.opened_at) FROM incident i WHERE i.run_id = o.run_id AND i.resolved_at IS NULL) END AS since
        FROM lane_run o JOIN run r ON r.id = o.run_id
        WHERE o.trigger_id = l.trigger_id AND o.key = l.key AND o.state <> 'waiting' ORDER BY o.position LIMIT 1
      ) h ON true
      CROSS JOIN LATERAL (
        SELECT count(*)::int AS waiting FROM lane_run o
        WHERE o.trigger_id = l.trigger_id AND o.key = l.key AND o.state = 'waiting'
      ) w
      WHERE ($2::uuid IS NULL OR t.workflow_id = $2)
        AND ($3 = 'all' OR ($3 = 'blocked' AND h.blocked) OR ($3 = 'paused' AND p.since IS NOT NULL))
        AND ($4::uuid IS NULL OR (l.trigger_id, l.key) > ($4, $5))
      ORDER BY l.trigger_id, l.key LIMIT $6`,
    values: [workspaceId, workflowId, state, after?.triggerId ?? null, after?.key ?? null, limit],
  });
  return rows;
}

export interface LaneName {
  readonly workspaceId: string;
  readonly triggerId: string;
  readonly key: string;
}

/** What is going on goes on; what comes next waits. @returns false when it is paused already, null without such a trigger */
export async function pauseLane(sql: Queryable, { workspaceId, triggerId, key }: LaneName): Promise<boolean | null> {
  const { rows } = await sql.query<{ changed: boolean }>(
    `WITH found AS (SELECT id FROM trigger WHERE workspace_id = $1 AND id = $2), paused AS (
       INSERT INTO lane_pause (trigger_id, key, workspace_id) SELECT id, $3, $1 FROM found ON CONFLICT DO NOTHING
       RETURNING key
     ) SELECT EXISTS (SELECT FROM paused) AS changed FROM found`,
    [workspaceId, triggerId, key],
  );
  return rows[0]?.changed ?? null;
}

/** Let in with {@link letLanesIn} afterwards. @returns false when it was not paused */
export async function resumeLane(sql: Queryable, { workspaceId, triggerId, key }: LaneName): Promise<boolean> {
  const { rowCount } = await sql.query(
    'DELETE FROM lane_pause WHERE workspace_id = $1 AND trigger_id = $2 AND key = $3',
    [workspaceId, triggerId, key],
  );
  return (rowCount ?? 0) > 0;
}

/**
 * Takes a run that blocks its lane out of it, for those behind to go on; the run stays as it is. Let in with {@link letLanesIn}
 * afterwards.
 *
 * @param runId the one that the person saw: another that blocks by now is not meant
 * @returns null when that run does not block the lane
 */
export async function skipInLane(sql: Queryable, lane: LaneName, runId: string): Promise<true | null> {
  const { rowCount } = await sql.query(
    `DELETE FROM lane_run l USING run r
     WHERE l.workspace_id = $1 AND l.trigger_id = $2 AND l.key = $3 AND l.run_id = $4 AND r.id = l.run_id
       AND (l.state = 'failed' OR (l.state = 'going' AND r.status = 'blocked'))`,
    [lane.workspaceId, lane.triggerId, lane.key, runId],
  );
  return rowCount === 1 ? true : null;
}

export interface LaneFigures {
  /** Lanes that a failed or blocked run holds up. */
  readonly blocked: number;
  readonly oldestBlockedSeconds: number;
  /** Runs that wait in lanes. */
  readonly waiting: number;
}

export async function laneFigures(sql: Queryable): Promise<LaneFigures> {
  const { rows } = await sql.query<{ [K in keyof LaneFigures]: LaneFigures[K] }>({
    name: 'lane-figures',
    text: `
      SELECT count(DISTINCT (l.trigger_id, l.key))::int AS blocked,
        coalesce(extract(epoch FROM now() - min(coalesce(i.since, l.since))), 0)::float8 AS "oldestBlockedSeconds",
        (SELECT count(*)::int FROM lane_run WHERE state = 'waiting') AS waiting
      FROM lane_run l JOIN run r ON r.id = l.run_id
      LEFT JOIN LATERAL (
        SELECT min(opened_at) AS since FROM incident n WHERE l.state = 'going' AND n.run_id = l.run_id AND n.resolved_at IS NULL
      ) i ON true
      WHERE l.state <> 'waiting' AND l.blocks AND (l.state = 'failed' OR r.status = 'blocked')`,
    values: [],
  });
  return rows[0] ?? { blocked: 0, oldestBlockedSeconds: 0, waiting: 0 };
}
