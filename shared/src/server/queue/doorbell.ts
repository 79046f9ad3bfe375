/**
 * The doorbell: a BullMQ job that says "shard s has work". It carries no state, so losing one is harmless: the sweeper
 * finds the work a little later.
 *
 * Promises: 1. `ring` never throws, never waits and never crashes anything, whatever Redis does; 2. rings are coalesced:
 * per process at most one is on its way and one is due per shard, and per shard at most {@link BELLS} x 2 jobs exist, however
 * many ring and whether anybody listens; 3. a ring that came after a listener began to look is heard again (never swallowed
 * by the one being handled); 4. everything recovers by itself when Redis or PostgreSQL comes back.
 */
import { Queue, Worker, createPostgresBackend } from 'bullmq';
import type { QueueOptions, WorkerOptions } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import { complaint } from '../complaint.js';
import { silentLogger } from '../logger.js';
import type { Logger } from '../logger.js';
import { firstContact, openRedis } from './redis.js';

export interface DoorbellOptions {
  /** null = BullMQ's own PostgreSQL backend on the database. */
  readonly redisUrls: readonly string[] | null;
  readonly databaseUrl: string;
  readonly logger?: Logger;
}

export interface ListenOptions {
  /** Rings of one shard handled at the same time. */
  readonly concurrency?: number;
}

export interface DoorbellFigures {
  /** Rings asked for, delivered (several may share one delivery), and given up because the queue was away. */
  readonly rung: number;
  readonly delivered: number;
  readonly lost: number;
  readonly heard: number;
}

export interface Listener {
  /** Resolves when every shard is listened to. */
  readonly ready: Promise<void>;
  /** Takes no new rings, lets the ones in hand finish. */
  close(): Promise<void>;
}

export interface Doorbell {
  ring(shard: number): void;
  /** Resolves when the rings so far are delivered or given up. */
  flush(): Promise<void>;
  /** `onRing` looks for work and returns; a failure in it is logged and forgotten. */
  listen(
    shards: readonly number[],
    onRing: (shard: number, signal: AbortSignal | undefined) => Promise<void>,
    options?: ListenOptions,
  ): Listener;
  figures(): DoorbellFigures;
  close(): Promise<void>;
}

/** Deduplication ids per shard: this many rings of one shard can be handled at once over all processes. */
const BELLS = 4;
const QUEUE_NAME = 'doorbell';
const CLOSE_PATIENCE_MS = 3000;
const WATCH_EVERY_MS = 5000;
const DELIVERY_PATIENCE_MS = 2500;

