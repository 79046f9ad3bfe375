/** What an event starts: decided when it comes first, by the triggers that are live then. */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AcceptedEvent } from '@sagawright/shared/contracts';
import { uuidv7 } from '@sagawright/shared/server';
import { workflow } from '@sagawright/shared/testing';
import { Doors } from '../testing/doors.js';

let doors: Doors;
let owner: Record<string, string>;

beforeAll(async () => {
  doors = await Doors.open();
  owner = (await doors.person('owner')).headers;
}, 120_000);

afterAll(() => doors.close());

const onEvent = (type: string) => workflow({ kind: 'trigger.event', event: { type } }).end().graph();

async function runsOf(workflowId: string): Promise<number> {
  const { rows } = await doors.database.pool.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM run WHERE workflow_id = $1',
    [workflowId],
  );
  return rows[0]?.n ?? -1;
}

describe('an event that comes again', () => {
  it('starts nothing that was published since it came first, and tells of the runs it started then (S31)', async () => {
    const type = `order.${uuidv7()}`;
    const event = { id: uuidv7(), source: '/shop', type };
    const send = () => doors.api<AcceptedEvent>('POST', '/events', { headers: owner, body: event });
    await doors.published(owner, onEvent(type));
    const first = await send();
    expect(first.body).toMatchObject({ duplicate: false, runs: [{}] });
    const later = await doors.published(owner, onEvent(type));
    expect((await send()).body).toMatchObject({
      duplicate: true,
      sameContent: true,
      position: first.body.position,
      runs: first.body.runs,
    });
    expect(await runsOf(later.id)).toBe(0);
  });

  it('and found no trigger at first starts none later', async () => {
    const event = { id: uuidv7(), source: '/shop', type: `order.${uuidv7()}` };
    const send = () => doors.api<AcceptedEvent>('POST', '/events', { headers: owner, body: event });
    expect((await send()).body).toMatchObject({ duplicate: false, runs: [] });
    await doors.published(owner, onEvent(event.type));
    expect((await send()).body).toMatchObject({ duplicate: true, sameContent: true, runs: [] });
  });

  it('as a delivery to a webhook is answered with its run, and starts nothing that was published since', async () => {
    const hook = await doors.published(owner, workflow({ kind: 'trigger.webhook', scheme: 'stripe' }).end().graph());
    const [trigger] = hook.triggers;
    const secret = 'It is a secret of some length';
    const secretPath = `/workflows/${hook.id}/triggers/${trigger?.nodeId ?? ''}/secret`;
    expect((await doors.api('PUT', secretPath, { headers: owner, body: { secret } })).status).toBe(204);
    const raw = `{"id":"${uuidv7()}","type":"charge.succeeded"}`;
    const at = Math.floor(Date.now() / 1000);
    const mark = createHmac('sha256', secret).update(`${at}.${raw}`).digest('hex');
    const send = () =>
      doors.ask<{ runId: string }>('POST', new URL(trigger?.url ?? '').pathname, {
        headers: { 'stripe-signature': `t=${at},v1=${mark}` },
        raw,
      });
    const first = await send();
    expect(first.status).toBe(202);
    const later = await doors.published(owner, onEvent('*'));
    const again = await send();
    expect(again.body.runId).toBe(first.body.runId);
    expect(await runsOf(later.id)).toBe(0);
  });
});
