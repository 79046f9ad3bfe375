/** One trace from a producer's request to the compensation, told to a collector by OTLP. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { evaluateTemplate } from '@sagawright/shared/expression';
import { createEgress, loadDefinitions, silentLogger, startTracing, uuidv7 } from '@sagawright/shared/server';
import { until, workflow } from '@sagawright/shared/testing';
import { Doors } from '../../backend/src/testing/doors.js';
import { DatabaseClock } from './clock.js';
import { noFailpoints } from './failpoint.js';
import { AttemptLimit } from './run/attempt-limit.js';
import { Definitions } from './run/definitions.js';
import { HotCopies } from './run/hot-copies.js';
import { startWorker } from './worker.js';
import type { TenureWorld } from './tenure/tenure.js';
import type { Worker } from './worker.js';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
}

let spans: Span[] = [];
/** What the participant was asked, and the trace that it was told of. */
let asked: { readonly path: string; readonly traceparent: string }[] = [];
let collector: Server;
let participant: Server;
let doors: Doors;
let worker: Worker;
let stopTracing: () => Promise<void>;
let owner: Record<string, string>;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  collector = await serve(async (request) => {
    const { resourceSpans } = JSON.parse(await bodyOf(request)) as {
      resourceSpans: { scopeSpans: { spans: Span[] }[] }[];
    };
    spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
    return 200;
  });
  participant = await serve((request) => {
    const path = request.url ?? '';
    asked.push({ path, traceparent: String(request.headers['traceparent']) });
    return Promise.resolve(path.startsWith('/do/charge') ? 422 : 200);
  });
  doors = await Doors.open();
  owner = (await doors.person('owner')).headers;
  const at = `127.0.0.1:${String((participant.address() as AddressInfo).port)}`;
  const egress = createEgress({ allow: [at] });
  closers.push(() => egress.close());
  const { pool, transaction } = doors.database;
  const world = {
    sql: pool,
    transaction,
    clock: new DatabaseClock(),
    definitions: new Definitions((ids) => loadDefinitions(pool, ids)),
    hotCopies: new HotCopies(),
    attempts: new AttemptLimit(10),
    operate: async ({ operation, input }) => {
      const answer = await egress.request({
        method: 'POST',
        url: `http://${at}/${operation}/${String(input['step'])}`,
      });
      return answer.kind === 'answered' && answer.status === 200
        ? { kind: 'succeeded', output: {} }
        : { kind: 'failed', failure: { code: 'http.status.422', kind: 'user', message: 'Refused.' } };
    },
    compute: {
      evaluate: (template, scope) => evaluateTemplate(template, { ...scope }),
      code: () => Promise.reject(new Error('No code here.')),
    },
    random: Math.random,
    failpoint: noFailpoints,
    logger: silentLogger,
    committed: () => undefined,
    ring: () => undefined,
    host: { host: 'test', pid: process.pid, version: 'test' },
  } as TenureWorld;
  worker = await startWorker(world, { shards: 1, concurrency: 10, leaseMs: 10_000, sweepMs: 100 });
}, 120_000);

afterAll(async () => {
  await worker.stop(2000);
  await Promise.all(closers.map((close) => close()));
  await doors.close();
  for (const server of [collector, participant]) server.close();
});

