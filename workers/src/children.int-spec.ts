import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { requestUndo, sendSignal, startChild } from '@sagawright/shared/server';
import type { ChildCall } from '@sagawright/shared/server';
import { until, workflow } from '@sagawright/shared/testing';
import type { CallSettings, TestDatabase, WorkflowBuilder } from '@sagawright/shared/testing';
import { Engine, refused } from './testing/engine.js';
import type { Published } from './testing/engine.js';

const by = { kind: 'user', id: 'u1', name: 'Uma' } as const;
const called = () => workflow({ kind: 'trigger.called' });

jest.setTimeout(60_000);

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.open();
}, 60_000);
afterAll(() => engine.close());
beforeEach(() => engine.clear());
afterEach(() => engine.dismiss());

/** A parent that calls what is given, between a step before and what comes behind. */
async function calling(
  child: WorkflowBuilder,
  more: CallSettings = {},
  behind: (saga: WorkflowBuilder) => WorkflowBuilder = (saga) => saga,
): Promise<{ parent: Published; child: Published }> {
  const published = await engine.publish(child);
  const saga = workflow()
    .step('before')
    .call('sub', { workflow: published.workflowId, input: { n: 4 }, ...more });
  return { parent: await engine.publish(behind(saga)), child: published };
}

async function onlyChild(id: string): Promise<string> {
  const [child, ...others] = await engine.children(id);
  expect(others).toEqual([]);
  return child?.id ?? '';
}

const failsBehind = (saga: WorkflowBuilder) => saga.step('behind');
const failing = (name: string) => (_call: unknown, asked: string) => (asked === `do ${name}` ? refused : ok);
const ok = { kind: 'succeeded', output: { ok: true } } as const;

