/** What the backend does when the ground under it goes away: a database that stops, a kill, an end with readers. */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { API_PREFIX } from '@sagawright/shared/contracts';
import type { Problem, Workflow } from '@sagawright/shared/contracts';
import { GRAPH_SCHEMA_VERSION, graphSchema } from '@sagawright/shared/graph';
import { connect, createLiveBus, createSealer, silentLogger, startPostgres } from '@sagawright/shared/server';
import type { Database, EmbeddedServer, LiveBus } from '@sagawright/shared/server';
import { until } from '@sagawright/shared/testing';
import { createApp } from './app.js';
import type { App } from './app.js';
import { makeSignInLink, prepareFirstRun } from './first-run.js';

let folder: string;
let postgres: EmbeddedServer;
let database: Database;
let live: LiveBus;
let app: App;
let base: string;
let hookUrl: string;
let session: Record<string, string>;

const graph = graphSchema.parse({
  schemaVersion: GRAPH_SCHEMA_VERSION,
  settings: {},
  nodes: {
    hook: { id: 'hook', kind: 'trigger.webhook', name: 'In', position: { x: 0, y: 0 }, scheme: 'none' },
    end: { id: 'end', kind: 'end', name: 'Done', position: { x: 200, y: 0 } },
  },
  edges: { a: { id: 'a', from: 'hook', port: 'out', to: 'end' } },
  order: ['hook', 'end'],
});

const begin = (port?: number) =>
  startPostgres({
    dataDir: path.join(folder, 'postgres'),
    durable: false,
    log: () => undefined,
    ...(port === undefined ? {} : { port }),
  });

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'sagawright-outage-'));
  await chmod(folder, 0o755);
  postgres = await begin();
  database = await connect(postgres.url);
  await database.migrate();
  await prepareFirstRun(database);
  live = createLiveBus({ redisUrls: null, databaseUrl: postgres.url, pool: database.pool });
  app = await createApp({
    database,
    live,
    sealer: createSealer(Buffer.alloc(32, 1)),
    doorbell: { ring: () => undefined },
    logger: silentLogger,
    publicUrl: 'http://127.0.0.1:3000',
    shards: 1,
    webRoot: null,
    templates: [],
    connectors: {},
    demoShop: null,
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  base = `http://127.0.0.1:${(app.nest.getHttpServer().address() as net.AddressInfo).port}`;
  const token = new URL(await makeSignInLink(database, base)).searchParams.get('token');
  const entered = await fetch(`${base}${API_PREFIX}/auth/sign-in-link`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  const { csrfToken } = (await entered.json()) as { csrfToken: string };
  session = { cookie: (entered.headers.get('set-cookie') ?? '').split(';')[0] ?? '', 'x-csrf-token': csrfToken };
  const made = await send<Workflow>('POST', `${API_PREFIX}/workflows`, { name: 'W', graph });
  const published = await send<Workflow>('POST', `${API_PREFIX}/workflows/${made.body.id}/publish`, { revision: 1 });
  hookUrl = new URL(published.body.triggers[0]?.url ?? '').pathname;
}, 120_000);

/** Also those of a test that failed half way: they would outlive the tests. */
const programs: ChildProcess[] = [];

afterAll(async () => {
  for (const program of programs) program.kill('SIGKILL');
  await app.close();
  await live.close();
  await database.close();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function send<T = Problem>(method: string, url: string, body?: unknown) {
  const response = await fetch(base + url, {
    method,
    headers: { ...session, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  return {
    status: response.status,
    body: (await response.json()) as T,
    retryAfter: response.headers.get('retry-after'),
  };
}

const json = (body: unknown) => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
  signal: AbortSignal.timeout(90_000),
});

/** The built backend on a free port, with the same database and key. */
async function launchProgram(settings: Record<string, string>): Promise<{ program: ChildProcess; port: number }> {
  const free = net.createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address() as net.AddressInfo;
  free.close();
  const environment = {
    ...process.env,
    DATABASE_URL: postgres.url,
    SAGAWRIGHT_KEY: Buffer.alloc(32, 1).toString('base64'),
    LOG_LEVEL: 'warn',
    PORT: String(port),
    ...settings,
  };
  const file = path.resolve(import.meta.dirname, '../dist/main.js');
  const program = spawn(process.execPath, [file], { env: environment, stdio: 'ignore' });
  programs.push(program);
  return { program, port };
}

/** What the program holds of the machine's memory. */
function residentBytes(program: ChildProcess): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(program.pid)]).toString()) * 1024;
}

