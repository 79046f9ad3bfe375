import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { completeTask, listTasks, lookForEarlyEvents, sendSignal } from '@sagawright/shared/server';
import type { TaskRow } from '@sagawright/shared/server';
import { until, workflow } from '@sagawright/shared/testing';
import { Engine } from './testing/engine.js';

const by = { kind: 'user', id: 'u1', name: 'Uma' } as const;

jest.setTimeout(60_000);

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.open();
}, 60_000);
afterAll(() => engine.close());
beforeEach(() => engine.clear());
afterEach(() => engine.dismiss());

const paid = { type: 'paid', correlation: { path: 'data.order', value: '{{ trigger.data.order }}' } };
const awaitsPayment = () =>
  workflow().wait('payment', paid).end('end', { got: '{{ steps.payment.output.data.amount }}' });

describe('a wait for an event', () => {
  it('goes on with the event that comes later, with its data, and leaves no row behind (S31)', async () => {
    const id = await engine.run(awaitsPayment(), { order: 'A' });
    await engine.hire();
    await engine.comesTo(id, 'waiting');
    expect(await engine.count('wait')).toBe(1);
    const { woken } = await engine.event('paid', { order: 'A', amount: 5 });
    expect(woken.map(({ runId }) => runId)).toEqual([id]);
    await engine.comesTo(id, 'completed');
    expect(await engine.outputOf(id)).toEqual({ got: 5 });
    expect([await engine.count('wait'), await engine.count('run_signal')]).toEqual([0, 0]);
  });

  it('wakes only the run that the event is about, whatever the type of the value (S31)', async () => {
    const published = await engine.publish(awaitsPayment());
    const ids = [await engine.start(published, { order: 7 }), await engine.start(published, { order: '7' })];
    const longs = [await engine.start(published, { order: 'x'.repeat(300) })];
    await engine.hire();
    for (const id of [...ids, ...longs]) await engine.comesTo(id, 'waiting');
    expect((await engine.event('paid', { order: 8 })).woken).toEqual([]);
    expect((await engine.event('refunded', { order: 7 })).woken).toEqual([]);
    await engine.event('paid', { order: '7' });
    await engine.comesTo(ids[1] ?? '', 'completed');
    expect(await engine.statusOf(ids[0] ?? '')).toBe('waiting');
    await engine.event('paid', { order: 'x'.repeat(300) });
    await engine.comesTo(longs[0] ?? '', 'completed');
  });

  it('goes on with an event that came before it (S31)', async () => {
    await engine.event('paid', { order: 'B', amount: 1 });
    await engine.event('paid', { order: 'A', amount: 2 });
    await engine.event('paid', { order: 'A', amount: 3 });
    const id = await engine.run(awaitsPayment(), { order: 'A' });
    await engine.hire();
    await engine.comesTo(id, 'completed');
    expect(await engine.outputOf(id)).toEqual({ got: 2 });
  });

  it('does not go on with an event from before its time to live (S31)', async () => {
    await engine.event('paid', { order: 'A', amount: 1 });
    await engine.db.pool.query(`UPDATE event SET recorded_at = recorded_at - interval '2 hours'`);
    const id = await engine.run(awaitsPayment(), { order: 'A' });
    await engine.hire();
    await engine.comesTo(id, 'waiting');
    await until(async () => (await engine.count('wait', 'looked')) === 1);
    await engine.event('paid', { order: 'A', amount: 9 });
    await engine.comesTo(id, 'completed');
    expect(await engine.outputOf(id)).toEqual({ got: 9 });
  });

  it('passes over events that its filter does not let through, early and late ones', async () => {
    await engine.event('paid', { amount: 5 });
    const event = { type: 'paid', filter: { data: { amount: [{ numeric: ['>', 100] }] } } };
    const id = await engine.run(workflow().wait('payment', event).end('end', '{{ steps.payment.output.data.amount }}'));
    await engine.hire();
    await engine.comesTo(id, 'waiting');
    await engine.event('paid', { amount: 50 });
    await until(async () => (await engine.count('run_signal')) === 0);
    await engine.event('paid', { amount: 500 });
    await engine.comesTo(id, 'completed');
    expect(await engine.outputOf(id)).toBe(500);
  });

  it.each([
    ['that are all kept in mind', undefined],
    ['of which only the latest are kept in mind', 0],
  ])('takes each event once: passes of a repeat %s get one each, early ones in their order (S31)', async (_, most) => {
    for (const n of [1, 2]) await engine.event('tick', { n });
    const saga = workflow()
      .repeat('loop', (pass) => pass.wait('tick', 'tick').end('got', '{{ steps.tick.output.data.n }}'), {
        until: '{{ index >= 3 }}',
      })
      .end('end', '{{ steps.loop.output }}');
    const settings = most === undefined ? {} : { forgetsBeyond: most };
    const id = await engine.start(await engine.publish(saga, undefined, settings));
    await engine.hire();
    await until(async () => (await engine.journalOf(id)).filter(({ type }) => type === 'step.waiting').length === 3);
    await engine.comesTo(id, 'waiting');
    await engine.event('tick', { n: 3 });
    await engine.comesTo(id, 'completed');
    const got = (await engine.journalOf(id)).flatMap((entry) =>
      entry.type === 'step.succeeded' && entry.step === 'tick'
        ? [(entry.output as { data: { n: number } }).data.n]
        : [],
    );
    expect(got).toEqual([1, 2, 3]);
  });

  it('misses no event while waits are opened and events stored at once (S31)', async () => {
    const published = await engine.publish(awaitsPayment());
    await Promise.all([engine.hire(), engine.hire()]);
    const orders = Array.from({ length: 60 }, (_, n) => `order ${n}`);
    const ids = await Promise.all(
      orders.map(async (order, n) => {
        const run = engine.start(published, { order });
        await new Promise((resolve) => setTimeout(resolve, (n % 12) * 5));
        await engine.event('paid', { order, amount: n });
        return await run;
      }),
    );
    for (const id of ids) await engine.comesTo(id, 'completed');
  });

  it('is looked after by others when its worker dies before it has looked for early events (S28, S31)', async () => {
    await engine.event('paid', { order: 'A', amount: 2 });
    const id = await engine.run(awaitsPayment(), { order: 'A' });
    let crash: () => void = () => undefined;
    const crashed = new Promise<void>((resolve) => (crash = resolve));
    await engine.hire({ failpoint: 'after-outcome-commit', crashed: crash, leaseMs: 600, sweepMs: 60_000 });
    await crashed;
    await engine.hire();
    await engine.comesTo(id, 'completed');
  });

  it('runs out of time by its timeout edge, and an event that comes then is for nobody (S10)', async () => {
    const saga = workflow()
      .wait('payment', 'paid', { timeoutMs: 50, timeout: (path) => path.step('remind') })
      .step('after');
    const id = await engine.run(saga);
    await engine.hire();
    await engine.comesTo(id, 'completed');
    expect(engine.names()).toEqual(['do remind', 'do after']);
    expect((await engine.event('paid')).woken).toEqual([]);
  });

  it('of a race leaves by the arm that came first, and takes the other arms back', async () => {
    const saga = workflow().race('either', {
      paid: { event: 'paid', then: (path) => path.step('ship') },
      decided: { outcomes: ['drop'], then: (path) => path.step('drop') },
      late: { afterMs: 60_000, then: (path) => path.step('remind') },
    });
    const id = await engine.run(saga);
    await engine.hire();
    await engine.comesTo(id, 'waiting');
    expect([await engine.count('wait'), await engine.count('task', `status = 'open'`)]).toEqual([1, 1]);
    await engine.event('paid');
    await engine.comesTo(id, 'completed');
    expect(engine.names()).toEqual(['do ship']);
    expect([await engine.count('wait'), await engine.count('task', `status = 'withdrawn'`)]).toEqual([0, 1]);
  });

  it('that cannot be stored is the failure of its step alone, and what was done is undone (S14)', async () => {
    const event = {
      type: 'paid',
      correlation: { path: 'data.order', value: '{{ trigger.data.order & steps.odd.output }}' },
    };
    const id = await engine.run(
      workflow().step('before').code('odd', 'return "nul " + String.fromCharCode(0xd800);').wait('payment', event),
      { order: 'A' },
    );
    await engine.hire();
    await until(async () => ['compensated', 'blocked'].includes(await engine.statusOf(id)));
    expect(await engine.statusOf(id)).toBe('compensated');
    expect(engine.names()).toEqual(['do before', 'undo before']);
  });

  it('is closed by a cancel, and by an administrator who terminates (S25)', async () => {
    const published = await engine.publish(awaitsPayment());
    const ids = [await engine.start(published, { order: 'A' }), await engine.start(published, { order: 'B' })];
    await engine.hire();
    for (const id of ids) await engine.comesTo(id, 'waiting');
    await sendSignal(engine.db.pool, ids[0] ?? '', { type: 'run.cancel-requested', by, reason: 'no more' });
    await sendSignal(engine.db.pool, ids[1] ?? '', { type: 'run.terminate-requested', by, reason: 'no more' });
    await engine.comesTo(ids[0] ?? '', 'cancelled');
    await engine.comesTo(ids[1] ?? '', 'terminated');
    expect(await engine.count('wait')).toBe(0);
    expect(await lookForEarlyEvents(engine.db.pool)).toEqual([]);
  });
});

