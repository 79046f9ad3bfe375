import { describe, expect, it } from '@jest/globals';
import { atLeast, closingTable, ratioAtLeast } from './figures.js';
import { plot } from './soak-plot.js';
import { settled, trendOf } from './trend.js';

const every5s = (value: (at: number) => number) =>
  Array.from({ length: 40 }, (_, n) => ({ at: n * 5, value: value(n * 5) }));

describe('the trend of a soak', () => {
  it('is the change per hour, whatever swings around it', () => {
    const swings = every5s((at) => 100 + at / 10 + (at % 10 === 0 ? 3 : -3));
    expect(Math.abs(trendOf(swings).perHour - 360)).toBeLessThan(10);
    expect(trendOf(every5s(() => 7))).toEqual({ mean: 7, perHour: 0 });
  });

  it('leaves out the first quarter, in which caches fill', () => {
    const filled = every5s((at) => (at < 45 ? at : 45));
    expect(trendOf(filled).perHour).toBeGreaterThan(100);
    expect(trendOf(settled(filled)).perHour).toBe(0);
  });

  it('is drawn with words that may hold anything', () => {
    const svg = plot('a <b> & "c"', [{ name: 'x < y', unit: 'MB', samples: every5s((at) => at) }]);
    expect(svg).not.toMatch(/<b>|x < y|NaN/);
    expect(svg).toContain('x &#60; y');
  });
});

describe('the closing table', () => {
  it('gives medians, the ratio to what ran beside it, and whether the target is met', () => {
    const beside = { what: 'bare', values: [10, 20, 30] };
    const figure = { workload: 'W', what: 'speed', unit: '/s', values: [9, 10, 11] };
    const [, , half, far] = closingTable([
      { ...figure, beside, target: ratioAtLeast(0.5) },
      { ...figure, target: atLeast(11) },
    ]).split('\n');
    expect(half?.split('|').map((cell) => cell.trim())).toEqual(
      expect.arrayContaining(['10 (9-11) /s', 'bare: 20 (10-30)', '0.50', 'ratio >= 0.5', 'met']),
    );
    expect(far).toContain('**missed**');
  });
});
