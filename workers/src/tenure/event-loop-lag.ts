/**
 * How late this process's timers are. A busy event loop delays heartbeats, commits and lock renewals together: a process
 * that is late takes no new work on until it has caught up.
 */
export class EventLoopLag {
  private timer: NodeJS.Timeout | null = null;
  private expected = 0;
  private latest = 0;

  constructor(private readonly monotonic: () => number = () => performance.now()) {}

  begin(): void {
    this.expected = this.monotonic() + EVERY_MS;
    this.timer = setInterval(() => this.sample(), EVERY_MS);
    this.timer.unref();
  }

  /** Milliseconds by which the latest timer was late, or the next one already is. */
  now(): number {
    return Math.max(this.latest, this.monotonic() - this.expected, 0);
  }

  end(): void {
    if (this.timer !== null) clearInterval(this.timer);
  }

  private sample(): void {
    const at = this.monotonic();
    this.latest = Math.max(0, at - this.expected);
    this.expected = at + EVERY_MS;
  }
}

const EVERY_MS = 50;
