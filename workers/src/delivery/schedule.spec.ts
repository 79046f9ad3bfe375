import { describe, expect, it } from '@jest/globals';
import { BREAKER, DAY, judge, MOST_ATTEMPTS, pauseAfter, retryAfter } from './schedule.js';

const SECOND = 1000;
const HOUR = 3_600_000;
const early = () => 0;
const late = () => 0.999_999;

describe('when a delivery is tried again (Standard Webhooks, retries)', () => {
  it('follows the schedule of the specification, over about three days, and then gives up', () => {
    const pauses = Array.from({ length: MOST_ATTEMPTS }, (_, index) => pauseAfter(index + 1, early, null));
    const hours = [2, 5, 10, 14, 20, 24].map((each) => each * HOUR);
    expect(pauses).toEqual([5 * SECOND, 300 * SECOND, 1800 * SECOND, ...hours, null]);
    expect(pauses.reduce<number>((sum, each) => sum + (each ?? 0), 0)).toBeGreaterThan(3 * DAY);
  });

  it('comes up to a tenth later by chance, never earlier', () => {
    expect(pauseAfter(1, late, null)).toBeCloseTo(5.5 * SECOND, 0);
  });

  it('waits as long as the endpoint asks, though never less than the schedule and never beyond a day', () => {
    expect(pauseAfter(1, early, 60 * SECOND)).toBe(60 * SECOND);
    expect(pauseAfter(4, early, 60 * SECOND)).toBe(2 * HOUR);
    expect(pauseAfter(1, early, 30 * DAY)).toBe(DAY);
    expect(pauseAfter(MOST_ATTEMPTS, early, SECOND)).toBeNull();
  });

  it.each([
    ['120', 120 * SECOND],
    ['Wed, 21 Oct 2026 07:28:30 GMT', 30 * SECOND],
    ['Wed, 21 Oct 2026 07:27:00 GMT', 0],
    ['', null],
    ['soon', null],
    [undefined, null],
  ])('reads Retry-After %j', (header, ms) => {
    expect(retryAfter(header, Date.parse('2026-10-21T07:28:00Z'))).toBe(ms);
  });
});

describe('the breaker of an endpoint', () => {
  const failed = (failures: number, failingMs = 0, openMs = 0) =>
    judge({ kind: 'failed' }, { failures, failingMs, openMs }, BREAKER);

  it('stays closed for a few failures, opens at the fifth, and stays open longer each time, up to an hour', () => {
    expect([0, 1, 2, 3].map((failures) => failed(failures)?.holdMs)).toEqual([null, null, null, null]);
    expect([4, 5, 6].map((failures) => failed(failures)?.holdMs)).toEqual([30_000, 60_000, 120_000]);
    expect(failed(1000)?.holdMs).toBe(HOUR);
  });

  it('takes what was under way when it opened for nothing new', () => {
    expect(failed(5, DAY, 12_000)).toEqual({ failed: false, holdMs: 12_000, disable: null });
  });

  it('closes with the first success', () => {
    const before = { failures: 9, failingMs: DAY, openMs: 0 };
    expect(judge({ kind: 'taken' }, before, BREAKER)).toEqual({ failed: false, holdMs: null, disable: null });
  });

  it('takes a wish for patience for no failure, and grants it', () => {
    const before = { failures: 4, failingMs: DAY, openMs: 0 };
    expect(judge({ kind: 'patience', retryAfterMs: 7000 }, before, BREAKER)).toEqual({
      failed: false,
      holdMs: 7000,
      disable: null,
    });
  });

  it('disables an endpoint that says 410, and one that has taken nothing for five days', () => {
    expect(judge({ kind: 'gone' }, { failures: 0, failingMs: 0, openMs: 0 }, BREAKER)?.disable).toMatch(/410/);
    expect(failed(50, 5 * DAY - 1)?.disable).toBeNull();
    expect(failed(50, 5 * DAY)?.disable).toMatch(/nothing for 5 days \(51 attempts\)/);
    // Two failures far apart are no five days of failing.
    expect(failed(1, 6 * DAY)?.disable).toBeNull();
  });

  it('learns nothing of an endpoint from an event that is gone', () => {
    expect(judge({ kind: 'pointless' }, { failures: 1, failingMs: 1, openMs: 0 }, BREAKER)).toBeNull();
  });
});
