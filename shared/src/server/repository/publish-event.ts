/**
 * Events that runs publish: stored once per key, starting what listens, in one transaction with what is known of their cause.
 *
 * The key of the attempt is the event's id and the workflow its source, so that the same deduplication as at the door makes
 * a repeated attempt, a crash after the commit, or two workers at once find the event that is there (S4). Only the run's
 * owner publishes: a worker that has lost it would speak for a run that may be over.
 */
import { err, failure, ok } from '../../kernel/index.js';
import type { Failure, Json, Result } from '../../kernel/index.js';
import { untilNoConflict } from '../db/index.js';
import type { Database, Queryable } from '../db/index.js';
import { sha256, uuidv7 } from '../ids.js';
import { currentTraceHeaders, metrics } from '../telemetry/index.js';
import { causeOf, eventsOfChain, loopReason, recordCause } from './event-cause.js';
import type { Cause, LoopBounds } from './event-cause.js';
import { insertDeadLetters } from './dead-letters.js';
import type { DeadLetterOfEvent } from './dead-letters.js';
import { insertEventsAndRuns } from './ingest.js';
import type { EventStart, IngestEvent } from './ingest.js';
import { withEventTriggers } from './event-triggers.js';
import type { Woken } from './run-signal.js';

export interface Publication {
  readonly workspaceId: string;
  readonly workflowId: string;
  readonly run: string;
  /** Who has the run: nobody else may publish for it. */
  readonly by: { readonly incarnation: string; readonly epoch: number };
  /** Stable over attempts. */
  readonly key: string;
  readonly type: string;
  readonly subject: string | null;
  readonly data: Json;
  readonly partitionKey: string | null;
  /** The one workflow that it may start; null = any. */
  readonly receiver: string | null;
  /** The event that started the run: its id, and the hops that it says it has behind it. */
  readonly cause: { readonly id: string; readonly hops: number };
}

export interface Published {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly position: number;
  /** Runs that it started, now or when it was first published. */
  readonly runs: readonly string[];
  /** Runs to ring for. */
  readonly woken: readonly Woken[];
}

/** The source of all events that a workflow publishes. */
export const sourceOf = (workflowId: string): string => `/workflows/${workflowId}`;

/**
 * Publishes an event, or finds the one that an earlier attempt published. Ring the doorbells afterwards.
 *
 * @returns a failure with code `emit.no-trigger` (nothing of the one receiver listens for it) or `emit.fenced`
 */
export async function publishEvent(
  database: Pick<Database, 'transaction'>,
  publication: Publication,
  bounds: LoopBounds,
  shards: number,
): Promise<Result<Published, Failure>> {
  const publish = () => database.transaction((sql) => store(sql, publication, bounds, shards));
  // The runs that an event wakes are known only when it is stored: two events may meet in a circle, and one is given up.
  return await untilNoConflict(publish).catch((error: unknown) => {
    if (error instanceof Fenced) return err(FENCED);
    throw error;
  });
}

/** The run was taken over while its event was being stored: nothing of that may stay. */
class Fenced extends Error {}

const FENCED = failure('operational', 'emit.fenced', 'Another worker has the run by now; it publishes the event.');

