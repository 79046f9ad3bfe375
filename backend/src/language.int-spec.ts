/** The saga language through the doors: documents, triggers, events, tasks, undo, terminate, answers. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AcceptedEvent, Problem, Task, UndoPreview, Workflow } from '@sagawright/shared/contracts';
import { GRAPH_SCHEMA_VERSION } from '@sagawright/shared/graph';
import type { Graph } from '@sagawright/shared/graph';
import { uuidv7 } from '@sagawright/shared/server';
import { workflow } from '@sagawright/shared/testing';
import { Doors } from './testing/doors.js';
import type { Asked } from './testing/doors.js';

let doors: Doors;
let owner: Record<string, string>;

beforeAll(async () => {
  doors = await Doors.open();
  owner = (await doors.person('owner')).headers;
}, 120_000);

afterAll(() => doors.close());

const simple = () => workflow().transform('shape', { a: 1 }).end().graph();

/** The same drawing as an installation of the first version stored it. */
function ofVersion1({ settings: { direction, strict }, ...graph }: Graph): Record<string, unknown> {
  return { ...graph, schemaVersion: 1, settings: { direction, strict } };
}

describe('documents', () => {
  it('that an older version stored open, run and publish', async () => {
    const made = await doors.published(owner, simple());
    const { pool } = doors.database;
    const old = JSON.stringify(ofVersion1(simple()));
    await pool.query('UPDATE workflow_draft SET graph = $2 WHERE workflow_id = $1', [made.id, old]);
    await pool.query('UPDATE workflow_version SET graph = $2 WHERE workflow_id = $1', [made.id, old]);
    const opened = await doors.api<Workflow>('GET', `/workflows/${made.id}`, { headers: owner });
    expect(opened).toMatchObject({
      status: 200,
      body: { draft: { graph: simple() }, publishedGraph: { schemaVersion: GRAPH_SCHEMA_VERSION } },
    });
    const version = await doors.api('GET', `/workflows/${made.id}/versions/1`, { headers: owner });
    expect(version.body).toMatchObject({ graph: simple() });
    const started = await doors.api<{ runId: string }>('POST', `/workflows/${made.id}/runs`, {
      headers: owner,
      body: {},
    });
    const run = await doors.api('GET', `/runs/${started.body.runId}`, { headers: owner });
    expect(run.body).toMatchObject({ graph: simple() });
    const again = await doors.api('POST', `/workflows/${made.id}/publish`, { headers: owner, body: { revision: 1 } });
    expect(again).toMatchObject({ status: 200, body: { published: { number: 2 } } });
    const { rows } = await pool.query<{ version: number }>(
      `SELECT (graph ->> 'schemaVersion')::int AS version FROM workflow_version WHERE workflow_id = $1 AND number = 2`,
      [made.id],
    );
    expect(rows).toEqual([{ version: GRAPH_SCHEMA_VERSION }]);
  });

  it('of an older version are taken as drafts, and faults are named one by one', async () => {
    const { body } = await doors.api<Workflow>('POST', '/workflows', { headers: owner, body: { name: 'Old' } });
    const save = (graph: unknown) =>
      doors.api('PUT', `/workflows/${body.id}/draft`, { headers: owner, body: { baseRevision: 1, graph } });
    const faulty = { ...simple(), order: 7, edges: { a: {} } };
    const refused = await save(faulty);
    expect(refused).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
    expect(refused.body.errors?.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['body.graph.order', 'body.graph.edges.a.from']),
    );
    const newer = await save({ ...simple(), schemaVersion: 99 });
    expect(newer).toMatchObject({ status: 400, body: { detail: expect.stringContaining('update it first') } });
    expect((await save(ofVersion1(simple()))).status).toBe(200);
  });

  it('go out as a file with keys in a stable order and nothing secret, and come in again as they were', async () => {
    const made = await doors.published(owner, workflow({ kind: 'trigger.webhook' }).step('charge').end().graph());
    const secret = await doors.api<{ secret: string }>('POST', `/workflows/${made.id}/triggers/start/reveal`, {
      headers: owner,
    });
    const first = await doors.api<Graph>('GET', `/workflows/${made.id}/export`, { headers: owner });
    expect(first.status).toBe(200);
    expect(first.text).toMatch(/^\{\n {2}"edges": \{\n/);
    expect(first.text.endsWith('}\n')).toBe(true);
    expect(first.text).not.toContain(secret.body.secret);
    expect(first.text).not.toContain(made.triggers[0]?.url?.split('/').at(-1));

    const { name: _name, ...graph } = first.body as Graph & { name: string };
    const reversed = Object.fromEntries(Object.entries(graph).reverse());
    await doors.api('PUT', `/workflows/${made.id}/draft`, {
      headers: owner,
      body: { baseRevision: 1, graph: reversed },
    });
    const second = await doors.api('GET', `/workflows/${made.id}/export`, { headers: owner });
    expect(second.text).toBe(first.text);
    expect((await doors.api('GET', `/workflows/${made.id}/export?version=1`, { headers: owner })).text).toBe(
      first.text,
    );

    const imported = await doors.api<Workflow>('POST', '/workflows/import', { headers: owner, raw: first.text });
    expect(imported).toMatchObject({ status: 201, body: { name: 'Orders', draft: { graph: made.draft.graph } } });
    const named = await doors.api('POST', '/workflows/import?name=Mine', { headers: owner, raw: first.text });
    expect(named.body).toMatchObject({ name: 'Mine' });
  });

  it.each([
    ['no document', { hello: 1 }, 422, 'workflow.not-a-document'],
    ['a document of a later version', { ...simple(), schemaVersion: 99 }, 422, 'workflow.too-new'],
    ['a document with a made-up kind', { ...simple(), nodes: { a: { kind: 'magic' } } }, 422, 'workflow.invalid'],
    ['a list', [], 400, 'request.invalid'],
  ])('%s is not taken in', async (_name, body, status, code) => {
    const { rows } = await doors.database.pool.query('SELECT 1 FROM workflow');
    expect(await doors.api('POST', '/workflows/import', { headers: owner, body })).toMatchObject({
      status,
      body: { code },
    });
    expect((await doors.database.pool.query('SELECT 1 FROM workflow')).rows.length).toBe(rows.length);
  });

  it('of an older version come in as today’s', async () => {
    const imported = await doors.api<Workflow>('POST', '/workflows/import', {
      headers: owner,
      body: ofVersion1(simple()),
    });
    expect(imported).toMatchObject({ status: 201, body: { name: 'Imported workflow', draft: { graph: simple() } } });
  });

  it('of a thousand steps are saved', async () => {
    const large = workflow();
    for (let index = 0; index < 1000; index += 1) large.step(`step${index}`, { effect: 'read', undo: null });
    const { body } = await doors.api<Workflow>('POST', '/workflows', { headers: owner, body: { name: 'Large' } });
    const saved = await doors.api('PUT', `/workflows/${body.id}/draft`, {
      headers: owner,
      body: { baseRevision: 1, graph: large.end().graph() },
    });
    expect(saved.status).toBe(200);
  }, 60_000);

  it('are not shown to another workspace', async () => {
    const made = await doors.published(owner, simple());
    const stranger = (await doors.person('owner', await doors.otherWorkspace())).headers;
    expect(await doors.api('GET', `/workflows/${made.id}/export`, { headers: stranger })).toMatchObject({
      status: 404,
      body: { code: 'workflow.not-found' },
    });
    expect(await doors.api('GET', `/workflows/${made.id}/export?version=9`, { headers: owner })).toMatchObject({
      status: 404,
      body: { code: 'version.not-found' },
    });
  });
});

describe('triggers', () => {
  const all = () =>
    workflow()
      .trigger('other')
      .trigger('hook', { kind: 'trigger.webhook' })
      .trigger('event', { kind: 'trigger.event', event: { type: 'made.up' } })
      .trigger('clock', { kind: 'trigger.schedule', schedule: { kind: 'interval', everyMs: 60_000 } })
      .trigger('called', { kind: 'trigger.called' })
      .trigger('failure', { kind: 'trigger.failure' })
      .transform('shape', { a: 1 })
      .end()
      .graph();

  it('of every kind go live with their version, and off the air with their node', async () => {
    const made = await doors.published(owner, all());
    expect(made.triggers.map(({ nodeId, kind, live }) => [nodeId, kind, live])).toEqual([
      ['start', 'trigger.manual', true],
      ['other', 'trigger.manual', true],
      ['hook', 'trigger.webhook', true],
      ['event', 'trigger.event', true],
      ['clock', 'trigger.schedule', true],
      ['called', 'trigger.called', true],
      ['failure', 'trigger.failure', true],
    ]);
    expect(made.triggers.filter(({ url }) => url !== null).map(({ nodeId }) => nodeId)).toEqual(['hook']);
    await doors.api('PUT', `/workflows/${made.id}/draft`, {
      headers: owner,
      body: { baseRevision: 1, graph: simple() },
    });
    const published = await doors.api<Workflow>('POST', `/workflows/${made.id}/publish`, {
      headers: owner,
      body: { revision: 2 },
    });
    expect(published.body.triggers.map(({ nodeId }) => nodeId)).toEqual(['start']);
  });

  it('start a run by hand when they are named, and have to be named when there are several', async () => {
    const made = await doors.published(owner, all());
    const start = (trigger?: string) =>
      doors.api<{ runId: string } & Problem>('POST', `/workflows/${made.id}/runs`, {
        headers: owner,
        body: { trigger },
      });
    for (const trigger of ['start', 'other']) {
      const { body } = await start(trigger);
      const journal = await doors.api('GET', `/runs/${body.runId}/journal`, { headers: owner });
      expect(journal.body).toMatchObject({ items: [{ type: 'run.started', trigger }] });
    }
    expect(await start()).toMatchObject({
      status: 404,
      body: { code: 'trigger.not-found', detail: expect.stringContaining('start, other') },
    });
    expect(await start('nobody')).toMatchObject({ status: 404, body: { code: 'trigger.not-found' } });
  });
});

describe('a publish', () => {
  const refusals = async (graph: Graph, id?: string) => {
    const made =
      id ??
      (await doors.api<Workflow>('POST', '/workflows', { headers: owner, body: { name: 'Draft', graph } })).body.id;
    const answer = await doors.api('POST', `/workflows/${made}/publish`, { headers: owner, body: { revision: 1 } });
    const { diagnostics = [] } = (answer.body.context ?? {}) as { diagnostics?: { id: string; level: string }[] };
    return diagnostics.filter(({ level }) => level === 'error').map((diagnostic) => diagnostic.id);
  };
  const calling = (id: string) => workflow().call('child', { workflow: id }).end().graph();

  it('wants connectors and operations that there are, and takes their effect class (S1)', async () => {
    const other = workflow().step('charge').end().graph();
    const [node] = Object.values(other.nodes).filter(({ kind }) => kind === 'action');
    const nowhere = { ...other, nodes: { ...other.nodes, charge: { ...node, connector: 'nowhere' } } } as Graph;
    expect(await refusals(nowhere)).toEqual(['connector.unknown']);
    const { effect: _effect, ...plain } = node as { effect?: unknown };
    const made = await doors.published(owner, {
      ...other,
      nodes: { ...other.nodes, charge: plain },
    } as unknown as Graph);
    const { rows } = await doors.database.pool.query<{ effect: string }>(
      `SELECT definition #>> '{steps,charge,effect}' AS effect FROM workflow_version WHERE workflow_id = $1`,
      [made.id],
    );
    expect(rows).toEqual([{ effect: 'keyed' }]);
  });

  it('wants a form of a task to be a JSON Schema', async () => {
    const asking = (type: string) =>
      workflow()
        .task('ask', { yes: (path) => path.transform('a', 1) }, { task: { title: 'Ask', form: { type } } })
        .end()
        .graph();
    expect(await refusals(asking('oject'))).toEqual(['task.form-invalid']);
    expect(await refusals(asking('object'))).toEqual([]);
  });

  it('keeps the fields of a form in the order in which they were written', async () => {
    const properties = { weight: { type: 'number' }, grade: { type: 'string' }, ok: { type: 'boolean' } };
    const graph = workflow()
      .task('ask', { yes: (path) => path.transform('a', 1) }, { task: { form: { type: 'object', properties } } })
      .end()
      .graph();
    const { id } = await doors.published(owner, graph);
    const { rows } = await doors.database.pool.query<{ drawn: object; run: object }>(
      `SELECT graph #> '{nodes,ask,task,form,properties}' AS drawn, definition #> '{steps,ask,task,form,properties}' AS run
       FROM workflow_version WHERE workflow_id = $1`,
      [id],
    );
    expect(rows.map(({ drawn, run }) => [Object.keys(drawn), Object.keys(run)])).toEqual([
      [Object.keys(properties), Object.keys(properties)],
    ]);
  });

  it('wants callees that are of this workspace and can be called, itself included (S18)', async () => {
    const plain = await doors.published(owner, simple());
    const callee = await doors.published(
      owner,
      workflow({ kind: 'trigger.called' }).transform('shape', 1).end().graph(),
    );
    const stranger = (await doors.person('owner', await doors.otherWorkspace())).headers;
    const theirs = await doors.published(
      stranger,
      workflow({ kind: 'trigger.called' }).transform('shape', 1).end().graph(),
    );
    expect(await refusals(calling(theirs.id))).toEqual(['workflow.unknown']);
    expect(await refusals(calling(plain.id))).toEqual(['workflow.not-callable']);
    expect(await refusals(calling(callee.id))).toEqual([]);
    const list = await doors.api<{ items: { id: string; callable: boolean }[] }>('GET', '/workflows?limit=200', {
      headers: owner,
    });
    const callable = new Map(list.body.items.map((each) => [each.id, each.callable]));
    expect([callable.get(plain.id), callable.get(callee.id)]).toEqual([false, true]);

    const { body: own } = await doors.api<Workflow>('POST', '/workflows', { headers: owner, body: { name: 'Own' } });
    const graph = workflow({ kind: 'trigger.called' })
      .call('again', { workflow: own.id, skipWhen: '{{ trigger.data.last }}' })
      .end()
      .graph();
    await doors.api('PUT', `/workflows/${own.id}/draft`, { headers: owner, body: { baseRevision: 1, graph } });
    const published = await doors.api('POST', `/workflows/${own.id}/publish`, {
      headers: owner,
      body: { revision: 2 },
    });
    expect(published.status).toBe(200);
  });
});

describe('events', () => {
  const send = (body: unknown, headers: Record<string, string> = {}) =>
    doors.api<AcceptedEvent & Problem>('POST', '/events', { headers: { ...owner, ...headers }, body });
  const type = () => `order.${uuidv7()}`;
  const onEvent = (name: string, filter = {}) =>
    workflow({ kind: 'trigger.event', event: { type: name, ...filter } })
      .transform('shape', '{{ trigger.data }}')
      .end()
      .graph();

  it('start the workflows whose trigger they match, once, and say so to whoever sends them again (S31)', async () => {
    const name = type();
    await doors.published(owner, onEvent(name));
    await doors.published(owner, onEvent(name, { filter: { data: { total: [{ numeric: ['>', 100] }] } } }));
    await doors.published(
      owner,
      onEvent('*', { filter: { type: [name], data: { total: [{ numeric: ['<', 100] }] } } }),
    );
    doors.rung.length = 0;
    const event = { id: 'e-1', source: '/shop', type: name, data: { total: 200 } };
    const first = await send(event);
    expect(first).toMatchObject({
      status: 202,
      body: { id: 'e-1', source: '/shop', duplicate: false, sameContent: true, runs: [{}, {}], woken: 0 },
    });
    expect(doors.rung).toEqual([0]);
    const second = await send(event);
    expect(second).toMatchObject({ status: 202, body: { duplicate: true, sameContent: true, runs: first.body.runs } });
    const other = await send({ ...event, data: { total: 300 } });
    expect(other).toMatchObject({ status: 202, body: { duplicate: true, sameContent: false } });
    const elsewhere = await send({ ...event, source: '/other-shop' });
    expect(elsewhere.body).toMatchObject({ duplicate: false, runs: [{}, {}] });
    const run = await doors.api('GET', `/runs/${first.body.runs[0]?.runId}`, { headers: owner });
    expect(run.body).toMatchObject({ event: { id: 'e-1', source: '/shop', type: name, data: { total: 200 } } });
  });

  it('that are sent a hundred times at once start one run', async () => {
    const name = type();
    await doors.published(owner, onEvent(name));
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => send({ id: 'e', source: '/shop', type: name })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ body }) => body.runs[0]?.runId)).size).toBe(1);
    expect(answers.filter(({ body }) => !body.duplicate)).toHaveLength(1);
  });

  it('may be CloudEvents: extension attributes become headers, bytes that are JSON are read', async () => {
    const name = type();
    await doors.published(owner, onEvent(name));
    const cloud = {
      specversion: '1.0',
      id: 'c-1',
      source: 'https://shop.example/orders',
      type: name,
      subject: 'order-7',
      time: '2026-02-03T04:05:06+02:00',
      datacontenttype: 'application/json',
      data_base64: Buffer.from('{"total":7}').toString('base64'),
      traceparent: '00-abc',
    };
    const accepted = await send(cloud, { 'content-type': 'application/cloudevents+json' });
    expect(accepted.status).toBe(202);
    const run = await doors.api('GET', `/runs/${accepted.body.runs[0]?.runId}`, { headers: owner });
    expect(run.body).toMatchObject({
      event: {
        id: 'c-1',
        source: 'https://shop.example/orders',
        subject: 'order-7',
        time: '2026-02-03T02:05:06.000Z',
        data: { total: 7 },
        headers: { 'ce-traceparent': '00-abc', 'ce-datacontenttype': 'application/json' },
      },
    });
  });

  it('wake the run that waits for them, and no other (S31)', async () => {
    const name = type();
    const graph = workflow()
      .wait('paid', { type: name, correlation: { path: 'data.orderId', value: '{{ trigger.data.orderId }}' } })
      .transform('shape', '{{ steps.paid.output.data.amount }}')
      .end('end', '{{ steps.shape.output }}')
      .graph();
    const run = await doors.run(owner, graph, { orderId: 'A-1' });
    expect(await doors.statusOf(owner, run)).toBe('waiting');
    expect((await send({ type: name, data: { orderId: 'B-2', amount: 1 } })).body.woken).toBe(0);
    await doors.worker.work();
    expect(await doors.statusOf(owner, run)).toBe('waiting');
    expect((await send({ type: name, data: { orderId: 'A-1', amount: 42 } })).body.woken).toBe(1);
    await doors.worker.work();
    const journal = await doors.api<{ items: object[] }>('GET', `/runs/${run}/journal`, { headers: owner });
    expect(journal.body.items.at(-1)).toMatchObject({ type: 'run.ended', outcome: 'completed', output: 42 });
  });

  it('that come by a webhook are events like others', async () => {
    const name = type();
    await doors.published(owner, onEvent(name));
    const hooked = await doors.published(owner, workflow({ kind: 'trigger.webhook', scheme: 'none' }).end().graph());
    const { rows: before } = await doors.database.pool.query('SELECT 1 FROM run');
    const url = new URL(hooked.triggers[0]?.url ?? '').pathname;
    const answer = await doors.ask<{ runId: string; url: string }>('POST', url, { body: { type: name } });
    expect(answer).toMatchObject({
      status: 202,
      body: { url: `http://127.0.0.1:3000/runs/${answer.body.runId}` },
      headers: { location: `http://127.0.0.1:3000/runs/${answer.body.runId}` },
    });
    expect((await doors.database.pool.query('SELECT 1 FROM run')).rows.length).toBe(before.length + 2);
  });

  it('of another workspace start and wake nothing', async () => {
    const name = type();
    await doors.published(owner, onEvent(name));
    const waiting = await doors.run(owner, workflow().wait('paid', name).end().graph());
    const stranger = (await doors.person('owner', await doors.otherWorkspace())).headers;
    const sent = await doors.api<AcceptedEvent>('POST', '/events', { headers: stranger, body: { type: name } });
    expect(sent).toMatchObject({ status: 202, body: { runs: [], woken: 0 } });
    await doors.worker.work();
    expect(await doors.statusOf(owner, waiting)).toBe('waiting');
  });

  const cloud = { specversion: '1.0', id: '1', source: '/s', type: 't' };
  it.each([
    ['no type', { data: {} }, 'body.type'],
    ['a type that is a number', { type: 7 }, 'body.type'],
    ['an empty type', { type: '' }, 'body.type'],
    ['a type of 300 characters', { type: 'x'.repeat(300) }, 'body.type'],
    ['a list of events', [cloud], 'body'],
    ['a text', 'event', 'body'],
    ['an unknown part', { type: 't', payload: {} }, 'body.payload'],
    ['bytes in a plain event', { type: 't', data_base64: 'AA==' }, 'body.data_base64'],
    ['a time that is none', { type: 't', time: 'yesterday' }, 'body.time'],
    ['the 30th of February', { type: 't', time: '2026-02-30T00:00:00Z' }, 'body.time'],
    ['the year 0', { type: 't', time: '0000-01-01T00:00:00Z' }, 'body.time'],
    ['a source of ours', { type: 't', source: '/hooks/1' }, 'body.source'],
    ['CloudEvents 0.3', { ...cloud, specversion: '0.3' }, 'body.specversion'],
    ['a CloudEvent without an id', { ...cloud, id: undefined }, 'body.id'],
    ['a CloudEvent without a source', { ...cloud, source: undefined }, 'body.source'],
    ['a CloudEvent with data twice', { ...cloud, data: {}, data_base64: 'AA==' }, 'body.data_base64'],
    ['an attribute in upper case', { ...cloud, traceParent: 'x' }, 'body.traceParent'],
    ['an attribute of 21 letters', { ...cloud, ['a'.repeat(21)]: 'x' }, `body.${'a'.repeat(21)}`],
    ['an attribute that is an object', { ...cloud, extra: {} }, 'body.extra'],
    ['no base64', { ...cloud, data_base64: '%%%' }, 'body.data_base64'],
  ])('with %s are refused, with the path, and leave nothing behind', async (_name, body, path) => {
    const { rows } = await doors.database.pool.query('SELECT 1 FROM event');
    const answer = await send(body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
    expect(answer.body.errors?.map((error) => error.path)).toContain(path);
    expect((await doors.database.pool.query('SELECT 1 FROM event')).rows.length).toBe(rows.length);
  });

  it.each<[string, Asked, number, string]>([
    ['in binary mode without all it needs', { body: {}, headers: { 'ce-type': 't' } }, 400, 'request.invalid'],
    ['as text', { raw: 'type=t', headers: { 'content-type': 'text/plain' } }, 415, 'body.unsupported-type'],
    ['in broken JSON', { raw: '{"type":' }, 400, 'body.malformed'],
    ['with a poisoned key', { raw: '{"type":"t","data":{"__proto__":{}}}' }, 400, 'body.malformed'],
    ['with a NUL', { raw: '{"type":"t","data":"\\u0000"}' }, 400, 'body.malformed'],
    [
      'with bytes that are no JSON',
      { body: { ...cloud, datacontenttype: 'application/json', data_base64: 'AA==' } },
      400,
      'body.malformed',
    ],
    ['of 17 MiB', { body: { type: 't', data: 'x'.repeat(17 * 1024 * 1024) } }, 413, 'body.too-large'],
  ])('%s are refused', async (_name, asked, status, code) => {
    const answer = await doors.api('POST', '/events', { ...asked, headers: { ...owner, ...asked.headers } });
    expect(answer).toMatchObject({ status, body: { code } });
  });
});

