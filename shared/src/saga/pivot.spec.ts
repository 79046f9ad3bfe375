import { describe, expect, it } from '@jest/globals';
import { nextWakeAt } from './decide.js';
import { cancelRefusal } from './requests.js';
import { GENEROUS_RETRY } from './retry.js';
import { undoPlan } from './undo-plan.js';
import { handRun, workflow } from './testing/index.js';
import type { HandRun } from './testing/index.js';

const paid = () => workflow().step('reserve').step('pay', { undo: 'pivot' }).step('invoice').definition();

async function pastPivot(): Promise<HandRun> {
  const run = await handRun(paid());
  await run.answer('reserve', 'succeed');
  await run.answer('pay', 'succeed');
  return run;
}

describe('the pivot (S23)', () => {
  it('undoes what came before when the pivot itself fails', async () => {
    const run = await handRun(paid());
    await run.answer('reserve', 'succeed');
    await run.answer('pay', 'refuse');
    expect(run.inFlight).toEqual(['undo reserve']);
  });

  it('retries later failures with the generous policy', async () => {
    const run = await pastPivot();
    for (let attempt = 1; attempt < GENEROUS_RETRY.maxAttempts; attempt += 1) {
      await run.answer('invoice', 'busy');
      await run.wake();
    }
    expect(run.instance('invoice').attempt).toBe(60);
    await run.answer('invoice', 'busy');
    expect(run.state.status).toBe('blocked');
  });

  it('parks what is refused afterwards for a person, and undoes nothing', async () => {
    const run = await pastPivot();
    await run.answer('invoice', 'refuse');
    expect(run.state.status).toBe('blocked');
    expect(run.openIncidents).toMatchObject([{ instance: 'invoice', direction: 'forward' }]);
    expect(undoPlan(run.definition, run.state)).toMatchObject({
      steps: [],
      notUndone: [{ reason: 'before-pivot' }, { reason: 'pivot' }],
    });
  });

  it('ends the run failed, with nothing undone, when a person takes the step as failed', async () => {
    const run = await pastPivot();
    await run.answer('invoice', 'refuse', 'invoice.refused');
    await run.resolve({ kind: 'skip', reason: 'never mind' });
    expect(run.state).toMatchObject({ status: 'failed', failure: { code: 'invoice.refused' } });
    expect(run.entries('step.started').filter((entry) => entry.direction === 'undo')).toEqual([]);
  });

  it('ends the run failed by a fail step, with nothing undone', async () => {
    const saga = workflow()
      .step('reserve')
      .step('pay', { undo: 'pivot' })
      .branch('stock', {
        '{{ 1 = 1 }}': (path) => path.fail('soldOut', 'stock.none'),
        else: (path) => path.step('ship'),
      })
      .definition();
    const run = await handRun(saga);
    await run.answer('reserve', 'succeed');
    await run.answer('pay', 'succeed');
    expect(run.state).toMatchObject({ status: 'failed', failure: { code: 'stock.none' } });
    expect(run.instance('reserve').undo.status).toBe('captured');
  });

  it('holds for scopes that open behind it as well: nothing in them is undone, and what fails waits for a person', async () => {
    const saga = workflow()
      .step('pay', { undo: 'pivot' })
      .scope('deliver', (path) => path.step('pack').step('ship'), { timeoutMs: 1000 })
      .definition();
    const run = await handRun(saga);
    await run.answer('pay', 'succeed');
    await run.answer('pack@deliver', 'succeed');
    expect(nextWakeAt(run.definition, run.state)).toBeNull();
    await run.answer('ship@deliver', 'refuse');
    expect(run.openIncidents).toMatchObject([{ instance: 'ship@deliver', direction: 'forward' }]);
    await run.resolve({ kind: 'skip', reason: 'sent by hand' });
    expect(run.state.status).toBe('failed');
    expect(run.instance('pack@deliver').undo.status).toBe('captured');
  });

  it('lets a scope behind it run out of time into its handler, which undoes nothing', async () => {
    const saga = workflow()
      .step('pay', { undo: 'pivot' })
      .scope('deliver', (path) => path.step('pack').delay('rest', 60_000), {
        timeoutMs: 1000,
        undoAsUnit: true,
        handler: (path) => path.step('apologise'),
      })
      .definition();
    const run = await handRun(saga);
    await run.answer('pay', 'succeed');
    await run.answer('pack@deliver', 'succeed');
    await run.wake();
    expect(run.inFlight).toEqual(['apologise@deliver']);
    expect(run.instance('pack@deliver').undo.status).toBe('captured');
  });

  it('still leaves by the error edge of a step that has one', async () => {
    const saga = workflow()
      .step('pay', { undo: 'pivot' })
      .step('invoice', { error: (path) => path.step('call') })
      .definition();
    const run = await handRun(saga);
    await run.answer('pay', 'succeed');
    await run.answer('invoice', 'refuse');
    expect(run.inFlight).toEqual(['call']);
  });

  describe('in flight while its scope fails', () => {
    async function failingBesidePivot(): Promise<HandRun> {
      const saga = workflow()
        .step('reserve')
        .parallel('both', [
          (path) => path.step('pay', { undo: 'pivot' }),
          (path) => path.step('pack'),
          (path) => path.delay('rest', 1000).step('label'),
        ])
        .step('ship')
        .definition();
      const run = await handRun(saga);
      await run.answer('reserve', 'succeed');
      await run.answer('pack', 'refuse', 'pack.refused');
      return run;
    }

    it('is awaited before anything is given up', async () => {
      const run = await failingBesidePivot();
      expect(run.state.scopes.root?.status).toBe('failing');
      expect(run.instance('rest').status).toBe('waiting');
      expect(run.inFlight).toEqual(['pay']);
    });

    it('takes the run forward when it succeeds; the failure is put before a person', async () => {
      const run = await failingBesidePivot();
      await run.answer('pay', 'succeed');
      expect(run.state.scopes.root).toMatchObject({ status: 'active', pivot: 'pay', cause: null });
      expect(run.openIncidents).toMatchObject([{ instance: 'pack', failure: { code: 'pack.refused' } }]);
      await run.resolve({ kind: 'retry' });
      await run.answer('pack', 'succeed');
      await run.wake();
      await run.answer('label', 'succeed');
      expect(run.inFlight).toEqual(['ship']);
    });

    it('lets everything be undone when it fails', async () => {
      const run = await failingBesidePivot();
      await run.answer('pay', 'refuse');
      expect(run.instance('rest').status).toBe('cancelled');
      expect(run.inFlight).toEqual(['undo reserve']);
    });

    it('drops a cancel that came while it was in flight, when it succeeds (S25)', async () => {
      const run = await handRun(paid());
      await run.answer('reserve', 'succeed');
      await run.cancel();
      expect(run.inFlight).toEqual(['pay']);
      await run.answer('pay', 'succeed');
      expect(run.state.cancel).toBeNull();
      expect(run.inFlight).toEqual(['invoice']);
    });
  });
});

