import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { QueryConfig } from 'pg';
import { pauseWorkflow, pauseWorkspace, resumeWorkflow, resumeWorkspace, sendSignal } from '@sagawright/shared/server';
import type { Queryable } from '@sagawright/shared/server';
import { until, workflow } from '@sagawright/shared/testing';
import { Engine, done } from './testing/engine.js';

const by = { kind: 'user', id: 'u1', name: 'Uma' } as const;

jest.setTimeout(60_000);

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.open();
}, 60_000);
afterAll(() => engine.close());
beforeEach(() => engine.clear());
afterEach(() => engine.dismiss());

/** Lets the first call of the participant wait until it is released. */
function holdFirstCall(): () => void {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  engine.answer = async () => {
    await released;
    return done;
  };
  return () => release();
}

/** A worker whose sweeps are counted: what it was told before the second one began, it knows after it. */
async function hireCounted(): Promise<() => Promise<void>> {
  let sweeps = 0;
  const query = async (statement: QueryConfig) => {
    if (statement.name === 'run-owned') sweeps += 1;
    return await engine.db.pool.query(statement);
  };
  await engine.hire({ sql: { query } as unknown as Queryable });
  return async () => {
    const before = sweeps;
    await until(() => sweeps >= before + 3);
  };
}

const isFree = async (id: string): Promise<boolean> => {
  const { rows } = await engine.db.pool.query<{ free: boolean }>(
    'SELECT owner IS NULL AS free FROM run WHERE id = $1',
    [id],
  );
  return rows[0]?.free === true;
};

describe('a paused workflow', () => {
  const order = () => workflow().step('reserve').step('pay').step('ship');

  it('lets the call in flight finish, starts nothing after it, and goes on where it stood when resumed', async () => {
    const published = await engine.publish(order());
    const release = holdFirstCall();
    const id = await engine.start(published);
    const twoSweeps = await hireCounted();
    await until(() => engine.calls.length === 1);
    await pauseWorkflow(engine.db.pool, engine.workspaceId, published.workflowId);
    await twoSweeps();
    release();
    await until(() => isFree(id));
    expect(engine.names()).toEqual(['do reserve']);
    expect((await engine.journalOf(id)).at(-1)).toMatchObject({ type: 'step.succeeded', step: 'reserve' });

    await resumeWorkflow(engine.db.pool, engine.workspaceId, published.workflowId);
    await engine.comesTo(id, 'completed');
    expect(engine.names()).toEqual(['do reserve', 'do pay', 'do ship']);
  });

  it('keeps a cancel until it is resumed, and then undoes what was done (S25)', async () => {
    const published = await engine.publish(order());
    const release = holdFirstCall();
    const id = await engine.start(published);
    const twoSweeps = await hireCounted();
    await until(() => engine.calls.length === 1);
    await pauseWorkspace(engine.db.pool, engine.workspaceId);
    await twoSweeps();
    release();
    await until(() => isFree(id));
    await sendSignal(engine.db.pool, id, { type: 'run.cancel-requested', by, reason: 'no more' });
    await twoSweeps();
    expect(engine.names()).toEqual(['do reserve']);

    await resumeWorkspace(engine.db.pool, engine.workspaceId);
    await engine.comesTo(id, 'cancelled');
    expect(engine.names()).toEqual(['do reserve', 'undo reserve']);
  });

  it('takes in new runs, which wait while those of another workflow are worked on', async () => {
    const paused = await engine.publish(order());
    const going = await engine.publish(workflow().step('other'));
    await pauseWorkflow(engine.db.pool, engine.workspaceId, paused.workflowId);
    await engine.hire();
    const waits = await engine.start(paused);
    const goes = await engine.start(going);
    await engine.comesTo(goes, 'completed');
    expect(await engine.statusOf(waits)).toBe('queued');
    await resumeWorkflow(engine.db.pool, engine.workspaceId, paused.workflowId);
    await engine.comesTo(waits, 'completed');
  });
});

describe('a workflow with few runs', () => {
  it('is served in its turn although another has flooded the workers before it', async () => {
    const loud = await engine.publish(workflow().step('loud'));
    const quiet = await engine.publish(workflow().step('quiet'));
    await Promise.all(Array.from({ length: 150 }, () => engine.start(loud)));
    const ids = await Promise.all(Array.from({ length: 10 }, () => engine.start(quiet)));
    await engine.hire();
    for (const id of ids) await engine.comesTo(id, 'completed');
    await until(() => engine.calls.length === 160);
    expect(engine.names().lastIndexOf('do quiet')).toBeLessThan(100);
  });
});
