/** 100,000 timers due in the same second: each fires once, none early by the database's clock, and how fast they drain. */
import { until } from '@sagawright/shared/testing';
import type { Bench } from './bench.js';
import { atRest, cloneRuns } from './clones.js';
import { atMost } from './figures.js';
import type { Figure } from './figures.js';
import { costPer } from './processes.js';
import { timerSaga } from './sagas.js';

const PATIENCE_MS = 900_000;

export async function benchTimers(bench: Bench): Promise<Figure[]> {
  const { pool } = bench.stage.db;
  const count = bench.quick ? 1000 : 100_000;
  const workflow = await bench.publish('Timers', timerSaga());
  const dueAt = Math.ceil((await bench.now()) / 1000) * 1000 + (bench.quick ? 10_000 : 120_000);
  const [runId] = await bench.insert(
    workflow,
    bench.makeOrders(1, () => ({ until: new Date(dueAt).toISOString() })),
  );
  if (runId === undefined) throw new Error('timers: no run was started.');
  await atRest(bench, runId, 'waiting');
  await cloneRuns(bench, runId, { count: count - 1, everyMs: 1, dueAt });
  if ((await bench.now()) > dueAt) throw new Error('timers: the machine is too slow to make all timers in time.');
  const before = bench.cpu();
  const open = 'SELECT count(*)::int AS n FROM run WHERE workflow_id = $1 AND ended_at IS NULL';
  await until(async () => {
    await new Promise((resolve) => setTimeout(resolve, 250));
    return (await pool.query<{ n: number }>(open, [workflow.workflowId])).rows[0]?.n === 0;
  }, PATIENCE_MS);
  console.log(`bench: timers CPU µs per timer: ${costPer(before, bench.cpu(), count)}`);
  const { rows } = await pool.query<{ fired: number; runs: number; early: number; last: number }>(
    `SELECT count(*)::int AS fired, count(DISTINCT j.run_id)::int AS runs,
       count(*) FILTER (WHERE j.at < to_timestamp($2::float8 / 1000))::int AS early,
       (SELECT extract(epoch FROM max(ended_at))::float8 * 1000 FROM run WHERE workflow_id = $1) AS last
     FROM run r JOIN journal j ON j.run_id = r.id AND j.type = 'step.succeeded' AND j.body ->> 'step' = 'sleep'
     WHERE r.workflow_id = $1`,
    [workflow.workflowId, dueAt],
  );
  const [found] = rows;
  if (found === undefined) throw new Error('timers: none fired.');
  await bench.allCompleted(workflow);
  return [
    {
      workload: 'timers',
      what: `of ${count} in one second: not fired`,
      unit: '',
      values: [count - found.runs],
      target: atMost(0),
    },
    {
      workload: 'timers',
      what: 'fired more than once',
      unit: '',
      values: [found.fired - found.runs],
      target: atMost(0),
    },
    { workload: 'timers', what: 'fired early', unit: '', values: [found.early], target: atMost(0) },
    {
      workload: 'timers',
      what: 'drained, run ended',
      unit: 'timers/s',
      values: [(count * 1000) / (found.last - dueAt)],
    },
  ];
}
