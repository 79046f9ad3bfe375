/**
 * The database's time, told locally.
 *
 * Never ahead of the database (the sample was taken before its answer arrived), so no timer fires early (S29), and never
 * backwards: between samples it runs on the monotonic clock, and a sample that would set it back is waited out.
 */
export class DatabaseClock {
  private offset = Number.NEGATIVE_INFINITY;
  private last = 0;

  constructor(private readonly monotonic: () => number = () => performance.now()) {}

  /** @param ask returns milliseconds since 1970 by the database's clock */
  async refresh(ask: () => Promise<number>): Promise<void> {
    const sample = await ask();
    this.offset = sample - this.monotonic();
  }

  /** Whole milliseconds since 1970, database time. */
  now(): number {
    this.last = Math.max(this.last, Math.floor(this.monotonic() + this.offset));
    return this.last;
  }
}
