/** What a run does now, what it waits for, and what holds it up: `decide`, `nextWakeAt` and the status told of it. */
import { describe, expect, it } from '@jest/globals';
import { decide, nextWakeAt } from './decide.js';
import { SINGLE_ATTEMPT } from './retry.js';
import { runStatus } from './status.js';
import { handRun, workflow } from './testing/index.js';
import type { Build, HandRun } from './testing/index.js';

const HOUR = 3_600_000;
const broken = { kind: 'bug', code: 'journal.refused', message: 'The journal takes no more.' } as const;

const step =
  (name: string): Build =>
  (path) =>
    path.step(name);
const rest =
  (name: string, ms = HOUR): Build =>
  (path) =>
    path.delay(name, ms);

/** Milliseconds from now until time alone gives the run something to do. */
function untilWake(run: HandRun): number | null {
  const at = nextWakeAt(run.definition, run.state);
  return at === null ? null : at - run.now;
}

function stopRunItself(run: HandRun): void {
  const ref = { step: '', path: '', generation: 1, direction: 'forward' } as const;
  run.append({ type: 'incident.opened', incident: 'run~1', ...ref, failure: broken, at: run.now });
}

describe('when time matters next (S12, S28, S29)', () => {
  it('is at the earliest of what waits, whatever order it was drawn in', async () => {
    for (const [first, second] of [
      [HOUR, 2 * HOUR],
      [2 * HOUR, HOUR],
    ] as const) {
      const run = await handRun(
        workflow()
          .parallel('both', [rest('a', first), rest('b', second)])
          .definition(),
      );
      expect(untilWake(run)).toBe(HOUR);
    }
  });

  it('is never for a run that has ended, nor for one that waits for a person only', async () => {
    const ended = await handRun(workflow().settings({ deadlineMs: HOUR }).transform('note', 1).definition());
    expect([ended.state.status, untilWake(ended)]).toEqual(['completed', null]);
    const parked = await handRun(workflow().step('charge', { onFailure: 'park' }).definition());
    await parked.answer('charge', 'refuse');
    expect([parked.state.status, untilWake(parked)]).toEqual(['blocked', null]);
  });

  it('is the deadline of the run when that comes first, and no more once a pivot has succeeded (S25)', async () => {
    const saga = workflow()
      .settings({ deadlineMs: HOUR })
      .step('pay', { undo: 'pivot' })
      .delay('rest', 2 * HOUR);
    const run = await handRun(saga.definition());
    expect(untilWake(run)).toBe(HOUR);
    await run.answer('pay', 'succeed');
    expect(untilWake(run)).toBe(2 * HOUR);
    run.now += HOUR;
    expect(run.commands()).toEqual([]);
  });

  it('is the deadline of an open scope, and no more once a pivot in it has succeeded (S10, S23)', async () => {
    const saga = workflow().scope('part', (path) => path.step('pay', { undo: 'pivot' }).step('pack'), {
      timeoutMs: HOUR,
    });
    const run = await handRun(saga.definition());
    expect(untilWake(run)).toBe(HOUR);
    await run.answer('pay@part', 'succeed');
    expect(untilWake(run)).toBeNull();
    run.now += 2 * HOUR;
    expect(run.commands()).toEqual([]);
    await run.answer('pack@part', 'succeed');
    expect(run.state.status).toBe('completed');
  });

  it('is not what waits in a scope that is being stopped, which runs out of time once (S10, S15)', async () => {
    const saga = workflow().scope('part', step('pack'), { timeoutMs: HOUR });
    const run = await handRun(saga.definition());
    await run.wake();
    expect(run.entries('scope.timed-out')).toHaveLength(1);
    expect(run.inFlight).toEqual(['pack@part']);
    expect(run.commands()).toEqual([]);
    expect(untilWake(run)).toBeNull();
    await run.answer('pack@part', 'succeed');
    await run.answer('undo pack@part', 'succeed');
    expect(run.state).toMatchObject({ status: 'compensated', failure: { code: 'timeout.scope' } });
  });

  it('is when an undo is tried again, while nothing else is left (S19)', async () => {
    const run = await handRun(workflow().step('charge').step('ship').definition());
    await run.answer('charge', 'succeed');
    await run.answer('ship', 'refuse');
    expect(untilWake(run)).toBeNull();
    await run.answer('undo charge', 'busy');
    const due = untilWake(run);
    expect(due).toBe((run.instance('charge').undo.wakeAt ?? 0) - run.now);
    run.now += (due ?? 0) - 1;
    expect(run.commands()).toEqual([]);
    run.now += 1;
    expect(run.commands()).toEqual([{ kind: 'attempt', instance: 'charge', direction: 'undo', attempt: 2 }]);
  });

  it('is not for a loser of a join that is left to end its call (S27)', async () => {
    const saga = workflow()
      .parallel('both', [(path) => path.step('slow').delay('rest', HOUR), step('fast')], {
        kind: 'any',
        losers: 'cancel',
      })
      .step('ship');
    const run = await handRun(saga.definition());
    await run.answer('fast', 'succeed');
    expect(run.inFlight).toEqual(['slow', 'ship']);
    await run.answer('slow', 'busy');
    expect(untilWake(run)).toBeNull();
  });
});

