/** W5: runs parked on timers and on events, woken over a minute; half of each. Times are the database's. */
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@sagawright/shared/testing';
import type { PublishedWorkflow } from '@sagawright/shared/testing';
import type { Bench } from './bench.js';
import { atMost } from './figures.js';
import type { Figure } from './figures.js';
import { eventSaga, timerSaga } from './sagas.js';

const PATIENCE_MS = 600_000;
const EVENTS_A_BATCH = 500;

export async function benchWaits(bench: Bench): Promise<Figure[]> {
  const half = bench.quick ? 100 : 5000;
  const overMs = bench.quick ? 3000 : 60_000;
  // Until then everything is parked; checked below.
  const parkMs = bench.quick ? 5000 : 60_000;
  const timers = await bench.publish('W5 timers', timerSaga());
  const events = await bench.publish('W5 events', eventSaga());
  const began = await bench.now();
  const opens = began + parkMs;
  const dueAt = (n: number): number => opens + (n * overMs) / half;
  await bench.insert(events, bench.makeOrders(half));
  await bench.insert(
    timers,
    bench.makeOrders(half, (n) => ({ until: new Date(dueAt(n)).toISOString() })),
  );
  await parked(bench, [timers, events], half * 2);
  if ((await bench.now()) > opens)
    throw new Error('W5: the machine is too slow to park all runs before the first is due.');

  const subjects = await waitingOrders(bench, events);
  await delay(opens - (await bench.now()));
  let told = 0;
  while (told < subjects.length) {
    const due = Math.min(subjects.length, Math.ceil((((await bench.now()) - opens) / overMs) * half));
    for (; told < due; told += EVENTS_A_BATCH)
      await tell(bench, subjects.slice(told, Math.min(due, told + EVENTS_A_BATCH)));
    told = Math.min(told, due);
    await delay(200);
  }
  await bench.ended(timers, began);
  await bench.ended(events, began);
  const ends = opens + overMs;
  const { rows } = await bench.stage.db.pool.query<{ early: number; p50: number; p99: number; last: number }>(
    `SELECT count(*) FILTER (WHERE late < 0)::int AS early, percentile_cont(0.5) WITHIN GROUP (ORDER BY late) AS p50,
       percentile_cont(0.99) WITHIN GROUP (ORDER BY late) AS p99, max(woken) AS last
     FROM (
       SELECT extract(epoch FROM j.at)::float8 * 1000 AS woken,
         extract(epoch FROM j.at - (e.body -> 'event' -> 'data' ->> 'until')::timestamptz)::float8 * 1000 AS late
       FROM run r JOIN journal e ON e.run_id = r.id AND e.type = 'run.started'
       JOIN journal j ON j.run_id = r.id AND j.type = 'step.succeeded' AND j.body ->> 'step' = 'sleep'
       WHERE r.workflow_id = $1
     ) w`,
    [timers.workflowId],
  );
  const { rows: ended } = await bench.stage.db.pool.query<{ last: number }>(
    'SELECT extract(epoch FROM max(ended_at))::float8 * 1000 AS last FROM run WHERE workflow_id = ANY($1::uuid[])',
    [[timers.workflowId, events.workflowId]],
  );
  await bench.allCompleted(timers);
  await bench.allCompleted(events);
  const [timer] = rows;
  if (timer === undefined) throw new Error('W5: no timer fired.');
  return [
    { workload: 'W5', what: `${half * 2} wakes, early`, unit: 'timers', values: [timer.early], target: atMost(0) },
    {
      workload: 'W5',
      what: 'last end after the last was due',
      unit: 'ms',
      values: [Math.max(0, (ended[0]?.last ?? NaN) - ends)],
      target: atMost(5000),
    },
    { workload: 'W5', what: 'timers fire late, p50', unit: 'ms', values: [timer.p50] },
    { workload: 'W5', what: 'timers fire late, p99', unit: 'ms', values: [timer.p99] },
  ];
}

async function parked(bench: Bench, workflows: readonly PublishedWorkflow[], count: number): Promise<void> {
  const sql = `SELECT count(*)::int AS n FROM run WHERE workflow_id = ANY($1::uuid[]) AND status = 'waiting' AND owner IS NULL`;
  const ids = workflows.map(({ workflowId }) => workflowId);
  await until(async () => {
    await delay(100);
    return ((await bench.stage.db.pool.query<{ n: number }>(sql, [ids])).rows[0]?.n ?? 0) >= count;
  }, PATIENCE_MS);
}

async function waitingOrders(bench: Bench, { workflowId }: PublishedWorkflow): Promise<string[]> {
  const { rows } = await bench.stage.db.pool.query<{ order: string }>(
    `SELECT j.body -> 'event' -> 'data' ->> 'orderId' AS order FROM run r
     JOIN journal j ON j.run_id = r.id AND j.type = 'run.started' WHERE r.workflow_id = $1`,
    [workflowId],
  );
  return rows.map(({ order }) => order);
}

async function tell(bench: Bench, subjects: readonly string[]): Promise<void> {
  const events = subjects.map((subject) => ({
    specversion: '1.0',
    id: `woken-${subject}`,
    source: '/bench',
    type: 'bench.woken',
    subject,
    data: {},
  }));
  const { status } = await bench.door.ask('POST', '/events', events, {
    'content-type': 'application/cloudevents-batch+json',
  });
  if (status !== 202) throw new Error(`W5: events were answered with ${status}.`);
}
