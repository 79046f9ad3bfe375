/** Attacks on the event layer's doors, each with its stated outcome (numbers: design notes on security, section 2). */
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routes } from '@sagawright/shared/contracts';
import type {
  AcceptedEvent,
  Delivery,
  Endpoint,
  Problem,
  Replay,
  Route,
  StoredEvent,
} from '@sagawright/shared/contracts';
import { uuidv7 } from '@sagawright/shared/server';
import { until, workflow } from '@sagawright/shared/testing';
import { Doors } from './testing/doors.js';

const MIB = 1024 * 1024;
const METRICS_TOKEN = 'a-token-for-the-figures';
const JSON_FORMAT = 'application/cloudevents+json';
const json = { 'content-type': 'application/json' };

let doors: Doors;
let owner: Record<string, string>;

beforeAll(async () => {
  doors = await Doors.open({ metricsToken: METRICS_TOKEN });
  owner = (await doors.person('owner')).headers;
}, 120_000);

afterAll(() => doors.close());

const ask = <T = Problem>(method: string, path: string, body?: unknown, headers = owner) =>
  doors.api<T>(method, path, { headers, ...(body === undefined ? {} : { body }) });

const stored = async () =>
  (await doors.database.pool.query('SELECT (SELECT count(*) FROM event) AS events, (SELECT count(*) FROM run) AS runs'))
    .rows[0] as { events: number; runs: number };

async function hook(): Promise<string> {
  const graph = workflow({ kind: 'trigger.webhook', scheme: 'none' }).end().graph();
  const made = await doors.published(owner, graph);
  return new URL(made.triggers[0]?.url ?? '').pathname;
}

describe('a large payload', () => {
  const data = { text: 'x'.repeat(10 * MIB) };
  const cloudEvent = (id: string) => ({ specversion: '1.0', id, source: '/large', type: 'large' });

  it('of 10 MiB comes in by a webhook and starts its run, with all of its data', async () => {
    const answer = await doors.ask<{ runId: string }>('POST', await hook(), { raw: JSON.stringify(data) });
    expect(answer.status).toBe(202);
    const { rows } = await doors.database.pool.query<{ length: number; bytes: number }>(
      `SELECT length(e.data ->> 'text') AS length, octet_length(e.raw) AS bytes
      FROM event e JOIN run r ON r.event_position = e.position WHERE r.id = $1`,
      [answer.body.runId],
    );
    expect(rows).toEqual([{ length: 10 * MIB, bytes: JSON.stringify(data).length }]);
  }, 60_000);

  it.each<[string, Record<string, string>, () => string]>([
    ['plain', json, () => JSON.stringify({ type: 'large', data })],
    ['structured', { 'content-type': JSON_FORMAT }, () => JSON.stringify({ ...cloudEvent(uuidv7()), data })],
    [
      'binary',
      { ...json, 'ce-specversion': '1.0', 'ce-id': uuidv7(), 'ce-source': '/large', 'ce-type': 'large' },
      () => JSON.stringify(data),
    ],
  ])(
    'of 10 MiB comes in as an event, %s',
    async (_mode, headers, raw) => {
      const answer = await doors.api<AcceptedEvent>('POST', '/events', {
        headers: { ...owner, ...headers },
        raw: raw(),
      });
      expect(answer.status).toBe(202);
      const shown = await ask<StoredEvent>('GET', `/events/${answer.body.position}`);
      expect((shown.body.data as typeof data).text).toHaveLength(10 * MIB);
    },
    60_000,
  );

  it('of 17 MiB is 413 at both doors, known sender or not, and leaves nothing', async () => {
    const address = await hook();
    const before = await stored();
    const raw = JSON.stringify('x'.repeat(17 * MIB));
    const answers = [
      await doors.ask('POST', address, { raw }),
      await doors.ask('POST', `/hooks/${'a'.repeat(43)}`, { raw }),
      await doors.api('POST', '/events', { headers: owner, raw }),
      await doors.api('POST', '/events', { raw }),
    ];
    for (const { status, body } of answers) {
      expect([status, body.code, body.context]).toEqual([413, 'body.too-large', { most: 16 * MIB }]);
    }
    expect(await stored()).toEqual(before);
  }, 60_000);

  it('has no more room anywhere else', async () => {
    const raw = JSON.stringify({ name: 'x'.repeat(MIB) });
    for (const path of ['/workflows', '/endpoints', '/event-types/t/versions', '/dead-letters/redrive', '/replays']) {
      const answer = await doors.api('POST', path, { headers: owner, raw });
      expect([path, answer.status, answer.body.code]).toEqual([path, 413, 'body.too-large']);
    }
  });

  it('of millions of values is 400 before any of them is held (A100)', async () => {
    const address = await hook();
    const before = await stored();
    for (const raw of [`[${'[],'.repeat(5 * MIB)}1]`, `[${'1,'.repeat(7 * MIB)}1]`, '['.repeat(15 * MIB)]) {
      expect((await doors.ask('POST', address, { raw })).body.code).toBe('body.malformed');
    }
    expect((await doors.ask('POST', address, { raw: '1'.repeat(15 * MIB) })).status).toBe(400);
    expect(await stored()).toEqual(before);
  }, 60_000);
});

