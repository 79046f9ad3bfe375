/**
 * The lease of one incarnation. While it is good the process may act; near its end nothing with an effect starts; once it
 * ran out the incarnation is dead for good, whatever the process believes.
 *
 * Times are monotonic and counted from before the heartbeat was sent, so the local view ends before the database's. The end
 * does not wait for a heartbeat's answer: on a connection that is half open it never comes.
 */
export class Lease {
  private goodUntil = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | null = null;
  private expiry: NodeJS.Timeout | null = null;
  private stopped = false;

  /**
   * @param renew extends the lease in the database; false = the incarnation is dead
   * @param lost called once, when it is certain that the lease is gone
   */
  constructor(
    private readonly leaseMs: number,
    private readonly renew: () => Promise<boolean>,
    private readonly lost: (reason: string) => void,
    private readonly monotonic: () => number = () => performance.now(),
  ) {}

  /** @param register makes the lease's row */
  async begin(register: () => Promise<void>): Promise<void> {
    const asked = this.monotonic();
    await register();
    this.goodFrom(asked);
    this.beatIn(this.leaseMs / 3);
  }

  /** May something with an effect start now? */
  isGood(): boolean {
    return !this.stopped && this.monotonic() < this.goodUntil - this.leaseMs / 5;
  }

  stop(): void {
    this.stopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
    if (this.expiry !== null) clearTimeout(this.expiry);
  }

  private goodFrom(asked: number): void {
    this.goodUntil = asked + this.leaseMs;
    if (this.expiry !== null) clearTimeout(this.expiry);
    if (!this.stopped) this.expiry = setTimeout(() => this.expire(), Math.max(0, this.goodUntil - this.monotonic()));
  }

  private expire(): void {
    if (this.stopped) return;
    if (this.monotonic() >= this.goodUntil) this.end('no heartbeat was answered within the lease');
    else this.goodFrom(this.goodUntil - this.leaseMs);
  }

  private beatIn(delayMs: number): void {
    if (!this.stopped) this.timer = setTimeout(() => void this.beat(), delayMs);
  }

  private async beat(): Promise<void> {
    const asked = this.monotonic();
    try {
      const alive = await this.renew();
      if (this.stopped) return;
      if (!alive) return this.end('its lease ran out');
      this.goodFrom(asked);
      this.beatIn(this.leaseMs / 3);
    } catch {
      // The database is away. Until the lease's end it may come back in time.
      if (this.stopped) return;
      this.beatIn(Math.min(200, this.leaseMs / 10));
    }
  }

  private end(reason: string): void {
    if (this.stopped) return;
    this.stop();
    this.lost(reason);
  }
}