describe('cancel (S25)', () => {
  it('stops new steps and undoes what took effect', async () => {
    const run = await handRun(workflow().step('reserve').delay('rest', 1000).step('ship').definition());
    await run.answer('reserve', 'succeed');
    await run.cancel();
    expect(run.inFlight).toEqual(['undo reserve']);
    await run.answer('undo reserve', 'succeed');
    expect(run.state).toMatchObject({ status: 'cancelled', failure: null });
  });

  it('awaits a call in flight and undoes it too (S15)', async () => {
    const run = await handRun(workflow().step('reserve').step('ship').definition());
    await run.cancel();
    expect(run.inFlight).toEqual(['reserve']);
    await run.answer('reserve', 'succeed');
    expect(run.inFlight).toEqual(['undo reserve']);
  });

  it('changes nothing during compensation', async () => {
    const run = await handRun(workflow().step('reserve').step('ship').definition());
    await run.answer('reserve', 'succeed');
    await run.answer('ship', 'refuse');
    expect(cancelRefusal(run.definition, run.state)).toBeNull();
    const before = run.state;
    await run.cancel();
    expect(run.state).toEqual({ ...before, seq: before.seq + 1 });
  });

  it('is refused after the pivot and after the end, with the reason', async () => {
    const run = await pastPivot();
    expect(cancelRefusal(run.definition, run.state)).toMatchObject({
      code: 'run.past-pivot',
      message: expect.stringContaining('pay'),
    });
    await run.cancel();
    expect(run.inFlight).toEqual(['invoice']);
    await run.answer('invoice', 'succeed');
    expect(cancelRefusal(run.definition, run.state)?.code).toBe('run.ended');
  });

  it('ends a blocked run without waiting for the person (S20)', async () => {
    const run = await handRun(workflow().step('reserve').step('wire', { effect: 'at-most-once' }).definition());
    await run.answer('reserve', 'succeed');
    await run.answer('wire', 'lost');
    await run.cancel();
    expect(run.openIncidents).toEqual([]);
    expect(run.inFlight).toEqual(['undo wire']);
  });
});
