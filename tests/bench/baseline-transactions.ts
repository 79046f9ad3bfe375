/**
 * The baseline "one transaction per step": door and workers in one process, runs and steps in two tables, and every step
 * committed by a statement of its own before the next one begins. No queue, no recovery: less than any engine of this kind does.
 */
import { randomUUID } from 'node:crypto';
import fastify from 'fastify';
import { connect } from '@sagawright/shared/server';
import { STEPS, stepOf } from './baseline-steps.js';
import type { BaselineOrder } from './baseline-steps.js';

const [databaseUrl = '', stubUrl = '', port = '0'] = process.argv.slice(2);
const CONCURRENCY = 100;
const database = await connect(databaseUrl, { applicationName: 'bench-transactions', poolSize: 16 });
await database.pool.query(`
  DROP TABLE IF EXISTS bench_step, bench_run;
  CREATE TABLE bench_run (id uuid PRIMARY KEY, input json NOT NULL, step int NOT NULL);
  CREATE TABLE bench_step (run_id uuid, n int, output json NOT NULL, PRIMARY KEY (run_id, n))`);
const step = stepOf(stubUrl);
const waiting: { id: string; workload: 'w1' | 'w4'; order: BaselineOrder }[] = [];
let running = 0;
let done = 0;

const COMMIT = {
  name: 'bench-step',
  text: `WITH written AS (INSERT INTO bench_step (run_id, n, output) VALUES ($1, $2, $3))
         UPDATE bench_run SET step = $2 + 1 WHERE id = $1`,
};

async function run({ id, workload, order }: (typeof waiting)[number]): Promise<void> {
  for (let n = 0; n < STEPS[workload]; n += 1) {
    const output = await step(workload, n, order);
    await database.pool.query({ ...COMMIT, values: [id, n, JSON.stringify(output)] });
  }
}

function pump(): void {
  while (running < CONCURRENCY) {
    const next = waiting.shift();
    if (next === undefined) return;
    running += 1;
    void run(next).finally(() => {
      running -= 1;
      done += 1;
      pump();
    });
  }
}

const app = fastify();
app.get('/health/ready', async () => ({ done }));
for (const workload of ['w1', 'w4'] as const) {
  app.post(`/${workload}`, async (request, reply) => {
    const id = randomUUID();
    await database.pool.query({
      name: 'bench-run',
      text: 'INSERT INTO bench_run (id, input, step) VALUES ($1, $2, 0)',
      values: [id, JSON.stringify(request.body)],
    });
    waiting.push({ id, workload, order: request.body as BaselineOrder });
    pump();
    return reply.code(202).send({});
  });
}
await app.listen({ port: Number(port), host: '127.0.0.1' });
