import { describe, expect, it } from '@jest/globals';
import { checkRun } from './check-run.js';
import { SINGLE_ATTEMPT } from './retry.js';
import { handRun, workflow } from './testing/index.js';
import type { HandRun } from './testing/index.js';

const once = { retry: SINGLE_ATTEMPT };

/** `charge` was given up as unknown, the run fails, and the undo of `charge` is in flight. */
async function undoingInDoubt(): Promise<HandRun> {
  const run = await handRun(workflow().step('reserve').step('charge', once).definition());
  await run.answer('reserve', 'succeed');
  await run.answer('charge', 'lost');
  expect(run.inFlight).toEqual(['undo charge']);
  return run;
}

const undoKeys = (run: HandRun, step: string) =>
  run.entries('step.started', step).flatMap((each) => (each.direction === 'undo' ? [each.key] : []));

const wellKept = (run: HandRun) => checkRun(run.definition, { journal: run.journal, state: run.state });

describe('a success that arrives after its attempt was given up (S22)', () => {
  it('counts at once while the step is still being retried', async () => {
    const run = await handRun(workflow().step('charge').step('ship').definition());
    await run.answer('charge', 'lost');
    await run.answerAttempt('charge', 1, 'succeed');
    expect(run.instance('charge').status).toBe('succeeded');
    expect(run.inFlight).toEqual(['ship']);
  });

  it('is journaled and changes nothing when the step has succeeded meanwhile', async () => {
    const run = await handRun(workflow().step('charge').step('ship').definition());
    await run.answer('charge', 'lost');
    await run.wake();
    await run.answer('charge', 'succeed');
    const before = run.state;
    await run.answerAttempt('charge', 1, 'succeed');
    expect(run.state).toEqual({ ...before, seq: before.seq + 1 });
    expect(wellKept(run)).toEqual([]);
  });

  it('runs the undo again with a new key when it had finished, perhaps as empty', async () => {
    const run = await undoingInDoubt();
    await run.answer('undo charge', 'succeed');
    await run.answerAttempt('charge', 1, 'succeed');
    expect(run.inFlight).toEqual(['undo reserve', 'undo charge']);
    expect(undoKeys(run, 'charge')).toEqual(['run:charge:undo', 'run:charge:undo:2']);
    await run.answer('undo charge', 'succeed');
    await run.answer('undo reserve', 'succeed');
    expect(run.state.status).toBe('compensated');
    expect(wellKept(run)).toEqual([]);
  });

  it('runs the undo again with a new key when it was in flight', async () => {
    const run = await undoingInDoubt();
    await run.answerAttempt('charge', 1, 'succeed');
    await run.answer('undo charge', 'succeed');
    expect(run.inFlight).toEqual(['undo charge']);
    expect(undoKeys(run, 'charge')).toEqual(['run:charge:undo', 'run:charge:undo:2']);
    await run.answer('undo charge', 'succeed');
    expect(run.inFlight).toEqual(['undo reserve']);
    expect(wellKept(run)).toEqual([]);
  });

  it.each(['busy', 'lost'] as const)(
    'never sends the new undo input under the old key when the undo in flight ends %s (S4)',
    async (answer) => {
      const run = await undoingInDoubt();
      await run.answerAttempt('charge', 1, 'succeed');
      await run.answer('undo charge', answer);
      await run.wake();
      expect(undoKeys(run, 'charge')).toEqual(['run:charge:undo', 'run:charge:undo:2']);
      await run.answer('undo charge', 'succeed');
      expect(run.instance('charge').undo.status).toBe('done');
    },
  );

  it('gives the undo that is waiting for its next attempt a new key, as its input is another (S4)', async () => {
    const run = await undoingInDoubt();
    await run.answer('undo charge', 'busy');
    await run.answerAttempt('charge', 1, 'succeed');
    await run.wake();
    expect(undoKeys(run, 'charge')).toEqual(['run:charge:undo', 'run:charge:undo:2']);
    await run.answer('undo charge', 'succeed');
    expect(run.instance('charge').undo.status).toBe('done');
  });

  it('gives a blocked undo the input and the key with which a person can repeat it', async () => {
    const run = await undoingInDoubt();
    await run.answer('undo charge', 'refuse');
    await run.answerAttempt('charge', 1, { kind: 'succeeded', output: { id: 'ch_1' } });
    expect(run.openIncidents).toHaveLength(1);
    await run.resolve({ kind: 'retry' });
    expect(undoKeys(run, 'charge')).toEqual(['run:charge:undo', 'run:charge:undo:2']);
  });

  it('leaves what a person decided to leave', async () => {
    const run = await undoingInDoubt();
    await run.answer('undo charge', 'refuse');
    await run.resolve({ kind: 'skip', reason: 'refunded at the counter' });
    await run.answerAttempt('charge', 1, 'succeed');
    expect(run.instance('charge').undo.status).toBe('skipped');
    expect(run.inFlight).toEqual(['undo reserve']);
  });

  describe('of a call that a person had replaced by another action', () => {
    const other = {
      kind: 'use-action',
      connector: 'bank',
      operation: 'debit',
      effect: 'keyed',
      input: { by: 'hand' },
    } as const;

    async function replaced(): Promise<HandRun> {
      const undo = {
        kind: 'compensation',
        name: 'refund',
        connector: 'bank',
        operation: 'refund',
        input: { id: '{{ step.output.id }}', sent: '{{ step.input }}' },
      } as const;
      const run = await handRun(workflow().step('charge', { effect: 'at-most-once', undo }).step('ship').definition());
      await run.answer('charge', 'lost');
      await run.resolve(other);
      await run.answer('charge', { kind: 'succeeded', output: { id: 'debit 1' } });
      return run;
    }
    const late = { kind: 'succeeded', output: { id: 'charge 1' } } as const;
    const undoInputs = (run: HandRun) =>
      run.entries('step.started', 'charge').flatMap((each) => (each.direction === 'undo' ? [each.input] : []));
    const BOTH = [
      { id: 'debit 1', sent: { by: 'hand' } },
      { id: 'charge 1', sent: { step: 'charge' } },
    ];

    it('is undone besides, after what was put in its place and under a key of its own', async () => {
      const run = await replaced();
      await run.answerAttempt('charge', 1, late);
      expect(run.inFlight).toEqual(['ship']);
      await run.answer('ship', 'refuse');
      await run.answer('undo charge', 'succeed');
      await run.answer('undo charge', 'succeed');
      expect(undoInputs(run)).toEqual(BOTH);
      expect(undoKeys(run, 'charge')).toEqual(['run:charge:undo', 'run:charge:undo:2']);
      expect(run.state.status).toBe('compensated');
      expect(wellKept(run)).toEqual([]);
    });

    it('is undone besides when that undo is in flight, and when it is blocked and left to be', async () => {
      const run = await replaced();
      await run.answer('ship', 'refuse');
      await run.answerAttempt('charge', 1, late);
      await run.answer('undo charge', 'refuse');
      await run.resolve({ kind: 'skip', reason: 'refunded at the counter' });
      expect(run.inFlight).toEqual(['undo charge']);
      await run.answer('undo charge', 'succeed');
      expect(undoInputs(run)).toEqual(BOTH);
      expect(run.state.status).toBe('compensated');
    });

    it('is undone as well when what was put in its place fails', async () => {
      const run = await handRun(
        workflow().step('reserve').step('charge', { effect: 'at-most-once' }).step('ship').definition(),
      );
      await run.answer('reserve', 'succeed');
      await run.answer('charge', 'lost');
      await run.resolve(other);
      await run.answerAttempt('charge', 1, late);
      expect(run.inFlight).toEqual(['charge']);
      await run.answer('charge', 'refuse');
      await run.answer('undo charge', 'succeed');
      await run.answer('undo charge', 'succeed');
      expect(undoKeys(run, 'charge')).toEqual(['run:charge:undo', 'run:charge:undo:2']);
      await run.answer('undo reserve', 'succeed');
      expect(run.state.status).toBe('compensated');
      expect(wellKept(run)).toEqual([]);
    });
  });

  it('takes the run forward again when it is the pivot that succeeded before undo began (S23)', async () => {
    const saga = workflow()
      .parallel('both', [
        (path) => path.step('pay', { undo: 'pivot', effect: 'at-most-once' }),
        (path) => path.step('pack'),
        (path) => path.step('label'),
      ])
      .step('ship')
      .definition();
    const run = await handRun(saga);
    await run.answer('pay', 'lost');
    await run.answer('pack', 'refuse');
    expect(run.state.scopes.root?.status).toBe('failing');
    await run.answerAttempt('pay', 1, 'succeed');
    expect(run.state.scopes.root).toMatchObject({ status: 'active', pivot: 'pay' });
    await run.answer('label', 'succeed');
    await run.resolve({ kind: 'done', note: 'packed by hand' }, 'pack');
    expect(run.inFlight).toEqual(['ship']);
    await run.answer('ship', 'succeed');
    expect(run.state.status).toBe('completed');
    expect(wellKept(run)).toEqual([]);
  });
});
