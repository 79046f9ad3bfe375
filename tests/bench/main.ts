/**
 * The benchmark, first slice: the engine's step overhead (W4) and its throughput with three calls per run (W1) beside raw
 * BullMQ with one job per run on the same machine in the same minutes (A B A B). fsync is on, journal and live bus are on.
 * W8 is the real webhook door with signatures, taken beside bare Fastify with the same insert; "door" is W1 through that
 * door, from the first delivery to the end of the last run. "expressions", "compile" and "explore" are the pure core, alone.
 * Usage: main.js [--quick] [--only w1|w4|w8|door|expressions|compile|explore] [--profile DIR]. Not measured yet: latency at low load, memory.
 */
import { spawn } from 'node:child_process';
import { cpus } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { createDoorbell, freePort, insertEventsAndRuns } from '@sagawright/shared/server';
import { chain, ingestRequest, publishWorkflow, until } from '@sagawright/shared/testing';
import type { PublishedWorkflow } from '@sagawright/shared/testing';
import { Stage } from '../chaos/stage.js';
import { benchCompile } from './compile.js';
import { cpuTimeMs } from './cpu-time.js';
import { benchExplore } from './explore.js';
import { benchExpressions } from './expressions.js';
import { median } from './timed.js';
import { deliver, openWebhook } from './webhook-load.js';
import type { SignedDelivery } from './webhook-load.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    profile: { type: 'string' },
  },
});
/** What needs neither database nor doors. */
const CORE = ['expressions', 'compile', 'explore'] as const;
const WORKLOADS = ['w1', 'w4', 'w8', 'door', ...CORE] as const;
if (values.only !== undefined && !WORKLOADS.some((name) => name === values.only)) {
  console.error(`bench: --only takes one of ${WORKLOADS.join(', ')}`);
  process.exit(2);
}
const wanted = (name: (typeof WORKLOADS)[number]): boolean => values.only === undefined || values.only === name;
const rounds = values.quick ? 1 : 3;
const roundsOfCore = values.quick ? 1 : 9;
const runsOfW1 = values.quick ? 200 : 3000;
const deliveriesOfW8 = values.quick ? 500 : 8000;
const runsOfDoor = values.quick ? 200 : 3000;
const runsOfW4 = values.quick ? 100 : 3000;
const STEPS_OF_W4 = 20;
const INGEST_BATCH = 200;

const order = { orderId: '{{ trigger.data.orderId }}' };
const w1 = chain(
  [
    { kind: 'transform', id: 'prepare', values: { orderId: '{{ trigger.data.orderId }}' } },
    { kind: 'action', id: 'reserve', operation: 'reserve', input: { ...order, sku: 'SKU-1', quantity: 1 } },
    { kind: 'action', id: 'charge', operation: 'charge', input: { ...order, amountCents: 4200 } },
    {
      kind: 'action',
      id: 'ship',
      operation: 'ship',
      input: { ...order, reservationId: '{{ steps.reserve.output.body.reservationId }}' },
    },
    { kind: 'transform', id: 'summary', values: { shipped: '{{ trigger.data.orderId }}' } },
  ],
  { connector: 'demo-shop', attemptTimeoutMs: 30_000 },
);
const w4 = chain(
  Array.from({ length: STEPS_OF_W4 }, (_, n) => ({ kind: 'transform', id: `step${n}`, values: { n } }) as const),
);

