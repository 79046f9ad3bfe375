import { describe, expect, it } from '@jest/globals';
import type { Json } from '../../kernel/index.js';
import type { Queryable } from '../db/index.js';
import { foldableBody, LARGE_BYTES, resolveBodies, takeOutLarge } from './payload.js';

const OWNER = { id: 'r', workspaceId: 'w' };
const big = (mark: string): string => mark.repeat(LARGE_BYTES + 1);
const nowhere = { query: () => Promise.resolve({ rows: [] }) } as unknown as Queryable;

function taken(output: Json) {
  const light = takeOutLarge('step.succeeded', { output, port: 'out' }, OWNER);
  if (light === null) throw new Error('Nothing was large.');
  const body = JSON.parse(JSON.stringify(light.body)) as { output: Json };
  return { ...light, body, hashes: light.payloads.map(({ hash }) => hash) };
}

async function put(type: string, body: object, payloads: readonly string[] | null): Promise<object | null | undefined> {
  return (await resolveBodies(nowhere, [{ type, body, payloads }]))[0];
}

describe('payloads', () => {
  it('leaves entries alone that hold nothing large', () => {
    expect(takeOutLarge('step.succeeded', { output: { a: 'x'.repeat(1000) }, port: 'out' }, OWNER)).toBeNull();
  });

  it('takes out the part that is large, and puts it back as it was', async () => {
    const output = { id: 7, document: big('d'), list: [1, { note: 'n' }] };
    const { body, hashes } = taken(output);
    expect(body.output).toMatchObject({ id: 7, list: [1, { note: 'n' }], document: { $payload: hashes[0] } });
    expect(JSON.stringify(body).length).toBeLessThan(500);
    expect(await put('step.succeeded', body, hashes)).toEqual({ output, port: 'out' });
  });

  it('takes out a whole that is large by many small parts, once', async () => {
    const output = Array.from({ length: 20_000 }, (_, n) => ({ n }));
    const { body, hashes } = taken(output);
    expect(body.output).toMatchObject({ $payload: hashes[0], count: 20_000 });
    expect(hashes).toHaveLength(1);
    expect(await put('step.succeeded', body, hashes)).toEqual({ output, port: 'out' });
  });

  it('stores the same value once, whatever it is part of, and never for two workspaces', () => {
    const value = big('s');
    const inOutput = taken({ a: value, b: { c: value } });
    const event = takeOutLarge('run.started', { event: { data: { order: value } } }, OWNER);
    const elsewhere = takeOutLarge('run.ended', { output: value }, { ...OWNER, workspaceId: 'other' });
    expect(inOutput.hashes).toHaveLength(1);
    expect(event?.payloads.map(({ hash }) => hash)).toEqual(inOutput.hashes);
    expect(elsewhere?.payloads[0]?.hash).not.toBe(inOutput.hashes[0]);
  });

  it('keeps data that looks like a reference as data, beside references and without', async () => {
    const forged = { $payload: taken({ real: big('r') }).hashes[0] ?? '', bytes: 1 };
    expect(await put('step.succeeded', { output: forged }, null)).toEqual({ output: forged });
    const output = { forged, real: big('r'), deep: [{ forged }] };
    const { body, hashes } = taken(output);
    expect(await put('step.succeeded', body, hashes)).toEqual({ output, port: 'out' });
  });

  it('shares large values that entries hold, so that a run with many steps holds them once', () => {
    const first = taken({ document: [big('q')] }).shared as { output: { document: Json[] } };
    const copy = JSON.parse(JSON.stringify({ document: [big('q')], more: [big('q')] })) as Json;
    const second = taken(copy).shared as { output: { document: Json[]; more: Json[] } };
    expect(second.output.document[0]).toBe(first.output.document[0]);
  });

  it('says when a value is not there', async () => {
    expect(await put('step.succeeded', { output: { $payload: 'gone', bytes: 1 } }, ['gone'])).toBeNull();
  });

  it('never takes out what makes up an entry, and lets a view count the items of a loop', () => {
    const body = {
      awaits: [{ instructions: big('i') }],
      items: Array.from({ length: 30_000 }, () => 'it'),
      step: big('s'),
    };
    expect(takeOutLarge('task.nudged', body, OWNER)).toBeNull();
    const light = takeOutLarge('step.opened', body, OWNER);
    const view = foldableBody({ type: 'step.opened', body: light?.body ?? {}, payloads: ['h'] });
    expect(view).toMatchObject({ awaits: body.awaits, step: body.step });
    expect('items' in view && Array.isArray(view.items) && view.items.length).toBe(30_000);
  });
});
