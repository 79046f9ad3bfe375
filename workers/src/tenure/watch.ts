/**
 * The watch over other workers: a process that is gone is noticed by the lock that its session held, long before its lease
 * runs out (ADR 18).
 *
 * 1. Missing once is no death: a session that was only cut off is opened again at once, and locks again. Whoever is missing in
 *    every look for a while is buried.
 * 2. When looking fails, or the session of this process itself was lost, it is the database that was away, and with it the
 *    sessions of everybody: nobody is missed until they have had time to come back.
 * 3. To bury somebody who lives is safe, though a pity: its commits are fenced, and its next heartbeat tells it.
 */
export interface WatchTimes {
  /** How long somebody has to be missing. */
  readonly missingMs: number;
  /** How long nobody is missed after the database was away. */
  readonly calmMs: number;
}

export const WATCH_TIMES: WatchTimes = { missingMs: 500, calmMs: 3000 };

export interface WatchWorld {
  /** Who is missing at this moment. */
  readonly look: () => Promise<readonly string[]>;
  /** @returns how many of them were still missing, and are dead now */
  readonly bury: (missing: readonly string[]) => Promise<number>;
  readonly monotonic?: () => number;
}

export class Watch {
  private missingSince = new Map<string, number>();
  private calmUntil = Number.NEGATIVE_INFINITY;
  private readonly monotonic: () => number;

  constructor(
    private readonly world: WatchWorld,
    private readonly times: WatchTimes = WATCH_TIMES,
  ) {
    this.monotonic = world.monotonic ?? (() => performance.now());
  }

  /** The database was away, or may have been. */
  calm(): void {
    this.missingSince.clear();
    this.calmUntil = this.monotonic() + this.times.calmMs;
  }

  /** @returns how many were buried; call it several times a second */
  async round(): Promise<number> {
    try {
      const missing = await this.world.look();
      const now = this.monotonic();
      if (now < this.calmUntil) return 0;
      this.missingSince = new Map(missing.map((one) => [one, this.missingSince.get(one) ?? now]));
      const dead = missing.filter((one) => now - (this.missingSince.get(one) ?? now) >= this.times.missingMs);
      return dead.length === 0 ? 0 : await this.world.bury(dead);
    } catch (error) {
      this.calm();
      throw error;
    }
  }
}
