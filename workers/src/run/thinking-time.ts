/**
 * Shares the process among runs that think. Thinking is work without a pause: unless somebody steps back, no timer runs, the
 * lease is not renewed, and no other run goes on.
 */

/** So many milliseconds do runs think, all together, before the event loop turns. */
const SHARE_MS = 20;

export class ThinkingTime {
  private turnBegan: number | null = null;
  private line = Promise.resolve();

  /** @param monotonic milliseconds */
  constructor(private readonly monotonic: () => number = () => performance.now()) {}

  /** To be asked before each piece of work: the share is then exceeded by what each run has begun, at most. */
  isSpent(): boolean {
    if (this.turnBegan !== null) return this.monotonic() - this.turnBegan >= SHARE_MS;
    this.turnBegan = this.monotonic();
    setImmediate(() => (this.turnBegan = null));
    return false;
  }

  /** Waits for a turn of the event loop that has time left: first come, first served, one at a time. */
  turn(): Promise<void> {
    this.line = this.line.then(async () => {
      do await new Promise((resolve) => setImmediate(resolve));
      while (this.isSpent());
    });
    return this.line;
  }
}
