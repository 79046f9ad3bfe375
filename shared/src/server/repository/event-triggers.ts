/**
 * Events of their own: stored once, they start the runs of every live event trigger that they match, and wake the waits.
 *
 * Leaves out: collecting many callers into one commit, doorbells (after commit).
 */
import type { Json } from '../../kernel/index.js';
import { eventFields, matchesFields, matchesPattern, parsePattern } from '../../event/pattern/index.js';
import type { EventFields, EventPattern } from '../../event/pattern/index.js';
import type { Queryable } from '../db/index.js';
import { uuidv7 } from '../ids.js';
import { insertEventsAndRuns } from './ingest.js';
import type { EventStart, IngestAnswer, IngestEvent } from './ingest.js';
import { liveTriggers } from './live-triggers.js';
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
  const triggers = await liveTriggers(sql, 'trigger.event', [...new Set(requests.map((each) => each.workspaceId))]);
  return requests.map((request) => ({
    request,
    starts: triggersFor(
      request.event,
      triggers.filter(({ workspaceId }) => workspaceId === request.workspaceId),
    ).map(({ workspaceId, workflowId, versionId, triggerId, triggerNode }): EventStart => {
      const runId = uuidv7();
      const target = { workspaceId, workflowId, versionId, triggerId, triggerNode };
      return { ...target, runId, shard: shardOf(runId, shards), event: request.event, onlyIfNew: true };
    }),
  }));
}

/** Those of the triggers that an event matches. The event is taken apart once, each filter read once per version. */
export function triggersFor(
  { eventId: id, source, type, subject, time, data, headers }: IngestEvent,
  triggers: readonly LiveTrigger[],
): LiveTrigger[] {
  let fields: EventFields | null = null;
  return triggers.filter((trigger) => {
    const { settings } = trigger;
    if (settings.kind !== 'trigger.event') return false;
    const { type: wanted, filter } = settings.event;
    if (wanted !== '*' && wanted !== type) return false;
    if (filter === undefined || filter === null) return true;
    const pattern = patternOf(trigger, filter);
    if (pattern === null) return false;
    fields ??= eventFields({ id, source, type, subject, time, data, headers });
    return matchesFields(pattern, fields);
  });
}

const MOST_PATTERNS = 5000;
/** What versions say never changes, so neither does their pattern; null = it cannot be read and lets nothing pass. */
const patterns = new Map<string, EventPattern | null>();

function patternOf({ versionId, triggerNode }: LiveTrigger, filter: Json): EventPattern | null {
  const key = `${versionId} ${triggerNode}`;
  const known = patterns.get(key);
  if (known !== undefined) return known;
  const parsed = parsePattern(filter);
  const pattern = parsed.ok ? parsed.pattern : null;
  if (patterns.size >= MOST_PATTERNS) patterns.clear();
  patterns.set(key, pattern);
  return pattern;
}

/** An event as content patterns see it. */
export interface SeenEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string | null;
  readonly time: string;
  readonly data: Json;
  readonly headers: Readonly<Record<string, string>>;
}

/** Whether an event passes a content pattern; a pattern that cannot be read lets nothing pass. */
export function passesFilter(filter: Json, event: SeenEvent): boolean {
  if (filter === null) return true;
  const parsed = parsePattern(filter);
  return parsed.ok && matchesPattern(parsed.pattern, { ...event });
}
