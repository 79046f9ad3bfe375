import { createHmac } from 'node:crypto';
import net from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { API_PREFIX, routes } from '@sagawright/shared/contracts';
import type { ApiScope, Problem, Route, Workflow } from '@sagawright/shared/contracts';
import { signWebhook } from '@sagawright/shared/event';
import { GRAPH_SCHEMA_VERSION, graphSchema } from '@sagawright/shared/graph';
import type { Graph } from '@sagawright/shared/graph';
import {
  createLiveBus,
  createSealer,
  findAuditBreak,
  hashPassword,
  randomToken,
  registerWorker,
  sha256,
  silentLogger,
  uuidv7,
} from '@sagawright/shared/server';
import type { LiveBus } from '@sagawright/shared/server';
import { testDatabase } from '@sagawright/shared/testing';
import type { TestDatabase } from '@sagawright/shared/testing';
import { createApp } from './app.js';
import type { App } from './app.js';
import { makeSignInLink, prepareFirstRun } from './first-run.js';

const graph: Graph = graphSchema.parse({
  schemaVersion: GRAPH_SCHEMA_VERSION,
  settings: {},
  nodes: {
    hook: { id: 'hook', kind: 'trigger.webhook', name: 'Order placed', position: { x: 0, y: 0 } },
    hand: { id: 'hand', kind: 'trigger.manual', name: 'By hand', position: { x: 0, y: 100 } },
    end: { id: 'end', kind: 'end', name: 'Done', position: { x: 200, y: 0 } },
  },
  edges: {
    a: { id: 'a', from: 'hook', port: 'out', to: 'end' },
    b: { id: 'b', from: 'hand', port: 'out', to: 'end' },
  },
  order: ['hook', 'hand', 'end'],
});

let database: TestDatabase;
let live: LiveBus;
let app: App;
let workspaceId: string;
let base: string;
const rung: number[] = [];

