/** Events that somebody tells us of: stored, matched with event triggers and with waiting runs, all in one commit (S31). */
import type { AcceptedEvent, SentEvent } from '@sagawright/shared/contracts';
import { insertEvents } from '@sagawright/shared/server';
import type { Doorbell, LiveBus, Queryable } from '@sagawright/shared/server';
import type { Caller } from '../auth/caller.js';
import { Refusal } from '../refusal.js';
import { readEvent } from './read-event.js';

export class Events {
  private underWay = 0;

  constructor(
    private readonly sql: Queryable,
    private readonly doorbell: Pick<Doorbell, 'ring'>,
    private readonly live: Pick<LiveBus, 'publish'>,
    private readonly shards: number,
    private readonly publicUrl: string,
    private readonly mostUnderWay = 500,
  ) {}

  /** @throws Refusal `ingest.busy`, `body.malformed` */
  async accept(caller: Caller, sent: SentEvent, raw: Buffer, contentType: string): Promise<AcceptedEvent> {
    const event = readEvent(sent, raw, contentType, Date.now());
    if (this.underWay >= this.mostUnderWay) {
      throw new Refusal('ingest.busy', 'More is arriving than can be stored at the moment; send it again later.', {
        retryAfterSeconds: 2,
      });
    }
    this.underWay += 1;
    try {
      const { workspaceId } = caller;
      const [stored] = await insertEvents(this.sql, [{ workspaceId, event }], this.shards);
      if (stored === undefined) throw new Error('Ingest gave no answer; this is a bug.');
      const { duplicate, sameContent, runs, woken } = stored;
      const started = runs.filter((run) => !run.duplicate);
      this.live.publish(started.map(({ runId }) => ({ workspaceId, runId, seq: 1, status: 'queued' })));
      for (const shard of new Set([...started, ...woken].map((run) => run.shard))) this.doorbell.ring(shard);
      return {
        id: event.eventId,
        source: event.source,
        duplicate,
        sameContent,
        runs: runs.map(({ runId }) => ({ runId, url: `${this.publicUrl}/runs/${runId}` })),
        woken: woken.length,
      };
    } finally {
      this.underWay -= 1;
    }
  }
}
