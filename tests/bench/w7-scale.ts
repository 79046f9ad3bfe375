/** W7: a million finished runs and 100,000 parked ones lie in the database: what idling costs, how fast the list is, and a start. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from './bench.js';
import { atRest, cloneRuns } from './clones.js';
import { atMost, percentile } from './figures.js';
import type { Figure } from './figures.js';
import { LONG_MS, orderSaga, timerSaga } from './sagas.js';
import { sharedClockMs } from './stub.js';
import { deliverAtPace } from './webhook-load.js';

const STARTS_PER_SECOND = 20;

export async function benchScale(bench: Bench): Promise<Figure[]> {
  const finished = bench.quick ? 5000 : 1_000_000;
  const parked = bench.quick ? 500 : 100_000;
  const workflow = await bench.publish('W7 order saga', orderSaga(bench.stubUrl));
  await startLatency(bench, workflow); // The first runs of a process pay for its warm-up.
  const before = await startLatency(bench, workflow);

  const sleepers = await bench.publish('W7 sleepers', timerSaga());
  const dueAt = new Date((await bench.now()) + LONG_MS).toISOString();
  const [sleeper] = await bench.insert(
    sleepers,
    bench.makeOrders(1, () => ({ until: dueAt })),
  );
  const [model] = await bench.insert(workflow, bench.makeOrders(1));
  if (sleeper === undefined || model === undefined) throw new Error('W7: no run was started.');
  await atRest(bench, sleeper, 'waiting');
  await atRest(bench, model, 'completed');
  await cloneRuns(bench, sleeper, { count: parked, everyMs: 10 });
  await cloneRuns(bench, model, { count: finished, everyMs: 100 });

  const idle = await idleCpu(bench, bench.quick ? 2000 : 30_000);
  const list = await listLatency(bench, workflow.workflowId);
  const after = await startLatency(bench, workflow);
  const size = `${finished} finished, ${parked} parked`;
  return [
    ...Object.entries(idle).map(([name, percent]) => ({
      workload: 'W7',
      what: `idle CPU, ${name}; ${size}`,
      unit: '% of a core',
      values: [percent],
      ...(name === 'in all' ? { target: atMost(2) } : {}),
    })),
    ...Object.entries(list).map(([name, times]) => ({
      workload: 'W7',
      what: `list of runs, p95, ${name}`,
      unit: 'ms',
      values: [percentile(times, 0.95)],
      target: atMost(50),
    })),
    ...([0.5, 0.99] as const).map((part) => ({
      workload: 'W7',
      what: `p${part * 100} at ${STARTS_PER_SECOND} runs/s, POST to last call`,
      unit: 'ms',
      values: [percentile(after, part)],
      beside: { what: 'before they were there', values: [percentile(before, part)] },
    })),
  ];
}

async function idleCpu(bench: Bench, forMs: number): Promise<Record<string, number>> {
  const before = bench.cpu();
  await delay(forMs);
  const after = bench.cpu();
  const percent = (name: string): number => (((after.get(name) ?? NaN) - (before.get(name) ?? NaN)) / forMs) * 100;
  const each = { backend: percent('backend'), worker: percent('worker'), postgres: percent('postgres') };
  return { ...each, 'in all': each.backend + each.worker + each.postgres };
}

/** As the screens ask: the newest, by status, of one workflow, and a page far down. */
async function listLatency(bench: Bench, workflowId: string): Promise<Record<string, number[]>> {
  const queries: Record<string, string> = {
    newest: '',
    'by status': '?status=completed',
    'of a workflow': `?workflowId=${workflowId}`,
    'of a workflow by status': `?workflowId=${workflowId}&status=failed`,
  };
  const times: Record<string, number[]> = {};
  for (const [name, query] of Object.entries(queries)) {
    times[name] = [];
    for (let n = 0; n < (bench.quick ? 5 : 100); n += 1) {
      const began = performance.now();
      const { status } = await bench.door.ask('GET', `/runs${query}`);
      if (status !== 200) throw new Error(`W7: the list was answered with ${status}.`);
      times[name].push(performance.now() - began);
    }
  }
  return times;
}

async function startLatency(bench: Bench, workflow: Parameters<Bench['address']>[0]): Promise<number[]> {
  const orders = bench.makeOrders(bench.quick ? 20 : 400);
  const sign = await bench.address(workflow);
  const deliveries = await sign(orders);
  await bench.forget();
  const since = await bench.now();
  const sentAt: number[] = [];
  await deliverAtPace(
    bench.stage.backendUrl,
    deliveries,
    STARTS_PER_SECOND,
    (index) => (sentAt[index] = sharedClockMs()),
  );
  await bench.ended(workflow, since);
  const { last } = await bench.report();
  return orders.map(({ orderId }, index) => (last[String(orderId)] ?? NaN) - (sentAt[index] ?? NaN));
}