beforeAll(async () => {
  database = await testDatabase();
  live = createLiveBus({ redisUrls: null, databaseUrl: database.url, pool: database.pool });
  await prepareFirstRun(database);
  app = await createApp({
    database,
    live,
    sealer: createSealer(Buffer.alloc(32, 7)),
    doorbell: { ring: (shard) => rung.push(shard) },
    logger: silentLogger,
    publicUrl: 'http://127.0.0.1:3000',
    shards: 1,
    webRoot: null,
    templates: [{ id: 'order', name: 'Order saga', description: '', graph }],
    connectors: {},
    demoShop: null,
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  base = `http://127.0.0.1:${(app.nest.getHttpServer().address() as net.AddressInfo).port}`;
  workspaceId = (await database.pool.query<{ id: string }>('SELECT id FROM workspace')).rows[0]?.id ?? '';
}, 120_000);

afterAll(async () => {
  await app.close();
  await live.close();
  await database.close();
});

interface Answer<T = unknown> {
  readonly status: number;
  readonly body: T;
  readonly headers: Record<string, unknown>;
}

async function ask<T = Problem>(
  method: string,
  url: string,
  options: { headers?: Record<string, string>; body?: unknown; raw?: Buffer | string } = {},
): Promise<Answer<T>> {
  const { headers = {}, body, raw } = options;
  const payload = raw ?? (body === undefined || method === 'GET' ? undefined : JSON.stringify(body));
  const response = await fetch(base + url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(payload === undefined ? {} : { body: payload }),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: (text === '' ? undefined : JSON.parse(text)) as T,
    headers: Object.fromEntries(response.headers),
  };
}

/** A whole stream of server-sent events, until the server ends it. */
async function stream(
  path: string,
  headers: Record<string, string>,
): Promise<{ type: string; ids: string[]; text: string }> {
  const response = await fetch(base + API_PREFIX + path, { headers });
  const text = await response.text();
  const ids = [...text.matchAll(/^id: (\d+)$/gm)].map((match) => match[1] ?? '');
  return { type: response.headers.get('content-type') ?? '', ids, text };
}

const api = <T = Problem>(method: string, path: string, options: Parameters<typeof ask>[2] = {}) =>
  ask<T>(method, API_PREFIX + path, options);

async function count(table: 'event' | 'run'): Promise<number> {
  return (await database.pool.query<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)).rows[0]?.n ?? -1;
}

/** Headers of a logged-in person of a role, in the first workspace or a new one. */
async function session(
  role: 'owner' | 'editor' | 'runner' | 'viewer',
  workspace = workspaceId,
): Promise<Record<string, string>> {
  const userId = uuidv7();
  await database.pool.query('INSERT INTO app_user (id, workspace_id, email, name, role) VALUES ($1, $2, $3, $4, $5)', [
    userId,
    workspace,
    `${userId}@example.com`,
    `A ${role}`,
    role,
  ]);
  const token = randomToken(256);
  await database.pool.query(
    `INSERT INTO session (token_hash, user_id, csrf_token, expires_at) VALUES ($1, $2, 'csrf', now() + interval '1 hour')`,
    [sha256(token), userId],
  );
  return { cookie: `sagawright_session=${token}`, 'x-csrf-token': 'csrf' };
}

async function otherWorkspace(): Promise<string> {
  const id = uuidv7();
  await database.pool.query(`INSERT INTO workspace (id, name) VALUES ($1, 'Other')`, [id]);
  return id;
}

async function publishedWorkflow(
  headers: Record<string, string>,
): Promise<{ workflow: Workflow; url: string; secret: string }> {
  const made = await api<Workflow>('POST', '/workflows', { headers, body: { name: 'Orders', graph } });
  expect(made.status).toBe(201);
  const published = await api<Workflow>('POST', `/workflows/${made.body.id}/publish`, {
    headers,
    body: { revision: 1 },
  });
  expect(published.status).toBe(200);
  const revealed = await api<{ secret: string }>('POST', `/workflows/${made.body.id}/triggers/hook/reveal`, {
    headers,
  });
  expect(revealed.status).toBe(200);
  const url = published.body.triggers.find((trigger) => trigger.nodeId === 'hook')?.url ?? '';
  return { workflow: published.body, url: new URL(url).pathname, secret: revealed.body.secret };
}

async function signed(secret: string, rawBody: Buffer, id = `msg_${uuidv7()}`): Promise<Record<string, string>> {
  const crypto = {
    hmac: (algorithm: string, key: Uint8Array, data: Uint8Array) => createHmac(algorithm, key).update(data).digest(),
  };
  return {
    'content-type': 'application/json',
    ...(await signWebhook('standard-webhooks', secret, { id, timestampMs: Date.now(), rawBody }, crypto)),
  };
}

describe('the webhook door', () => {
  let owner: Record<string, string>;
  let hook: Awaited<ReturnType<typeof publishedWorkflow>>;
  const body = Buffer.from('{"order":{"id":"A-1"}}');
  let before: { events: number; runs: number };

  beforeEach(async () => {
    owner ??= await session('owner');
    hook ??= await publishedWorkflow(owner);
    before = { events: await count('event'), runs: await count('run') };
  });

  const nothingStored = async () => expect({ events: await count('event'), runs: await count('run') }).toEqual(before);

  it('answers a signed delivery with 202 after the event and the run are stored, and rings', async () => {
    rung.length = 0;
    const answer = await ask<{ runId: string; duplicate: boolean }>('POST', hook.url, {
      headers: await signed(hook.secret, body),
      raw: body,
    });
    expect(answer).toMatchObject({ status: 202, body: { duplicate: false } });
    expect({ events: await count('event'), runs: await count('run') }).toEqual({
      events: before.events + 1,
      runs: before.runs + 1,
    });
    expect(rung).toEqual([0]);
    const run = await api<{
      event: { data: unknown; headers: Record<string, string> };
      receipt: object;
      heldUp: string | null;
    }>('GET', `/runs/${answer.body.runId}`, { headers: owner });
    expect(run.body).toMatchObject({
      status: 'queued',
      event: { data: { order: { id: 'A-1' } } },
      receipt: { scheme: 'standard-webhooks', verified: true, keyId: 'current' },
    });
    expect(run.body.heldUp).toContain('No worker is running');
    expect(Object.keys(run.body.event.headers)).not.toContain('webhook-signature');
  });

  it.each([
    ['no signature header', (headers: Record<string, string>) => ({ ...headers, 'webhook-signature': undefined })],
    ['an empty signature', (headers: Record<string, string>) => ({ ...headers, 'webhook-signature': '' })],
    [
      'another signature',
      (headers: Record<string, string>) => ({
        ...headers,
        'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}`,
      }),
    ],
    [
      'an unknown version',
      (headers: Record<string, string>) => ({
        ...headers,
        'webhook-signature': (headers['webhook-signature'] ?? '').replace('v1,', 'v2,'),
      }),
    ],
    ['an old timestamp', (headers: Record<string, string>) => ({ ...headers, 'webhook-timestamp': '1600000000' })],
    ['another id', (headers: Record<string, string>) => ({ ...headers, 'webhook-id': 'msg_other' })],
  ])('refuses a delivery with %s by 401 and stores nothing', async (_name, spoil) => {
    const headers = Object.fromEntries(
      Object.entries(spoil(await signed(hook.secret, body))).filter(([, value]) => value !== undefined),
    ) as Record<string, string>;
    const answer = await ask('POST', hook.url, { headers, raw: body });
    expect(answer).toMatchObject({ status: 401, body: { code: 'webhook.not-verified' } });
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    await nothingStored();
  });

  it('refuses a changed body, also when only white space changed', async () => {
    const headers = await signed(hook.secret, body);
    expect((await ask('POST', hook.url, { headers, raw: '{"order": {"id":"A-1"}}' })).status).toBe(401);
    await nothingStored();
  });

  it('fails closed when the trigger has lost its secret', async () => {
    const made = await publishedWorkflow(owner);
    await database.pool.query('UPDATE trigger SET secret_sealed = NULL WHERE workflow_id = $1', [made.workflow.id]);
    const answer = await ask('POST', made.url, { headers: await signed(made.secret, body), raw: body });
    expect(answer).toMatchObject({ status: 401, body: { context: { reason: 'secret.missing' } } });
    await nothingStored();
  });

  it('makes one run of the same delivery sent twice', async () => {
    const headers = await signed(hook.secret, body);
    const first = await ask<{ runId: string }>('POST', hook.url, { headers, raw: body });
    const second = await ask<{ runId: string; duplicate: boolean }>('POST', hook.url, { headers, raw: body });
    expect(second).toMatchObject({ status: 202, body: { runId: first.body.runId, duplicate: true } });
    expect(await count('run')).toBe(before.runs + 1);
  });

  it('makes one run of 100 copies that arrive at once', async () => {
    const headers = await signed(hook.secret, body);
    const answers = await Promise.all(
      Array.from({ length: 100 }, () =>
        ask<{ runId: string; duplicate: boolean }>('POST', hook.url, { headers, raw: body }),
      ),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([202]));
    expect(new Set(answers.map((answer) => answer.body.runId)).size).toBe(1);
    expect(answers.filter((answer) => !answer.body.duplicate)).toHaveLength(1);
    expect(await count('run')).toBe(before.runs + 1);
  });

  it('keeps neighbours of one group commit apart', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, async () =>
        ask<{ runId: string }>('POST', hook.url, { headers: await signed(hook.secret, body), raw: body }),
      ),
    );
    expect(new Set(answers.map((answer) => answer.body.runId)).size).toBe(50);
  });

  it.each([
    ['malformed JSON', '{"a":', 400, 'body.malformed'],
    ['a __proto__ key', '{"__proto__":{"isAdmin":true}}', 400, 'body.malformed'],
    ['a NUL', '{"a":"\\u0000"}', 400, 'body.malformed'],
    ['nothing', '', 400, 'body.malformed'],
    ['17 MiB', `"${'x'.repeat(17 * 1024 * 1024)}"`, 413, 'body.too-large'],
  ])('answers a signed body of %s clearly', async (_name, text, status, code) => {
    const raw = Buffer.from(text);
    expect(await ask('POST', hook.url, { headers: await signed(hook.secret, raw), raw })).toMatchObject({
      status,
      body: { code },
    });
    await nothingStored();
  });

  it('refuses a content type it cannot read, and reads forms', async () => {
    const xml = { ...(await signed(hook.secret, body)), 'content-type': 'application/xml' };
    expect(await ask('POST', hook.url, { headers: xml, raw: body })).toMatchObject({ status: 415 });
    const form = Buffer.from('a=1&b=2&b=3');
    const headers = { ...(await signed(hook.secret, form)), 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await ask<{ runId: string }>('POST', hook.url, { headers, raw: form });
    const run = await api<{ event: { data: unknown } }>('GET', `/runs/${answer.body.runId}`, { headers: owner });
    expect(run.body.event.data).toEqual({ a: '1', b: ['2', '3'] });
  });

  it('gives every unknown address the same 404', async () => {
    const answers = await Promise.all(
      ['/hooks/x', `/hooks/${'A'.repeat(43)}`, `/hooks/${'%41'.repeat(20)}`, `${hook.url}x`].map((url) =>
        ask('POST', url, { raw: body }),
      ),
    );
    expect(new Set(answers.map(({ status, body: { code, detail } }) => `${status} ${code} ${detail}`)).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 404, body: { code: 'webhook.unknown' } });
  });

  it('keeps address and secret over publishes, and goes off the air with its node', async () => {
    const made = await publishedWorkflow(owner);
    const headers = async () => ({ headers: await signed(made.secret, body), raw: body });
    const without: Graph = {
      ...graph,
      nodes: { hand: graph.nodes.hand, end: graph.nodes.end } as Graph['nodes'],
      edges: { b: graph.edges.b } as Graph['edges'],
      order: ['hand', 'end'],
    };
    const save = async (revision: number, drawing: Graph) => {
      await api('PUT', `/workflows/${made.workflow.id}/draft`, {
        headers: owner,
        body: { baseRevision: revision, graph: drawing },
      });
      expect(
        (
          await api('POST', `/workflows/${made.workflow.id}/publish`, {
            headers: owner,
            body: { revision: revision + 1 },
          })
        ).status,
      ).toBe(200);
    };
    await save(1, graph);
    expect((await ask('POST', made.url, await headers())).status).toBe(202);
    await save(2, without);
    expect(await ask('POST', made.url, await headers())).toMatchObject({
      status: 409,
      body: { code: 'trigger.not-live' },
    });
    await save(3, graph);
    expect((await ask('POST', made.url, await headers())).status).toBe(202);
  });

  it('accepts the old secret for a while after a rotation', async () => {
    const made = await publishedWorkflow(owner);
    const rotated = await api<{ secret: string }>('POST', `/workflows/${made.workflow.id}/triggers/hook/rotate`, {
      headers: owner,
    });
    expect(rotated.body.secret).not.toBe(made.secret);
    for (const secret of [made.secret, rotated.body.secret]) {
      expect((await ask('POST', made.url, { headers: await signed(secret, body), raw: body })).status).toBe(202);
    }
    await database.pool.query('UPDATE trigger SET previous_secret_until = now() WHERE workflow_id = $1', [
      made.workflow.id,
    ]);
    expect((await ask('POST', made.url, { headers: await signed(made.secret, body), raw: body })).status).toBe(401);
  });

  it('is sealed: neither token nor secret stands in the database in the clear', async () => {
    const { rows } = await database.pool.query<{ row: string }>('SELECT t::text AS row FROM trigger t');
    const token = Buffer.from(hook.url.split('/').at(-1) ?? '').toString('hex');
    expect(rows.some(({ row }) => row.includes(token) || row.includes(Buffer.from(hook.secret).toString('hex')))).toBe(
      false,
    );
  });
});

