/**
 * The live bus: tells every backend process that a run has new journal entries, after they were committed.
 *
 * Promises: 1. it carries ids and positions only, never data: who hears of a change reads the journal; 2. publishing never
 * throws, waits or crashes anything; 3. after a loss (connection, server restart, failed publish) subscribers get a `gap` and
 * re-read what they show; 4. changes of one run are merged, the highest position wins.
 */
import pg from 'pg';
import type { Cluster, Redis } from 'ioredis';
import { z } from 'zod';
import { complaint } from '../complaint.js';
import { silentLogger } from '../logger.js';
import type { Logger } from '../logger.js';
import { Pace } from '../pace.js';
import { firstContact, openListener, openRedis } from '../queue/redis.js';

export interface RunChange {
  readonly workspaceId: string;
  readonly runId: string;
  /** Position of the newest journal entry. */
  readonly seq: number;
  /** Present when it changed. */
  readonly status?: string;
}

export type LiveMessage =
  | { readonly kind: 'changes'; readonly changes: readonly RunChange[] }
  /** Something may have been missed. */
  | { readonly kind: 'gap' };

export interface LiveSubscription {
  /** Resolves when it hears everything that is published from now on. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

export interface LiveBus {
  publish(changes: readonly RunChange[]): void;
  /** Resolves when everything published so far is out or given up. */
  flush(): Promise<void>;
  subscribe(onMessage: (message: LiveMessage) => void): LiveSubscription;
  close(): Promise<void>;
}

export interface LiveBusOptions {
  /** null = PostgreSQL's LISTEN/NOTIFY on the pool. */
  readonly redisUrls: readonly string[] | null;
  readonly databaseUrl: string;
  readonly pool: pg.Pool;
  readonly logger?: Logger;
}

const CHANNEL = 'sagawright_live';
/** A busy engine tells of many changes at once, a little later than a quiet one tells of a single one. */
const PACE = { spacingMs: 20, company: 4 };
/** PostgreSQL refuses payloads of 8000 bytes and more. */
const MAX_PAYLOAD_BYTES = 7500;

interface Wire {
  send(payloads: readonly string[]): Promise<void>;
  /** Calls `onListening` each time it hears (again), `onPayload` for each message. */
  hear(onPayload: (payload: string) => void, onListening: () => void): { close(): Promise<void> };
  close(): void;
}

export function createLiveBus(options: LiveBusOptions): LiveBus {
  const logger = options.logger ?? silentLogger;
  const wire = options.redisUrls
    ? redisWire(options.redisUrls, logger)
    : postgresWire(options.databaseUrl, options.pool, logger);
  const publishFailed = complaint(logger, 'live updates could not be published; views catch up when they re-read');
  const notUnderstood = complaint(logger, 'a live message was not understood; views re-read');
  const subscriptions = new Set<LiveSubscription>();
  let pending = new Map<string, RunChange>();
  let owesGap = false;
  let sending: Promise<void> | null = null;

  const pace = new Pace(PACE);
  const turn = () => new Promise<void>((resolve) => pace.soon(resolve));
  const sendLoop = async (): Promise<void> => {
    for (; pending.size > 0; await turn()) {
      const changes = [...pending.values()];
      pending = new Map();
      pace.went(changes.length);
      try {
        await wire.send([...(owesGap ? [GAP] : []), ...toPayloads(changes)]);
        owesGap = false;
      } catch (error) {
        owesGap = true;
        publishFailed(error);
      }
    }
    sending = null;
  };

  return {
    publish: (changes) => {
      for (const change of changes) {
        const earlier = pending.get(change.runId);
        const [older, newer] = earlier && earlier.seq > change.seq ? [change, earlier] : [earlier, change];
        pending.set(change.runId, { ...older, ...newer });
      }
      if (pending.size > 0) sending ??= turn().then(sendLoop);
    },
    flush: async () => {
      while (sending) await sending;
    },
    subscribe: (onMessage) => {
      let resolveReady: () => void;
      const ready = new Promise<void>((resolve) => (resolveReady = resolve));
      let heardBefore = false;
      const hearing = wire.hear(
        (payload) => {
          const message = fromPayload(payload);
          if (message === null) notUnderstood(payload.slice(0, 100));
          onMessage(message ?? { kind: 'gap' });
        },
        () => {
          if (heardBefore) onMessage({ kind: 'gap' });
          heardBefore = true;
          resolveReady();
        },
      );
      const subscription: LiveSubscription = {
        ready,
        close: async () => {
          subscriptions.delete(subscription);
          await hearing.close();
        },
      };
      subscriptions.add(subscription);
      return subscription;
    },
    close: async () => {
      while (sending) await sending;
      await Promise.all([...subscriptions].map((subscription) => subscription.close()));
      wire.close();
    },
  };
}

