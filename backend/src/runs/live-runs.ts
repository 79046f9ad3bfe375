/**
 * Server-sent events about runs. The live bus only says "look again": what is sent is always read from the journal by
 * position, so a lost, doubled or late message makes no gap and no repetition. A reader whose session or key ends is cut off
 * within seconds, and sees nothing more meanwhile than what was committed in them.
 */
import { metrics } from '@sagawright/shared/server';
import type { LiveBus, LiveMessage, LiveSubscription } from '@sagawright/shared/server';
import type { Access } from '../auth/access.js';
import type { Caller } from '../auth/caller.js';
import type { EventStream } from '../door/event-stream.js';
import { Bell } from './bell.js';
import type { Runs } from './runs.js';

const HEARTBEAT_MS = 15_000;
/** How long a reader whose session or key has ended may read on. */
const ACCESS_MS = 2_000;
const PAGE = 500;
/** Changes of the workspace are collected this long, so that a busy engine does not flood a browser. */
const BATCH_MS = 150;
const RECENT = 50;

export class LiveRuns {
  private readonly listeners = new Set<(message: LiveMessage) => void>();
  /** By what they show. */
  private readonly streams = { run: new Set<EventStream>(), runs: new Set<EventStream>() };
  private subscription: LiveSubscription | null = null;

  constructor(
    private readonly bus: LiveBus,
    private readonly runs: Runs,
    private readonly access: Pick<Access, 'stillHolds'>,
  ) {}

  /** Sends the journal of a run from behind a position until it has ended or the reader is gone. */
  async followRun(stream: EventStream, caller: Caller, runId: string, after: number): Promise<void> {
    let seq = after;
    await this.follow(
      'run',
      stream,
      caller,
      (message) => message.kind === 'gap' || message.changes.some((change) => change.runId === runId),
      async () => {
        for (;;) {
          const entries = await this.runs.entriesAfter(runId, seq, PAGE);
          for (const entry of entries) {
            await stream.send({ id: String(entry.seq), event: 'entry', data: entry });
            seq = entry.seq;
            if (entry.type === 'run.ended') return 'done';
          }
          if (entries.length < PAGE) return seq > 0 && (await this.endedAt(runId, seq)) ? 'done' : 'more';
        }
      },
    );
  }

  /** Sends a summary of each run of the workspace that changed, and of the latest ones after a loss. */
  async followWorkspace(
    stream: EventStream,
    caller: Caller,
    workflowId: string | null,
    latest: () => Promise<readonly { id: string }[]>,
  ): Promise<void> {
    const { workspaceId } = caller;
    let changed = new Set<string>();
    let lost = false;
    await this.follow(
      'runs',
      stream,
      caller,
      (message) => {
        if (message.kind === 'gap') {
          lost = true;
          return true;
        }
        const ours = message.changes.filter((change) => change.workspaceId === workspaceId);
        for (const change of ours) changed.add(change.runId);
        return ours.length > 0;
      },
      async () => {
        await delay(BATCH_MS);
        const ids = changed;
        changed = new Set();
        if (lost) {
          lost = false;
          for (const run of await latest()) ids.add(run.id);
        }
        const runs = ids.size === 0 ? [] : await this.runs.summaries(workspaceId, [...ids]);
        for (const run of runs) {
          if (workflowId === null || run.workflowId === workflowId) await stream.send({ event: 'run', data: run });
        }
        return 'more';
      },
    );
  }

  /** Ends all streams; browsers come back by themselves. */
  async close(): Promise<void> {
    for (const stream of [...this.streams.run, ...this.streams.runs]) stream.end();
    await this.subscription?.close();
  }

  private async follow(
    what: 'run' | 'runs',
    stream: EventStream,
    caller: Caller,
    concerns: (message: LiveMessage) => boolean,
    look: () => Promise<'more' | 'done'>,
  ): Promise<void> {
    const bell = new Bell();
    const listener = (message: LiveMessage): void => {
      if (concerns(message)) bell.ring();
    };
    this.listeners.add(listener);
    const streams = this.streams[what];
    streams.add(stream);
    metrics.liveStreams.set({ stream: what }, streams.size);
    stream.onClose(() => bell.ring());
    const watch = this.watch(stream, caller);
    try {
      await this.listening();
      while (!stream.closed) {
        if ((await look()) === 'done') break;
        if (!(await bell.heard(HEARTBEAT_MS))) await stream.comment('still here');
      }
    } finally {
      clearInterval(watch);
      this.listeners.delete(listener);
      streams.delete(stream);
      metrics.liveStreams.set({ stream: what }, streams.size);
      stream.end();
    }
  }

  private watch(stream: EventStream, caller: Caller): NodeJS.Timeout {
    return setInterval(() => {
      this.access.stillHolds(caller).then(
        (holds) => {
          if (!holds) stream.end();
        },
        // While the database is away nothing can be read either, so nothing is shown.
        () => undefined,
      );
    }, ACCESS_MS).unref();
  }

  /** A reader that resumes behind `run.ended` would otherwise wait for ever. */
  private async endedAt(runId: string, seq: number): Promise<boolean> {
    const [entry] = await this.runs.entriesAfter(runId, seq - 1, 1);
    return entry?.type === 'run.ended';
  }

  /**
   * Resolves when changes are heard. Await it before the stream opens: whoever sees it open relies on missing nothing from
   * then on.
   */
  async listening(): Promise<void> {
    this.subscription ??= this.bus.subscribe((message) => {
      for (const listener of this.listeners) listener(message);
    });
    // A bus that is away must not keep a view from showing what there is; heartbeats look again anyway.
    await Promise.race([this.subscription.ready, delay(1000)]);
  }
}

export { RECENT as RECENT_RUNS };

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
