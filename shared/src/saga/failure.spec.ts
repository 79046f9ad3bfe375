import { describe, expect, it } from '@jest/globals';
import { SINGLE_ATTEMPT } from './retry.js';
import { checkAlive } from './check-run.js';
import { simulate, terminal } from './simulate.js';
import { undoPlan } from './undo-plan.js';
import { undoPreview } from './undo-preview.js';
import { handRun, workflow } from './testing/index.js';
import type { HandRun, WorkflowBuilder } from './testing/index.js';

const shop = () => workflow().step('reserve').step('charge').step('ship').definition();

async function shipmentRefused(): Promise<HandRun> {
  const run = await handRun(shop());
  await run.answer('reserve', 'succeed');
  await run.answer('charge', 'succeed');
  await run.answer('ship', 'refuse', 'carrier.closed');
  return run;
}

describe('a failure for good (S13)', () => {
  it('compensates completed steps, newest first, when a later step fails for good', async () => {
    const { trace, state } = await simulate(shop(), { ship: terminal('carrier.closed') });
    expect(trace.compensated).toEqual(['charge', 'reserve']);
    expect(state).toMatchObject({ status: 'compensated', failure: { code: 'carrier.closed' } });
  });

  it('ends the run failed when nothing had to be undone', async () => {
    const { state } = await simulate(shop(), { reserve: terminal() });
    expect(state.status).toBe('failed');
  });

  it('leaves by the error edge when the step has one, and undoes nothing', async () => {
    const saga = workflow()
      .step('reserve')
      .step('ship', { error: (path) => path.step('apologise') })
      .definition();
    const { state, trace } = await simulate(saga, { ship: terminal() });
    expect(state.status).toBe('completed');
    expect(trace.succeeded).toEqual(['reserve', 'apologise', 'end']);
  });

  it('shows the handler behind an error edge what went wrong (S6)', async () => {
    const saga = workflow()
      .step('ship', { error: (path) => path.step('apologise', { input: { why: '{{ steps.ship.error.code }}' } }) })
      .definition();
    const run = await handRun(saga);
    await run.answer('ship', 'refuse', 'carrier.closed');
    expect(run.instance('apologise').input).toEqual({ why: 'carrier.closed' });
  });

  it('goes on with an empty output when the step may fail', async () => {
    const saga = workflow()
      .step('stamp', { onFailure: 'continue' })
      .step('ship', { input: { stamp: '{{ steps.stamp.output }}' } })
      .definition();
    const run = await handRun(saga);
    await run.answer('stamp', 'refuse');
    expect(run.instance('ship').input).toEqual({ stamp: null });
  });

  it('fails the scope by a fail step, with its code', async () => {
    const saga = workflow()
      .step('reserve')
      .branch('stock', {
        '{{ 1 = 1 }}': (path) => path.fail('soldOut', 'stock.none'),
        else: (path) => path.step('ship'),
      })
      .definition();
    const { state, trace } = await simulate(saga);
    expect(state).toMatchObject({ status: 'compensated', failure: { code: 'stock.none' } });
    expect(trace.compensated).toEqual(['reserve']);
  });

  it('fails a step whose template cannot be evaluated, without calling anybody', async () => {
    const saga = workflow()
      .step('reserve')
      .step('ship', { input: { to: '{{ $number("no number") }}' } })
      .definition();
    const run = await handRun(saga);
    await run.answer('reserve', 'succeed');
    expect(run.entries('step.started', 'ship').filter((entry) => entry.direction === 'forward')).toEqual([]);
    expect(run.inFlight).toEqual(['undo reserve']);
  });
});

