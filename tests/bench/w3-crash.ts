/**
 * W3: kill -9 of the worker in the middle of 1,000 runs; a new one is started at once, as a service manager would. Recovery is the
 * time from the kill to the end of the last run that the dead worker had in hand.
 */
import { until } from '@sagawright/shared/testing';
import type { Bench } from './bench.js';
import { atMost } from './figures.js';
import type { Figure } from './figures.js';
import { orderSaga } from './sagas.js';
import { deliver } from './webhook-load.js';

const PATIENCE_MS = 120_000;
/** Runs that one worker has in hand at most, each with one call under way. */
const IN_HAND = 100;

export async function benchCrash(bench: Bench): Promise<Figure[]> {
  const { pool } = bench.stage.db;
  const count = bench.quick ? 200 : 1000;
  const found = { lost: [] as number[], stuck: [] as number[], repeated: [] as number[], recoveryMs: [] as number[] };
  for (let round = 0; round < bench.rounds; round += 1) {
    const workflow = await bench.publish(`W3 order saga ${round}`, orderSaga(bench.stubUrl));
    const sign = await bench.address(workflow);
    await bench.forget();
    const deliveries = await sign(bench.makeOrders(count));
    const delivered = deliver(bench.stage.backendUrl, deliveries);
    const finished = async (): Promise<number> => {
      const sql = 'SELECT count(*)::int AS n FROM run WHERE workflow_id = $1 AND ended_at IS NOT NULL';
      return (await pool.query<{ n: number }>(sql, [workflow.workflowId])).rows[0]?.n ?? 0;
    };
    await until(async () => (await finished()) >= count * 0.3, PATIENCE_MS);
    const killedAt = performance.now();
    const killed = bench.stage.killWorker(0);
    const { rows } = await pool.query<{ id: string }>(
      'SELECT id FROM run WHERE workflow_id = $1 AND owner IS NOT NULL',
      [workflow.workflowId],
    );
    await killed;
    const inHand = rows.map(({ id }) => id);
    const open = 'SELECT FROM run WHERE id = ANY($1::uuid[]) AND ended_at IS NULL LIMIT 1';
    await until(async () => (await pool.query(open, [inHand])).rowCount === 0, PATIENCE_MS);
    found.recoveryMs.push(performance.now() - killedAt);
    await delivered;
    await until(async () => (await finished()) >= count, PATIENCE_MS).catch(() => undefined);
    const { rows: all } = await pool.query<{ runs: number; ended: number }>(
      'SELECT count(*)::int AS runs, count(ended_at)::int AS ended FROM run WHERE workflow_id = $1',
      [workflow.workflowId],
    );
    const { repeated } = await bench.report();
    found.lost.push(count - (all[0]?.runs ?? 0));
    found.stuck.push((all[0]?.runs ?? 0) - (all[0]?.ended ?? 0));
    found.repeated.push(repeated);
    console.log(`bench: w3 ${inHand.length} runs in hand at the kill, ${repeated} calls repeated with the same key`);
  }
  return [
    { workload: 'W3', what: `lost of ${count}`, unit: 'runs', values: found.lost, target: atMost(0) },
    { workload: 'W3', what: `stuck of ${count}`, unit: 'runs', values: found.stuck, target: atMost(0) },
    {
      workload: 'W3',
      what: 'calls repeated, same key',
      unit: 'calls',
      values: found.repeated,
      target: atMost(IN_HAND),
    },
    { workload: 'W3', what: 'recovery', unit: 'ms', values: found.recoveryMs, target: atMost(5000) },
  ];
}
