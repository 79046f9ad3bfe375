import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Entry, NewEntry, SagaDefinition } from '../../saga/index.js';
import { ingestRequest, publishWorkflow, testDatabase } from '../../testing/index.js';
import type { PublishedWorkflow, TestDatabase } from '../../testing/index.js';
import { insertEventsAndRuns } from './ingest.js';
import { claimRuns, loadDefinitions, loadJournals } from './run-claim.js';
import { commitRuns, fateOfCommits, prepareEntry } from './run-commit.js';
import type { RunCommit } from './run-commit.js';
import { pendingSignals, sendSignal } from './run-signal.js';
import { hasBacklog, registerWorker, releaseOrphans, removeWorker, renewLease } from './run-sweep.js';

const definition: SagaDefinition = {
  formatVersion: 2,
  triggers: {
    start: { id: 'start', kind: 'trigger.manual', name: 'Start', outgoing: [], settings: { kind: 'trigger.manual' } },
  },
  steps: {},
  transitions: {},
  scopes: { root: { id: 'root', parent: null, steps: [], handler: [] } },
  order: [],
  variables: {},
  deadlineMs: null,
};
const by = { kind: 'system', id: 'test', name: 'Test' } as const;

let db: TestDatabase;
let workflow: PublishedWorkflow;

beforeAll(async () => {
  db = await testDatabase();
}, 60_000);
afterAll(() => db.close());
beforeEach(async () => {
  await db.pool.query('TRUNCATE run, journal, event, worker CASCADE');
  workflow = await publishWorkflow(db.pool, definition);
});

async function worker(leaseMs = 60_000): Promise<string> {
  const incarnation = randomUUID();
  await registerWorker(db.pool, { incarnation, host: 'test', pid: 1, version: '0' }, leaseMs);
  return incarnation;
}

async function start(count: number): Promise<string[]> {
  const answers = await insertEventsAndRuns(
    db.pool,
    Array.from({ length: count }, (_, n) => ingestRequest(workflow, { n })),
  );
  return answers.map((answer) => answer.runId);
}

function commit(
  run: { id: string; epoch: number; nextSeq: number },
  bodies: NewEntry[],
  more: Partial<RunCommit> = {},
): RunCommit {
  const entries = bodies.map((body, index) => {
    const prepared = prepareEntry({ ...body, seq: run.nextSeq + index } as Entry, {
      id: run.id,
      workspaceId: randomUUID(),
    });
    if (!prepared.ok) throw new Error(prepared.error.message);
    return prepared.value;
  });
  const { id, epoch, nextSeq } = run;
  return {
    id,
    epoch,
    nextSeq,
    entries,
    status: 'running',
    failure: null,
    release: { kind: 'keep' },
    signalsSeen: 0,
    signalsUsed: [],
    ...more,
  };
}

const note: NewEntry = { type: 'run.cancel-requested', by, reason: 'test', at: 1_700_000_000_123 };

async function claimOne(owner: string) {
  const [run] = await claimRuns(db.pool, 0, owner, 1);
  if (run === undefined) throw new Error('nothing to claim');
  return run;
}

describe('ingest', () => {
  it('stores an event, its run and journal entry 1 in one commit, and one delivery starts one run (I1)', async () => {
    const request = ingestRequest(workflow, { order: 'A-1' });
    const [first] = await insertEventsAndRuns(db.pool, [request]);
    const again = { ...request, runId: randomUUID() };
    const [second, third] = await insertEventsAndRuns(db.pool, [again, { ...again, runId: randomUUID() }]);
    expect(first).toMatchObject({ runId: request.runId, duplicate: false });
    expect(second).toMatchObject({
      runId: request.runId,
      duplicate: true,
      sameContent: true,
      position: first?.position,
    });
    expect(third).toEqual(second);
    const journal = (await loadJournals(db.pool, [request.runId])).get(request.runId);
    expect(journal).toMatchObject([
      { seq: 1, type: 'run.started', trigger: 'start', event: { data: { order: 'A-1' } } },
    ]);
  });

  it('answers racing deliveries of one event with the same run', async () => {
    const request = ingestRequest(workflow);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        insertEventsAndRuns(db.pool, [{ ...request, runId: randomUUID() }, ingestRequest(workflow)]),
      ),
    );
    expect(new Set(answers.map(([answer]) => answer?.runId)).size).toBe(1);
    expect(answers.filter(([answer]) => answer?.duplicate === false)).toHaveLength(1);
  });

  it('tells when a known event id comes with other content', async () => {
    await insertEventsAndRuns(db.pool, [ingestRequest(workflow, 1, { eventId: 'same' })]);
    const [answer] = await insertEventsAndRuns(db.pool, [ingestRequest(workflow, 2, { eventId: 'same' })]);
    expect(answer).toMatchObject({ duplicate: true, sameContent: false });
  });
});

