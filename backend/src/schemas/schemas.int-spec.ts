/** Schemas of events at the doors: published with checks, kept at ingest, cast for those who know another version. */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type {
  AcceptedBatch,
  AcceptedEvent,
  DeadLetter,
  EventTypeView,
  Problem,
  SchemaReport,
  SchemaVersionView,
  StoredEvent,
} from '@sagawright/shared/contracts';
import type { Json } from '@sagawright/shared/kernel';
import { findAuditBreak, lookForEarlyEvents, uuidv7 } from '@sagawright/shared/server';
import { workflow } from '@sagawright/shared/testing';
import { Doors } from '../testing/doors.js';

let doors: Doors;
let owner: Record<string, string>;
let viewer: Record<string, string>;

beforeAll(async () => {
  doors = await Doors.open();
  owner = (await doors.person('owner')).headers;
  viewer = (await doors.person('viewer')).headers;
}, 120_000);

afterAll(() => doors.close());

const newType = () => `order.${uuidv7()}`;
const at = (type: string, rest = '') => `/event-types/${encodeURIComponent(type)}${rest}`;

function schemaOf(properties: Record<string, Json>, required: readonly string[] = Object.keys(properties)): Json {
  return { type: 'object', properties, required };
}

const TOTAL = schemaOf({ total: { type: 'number' } });
const AMOUNT = schemaOf({ amount: { type: 'number' } });

function publish(type: string, schema: Json, more: object = {}, headers = owner) {
  return doors.api<SchemaVersionView & Problem>('POST', at(type, '/versions'), { headers, body: { schema, ...more } });
}

function rules(type: string, body: object, headers = owner) {
  return doors.api<EventTypeView & Problem>('PUT', at(type), { headers, body });
}

function send(type: string, data: Json, headers: Record<string, string> = {}, more: object = {}) {
  return doors.api<AcceptedEvent & Problem>('POST', '/events', {
    headers: { ...owner, ...headers },
    body: { type, data, ...more },
  });
}

async function letters(type: string): Promise<DeadLetter[]> {
  const path = `/dead-letters?type=${encodeURIComponent(type)}`;
  return (await doors.api<{ items: DeadLetter[] }>('GET', path, { headers: owner })).body.items;
}

function onEvent(type: string, more: object = {}) {
  return workflow({ kind: 'trigger.event', event: { type, ...more } } as never)
    .end()
    .graph();
}

async function stored(position: number): Promise<StoredEvent> {
  return (await doors.api<StoredEvent>('GET', `/events/${position}`, { headers: owner })).body;
}

/** What the run was told of its event. */
async function given(runId: string): Promise<{ data: Json; headers: Record<string, string> }> {
  const { rows } = await doors.database.pool.query<{
    body: { event: { data: Json; headers: Record<string, string> } };
  }>('SELECT body FROM journal WHERE run_id = $1 AND seq = 1', [runId]);
  return rows[0]?.body.event ?? { data: null, headers: {} };
}

const runOf = async (workflowId: string) => {
  const { rows } = await doors.database.pool.query<{ id: string }>('SELECT id FROM run WHERE workflow_id = $1', [
    workflowId,
  ]);
  return rows.map(({ id }) => id);
};