async function serve(answer: (request: IncomingMessage) => Promise<number>): Promise<Server> {
  const server = createServer((request, response) => {
    void answer(request).then((status) => response.writeHead(status).end('{}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const saga = (type: string) =>
  workflow({ kind: 'trigger.event', event: { type } }).step('reserve').step('charge').end().graph();

async function traced(headers: Record<string, string>, body: object, status = 'compensated'): Promise<string> {
  spans = [];
  asked = [];
  const endpoint = `http://127.0.0.1:${String((collector.address() as AddressInfo).port)}`;
  stopTracing = await startTracing({ endpoint, room: 'worker', version: 'test' });
  const sent = await doors.api<{ runs: { runId: string }[] }>('POST', '/events', {
    headers: { ...owner, ...headers },
    body,
  });
  expect(sent.status).toBe(202);
  const run = sent.body.runs[0]?.runId ?? '';
  await until(async () => (await doors.statusOf(owner, run)) === status);
  // Spans of what is still under way end a moment later.
  await until(() => Promise.resolve(asked.length >= 3));
  await new Promise((resolve) => setTimeout(resolve, 300));
  await stopTracing();
  return run;
}

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PRODUCER = 'b7ad6b7169203331';
const traceparent = `00-${TRACE}-${PRODUCER}-01`;
const attribute = (span: Span | undefined, key: string): unknown =>
  Object.values(span?.attributes.find((each) => each.key === key)?.value ?? {})[0];

/** Names from a span up to the first that nobody here has made. */
function wayUp(span: Span | undefined): string[] {
  const names: string[] = [];
  for (let each = span; each !== undefined;) {
    names.push(each.name);
    const { parentSpanId } = each;
    const parent = spans.find(({ spanId }) => spanId === parentSpanId);
    if (parent === undefined) return [...names, parentSpanId ?? ''];
    each = parent;
  }
  return names;
}

describe('a trace', () => {
  it('goes from the request of the producer over every step to the compensation, and on to whom is called', async () => {
    const type = `order.${uuidv7()}`;
    await doors.published(owner, saga(type));
    const run = await traced({ traceparent }, { type, data: { order: 1 } });
    const ours = spans.filter(({ traceId }) => traceId === TRACE);
    const undo = ours.find(({ name }) => name === 'step undo');
    expect(attribute(undo, 'workflow.run.id')).toBe(run);
    expect(attribute(undo, 'workflow.step.name')).toBe('reserve');
    const call = ours.find(({ parentSpanId }) => parentSpanId === undo?.spanId);
    expect(wayUp(call)).toEqual(['POST', 'step undo', 'run advance', 'ingest', 'POST /api/v1/events', PRODUCER]);
    expect(ours.filter(({ name }) => name === 'step attempt')).toHaveLength(2);
    const advance = ours.find(({ name }) => name === 'run advance');
    expect(advance?.links?.[0]).toMatchObject({ traceId: TRACE, spanId: advance?.parentSpanId });
    // Whom we call is told of the very call.
    const told = asked.find(({ path }) => path.startsWith('/undo/'))?.traceparent;
    expect(told).toBe(`00-${TRACE}-${call?.spanId ?? ''}-01`);
    expect(new Set(asked.map((each) => each.traceparent)).size).toBe(asked.length);
    expect(JSON.stringify(spans)).not.toContain('/do/reserve');
  }, 60_000);

  it('that a CloudEvent says is kept with it as it came and gone on with, whatever trace brought it', async () => {
    const type = `order.${uuidv7()}`;
    await doors.published(owner, saga(type));
    const own = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
    const body = { specversion: '1.0', id: uuidv7(), source: '/shop', type, traceparent: own, tracestate: 'a=1' };
    await traced({ traceparent, 'content-type': 'application/cloudevents+json' }, body);
    const undo = spans.find(({ name }) => name === 'step undo');
    expect(undo?.traceId).toBe('1'.repeat(32));
    expect(wayUp(undo)).toEqual(['step undo', 'run advance', 'ingest', '2'.repeat(16)]);
    const ingest = spans.find(({ name }) => name === 'ingest');
    const request = spans.find(({ name }) => name === 'POST /api/v1/events');
    expect(request).toMatchObject({ traceId: TRACE, parentSpanId: PRODUCER });
    expect(ingest?.links?.[0]).toMatchObject({ traceId: TRACE, spanId: request?.spanId });
    const { rows } = await doors.database.pool.query<{ headers: Record<string, string> }>(
      'SELECT headers FROM event WHERE type = $1',
      [type],
    );
    expect(rows[0]?.headers).toMatchObject({
      'ce-traceparent': own,
      'ce-tracestate': 'a=1',
      traceparent: `00-${'1'.repeat(32)}-${ingest?.spanId ?? ''}-01`,
    });
  }, 60_000);

  it.each([
    ['is broken', { traceparent: '00-zzz-1-01' }],
    ['is absent', {}],
  ])(
    'begins at the door when what the producer says %s',
    async (_what, headers: Record<string, string>) => {
      const type = `order.${uuidv7()}`;
      await doors.published(owner, saga(type));
      await traced(headers, { type });
      const undo = spans.find(({ name }) => name === 'step undo');
      expect(wayUp(undo)).toEqual(['step undo', 'run advance', 'ingest', 'POST /api/v1/events', '']);
    },
    60_000,
  );
});
