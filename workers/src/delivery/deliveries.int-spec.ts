import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  ENDPOINT_DISABLED,
  ENDPOINT_SECRET,
  changeEndpoint,
  createEgress,
  createSealer,
  deleteEndpoint,
  findAuditBreak,
  findDelivery,
  findEndpoint,
  insertEndpoint,
  insertEvents,
  listDeliveries,
  makeEndpointSecret,
  publicKeyOf,
  resendDelivery,
  resendFailed,
  resendRange,
  rotateEndpointSecret,
  setEndpointDisabled,
  setEndpointPaused,
  sha256,
  silentLogger,
  sweepDeliveries,
} from '@sagawright/shared/server';
import type { DeliveryRow, Egress, EndpointRow, EndpointSettings, EndpointSignature } from '@sagawright/shared/server';
import { testDatabase, until } from '@sagawright/shared/testing';
import type { TestDatabase } from '@sagawright/shared/testing';
import { Webhook } from 'standardwebhooks';
import { armFailpoint, noFailpoints } from '../failpoint.js';
import type { Failpoint } from '../failpoint.js';
import { startDeliveries } from './deliveries.js';
import type { Deliveries } from './deliveries.js';
import { BREAKER } from './schedule.js';
import type { BreakerTerms } from './schedule.js';

jest.setTimeout(60_000);

interface Call {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Answers when it resolves. */
  readonly after?: Promise<unknown>;
}

/** The other side: whatever a test says, by path. */
class Receiver {
  calls: Call[] = [];
  answer: (call: Call) => Reply = () => ({ status: 204 });
  private constructor(
    private readonly server: Server,
    readonly host: string,
  ) {}

