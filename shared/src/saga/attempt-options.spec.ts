import { describe, expect, it } from '@jest/globals';
import { evaluateTemplate } from '../expression/index.js';
import { admitStep, limitsOf } from './admit.js';
import { attemptTimeoutMs, operationFor, settleAttempt } from './attempt.js';
import { DEFAULT_RETRY, GENEROUS_RETRY, SINGLE_ATTEMPT } from './retry.js';
import { handRun, workflow } from './testing/index.js';
import type { Build, HandRun } from './testing/index.js';

const HOUR = 3_600_000;
const retry = { ...DEFAULT_RETRY, maxAttempts: 100, initialDelayMs: 1000, maxDelayMs: 1000, jitter: 'none' as const };
const keysOf = (run: HandRun, step: string) => run.entries('step.started', step).map((entry) => entry.key);
const note: Build = (path) => path.transform('note', 1);

describe('the time that a step has in all (S10)', () => {
  const limited = (settings = {}) =>
    workflow()
      .step('charge', { retry, totalTimeoutMs: 2500, ...settings })
      .definition();

  it('allows no attempt that would begin after it', async () => {
    const run = await handRun(limited());
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      await run.answer('charge', 'busy');
      await run.wake();
    }
    await run.answer('charge', 'busy');
    expect(run.instance('charge').attempt).toBe(3);
    expect(run.state.failure).toMatchObject({
      code: 'timeout.total',
      details: { last: { code: 'http.status.503' } },
    });
  });

  it('leaves by the timeout edge', async () => {
    const run = await handRun(limited({ timeout: note, totalTimeoutMs: 500 }));
    await run.answer('charge', 'busy');
    expect(run.instance('note').status).toBe('succeeded');
  });

  it('keeps the doubt of an attempt whose answer was lost, so that it is undone', async () => {
    const run = await handRun(limited({ totalTimeoutMs: 500 }));
    await run.answer('charge', 'lost');
    expect(run.instance('charge')).toMatchObject({ status: 'unknown', failure: { code: 'timeout.total' } });
    expect(run.inFlight).toEqual(['undo charge']);
  });

  it('cuts an attempt to what is left, and says that the time is over when it was not answered', async () => {
    const run = await handRun(limited({ attemptTimeoutMs: 2000, retry: { ...retry, maxAttempts: 1 } }));
    const timeout = (after: number) =>
      attemptTimeoutMs(run.definition, run.state, 'charge', 'forward', run.now + after);
    expect([timeout(0), timeout(1000), timeout(9000)]).toEqual([2000, 1500, 1]);
    run.now += 2500;
    await run.answer('charge', 'lost');
    expect(run.instance('charge').failure?.code).toBe('timeout.total');
  });

  it('is over for a step that slept through it', async () => {
    const run = await handRun(limited());
    await run.answer('charge', 'busy');
    run.now += HOUR;
    await run.goOn();
    expect(run.entries('step.started', 'charge')).toHaveLength(1);
    expect(run.instance('charge').failure?.code).toBe('timeout.total');
  });

  it('does not hurry an undo, nor what a person repeats', async () => {
    const run = await handRun(limited({ onFailure: 'park' }));
    await run.answer('charge', 'refuse');
    run.now += HOUR;
    await run.resolve({ kind: 'retry' });
    expect(run.inFlight).toEqual(['charge']);
    expect(attemptTimeoutMs(run.definition, run.state, 'charge', 'forward', run.now)).toBe(30_000);
    expect(attemptTimeoutMs(run.definition, run.state, 'charge', 'undo', run.now)).toBe(60_000);
  });

  it('bounds the wait for a child run, which may still take effect and is undone', async () => {
    const run = await handRun(workflow().call('call', { totalTimeoutMs: 5000 }).definition());
    await run.answer('call', { kind: 'succeeded', output: { run: 'child-1' } });
    expect(run.instance('call').wakeAt).toBe(run.now + 5000);
    await run.wake();
    expect(run.instance('call')).toMatchObject({ status: 'unknown', failure: { code: 'timeout.total' } });
    expect(run.inFlight).toEqual(['undo call']);
    expect(operationFor(run.definition, run.state, 'call', 'undo')).toEqual({
      kind: 'child-undo',
      run: 'child-1',
      key: null,
    });
  });
});