async function store(
  sql: Queryable,
  publication: Publication,
  bounds: LoopBounds,
  shards: number,
): Promise<Result<Published, Failure>> {
  const event = eventOf(publication);
  if (!(await holdsRun(sql, publication, false))) return err(FENCED);
  const { workspaceId, workflowId, run, receiver } = publication;
  const cause = await causeOf(sql, run, publication.cause.hops);
  const asked = { workspaceId, event: withHops(event, cause.hops) };
  const [matched] = await withEventTriggers(sql, [asked], shards);
  if (matched === undefined) throw new Error('Matching gave no answer; this is a bug.');
  const { request, letters, screening } = matched;
  const starts = matched.starts.filter((start) => receiver === null || start.workflowId === receiver);
  // An event that is held for its schema is a dead letter; who sends that again decides what it starts.
  if (receiver !== null && starts.length === 0 && (screening?.letter ?? null) === null) {
    const message = `No live event trigger of workflow ${receiver} matches "${event.type}"; publish one there, or send the event to whoever listens.`;
    metrics.emittedEvents.inc({ result: 'refused' });
    return err(failure('user', 'emit.no-trigger', message));
  }
  const soFar = cause.hops > 1 ? await eventsOfChain(sql, cause.root) : 0;
  const reasons = new Map(starts.map((start) => [start, loopReason(cause, soFar, start.workflowId, bounds)]));
  const allowed = starts.filter((start) => reasons.get(start) === null);
  const stopped = starts.flatMap((start) => {
    const reason = reasons.get(start);
    return reason == null ? [] : [{ start, reason }];
  });
  const own = [...allowed, ...letters];
  const answers = await insertEventsAndRuns(sql, own.length > 0 ? own : [request]);
  const [first] = answers;
  if (first === undefined) throw new Error('Publishing gave no answer; this is a bug.');
  // Behind the runs that the event wakes, among which it may be itself: two that held it before would wait for each other.
  if (!(await holdsRun(sql, publication, true))) throw new Fenced();
  if (!first.duplicate) {
    await insertDeadLetters(
      sql,
      stopped.map(({ start, reason }) => letterOf(start, first.position, cause, reason)),
    );
    await recordCause(sql, { workspaceId, position: first.position, runId: run }, cause);
  }
  metrics.emittedEvents.inc({
    result: first.duplicate ? 'duplicate' : stopped.length > 0 ? 'loop-stopped' : 'accepted',
  });
  const started = allowed.flatMap(({ runId, shard = 0 }, index) =>
    answers[index]?.duplicate === false ? [{ runId, shard, owned: false }] : [],
  );
  return ok({
    id: event.eventId,
    source: sourceOf(workflowId),
    type: event.type,
    position: first.position,
    runs: answers.flatMap(({ runId }) => (runId === null ? [] : [runId])),
    woken: [...answers.flatMap(({ woken }) => woken), ...started],
  });
}

/** Whether the run is still the publisher's. @param keep it cannot be taken over, or end, until the transaction is over */
async function holdsRun(sql: Queryable, { run, by }: Publication, keep: boolean): Promise<boolean> {
  const { rows } = await sql.query({
    name: keep ? 'publish-fence' : 'publish-check',
    text: `SELECT FROM run WHERE id = $1 AND owner = $2 AND epoch = $3 ${keep ? 'FOR SHARE' : ''}`,
    values: [run, by.incarnation, by.epoch],
  });
  return rows.length === 1;
}

function eventOf({ workflowId, run, key, type, subject, data, partitionKey, cause }: Publication): IngestEvent {
  const raw = Buffer.from(JSON.stringify(data));
  return {
    source: sourceOf(workflowId),
    eventId: key,
    type,
    subject,
    time: new Date().toISOString(),
    contentHash: sha256(raw),
    contentType: 'application/json',
    raw,
    data,
    headers: {
      ...currentTraceHeaders(),
      'ce-causationid': cause.id,
      'ce-runid': run,
      ...(partitionKey === null ? {} : { 'ce-partitionkey': partitionKey }),
    },
    receipt: null,
  };
}

const withHops = (event: IngestEvent, hops: number): IngestEvent => ({
  ...event,
  headers: { ...event.headers, [HOPS_HEADER]: String(hops) },
});

/** How many publishings lie between an event and the one that its chain began with. */
export const HOPS_HEADER = 'ce-hops';

function letterOf(
  { workspaceId, triggerId, event }: EventStart,
  position: number,
  { root, hops }: Cause,
  reason: string,
): DeadLetterOfEvent {
  return {
    id: uuidv7(),
    workspaceId,
    kind: 'loop',
    triggerId,
    // What waits for the event gets it: only starting is what goes on for ever.
    holds: false,
    code: 'event.loop',
    message: reason,
    problems: [],
    details: { root, hops },
    event: { position, type: event.type, source: event.source, id: event.eventId },
  };
}
