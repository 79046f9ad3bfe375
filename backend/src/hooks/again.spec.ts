import { describe, expect, it } from '@jest/globals';
import { uuidv7 } from '@sagawright/shared/server';
import type { IngestEvent, Queryable } from '@sagawright/shared/server';
import type { Caller } from '../auth/caller.js';
import { Events } from '../events/events.js';
import { Ingest } from './ingest.js';

const nobody = { ring: () => undefined, publish: () => undefined };
const workspaceId = uuidv7();

/** A database in which the first statements that store events meet others in a circle. */
function contended(conflicts: number, code: string) {
  const tries = { count: 0 };
  const sql = {
    query: ({ name }: { name: string }) => {
      if (name !== 'ingest-insert') return Promise.resolve({ rows: [] });
      tries.count += 1;
      if (tries.count <= conflicts) return Promise.reject(Object.assign(new Error('given up'), { code }));
      return Promise.resolve({
        rows: [{ ord: 1, position: 7, same_content: true, started: true, stored: true, woken: null }],
      });
    },
  } as unknown as Queryable;
  return { sql, tries };
}

const event: IngestEvent = {
  source: '/test',
  eventId: 'e',
  type: 'test',
  subject: null,
  time: new Date(0).toISOString(),
  contentHash: Buffer.alloc(32),
  contentType: 'application/json',
  raw: Buffer.from('{}'),
  data: {},
  headers: {},
  receipt: null,
};

const byWebhook = (sql: Queryable) =>
  new Ingest(sql, nobody, nobody, 1).deliver({
    runId: uuidv7(),
    workspaceId,
    workflowId: uuidv7(),
    versionId: uuidv7(),
    triggerId: uuidv7(),
    triggerNode: 'start',
    event,
  });

const asEvent = (sql: Queryable) =>
  new Events(sql, nobody, nobody, 1, 'http://here').accept({ workspaceId } as Caller, {
    contentType: 'application/json',
    headers: [],
    body: Buffer.from('{"id":"e","source":"/test","type":"test"}'),
    query: {},
  });

describe.each([
  ['a delivery', byWebhook],
  ['an event', asEvent],
])('%s', (_what, bring) => {
  it.each(['40P01', '40001'])('that met others in a circle (%s) is stored by another try', async (code) => {
    const { sql, tries } = contended(3, code);
    expect(await bring(sql)).toMatchObject({ position: 7, duplicate: false });
    expect(tries.count).toBe(4);
  });

  it('that fails otherwise, or again and again, fails', async () => {
    const broken = contended(1, '42703');
    await expect(bring(broken.sql)).rejects.toMatchObject({ code: '42703' });
    expect(broken.tries.count).toBe(1);
    const stuck = contended(100, '40P01');
    await expect(bring(stuck.sql)).rejects.toMatchObject({ code: '40P01' });
    expect(stuck.tries.count).toBe(5);
  });
});
