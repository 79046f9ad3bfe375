/**
 * Failure triggers: runs that begin because another run went wrong.
 *
 * They are started in the transaction that records the trouble, so each trouble starts each of them once. Neither a run that
 * a failure trigger started nor what it calls starts another: trouble in the helper must not call for help without end.
 */
import type { Failure, JsonObject } from '../../kernel/index.js';
import { isJsonObject } from '../../kernel/index.js';
import type { RunOutcome, TriggerSettings } from '../../saga/index.js';
import type { Queryable } from '../db/index.js';
import { sha256, uuidv7 } from '../ids.js';
import { insertEventsAndRuns } from './ingest.js';
import type { IngestRequest } from './ingest.js';
import { liveTriggers } from './live-triggers.js';
import type { Woken } from './run-signal.js';
import { shardOf } from './shard.js';

export interface Trouble {
  readonly run: string;
  readonly workspaceId: string;
  readonly workflowId: string;
  /** How it ended, or that it stands still in front of a person. */
  readonly status: RunOutcome | 'blocked';
  readonly failure: Failure | null;
  /** Position of the journal at which it happened; one trouble is one event. */
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Type of the event that tells of a run's trouble: `run.failed`, `run.compensated` or `run.blocked`. */
const typeOf = (trouble: Trouble): string => `run.${trouble.status}`;

/** @returns the runs started */
export async function startFailureRuns(sql: Queryable, troubles: readonly Trouble[], shards: number): Promise<Woken[]> {
  if (troubles.length === 0) return [];
  const triggers = await liveTriggers(sql, 'trigger.failure', [...new Set(troubles.map((each) => each.workspaceId))]);
  const requests = troubles.flatMap((trouble) =>
    triggers
      .filter(
        (trigger) =>
          trigger.workspaceId === trouble.workspaceId && means(trigger.settings, trigger.workflowId, trouble),
      )
      .map((trigger): IngestRequest => {
        const runId = uuidv7();
        const { workspaceId, workflowId, versionId, triggerId, triggerNode } = trigger;
        const target = { workspaceId, workflowId, versionId, triggerId, triggerNode };
        return { ...target, runId, shard: shardOf(runId, shards), event: eventOf(trouble) };
      }),
  );
  const helpers =
    requests.length === 0
      ? new Set()
      : await helpersAmong(
          sql,
          requests.map(({ event }) => event.subject),
        );
  const wanted = requests.filter(({ event }) => !helpers.has(event.subject));
  if (wanted.length === 0) return [];
  const answers = await insertEventsAndRuns(sql, wanted);
  return wanted.flatMap(({ runId, shard = 0 }, index) =>
    answers[index]?.duplicate === false ? [{ runId, shard, owned: false }] : [],
  );
}

/** Runs that a failure trigger has started, by itself or through calls. */
async function helpersAmong(sql: Queryable, runs: readonly (string | null)[]): Promise<Set<string | null>> {
  const { rows } = await sql.query<{ run: string }>({
    name: 'failure-helpers',
    text: `
      WITH RECURSIVE line AS (
        SELECT r.id AS run, r.parent_run_id, r.trigger_id FROM run r WHERE r.id = ANY($1::uuid[])
        UNION
        SELECT l.run, p.parent_run_id, p.trigger_id FROM line l JOIN run p ON p.id = l.parent_run_id
      )
      SELECT DISTINCT l.run FROM line l JOIN trigger t ON t.id = l.trigger_id WHERE t.kind = 'trigger.failure'`,
    values: [runs],
  });
  return new Set(rows.map(({ run }) => run));
}

function means(settings: TriggerSettings, own: string, trouble: Trouble): boolean {
  if (settings.kind !== 'trigger.failure') return false;
  return settings.workflows.length === 0 ? own !== trouble.workflowId : settings.workflows.includes(trouble.workflowId);
}

function eventOf(trouble: Trouble): IngestRequest['event'] {
  const { run, workflowId, status, failure, seq, at } = trouble;
  const data: JsonObject = { run, workflow: workflowId, status, failure: failure === null ? null : plain(failure) };
  const raw = Buffer.from(JSON.stringify(data));
  return {
    source: `/runs/${run}`,
    eventId: `${status}:${seq}`,
    type: typeOf(trouble),
    subject: run,
    time: new Date(at).toISOString(),
    contentHash: sha256(raw),
    contentType: 'application/json',
    raw,
    data,
    headers: {},
    receipt: null,
  };
}

function plain(failure: Failure): JsonObject {
  const copy: unknown = JSON.parse(JSON.stringify(failure));
  return isJsonObject(copy as JsonObject) ? (copy as JsonObject) : {};
}