export function createDoorbell(options: DoorbellOptions): Doorbell {
  const logger = options.logger ?? silentLogger;
  const transport = options.redisUrls
    ? redisTransport(options.redisUrls, logger)
    : postgresTransport(options.databaseUrl);
  const ringFailed = complaint(logger, 'the doorbell could not be rung; the sweeper will find the work');
  const troubled = complaint(logger, 'the doorbell is in trouble and keeps trying');
  const counts = { rung: 0, delivered: 0, lost: 0, heard: 0 };
  const due = new Set<number>();
  const queues = new Map<number, Queue>();
  const listeners = new Set<Listener>();
  let flushing: Promise<void> | null = null;
  let closed = false;
  let bell = Math.floor(Math.random() * BELLS);

  const queueOf = (shard: number): Queue => {
    const known = queues.get(shard);
    if (known !== undefined) return known;
    const queue = new Queue(queueName(shard), transport.queueOptions(shard), transport.backend);
    queue.on('error', troubled);
    queues.set(shard, queue);
    return queue;
  };

  const unanswered = async (shard: number): Promise<number> => {
    await transport.assertReachable();
    return await within(DELIVERY_PATIENCE_MS, queueOf(shard).getWaitingCount());
  };

  const deliver = async (shard: number): Promise<void> => {
    let queue: Queue | undefined;
    try {
      await transport.assertReachable();
      queue = queueOf(shard);
      bell = (bell + 1) % BELLS;
      const added = queue.add(
        'ring',
        {},
        {
          removeOnComplete: true,
          removeOnFail: true,
          attempts: 1,
          deduplication: { id: `bell-${bell}`, keepLastIfActive: true },
        },
      );
      await within(DELIVERY_PATIENCE_MS, added);
      counts.delivered += 1;
    } catch (error) {
      counts.lost += 1;
      ringFailed(error);
      // A queue whose first contact failed stays broken for good: the next ring makes a new one.
      if (queue) {
        queues.delete(shard);
        void closeQuietly(queue);
      }
    }
  };

  const flushLoop = async (): Promise<void> => {
    while (due.size > 0) {
      const shards = [...due];
      due.clear();
      await Promise.all(shards.map(deliver));
    }
    flushing = null;
  };

  return {
    ring: (shard) => {
      counts.rung += 1;
      if (closed) return;
      due.add(shard);
      // Rings of the same turn of the event loop, and those that come while one is on its way, share a delivery.
      flushing ??= new Promise<void>((resolve) => setImmediate(resolve)).then(flushLoop);
    },
    flush: async () => {
      while (flushing) await flushing;
    },
    listen: (shards, onRing, { concurrency = 1 } = {}) => {
      const answer = async (shard: number, signal: AbortSignal | undefined): Promise<void> => {
        counts.heard += 1;
        await onRing(shard, signal).catch((error: unknown) =>
          logger.error(
            { error: error instanceof Error ? error.message : String(error), shard },
            'answering the doorbell failed',
          ),
        );
      };
      const keepers = shards.map((shard) =>
        keepListening(shard, concurrency, answer, transport, troubled, () => unanswered(shard)),
      );
      const listener: Listener = {
        ready: Promise.all(keepers.map((keeper) => keeper.ready)).then(() => undefined),
        close: async () => {
          listeners.delete(listener);
          await Promise.all(keepers.map((keeper) => keeper.close()));
        },
      };
      listeners.add(listener);
      return listener;
    },
    figures: () => ({ ...counts }),
    close: async () => {
      closed = true;
      await Promise.all([...listeners].map((listener) => listener.close()));
      while (flushing) await flushing;
      await Promise.all([...queues.values()].map(closeQuietly));
      transport.close();
    },
  };
}

/**
 * A worker that stopped, whose first contact failed, or that has gone deaf (rings lie there, it is idle, and it fetches none)
 * is replaced; BullMQ itself handles what happens in between.
 */
function keepListening(
  shard: number,
  concurrency: number,
  answer: (shard: number, signal: AbortSignal | undefined) => Promise<void>,
  transport: Transport,
  troubled: (error: unknown) => void,
  unanswered: () => Promise<number>,
): Listener {
  let resolveReady: () => void;
  const ready = new Promise<void>((resolve) => (resolveReady = resolve));
  let connection: Connection;
  let fetched = 0;
  let inHand = 0;
  const hire = (): Answerer => {
    connection = transport.workerOptions(shard, troubled);
    const worker = new Answerer(
      queueName(shard),
      // Three parameters: BullMQ then passes the signal that says "the lock is lost".
      async (_job, _token, signal) => {
        fetched += 1;
        inHand += 1;
        await answer(shard, signal as AbortSignal | undefined).finally(() => (inHand -= 1));
      },
      { ...connection.options, concurrency, ...WORKER_SETTINGS },
      transport.backend,
    );
    worker.on('error', troubled);
    worker.on('lockRenewalFailed', (ids: string[]) => ids.forEach((id) => worker.cancelJob(id, 'lock lost')));
    worker.waitUntilReady().then(resolveReady, troubled);
    return worker;
  };
  let worker = hire();
  let closing = false;

  let earlier: number | null = null;
  /** At two looks in a row. */
  const isDeaf = async (): Promise<boolean> => {
    const before = fetched;
    const idle = inHand < concurrency && (await unanswered().catch(() => 0)) > 0 && fetched === before;
    const deaf = idle && earlier === fetched;
    earlier = idle ? fetched : null;
    return deaf;
  };
  const look = async (): Promise<void> => {
    const watched = worker;
    const runs = await watched.waitUntilReady().then(
      () => watched.isRunning(),
      () => false,
    );
    if (!runs) return replace(watched);
    if (await isDeaf()) {
      troubled(new Error(`nobody fetches the rings of shard ${shard}; the listener is replaced`));
      replace(watched);
    }
  };
  const watch = setInterval(() => void look(), WATCH_EVERY_MS);
  watch.unref();
  const replace = (broken: Answerer): void => {
    if (closing || broken !== worker) return;
    void dismiss(broken, connection, true);
    worker = hire();
  };
  return {
    ready,
    close: async () => {
      closing = true;
      clearInterval(watch);
      await dismiss(worker, connection, false);
    },
  };
}

