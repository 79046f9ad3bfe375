import { describe, expect, it } from '@jest/globals';
import { inTurn } from './in-turn.js';

describe('work in turn', () => {
  it('shares one more round among all who ask while a round is under way', async () => {
    const ends: (() => void)[] = [];
    const ask = inTurn(() => new Promise((resolve) => ends.push(resolve)));
    const asked = [ask(), ask(), ask()];
    expect(ends).toHaveLength(1);
    ends[0]?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(ends).toHaveLength(2);
    ends[1]?.();
    await Promise.all(asked);
    expect(ends).toHaveLength(2);
  });

  it('goes on after a round that failed', async () => {
    let rounds = 0;
    const ask = inTurn(async () => {
      rounds += 1;
      if (rounds === 1) throw new Error('away');
    });
    await expect(ask()).rejects.toThrow('away');
    await ask();
    expect(rounds).toBe(2);
  });
});