describe('the key of the author (S4)', () => {
  it('is sent instead of the engine’s, the same with every attempt, and the undo keeps its own', async () => {
    const saga = workflow()
      .step('charge', { retry, idempotencyKey: 'order-{{ trigger.data.id }}' })
      .step('ship')
      .definition();
    const run = await handRun(saga, { data: { id: 7 } });
    await run.answer('charge', 'busy');
    await run.wake();
    await run.answer('charge', 'succeed');
    await run.answer('ship', 'refuse');
    expect(keysOf(run, 'charge')).toEqual(['order-7', 'order-7', 'run:charge:undo']);
  });

  it('does not change with what other branches come to between two attempts', async () => {
    const idempotencyKey = 'k{{ $count($keys(steps)) }}';
    const saga = workflow()
      .parallel('both', [(path) => path.step('charge', { retry, idempotencyKey }), (path) => path.step('pack')])
      .definition();
    const run = await handRun(saga);
    await run.answer('charge', 'busy');
    await run.answer('pack', 'succeed');
    await run.wake();
    expect(keysOf(run, 'charge')).toEqual(['k1', 'k1']);
  });

  it('is another for other input after a refusal, and for a step that is done anew', async () => {
    const saga = workflow().step('pay', { undo: 'pivot' }).step('charge', { idempotencyKey: '{{ 42 }}' }).definition();
    const run = await handRun(saga);
    await run.answer('pay', 'succeed');
    await run.answer('charge', 'refuse');
    await run.resolve({ kind: 'retry-with-input', input: { sum: 1 } });
    expect(keysOf(run, 'charge')).toEqual(['42', '42:2']);

    const redone = await handRun(
      workflow().step('reserve').step('charge', { idempotencyKey: 'k' }).step('ship').definition(),
    );
    await redone.answer('reserve', 'succeed');
    await redone.answer('charge', 'succeed');
    await redone.answer('ship', 'refuse');
    await redone.answer('undo charge', 'succeed');
    await redone.answer('undo reserve', 'refuse');
    await redone.resolve({ kind: 'resume-forward' });
    expect(redone.inFlight).toEqual(['charge#2']);
    expect(keysOf(redone, 'charge').at(-1)).toBe('k#2');
  });

  it('is not sent to another action that a person chose', async () => {
    const saga = workflow().step('charge', { idempotencyKey: 'k', onFailure: 'park' }).definition();
    const run = await handRun(saga);
    await run.answer('charge', 'refuse');
    await run.resolve({ kind: 'use-action', connector: 'bank', operation: 'wire', effect: 'keyed', input: {} });
    expect(keysOf(run, 'charge')).toEqual(['k', 'run:charge:forward:2']);
  });

  it('has to be a text or a number', async () => {
    for (const data of [null, '', ' ', { a: 1 }, true]) {
      const run = await handRun(workflow().step('charge', { idempotencyKey: '{{ trigger.data }}' }).definition(), {
        data,
      });
      expect(run.state.failure?.code).toBe('idempotency-key.empty');
      expect(run.entries('step.started')).toEqual([]);
    }
  });
});