/** A ring is answered in milliseconds; a lock that outlives its worker only delays what the sweeper does anyway. */
const WORKER_SETTINGS = {
  lockDuration: 10_000,
  stalledInterval: 5_000,
  maxStalledCount: 1_000_000,
  runRetryDelay: 1_000,
  removeOnComplete: { count: 0 },
  removeOnFail: { count: 0 },
} satisfies Partial<WorkerOptions>;

interface Connection {
  readonly options: Pick<WorkerOptions, 'connection' | 'prefix'>;
  close(): void;
}

interface Transport {
  /** undefined = BullMQ's default, Redis. */
  readonly backend: undefined;
  assertReachable(): Promise<void>;
  queueOptions(shard: number): QueueOptions;
  workerOptions(shard: number, onTrouble: (error: unknown) => void): Connection;
  close(): void;
}

function redisTransport(urls: readonly string[], logger: Logger): Transport {
  const lost = complaint(logger, 'Redis is not reachable; work goes on at the pace of the sweeper');
  let shared: Redis | Cluster | null = null;
  const bounded = (): Redis | Cluster => (shared ??= openRedis(urls, 'bounded', lost));
  bounded();
  return {
    backend: undefined,
    assertReachable: async () => {
      await firstContact(bounded());
      const { status } = bounded();
      if (status !== 'ready' && status !== 'connect') throw new Error(`Redis connection: ${status}`);
    },
    queueOptions: (shard) => ({
      connection: bounded(),
      prefix: prefixOf(shard),
      streams: { events: { maxLen: 100 } },
      skipWaitingForReady: true,
    }),
    workerOptions: (shard, onTrouble) => {
      let closed = false;
      const connection = openRedis(urls, 'patient', onTrouble, () => closed);
      return {
        options: { connection, prefix: prefixOf(shard) },
        close: () => {
          closed = true;
          connection.disconnect();
        },
      };
    },
    close: () => shared?.disconnect(),
  };
}

function postgresTransport(databaseUrl: string): Transport {
  const connection = {
    connectionString: databaseUrl,
    schema: 'bullmq',
    migrate: true,
    max: 2,
    connectionTimeoutMillis: 5000,
  };
  return {
    // BullMQ types a backend factory by its connection options; the default type parameter of Queue and Worker is Redis.
    backend: createPostgresBackend as unknown as undefined,
    assertReachable: () => Promise.resolve(),
    queueOptions: () => ({ connection: connection as QueueOptions['connection'] }),
    workerOptions: () => ({
      options: { connection: connection as WorkerOptions['connection'] },
      close: () => undefined,
    }),
    close: () => undefined,
  };
}

/** The braces make all keys of one shard fall on one node of a Redis Cluster, and shards spread over the nodes. */
function prefixOf(shard: number): string {
  return `{s${shard}}`;
}

/** The PostgreSQL backend has no prefixes, so the name tells the shards apart as well. */
function queueName(shard: number): string {
  return `${QUEUE_NAME}-${shard}`;
}

async function closeQuietly(queue: Queue): Promise<void> {
  await within(CLOSE_PATIENCE_MS, queue.close()).catch(() => undefined);
}

/** Closing waits until the jobs in hand are settled, which never ends when their server is gone. */
class Answerer extends Worker {
  /** Stops what would otherwise go on for ever behind a close that does not end. */
  abandon(): void {
    void this.lockManager.close();
  }
}

async function dismiss(worker: Answerer, connection: Connection, now: boolean): Promise<void> {
  try {
    await within(CLOSE_PATIENCE_MS, worker.close(now));
  } catch {
    worker.abandon();
  }
  connection.close();
}

async function within<T>(patienceMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${patienceMs} ms`)), patienceMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
