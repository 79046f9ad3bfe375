/** Figures that are looked up when somebody asks for them: of this process, and, at most every ten seconds, of the database. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Pool, Queryable } from '../db/index.js';
import { backlogFigures } from '../repository/figures.js';
import { laneFigures } from '../repository/lanes.js';
import { replayFigures } from '../repository/replays.js';
import { figures, metrics, showProcessFigures } from './metrics.js';

const LOOK_AGAIN_MS = 10_000;

/** Once in a process, at its start. */
export function showFiguresOf(process: { readonly room: string; readonly version: string; readonly pool: Pool }): void {
  const { room, version, pool } = process;
  showProcessFigures();
  metrics.processInfo.set({ room, version }, 1);
  const lag = monitorEventLoopDelay({ resolution: 20 });
  lag.enable();
  figures.beforeReading(() => {
    for (const quantile of ['0.5', '0.99', '1'] as const) {
      metrics.eventLoopLag.set({ quantile }, lag.percentile(Number(quantile) * 100) / 1e9);
    }
    lag.reset();
    metrics.poolConnections.set({ state: 'busy' }, pool.totalCount - pool.idleCount);
    metrics.poolConnections.set({ state: 'idle' }, pool.idleCount);
    metrics.poolConnections.set({ state: 'most' }, pool.options.max);
    metrics.poolWaiting.set(pool.waitingCount);
  });
  figures.beforeReading(backlogLook(pool));
}

/** Many who ask at once, or soon after each other, cost one query; while the database is away the last figures stay. */
export function backlogLook(sql: Queryable, monotonic: () => number = () => performance.now()): () => Promise<void> {
  let askedAt = -Infinity;
  let readAt = -Infinity;
  let asking: Promise<void> | null = null;
  const ask = async (): Promise<void> => {
    const [read, lanes, replays] = await Promise.all([backlogFigures(sql), laneFigures(sql), replayFigures(sql)]);
    readAt = monotonic();
    metrics.queueDepth.set({ queue: 'runs', state: 'due' }, read.due);
    metrics.queueDepth.set({ queue: 'runs', state: 'paused' }, read.paused);
    metrics.queueDepth.set({ queue: 'runs', state: 'owned' }, read.owned);
    metrics.queueDepth.set({ queue: 'runs', state: 'timer' }, read.timer);
    metrics.queueOldestAge.set({ queue: 'runs' }, read.oldestAgeSeconds);
    metrics.openIncidents.set(read.openIncidents);
    metrics.deadLetterDepth.set(read.openDeadLetters);
    metrics.workers.set(read.workers);
    metrics.partitionsBlocked.set(lanes.blocked);
    metrics.partitionBlockedSeconds.set(lanes.oldestBlockedSeconds);
    metrics.replaysActive.set(replays.active);
    metrics.replayProgress.set(replays.progress);
  };
  return async () => {
    if (monotonic() - askedAt >= LOOK_AGAIN_MS) {
      askedAt = monotonic();
      asking = ask().finally(() => (asking = null));
    }
    await asking?.catch(() => undefined);
    metrics.backlogAge.set((monotonic() - readAt) / 1000);
  };
}