describe('what is undone (S14, S15, S17)', () => {
  it('undoes the failing step itself when its outcome is unknown, before its causes', async () => {
    const run = await handRun(workflow().step('reserve').step('charge', { retry: SINGLE_ATTEMPT }).definition());
    await run.answer('reserve', 'succeed');
    await run.answer('charge', 'vanished');
    expect(run.inFlight).toEqual(['undo charge']);
    await run.answer('undo charge', 'succeed');
    expect(run.inFlight).toEqual(['undo reserve']);
  });

  it('does not undo a step that was refused, nor one that needs no undo', async () => {
    const saga = workflow()
      .step('look', { undo: { kind: 'not-needed', reason: 'reads only' } })
      .step('mail', { undo: 'irreversible' })
      .step('charge')
      .definition();
    const { trace, state } = await simulate(saga, { charge: terminal() });
    expect(trace.compensated).toEqual([]);
    expect(state.status).toBe('failed');
    expect(undoPlan(saga, state).notUndone).toEqual([
      { instance: 'look', reason: 'not-needed' },
      { instance: 'mail', reason: 'irreversible' },
    ]);
  });

  it('captures the input of the undo when the step succeeds, and of an unknown one without its output (S17)', async () => {
    const input = {
      charge: '{{ step.output.id }}',
      order: '{{ step.input.order }}',
      at: '{{ steps.reserve.output.at }}',
    };
    const undo = { kind: 'compensation', name: 'Refund', connector: 'test', operation: 'undo', input } as const;
    const saga = workflow()
      .step('reserve')
      .step('charge', { input: { order: 7 }, undo, retry: SINGLE_ATTEMPT })
      .step('ship')
      .definition();
    for (const [answer, id] of [
      [{ kind: 'succeeded', output: { id: 'ch_1' } }, 'ch_1'],
      ['lost', null],
    ] as const) {
      const run = await handRun(saga);
      await run.answer('reserve', { kind: 'succeeded', output: { at: 'A3' } });
      await run.answer('charge', answer);
      if (answer !== 'lost') await run.answer('ship', 'refuse');
      const started = run.entries('step.started', 'charge').at(-1);
      expect(started).toMatchObject({ direction: 'undo', input: { charge: id, order: 7, at: 'A3' } });
    }
  });

  it('asks a person when the input of the undo could not be captured, and undoes with theirs (S17, S21)', async () => {
    const input = { charge: '{{ $number("none") }}' };
    const undo = { kind: 'compensation', name: 'Refund', connector: 'test', operation: 'undo', input } as const;
    const run = await handRun(workflow().step('charge', { undo }).step('ship').definition());
    await run.answer('charge', 'succeed');
    await run.answer('ship', 'refuse');
    expect(run.openIncidents).toMatchObject([{ instance: 'charge', direction: 'undo' }]);
    await run.resolve({ kind: 'retry-with-input', input: { charge: 'ch_1' } });
    expect(run.entries('step.started', 'charge').at(-1)?.input).toEqual({ charge: 'ch_1' });
  });

  it('starts no undo while something is in flight, and starts nothing new (S15)', async () => {
    const saga = workflow()
      .step('reserve')
      .parallel('both', [
        (path) => path.step('charge').step('receipt'),
        (path) => path.step('ship'),
        (path) => path.delay('rest', 1000),
      ])
      .definition();
    const run = await handRun(saga);
    await run.answer('reserve', 'succeed');
    await run.answer('ship', 'refuse');
    expect(run.inFlight).toEqual(['charge']);
    expect(run.instance('rest').status).toBe('cancelled');
    await run.answer('charge', 'succeed');
    expect(run.state.instances.receipt).toBeUndefined();
    expect(run.inFlight).toEqual(['undo charge']);
  });

  it('does not retry what fails while the scope is failing, and asks harmless calls to stop (S15)', async () => {
    const saga = workflow()
      .parallel('both', [(path) => path.step('look', { effect: 'read', undo: null }), (path) => path.step('ship')])
      .definition();
    const run = await handRun(saga);
    await run.answer('ship', 'refuse');
    expect(run.commands()).toEqual([{ kind: 'abort-attempt', instance: 'look', direction: 'forward' }]);
    await run.answer('look', 'busy');
    expect(run.state.status).toBe('failed');
  });

  it('counts a call in flight at a crash as unknown once the scope is failing, and undoes it (S14, S15)', async () => {
    const saga = workflow()
      .parallel('both', [(path) => path.step('charge'), (path) => path.step('ship')])
      .definition();
    const run = await handRun(saga);
    await run.answer('ship', 'refuse');
    await run.crash();
    expect(run.instance('charge').status).toBe('unknown');
    expect(run.inFlight).toEqual(['undo charge']);
  });
});

