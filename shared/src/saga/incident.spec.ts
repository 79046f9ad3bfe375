import { describe, expect, it } from '@jest/globals';
import { resolutionRefusal } from './requests.js';
import { handRun, workflow } from './testing/index.js';
import type { HandRun } from './testing/index.js';

/** A wire transfer that must not be repeated blindly, and whose answer was lost. */
async function wireLost(): Promise<HandRun> {
  const run = await handRun(
    workflow().step('reserve').step('wire', { effect: 'at-most-once' }).step('mail').definition(),
  );
  await run.answer('reserve', 'succeed');
  await run.answer('wire', 'lost');
  return run;
}

/** `invoice` comes after the pivot and is refused. */
async function refusedAfterPivot(): Promise<HandRun> {
  const run = await handRun(workflow().step('pay', { undo: 'pivot' }).step('invoice').step('mail').definition());
  await run.answer('pay', 'succeed');
  await run.answer('invoice', 'refuse', 'invoice.refused');
  return run;
}

describe('what a person decides about a forward step (S21)', () => {
  it('retries it with the same key and input', async () => {
    const run = await wireLost();
    await run.resolve({ kind: 'retry' });
    expect(run.entries('step.started', 'wire').map(({ key, attempt }) => [key, attempt])).toEqual([
      ['run:wire:forward', 1],
      ['run:wire:forward', 2],
    ]);
    await run.answer('wire', 'succeed');
    expect(run.inFlight).toEqual(['mail']);
    expect(run.openIncidents).toEqual([]);
  });

  it('keeps the key when input is changed in doubt, for the first call may have taken effect (S4)', async () => {
    const run = await wireLost();
    await run.resolve({ kind: 'retry-with-input', input: { amount: 1 } });
    expect(run.entries('step.started', 'wire').at(-1)).toMatchObject({ key: 'run:wire:forward', input: { amount: 1 } });
  });

  it('takes another key when input is changed after a definite refusal (S4)', async () => {
    const run = await refusedAfterPivot();
    await run.resolve({ kind: 'retry-with-input', input: { vat: 'DE1' } });
    expect(run.entries('step.started', 'invoice').at(-1)).toMatchObject({
      key: 'run:invoice:forward:2',
      input: { vat: 'DE1' },
    });
  });

  it('marks it as done by hand: the run goes on with the given output, and knows how to undo it (S17)', async () => {
    const run = await wireLost();
    await run.resolve({ kind: 'done', note: 'seen on the statement', output: { id: 'w1' } });
    expect(run.instance('wire')).toMatchObject({ status: 'succeeded', output: { id: 'w1' } });
    await run.answer('mail', 'refuse');
    expect(run.inFlight).toEqual(['undo wire']);
  });

  it('takes it as failed when skipped: it is not undone, its causes are', async () => {
    const run = await wireLost();
    await run.resolve({ kind: 'skip', reason: 'not on the statement' });
    expect(run.instance('wire').status).toBe('failed');
    expect(run.inFlight).toEqual(['undo reserve']);
  });

  it('lets a skipped step leave by its error edge', async () => {
    const saga = workflow()
      .step('wire', { effect: 'at-most-once', error: (path) => path.step('call') })
      .definition();
    const run = await handRun(saga);
    await run.answer('wire', 'lost');
    await run.resolve({ kind: 'skip', reason: 'not on the statement' });
    expect(run.inFlight).toEqual(['call']);
  });

  it('journals who decided, when and why', async () => {
    const run = await wireLost();
    await run.resolve({ kind: 'retry' });
    expect(run.entries('incident.resolved')[0]).toMatchObject({ by: { id: 'person' }, reason: 'test', at: run.now });
  });

  it('asks again, by another incident, when the repeated call is lost again', async () => {
    const run = await wireLost();
    await run.resolve({ kind: 'retry' });
    await run.answer('wire', 'lost');
    expect(run.openIncidents).toHaveLength(1);
    expect(new Set(run.entries('incident.opened').map(({ incident }) => incident)).size).toBe(2);
  });

  it('asks nobody any more when the scope fails meanwhile: the unknown effect is undone (S14)', async () => {
    const saga = workflow()
      .parallel('both', [(path) => path.step('wire', { effect: 'at-most-once' }), (path) => path.step('ship')])
      .definition();
    const run = await handRun(saga);
    await run.answer('wire', 'lost');
    expect(run.openIncidents).toHaveLength(1);
    await run.answer('ship', 'refuse');
    expect(run.openIncidents).toEqual([]);
    expect(run.inFlight).toEqual(['undo wire']);
  });
});

describe('resolutions that cannot be (S21)', () => {
  it('refuses an incident that does not exist or is closed', async () => {
    const run = await wireLost();
    expect(resolutionRefusal(run.definition, run.state, 'nothing', { kind: 'retry' })?.code).toBe('incident.not-found');
    const id = run.openIncidents[0]?.id ?? '';
    expect(resolutionRefusal(run.definition, run.state, id, { kind: 'retry' })).toBeNull();
    await run.resolve({ kind: 'retry' });
    expect(resolutionRefusal(run.definition, run.state, id, { kind: 'retry' })?.code).toBe('incident.resolved');
  });

  /** A branch behind the pivot whose condition is neither true nor false. */
  const branchAfterPivot = async () => {
    const saga = workflow()
      .step('pay', { undo: 'pivot' })
      .branch('how', { '{{ "neither" }}': (path) => path.step('card'), else: (path) => path.step('invoice') })
      .definition();
    const run = await handRun(saga);
    await run.answer('pay', 'succeed');
    return run;
  };

  it('refuses other input for a step that has none', async () => {
    const run = await branchAfterPivot();
    const id = run.openIncidents[0]?.id ?? '';
    expect(resolutionRefusal(run.definition, run.state, id, { kind: 'retry-with-input', input: {} })?.code).toBe(
      'incident.no-input',
    );
  });

  it('refuses to call a branch done, for nobody would have said which way', async () => {
    const run = await branchAfterPivot();
    const id = run.openIncidents[0]?.id ?? '';
    expect(resolutionRefusal(run.definition, run.state, id, { kind: 'done', note: 'x' })?.code).toBe(
      'incident.no-port',
    );
    expect(resolutionRefusal(run.definition, run.state, id, { kind: 'skip', reason: 'x' })).toBeNull();
  });

  it('takes the output of an end that a person marks as done for the output of the run', async () => {
    const saga = workflow().step('pay', { undo: 'pivot' }).end('end', { total: '{{ $number("none") }}' }).definition();
    const run = await handRun(saga);
    await run.answer('pay', 'succeed');
    await run.resolve({ kind: 'done', note: 'by hand', output: { total: 3 } });
    expect(run.state).toMatchObject({ status: 'completed', output: { total: 3 } });
  });
});
