/** How the runs of a workflow are counted in its row: each under what it came to. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { RouteResponse, workflowRoutes } from '@sagawright/shared/contracts';
import { workflow } from '@sagawright/shared/testing';
import { Doors } from '../testing/doors.js';

let doors: Doors;
let owner: Record<string, string>;

beforeAll(async () => {
  doors = await Doors.open();
  owner = (await doors.person('owner')).headers;
}, 120_000);
afterAll(() => doors.close());

it('a run that somebody stopped has not failed', async () => {
  const { id } = await doors.published(owner, workflow().wait('w', 'nothing').end().graph());
  const start = async () =>
    (await doors.api<{ runId: string }>('POST', `/workflows/${id}/runs`, { headers: owner, body: { data: {} } })).body;
  const [one, other] = [await start(), await start()];
  await start();
  while ((await doors.worker.work()) > 0);
  for (const [run, how] of [
    [one, 'terminate'],
    [other, 'cancel'],
  ] as const) {
    await doors.api('POST', `/runs/${run.runId}/${how}`, { headers: owner, body: { reason: 'test' } });
  }
  while ((await doors.worker.work()) > 0);
  const { body } = await doors.api<RouteResponse<typeof workflowRoutes.listWorkflows>>('GET', '/workflows', {
    headers: owner,
  });
  const counts = { live: 1, completed: 0, failed: 0, compensated: 0, stopped: 2 };
  expect(body.items.find((each) => each.id === id)?.runCounts).toEqual(counts);
});
