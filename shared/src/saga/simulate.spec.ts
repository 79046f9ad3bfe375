import { describe, expect, it } from '@jest/globals';
import { checkRun } from './check-run.js';
import type { SagaDefinition } from './definition.js';
import type { Entry, Resolution } from './journal.js';
import { simulate, terminal } from './simulate.js';
import type { Mishap, Script, ScriptedEvent, SimulateOptions, Simulation } from './simulate.js';
import { workflow } from './testing/index.js';
import type { Build } from './testing/index.js';

/** Simulates, and holds the run to every rule. */
async function wellKept(definition: SagaDefinition, script: Script = {}, options: SimulateOptions = {}) {
  const run = await simulate(definition, script, options);
  expect(checkRun(definition, run)).toEqual([]);
  return run;
}

const paid = (event: Partial<ScriptedEvent>): ScriptedEvent => ({
  afterMs: 1000,
  from: 'opening',
  type: 'order.paid',
  data: { orderId: 7 },
  ...event,
});

const payment = (timeoutMs?: number): SagaDefinition =>
  workflow()
    .wait(
      'payment',
      {
        type: 'order.paid',
        filter: { data: { amount: [{ numeric: ['>', 0] }] } },
        correlation: { path: 'data.orderId', value: '{{ trigger.data.orderId }}' },
      },
      timeoutMs === undefined ? {} : { timeoutMs, timeout: (path) => path.transform('remind', {}) },
    )
    .definition();

const order7 = { data: { orderId: 7 } } as const;
const inFull = { orderId: 7, amount: 5 };
const names = (run: Simulation) => run.trace.succeeded;

describe('events sent to waits (S31)', () => {
  it('match when they come while the wait is open', async () => {
    const run = await wellKept(payment(), { payment: { events: [paid({ data: inFull })] } }, order7);
    expect(run.state.status).toBe('completed');
    expect(run.state.instances['payment']?.output).toMatchObject({ type: 'order.paid', data: inFull });
  });

  it('match when they came before the wait opened, but not before the instant that it looks back to', async () => {
    const late = (earlyMs: number) =>
      workflow().delay('pause', 60_000).wait('payment', { type: 'order.paid', earlyMs }).definition();
    const script = { payment: { events: [paid({ from: 'start' })] } };
    expect((await wellKept(late(60_000), script)).state.status).toBe('completed');
    expect((await wellKept(late(1000), script)).state.status).toBe('waiting');
  });

  it.each([
    ['another type', { type: 'order.sent', data: inFull }],
    ['another subject of correlation', { data: { ...inFull, orderId: 8 } }],
    ['content that the filter refuses', { data: { ...inFull, amount: 0 } }],
  ])('do not match with %s, and the wait runs out of time', async (_, event) => {
    const run = await wellKept(payment(60_000), { payment: { events: [paid(event)] } }, order7);
    expect(names(run)).toEqual(['remind', 'end']);
  });

  it('are consumed by each wait once: the next pass needs another one', async () => {
    const twice = (events: ScriptedEvent[]) =>
      wellKept(
        workflow()
          .repeat('twice', (path) => path.wait('payment', 'order.paid', { timeoutMs: 500 }))
          .definition(),
        { payment: { events } },
      );
    // One recorded event is there for both passes, since each pass is a wait of its own.
    expect((await twice([paid({ from: 'start', afterMs: 0 })])).state.status).toBe('completed');
    expect((await twice([paid({ afterMs: 600 })])).state.status).toBe('failed');
  });
});

describe('tasks', () => {
  const approval = (reminderMs?: number) =>
    workflow()
      .task(
        'approve',
        { yes: (path) => path.step('ship'), no: (path) => path.step('refund') },
        {
          timeoutMs: 60_000,
          timeout: (path) => path.step('escalate'),
          ...(reminderMs && { task: { reminderMs } }),
        },
      )
      .definition();

  it.each([
    ['yes', 'ship'],
    ['no', 'refund'],
  ])('leave by the outcome that a person chose: %s', async (outcome, next) => {
    const run = await wellKept(approval(), { approve: { task: { afterMs: 1000, outcome } } });
    expect(names(run)).toContain(next);
  });

  it('run out of time when nobody answers, after their reminders, neither early (S29)', async () => {
    const run = await wellKept(approval(25_000));
    expect(names(run)).toContain('escalate');
    const nudges = run.journal.filter((entry) => entry.type === 'task.nudged');
    expect(nudges.map(({ at }) => at - run.state.startedAt)).toEqual([25_000, 50_000]);
  });

  it('that remind for ever leave the simulation waiting, not running', async () => {
    const saga = workflow()
      .task('approve', { yes: (path) => path }, { task: { reminderMs: 1000 } })
      .definition();
    expect((await wellKept(saga)).state.status).toBe('waiting');
  });
});