const figures: string[] = [];
if (wanted('expressions')) figures.push(await benchExpressions(rounds));
if (wanted('compile')) figures.push(benchCompile(roundsOfCore));
if (wanted('explore')) figures.push(benchExplore(roundsOfCore));
if (CORE.some((name) => name === values.only)) {
  console.log(`bench: ${cpus().length} cores, Node ${process.version}`);
  console.log(`bench: ${figures.join(' ')}`);
  process.exit(0);
}
const stage = await Stage.set({
  workers: 1,
  leaseMs: 5000,
  redis: true,
  logLevel: 'warn',
  backend: wanted('w8') || wanted('door'),
  ...(values.profile === undefined ? {} : { profileDir: values.profile }),
});
const doorbell = createDoorbell({
  redisUrls: stage.redisUrl === null ? null : [stage.redisUrl],
  databaseUrl: stage.db.url,
});
let orders = 0;
try {
  console.log(
    `bench: ${cpus().length} cores, Node ${process.version}, ${stage.redisUrl === null ? 'no Redis' : 'Redis'}, 1 worker, medians of ${rounds}`,
  );
  if (wanted('w1')) figures.push(await benchW1());
  if (wanted('w4')) figures.push(await benchW4());
  if (wanted('w8')) figures.push(await benchW8());
  if (wanted('door')) figures.push(await benchDoor());
  console.log(`bench: ${figures.join(' ')}`);
} finally {
  await doorbell.close();
  await stage.close();
}
process.exit(0);

async function benchW1(): Promise<string> {
  const workflow = await publishWorkflow(stage.db.pool, w1);
  await engine(workflow, 100);
  const ours: number[] = [];
  const theirs: number[] = [];
  const baseline = stage.redisUrl === null ? null : startBaseline(stage.redisUrl);
  try {
    if (baseline !== null) await baseline.drain(100);
    for (let round = 0; round < rounds; round += 1) {
      ours.push(await engine(workflow, runsOfW1));
      if (baseline !== null) theirs.push(await baseline.drain(runsOfW1));
    }
  } finally {
    await baseline?.close();
  }
  console.log(
    `bench: w1 engine runs/s ${ours.map(Math.round).join(' ')}, BullMQ one job per run ${theirs.map(Math.round).join(' ')}`,
  );
  const ratio = theirs.length === 0 ? 'none' : (median(ours) / median(theirs)).toFixed(2);
  return `w1 ratio=${ratio} w1 runs/s=${Math.round(median(ours))}`;
}

async function benchW4(): Promise<string> {
  const workflow = await publishWorkflow(stage.db.pool, w4);
  await engine(workflow, 50);
  const speeds: number[] = [];
  for (let round = 0; round < rounds; round += 1) speeds.push((await engine(workflow, runsOfW4)) * STEPS_OF_W4);
  return `w4 steps/s=${Math.round(median(speeds))}`;
}

/** Signed deliveries taken per second, and the same by bare Fastify. Its workflow ends at once. */
async function benchW8(): Promise<string> {
  const workflow = await publishWorkflow(stage.db.pool, chain([]));
  const sign = await openWebhook(stage, workflow);
  const deliveries = async (count: number): Promise<SignedDelivery[]> =>
    Promise.all(Array.from({ length: count }, () => sign({ orderId: nextOrder(), note: 'x'.repeat(900) })));
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const program = path.join(import.meta.dirname, 'baseline-ingest.js');
  const baseline = spawn(process.execPath, [program, stage.db.url, String(port), JSON.stringify(workflow)], {
    stdio: 'inherit',
  });
  try {
    await until(async () => (await fetch(`${origin}/health/ready`).catch(() => null))?.ok === true, 20_000);
    const ours: number[] = [];
    const theirs: number[] = [];
    const ourCost: number[] = [];
    const theirCost: number[] = [];
    for (let round = -1; round < rounds; round += 1) {
      const count = round < 0 ? 300 : deliveriesOfW8;
      const batches = [await deliveries(count), await deliveries(count)] as const;
      const cpu = [cpuTimeMs(stage.backendPid), cpuTimeMs(baseline.pid)] as const;
      const own = await deliver(stage.backendUrl, batches[0]);
      await ended(workflow);
      const other = await deliver(origin, batches[1]);
      await ended(workflow);
      if (round < 0) continue;
      ours.push(own);
      theirs.push(other);
      ourCost.push(((cpuTimeMs(stage.backendPid) - cpu[0]) * 1000) / count);
      theirCost.push(((cpuTimeMs(baseline.pid) - cpu[1]) * 1000) / count);
    }
    console.log(
      `bench: w8 CPU µs per delivery ${ourCost.map(Math.round).join(' ')}, bare Fastify ${theirCost.map(Math.round).join(' ')}`,
    );
    console.log(
      `bench: w8 deliveries/s ${ours.map(Math.round).join(' ')}, bare Fastify ${theirs.map(Math.round).join(' ')}`,
    );
    return `w8 ratio=${(median(ours) / median(theirs)).toFixed(2)} w8 deliveries/s=${Math.round(median(ours))}`;
  } finally {
    baseline.kill('SIGKILL');
  }
}