describe('tasks', () => {
  const form = { type: 'object', properties: { amount: { type: 'number', maximum: 100 } }, required: ['amount'] };
  const asking = (assignees: string[] = [], withForm = true) =>
    workflow()
      .task(
        'approve',
        { yes: (path) => path.transform('good', 1), no: (path) => path.transform('bad', 1) },
        {
          commentRequired: ['no'],
          task: { title: 'Approve {{ trigger.data.order }}', assignees, ...(withForm ? { form } : {}) },
        },
      )
      .end('end', '{{ steps.approve.output.outcome }}')
      .graph();
  const listed = async (headers: Record<string, string>, query: string) =>
    (await doors.api<{ items: Task[] }>('GET', `/tasks?${query}`, { headers })).body.items;
  const taskOf = async (run: string) => {
    const [task] = await listed(owner, `runId=${run}`);
    if (!task) throw new Error('The run has no task.');
    return task;
  };
  const complete = (id: string, body: unknown, headers = owner) =>
    doors.api<Task & Problem>('POST', `/tasks/${id}/complete`, { headers, body });

  it('stand in the inbox of whom they are given to, and are answered once', async () => {
    const runner = await doors.person('runner');
    const run = await doors.run(owner, asking([runner.email.toUpperCase()]), { order: 'A-1' });
    const task = await taskOf(run);
    expect(task).toMatchObject({ title: 'Approve A-1', status: 'open', form, mayComplete: true, completed: null });
    const mine = await listed(runner.headers, `mine=true&status=open&workflowId=${task.workflowId}`);
    expect(mine).toMatchObject([{ id: task.id, mayComplete: true }]);
    const other = await doors.person('runner');
    expect(await listed(other.headers, `mine=true&workflowId=${task.workflowId}`)).toEqual([]);

    const done = await complete(task.id, { outcome: 'yes', data: { amount: 5 } }, runner.headers);
    expect(done).toMatchObject({
      status: 200,
      body: {
        status: 'completed',
        mayComplete: false,
        completed: { outcome: 'yes', data: { amount: 5 }, by: { name: 'A runner' } },
      },
    });
    const again = await complete(task.id, { outcome: 'no', comment: 'x', data: { amount: 5 } }, runner.headers);
    expect(again).toMatchObject({
      status: 409,
      body: { code: 'task.completed', context: { outcome: 'yes', by: 'A runner' } },
    });
    await doors.worker.work();
    const journal = await doors.api<{ items: object[] }>('GET', `/runs/${run}/journal`, { headers: owner });
    expect(journal.body.items.at(-1)).toMatchObject({ type: 'run.ended', outcome: 'completed', output: 'yes' });
    expect(await listed(owner, `runId=${run}&status=open`)).toEqual([]);
    expect(await listed(owner, `runId=${run}&status=completed`)).toHaveLength(1);
  });

  it.each([
    ['an unknown outcome', { outcome: 'perhaps', data: { amount: 5 } }, 422, 'task.outcome-unknown'],
    [
      'no comment where one is needed',
      { outcome: 'no', comment: '  ', data: { amount: 5 } },
      422,
      'task.comment-required',
    ],
    ['a form that is not filled in', { outcome: 'yes' }, 422, 'task.form'],
    ['a form with a wrong type', { outcome: 'yes', data: { amount: '5' } }, 422, 'task.form'],
    ['a form that is a list', { outcome: 'yes', data: [] }, 422, 'task.form'],
    ['no outcome', {}, 400, 'request.invalid'],
    ['an outcome that is an object', { outcome: {} }, 400, 'request.invalid'],
    ['a comment without end', { outcome: 'yes', comment: 'x'.repeat(5000) }, 400, 'request.invalid'],
  ])('answered with %s stay open', async (_name, body, status, code) => {
    const run = await doors.run(owner, asking());
    const { id } = await taskOf(run);
    expect(await complete(id, body)).toMatchObject({ status, body: { code } });
    expect((await taskOf(run)).status).toBe('open');
  });

  it('take the first of two answers that come at once', async () => {
    const run = await doors.run(owner, asking([], false));
    const { id } = await taskOf(run);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        complete(id, index % 2 ? { outcome: 'yes' } : { outcome: 'no', comment: 'c' }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(9).fill(409)]);
    const { rows } = await doors.database.pool.query('SELECT 1 FROM run_signal WHERE run_id = $1', [run]);
    expect(rows).toHaveLength(1);
  });

  it('are closed to those whom nobody asks, until they are given to them', async () => {
    const runner = await doors.person('runner');
    const run = await doors.run(owner, asking(['somebody@example.com'], false));
    const { id } = await taskOf(run);
    expect(await complete(id, { outcome: 'yes' }, runner.headers)).toMatchObject({
      status: 403,
      body: { code: 'task.not-yours' },
    });
    const give = (headers: Record<string, string>, assignees: unknown) =>
      doors.api('POST', `/tasks/${id}/reassign`, { headers, body: { assignees } });
    expect(await give(runner.headers, [runner.email])).toMatchObject({ status: 403, body: { code: 'task.not-yours' } });
    expect(await give(owner, [])).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
    expect(await give(owner, ['runner'])).toMatchObject({ status: 200, body: { assignees: ['runner'] } });
    expect(await listed(runner.headers, `mine=true&runId=${run}`)).toHaveLength(1);
    expect((await complete(id, { outcome: 'yes' }, runner.headers)).status).toBe(200);
    expect(await give(owner, ['runner'])).toMatchObject({ status: 409, body: { code: 'task.completed' } });
    const { rows } = await doors.database.pool.query(
      'SELECT action FROM audit_log WHERE subject = $1 ORDER BY position',
      [`task:${id}`],
    );
    expect(rows.map((row: { action: string }) => row.action)).toEqual(['task.reassign', 'task.complete']);
  });

  it('that the run does not wait for any more are withdrawn', async () => {
    const run = await doors.run(owner, asking());
    const { id } = await taskOf(run);
    await doors.api('POST', `/runs/${run}/cancel`, { headers: owner, body: {} });
    await doors.worker.work();
    expect((await taskOf(run)).status).toBe('withdrawn');
    expect(await complete(id, { outcome: 'yes', data: { amount: 1 } })).toMatchObject({
      status: 409,
      body: { code: 'task.withdrawn' },
    });
  });

  it('of other workspaces and made-up ones are not found', async () => {
    const run = await doors.run(owner, asking());
    const { id } = await taskOf(run);
    const stranger = (await doors.person('owner', await doors.otherWorkspace())).headers;
    const ways: [string, string, unknown][] = [
      ['GET', '', undefined],
      ['POST', '/complete', { outcome: 'yes' }],
      ['POST', '/reassign', { assignees: ['me'] }],
    ];
    for (const [method, way, body] of ways) {
      const theirs = await doors.api(method, `/tasks/${id}${way}`, { headers: stranger, body });
      expect(theirs).toMatchObject({ status: 404, body: { code: 'task.not-found' } });
      const nobodys = await doors.api(method, `/tasks/${uuidv7()}${way}`, { headers: owner, body });
      expect(nobodys).toMatchObject({ status: 404, body: { code: 'task.not-found' } });
    }
    expect(await listed(stranger, '')).toEqual([]);
    expect((await doors.api('GET', '/tasks/x', { headers: owner })).status).toBe(400);
    expect((await doors.api('GET', '/tasks?status=lost', { headers: owner })).status).toBe(400);
  });

  it('are paged without losing or repeating one', async () => {
    const made = await doors.published(owner, asking());
    for (let index = 0; index < 5; index += 1)
      await doors.api('POST', `/workflows/${made.id}/runs`, { headers: owner, body: {} });
    await doors.worker.work();
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await doors.api<{ items: Task[]; nextCursor: string | null }>(
        'GET',
        `/tasks?workflowId=${made.id}&limit=2${cursor}`,
        { headers: owner },
      );
      seen.push(...page.body.items.map(({ id }) => id));
      cursor = page.body.nextCursor === null ? '' : `&cursor=${page.body.nextCursor}`;
    } while (cursor !== '');
    expect(new Set(seen).size).toBe(5);
    expect(seen).toHaveLength(5);
  });
});

