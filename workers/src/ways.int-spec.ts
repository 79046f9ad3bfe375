import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createDoorbell, shardOf } from '@sagawright/shared/server';
import type { Doorbell } from '@sagawright/shared/server';
import { testRedis, testRedisCluster, testWay, until, WAYS, workflow } from '@sagawright/shared/testing';
import type { TestWay } from '@sagawright/shared/testing';
import { Engine, done } from './testing/engine.js';
import type { Published } from './testing/engine.js';

jest.setTimeout(90_000);

const SHARDS = 4;
/** Longer than any of these tests: nothing is found but by a ring. */
const NEVER_MS = 600_000;

let engine: Engine;
/** What stops that which a test has started. */
const open: (() => Promise<void>)[] = [];

beforeAll(async () => {
  engine = await Engine.open();
}, 60_000);
afterAll(() => engine.close());
beforeEach(async () => {
  await engine.clear();
  engine.shards = SHARDS;
});
afterEach(async () => {
  // Servers came first and go last.
  for (const stop of open.splice(0).reverse()) await stop();
  await engine.dismiss();
}, 60_000);

interface Hand {
  readonly doorbell: Doorbell;
  /** As a worker process does when it is told to end. */
  stop(): Promise<void>;
}

/** A worker and its doorbell, as a worker process has them. */
async function hire(redisUrls: readonly string[] | null, sweepMs: number): Promise<Hand> {
  const doorbell = createDoorbell({ redisUrls, databaseUrl: engine.db.url });
  const worker = await engine.hire({
    sweepMs,
    leaseMs: 10_000,
    concurrency: 10,
    ring: (shard) => doorbell.ring(shard),
  });
  const listener = doorbell.listen(
    Array.from({ length: SHARDS }, (_, shard) => shard),
    async () => worker.wake(),
  );
  await listener.ready;
  let stopping: Promise<void> | null = null;
  const end = async (): Promise<void> => {
    await worker.stop(10_000);
    await listener.close();
    await doorbell.close();
  };
  const stop = (): Promise<void> => (stopping ??= end());
  open.push(stop);
  return { doorbell, stop };
}

/** Starts runs one after another, as fast as the store takes them, and rings for each. */
async function load(published: Published, count: number, ring: (shard: number) => void): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const id = await engine.start(published, { n });
    ring(shardOf(id, SHARDS));
    ids.push(id);
  }
  return ids;
}

async function allCompleted(ids: readonly string[]): Promise<void> {
  await until(async () => {
    const { rows } = await engine.db.pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM run WHERE id = ANY($1::uuid[]) AND status = 'completed' AND owner IS NULL`,
      [ids],
    );
    return rows[0]?.n === ids.length;
  }, 60_000);
}

const order = () =>
  workflow()
    .step('reserve', { input: { step: 'reserve', n: '{{ trigger.data.n }}' } })
    .step('pay', { input: { step: 'pay', n: '{{ trigger.data.n }}' } });

/** Every step of every run was called once, whoever did it. */
function expectEachOnce(runs: number): void {
  const seen = engine.calls.map(
    ({ input, idempotencyKey }) => `${String(input['step'])} ${String(input['n'])} ${idempotencyKey}`,
  );
  expect([seen.length, new Set(seen).size]).toEqual([runs * 2, runs * 2]);
}

async function slowParticipant(): Promise<typeof done> {
  await new Promise((resolve) => setTimeout(resolve, 5));
  return done;
}

describe.each(WAYS)('workers over %s', (name) => {
  let way: TestWay;
  beforeAll(async () => {
    way = await testWay(name);
  }, 60_000);
  afterAll(() => way.stop());

  it('find the work of every shard by its rings alone', async () => {
    const { doorbell } = await hire(way.redisUrls, NEVER_MS);
    const ids = await load(await engine.publish(order()), 24, (shard) => doorbell.ring(shard));
    expect(new Set(ids.map((id) => shardOf(id, SHARDS))).size).toBeGreaterThan(1);
    await allCompleted(ids);
    expectEachOnce(24);
  });

  it('wake a run of another worker by a ring when what it waits for has come (S31)', async () => {
    const first = await hire(way.redisUrls, NEVER_MS);
    const published = await engine.publish(workflow().wait('payment', 'paid'));
    const ids = await load(published, 6, (shard) => first.doorbell.ring(shard));
    for (const id of ids) await engine.comesTo(id, 'waiting');
    const second = await hire(way.redisUrls, NEVER_MS);
    await first.stop();
    const { woken } = await engine.event('paid');
    for (const { shard } of woken) second.doorbell.ring(shard);
    await allCompleted(ids);
  });

  it('are replaced one by one under load without a call too many (rolling restart)', async () => {
    engine.answer = slowParticipant;
    const published = await engine.publish(order());
    const hands = [await hire(way.redisUrls, 200), await hire(way.redisUrls, 200), await hire(way.redisUrls, 200)];
    const ringer = createDoorbell({ redisUrls: way.redisUrls, databaseUrl: engine.db.url });
    open.push(() => ringer.close());
    const loading = load(published, 90, (shard) => ringer.ring(shard));
    for (const old of hands) {
      await hire(way.redisUrls, 200);
      await old.stop();
    }
    await allCompleted(await loading);
    expectEachOnce(90);
  });
});

describe('workers while Redis fails', () => {
  it('end every run although a node of the cluster is killed under load, and hear rings again when it is back', async () => {
    const cluster = await testRedisCluster();
    open.push(() => cluster.stop());
    engine.answer = slowParticipant;
    const published = await engine.publish(order());
    const hands = [await hire(cluster.urls, 200), await hire(cluster.urls, 200)];
    const { doorbell } = hands[0] ?? (await hire(cluster.urls, 200));
    const before = await load(published, 40, (shard) => doorbell.ring(shard));
    const loading = load(published, 80, (shard) => doorbell.ring(shard));
    await cluster.kill(1);
    const ids = [...before, ...(await loading)];
    await allCompleted(ids);
    expectEachOnce(ids.length);

    await cluster.revive(1);
    await untilHeardAgain(hands.map((hand) => hand.doorbell));
  });

  it('go on while Redis is stopped, and hear rings again when it is back with nothing in it', async () => {
    const redis = await testRedis();
    const port = Number(new URL(redis.url).port);
    engine.answer = slowParticipant;
    const published = await engine.publish(order());
    const hand = await hire([redis.url], 200);
    const before = await load(published, 20, (shard) => hand.doorbell.ring(shard));
    await redis.stop();
    const during = await load(published, 40, (shard) => hand.doorbell.ring(shard));
    await allCompleted([...before, ...during]);
    expect(hand.doorbell.figures().lost).toBeGreaterThan(0);

    const again = await testRedis({ port });
    open.push(() => again.stop());
    await untilHeardAgain([hand.doorbell]);
    const after = await load(published, 20, (shard) => hand.doorbell.ring(shard));
    await allCompleted(after);
    expectEachOnce(80);
  });

  /** Every shard's ring is answered by somebody. */
  async function untilHeardAgain(bells: readonly Doorbell[]): Promise<void> {
    const total = (key: 'heard' | 'lost'): number => bells.reduce((sum, bell) => sum + bell.figures()[key], 0);
    for (let shard = 0; shard < SHARDS; shard += 1) {
      const heard = total('heard');
      await until(async () => {
        const lost = total('lost');
        bells[0]?.ring(shard);
        await bells[0]?.flush();
        return total('heard') > heard && total('lost') === lost;
      }, 60_000);
    }
  }
});
