/** Through the doors: filters in both languages, why an event was meant or not, and keys whose runs go in order. */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AcceptedEvent, Lane, MatchExplanation } from '@sagawright/shared/contracts';
import { uuidv7 } from '@sagawright/shared/server';
import { workflow } from '@sagawright/shared/testing';
import { Doors } from '../testing/doors.js';

let doors: Doors;
let owner: Record<string, string>;
let stranger: Record<string, string>;

beforeAll(async () => {
  doors = await Doors.open();
  owner = (await doors.person('owner')).headers;
  stranger = (await doors.person('owner', await doors.otherWorkspace())).headers;
}, 120_000);

afterAll(() => doors.close());

const onEvent = (type: string, filter?: string | Record<string, never> | object, order?: object) =>
  workflow({ kind: 'trigger.event', event: { type, filter }, order } as Parameters<typeof workflow>[0])
    .end()
    .graph();

const send = async (type: string, data: object = {}, more: object = {}) =>
  (await doors.api<AcceptedEvent>('POST', '/events', { headers: owner, body: { type, data, ...more } })).body;

const cloud = { specversion: '1.0', source: '/shop', tenant: 'acme' };

describe('a filter in CESQL', () => {
  it('starts what it is true for, by attributes and extensions', async () => {
    const type = `paid.${uuidv7()}`;
    await doors.published(owner, onEvent(type, "source = '/shop' AND tenant IN ('acme', 'other')"));
    expect((await send(type, {}, { ...cloud, id: uuidv7() })).runs).toHaveLength(1);
    expect((await send(type, {}, { ...cloud, id: uuidv7(), tenant: 'none' })).runs).toHaveLength(0);
    expect((await send(type)).runs).toHaveLength(0);
  });

  it('is refused at publish when it cannot be read, with the place', async () => {
    await expect(doors.published(owner, onEvent('paid', "source = '/shop' AND"))).rejects.toThrow(
      /filter.invalid.*at character/s,
    );
  });
});

describe('why an event matches a trigger, or does not', () => {
  const explain = (position: number, body: object, headers = owner) =>
    doors.api<MatchExplanation & { code: string }>('POST', `/events/${position}/explain`, { headers, body });

  it('is told part by part, for a live trigger', async () => {
    const type = `paid.${uuidv7()}`;
    const { id: workflowId } = await doors.published(owner, onEvent(type, "tenant = 'acme' AND INT(level) > 2"));
    const event = await send(type, {}, { ...cloud, id: uuidv7(), level: 1 });
    const { status, body } = await explain(event.position, { workflowId, nodeId: 'start' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ matches: false, language: 'cesql', runId: null });
    expect(body.parts.map(({ what, found, matches }) => [what, found, matches])).toEqual([
      ['type', type, true],
      ["(tenant = 'acme') AND (INT(level) > 2)", false, false],
      ["tenant = 'acme'", true, true],
      ['tenant', 'acme', false],
      ['INT(level) > 2', false, false],
      ['INT(level)', 1, false],
      ['level', '1', false],
    ]);
    const good = await send(type, {}, { ...cloud, id: uuidv7(), level: 3 });
    expect((await explain(good.position, { workflowId, nodeId: 'start' })).body).toMatchObject({
      matches: true,
      runId: good.runs[0]?.runId,
    });
  });

  it('is told when the trigger came later than the event', async () => {
    const type = `paid.${uuidv7()}`;
    const event = await send(type);
    const { id: workflowId } = await doors.published(owner, onEvent(type));
    const { body } = await explain(event.position, { workflowId, nodeId: 'start' });
    expect(body).toMatchObject({ matches: true, runId: null });
    expect(body.reason).toContain('was not live');
  });

  it('is told for a filter that somebody is writing, also one that cannot be read', async () => {
    const event = await send('paid', { total: 3 });
    const filter = { data: { total: [{ numeric: ['>', 5] }] } };
    expect((await explain(event.position, { filter })).body).toMatchObject({
      matches: false,
      language: 'pattern',
      parts: [
        { what: 'type', matches: true },
        { what: 'data.total', found: [3], reason: 'Found 3; wanted: numeric > 5.' },
      ],
    });
    expect((await explain(event.position, { filter: 'type =' })).body).toMatchObject({
      matches: false,
      language: 'cesql',
    });
    expect((await explain(event.position, { type: 'other', filter: null })).body).toMatchObject({ matches: false });
  });

  it('is nobody else’s to ask, and asks about what there is', async () => {
    const event = await send('paid');
    expect(await explain(event.position, { filter: null }, stranger)).toMatchObject({ status: 404 });
    expect(await explain(event.position, { workflowId: uuidv7(), nodeId: 'start' })).toMatchObject({
      status: 404,
      body: { code: 'trigger.not-found' },
    });
    expect(await explain(event.position, { filter: 7 })).toMatchObject({ status: 400 });
  });
});