describe('what is given up while a body is stopped (S15)', () => {
  it('asks only calls that do no harm to stop, and awaits the others', async () => {
    for (const [effect, asked] of [
      ['pure', ['look']],
      ['read', ['look']],
      ['idempotent', []],
      ['keyed', []],
      ['at-most-once', []],
    ] as const) {
      const saga = workflow().parallel('both', [
        (path) => path.step('look', { effect, undo: { kind: 'not-needed', reason: 'test' } }),
        step('ship'),
      ]);
      const run = await handRun(saga.definition());
      await run.answer('ship', 'refuse');
      expect(run.inFlight).toEqual(['look']);
      expect(run.commands().map((each) => ('instance' in each ? each.instance : each.kind))).toEqual(asked);
    }
  });

  it('lets a pivot in flight decide over its own body only: others are stopped at once (S23)', async () => {
    const saga = workflow().parallel('both', [
      (path) => path.step('pay', { undo: 'pivot' }),
      (path) =>
        path.scope('part', (inner) => inner.parallel('two', [step('pack'), rest('dry')]), {
          error: (aside) => aside.transform('mend', 1),
        }),
    ]);
    const run = await handRun(saga.definition());
    await run.answer('pack@part', 'refuse');
    expect(run.inFlight).toEqual(['pay']);
    expect(run.instance('dry@part').status).toBe('cancelled');
    expect(run.instance('mend').status).toBe('succeeded');
  });

  it('gives nothing up beside a pivot in flight in the same inner body (S23)', async () => {
    const saga = workflow()
      .scope('part', (path) =>
        path.parallel('three', [(pivot) => pivot.step('pay', { undo: 'pivot' }), step('pack'), rest('dry')]),
      )
      .definition();
    const run = await handRun(saga);
    await run.answer('pack@part', 'refuse');
    expect(run.inFlight).toEqual(['pay@part']);
    expect(run.instance('dry@part').status).toBe('waiting');
    expect(untilWake(run)).toBeNull();
    await run.answer('pay@part', 'refuse');
    expect(run.instance('dry@part').status).toBe('cancelled');
  });
});

describe('incidents (S20, S21)', () => {
  it('are opened for each step that needs a person', async () => {
    const park =
      (name: string): Build =>
      (path) =>
        path.step(name, { onFailure: 'park' });
    const run = await handRun(
      workflow()
        .parallel('both', [park('a'), park('b')])
        .definition(),
    );
    await run.answer('a', 'refuse');
    expect(run.state.status).toBe('running');
    await run.answer('b', 'refuse');
    expect(run.openIncidents.map(({ id }) => id)).toEqual(['a~forward~1', 'b~forward~1']);
    expect(run.state.status).toBe('blocked');
  });

  it('of an undo are named by its own attempts and carry its own failure', async () => {
    const run = await handRun(workflow().step('charge').step('ship').definition());
    await run.answer('charge', 'busy');
    await run.wake();
    await run.answer('charge', 'succeed');
    await run.answer('ship', 'refuse');
    await run.answer('undo charge', 'refuse', 'refund.closed');
    expect(run.openIncidents).toMatchObject([{ id: 'charge~undo~1', failure: { code: 'refund.closed' } }]);
    await run.resolve({ kind: 'retry' });
    await run.answer('undo charge', 'refuse', 'refund.closed');
    expect(run.openIncidents.map(({ id }) => id)).toEqual(['charge~undo~2']);
  });

  it('of the run itself stop everything until a person lets it try again', async () => {
    const run = await handRun(workflow().settings({ deadlineMs: HOUR }).delay('rest', HOUR).step('ship').definition());
    stopRunItself(run);
    run.now += HOUR;
    expect(run.commands()).toEqual([]);
    expect(untilWake(run)).toBeNull();
    expect(run.state.status).toBe('blocked');
    await run.resolve({ kind: 'retry' });
    expect(run.state.incidents['run~1']).toMatchObject({ resolved: true });
    expect(run.entries('step.succeeded', 'rest')).toHaveLength(0);
    expect(run.state.cancel).not.toBeNull();
  });
});

