/**
 * Brings replays forward, a slice at a time, whichever worker has one in hand.
 *
 * A slice and the cursor behind it are one commit; a worker that dies in between has started nothing. Slices are small and rest
 * in between, so that replays never hold up the runs of today.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { passesFilter } from '@sagawright/shared/event';
import { failure, FailureError } from '@sagawright/shared/kernel';
import {
  addFindings,
  advanceReplay,
  claimReplay,
  failReplay,
  holdReplay,
  metrics,
  nextEvents,
  seenEvent,
  startRunsOfStoredEvents,
  uuidv7,
} from '@sagawright/shared/server';
import type { Database, Logger, ReplayEvent, ReplayJob, ReplayProgress } from '@sagawright/shared/server';
import { dryRun } from './dry-run.js';
import type { DryRunWorld } from './dry-run.js';
import { startsAgain } from './live-replay.js';

export interface ReplayerWorld extends Omit<DryRunWorld, 'breathe'> {
  readonly transaction: Database['transaction'];
  readonly shards: number;
  readonly logger: Logger;
  /** Asks for the runs of a shard to be claimed; must not block. */
  readonly ring: (shard: number) => void;
}

/** How often it is looked for replays. */
const LOOK_MS = 1000;
/** Most events of one slice. */
const SLICE = 200;
/** A slice is made small enough to take about so long at the rate that was asked for. */
const SLICE_MS = 500;
/** A slice that takes longer says so from time to time, so that no other worker takes it over. */
const HOLD_MS = 5000;
/** So much of the time a dry run works, and rests for the remainder. */
const SHARE = 0.5;

const NOTHING: Omit<ReplayProgress, 'cursor' | 'done' | 'seen' | 'restMs'> = {
  matched: 0,
  started: 0,
  equal: 0,
  different: 0,
  unknown: 0,
  failed: 0,
};

export class Replayer {
  private readonly owner = uuidv7();
  private timer: NodeJS.Timeout | null = null;
  private working: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(private readonly world: ReplayerWorld) {}

  start(): void {
    this.later(LOOK_MS * Math.random());
  }

  /** What is in hand is finished first. */
  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
    await this.working;
  }

  /** One slice of whichever replay is due. @returns whether one came forward */
  async work(): Promise<boolean> {
    const job = await claimReplay(this.world.sql, this.owner);
    if (job === null) return false;
    try {
      await this.slice(job);
      return true;
    } catch (error) {
      const { logger, sql } = this.world;
      const message = error instanceof Error ? error.message : String(error);
      logger.warn({ replay: job.id, error: message }, 'a replay did not come forward');
      const reason = error instanceof FailureError ? error.failure : null;
      // What is the replay's own fault comes again each time; anything else is tried again when its lease is over.
      if (reason !== null && reason.kind !== 'operational') {
        await failReplay(sql, job.id, this.owner, failure(reason.kind, reason.code, reason.message));
      }
      return false;
    }
  }

  private later(ms: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.working = this.work().then(
        (worked) => this.later(worked ? 0 : LOOK_MS),
        () => this.later(LOOK_MS),
      );
    }, ms);
    this.timer.unref();
  }

  private async slice(job: ReplayJob): Promise<void> {
    const begun = performance.now();
    const limit = Math.max(1, Math.min(SLICE, Math.round((job.rate * SLICE_MS) / 1000)));
    const events = await nextEvents(this.world.sql, job, limit);
    const last = events.at(-1);
    const cursor = last === undefined ? null : { atMicros: last.recordedAtMicros, position: last.position };
    const { content } = job.filter;
    const matched = content === undefined ? events : events.filter((event) => passesFilter(content, seenEvent(event)));
    const restMs = (events.length / job.rate) * 1000;
    const base = { ...NOTHING, cursor, done: events.length < limit, seen: events.length, matched: matched.length };
    if (job.mode === 'live') await this.live(job, matched, { ...base, restMs });
    else await this.dry(job, matched, { ...base, restMs }, begun);
  }

  private async live(job: ReplayJob, events: readonly ReplayEvent[], progress: ReplayProgress): Promise<void> {
    const { sql, transaction, shards, ring } = this.world;
    const { starts, uncast } = await startsAgain(sql, job, events, shards);
    const rung = await transaction(async (tx) => {
      const started = await startRunsOfStoredEvents(tx, starts);
      if (!(await advanceReplay(tx, job.id, this.owner, { ...progress, started: started.size, failed: uncast })))
        throw new Stopped();
      return new Set(starts.filter(({ runId }) => started.has(runId)).map(({ shard }) => shard));
    }).catch(unlessStopped);
    for (const shard of rung ?? []) ring(shard);
    if (rung !== null) {
      count('live', { started: starts.length, skipped: progress.seen - events.length, failed: uncast });
    }
  }

  private async dry(
    job: ReplayJob,
    events: readonly ReplayEvent[],
    progress: ReplayProgress,
    begun: number,
  ): Promise<void> {
    let held = performance.now();
    const breathe = async (): Promise<void> => {
      await turn();
      if (performance.now() - held < HOLD_MS) return;
      held = performance.now();
      await holdReplay(this.world.sql, job.id, this.owner);
    };
    const { findings, ...figures } = await dryRun({ ...this.world, breathe }, job.targets, events);
    const restMs = Math.max(progress.restMs, (performance.now() - begun) * (1 / SHARE - 1));
    const kept = await this.world
      .transaction(async (tx) => {
        if (!(await advanceReplay(tx, job.id, this.owner, { ...progress, ...figures, restMs }))) throw new Stopped();
        await addFindings(tx, job.id, findings);
        return true;
      })
      .catch(unlessStopped);
    if (kept === null) return;
    const { equal, different, failed } = figures;
    count('dry-run', { started: equal + different, skipped: progress.seen - events.length, failed });
  }
}

function count(mode: ReplayJob['mode'], of: Partial<Record<'started' | 'skipped' | 'failed', number>>): void {
  for (const [result, n] of Object.entries(of)) {
    if (n > 0) metrics.replayedEvents.inc({ mode, result: result as keyof typeof of }, n);
  }
}

/** The replay is not ours any more: nothing of the slice may stay. */
class Stopped extends Error {}

function unlessStopped(error: unknown): null {
  if (error instanceof Stopped) return null;
  throw error;
}