describe('runs', () => {
  const shop = () =>
    workflow().step('reserve').step('mail', { effect: 'irreversible', undo: 'irreversible' }).step('charge');
  const post = <T = Problem>(path: string, body: unknown = {}, headers = owner) =>
    doors.api<T & Problem>('POST', path, { headers, body });

  it('that are completed say what an undo would do, and are undone by it (S26)', async () => {
    const run = await doors.run(owner, shop().end().graph());
    const preview = await doors.api<UndoPreview>('GET', `/runs/${run}/undo`, { headers: owner });
    expect(preview.body).toEqual({
      refusal: null,
      undone: [
        { instance: 'charge', step: 'charge', undo: 'undo charge', order: 1 },
        { instance: 'reserve', step: 'reserve', undo: 'undo reserve', order: 2 },
      ],
      stays: [{ instance: 'mail', step: 'mail', reason: 'irreversible' }],
    });
    const asked = await post(`/runs/${run}/undo`, { reason: 'Wrong order' });
    expect(asked).toMatchObject({
      status: 202,
      body: { accepted: true, stays: [{ step: 'mail', reason: 'irreversible' }] },
    });
    await doors.worker.work();
    expect(await doors.statusOf(owner, run)).toBe('compensated');
    expect(await post(`/runs/${run}/undo`)).toMatchObject({ status: 409, body: { code: 'run.not-completed' } });
    const after = await doors.api<UndoPreview>('GET', `/runs/${run}/undo`, { headers: owner });
    expect(after.body).toMatchObject({ refusal: { code: 'run.not-completed' }, undone: [] });
  });

  it('that have nothing to undo, are under way or past a pivot are not undone, with the reason', async () => {
    const nothing = await doors.run(owner, simple());
    expect(await post(`/runs/${nothing}/undo`)).toMatchObject({ status: 409, body: { code: 'run.nothing-to-undo' } });
    const live = await doors.run(owner, shop().wait('paid', 'never').end().graph());
    expect(await post(`/runs/${live}/undo`)).toMatchObject({ status: 409, body: { code: 'run.not-ended' } });
    const pivoted = await doors.run(owner, workflow().step('reserve').step('ship', { undo: 'pivot' }).end().graph());
    expect(await post(`/runs/${pivoted}/undo`)).toMatchObject({ status: 409, body: { code: 'run.past-pivot' } });
  });

  it('past a pivot are not cancelled, with the reason (S25)', async () => {
    const run = await doors.run(owner, workflow().step('ship', { undo: 'pivot' }).wait('paid', 'never').end().graph());
    expect(await post(`/runs/${run}/cancel`)).toMatchObject({
      status: 409,
      body: { code: 'run.past-pivot', detail: expect.stringContaining('ship') },
    });
  });

  it('are terminated by an administrator alone, who is told what stays (S25)', async () => {
    const run = await doors.run(owner, shop().wait('paid', 'never').end().graph());
    const editor = (await doors.person('editor')).headers;
    expect(await post(`/runs/${run}/terminate`, { reason: 'x' }, editor)).toMatchObject({
      status: 403,
      body: { code: 'auth.forbidden' },
    });
    expect(await post(`/runs/${run}/terminate`, { reason: ' ' })).toMatchObject({ status: 400 });
    const terminated = await post<{ stays: { step: string }[] }>(`/runs/${run}/terminate`, { reason: 'Fire' });
    expect(terminated.status).toBe(202);
    expect(terminated.body.stays.map(({ step }) => step).sort()).toEqual(['charge', 'mail', 'reserve']);
    await doors.worker.work();
    expect(await doors.statusOf(owner, run)).toBe('terminated');
    expect(await post(`/runs/${run}/terminate`, { reason: 'Fire' })).toMatchObject({
      status: 409,
      body: { code: 'run.ended' },
    });
  });

  it('that are stuck go on by what a person decides, if they may decide so (S21)', async () => {
    const graph = workflow()
      .transform('shape', { total: '{{ $number("no number") }}' }, { onFailure: 'park' })
      .end('end', '{{ steps.shape.output.total }}')
      .graph();
    const run = await doors.run(owner, graph);
    expect(await doors.statusOf(owner, run)).toBe('blocked');
    const journal = await doors.api<{ items: { incident?: string }[] }>('GET', `/runs/${run}/journal`, {
      headers: owner,
    });
    const incident = journal.body.items.find((entry) => entry.incident !== undefined)?.incident ?? '';
    const resolve = (resolution: object, headers = owner) =>
      post(`/runs/${run}/incidents/${encodeURIComponent(incident)}/resolve`, { resolution, reason: 'Test' }, headers);
    const runner = (await doors.person('runner')).headers;
    const use = { kind: 'use-action', connector: 'test', operation: 'do', effect: 'keyed', input: {} };
    expect(await resolve(use, runner)).toMatchObject({ status: 403, body: { context: { scope: 'workflows:write' } } });
    expect(await resolve({ kind: 'abandon' }, runner)).toMatchObject({
      status: 403,
      body: { context: { scope: 'admin' } },
    });
    expect(await resolve(use)).toMatchObject({ status: 422, body: { code: 'incident.no-action' } });
    expect(await resolve({ kind: 'resume-forward' })).toMatchObject({
      status: 422,
      body: { code: 'incident.not-undoing' },
    });
    expect(await resolve({ kind: 'retry-with-input', input: {} })).toMatchObject({
      status: 422,
      body: { code: 'incident.no-input' },
    });
    expect(await resolve({ kind: 'done', note: 'x', port: 'nowhere' })).toMatchObject({
      status: 422,
      body: { code: 'incident.port-unknown' },
    });
    expect(await resolve({ kind: 'wish' })).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
    const done = { kind: 'done', note: 'Counted by hand', evidence: 'ticket 7', output: { total: 7 } };
    expect(await resolve(done, runner)).toMatchObject({ status: 202 });
    await doors.worker.work();
    const ended = await doors.api<{ items: object[] }>('GET', `/runs/${run}/journal`, { headers: owner });
    expect(ended.body.items.at(-1)).toMatchObject({ type: 'run.ended', outcome: 'completed', output: 7 });
    expect(await resolve(done)).toMatchObject({ status: 409, body: { code: 'incident.resolved' } });
  });
});

