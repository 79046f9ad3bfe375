/** W6: one event starts 1,000 workflows in one commit; a loop over 10,000 items with a call each, 50 at a time, beside a bare loop. */
import { Pool } from 'undici';
import type { Bench } from './bench.js';
import { atLeast, atMost, ratioAtLeast } from './figures.js';
import type { Figure } from './figures.js';
import { followerSaga, loopSaga } from './sagas.js';

const LIMIT = 50;
/** How long the service takes for each item: the limit then sets the rate. */
const SERVICE_MS = 50;

export async function benchFanOut(bench: Bench): Promise<Figure[]> {
  return [...(await oneEvent(bench)), ...(await loop(bench))];
}

async function oneEvent(bench: Bench): Promise<Figure[]> {
  const count = bench.quick ? 50 : 1000;
  const type = 'bench.fanned';
  const [first, ...rest] = await inTurns(count, (n) => bench.publish(`W6 follower ${n}`, followerSaga(type)));
  if (first === undefined) throw new Error('W6: nothing was published.');
  const ackMs: number[] = [];
  const startedPerSecond: number[] = [];
  let commits = 0;
  for (let round = 0; round < bench.rounds; round += 1) {
    const since = await bench.now();
    const began = performance.now();
    const { status, body } = await bench.door.ask('POST', '/events', { type, data: { orderId: bench.nextOrder() } });
    ackMs.push(performance.now() - began);
    const { runs } = body as { runs: { runId: string }[] };
    if (status !== 202 || runs.length !== count) throw new Error(`W6: ${runs.length} runs instead of ${count}.`);
    for (const workflow of [first, ...rest]) await bench.ended(workflow, since);
    startedPerSecond.push((count * 1000) / (performance.now() - began));
    // A first entry is never changed: its row tells which transaction wrote it.
    const { rows } = await bench.stage.db.pool.query<{ commits: number }>(
      `SELECT count(DISTINCT xmin::text)::int AS commits FROM journal WHERE run_id = ANY($1::uuid[]) AND type = 'run.started'`,
      [runs.map(({ runId }) => runId)],
    );
    commits = Math.max(commits, rows[0]?.commits ?? NaN);
  }
  return [
    { workload: 'W6', what: `commits for ${count} runs of one event`, unit: '', values: [commits], target: atMost(1) },
    { workload: 'W6', what: 'one event, to its acknowledgement', unit: 'ms', values: ackMs },
    { workload: 'W6', what: 'one event, runs ended', unit: 'runs/s', values: startedPerSecond },
  ];
}

async function loop(bench: Bench): Promise<Figure[]> {
  const count = bench.quick ? 300 : 10_000;
  const workflow = await bench.publish('W6 loop', loopSaga(bench.stubUrl, LIMIT, SERVICE_MS));
  const ours: number[] = [];
  const bare: number[] = [];
  const peaks: number[] = [];
  for (let round = 0; round < bench.rounds; round += 1) {
    await bench.forget();
    const items = Array.from({ length: count }, () => bench.nextOrder());
    const [since, began] = [await bench.now(), performance.now()];
    await bench.insert(workflow, [{ orderId: bench.nextOrder(), items }]);
    await bench.ended(workflow, since);
    ours.push((count * 1000) / (performance.now() - began));
    const { calls, peak } = await bench.report();
    if (calls !== count) throw new Error(`W6: ${calls} calls for ${count} items.`);
    peaks.push(peak);
    const bareBegan = performance.now();
    await bareLoop(bench.stubUrl, items);
    bare.push((count * 1000) / (performance.now() - bareBegan));
  }
  await bench.allCompleted(workflow);
  const ideal = (LIMIT * 1000) / SERVICE_MS;
  return [
    {
      workload: 'W6',
      what: `loop of ${count}, ${LIMIT} at a time, service takes ${SERVICE_MS} ms (${ideal}/s at most)`,
      unit: 'items/s',
      values: ours,
      beside: { what: 'bare loop, nothing durable', values: bare },
      target: ratioAtLeast(0.9),
    },
    { workload: 'W6', what: 'calls under way at once', unit: '', values: peaks, target: atLeast(LIMIT) },
    {
      workload: 'W6',
      what: 'calls beyond the limit',
      unit: '',
      values: peaks.map((peak) => Math.max(0, peak - LIMIT)),
      target: atMost(0),
    },
  ];
}

async function bareLoop(origin: string, items: readonly string[]): Promise<void> {
  const pool = new Pool(origin, { connections: LIMIT, pipelining: 1 });
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.pop(); item !== undefined; item = queue.pop()) {
      const { body } = await pool.request({
        method: 'POST',
        path: '/pack',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ orderId: item, delayMs: SERVICE_MS }),
      });
      await body.dump();
    }
  };
  await Promise.all(Array.from({ length: LIMIT }, worker));
  await pool.close();
}

/** A few at a time. */
async function inTurns<T>(count: number, work: (n: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) made.push(await work(n));
  };
  await Promise.all(Array.from({ length: 4 }, worker));
  return made;
}
