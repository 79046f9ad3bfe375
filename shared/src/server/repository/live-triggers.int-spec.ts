/** The index of live triggers against the database: what was published or taken away before an event came counts for it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { EventFilter } from '../../event/filter/index.js';
import type { Json } from '../../kernel/index.js';
import { ingestRequest, testDatabase, workflow } from '../../testing/index.js';
import type { TestDatabase } from '../../testing/index.js';
import type { Queryable } from '../db/index.js';
import { insertEvents } from './event-triggers.js';
import { goLive, takeOffAir } from './triggers.js';

let db: TestDatabase;
let workspaceId: string;

beforeAll(async () => {
  db = await testDatabase();
}, 60_000);
afterAll(() => db.close());
beforeEach(async () => {
  workspaceId = randomUUID();
  await db.pool.query(`INSERT INTO workspace (id, name) VALUES ($1, 'Test')`, [workspaceId]);
});

const START = { nodeId: 'start', kind: 'trigger.event', name: 'Start', scheme: null } as const;

async function versionOf(sql: Queryable, workflowId: string, filter: EventFilter): Promise<string> {
  const saga = workflow({ kind: 'trigger.event', event: { type: 'paid', filter } }).end();
  const id = randomUUID();
  await sql.query(
    `INSERT INTO workflow_version (id, workflow_id, number, graph, definition, note, published_by)
     SELECT $1, $2, 1 + count(*), $3, $4, '', 'test' FROM workflow_version WHERE workflow_id = $2`,
    [id, workflowId, JSON.stringify(saga.graph()), JSON.stringify(saga.definition())],
  );
  return id;
}

async function published(filter: EventFilter): Promise<string> {
  const id = randomUUID();
  await db.pool.query(`INSERT INTO workflow (id, workspace_id, name) VALUES ($1, $2, 'Test')`, [id, workspaceId]);
  await db.pool.query(
    `INSERT INTO trigger (id, workspace_id, workflow_id, node_id, kind, name) VALUES ($1, $2, $3, 'start', 'trigger.event', 'Start')`,
    [randomUUID(), workspaceId, id],
  );
  await goLive(db.pool, id, await versionOf(db.pool, id, filter), [START]);
  return id;
}

/** How many runs an event starts. */
async function startedBy(data: Json, sql: Queryable = db.pool): Promise<number> {
  const ids = { workspaceId, workflowId: '', versionId: '', triggerId: randomUUID(), triggerNode: '' };
  const { event } = ingestRequest(ids, data, { type: 'paid' });
  const [answer] = await insertEvents(sql, [{ workspaceId, event }], 1);
  return answer?.runs.length ?? -1;
}

describe('the live triggers of a workspace', () => {
  it('count at once when they are published, changed and taken off the air', async () => {
    expect(await startedBy({ total: 1 })).toBe(0);
    const one = await published({ data: { total: [1] } });
    expect(await startedBy({ total: 1 })).toBe(1);
    await published("type = 'paid'");
    expect(await startedBy({ total: 1 })).toBe(2);
    await goLive(db.pool, one, await versionOf(db.pool, one, { data: { total: [2] } }), [START]);
    expect([await startedBy({ total: 1 }), await startedBy({ total: 2 })]).toEqual([1, 2]);
    await takeOffAir(db.pool, workspaceId, one);
    expect(await startedBy({ total: 2 })).toBe(1);
  });

  it('do not count while the transaction that publishes them is open, nor when it is given up', async () => {
    const one = await published({ data: { total: [1] } });
    await expect(
      db.transaction(async (sql) => {
        await takeOffAir(sql, workspaceId, one);
        expect(await startedBy({ total: 1 })).toBe(1);
        throw new Error('given up');
      }),
    ).rejects.toThrow('given up');
    expect(await startedBy({ total: 1 })).toBe(1);
  });

  it('are the same for events that come together, whoever reads them', async () => {
    await published({ data: { total: [1] } });
    const all = await Promise.all(Array.from({ length: 20 }, () => startedBy({ total: 1 })));
    expect(all).toEqual(all.map(() => 1));
    await published({ data: { total: [1] } });
    const more = await Promise.all(Array.from({ length: 20 }, () => startedBy({ total: 1 })));
    expect(more).toEqual(more.map(() => 2));
  });

  it('start nothing by a filter that meets an error', async () => {
    await published("missing > 2 OR type = 'paid'");
    expect(await startedBy({ total: 1 })).toBe(0);
  });

  it('are read by one look at their generation, however many there are', async () => {
    for (let at = 0; at < 5; at += 1) await published({ data: { total: [at] } });
    await startedBy({ total: 1 });
    const asked: string[] = [];
    const watched = new Proxy(db.pool, {
      get: (pool, name) =>
        name === 'query'
          ? (statement: { name?: string }) => {
              asked.push(statement.name ?? '');
              return pool.query(statement as Parameters<Queryable['query']>[0]);
            }
          : Reflect.get(pool, name),
    }) as unknown as Queryable;
    expect(await startedBy({ total: 1 }, watched)).toBe(1);
    expect(asked.filter((name) => name.startsWith('trigger'))).toEqual(['trigger-generations']);
  });
});
