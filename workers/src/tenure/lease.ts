/**
 * The lease of one incarnation. While it is good the process may act; near its end nothing with an effect starts; once it
 * ran out the incarnation is dead for good, whatever the process believes.
 *
 * Times are monotonic and counted from before the heartbeat was sent, so the local view ends before the database's. The end
 * does not wait for a heartbeat's answer: on a connection that is half open it never comes.
 *
 * When the session is lost that tells others of this process, the lease is not good until a heartbeat was answered: from outside
 * it looks as if the process were gone, and somebody may take over.
 */

/** How soon a heartbeat is sent again that was not answered. */
const AGAIN_MS = 200;

export class Lease {
  private goodUntil = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | null = null;
  private expiry: NodeJS.Timeout | null = null;
  private stopped = false;
  private beating = false;
  /** How often the session was lost, and how many of these losses a heartbeat has made good. */
  private drops = 0;
  private dropsMended = 0;

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
    return !this.stopped && !this.isCutOff() && this.monotonic() < this.goodUntil - this.leaseMs / 5;
  }

  /** The session was lost: a heartbeat opens it again, now. */
  dropped(): void {
    if (this.stopped) return;
    this.drops += 1;
    // One that is under way is followed by another soon.
    if (this.beating) return;
    if (this.timer !== null) clearTimeout(this.timer);
    this.beatIn(0);
  }

  private isCutOff(): boolean {
    return this.drops > this.dropsMended;
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
    const { drops } = this;
    const asked = this.monotonic();
    this.beating = true;
    // Without an answer the database is away. Until the lease's end it may come back in time.
    const alive = await this.renew().catch(() => null);
    this.beating = false;
    if (this.stopped) return;
    if (alive === false) return this.end('its lease ran out');
    if (alive === true) {
      this.goodFrom(asked);
      this.dropsMended = drops;
    }
    this.beatIn(alive === null || this.isCutOff() ? Math.min(AGAIN_MS, this.leaseMs / 10) : this.leaseMs / 3);
  }

  private end(reason: string): void {
    if (this.stopped) return;
    this.stop();
    this.lost(reason);
  }
}
