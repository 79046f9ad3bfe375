/** How this product connects to Redis: one URL is a server, several are nodes of a Redis Cluster. */
import { Cluster, Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';

/**
 * - `bounded`: fails within two seconds when Redis is away; for callers that must not wait
 * - `patient`: waits until Redis is back; for consumers
 */
export type RedisUse = 'bounded' | 'patient';

const COMMAND_TIMEOUT_MS = 2000;
/** BullMQ's blocking reads return within ten seconds; a connection that is silent for longer is half open. */
const LONGEST_READ_MS = 15_000;

export function openRedis(
  urls: readonly string[],
  use: RedisUse,
  onTrouble: (error: unknown) => void,
  givenUp: () => boolean = () => false,
): Redis | Cluster {
  // Copies that BullMQ makes of a connection share its options: this is how they learn that nobody needs them any more.
  const retryStrategy = (times: number) => (givenUp() ? null : Math.min(50 * 2 ** Math.min(times, 6), 2000));
  const options: RedisOptions =
    use === 'bounded'
      ? {
          maxRetriesPerRequest: 0,
          enableOfflineQueue: false,
          commandTimeout: COMMAND_TIMEOUT_MS,
          socketTimeout: 2 * COMMAND_TIMEOUT_MS,
          retryStrategy,
          connectTimeout: 5000,
        }
      : {
          maxRetriesPerRequest: null,
          socketTimeout: LONGEST_READ_MS,
          retryStrategy,
          connectTimeout: 5000,
          autoResubscribe: false,
        };
  const [first, ...others] = urls;
  if (first === undefined) throw new Error('No Redis URL was given.');
  const redis =
    others.length === 0
      ? new Redis(first, options)
      : new Cluster([...urls], {
          redisOptions: options,
          enableOfflineQueue: use === 'patient',
          clusterRetryStrategy: retryStrategy,
          // Certificates name hosts; the cluster speaks of addresses.
          ...(first.startsWith('rediss:')
            ? { dnsLookup: (address: string, done: (error: null, address: string) => void) => done(null, address) }
            : {}),
        });
  // Without a listener a lost connection would be an uncaught 'error' event and end the process.
  redis.on('error', onTrouble);
  return redis;
}

/** A client that does not queue while offline would lose the very first command to its own connecting. */
export function firstContact(redis: Redis | Cluster): Promise<void> {
  if (redis.status !== 'connecting' && redis.status !== 'connect') return Promise.resolve();
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(patience);
      redis.off('ready', go).off('close', go);
      resolve();
    };
    const patience = setTimeout(go, COMMAND_TIMEOUT_MS);
    redis.once('ready', go).once('close', go);
  });
}

/** A connection to one server that is given up when it is lost; whoever listens decides where to listen next. */
export function openListener(url: string, onTrouble: (error: unknown) => void): Redis {
  const redis = new Redis(url, { retryStrategy: null, autoResubscribe: false, connectTimeout: 5000 });
  redis.on('error', onTrouble);
  return redis;
}
