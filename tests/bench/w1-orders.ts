/**
 * W1, the order saga: throughput from the first POST to the end of the last run, beside BullMQ with one job per run, with one
 * job per step, and one transaction per step; the engine alone, without doors; latency at 20 runs/s from POST to the last call;
 * memory while the machine is full.
 */
import type { PublishedWorkflow } from '@sagawright/shared/testing';
import { BullMqBaseline, TransactionBaseline, baselineOrders } from './baselines.js';
import type { BullMqShape } from './baselines.js';
import type { Bench } from './bench.js';
import { atMost, percentile, ratioAtLeast } from './figures.js';
import type { Figure } from './figures.js';
import { costPer, residentMb } from './processes.js';
import { orderSaga } from './sagas.js';
import { sharedClockMs } from './stub.js';
import { deliver, deliverAtPace, unsigned } from './webhook-load.js';
import type { SignedDelivery } from './webhook-load.js';

const PER_SECOND = 20;

interface Contest {
  readonly bench: Bench;
  readonly workflow: PublishedWorkflow;
  readonly bullmq: BullMqBaseline | null;
  readonly transactions: TransactionBaseline;
}

export async function benchOrders(bench: Bench): Promise<Figure[]> {
  const workflow = await bench.publish('W1 order saga', orderSaga(bench.stubUrl));
  const bullmq = await BullMqBaseline.open(bench);
  const transactions = await TransactionBaseline.open(bench);
  const contest = { bench, workflow, bullmq, transactions };
  try {
    const figures = [
      ...(await throughDoors(contest)),
      ...(bullmq === null ? [] : await engineAlone(contest, bullmq)),
      ...(await latency(contest)),
    ];
    await bench.allCompleted(workflow);
    return figures;
  } finally {
    await bullmq?.close();
    await transactions.close();
  }
}

async function throughDoors({ bench, workflow, bullmq, transactions }: Contest): Promise<Figure[]> {
  const sign = await bench.address(workflow);
  const memory = { backend: [] as number[], worker: [] as number[] };
  const ours = async (count: number): Promise<number> => {
    const deliveries = await sign(bench.makeOrders(count));
    const [before, since] = [bench.cpu(), await bench.now()];
    const speed = await timedPerSecond(count, async () => {
      await deliver(bench.stage.backendUrl, deliveries);
      await bench.ended(workflow, since);
    });
    console.log(`bench: w1 CPU µs per run: ${costPer(before, bench.cpu(), count)}`);
    return speed;
  };
  const jobs = async (shape: BullMqShape, count: number): Promise<number> => {
    if (bullmq === null) return NaN;
    const deliveries = unsigned(`/${shape}`, bench.makeOrders(count));
    return await timedPerSecond(count, async () => {
      await deliver(bullmq.origin, deliveries);
      await bullmq.ended(shape);
    });
  };
  let done = 0;
  const steps = async (count: number): Promise<number> => {
    const deliveries = unsigned('/w1', bench.makeOrders(count));
    done += count;
    return await timedPerSecond(count, async () => {
      await deliver(transactions.origin, deliveries);
      await transactions.reaches(done);
    });
  };
  const rounds = { ours: [] as number[], run: [] as number[], chain: [] as number[], transactions: [] as number[] };
  const watch = setInterval(() => {
    memory.backend.push(residentMb(bench.stage.backendPid));
    memory.worker.push(residentMb(bench.stage.worker(0)?.pid));
  }, 250);
  try {
    for (let round = -1; round < bench.rounds; round += 1) {
      const count = round < 0 ? 200 : bench.quick ? 200 : 4000;
      const found = {
        ours: await ours(count),
        run: await jobs('run', count),
        chain: await jobs('chain', count),
        transactions: await steps(count),
      };
      if (round < 0) continue;
      for (const name of ['ours', 'run', 'chain', 'transactions'] as const) rounds[name].push(found[name]);
    }
  } finally {
    clearInterval(watch);
  }
  const figure = (what: string, values: readonly number[], target?: Figure['target']): Figure => ({
    workload: 'W1',
    what: 'POST to end',
    unit: 'runs/s',
    values: rounds.ours,
    beside: { what, values },
    ...(target === undefined ? {} : { target }),
  });
  return [
    figure('BullMQ, one job per run', rounds.run, ratioAtLeast(0.55)),
    figure('BullMQ, one job per step', rounds.chain),
    figure('one transaction per step', rounds.transactions),
    memoryFigure('backend, most at saturation', memory.backend, 250),
    memoryFigure('worker, most at saturation', memory.worker, 300),
  ];
}

function memoryFigure(what: string, samples: readonly number[], bound: number): Figure {
  return { workload: 'W1', what, unit: 'MB', values: [Math.max(...samples)], target: atMost(bound) };
}

async function engineAlone({ bench, workflow }: Contest, bullmq: BullMqBaseline): Promise<Figure[]> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = -1; round < bench.rounds; round += 1) {
    const count = round < 0 ? 200 : bench.quick ? 200 : 4000;
    const [since, before] = [await bench.now(), bench.cpu()];
    const own = await timedPerSecond(count, async () => {
      await bench.insert(workflow, bench.makeOrders(count));
      await bench.ended(workflow, since);
    });
    console.log(`bench: w1 CPU µs per run, engine alone: ${costPer(before, bench.cpu(), count)}`);
    const orders = baselineOrders(count, () => bench.nextOrder());
    const other = await timedPerSecond(count, async () => {
      await bullmq.add('run', 'w1', orders);
      await bullmq.ended('run');
    });
    if (round < 0) continue;
    ours.push(own);
    theirs.push(other);
  }
  const beside = { what: 'BullMQ, one job per run, added in bulk', values: theirs };
  return [{ workload: 'W1', what: 'engine alone', unit: 'runs/s', values: ours, beside }];
}

/** Milliseconds from a POST to the arrival of its run's last call, at a pace that leaves the machine idle. */
async function latency({ bench, workflow, bullmq }: Contest): Promise<Figure[]> {
  const count = bench.quick ? 40 : 600;
  const sign = await bench.address(workflow);
  const measure = async (
    origin: string,
    orders: readonly object[],
    deliveries: SignedDelivery[],
    done: () => Promise<void>,
  ) => {
    await bench.forget();
    const sentAt = new Map<string, number>();
    await deliverAtPace(origin, deliveries, PER_SECOND, (index) => {
      sentAt.set((orders[index] as { orderId: string }).orderId, sharedClockMs());
    });
    await done();
    const { last } = await bench.report();
    return [...sentAt].map(([id, at]) => (last[id] ?? NaN) - at);
  };
  const since = await bench.now();
  const orders = bench.makeOrders(count);
  const ours = await measure(bench.stage.backendUrl, orders, await sign(orders), () => bench.ended(workflow, since));
  const others = bench.makeOrders(bullmq === null ? 0 : count);
  const theirs =
    bullmq === null ? [] : await measure(bullmq.origin, others, unsigned('/run', others), () => bullmq.ended('run'));
  return ([0.5, 0.95, 0.99] as const).map((part) => ({
    workload: 'W1',
    what: `p${part * 100} at ${PER_SECOND} runs/s, POST to last call`,
    unit: 'ms',
    values: [percentile(ours, part)],
    ...(bullmq === null ? {} : { beside: { what: 'BullMQ, one job per run', values: [percentile(theirs, part)] } }),
    ...(part === 0.5 ? { target: atMost(8) } : part === 0.99 ? { target: atMost(20) } : {}),
  }));
}

async function timedPerSecond(count: number, work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (count / (performance.now() - began)) * 1000;
}
