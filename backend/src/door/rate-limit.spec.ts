import { describe, expect, it } from '@jest/globals';
import { RateLimit } from './rate-limit.js';

function limited(rate: { perSecond: number; burst: number }, mostKeys?: number) {
  const clock = { now: 1000 };
  return { clock, limit: new RateLimit(rate, mostKeys, () => clock.now) };
}

const times = (n: number) => Array.from({ length: n });

describe('a rate limit', () => {
  it('lets a burst in at once, then one by one at its rate, and says how long to wait', () => {
    const { clock, limit } = limited({ perSecond: 10, burst: 3 });
    expect(times(5).map(() => limit.take('a'))).toEqual([0, 0, 0, 100, 100]);
    clock.now += 99;
    expect(limit.take('a')).toBeCloseTo(1);
    clock.now += 1;
    expect([limit.take('a'), limit.take('a')]).toEqual([0, 100]);
  });

  it('gives a burst again after a rest, and never more', () => {
    const { clock, limit } = limited({ perSecond: 10, burst: 3 });
    for (const _ of times(3)) limit.take('a');
    clock.now += 3_600_000;
    expect(times(4).map(() => limit.take('a'))).toEqual([0, 0, 0, 100]);
  });

  it.each([0.3, 7, 333, 20_000])('keeps its promise over any time, at %d a second', (perSecond) => {
    const { clock, limit } = limited({ perSecond, burst: 30 });
    let letIn = 0;
    let most = 0;
    for (let at = 0; at < 10_000; at += 1) {
      clock.now = 1000 + at;
      for (const _ of times(30)) if (limit.take('a') === 0) letIn += 1;
      most = Math.max(most, letIn - (at / 1000) * perSecond);
    }
    expect(most).toBeLessThanOrEqual(30 + 1e-3);
    expect(letIn).toBeGreaterThanOrEqual(Math.floor(9.999 * perSecond));
  });

  it('counts every key by itself', () => {
    const { limit } = limited({ perSecond: 1, burst: 1 });
    expect(['a', 'a', 'b'].map((key) => limit.take(key))).toEqual([0, 1000, 0]);
  });

  it('remembers a bounded number of keys: first it forgets those at rest, then those used longest ago', () => {
    const { clock, limit } = limited({ perSecond: 1, burst: 2 }, 3);
    limit.take('rested');
    clock.now += 1000;
    for (const key of ['old', 'old', 'busy', 'busy', 'late', 'late']) limit.take(key);
    expect(limit.take('busy')).toBe(1000);
    limit.take('new');
    expect(limit.size).toBe(3);
    expect(['busy', 'late', 'old'].map((key) => limit.take(key))).toEqual([1000, 1000, 0]);
    expect(limit.size).toBe(3);
  });
});