describe('claim', () => {
  it('gives each run to one of several claimers', async () => {
    const runs = await start(60);
    const owners = await Promise.all([worker(), worker(), worker()]);
    const claimed = (await Promise.all(owners.map((owner) => claimRuns(db.pool, 0, owner, 40)))).flat();
    const rest = await claimRuns(db.pool, 0, owners[0] ?? '', 60);
    expect([...claimed, ...rest].map((run) => run.id).sort()).toEqual(runs.sort());
  });

  it('gives nothing to an incarnation without a live lease', async () => {
    await start(1);
    expect(await claimRuns(db.pool, 0, randomUUID(), 1)).toEqual([]);
    expect(await hasBacklog(db.pool, 0)).toBe(true);
  });

  it('leaves a run whose timer is not due (S29)', async () => {
    await start(1);
    const owner = await worker();
    const run = await claimOne(owner);
    await commitRuns(db.pool, owner, [
      commit(run, [], { status: 'waiting', release: { kind: 'park', wakeAt: Date.now() + 3_600_000 } }),
    ]);
    expect(await claimRuns(db.pool, 0, owner, 1)).toEqual([]);
  });

  it('reads back the definition of a version', async () => {
    expect((await loadDefinitions(db.pool, [workflow.versionId])).get(workflow.versionId)).toEqual(definition);
  });
});

describe('commit', () => {
  it('writes the entries of many runs and reads them back as they were', async () => {
    await start(5);
    const owner = await worker();
    const runs = await claimRuns(db.pool, 0, owner, 5);
    const answer = await commitRuns(
      db.pool,
      owner,
      runs.map((run) => commit(run, [note, { ...note, reason: '{"\\"' }])),
    );
    expect([...answer.keys()].sort()).toEqual(runs.map((run) => run.id));
    for (const journal of (
      await loadJournals(
        db.pool,
        runs.map((run) => run.id),
      )
    ).values()) {
      expect(journal.slice(1)).toEqual([
        { ...note, seq: 2 },
        { ...note, reason: '{"\\"', seq: 3 },
      ]);
    }
  });

  it('writes nothing for a writer whose epoch, owner or position is superseded, and everything for its neighbours (I4)', async () => {
    await start(4);
    const owner = await worker();
    const [fine, oldEpoch, oldSeq, taken] = await claimRuns(db.pool, 0, owner, 4);
    if (!fine || !oldEpoch || !oldSeq || !taken) throw new Error('expected four runs');
    await db.pool.query('UPDATE run SET owner = $2 WHERE id = $1', [taken.id, randomUUID()]);
    const answer = await commitRuns(db.pool, owner, [
      commit(fine, [note]),
      commit({ ...oldEpoch, epoch: oldEpoch.epoch - 1 }, [note]),
      commit({ ...oldSeq, nextSeq: 1 }, [note]),
      commit(taken, [note]),
    ]);
    expect([...answer.keys()]).toEqual([fine.id]);
    const { rows } = await db.pool.query('SELECT run_id FROM journal WHERE seq > 1');
    expect(rows).toEqual([{ run_id: fine.id }]);
  });

  it('keeps incidents beside the journal', async () => {
    const [id = ''] = await start(1);
    const owner = await worker();
    const run = await claimOne(owner);
    const failure = { code: 'x.y', kind: 'operational', message: 'No.' } as const;
    const at = 1_700_000_000_000;
    const opened: NewEntry = {
      type: 'incident.opened',
      incident: 'i1',
      step: 's',
      path: '',
      generation: 1,
      direction: 'undo',
      failure,
      at,
    };
    await commitRuns(db.pool, owner, [commit(run, [opened])]);
    const open = await db.pool.query('SELECT id, step, resolved_at FROM incident WHERE run_id = $1', [id]);
    expect(open.rows).toEqual([{ id: 'i1', step: 's', resolved_at: null }]);
    const resolved: NewEntry = {
      type: 'incident.resolved',
      incident: 'i1',
      resolution: { kind: 'retry' },
      by,
      reason: '',
      at,
    };
    await commitRuns(db.pool, owner, [
      { ...commit({ ...run, nextSeq: 3 }, [resolved]), incidentsClosed: [{ id: 'i1', at }] },
    ]);
    const closed = await db.pool.query('SELECT resolved_at FROM incident WHERE run_id = $1', [id]);
    expect(closed.rows).toEqual([{ resolved_at: new Date(at) }]);
  });

  it('refuses to prepare an entry that PostgreSQL could not store', () => {
    expect(
      prepareEntry({ ...note, reason: 'a\u0000b', seq: 1 }, { id: randomUUID(), workspaceId: randomUUID() }),
    ).toMatchObject({
      ok: false,
      error: { code: 'json.not-storable' },
    });
  });

  it('knows afterwards what became of a commit whose answer was lost', async () => {
    await start(3);
    const owner = await worker();
    const [done, open, gone] = await claimRuns(db.pool, 0, owner, 3);
    if (!done || !open || !gone) throw new Error('expected three runs');
    await commitRuns(db.pool, owner, [
      commit(done, [note], { status: 'waiting', release: { kind: 'park', wakeAt: null } }),
    ]);
    await db.pool.query('UPDATE run SET owner = NULL, epoch = epoch + 1 WHERE id = $1', [gone.id]);
    const fates = await fateOfCommits(db.pool, owner, [
      commit(done, [note]),
      commit(open, [note]),
      commit(gone, [note]),
    ]);
    expect([done, open, gone].map((run) => fates.get(run.id)?.fate)).toEqual(['committed', 'open', 'fenced']);
  });
});

