/**
 * How many runs there are of each status, for the list of runs. Counting reads every run of the workspace: where there are very
 * many, one count serves for some seconds, and while the next is made the last one is told.
 */
import { countRuns } from '@sagawright/shared/server';
import type { Queryable, RunFilter } from '@sagawright/shared/server';
import type { RunStatus } from '@sagawright/shared/saga';

/** From so many runs on a count is kept; fewer are counted each time. */
const MANY = 100_000;
const FRESH_MS = 10_000;
/** What nobody has asked for in so long is counted before it is told. */
const OLD_MS = 60_000;
const MOST_KEPT = 1000;

type Counts = ReadonlyMap<RunStatus, number>;

interface Kept {
  readonly counts: Counts;
  readonly at: number;
}

export class RunCounts {
  private readonly kept = new Map<string, Kept>();
  private readonly underWay = new Map<string, Promise<Counts>>();

  constructor(
    private readonly sql: Queryable,
    private readonly monotonic: () => number = () => performance.now(),
  ) {}

  /** Exact below {@link MANY} runs; beyond, as of the last ten seconds or so, or of the minute before when nobody had asked. */
  async of(workspaceId: string, filter: Omit<RunFilter, 'status'>): Promise<Counts> {
    const key = JSON.stringify([workspaceId, filter.workflowId, filter.key]);
    const kept = this.kept.get(key);
    if (kept === undefined) return await this.count(key, workspaceId, filter);
    const age = this.monotonic() - kept.at;
    if (age < FRESH_MS) return kept.counts;
    const next = this.underWay.get(key) ?? this.count(key, workspaceId, filter);
    if (age >= OLD_MS) return await next;
    // Whoever asks then hears of it.
    next.catch(() => undefined);
    return kept.counts;
  }

  private count(key: string, workspaceId: string, filter: Omit<RunFilter, 'status'>): Promise<Counts> {
    const counting = countRuns(this.sql, workspaceId, filter)
      .then((counts) => {
        this.kept.delete(key);
        const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
        if (total >= MANY) this.kept.set(key, { counts, at: this.monotonic() });
        const [oldest] = this.kept.keys();
        if (this.kept.size > MOST_KEPT && oldest !== undefined) this.kept.delete(oldest);
        return counts;
      })
      .finally(() => this.underWay.delete(key));
    this.underWay.set(key, counting);
    return counting;
  }
}
