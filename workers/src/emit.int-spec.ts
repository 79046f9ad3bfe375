import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { sweepCauses } from '@sagawright/shared/server';
import { until, workflow } from '@sagawright/shared/testing';
import type { EmitSettings, WorkflowBuilder } from '@sagawright/shared/testing';
import { Engine, refused } from './testing/engine.js';

jest.setTimeout(60_000);

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.open();
}, 60_000);
afterAll(() => engine.close());
beforeEach(() => engine.clear());
afterEach(() => engine.dismiss());

const listening = (type: string) => workflow({ kind: 'trigger.event', event: { type } });
const emits = (type: string, more: EmitSettings = {}) => ({
  event: { type, subject: '{{ run.id }}', data: { said: '{{ trigger.data }}' } },
  undo: { kind: 'not-needed', reason: 'test' } as const,
  ...more,
});

interface StoredEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly data: unknown;
}

async function eventsOf(type: string): Promise<StoredEvent[]> {
  const { rows } = await engine.db.pool.query<StoredEvent>(
    'SELECT event_id AS id, source, type, headers, data FROM event WHERE type = $1 ORDER BY position',
    [type],
  );
  return rows;
}

async function runsOf(workflowId: string): Promise<string[]> {
  const { rows } = await engine.db.pool.query<{ id: string }>('SELECT id FROM run WHERE workflow_id = $1 ORDER BY id', [
    workflowId,
  ]);
  return rows.map(({ id }) => id);
}

interface Letter {
  readonly kind: string;
  readonly code: string;
  readonly message: string;
}

async function letters(): Promise<Letter[]> {
  const { rows } = await engine.db.pool.query<Letter>('SELECT kind, code, message FROM dead_letter ORDER BY first_at');
  return rows;
}

