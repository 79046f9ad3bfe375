/** Attacks on the doors from outside, each with its stated outcome (numbers: design notes on security, section 2). */
import { createHmac } from 'node:crypto';
import net from 'node:net';
import { Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { API_PREFIX, DEMO_SHOP_OPERATIONS } from '@sagawright/shared/contracts';
import type { DemoShopBehaviour, Problem, Workflow } from '@sagawright/shared/contracts';
import { signWebhook } from '@sagawright/shared/event';
import { GRAPH_SCHEMA_VERSION, graphSchema } from '@sagawright/shared/graph';
import type { Graph } from '@sagawright/shared/graph';
import { createLiveBus, createLogger, createSealer, randomToken, sha256, uuidv7 } from '@sagawright/shared/server';
import type { LiveBus } from '@sagawright/shared/server';
import { cpuMs, testDatabase, until } from '@sagawright/shared/testing';
import type { TestDatabase } from '@sagawright/shared/testing';
import { createApp } from './app.js';
import type { App } from './app.js';
import type { DemoShopDoor } from './demo/demo-shop.js';
import { prepareFirstRun } from './first-run.js';

const SEALING_KEY = Buffer.alloc(32, 0x5a);
const HOSTILE_NAME = '<img src=x onerror=alert(1)>"\'</script>';

const graphWith = (scheme: 'standard-webhooks' | 'none'): Graph =>
  graphSchema.parse({
    schemaVersion: GRAPH_SCHEMA_VERSION,
    settings: {},
    nodes: {
      hook: { id: 'hook', kind: 'trigger.webhook', name: HOSTILE_NAME, position: { x: 0, y: 0 }, scheme },
      end: { id: 'end', kind: 'end', name: 'Done', position: { x: 200, y: 0 } },
    },
    edges: { a: { id: 'a', from: 'hook', port: 'out', to: 'end' } },
    order: ['hook', 'end'],
  });

let database: TestDatabase;
let live: LiveBus;
let app: App;
let base: string;
let port: number;
let workspaceId: string;
let owner: Record<string, string>;
let ownerToken: string;
let open: Hook;
let closed: Hook;
let log = '';
const shopCalls: { method: string; path: string; body: object | undefined }[] = [];
let shopAnswer: () => Promise<unknown> = async () => ({});

beforeAll(async () => {
  database = await testDatabase();
  live = createLiveBus({ redisUrls: null, databaseUrl: database.url, pool: database.pool });
  await prepareFirstRun(database);
  const destination = new Writable({ write: (chunk: Buffer, _encoding, done) => ((log += chunk.toString()), done()) });
  const shop: DemoShopDoor = (method, path, body) => {
    shopCalls.push({ method, path, body });
    return shopAnswer();
  };
  app = await createApp({
    database,
    live,
    sealer: createSealer(SEALING_KEY),
    doorbell: { ring: () => undefined },
    logger: createLogger({ name: 'backend', level: 'trace', destination }),
    publicUrl: 'http://127.0.0.1:3000',
    shards: 1,
    webRoot: null,
    templates: [],
    connectors: {},
    demoShop: shop,
    requestTimeoutMs: 1000,
    mostWaiting: 20,
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  port = (app.nest.getHttpServer().address() as net.AddressInfo).port;
  base = `http://127.0.0.1:${port}`;
  workspaceId = (await database.pool.query<{ id: string }>('SELECT id FROM workspace')).rows[0]?.id ?? '';
  ({ headers: owner, token: ownerToken } = await session());
  open = await hook('none');
  closed = await hook('standard-webhooks');
}, 120_000);

afterAll(async () => {
  await app.close();
  await live.close();
  await database.close();
});

interface Hook {
  readonly workflow: Workflow;
  readonly path: string;
  readonly secret: string;
}

async function ask<T = Problem>(
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: unknown; raw?: Buffer | string; timeoutMs?: number } = {},
): Promise<{ status: number; body: T; text: string; headers: Headers }> {
  const { headers = {}, body, raw, timeoutMs = 15_000 } = options;
  const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(base + path, {
    method,
    headers: { ...(payload === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(payload === undefined ? {} : { body: payload }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: (text === '' ? null : JSON.parse(text)) as T,
    text,
    headers: response.headers,
  };
}

const api = <T = Problem>(method: string, path: string, body?: unknown, headers = owner) =>
  ask<T>(method, API_PREFIX + path, { headers, ...(body === undefined ? {} : { body }) });

async function session(): Promise<{ headers: Record<string, string>; token: string }> {
  const userId = uuidv7();
  const token = randomToken(256);
  await database.pool.query(
    `INSERT INTO app_user (id, workspace_id, email, name, role) VALUES ($1, $2, $3, 'P', 'owner')`,
    [userId, workspaceId, `${userId}@example.com`],
  );
  await database.pool.query(
    `INSERT INTO session (token_hash, user_id, csrf_token, expires_at) VALUES ($1, $2, 'csrf', now() + interval '1 hour')`,
    [sha256(token), userId],
  );
  return { headers: { cookie: `sagawright_session=${token}`, 'x-csrf-token': 'csrf' }, token };
}

async function hook(scheme: 'standard-webhooks' | 'none'): Promise<Hook> {
  const made = await api<Workflow>('POST', '/workflows', { name: HOSTILE_NAME, graph: graphWith(scheme) });
  const published = await api<Workflow>('POST', `/workflows/${made.body.id}/publish`, { revision: 1 });
  const revealed = await api<{ secret: string }>('POST', `/workflows/${made.body.id}/triggers/hook/reveal`);
  const url = published.body.triggers[0]?.url ?? '';
  return { workflow: published.body, path: new URL(url).pathname, secret: revealed.body.secret };
}

async function signed(rawBody: Buffer): Promise<Record<string, string>> {
  const crypto = {
    hmac: (algorithm: string, key: Uint8Array, data: Uint8Array) => createHmac(algorithm, key).update(data).digest(),
  };
  const delivery = { id: `msg_${uuidv7()}`, timestampMs: Date.now(), rawBody };
  return { ...(await signWebhook('standard-webhooks', closed.secret, delivery, crypto)) };
}

const stored = async () =>
  (await database.pool.query('SELECT (SELECT count(*) FROM event) AS events, (SELECT count(*) FROM run) AS runs'))
    .rows[0];

const count = async (table: 'event' | 'run') =>
  (await database.pool.query<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)).rows[0]?.n ?? -1;

/** What a raw socket hears until the other side closes. */
function raw(...parts: readonly (string | Buffer)[]): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = net.connect(port, '127.0.0.1', () => parts.forEach((part) => socket.write(part)));
    socket.on('data', (chunk) => (heard += chunk.toString()));
    socket.on('error', () => resolve(heard));
    socket.on('close', () => resolve(heard));
  });
}

describe('hostile bodies, signed or let in unverified, are answered 4xx in a moment and leave nothing', () => {
  const json = 'application/json';
  const form = 'application/x-www-form-urlencoded';
  const utf8 = (text: string) => Buffer.from(text);
  it.each<[string, Buffer, string, number]>([
    ['A100 a number of a megabyte', utf8('1'.repeat(1_000_000)), json, 400],
    ['A100 a number beyond a double', utf8('{"n":1e400}'), json, 400],
    [
      'A101 100k keys',
      utf8(JSON.stringify(Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [n, 1])))),
      json,
      400,
    ],
    [
      'A101 60k keys',
      utf8(JSON.stringify(Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [n, 1])))),
      json,
      400,
    ],
    ['A103 __proto__', utf8('{"__proto__":{"isAdmin":true}}'), json, 400],
    ['A103 __proto__ as a form field', utf8('__proto__=1'), form, 400],
    ['A104 constructor.prototype', utf8('{"constructor":{"prototype":{"x":1}}}'), json, 400],
    ['A106 UTF-16', Buffer.from('\ufeff{"a":1}', 'utf16le'), json, 400],
    ['A106 invalid UTF-8', Buffer.from([0x22, 0xff, 0x22]), json, 400],
    ['A106 half a surrogate pair', utf8('"\\ud800"'), json, 400],
    ['A106 NUL', utf8('"\\u0000"'), json, 400],
    ['A106 NUL in a form', utf8('a=%00'), form, 400],
    ['depth 10,000', utf8('['.repeat(10_000) + ']'.repeat(10_000)), json, 400],
    ['depth without end', utf8('['.repeat(1_000_000)), json, 400],
    ['a form of 500k equal fields', utf8('a&'.repeat(500_000)), form, 400],
    ['A109 multipart', utf8('--x\r\n'), 'multipart/form-data; boundary=x', 415],
    ['A112 XML', utf8('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), 'application/xml', 415],
    ['another charset', utf8('{}'), 'application/json; charset=utf-16', 415],
    ['a packed body', gzipSync('{}'), json, 400],
  ])('%s', async (_name, body, type, status) => {
    const before = await stored();
    const headers = { 'content-type': type };
    const startedAt = cpuMs();
    expect((await ask('POST', open.path, { headers, raw: body })).status).toBe(status);
    expect(
      (await ask('POST', closed.path, { headers: { ...headers, ...(await signed(body)) }, raw: body })).status,
    ).toBe(status);
    expect(cpuMs() - startedAt).toBeLessThan(5000);
    expect(await stored()).toEqual(before);
  });

  it('keeps a byte order mark out, -0 and large integers in; the raw bytes stay (A100, A106)', async () => {
    const body = Buffer.from('\ufeff{"n":9007199254740993,"z":-0}');
    expect((await ask('POST', open.path, { raw: body })).status).toBe(202);
    const { rows } = await database.pool.query<{ raw: Buffer }>('SELECT raw FROM event ORDER BY position DESC LIMIT 1');
    expect(rows[0]?.raw).toEqual(body);
  });

  it('takes header names that every object has as names like any other', async () => {
    const headers = { constructor: 'x', 'to-string': 'y', 'x-n': 'z' };
    expect((await ask('POST', open.path, { headers, body: {} })).status).toBe(202);
    const heard = await raw(
      `POST ${open.path} HTTP/1.1\r\nHost: x\r\n__proto__: y\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
    );
    expect(heard).toMatch(/^HTTP\/1.1 202 /);
    expect(({} as Record<string, unknown>)['y']).toBeUndefined();
  });

  it.each([
    ['in capitals', () => closed.path.toUpperCase(), 404],
    ['with a second slash', () => `/${closed.path}`, 404],
    ['with a slash behind', () => `${closed.path}/`, 404],
    ['with a NUL behind', () => `${closed.path}%00`, 404],
    ['without its token (A091)', () => '/hooks/', 404],
    [
      'in percent-encoding: the same address, the same proof',
      () => closed.path.replace(/\w$/, (c) => `%${c.charCodeAt(0).toString(16)}`),
      401,
    ],
  ])('an unsigned delivery to an address %s is refused (A092)', async (_name, path, status) => {
    expect((await ask('POST', path(), { body: {} })).status).toBe(status);
  });
});

describe('hostile HTTP', () => {
  it('with both a length and chunks, or two lengths, is refused and its connection closed (A110)', async () => {
    const smuggled = `POST ${open.path} HTTP/1.1\r\nHost: x\r\n\r\n`;
    const before = await stored();
    for (const headers of [
      'Content-Length: 5\r\nTransfer-Encoding: chunked',
      'Transfer-Encoding: chunked\r\nContent-Length: 5',
      'Content-Length: 5\r\nContent-Length: 6',
      'Transfer-Encoding: xchunked',
      'Transfer-Encoding: chunked, identity',
      'Content-Length: +5',
    ]) {
      const heard = await raw(
        `POST ${open.path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n\r\n0\r\n\r\n${smuggled}`,
      );
      expect(heard).toMatch(/^HTTP\/1.1 400 [^\r]*\r\nContent-Type: application\/problem\+json/);
      expect(heard.match(/HTTP\/1.1/g)).toHaveLength(1);
    }
    expect(await stored()).toEqual(before);
  });

  it('that never ends is cut off after a bounded time with 408, and stores nothing (slow loris)', async () => {
    const before = await stored();
    const [headers, body] = await Promise.all([
      raw(`POST ${open.path} HTTP/1.1\r\nHost: x\r\nX-A: b`),
      raw(
        `POST ${open.path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"half":`,
      ),
    ]);
    expect(headers).toMatch(/^HTTP\/1.1 408 /);
    expect(body).toMatch(/^HTTP\/1.1 408 /);
    expect(await stored()).toEqual(before);
  }, 20_000);

  it('with headers of a megabyte gets 431, without sense 400, each as a problem', async () => {
    const large = await raw(`GET / HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(1_000_000)}\r\n\r\n`);
    if (large !== '') expect(large).toMatch(/^HTTP\/1.1 431 /);
    expect(await raw('\x16\x03\x01 not http\r\n\r\n')).toMatch(
      /^HTTP\/1.1 400 .*\r\nContent-Type: application\/problem/,
    );
  });
});

describe('what a person may send', () => {
  it.each([
    ['GET', '/workflows/ID/versions/9007199254740991', undefined],
    ['GET', '/workflows/ID/versions/3000000000', undefined],
    ['PUT', '/workflows/ID/draft', { baseRevision: 9007199254740991, graph: graphWith('none') }],
    ['PUT', '/workflows/ID/draft', { baseRevision: 1e300, graph: graphWith('none') }],
    ['POST', '/workflows/ID/publish', { revision: 3_000_000_000 }],
    ['GET', '/runs/ID/journal?after=9007199254740991', undefined],
    ['GET', '/runs?limit=1&limit=2', undefined],
    ['GET', '/runs?cursor=WzFlMzAwLCJ4Il0', undefined],
    ['GET', '/runs?workflowId=%27%3B%20DROP%20TABLE%20run', undefined],
    ['POST', '/auth/login', { email: 'a@example.com', password: 'x'.repeat(1_000_000) }],
    ['POST', '/auth/login', { email: { $ne: '' }, password: ['x'] }],
  ])('%s %s is a 400, never our fault', async (method, path, body) => {
    expect((await api(method, path.replace('ID', closed.workflow.id), body)).status).toBe(400);
  });

  const chain = (values: unknown) => ({
    graph: {
      ...graphWith('none'),
      nodes: {
        ...graphWith('none').nodes,
        t: { id: 't', kind: 'transform', name: 'T', position: { x: 0, y: 0 }, values },
      },
      order: ['hook', 't', 'end'],
    },
  });
  it.each([
    ['open brackets', `{{ ${'('.repeat(200_000)} }}`],
    ['nested brackets', `{{ ${'('.repeat(50_000)}1${')'.repeat(50_000)} }}`],
    ['a long sum', `{{ ${'a+'.repeat(100_000)}a }}`],
    ['a long path', `{{ ${'a.'.repeat(100_000)}a }}`],
    ['many expressions', '{{ a }}'.repeat(20_000)],
    ['many opened', '{{'.repeat(100_000)],
    ['a pattern that backtracks', '{{ $match("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", /(a+)+$/) }}'],
  ])('an expression of %s is answered with diagnostics, in bounded time', async (_name, text) => {
    const startedAt = cpuMs();
    const answer = await api<{ publishable: boolean }>('POST', '/workflows/validate', chain({ a: text }));
    expect(answer.status).toBe(200);
    expect(cpuMs() - startedAt).toBeLessThan(8000);
  });

  it('names that markup would run are kept as text, and answered as data that no browser sniffs (A155)', async () => {
    const answer = await api<Workflow>('GET', `/workflows/${open.workflow.id}`);
    expect(answer.body.name).toBe(HOSTILE_NAME);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('content-security-policy')).toMatch(/script-src 'self';.*object-src 'none'/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('fields that a client must not set are left out (A152)', async () => {
    const id = open.workflow.id;
    const over = {
      role: 'owner',
      workspaceId: uuidv7(),
      tenantId: uuidv7(),
      createdAt: '2000-01-01T00:00:00Z',
      publishedVersion: 99,
      id: uuidv7(),
    };
    const renamed = await api<Workflow>('PATCH', `/workflows/${id}`, { name: 'Renamed', ...over });
    expect(renamed.body).toMatchObject({ id, name: 'Renamed', published: { number: 1 } });
    expect(renamed.body.createdAt).not.toContain('2000');
    const key = await api<{ id: string }>('POST', '/api-keys', {
      name: 'k',
      scopes: ['runs:read'],
      expiresInDays: 1,
      ...over,
    });
    const { rows } = await database.pool.query('SELECT workspace_id, scopes FROM api_key WHERE id = $1', [key.body.id]);
    expect(rows).toEqual([{ workspace_id: workspaceId, scopes: ['runs:read'] }]);
  });
});

describe('streams', () => {
  async function follow(path: string, headers: Record<string, string>) {
    const response = await fetch(base + API_PREFIX + path, { headers });
    expect(response.status).toBe(200);
    const heard = { text: '', ended: false };
    const reading = (async () => {
      for await (const chunk of response.body ?? []) heard.text += Buffer.from(chunk as Uint8Array).toString();
    })();
    void reading.catch(() => undefined).finally(() => (heard.ended = true));
    return heard;
  }
  const start = async () => (await ask<{ runId: string }>('POST', open.path, { body: {} })).body.runId;

  it('tell each change of a run of this workspace, and nothing of another', async () => {
    const heard = await follow('/live/runs', owner);
    const filtered = await follow(`/live/runs?workflowId=${closed.workflow.id}`, owner);
    const runId = await start();
    live.publish([{ workspaceId: uuidv7(), runId: uuidv7(), seq: 1 }]);
    await until(() => heard.text.includes(runId));
    expect(heard.text).toMatch(/event: run\ndata: \{"id":"/);
    expect(filtered.text).not.toContain(runId);
  });

  it('end within seconds of the end of their session, or of their key', async () => {
    const person = await session();
    const key = await api<{ id: string; secret: string }>('POST', '/api-keys', {
      name: 'k',
      scopes: ['runs:read'],
      expiresInDays: null,
    });
    const bearer = { authorization: `Bearer ${key.body.secret}` };
    const runId = await start();
    const readers = await Promise.all([
      follow('/live/runs', person.headers),
      follow(`/runs/${runId}/live`, person.headers),
      follow('/live/runs', bearer),
    ]);
    const mine = await follow('/live/runs', owner);
    await api('POST', '/auth/logout', {}, person.headers);
    await api('DELETE', `/api-keys/${key.body.id}`);
    await until(() => readers.every((reader) => reader.ended));
    expect(mine.ended).toBe(false);
  });
});

describe('the demo shop, asked through the backend', () => {
  const ok = { mode: 'ok', delayMs: 0, times: null };
  const behaviours = Object.fromEntries(DEMO_SHOP_OPERATIONS.map((operation) => [operation, ok]));
  const state = { behaviours, balance: { stock: 0, money: 0, parcels: 0 }, calls: 0, ledger: [] };

  it('passes on the question and the wish, and nothing that breaks out of them', async () => {
    shopAnswer = async () => state;
    shopCalls.length = 0;
    expect((await api('GET', '/demo-shop?orderId=a%26b%3D..%2F%3F')).body).toEqual(state);
    const wish: DemoShopBehaviour = { mode: 'refuse', delayMs: 0, times: null };
    expect((await api('PUT', '/demo-shop/behaviours/ship', { ...wish, url: 'http://169.254.169.254' })).status).toBe(
      200,
    );
    expect(shopCalls).toEqual([
      { method: 'GET', path: '/demo-shop?orderId=a%26b%3D..%2F%3F', body: undefined },
      { method: 'PUT', path: '/demo-shop/behaviours/ship', body: wish },
    ]);
    expect((await api('PUT', '/demo-shop/behaviours/..%2F..%2Fadmin', wish)).status).toBe(400);
    expect(shopCalls).toHaveLength(2);
  });

  it('is 502 with a code when it is away or answers nonsense', async () => {
    for (const answer of [
      async () => ({ ...state, calls: 'many' }),
      async () => Promise.reject(new Error('ECONNREFUSED')),
    ]) {
      shopAnswer = answer;
      expect(await api('GET', '/demo-shop')).toMatchObject({ status: 502, body: { code: 'demo-shop.unreachable' } });
    }
  });
});

describe('more than can be stored', () => {
  it('is answered 503 with Retry-After, and every delivery that was accepted is stored once', async () => {
    const before = await count('event');
    const client = await database.pool.connect();
    await client.query('BEGIN');
    await client.query('LOCK TABLE event IN ACCESS EXCLUSIVE MODE');
    let refused = 0;
    const answers = Array.from({ length: 700 }, async (_, n) => {
      const answer = await ask('POST', open.path, { body: { n }, timeoutMs: 60_000 });
      if (answer.status === 503) refused += 1;
      return answer;
    });
    await until(() => refused > 0);
    await client.query('COMMIT');
    client.release();
    const statuses = await Promise.all(answers);
    const accepted = statuses.filter((answer) => answer.status === 202).length;
    expect(new Set(statuses.map((answer) => answer.status))).toEqual(new Set([202, 503]));
    expect(await count('event')).toBe(before + accepted);
    expect(statuses.find((answer) => answer.status === 503)).toMatchObject({ body: { code: 'ingest.busy' } });
    expect(statuses.find((answer) => answer.status === 503)?.headers.get('retry-after')).toBe('2');
  }, 90_000);
});

describe('secrets (A143)', () => {
  it('are in no log line, journal, problem, stream, document or ordinary answer, plain or encoded', async () => {
    const key = await api<{ secret: string }>('POST', '/api-keys', {
      name: 'canary',
      scopes: ['runs:read'],
      expiresInDays: null,
    });
    const body = Buffer.from('{"order":1}');
    const headers = await signed(body);
    const accepted = await ask<{ runId: string }>('POST', closed.path, { headers, raw: body });
    expect(accepted.status).toBe(202);
    const told = await Promise.all([
      ask('POST', closed.path, { headers: { ...headers, 'webhook-signature': 'v1,x' }, raw: body }),
      ask('POST', closed.path, { headers, raw: '{' }),
      ask('POST', `${closed.path}x`, { headers: { authorization: `Bearer ${key.body.secret}` } }),
      api('GET', `/runs/${accepted.body.runId}`),
      api('GET', `/runs/${accepted.body.runId}/journal`),
      api('GET', '/runs'),
      api('GET', '/workflows'),
      api('GET', '/api-keys'),
      api('GET', '/workflows/x'),
      ask('GET', `${API_PREFIX}/openapi.json`),
      ask('GET', `${API_PREFIX}/runs`, { headers: { authorization: `Bearer ${key.body.secret}x` } }),
    ]);
    const tables = await Promise.all(
      ['event', 'journal', 'run', 'audit_log', 'trigger', 'api_key', 'session', 'workflow', 'workflow_version'].map(
        async (table) => JSON.stringify((await database.pool.query(`SELECT t::text AS row FROM ${table} t`)).rows),
      ),
    );
    const text = [log, ...tables, ...told.map((answer) => answer.text)].join('\n');
    const secrets = {
      webhook: closed.secret,
      'API key': key.body.secret,
      session: ownerToken,
      'sealing key': SEALING_KEY.toString('base64'),
    };
    for (const [name, secret] of Object.entries(secrets)) {
      const bare = secret.replace(/^whsec_/, '');
      const forms = [
        secret,
        bare,
        Buffer.from(secret).toString('base64').replace(/=+$/, ''),
        encodeURIComponent(bare),
        Buffer.from(bare).toString('hex'),
      ];
      if (name === 'webhook' || name === 'sealing key')
        forms.push(Buffer.from(bare, 'base64').toString('hex'), Buffer.from(bare, 'base64').toString('base64url'));
      expect({ name, leaked: forms.filter((form) => text.includes(form)) }).toEqual({ name, leaked: [] });
    }
  });
});
