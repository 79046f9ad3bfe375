/** What the state says after each entry of a journal: the run's status, its beginning, its undos (S7, S19, S22, S25). */
import { describe, expect, it } from '@jest/globals';
import { replay } from './replay.js';
import { isPivoted } from './paths.js';
import { SINGLE_ATTEMPT } from './retry.js';
import { handRun, workflow } from './testing/index.js';
import type { Build, HandRun } from './testing/index.js';

const HOUR = 3_600_000;
const ANN = { kind: 'user', id: 'ann', name: 'Ann' } as const;

const step =
  (name: string): Build =>
  (path) =>
    path.step(name);

/** The run's status after each entry, with the type of the entry, from the given entry on. */
function told({ definition, journal }: HandRun, from: number): string[] {
  return journal
    .slice(from)
    .map(({ type, seq }) => `${type} ${replay(definition, journal.slice(0, seq))?.status ?? 'nothing'}`);
}

describe('the status after each entry', () => {
  it('is compensating from the failure on, and blocked once nothing but a person helps (S20)', async () => {
    const run = await handRun(
      workflow()
        .parallel('both', [step('a'), step('b')])
        .step('ship')
        .definition(),
    );
    await run.answer('a', 'succeed');
    await run.answer('b', 'succeed');
    const from = run.journal.length;
    await run.answer('ship', 'refuse');
    await run.answer('undo a', 'refuse');
    await run.answer('undo b', 'succeed');
    await run.resolve({ kind: 'retry' });
    expect(told(run, from)).toEqual([
      'step.failed compensating',
      'step.started compensating',
      'step.started compensating',
      'step.failed compensating',
      'incident.opened compensating',
      'step.succeeded blocked',
      'incident.resolved compensating',
      'step.started compensating',
    ]);
  });

  it('is waiting while a step waits for its next attempt, and running from the next intent on (S12)', async () => {
    const run = await handRun(workflow().step('ship').definition());
    await run.answer('ship', 'busy');
    await run.wake();
    await run.answer('ship', 'succeed');
    expect(told(run, 1)).toEqual([
      'step.started running',
      'step.failed waiting',
      'step.started running',
      'step.succeeded running',
      'step.succeeded running',
      'run.ended completed',
    ]);
  });

  it('is running while a loser is being undone, though all else waits (S27)', async () => {
    const saga = workflow()
      .parallel('both', [step('slow'), step('fast')], { kind: 'any', losers: 'cancel' })
      .delay('rest', HOUR)
      .definition();
    const run = await handRun(saga);
    await run.answer('fast', 'succeed');
    const from = run.journal.length;
    await run.answer('slow', 'succeed');
    await run.answer('undo slow', 'busy');
    await run.wake();
    await run.answer('undo slow', 'succeed');
    expect(told(run, from)).toEqual([
      'step.succeeded running',
      'step.started running',
      'step.failed running',
      'step.started running',
      'step.succeeded waiting',
    ]);
  });

  it('is compensating as soon as something can be undone, though the undo of a loser is blocked (S20, S27)', async () => {
    const saga = workflow()
      .parallel('both', [step('slow'), step('fast')], { kind: 'any', losers: 'cancel' })
      .delay('rest', HOUR)
      .code('check', 'return null')
      .definition();
    const run = await handRun(saga, {
      code: () => Promise.reject(new Error('Checked.')),
    });
    for (const call of ['fast', 'slow']) await run.answer(call, 'succeed');
    await run.answer('undo slow', 'refuse');
    expect(run.state.status).toBe('waiting');
    const from = run.journal.length;
    await run.wake();
    await run.answer('undo fast', 'succeed');
    expect(told(run, from)).toEqual([
      'step.succeeded running',
      'step.failed compensating',
      'step.started compensating',
      'step.succeeded blocked',
    ]);
  });

  it('is compensating while the undo of a child run is awaited (S18)', async () => {
    const run = await handRun(workflow().call('call').step('ship').definition());
    await run.answer('call', { kind: 'succeeded', output: { run: 'child' } });
    expect(run.state.status).toBe('waiting');
    await run.tell({ kind: 'child', instance: 'call', end: { outcome: 'completed', output: 1, failure: null } });
    await run.answer('ship', 'refuse');
    await run.answer('undo call', { kind: 'succeeded', output: { run: 'child' } });
    expect(run.instance('call').undo).toMatchObject({ status: 'waiting', awaits: [{ kind: 'child', run: 'child' }] });
    expect(run.state.status).toBe('compensating');
    await run.tell({ kind: 'child', instance: 'call', end: { outcome: 'compensated', output: null, failure: null } });
    expect(run.instance('call').undo).toMatchObject({ status: 'done', awaits: [] });
    expect(run.state.status).toBe('compensated');
  });
});

