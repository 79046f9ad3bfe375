/**
 * Peers that come as npm packages, behind `--peers`: installed into a temporary folder when they are wanted, never a dependency of
 * this repository. DBOS runs W1 and W4 on the same PostgreSQL server, in a database of its own, driven through a bare door.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '@sagawright/shared/server';
import { until } from '@sagawright/shared/testing';
import { ended } from '../chaos/stage.js';
import { baselineOrders, isReady } from './baselines.js';
import type { Bench } from './bench.js';
import type { Figure } from './figures.js';
import { STEPS_OF_W4 } from './sagas.js';
import { deliver, unsigned } from './webhook-load.js';

const PACKAGES = ['@dbos-inc/dbos-sdk@^5.0.0', 'fastify@^5', 'undici@^7'];
const INSTALL_PATIENCE_MS = 300_000;
const PATIENCE_MS = 900_000;

/** W1 and W4 in the words of DBOS; its own door, steps as plain functions. */
const DBOS_PROGRAM = `
import { DBOS } from '@dbos-inc/dbos-sdk';
import fastify from 'fastify';
import { Pool } from 'undici';
const [databaseUrl, stubUrl, port] = process.argv.slice(2);
const pool = new Pool(stubUrl, { connections: 256, pipelining: 1 });
const call = async (operation, orderId, more) => {
  const { body } = await pool.request({
    method: 'POST', path: '/' + operation,
    headers: { 'content-type': 'application/json', 'idempotency-key': orderId + ':' + operation },
    body: JSON.stringify({ orderId, ...more }),
  });
  return body.json();
};
const step = (name, work) => DBOS.runStep(work, { name });
let done = 0;
const w1 = DBOS.registerWorkflow(async (order) => {
  const { total } = await step('prepare', async () => ({ total: order.quantity * 2100 }));
  await step('reserve', () => call('reserve', order.orderId, { sku: 'SKU-1' }));
  const way = await step('size', async () => (total > 100000 ? 'freight' : 'ship'));
  await step('ship', () => call(way, order.orderId, { total }));
  await step('summary', async () => ({ shipped: order.orderId }));
}, { name: 'w1' });
const w4 = DBOS.registerWorkflow(async () => {
  for (let n = 0; n < ${STEPS_OF_W4}; n += 1) await step('step' + n, async () => ({ n }));
}, { name: 'w4' });
DBOS.setConfig({ name: 'bench', systemDatabaseUrl: databaseUrl, runAdminServer: false, logLevel: 'error' });
await DBOS.launch();
const app = fastify();
app.get('/health/ready', async () => ({ done }));
for (const [name, workflow] of Object.entries({ w1, w4 })) {
  app.post('/' + name, async (request, reply) => {
    const handle = await DBOS.startWorkflow(workflow)(request.body);
    handle.getResult().then(() => (done += 1), (error) => { console.error(error); process.exit(1); });
    return reply.code(202).send({});
  });
}
await app.listen({ port: Number(port), host: '127.0.0.1' });
`;

/** @returns what the peers came to on a workload; nothing, and a line that says why, where they cannot be had */
export async function benchPeers(bench: Bench, workload: string): Promise<Figure[]> {
  if (workload !== 'w1' && workload !== 'w4') return [];
  const folder = mkdtempSync(path.join(tmpdir(), 'sagawright-peers-'));
  try {
    const trouble = install(folder);
    if (trouble === null) return await benchDbos(bench, workload, folder);
    console.log(`bench: DBOS could not be had: ${trouble}`);
    return [];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns why it failed, or null */
function install(folder: string): string | null {
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module", "private": true }');
  writeFileSync(path.join(folder, 'dbos.js'), DBOS_PROGRAM);
  const { status, stderr, error } = spawnSync('npm', ['install', '--no-audit', '--no-fund', ...PACKAGES], {
    cwd: folder,
    encoding: 'utf8',
    timeout: INSTALL_PATIENCE_MS,
    shell: process.platform === 'win32',
  });
  return status === 0 ? null : (error?.message ?? stderr.trim().split('\n').slice(-3).join(' '));
}

async function benchDbos(bench: Bench, workload: 'w1' | 'w4', folder: string): Promise<Figure[]> {
  await bench.stage.db.pool.query('CREATE DATABASE dbos');
  const databaseUrl = new URL(bench.stage.db.url);
  databaseUrl.pathname = '/dbos';
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, ['dbos.js', databaseUrl.href, bench.stubUrl, String(port)], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    await isReady(origin);
    const speeds: number[] = [];
    let done = 0;
    for (let round = -1; round < bench.rounds; round += 1) {
      const count = round < 0 || bench.quick ? 50 : 500;
      done += count;
      const began = performance.now();
      await deliver(
        origin,
        unsigned(
          `/${workload}`,
          baselineOrders(count, () => bench.nextOrder()),
        ),
      );
      await until(
        async () => ((await (await fetch(`${origin}/health/ready`)).json()) as { done: number }).done >= done,
        PATIENCE_MS,
      );
      if (round >= 0) speeds.push((count * 1000) / (performance.now() - began));
    }
    const steps = workload === 'w4' ? STEPS_OF_W4 : 1;
    return [
      {
        workload: workload.toUpperCase(),
        what: 'DBOS 5, one transaction per step, direct start',
        unit: workload === 'w4' ? 'steps/s' : 'runs/s',
        values: speeds.map((speed) => speed * steps),
      },
    ];
  } finally {
    await ended(child, 'SIGKILL');
  }
}