describe('an answer that is waited for', () => {
  const responding = (answer: object) =>
    workflow({ kind: 'trigger.webhook', scheme: 'none' }).respond('tell', answer).wait('more', 'never').end().graph();
  const started = async (graph: Graph) => {
    const made = await doors.published(owner, graph);
    const hook = new URL(made.triggers[0]?.url ?? 'http://x/none').pathname;
    return {
      byHand: (prefer?: string) =>
        doors.api<Record<string, unknown>>('POST', `/workflows/${made.id}/runs`, {
          headers: { ...owner, ...(prefer === undefined ? {} : { prefer }) },
          body: { data: { order: 'A-1' } },
        }),
      byHook: (prefer: string) =>
        doors.ask<Record<string, unknown>>('POST', hook, { headers: { prefer }, body: { order: 'A-1' } }),
    };
  };
  /** Asks, and works until there is an answer. */
  const working = async <T>(asked: Promise<T>): Promise<T> => {
    let over = false;
    void asked.finally(() => (over = true));
    while (!over) {
      await doors.worker.work();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return asked;
  };

  it('is what the run responds, while the run goes on', async () => {
    const { byHand, byHook } = await started(
      responding({
        status: 201,
        headers: { 'X-Order': '{{ trigger.data.order }}', Location: '/orders/1' },
        body: { order: '{{ trigger.data.order }}' },
      }),
    );
    for (const answer of [await working(byHand('wait=20')), await working(byHook('respond-async, wait=20'))]) {
      expect(answer).toMatchObject({
        status: 201,
        body: { order: 'A-1' },
        headers: { 'x-order': 'A-1', location: '/orders/1', 'preference-applied': 'wait=20' },
      });
    }
  });

  it('cannot set what protects the product, and nothing in it acts in a browser', async () => {
    const { byHook } = await started(
      responding({
        headers: {
          'Content-Type': 'text/html',
          'Set-Cookie': 'sagawright_session=evil',
          'Content-Security-Policy': "script-src 'unsafe-inline'",
          'X-Frame-Options': 'ALLOWALL',
          'Access-Control-Allow-Origin': '*',
          'X-Split': 'a\r\nSet-Cookie: b=c',
          'Transfer-Encoding': 'chunked',
        },
        body: '<script>alert(1)</script>',
      }),
    );
    const { status, text, headers } = await working(byHook('wait=20'));
    expect({ status, text }).toEqual({ status: 200, text: '<script>alert(1)</script>' });
    expect(headers['content-type']).toContain('text/html');
    expect(headers['content-security-policy']).toBe("default-src 'none'; sandbox");
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-frame-options']).toBe('DENY');
    for (const name of ['set-cookie', 'access-control-allow-origin', 'x-split']) expect(headers[name]).toBeUndefined();
  });

  it('is empty where the status has no body', async () => {
    const { byHook } = await started(responding({ status: 204, body: 'nothing' }));
    expect(await working(byHook('wait=20'))).toMatchObject({ status: 204, text: '' });
  });

  it('is the end of the run when nothing responds', async () => {
    const { byHand } = await started(workflow().transform('shape', 7).end('end', '{{ steps.shape.output }}').graph());
    expect(await working(byHand('wait=20'))).toMatchObject({
      status: 200,
      body: { duplicate: false, end: { outcome: 'completed', output: 7, failure: null } },
    });
    const failing = await started(workflow().transform('shape', '{{ $number("none") }}').end().graph());
    expect(await working(failing.byHand('wait=20'))).toMatchObject({
      status: 200,
      body: { end: { outcome: 'failed', output: null, failure: { code: expect.stringMatching(/^expression\./) } } },
    });
  });

  it('that does not come in time, or that nobody waits for, is 202 with the address of the run', async () => {
    const { byHand } = await started(simple());
    for (const prefer of [undefined, 'wait=0', 'wait=nonsense', 'wait=1']) {
      const { status, body, headers } = await byHand(prefer);
      const url = `http://127.0.0.1:3000/runs/${String(body.runId)}`;
      expect({ status, url: body.url, location: headers.location, end: body.end }).toEqual({
        status: 202,
        url,
        location: url,
      });
    }
  });
});
