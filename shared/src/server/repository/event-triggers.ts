/**
 * Events of their own: stored once, they start the runs of every live event trigger that they match, and wake the waits.
 *
 * Leaves out: collecting many callers into one commit, doorbells (after commit).
 */
import type { SeenEvent } from '../../event/filter/index.js';
import { Budget } from '../../event/pattern/index.js';
import type { Queryable } from '../db/index.js';
import { uuidv7 } from '../ids.js';
import { metrics } from '../telemetry/index.js';
import { insertEventsAndRuns } from './ingest.js';
import type { EventStart, IngestAnswer, IngestEvent } from './ingest.js';
import { liveEventTriggers } from './live-triggers-index.js';
import type { WorkspaceTriggers } from './live-triggers-index.js';
import type { LiveTrigger } from './live-triggers.js';
import { shardOf } from './shard.js';

export interface EventRequest {
  readonly workspaceId: string;
  readonly event: IngestEvent;
}

export interface EventAnswer {
  readonly position: number;
  readonly duplicate: boolean;
  /** False when a known event id came with other content. */
  readonly sameContent: boolean;
  /** Runs that it started, now or when it came first. */
  readonly runs: readonly { readonly runId: string; readonly shard: number; readonly duplicate: boolean }[];
  /** Runs with a wait that it may be for; ring the doorbells of their shards. */
  readonly woken: IngestAnswer['woken'];
}

/**
 * Stores events and starts what they trigger, in one commit.
 *
 * @returns one answer per request, in order
 */
export async function insertEvents(
  sql: Queryable,
  requests: readonly EventRequest[],
  shards: number,
): Promise<EventAnswer[]> {
  const matched = await withEventTriggers(sql, requests, shards);
  const batch = matched.flatMap(({ request, starts }): (EventStart | EventRequest)[] =>
    starts.length === 0 ? [request] : [...starts],
  );
  const answers = await insertEventsAndRuns(sql, batch);
  let next = 0;
  return matched.map(({ starts }) => {
    const own = answers.slice(next, (next += Math.max(1, starts.length)));
    const [first] = own;
    if (first === undefined) throw new Error('Ingest gave no answer; this is a bug.');
    return {
      position: first.position,
      duplicate: first.duplicate,
      sameContent: first.sameContent,
      runs: own.flatMap(({ runId, duplicate }) =>
        runId === null ? [] : [{ runId, duplicate, shard: shardOf(runId, shards) }],
      ),
      woken: own.flatMap(({ woken }) => woken),
    };
  });
}

/** The runs that events start, where they are new, besides those that they were sent to. */
export async function withEventTriggers<R extends EventRequest>(
  sql: Queryable,
  requests: readonly R[],
  shards: number,
): Promise<{ readonly request: R; readonly starts: readonly EventStart[] }[]> {
  const live = await liveEventTriggers(sql, [...new Set(requests.map((each) => each.workspaceId))]);
  return requests.map((request) => ({
    request,
    starts: triggersFor(request.event, live.get(request.workspaceId)).map(
      ({ workspaceId, workflowId, versionId, triggerId, triggerNode }): EventStart => {
        const runId = uuidv7();
        const target = { workspaceId, workflowId, versionId, triggerId, triggerNode };
        return { ...target, runId, shard: shardOf(runId, shards), event: request.event, onlyIfNew: true };
      },
    ),
  }));
}

function triggersFor(event: IngestEvent, live: WorkspaceTriggers | undefined): LiveTrigger[] {
  if (live === undefined || live.size === 0) return [];
  const begun = performance.now();
  const budget = new Budget();
  const found = live.match(seenEvent(event), budget);
  metrics.filterSeconds.observe((performance.now() - begun) / 1000);
  if (found.length > 0) metrics.filterMatches.inc(found.length);
  if (budget.isSpent) metrics.filterExhausted.inc();
  return found;
}

/** An event as filters see it. */
export function seenEvent({ eventId: id, source, type, subject, time, data, headers }: IngestEvent): SeenEvent {
  return { id, source, type, subject, time, data, headers };
}
