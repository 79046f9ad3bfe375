/**
 * Events of their own: stored once, they start the runs of every live event trigger that they match, and wake the waits.
 *
 * Leaves out: collecting many callers into one commit, doorbells (after commit).
 */
import { orderKey } from '../../event/lane.js';
import { Budget } from '../../event/pattern/index.js';
import type { EventOrder } from '../../graph/index.js';
import type { Queryable } from '../db/index.js';
import { uuidv7 } from '../ids.js';
import { metrics } from '../telemetry/index.js';
import { insertEventsAndRuns } from './ingest.js';
import type { AnyRequest, EventStart, GivenEvent, IngestAnswer, IngestEvent, PlainRequest } from './ingest.js';
import type { LanePlace } from './lanes.js';
import { liveEventTriggers } from './live-triggers-index.js';
import type { WorkspaceTriggers } from './live-triggers-index.js';
import type { LiveTrigger } from './live-triggers.js';
import { castLetter, givenAs, latestAt, screenedStarts } from './screened-starts.js';
import { countViolation, screenEvents } from './screening.js';
import type { Screening } from './screening.js';
import { seenEvent } from './seen-event.js';
import { shardOf } from './shard.js';
import { castsForWaits } from './wait-casts.js';
import type { WaitCasts } from './wait-casts.js';

export interface EventRequest extends PlainRequest {
  /** The webhook trigger that it was sent to, whose run it starts whatever it matches besides. */
  readonly addressed?: Addressed;
}

/** A trigger that takes events of many types, as far as it says how its runs get them. */
export interface Addressed {
  /** When its version was published: it knows the schemas of then. */
  readonly publishedAt: Date;
  readonly order: EventOrder | null;
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
  /** What its schema says of it; null = its type has none. */
  readonly screening: Screening | null;
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
  const batches = matched.map(({ request, starts, letters }): AnyRequest[] =>
    starts.length + letters.length === 0 ? [request] : [...starts, ...letters],
  );
  const answers = await insertEventsAndRuns(sql, batches.flat());
  let next = 0;
  return matched.map(({ screening }, index) => {
    const own = answers.slice(next, (next += batches[index]?.length ?? 0));
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
      screening,
    };
  });
}

/** What becomes of an event besides the run that it was sent to. */
export interface Matched<R extends EventRequest> {
  /** As it is to be stored: what its schema says is in its receipt. An event that is held starts nothing. */
  readonly request: R | PlainRequest;
  /** The runs that it starts, where it is new. */
  readonly starts: readonly EventStart[];
  /** The event once more for each trigger that it cannot be cast for, with the dead letter that says so. */
  readonly letters: readonly PlainRequest[];
  /** Null = its type has no schema. */
  readonly screening: Screening | null;
}

/** The runs that events start, where they are new, besides those that they were sent to. */
export async function withEventTriggers<R extends EventRequest>(
  sql: Queryable,
  requests: readonly R[],
  shards: number,
): Promise<Matched<R>[]> {
  const live = await liveEventTriggers(sql, [...new Set(requests.map((each) => each.workspaceId))]);
  const screenings = await screenEvents(sql, requests);
  const waiting = await castsForWaits(
    sql,
    requests.map(({ workspaceId }, index) => ({ workspaceId, screening: screenings[index] ?? null })),
  );
  return requests.map((request, index): Matched<R> => {
    const screening = screenings[index] ?? null;
    const triggers = live.get(request.workspaceId);
    if (screening === null) {
      const starts = triggersFor(request.event, triggers).map((trigger) =>
        startOf(trigger, request.event, null, shards),
      );
      const lane = laneOf(request.addressed?.order, request.event);
      return { request: { ...request, ...lane }, starts, letters: [], screening };
    }
    countViolation(screening);
    const { letter } = screening;
    const { workspaceId } = request;
    const event = screening.event;
    if (letter !== null) {
      const triggerId = 'triggerId' in request ? String(request.triggerId) : null;
      return { request: { workspaceId, event, letter: { ...letter, triggerId } }, starts: [], letters: [], screening };
    }
    const found =
      triggers === undefined
        ? { starts: [], letters: [] }
        : screenedStarts(screening, triggers, (seen) => triggersFor(seen, triggers));
    const { casts, letters } = waiting[index] ?? NO_CASTS;
    const compared = casts.length === 0 ? {} : { casts };
    const others = [...found.letters, ...letters];
    const sent = sentTo(request, screening);
    const uncast = others.length + (sent.letter === undefined ? 0 : 1);
    if (uncast > 0) metrics.deadLetters.inc({ reason: 'upcast' }, uncast);
    return {
      request: { ...sent, ...compared },
      starts: found.starts.map(({ trigger, given: seen }) => ({
        ...startOf(trigger, event, seen, shards),
        ...compared,
      })),
      letters: others.map((each) => ({ workspaceId, event, letter: each, ...compared })),
      screening,
    };
  });
}

const NO_CASTS: WaitCasts = { casts: [], letters: [] };

/** The request as its own trigger knows the event: it starts no run when the event cannot be cast to that. */
function sentTo<R extends EventRequest>(request: R, { event, version, versions, castTo }: Screening): R | PlainRequest {
  const { addressed, workspaceId } = request;
  const wanted = addressed === undefined || version === null ? version : latestAt(versions, addressed.publishedAt);
  const cast = wanted === null ? { ok: true as const, data: event.data } : castTo(wanted);
  if (!cast.ok) {
    const triggerId = 'triggerId' in request ? String(request.triggerId) : '';
    return { workspaceId, event, letter: castLetter(triggerId, wanted ?? 0, cast) };
  }
  const given = 'runId' in request ? givenAs(event, wanted ?? version, version, cast.data) : null;
  const lane = laneOf(addressed?.order, { ...event, data: cast.data });
  return { ...request, event, ...lane, ...(given === null ? {} : { given }) };
}

function startOf(
  { workspaceId, workflowId, versionId, triggerId, triggerNode, settings }: LiveTrigger,
  event: IngestEvent,
  given: GivenEvent | null,
  shards: number,
): EventStart {
  const runId = uuidv7();
  const target = { workspaceId, workflowId, versionId, triggerId, triggerNode };
  const start = { ...target, runId, shard: shardOf(runId, shards), event, onlyIfNew: true } as const;
  // The path of the key is of the version that the trigger knows.
  const lane = settings.kind === 'trigger.event' ? laneOf(settings.order, { ...event, ...given }) : {};
  return { ...start, ...lane, ...(given === null ? {} : { given }) };
}

/** Where the run of an event stands, as part of a request; nothing where its trigger asks for no order, or the event has no key. */
export function laneOf(
  order: EventOrder | null | undefined,
  event: Parameters<typeof seenEvent>[0],
): { readonly lane?: LanePlace } {
  const key = order == null ? null : orderKey(order.by, seenEvent(event));
  return order == null || key === null ? {} : { lane: { key, blocks: order.onFailure === 'block' } };
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
