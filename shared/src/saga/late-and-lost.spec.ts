/** Answers that come late, losers that are containers, failures after a pivot: what still turns, and what does not (S22, S23, S27). */
import { describe, expect, it } from '@jest/globals';
import type { Json } from '../kernel/index.js';
import { SINGLE_ATTEMPT } from './retry.js';
import { handRun, workflow } from './testing/index.js';
import type { Build, HandRun } from './testing/index.js';

const HOUR = 3_600_000;
const output = (value: Json) => ({ kind: 'succeeded', output: value }) as const;

const step =
  (name: string): Build =>
  (path) =>
    path.step(name);
const pay: Build = (path) => path.step('pay', { undo: 'pivot', effect: 'at-most-once' });

describe('a pivot that succeeded after it was given up (S22, S23)', () => {
  /** `pay` was put before a person as unknown, then `pack` was refused: the run fails while `label` is in flight. */
  async function failing(beside: Build): Promise<HandRun> {
    const saga = workflow()
      .parallel('four', [pay, step('pack'), step('label'), beside])
      .step('ship')
      .definition();
    const run = await handRun(saga);
    await run.answer('pay', 'lost');
    await run.answer('pack', 'refuse', 'pack.refused');
    return run;
  }

  it('takes up again what was cancelled meanwhile, and leads on from what was done', async () => {
    const run = await failing((path) => path.delay('rest', HOUR).step('mail'));
    expect(run.instance('rest').status).toBe('cancelled');
    await run.answerAttempt('pay', 1, 'succeed');
    await run.goOn();
    expect(run.state.scopes['root']).toMatchObject({ status: 'active', pivot: 'pay' });
    expect(run.instance('rest')).toMatchObject({ status: 'waiting', settledSeq: 0, settledAt: null });
    await run.wake();
    expect(run.inFlight).toEqual(['label', 'mail']);
  });

  it('does not turn a run in which a scope was given up meanwhile, and all is undone', async () => {
    const run = await failing((path) => path.scope('part', (inner) => inner.delay('rest', HOUR)));
    expect(run.instance('part').status).toBe('cancelled');
    await run.answerAttempt('pay', 1, 'succeed');
    expect(run.state.scopes['root']).toMatchObject({ status: 'failing', pivot: null });
    await run.answer('label', 'succeed');
    expect(run.inFlight).toEqual(['undo label']);
  });

  it('turns a run whose scopes go on or are over', async () => {
    const run = await failing((path) => path.scope('part', (inner) => inner.step('post')));
    await run.answerAttempt('pay', 1, 'succeed');
    expect(run.state.scopes['root']).toMatchObject({ status: 'active', pivot: 'pay' });
    expect(run.inFlight).toEqual(['label', 'post@part']);
  });

  it('does not turn a run that is being undone', async () => {
    const run = await failing((path) => path.delay('rest', HOUR));
    await run.answer('label', 'succeed');
    expect(run.inFlight).toEqual(['undo label']);
    await run.answerAttempt('pay', 1, 'succeed');
    expect(run.state.scopes['root']).toMatchObject({ status: 'compensating', pivot: null });
    expect(run.instance('pay').status).toBe('succeeded');
    await run.answer('undo label', 'succeed');
    expect(run.state.status).toBe('compensated');
  });

  it('does not open again a scope that is over', async () => {
    const saga = workflow()
      .scope('part', (path) => path.step('pay', { undo: 'pivot', retry: SINGLE_ATTEMPT }), { error: step('mend') })
      .step('ship')
      .definition();
    const run = await handRun(saga);
    await run.answer('pay@part', 'lost');
    expect(run.inFlight).toEqual(['mend']);
    await run.answerAttempt('pay@part', 1, 'succeed');
    expect(run.state.scopes['@part']).toMatchObject({ status: 'closed', pivot: null });
    expect(run.inFlight).toEqual(['mend']);
  });
});