describe('child runs (S18)', () => {
  const trip = (inner: Build = (path) => path) => inner(workflow().call('book')).step('pay').definition();

  it('are waited for, and undone when a later step fails', async () => {
    const run = await wellKept(trip(), { book: { child: { afterMs: 5000 } }, pay: terminal() });
    expect(run.state.status).toBe('compensated');
    expect(run.ledger.net).toEqual({ book: 0 });
  });

  it.each(['failed', 'compensated', 'cancelled'] as const)(
    'that ended %s fail the step and need no undo',
    async (end) => {
      const run = await wellKept(trip(), { book: { child: { end } } });
      expect(run.state).toMatchObject({ status: 'failed', failure: { code: `child.${end}` } });
      expect(run.trace.compensated).toEqual([]);
    },
  );

  it('that were ended without undo leave the step unknown, and are undone (S14)', async () => {
    const run = await wellKept(trip(), { book: { child: { end: 'terminated' } } });
    expect(run.state.status).toBe('compensated');
    expect(run.trace.compensated).toEqual(['book']);
  });

  it('are started once, however often the answer to the start is lost (S4)', async () => {
    const run = await wellKept(trip(), { book: { forward: ['lost', 'lost'] } });
    expect(run.ledger.calls.filter(({ step, applied }) => step === 'book' && applied)).toHaveLength(1);
    expect(run.state.status).toBe('completed');
  });

  it('are asked to stop when the run is cancelled, and waited for', async () => {
    const run = await wellKept(trip(), { book: { child: { afterMs: 60_000 } } }, { at: { 3: 'cancel' } });
    expect(run.state.status).toBe('cancelled');
    expect(run.journal.map(({ type }) => type)).toContain('child.cancel-requested');
    expect(run.ledger.net).toEqual({ book: 0 });
  });

  it('that cannot undo themselves block the run until a person has it tried again (S20, S21)', async () => {
    const script = { book: { child: { refusesUndo: true } }, pay: terminal() };
    const blocked = await wellKept(trip(), script);
    expect(blocked.state.status).toBe('blocked');
    const retry = (): Resolution => ({ kind: 'retry' });
    const run = await wellKept(trip(), script, { onIncident: retry });
    expect(run.state.status).toBe('compensated');
    expect(run.ledger.net).toEqual({ book: 0 });
  });
});

describe('limits (S30)', () => {
  const limited = (limit: object) => (name: string) => (path: Parameters<Build>[0]) => path.step(name, limit);

  it('let one step at a time hold the only slot of a key', async () => {
    const one = limited({ concurrency: { key: 'card', limit: 1 } });
    const saga = workflow().parallel('p', ['a', 'b', 'c'].map(one)).definition();
    for (let seed = 1; seed <= 20; seed += 1) {
      const { journal, state } = await wellKept(saga, { a: { forward: ['busy'] } }, { seed });
      expect(state.status).toBe('completed');
      expect(mostAtATime(journal)).toBe(1);
    }
  });

  it('space out the starts of a rate', async () => {
    const slow = limited({ rate: { key: 'api', limit: 1, perMs: 10_000 } });
    const saga = workflow().parallel('p', ['a', 'b', 'c'].map(slow)).definition();
    const { journal } = await wellKept(saga);
    const admitted = journal.filter(({ type }) => type === 'step.admitted').map(({ at }) => at);
    const pauses = admitted.slice(1).map((at, index) => at - (admitted[index] ?? 0));
    expect(pauses).toHaveLength(2);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(10_000);
  });

  it('have a step wait while other runs hold the slots', async () => {
    const saga = workflow()
      .step('charge', { concurrency: { key: 'card', limit: 1 } })
      .definition();
    const { journal, state } = await wellKept(saga, { charge: { slotTakenMs: 5000 } });
    const started = journal.find(({ type }) => type === 'step.started');
    expect((started?.at ?? 0) - state.startedAt).toBe(5000);
  });
});

