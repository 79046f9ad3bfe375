import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { chain, ingestRequest, publishWorkflow, testDatabase } from '../../testing/index.js';
import type { PublishedWorkflow, TestDatabase } from '../../testing/index.js';
import { uuidv7 } from '../ids.js';
import { insertEventsAndRuns } from './ingest.js';
import { backlogOf, pauseWorkflow, pauseWorkspace, pausesOf, resumeWorkflow, resumeWorkspace } from './pause.js';
import { claimRuns } from './run-claim.js';
import type { ClaimedRun } from './run-claim.js';
import { hasBacklog, registerWorker } from './run-sweep.js';

let db: TestDatabase;
let worker: string;

beforeAll(async () => {
  db = await testDatabase();
}, 60_000);
afterAll(() => db.close());
beforeEach(async () => {
  await db.pool.query('TRUNCATE run, journal, event, worker, claim_turn, workspace CASCADE');
  worker = randomUUID();
  await registerWorker(db.pool, { incarnation: worker, host: 'test', pid: 1, version: '0' }, 600_000);
});

const publish = async (): Promise<PublishedWorkflow> => await publishWorkflow(db.pool, chain([]));

/** Another workflow of the same workspace. */
async function sibling(of: PublishedWorkflow): Promise<PublishedWorkflow> {
  const other = await publish();
  for (const [table, key] of [
    ['workflow', 'id'],
    ['trigger', 'workflow_id'],
  ] as const) {
    await db.pool.query(`UPDATE ${table} SET workspace_id = $1 WHERE ${key} = $2`, [of.workspaceId, other.workflowId]);
  }
  return { ...other, workspaceId: of.workspaceId };
}

async function start(workflow: PublishedWorkflow, count: number, priority = 0): Promise<void> {
  await insertEventsAndRuns(
    db.pool,
    Array.from({ length: count }, (_, n) => ({ ...ingestRequest(workflow, { n }), priority })),
  );
}

/** A flood: rows as ingest leaves them, made by the database. */
async function flood(workflow: PublishedWorkflow, count: number, inMs = 0): Promise<void> {
  await db.pool.query(
    `WITH stored AS (
       INSERT INTO event (workspace_id, source, event_id, type, time, content_hash, content_type, raw, data, headers)
       SELECT $1, $2, n::text, 'flood', now(), '', 'application/json', '', '{}', '{}' FROM generate_series(1, $3::int) n
       RETURNING position
     )
     INSERT INTO run (id, workspace_id, workflow_id, version_id, trigger_id, event_position, runnable_at)
     SELECT gen_random_uuid(), $1, $4, $5, $6, position, now() + $7 * interval '1 millisecond' FROM stored`,
    [workflow.workspaceId, uuidv7(), count, workflow.workflowId, workflow.versionId, workflow.triggerId, inMs],
  );
}

const claim = (limit: number): Promise<ClaimedRun[]> => claimRuns(db.pool, 0, worker, limit);
const countOf = (runs: readonly ClaimedRun[], { workflowId }: PublishedWorkflow): number =>
  runs.filter((run) => run.workflowId === workflowId).length;

/** How many claims it takes until so many runs of a workflow were claimed. */
async function claimsUntil(workflow: PublishedWorkflow, runs: number, limit: number): Promise<number> {
  let seen = 0;
  for (let claims = 1; claims <= 1000; claims += 1) {
    seen += countOf(await claim(limit), workflow);
    if (seen >= runs) return claims;
  }
  return Infinity;
}

