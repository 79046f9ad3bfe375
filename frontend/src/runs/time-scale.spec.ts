import { describe, expect, it } from '@jest/globals';
import { timeScale } from './time-scale.js';
import type { Segment, Timeline } from './timeline.js';

const attempt = (from: number, to: number): Segment => ({
  kind: 'attempt',
  from,
  to,
  open: false,
  outcome: 'succeeded',
  attempt: 1,
  seq: from,
});

const timeline = (end: number, ...segments: Segment[]): Timeline => ({
  start: 0,
  end,
  rows: [{ instance: 'a', name: 'A', direction: 'forward', segments }],
  undoRows: [],
});

describe('the axis of the timeline (R16)', () => {
  it('is drawn to scale when something is nearly always in flight', () => {
    const scale = timeScale(timeline(1000, attempt(0, 400), attempt(450, 1000)));
    expect(scale.folds).toEqual([]);
    expect(scale.place(500)).toBeCloseTo(0.5);
  });

  it('folds the long waits between short calls, so that the calls can be seen', () => {
    const scale = timeScale(timeline(3060, attempt(0, 20), attempt(1020, 1040), attempt(3040, 3060)));
    expect(scale.folds.map((fold) => fold.length)).toEqual([1000, 2000]);
    expect(scale.place(20) - scale.place(0)).toBeGreaterThan(0.2);
    expect(scale.place(3060)).toBeCloseTo(1);
  });

  it('gives a wait that grows no more room', () => {
    const share = (end: number) => timeScale(timeline(end, attempt(0, 100))).place(100);
    expect(share(5_000)).toBeCloseTo(share(500_000));
  });

  it('keeps the order of all moments and never puts two marks into each other', () => {
    for (const end of [1, 700, 90_000, 86_400_000 * 40]) {
      const { place, marks } = timeScale(timeline(end, attempt(0, end / 9), attempt(end / 2, end / 2 + end / 50)));
      const places = Array.from({ length: 50 }, (_, index) => place((end * index) / 49));
      expect(places).toEqual([...places].sort((a, b) => a - b));
      expect(marks.length).toBeLessThanOrEqual(12);
      expect(marks.slice(1).every((mark, index) => mark.left - (marks[index]?.left ?? 0) >= 0.09)).toBe(true);
    }
  });

  it('says the time behind every long wait, and counts on from there', () => {
    const hour = 3_600_000;
    const { marks } = timeScale(timeline(2 * hour + 4000, attempt(0, 2000), attempt(2 * hour, 2 * hour + 4000)));
    expect(marks.find(({ offset }) => offset === 2 * hour)).toMatchObject({ after: 'start' });
    const behind = marks.filter(({ after }) => after === 'stretch');
    expect(behind.length).toBeGreaterThan(1);
    expect(behind.every(({ offset }) => offset <= 4000)).toBe(true);
  });

  it('says the end of a run that ended with a wait', () => {
    const { marks } = timeScale(timeline(3_600_000, attempt(0, 20)));
    expect(marks.at(-1)).toEqual({ left: 1, offset: 3_600_000, after: 'start' });
  });

  it('lets a tick give way to the time behind a wait where there is no room for both', () => {
    const { marks } = timeScale(timeline(9000, attempt(0, 20), attempt(8000, 8001)), 0.28);
    expect(marks.map(({ offset }) => offset)).toContain(8000);
  });

  it('survives a run in which nothing has begun', () => {
    expect(timeScale(timeline(0)).place(0)).toBe(0);
  });
});
