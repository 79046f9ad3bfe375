/** Outbound webhooks through the doors: who may, what is shown and when, what is refused, and what the audit tells. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Delivery, Endpoint, Problem } from '@sagawright/shared/contracts';
import { Doors } from '../testing/doors.js';

let doors: Doors;
let owner: Record<string, string>;

beforeAll(async () => {
  doors = await Doors.open();
  owner = (await doors.person('owner')).headers;
}, 120_000);
afterAll(() => doors.close());

const wish = (more: object = {}) => ({ name: 'Shop', url: 'https://example.com/hook', types: ['order.*'], ...more });
const ask = <T = Problem>(method: string, path: string, body?: unknown, headers = owner) =>
  doors.api<T>(method, path, { headers, ...(body === undefined ? {} : { body }) });
interface Made {
  readonly endpoint: Endpoint;
  readonly secret: string | null;
  readonly publicKey: string | null;
}
const make = async (more: object = {}): Promise<Made> => (await ask<Made>('POST', '/endpoints', wish(more))).body;
const audited = async (subject: string): Promise<string[]> =>
  (
    await doors.database.pool.query<{ action: string }>(
      'SELECT action FROM audit_log WHERE subject = $1 ORDER BY position',
      [subject],
    )
  ).rows.map(({ action }) => action);

describe('an endpoint', () => {
  it('shows its secret once, when it is made and when it is changed, and nowhere else (A143)', async () => {
    const { endpoint, secret, publicKey } = await make();
    expect([secret?.startsWith('whsec_'), publicKey]).toEqual([true, null]);
    expect(endpoint).toMatchObject({ status: 'live', failures: 0, pending: 0, filter: null, previousUntil: null });
    const rotated = await ask<Made>('POST', `/endpoints/${endpoint.id}/rotate-secret`, { overlapHours: 2 });
    expect(rotated.body.secret).not.toBe(secret);
    expect(Date.parse(rotated.body.endpoint.previousUntil ?? '')).toBeGreaterThan(Date.now());
    const everything = JSON.stringify([
      (await ask('GET', '/endpoints')).body,
      (await ask('GET', `/endpoints/${endpoint.id}`)).body,
      (await doors.database.pool.query('SELECT * FROM audit_log')).rows,
      (await doors.database.pool.query(`SELECT encode(secret_sealed, 'escape') FROM endpoint`)).rows,
    ]);
    for (const each of [secret, rotated.body.secret]) expect(everything).not.toContain(each?.slice(6));
  });

  it('leaves nothing of its URL but the host in the audit log, and still shows that it was changed (A143)', async () => {
    const url = (token: string) => `https://example.com/services/${token}?sig=${token}-q`;
    const { endpoint } = await make({ url: url('T0K3N-one') });
    await ask('PUT', `/endpoints/${endpoint.id}`, wish({ url: url('T0K3N-two') }));
    await ask('DELETE', `/endpoints/${endpoint.id}`);
    const { rows } = await doors.database.pool.query<{ details: { url: string; before?: string } }>(
      'SELECT details FROM audit_log WHERE subject = $1 ORDER BY position',
      [`endpoint:${endpoint.id}`],
    );
    expect(JSON.stringify(rows)).not.toContain('T0K3N');
    const [made, changed, deleted] = rows.map(({ details }) => details);
    expect(made?.url).toMatch(/^https:\/\/example\.com\/… \([0-9a-f]{12}\)$/);
    expect([changed?.before, deleted?.url]).toEqual([made?.url, changed?.url]);
    expect(changed?.url).not.toBe(made?.url);
  });

  it('with a key pair gives the public key only, every time', async () => {
    const { endpoint, secret, publicKey } = await make({ signature: 'v1a' });
    expect([secret, publicKey?.startsWith('whpk_'), endpoint.publicKey]).toEqual([null, true, publicKey]);
    const text = JSON.stringify((await ask('GET', `/endpoints/${endpoint.id}`)).body);
    expect(text).not.toContain('whsk_');
  });

  it.each([
    ['http://example.com/hook', 'endpoint.https'],
    ['https://127.0.0.1/hook', 'egress.blocked'],
    ['https://localhost/hook', 'egress.blocked'],
    ['https://169.254.169.254/', 'egress.blocked'],
    ['https://2130706433/', 'egress.blocked'],
    ['https://user:pass@example.com/', 'egress.userinfo'],
    ['https://example.com:8443/', 'egress.port'],
    ['ftp://example.com/', 'egress.scheme'],
    ['example.com', 'egress.url'],
  ])('is refused at %s, with the reason (A001)', async (url, code) => {
    const answer = await ask('POST', '/endpoints', wish({ url }));
    expect(answer).toMatchObject({ status: 422, body: { code: 'endpoint.refused', context: { code } } });
  });

  it.each([
    ['types', { types: [] }, /body\.types/],
    ['types', { types: ['a*b'] }, /body\.types\.0/],
    ['filter', { filter: { data: { n: [{ unheardOf: 1 }] } } }, /body\.filter/],
    ['filter', { filter: 'subject =' }, /body\.filter/],
    ['headers', { headers: { Authorization: 'Bearer x' } }, /body\.headers/],
    ['headers', { headers: { 'webhook-id': 'mine' } }, /body\.headers/],
    ['headers', { headers: { 'X-A': 'two\r\nlines' } }, /body\.headers/],
    ['perSecond', { perSecond: 0 }, /body\.perSecond/],
  ])('is refused with wrong %s: %j', async (_field, more, path) => {
    const answer = await ask('POST', '/endpoints', wish(more));
    expect(answer).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
    expect(JSON.stringify(answer.body.errors)).toMatch(path);
  });

  it('is changed, paused, resumed and deleted, each told in the audit once', async () => {
    const { endpoint } = await make();
    const path = `/endpoints/${endpoint.id}`;
    const changed = await ask<Endpoint>('PUT', path, wish({ name: 'Other', types: ['*'], perSecond: 5 }));
    expect(changed.body).toMatchObject({ name: 'Other', types: ['*'], perSecond: 5 });
    expect((await ask<Endpoint>('POST', `${path}/pause`)).body.status).toBe('paused');
    expect((await ask<Endpoint>('POST', `${path}/pause`)).status).toBe(200);
    expect((await ask<Endpoint>('POST', `${path}/resume`)).body.status).toBe('live');
    expect((await ask<Endpoint>('POST', `${path}/enable`)).body.status).toBe('live');
    expect((await ask('DELETE', path)).status).toBe(204);
    expect(await ask('GET', path)).toMatchObject({ status: 404, body: { code: 'endpoint.not-found' } });
    expect(await audited(`endpoint:${endpoint.id}`)).toEqual([
      'endpoint.create',
      'endpoint.change',
      'endpoint.pause',
      'endpoint.resume',
      'endpoint.delete',
    ]);
  });

  it('lets viewers look and nobody below an editor change', async () => {
    const { endpoint } = await make();
    for (const role of ['viewer', 'runner'] as const) {
      const { headers } = await doors.person(role);
      expect((await ask('GET', '/endpoints', undefined, headers)).status).toBe(200);
      expect((await ask('POST', '/endpoints', wish(), headers)).status).toBe(403);
      expect((await ask('POST', `/endpoints/${endpoint.id}/rotate-secret`, {}, headers)).status).toBe(403);
      expect((await ask('POST', `/endpoints/${endpoint.id}/test`, undefined, headers)).status).toBe(403);
    }
    expect((await ask('POST', '/endpoints', wish(), (await doors.person('editor')).headers)).status).toBe(201);
  });
});

describe('another workspace', () => {
  it('sees nothing of endpoints and deliveries, and changes nothing (A148)', async () => {
    const { endpoint } = await make();
    const path = `/endpoints/${endpoint.id}`;
    const delivery = (await ask<Delivery>('POST', `${path}/test`)).body;
    const { headers } = await doors.person('owner', await doors.otherWorkspace());
    const asked: readonly (readonly [string, string, unknown?])[] = [
      ['GET', path],
      ['PUT', path, wish({ name: 'Mine' })],
      ['DELETE', path],
      ...['rotate-secret', 'pause', 'resume', 'enable', 'test'].map((each) => ['POST', `${path}/${each}`, {}] as const),
      ['POST', `${path}/resend`, { kind: 'failed', since: '2026-01-01T00:00:00Z' }],
      ['GET', `${path}/deliveries`],
      ['GET', `/deliveries/${delivery.id}`],
      ['POST', `/deliveries/${delivery.id}/resend`],
    ];
    for (const [method, address, body] of asked)
      expect([method, address, (await ask(method, address, body, headers)).status]).toEqual([method, address, 404]);
    expect((await ask<{ items: unknown[] }>('GET', '/endpoints', undefined, headers)).body.items).toEqual([]);
    expect((await ask<Endpoint>('GET', path)).body).toMatchObject({ name: 'Shop', status: 'live' });
  });
});

describe('deliveries', () => {
  it('of a test are made for that endpoint alone, and are found, paged and sent again', async () => {
    const { endpoint } = await make({ types: ['nothing'] });
    const other = await make({ types: ['*'] });
    const path = `/endpoints/${endpoint.id}`;
    const made = [];
    for (let n = 0; n < 3; n += 1) made.push((await ask<Delivery>('POST', `${path}/test`)).body);
    expect(made[0]).toMatchObject({
      eventType: 'sagawright.endpoint.test',
      test: true,
      status: 'pending',
      attempts: 0,
    });
    const first = await ask<{ items: Delivery[]; nextCursor: string | null }>('GET', `${path}/deliveries?limit=2`);
    expect(first.body.items.map(({ id }) => id)).toEqual([made[2]?.id, made[1]?.id]);
    const rest = await ask<{ items: Delivery[] }>(
      'GET',
      `${path}/deliveries?limit=2&cursor=${first.body.nextCursor ?? ''}`,
    );
    expect(rest.body).toMatchObject({ items: [{ id: made[0]?.id }], nextCursor: null });
    expect((await ask('GET', `/deliveries/${made[0]?.id ?? ''}`)).body).toMatchObject({ log: [] });
    expect((await ask('POST', `/deliveries/${made[0]?.id ?? ''}/resend`)).status).toBe(202);
    expect((await ask<{ items: [] }>('GET', `/endpoints/${other.endpoint.id}/deliveries`)).body.items).toEqual([]);
    expect(await ask('GET', '/deliveries/0197f6c0-0000-7000-8000-000000000000')).toMatchObject({
      status: 404,
      body: { code: 'delivery.not-found' },
    });
  });

  it('of the past are asked for by time, at most a month at once', async () => {
    const { endpoint } = await make();
    const path = `/endpoints/${endpoint.id}/resend`;
    const failed = await ask<{ count: number }>('POST', path, { kind: 'failed', since: '2026-01-01T00:00:00Z' });
    expect(failed).toMatchObject({ status: 202, body: { count: 0 } });
    const [from, to] = ['2020-01-01T00:00:00Z', '2020-01-20T00:00:00Z'];
    expect((await ask('POST', path, { kind: 'range', from, to })).status).toBe(202);
    for (const range of [
      { from: to, to: from },
      { from, to: '2020-03-01T00:00:00Z' },
    ])
      expect((await ask('POST', path, { kind: 'range', ...range })).body).toMatchObject({ code: 'request.invalid' });
    expect(await audited(`endpoint:${endpoint.id}`)).toEqual(['endpoint.create', 'endpoint.resend', 'endpoint.resend']);
  });

  it('are made of events that come through the door', async () => {
    const { endpoint } = await make({ types: ['door.opened'] });
    expect((await ask('POST', '/events', { type: 'door.opened', data: {} })).status).toBe(202);
    const { rows } = await doors.database.pool.query(
      `SELECT position FROM outbound_event o JOIN endpoint e ON e.workspace_id = o.workspace_id WHERE e.id = $1`,
      [endpoint.id],
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(await ask('POST', '/events', { type: 'mine', source: '/endpoints/1' })).toMatchObject({ status: 400 });
  });
});
