/**
 * How often each of many keys may do something: a token bucket per key, in the memory of this process.
 *
 * 1. Within any time t a key is let in at most `burst + t * perSecond` times.
 * 2. Whoever is refused is not counted: after the wait that it was told, it is let in.
 * 3. Memory is bounded: a key whose bucket is full again is forgotten, and of too many keys the one used longest ago.
 *
 * A bucket is one number, the instant at which it will be full again.
 *
 * @see ITU-T I.371, generic cell rate algorithm
 */
export interface Rate {
  readonly perSecond: number;
  /** How many may come at once after a rest. */
  readonly burst: number;
}

export class RateLimit {
  /** Instant at which a key's bucket is full, in the order of last use. */
  private readonly fullAt = new Map<string, number>();

  /** @param now milliseconds, from any beginning, never backwards */
  constructor(
    private readonly rate: Rate,
    private readonly mostKeys = 50_000,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @returns milliseconds to wait; 0 = let in, and counted */
  take(key: string): number {
    const now = this.now();
    const everyMs = 1000 / this.rate.perSecond;
    const fullAt = Math.max(this.fullAt.get(key) ?? 0, now);
    const waitMs = fullAt - now - (this.rate.burst - 1) * everyMs;
    // Sums of fractions of a millisecond are not exact; nobody is refused for the last digits.
    if (waitMs > 1e-6) return waitMs;
    this.fullAt.delete(key);
    if (this.fullAt.size >= this.mostKeys) this.forget(now);
    this.fullAt.set(key, fullAt + everyMs);
    return 0;
  }

  /** Number of keys that are remembered. */
  get size(): number {
    return this.fullAt.size;
  }

  private forget(now: number): void {
    for (const [key, fullAt] of this.fullAt) if (fullAt <= now) this.fullAt.delete(key);
    for (const key of this.fullAt.keys()) {
      if (this.fullAt.size < this.mostKeys) return;
      this.fullAt.delete(key);
    }
  }
}