describe('limits (S30)', () => {
  const concurrency = { key: 'shop-{{ trigger.data }}', limit: 2 };
  const rate = { key: '{{ trigger.data }}', limit: 5, perMs: 1000 };
  const queued = (settings = {}) =>
    handRun(
      workflow()
        .step('charge', { concurrency, rate, ...settings })
        .definition(),
      { data: 7, isSlotFree: () => false },
    );

  it('says which slots a step needs', async () => {
    const run = await queued();
    const wanted = [
      { key: 'shop-7', limit: 2, perMs: null },
      { key: '7', limit: 5, perMs: 1000 },
    ];
    expect(await limitsOf(run.definition, run.state, 'charge', evaluateTemplate)).toEqual({ ok: true, value: wanted });
    expect(run.instance('charge')).toMatchObject({ status: 'waiting', awaits: wanted });
  });

  it('begins at once when there is a slot, and later when it comes to have one', async () => {
    const free = await handRun(workflow().step('charge', { concurrency }).definition(), { data: 7 });
    expect(free.inFlight).toEqual(['charge']);
    const run = await queued();
    expect(run.inFlight).toEqual([]);
    await run.grantSlot('charge');
    expect(run.inFlight).toEqual(['charge']);
  });

  it('asks no slot for a step that is passed over, and asks its condition once', async () => {
    const skipped = await queued({ skipWhen: '{{ true }}' });
    expect(skipped.instance('charge').status).toBe('skipped');
    const run = await queued({ skipWhen: '{{ false }}' });
    const everythingHolds = () => Promise.resolve(true);
    const entry = await admitStep(run.definition, run.state, 'charge', everythingHolds, 'granted', run.now);
    expect(entry.type).toBe('step.admitted');
  });

  it('does not pass over a step that has got its slot, whatever has happened since', async () => {
    const limited = { concurrency, skipWhen: '{{ $count($keys(steps)) > 1 }}' };
    const saga = workflow()
      .parallel('both', [(path) => path.step('charge', limited), (path) => path.step('pack')])
      .definition();
    const run = await handRun(saga, { data: 7, isSlotFree: () => false });
    await run.answer('pack', 'succeed');
    await run.grantSlot('charge');
    expect(run.inFlight).toEqual(['charge']);
  });

  it('asks again for the place of a step that is taken up again after it was given back (S21)', async () => {
    let free = true;
    const saga = workflow().step('charge', { concurrency, retry: SINGLE_ATTEMPT }).definition();
    const run = await handRun(saga, { data: 7, isSlotFree: () => free });
    await run.answer('charge', 'lost');
    await run.answer('undo charge', 'refuse');
    free = false;
    await run.resolve({ kind: 'resume-forward' });
    expect(run.instance('charge')).toMatchObject({ status: 'waiting', awaits: [{ kind: 'slot', key: 'shop-7' }] });
    await run.grantSlot('charge');
    expect(run.inFlight).toEqual(['charge']);
  });

  it('waits no longer than the step may take in all', async () => {
    const run = await queued({ totalTimeoutMs: 3000 });
    await run.wake();
    expect(run.state.failure).toMatchObject({ code: 'timeout.total' });
    expect(run.entries('step.started')).toEqual([]);
  });

  it('fails a step whose key says nothing', async () => {
    const run = await handRun(
      workflow()
        .step('charge', { concurrency: { key: '{{ null }}', limit: 1 } })
        .definition(),
    );
    expect(run.state.failure?.code).toBe('limit.key');
  });
});

