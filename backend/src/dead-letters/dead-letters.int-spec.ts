/** Dead letters at the doors: listed, sent again (one, many, edited), discarded; and what must not be possible with them. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AcceptedEvent, DeadLetter, Problem, StoredEvent, Workflow } from '@sagawright/shared/contracts';
import type { Json } from '@sagawright/shared/kernel';
import {
  findAuditBreak,
  insertDeadLetters,
  lookForEarlyEvents,
  sweepDeadLetters,
  uuidv7,
} from '@sagawright/shared/server';
import { workflow } from '@sagawright/shared/testing';
import { Doors } from '../testing/doors.js';

let doors: Doors;
let owner: Record<string, string>;
let type: string;
let live: Workflow;

beforeAll(async () => {
  doors = await Doors.open();
  owner = (await doors.person('owner')).headers;
}, 120_000);

afterAll(() => doors.close());

const TOTAL = { type: 'object', required: ['total'], properties: { total: { type: 'number' } } };

/** A type whose events need a total, and a workflow that they start. */
beforeEach(async () => {
  type = `order.${uuidv7()}`;
  await publishSchema(TOTAL);
  await setPolicy('reject');
  live = await doors.published(
    owner,
    workflow({ kind: 'trigger.event', event: { type } } as never)
      .end()
      .graph(),
  );
});

function publishSchema(schema: Json, more: object = {}) {
  const body = { schema, ...more };
  return doors.api('POST', `/event-types/${type}/versions`, { headers: owner, body });
}

const setPolicy = (policy: string) =>
  doors.api('PUT', `/event-types/${type}`, { headers: owner, body: { policy, compatibility: 'NONE' } });

async function sent(data: Json): Promise<AcceptedEvent> {
  return (await doors.api<AcceptedEvent>('POST', '/events', { headers: owner, body: { type, data } })).body;
}

async function held(data: Json = { total: 'x' }): Promise<DeadLetter> {
  const { position } = await sent(data);
  const found = (await list()).find(({ event }) => event.position === position);
  if (found === undefined) throw new Error('No letter was made.');
  return found;
}

async function list(query = '', headers = owner): Promise<DeadLetter[]> {
  const path = `/dead-letters?type=${type}${query}`;
  return (await doors.api<{ items: DeadLetter[] }>('GET', path, { headers })).body.items;
}

function act(letter: string, what: string, body: object = {}, headers = owner) {
  return doors.api<DeadLetter & Omit<Problem, 'status'>>('POST', `/dead-letters/${letter}/${what}`, { headers, body });
}

async function runs(workflowId = live.id): Promise<{ data: Json; headers: Record<string, string> }[]> {
  const { rows } = await doors.database.pool.query<{ event: { data: Json; headers: Record<string, string> } }>(
    `SELECT j.body -> 'event' AS event FROM run r JOIN journal j ON j.run_id = r.id AND j.seq = 1 WHERE r.workflow_id = $1`,
    [workflowId],
  );
  return rows.map(({ event }) => event);
}

