/** The product as several processes, over each way that rings can travel: a storm with a small load and a checker that reads everything. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { seededRandom } from '@sagawright/shared/kernel';
import { WAYS } from '@sagawright/shared/testing';
import { publishCast } from './cast.js';
import { Stage } from './stage.js';
import { LEASE_MS, storm } from './storm.js';

jest.setTimeout(600_000);

let stage: Stage | null = null;
afterEach(async () => {
  await stage?.close();
  stage = null;
});

const ALWAYS = ['kill', 'rolling-restart'];

describe.each(WAYS)('three workers and two backends over %s', (way) => {
  it('lose and double nothing while one is killed and all are replaced, and each instant of a schedule fires once (I1-I13)', async () => {
    const cluster = way === 'cluster';
    stage = await Stage.set({
      workers: 3,
      backends: 2,
      leaseMs: LEASE_MS,
      redis: way === 'redis',
      cluster,
      storm: true,
      durable: false,
    });
    const random = seededRandom(3);
    const cast = await publishCast(stage, random);
    const faults = cluster ? [...ALWAYS, 'cluster-node-lost'] : ALWAYS;
    const report = await storm(stage, cast, random, {
      name: way,
      runs: 60,
      feedMs: 5000,
      faults,
      untilAll: true,
      mischief: true,
    });
    const { lost, orphaned, doubled, unbalanced, broken, complaints, injected } = report;
    expect({ lost, orphaned, doubled, unbalanced, broken, complaints }).toEqual({
      lost: 0,
      orphaned: 0,
      doubled: 0,
      unbalanced: 0,
      broken: 0,
      complaints: [],
    });
    for (const fault of faults) expect(injected[fault]).toBeGreaterThan(0);
  });
});
