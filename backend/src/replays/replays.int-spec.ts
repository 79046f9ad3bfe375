/** Replays through the doors: who may ask for which, what is refused, how one is stopped and told. What they do: workers. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Problem, Replay } from '@sagawright/shared/contracts';
import { workflow } from '@sagawright/shared/testing';
import { Doors } from '../testing/doors.js';

let doors: Doors;
let owner: Record<string, string>;

beforeAll(async () => {
  doors = await Doors.open();
  owner = (await doors.person('owner')).headers;
}, 120_000);
afterAll(() => doors.close());

const simple = () => workflow().transform('a', 1).end().graph();
const from = '2020-01-01T00:00:00Z';
const ask = <T = Problem>(method: string, path: string, body?: object, headers = owner) =>
  doors.api<T>(method, path, { headers, ...(body && { body }) });
const asked = (body: object) => ask<Replay>('POST', '/replays', { mode: 'dry-run', from, ...body });

describe('a replay', () => {
  it('is kept with what it will go through, told, paused, resumed, cancelled, and audited', async () => {
    const { id } = await doors.published(owner, simple());
    await ask('POST', '/events', { type: 'order.placed', data: { n: 1 } });
    await ask('POST', '/events', { type: 'other', data: { n: 1 } });
    const filter = { types: ['order.*'], content: 'EXISTS subject' };
    const { status, body } = await asked({ workflows: [{ workflowId: id, version: 'draft' }], filter, note: 'why' });
    expect(status).toBe(201);
    expect(body).toMatchObject({ status: 'running', total: 1, seen: 0, filter, note: 'why', rate: 1000 });
    expect(body.workflows).toMatchObject([{ workflowId: id, version: 'draft', number: 1 }]);
    expect((await ask<{ items: Replay[] }>('GET', '/replays')).body.items.map((each) => each.id)).toContain(body.id);
    expect((await ask('GET', `/replays/${body.id}`)).body).toMatchObject({ id: body.id, groups: [] });
    const to = async (change: string) => (await ask<Replay>('POST', `/replays/${body.id}/${change}`)).body.status;
    expect([await to('pause'), await to('resume'), await to('cancel')]).toEqual(['paused', 'running', 'cancelled']);
    expect(await ask('POST', `/replays/${body.id}/resume`)).toMatchObject({
      status: 409,
      body: { code: 'replay.ended' },
    });
    const { rows } = await doors.database.pool.query<{ action: string }>(
      'SELECT action FROM audit_log WHERE subject = $1 ORDER BY position',
      [`replay:${body.id}`],
    );
    expect(rows.map(({ action }) => action)).toEqual([
      'replay.start',
      'replay.pause',
      'replay.resume',
      'replay.cancel',
    ]);
  });

  it.each([
    ['an empty stretch', { to: '2019-01-01T00:00:00Z' }, 'replay.invalid'],
    ['a draft for real', { mode: 'live', version: 'draft' }, 'replay.invalid'],
    ['a filter that cannot be read', { filter: { content: { data: { a: 1 } } } }, 'replay.invalid'],
    ['an expression that cannot be read', { filter: { content: 'a =' } }, 'replay.invalid'],
    ['a workflow that there is not', { workflowId: '0199aaaa-0000-7000-8000-000000000000' }, 'workflow.not-found'],
    ['a rate of nothing', { rate: 0 }, 'request.invalid'],
  ])('of %s is refused, and nothing is kept', async (_what, wish: Record<string, unknown>, code) => {
    const { id } = await doors.published(owner, simple());
    const { workflowId = id, version = 'published', ...body } = wish;
    const before = (await ask<{ items: Replay[] }>('GET', '/replays')).body.items.length;
    const answer = await asked({ workflows: [{ workflowId, version }], ...body });
    expect(answer.body).toMatchObject({ code });
    expect(answer.status).toBeLessThan(500);
    expect((await ask<{ items: Replay[] }>('GET', '/replays')).body.items).toHaveLength(before);
  });

  it('of a workflow that was never published needs its draft', async () => {
    const created = await ask<{ id: string }>('POST', '/workflows', { name: 'New', graph: simple() });
    const published = await asked({ workflows: [{ workflowId: created.body.id }] });
    expect(published).toMatchObject({ status: 409, body: { code: 'workflow.not-published' } });
    expect((await asked({ workflows: [{ workflowId: created.body.id, version: 'draft' }] })).status).toBe(201);
  });

  it('is asked for by whoever may write runs', async () => {
    const { id } = await doors.published(owner, simple());
    const { headers } = await doors.person('viewer');
    const body = { mode: 'dry-run', from, workflows: [{ workflowId: id }] };
    expect((await ask('POST', '/replays', body, headers)).status).toBe(403);
  });
});