describe('keys whose runs go one after another (S32)', () => {
  const list = async (query: string, headers = owner) =>
    (await doors.api<{ items: Lane[]; nextCursor: string | null }>('GET', `/lanes?${query}`, { headers })).body;
  const change = (what: string, body: object, headers = owner) =>
    doors.api<{ changed: boolean; code: string }>('POST', `/lanes/${what}`, { headers, body });
  const by = { by: 'data.order', onFailure: 'block' };

  it('are listed, paused and resumed', async () => {
    const type = `changed.${uuidv7()}`;
    const { id: workflowId } = await doors.published(owner, onEvent(type, undefined, by));
    const first = await send(type, { order: 'A' });
    await send(type, { order: 'A' });
    await send(type, { order: 'B' });
    const all = await list(`workflowId=${workflowId}`);
    expect(all.items).toMatchObject([
      { key: 'A', state: 'going', run: { id: first.runs[0]?.runId, status: 'queued' }, waiting: 1, nodeId: 'start' },
      { key: 'B', state: 'going', waiting: 0 },
    ]);
    const paged = await list(`workflowId=${workflowId}&limit=1`);
    expect(paged.items.map(({ key }) => key)).toEqual(['A']);
    const next = await list(`workflowId=${workflowId}&limit=1&cursor=${paged.nextCursor ?? ''}`);
    expect(next).toMatchObject({ items: [{ key: 'B' }], nextCursor: null });
    const { triggerId = '' } = all.items[0] ?? {};
    const lane = { triggerId, key: 'C' };
    expect((await change('pause', lane)).body).toEqual({ changed: true });
    expect((await change('pause', lane)).body).toEqual({ changed: false });
    const held = await send(type, { order: 'C' });
    expect((await list('state=paused')).items).toMatchObject([{ key: 'C', state: 'paused', run: null, waiting: 1 }]);
    const runnable = async () =>
      (
        await doors.database.pool.query('SELECT FROM run WHERE id = $1 AND runnable_at IS NOT NULL', [
          held.runs[0]?.runId,
        ])
      ).rowCount;
    expect(await runnable()).toBe(0);
    expect((await change('resume', lane)).body).toEqual({ changed: true });
    expect(await runnable()).toBe(1);
    expect((await change('resume', lane)).body).toEqual({ changed: false });
    const { rows } = await doors.database.pool.query<{ action: string }>(
      'SELECT action FROM audit_log WHERE subject = $1 ORDER BY position',
      [`trigger:${triggerId}`],
    );
    expect(rows.map(({ action }) => action)).toEqual(['lane.pause', 'lane.resume']);
  });

  it('are not others’ to see or change, and not skipped while they go', async () => {
    const type = `changed.${uuidv7()}`;
    const { id: workflowId } = await doors.published(owner, onEvent(type, undefined, by));
    const event = await send(type, { order: 'A' });
    const [lane] = (await list(`workflowId=${workflowId}`)).items;
    const { triggerId = '', key = '' } = lane ?? {};
    const skip = { triggerId, key, runId: event.runs[0]?.runId };
    expect((await list(`workflowId=${workflowId}`, stranger)).items).toEqual([]);
    expect(await change('pause', { triggerId, key }, stranger)).toMatchObject({ status: 404 });
    expect(await change('skip', skip, stranger)).toMatchObject({ status: 409 });
    expect(await change('skip', skip)).toMatchObject({ status: 409, body: { code: 'lane.not-blocked' } });
    expect((await doors.api('GET', '/lanes?cursor=x', { headers: owner })).status).toBe(400);
  });

  it('are those of deliveries to a webhook as well', async () => {
    const hook = await doors.published(
      owner,
      workflow({ kind: 'trigger.webhook', scheme: 'stripe', order: by } as Parameters<typeof workflow>[0])
        .end()
        .graph(),
    );
    const [trigger] = hook.triggers;
    const secret = 'It is a secret of some length';
    const path = `/workflows/${hook.id}/triggers/${trigger?.nodeId ?? ''}/secret`;
    expect((await doors.api('PUT', path, { headers: owner, body: { secret } })).status).toBe(204);
    for (const order of ['A', 'A']) {
      const raw = JSON.stringify({ id: uuidv7(), type: 'charge.succeeded', order });
      const at = Math.floor(Date.now() / 1000);
      const mark = createHmac('sha256', secret).update(`${at}.${raw}`).digest('hex');
      const headers = { 'stripe-signature': `t=${at},v1=${mark}` };
      expect((await doors.ask('POST', new URL(trigger?.url ?? '').pathname, { headers, raw })).status).toBe(202);
    }
    expect((await list(`workflowId=${hook.id}`)).items).toMatchObject([{ key: 'A', waiting: 1 }]);
  });
});

describe('an event that comes again', () => {
  it('is one event whatever came between, and another source’s event of the same id is another', async () => {
    const type = `paid.${uuidv7()}`;
    await doors.published(owner, onEvent(type));
    const id = uuidv7();
    const [one, other] = [await send(type, {}, { id, source: '/a' }), await send(type, {}, { id, source: '/b' })];
    const again = await send(type, {}, { id, source: '/a' });
    expect(again).toMatchObject({ duplicate: true, position: one.position, runs: one.runs });
    expect(other).toMatchObject({ duplicate: false });
    expect(other.runs[0]?.runId).not.toBe(one.runs[0]?.runId);
  });
});