describe('who may do what', () => {
  const scopes: readonly ApiScope[] = [
    'workflows:read',
    'workflows:write',
    'runs:read',
    'runs:write',
    'runs:start',
    'admin',
  ];
  const closed = Object.entries(routes as Record<string, Route>).filter(([, route]) => route.auth.kind !== 'public');
  const address = (route: Route, ids: Record<string, string> = {}) =>
    route.path.replace(
      /:([a-zA-Z]+)/g,
      (_match, name: string) =>
        ids[name] ?? { number: '1', nodeId: 'hook', incident: 'i', operation: 'ship' }[name] ?? uuidv7(),
    );

  async function apiKey(
    keyScopes: readonly ApiScope[],
    headers?: Record<string, string>,
  ): Promise<{ id: string; authorization: string }> {
    const made = await api<{ id: string; secret: string }>('POST', '/api-keys', {
      headers: headers ?? (await session('owner')),
      body: { name: 'k', scopes: keyScopes, expiresInDays: null },
    });
    return { id: made.body.id, authorization: `Bearer ${made.body.secret}` };
  }

  it.each(closed)(
    '%s is closed without login, with a made-up, revoked or expired key, and with a key in the query',
    async (_name, route) => {
      const owner = await session('owner');
      const revoked = await apiKey(scopes, owner);
      expect((await api('DELETE', `/api-keys/${revoked.id}`, { headers: owner })).status).toBe(204);
      const expired = await apiKey(scopes, owner);
      await database.pool.query(`UPDATE api_key SET expires_at = now() - interval '1 second' WHERE id = $1`, [
        expired.id,
      ]);
      const good = await apiKey(scopes, owner);
      const url = address(route);
      for (const headers of [
        {},
        { authorization: `Bearer wf_live_${'a'.repeat(49)}` },
        { authorization: revoked.authorization },
        { authorization: expired.authorization },
      ]) {
        expect(await api(route.method, url, { headers: headers as Record<string, string>, body: {} })).toMatchObject({
          status: 401,
          body: { code: 'auth.required' },
        });
      }
      expect((await api(route.method, `${url}?apiKey=${good.authorization.slice(7)}`, { body: {} })).status).toBe(401);
    },
  );

  it.each(closed)(
    '%s is closed to a key without its scope and to a viewer unless it only reads',
    async (_name, route) => {
      const { auth } = route;
      const scope = auth.kind === 'public' ? undefined : auth.scope;
      const wrong = await apiKey(scopes.filter((one) => one !== scope));
      const byKey = await api(route.method, address(route), {
        headers: { authorization: wrong.authorization },
        body: {},
      });
      expect(byKey).toMatchObject({ status: 403, body: { code: 'auth.forbidden' } });
      if (scope === undefined || scope.endsWith(':read')) return;
      expect(await api(route.method, address(route), { headers: await session('viewer'), body: {} })).toMatchObject({
        status: 403,
        body: { code: 'auth.forbidden' },
      });
    },
  );

  it('finds nothing of another workspace, by any route that takes an id', async () => {
    const owner = await session('owner');
    const { workflow } = await publishedWorkflow(owner);
    const started = await api<{ runId: string }>('POST', `/workflows/${workflow.id}/runs`, {
      headers: owner,
      body: {},
    });
    const key = await apiKey(scopes, owner);
    const stranger = await session('owner', await otherWorkspace());
    const bodies: Record<string, unknown> = {
      renameWorkflow: { name: 'Mine' },
      saveDraft: { baseRevision: 1, graph },
      publish: { revision: 1 },
      setPriority: { priority: 1 },
      setWorkflowRetention: { retention: null },
      setTriggerSecret: { secret: 'mine' },
      resolveIncident: { resolution: { kind: 'retry' } },
      terminateRun: { reason: 'mine' },
      completeTask: { outcome: 'yes' },
      reassignTask: { assignees: ['me'] },
      editDeadLetter: { data: {}, note: 'mine' },
      discardDeadLetter: { note: 'mine' },
      changeEndpoint: { name: 'Mine', url: 'https://example.com', types: ['*'] },
      resendDeliveries: { kind: 'failed', since: '2026-01-01T00:00:00Z' },
    };
    const withId = closed.filter(([, route]) => route.path.includes(':id'));
    expect(withId.length).toBeGreaterThan(14);
    for (const [name, route] of withId) {
      const id = route.path.startsWith('/runs')
        ? started.body.runId
        : route.path.startsWith('/api-keys')
          ? key.id
          : workflow.id;
      const answer = await api(route.method, address(route, { id }), { headers: stranger, body: bodies[name] ?? {} });
      expect({ name, status: answer.status }).toEqual({ name, status: 404 });
    }
    const lists = await Promise.all(
      ['/workflows', '/runs', '/api-keys'].map((path) => api<{ items: unknown[] }>('GET', path, { headers: stranger })),
    );
    expect(lists.map((list) => list.body.items)).toEqual([[], [], []]);
  });

  it('wants the CSRF token and our own origin with a cookie', async () => {
    const owner = await session('owner');
    const body = { name: 'X' };
    expect(await api('POST', '/workflows', { headers: { cookie: owner.cookie ?? '' }, body })).toMatchObject({
      status: 403,
      body: { code: 'auth.csrf' },
    });
    expect(
      await api('POST', '/workflows', { headers: { ...owner, origin: 'https://evil.example' }, body }),
    ).toMatchObject({ status: 403, body: { code: 'auth.csrf' } });
    expect(
      (await api('POST', '/workflows', { headers: { ...owner, origin: 'http://127.0.0.1:3000' }, body })).status,
    ).toBe(201);
  });

  it('lets the owner in by a link once, then by password, and out again', async () => {
    const link = await makeSignInLink(database, 'http://127.0.0.1:3000');
    const token = new URL(link).searchParams.get('token');
    const entered = await api<{ csrfToken: string; user: { email: string } }>('POST', '/auth/sign-in-link', {
      body: { token },
    });
    expect(entered).toMatchObject({ status: 200, body: { user: { hasPassword: false, role: 'owner' } } });
    const cookie = String(entered.headers['set-cookie']);
    expect(cookie).toMatch(/^sagawright_session=[0-9A-Za-z]{43};.*HttpOnly.*SameSite=Lax/);
    expect((await api('POST', '/auth/sign-in-link', { body: { token } })).status).toBe(401);
    const headers = { cookie: cookie.split(';')[0] ?? '', 'x-csrf-token': entered.body.csrfToken };
    expect((await api('PUT', '/auth/password', { headers, body: { password: 'correct horse battery' } })).status).toBe(
      204,
    );
    const { email } = entered.body.user;
    expect((await api('POST', '/auth/login', { body: { email, password: 'wrong horse battery' } })).body).toMatchObject(
      { code: 'auth.failed' },
    );
    expect((await api('POST', '/auth/login', { body: { email, password: 'correct horse battery' } })).status).toBe(200);
    expect((await api('POST', '/auth/logout', { headers })).status).toBe(204);
    expect((await api('GET', '/auth/me', { headers })).status).toBe(401);
  });

  it('makes whoever guesses passwords wait', async () => {
    const userId = uuidv7();
    await database.pool.query(
      `INSERT INTO app_user (id, workspace_id, email, name, role, password_hash) VALUES ($1, $2, 'g@example.com', 'G', 'viewer', $3)`,
      [userId, workspaceId, await hashPassword('right password')],
    );
    const statuses: number[] = [];
    for (let guess = 0; guess < 11; guess += 1)
      statuses.push(
        (await api('POST', '/auth/login', { body: { email: 'G@example.com', password: `guess ${guess}` } })).status,
      );
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429]);
    expect(
      await api('POST', '/auth/login', { body: { email: 'g@example.com', password: 'right password' } }),
    ).toMatchObject({ status: 429, headers: { 'retry-after': expect.any(String) } });
  }, 60_000);

  it('ignores what a client must not set', async () => {
    const owner = await session('owner');
    const { body } = await api<Workflow>('POST', '/workflows', {
      headers: owner,
      body: { name: 'X', id: uuidv7(), workspaceId: uuidv7(), createdAt: '2000-01-01' },
    });
    const { rows } = await database.pool.query<{ workspace_id: string }>(
      'SELECT workspace_id FROM workflow WHERE id = $1',
      [body.id],
    );
    expect(rows).toEqual([{ workspace_id: workspaceId }]);
    expect(body.createdAt).not.toContain('2000');
  });

  it('keeps an audit chain that shows a changed row', async () => {
    expect(await findAuditBreak(database.pool, workspaceId)).toBeNull();
    const { rows } = await database.pool.query<{ position: number }>(
      'SELECT position FROM audit_log WHERE workspace_id = $1 ORDER BY position OFFSET 2 LIMIT 1',
      [workspaceId],
    );
    await database.pool.query(`UPDATE audit_log SET action = 'nothing' WHERE position = $1`, [rows[0]?.position]);
    expect(await findAuditBreak(database.pool, workspaceId)).toBe(rows[0]?.position);
  });
});

