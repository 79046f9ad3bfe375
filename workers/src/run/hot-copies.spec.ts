import { describe, expect, it } from '@jest/globals';
import type { RunState } from '@sagawright/shared/saga';
import { HotCopies } from './hot-copies.js';

const stateOf = (size: number, seq = 3) => ({ seq, output: 'x'.repeat(size) }) as unknown as RunState;

describe('hot copies', () => {
  it('are given out once, and only at their position', () => {
    const copies = new HotCopies();
    copies.keep('a', stateOf(1));
    copies.keep('b', stateOf(1));
    expect(copies.take('a', 4)?.seq).toBe(3);
    expect(copies.take('a', 4)).toBeNull();
    expect(copies.take('b', 5)).toBeNull();
  });

  it('are bounded by what they take together, oldest first to go (I14)', () => {
    const copies = new HotCopies(1000, 320_000);
    const runs = Array.from({ length: 100 }, (_, n) => `run ${n}`);
    for (const run of runs) copies.keep(run, stateOf(9000));
    const kept = runs.filter((run) => copies.take(run, 4) !== null);
    expect(kept.length).toBeLessThanOrEqual(36);
    expect(kept.length).toBeGreaterThan(30);
    expect(kept.at(-1)).toBe('run 99');
  });

  it('never hold a state that is large by itself', () => {
    const copies = new HotCopies(1000, 320_000);
    copies.keep('small', stateOf(1));
    copies.keep('large', stateOf(20_000));
    expect(copies.take('large', 4)).toBeNull();
    expect(copies.take('small', 4)).not.toBeNull();
  });
});
