/**
 * How often somebody may fail before they have to wait. Counts live in this process: with several backends an attacker
 * gets as many tries more. Keys are bounded; the oldest are forgotten first.
 */
export class Throttle {
  private readonly failures = new Map<string, { count: number; until: number }>();

  constructor(
    private readonly limit: number,
    private readonly windowMs: number,
    private readonly now: () => number = Date.now,
  ) {}

  /** @returns milliseconds to wait, 0 when allowed */
  waitMs(key: string): number {
    const entry = this.failures.get(key);
    if (entry === undefined || entry.count < this.limit) return 0;
    return Math.max(0, entry.until - this.now());
  }

  fail(key: string): void {
    const entry = this.failures.get(key);
    const current =
      entry === undefined || entry.until <= this.now() ? { count: 0, until: this.now() + this.windowMs } : entry;
    this.failures.delete(key);
    this.failures.set(key, { ...current, count: current.count + 1 });
    const oldest = this.failures.keys().next();
    if (this.failures.size > 10_000 && !oldest.done) this.failures.delete(oldest.value);
  }

  forget(key: string): void {
    this.failures.delete(key);
  }
}