describe('workflows and runs', () => {
  let owner: Record<string, string>;
  beforeAll(async () => {
    owner = await session('owner');
  });

  it('saves a draft on top of the revision the author saw, and refuses any other', async () => {
    const { body } = await api<Workflow>('POST', '/workflows', {
      headers: owner,
      body: { name: 'Draft', template: 'order' },
    });
    expect(body.triggers).toMatchObject([
      { nodeId: 'hook', live: false, url: expect.stringContaining('/hooks/') },
      { nodeId: 'hand', url: null },
    ]);
    const url = `/workflows/${body.id}/draft`;
    const answers = await Promise.all(
      [1, 2].map(() => api('PUT', url, { headers: owner, body: { baseRevision: 1, graph } })),
    );
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409]);
    expect(answers.find((answer) => answer.status === 409)?.body).toMatchObject({
      code: 'draft.conflict',
      context: { revision: 2 },
    });
  });

  it('publishes only what compiles, and says what is wrong', async () => {
    const { body } = await api<Workflow>('POST', '/workflows', { headers: owner, body: { name: 'Empty' } });
    const refused = await api('POST', `/workflows/${body.id}/publish`, { headers: owner, body: { revision: 1 } });
    expect(refused).toMatchObject({
      status: 422,
      body: {
        code: 'workflow.invalid',
        context: { diagnostics: expect.arrayContaining([expect.objectContaining({ id: 'trigger.missing' })]) },
      },
    });
    expect(
      (await api('POST', `/workflows/${body.id}/publish`, { headers: owner, body: { revision: 9 } })).body,
    ).toMatchObject({ code: 'draft.conflict' });
    expect(
      (await api<{ items: unknown[] }>('GET', `/workflows/${body.id}/versions`, { headers: owner })).body.items,
    ).toEqual([]);
  });

  it('starts one run per Idempotency-Key, and refuses the key with other data', async () => {
    const { workflow } = await publishedWorkflow(owner);
    const start = (data: unknown, key = 'k-1') =>
      api<{ runId: string }>('POST', `/workflows/${workflow.id}/runs`, {
        headers: { ...owner, 'idempotency-key': key },
        body: { data },
      });
    const first = await start({ a: 1 });
    expect(first).toMatchObject({ status: 202, body: { duplicate: false } });
    expect(await start({ a: 1 })).toMatchObject({ status: 202, body: { runId: first.body.runId, duplicate: true } });
    expect(await start({ a: 2 })).toMatchObject({ status: 422, body: { code: 'idempotency.mismatch' } });
    expect((await start({ a: 2 }, 'k-2')).body.runId).not.toBe(first.body.runId);
  });

  it('pages runs by keyset without losing or repeating one', async () => {
    const { workflow } = await publishedWorkflow(owner);
    for (let index = 0; index < 7; index += 1)
      await api('POST', `/workflows/${workflow.id}/runs`, { headers: owner, body: {} });
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await api<{ items: { id: string }[]; nextCursor: string | null; counts: Record<string, number> }>(
        'GET',
        `/runs?workflowId=${workflow.id}&limit=3${cursor}`,
        { headers: owner },
      );
      expect(page.body.counts.queued).toBe(7);
      seen.push(...page.body.items.map((run) => run.id));
      cursor = page.body.nextCursor === null ? '' : `&cursor=${page.body.nextCursor}`;
    } while (cursor !== '');
    expect(new Set(seen).size).toBe(7);
    expect(seen).toHaveLength(7);
    expect((await api('GET', '/runs?cursor=nonsense', { headers: owner })).body).toMatchObject({
      code: 'request.invalid',
    });
    const workflows = await api<{ items: { id: string }[]; nextCursor: string }>('GET', '/workflows?limit=1', {
      headers: owner,
    });
    const next = await api<{ items: { id: string }[] }>(
      'GET',
      `/workflows?limit=1&cursor=${workflows.body.nextCursor}`,
      { headers: owner },
    );
    expect(next.body.items[0]?.id).not.toBe(workflows.body.items[0]?.id);
  });

  it('finds workflows by a part of their name, in any case, and takes no wildcard for one', async () => {
    await api('POST', '/workflows', { headers: owner, body: { name: 'Invoice 100%' } });
    const names = async (search: string) => {
      const { body } = await api<{ items: { name: string }[] }>('GET', `/workflows?search=${search}`, {
        headers: owner,
      });
      return body.items.map(({ name }) => name);
    };
    expect(await names('iNVOICE')).toEqual(['Invoice 100%']);
    expect(await names('100%25')).toEqual(['Invoice 100%']);
    expect(await names('%25nvoice')).toEqual([]);
  });

  it('passes a cancel on as a signal, and refuses it after the end', async () => {
    const { workflow } = await publishedWorkflow(owner);
    const { body } = await api<{ runId: string }>('POST', `/workflows/${workflow.id}/runs`, {
      headers: owner,
      body: {},
    });
    expect(
      (await api('POST', `/runs/${body.runId}/cancel`, { headers: owner, body: { reason: 'Not wanted' } })).status,
    ).toBe(202);
    const { rows } = await database.pool.query<{ body: unknown }>('SELECT body FROM run_signal WHERE run_id = $1', [
      body.runId,
    ]);
    expect(rows).toMatchObject([
      { body: { type: 'run.cancel-requested', reason: 'Not wanted', by: { kind: 'user' } } },
    ]);
    expect(
      (
        await api('POST', `/runs/${body.runId}/incidents/x/resolve`, {
          headers: owner,
          body: { resolution: { kind: 'retry' } },
        })
      ).body,
    ).toMatchObject({ code: 'incident.not-found' });
    await database.pool.query(`UPDATE run SET ended_at = now(), status = 'completed' WHERE id = $1`, [body.runId]);
    expect(await api('POST', `/runs/${body.runId}/cancel`, { headers: owner, body: {} })).toMatchObject({
      status: 409,
      body: { code: 'run.ended' },
    });
  });

  it('streams the journal from a position until the run has ended', async () => {
    const { workflow } = await publishedWorkflow(owner);
    const { body } = await api<{ runId: string }>('POST', `/workflows/${workflow.id}/runs`, {
      headers: owner,
      body: {},
    });
    const address = `/runs/${body.runId}/live`;
    const reading = stream(address, owner);
    await database.pool.query(
      `INSERT INTO journal (run_id, seq, epoch, at, type, body) VALUES ($1, 2, 1, now(), 'run.ended', '{"outcome":"completed","output":null,"failure":null}')`,
      [body.runId],
    );
    live.publish([{ workspaceId, runId: body.runId, seq: 2 }]);
    const whole = await reading;
    expect(whole.type).toContain('text/event-stream');
    expect(whole.ids).toEqual(['1', '2']);
    expect((await stream(address, { ...owner, 'last-event-id': '1' })).ids).toEqual(['2']);
    expect((await stream(address, { ...owner, 'last-event-id': '2' })).text).not.toContain('event: entry');
  });

  it('says nothing holds a run up while a worker lives', async () => {
    const { workflow } = await publishedWorkflow(owner);
    const { body } = await api<{ runId: string }>('POST', `/workflows/${workflow.id}/runs`, {
      headers: owner,
      body: {},
    });
    await registerWorker(database.pool, { incarnation: uuidv7(), host: 'h', pid: 1, version: '0' }, 60_000);
    expect((await api('GET', `/runs/${body.runId}`, { headers: owner })).body).toMatchObject({ heldUp: null });
  });
});

