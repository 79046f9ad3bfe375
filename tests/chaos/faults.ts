/** What can be done to the stage. Each fault returns when its cause is over; what it broke may still be mending. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Random } from '@sagawright/shared/kernel';
import { between } from './random-order.js';
import type { Stage } from './stage.js';

export interface FaultWorld {
  readonly stage: Stage;
  readonly random: Random;
  readonly leaseMs: number;
}

const FAILPOINTS = [
  'before-claim-load',
  'after-intent',
  'after-effect-before-commit',
  'after-outcome-commit',
  'after-commit-before-park',
  'before-takeover-commit',
];

type Fault = (world: FaultWorld) => Promise<void>;

const anyWorker = ({ stage, random }: FaultWorld) => between(0, stage.workerCount, random);

async function inRedis(stage: Stage, work: (redis: Redis) => Promise<unknown>): Promise<void> {
  if (stage.redisUrl === null) return;
  const redis = new Redis(stage.redisUrl);
  try {
    await work(redis);
  } finally {
    redis.disconnect();
  }
}

async function behave({ stage }: FaultWorld, operation: string, behaviour: object): Promise<void> {
  const response = await fetch(`${stage.shopUrl}/demo-shop/behaviours/${operation}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(behaviour),
  });
  if (!response.ok) throw new Error(`The demo shop refused a behaviour: ${await response.text()}`);
}

/** Faults of the machinery. */
export const FAULTS = {
  /** kill -9 of a worker, and a new process in its place. */
  kill: async (world) => {
    await world.stage.killWorker(anyWorker(world));
  },
  /** A worker that dies by its own hand at a named place, the n-th time it comes by, and a new process in its place. */
  failpoint: async (world) => {
    const { stage, random } = world;
    const index = anyWorker(world);
    const name = FAILPOINTS[between(0, FAILPOINTS.length, random)] ?? 'after-intent';
    const armed = await stage.killWorker(index, { FAILPOINT: `${name}:${between(1, 40, random)}` });
    await Promise.race([once(armed, 'exit'), delay(2500)]);
    await stage.killWorker(index);
  },
  /** Every doorbell lost. */
  flushall: ({ stage }) => inRedis(stage, (redis) => redis.flushall()),
  'redis-restart': ({ stage }) => stage.restartRedis(),
  /** PostgreSQL's immediate shutdown: every connection dies, what was not committed is gone. */
  'postgres-restart': ({ stage }) => stage.restartDatabase(),
  /** A worker that sleeps for longer than its lease, and wakes up believing that nothing happened. */
  zombie: async (world) => {
    const worker = world.stage.worker(anyWorker(world));
    worker?.kill('SIGSTOP');
    await delay(world.leaseMs * 1.5);
    worker?.kill('SIGCONT');
  },
  /** Connections cut under the workers' feet: some of them after COMMIT was sent. */
  cut: async ({ stage }) => {
    await stage.db.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%worker%' AND pid <> pg_backend_pid()`,
    );
  },
} satisfies Record<string, Fault>;
export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

/** What participants do all the time, faults or not. */
export const MISCHIEF = {
  'refuse ship': (world: FaultWorld) => behave(world, 'ship', { mode: 'refuse', times: between(1, 6, world.random) }),
  'refuse charge': (world: FaultWorld) =>
    behave(world, 'charge', { mode: 'refuse', times: between(1, 3, world.random) }),
  'lose ship': (world: FaultWorld) =>
    behave(world, 'ship', { mode: 'lose-answer', times: between(1, 4, world.random) }),
  'lose charge': (world: FaultWorld) =>
    behave(world, 'charge', { mode: 'lose-answer', times: between(1, 4, world.random) }),
  'lose refund': (world: FaultWorld) =>
    behave(world, 'refund', { mode: 'lose-answer', times: between(1, 3, world.random) }),
  'fail reserve': (world: FaultWorld) => behave(world, 'reserve', { mode: 'fail', times: between(1, 4, world.random) }),
  'fail release': (world: FaultWorld) => behave(world, 'release', { mode: 'fail', times: between(1, 3, world.random) }),
  'slow charge': (world: FaultWorld) =>
    behave(world, 'charge', {
      mode: 'slow',
      delayMs: between(100, 2500, world.random),
      times: between(1, 5, world.random),
    }),
} as const;
