/**
 * The group commit of the doors: requests that arrive within a moment of each other share one statement and one commit.
 *
 * 1. A caller is answered after the commit that holds its event and its run.
 * 2. A delivery is an event like others: it also starts the event triggers that it matches, and wakes the runs that wait for
 *    it, in the same commit. A run that somebody asks for by name starts nothing else.
 * 3. A request that fails does not fail its neighbours: a failed batch is tried again one by one, unless the database is
 *    away, when each would only wait for it in turn.
 * 4. What waits is bounded, in number and in time: when there are too many, or when the one that waits longest has waited
 *    longer than senders have patience, callers are told to come back (`ingest.busy`). What waited already is not refused.
 * 5. The doorbell rings and live views hear after the commit.
 */
import {
  Pace,
  insertEventsAndRuns,
  isDatabaseAway,
  metrics,
  shardOf,
  untilNoConflict,
  withEventTriggers,
} from '@sagawright/shared/server';
import type {
  AnyRequest,
  Doorbell,
  EventRequest,
  IngestAnswer,
  IngestRequest,
  LiveBus,
  Queryable,
  Screening,
} from '@sagawright/shared/server';
import { ingested, ingestModeOf, refused } from '../ops/ingested.js';
import { Refusal } from '../refusal.js';

/** After a commit that had company the next one waits a moment for more (pace.ts). */
const PACE = { spacingMs: 4, company: 4 };
const MOST_PER_COMMIT = 256;
/** A commit's bodies are in memory several times over: parsed, as text, as parameters. */
const MOST_BYTES_PER_COMMIT = 4 * 1024 * 1024;
const MOST_COMMITS_AT_ONCE = 2;
const LONGEST_ADVISED_SECONDS = 30;
const SHORTEST_ADVISED_SECONDS = 2;

export interface IngestBounds {
  readonly mostWaiting: number;
  readonly patienceMs: number;
}

/** Webhook senders give up after ten seconds, most of them. */
const BOUNDS: IngestBounds = { mostWaiting: 5000, patienceMs: 8000 };

export interface DeliveryAnswer extends IngestAnswer<string | null> {
  /** What the schema of its type says of the event; null = the type has none. */
  readonly screening: Screening | null;
}

interface Waiting {
  readonly request: IngestRequest & EventRequest;
  readonly startsOthers: boolean;
  /** When it came, by the monotonic clock. */
  readonly since: number;
  resolve(answer: DeliveryAnswer): void;
  reject(error: unknown): void;
}

export class Ingest {
  private waiting: Waiting[] = [];
  /** Each commit under way, by the instant at which its oldest request came. */
  private readonly committing = new Set<{ readonly since: number }>();
  private readonly pace = new Pace(PACE);

  constructor(
    private readonly sql: Queryable,
    private readonly doorbell: Pick<Doorbell, 'ring'>,
    private readonly live: Pick<LiveBus, 'publish'>,
    private readonly shards: number,
    private readonly bounds: Partial<IngestBounds> = {},
    private readonly monotonic: () => number = () => performance.now(),
  ) {}

  /** @throws Refusal `ingest.busy` */
  start(request: Omit<IngestRequest, 'shard'>): Promise<IngestAnswer> {
    return this.observed(request, false).then(({ runId, ...answer }) => {
      if (runId === null) throw new Error('Ingest started no run; this is a bug.');
      return { ...answer, runId };
    });
  }

  /**
   * @returns no run when a dead letter holds the event, or says that it could not be cast for its trigger
   * @throws Refusal `ingest.busy`
   */
  deliver(request: Omit<IngestRequest, 'shard'> & EventRequest): Promise<DeliveryAnswer> {
    return this.observed(request, true);
  }

  private observed(
    request: Omit<IngestRequest, 'shard'> & EventRequest,
    startsOthers: boolean,
  ): Promise<DeliveryAnswer> {
    const mode = ingestModeOf(request.event.contentType, false);
    const source = startsOthers ? 'webhook' : 'start';
    refused(source, mode, () => this.assertRoom());
    return ingested(source, mode, request.event, (event) => this.accept({ ...request, event }, startsOthers));
  }

  private accept(request: Omit<IngestRequest, 'shard'> & EventRequest, startsOthers: boolean): Promise<DeliveryAnswer> {
    const shard = shardOf(request.runId, this.shards);
    return new Promise((resolve, reject) => {
      const since = this.monotonic();
      this.waiting.push({ request: { ...request, shard }, startsOthers, since, resolve, reject });
      this.schedule();
    });
  }