  static async open(): Promise<Receiver> {
    let receiver: Receiver | null = null;
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const call = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() };
        receiver?.calls.push(call);
        const { status, headers, body, after } = receiver?.answer(call) ?? { status: 500 };
        void (after ?? Promise.resolve()).then(() => response.writeHead(status, headers).end(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    receiver = new Receiver(server, `127.0.0.1:${(server.address() as AddressInfo).port}`);
    return receiver;
  }

  to(path: string): Call[] {
    return this.calls.filter((call) => call.path === path);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

const sealer = createSealer(randomBytes(32));
const workspaceId = randomUUID();
const by = { kind: 'user', id: 'u1', name: 'Uma' } as const;
const secrets = new Map<string, string>();

let db: TestDatabase;
let receiver: Receiver;
let egress: Egress;
const running: Deliveries[] = [];

beforeAll(async () => {
  db = await testDatabase({ poolSize: 20 });
  receiver = await Receiver.open();
  egress = createEgress({ allow: [receiver.host] });
}, 60_000);
afterAll(async () => {
  receiver.close();
  await egress.close();
  await db.close();
});
beforeEach(async () => {
  await db.pool.query('TRUNCATE workspace, event, event_claim, outbound_event, delivery, dead_letter CASCADE');
  await db.pool.query('INSERT INTO workspace (id, name) VALUES ($1, $2)', [workspaceId, 'Test']);
  receiver.calls = [];
  receiver.answer = () => ({ status: 204 });
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.stop(500)));
});

interface Terms {
  readonly failpoint?: Failpoint;
  readonly crashed?: () => void;
  readonly claimMs?: number;
  readonly breaker?: Partial<BreakerTerms>;
  readonly concurrency?: number;
}

function deliver({ failpoint, crashed, claimMs = 60_000, breaker, concurrency = 16 }: Terms = {}): Deliveries {
  const deliveries: Deliveries = startDeliveries(
    {
      database: { pool: db.pool, transaction: db.transaction },
      egress,
      sealer,
      allow: new Set([receiver.host]),
      random: () => 0,
      now: Date.now,
      logger: silentLogger,
      failpoint:
        failpoint === undefined
          ? noFailpoints
          : armFailpoint(failpoint, () => {
              deliveries.crash();
              crashed?.();
              throw new Error('crashed on purpose');
            }),
      shards: 1,
      breaker: { ...BREAKER, ...breaker },
    },
    { concurrency, pollMs: 20, claimMs },
  );
  running.push(deliveries);
  return deliveries;
}

async function endpoint(
  path: string,
  settings: Partial<EndpointSettings> & { signature?: EndpointSignature; url?: string } = {},
): Promise<string> {
  const id = randomUUID();
  const { signature = 'v1', ...rest } = settings;
  const secret = makeEndpointSecret(signature);
  secrets.set(id, secret);
  await insertEndpoint(db.pool, {
    id,
    workspaceId,
    name: path,
    url: `http://${receiver.host}${path}`,
    types: ['*'],
    filter: null,
    headers: {},
    perSecond: null,
    ...rest,
    signature,
    secretSealed: sealer.seal(secret, { purpose: ENDPOINT_SECRET, rowId: id }),
    createdBy: by,
  });
  return id;
}

async function events(
  count: number,
  type = 'order.placed',
  data: (n: number) => object = (n) => ({ n }),
): Promise<void> {
  const requests = Array.from({ length: count }, (_, n) => {
    const raw = Buffer.from(JSON.stringify(data(n)));
    const event = {
      source: '/test',
      eventId: randomUUID() as string,
      type,
      subject: `orders/${n}`,
      time: '2026-11-21T10:00:00.000Z',
      contentHash: sha256(raw),
      contentType: 'application/json',
      raw,
      data: JSON.parse(raw.toString()) as object as never,
      headers: { 'ce-partitionkey': 'k1' },
      receipt: null,
    };
    return { workspaceId, event };
  });
  for (let at = 0; at < requests.length; at += 1000) await insertEvents(db.pool, requests.slice(at, at + 1000), 1);
}

const log = (endpointId: string): Promise<DeliveryRow[]> =>
  listDeliveries(db.pool, workspaceId, endpointId, { status: null, type: null }, { after: null, limit: 100 });

async function onlyDelivery(endpointId: string): Promise<DeliveryRow> {
  const [first, ...others] = await log(endpointId);
  expect(others).toEqual([]);
  if (first === undefined) throw new Error('There is no delivery.');
  return first;
}

async function known(endpointId: string): Promise<EndpointRow> {
  const found = await findEndpoint(db.pool, workspaceId, endpointId);
  if (found === null) throw new Error('There is no such endpoint.');
  return found;
}

const taken = async (endpointId: string): Promise<boolean> => {
  const all = await log(endpointId);
  return all.length > 0 && all.every(({ status }) => status === 'delivered');
};
/** What waits for a later attempt is due now. */
const hurry = () =>
  db.pool
    .query(`UPDATE delivery SET due = now() WHERE status = 'pending'`)
    .then(() => db.pool.query('UPDATE endpoint SET open_until = now() WHERE open_until IS NOT NULL'));
const count = async (sql: string): Promise<number> =>
  (await db.pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${sql}`)).rows[0]?.n ?? -1;

describe('a delivery', () => {
  it('brings the event as a CloudEvent, signed, to whoever wants its type', async () => {
    const id = await endpoint('/shop', { types: ['order.*'], headers: { 'X-Tenant': 'acme' } });
    const other = await endpoint('/other', { types: ['payment.received'] });
    deliver();
    await events(1, 'order.placed', () => ({ id: 'A-1' }));
    await until(() => taken(id));
    const [call] = receiver.calls;
    expect(receiver.calls).toHaveLength(1);
    expect(call?.headers).toMatchObject({ 'content-type': 'application/json', 'x-tenant': 'acme' });
    expect(JSON.parse(call?.body ?? '')).toMatchObject({
      specversion: '1.0',
      source: '/test',
      type: 'order.placed',
      subject: 'orders/0',
      timestamp: '2026-11-21T10:00:00.000Z',
      partitionkey: 'k1',
      data: { id: 'A-1' },
    });
    new Webhook(secrets.get(id) ?? '').verify(call?.body ?? '', call?.headers as Record<string, string>);
    expect(await log(other)).toEqual([]);
    const { log: attempts } = (await findDelivery(db.pool, workspaceId, (await onlyDelivery(id)).id)) ?? { log: [] };
    expect(attempts).toEqual([
      { number: 1, at: expect.any(Date), durationMs: expect.any(Number), status: 204, error: null, body: null },
    ]);
  });

  it('goes only where the filter lets it pass, by pattern or by CESQL', async () => {
    const pattern = await endpoint('/pattern', { filter: { data: { n: [1] } } });
    const cesql = await endpoint('/cesql', { filter: `subject = 'orders/2'` });
    deliver();
    await events(3);
    await until(async () => (await taken(pattern)) && (await taken(cesql)));
    const data = (path: string) => receiver.to(path).map(({ body }) => (JSON.parse(body) as { data: unknown }).data);
    expect([data('/pattern'), data('/cesql')]).toEqual([[{ n: 1 }], [{ n: 2 }]]);
  });

  it('is not made where nobody listens, nor for what runs say to each other', async () => {
    await events(3);
    const id = await endpoint('/late');
    await events(1, 'run.called');
    expect(await count('outbound_event')).toBe(0);
    await setEndpointDisabled(db.pool, workspaceId, id, 'test');
    await events(1);
    expect(await count('outbound_event')).toBe(0);
  });

  it('is tried again by the schedule under the same id, with a new time and signature', async () => {
    let failures = 2;
    receiver.answer = () => ({ status: (failures -= 1) < 0 ? 200 : 500, body: 'no\0t now' });
    const id = await endpoint('/flaky');
    deliver();
    await events(1);
    await until(async () => (await onlyDeliveryOrNull(id))?.lastStatus === 500);
    const waiting = await onlyDelivery(id);
    expect(waiting).toMatchObject({ status: 'pending', lastStatus: 500, lastError: 'http.status.500' });
    const inMs = (waiting.due?.getTime() ?? 0) - waiting.createdAt.getTime();
    expect(inMs).toBeGreaterThanOrEqual(5000);
    for (const attempts of [1, 2]) {
      await until(
        async () =>
          (await onlyDelivery(id)).attempts === attempts && (await count('delivery WHERE owner IS NOT NULL')) === 0,
      );
      await hurry();
    }
    await until(() => taken(id));
    const ids = new Set(receiver.calls.map(({ headers }) => headers['webhook-id']));
    expect([receiver.calls.length, ids.size]).toEqual([3, 1]);
    const found = await findDelivery(db.pool, workspaceId, (await onlyDelivery(id)).id);
    expect(found?.log.map(({ status, body }) => [status, body])).toEqual([
      [500, 'no\u{fffd}t now'],
      [500, 'no\u{fffd}t now'],
      [200, 'no\u{fffd}t now'],
    ]);
    expect(await known(id)).toMatchObject({ failures: 0, failingSince: null });
  });

  it('becomes a dead letter after the last attempt, and can be sent again under the same id', async () => {
    receiver.answer = () => ({ status: 500 });
    const id = await endpoint('/dead');
    deliver({ breaker: { failures: 1000 } });
    await events(1);
    await until(async () => {
      await hurry();
      return (await onlyDeliveryOrNull(id))?.status === 'failed';
    });
    expect(receiver.calls).toHaveLength(10);
    const { rows } = await db.pool.query('SELECT kind, code, event_type, details FROM dead_letter');
    const { id: delivery } = await onlyDelivery(id);
    expect(rows).toEqual([
      {
        kind: 'delivery',
        code: 'delivery.given-up',
        event_type: 'order.placed',
        details: { delivery, endpoint: id, attempts: 10, status: 500 },
      },
    ]);
    receiver.answer = () => ({ status: 200 });
    expect(await resendDelivery(db.pool, workspaceId, delivery)).toBe(true);
    expect(await resendDelivery(db.pool, randomUUID(), delivery)).toBe(false);
    await until(() => taken(id));
    expect(new Set(receiver.calls.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect((await onlyDelivery(id)).attempts).toBe(11);
  });

  it('keeps only the beginning of a long answer, and follows no redirect', async () => {
    receiver.answer = ({ path }) =>
      path === '/long'
        ? { status: 200, body: 'x'.repeat(20_000_000) }
        : { status: 302, headers: { location: `http://${receiver.host}/long` } };
    const [long, astray] = [await endpoint('/long'), await endpoint('/astray')];
    deliver();
    await events(1);
    await until(() => taken(long));
    await until(async () => (await onlyDelivery(astray)).lastStatus === 302);
    const found = await findDelivery(db.pool, workspaceId, (await onlyDelivery(long)).id);
    expect(found?.log[0]?.body).toHaveLength(4096);
    expect(receiver.to('/long')).toHaveLength(1);
  });

  it.each([
    ['http://example.com/hook', 'endpoint.https'],
    ['https://127.0.0.1/hook', 'egress.blocked'],
    ['https://169.254.169.254/latest/meta-data', 'egress.blocked'],
    ['https://[::ffff:7f00:1]/', 'egress.blocked'],
  ])('is refused on the way to %s, and nothing is sent (A001)', async (url, code) => {
    const id = await endpoint('/unused', { url });
    deliver();
    await events(1);
    await until(async () => (await onlyDeliveryOrNull(id))?.lastError === code);
    expect(receiver.calls).toEqual([]);
  });
});