/** W1 through the webhook door: deliveries signed, stored, claimed, run to the end. */
async function benchDoor(): Promise<string> {
  const workflow = await publishWorkflow(stage.db.pool, w1);
  const sign = await openWebhook(stage, workflow);
  const speeds: number[] = [];
  const cost: string[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const count = round < 0 ? 100 : runsOfDoor;
    const batch = await Promise.all(Array.from({ length: count }, () => sign({ orderId: nextOrder() })));
    const pids = [stage.backendPid, stage.worker(0)?.pid];
    const before = pids.map(cpuTimeMs);
    const began = performance.now();
    await deliver(stage.backendUrl, batch);
    await ended(workflow);
    if (round < 0) continue;
    speeds.push((count / (performance.now() - began)) * 1000);
    cost.push(pids.map((pid, at) => Math.round(((cpuTimeMs(pid) - (before[at] ?? NaN)) * 1000) / count)).join('+'));
  }
  console.log(
    `bench: door runs/s ${speeds.map(Math.round).join(' ')}, CPU µs per run (backend+worker) ${cost.join(' ')}`,
  );
  return `door runs/s=${Math.round(median(speeds))}`;
}

/** @returns runs per second, from the first insert to the last end; every run must complete */
async function engine(workflow: PublishedWorkflow, count: number): Promise<number> {
  const began = performance.now();
  for (let left = count; left > 0; left -= INGEST_BATCH) {
    const requests = Array.from({ length: Math.min(left, INGEST_BATCH) }, () =>
      ingestRequest(workflow, { orderId: nextOrder() }),
    );
    await insertEventsAndRuns(stage.db.pool, requests);
    doorbell.ring(0);
  }
  await ended(workflow);
  const elapsed = performance.now() - began;
  const bad = await stage.db.pool.query(`SELECT FROM run WHERE workflow_id = $1 AND status <> 'completed' LIMIT 1`, [
    workflow.workflowId,
  ]);
  if (bad.rowCount !== 0) throw new Error('A run of the benchmark did not complete.');
  return (count / elapsed) * 1000;
}

/** Every run of the workflow is over. */
async function ended({ workflowId }: PublishedWorkflow): Promise<void> {
  const open = `SELECT FROM run WHERE workflow_id = $1 AND ended_at IS NULL LIMIT 1`;
  await until(async () => (await stage.db.pool.query(open, [workflowId])).rowCount === 0, 300_000);
}

interface Baseline {
  drain(count: number): Promise<number>;
  close(): Promise<void>;
}

function startBaseline(redisUrl: string): Baseline {
  const program = path.join(import.meta.dirname, 'baseline-worker.js');
  const child = spawn(process.execPath, [program, redisUrl, stage.shopUrl], { stdio: 'inherit' });
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const queue = new Queue('baseline', { connection });
  return {
    drain: async (count) => {
      const began = performance.now();
      for (let left = count; left > 0; left -= INGEST_BATCH) {
        const jobs = Array.from({ length: Math.min(left, INGEST_BATCH) }, () => ({
          name: 'run',
          data: { orderId: nextOrder() },
        }));
        await queue.addBulk(jobs);
      }
      await until(async () => {
        const { waiting = 0, active = 0 } = await queue.getJobCounts('waiting', 'active');
        return waiting + active === 0;
      }, 300_000);
      return (count / (performance.now() - began)) * 1000;
    },
    close: async () => {
      child.kill('SIGKILL');
      await queue.close();
      connection.disconnect();
    },
  };
}

function nextOrder(): string {
  orders += 1;
  return `bench-${orders}`;
}
