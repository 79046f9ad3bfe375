/**
 * The group commit of the doors: requests that arrive within a moment of each other share one statement and one commit.
 *
 * 1. A caller is answered after the commit that holds its event and its run.
 * 2. A delivery is an event like others: it also starts the event triggers that it matches, and wakes the runs that wait for
 *    it, in the same commit. A run that somebody asks for by name starts nothing else.
 * 3. A request that fails does not fail its neighbours: a failed batch is tried again one by one, unless the database is
 *    away, when each would only wait for it in turn.
 * 4. What waits is bounded; beyond that callers are told to come back (`ingest.busy`).
 * 5. The doorbell rings and live views hear after the commit.
 */
import { insertEventsAndRuns, isDatabaseAway, shardOf, withEventTriggers } from '@sagawright/shared/server';
import type { Doorbell, IngestAnswer, IngestRequest, LiveBus, Queryable } from '@sagawright/shared/server';
import { Refusal } from '../refusal.js';

const COLLECT_MS = 1;
const MOST_PER_COMMIT = 256;
const MOST_COMMITS_AT_ONCE = 2;

interface Waiting {
  readonly request: IngestRequest;
  readonly startsOthers: boolean;
  resolve(answer: IngestAnswer): void;
  reject(error: unknown): void;
}

export class Ingest {
  private waiting: Waiting[] = [];
  private committing = 0;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly sql: Queryable,
    private readonly doorbell: Pick<Doorbell, 'ring'>,
    private readonly live: Pick<LiveBus, 'publish'>,
    private readonly shards: number,
    private readonly mostWaiting = 5000,
  ) {}

  /** @throws Refusal `ingest.busy` */
  start(request: Omit<IngestRequest, 'shard'>): Promise<IngestAnswer> {
    return this.accept(request, false);
  }

  /** @throws Refusal `ingest.busy` */
  deliver(request: Omit<IngestRequest, 'shard'>): Promise<IngestAnswer> {
    return this.accept(request, true);
  }

  private accept(request: Omit<IngestRequest, 'shard'>, startsOthers: boolean): Promise<IngestAnswer> {
    if (this.waiting.length >= this.mostWaiting) {
      throw new Refusal('ingest.busy', 'More is arriving than can be stored at the moment; send it again later.', {
        retryAfterSeconds: 2,
      });
    }
    const shard = shardOf(request.runId, this.shards);
    return new Promise((resolve, reject) => {
      this.waiting.push({ request: { ...request, shard }, startsOthers, resolve, reject });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.committing >= MOST_COMMITS_AT_ONCE || this.waiting.length === 0) return;
    if (this.waiting.length >= MOST_PER_COMMIT) {
      void this.commitNext();
      return;
    }
    this.timer ??= setTimeout(() => {
      this.timer = null;
      if (this.committing < MOST_COMMITS_AT_ONCE && this.waiting.length > 0) void this.commitNext();
    }, COLLECT_MS);
  }

  private async commitNext(): Promise<void> {
    const batch = this.waiting.splice(0, MOST_PER_COMMIT);
    this.committing += 1;
    try {
      await this.commit(batch);
    } finally {
      this.committing -= 1;
      this.schedule();
    }
  }

  private async commit(batch: readonly Waiting[]): Promise<void> {
    try {
      const others = await withEventTriggers(
        this.sql,
        batch.filter((one) => one.startsOthers).map((one) => one.request),
        this.shards,
      );
      // What was sent to somebody comes first, so that answers and requests stand at equal places.
      const requests = [...batch.map((one) => one.request), ...others.flatMap(({ starts }) => starts)];
      const answers = await insertEventsAndRuns(this.sql, requests);
      this.tell(requests, answers);
      batch.forEach((one, index) => {
        const answer = answers[index];
        if (answer === undefined) one.reject(new Error('Ingest gave no answer; this is a bug.'));
        else one.resolve(answer);
      });
    } catch (error) {
      if (batch.length === 1 || isDatabaseAway(error)) for (const one of batch) one.reject(error);
      else for (const one of batch) await this.commit([one]);
    }
  }

  private tell(requests: readonly IngestRequest[], answers: readonly IngestAnswer[]): void {
    const started = requests.filter((_request, index) => answers[index]?.duplicate === false);
    const woken = answers.flatMap((answer) => answer.woken);
    this.live.publish(started.map(({ workspaceId, runId }) => ({ workspaceId, runId, seq: 1, status: 'queued' })));
    const shards = [...started.map((request) => request.shard ?? 0), ...woken.map(({ shard }) => shard)];
    for (const shard of new Set(shards)) this.doorbell.ring(shard);
  }
}