async function onlyDeliveryOrNull(endpointId: string): Promise<DeliveryRow | null> {
  return (await log(endpointId))[0] ?? null;
}

describe('a worker that dies', () => {
  it.each(['after-notes', 'in-delivery', 'after-delivery'] as const)(
    '%s loses no delivery: another makes the next attempt, under the same id',
    async (failpoint) => {
      const id = await endpoint('/crash');
      let dead = false;
      deliver({ failpoint, crashed: () => (dead = true), claimMs: 300 });
      await events(1);
      await until(() => Promise.resolve(dead));
      deliver({ claimMs: 300 });
      await until(() => taken(id));
      const ids = new Set(receiver.calls.map(({ headers }) => headers['webhook-id']));
      expect(ids.size).toBe(1);
      const { attempts } = await onlyDelivery(id);
      const found = await findDelivery(db.pool, workspaceId, (await onlyDelivery(id)).id);
      expect(found?.log.map(({ error }) => error?.code ?? 'taken')).toEqual(
        attempts === 1 ? ['taken'] : ['delivery.lost', 'taken'],
      );
    },
  );

  it('and comes back with an answer is fenced: what the other one recorded stands', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let first = true;
    receiver.answer = () => {
      const slow = first;
      first = false;
      return slow ? { status: 500, after: held } : { status: 200 };
    };
    const id = await endpoint('/stalled');
    const stalled = deliver({ claimMs: 200 });
    await events(1);
    await until(() => Promise.resolve(receiver.calls.length === 1));
    deliver({ claimMs: 200 });
    await until(() => taken(id));
    release();
    // It has heard the answer by then, and tried to record it.
    await stalled.stop(5000);
    expect(await onlyDelivery(id)).toMatchObject({ status: 'delivered', lastStatus: 200 });
    expect((await known(id)).failures).toBe(0);
  });

  it('or many of them: each delivery is made once while nobody dies', async () => {
    const id = await endpoint('/busy');
    for (let worker = 0; worker < 3; worker += 1) deliver();
    await events(200);
    await until(async () => (await count(`delivery WHERE status = 'delivered'`)) === 200);
    expect(receiver.calls).toHaveLength(200);
    expect(new Set(receiver.calls.map(({ headers }) => headers['webhook-id'])).size).toBe(200);
    expect((await known(id)).pending).toBe(0);
  });
});

