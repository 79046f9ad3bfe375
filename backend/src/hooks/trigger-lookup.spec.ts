import { describe, expect, it } from '@jest/globals';
import { sha256 } from '@sagawright/shared/server';
import type { Queryable } from '@sagawright/shared/server';
import { TriggerLookup } from './trigger-lookup.js';

/** A database that knows the trigger of every token but "unknown"; tells how many tokens each query asked for. */
function database(asked: number[], fails = false): Queryable {
  const query = async ({ values: [hashes] }: { values: [Buffer[]] }) => {
    asked.push(hashes.length);
    await new Promise((resolve) => setImmediate(resolve));
    if (fails) throw new Error('the database is away');
    const known = hashes.filter((hash) => !hash.equals(sha256('unknown')));
    return { rows: known.map((hash) => ({ id: hash.toString('hex'), tokenHash: hash.toString('hex') })) };
  };
  return { query } as unknown as Queryable;
}

const idOf = (token: string) => sha256(token).toString('hex');

describe('the trigger look-up', () => {
  it('answers many deliveries by one query, each with the trigger of its own token', async () => {
    const asked: number[] = [];
    const lookup = new TriggerLookup(database(asked));
    const tokens = ['a', 'b', 'unknown', 'a', 'c', 'a'];
    const found = await Promise.all(tokens.map((token) => lookup.find(token)));
    expect(found.map((trigger) => trigger?.id ?? null)).toEqual(
      tokens.map((token) => (token === 'unknown' ? null : idOf(token))),
    );
    expect(asked).toEqual([4]);
  });

  it('asks again for every later delivery: what was revoked meanwhile is gone', async () => {
    const asked: number[] = [];
    const lookup = new TriggerLookup(database(asked));
    await lookup.find('a');
    await lookup.find('a');
    expect(asked).toEqual([1, 1]);
  });

  it('answers everybody, however many there are, in bounded queries', async () => {
    const asked: number[] = [];
    const lookup = new TriggerLookup(database(asked));
    const tokens = Array.from({ length: 1700 }, (_, n) => `token ${n}`);
    const found = await Promise.all(tokens.map((token) => lookup.find(token)));
    expect(found.map((trigger) => trigger?.id)).toEqual(tokens.map(idOf));
    expect(Math.max(...asked)).toBeLessThanOrEqual(500);
  });

  it('tells everybody who shared a query that it failed, and goes on', async () => {
    const lookup = new TriggerLookup(database([], true));
    const answers = await Promise.allSettled(['a', 'b', 'a'].map((token) => lookup.find(token)));
    expect(answers.map((answer) => answer.status)).toEqual(['rejected', 'rejected', 'rejected']);
    await expect(lookup.find('a')).rejects.toThrow('away');
  });
});
