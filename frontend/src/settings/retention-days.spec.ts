import { describe, expect, it } from '@jest/globals';
import { readDays, readRuns, typedRuns } from './retention-days.js';

describe('days that are typed', () => {
  it.each([
    ['', null],
    [' ', null],
    ['7', 7],
    ['36500', 36_500],
    ['0', undefined],
    ['1.5', undefined],
    ['36501', undefined],
    ['a week', undefined],
  ])('%p means %p', (text, days) => {
    expect(readDays(text)).toBe(days);
  });

  it('are never taken as for ever because of a slip', () => {
    expect(readRuns({ completed: '7 days', failed: '' })).toBeNull();
  });

  it('come back as they were typed', () => {
    const runs = { completedDays: 30, failedDays: null };
    expect(readRuns(typedRuns(runs))).toEqual(runs);
  });
});