const count = async (table: 'run' | 'event', where = 'true'): Promise<number> => {
  const { rows } = await engine.db.pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table} WHERE ${where}`);
  return rows[0]?.n ?? 0;
};

/** Nothing is queued, owned or due any more. */
const quiet = () => until(async () => (await count('run', 'ended_at IS NULL')) === 0);

describe('a step that publishes', () => {
  it('does not stand in the way of others of its run, when the run itself waits for what they publish', async () => {
    const branches = Array.from(
      { length: 8 },
      (_, n) => (path: WorkflowBuilder) => path.emit(`tell${n}`, emits('told')),
    );
    const saga = workflow().parallel('all', [...branches, (path) => path.wait('heard', 'told')]);
    await engine.hire();
    const ids = await Promise.all(Array.from({ length: 4 }, () => engine.run(saga)));
    for (const id of ids) await engine.comesTo(id, 'completed');
    expect(await eventsOf('told')).toHaveLength(32);
    const entries = (await Promise.all(ids.map((id) => engine.journalOf(id)))).flat();
    expect(entries.filter(({ type }) => type === 'step.unknown')).toEqual([]);
  });

  it('stores the event with its cause, starts who listens, and wakes who waits (S31)', async () => {
    const shop = await engine.publish(
      workflow().emit('tell', emits('order.placed')).end('end', '{{ steps.tell.output }}'),
    );
    const reader = await engine.publish(listening('order.placed').end('end', '{{ trigger.data.said.n }}'));
    const waiter = await engine.run(workflow().wait('go', 'order.placed').end('end', '{{ steps.go.output.id }}'));
    await engine.hire();
    await engine.comesTo(waiter, 'waiting');
    const id = await engine.start(shop, { n: 4 });
    await engine.comesTo(id, 'completed');
    await engine.comesTo(waiter, 'completed');
    const [event, ...more] = await eventsOf('order.placed');
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      id: `${id}:tell:forward`,
      source: `/workflows/${shop.workflowId}`,
      headers: { 'ce-causationid': expect.any(String), 'ce-runid': id, 'ce-hops': '1' },
      data: { said: { n: 4 } },
    });
    const [started] = await runsOf(reader.workflowId);
    await engine.comesTo(started ?? '', 'completed');
    expect(await engine.outputOf(started ?? '')).toBe(4);
    expect(await engine.outputOf(waiter)).toBe(event?.id);
    expect(await engine.outputOf(id)).toMatchObject({ id: event?.id, type: 'order.placed', runs: [started] });
  });

  it.each(['before-publish', 'after-publish', 'after-effect-before-commit'] as const)(
    'is published once when its worker dies %s (S3, S4)',
    async (failpoint) => {
      const shop = await engine.publish(workflow().emit('tell', emits('order.placed')));
      const reader = await engine.publish(listening('order.placed').step('read'));
      const id = await engine.start(shop);
      let dead = false;
      await engine.hire({ failpoint, crashed: () => (dead = true), leaseMs: 1000 });
      await until(() => Promise.resolve(dead));
      await engine.hire({ leaseMs: 1000 });
      await engine.comesTo(id, 'completed');
      await quiet();
      expect(await eventsOf('order.placed')).toHaveLength(1);
      expect(await runsOf(reader.workflowId)).toHaveLength(1);
    },
  );

  it('starts only the workflow that it is for, and fails where that does not listen (point to point)', async () => {
    const one = await engine.publish(listening('go').end('end', 1));
    const other = await engine.publish(listening('go').end('end', 2));
    const to = (workflowId: string, type: string) => workflow().emit('tell', { ...emits(type), workflow: workflowId });
    const id = await engine.run(to(one.workflowId, 'go'));
    await engine.hire();
    await engine.comesTo(id, 'completed');
    await quiet();
    expect([await runsOf(one.workflowId), await runsOf(other.workflowId)].map((runs) => runs.length)).toEqual([1, 0]);
    const astray = await engine.run(to(one.workflowId, 'stop'));
    await engine.comesTo(astray, 'failed');
    expect(JSON.stringify(await engine.journalOf(astray))).toContain('emit.no-trigger');
    expect(await eventsOf('stop')).toEqual([]);
  });

  it('is taken back by an event of the author, and by nothing else (S2, S16)', async () => {
    engine.answer = () => refused;
    const undo = {
      kind: 'compensation',
      name: 'Say that it is off',
      connector: 'events',
      operation: 'publish',
      input: { type: 'order.cancelled', subject: '{{ step.input.subject }}', data: { was: '{{ step.output.id }}' } },
    } as const;
    const id = await engine.run(workflow().emit('tell', emits('order.placed', { undo })).step('ship'));
    await engine.hire();
    await engine.comesTo(id, 'compensated');
    expect(await eventsOf('order.placed')).toHaveLength(1);
    const [off] = await eventsOf('order.cancelled');
    expect(off).toMatchObject({
      data: { was: `${id}:tell:forward` },
      source: (await eventsOf('order.placed'))[0]?.source,
    });
  });

  it('fails for a type that no event can have, and stores nothing', async () => {
    const id = await engine.run(workflow().emit('tell', emits('{{ "two\nlines" }}')));
    await engine.hire();
    await engine.comesTo(id, 'failed');
    expect(JSON.stringify(await engine.journalOf(id))).toContain('emit.attribute');
    expect(await count('event')).toBe(1);
  });
});

describe('loop protection', () => {
  const first = (saga: WorkflowBuilder, type: string) => saga.emit('tell', emits(type));

  it('ends two workflows that start each other, and says why (E8)', async () => {
    const ping = await engine.publish(first(listening('ping'), 'pong'));
    const pong = await engine.publish(first(listening('pong'), 'ping'));
    await engine.hire({ loops: { hops: 5, selfStarts: 100, events: 1000 } });
    await engine.event('ping');
    await quiet();
    // One from outside, five allowed publishings; the sixth event is stored and starts nothing.
    expect((await runsOf(ping.workflowId)).length + (await runsOf(pong.workflowId)).length).toBe(6);
    expect(await count('event')).toBe(7);
    expect(await letters()).toEqual([
      { kind: 'loop', code: 'event.loop', message: expect.stringMatching(/6 events away .* 5 are allowed/) },
    ]);
    const { headers } = (await eventsOf('ping')).at(-1) ?? { headers: {} };
    expect(headers).toMatchObject({ 'ce-hops': '6' });
  });

  it('ends a workflow that starts itself, while others go on to hear of it', async () => {
    const self = await engine.publish(first(listening('again'), 'again'));
    const other = await engine.publish(listening('again').end('end', 1));
    await engine.hire({ loops: { hops: 100, selfStarts: 3, events: 1000 } });
    await engine.event('again');
    await quiet();
    expect(await runsOf(self.workflowId)).toHaveLength(4);
    expect(await runsOf(other.workflowId)).toHaveLength(5);
    expect(await letters()).toEqual([
      { kind: 'loop', code: 'event.loop', message: expect.stringMatching(/started itself 4 times.*3 are allowed/) },
    ]);
  });

  it('ends what doubles with every event', async () => {
    const bomb = await engine.publish(listening('boom').emit('one', emits('boom')).emit('two', emits('boom')));
    await engine.hire({ loops: { hops: 1000, selfStarts: 1000, events: 20 } });
    await engine.event('boom');
    await quiet();
    const runs = (await runsOf(bomb.workflowId)).length;
    // The first two publishings are not counted; what is under way at once may pass the bound together.
    expect(runs).toBeGreaterThan(20);
    expect(runs).toBeLessThan(60);
    expect((await letters()).every(({ message }) => /has led to \d+ others; 20 are allowed/.test(message))).toBe(true);
    expect((await letters()).length).toBeGreaterThan(0);
  });

  it('follows a chain through calls, and through what answers failures', async () => {
    engine.answer = () => refused;
    const child = await engine.publish(first(workflow({ kind: 'trigger.called' }), 'again'));
    const caller = await engine.publish(listening('again').call('sub', { workflow: child.workflowId }).step('fails'));
    const helper = await engine.publish(first(workflow({ kind: 'trigger.failure' }), 'again'));
    await engine.hire({ loops: { hops: 3, selfStarts: 100, events: 1000 } });
    await engine.event('again');
    await quiet();
    const runs = await Promise.all([caller, helper].map(async ({ workflowId }) => (await runsOf(workflowId)).length));
    // Each run of the caller publishes twice (its child, its helper): 1 + 2 + 4 + 8.
    expect(runs[0]).toBe(15);
    expect((await letters()).length).toBe(16);
  });

  it('counts the hops of a chain that came back from outside', async () => {
    const id = await engine.publish(first(listening('out'), 'further'));
    const reader = await engine.publish(listening('further').end('end', 1));
    await engine.hire({ loops: { hops: 5, selfStarts: 5, events: 1000 } });
    await engine.event('out', {}, { headers: { 'ce-hops': '5' } });
    await quiet();
    expect(await runsOf(id.workflowId)).toHaveLength(1);
    expect(await runsOf(reader.workflowId)).toEqual([]);
    expect(await letters()).toHaveLength(1);
  });

  it('forgets the causes of events of long ago', async () => {
    await engine.publish(first(listening('ping'), 'pong'));
    await engine.hire();
    await engine.event('ping');
    await quiet();
    expect(await sweepCauses(engine.db.pool, 100)).toBe(0);
    await engine.db.pool.query(`UPDATE event_cause SET position = event_day(now() - interval '31 days')`);
    expect(await sweepCauses(engine.db.pool, 100)).toBe(1);
  });
});
