/**
 * When the next group may go: a lone item at once, so that a quiet system answers quickly; after a group that had company the
 * next one waits a moment, so that a busy system writes few large groups instead of many small ones.
 */
export interface PaceOptions {
  /** From the going of a busy group to that of the next, milliseconds. */
  readonly spacingMs: number;
  /** A group of so many items is a busy one. */
  readonly company: number;
}

export class Pace {
  /** Ends the wait that is under way. */
  private stop: (() => void) | null = null;
  private soonest = 0;

  constructor(private readonly options: PaceOptions) {}

  /** A group of so many items goes now. */
  went(items: number): void {
    this.soonest = items >= this.options.company ? performance.now() + this.options.spacingMs : 0;
  }

  /** Calls when a group may go, at the end of this turn of the event loop at the earliest. What is due already stays due. */
  soon(go: () => void): void {
    if (this.stop !== null) return;
    const begin = (): void => {
      this.stop = null;
      go();
    };
    const wait = this.soonest - performance.now();
    if (wait > 0) {
      const timer = setTimeout(begin, wait);
      this.stop = () => clearTimeout(timer);
    } else {
      const immediate = setImmediate(begin);
      this.stop = () => clearImmediate(immediate);
    }
  }

  /** What was due is not any more. */
  cancel(): void {
    this.stop?.();
    this.stop = null;
  }
}