describe('publishing a schema', () => {
  it('keeps what the compatibility of the type promises, and says where it would not', async () => {
    const type = newType();
    expect((await publish(type, TOTAL)).body).toMatchObject({ version: 1, forced: false });
    const refused = await publish(type, schemaOf({ total: { type: 'number' }, tax: {} }));
    expect(refused).toMatchObject({
      status: 409,
      body: {
        code: 'schema.incompatible',
        context: { incompatibilities: [{ version: 1, direction: 'backward', path: '/required' }] },
      },
    });
    const looser = await publish(type, schemaOf({ total: { type: 'number' }, tax: {} }, ['total']));
    expect(looser.body).toMatchObject({ version: 2 });
    const { body } = await doors.api<EventTypeView>('GET', at(type), { headers: viewer });
    expect(body).toMatchObject({ latest: 2, compatibility: 'BACKWARD', versions: [{ version: 1 }, { version: 2 }] });
  });

  it('asks for a note where it is forced, and writes it to the audit log', async () => {
    const type = newType();
    await publish(type, TOTAL);
    expect((await publish(type, AMOUNT, { force: true })).status).toBe(400);
    const forced = await publish(type, AMOUNT, { force: true, note: 'all producers have changed' });
    expect(forced.body).toMatchObject({ version: 2, forced: true, note: 'all producers have changed' });
    const { rows } = await doors.database.pool.query<{ action: string; details: Json }>(
      'SELECT action, details FROM audit_log WHERE subject = $1 ORDER BY position',
      [`event-type:${type}`],
    );
    expect(rows.map(({ action }) => action)).toEqual(['schema.publish', 'schema.publish-forced']);
    expect(rows[1]?.details).toMatchObject({ version: 2, note: 'all producers have changed' });
    expect(await findAuditBreak(doors.database.pool, doors.workspaceId)).toBeNull();
  });

  it('names the live workflow and step that read what it takes away', async () => {
    const type = newType();
    await publish(type, schemaOf({ total: { type: 'number' } }));
    const graph = workflow({ kind: 'trigger.event', event: { type } } as never)
      .step('Charge', { input: { amount: '{{ trigger.data.total }}' } })
      .end()
      .graph();
    const live = await doors.published(owner, graph);
    await rules(type, { compatibility: 'NONE' });
    const check = (schema: Json) =>
      doors.api<SchemaReport>('POST', at(type, '/check'), { headers: viewer, body: { schema } });
    expect((await check(AMOUNT)).body).toMatchObject({
      publishable: false,
      readers: [
        {
          workflowId: live.id,
          stepName: 'Charge',
          path: 'total',
          change: 'removed',
          message: expect.stringMatching(/step Charge reads total, which the new schema removes/) as unknown as string,
        },
      ],
    });
    expect((await check(schemaOf({ total: { type: 'number' } }, []))).body.readers).toMatchObject([
      { change: 'optional' },
    ]);
    expect((await check(schemaOf({ total: { type: 'string' } }))).body.readers).toMatchObject([{ change: 'type' }]);
    expect((await check(schemaOf({ total: { type: 'integer' } }))).body.publishable).toBe(true);
    await doors.api('DELETE', `/workflows/${live.id}`, { headers: owner });
    expect((await check(AMOUNT)).body.publishable).toBe(true);
  });

  it.each<[string, Json, RegExp]>([
    ['a reference to the network', { $ref: 'https://evil.example/s' }, /by its path/],
    ['recursion', { anyOf: [{ $ref: '#' }, { $ref: '#' }] }, /itself/],
    ['a pattern that unfolds', { pattern: '(a{1000}){1000}' }, /parts/],
    ['no schema', 'text', /JSON object/],
  ])('refuses %s, whatever is forced', async (_what, schema, message) => {
    const answer = await publish(newType(), schema, { force: true, note: 'please' });
    expect(answer).toMatchObject({ status: 422, body: { code: 'schema.invalid' } });
    expect(answer.body.detail).toMatch(message);
  });

  it('numbers versions one after another when many are published at once', async () => {
    const type = newType();
    await rules(type, { compatibility: 'NONE' });
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, n) => publish(type, schemaOf({ [`field${n}`]: {} }, []))),
    );
    expect(answers.map(({ body }) => body.version).sort()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('is for editors, and of one workspace', async () => {
    const type = newType();
    await publish(type, TOTAL);
    expect((await publish(type, AMOUNT, {}, viewer)).status).toBe(403);
    expect((await rules(type, { policy: 'off' }, viewer)).status).toBe(403);
    const stranger = (await doors.person('owner', await doors.otherWorkspace())).headers;
    expect((await doors.api('GET', at(type), { headers: stranger })).status).toBe(404);
    expect((await publish(type, AMOUNT, {}, stranger)).body.version).toBe(1);
    expect((await doors.api<EventTypeView>('GET', at(type), { headers: owner })).body.latest).toBe(1);
    expect((await send(type, { total: 1 })).body.schema).toMatchObject({ version: 1 });
  });
});