describe('a late success (S22)', () => {
  it('does not change the result that a later attempt had, nor a run that has ended', async () => {
    const run = await handRun(workflow().step('charge').step('ship').definition());
    await run.answer('charge', 'lost');
    await run.wake();
    await run.answer('charge', output('second'));
    await run.answerAttempt('charge', 1, output('first'));
    expect(run.instance('charge').output).toBe('second');

    const ended = await handRun(
      workflow().step('charge', { retry: SINGLE_ATTEMPT, onFailure: 'continue' }).definition(),
    );
    await ended.answer('charge', 'lost');
    expect(ended.state.status).toBe('completed');
    const before = ended.state;
    await ended.answerAttempt('charge', 1, output('late'));
    expect(ended.state).toEqual({ ...before, seq: before.seq + 1 });
  });

  it('of an earlier attempt, while another is in flight, leaves the number of attempts', async () => {
    const run = await handRun(workflow().step('charge').step('ship').definition());
    await run.answer('charge', 'lost');
    await run.wake();
    await run.answerAttempt('charge', 1, output('first'));
    expect(run.instance('charge')).toMatchObject({ status: 'succeeded', attempt: 2, output: 'first' });
  });

  it('keeps the way by which the step was left', async () => {
    const saga = workflow()
      .step('charge', { retry: SINGLE_ATTEMPT, error: step('mend') })
      .step('ship')
      .definition();
    const run = await handRun(saga);
    await run.answer('charge', 'lost');
    await run.answerAttempt('charge', 1, 'succeed');
    expect(run.instance('charge')).toMatchObject({ status: 'succeeded', port: 'error' });
    expect(run.inFlight).toEqual(['mend']);
  });

  it('is undone when its scope has failed and closed since, and not when that went on', async () => {
    for (const [settings, undone] of [
      [{ error: step('mend') }, true],
      [{}, false],
    ] as const) {
      const saga = workflow()
        .scope(
          'part',
          (path) => path.step('charge', { retry: SINGLE_ATTEMPT, ...(undone ? {} : { onFailure: 'continue' }) }),
          settings,
        )
        .step('ship')
        .definition();
      const run = await handRun(saga);
      await run.answer('charge@part', 'lost');
      if (undone) await run.answer('undo charge@part', 'succeed');
      await run.answerAttempt('charge@part', 1, 'succeed');
      // It waits for what follows the scope (S16), and the run for it.
      expect(run.state.undoing).toEqual(undone ? ['charge@part'] : []);
    }
  });

  it('of a loser is undone again, since its undo may have been empty (S27)', async () => {
    const saga = workflow()
      .parallel('both', [(path) => path.step('slow', { retry: SINGLE_ATTEMPT }), step('fast')], {
        kind: 'any',
        losers: 'cancel',
      })
      .step('ship')
      .definition();
    const run = await handRun(saga);
    await run.answer('fast', 'succeed');
    await run.answer('slow', 'lost');
    await run.answer('undo slow', 'succeed');
    expect(run.inFlight).toEqual(['ship']);
    await run.answerAttempt('slow', 1, 'succeed');
    expect(run.inFlight).toEqual(['ship', 'undo slow']);
    expect(run.entries('step.started', 'slow').at(-1)?.key).toBe('run:slow:undo:2');
  });
});

describe('an undo whose step was tried again (S4, S17)', () => {
  it.each([
    ['other', 'w-2', 'run:wire:undo:2'],
    ['the same', null, 'run:wire:undo'],
  ])('goes with %s input by the key %s asks for', async (_what, id, key) => {
    const undo = {
      kind: 'compensation',
      name: 'Take back',
      connector: 'test',
      operation: 'undo',
      input: { id: '{{ step.output.id }}' },
    } as const;
    const saga = workflow()
      .step('reserve')
      .parallel('both', [(path) => path.step('wire', { undo, retry: SINGLE_ATTEMPT }), step('ship')])
      .step('mail')
      .definition();
    const run = await handRun(saga);
    await run.answer('reserve', 'succeed');
    await run.answer('ship', 'refuse');
    await run.answer('wire', 'lost');
    await run.answer('undo wire', 'refuse');
    await run.resolve({ kind: 'resume-forward' });
    await run.answer('wire', output({ id }));
    await run.answer('ship#2', 'succeed');
    await run.answer('mail', 'refuse');
    const undone = run.entries('step.started', 'wire').filter(({ direction }) => direction === 'undo');
    expect(undone.at(-1)).toMatchObject({ input: { id }, key, attempt: 2 });
  });
});