describe('another workspace (A148)', () => {
  const tags = ['outbound webhooks', 'dead letters', 'replays', 'lanes', 'events', 'schemas'];

  it('finds, changes and starts nothing by the ids of what is really there, on any route of the event layer', async () => {
    const type = `order.${uuidv7()}`;
    const graph = workflow({
      kind: 'trigger.event',
      event: { type },
      order: { by: 'data.id', onFailure: 'block' },
    } as never)
      .end()
      .graph();
    const own = await doors.published(owner, graph);
    const sent = (await ask<AcceptedEvent>('POST', '/events', { type, data: { id: 'A-1' } })).body;
    const triggerId = (
      await doors.database.pool.query<{ id: string }>('SELECT id FROM trigger WHERE workflow_id = $1', [own.id])
    ).rows[0]?.id;
    const held = `held.${uuidv7()}`;
    const schema = { type: 'object', required: ['total'] };
    await ask('POST', `/event-types/${held}/versions`, { schema });
    await ask('PUT', `/event-types/${held}`, { policy: 'reject' });
    await ask('POST', '/events', { type: held, data: {} });
    const letter = (await ask<{ items: { id: string }[] }>('GET', `/dead-letters?type=${held}`)).body.items[0]?.id;
    const wish = { name: 'Shop', url: 'https://example.com/', types: [`never.${uuidv7()}`] };
    const endpoint = (await ask<{ endpoint: Endpoint }>('POST', '/endpoints', wish)).body.endpoint.id;
    const delivery = (await ask<Delivery>('POST', `/endpoints/${endpoint}/test`)).body.id;
    const from = '2020-01-01T00:00:00Z';
    const asked = { mode: 'dry-run', from, workflows: [{ workflowId: own.id }] };
    const replay = (await ask<Replay>('POST', '/replays', asked)).body.id;
    const lane = { triggerId, key: 'A-1' };

    const stranger = (await doors.person('owner', await doors.otherWorkspace())).headers;
    const theirs = (await ask<AcceptedEvent>('POST', '/events', { type: 'mine', data: {} }, stranger)).body;
    const found: Record<string, readonly [path: string, body?: unknown, status?: number, told?: object]> = {
      listEndpoints: ['/endpoints', undefined, 200, { items: [] }],
      createEndpoint: ['/endpoints', { ...wish, id: endpoint }, 201],
      getEndpoint: [`/endpoints/${endpoint}`],
      changeEndpoint: [`/endpoints/${endpoint}`, { ...wish, name: 'Mine' }],
      deleteEndpoint: [`/endpoints/${endpoint}`],
      rotateEndpointSecret: [`/endpoints/${endpoint}/rotate-secret`, {}],
      pauseEndpoint: [`/endpoints/${endpoint}/pause`],
      resumeEndpoint: [`/endpoints/${endpoint}/resume`],
      enableEndpoint: [`/endpoints/${endpoint}/enable`],
      testEndpoint: [`/endpoints/${endpoint}/test`],
      resendDeliveries: [`/endpoints/${endpoint}/resend`, { kind: 'failed', since: from }],
      listDeliveries: [`/endpoints/${endpoint}/deliveries`],
      getDelivery: [`/deliveries/${delivery}`],
      resendDelivery: [`/deliveries/${delivery}/resend`],
      listDeadLetters: ['/dead-letters', undefined, 200, { items: [] }],
      countDeadLetters: ['/dead-letters/counts', undefined, 200, { open: 0, items: [] }],
      getDeadLetterSettings: ['/dead-letters/settings', undefined, 200],
      setDeadLetterSettings: ['/dead-letters/settings', { keepDays: 1 }, 200],
      getDeadLetter: [`/dead-letters/${letter}`],
      redriveDeadLetter: [`/dead-letters/${letter}/redrive`, {}],
      editDeadLetter: [`/dead-letters/${letter}/edit-and-redrive`, { data: { total: 1 }, note: 'n' }],
      discardDeadLetter: [`/dead-letters/${letter}/discard`, { note: 'n' }],
      redriveDeadLetters: ['/dead-letters/redrive', { ids: [letter] }, 200, { redriven: 0 }],
      startReplay: ['/replays', asked],
      listReplays: ['/replays', undefined, 200, { items: [] }],
      getReplay: [`/replays/${replay}`],
      cancelReplay: [`/replays/${replay}/cancel`],
      pauseReplay: [`/replays/${replay}/pause`],
      resumeReplay: [`/replays/${replay}/resume`],
      listLanes: ['/lanes', undefined, 200, { items: [] }],
      pauseLane: ['/lanes/pause', lane],
      resumeLane: ['/lanes/resume', lane, 200, { changed: false }],
      skipInLane: ['/lanes/skip', { ...lane, runId: sent.runs[0]?.runId }, 409],
      sendEvent: ['/events', { type, data: { id: 'A-1' } }, 202, { runs: [], woken: 0 }],
      listEvents: [`/events?type=${held}`, undefined, 200, { items: [] }],
      getEvent: [`/events/${sent.position}`],
      explainMatch: [`/events/${sent.position}/explain`, { type, filter: null }],
      listEventTypes: [`/event-types?search=${held}`, undefined, 200, { items: [] }],
      getEventType: [`/event-types/${held}`],
      putEventType: [`/event-types/${held}`, { policy: 'off' }, 200],
      checkSchema: [`/event-types/${held}/check`, { schema }, 200, { readers: [] }],
      publishSchema: [`/event-types/${held}/versions`, { schema }, 201, { version: 1 }],
      draftSchema: [`/event-types/${held}/draft`, undefined, 404],
    };
    const all = Object.entries(routes as Record<string, Route>).filter(([name, { tag }]) => {
      return tags.includes(tag) && name !== 'tailEvents'; // A stream, in ops.int-spec.
    });
    expect(Object.keys(found).sort()).toEqual(all.map(([name]) => name).sort());
    for (const [name, { method }] of all) {
      const [path, body, status = 404, told = {}] = found[name] ?? [''];
      const answer = await ask<object>(method, path, body, stranger);
      expect({ name, status: answer.status, body: answer.body }).toMatchObject({ name, status, body: told });
      expect(answer.text.includes('A-1') ? name : '').toBe('');
    }
    const foreign = { workflowId: own.id, nodeId: own.triggers[0]?.nodeId };
    expect((await ask('POST', `/events/${theirs.position}/explain`, foreign, stranger)).status).toBe(404);

    expect((await ask<Endpoint>('GET', `/endpoints/${endpoint}`)).body).toMatchObject({ name: 'Shop', status: 'live' });
    expect((await ask('GET', `/dead-letters/${letter}`)).body).toMatchObject({ status: 'open', attempts: 1 });
    expect((await ask('GET', `/replays/${replay}`)).body).toMatchObject({ status: 'running' });
    expect((await ask('GET', `/event-types/${held}`)).body).toMatchObject({ policy: 'reject', latest: 1 });
    expect((await ask('GET', '/lanes')).body).toMatchObject({ items: [{ state: 'going', pausedSince: null }] });
  }, 60_000);
});