describe('how a run ends (S13, S25, S26)', () => {
  it('is called compensated also when a person left the only effect as it is', async () => {
    const run = await handRun(workflow().step('charge').step('ship').definition());
    await run.answer('charge', 'succeed');
    await run.answer('ship', 'refuse', 'carrier.closed');
    await run.answer('undo charge', 'refuse');
    await run.resolve({ kind: 'skip', reason: 'goodwill' });
    expect(run.state).toMatchObject({ status: 'compensated', failure: { code: 'carrier.closed' } });
  });

  it('is called failed after a pivot, even when a scope was undone before', async () => {
    const saga = workflow()
      .scope('part', (path) => path.step('pack').step('label'), { error: step('mend') })
      .step('pay', { undo: 'pivot' })
      .step('ship')
      .definition();
    const run = await handRun(saga);
    await run.answer('pack@part', 'succeed');
    await run.answer('label@part', 'refuse');
    await run.answer('undo pack@part', 'succeed');
    for (const call of ['mend', 'pay']) await run.answer(call, 'succeed');
    await run.answer('ship', 'refuse');
    await run.resolve({ kind: 'skip', reason: 'never mind' });
    expect(run.instance('pack@part').undo.status).toBe('done');
    expect(run.state.status).toBe('failed');
  });

  it('is never commanded twice, and an ended run does nothing more (S28)', async () => {
    const run = await handRun(workflow().transform('note', 1).definition());
    expect(run.entries('run.ended')).toHaveLength(1);
    expect(decide(run.definition, run.state, run.now + HOUR)).toEqual([]);
  });
});

describe('what a live run is called', () => {
  it('is running while a call is in flight, whatever else waits or is parked', async () => {
    const saga = workflow().parallel('three', [
      step('ship'),
      rest('dry'),
      (path) => path.step('charge', { onFailure: 'park' }),
    ]);
    const run = await handRun(saga.definition());
    expect(run.state.status).toBe('running');
    await run.answer('charge', 'refuse');
    expect(run.state.status).toBe('running');
    await run.answer('ship', 'succeed');
    expect(run.state.status).toBe('waiting');
    await run.wake();
    expect(run.state.status).toBe('blocked');
  });

  it('is waiting between the attempts of a step, and inside a container too', async () => {
    const run = await handRun(workflow().scope('part', step('ship')).definition());
    expect(run.state.status).toBe('running');
    await run.answer('ship@part', 'busy');
    expect(run.state.status).toBe('waiting');
    expect(runStatus(run.definition, run.state)).toBe('waiting');
  });

  it('is compensating while undos go on or wait, and blocked when none can (S20)', async () => {
    const saga = workflow()
      .step('reserve')
      .parallel('both', [step('charge'), step('pack')])
      .step('ship')
      .definition();
    const run = await handRun(saga);
    for (const call of ['reserve', 'charge', 'pack']) await run.answer(call, 'succeed');
    await run.answer('ship', 'refuse');
    expect(run.state.status).toBe('compensating');
    await run.answer('undo charge', 'refuse');
    expect(run.state.status).toBe('compensating');
    await run.answer('undo pack', 'busy');
    expect(run.state.status).toBe('compensating');
    await run.wake();
    await run.answer('undo pack', 'succeed');
    expect(run.state.status).toBe('blocked');
    await run.resolve({ kind: 'skip', reason: 'goodwill' });
    expect(run.state.status).toBe('compensating');
    expect(run.inFlight).toEqual(['undo reserve']);
  });

  it('is running while a loser alone is undone, and blocked when that cannot be (S27)', async () => {
    const saga = workflow()
      .parallel('both', [(path) => path.step('slow', { retry: SINGLE_ATTEMPT }), step('fast')], {
        kind: 'any',
        losers: 'cancel',
      })
      .wait('paid', 'payment')
      .definition();
    const run = await handRun(saga);
    await run.answer('fast', 'succeed');
    expect(run.state.status).toBe('running');
    await run.answer('slow', 'succeed');
    expect([run.inFlight, run.state.status]).toEqual([['undo slow'], 'running']);
    await run.answer('undo slow', 'refuse');
    expect(run.state.status).toBe('waiting');
  });
});