describe('the beginning of a run', () => {
  it('keeps the id, the settings of the workspace and the parent, and nothing where they are not said', async () => {
    const { definition, journal, state } = await handRun(workflow().step('ship').definition());
    const [first] = journal;
    if (first?.type !== 'run.started') throw new Error('A journal begins with run.started.');
    const parent = { run: 'above', instance: 'call', depth: 2 };
    expect(replay(definition, [{ ...first, env: { region: 'eu' }, parent }])).toMatchObject({
      runId: 'run',
      env: { region: 'eu' },
      parent,
    });
    const { runId: _runId, ...nameless } = first;
    expect(replay(definition, [nameless])).toMatchObject({ runId: '', env: {}, parent: null });
    expect(state).toMatchObject({ startedAt: first.at, endedAt: null, trigger: 'start', seq: journal.length });
  });

  it('goes on from the trigger that started it, and from no other', async () => {
    const saga = workflow()
      .step('a')
      .trigger('hook', { kind: 'trigger.webhook' })
      .join('either', { kind: 'any', losers: 'ignore' })
      .definition();
    const byHook = await handRun(saga, { trigger: 'hook' });
    expect(byHook.state).toMatchObject({ status: 'completed', trigger: 'hook' });
    expect(byHook.state.instances['a']).toBeUndefined();
    const byHand = await handRun(saga, { trigger: 'start' });
    expect(byHand.inFlight).toEqual(['a']);
    expect(byHand.state.instances['either']).toBeUndefined();
  });
});

describe('requests to a run (S25, S26)', () => {
  it('are kept with their reason and instant', async () => {
    const cancelled = await handRun(workflow().step('charge').definition());
    await cancelled.cancel();
    expect(cancelled.state.cancel).toEqual({ reason: 'test', at: cancelled.now });
    const ended = await handRun(workflow().step('charge').definition());
    ended.append({ type: 'run.terminate-requested', by: ANN, reason: 'enough', at: 7 });
    expect(ended.state.terminated).toEqual({ reason: 'enough', at: 7 });
    expect(ended.commands()).toEqual([{ kind: 'end-run', outcome: 'terminated', output: null, failure: null }]);
  });

  it('to undo a run are taken after its end, but not when a pivot has succeeded in it', async () => {
    const charged = await handRun(workflow().step('charge').definition());
    await charged.answer('charge', 'succeed');
    charged.append({ type: 'run.undo-requested', by: ANN, reason: 'test', at: 9 });
    expect(charged.state).toMatchObject({ endedAt: null, status: 'compensating' });
    await charged.goOn();
    await charged.answer('undo charge', 'succeed');
    expect(charged.state).toMatchObject({ status: 'compensated', failure: null });

    const paid = await handRun(workflow().step('charge').step('pay', { undo: 'pivot' }).definition());
    for (const call of ['charge', 'pay']) await paid.answer(call, 'succeed');
    expect(isPivoted(paid.state, '')).toBe(true);
    const before = paid.state;
    paid.append({ type: 'run.undo-requested', by: ANN, reason: 'test', at: 9 });
    expect(paid.state).toEqual({ ...before, seq: before.seq + 1 });
  });
});

describe('an undo (S19, S22)', () => {
  async function undoing(): Promise<HandRun> {
    const run = await handRun(workflow().step('charge').step('ship').definition());
    await run.answer('charge', 'succeed');
    await run.answer('ship', 'refuse');
    return run;
  }

  it('has begun with its first attempt, and is over with its last', async () => {
    const run = await undoing();
    const begun = run.now;
    const seq = run.journal.length;
    await run.answer('undo charge', 'busy');
    await run.wake();
    expect(run.now).toBeGreaterThan(begun);
    expect(run.instance('charge').undo).toMatchObject({ attempt: 2, startedAt: begun, startedSeq: seq, settledSeq: 0 });
    await run.answer('undo charge', { kind: 'succeeded', output: { refunded: true } });
    const ended = run.entries('step.succeeded', 'charge').at(-1);
    expect(run.instance('charge').undo).toMatchObject({
      status: 'done',
      output: { refunded: true },
      failure: null,
      wakeAt: null,
      settledAt: run.now,
      settledSeq: ended?.seq,
    });
  });

  it('whose outcome is unknown once is repeated by a person under the same key, a refused one under another (S4)', async () => {
    for (const [answers, keys] of [
      [
        ['lost', 'refuse'],
        ['run:charge:undo', 'run:charge:undo', 'run:charge:undo'],
      ],
      [
        ['busy', 'refuse'],
        ['run:charge:undo', 'run:charge:undo', 'run:charge:undo:2'],
      ],
    ] as const) {
      const run = await undoing();
      for (const answer of answers) {
        await run.answer('undo charge', answer);
        if (answer !== 'refuse') await run.wake();
      }
      await run.resolve({ kind: 'retry-with-input', input: { other: true } });
      const started = run.entries('step.started', 'charge').filter(({ direction }) => direction === 'undo');
      expect(started.map(({ key }) => key)).toEqual(keys);
    }
  });

  it('is not begun by a late success alone: nothing around the step is undone (S22)', async () => {
    const saga = workflow().step('charge', { retry: SINGLE_ATTEMPT, onFailure: 'continue' }).step('ship').definition();
    const run = await handRun(saga);
    await run.answer('charge', 'lost');
    expect(run.inFlight).toEqual(['ship']);
    await run.answerAttempt('charge', 1, 'succeed');
    expect(run.inFlight).toEqual(['ship']);
    expect(run.instance('charge')).toMatchObject({ status: 'succeeded', undo: { status: 'captured' } });
    await run.answer('ship', 'succeed');
    expect(run.state.status).toBe('completed');
  });
});
