/** What operators and programs see of an installation: figures, the live tail, and the client that is made from the route table. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiError, createClient } from '@sagawright/shared/client';
import type { Client, StreamedEvent } from '@sagawright/shared/client';
import type { TailedEvent } from '@sagawright/shared/contracts';
import { beginTelemetry, serveFigures, uuidv7 } from '@sagawright/shared/server';
import { until, workflow } from '@sagawright/shared/testing';
import { Doors } from '../testing/doors.js';

const TOKEN = 'a-token-of-prometheus';
let doors: Doors;
let owner: Record<string, string>;
let client: Client;
let endTelemetry: () => Promise<void>;

beforeAll(async () => {
  doors = await Doors.open({ metricsToken: TOKEN });
  owner = (await doors.person('owner')).headers;
  const body = { name: 'ops', scopes: ['workflows:read', 'workflows:write', 'runs:read', 'runs:write', 'runs:start'] };
  const key = await doors.api<{ secret: string }>('POST', '/api-keys', {
    headers: owner,
    body: { ...body, expiresInDays: null },
  });
  client = createClient({ baseUrl: doors.base, apiKey: key.body.secret, fetch });
  endTelemetry = await beginTelemetry(
    { metrics: { port: null, host: '127.0.0.1', token: TOKEN }, otlpEndpoint: null },
    { room: 'backend', version: 'test', pool: doors.database.pool },
  );
}, 120_000);

afterAll(async () => {
  await endTelemetry();
  await doors.close();
});

const steps = () => workflow({ kind: 'trigger.manual' }).step('reserve').end().graph();

async function figure(line: string): Promise<number> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const { status, text } = await doors.ask('GET', '/metrics', { headers });
  expect(status).toBe(200);
  const found = text.split('\n').find((each) => each.startsWith(`${line} `));
  return Number(found?.slice(line.length + 1) ?? 0);
}

describe('the figures', () => {
  it('are shown to whoever has the token and to nobody else', async () => {
    expect((await doors.ask('GET', '/metrics')).status).toBe(401);
    expect((await doors.ask('GET', '/metrics', { headers: { authorization: 'Bearer another' } })).status).toBe(401);
    expect((await doors.ask('GET', '/metrics', { headers: owner })).status).toBe(401);
    const closed = await Doors.open();
    try {
      expect((await closed.ask('GET', '/metrics')).status).toBe(404);
    } finally {
      await closed.close();
    }
  }, 60_000);

  it('tell what came, what came again and what was refused, by route and by source', async () => {
    const accepted = 'wf_events_ingested_total{source="api",mode="json",result="accepted"}';
    const again = 'wf_dedup_hits_total{source="api"}';
    const refused = 'wf_events_ingested_total{source="api",mode="json",result="refused"}';
    const before = [await figure(accepted), await figure(again), await figure(refused)];
    const body = { id: uuidv7(), source: '/shop', type: 'order.paid' };
    await client.sendEvent({ body });
    await client.sendEvent({ body });
    await expect(client.sendEvent({ body: { ...body, time: 'yesterday' } })).rejects.toThrow(ApiError);
    expect([await figure(accepted), await figure(again), await figure(refused)]).toEqual(before.map((n) => n + 1));
    const route = 'wf_http_request_duration_seconds_count{route="/api/v1/events",method="POST",code="202"}';
    expect(await figure(route)).toBeGreaterThanOrEqual(2);
  });

  it('tell of the backlog as the database shows it, without ids', async () => {
    const { id } = await doors.published(owner, steps());
    await client.startRun({ params: { id }, body: {} });
    await until(async () => (await figure('wf_queue_depth{queue="runs",state="due"}')) > 0);
    const { text } = await doors.ask('GET', '/metrics', { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(text).not.toContain(id);
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-7/);
    await doors.worker.work();
  });

  it('are shown on a port of their own as well', async () => {
    const server = await serveFigures({ port: 0, host: '127.0.0.1', token: TOKEN });
    try {
      const at = `http://127.0.0.1:${String(server.port)}/metrics`;
      const statuses = [fetch(at), fetch(at, { headers: { authorization: `Bearer ${TOKEN}` } }), fetch(`${at}x`)];
      expect((await Promise.all(statuses)).map(({ status }) => status)).toEqual([401, 200, 404]);
    } finally {
      await server.close();
    }
  });
});

describe('the live tail of the event store', () => {
  const take = async (stream: AsyncIterable<StreamedEvent>, count: number): Promise<TailedEvent[]> => {
    const taken: TailedEvent[] = [];
    for await (const { data } of stream) if (taken.push(data as TailedEvent) === count) return taken;
    return taken;
  };
  const send = (type: string, data: object) => client.sendEvent({ body: { type, data: data as never } });

  it('brings every event that passes, once and in order, from a position on and live', async () => {
    const type = `order.${uuidv7()}`;
    const early = await send(type, { n: 0 });
    const pattern = JSON.stringify({ data: { n: [{ numeric: ['<', 100] }] } });
    const tailed = take(client.tailEvents({ query: { type, pattern, after: early.position - 1 } }), 21);
    for (let n = 1; n <= 20; n += 1) {
      await send(type, { n });
      await send(type, { n: 100 + n });
      await send('another', { n });
    }
    const events = await tailed;
    expect(events.map(({ data }) => (data as { n: number }).n)).toEqual(Array.from({ length: 21 }, (_, n) => n));
  }, 60_000);

  it('goes on behind the last event that its reader had', async () => {
    const type = `order.${uuidv7()}`;
    const first = await send(type, { n: 1 });
    await send(type, { n: 2 });
    const [second] = await take(client.tailEvents({ query: { type } }, { lastEventId: String(first.position) }), 1);
    expect(second?.data).toEqual({ n: 2 });
  });

  it('brings to a reader that resumes what was stored late before the event that it had, and some events again by their id', async () => {
    const type = `late.${uuidv7()}`;
    const before = await send(type, { n: 0 });
    const late = await doors.database.pool.connect();
    try {
      const insert = `INSERT INTO event (workspace_id, source, event_id, type, time, content_hash, content_type, raw, data, headers)
        VALUES ($1, '/late', $2, $3, now(), '', 'application/json', '', '{"n":1}', '{}')`;
      await late.query('BEGIN');
      await late.query(insert, [doors.workspaceId, uuidv7(), type]);
      const had = await send(type, { n: 2 });
      await late.query('COMMIT');
      await send(type, { n: 3 });
      // The event of n: 2 was had by a reader that has broken off before the late one was committed.
      const resumed = client.tailEvents({ query: { type } }, { lastEventId: String(had.position) });
      expect((await take(resumed, 3)).map(({ data }) => data)).toEqual([{ n: 0 }, { n: 1 }, { n: 3 }]);
      const [again] = await take(client.tailEvents({ query: { type, after: had.position } }), 1);
      expect(again?.position).toBe(before.position);
    } finally {
      await late.query('ROLLBACK');
      late.release();
    }
  });

  it('brings what was stored late, in spite of its lower position', async () => {
    const type = `late.${uuidv7()}`;
    const late = await doors.database.pool.connect();
    try {
      const insert = `INSERT INTO event (workspace_id, source, event_id, type, time, content_hash, content_type, raw, data, headers)
        VALUES ($1, '/late', $2, $3, now(), '', 'application/json', '', '{"n":1}', '{}')`;
      await late.query('BEGIN');
      await late.query(insert, [doors.workspaceId, uuidv7(), type]);
      const tail = client.tailEvents({ query: { type: `${type.slice(0, 12)}*` } })[Symbol.asyncIterator]();
      const first = tail.next();
      const isOpen = async (): Promise<boolean> => (await figure('wf_live_streams{stream="tail"}')) > 0;
      await until(isOpen);
      await send(type, { n: 2 });
      // It has been told: the tail has passed the position that is not committed yet.
      expect((await first).value?.data).toMatchObject({ data: { n: 2 } });
      await late.query('COMMIT');
      expect((await tail.next()).value?.data).toMatchObject({ data: { n: 1 } });
      await tail.return?.();
    } finally {
      await late.query('ROLLBACK');
      late.release();
    }
  });

  it('is refused with a pattern that is none, and when there are too many', async () => {
    const wrong = take(client.tailEvents({ query: { pattern: '{"data": 3}' } }), 1);
    await expect(wrong).rejects.toMatchObject({ problem: { code: 'request.invalid' } });
    const stop = new AbortController();
    const other = await doors.otherWorkspace();
    const { headers } = await doors.person('owner', other);
    const open = Array.from({ length: 20 }, () =>
      fetch(`${doors.base}/api/v1/events/tail`, { headers, signal: stop.signal }),
    );
    expect((await Promise.all(open)).map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect((await doors.api('GET', '/events/tail', { headers })).body).toMatchObject({
      code: 'rate.limited',
      context: { limit: 'tails' },
    });
    stop.abort();
  });

  it('counts among the streams, not among the requests, whose times it would spoil', async () => {
    const type = `order.${uuidv7()}`;
    const first = await send(type, {});
    await take(client.tailEvents({ query: { type, after: first.position - 1 } }), 1);
    await until(async () => (await figure('wf_live_streams{stream="tail"}')) === 0);
    const route = 'route="/api/v1/events/tail",method="GET",code="200"';
    expect(await figure(`wf_http_request_duration_seconds_count{${route}}`)).toBe(0);
  });

  it('shows nothing of another workspace', async () => {
    const { headers } = await doors.person('owner', await doors.otherWorkspace());
    const stop = new AbortController();
    const response = await fetch(`${doors.base}/api/v1/events/tail?after=0`, { headers, signal: stop.signal });
    await send('private', {});
    // Stored behind it, and told: what lies before it is not going to be told any more.
    await doors.api('POST', '/events', { headers, body: { type: 'of-their-own', data: {} } });
    const reader = response.body?.getReader();
    let seen = '';
    while (!seen.includes('of-their-own')) {
      const chunk = await reader?.read();
      if (chunk?.value === undefined) break;
      seen += Buffer.from(chunk.value).toString();
    }
    stop.abort();
    expect(seen).toContain('of-their-own');
    expect(seen).not.toContain('private');
  });
});

describe('the client', () => {
  it('starts a run once, however often it is tried, waits for its end and follows it', async () => {
    const { id } = await doors.published(owner, steps());
    let lost = 1;
    const flaky = createClient({
      baseUrl: doors.base,
      headers: () => owner,
      pause: () => Promise.resolve(),
      fetch: (async (url: string, init: RequestInit) => {
        const answer = await fetch(url, init);
        if (init.method === 'POST' && lost-- > 0) throw new TypeError('fetch failed');
        return answer;
      }) as typeof fetch,
    });
    const started = await flaky.startRun({ params: { id }, body: { data: { order: 1 } } });
    expect(started.duplicate).toBe(true);
    expect((await client.listRuns({ query: { workflowId: id } })).items).toHaveLength(1);
    const ended = client.runs.wait(started.runId);
    await doors.worker.work();
    expect(await ended).toMatchObject({ id: started.runId, status: 'completed' });
    const types: unknown[] = [];
    for await (const { data } of client.liveRun({ params: { id: started.runId } })) {
      const { type } = data as { type: string };
      types.push(type);
      if (type === 'run.ended') break;
    }
    expect(types[0]).toBe('run.started');
    expect(types.at(-1)).toBe('run.ended');
  }, 60_000);

  it('waits for news of a run behind a position, and no longer than it was told to', async () => {
    const { id } = await doors.published(owner, steps());
    const { runId } = await client.startRun({ params: { id }, body: {} });
    const known = await client.getRun({ params: { id: runId }, query: { after: 1 }, headers: { prefer: 'wait=1' } });
    expect(known.seq).toBe(1);
    const news = client.getRun({ params: { id: runId }, query: { after: 1 }, headers: { prefer: 'wait=30' } });
    await doors.worker.work();
    expect((await news).seq).toBeGreaterThan(1);
    const ended = await client.getRun({
      params: { id: runId },
      query: { after: 9999 },
      headers: { prefer: 'wait=30' },
    });
    expect(ended.status).toBe('completed');
  });

  it('throws what the server says, by its code, and tries a refusal for now again', async () => {
    await expect(client.getRun({ params: { id: uuidv7() } })).rejects.toMatchObject({
      problem: { code: 'run.not-found', status: 404 },
    });
    const stranger = createClient({ baseUrl: doors.base, apiKey: 'nonsense', fetch });
    await expect(stranger.listRuns()).rejects.toMatchObject({ problem: { code: 'auth.required' } });
    let asked = 0;
    const busy = createClient({
      baseUrl: doors.base,
      headers: () => owner,
      pause: () => Promise.resolve(),
      fetch: ((url: string, init: RequestInit) =>
        ++asked === 1
          ? Promise.resolve(new Response('{}', { status: 503, headers: { 'retry-after': '1' } }))
          : fetch(url, init)) as typeof fetch,
    });
    expect(await busy.sendEvent({ body: { type: 'order.paid' } })).toMatchObject({ duplicate: false });
    expect(asked).toBe(2);
  });
});