describe('an event whose type has a schema', () => {
  it('that fits is stored with the version', async () => {
    const type = newType();
    await publish(type, TOTAL);
    const live = await doors.published(owner, onEvent(type));
    const { body } = await send(type, { total: 7 });
    expect(body).toMatchObject({ schema: { version: 1, problems: [], held: false }, runs: [{}] });
    expect((await stored(body.position)).receipt).toEqual({ schema: { version: 1 } });
    expect((await given(body.runs[0]?.runId ?? '')).headers).toMatchObject({ 'ce-schemaversion': '1' });
    expect(live.published?.number).toBe(1);
  });

  it('that does not fit is let through with a mark, or held as a dead letter, or not looked at: as the policy says', async () => {
    const type = newType();
    await publish(type, TOTAL);
    await doors.published(owner, onEvent(type));
    const warned = await send(type, { total: 'x' });
    expect(warned).toMatchObject({
      status: 202,
      body: {
        runs: [{}],
        schema: { version: null, held: false, problems: [{ path: '/total', message: 'must be number' }] },
      },
    });
    expect(await letters(type)).toEqual([]);
    await rules(type, { policy: 'reject' });
    const held = await send(type, { total: 'x' });
    expect(held).toMatchObject({ status: 202, body: { runs: [], woken: 0, schema: { version: null, held: true } } });
    expect(await letters(type)).toMatchObject([
      {
        kind: 'schema',
        status: 'open',
        code: 'schema.violated',
        holds: true,
        attempts: 1,
        event: { position: held.body.position, type },
        problems: [{ path: '/total', message: 'must be number' }],
      },
    ]);
    expect((await stored(held.body.position)).data).toEqual({ total: 'x' });
    await rules(type, { policy: 'off' });
    expect((await send(type, { total: 'x' })).body).toMatchObject({ runs: [{}], schema: { version: 1, problems: [] } });
    expect(await letters(type)).toHaveLength(1);
  });

  it('that is held and comes again makes one letter, and still starts nothing', async () => {
    const type = newType();
    await publish(type, TOTAL);
    await rules(type, { policy: 'reject' });
    await doors.published(owner, onEvent(type));
    const again = () => send(type, { total: 'x' }, {}, { id: 'one', source: '/shop' });
    const answers = await Promise.all(Array.from({ length: 10 }, again));
    expect(new Set(answers.map(({ body }) => body.position)).size).toBe(1);
    expect(answers.flatMap(({ body }) => body.runs)).toEqual([]);
    expect(await letters(type)).toHaveLength(1);
  });

  it('is refused and not stored where its sender prefers that, also as one of a batch', async () => {
    const type = newType();
    await publish(type, TOTAL);
    await rules(type, { policy: 'reject' });
    const strict = { prefer: 'respond-async, strict' };
    expect(await send(type, { total: 'x' }, strict)).toMatchObject({
      status: 422,
      body: { code: 'event.schema-violated', errors: [{ path: 'data/total' }] },
    });
    const event = (data: Json) => ({ specversion: '1.0', id: uuidv7(), source: '/shop', type, data });
    const batch = await doors.api<AcceptedBatch & Problem>('POST', '/events', {
      headers: { ...owner, ...strict, 'content-type': 'application/cloudevents-batch+json' },
      body: [event({ total: 1 }), event({})],
    });
    expect(batch).toMatchObject({ status: 422, body: { errors: [{ path: 'body.1.data/total' }] } });
    expect(
      (await doors.api<{ items: unknown[] }>('GET', `/events?type=${type}`, { headers: owner })).body.items,
    ).toEqual([]);
    expect(await letters(type)).toEqual([]);
    expect((await send(type, { total: 1 }, strict)).status).toBe(202);
  });

  it('is of the version that it names, or of the newest that it fits while earlier ones are let in', async () => {
    const type = newType();
    await rules(type, { compatibility: 'NONE', policy: 'reject' });
    await publish(type, TOTAL);
    await publish(type, AMOUNT);
    const versionOf = async (data: Json, extra: object = {}) => {
      const event = { specversion: '1.0', id: uuidv7(), source: '/shop', ...extra };
      return (await send(type, data, {}, event)).body.schema;
    };
    expect(await versionOf({ amount: 1 })).toMatchObject({ version: 2 });
    expect(await versionOf({ total: 1 })).toMatchObject({ version: 1 });
    expect(await versionOf({ total: 1, amount: 1 }, { schemaversion: 1 })).toMatchObject({ version: 1 });
    expect(await versionOf({ amount: 1 }, { dataschema: 'https://x.example/order/versions/1' })).toMatchObject({
      held: true,
    });
    expect(await versionOf({ amount: 1 }, { schemaversion: 9 })).toMatchObject({
      held: true,
      problems: [{ message: expect.stringContaining('version 9') as unknown as string }],
    });
    await rules(type, { compatibility: 'NONE', policy: 'reject', accepts: 'latest' });
    expect(await versionOf({ total: 1 })).toMatchObject({ held: true });
  });

  it('comes by a webhook: answered 202 with a mark, put aside for its trigger', async () => {
    const type = newType();
    await publish(type, schemaOf({ type: {}, total: { type: 'number' } }));
    await rules(type, { policy: 'reject' });
    const hook = await doors.published(owner, workflow({ kind: 'trigger.webhook', scheme: 'stripe' }).end().graph());
    const [trigger] = hook.triggers;
    const secret = 'It is a secret of some length';
    const path = `/workflows/${hook.id}/triggers/${trigger?.nodeId ?? ''}/secret`;
    await doors.api('PUT', path, { headers: owner, body: { secret } });
    const deliver = (data: object, headers: Record<string, string> = {}) => {
      const raw = JSON.stringify({ id: uuidv7(), type, ...data });
      const now = Math.floor(Date.now() / 1000);
      const mark = createHmac('sha256', secret).update(`${now}.${raw}`).digest('hex');
      const signed = { 'stripe-signature': `t=${now},v1=${mark}`, ...headers };
      return doors.ask<{ runId: string | null; schema: object }>('POST', new URL(trigger?.url ?? '').pathname, {
        headers: signed,
        raw,
      });
    };
    expect(await deliver({ total: 1 })).toMatchObject({
      status: 202,
      body: { runId: expect.any(String) as unknown as string },
    });
    expect(await deliver({ total: 'x' })).toMatchObject({ status: 202, body: { runId: null, schema: { held: true } } });
    expect(await deliver({ total: 'x' }, { prefer: 'strict' })).toMatchObject({ status: 422 });
    expect(await letters(type)).toMatchObject([{ subscription: { workflowId: hook.id } }]);
  });

  it('does not wake a run that waits for it when it is held', async () => {
    const type = newType();
    await publish(type, TOTAL);
    await rules(type, { policy: 'reject' });
    const waits = workflow().wait('Paid', { type }).end().graph();
    const run = await doors.run(owner, waits);
    expect((await send(type, { total: 'x' })).body.woken).toBe(0);
    expect(await doors.statusOf(owner, run)).toBe('waiting');
    expect((await send(type, { total: 1 })).body.woken).toBe(1);
  });
});