async function tailsOpen(): Promise<number> {
  const { text } = await doors.ask('GET', '/metrics', { headers: { authorization: `Bearer ${METRICS_TOKEN}` } });
  return Number(/^wf_live_streams\{stream="tail"\} (\d+)$/m.exec(text)?.[1] ?? 0);
}

describe('a tail whose reader does not read', () => {
  it('is cut off when what waits for it has become large, and keeps nothing', async () => {
    const { hostname, port } = new URL(doors.base);
    const type = `large.${uuidv7()}`;
    const socket = net.connect(Number(port), hostname);
    socket.on('error', () => undefined).pause();
    const lines = [`GET /api/v1/events/tail?type=${type} HTTP/1.1`, 'Host: x', `Cookie: ${owner['cookie']}`, '', ''];
    socket.write(lines.join('\r\n'));
    await until(async () => (await tailsOpen()) === 1);
    const data = 'x'.repeat(8 * MIB);
    for (let n = 0; n < 6; n += 1) {
      expect((await ask<AcceptedEvent>('POST', '/events', { type, data })).status).toBe(202);
    }
    await until(async () => (await tailsOpen()) === 0);
    socket.destroy();
  }, 60_000);
});

describe('an endpoint', () => {
  it.each([
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[2002:7f00:1::]/',
    'https://[fd00:ec2::254]/',
    'https://[fe80::1]/',
    'https://[::]/',
    'https://0/',
    'https://127.1/',
    'https://0177.0.0.1/',
    'https://0x7f000001/',
    'https://①②⑦.⓪.⓪.①/',
    'https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/',
    'https://localhost./',
    'https://a.localhost/',
    'https://metadata.google.internal/',
    'https://100.100.100.200/',
    'https://192.0.0.192/',
    'https://10.0.0.1/',
    'https://172.16.0.1/',
    'https://192.168.0.1/',
    'https://127.0.0.1\\@example.com/',
    'https://127.0.0.1#@example.com/',
    'https://user@example.com/',
    'ht\ntps://127.0.0.1/',
    'gopher://example.com/',
    'data:text/plain,x',
  ])('at %j is 422, when it is made and when it is changed (A001 to A049)', async (url) => {
    const wish = { name: 'Shop', url: 'https://example.com/', types: ['never'] };
    const { endpoint } = (await ask<{ endpoint: Endpoint }>('POST', '/endpoints', wish)).body;
    for (const [method, path] of [
      ['POST', '/endpoints'],
      ['PUT', `/endpoints/${endpoint.id}`],
    ] as const) {
      const answer = await ask(method, path, { ...wish, url });
      expect(answer).toMatchObject({ status: 422, body: { code: 'endpoint.refused' } });
    }
    expect((await ask<Endpoint>('GET', `/endpoints/${endpoint.id}`)).body.url).toBe(wish.url);
    await ask('DELETE', `/endpoints/${endpoint.id}`);
  });
});