describe('hundreds of waits among thousands of events', () => {
  /** A run that waits in vain, and more waits of it, each for the value at a place of one of the events before. */
  async function manyWaits(events: number, paths: readonly string[]): Promise<string> {
    const { pool } = engine.db;
    const first = await engine.event('told', { order: 0 }, { subject: 'order 0' });
    await pool.query(
      `INSERT INTO event (workspace_id, source, event_id, type, subject, time, content_hash, content_type, raw, data, headers)
       SELECT workspace_id, source || n, n, type, 'order ' || n, time, content_hash, content_type, raw,
         json_build_object('order', n), json_build_object('order', n::text)
       FROM event, generate_series(1, $2) n WHERE position = $1`,
      [first.position, events],
    );
    const run = await engine.run(workflow().wait('w', 'never'));
    await engine.hire();
    await engine.comesTo(run, 'waiting');
    await engine.dismiss();
    await pool.query(
      `INSERT INTO wait (run_id, instance, arm, seq, workspace_id, type, path, value, since)
       SELECT $1::uuid, 'w ' || path || e.event_id, 'out', 1, e.workspace_id, 'told', path, event_value(path, e), e.recorded_at
       FROM event e, unnest($2::text[]) path WHERE e.event_id IN ('1', '1500')
       UNION ALL
       SELECT $1::uuid, 'w' || n, 'out', 1, workspace_id, 'told', 'data.order', n::text, recorded_at
       FROM event, generate_series(2001, 2200) n WHERE position = $3`,
      [run, paths, first.position],
    );
    return run;
  }

  it('each find theirs, before the patience for a statement is over (S31, I10)', async () => {
    const paths = ['data.order', 'data', 'headers.order', 'subject', 'id', 'source'];
    const run = await manyWaits(3000, paths);
    const client = await engine.db.pool.connect();
    try {
      await client.query(`SET statement_timeout = '4s'`);
      await lookForEarlyEvents(client);
    } finally {
      client.release(true);
    }
    const found = paths.length * 2 + 200;
    expect(await engine.count('wait', 'NOT looked')).toBe(0);
    expect(await engine.count('run_signal', `run_id = '${run}'`)).toBe(found);
  });
});