/** Steps that hold a slot at the same time: from their admission until they are settled. */
function mostAtATime(journal: readonly Entry[]): number {
  let [now, most] = [0, 0];
  for (const entry of journal) {
    if (entry.type === 'step.admitted') now += 1;
    if (entry.type === 'step.succeeded' && ['a', 'b', 'c'].includes(entry.step)) now -= 1;
    most = Math.max(most, now);
  }
  return most;
}

describe('code', () => {
  it('computes what the script says, from its evaluated input', async () => {
    const saga = workflow()
      .code('double', 'return 2 * input.n;', { input: { n: '{{ trigger.data.n }}' } })
      .definition();
    const compute = (input: unknown) => 2 * (input as { n: number }).n;
    const { state } = await wellKept(saga, { double: { compute } }, { data: { n: 21 } });
    expect(state.instances['double']?.output).toBe(42);
  });
});

/** Something of every kind of body and wait, with effects in all of them. */
const journey = () =>
  workflow()
    .step('reserve')
    .scope('trip', (path) => path.step('hotel').call('flight'), { handler: (path) => path.step('apologise') })
    .forEach('legs', '{{ [1..2] }}', (path) => path.step('leg'), { limit: 2 })
    .repeat('twice', (path) => path.step('remind'))
    .wait('payment', 'order.paid')
    .step('ship')
    .definition();
const paidSoon: Script = { payment: { events: [paid({})] } };

/** The run once for every entry of its journal: this happens when just so many are written. */
async function atEveryPoint(mishap: Mishap): Promise<Simulation[]> {
  const calm = await wellKept(journey(), paidSoon);
  const runs: Simulation[] = [];
  for (let length = 1; length < calm.journal.length; length += 1)
    runs.push(await wellKept(journey(), paidSoon, { at: { [length]: mishap } }));
  expect(runs.length).toBeGreaterThan(25);
  return runs;
}

describe('mishaps at every point', () => {
  it('survives the death of the worker, with every effect applied once (S3, I5)', async () => {
    for (const { state, ledger } of await atEveryPoint('crash')) {
      expect(state.status).toBe('completed');
      expect(ledger.calls.filter(({ applied }) => applied)).toHaveLength(8);
      expect(Object.values(ledger.net)).toEqual(Array.from({ length: 8 }, () => 1));
    }
  });

  it('undoes everything when it is cancelled (S25, I7)', async () => {
    for (const { state, ledger } of await atEveryPoint('cancel')) {
      expect(state.status).toBe('cancelled');
      expect(Object.values(ledger.net).every((net) => net === 0)).toBe(true);
    }
  });

  it('leaves everything as it is when an administrator ends it (S25)', async () => {
    for (const { state, trace } of await atEveryPoint('terminate')) {
      expect(state.status).toBe('terminated');
      expect(trace.compensated).toEqual([]);
    }
  });
});

describe('the undo of a finished run (S26)', () => {
  it('takes back everything, items, passes and children included', async () => {
    const { state, ledger } = await wellKept(journey(), paidSoon, { undoFinished: true });
    expect(state.status).toBe('compensated');
    expect(Object.values(ledger.net).every((net) => net === 0)).toBe(true);
  });

  it('does what a scope says of itself instead of the undos inside', async () => {
    const back = { kind: 'compensation', name: 'call off', connector: 'test', operation: 'undo', input: {} } as const;
    const saga = workflow()
      .scope('trip', (path) => path.step('hotel').step('flight'), { undo: back })
      .definition();
    const { trace, ledger } = await wellKept(saga, {}, { undoFinished: true });
    expect(trace.compensated).toEqual(['trip']);
    expect(ledger.net).toEqual({ trip: 0, 'hotel@trip': 0, 'flight@trip': 0 });
  });
});

describe('a simulation', () => {
  it('is the same for the same seed, and another for another (S7)', async () => {
    const saga = workflow()
      .parallel('p', [(path) => path.step('a'), (path) => path.step('b')])
      .definition();
    const script: Script = { a: { forward: ['busy', 'lost'] }, b: { forward: ['vanished'] } };
    const journals = await Promise.all([1, 1, 2].map(async (seed) => (await simulate(saga, script, { seed })).journal));
    expect(journals[0]).toEqual(journals[1]);
    expect(journals[0]).not.toEqual(journals[2]);
  });
});
