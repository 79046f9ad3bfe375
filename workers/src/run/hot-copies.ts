import type { RunState } from '@sagawright/shared/saga';

/**
 * States of runs parked a short while ago: whoever claims one again at the same position need not read its journal.
 *
 * They are bounded in number and in size. A state that is large by itself is not kept: what makes it large lies in the cache
 * of payloads, or in the ledger.
 */
export class HotCopies {
  private readonly copies = new Map<string, { readonly state: RunState; readonly size: number }>();
  private held = 0;

  constructor(
    private readonly capacity = 1000,
    private readonly mostSize = 64 * 1024 * 1024,
  ) {}

  keep(runId: string, state: RunState): void {
    this.drop(runId);
    const most = this.mostSize / 32;
    const size = sizeOf(state, most);
    if (size > most) return;
    this.copies.set(runId, { state, size });
    this.held += size;
    for (const oldest of this.copies.keys()) {
      if (this.copies.size <= this.capacity && this.held <= this.mostSize) break;
      this.drop(oldest);
    }
  }

  /** @returns the state, if nobody has written since; a copy is given out once */
  take(runId: string, nextSeq: number): RunState | null {
    const copy = this.copies.get(runId);
    this.drop(runId);
    return copy !== undefined && copy.state.seq + 1 === nextSeq ? copy.state : null;
  }

  private drop(runId: string): void {
    this.held -= this.copies.get(runId)?.size ?? 0;
    this.copies.delete(runId);
  }
}

/** About how many bytes a value takes in memory; it is not looked at any further once it takes more than `most`. */
function sizeOf(value: unknown, most: number): number {
  let size = 0;
  const open: unknown[] = [value];
  while (open.length > 0 && size <= most) {
    const next = open.pop();
    size += 16;
    if (typeof next === 'string') size += next.length;
    else if (typeof next === 'object' && next !== null) {
      for (const part of Object.values(next)) open.push(part);
    }
  }
  return size;
}