describe('a trigger that was published against another version', () => {
  async function twoVersions(casts: object) {
    const type = newType();
    await rules(type, { compatibility: 'NONE', policy: 'reject' });
    await publish(type, TOTAL);
    const old = await doors.published(owner, onEvent(type, { filter: { data: { total: [{ numeric: ['>', 5] }] } } }));
    const second = await publish(type, AMOUNT, { ...casts, force: true, note: 'renamed' });
    expect(second.status).toBe(201);
    return { type, old, fresh: await doors.published(owner, onEvent(type)) };
  }

  it('gets what it knows: events are cast down and up, filters included, and the run says so', async () => {
    const casts = { upcast: '{ "amount": data.total }', downcast: '{ "total": data.amount }' };
    const { type, old, fresh } = await twoVersions(casts);
    expect((await send(type, { amount: 7 })).body.runs).toHaveLength(2);
    expect((await send(type, { amount: 3 })).body.runs).toHaveLength(1);
    expect((await send(type, { total: 9 })).body.runs).toHaveLength(2);
    const told = await Promise.all((await runOf(old.id)).map(given));
    expect(told.map(({ data }) => data)).toEqual(expect.arrayContaining([{ total: 7 }, { total: 9 }]));
    expect(told.find(({ data }) => JSON.stringify(data) === '{"total":7}')?.headers).toMatchObject({
      'ce-schemaversion': '1',
      'ce-schemacast': 'from 2',
    });
    expect(await Promise.all((await runOf(fresh.id)).map(async (run) => (await given(run)).data))).toEqual(
      expect.arrayContaining([{ amount: 7 }, { amount: 3 }, { amount: 9 }]),
    );
    expect(await letters(type)).toEqual([]);
  });

  it('starts nothing and has a dead letter when the event cannot be cast, while others go on', async () => {
    const { type, old, fresh } = await twoVersions({ downcast: '{ "total": data.amount & "" }' });
    // The filter of the old trigger cannot be asked for data that could not be cast: as it came, it says no.
    const anyTotal = await doors.published(owner, onEvent(type, { schemaVersion: 1 }));
    const { body } = await send(type, { amount: 7 });
    expect(body.runs).toHaveLength(1);
    expect(await runOf(fresh.id)).toHaveLength(1);
    expect([...(await runOf(old.id)), ...(await runOf(anyTotal.id))]).toEqual([]);
    expect(await letters(type)).toMatchObject([
      {
        kind: 'upcast',
        code: 'cast.does-not-fit',
        holds: false,
        subscription: { workflowId: anyTotal.id },
        problems: [{ path: '/total', message: 'must be number' }],
      },
    ]);
  });

  it('cannot be published against a version that is not there', async () => {
    const type = newType();
    await publish(type, TOTAL);
    await expect(doors.published(owner, onEvent(type, { schemaVersion: 2 }))).rejects.toThrow(/whose latest is 1/);
  });

  it.each([
    ['every type', { kind: 'trigger.event', event: { type: '*' } }],
    ['an order of keys', { kind: 'trigger.event', order: { by: 'data.total' } }],
  ])('and takes %s gets the version of the day on which it was published', async (_what, trigger) => {
    const type = newType();
    await rules(type, { compatibility: 'NONE', policy: 'reject' });
    await publish(type, TOTAL);
    const settings = { event: { type }, ...trigger };
    const old = await doors.published(
      owner,
      workflow(settings as never)
        .end()
        .graph(),
    );
    const casts = { upcast: '{ "amount": data.total }', downcast: '{ "total": data.amount }' };
    await publish(type, AMOUNT, { ...casts, force: true, note: 'renamed' });
    await send(type, { amount: 7 });
    const [run = ''] = await runOf(old.id);
    expect(await given(run)).toMatchObject({ data: { total: 7 }, headers: { 'ce-schemacast': 'from 2' } });
    const { rows } = await doors.database.pool.query('SELECT key FROM lane_run WHERE run_id = $1', [run]);
    expect(rows).toEqual('order' in trigger ? [{ key: '7' }] : []);
    await doors.api('DELETE', `/workflows/${old.id}`, { headers: owner });
  });

  it('is cast by expressions that were tried on events of late', async () => {
    const type = newType();
    await rules(type, { compatibility: 'NONE' });
    await publish(type, TOTAL);
    await send(type, { total: 7 });
    const wrong = await publish(type, AMOUNT, { upcast: '{ "amount": data.sum }' });
    expect(wrong).toMatchObject({ status: 409, body: { context: { samples: { looked: 1, failed: [{}] } } } });
    expect(await publish(type, AMOUNT, { upcast: '($f := function($n){ $f($n + 1) }; $f(1))' })).toMatchObject({
      status: 422,
      body: { code: 'schema.invalid', errors: [{ path: 'body.upcast' }] },
    });
    expect((await publish(type, AMOUNT, { upcast: '{ "amount": data.total }' })).status).toBe(201);
  });
});