describe('the order of undo (S16)', () => {
  const diamond = () =>
    workflow()
      .step('reserve')
      .parallel('both', [(path) => path.step('charge').step('receipt'), (path) => path.step('pack')])
      .step('ship')
      .definition();

  async function diamondUndone(): Promise<HandRun> {
    const run = await handRun(diamond());
    for (const call of ['reserve', 'charge', 'pack', 'receipt']) await run.answer(call, 'succeed');
    await run.answer('ship', 'refuse');
    return run;
  }

  it('undoes parallel branches in parallel, and what caused both only after both', async () => {
    const run = await diamondUndone();
    expect([...run.inFlight].sort()).toEqual(['undo pack', 'undo receipt']);
    await run.answer('undo receipt', 'succeed');
    expect([...run.inFlight].sort()).toEqual(['undo charge', 'undo pack']);
    await run.answer('undo charge', 'succeed');
    expect(run.inFlight).toEqual(['undo pack']);
    await run.answer('undo pack', 'succeed');
    expect(run.inFlight).toEqual(['undo reserve']);
  });

  it('is shown by the plan before it happens, and by the preview in the editor', async () => {
    const run = await diamondUndone();
    const orders = (plan: ReturnType<typeof undoPlan>) =>
      Object.fromEntries(plan.steps.map(({ instance, order }) => [instance, order]));
    const expected = { pack: 1, receipt: 1, charge: 2, reserve: 3 };
    expect(orders(undoPlan(run.definition, run.state))).toEqual(expected);
    expect(orders(undoPreview(run.definition, 'ship'))).toEqual(expected);
    const reserve = undoPlan(run.definition, run.state).steps.find(({ instance }) => instance === 'reserve');
    expect([...(reserve?.after ?? [])].sort()).toEqual(['charge', 'pack', 'receipt']);
  });

  it('follows transitions that were taken, not what is drawn: the branch not taken is not undone', async () => {
    const saga = workflow()
      .step('reserve')
      .branch('how', { '{{ true }}': (path) => path.step('card'), else: (path) => path.step('invoice') })
      .step('ship')
      .definition();
    const { trace, state } = await simulate(saga, { ship: terminal() });
    expect(trace.compensated).toEqual(['card', 'reserve']);
    expect(state.instances.invoice).toBeUndefined();
    expect(undoPreview(saga, 'ship').steps.map(({ instance }) => instance)).toEqual(['invoice', 'card', 'reserve']);
  });

  it('lets a step that left another way be undone beside what came after the join (no token, no cause)', async () => {
    const aside = { retry: SINGLE_ATTEMPT, error: (path: WorkflowBuilder) => path.end('dropped') };
    const saga = workflow()
      .parallel('offers', [(path) => path.step('a', aside), (path) => path.step('b')])
      .step('book')
      .step('mail')
      .definition();
    const run = await handRun(saga);
    await run.answer('a', 'lost');
    for (const call of ['b', 'book']) await run.answer(call, 'succeed');
    await run.answer('mail', 'refuse');
    expect([...run.inFlight].sort()).toEqual(['undo a', 'undo book']);
  });

  it('lets a step that reached the join too late be undone beside what came after it', async () => {
    const mode = { kind: 'any', losers: 'ignore' } as const;
    const saga = workflow()
      .parallel('offers', [(path) => path.step('a'), (path) => path.step('b')], mode)
      .step('book')
      .step('mail')
      .definition();
    const run = await handRun(saga);
    for (const call of ['b', 'a', 'book']) await run.answer(call, 'succeed');
    await run.answer('mail', 'refuse');
    expect([...run.inFlight].sort()).toEqual(['undo a', 'undo book']);
  });
});

describe('an undo that fails for good (S20)', () => {
  async function packUndoBlocked(): Promise<HandRun> {
    const saga = workflow()
      .step('reserve')
      .parallel('both', [(path) => path.step('charge').step('receipt'), (path) => path.step('pack')])
      .step('ship')
      .definition();
    const run = await handRun(saga);
    for (const call of ['reserve', 'charge', 'pack', 'receipt']) await run.answer(call, 'succeed');
    await run.answer('ship', 'refuse');
    await run.answer('undo pack', 'refuse');
    return run;
  }

  it('becomes an incident; independent undos go on, causally earlier ones wait', async () => {
    const run = await packUndoBlocked();
    expect(run.openIncidents).toMatchObject([{ instance: 'pack', direction: 'undo' }]);
    await run.answer('undo receipt', 'succeed');
    expect(run.inFlight).toEqual(['undo charge']);
    expect(run.state.status).toBe('compensating');
    await run.answer('undo charge', 'succeed');
    expect(run.inFlight).toEqual([]);
    expect(run.state.status).toBe('blocked');
    expect(run.instance('reserve').undo.status).toBe('captured');
    expect(checkAlive(run.definition, run.state)).toEqual([]);
  });

  it('opens one incident only, however often is decided', async () => {
    const run = await packUndoBlocked();
    await run.goOn();
    expect(run.entries('incident.opened')).toHaveLength(1);
  });

  it.each([
    [{ kind: 'done', note: 'unpacked by hand' }, 'done'],
    [{ kind: 'skip', reason: 'not worth it' }, 'skipped'],
  ] as const)('goes on when a person resolves it: %j (S21)', async (resolution, status) => {
    const run = await packUndoBlocked();
    await run.answer('undo receipt', 'succeed');
    await run.answer('undo charge', 'succeed');
    await run.resolve(resolution);
    expect(run.instance('pack').undo.status).toBe(status);
    await run.answer('undo reserve', 'succeed');
    expect(run.state.status).toBe('compensated');
  });

  it('repeats it with the same key and input, and a fresh budget of attempts (S4, S21)', async () => {
    const run = await packUndoBlocked();
    await run.resolve({ kind: 'retry' });
    expect(
      run
        .entries('step.started', 'pack')
        .slice(-2)
        .map(({ key, attempt }) => [key, attempt]),
    ).toEqual([
      ['run:pack:undo', 1],
      ['run:pack:undo', 2],
    ]);
    await run.answer('undo pack', 'busy');
    expect(run.instance('pack').undo.status).toBe('retrying');
  });

  it('repeats it with other input under another key, for it was refused (S4, S21)', async () => {
    const run = await packUndoBlocked();
    await run.resolve({ kind: 'retry-with-input', input: { box: 2 } });
    expect(run.entries('step.started', 'pack').at(-1)).toMatchObject({ key: 'run:pack:undo:2', input: { box: 2 } });
  });

  it('waits, it does not block, when only time is needed', async () => {
    const run = await shipmentRefused();
    await run.answer('undo charge', 'busy');
    expect(run.state.status).toBe('compensating');
    expect(run.openIncidents).toEqual([]);
    await run.wake();
    expect(run.inFlight).toEqual(['undo charge']);
  });
});