const events = async () =>
  (await database.pool.query<{ n: number }>('SELECT count(*) AS n FROM event')).rows[0]?.n ?? -1;

describe('a database that stops and comes back', () => {
  it('makes every request a 503 with Retry-After meanwhile, kills nothing, and loses nothing that was answered', async () => {
    const port = Number(new URL(postgres.url).port);
    const before = await events();
    let running = true;
    const answers: Awaited<ReturnType<typeof send<Problem>>>[] = [];
    const senders = Array.from({ length: 8 }, async () => {
      while (running) {
        answers.push(await send('POST', hookUrl, { n: 1 }));
        answers.push(await send('GET', `${API_PREFIX}/runs?limit=1`));
      }
    });
    await until(() => answers.length > 50);
    const gone = answers.length;
    await postgres.stop();
    await until(() => answers.slice(gone).filter((answer) => answer.status === 503).length > 200);
    expect((await send('GET', '/health/live')).status).toBe(200);
    expect(await send('GET', '/health/ready')).toMatchObject({ status: 503, body: { code: 'service.not-ready' } });
    postgres = await begin(port);
    const back = answers.length;
    await until(() => answers.slice(back).some((answer) => answer.status === 202));
    running = false;
    await Promise.all(senders);
    const refused = answers.filter((answer) => answer.status > 299);
    expect(new Set(refused.map((answer) => `${answer.status} ${answer.body.code}`))).toEqual(
      new Set(['503 service.unavailable']),
    );
    expect(refused.every((answer) => answer.retryAfter === '2')).toBe(true);
    expect(await events()).toBeGreaterThanOrEqual(before + answers.filter((answer) => answer.status === 202).length);
  }, 60_000);
});

describe('a database that stands still while far more is sent than fits into memory', () => {
  const BODY_BYTES = 500_000;
  const SENDERS = 600;
  const INTAKE_MB = 16;

  it('makes the program refuse with 503 in bounded memory, and every delivery that it took is stored once', async () => {
    const { program, port } = await launchProgram({
      INTAKE_MB: String(INTAKE_MB),
      RATE_PER_ADDRESS: '0',
      TRUSTED_PROXIES: '127.0.0.1',
    });
    const url = `http://127.0.0.1:${port}${hookUrl}`;
    const delivered = async (body: unknown) =>
      (await fetch(url, { method: 'POST', ...json(body) }).catch(() => null))?.status;
    await until(async () => (await delivered({ n: 0 })) === 202, 60_000);
    const before = await events();
    const atRest = residentBytes(program);
    const client = await database.pool.connect();
    await client.query('BEGIN');
    await client.query('LOCK TABLE event IN ACCESS EXCLUSIVE MODE');
    const answers: { status: number; retryAfter: string | null }[] = [];
    const flood = json({ filling: 'x'.repeat(BODY_BYTES) });
    // Each from an address of its own: one alone would not get more than its share.
    const senders = Array.from({ length: SENDERS }, async (_, index) => {
      const from = { 'x-forwarded-for': `198.51.${Math.floor(index / 250)}.${1 + (index % 250)}` };
      const response = await fetch(url, { method: 'POST', ...flood, headers: { ...flood.headers, ...from } });
      await response.text();
      answers.push({ status: response.status, retryAfter: response.headers.get('retry-after') });
    });
    const fits = (INTAKE_MB * 1024 * 1024) / BODY_BYTES;
    let most = 0;
    await until(() => {
      most = Math.max(most, residentBytes(program));
      return answers.length >= SENDERS - fits - 1;
    }, 60_000);
    await client.query('COMMIT');
    client.release();
    await Promise.all(senders);
    const taken = answers.filter(({ status }) => status === 202);
    const refused = answers.filter(({ status }) => status === 503);
    expect(taken.length + refused.length).toBe(SENDERS);
    expect(taken.length).toBeGreaterThanOrEqual(fits / 2);
    expect(refused.every(({ retryAfter }) => Number(retryAfter) >= 2)).toBe(true);
    expect(await events()).toBe(before + taken.length);
    // What was sent is three times as much.
    expect(most - atRest).toBeLessThan(BODY_BYTES * SENDERS * 0.4);
    program.kill('SIGTERM');
    await once(program, 'close');
  }, 120_000);
});