describe('a run that waits and knows another version', () => {
  const casts = {
    upcast: '{ "amount": data.total, "id": data.order }',
    downcast: '{ "total": data.amount, "order": data.id }',
  };
  const V1 = schemaOf({ total: { type: 'number' }, order: { type: 'string' } });
  const V2 = schemaOf({ amount: { type: 'number' }, id: { type: 'string' } });
  const paid = (type: string) => ({
    type,
    correlation: { path: 'data.order', value: '{{ trigger.data.order }}' },
    filter: { data: { total: [{ numeric: ['>', 5] }] } },
    earlyMs: 600_000,
  });

  async function waitingRun(type: string, order: string): Promise<string> {
    const graph = workflow()
      .wait('Paid', paid(type) as never)
      .end()
      .graph();
    const live = await doors.published(owner, graph);
    return await begun(live.id, order);
  }

  async function begun(workflowId: string, order: string): Promise<string> {
    const answer = await doors.api<{ runId: string }>('POST', `/workflows/${workflowId}/runs`, {
      headers: owner,
      body: { data: { order } },
    });
    await doors.worker.work();
    return answer.body.runId;
  }

  async function firstVersion(): Promise<string> {
    const type = newType();
    await rules(type, { compatibility: 'NONE', policy: 'reject' });
    await publish(type, V1);
    return type;
  }

  const secondVersion = (type: string, more: object = casts) =>
    publish(type, V2, { ...more, force: true, note: 'renamed' });

  const statusOf = (run: string) => doors.statusOf(owner, run);

  it('is woken by its event of a later version, which it gets as it knows it; no other run is told (S31)', async () => {
    const type = await firstVersion();
    const mine = await waitingRun(type, 'A');
    const other = await waitingRun(type, 'B');
    await secondVersion(type);
    expect((await send(type, { amount: 7, id: 'C' })).body.woken).toBe(0);
    expect((await send(type, { amount: 7, id: 'A' })).body.woken).toBe(1);
    await doors.worker.work();
    expect([await statusOf(mine), await statusOf(other)]).toEqual(['completed', 'waiting']);
    const { rows } = await doors.database.pool.query<{ output: Json }>(
      `SELECT body -> 'output' AS output FROM journal WHERE run_id = $1 AND type = 'step.succeeded' ORDER BY seq LIMIT 1`,
      [mine],
    );
    expect(rows[0]?.output).toMatchObject({
      data: { total: 7, order: 'A' },
      headers: { 'ce-schemaversion': '1', 'ce-schemacast': 'from 2' },
    });
  });

  it('finds an event of a later version that came before it waited (S31)', async () => {
    const type = await firstVersion();
    const graph = workflow()
      .wait('Paid', paid(type) as never)
      .end()
      .graph();
    const live = await doors.published(owner, graph);
    await secondVersion(type);
    await send(type, { amount: 7, id: 'A' });
    const run = await begun(live.id, 'A');
    await lookForEarlyEvents(doors.database.pool);
    await doors.worker.work();
    expect(await statusOf(run)).toBe('completed');
  });

  it('is not told of what cannot be cast; a dead letter says so, and wakes it once the cast is right', async () => {
    const type = await firstVersion();
    const run = await waitingRun(type, 'A');
    await secondVersion(type, { downcast: '{ "total": data.amount & "" }' });
    expect((await send(type, { amount: 7, id: 'A' })).body.woken).toBe(0);
    await doors.worker.work();
    expect(await statusOf(run)).toBe('waiting');
    const [letter] = await letters(type);
    expect(letter).toMatchObject({ kind: 'upcast', code: 'cast.does-not-fit', holds: false, subscription: null });
    const again = () =>
      doors.api<Problem>('POST', `/dead-letters/${letter?.id ?? ''}/redrive`, { headers: owner, body: {} });
    expect((await again()).status).toBe(409);
    await doors.database.pool.query('UPDATE event_schema_version SET downcast = $2 WHERE type = $1 AND version = 2', [
      type,
      casts.downcast,
    ]);
    // Versions never change; that this one did is told to the process by a third.
    await publish(type, V2, { force: true, note: 'n' });
    expect((await again()).status).toBe(200);
    await doors.worker.work();
    expect(await statusOf(run)).toBe('completed');
  });

  it('cannot be published against a version that is not there', async () => {
    const type = await firstVersion();
    const graph = workflow()
      .wait('Paid', { ...paid(type), schemaVersion: 2 } as never)
      .end()
      .graph();
    await expect(doors.published(owner, graph)).rejects.toThrow(/Step Paid .* whose latest is 1/);
  });
});

