/** Runs are found by what they are about: the subject of their event, the ids and numbers in its data, or their own id. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RouteResponse, runRoutes } from '@sagawright/shared/contracts';
import { deleteEndedRuns, startChild, startRunsOfStoredEvents, uuidv7 } from '@sagawright/shared/server';
import { workflow } from '@sagawright/shared/testing';
import { Doors } from '../testing/doors.js';

type Page = RouteResponse<typeof runRoutes.listRuns>;

let doors: Doors;
let owner: Record<string, string>;

beforeAll(async () => {
  doors = await Doors.open();
  owner = (await doors.person('owner')).headers;
}, 120_000);
afterAll(() => doors.close());

async function search(text: string, more: Record<string, string> = {}, headers = owner): Promise<Page> {
  const query = new URLSearchParams({ search: text, ...more });
  const { status, body } = await doors.api<Page>('GET', `/runs?${String(query)}`, { headers });
  expect(status).toBe(200);
  return body;
}
const found = async (...asked: Parameters<typeof search>) => (await search(...asked)).items.map(({ id }) => id);
const drawing = workflow().transform('a', 1).end().graph();

async function start(workflowId: string, data: unknown): Promise<string> {
  const path = `/workflows/${workflowId}/runs`;
  return (await doors.api<{ runId: string }>('POST', path, { headers: owner, body: { data } })).body.runId;
}

describe('a search for runs', () => {
  it('finds a run by the subject of the event that started it', async () => {
    const type = `order.${uuidv7()}`;
    await doors.published(owner, workflow({ kind: 'trigger.event', event: { type } }).end().graph());
    const send = async (subject: string) =>
      (
        await doors.api<{ runs: { runId: string }[] }>('POST', '/events', {
          headers: owner,
          body: { type, subject, data: { note: 'subject-3' } },
        })
      ).body.runs.map(({ runId }) => runId);
    const wanted = await send('subject-1');
    await send('subject-2');
    expect(await found('subject-1')).toEqual(wanted);
    expect(await found(' subject-1 ')).toEqual(wanted);
    // It is exactly that text, and other texts in the data are none of it.
    expect(await found('subject-')).toEqual([]);
    expect(await found('subject-3')).toEqual([]);
  });

  it.each([
    ['an id', { orderId: 'K-1' }, 'K-1'],
    ['an id in small letters', { order_id: 'K-2' }, 'K-2'],
    ['the id itself', { id: 'K-3' }, 'K-3'],
    ['a number', { invoiceNumber: 20_477 }, '20477'],
    ['a reference', { 'payment-reference': 'K-5' }, 'K-5'],
    ['the id of an object', { order: { id: 'K-6', total: 12 } }, 'K-6'],
    ['a long one', { orderKey: 'K'.repeat(300) }, 'K'.repeat(300)],
  ])('finds a run by %s in its data', async (_, data, text) => {
    const { id } = await doors.published(owner, drawing);
    const run = await start(id, { paid: 'K-0', amount: 99, ...data });
    expect(await found(text)).toEqual([run]);
    expect(await found('K-0')).toEqual([]);
    expect(await found('99')).toEqual([]);
  });

  it('finds a called run by what it was called with', async () => {
    const child = await doors.published(owner, workflow({ kind: 'trigger.called' }).end().graph());
    const parent = await start((await doors.published(owner, drawing)).id, {});
    const incarnation = uuidv7();
    await doors.database.pool.query('UPDATE run SET owner = $2 WHERE id = $1', [parent, incarnation]);
    const call = {
      workspaceId: doors.workspaceId,
      parent: { run: parent, instance: 'c', depth: 0 },
      by: { incarnation, epoch: 0 },
      key: 'a key',
      workflow: child.id,
      version: { kind: 'latest' },
      input: { orderId: 'called-1' },
      waits: false,
    } as const;
    const started = await startChild(doors.database, call, 1);
    expect(await found('called-1')).toEqual([started.ok ? started.value.runId : started.error]);
  });

  it('finds a run that was started of a stored event once more', async () => {
    const { id } = await doors.published(owner, drawing);
    const first = await start(id, { orderId: 'again-1' });
    const { rows } = await doors.database.pool.query<{ version: string; trigger: string; position: number }>(
      'SELECT version_id AS version, trigger_id AS trigger, event_position AS position FROM run WHERE id = $1',
      [first],
    );
    const [{ version, trigger, position } = { version: '', trigger: '', position: 0 }] = rows;
    const event = { source: '/shop', eventId: 'e', type: 't', subject: null, time: '', headers: {} };
    const replayId = uuidv7();
    await doors.database.pool.query(
      `INSERT INTO replay (id, workspace_id, mode, from_at, to_at, filter, targets, rate, cursor_at, total, created_by)
       VALUES ($1, $2, 'live', now(), now(), '{}', '[]', 1, now(), 1, '{}')`,
      [replayId, doors.workspaceId],
    );
    const again = {
      ...{ runId: uuidv7(), workspaceId: doors.workspaceId, triggerNode: 'trigger', shard: 0, replayId },
      ...{ workflowId: id, versionId: version, triggerId: trigger, position },
      event: { ...event, data: { orderId: 'again-1' } },
    };
    await startRunsOfStoredEvents(doors.database.pool, [again]);
    expect(await found('again-1')).toEqual([again.runId, first]);
  });

  it('finds one run by its id', async () => {
    const { id } = await doors.published(owner, drawing);
    const run = await start(id, {});
    expect(await found(run)).toEqual([run]);
    expect(await found(run.toUpperCase())).toEqual([run]);
    expect(await found(run, { status: 'failed' })).toEqual([]);
    expect(await found(run, { workflowId: uuidv7() })).toEqual([]);
    // An id that is of no run may be that of an order.
    const order = uuidv7();
    const ofOrder = await start(id, { orderId: order });
    expect(await found(order)).toEqual([ofOrder]);
  });

  it('goes with the other filters, counts what it finds, and comes in pages, newest first', async () => {
    const one = await doors.published(owner, drawing);
    const other = await doors.published(owner, drawing);
    const runs = [
      await start(one.id, { orderId: 'pages' }),
      await start(one.id, { orderId: 'pages' }),
      await start(other.id, { orderId: 'pages' }),
      await start(one.id, { orderId: 'pages' }),
    ].reverse();
    while ((await doors.worker.work()) > 0);
    const first = await search('pages', { limit: '3' });
    expect(first.items.map(({ id }) => id)).toEqual(runs.slice(0, 3));
    expect(first.counts).toMatchObject({ completed: 4, queued: 0 });
    expect(await found('pages', { limit: '3', cursor: first.nextCursor ?? '' })).toEqual(runs.slice(3));
    expect(await found('pages', { workflowId: other.id })).toEqual([runs[1]]);
    expect((await search('pages', { workflowId: other.id })).counts).toMatchObject({ completed: 1 });
    expect(await found('pages', { status: 'failed' })).toEqual([]);
  });

  it('finds nothing of another workspace', async () => {
    const { id } = await doors.published(owner, drawing);
    const run = await start(id, { orderId: 'ours' });
    const stranger = (await doors.person('owner', await doors.otherWorkspace())).headers;
    expect(await found('ours', {}, stranger)).toEqual([]);
    expect(await found(run, {}, stranger)).toEqual([]);
    expect(await found('ours')).toEqual([run]);
  });

  it('forgets a run with its retention', async () => {
    const { id } = await doors.published(owner, drawing);
    const retention = { completedDays: 1, failedDays: 1 };
    await doors.api('PUT', `/workflows/${id}/retention`, { headers: owner, body: { retention } });
    await start(id, { orderId: 'old', order: { id: 'old-2' } });
    while ((await doors.worker.work()) > 0);
    await doors.database.pool.query(`UPDATE run SET ended_at = now() - interval '2 days' WHERE workflow_id = $1`, [id]);
    const keys = async () => (await doors.database.pool.query(`SELECT FROM run_key WHERE key LIKE 'old%'`)).rowCount;
    expect(await keys()).toBe(2);
    expect(await doors.database.transaction((sql) => deleteEndedRuns(sql, id, 10))).toBe(1);
    expect(await keys()).toBe(0);
    expect(await found('old')).toEqual([]);
  });

  it.each(['', ' ', 'x'.repeat(501)])('is refused where it can find nothing: %j', async (text) => {
    const answer = await doors.api('GET', `/runs?search=${encodeURIComponent(text)}`, { headers: owner });
    expect(answer.status).toBe(400);
  });
});
