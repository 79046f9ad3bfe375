/** The three ways that rings and live changes can travel; whatever uses them passes the same tests on each. */
import { Redis } from 'ioredis';
import { testRedisCluster } from './redis-cluster.js';
import { testRedis } from './servers.js';

export const WAYS = ['redis', 'cluster', 'postgres'] as const;
export type Way = (typeof WAYS)[number];

export interface TestWay {
  /** As in `REDIS_URL`; null = over PostgreSQL. */
  readonly redisUrls: readonly string[] | null;
  /** Every key that matches, over all nodes. */
  keys(pattern: string): Promise<string[]>;
  /** Cuts every connection that listens to live changes. */
  cutListeners(): Promise<void>;
  stop(): Promise<void>;
}

export async function testWay(way: Way): Promise<TestWay> {
  if (way === 'postgres') {
    return {
      redisUrls: null,
      keys: () => Promise.resolve([]),
      cutListeners: () => Promise.resolve(),
      stop: () => Promise.resolve(),
    };
  }
  const server =
    way === 'redis' ? await testRedis().then((redis) => ({ ...redis, urls: [redis.url] })) : await testRedisCluster();
  const everywhere = async <T>(work: (redis: Redis) => Promise<T>): Promise<T[]> =>
    await Promise.all(
      server.urls.map(async (url) => {
        const redis = new Redis(url);
        try {
          return await work(redis);
        } finally {
          redis.disconnect();
        }
      }),
    );
  return {
    redisUrls: server.urls,
    keys: async (pattern) => (await everywhere((redis) => redis.keys(pattern))).flat(),
    cutListeners: async () => void (await everywhere((redis) => redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub'))),
    stop: () => server.stop(),
  };
}
