/**
 * How long a call is waited for: until its time is over, or until whoever asked for it does not want it any more. One timer and
 * one listener per call, however many redirects it follows: linked abort signals cost more than the call's own JSON.
 */
export class Patience {
  private ended: 'time' | 'caller' | null = null;
  private hangUp: (() => void) | null = null;
  private readonly timer: NodeJS.Timeout;

  constructor(
    timeoutMs: number,
    private readonly caller: AbortSignal | undefined,
  ) {
    this.timer = setTimeout(this.runOut, timeoutMs);
    caller?.addEventListener('abort', this.calledOff);
    if (caller?.aborted === true) this.calledOff();
  }

  /** What it ended by; null while the answer is still waited for. */
  get endedBy(): 'time' | 'caller' | null {
    return this.ended;
  }

  /** @param hangUp told once, at once when the patience is over already; replaces the one told before */
  whenOver(hangUp: () => void): void {
    this.hangUp = hangUp;
    if (this.ended !== null) hangUp();
  }

  /** The call is over: nothing is told any more. */
  release(): void {
    clearTimeout(this.timer);
    this.caller?.removeEventListener('abort', this.calledOff);
    this.hangUp = null;
  }

  private readonly runOut = (): void => this.end('time');
  private readonly calledOff = (): void => this.end('caller');

  private end(by: 'time' | 'caller'): void {
    if (this.ended !== null) return;
    this.ended = by;
    this.hangUp?.();
  }
}
