import { describe, expect, it } from '@jest/globals';
import { evaluateTemplate } from '@sagawright/shared/expression';
import { silentLogger } from '@sagawright/shared/server';
import type { ClaimedRun, RunCommit } from '@sagawright/shared/server';
import { HandRun, workflow } from '@sagawright/shared/testing';
import { noFailpoints } from '../failpoint.js';
import { AttemptLimit } from './attempt-limit.js';
import { RunActor } from './run-actor.js';
import type { RunWorld } from './run-actor.js';
import { ThinkingTime } from './thinking-time.js';

/** Nothing outside answers, and time stands still. */
function quietWorld(commits: RunCommit[]): RunWorld {
  return {
    commit: (commit: RunCommit) => {
      commits.push(commit);
      return Promise.resolve({ kind: 'committed', signals: 0 });
    },
    operate: () => Promise.reject(new Error('no operations here')),
    children: { start: () => Promise.reject(new Error('none')), undo: () => Promise.reject(new Error('none')) },
    publish: () => Promise.reject(new Error('none')),
    entriesOfItems: () => Promise.reject(new Error('none')),
    compute: {
      evaluate: (template, scope) => evaluateTemplate(template, { ...scope }),
      code: () => Promise.reject(new Error('no code here')),
    },
    askForSlots: () => Promise.reject(new Error('no slots here')),
    askForPlace: () => Promise.reject(new Error('no places here')),
    now: () => 0,
    random: () => 0,
    thinking: new ThinkingTime(),
    attempts: new AttemptLimit(1),
    mayStart: () => true,
    handsBack: () => false,
    leaseIsGood: () => true,
    committed: () => undefined,
    missedSignals: () => undefined,
    failpoint: noFailpoints,
    logger: silentLogger,
  };
}

const claimed = (id: string, nextSeq: number): ClaimedRun => ({
  id,
  workspaceId: 'w',
  workflowId: 'f',
  versionId: 'v',
  epoch: 1,
  nextSeq,
  signals: 0,
  parentRunId: null,
});

/** Brings runs of pure steps forward side by side; each evaluation takes 5 ms of a clock of their own. */
async function thinking(runs: number, items: number): Promise<{ commits: RunCommit[]; evaluatedPerTurn: number[] }> {
  const saga = workflow().forEach('each', '{{ trigger.data }}', (body) => body.transform('note', { n: '{{ item }}' }));
  const definition = saga.definition();
  const { state } = new HandRun(definition, { data: Array.from({ length: items }, (_, n) => n) });
  const commits: RunCommit[] = [];
  const evaluatedPerTurn = [0];
  let clock = 0;
  let over = false;
  const turnOver = (): void => {
    evaluatedPerTurn.push(0);
    if (!over) setImmediate(turnOver);
  };
  setImmediate(turnOver);
  const world: RunWorld = {
    ...quietWorld(commits),
    compute: {
      evaluate: (template, scope) => {
        clock += 5;
        evaluatedPerTurn[evaluatedPerTurn.length - 1] = (evaluatedPerTurn.at(-1) ?? 0) + 1;
        return evaluateTemplate(template, { ...scope });
      },
      code: () => Promise.reject(new Error('no code here')),
    },
    thinking: new ThinkingTime(() => clock),
  };
  const ids = Array.from({ length: runs }, (_, n) => `run-${n}`);
  const departures = await Promise.all(
    ids.map((id) => new RunActor(claimed(id, state.seq + 1), definition, state, false, 0, world).advance()),
  );
  over = true;
  expect(departures.map(({ kind }) => kind)).toEqual(ids.map(() => 'ended'));
  return { commits, evaluatedPerTurn };
}

describe('a long chain of pure steps', () => {
  it('lets timers run, and so keeps its lease (S11)', async () => {
    const { evaluatedPerTurn } = await thinking(1, 60);
    expect(Math.max(...evaluatedPerTurn)).toBeLessThanOrEqual(10);
  });

  it('keeps what it has thought in the ledger as it goes', async () => {
    const { commits } = await thinking(1, 60);
    expect(Math.max(...commits.map(({ entries }) => entries.length))).toBeLessThanOrEqual(30);
    const seqs = commits.flatMap(({ entries }) => entries.map(({ entry }) => entry.seq));
    expect(seqs).toEqual(seqs.map((_, n) => n + (seqs[0] ?? 0)));
  });

  it('lets its neighbours think by turns, however many they are', async () => {
    const { evaluatedPerTurn, commits } = await thinking(20, 20);
    // The share, and what each had begun.
    expect(Math.max(...evaluatedPerTurn)).toBeLessThanOrEqual(24);
    const firstEnd = commits.findIndex(({ release }) => release.kind === 'end');
    expect(new Set(commits.slice(0, firstEnd).map(({ id }) => id)).size).toBe(20);
  });
});

describe('a step that goes very many ways at once', () => {
  it('has its intents in the ledger piece by piece, and calls after each (S3)', async () => {
    const saga = workflow().forEach('each', '{{ trigger.data }}', (body) => body.step('call'), { limit: 1000 });
    const definition = saga.definition();
    const { state } = new HandRun(definition, { data: Array.from({ length: 400 }, (_, n) => n) });
    const commits: RunCommit[] = [];
    const intents = (): number =>
      commits.flatMap(({ entries }) => entries).filter(({ entry }) => entry.type === 'step.started').length;
    const intentsAtCall: number[] = [];
    const operate: RunWorld['operate'] = () => {
      intentsAtCall.push(intents());
      return Promise.resolve({ kind: 'succeeded', output: null });
    };
    const world: RunWorld = { ...quietWorld(commits), attempts: new AttemptLimit(1000), operate };
    await new RunActor(claimed('run', state.seq + 1), definition, state, false, 0, world).advance();
    expect(intentsAtCall).toHaveLength(400);
    expect(intentsAtCall[0]).toBeLessThanOrEqual(200);
  }, 30_000);
});
