import { describe, expect, it } from '@jest/globals';
import type { Queryable } from '@sagawright/shared/server';
import { RunCounts } from './run-counts.js';

const everything = { workflowId: null, key: null };

/** A database that has ever more runs, ten thousand times as many where `many`. */
function counting(many: boolean) {
  const time = { now: 0 };
  let asked = 0;
  const query = async () => {
    asked += 1;
    return { rows: [{ status: 'completed', count: asked * (many ? 1_000_000 : 100) }] };
  };
  const counts = new RunCounts({ query } as unknown as Queryable, () => time.now);
  return { time, of: async (workspace = 'w') => (await counts.of(workspace, everything)).get('completed') };
}

describe('counts of runs', () => {
  it('are made each time where there are few', async () => {
    const { of } = counting(false);
    expect([await of(), await of()]).toEqual([100, 200]);
  });

  it('serve for ten seconds where there are very many, and while the next is made', async () => {
    const { of, time } = counting(true);
    expect(await of()).toBe(1_000_000);
    time.now = 9_999;
    expect(await of()).toBe(1_000_000);
    time.now = 10_000;
    expect([await of(), await of()]).toEqual([1_000_000, 2_000_000]);
  });

  it('are not told when they are older than a minute, nor to another workspace', async () => {
    const { of, time } = counting(true);
    expect(await of()).toBe(1_000_000);
    expect(await of('another')).toBe(2_000_000);
    time.now = 60_000;
    expect(await of()).toBe(3_000_000);
  });
});
