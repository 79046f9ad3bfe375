/**
 * The BullMQ baselines: one job per run, with nothing durable between its steps (`baseline-run`), and one job per step, each of
 * which adds the next one (`baseline-chain`). Jobs named `w1` are orders, jobs named `w4` are 20 trivial steps.
 */
import { Queue, Worker } from 'bullmq';
import type { Job } from 'bullmq';
import { Redis } from 'ioredis';
import { STEPS, stepOf } from './baseline-steps.js';
import type { BaselineData } from './baseline-steps.js';

const [redisUrl = '', stubUrl = ''] = process.argv.slice(2);
const settings = { concurrency: 100, removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } };
const connect = (): Redis => new Redis(redisUrl, { maxRetriesPerRequest: null });
const step = stepOf(stubUrl);

const chain = new Queue<BaselineData>('baseline-chain', { connection: connect() });

new Worker<BaselineData>(
  'baseline-run',
  async ({ name, data }: Job<BaselineData>) => {
    for (let n = 0; n < STEPS[name === 'w4' ? 'w4' : 'w1']; n += 1) await step(name, n, data.order);
  },
  { ...settings, connection: connect() },
);

new Worker<BaselineData>(
  'baseline-chain',
  async ({ name, data }: Job<BaselineData>) => {
    await step(name, data.step, data.order);
    if (data.step + 1 < STEPS[name === 'w4' ? 'w4' : 'w1']) await chain.add(name, { ...data, step: data.step + 1 });
  },
  { ...settings, connection: connect() },
);
