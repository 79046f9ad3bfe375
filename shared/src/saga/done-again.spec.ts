/** What a person has done again goes its own way, whatever way it went before (S4, S21). */
import { describe, expect, it } from '@jest/globals';
import type { Json } from '../kernel/index.js';
import { handRun, workflow } from './testing/index.js';
import type { Build, HandRun } from './testing/index.js';

const step =
  (name: string): Build =>
  (path) =>
    path.step(name);

const output = (value: Json) => ({ kind: 'succeeded', output: value }) as const;

/** `ship` was refused, all but the undo of `first` is done, and that one is blocked. */
async function undoneBut(first: string, run: HandRun): Promise<HandRun> {
  await run.answer('ship', 'refuse');
  while (run.inFlight.length > 0) {
    const [call = ''] = run.inFlight;
    await run.answer(call, call === `undo ${first}` ? 'refuse' : 'succeed');
  }
  expect(run.openIncidents).toMatchObject([{ instance: first, direction: 'undo' }]);
  return run;
}

describe('resume forward (S21)', () => {
  const choosing = () =>
    workflow()
      .step('reserve')
      .step('choose')
      .branch('which', {
        '{{ steps.choose.output.large }}': (path) => path.step('van').step('load'),
        else: (path) => path.step('post').step('stamp'),
      })
      .step('ship')
      .step('mail')
      .definition();

  it.each([
    [true, ['van#2', 'load#2']],
    [false, ['post', 'stamp']],
  ])('takes the branch that is chosen now (large: %s), and meets the other one behind it', async (large, calls) => {
    const run = await handRun(choosing());
    await run.answer('reserve', 'succeed');
    await run.answer('choose', output({ large: true }));
    for (const call of ['van', 'load']) await run.answer(call, 'succeed');
    await undoneBut('reserve', run);
    await run.resolve({ kind: 'resume-forward' });
    expect(run.inFlight).toEqual(['choose#2']);
    await run.answer('choose#2', output({ large }));
    for (const call of calls) {
      expect(run.inFlight).toEqual([call]);
      await run.answer(call, 'succeed');
    }
    expect(run.inFlight).toEqual(['ship#2']);
    await run.answer('ship#2', 'succeed');
    await run.answer('mail', 'succeed');
    expect(run.state).toMatchObject({ status: 'completed', failure: null });
  });

  it('waits again at a join for the branch that is done again, and not for the one that is in force', async () => {
    const run = await handRun(
      workflow()
        .step('reserve')
        .parallel('both', [step('charge'), step('pack')])
        .step('ship')
        .definition(),
    );
    for (const call of ['reserve', 'charge', 'pack']) await run.answer(call, 'succeed');
    await run.answer('ship', 'refuse');
    await run.answer('undo charge', 'refuse');
    await run.answer('undo pack', 'succeed');
    await run.resolve({ kind: 'resume-forward' });
    expect(run.inFlight).toEqual(['pack#2']);
    expect(run.instance('charge')).toMatchObject({ status: 'succeeded', undo: { status: 'captured', failure: null } });
    await run.answer('pack#2', 'succeed');
    expect(run.inFlight).toEqual(['ship#2']);
    await run.answer('ship#2', 'refuse');
    expect(run.inFlight.sort()).toEqual(['undo charge', 'undo pack#2']);
    const undos = run.entries('step.started', 'charge').filter(({ direction }) => direction === 'undo');
    expect(undos.map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  it('takes back a cancel, and goes on where the run stood', async () => {
    const run = await handRun(workflow().step('reserve').step('charge').step('ship').definition());
    for (const call of ['reserve', 'charge']) await run.answer(call, 'succeed');
    await run.cancel();
    await run.answer('ship', 'refuse');
    await run.answer('undo charge', 'refuse');
    expect(run.state.cancel).not.toBeNull();
    await run.resolve({ kind: 'resume-forward' });
    expect(run.state.cancel).toBeNull();
    expect(run.inFlight).toEqual(['ship#2']);
    await run.answer('ship#2', 'succeed');
    expect(run.state.status).toBe('completed');
  });

  it('tries again what nobody knows of, under the same key', async () => {
    const run = await handRun(
      workflow()
        .step('reserve')
        .parallel('both', [(path) => path.step('wire'), step('ship')])
        .definition(),
    );
    await run.answer('reserve', 'succeed');
    await run.answer('ship', 'refuse');
    await run.answer('wire', 'lost');
    expect(run.instance('wire').status).toBe('unknown');
    await run.answer('undo wire', 'refuse');
    await run.resolve({ kind: 'resume-forward' });
    expect(run.inFlight).toEqual(['wire', 'ship#2']);
    const started = run.entries('step.started', 'wire').filter(({ direction }) => direction === 'forward');
    expect(started.map(({ key, attempt }) => [key, attempt])).toEqual([
      ['run:wire:forward', 1],
      ['run:wire:forward', 2],
    ]);
  });

  it('does a scope again as a whole, with its bodies as another generation', async () => {
    const run = await handRun(
      workflow()
        .step('reserve')
        .scope('part', (path) => path.step('charge').step('pack'))
        .step('ship')
        .definition(),
    );
    for (const call of ['reserve', 'charge@part', 'pack@part']) await run.answer(call, 'succeed');
    await undoneBut('reserve', run);
    await run.resolve({ kind: 'resume-forward' });
    expect(run.inFlight).toEqual(['charge@part#2']);
    await run.answer('charge@part#2', 'succeed');
    await run.answer('pack@part#2', 'succeed');
    expect(run.inFlight).toEqual(['ship#2']);
    const keys = run.entries('step.started', 'charge').map(({ key }) => key);
    expect(keys).toContain('run:charge@part#2:forward');
  });

  it.each([
    [null, ['run:label@part:forward', 'run:label#2@part:forward', 'run:label@part#2:forward']],
    ['order-7', ['order-7', 'order-7#2', 'order-7@part#2']],
  ])('of a step in a scope, and then of the scope, is not one effect (key %s)', async (idempotencyKey, expected) => {
    const label = { name: 'label', ...(idempotencyKey !== null && { idempotencyKey }) };
    const run = await handRun(
      workflow()
        .step('reserve')
        .scope('part', (path) => path.step('charge').step('pack').step('label', label))
        .step('ship')
        .definition(),
    );
    for (const call of ['reserve', 'charge@part', 'pack@part']) await run.answer(call, 'succeed');
    await run.answer('label@part', 'refuse');
    await run.answer('undo pack@part', 'refuse');
    await run.resolve({ kind: 'resume-forward' });
    await run.answer('label#2@part', 'succeed');
    await undoneBut('reserve', run);
    await run.resolve({ kind: 'resume-forward' });
    for (const step of ['charge', 'pack', 'label']) {
      expect(run.inFlight).toEqual([`${step}@part#2`]);
      await run.answer(`${step}@part#2`, 'succeed');
    }
    expect(run.inFlight).toEqual(['ship#2']);
    const keys = run.entries('step.started', 'label').filter(({ direction }) => direction === 'forward');
    expect(keys.map(({ key }) => key)).toEqual(expected);
  });

  it('inside a scope leaves what lies around it as it is', async () => {
    const run = await handRun(
      workflow()
        .step('reserve')
        .scope('part', (path) => path.step('charge').step('pack').step('label'))
        .step('ship')
        .definition(),
    );
    for (const call of ['reserve', 'charge@part', 'pack@part']) await run.answer(call, 'succeed');
    await run.answer('label@part', 'refuse');
    await run.answer('undo pack@part', 'refuse');
    await run.resolve({ kind: 'resume-forward' });
    expect(run.state.scopes['@part']).toMatchObject({ status: 'active', cause: null, failure: null, then: null });
    expect(run.inFlight).toEqual(['label#2@part']);
    await run.answer('label#2@part', 'succeed');
    expect(run.inFlight).toEqual(['ship']);
    await run.answer('ship', 'succeed');
    expect(run.state.status).toBe('completed');
  });
});

describe('another try of a forward step (S4, S21)', () => {
  it('begins its attempts anew under the same key, and with other input under another', async () => {
    const once = { onFailure: 'park' } as const;
    const run = await handRun(workflow().step('charge', once).definition());
    await run.answer('charge', 'refuse');
    await run.resolve({ kind: 'retry' });
    expect(run.instance('charge')).toMatchObject({ status: 'running', attempt: 2, parked: false });
    await run.answer('charge', 'refuse');
    await run.resolve({ kind: 'retry-with-input', input: { amount: 5 } });
    const started = run.entries('step.started', 'charge');
    expect(started.map(({ key }) => key)).toEqual(['run:charge:forward', 'run:charge:forward', 'run:charge:forward:2']);
    expect(started.at(-1)?.input).toEqual({ amount: 5 });
    await run.answer('charge', 'busy');
    expect(run.instance('charge').status).toBe('retrying');
  });

  it('keeps its key with other input while nobody knows whether an attempt took effect', async () => {
    const run = await handRun(workflow().step('wire', { effect: 'at-most-once' }).definition());
    await run.answer('wire', 'lost');
    await run.resolve({ kind: 'retry-with-input', input: { amount: 5 } });
    const started = run.entries('step.started', 'wire');
    expect(started.map(({ key }) => key)).toEqual(['run:wire:forward', 'run:wire:forward']);
    expect(started.at(-1)?.input).toEqual({ amount: 5 });
  });

  it('of a loop that was put before a person begins it anew, with nothing of it in force', async () => {
    const run = await handRun(
      workflow()
        .forEach('items', '{{ [1, 2] }}', (path) => path.step('pack'), { onFailure: 'park' })
        .step('ship')
        .definition(),
    );
    await run.answer('pack@items[0]', 'succeed');
    await run.answer('pack@items[1]', 'refuse');
    await run.answer('undo pack@items[0]', 'succeed');
    expect(run.openIncidents).toMatchObject([{ instance: 'items' }]);
    await run.resolve({ kind: 'retry' });
    expect(run.inFlight).toEqual(['pack@items#2[0]']);
    for (const index of [0, 1]) await run.answer(`pack@items#2[${index}]`, 'succeed');
    expect(run.inFlight).toEqual(['ship']);
  });
});

describe('a step taken as failed (S13, S21)', () => {
  it('goes by its own choice: leaves by its error edge, goes on, or fails its scope', async () => {
    for (const [settings, follows] of [
      [{ error: step('mend') }, ['mend']],
      [{ onFailure: 'continue' }, ['ship']],
      [{ onFailure: 'park' }, ['undo reserve']],
      [{}, ['undo reserve']],
    ] as const) {
      const saga = workflow()
        .step('reserve')
        .step('wire', { effect: 'at-most-once', undo: 'irreversible', ...settings })
        .step('ship');
      const run = await handRun(saga.definition());
      await run.answer('reserve', 'succeed');
      await run.answer('wire', 'lost');
      await run.resolve({ kind: 'skip', reason: 'it did not go out' });
      expect(run.inFlight).toEqual(follows);
      expect(run.instance('wire')).toMatchObject({ status: 'failed', parked: false, undo: { status: 'none' } });
    }
  });

  it('is not undone when a person skips it, and is when they compensate from there, since nobody knows (S14)', async () => {
    for (const [resolution, follows] of [
      [{ kind: 'skip', reason: 'it did not go out' }, ['undo reserve']],
      [{ kind: 'compensate-from-here' }, ['undo wire']],
    ] as const) {
      const run = await handRun(workflow().step('reserve').step('wire', { effect: 'at-most-once' }).definition());
      await run.answer('reserve', 'succeed');
      await run.answer('wire', 'lost');
      await run.resolve(resolution);
      expect(run.inFlight).toEqual(follows);
    }
  });

  it('ends its branch after a pivot, while the others go on, and the run ends failed (S23)', async () => {
    const run = await handRun(
      workflow()
        .step('pay', { undo: 'pivot' })
        .parallel('both', [(path) => path.step('pack', { onFailure: 'park' }), step('mail')])
        .step('ship')
        .definition(),
    );
    await run.answer('pay', 'succeed');
    await run.answer('pack', 'refuse', 'pack.refused');
    await run.resolve({ kind: 'skip', reason: 'never mind' });
    expect(run.inFlight).toEqual(['mail']);
    await run.answer('mail', 'succeed');
    expect(run.inFlight).toEqual(['ship']);
    await run.answer('ship', 'succeed');
    expect(run.state).toMatchObject({ status: 'failed', failure: { code: 'pack.refused' } });
  });
});

describe('an undo that a person decides (S20, S21)', () => {
  async function blocked(): Promise<HandRun> {
    const run = await handRun(workflow().step('reserve').step('charge').step('ship').definition());
    for (const call of ['reserve', 'charge']) await run.answer(call, 'succeed');
    await run.answer('ship', 'refuse');
    await run.answer('undo charge', 'refuse');
    return run;
  }
  const undos = (run: HandRun) =>
    run
      .entries('step.started', 'charge')
      .filter(({ direction }) => direction === 'undo')
      .map(({ key, attempt, input }) => [key, attempt, input]);

  it('is repeated as it was, or with other input under another key', async () => {
    const run = await blocked();
    await run.resolve({ kind: 'retry' });
    await run.answer('undo charge', 'refuse');
    await run.resolve({ kind: 'retry-with-input', input: { amount: 5 } });
    expect(undos(run)).toEqual([
      ['run:charge:undo', 1, { step: 'charge' }],
      ['run:charge:undo', 2, { step: 'charge' }],
      ['run:charge:undo:2', 3, { amount: 5 }],
    ]);
  });

  it('has all its attempts again when it is repeated', async () => {
    const run = await blocked();
    await run.resolve({ kind: 'retry' });
    await run.answer('undo charge', 'busy');
    expect(run.instance('charge').undo).toMatchObject({ status: 'retrying', attemptBase: 1 });
  });

  it('counts as done by hand or as left, and what came before it is undone', async () => {
    for (const [resolution, status] of [
      [{ kind: 'done', note: 'refunded at the counter' }, 'done'],
      [{ kind: 'skip', reason: 'goodwill' }, 'skipped'],
    ] as const) {
      const run = await blocked();
      await run.resolve(resolution);
      expect(run.instance('charge').undo.status).toBe(status);
      expect(run.openIncidents).toEqual([]);
      expect(run.inFlight).toEqual(['undo reserve']);
    }
  });

  it('ends with the run when a person abandons it, and all stays as it is', async () => {
    const run = await blocked();
    await run.resolve({ kind: 'abandon' });
    expect(run.state).toMatchObject({ status: 'terminated', terminated: { reason: 'test' } });
    expect(run.openIncidents).toEqual([]);
    expect(run.instance('reserve').undo.status).toBe('captured');
  });
});
