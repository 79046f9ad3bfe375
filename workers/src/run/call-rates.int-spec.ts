import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testDatabase } from '@sagawright/shared/testing';
import type { TestDatabase } from '@sagawright/shared/testing';
import { callRates } from './call-rates.js';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase({ poolSize: 10 });
}, 60_000);
afterAll(() => db.close());

const rates = new Map([['api:443', { limit: 3, perMs: 300 }]]);
const never = new AbortController().signal;

/** By how much a call comes before the end of the window of the call that is `limit` calls back; never positive. */
function excess(instants: readonly number[], limit: number, perMs: number): number {
  const sorted = [...instants].sort((a, b) => a - b);
  return Math.max(...sorted.slice(limit).map((at, n) => perMs - (at - (sorted[n] ?? 0))));
}

describe('the rate of a destination', () => {
  it('is kept by several workers together, in any window, though some die with an instant in hand (I13)', async () => {
    const workers = [callRates(db.pool, rates), callRates(db.pool, rates), callRates(db.pool, rates)];
    const calls: number[] = [];
    const dying = new AbortController();
    const dead = Promise.allSettled(workers.map((awaitRate) => awaitRate('api:443', dying.signal, 60_000)));
    await Promise.all(
      workers.flatMap((awaitRate) =>
        Array.from({ length: 4 }, async (_, n) => {
          if (n === 1) dying.abort();
          await awaitRate('api:443', never, 60_000);
          calls.push(performance.now());
        }),
      ),
    );
    await dead;
    expect(calls).toHaveLength(12);
    expect(excess(calls, 3, 300)).toBeLessThanOrEqual(0);
  });

  it('takes another instant when the process was held up beyond its own', async () => {
    let now = 0;
    let looks = 0;
    // The third look, after the first wait, comes a second late.
    const awaitRate = callRates(db.pool, new Map([['late:443', { limit: 1, perMs: 50 }]]), () => {
      looks += 1;
      return (now += looks === 3 ? 1000 : 0);
    });
    await awaitRate('late:443', never, 60_000);
    expect(looks).toBe(5);
  });

  it('is no matter for other destinations, and a call that is called off is not made', async () => {
    const awaitRate = callRates(db.pool, new Map([['slow:443', { limit: 1, perMs: 60_000 }]]));
    await Promise.all(Array.from({ length: 20 }, () => awaitRate('free:443', never, 60_000)));
    await awaitRate('slow:443', never, 60_000);
    const called = new AbortController();
    const second = awaitRate('slow:443', called.signal, 120_000);
    called.abort();
    await expect(second).rejects.toThrow();
  });

  it('keeps no instant for a call that could not be made by then', async () => {
    const awaitRate = callRates(db.pool, new Map([['full:443', { limit: 1, perMs: 60_000 }]]));
    await awaitRate('full:443', never, 1000);
    const beyond = await Promise.allSettled(Array.from({ length: 5 }, () => awaitRate('full:443', never, 1000)));
    expect(beyond.map(({ status }) => status)).toEqual(Array(5).fill('rejected'));
    const { rows } = await db.pool.query(`SELECT cardinality(starts) AS n, starts[1] <= clock_timestamp() AS past
      FROM egress_rate WHERE destination = 'full:443'`);
    expect(rows).toEqual([{ n: 1, past: true }]);
  });
});