describe('a letter that is sent again', () => {
  it('starts what the event would have started, marked, once its schema lets it in', async () => {
    const letter = await held();
    expect(await runs()).toEqual([]);
    await setPolicy('warn');
    const sentAgain = await act(letter.id, 'redrive', { note: 'schema was too strict' });
    expect(sentAgain).toMatchObject({
      status: 200,
      body: { status: 'redriven', attempts: 2, closed: { note: 'schema was too strict', runs: [expect.any(String)] } },
    });
    expect(await runs()).toMatchObject([{ data: { total: 'x' }, headers: { 'ce-redriveid': letter.id } }]);
    expect(doors.rung.length).toBeGreaterThan(0);
  });

  it('stays open with the new reason when it still does not fit', async () => {
    const letter = await held({ total: 'x', tax: 'y' });
    await publishSchema(
      { ...TOTAL, properties: { tax: { type: 'number' } }, required: ['tax'] },
      { force: true, note: 'n' },
    );
    expect(await act(letter.id, 'redrive')).toMatchObject({
      status: 409,
      body: { code: 'dead-letter.not-sendable', context: { code: 'schema.violated' } },
    });
    expect(await list()).toMatchObject([{ status: 'open', attempts: 2, problems: [{ path: '/tax' }] }]);
    expect(await runs()).toEqual([]);
  });

  it('gives one run however often and by however many at once it is sent (I7)', async () => {
    const letter = await held();
    await setPolicy('off');
    const answers = await Promise.all(Array.from({ length: 12 }, () => act(letter.id, 'redrive')));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200));
    expect(new Set(answers.map(({ body }) => body.closed?.runs[0])).size).toBe(1);
    expect(await runs()).toHaveLength(1);
    expect((await act(letter.id, 'redrive')).body).toMatchObject({ status: 'redriven', attempts: 2 });
    const { rows } = await doors.database.pool.query('SELECT FROM audit_log WHERE subject = $1', [
      `dead-letter:${letter.id}`,
    ]);
    expect(rows).toHaveLength(1);
  });

  it('wakes the runs that wait for its event, which its arrival did not', async () => {
    const run = await doors.run(owner, workflow().wait('Paid', { type }).end().graph());
    const letter = await held();
    await doors.worker.work();
    expect(await doors.statusOf(owner, run)).toBe('waiting');
    await setPolicy('off');
    await act(letter.id, 'redrive');
    await doors.worker.work();
    expect(await doors.statusOf(owner, run)).toBe('completed');
  });

  it('is for its own trigger only where only that one did not start', async () => {
    await publishSchema({ type: 'object', required: ['amount'] }, { downcast: 'data.none', force: true, note: 'n' });
    const fresh = await doors.published(
      owner,
      workflow({ kind: 'trigger.event', event: { type } } as never)
        .end()
        .graph(),
    );
    await sent({ amount: 1 });
    expect([await runs(fresh.id), await runs()]).toMatchObject([[{}], []]);
    const [letter] = await list('&kind=upcast');
    expect(letter).toMatchObject({ holds: false, subscription: { workflowId: live.id } });
    expect((await act(letter?.id ?? '', 'redrive')).status).toBe(409);
    const edited = await act(letter?.id ?? '', 'edit-and-redrive', { data: { total: 1 }, note: 'as it was' });
    expect(edited.body).toMatchObject({ status: 'redriven' });
    expect([await runs(fresh.id), await runs()]).toMatchObject([[{}], [{ data: { total: 1 } }]]);
  });

  it('cannot be sent when its event is gone, or its trigger not live', async () => {
    const letter = await held();
    await doors.database.pool.query('DELETE FROM event WHERE position = $1', [letter.event.position]);
    await setPolicy('off');
    expect((await act(letter.id, 'redrive')).body.code).toBe('dead-letter.not-sendable');
    const trigger = (
      await doors.database.pool.query<{ id: string }>('SELECT id FROM trigger WHERE workflow_id = $1', [live.id])
    ).rows[0]?.id;
    const { position } = await sent({ total: 1 });
    const id = uuidv7();
    await insertDeadLetters(doors.database.pool, [
      {
        ...{ id, workspaceId: doors.workspaceId, kind: 'ordering', triggerId: trigger ?? null, holds: false },
        ...{ code: 'ordering.skipped', message: 'It was skipped.', problems: [], details: {} },
        event: { position, type, source: '/events', id: 'x' },
      },
    ]);
    await doors.api('DELETE', `/workflows/${live.id}`, { headers: owner });
    expect((await act(id, 'redrive')).body).toMatchObject({
      code: 'dead-letter.not-sendable',
      context: { code: 'trigger.not-matching' },
    });
  });
});

