/** Events that somebody tells us of: stored, matched with event triggers and with waiting runs, all in one commit (S31). */
import type { AcceptedBatch, AcceptedEvent } from '@sagawright/shared/contracts';
import { insertEvents, untilNoConflict } from '@sagawright/shared/server';
import type { Doorbell, EventAnswer, IngestEvent, LiveBus, Queryable } from '@sagawright/shared/server';
import type { Caller } from '../auth/caller.js';
import { ingestedAll, ingestModeOf, refused } from '../ops/ingested.js';
import type { IngestMode } from '../ops/ingested.js';
import { Refusal } from '../refusal.js';
import { refuseMisfits, schemaMark } from '../schemas/misfits.js';
import { readRequest } from './read-request.js';
import type { EventMessage } from './read-request.js';

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

  /** @throws Refusal `request.invalid`, `body.*`, `ingest.busy` */
  async accept(caller: Caller, message: EventMessage): Promise<AcceptedEvent | AcceptedBatch> {
    const mode = ingestModeOf(
      message.contentType,
      message.headers.some(([name]) => /^ce-/i.test(name)),
    );
    const read = refused('api', mode, () => readRequest(message, Date.now()));
    if (message.strict === true) {
      await refuseMisfits(this.sql, caller.workspaceId, read.kind === 'one' ? [read.event] : read.events);
    }
    if (read.kind === 'one') {
      const [accepted] = (await this.store(caller, mode, [read.event])).map((stored) => this.told(read.event, stored));
      if (accepted === undefined) throw new Error('Ingest gave no answer; this is a bug.');
      return accepted;
    }
    const { events } = read;
    const stored = await this.store(caller, mode, events);
    return {
      events: events.flatMap((event, index) => {
        const answer = stored[index];
        if (answer === undefined) return [];
        const { woken: _, ...accepted } = this.told(event, answer);
        return [accepted];
      }),
      woken: stored.reduce((sum, { woken }) => sum + woken.length, 0),
    };
  }

  private store(caller: Caller, mode: IngestMode, events: readonly IngestEvent[]): Promise<EventAnswer[]> {
    return ingestedAll('api', mode, events, (traced) => this.commit(caller, traced));
  }

  private async commit(caller: Caller, events: readonly IngestEvent[]): Promise<EventAnswer[]> {
    if (this.underWay >= this.mostUnderWay) {
      throw new Refusal('ingest.busy', 'More is arriving than can be stored at the moment; send it again later.', {
        retryAfterSeconds: 2,
      });
    }
    if (events.length === 0) return [];
    this.underWay += events.length;
    try {
      const { workspaceId } = caller;
      const requests = events.map((event) => ({ workspaceId, event }));
      const stored = await untilNoConflict(() => insertEvents(this.sql, requests, this.shards));
      const started = stored.flatMap(({ runs }) => runs).filter((run) => !run.duplicate);
      const woken = stored.flatMap((each) => each.woken);
      this.live.publish(started.map(({ runId }) => ({ workspaceId, runId, seq: 1, status: 'queued' })));
      for (const shard of new Set([...started, ...woken].map((run) => run.shard))) this.doorbell.ring(shard);
      return stored;
    } finally {
      this.underWay -= events.length;
    }
  }

  private told(event: IngestEvent, stored: EventAnswer): AcceptedEvent {
    const { position, duplicate, sameContent, runs, woken, screening } = stored;
    return {
      id: event.eventId,
      source: event.source,
      position,
      duplicate,
      sameContent,
      runs: runs.map(({ runId }) => ({ runId, url: `${this.publicUrl}/runs/${runId}` })),
      woken: woken.length,
      ...schemaMark(screening),
    };
  }
}
