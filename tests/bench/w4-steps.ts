/** W4: 20 trivial steps per run, every one journaled; the same steps as 20 BullMQ jobs, and as 20 transactions. */
import { BullMqBaseline, TransactionBaseline, baselineOrders } from './baselines.js';
import type { Bench } from './bench.js';
import { atLeast } from './figures.js';
import type { Figure } from './figures.js';
import { costPer } from './processes.js';
import { STEPS_OF_W4, stepsSaga } from './sagas.js';
import { deliver, unsigned } from './webhook-load.js';

export async function benchSteps(bench: Bench): Promise<Figure[]> {
  const workflow = await bench.publish('W4 steps', stepsSaga());
  const bullmq = await BullMqBaseline.open(bench);
  const transactions = await TransactionBaseline.open(bench);
  const ours: number[] = [];
  const chain: number[] = [];
  const single: number[] = [];
  let done = 0;
  try {
    for (let round = -1; round < bench.rounds; round += 1) {
      const count = round < 0 || bench.quick ? 100 : 3000;
      // What takes so much longer needs fewer runs to tell its speed.
      const fewer = Math.ceil(count / 5);
      const orders = Array.from({ length: count }, () => ({ orderId: bench.nextOrder() }));
      const [since, before, began] = [await bench.now(), bench.cpu(), performance.now()];
      await bench.insert(workflow, orders);
      await bench.ended(workflow, since);
      const own = stepsPerSecond(count, began);
      console.log(`bench: w4 CPU µs per step: ${costPer(before, bench.cpu(), count * STEPS_OF_W4)}`);
      const jobsBegan = performance.now();
      await bullmq?.add(
        'chain',
        'w4',
        baselineOrders(fewer, () => bench.nextOrder()),
      );
      await bullmq?.ended('chain');
      const jobs = stepsPerSecond(fewer, jobsBegan);
      const singleBegan = performance.now();
      done += fewer;
      await deliver(
        transactions.origin,
        unsigned(
          '/w4',
          baselineOrders(fewer, () => bench.nextOrder()),
        ),
      );
      await transactions.reaches(done);
      const one = stepsPerSecond(fewer, singleBegan);
      if (round < 0) continue;
      ours.push(own);
      if (bullmq !== null) chain.push(jobs);
      single.push(one);
    }
  } finally {
    await bullmq?.close();
    await transactions.close();
  }
  await bench.allCompleted(workflow);
  const figure = { workload: 'W4', what: 'journaled steps', unit: 'steps/s', values: ours };
  return [
    { ...figure, target: atLeast(30_000), ...beside('BullMQ, one job per step', chain) },
    { ...figure, ...beside('one transaction per step', single) },
  ];
}

function beside(what: string, values: readonly number[]): Pick<Figure, 'beside'> {
  return values.length === 0 ? {} : { beside: { what, values } };
}

function stepsPerSecond(runs: number, began: number): number {
  return (runs * STEPS_OF_W4 * 1000) / (performance.now() - began);
}