describe('a letter whose event is edited', () => {
  it('sends a new event, linked both ways, and keeps the original as it came and held', async () => {
    const letter = await held({ total: '7' });
    const edited = await act(letter.id, 'edit-and-redrive', { data: { total: 7 }, note: 'total was a text' });
    expect(edited.body).toMatchObject({
      status: 'redriven',
      closed: { note: 'total was a text', runs: [expect.any(String)] },
    });
    expect(await runs()).toMatchObject([
      { data: { total: 7 }, headers: { 'ce-redriveid': letter.id, 'ce-schemaversion': '1' } },
    ]);
    const event = async (position: number | null | undefined) =>
      (await doors.api<StoredEvent>('GET', `/events/${position}`, { headers: owner })).body;
    expect(await event(edited.body.closed?.replacedBy)).toMatchObject({
      data: { total: 7 },
      receipt: { edited: { position: letter.event.position, deadLetter: letter.id }, schema: { version: 1 } },
    });
    expect(await event(letter.event.position)).toMatchObject({ data: { total: '7' }, runs: 0 });
    const run = await doors.run(
      owner,
      workflow()
        .wait('Late', { type, earlyMs: 600_000 } as never)
        .end()
        .graph(),
    );
    await lookForEarlyEvents(doors.database.pool);
    const { rows } = await doors.database.pool.query<{ position: number }>(
      'SELECT event_position AS position FROM run_signal WHERE run_id = $1',
      [run],
    );
    expect(rows).toEqual([{ position: edited.body.closed?.replacedBy }]);
  });

  it('has to fit the schema, and to be sent once', async () => {
    const letter = await held();
    expect(await act(letter.id, 'edit-and-redrive', { data: { total: null }, note: 'n' })).toMatchObject({
      status: 422,
      body: { code: 'event.schema-violated', errors: [{ path: 'body.data/total' }] },
    });
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => act(letter.id, 'edit-and-redrive', { data: { total: n }, note: 'n' })),
    );
    expect(new Set(answers.map(({ body }) => body.closed?.replacedBy)).size).toBe(1);
    expect(await runs()).toHaveLength(1);
  });

  it('is stored though somebody sent an event of its letter’s name beforehand', async () => {
    const letter = await held();
    const squatter = { type, data: { total: 666 }, id: `redrive:${letter.id}`, source: letter.event.source };
    const squatting = await doors.api<AcceptedEvent>('POST', '/events', { headers: owner, body: squatter });
    const edited = await act(letter.id, 'edit-and-redrive', { data: { total: 7 }, note: 'n' });
    const replacedBy = edited.body.closed?.replacedBy ?? 0;
    expect(replacedBy).not.toBe(squatting.body.position);
    const stored = await doors.api<StoredEvent>('GET', `/events/${replacedBy}`, { headers: owner });
    expect(stored.body.data).toEqual({ total: 7 });
  });

  it.each<[string, (id: string) => Promise<{ status: number }>, number]>([
    ['without a note', (id) => act(id, 'edit-and-redrive', { data: {} }), 400],
    ['of two megabytes', (id) => act(id, 'edit-and-redrive', { data: 'x'.repeat(2_000_000), note: 'n' }), 413],
    [
      'with a key that reaches a prototype',
      (id) =>
        doors.api('POST', `/dead-letters/${id}/edit-and-redrive`, {
          headers: owner,
          raw: '{"note":"n","data":{"total":1,"__proto__":{"admin":true}}}',
        }),
      400,
    ],
    [
      '100 levels deep',
      (id) => act(id, 'edit-and-redrive', { data: JSON.parse('['.repeat(100) + ']'.repeat(100)) as Json, note: 'n' }),
      400,
    ],
  ])('is refused %s, and nothing is stored', async (_what, ask, status) => {
    const letter = await held();
    expect((await ask(letter.id)).status).toBe(status);
    expect(await list()).toMatchObject([{ status: 'open', attempts: 1 }]);
    expect(await runs()).toEqual([]);
  });
});

