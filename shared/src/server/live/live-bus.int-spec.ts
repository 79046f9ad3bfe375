import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testDatabase, testRedis, testRedisCluster, testWay, until, WAYS } from '../../testing/index.js';
import type { TestDatabase, TestWay } from '../../testing/index.js';
import { createLiveBus } from './live-bus.js';
import type { LiveBus, LiveMessage } from './live-bus.js';

const workspaceId = '0190a000-0000-7000-8000-000000000001';
const run = (n: number) => `0190a000-0000-7000-8000-${String(n).padStart(12, '0')}`;

/** One suite for every wire. */
describe.each(WAYS)('live bus over %s', (mode) => {
  let database: TestDatabase;
  let way: TestWay;
  const open: LiveBus[] = [];
  const bus = (): LiveBus => {
    const made = createLiveBus({
      redisUrls: way.redisUrls,
      databaseUrl: database.url,
      pool: database.pool,
    });
    open.push(made);
    return made;
  };
  const changesIn = (messages: LiveMessage[]) =>
    messages.flatMap((message) => (message.kind === 'changes' ? message.changes : []));

  beforeAll(async () => {
    database = await testDatabase({ migrated: false });
    way = await testWay(mode);
  }, 60_000);
  afterAll(async () => {
    await Promise.all(open.map((one) => one.close()));
    await way.stop();
    await database.close();
  });

  it('tells every subscriber what changed, the newest position of each run', async () => {
    const messages: LiveMessage[][] = [[], []];
    for (const heard of messages) await bus().subscribe((message) => heard.push(message)).ready;
    const publisher = bus();
    publisher.publish([
      { workspaceId, runId: run(1), seq: 3, status: 'running' },
      { workspaceId, runId: run(2), seq: 1 },
    ]);
    publisher.publish([{ workspaceId, runId: run(1), seq: 5 }]);
    await until(() => messages.every((heard) => heard.length > 0));
    for (const heard of messages) {
      expect(changesIn(heard)).toEqual([
        { workspaceId, runId: run(1), seq: 5, status: 'running' },
        { workspaceId, runId: run(2), seq: 1 },
      ]);
    }
  });

  it('carries more changes at once than one message holds', async () => {
    const messages: LiveMessage[] = [];
    await bus().subscribe((message) => messages.push(message)).ready;
    bus().publish(
      Array.from({ length: 1000 }, (_, n) => ({ workspaceId, runId: run(n), seq: n + 1, status: 'compensating' })),
    );
    await until(() => changesIn(messages).length >= 1000);
    expect(messages.length).toBeGreaterThan(1);
  });

  it('tells of a gap after the connection was lost, and hears again', async () => {
    const messages: LiveMessage[] = [];
    await bus().subscribe((message) => messages.push(message)).ready;
    await way.cutListeners();
    if (mode === 'postgres') {
      await database.pool.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'sagawright-live'",
      );
    }
    await until(() => messages.some((message) => message.kind === 'gap'));
    bus().publish([{ workspaceId, runId: run(7), seq: 1 }]);
    await until(() => changesIn(messages).length > 0);
  });
});

describe('live bus while Redis is away', () => {
  it('publishes without throwing, and tells of the gap when Redis is back', async () => {
    const database = await testDatabase({ migrated: false });
    const first = await testRedis();
    const port = Number(new URL(first.url).port);
    const settings = { redisUrls: [first.url], databaseUrl: database.url, pool: database.pool };
    const publisher = createLiveBus(settings);
    publisher.publish([{ workspaceId, runId: run(1), seq: 1 }]);
    await publisher.flush();
    await first.stop();
    publisher.publish([{ workspaceId, runId: run(1), seq: 2 }]);
    await publisher.flush();

    const second = await testRedis({ port });
    const subscriber = createLiveBus(settings);
    const messages: LiveMessage[] = [];
    await subscriber.subscribe((message) => messages.push(message)).ready;
    await until(() => {
      publisher.publish([{ workspaceId, runId: run(1), seq: 3 }]);
      return messages.some((message) => message.kind === 'gap');
    });
    await publisher.close();
    await subscriber.close();
    await second.stop();
    await database.close();
  }, 60_000);
});

describe('live bus while a node of the cluster is away', () => {
  it('tells whoever listened on it of a gap, and goes on by the others', async () => {
    const database = await testDatabase({ migrated: false });
    const cluster = await testRedisCluster();
    const bus = createLiveBus({ redisUrls: cluster.urls, databaseUrl: database.url, pool: database.pool });
    // As many as make sure that somebody listens on each node.
    const heard: LiveMessage[][] = Array.from({ length: 12 }, () => []);
    await Promise.all(heard.map((messages) => bus.subscribe((message) => messages.push(message)).ready));
    await cluster.kill(2);
    await until(() => heard.some((messages) => messages.some(({ kind }) => kind === 'gap')));
    await until(() => {
      bus.publish([{ workspaceId, runId: run(1), seq: 1 }]);
      return heard.every((messages) => messages.some(({ kind }) => kind === 'changes'));
    });
    await bus.close();
    await cluster.stop();
    await database.close();
  }, 90_000);
});
