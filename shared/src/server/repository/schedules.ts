/**
 * Schedules: each instant of each live schedule trigger starts one run, however many workers look.
 *
 * 1. A due schedule is one locked row; others skip it. Its firings and its next instant are committed together.
 * 2. The instant is the event's id, so that not even a restored or doubled row fires an instant twice.
 */
import type { Json } from '../../kernel/index.js';
import type { TriggerSettings } from '../../saga/index.js';
import type { Database, Queryable } from '../db/index.js';
import { sha256, uuidv7 } from '../ids.js';
import { firingsUntil, nextInstant } from '../schedule/instants.js';
import { insertEventsAndRuns } from './ingest.js';
import type { IngestRequest } from './ingest.js';
import type { Woken } from './run-signal.js';
import { shardOf } from './shard.js';

interface ScheduleRow {
  readonly triggerId: string;
  readonly workspaceId: string;
  readonly workflowId: string;
  readonly versionId: string;
  readonly triggerNode: string;
  readonly settings: TriggerSettings;
  /** Milliseconds since 1970. */
  readonly due: number | null;
  readonly now: number;
}

const LIVE = `
  t.id AS "triggerId", t.workspace_id AS "workspaceId", t.workflow_id AS "workflowId", t.version_id AS "versionId",
  t.node_id AS "triggerNode", v.definition -> 'triggers' -> t.node_id -> 'settings' AS settings,
  (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now
`;

/**
 * Puts up the schedules of versions that went live since the last look, and takes down those that did not stay. A changed
 * schedule counts from now. Call it now and then.
 */
export async function tendSchedules(sql: Queryable): Promise<void> {
  await sql.query({
    name: 'schedules-take-down',
    text: `DELETE FROM schedule s USING trigger t
           WHERE t.id = s.trigger_id AND (t.version_id IS NULL OR t.kind <> 'trigger.schedule')`,
    values: [],
  });
  const { rows } = await sql.query<ScheduleRow>({
    name: 'schedules-new',
    text: `
      SELECT ${LIVE}, NULL::float8 AS due, old.settings AS former
      FROM trigger t JOIN workflow_version v ON v.id = t.version_id
      LEFT JOIN schedule s ON s.trigger_id = t.id
      LEFT JOIN LATERAL (
        SELECT o.definition -> 'triggers' -> t.node_id -> 'settings' AS settings FROM workflow_version o WHERE o.id = s.version_id
      ) old ON true
      WHERE t.kind = 'trigger.schedule' AND t.version_id IS NOT NULL AND s.version_id IS DISTINCT FROM t.version_id`,
    values: [],
  });
  for (const { triggerId, versionId, settings, now, former } of rows as (ScheduleRow & { former: Json | null })[]) {
    if (settings.kind !== 'trigger.schedule') continue;
    const unchanged = former !== null && JSON.stringify(former) === JSON.stringify(settings);
    const next = nextInstant(settings.schedule, now);
    await sql.query({
      name: 'schedules-put-up',
      text: `
        INSERT INTO schedule (trigger_id, version_id, next_at) VALUES ($1, $2, to_timestamp($3::float8 / 1000))
        ON CONFLICT (trigger_id) DO UPDATE SET version_id = excluded.version_id,
          next_at = CASE WHEN $4 THEN schedule.next_at ELSE excluded.next_at END`,
      values: [triggerId, versionId, next, unchanged],
    });
  }
}

/**
 * Fires what is due. Any number of workers may do so at once.
 *
 * @returns the runs started
 */
export async function fireSchedules(
  database: Pick<Database, 'transaction'>,
  shards: number,
  limit = 100,
): Promise<Woken[]> {
  return await database.transaction(async (sql) => {
    const { rows } = await sql.query<ScheduleRow>({
      name: 'schedules-due',
      text: `
        SELECT ${LIVE}, (extract(epoch FROM s.next_at) * 1000)::float8 AS due
        FROM schedule s JOIN trigger t ON t.id = s.trigger_id JOIN workflow_version v ON v.id = t.version_id
        WHERE s.next_at <= now() AND t.kind = 'trigger.schedule' AND s.version_id = t.version_id
        ORDER BY s.next_at LIMIT $1 FOR UPDATE OF s SKIP LOCKED`,
      values: [limit],
    });
    const requests: IngestRequest[] = [];
    for (const row of rows) {
      if (row.settings.kind !== 'trigger.schedule' || row.due === null) continue;
      const { schedule, catchUp } = row.settings;
      const { instants, next } = firingsUntil(schedule, catchUp, row.due, row.now);
      requests.push(...instants.map((instant) => firing(row, instant, shards)));
      await sql.query({
        name: 'schedules-next',
        text: 'UPDATE schedule SET next_at = to_timestamp($2::float8 / 1000) WHERE trigger_id = $1',
        values: [row.triggerId, next],
      });
    }
    if (requests.length === 0) return [];
    const answers = await insertEventsAndRuns(sql, requests);
    return requests.flatMap(({ runId, shard = 0 }, index) =>
      answers[index]?.duplicate === false ? [{ runId, shard, owned: false }] : [],
    );
  });
}

function firing(row: ScheduleRow, instant: number, shards: number): IngestRequest {
  const { workspaceId, workflowId, versionId, triggerId, triggerNode } = row;
  const scheduledFor = new Date(instant).toISOString();
  const data = { scheduledFor };
  const raw = Buffer.from(JSON.stringify(data));
  const runId = uuidv7();
  return {
    ...{ runId, workspaceId, workflowId, versionId, triggerId, triggerNode, shard: shardOf(runId, shards) },
    event: {
      source: `/triggers/${triggerId}`,
      eventId: scheduledFor,
      type: 'schedule.fired',
      subject: null,
      time: scheduledFor,
      contentHash: sha256(raw),
      contentType: 'application/json',
      raw,
      data,
      headers: {},
      receipt: null,
    },
  };
}

/** When a live schedule trigger fires next; null = never, or not live. */
export async function nextFiring(sql: Queryable, triggerId: string): Promise<Date | null> {
  const { rows } = await sql.query<{ next: Date | null }>(
    'SELECT next_at AS next FROM schedule WHERE trigger_id = $1',
    [triggerId],
  );
  return rows[0]?.next ?? null;
}