const GAP = '"gap"';
const payloadSchema = z.union([
  z.literal('gap'),
  z.array(
    z.union([z.tuple([z.string(), z.string(), z.int()]), z.tuple([z.string(), z.string(), z.int(), z.string()])]),
  ),
]);

function toPayloads(changes: readonly RunChange[]): string[] {
  const payloads: string[] = [];
  let items: string[] = [];
  let bytes = 2;
  for (const { workspaceId, runId, seq, status } of changes) {
    const item = JSON.stringify(status === undefined ? [workspaceId, runId, seq] : [workspaceId, runId, seq, status]);
    const size = Buffer.byteLength(item) + 1;
    if (bytes + size > MAX_PAYLOAD_BYTES && items.length > 0) {
      payloads.push(`[${items.join(',')}]`);
      items = [];
      bytes = 2;
    }
    items.push(item);
    bytes += size;
  }
  payloads.push(`[${items.join(',')}]`);
  return payloads;
}

function fromPayload(payload: string): LiveMessage | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(payload);
  } catch {
    return null;
  }
  const read = payloadSchema.safeParse(parsed);
  if (!read.success) return null;
  if (read.data === 'gap') return { kind: 'gap' };
  return {
    kind: 'changes',
    changes: read.data.map(([workspaceId, runId, seq, status]) => ({
      workspaceId,
      runId,
      seq,
      ...(status === undefined ? {} : { status }),
    })),
  };
}

function redisWire(urls: readonly string[], logger: Logger): Wire {
  const lost = complaint(logger, 'live updates lost Redis and keep trying');
  let publisher: Redis | Cluster | null = null;
  return {
    send: async (payloads) => {
      publisher ??= openRedis(urls, 'bounded', lost);
      const redis = publisher;
      await firstContact(redis);
      await Promise.all(payloads.map((payload) => redis.publish(CHANNEL, payload)));
    },
    hear: (onPayload, onListening) => hearRedis(urls, onPayload, onListening, lost),
    close: () => publisher?.disconnect(),
  };
}

/**
 * Listens on one server; of a Redis Cluster on any node, for they pass on what is published. A lost node is left for the
 * next. (A cluster client would change nodes by itself, but without telling that something may have been missed.)
 */
function hearRedis(
  urls: readonly string[],
  onPayload: (payload: string) => void,
  onListening: () => void,
  lost: (error: unknown) => void,
): { close(): Promise<void> } {
  let turn = Math.floor(Math.random() * urls.length);
  let failures = 0;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let subscriber: Redis;
  const connect = (): void => {
    const url = urls[turn++ % urls.length] ?? '';
    const mine = openListener(url, lost);
    subscriber = mine;
    mine.on('message', (_channel: string, payload: string) => onPayload(payload));
    mine.on('ready', () => {
      mine.subscribe(CHANNEL).then(
        () => {
          failures = 0;
          onListening();
        },
        (error: unknown) => {
          lost(error);
          mine.disconnect();
        },
      );
    });
    mine.once('end', () => {
      if (!closed) timer = setTimeout(connect, Math.min(50 * 2 ** Math.min(failures++, 6), 2000));
    });
  };
  connect();
  return {
    close: async () => {
      closed = true;
      clearTimeout(timer);
      subscriber.disconnect();
    },
  };
}

function postgresWire(databaseUrl: string, pool: pg.Pool, logger: Logger): Wire {
  const lost = complaint(logger, 'live updates lost the database and keep trying');
  return {
    send: async (payloads) => {
      await pool.query('SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload', [CHANNEL, payloads]);
    },
    hear: (onPayload, onListening) => {
      let client: pg.Client | null = null;
      let timer: NodeJS.Timeout | undefined;
      let closed = false;
      let failures = 0;
      const connect = async (): Promise<void> => {
        const mine = new pg.Client({
          connectionString: databaseUrl,
          application_name: 'sagawright-live',
          keepAlive: true,
          connectionTimeoutMillis: 10_000,
        });
        client = mine;
        const again = (error: unknown): void => {
          if (closed || client !== mine) return;
          client = null;
          lost(error);
          void mine.end().catch(() => undefined);
          timer = setTimeout(() => void connect(), Math.min(100 * 2 ** Math.min(failures++, 6), 5000));
        };
        mine.on('error', again);
        mine.on('end', () => again(new Error('the connection ended')));
        mine.on('notification', ({ payload }) => onPayload(payload ?? ''));
        try {
          await mine.connect();
          await mine.query(`LISTEN ${CHANNEL}`);
          failures = 0;
          onListening();
        } catch (error) {
          again(error);
        }
      };
      void connect();
      return {
        close: async () => {
          closed = true;
          clearTimeout(timer);
          await client?.end().catch(() => undefined);
        },
      };
    },
    close: () => undefined,
  };
}
