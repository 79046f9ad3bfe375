/** Redis that forgets, goes, has no room, or does not answer. Everything goes on at the pace of the sweeper. */
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { between } from '../random-order.js';
import type { Need, Stage } from '../stage.js';
import type { Fault } from './fault.js';

const AWAY_MS = 4000;
const NODE_AWAY_MS = 5000;

async function inRedis(stage: Stage, work: (redis: Redis) => Promise<unknown>): Promise<number> {
  if (stage.redisUrl === null) return 0;
  const redis = new Redis(stage.redisUrl);
  redis.on('error', () => undefined);
  try {
    await work(redis);
    return 1;
  } finally {
    redis.disconnect();
  }
}

const SINGLE: Readonly<Record<string, Fault>> = {
  flushall: {
    about: '`FLUSHALL`: every doorbell lost',
    inject: ({ stage }) => inRedis(stage, (redis) => redis.flushall()),
  },
  'redis-restart': {
    about: 'Redis stopped and started again without its file',
    inject: async ({ stage }) => {
      if (stage.redisUrl === null) return 0;
      await stage.restartRedis();
      return 1;
    },
  },
  'redis-down': {
    about: 'Redis is away for four seconds',
    inject: async ({ stage }) => {
      if (stage.redisUrl === null) return 0;
      await stage.stopRedis();
      await delay(AWAY_MS);
      await stage.restartRedis();
      return 1;
    },
  },
  'redis-full': {
    about: 'Redis is out of memory (`noeviction`) for three seconds: every write is refused',
    inject: ({ stage }) =>
      inRedis(stage, async (redis) => {
        await redis.config('SET', 'maxmemory', '1');
        await delay(3000);
        await redis.config('SET', 'maxmemory', '0');
      }),
  },
  'redis-blocked': {
    about: 'Redis stands still for four seconds: reads and writes never return meanwhile',
    inject: async ({ stage }) => {
      const pid = stage.redisPid;
      if (pid === null) return 0;
      process.kill(pid, 'SIGSTOP');
      await delay(AWAY_MS);
      process.kill(pid, 'SIGCONT');
      return 1;
    },
  },
};

const CLUSTER: Readonly<Record<string, Fault>> = {
  'cluster-node-lost': {
    about: '`kill -9` of one of three nodes of a Redis Cluster, which is back with nothing in it five seconds later',
    inject: async ({ stage: { cluster }, random }) => {
      if (cluster === null) return 0;
      const node = between(0, cluster.urls.length, random);
      await cluster.kill(node);
      await delay(NODE_AWAY_MS);
      await cluster.revive(node);
      return 1;
    },
  },
};

export const REDIS_FAULTS: Readonly<Record<string, Fault>> = {
  ...needing('redis', SINGLE),
  ...needing('cluster', CLUSTER),
};

function needing(needs: Need, faults: Readonly<Record<string, Fault>>): Record<string, Fault> {
  return Object.fromEntries(Object.entries(faults).map(([name, fault]) => [name, { ...fault, needs }]));
}
