/**
 * The group commit of the doors: requests that arrive within a moment of each other share one statement and one commit.
 *
 * 1. A caller is answered after the commit that holds its event and its run.
 * 2. A request that fails does not fail its neighbours: a failed batch is tried again one by one, unless the database is
 *    away, when each would only wait for it in turn.
 * 3. What waits is bounded; beyond that callers are told to come back (`ingest.busy`).
 * 4. The doorbell rings and live views hear after the commit.
 */
import { insertEventsAndRuns, isDatabaseAway } from '@sagawright/shared/server';
import type { Doorbell, IngestAnswer, IngestRequest, LiveBus, Queryable } from '@sagawright/shared/server';
import { Refusal } from '../refusal.js';

const COLLECT_MS = 1;
const MOST_PER_COMMIT = 256;
const MOST_COMMITS_AT_ONCE = 2;

interface Waiting {
  readonly request: IngestRequest;
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
  accept(request: Omit<IngestRequest, 'shard'>): Promise<IngestAnswer> {
    if (this.waiting.length >= this.mostWaiting) {
      throw new Refusal('ingest.busy', 'More is arriving than can be stored at the moment; send it again later.', {
        retryAfterSeconds: 2,
      });
    }
    const shard = Number.parseInt(request.runId.slice(-4), 16) % this.shards;
    return new Promise((resolve, reject) => {
      this.waiting.push({ request: { ...request, shard }, resolve, reject });
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
      const answers = await insertEventsAndRuns(
        this.sql,
        batch.map((one) => one.request),
      );
      this.tell(batch, answers);
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

  private tell(batch: readonly Waiting[], answers: readonly IngestAnswer[]): void {
    const started = batch.flatMap((one, index) => (answers[index]?.duplicate === false ? [one.request] : []));
    this.live.publish(started.map(({ workspaceId, runId }) => ({ workspaceId, runId, seq: 1, status: 'queued' })));
    for (const shard of new Set(started.map((request) => request.shard ?? 0))) this.doorbell.ring(shard);
  }
}