describe('many letters', () => {
  it('are sent again by a filter, page by page, those that do not go on with their reasons', async () => {
    for (let n = 0; n < 5; n += 1) await held({ total: 'x', n });
    await held({ total: 'x', sum: 1 });
    const downcast = '{ "total": data.n }';
    await publishSchema({ ...TOTAL, properties: {}, required: ['n'] }, { downcast, force: true, note: 'n' });
    const send = (body: object) =>
      doors.api<{ redriven: number; failed: object[]; nextCursor: string | null }>('POST', '/dead-letters/redrive', {
        headers: owner,
        body,
      });
    const first = await send({ filter: { type }, limit: 4 });
    expect(first.body).toMatchObject({ redriven: 3, failed: [{ code: 'dead-letter.not-sendable' }] });
    const second = await send({ filter: { type }, limit: 4, cursor: first.body.nextCursor });
    expect(second.body).toEqual({ redriven: 2, failed: [], nextCursor: null });
    expect(await runs()).toHaveLength(5);
    expect(await list('&status=open')).toHaveLength(1);
    const [done] = await list('&status=redriven');
    expect((await send({ ids: [done?.id, uuidv7()] })).body).toMatchObject({
      redriven: 1,
      failed: [{ code: 'dead-letter.not-found' }],
    });
    expect(await runs()).toHaveLength(5);
  });

  it('are listed by kind, status, workflow, time and text, and counted per subscription', async () => {
    const letter = await held({ total: 'x' });
    await held({ none: 1 });
    const first = await doors.api<{ items: DeadLetter[]; nextCursor: string }>(
      'GET',
      `/dead-letters?type=${type}&limit=1`,
      { headers: owner },
    );
    expect(first.body.items).toHaveLength(1);
    expect(await list(`&cursor=${first.body.nextCursor}`)).toMatchObject([{ id: letter.id }]);
    expect(await list('&search=IS%20MISSING')).toMatchObject([{ problems: [{ message: 'is missing' }] }]);
    expect(await list('&kind=upcast')).toEqual([]);
    expect(await list(`&workflowId=${live.id}`)).toEqual([]);
    expect(await list(`&from=${encodeURIComponent(new Date(Date.now() + 60_000).toISOString())}`)).toEqual([]);
    expect((await doors.api('GET', '/dead-letters?cursor=abc', { headers: owner })).status).toBe(400);
    const { body } = await doors.api<{ open: number; items: { type: string; open: number }[] }>(
      'GET',
      '/dead-letters/counts',
      { headers: owner },
    );
    expect(body.items.find((each) => each.type === type)).toMatchObject({
      kind: 'schema',
      subscription: null,
      open: 2,
    });
    const shown = await doors.api<{ data: Json }>('GET', `/dead-letters/${letter.id}`, { headers: owner });
    expect(shown.body.data).toEqual({ total: 'x' });
  });
});

