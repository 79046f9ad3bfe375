/** Pausing and priority through the doors: what stands still, what is taken all the same, who may, and what is told. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Problem, Run, Workflow, WorkflowSummary, Workspace } from '@sagawright/shared/contracts';
import { workflow } from '@sagawright/shared/testing';
import { Doors } from './testing/doors.js';

let doors: Doors;
let owner: Record<string, string>;

beforeAll(async () => {
  doors = await Doors.open();
  owner = (await doors.person('owner')).headers;
}, 120_000);
afterAll(() => doors.close());
beforeEach(async () => {
  while ((await doors.worker.work()) > 0);
});

const simple = () => workflow().transform('a', 1).end().graph();
const hooked = () => workflow({ kind: 'trigger.webhook', scheme: 'none' }).transform('a', 1).end().graph();
const start = async (id: string, body: object = {}) =>
  (await doors.api<{ runId: string }>('POST', `/workflows/${id}/runs`, { headers: owner, body })).body.runId;
const ask = <T = Problem>(method: string, path: string, headers = owner) => doors.api<T>(method, path, { headers });
const listed = async (id: string) =>
  (await ask<{ items: WorkflowSummary[] }>('GET', '/workflows?limit=200')).body.items.find((each) => each.id === id);
const audited = async (subject: string) =>
  (
    await doors.database.pool.query<{ action: string; by: string }>(
      `SELECT action, actor->>'name' AS by FROM audit_log WHERE subject = $1 AND action NOT LIKE '%publish' ORDER BY position`,
      [subject],
    )
  ).rows;
const heldUp = async (run: string) => (await ask<Run>('GET', `/runs/${run}`)).body.heldUp;

describe('a paused workflow', () => {
  it('takes what comes and does nothing of it until it is resumed; others go on', async () => {
    const [paused, other] = [await doors.published(owner, hooked()), await doors.published(owner, simple())];
    const answer = await ask<{ pausedAt: string | null }>('POST', `/workflows/${paused.id}/pause`);
    expect(Date.parse(answer.body.pausedAt ?? '')).not.toBeNaN();
    const delivered = await doors.ask<{ runId: string }>('POST', new URL(paused.triggers[0]?.url ?? '').pathname, {
      body: {},
    });
    expect(delivered.status).toBe(202);
    const runs = [delivered.body.runId, await start(paused.id), await start(other.id)] as const;
    await doors.worker.work();
    const statuses = () => Promise.all(runs.map((run) => doors.statusOf(owner, run)));
    expect(await statuses()).toEqual(['queued', 'queued', 'completed']);
    expect(await Promise.all(runs.map(heldUp))).toEqual([
      'The workflow is paused; the run goes on when it is resumed.',
      'The workflow is paused; the run goes on when it is resumed.',
      null,
    ]);
    expect([(await listed(paused.id))?.pausedAt, (await listed(other.id))?.pausedAt]).toEqual([
      answer.body.pausedAt,
      null,
    ]);
    expect((await ask<Workflow>('GET', `/workflows/${paused.id}`)).body.pausedAt).toBe(answer.body.pausedAt);

    doors.rung.length = 0;
    expect((await ask('POST', `/workflows/${paused.id}/resume`)).body).toEqual({ pausedAt: null });
    expect(doors.rung).toEqual([0]);
    await doors.worker.work();
    expect(await statuses()).toEqual(['completed', 'completed', 'completed']);
  });

  it('keeps a cancel until it is resumed', async () => {
    const { id } = await doors.published(owner, simple());
    await ask('POST', `/workflows/${id}/pause`);
    const run = await start(id);
    expect((await doors.api('POST', `/runs/${run}/cancel`, { headers: owner, body: { reason: 'x' } })).status).toBe(
      202,
    );
    await doors.worker.work();
    expect(await doors.statusOf(owner, run)).toBe('queued');
    await ask('POST', `/workflows/${id}/resume`);
    await doors.worker.work();
    expect(await doors.statusOf(owner, run)).toBe('cancelled');
  });

  it('is told in the audit log, once for each change', async () => {
    const { id } = await doors.published(owner, simple());
    const first = await ask<{ pausedAt: string }>('POST', `/workflows/${id}/pause`);
    expect((await ask<{ pausedAt: string }>('POST', `/workflows/${id}/pause`)).body).toEqual(first.body);
    await ask('POST', `/workflows/${id}/resume`);
    await ask('POST', `/workflows/${id}/resume`);
    expect(await audited(`workflow:${id}`)).toEqual([
      { action: 'workflow.pause', by: 'A owner' },
      { action: 'workflow.resume', by: 'A owner' },
    ]);
  });

  it('is resumed when it is archived too, for its runs are there', async () => {
    const { id } = await doors.published(owner, simple());
    await ask('POST', `/workflows/${id}/pause`);
    const run = await start(id);
    await ask('DELETE', `/workflows/${id}`);
    expect((await ask<Workspace>('GET', '/workspace')).body.pausedWorkflows.map((each) => each.id)).toContain(id);
    expect((await ask('POST', `/workflows/${id}/resume`)).status).toBe(200);
    await doors.worker.work();
    expect(await doors.statusOf(owner, run)).toBe('completed');
  });

  it('is paused by those who may change runs, of this workspace alone', async () => {
    const { id } = await doors.published(owner, simple());
    const as = async (role: 'viewer' | 'runner', workspace?: string) =>
      (await ask('POST', `/workflows/${id}/pause`, (await doors.person(role, workspace)).headers)).status;
    expect([await as('viewer'), await as('runner', await doors.otherWorkspace()), await as('runner')]).toEqual([
      403, 404, 200,
    ]);
    await ask('POST', `/workflows/${id}/resume`);
  });
});

describe('a paused workspace', () => {
  it('stands still as a whole, another does not; a workflow that is paused by itself stays so', async () => {
    const theirs = (await doors.person('owner', await doors.otherWorkspace())).headers;
    const [one, two] = [await doors.published(owner, simple()), await doors.published(owner, simple())];
    await ask('POST', `/workflows/${two.id}/pause`);
    const paused = await ask<Workspace>('POST', '/workspace/pause');
    expect(paused.body).toMatchObject({ id: doors.workspaceId, pausedWorkflows: [{ id: two.id }] });
    expect(paused.body.pausedAt).not.toBeNull();
    const runs = [await start(one.id), await start(two.id)] as const;
    const stranger = await doors.run(theirs, simple());
    expect(await doors.statusOf(theirs, stranger)).toBe('completed');
    expect(await Promise.all(runs.map((run) => doors.statusOf(owner, run)))).toEqual(['queued', 'queued']);
    expect(await heldUp(runs[0])).toBe('The workspace is paused; everything goes on when it is resumed.');

    expect((await ask<Workspace>('POST', '/workspace/resume')).body.pausedAt).toBeNull();
    await doors.worker.work();
    expect(await Promise.all(runs.map((run) => doors.statusOf(owner, run)))).toEqual(['completed', 'queued']);
    expect((await audited(`workspace:${doors.workspaceId}`)).map(({ action }) => action)).toEqual([
      'workspace.pause',
      'workspace.resume',
    ]);
    await ask('POST', `/workflows/${two.id}/resume`);
  });

  it('is paused by administrators alone, and seen by everybody in it', async () => {
    const { headers } = await doors.person('editor');
    expect((await ask('POST', '/workspace/pause', headers)).status).toBe(403);
    expect((await ask<Workspace>('GET', '/workspace', headers)).body).toEqual({
      id: doors.workspaceId,
      pausedAt: null,
      pausedWorkflows: [],
    });
  });
});

describe('the priority of a run', () => {
  const priorityOf = async (run: string) => (await ask<Run>('GET', `/runs/${run}`)).body.priority;

  it('is what the starter says, else what the workflow says at the time, whatever starts it', async () => {
    const made = await doors.published(owner, hooked());
    const runs = [await start(made.id)];
    const set = await doors.api('PUT', `/workflows/${made.id}/priority`, { headers: owner, body: { priority: 7 } });
    expect(set).toMatchObject({ status: 200, body: { priority: 7 } });
    expect((await listed(made.id))?.priority).toBe(7);
    runs.push(await start(made.id), await start(made.id, { priority: 9 }), await start(made.id, { priority: 0 }));
    const delivered = await doors.ask<{ runId: string }>('POST', new URL(made.triggers[0]?.url ?? '').pathname, {
      body: {},
    });
    runs.push(delivered.body.runId);
    expect(await Promise.all(runs.map(priorityOf))).toEqual([0, 7, 9, 0, 7]);
    expect(await audited(`workflow:${made.id}`)).toEqual([{ action: 'workflow.priority', by: 'A owner' }]);
  });

  it.each([-1, 10, 1.5, '5'])('%p is none', async (priority) => {
    const { id } = await doors.published(owner, simple());
    const { status } = await doors.api('POST', `/workflows/${id}/runs`, { headers: owner, body: { priority } });
    expect(status).toBe(400);
    const put = await doors.api('PUT', `/workflows/${id}/priority`, { headers: owner, body: { priority } });
    expect(put.status).toBe(400);
  });
});
