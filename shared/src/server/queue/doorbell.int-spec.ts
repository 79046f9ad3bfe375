import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect as connectTo, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { Redis } from 'ioredis';
import { testDatabase, testRedis, testRedisCluster, testWay, until, WAYS } from '../../testing/index.js';
import type { TestDatabase, TestWay } from '../../testing/index.js';
import { createDoorbell } from './doorbell.js';
import type { Doorbell } from './doorbell.js';

/** One suite for every way that a ring can travel. */
describe.each(WAYS)('doorbell over %s', (mode) => {
  let database: TestDatabase;
  let way: TestWay;
  const open: Doorbell[] = [];
  const doorbell = (): Doorbell => {
    const made = createDoorbell({ redisUrls: way.redisUrls, databaseUrl: database.url });
    open.push(made);
    return made;
  };

  beforeAll(async () => {
    database = await testDatabase({ migrated: false });
    way = await testWay(mode);
  }, 60_000);
  afterAll(async () => {
    await Promise.all(open.map((bell) => bell.close()));
    await way.stop();
    await database.close();
  });

  it('is heard by a listener of the shard and by nobody else', async () => {
    const bell = doorbell();
    const heard: number[] = [];
    const listener = bell.listen([0, 1], async (shard) => void heard.push(shard));
    await listener.ready;
    bell.ring(1);
    await until(() => heard.length > 0);
    bell.ring(2);
    await bell.flush();
    expect(heard).toEqual([1]);
    await listener.close();
  });

  it('delivers a thousand rings as a few jobs, and leaves nothing behind', async () => {
    const bell = doorbell();
    for (let n = 0; n < 1000; n++) bell.ring(3);
    await bell.flush();
    expect(bell.figures()).toMatchObject({ rung: 1000, lost: 0 });
    for (let n = 0; n < 50; n++) {
      bell.ring(3);
      await bell.flush();
    }
    let heard = 0;
    const listener = bell.listen([3], async () => void (heard += 1));
    await until(() => heard > 0);
    bell.ring(3);
    const before = heard;
    await until(() => heard > before);
    expect(heard).toBeLessThanOrEqual(10);
    await until(async () => !(await way.keys('{s3}:doorbell-3:*')).some((key) => /:\d+$/.test(key)));
    await listener.close();
  });

  it('is heard again when it rang while the last ring was being answered', async () => {
    const bell = doorbell();
    let begun = 0;
    let finish: () => void = () => undefined;
    const listener = bell.listen([4], async () => {
      begun += 1;
      if (begun === 1) await new Promise<void>((resolve) => (finish = resolve));
    });
    await listener.ready;
    bell.ring(4);
    await until(() => begun === 1);
    bell.ring(4);
    await bell.flush();
    finish();
    await until(() => begun >= 2);
    await listener.close();
  });

  it('goes on after an answer that failed', async () => {
    const bell = doorbell();
    let begun = 0;
    const listener = bell.listen([5], async () => {
      begun += 1;
      throw new Error('database away');
    });
    await listener.ready;
    bell.ring(5);
    await until(() => begun === 1);
    bell.ring(5);
    await until(() => begun === 2);
    await listener.close();
  });
});

describe('doorbell while Redis is away', () => {
  it('rings without throwing, counts what is lost, and works again when Redis is back', async () => {
    const first = await testRedis();
    const port = Number(new URL(first.url).port);
    const bell = createDoorbell({ redisUrls: [first.url], databaseUrl: 'postgres://unused' });
    let heard = 0;
    const listener = bell.listen([0], async () => void (heard += 1));
    await listener.ready;
    bell.ring(0);
    await until(() => heard === 1);

    await first.stop();
    bell.ring(0);
    await bell.flush();
    expect(bell.figures().lost).toBeGreaterThan(0);

    const second = await testRedis({ port });
    await until(() => {
      bell.ring(0);
      return heard > 1;
    });
    const flusher = new Redis(first.url);
    await flusher.flushall();
    await flusher.quit();
    const before = heard;
    await until(() => {
      bell.ring(0);
      return heard > before;
    });
    await bell.close();
    await second.stop();
  }, 90_000);

  it('starts, rings and closes when Redis was never there', async () => {
    const bell = createDoorbell({ redisUrls: ['redis://127.0.0.1:1'], databaseUrl: 'postgres://unused' });
    bell.listen([0], async () => undefined);
    bell.ring(0);
    await bell.flush();
    expect(bell.figures()).toMatchObject({ delivered: 0, lost: 1 });
    await bell.close();
  });
});

describe('doorbell over a connection that is half open', () => {
  it('is heard again, by a connection of its own', async () => {
    const redis = await testRedis();
    const link = await stallingLink(Number(new URL(redis.url).port));
    const bell = createDoorbell({ redisUrls: [redis.url], databaseUrl: 'postgres://unused' });
    const far = createDoorbell({ redisUrls: [link.url], databaseUrl: 'postgres://unused' });
    let heard = 0;
    const listener = far.listen([0], async () => void (heard += 1));
    await listener.ready;
    bell.ring(0);
    await until(() => heard === 1);

    link.stall();
    bell.ring(0);
    await until(() => heard > 1, 60_000);
    await far.close();
    await bell.close();
    link.close();
    await redis.stop();
  }, 90_000);
});

/** A way to a server whose connections so far can be silenced without being closed; later ones work. */
async function stallingLink(port: number): Promise<{ readonly url: string; stall(): void; close(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connectTo(port, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stall: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe('doorbell while a node of the cluster is away', () => {
  it('never throws or waits, and rings every shard again when the node is back', async () => {
    const cluster = await testRedisCluster();
    const bell = createDoorbell({ redisUrls: cluster.urls, databaseUrl: 'postgres://unused' });
    const shards = [0, 1, 2, 3, 4, 5];
    const heard = new Set<number>();
    const listener = bell.listen(shards, async (shard) => void heard.add(shard));
    await listener.ready;
    const ringAll = (): boolean => {
      for (const shard of shards) bell.ring(shard);
      return heard.size === shards.length;
    };
    await until(ringAll);

    await cluster.kill(1);
    for (const shard of shards) bell.ring(shard);
    await bell.flush();
    expect(bell.figures().lost).toBeGreaterThan(0);

    await cluster.revive(1);
    heard.clear();
    await until(ringAll, 60_000);
    await bell.close();
    await cluster.stop();
  }, 120_000);
});
