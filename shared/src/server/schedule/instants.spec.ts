import { describe, expect, it } from '@jest/globals';
import { firingsUntil, MOST_AT_ONCE, nextInstant } from './instants.js';
import type { Schedule } from './instants.js';

const at = (iso: string): number => Date.parse(iso);
const iso = (instant: number | null): string | null => (instant === null ? null : new Date(instant).toISOString());
const cron = (expression: string, timeZone = 'UTC'): Schedule => ({ kind: 'cron', expression, timeZone });
const MINUTE = 60_000;

describe('the next instant of a schedule', () => {
  it('follows the expression, in five fields or six', () => {
    expect(iso(nextInstant(cron('30 9 * * 1-5'), at('2026-01-02T09:30:00Z')))).toBe('2026-01-05T09:30:00.000Z');
    expect(iso(nextInstant(cron('*/15 * * * * *'), at('2026-01-02T09:30:01Z')))).toBe('2026-01-02T09:30:15.000Z');
  });

  it('is in the time zone of the schedule, summer and winter', () => {
    const daily = cron('0 9 * * *', 'Europe/Berlin');
    expect(iso(nextInstant(daily, at('2026-03-28T12:00:00Z')))).toBe('2026-03-29T07:00:00.000Z');
    expect(iso(nextInstant(daily, at('2026-10-24T12:00:00Z')))).toBe('2026-10-25T08:00:00.000Z');
  });

  it('comes once on the day whose hour is skipped, and once on the day whose hour comes twice', () => {
    const daily = cron('30 2 * * *', 'Europe/Berlin');
    const instants = (from: string, count: number): string[] => {
      const found: string[] = [];
      for (let last = at(from); found.length < count;) {
        const next = nextInstant(daily, last);
        if (next === null) break;
        found.push(new Date(next).toISOString());
        last = next;
      }
      return found;
    };
    const spring = instants('2026-03-28T12:00:00Z', 2);
    expect(spring.map((each) => each.slice(0, 10))).toEqual(['2026-03-29', '2026-03-30']);
    const autumn = instants('2026-10-24T12:00:00Z', 2);
    expect(autumn.map((each) => each.slice(0, 10))).toEqual(['2026-10-25', '2026-10-26']);
  });

  it('does not exist for what cannot be', () => {
    expect(nextInstant(cron('0 0 30 2 *'), at('2026-01-01T00:00:00Z'))).toBeNull();
    expect(nextInstant(cron('nonsense'), 0)).toBeNull();
    expect(nextInstant(cron('0 0 * * *', 'Mars/Olympus'), 0)).toBeNull();
  });
});

describe('what fires when nobody was there', () => {
  const due = at('2026-01-01T10:00:00Z');
  const now = at('2026-01-01T10:05:40Z');
  const minutely: Schedule[] = [cron('* * * * *'), { kind: 'interval', everyMs: MINUTE }];

  it.each(minutely)('is each instant, the latest, or none that is late: $kind', (schedule) => {
    const count = (catchUp: 'skip' | 'latest' | 'all') => firingsUntil(schedule, catchUp, due, now);
    expect(count('all').instants.map(iso)).toEqual([0, 1, 2, 3, 4, 5].map((n) => iso(due + n * MINUTE)));
    expect(count('latest').instants.map(iso)).toEqual([iso(due + 5 * MINUTE)]);
    expect(count('skip').instants).toEqual([]);
    for (const catchUp of ['skip', 'latest', 'all'] as const)
      expect(iso(count(catchUp).next)).toBe(iso(due + 6 * MINUTE));
  });

  it.each(minutely)('is never what is on time: $kind', (schedule) => {
    for (const catchUp of ['skip', 'latest', 'all'] as const) {
      expect(firingsUntil(schedule, catchUp, due, due + 20)).toEqual({ instants: [due], next: due + MINUTE });
    }
  });

  it('is made up for piece by piece when it is much, and found at once when only the latest counts', () => {
    const year = 365 * 24 * 3600 * 1000;
    const { instants, next } = firingsUntil(cron('* * * * * *'), 'all', due, due + year);
    expect(instants).toHaveLength(MOST_AT_ONCE);
    expect(next).toBe(due + MOST_AT_ONCE * 1000);
    expect(firingsUntil(cron('* * * * *'), 'latest', due, due + year).instants).toEqual([due + year]);
  });
});
