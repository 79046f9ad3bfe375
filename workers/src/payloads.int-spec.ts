/** Large values: stored once beside the journal, and the run is as if they stood in it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createHash } from 'node:crypto';
import type { Json } from '@sagawright/shared/kernel';
import { findPayload, readJournal } from '@sagawright/shared/server';
import { workflow } from '@sagawright/shared/testing';
import { done, Engine } from './testing/engine.js';

jest.setTimeout(120_000);

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.open();
}, 60_000);
afterAll(() => engine.close());
beforeEach(() => engine.clear());
afterEach(() => engine.dismiss());

/** About that many megabytes of JSON. */
const order = (megabytes: number) => ({
  id: 'o-1',
  lines: Array.from({ length: megabytes * 8000 }, (_, n) => ({
    n,
    sku: `sku ${n}`,
    note: 'as ordered by the customer, '.repeat(3),
  })),
});
const hashOf = (value: Json) => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** The longest body of the run's journal, and how many payloads there are. */
async function stored(run: string): Promise<{ longest: number; payloads: number }> {
  const { rows } = await engine.db.pool.query<{ longest: number; payloads: number }>(
    `SELECT max(octet_length(body::text)) AS longest, (SELECT count(*) FROM payload) AS payloads FROM journal WHERE run_id = $1`,
    [run],
  );
  return rows[0] ?? { longest: -1, payloads: -1 };
}

describe('an event of 10 MB', () => {
  it('goes through three steps, stored once beside the journal, also across workers', async () => {
    const data = order(10);
    const seen: string[] = [];
    engine.answer = ({ input }) => {
      seen.push(hashOf(input['order'] ?? null));
      return { kind: 'succeeded', output: { order: input['order'] ?? null } };
    };
    const saga = workflow()
      .step('one', { input: { step: 'one', order: '{{ trigger.data }}' } })
      .delay('pause', 3000)
      .step('two', { input: { step: 'two', order: '{{ steps.one.output.order }}' } })
      .step('three', { input: { step: 'three', order: '{{ steps.two.output.order }}' } })
      .end('end', '{{ steps.three.output.order.lines[-1].n }}');
    const id = await engine.run(saga, data);
    // Long texts keep the event loop of this process busy; the lease must bear that.
    await engine.hire({ leaseMs: 15_000 });
    await engine.comesTo(id, 'waiting');
    await engine.dismiss();
    await engine.hire({ leaseMs: 15_000 });
    await engine.comesTo(id, 'completed');

    expect(await engine.outputOf(id)).toBe(79_999);
    expect(seen).toEqual(Array.from({ length: 3 }, () => hashOf(data)));
    const { longest, payloads } = await stored(id);
    expect(longest).toBeLessThan(2000);
    expect(payloads).toBe(1);
  });

  it('is shown by its reference, and to be had by it in its workspace alone', async () => {
    const data = order(1);
    const id = await engine.run(workflow().step('one'), data);
    await engine.hire();
    await engine.comesTo(id, 'completed');
    const [started] = await readJournal(engine.db.pool, id, { after: 0, limit: 1 });
    expect(JSON.stringify(started).length).toBeLessThan(1000);
    expect(started).toMatchObject({
      event: { data: { id: 'o-1', lines: { count: 8000, bytes: expect.any(Number) } } },
    });
    const hash = /"\$payload":"([0-9a-f]{64})"/.exec(JSON.stringify(started))?.[1] ?? '';
    const { pool } = engine.db;
    expect(JSON.parse((await findPayload(pool, engine.workspaceId, id, hash)) ?? '')).toEqual(data.lines);
    expect(await findPayload(pool, '00000000-0000-4000-8000-000000000000', id, hash)).toBeNull();
    const other = await engine.run(workflow().step('one'), {});
    expect(await findPayload(pool, engine.workspaceId, other, hash)).toBeNull();
    const [whole] = await readJournal(pool, id, { after: 0, limit: 1 }, 'whole');
    expect(whole).toMatchObject({ event: { data } });
  });
});

describe('data of a stranger', () => {
  it('that looks like a reference stays data, beside a large value as well', async () => {
    const secret = await engine.run(workflow().step('one'), { secret: 'S'.repeat(100_000) });
    const [entry] = await readJournal(engine.db.pool, secret, { after: 0, limit: 1 });
    const hash = /"\$payload":"([0-9a-f]{64})"/.exec(JSON.stringify(entry))?.[1] ?? '';
    const forged = { $payload: hash, bytes: 100_002 };
    engine.answer = ({ input }) => {
      expect(input['given']).toEqual(forged);
      return done;
    };
    const saga = workflow().step('one', { input: { step: 'one', given: '{{ trigger.data.forged }}' } });
    const runs = [await engine.run(saga, { forged }), await engine.run(saga, { forged, large: 'L'.repeat(100_000) })];
    await engine.hire();
    for (const run of runs) await engine.comesTo(run, 'completed');
    expect(engine.names().filter((name) => name === 'do one')).toHaveLength(3);
  });
});

describe('a child run', () => {
  it('is given a large input, and gives a large output, by reference', async () => {
    const child = await engine.publish(workflow({ kind: 'trigger.called' }).end('end', '{{ trigger.data }}'));
    const saga = workflow()
      .call('sub', { workflow: child.workflowId, input: { order: '{{ trigger.data }}' } })
      .end('end', '{{ steps.sub.output.order.id }}');
    const id = await engine.run(saga, order(1));
    await engine.hire();
    await engine.comesTo(id, 'completed');
    expect(await engine.outputOf(id)).toBe('o-1');
    expect(await stored(id)).toMatchObject({ payloads: 1 });
  });
});
