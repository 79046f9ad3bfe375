import type { RunState } from '@sagawright/shared/saga';

/** States of runs parked a short while ago: whoever claims one again at the same position need not read its journal. */
export class HotCopies {
  private readonly copies = new Map<string, RunState>();

  constructor(private readonly capacity = 1000) {}

  keep(runId: string, state: RunState): void {
    this.copies.delete(runId);
    this.copies.set(runId, state);
    const [oldest] = this.copies.keys();
    if (this.copies.size > this.capacity && oldest !== undefined) this.copies.delete(oldest);
  }

  /** @returns the state, if nobody has written since; a copy is given out once */
  take(runId: string, nextSeq: number): RunState | null {
    const copy = this.copies.get(runId);
    this.copies.delete(runId);
    return copy !== undefined && copy.seq + 1 === nextSeq ? copy : null;
  }
}
