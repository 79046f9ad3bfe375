/**
 * Runs of events that were stored before: what a replay starts, and what is started once more after a dead letter.
 *
 * One run per (trigger, event, replay), however often it is asked for. Leaves out: ringing the doorbells (after commit).
 */
import type { Queryable } from '../db/index.js';
import { firstEntry } from './first-entry.js';
import type { FirstEntry } from './first-entry.js';
import type { LanePlace } from './lanes.js';
import { keysJson } from './run-keys.js';
import { payloadValues, STORE_PAYLOADS } from './payload.js';

export interface StoredStart extends FirstEntry {
  readonly workflowId: string;
  readonly versionId: string;
  readonly triggerId: string;
  readonly shard: number;
  /** Of the event. */
  readonly position: number;
  /** Null = it counts as the run that the event starts when it comes. */
  readonly replayId: string | null;
  /** It goes one after another with others of the trigger and the key (S32), in the order of the positions. */
  readonly lane?: LanePlace;
}

/** @returns ids of the runs that were started; the others were there already */
export async function startRunsOfStoredEvents(sql: Queryable, starts: readonly StoredStart[]): Promise<Set<string>> {
  if (starts.length === 0) return new Set();
  const entries = starts.map(firstEntry);
  const { rows } = await sql.query<{ id: string }>({
    name: 'stored-starts',
    text: `
      WITH input AS (
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[], $7::uuid[],
          $8::smallint[], $9::json[], $10::text[], $14::text[], $15::bool[], $16::json[])
          AS i (id, workspace_id, workflow_id, version_id, trigger_id, position, replay_id, shard, entry, payloads, lane, lane_blocks, keys)
      ), locked AS MATERIALIZED (
        SELECT lock_lanes(ARRAY(SELECT DISTINCT trigger_id || ' ' || lane FROM input WHERE lane IS NOT NULL)) AS done
      ), placed AS MATERIALIZED (
        SELECT i.*, row_number() OVER (PARTITION BY i.trigger_id, i.lane ORDER BY i.position) AS nth FROM locked CROSS JOIN input i
      ), started AS (
        INSERT INTO run (
          id, workspace_id, workflow_id, version_id, trigger_id, event_position, replay_id, shard, priority, runnable_at, next_seq
        )
        SELECT i.id, i.workspace_id, i.workflow_id, i.version_id, i.trigger_id, i.position, i.replay_id, i.shard, w.priority,
          CASE WHEN i.lane IS NULL OR (i.nth = 1 AND lane_is_free(i.trigger_id, i.lane)) THEN now() END, 2
        FROM placed i JOIN workflow w ON w.id = i.workflow_id ORDER BY i.trigger_id, i.position
        ON CONFLICT (trigger_id, event_position, replay_id) DO NOTHING
        RETURNING id, runnable_at
      ), laned AS (
        INSERT INTO lane_run (run_id, workspace_id, workflow_id, trigger_id, key, position, blocks, state)
        SELECT s.id, i.workspace_id, i.workflow_id, i.trigger_id, i.lane, i.position, i.lane_blocks,
          CASE WHEN s.runnable_at IS NULL THEN 'waiting' ELSE 'going' END
        FROM started s JOIN input i ON i.id = s.id WHERE i.lane IS NOT NULL
      ), found_by AS (
        INSERT INTO run_key (workspace_id, key, run_id)
        SELECT i.workspace_id, k.key, s.id
        FROM started s JOIN input i ON i.id = s.id CROSS JOIN LATERAL json_array_elements_text(i.keys) AS k (key)
      ), large AS (${STORE_PAYLOADS('$11', '$12', '$13')}
      ), first_entry AS (
        INSERT INTO journal (run_id, seq, epoch, at, type, body, payloads)
        SELECT i.id, 1, 0, date_trunc('milliseconds', now()), 'run.started', i.entry, string_to_array(i.payloads, ',')
        FROM started s JOIN input i ON i.id = s.id
      )
      SELECT id FROM started`,
    values: [
      starts.map((each) => each.runId),
      starts.map((each) => each.workspaceId),
      starts.map((each) => each.workflowId),
      starts.map((each) => each.versionId),
      starts.map((each) => each.triggerId),
      starts.map((each) => each.position),
      starts.map((each) => each.replayId),
      starts.map((each) => each.shard),
      entries.map(({ body }) => body),
      entries.map(({ payloads }) => (payloads.length ? payloads.map(({ hash }) => hash).join(',') : null)),
      ...payloadValues(entries.flatMap(({ payloads }) => payloads)),
      starts.map(({ lane }) => lane?.key ?? null),
      starts.map(({ lane }) => lane?.blocks ?? null),
      entries.map(({ keys }) => keysJson(keys)),
    ],
  });
  return new Set(rows.map(({ id }) => id));
}