describe('a letter', () => {
  it('is discarded with a reason, and then neither sent nor acted on', async () => {
    const letter = await held();
    expect((await act(letter.id, 'discard')).status).toBe(400);
    expect((await act(letter.id, 'discard', { note: 'a test' })).body).toMatchObject({
      status: 'discarded',
      closed: { note: 'a test' },
    });
    await setPolicy('off');
    expect((await act(letter.id, 'redrive')).body.code).toBe('dead-letter.closed');
    const run = await doors.run(
      owner,
      workflow()
        .wait('Late', { type, earlyMs: 600_000 } as never)
        .end()
        .graph(),
    );
    expect(await lookForEarlyEvents(doors.database.pool)).toEqual([]);
    expect(await doors.statusOf(owner, run)).toBe('waiting');
  });

  it('is of its workspace and its roles, for whatever is asked (A148)', async () => {
    const letter = await held();
    const stranger = (await doors.person('owner', await doors.otherWorkspace())).headers;
    const body = { note: 'n', data: { total: 1 } };
    for (const what of ['redrive', 'discard', 'edit-and-redrive']) {
      expect((await act(letter.id, what, body, stranger)).body.code).toBe('dead-letter.not-found');
      expect((await act(letter.id, what, body, (await doors.person('viewer')).headers)).status).toBe(403);
    }
    expect((await act(letter.id, 'edit-and-redrive', body, (await doors.person('runner')).headers)).status).toBe(403);
    expect((await doors.api('GET', `/dead-letters/${letter.id}`, { headers: stranger })).status).toBe(404);
    expect(await list('', stranger)).toEqual([]);
    const many = await doors.api<{ redriven: number }>('POST', '/dead-letters/redrive', {
      headers: stranger,
      body: { ids: [letter.id] },
    });
    expect(many.body).toMatchObject({ redriven: 0, failed: [{ code: 'dead-letter.not-found' }] });
    expect(await list()).toMatchObject([{ status: 'open', attempts: 1 }]);
  });

  it('is written to the audit log whatever becomes of it, and the chain holds', async () => {
    const [one, two, three] = [await held(), await held(), await held()];
    await act(one.id, 'discard', { note: 'n' });
    await act(two.id, 'edit-and-redrive', { data: { total: 1 }, note: 'n' });
    await setPolicy('off');
    await act(three.id, 'redrive');
    const { rows } = await doors.database.pool.query<{ action: string }>(
      'SELECT action FROM audit_log WHERE subject = ANY($1) ORDER BY position',
      [[one, two, three].map(({ id }) => `dead-letter:${id}`)],
    );
    expect(rows.map(({ action }) => action)).toEqual([
      'dead-letter.discard',
      'dead-letter.edit-and-redrive',
      'dead-letter.redrive',
    ]);
    expect(await findAuditBreak(doors.database.pool, doors.workspaceId)).toBeNull();
  });

  it('goes when its time is over, and not before, and goes on holding its event: seen in the list, the audit log and a figure', async () => {
    const [old, young, past] = [await held(), await held(), await held()];
    const expire = async (...ids: string[]) => {
      await doors.database.pool.query(`UPDATE dead_letter SET expires_at = now() WHERE id = ANY($1::uuid[])`, [ids]);
      return await doors.database.transaction((sql) => sweepDeadLetters(sql, 1000));
    };
    await doors.database.pool.query('DELETE FROM event WHERE position = $1', [past.event.position]);
    expect(await expire(old.id, past.id)).toBeGreaterThanOrEqual(2);
    const [first, second, ...others] = await list();
    expect([first?.id, first?.status, second?.id, second?.status, others]).toEqual([
      young.id,
      'open',
      old.id,
      'discarded',
      [],
    ]);
    expect(second?.closed?.note).toMatch(/stays held/);
    // What waits now does not find the event that nobody has let in.
    const waits = workflow()
      .wait('Late', { type, earlyMs: 600_000 } as never)
      .end()
      .graph();
    const run = await doors.run(owner, waits);
    await lookForEarlyEvents(doors.database.pool);
    await doors.worker.work();
    expect(await doors.statusOf(owner, run)).toBe('waiting');
    const { rows } = await doors.database.pool.query<{ details: Json }>(
      `SELECT details FROM audit_log WHERE action = 'dead-letter.expire' AND workspace_id = $1 ORDER BY position DESC LIMIT 1`,
      [doors.workspaceId],
    );
    expect(rows[0]?.details).toMatchObject({ held: 1, kinds: { schema: 2 } });
    // The time of one that stays is not over for good: it goes with its event.
    await doors.database.pool.query('DELETE FROM event WHERE position = $1', [old.event.position]);
    await expire(old.id);
    expect((await list()).map(({ id }) => id)).toEqual([young.id]);
    const keptDays = ({ expiresAt, firstAt }: DeadLetter) => (Date.parse(expiresAt) - Date.parse(firstAt)) / 86_400_000;
    expect(keptDays(young)).toBe(30);
    const set = (keepDays: number, headers = owner) =>
      doors.api('PUT', '/dead-letters/settings', { headers, body: { keepDays } });
    expect((await set(0)).status).toBe(400);
    expect((await set(7, (await doors.person('editor')).headers)).status).toBe(403);
    expect(await set(7)).toMatchObject({ status: 200, body: { keepDays: 7 } });
    expect(keptDays(await held({ total: 'later' }))).toBe(7);
    expect((await doors.api('GET', '/dead-letters/settings', { headers: owner })).body).toEqual({ keepDays: 7 });
    await set(30);
  });
});