describe('the end, with everything open', () => {
  it('comes within seconds although readers follow and a sender has sent half', async () => {
    const reader = await fetch(`${base}${API_PREFIX}/live/runs`, { headers: session });
    const half = net.connect(Number(new URL(base).port), '127.0.0.1');
    half.on('error', () => undefined);
    await once(half, 'connect');
    half.write(`POST ${hookUrl} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{`);
    await Promise.all([app.close(), reader.text().catch(() => ''), once(half, 'close')]);
  }, 20_000);
});

describe('the program, started wrongly', () => {
  async function start(environment: Record<string, string>): Promise<{ code: number | null; lines: string[] }> {
    const program = path.resolve(import.meta.dirname, '../dist/main.js');
    const child = spawn(process.execPath, [program], { env: { PATH: process.env['PATH'], ...environment } });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, lines: output.split('\n').filter((line) => line !== '') };
  }
  const right = () => ({
    DATABASE_URL: postgres.url,
    SAGAWRIGHT_KEY: Buffer.alloc(32).toString('base64'),
    LOG_LEVEL: 'warn',
  });

  it.each([
    ['without a key', () => ({ SAGAWRIGHT_KEY: '' }), /SAGAWRIGHT_KEY is missing/],
    ['with a short key', () => ({ SAGAWRIGHT_KEY: 'c2hvcnQ=' }), /SAGAWRIGHT_KEY must be 32 bytes/],
    ['with a port that is none', () => ({ PORT: '99999' }), /PORT must be a whole number/],
    [
      'with a database that is not there',
      () => ({ DATABASE_URL: 'postgres://u:hidden-word@127.0.0.1:1/x' }),
      /ECONNREFUSED|reached/,
    ],
  ])(
    '%s says one line and ends with 1',
    async (_name, wrong, line) => {
      const { code, lines } = await start({ ...right(), ...wrong() });
      expect(code).toBe(1);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(line);
      expect(lines[0]).not.toContain('hidden-word');
    },
    30_000,
  );

  it('on a port in use says one line that names the way out, and ends with 1', async () => {
    const other = net.createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as net.AddressInfo;
    const { code, lines } = await start({ ...right(), PORT: String(port) });
    other.close();
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`Port ${port} on 127.0.0.1 is in use`);
  });

  it('and killed in the middle of deliveries makes exactly one run of each, once the sender has repeated them (A098)', async () => {
    const launched = await launchProgram({});
    const { port } = launched;
    const { rows } = await database.pool.query<{ id: string }>('SELECT workflow_id AS id FROM trigger LIMIT 1');
    const url = `http://127.0.0.1:${port}${API_PREFIX}/workflows/${rows[0]?.id}/runs`;
    const deliver = async (n: number): Promise<void> => {
      for (;;) {
        const answer = await fetch(url, {
          method: 'POST',
          headers: { ...session, 'content-type': 'application/json', 'idempotency-key': `delivery-${n}` },
          body: JSON.stringify({ data: { n } }),
          signal: AbortSignal.timeout(10_000),
        }).catch(() => null);
        await answer?.text().catch(() => '');
        if (answer?.status === 202) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    const runs = async () =>
      (
        await database.pool.query<{ n: number }>(
          `SELECT count(*) AS n FROM run r JOIN event e ON e.position = r.event_position WHERE e.event_id LIKE 'delivery-%'`,
        )
      ).rows[0]?.n ?? 0;
    let backend = launched.program;
    const deliveries = Array.from({ length: 400 }, (_, n) => deliver(n));
    for (const mark of [20, 150]) {
      await until(async () => (await runs()) >= mark);
      backend.kill('SIGKILL');
      await once(backend, 'close');
      backend = (await launchProgram({ PORT: String(port) })).program;
    }
    await Promise.all(deliveries);
    expect(await runs()).toBe(400);
    backend.kill('SIGTERM');
    expect(await once(backend, 'close')).toEqual([0, null]);
  }, 90_000);
});