describe('signals', () => {
  const cancel = { type: 'run.cancel-requested', by, reason: 'changed my mind' } as const;

  it('wake a parked run, and are used up in the commit that journals them', async () => {
    const [id = ''] = await start(1);
    const owner = await worker();
    const first = await claimOne(owner);
    await commitRuns(db.pool, owner, [
      commit(first, [], { status: 'waiting', release: { kind: 'park', wakeAt: null } }),
    ]);
    expect(await sendSignal(db.pool, id, cancel)).toBe(true);
    const run = await claimOne(owner);
    expect(run.signals).toBe(1);
    expect(await pendingSignals(db.pool, [id])).toEqual([{ runId: id, number: 1, body: cancel }]);
    await commitRuns(db.pool, owner, [commit(run, [note], { signalsSeen: 1, signalsUsed: [1] })]);
    expect(await pendingSignals(db.pool, [id])).toEqual([]);
  });

  it('that are many are handed out in pieces, in order, and bring the run back until the last is seen', async () => {
    const [id = '', other = ''] = await start(2);
    const owner = await worker();
    for (const run of [id, other]) for (let n = 0; n < 60; n += 1) await sendSignal(db.pool, run, cancel);
    const firstFifty = Array.from({ length: 50 }, (_, n) => n + 1);
    const pending = await pendingSignals(db.pool, [id, other]);
    for (const run of [id, other]) {
      expect(pending.filter(({ runId }) => runId === run).map(({ number }) => number)).toEqual(firstFifty);
    }
    const run = (await claimRuns(db.pool, 0, owner, 2)).find((each) => each.id === id);
    if (run === undefined) throw new Error('not claimed');
    const release = { kind: 'park', wakeAt: null } as const;
    await commitRuns(db.pool, owner, [commit(run, [], { release, signalsSeen: 50, signalsUsed: firstFifty })]);
    expect((await pendingSignals(db.pool, [id])).map(({ number }) => number)).toEqual(
      Array.from({ length: 10 }, (_, n) => n + 51),
    );
    expect((await claimOne(owner)).id).toBe(id);
  });

  it('that the owner has not seen when it parks make the run runnable at once', async () => {
    const [id = ''] = await start(1);
    const owner = await worker();
    const run = await claimOne(owner);
    await sendSignal(db.pool, id, cancel);
    const answer = await commitRuns(db.pool, owner, [
      commit(run, [], { status: 'waiting', release: { kind: 'park', wakeAt: null } }),
    ]);
    expect(answer.get(id)).toBe(1);
    expect((await claimOne(owner)).id).toBe(id);
  });

  it('are refused by a run that has ended', async () => {
    const [id = ''] = await start(1);
    const owner = await worker();
    await commitRuns(db.pool, owner, [
      commit(await claimOne(owner), [], { status: 'completed', release: { kind: 'end' } }),
    ]);
    expect(await sendSignal(db.pool, id, cancel)).toBe(false);
  });
});

describe('sweep', () => {
  it('frees the runs of workers whose lease ran out or is gone, and of no other (S28)', async () => {
    await start(3);
    const [dead, gone, alive] = await Promise.all([worker(), worker(), worker()]);
    const runs = [await claimOne(dead), await claimOne(gone), await claimOne(alive)];
    await db.pool.query(`UPDATE worker SET lease_until = now() - interval '1 second' WHERE incarnation = $1`, [dead]);
    await removeWorker(db.pool, gone);
    expect(await releaseOrphans(db.pool, 100)).toEqual({ workers: 1, runs: 2 });
    const taken = await claimRuns(db.pool, 0, alive, 10);
    expect(taken.map((run) => run.id).sort()).toEqual(
      runs
        .slice(0, 2)
        .map((run) => run.id)
        .sort(),
    );
    expect(taken.map((run) => run.epoch)).toEqual([2, 2]);
  });

  it('never renews a lease that ran out', async () => {
    const owner = await worker();
    expect(await renewLease(db.pool, owner, 60_000)).toBe(true);
    await db.pool.query(`UPDATE worker SET lease_until = now() - interval '1 second'`);
    expect(await renewLease(db.pool, owner, 60_000)).toBe(false);
  });
});
