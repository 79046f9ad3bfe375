/** Retention and large values through the doors: who may say how long, what is refused, and how a large value is fetched. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Problem, Run, WorkflowRetention, WorkspaceRetention } from '@sagawright/shared/contracts';
import type { Entry } from '@sagawright/shared/saga';
import { workflow } from '@sagawright/shared/testing';
import { Doors } from './testing/doors.js';

let doors: Doors;
let owner: Record<string, string>;

beforeAll(async () => {
  doors = await Doors.open();
  owner = (await doors.person('owner')).headers;
}, 120_000);
afterAll(() => doors.close());

const ask = <T = Problem>(method: string, path: string, body?: object, headers = owner) =>
  doors.api<T>(method, path, { headers, ...(body === undefined ? {} : { body }) });
const audited = async (action: string) =>
  (await doors.database.pool.query('SELECT FROM audit_log WHERE action = $1', [action])).rowCount;

describe('retention', () => {
  it('is for ever until an owner says how long; the change is in the audit log', async () => {
    const nothing = { runs: { completedDays: null, failedDays: null }, events: [] };
    expect((await ask<WorkspaceRetention>('GET', '/workspace/retention')).body).toEqual(nothing);
    const wanted = { runs: { completedDays: 30, failedDays: null }, events: [{ pattern: 'order.*', days: 7 }] };
    expect((await ask<WorkspaceRetention>('PUT', '/workspace/retention', wanted)).body).toEqual(wanted);
    expect((await ask<WorkspaceRetention>('GET', '/workspace/retention')).body).toEqual(wanted);
    expect(await audited('workspace.retention')).toBe(1);
  });

  it('of a workflow stands before that of the workspace, or follows it', async () => {
    const { id } = await doors.published(owner, workflow().transform('a', 1).end().graph());
    expect((await ask<WorkflowRetention>('GET', `/workflows/${id}/retention`)).body).toEqual({ retention: null });
    const own = { retention: { completedDays: 1, failedDays: 2 } };
    expect((await ask<WorkflowRetention>('PUT', `/workflows/${id}/retention`, own)).body).toEqual(own);
    expect((await ask<WorkflowRetention>('GET', `/workflows/${id}/retention`)).body).toEqual(own);
    await ask('PUT', `/workflows/${id}/retention`, { retention: null });
    expect((await ask<WorkflowRetention>('GET', `/workflows/${id}/retention`)).body).toEqual({ retention: null });
  });

  it.each([
    { runs: { completedDays: 0, failedDays: null }, events: [] },
    { runs: { completedDays: 1, failedDays: null }, events: [{ pattern: 'a*b', days: 1 }] },
    {
      runs: { completedDays: 1, failedDays: null },
      events: [
        { pattern: 'a', days: 1 },
        { pattern: 'a', days: 2 },
      ],
    },
  ])('refuses what cannot be meant: %j', async (body) => {
    expect((await ask('PUT', '/workspace/retention', body)).status).toBe(400);
  });

  it('is changed by owners alone', async () => {
    const editor = (await doors.person('editor')).headers;
    const body = { runs: { completedDays: 1, failedDays: 1 }, events: [] };
    expect((await ask('PUT', '/workspace/retention', body, editor)).status).toBe(403);
  });
});

describe('a large value', () => {
  it('stands in runs and journals as a reference, and is fetched by its hash', async () => {
    const { id } = await doors.published(owner, workflow().transform('a', '{{ trigger.data }}').end().graph());
    const text = 'L'.repeat(200_000);
    const started = await ask<{ runId: string }>('POST', `/workflows/${id}/runs`, { data: { text } });
    while ((await doors.worker.work()) > 0);
    const { runId } = started.body;
    const run = await ask<Run>('GET', `/runs/${runId}`);
    expect(JSON.stringify(run.body.event).length).toBeLessThan(1000);
    const journal = await ask<{ items: Entry[] }>('GET', `/runs/${runId}/journal`);
    const entries = JSON.stringify(journal.body.items);
    expect(entries.length).toBeLessThan(5000);
    const hashes = [...new Set([...entries.matchAll(/"\$payload":"([0-9a-f]{64})"/g)].map(([, hash]) => hash))];
    expect(hashes).toHaveLength(1);
    expect((await ask<{ value: string }>('GET', `/runs/${runId}/payloads/${String(hashes[0])}`)).body).toEqual({
      value: text,
    });
    expect(await ask('GET', `/runs/${runId}/payloads/${'0'.repeat(64)}`)).toMatchObject({
      status: 404,
      body: { code: 'payload.not-found' },
    });
  });
});
