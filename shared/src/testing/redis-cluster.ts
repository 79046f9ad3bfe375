/** A real Redis Cluster for tests: three masters on loopback that share the slots and keep nothing. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../server/embedded/postgres.js';
import { startRedis } from '../server/embedded/redis.js';
import { endWithThisProcess } from './end-with-this-process.js';
import { until } from './until.js';

const NODES = 3;
const SLOTS = 16_384;
const PATIENCE_MS = 30_000;

export interface TestRedisCluster {
  /** One URL per node, in the order of {@link kill}. */
  readonly urls: readonly string[];
  /** `kill -9` of one node. Until it is back, its slots are served by nobody. */
  kill(node: number): Promise<void>;
  /** Starts a killed node again in its place. */
  revive(node: number): Promise<void>;
  stop(): Promise<void>;
}

interface Node {
  readonly folder: string;
  readonly port: number;
  readonly clusterPort: number;
  url: string;
  pid: number;
  stop: () => Promise<void>;
}

export async function testRedisCluster(): Promise<TestRedisCluster> {
  const nodes = await Promise.all(Array.from({ length: NODES }, startNode));
  await ask(nodes, async (redis, index) => {
    const first = Math.floor((index * SLOTS) / NODES);
    const last = Math.floor(((index + 1) * SLOTS) / NODES) - 1;
    await redis.call('CLUSTER', 'ADDSLOTSRANGE', first, last);
    // Two nodes with one epoch each would have to settle who is right about the slots.
    await redis.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
  });
  const [first] = nodes;
  await ask(nodes.slice(1), async (redis) => {
    if (first !== undefined) await redis.call('CLUSTER', 'MEET', '127.0.0.1', first.port, first.clusterPort);
  });
  await untilWhole(nodes);
  return {
    urls: nodes.map(({ url }) => url),
    kill: async (index) => {
      const node = at(nodes, index);
      process.kill(node.pid, 'SIGKILL');
      await until(async () => !(await answers(node)), PATIENCE_MS);
    },
    revive: async (index) => {
      await start(at(nodes, index));
      await untilWhole(nodes);
    },
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

async function startNode(): Promise<Node> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sagawright-redis-'));
  const [port, clusterPort] = [await freePort(), await freePort()];
  const node: Node = { folder, port, clusterPort, url: '', pid: 0, stop: () => Promise.resolve() };
  await start(node);
  return node;
}

async function start(node: Node): Promise<void> {
  const { folder: dataDir, port, clusterPort } = node;
  const server = await startRedis({ dataDir, port, clusterPort, durable: false });
  if (server === null) throw new Error('These tests need redis-server or valkey-server on PATH.');
  endWithThisProcess(server.pid, dataDir);
  Object.assign(node, server);
}

/** Every node sees all slots served. */
async function untilWhole(nodes: readonly Node[]): Promise<void> {
  await until(async () => {
    const views = await ask(nodes, async (redis) => String(await redis.call('CLUSTER', 'INFO')));
    return views.every((view) => view.includes('cluster_state:ok') && view.includes(`cluster_known_nodes:${NODES}`));
  }, PATIENCE_MS);
}

async function ask<T>(nodes: readonly Node[], question: (redis: Redis, index: number) => Promise<T>): Promise<T[]> {
  return await Promise.all(
    nodes.map(async ({ url }, index) => {
      const redis = new Redis(url, { maxRetriesPerRequest: 1 });
      redis.on('error', () => undefined);
      try {
        return await question(redis, index);
      } finally {
        redis.disconnect();
      }
    }),
  );
}

async function answers({ url }: Node): Promise<boolean> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return true;
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}

function at(nodes: readonly Node[], index: number): Node {
  const node = nodes[index];
  if (node === undefined) throw new Error(`There is no node ${index}; the cluster has ${nodes.length}.`);
  return node;
}