  private assertRoom(): void {
    const { mostWaiting, patienceMs } = { ...BOUNDS, ...this.bounds };
    const longestMs = this.longestWaitMs();
    if (this.waiting.length < mostWaiting && longestMs < patienceMs) return;
    throw new Refusal('ingest.busy', 'More is arriving than can be stored at the moment; send it again later.', {
      // As long as it takes at the moment, as far as that is known.
      retryAfterSeconds: Math.min(
        LONGEST_ADVISED_SECONDS,
        Math.max(SHORTEST_ADVISED_SECONDS, Math.ceil(longestMs / 1000)),
      ),
    });
  }

  private longestWaitMs(): number {
    const since = [...this.committing, ...this.waiting.slice(0, 1)].map((each) => each.since);
    return since.length === 0 ? 0 : this.monotonic() - Math.min(...since);
  }

  private schedule(): void {
    if (this.committing.size >= MOST_COMMITS_AT_ONCE || this.waiting.length === 0) return;
    if (this.waiting.length >= MOST_PER_COMMIT) {
      void this.commitNext();
      return;
    }
    this.pace.soon(() => {
      if (this.committing.size < MOST_COMMITS_AT_ONCE && this.waiting.length > 0) void this.commitNext();
    });
  }

  private async commitNext(): Promise<void> {
    const batch = this.takeBatch();
    const [oldest] = batch;
    if (oldest === undefined) return;
    this.pace.went(batch.length);
    this.committing.add(oldest);
    this.schedule();
    try {
      await this.commit(batch);
    } finally {
      this.committing.delete(oldest);
      this.schedule();
    }
  }

  private takeBatch(): Waiting[] {
    let count = 0;
    let bytes = 0;
    for (const { request } of this.waiting.slice(0, MOST_PER_COMMIT)) {
      bytes += request.event.raw.length;
      if (count > 0 && bytes > MOST_BYTES_PER_COMMIT) break;
      count += 1;
    }
    return this.waiting.splice(0, count);
  }

  private async commit(batch: readonly Waiting[]): Promise<void> {
    try {
      const others = await withEventTriggers(
        this.sql,
        batch.filter((one) => one.startsOthers).map((one) => one.request),
        this.shards,
      );
      const screened = new Map(batch.filter((one) => one.startsOthers).map((one, index) => [one, others[index]]));
      // What was sent to somebody comes first, so that answers and requests stand at equal places.
      const requests: AnyRequest[] = [
        ...batch.map((one) => screened.get(one)?.request ?? one.request),
        ...others.flatMap(({ starts, letters }) => [...starts, ...letters]),
      ];
      const began = performance.now();
      const answers = await untilNoConflict(() => insertEventsAndRuns(this.sql, requests));
      metrics.groupCommitSize.observe({ door: 'ingest' }, batch.length);
      metrics.groupCommitSeconds.observe({ door: 'ingest' }, (performance.now() - began) / 1000);
      this.tell(requests, answers);
      batch.forEach((one, index) => {
        const answer = answers[index];
        const screening = screened.get(one)?.screening ?? null;
        // A request that a dead letter stands for asks for no run.
        if (answer === undefined || (answer.runId === null && screened.get(one)?.request.letter === undefined)) {
          one.reject(new Error('Ingest gave no answer; this is a bug.'));
        } else one.resolve({ ...answer, screening });
      });
    } catch (error) {
      if (batch.length === 1 || isDatabaseAway(error)) for (const one of batch) one.reject(error);
      else for (const one of batch) await this.commit([one]);
    }
  }

  private tell(requests: readonly AnyRequest[], answers: readonly IngestAnswer<string | null>[]): void {
    const started = requests.flatMap((request, index) =>
      'runId' in request && answers[index]?.duplicate === false ? [request] : [],
    );
    const woken = answers.flatMap((answer) => answer.woken);
    this.live.publish(started.map(({ workspaceId, runId }) => ({ workspaceId, runId, seq: 1, status: 'queued' })));
    const shards = [...started.map((request) => request.shard ?? 0), ...woken.map(({ shard }) => shard)];
    for (const shard of new Set(shards)) this.doorbell.ring(shard);
  }
}