describe('a call', () => {
  it('starts one child, waits for it, and goes on with what it came to (S18)', async () => {
    const { parent } = await calling(called().step('inner').end('end', '{{ trigger.data.n * 2 }}'), {}, (saga) =>
      saga.end('end', '{{ steps.sub.output }}'),
    );
    const id = await engine.start(parent);
    await engine.hire();
    await engine.comesTo(id, 'completed');
    expect(await engine.outputOf(id)).toBe(8);
    expect(engine.names()).toEqual(['do before', 'do inner']);
    expect((await engine.children(id)).map(({ status }) => status)).toEqual(['completed']);
    const [first] = await engine.journalOf(await onlyChild(id));
    expect(first).toMatchObject({ parent: { run: id, instance: 'sub', depth: 1 }, event: { data: { n: 4 } } });
  });

  it('fails with a child that failed, after the child has undone itself (S18)', async () => {
    engine.answer = failing('second');
    const { parent } = await calling(called().step('first').step('second'));
    const id = await engine.start(parent);
    await engine.hire();
    await engine.comesTo(id, 'compensated');
    expect(engine.names()).toEqual(['do before', 'do first', 'do second', 'undo first', 'undo before']);
  });

  it('is undone with its parent: the finished child undoes itself, in its own order (S16, S18, S26)', async () => {
    engine.answer = failing('behind');
    const { parent, child } = await calling(called().step('first').step('second'), {}, failsBehind);
    const id = await engine.start(parent);
    await engine.hire();
    await engine.comesTo(id, 'compensated');
    expect(engine.names()).toEqual([
      'do before',
      'do first',
      'do second',
      'do behind',
      'undo second',
      'undo first',
      'undo before',
    ]);
    const childId = await onlyChild(id);
    expect((await engine.stateOf(child, childId)).status).toBe('compensated');
    expect((await engine.journalOf(childId)).filter(({ type }) => type === 'run.ended')).toHaveLength(2);
  });

  it('whose child refuses to be undone stands in front of a person, who may leave it (S20, S21, S23)', async () => {
    engine.answer = failing('behind');
    const { parent } = await calling(called().step('final', { undo: 'pivot' }), {}, failsBehind);
    const id = await engine.start(parent);
    await engine.hire();
    await engine.comesTo(id, 'blocked');
    const { rows } = await engine.db.pool.query<{ id: string; failure: { code: string } }>(
      'SELECT id, failure FROM incident WHERE resolved_at IS NULL',
    );
    expect(rows[0]?.failure.code).toBe('child.not-undone');
    const resolution = { kind: 'skip', reason: 'it stays' } as const;
    const incident = rows[0]?.id ?? '';
    await sendSignal(engine.db.pool, id, { type: 'incident.resolved', incident, resolution, by, reason: '' });
    await engine.comesTo(id, 'compensated');
    expect(engine.names().at(-1)).toBe('undo before');
  });

  it('asks its child to stop when it is cancelled, and waits until it has (S18, S25)', async () => {
    const { parent } = await calling(called().step('inner').wait('forever', 'never'));
    const id = await engine.start(parent);
    await engine.hire();
    await until(async () => (await engine.count('wait')) === 1);
    await engine.comesTo(id, 'waiting');
    await sendSignal(engine.db.pool, id, { type: 'run.cancel-requested', by, reason: 'no more' });
    await engine.comesTo(id, 'cancelled');
    expect((await engine.children(id)).map(({ status }) => status)).toEqual(['cancelled']);
    expect(engine.names()).toEqual(['do before', 'do inner', 'undo inner', 'undo before']);
  });

  it('that takes too long is given up, and its child is stopped and undone (S10, S14)', async () => {
    const { parent } = await calling(called().step('inner').wait('forever', 'never'), { totalTimeoutMs: 700 });
    const id = await engine.start(parent);
    await engine.hire();
    await engine.comesTo(id, 'compensated');
    expect((await engine.children(id)).map(({ status }) => status)).toEqual(['cancelled']);
    expect(engine.names()).toEqual(['do before', 'do inner', 'undo inner', 'undo before']);
  });

  it('that forgets goes on at once, and the child lives its own life', async () => {
    const { parent } = await calling(called().wait('go', 'go'), {
      mode: 'forget',
      undo: { kind: 'not-needed', reason: 'test' },
    });
    const id = await engine.start(parent);
    await engine.hire();
    await engine.comesTo(id, 'completed');
    const child = await onlyChild(id);
    await engine.comesTo(child, 'waiting');
    await engine.event('go');
    await engine.comesTo(child, 'completed');
  });

  it('takes the latest version, or the one it names', async () => {
    const child = await engine.publish(called().end('end', 'one'));
    await engine.publish(called().end('end', 'two'), child.workflowId);
    const saga = (version: NonNullable<CallSettings['version']>) =>
      workflow().call('sub', { workflow: child.workflowId, version }).end('end', '{{ steps.sub.output }}');
    const ids = [await engine.run(saga({ kind: 'latest' })), await engine.run(saga({ kind: 'pinned', number: 1 }))];
    await engine.hire();
    for (const id of ids) await engine.comesTo(id, 'completed');
    expect([await engine.outputOf(ids[0] ?? ''), await engine.outputOf(ids[1] ?? '')]).toEqual(['two', 'one']);
  });

  it.each([
    ['call.workflow-absent', () => Promise.resolve({ workflow: 'nowhere' })],
    ['call.no-trigger', async () => ({ workflow: (await engine.publish(workflow().step('a'))).workflowId })],
    [
      'call.version-absent',
      async () => ({
        workflow: (await engine.publish(called().step('a'))).workflowId,
        version: { kind: 'pinned', number: 9 } as const,
      }),
    ],
  ])('fails for good with %s', async (code, settings) => {
    const id = await engine.run(workflow().call('sub', await settings()));
    await engine.hire();
    await engine.comesTo(id, 'failed');
    const failed = (await engine.journalOf(id)).find((entry) => entry.type === 'step.failed');
    expect(failed).toMatchObject({ failure: { code }, retryAt: null });
  });

  /** A call of a child, as the owner of its parent makes it. */
  async function callOf(depth = 0): Promise<ChildCall> {
    const { workspaceId, workflowId } = await engine.publish(called().step('a'));
    const run = await engine.run(workflow().wait('w', 'never'));
    const by = { incarnation: randomUUID(), epoch: 1 };
    await engine.db.pool.query('UPDATE run SET owner = $2, epoch = $3 WHERE id = $1', [run, by.incarnation, by.epoch]);
    const version = { kind: 'latest' } as const;
    const parent = { run, instance: 'sub', depth };
    return { workspaceId, parent, by, key: 'k', workflow: workflowId, version, input: {}, waits: true };
  }

  it('ends where calls are too deep', async () => {
    const started = await startChild(engine.db, await callOf(32), 1);
    expect(started).toMatchObject({ ok: false, error: { code: 'call.too-deep' } });
  });

  it.each([
    ['another worker took it over', 'UPDATE run SET owner = gen_random_uuid(), epoch = epoch + 1 WHERE id = $1'],
    ['its own worker claimed it anew', 'UPDATE run SET epoch = epoch + 1 WHERE id = $1'],
    ['it has ended meanwhile', `UPDATE run SET owner = NULL, status = 'cancelled', ended_at = now() WHERE id = $1`],
  ])('is started by nobody who has lost the parent: %s (S3)', async (_, meanwhile) => {
    const call = await callOf();
    await engine.db.pool.query(meanwhile, [call.parent.run]);
    expect(await startChild(engine.db, call, 1)).toMatchObject({ ok: false, error: { code: 'call.fenced' } });
    expect(await engine.children(call.parent.run)).toEqual([]);
  });

  it('starts one child under one key, however often and by how many it is asked (S4)', async () => {
    const call = await callOf();
    const answers = await Promise.all(Array.from({ length: 8 }, () => startChild(engine.db, call, 1)));
    const ids = answers.map((answer) => (answer.ok ? answer.value.runId : answer.error.code));
    expect(new Set(ids).size).toBe(1);
    expect(await engine.children(call.parent.run)).toHaveLength(1);
  });

  it('that comes while the same is being started finds that one, and leaves no event of its own', async () => {
    const call = await callOf();
    let commit: () => void = () => undefined;
    const mayCommit = new Promise<void>((resolve) => (commit = resolve));
    const held: Pick<TestDatabase, 'transaction'> = {
      transaction: (work) =>
        engine.db.transaction(async (sql) => {
          const result = await work(sql);
          await mayCommit;
          return result;
        }),
    };
    const first = startChild(held, call, 1);
    await until(async () => (await idleInTransaction()) === 1);
    const second = startChild(engine.db, call, 1);
    await until(async () => {
      const { rowCount } = await engine.db.pool.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return rowCount === 1;
    });
    commit();
    const [one, other] = [await first, await second];
    expect(one).toEqual(other);
    expect(await engine.children(call.parent.run)).toHaveLength(1);
    const { rows } = await engine.db.pool.query(`SELECT FROM event WHERE type = 'run.called'`);
    expect(rows).toHaveLength(1);
  });

  async function idleInTransaction(): Promise<number> {
    const { rowCount } = await engine.db.pool.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'
         AND query LIKE '%FROM run WHERE parent_run_id%' AND xact_start IS NOT NULL AND backend_xid IS NOT NULL`,
    );
    return rowCount ?? 0;
  }

  it.each(['after-intent', 'after-effect-before-commit', 'after-outcome-commit', 'after-commit-before-park'] as const)(
    'whose worker dies at %s has one child, and comes to its end (I5, S18)',
    async (failpoint) => {
      const { parent } = await calling(called().step('inner'));
      const ids = await Promise.all(Array.from({ length: 4 }, () => engine.start(parent)));
      let crash: () => void = () => undefined;
      const crashed = new Promise<void>((resolve) => (crash = resolve));
      await engine.hire({ failpoint, crashed: crash, leaseMs: 600 });
      await crashed;
      await engine.hire();
      for (const id of ids) {
        await engine.comesTo(id, 'completed');
        expect((await engine.children(id)).map(({ status }) => status)).toEqual(['completed']);
      }
    },
  );

  it('loses no end of a child, however quick, with several workers (S28)', async () => {
    const { parent } = await calling(called().transform('quick', { n: 1 }));
    const ids = await Promise.all(Array.from({ length: 40 }, () => engine.start(parent)));
    await Promise.all([engine.hire(), engine.hire()]);
    for (const id of ids) await engine.comesTo(id, 'completed');
  });
});

describe('a run that has completed', () => {
  it('is undone later when somebody asks, once (S26)', async () => {
    const published = await engine.publish(workflow().step('a').step('b'));
    const id = await engine.start(published);
    await engine.hire();
    await engine.comesTo(id, 'completed');
    const wish = { type: 'run.undo-requested', by, reason: 'returned' } as const;
    expect(await requestUndo(engine.db.pool, id, wish)).toMatchObject({ runId: id });
    await engine.comesTo(id, 'compensated');
    expect(engine.names()).toEqual(['do a', 'do b', 'undo b', 'undo a']);
    await requestUndo(engine.db.pool, id, wish);
    await until(async () => (await engine.count('run_signal')) === 0);
    await engine.comesTo(id, 'compensated');
    expect(engine.names()).toHaveLength(4);
    const { rows } = await engine.db.pool.query('SELECT ended_at IS NOT NULL AS ended, owner, runnable_at FROM run');
    expect(rows).toEqual([{ ended: true, owner: null, runnable_at: null }]);
  });

  it('is not undone after a pivot, and stays as it is (S23)', async () => {
    const id = await engine.run(workflow().step('a').step('final', { undo: 'pivot' }));
    await engine.hire();
    await engine.comesTo(id, 'completed');
    await requestUndo(engine.db.pool, id, { type: 'run.undo-requested', by, reason: 'returned' });
    await until(async () => (await engine.count('run_signal')) === 0);
    await engine.comesTo(id, 'completed');
    expect(engine.names()).toEqual(['do a', 'do final']);
  });

  it('is not undone while it lives', async () => {
    const id = await engine.run(workflow().wait('w', 'never'));
    expect(await requestUndo(engine.db.pool, id, { type: 'run.undo-requested', by, reason: 'x' })).toBeNull();
  });
});