const nested = (levels: number, inner: unknown): unknown =>
  Array.from({ length: levels }).reduce((value) => ({ a: value }), inner);

describe('a hostile text that is kept and used on events', () => {
  it.each<[string, unknown]>([
    ['a pattern of 1000 levels', { data: nested(1000, ['x']) }],
    ['a pattern with a prototype', JSON.parse('{"__proto__":{"data":["x"]}}') as unknown],
    ['an expression of 20,000 brackets', `${'('.repeat(20_000)}TRUE${')'.repeat(20_000)}`],
    ['an expression of 9,000 brackets', `${'('.repeat(4500)}TRUE${')'.repeat(4499)}`],
    ['an expression of 3,000 negations of nothing', 'NOT '.repeat(2500)],
  ])('as a filter: %s, is refused and lets nothing pass', async (_what, filter) => {
    const position = (await ask<AcceptedEvent>('POST', '/events', { type: 'mine', data: {} })).body.position;
    const explained = await ask<object>('POST', `/events/${position}/explain`, { type: 'mine', filter });
    if (explained.status === 200) expect(explained.body).toMatchObject({ matches: false });
    else expect(explained.status).toBe(400);
    const wish = { name: 'Shop', url: 'https://example.com/', types: ['never'], filter };
    expect((await ask('POST', '/endpoints', wish)).status).toBe(400);
  });

  it.each<[string, string]>([
    ['lambdas', '($f := function($n) { $f($n + 1) }; $f(0))'],
    ['a pattern that looks back', '$replace(data.text, /(a+)+b/, "x")'],
    ['an expression in an expression', '$eval("1")'],
    ['8 KiB of brackets', `${'('.repeat(4000)}1${')'.repeat(4000)}`],
    ['more than 8 KiB', `"${'x'.repeat(9000)}"`],
  ])('as a cast: %s, is refused whatever is forced', async (_what, upcast) => {
    const path = `/event-types/cast.${uuidv7()}/versions`;
    expect((await ask('POST', path, { schema: { type: 'object' } })).status).toBe(201);
    const answer = await ask('POST', path, { schema: { type: 'object' }, upcast, force: true, note: 'n' });
    expect(['schema.invalid', 'request.invalid']).toContain(answer.body.code);
    expect((await ask('GET', path.replace('/versions', ''))).body).toMatchObject({ latest: 1 });
  });
});