describe('a task', () => {
  const approval = (more: object = {}) =>
    workflow()
      .task(
        'approve',
        { yes: (path) => path.step('ship'), no: (path) => path.step('drop') },
        {
          task: { title: 'Approve {{ trigger.data.order }}', assignees: ['ana@example.com'], ...more },
          commentRequired: ['no'],
        },
      )
      .end('end', '{{ steps.approve.output }}');
  const all = { status: null, runId: null, workflowId: null, assignees: null };

  async function onlyTask(): Promise<TaskRow> {
    const [task] = await listTasks(engine.db.pool, engine.workspaceId, all, { after: null, limit: 10 });
    if (task === undefined) throw new Error('no task');
    return task;
  }
  const answer = (outcome: string, comment: string | null = null) => ({ outcome, comment, data: null, by });

  it('stands in the inbox until somebody completes it, and the run goes on by its outcome', async () => {
    const id = await engine.run(approval({ dueMs: 60_000 }), { order: 'A' });
    await engine.hire();
    await engine.comesTo(id, 'waiting');
    const task = await onlyTask();
    expect(task).toMatchObject({ runId: id, title: 'Approve A', status: 'open', assignees: ['ana@example.com'] });
    expect(task.dueAt).not.toBeNull();
    const woken = await completeTask(engine.db.pool, engine.workspaceId, task.id, answer('yes'));
    expect(woken?.runId).toBe(id);
    expect(await completeTask(engine.db.pool, engine.workspaceId, task.id, answer('no', 'late'))).toBeNull();
    await engine.comesTo(id, 'completed');
    expect(engine.names()).toEqual(['do ship']);
    expect(await engine.outputOf(id)).toMatchObject({ outcome: 'yes', by });
    expect(await onlyTask()).toMatchObject({ status: 'completed', outcome: 'yes', completedBy: by });
  });

  it('is open again when the run refuses the answer', async () => {
    const id = await engine.run(approval(), { order: 'A' });
    await engine.hire();
    await engine.comesTo(id, 'waiting');
    const task = await onlyTask();
    await completeTask(engine.db.pool, engine.workspaceId, task.id, answer('no'));
    await until(async () => (await onlyTask()).status === 'open');
    await completeTask(engine.db.pool, engine.workspaceId, task.id, answer('no', 'too dear'));
    await engine.comesTo(id, 'completed');
    expect(engine.names()).toEqual(['do drop']);
    expect(await onlyTask()).toMatchObject({ status: 'completed', comment: 'too dear' });
  });

  it('reminds, is passed on, and is withdrawn when its time is over (S10)', async () => {
    const saga = workflow().task(
      'approve',
      { yes: (path) => path.step('ship') },
      {
        task: { assignees: ['ana'], reminderMs: 150, escalation: { afterMs: 220, to: ['boss'] } },
        timeoutMs: 600,
        timeout: (path) => path.step('escalate'),
      },
    );
    const id = await engine.run(saga);
    await engine.hire();
    await engine.comesTo(id, 'completed');
    expect(engine.names()).toEqual(['do escalate']);
    const task = await onlyTask();
    expect(task).toMatchObject({ status: 'withdrawn', assignees: ['ana', 'boss'], outcome: null });
    expect(task.reminders).toBeGreaterThanOrEqual(1);
    expect(task.escalatedAt).not.toBeNull();
  });

  it('is found by those it is meant for', async () => {
    await engine.run(approval(), { order: 'A' });
    await engine.hire();
    await until(async () => (await engine.count('task')) === 1);
    const of = async (...assignees: string[]) =>
      (await listTasks(engine.db.pool, engine.workspaceId, { ...all, assignees }, { after: null, limit: 10 })).length;
    expect([await of('ana@example.com', 'group'), await of('bob')]).toEqual([1, 0]);
  });
});