describe('a webhook that was published before its type changed', () => {
  it('starts its run with the data that it knows, and none where that cannot be', async () => {
    const type = newType();
    const first = schemaOf({ type: {}, total: { type: 'number' } });
    const second = schemaOf({ type: {}, amount: { type: 'number' } });
    await rules(type, { compatibility: 'NONE', policy: 'reject' });
    await publish(type, first);
    const hook = await doors.published(
      owner,
      workflow({ kind: 'trigger.webhook', scheme: 'none' } as never)
        .end()
        .graph(),
    );
    const downcast = '{ "type": data.type, "total": data.amount > 5 ? data.amount : "small" }';
    await publish(type, second, { downcast, force: true, note: 'renamed' });
    const path = new URL(hook.triggers[0]?.url ?? '').pathname;
    const deliver = async (amount: number) => {
      const raw = JSON.stringify({ type, amount });
      const headers = { 'content-type': 'application/json' };
      return await doors.ask<{ runId: string | null }>('POST', path, { headers, raw });
    };
    const started = await deliver(7);
    expect(started.status).toBe(202);
    expect(await given(started.body.runId ?? '')).toMatchObject({
      data: { type, total: 7 },
      headers: { 'ce-schemaversion': '1', 'ce-schemacast': 'from 2' },
    });
    expect(await deliver(1)).toMatchObject({ status: 202, body: { runId: null } });
    const [letter] = await letters(type);
    expect(letter).toMatchObject({ kind: 'upcast', subscription: { workflowId: hook.id } });
    const again = await doors.api('POST', `/dead-letters/${letter?.id ?? ''}/redrive`, { headers: owner, body: {} });
    expect(again.status).toBe(409);
  });
});

describe('a draft of a schema', () => {
  it('is made of what came, says how much, and can be published', async () => {
    const type = newType();
    for (let n = 0; n < 8; n += 1)
      await send(type, { total: n, status: n % 2 === 0 ? 'open' : 'paid', ...(n < 2 ? { tip: 1 } : {}) });
    const draft = await doors.api<{ events: number; schema: Json; fields: object[] }>('GET', at(type, '/draft'), {
      headers: viewer,
    });
    expect(draft.body).toMatchObject({
      events: 8,
      schema: { required: ['status', 'total'], properties: { status: { enum: ['open', 'paid'] } } },
    });
    expect(draft.body.fields).toContainEqual({ path: 'tip', types: ['integer'], seen: 2, of: 8 });
    expect((await publish(type, draft.body.schema)).status).toBe(201);
    expect(await doors.api('GET', at(newType(), '/draft'), { headers: owner })).toMatchObject({ status: 404 });
  });
});