describe('an endpoint', () => {
  it('that answers 410 is disabled at once; the event says so, the audit too, and what waits goes on when it is enabled', async () => {
    receiver.answer = ({ path }) => ({ status: path === '/gone' ? 410 : 200 });
    const gone = await endpoint('/gone', { types: ['order.placed'] });
    const watcher = await endpoint('/watch', { types: [ENDPOINT_DISABLED] });
    deliver({ concurrency: 1 });
    await events(3);
    await until(() => taken(watcher));
    expect(await known(gone)).toMatchObject({ disabledReason: expect.stringMatching(/410/) });
    const [notice] = receiver.to('/watch');
    expect(JSON.parse(notice?.body ?? '')).toMatchObject({
      type: ENDPOINT_DISABLED,
      source: `/endpoints/${gone}`,
      data: { endpoint: gone, name: '/gone', cause: 'gone' },
    });
    expect(await count(`audit_log WHERE action = 'endpoint.disable'`)).toBe(1);
    expect(await findAuditBreak(db.pool, workspaceId)).toBeNull();
    expect(await count(`dead_letter WHERE code = 'delivery.gone'`)).toBeGreaterThan(0);
    const refusedThen = receiver.to('/gone').length;
    receiver.answer = () => ({ status: 200 });
    await setEndpointDisabled(db.pool, workspaceId, gone, null);
    await resendFailed(db.pool, workspaceId, gone, '2026-01-01T00:00:00Z');
    await until(() => taken(gone));
    expect(receiver.to('/gone')).toHaveLength(refusedThen + 3);
  });

  it('that fails again and again is left in peace, then asked once: success closes the breaker, failure opens it for longer', async () => {
    receiver.answer = () => ({ status: 500 });
    const id = await endpoint('/down');
    deliver({ breaker: { failures: 3, firstMs: 60_000, longestMs: 600_000 } });
    await events(20);
    await until(async () => (await known(id)).openUntil !== null);
    const asked = receiver.calls.length;
    const openFor = async () => ((await known(id)).openUntil?.getTime() ?? 0) - Date.now();
    expect(await openFor()).toBeLessThanOrEqual(60_000);
    await hurry();
    await until(async () => (await openFor()) > 61_000);
    expect(receiver.calls).toHaveLength(asked + 1);
    receiver.answer = () => ({ status: 200 });
    await hurry();
    await until(() => taken(id));
    expect(await known(id)).toMatchObject({ failures: 0, openUntil: null });
  });

  it('that has taken nothing for days is disabled with a notice', async () => {
    receiver.answer = () => ({ status: 500 });
    const id = await endpoint('/forgotten', { types: ['order.placed'] });
    deliver({ breaker: { failures: 2 } });
    await events(1);
    await until(async () => (await known(id)).failures === 1);
    await db.pool.query(`UPDATE endpoint SET failing_since = now() - interval '5 days 1 hour'`);
    await hurry();
    await until(async () => (await known(id)).disabledAt !== null);
    expect((await known(id)).disabledReason).toMatch(/nothing for 5 days/);
    expect(await count(`event WHERE type = '${ENDPOINT_DISABLED}'`)).toBe(1);
  });

  it('that asks for patience gets it, for all its deliveries, and is not counted as failing', async () => {
    let busy = true;
    receiver.answer = () => (busy ? { status: 429, headers: { 'retry-after': '600' } } : { status: 200 });
    const id = await endpoint('/busy');
    deliver();
    await events(1);
    await until(async () => (await known(id)).openUntil !== null);
    const { openUntil, failures } = await known(id);
    expect((openUntil?.getTime() ?? 0) - Date.now()).toBeGreaterThan(500_000);
    expect(failures).toBe(0);
    expect(((await onlyDelivery(id)).due?.getTime() ?? 0) - Date.now()).toBeGreaterThan(500_000);
    busy = false;
    await hurry();
    await until(() => taken(id));
  });

  it('that is paused gets everything when it goes on', async () => {
    const id = await endpoint('/paused');
    expect(await setEndpointPaused(db.pool, workspaceId, id, true)).toBe(true);
    deliver();
    await events(5);
    await until(async () => (await known(id)).pending === 5);
    expect(receiver.calls).toEqual([]);
    await setEndpointPaused(db.pool, workspaceId, id, false);
    await until(() => taken(id));
    expect(receiver.calls).toHaveLength(5);
  });

  it('gets no more a second than it bears', async () => {
    const id = await endpoint('/slow', { perSecond: 10 });
    const begun = Date.now();
    deliver();
    await events(25);
    await until(() => taken(id));
    const times = receiver.calls.length;
    expect(times).toBe(25);
    // Ten at once, then ten a second: the last of 25 cannot come before 1.4 seconds are over.
    expect(Date.now() - begun).toBeGreaterThan(1400);
  });

  it('that is slow or dead does not hold up another: 10,000 deliveries wait, the neighbour has its own at once', async () => {
    const never = new Promise<void>(() => undefined);
    receiver.answer = ({ path }) => (path === '/dead' ? { status: 500, after: never } : { status: 204 });
    const dead = await endpoint('/dead', { types: ['bulk'] });
    const alive = await endpoint('/alive', { types: ['order.placed'] });
    await events(10_000, 'bulk');
    deliver();
    await until(async () => (await count('delivery')) >= 1000 && receiver.to('/dead').length > 0);
    await events(20);
    await until(() => taken(alive));
    expect(receiver.to('/alive')).toHaveLength(20);
    // It holds its own places and no more.
    expect(receiver.to('/dead').length).toBeLessThanOrEqual(4);
    expect((await known(dead)).pending).toBeGreaterThan(900);
  });

  it('can be sent a range of the past again: what was sent comes under its old id, what was not is made', async () => {
    const early = await endpoint('/early', { types: ['order.placed'] });
    deliver();
    await events(2);
    await until(() => taken(early));
    const late = await endpoint('/late', { types: ['order.*'] });
    await events(1, 'payment.received');
    const range = { from: '2020-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' };
    expect(await resendRange(db.pool, workspaceId, late, range)).toBe(3);
    expect(await resendRange(db.pool, workspaceId, early, range)).toBe(3);
    await until(async () => receiver.to('/late').length === 2 && receiver.to('/early').length === 4);
    const ids = (path: string) => new Set(receiver.to(path).map(({ headers }) => headers['webhook-id'])).size;
    expect([ids('/early'), ids('/late')]).toEqual([2, 2]);
  });

  it('signs by both secrets while one is being changed, then by the new one only', async () => {
    const id = await endpoint('/rotated');
    const old = secrets.get(id) ?? '';
    const fresh = makeEndpointSecret('v1');
    const sealed = sealer.seal(fresh, { purpose: ENDPOINT_SECRET, rowId: id });
    await rotateEndpointSecret(db.pool, workspaceId, id, sealed, 3_600_000);
    deliver();
    await events(1);
    await until(() => taken(id));
    const passes = (call: Call | undefined, secret: string) => {
      try {
        new Webhook(secret).verify(call?.body ?? '', call?.headers as Record<string, string>);
        return true;
      } catch {
        return false;
      }
    };
    expect([old, fresh].map((secret) => passes(receiver.calls[0], secret))).toEqual([true, true]);
    await db.pool.query(`UPDATE endpoint SET previous_until = now()`);
    await events(1);
    await until(async () => receiver.calls.length === 2 && (await taken(id)));
    expect([old, fresh].map((secret) => passes(receiver.calls[1], secret))).toEqual([false, true]);
  });

  it('with a key pair signs v1a: the public key is enough to check it', async () => {
    const id = await endpoint('/asymmetric', { signature: 'v1a' });
    expect(publicKeyOf(secrets.get(id) ?? '')).toMatch(/^whpk_/);
    deliver();
    await events(1);
    await until(() => taken(id));
    expect(receiver.calls[0]?.headers['webhook-signature']).toMatch(/^v1a,[A-Za-z0-9+/]{86}==$/);
  });

  it('whose sealed secret was taken from another row sends nothing (A146)', async () => {
    const [id, other] = [await endpoint('/moved'), await endpoint('/source', { types: ['nothing'] })];
    await db.pool.query(
      'UPDATE endpoint e SET secret_sealed = o.secret_sealed FROM endpoint o WHERE e.id = $1 AND o.id = $2',
      [id, other],
    );
    deliver();
    await events(1);
    await until(async () => (await onlyDeliveryOrNull(id))?.lastError === 'delivery.broken');
    expect(receiver.calls).toEqual([]);
  });

  it('takes its deliveries with it, and forgets an old address’s failures with a new one', async () => {
    receiver.answer = () => ({ status: 500 });
    const id = await endpoint('/moving');
    deliver();
    await events(1);
    await until(async () => (await known(id)).failures === 1);
    const { name, types, filter, headers, perSecond } = await known(id);
    const moved = { name, types, filter, headers, perSecond, url: `http://${receiver.host}/new` };
    await changeEndpoint(db.pool, workspaceId, id, moved);
    expect(await known(id)).toMatchObject({ failures: 0, failingSince: null });
    expect(await deleteEndpoint(db.pool, workspaceId, id)).toBe(true);
    expect(await count('delivery')).toBe(0);
  });
});

describe('the log', () => {
  it('is swept once it is old; what is under way stays', async () => {
    const [id, down] = [await endpoint('/kept'), await endpoint('/down')];
    receiver.answer = ({ path }) => ({ status: path === '/down' ? 500 : 200 });
    deliver();
    await events(1);
    await until(async () => (await taken(id)) && (await known(down)).failures === 1);
    await db.pool.query(
      `UPDATE delivery SET created_at = now() - interval '40 days', ended_at = ended_at - interval '40 days'`,
    );
    expect(await sweepDeliveries(db.pool, 30, 100)).toBe(1);
    expect(await log(id)).toEqual([]);
    expect(await log(down)).toHaveLength(1);
  });
});
