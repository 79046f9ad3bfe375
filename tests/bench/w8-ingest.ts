/** W8: signed deliveries at saturation, answered after the commit, beside bare Fastify with the same group-committed insert. */
import { freePort } from '@sagawright/shared/server';
import { ended } from '../chaos/stage.js';
import { isReady } from './baselines.js';
import { program } from './bench.js';
import type { Bench } from './bench.js';
import { atMost, percentile, ratioAtLeast } from './figures.js';
import type { Figure } from './figures.js';
import { costPer } from './processes.js';
import { emptySaga } from './sagas.js';
import { median } from './timed.js';
import { deliver, deliverAtPace } from './webhook-load.js';

export async function benchIngest(bench: Bench): Promise<Figure[]> {
  const workflow = await bench.publish('W8 empty', emptySaga());
  const sign = await bench.address(workflow);
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const baseline = program('baseline-ingest', [bench.stage.db.url, String(port), JSON.stringify(workflow)]);
  try {
    await isReady(origin);
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = -1; round < bench.rounds; round += 1) {
      const count = round < 0 ? 300 : bench.quick ? 500 : 8000;
      const speeds: number[] = [];
      for (const to of [bench.stage.backendUrl, origin]) {
        const deliveries = await sign(bench.makeOrders(count));
        const pids = { baseline: baseline.pid };
        const [since, before] = [await bench.now(), bench.cpu(pids)];
        speeds.push(await deliver(to, deliveries));
        await bench.ended(workflow, since);
        console.log(
          `bench: w8 CPU µs per delivery to ${to === origin ? 'bare Fastify' : 'the door'}: ${costPer(before, bench.cpu(pids), count)}`,
        );
      }
      if (round < 0) continue;
      ours.push(speeds[0] ?? NaN);
      theirs.push(speeds[1] ?? NaN);
    }
    const half = Math.max(10, Math.round(median(ours) / 2));
    const deliveries = await sign(bench.makeOrders(bench.quick ? 100 : half * 10));
    const took = await deliverAtPace(bench.stage.backendUrl, deliveries, half);
    const beside = { what: 'bare Fastify, same insert', values: theirs };
    return [
      {
        workload: 'W8',
        what: 'signed deliveries, 202 after commit',
        unit: '/s',
        values: ours,
        beside,
        target: ratioAtLeast(0.6),
      },
      {
        workload: 'W8',
        what: `p99 to the answer at half load (${half}/s)`,
        unit: 'ms',
        values: [percentile(took, 0.99)],
        target: atMost(50),
      },
    ];
  } finally {
    await ended(baseline, 'SIGKILL');
  }
}
