import { beforeEach, describe, expect, it } from '@jest/globals';
import { Watch } from './watch.js';

let now: number;
let missing: readonly string[] | Error;
let buried: string[];
let watch: Watch;

beforeEach(() => {
  now = 0;
  missing = [];
  buried = [];
  watch = new Watch(
    {
      look: () => (missing instanceof Error ? Promise.reject(missing) : Promise.resolve(missing)),
      bury: (dead) => Promise.resolve(buried.push(...dead)),
      monotonic: () => now,
    },
    { missingMs: 500, calmMs: 3000 },
  );
});

async function at(time: number, ...gone: string[]): Promise<void> {
  now = time;
  missing = gone;
  await watch.round();
}

describe('the watch over other workers', () => {
  it('buries whoever is missing for a while, and nobody at first sight', async () => {
    await at(0, 'a');
    await at(250, 'a', 'b');
    expect(buried).toEqual([]);
    await at(500, 'a', 'b');
    expect(buried).toEqual(['a']);
  });

  it('begins anew with one that has come back in between', async () => {
    await at(0, 'a');
    await at(250);
    await at(500, 'a');
    await at(900, 'a');
    expect(buried).toEqual([]);
    await at(1000, 'a');
    expect(buried).toEqual(['a']);
  });

  it('misses nobody for some time after the database was away', async () => {
    await at(0, 'a');
    now = 400;
    missing = new Error('terminating connection due to administrator command');
    await expect(watch.round()).rejects.toThrow('terminating');
    await at(600, 'a');
    await at(3300, 'a');
    expect(buried).toEqual([]);
    await at(3400, 'a');
    await at(3900, 'a');
    expect(buried).toEqual(['a']);
  });

  it('misses nobody for some time after its own session was lost', async () => {
    await at(0, 'a');
    watch.calm();
    await at(2900, 'a');
    await at(3000, 'a');
    expect(buried).toEqual([]);
    await at(3500, 'a');
    expect(buried).toEqual(['a']);
  });
});