describe('every answer', () => {
  it.each([
    ['an unknown address', 'GET', '/api/v1/nothing', {}, 404, 'route.not-found'],
    ['an address with a broken percent sign', 'GET', '/api/v1/%zz', {}, 400, 'request.malformed'],
    [
      'malformed JSON',
      'POST',
      '/api/v1/auth/login',
      { headers: { 'content-type': 'application/json' }, raw: '{' },
      400,
      'body.malformed',
    ],
    [
      'another content type',
      'POST',
      '/api/v1/auth/login',
      { headers: { 'content-type': 'text/plain' }, raw: 'x' },
      415,
      'body.unsupported-type',
    ],
    ['missing fields', 'POST', '/api/v1/auth/login', { body: {} }, 400, 'request.invalid'],
    [
      'a large body',
      'POST',
      '/api/v1/auth/login',
      { headers: { 'content-type': 'application/json' }, raw: ' '.repeat(1024 * 1024 + 1) },
      413,
      'body.too-large',
    ],
  ])('to %s is a problem with a code', async (_name, method, url, options, status, code) => {
    const answer = await ask(method, url, options as Parameters<typeof ask>[2]);
    expect(answer).toMatchObject({
      status,
      body: { status, code, instance: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  it('names the paths of invalid fields', async () => {
    const { body } = await api('POST', '/auth/login', { body: { email: 'x' } });
    expect(body.errors?.map((error) => error.path)).toEqual(['body.email', 'body.password']);
  });

  it('is never a 5xx for a NUL in the address', async () => {
    const owner = await session('owner');
    const { workflow } = await publishedWorkflow(owner);
    expect((await api('POST', `/workflows/${workflow.id}/triggers/%00/reveal`, { headers: owner })).status).toBe(400);
  });

  it('carries security headers, with no inline script allowed and no frame', async () => {
    const { headers } = await ask('GET', '/health/live');
    expect(String(headers['content-security-policy'])).toContain("script-src 'self';");
    expect(String(headers['content-security-policy'])).toContain("frame-ancestors 'none'");
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
  });

  it('tells readiness, and the document of the interface', async () => {
    expect((await ask('GET', '/health/ready')).status).toBe(200);
    expect((await api<{ openapi: string }>('GET', '/openapi.json')).body.openapi).toBe('3.1.0');
  });

  it('reaches a sender of 17 MiB over a real connection', async () => {
    const port = Number(new URL(base).port);
    const heard = await new Promise<string>((resolve) => {
      let text = '';
      const socket = net.connect(port, '127.0.0.1', () => {
        socket.write(
          `POST /hooks/x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${17 * 1024 * 1024}\r\n\r\n`,
        );
        socket.write(Buffer.alloc(17 * 1024 * 1024, 32));
      });
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('error', () => resolve(text));
      socket.on('close', () => resolve(text));
    });
    expect(heard).toMatch(/^HTTP\/1.1 413 /);
  });
});