describe('fairness of the claim', () => {
  it('takes everything that is due when it fits', async () => {
    const [one, other] = [await publish(), await publish()];
    await start(one, 5);
    await start(other, 2, 3);
    expect(await claim(7)).toHaveLength(7);
  });

  it('serves a workspace with ten runs in its first claim although another has flooded the engine before', async () => {
    const [loud, quiet] = [await publish(), await publish()];
    await flood(loud, 10_000);
    await claim(20);
    await start(quiet, 10);
    expect(await claimsUntil(quiet, 10, 20)).toBe(1);
  }, 60_000);

  it('gives workspaces turns even when a worker takes one run at a time', async () => {
    const [loud, quiet, third] = [await publish(), await publish(), await publish()];
    await flood(loud, 10_000);
    await flood(third, 1000);
    await claim(1);
    await start(quiet, 10);
    expect(await claimsUntil(quiet, 10, 1)).toBeLessThanOrEqual(30);
  }, 60_000);

  it('gives workflows of one workspace turns', async () => {
    const loud = await publish();
    const quiet = await sibling(loud);
    await flood(loud, 5000);
    await start(quiet, 10);
    expect(await claimsUntil(quiet, 5, 10)).toBe(1);
    expect(await claimsUntil(quiet, 5, 1)).toBeLessThanOrEqual(10);
  }, 60_000);

  it('shares by workspace, however many workflows one has', async () => {
    const [many, few] = [await publish(), await publish()];
    for (const workflow of [many, await sibling(many), await sibling(many), few]) await flood(workflow, 100);
    const claimed = await claim(40);
    expect([claimed.length, countOf(claimed, few)]).toEqual([40, 20]);
  });

  it('prefers the higher priority within a workspace, and leaves other workspaces their share', async () => {
    const [ranked, plain] = [await publish(), await publish()];
    await start(ranked, 50);
    await start(ranked, 10, 5);
    await start(plain, 50);
    const claimed = await claim(20);
    const { rows } = await db.pool.query<{ workflow: string; priority: number; n: number }>(
      `SELECT workflow_id AS workflow, priority, count(*)::int AS n FROM run WHERE owner IS NOT NULL GROUP BY 1, 2`,
    );
    expect(claimed).toHaveLength(20);
    expect(rows).toContainEqual({ workflow: ranked.workflowId, priority: 5, n: 10 });
    expect(rows).toContainEqual({ workflow: plain.workflowId, priority: 0, n: 10 });
  });

  it('fills a claim to its limit, wherever the runs lie', async () => {
    const deep = await publish();
    const shallow = [await publish(), await publish(), await sibling(deep)];
    await flood(deep, 200);
    for (const workflow of shallow) await start(workflow, 1, 1);
    expect(await claim(100)).toHaveLength(100);
  });

  it('gives each run to one of several claimers that choose at the same time', async () => {
    const [one, other] = [await publish(), await publish()];
    await flood(one, 300);
    await flood(other, 300);
    const claims = await Promise.all(Array.from({ length: 8 }, () => claim(50)));
    expect(claims.map((runs) => runs.length)).toEqual(Array.from({ length: 8 }, () => 50));
    expect(new Set(claims.flat().map((run) => run.id)).size).toBe(400);
  });

  it('leaves what is not due, in a backlog too (S29)', async () => {
    const [later, now] = [await publish(), await publish()];
    await flood(later, 200, 3_600_000);
    await flood(now, 30);
    expect(countOf(await claim(20), later)).toBe(0);
    expect(await claim(20)).toHaveLength(10);
  });

  it('reads no more of 100,000 waiting runs than it takes', async () => {
    const workflows = await Promise.all(Array.from({ length: 10 }, publish));
    for (const workflow of workflows) await flood(workflow, 10_000);
    const aClaim = `SELECT count(*) FROM claim_runs(0::smallint, '${worker}', 100)`;
    const pages = [await pagesOf(aClaim)];
    await db.pool.query('ANALYZE run');
    pages.push(await pagesOf(aClaim));
    for (const touched of pages) expect(touched).toBeLessThan(6000);
  }, 120_000);
});

/** Pages that a statement touches: its cost, whatever the machine does besides. */
async function pagesOf(statement: string): Promise<number> {
  const { rows } = await db.pool.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
    `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${statement}`,
  );
  const plan = rows[0]?.['QUERY PLAN'][0].Plan;
  return (plan?.['Shared Hit Blocks'] ?? NaN) + (plan?.['Shared Read Blocks'] ?? NaN);
}

describe('pauses', () => {
  it('of a workflow keep its runs from being claimed until it is resumed', async () => {
    const paused = await publish();
    const going = await sibling(paused);
    await pauseWorkflow(db.pool, paused.workspaceId, paused.workflowId);
    await start(paused, 30);
    await start(going, 2);
    expect(countOf(await claim(100), paused)).toBe(0);
    expect(await hasBacklog(db.pool, 0)).toBe(false);
    expect(await resumeWorkflow(db.pool, paused.workspaceId, paused.workflowId)).toBe(true);
    expect(await claim(100)).toHaveLength(30);
  });

  it('of a workspace keep all its workflows, and nobody else, also in a backlog', async () => {
    const [paused, going] = [await publish(), await publish()];
    const alsoPaused = await sibling(paused);
    await pauseWorkspace(db.pool, paused.workspaceId);
    for (const workflow of [paused, alsoPaused, going]) await start(workflow, 30);
    expect(countOf(await claim(20), going)).toBe(20);
    expect(countOf(await claim(20), going)).toBe(10);
    expect(await claim(20)).toEqual([]);
    expect(await resumeWorkspace(db.pool, paused.workspaceId)).toBe(true);
    expect(await claim(100)).toHaveLength(60);
  });

  it('are told with the instant of the first pause, and only within their workspace', async () => {
    const [own, foreign] = [await publish(), await publish()];
    expect(await pauseWorkflow(db.pool, foreign.workspaceId, own.workflowId)).toBe(false);
    await pauseWorkflow(db.pool, own.workspaceId, own.workflowId);
    const first = await pausesOf(db.pool, own.workspaceId);
    await pauseWorkflow(db.pool, own.workspaceId, own.workflowId);
    await pauseWorkspace(db.pool, own.workspaceId);
    const second = await pausesOf(db.pool, own.workspaceId);
    expect([first.workspace, first.workflows.map(({ id }) => id)]).toEqual([null, [own.workflowId]]);
    expect(second.workflows).toEqual(first.workflows);
    expect(second.workspace).toBeInstanceOf(Date);
    expect(await pausesOf(db.pool, foreign.workspaceId)).toEqual({ workspace: null, workflows: [] });
  });
});

describe('the backlog of a workspace', () => {
  it('counts runs that are due and that nobody owns', async () => {
    const [own, foreign] = [await publish(), await publish()];
    await start(own, 12);
    await flood(own, 3, 3_600_000);
    await start(foreign, 5);
    expect(await backlogOf(db.pool, own.workspaceId, 1)).toBe(12);
    await claim(100);
    expect(await backlogOf(db.pool, own.workspaceId, 1)).toBe(0);
  });
});
