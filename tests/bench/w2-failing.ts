/** W2: the second call fails for every fifth order, three retries, then the first call is undone. Checked in the service's ledger. */
import type { Bench } from './bench.js';
import { percentile } from './figures.js';
import type { Figure } from './figures.js';
import { costPer } from './processes.js';
import { failingSaga } from './sagas.js';
import { deliver } from './webhook-load.js';

const FAILS_EVERY = 5;

export async function benchFailing(bench: Bench): Promise<Figure[]> {
  const workflow = await bench.publish('W2 failing saga', failingSaga(bench.stubUrl));
  const sign = await bench.address(workflow);
  const speeds: number[] = [];
  let wrong = 0;
  let started = 0;
  for (let round = -1; round < bench.rounds; round += 1) {
    await bench.forget();
    const orders = bench.makeOrders(round < 0 || bench.quick ? 100 : 3000, (n) => ({ fail: n % FAILS_EVERY === 0 }));
    started += orders.length;
    const deliveries = await sign(orders);
    const [since, before, began] = [await bench.now(), bench.cpu(), performance.now()];
    await deliver(bench.stage.backendUrl, deliveries);
    await bench.ended(workflow, since);
    const tookMs = performance.now() - began;
    if (round >= 0) speeds.push((orders.length / tookMs) * 1000);
    console.log(`bench: w2 CPU µs per run: ${costPer(before, bench.cpu(), orders.length)}`);
    const { effects } = await bench.report();
    for (const { orderId, fail } of orders) {
      const { reserve = 0, release = 0, charge = 0 } = effects[String(orderId)] ?? {};
      const right = fail === true ? release === 1 && charge === 0 : release === 0 && charge === 1;
      if (reserve !== 1 || !right) wrong += 1;
    }
  }
  const { completed = 0, compensated = 0 } = await bench.statuses(workflow);
  if (wrong > 0 || completed + compensated !== started || compensated * FAILS_EVERY !== started)
    throw new Error(
      `W2: ${wrong} of ${started} ledgers are wrong; ${completed} completed, ${compensated} compensated.`,
    );
  return [
    { workload: 'W2', what: 'POST to end, every ledger right', unit: 'runs/s', values: speeds },
    { workload: 'W2', what: 'slowest round', unit: 'runs/s', values: [percentile(speeds, 0)] },
  ];
}