describe('a loser that is a container (S27)', () => {
  const race = (slow: Build) =>
    workflow()
      .parallel('both', [slow, step('fast')], { kind: 'any', losers: 'cancel' })
      .step('ship')
      .definition();

  it('opens no further item, and what its items did is undone', async () => {
    const run = await handRun(
      race((path) => path.forEach('items', '{{ [1, 2] }}', (item) => item.step('pack').step('label'))),
    );
    await run.answer('fast', 'succeed');
    expect(run.inFlight).toEqual(['pack@items[0]', 'ship']);
    await run.answer('pack@items[0]', 'succeed');
    expect(run.state.instances['label@items[0]']).toBeUndefined();
    expect(run.state.instances['pack@items[1]']).toBeUndefined();
    expect(run.inFlight).toEqual(['ship', 'undo pack@items[0]']);
    await run.answer('undo pack@items[0]', 'succeed');
    expect(run.instance('items')).toMatchObject({ status: 'cancelled', abandoned: true });
    await run.answer('ship', 'succeed');
    expect(run.state.status).toBe('completed');
  });

  it('is undone as it is when it is over, and its waits are given up when it is not', async () => {
    const over = await handRun(race((path) => path.scope('part', (inner) => inner.step('pack')).step('after')));
    await over.answer('pack@part', 'succeed');
    expect(over.inFlight).toEqual(['fast', 'after']);
    await over.answer('fast', 'succeed');
    expect(over.instance('part')).toMatchObject({ status: 'succeeded', abandoned: true });
    expect(over.inFlight).toEqual(['after', 'ship']);
    await over.answer('after', 'refuse');
    expect(over.inFlight).toEqual(['ship', 'undo pack@part']);

    const waits = await handRun(race((path) => path.scope('part', (inner) => inner.step('pack').delay('rest', HOUR))));
    await waits.answer('pack@part', 'succeed');
    await waits.answer('fast', 'succeed');
    expect(waits.instance('rest@part').status).toBe('cancelled');
    expect(waits.inFlight).toEqual(['ship', 'undo pack@part']);
  });

  it('with a step parked for a person asks nobody any more', async () => {
    const run = await handRun(race((path) => path.step('slow', { onFailure: 'park' })));
    await run.answer('slow', 'refuse');
    expect(run.openIncidents).toHaveLength(1);
    await run.answer('fast', 'succeed');
    expect(run.openIncidents).toEqual([]);
    await run.answer('ship', 'succeed');
    expect(run.state.status).toBe('completed');
  });

  it('does not hold up the end of a run, nor the failure of one, longer than its own undo', async () => {
    const run = await handRun(race(step('slow')));
    await run.answer('fast', 'succeed');
    await run.answer('ship', 'refuse');
    await run.answer('slow', 'refuse');
    expect(run.inFlight).toEqual(['undo fast']);
    await run.answer('undo fast', 'succeed');
    expect(run.state.status).toBe('compensated');
  });
});