describe('what an attempt calls', () => {
  it('is the operation of the step, its compensation, or what a person put in its place', async () => {
    const run = await handRun(workflow().step('charge', { onFailure: 'park' }).step('ship').definition());
    const called = (direction: 'forward' | 'undo') => operationFor(run.definition, run.state, 'charge', direction);
    expect(called('forward')).toEqual({ kind: 'operation', connector: 'test', operation: 'do', effect: 'keyed' });
    await run.answer('charge', 'refuse');
    const other = { connector: 'bank', operation: 'wire', effect: 'at-most-once' } as const;
    await run.resolve({ kind: 'use-action', ...other, input: { sum: 1 } });
    expect(called('forward')).toEqual({ kind: 'operation', ...other });
    expect(run.entries('step.started', 'charge').at(-1)).toMatchObject({
      input: { sum: 1 },
      key: 'run:charge:forward:2',
    });
    expect(called('undo')).toMatchObject({ kind: 'operation', operation: 'undo' });
    await run.answer('charge', 'lost');
    expect(run.openIncidents).toHaveLength(1);
  });

  it('is the child run of a call, also when nobody knows whether it was started', async () => {
    const saga = workflow()
      .call('call', { workflow: 'wf1', version: { kind: 'pinned', number: 3 } })
      .definition();
    const run = await handRun(saga);
    const called = (direction: 'forward' | 'undo') => operationFor(run.definition, run.state, 'call', direction);
    const version = { kind: 'pinned', number: 3 };
    expect(called('forward')).toEqual({ kind: 'child-start', workflow: 'wf1', version, mode: 'wait' });
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await run.answer('call', 'lost');
      if (attempt < 3) await run.wake();
    }
    expect(called('undo')).toEqual({ kind: 'child-undo', run: null, key: 'run:call:forward' });
    await run.answer('undo call', { kind: 'succeeded', output: { run: null } });
    expect(run.state.status).toBe('compensated');
  });

  it('waits for a child whose start was answered late, while the step is not given up (S22)', async () => {
    const run = await handRun(workflow().call('call', { retry }).definition());
    await run.answer('call', 'lost');
    await run.answerAttempt('call', 1, { kind: 'succeeded', output: { run: 'child-1' } });
    expect(run.instance('call')).toMatchObject({ status: 'waiting', awaits: [{ run: 'child-1' }] });
  });

  it('journals a late success once the call was given up, and undoes that child', async () => {
    const run = await handRun(
      workflow()
        .call('call', { retry: { ...retry, maxAttempts: 1 } })
        .definition(),
    );
    await run.answer('call', 'lost');
    expect(run.entries('step.started', 'call').at(-1)?.input).toEqual({ key: 'run:call:forward' });
    await run.answerAttempt('call', 1, { kind: 'succeeded', output: { run: 'child-1' } });
    expect(run.entries('step.succeeded', 'call')[0]?.late).toBe(true);
    await run.answer('undo call', { kind: 'succeeded', output: {} });
    expect(run.entries('step.started', 'call').at(-1)?.input).toEqual({ run: 'child-1' });
  });
});

describe('who is patient (S15, S23, S27)', () => {
  /** Retries of a refused-for-now step, as the policy allows them. */
  async function nextAttempt(run: HandRun, step: string): Promise<number | null> {
    const { definition, state, now } = run;
    const attempt = run.instance(step).attempt;
    const busy = { kind: 'failed', failure: { code: 'busy', kind: 'operational', message: '' } } as const;
    const ref = { instance: step, direction: 'forward', attempt } as const;
    const entry = await settleAttempt(definition, state, ref, busy, evaluateTemplate, now, () => 1);
    return entry.type === 'step.failed' ? entry.retryAt : null;
  }

  it('tries generously behind a pivot, in the same body and in a scope that opens there', async () => {
    const once = { ...DEFAULT_RETRY, maxAttempts: 1 };
    const saga = workflow()
      .step('pay', { undo: 'pivot' })
      .step('mail', { retry: once })
      .scope('try', (path) => path.step('gift', { retry: once, undo: null }))
      .definition();
    const run = await handRun(saga);
    await run.answer('pay', 'succeed');
    expect(await nextAttempt(run, 'mail')).toBe(run.now + GENEROUS_RETRY.initialDelayMs);
    await run.answer('mail', 'succeed');
    expect(await nextAttempt(run, 'gift@try')).toBe(run.now + GENEROUS_RETRY.initialDelayMs);
  });

  it('does not try again in a body that is being stopped, at whatever depth', async () => {
    const saga = workflow()
      .scope('outer', (path) => path.scope('inner', (deep) => deep.step('charge', { retry })))
      .definition();
    const run = await handRun(saga);
    const step = 'charge@outer/inner';
    expect(await nextAttempt(run, step)).not.toBeNull();
    await run.cancel();
    expect(await nextAttempt(run, step)).toBeNull();
  });

  it('does not try a loser again', async () => {
    const saga = workflow()
      .parallel('both', [(path) => path.step('charge', { retry }), (path) => path.step('pack')], {
        kind: 'any',
        losers: 'cancel',
      })
      .delay('rest', HOUR)
      .definition();
    const run = await handRun(saga);
    await run.answer('pack', 'succeed');
    expect(await nextAttempt(run, 'charge')).toBeNull();
  });
});