describe('a key of an order (A164)', () => {
  it('is a text and nothing else, whatever is in it', async () => {
    const type = `order.${uuidv7()}`;
    const graph = workflow({
      kind: 'trigger.event',
      event: { type },
      order: { by: 'data.id', onFailure: 'block' },
    } as never);
    await doors.published(owner, graph.end().graph());
    const keys = ['a b', 'a\r\nFLUSHALL\r\n', "'; DROP TABLE run; --", '{tag}:1', '__proto__', '*', '../x', 'ä\u202e'];
    for (const id of keys) expect((await ask('POST', '/events', { type, data: { id } })).status).toBe(202);
    const { items } = (await ask<{ items: { key: string; waiting: number }[] }>('GET', '/lanes?limit=200')).body;
    const found = items.filter(({ key }) => keys.some((each) => key.includes(each)));
    expect(found.map(({ waiting }) => waiting)).toEqual(keys.map(() => 0));
  });
});

describe('an event that comes again while its run is being undone (A079, A167)', () => {
  it('starts nothing, then and afterwards', async () => {
    const type = `order.${uuidv7()}`;
    const graph = workflow({ kind: 'trigger.event', event: { type } }).step('book').wait('paid', 'never').end().graph();
    await doors.published(owner, graph);
    const event = { type, source: '/shop', id: 'A-1', data: {} };
    const send = async () => (await ask<AcceptedEvent>('POST', '/events', event)).body;
    const [run] = (await send()).runs;
    await doors.worker.work();
    const before = await stored();
    expect((await ask('POST', `/runs/${run?.runId}/cancel`, { reason: '' })).status).toBeLessThan(300);
    const again = { duplicate: true, runs: [{ runId: run?.runId }], woken: 0 };
    expect(await send()).toMatchObject(again);
    await doors.worker.work();
    expect(await send()).toMatchObject(again);
    expect(await stored()).toEqual(before);
  });
});

describe('one event that starts 1,000 runs (A160)', () => {
  it('starts each of them once, however often it comes', async () => {
    const type = `bomb.${uuidv7()}`;
    const graph = workflow({ kind: 'trigger.event', event: { type } }).end().graph();
    const { id } = await doors.published(owner, graph);
    await doors.database.pool.query(
      `WITH copy AS (
        INSERT INTO workflow (id, workspace_id, name, published_number)
        SELECT uuidv7(), workspace_id, name, published_number FROM workflow CROSS JOIN generate_series(1, 999) WHERE id = $1
        RETURNING id
      )
      INSERT INTO trigger (id, workspace_id, workflow_id, node_id, kind, name, version_id)
      SELECT uuidv7(), t.workspace_id, copy.id, t.node_id, t.kind, t.name, t.version_id
      FROM trigger t CROSS JOIN copy WHERE t.workflow_id = $1`,
      [id],
    );
    const event = { type, source: '/shop', id: 'bomb', data: {} };
    const answers = await Promise.all(Array.from({ length: 3 }, () => ask<AcceptedEvent>('POST', '/events', event)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    const { rows } = await doors.database.pool.query(
      'SELECT count(*)::int AS runs FROM run WHERE version_id = (SELECT version_id FROM trigger WHERE workflow_id = $1)',
      [id],
    );
    expect(rows).toEqual([{ runs: 1000 }]);
  }, 60_000);
});