describe('failures after a pivot (S23)', () => {
  it('in a scope that opened behind it put the step before a person, and nothing of the scope is undone', async () => {
    const saga = workflow()
      .step('pay', { undo: 'pivot' })
      .scope('part', (path) => path.step('pack').step('label'))
      .step('ship')
      .definition();
    const run = await handRun(saga);
    for (const call of ['pay', 'pack@part']) await run.answer(call, 'succeed');
    await run.answer('label@part', 'refuse');
    expect(run.inFlight).toEqual([]);
    expect(run.openIncidents).toMatchObject([{ instance: 'label@part', direction: 'forward' }]);
    await run.resolve({ kind: 'retry' });
    expect(run.inFlight).toEqual(['label@part']);
  });

  it('of a scope that holds the pivot end the run failed, once a person takes its step as failed', async () => {
    const saga = workflow()
      .step('reserve')
      .scope('part', (path) => path.step('pay', { undo: 'pivot' }).step('label'))
      .step('ship')
      .definition();
    const run = await handRun(saga);
    for (const call of ['reserve', 'pay@part']) await run.answer(call, 'succeed');
    await run.answer('label@part', 'refuse', 'label.refused');
    expect(run.openIncidents).toMatchObject([{ instance: 'label@part' }]);
    await run.resolve({ kind: 'skip', reason: 'never mind' });
    expect(run.openIncidents).toEqual([]);
    expect(run.state).toMatchObject({ status: 'failed', failure: { code: 'label.refused' } });
    expect(run.instance('reserve').undo.status).toBe('captured');
  });

  it('are caught by a handler, whether the pivot lies in its scope or not', async () => {
    const saga = workflow()
      .scope('part', (path) => path.step('pay', { undo: 'pivot' }).step('label'), { handler: step('mend') })
      .step('ship')
      .definition();
    const run = await handRun(saga);
    await run.answer('pay@part', 'succeed');
    await run.answer('label@part', 'refuse');
    expect(run.inFlight).toEqual(['mend@part']);
    await run.answer('mend@part', 'succeed');
    expect(run.inFlight).toEqual(['ship']);
  });

  it('do not take back that a step said "stop here" while the pivot was in flight', async () => {
    const saga = workflow()
      .step('reserve')
      .parallel('both', [
        (path) => path.step('pay', { undo: 'pivot' }),
        (path) => path.step('check').terminate('halt', { halted: true }),
      ])
      .step('ship')
      .definition();
    const run = await handRun(saga);
    await run.answer('reserve', 'succeed');
    await run.answer('check', 'succeed');
    expect(run.inFlight).toEqual(['pay']);
    await run.answer('pay', 'succeed');
    expect(run.inFlight).toEqual([]);
    expect(run.state).toMatchObject({ status: 'completed', output: { halted: true } });
    expect(run.instance('reserve').undo.status).toBe('captured');
  });
});

describe('time and results of scopes (S10)', () => {
  it('run out once: the handler of a scope has all the time there is', async () => {
    const saga = workflow()
      .scope('part', (path) => path.delay('rest', 2 * HOUR), { timeoutMs: HOUR, handler: step('mend') })
      .definition();
    const run = await handRun(saga);
    await run.wake();
    expect(run.inFlight).toEqual(['mend@part']);
    expect(run.state.scopes['@part']).toMatchObject({ deadline: null, caught: { code: 'timeout.scope' } });
    run.now += 5 * HOUR;
    expect(run.commands()).toEqual([]);
    await run.answer('mend@part', 'succeed');
    expect(run.state.status).toBe('completed');
  });

  it('of an inner end are not those of the run, and only a respond step answers', async () => {
    const saga = workflow({ kind: 'trigger.webhook' })
      .scope('part', (path) => path.transform('look', { status: 201, headers: {} }).end('inner', 'inside'))
      .definition();
    const run = await handRun(saga);
    expect(run.instance('part').output).toBe('inside');
    expect(run.state).toMatchObject({ status: 'completed', output: null, response: null });
  });

  it('are what a terminate says, in a scope for the scope alone', async () => {
    const saga = workflow()
      .scope('part', (path) =>
        path.parallel('both', [(one) => one.terminate('halt', 'halted'), (two) => two.delay('rest', HOUR)]),
      )
      .end('end', '{{ steps.part.output }}')
      .definition();
    const run = await handRun(saga);
    expect(run.instance('rest@part').status).toBe('cancelled');
    expect(run.state).toMatchObject({ status: 'completed', output: 'halted' });
  });
});
