import { describe, expect, it } from '@jest/globals';
import { buildTimeline, timelineTicks } from './timeline.js';
import { attemptsOf, instanceName } from './attempts.js';
import { definition, undoneRun } from './fixtures.js';

describe('the timeline (R16, R25)', () => {
  const timeline = buildTimeline(definition, undoneRun, 999_999);

  it('has a row per step in the order of the first attempt, and the undo in a band of its own in undo order', () => {
    expect(timeline.rows.map((row) => row.name)).toEqual(['Reserve stock', 'Ship order']);
    expect(timeline.undoRows.map((row) => row.name)).toEqual(['Release stock']);
  });

  it('shows each failed attempt as its own segment with the retry gap between them', () => {
    const ship = timeline.rows[1];
    expect(ship?.segments.map(({ kind, from, to, outcome }) => [kind, from, to, outcome])).toEqual([
      ['attempt', 1400, 1500, 'failed'],
      ['retry-gap', 1500, 2010, null],
      ['attempt', 2010, 2100, 'failed'],
    ]);
  });

  it('ends with the run, however late it is looked at', () => {
    expect([timeline.start, timeline.end]).toEqual([1000, 2300]);
  });

  it('lets what is in flight grow to the present and leaves the gap before a retry open', () => {
    const running = buildTimeline(definition, undoneRun.slice(0, 4), 5000);
    expect(running.rows[1]?.segments).toMatchObject([{ kind: 'attempt', to: 5000, open: true }]);
    const retrying = buildTimeline(definition, undoneRun.slice(0, 5), 1600);
    expect(retrying.rows[1]?.segments.at(-1)).toMatchObject({ kind: 'retry-gap', to: 2000, open: true });
    expect(retrying.end).toBe(2000);
  });

  it('marks the axis at round distances, never more often than asked', () => {
    expect(timelineTicks(4800, 8)).toEqual([0, 1000, 2000, 3000, 4000]);
    for (const span of [1, 3, 999, 61_000, 86_400_000 * 3])
      expect(timelineTicks(span, 8).length).toBeLessThanOrEqual(9);
  });
});

describe('attempts', () => {
  it('carry the idempotency key and input of the intent and the failure of the outcome', () => {
    const attempts = attemptsOf(undoneRun);
    expect(attempts.map((each) => [each.instance, each.direction, each.attempt, each.outcome])).toEqual([
      ['reserve', 'forward', 1, 'succeeded'],
      ['ship', 'forward', 1, 'failed'],
      ['ship', 'forward', 2, 'failed'],
      ['reserve', 'undo', 1, 'succeeded'],
    ]);
    expect(attempts[1]).toMatchObject({ key: 'key-ship', input: { order: 'A' }, failure: { code: 'http.status.503' } });
  });

  it('name a loop path and a pass behind the step', () => {
    expect(instanceName(definition, 'ship@items[3]#2')).toBe('Ship order · items 4 · time 2');
  });
});
