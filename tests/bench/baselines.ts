/** The baselines' processes, as the workloads that run beside them see them. */
import type { ChildProcess } from 'node:child_process';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { freePort } from '@sagawright/shared/server';
import { until } from '@sagawright/shared/testing';
import { ended } from '../chaos/stage.js';
import { program } from './bench.js';
import type { Bench } from './bench.js';
import type { BaselineOrder } from './baseline-steps.js';

export type BullMqShape = 'run' | 'chain';
const PATIENCE_MS = 900_000;
const BULK = 200;

/** BullMQ with one job per run and with one job per step. */
export class BullMqBaseline {
  private readonly queues: Readonly<Record<BullMqShape, Queue>>;

  private constructor(
    readonly origin: string,
    private readonly connection: Redis,
    private readonly children: readonly ChildProcess[],
  ) {
    this.queues = {
      run: new Queue('baseline-run', { connection }),
      chain: new Queue('baseline-chain', { connection }),
    };
  }

  /** @returns null where there is no Redis */
  static async open({ stage, stubUrl }: Bench): Promise<BullMqBaseline | null> {
    const { redisUrl } = stage;
    if (redisUrl === null) return null;
    const port = await freePort();
    const children = [
      program('baseline-worker', [redisUrl, stubUrl]),
      program('baseline-door', [redisUrl, String(port)]),
    ];
    const origin = `http://127.0.0.1:${port}`;
    await isReady(origin);
    return new BullMqBaseline(origin, new Redis(redisUrl, { maxRetriesPerRequest: null }), children);
  }

  /** Adds jobs in bulk, past the door. */
  async add(shape: BullMqShape, workload: 'w1' | 'w4', orders: readonly object[]): Promise<void> {
    for (let at = 0; at < orders.length; at += BULK) {
      const jobs = orders.slice(at, at + BULK).map((order) => ({ name: workload, data: { order, step: 0 } }));
      await this.queues[shape].addBulk(jobs);
    }
  }

  async ended(shape: BullMqShape): Promise<void> {
    await until(async () => {
      const { waiting = 0, active = 0, prioritized = 0 } = await this.queues[shape].getJobCounts();
      return waiting + active + prioritized === 0;
    }, PATIENCE_MS);
  }

  async close(): Promise<void> {
    await Promise.all(this.children.map((child) => ended(child, 'SIGKILL')));
    await Promise.all(Object.values(this.queues).map((queue) => queue.close()));
    this.connection.disconnect();
  }
}

/** One transaction per step, on the same PostgreSQL. */
export class TransactionBaseline {
  private constructor(
    readonly origin: string,
    private readonly child: ChildProcess,
  ) {}

  static async open({ stage, stubUrl }: Bench): Promise<TransactionBaseline> {
    const port = await freePort();
    const child = program('baseline-transactions', [stage.db.url, stubUrl, String(port)]);
    const origin = `http://127.0.0.1:${port}`;
    await isReady(origin);
    return new TransactionBaseline(origin, child);
  }

  async done(): Promise<number> {
    return ((await (await fetch(`${this.origin}/health/ready`)).json()) as { done: number }).done;
  }

  async reaches(count: number): Promise<void> {
    await until(async () => (await this.done()) >= count, PATIENCE_MS);
  }

  async close(): Promise<void> {
    await ended(this.child, 'SIGKILL');
  }
}

export async function isReady(origin: string): Promise<void> {
  await until(async () => (await fetch(`${origin}/health/ready`).catch(() => null))?.ok === true, 120_000);
}

/** What the baselines read of an order. */
export function baselineOrders(count: number, nextOrder: () => string): BaselineOrder[] {
  return Array.from({ length: count }, () => ({ orderId: nextOrder(), quantity: 2 }));
}
