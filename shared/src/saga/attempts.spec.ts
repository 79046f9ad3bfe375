import { describe, expect, it } from '@jest/globals';
import { failure } from '../kernel/index.js';
import { evolveAll, replay } from './replay.js';
import { idempotencyKey } from './idempotency-key.js';
import {
  DEFAULT_RETRY,
  GENEROUS_RETRY,
  SINGLE_ATTEMPT,
  isRepeatAllowed,
  isRepeatable,
  isRetryable,
  retryDelay,
} from './retry.js';
import { decide, nextWakeAt } from './decide.js';
import { simulate } from './simulate.js';
import { handRun, workflow } from './testing/index.js';

const keysOf = (run: Awaited<ReturnType<typeof handRun>>, step: string) =>
  run.entries('step.started', step).map((entry) => entry.key);

describe('journal and attempts', () => {
  it('journals the intent before the effect, with its input and key (S3, S4)', async () => {
    const saga = workflow()
      .step('charge', { input: { order: '{{ trigger.data.id }}' } })
      .definition();
    const run = await handRun(saga, { data: { id: 42 } });
    expect(run.journal.map((entry) => entry.type)).toEqual(['run.started', 'step.started']);
    expect(run.entries('step.started')[0]).toMatchObject({
      input: { order: 42 },
      key: 'run:charge:forward',
      attempt: 1,
    });
  });

  it('does not begin a successor before the outcome of its predecessor is journaled (S5)', async () => {
    const run = await handRun(workflow().step('charge').step('ship').definition());
    expect(run.inFlight).toEqual(['charge']);
    await run.answer('charge', 'succeed');
    const [succeeded] = run.entries('step.succeeded', 'charge');
    const [started] = run.entries('step.started', 'ship');
    expect(succeeded?.seq).toBeLessThan(started?.seq ?? 0);
  });

  it('keeps the key over attempts, crashes and takeovers, and has another for the undo (S4, S11)', async () => {
    const run = await handRun(workflow().step('charge').step('ship').definition());
    await run.answer('charge', 'busy');
    await run.wake();
    await run.crash();
    await run.wake();
    expect(keysOf(run, 'charge')).toEqual(['run:charge:forward', 'run:charge:forward', 'run:charge:forward']);
    await run.answer('charge', 'succeed');
    await run.answer('ship', 'refuse');
    expect(keysOf(run, 'charge').at(-1)).toBe('run:charge:undo');
  });

  it('tells loop paths, generations, directions and rounds apart by key (S4)', () => {
    const ref = { step: 'charge', path: '', generation: 1 };
    const keys = [
      idempotencyKey('run', ref, 'forward'),
      idempotencyKey('run', { ...ref, path: 'items[1]' }, 'forward'),
      idempotencyKey('run', { ...ref, generation: 2 }, 'forward'),
      idempotencyKey('run', ref, 'undo'),
      idempotencyKey('run', ref, 'undo', 2),
      idempotencyKey('other', ref, 'forward'),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('sends what the first attempt sent, whatever its template would give now (S4, S6)', async () => {
    const counting = { input: { settled: '{{ $count($keys(steps)) }}' } };
    const saga = workflow()
      .parallel('both', [(path) => path.step('charge', counting), (path) => path.step('pack')])
      .definition();
    const run = await handRun(saga);
    await run.answer('charge', 'busy');
    await run.answer('pack', 'succeed');
    await run.wake();
    const [first, second] = run.entries('step.started', 'charge');
    expect(first?.input).toEqual({ settled: 1 });
    expect(second?.input).toEqual({ settled: 1 });
  });

  it('decides a branch on journaled data, and journals what it decided (S6)', async () => {
    const saga = workflow()
      .step('price')
      .branch('big', {
        '{{ steps.price.output.total > 100 }}': (path) => path.step('approve'),
        else: (path) => path.step('charge'),
      })
      .definition();
    const run = await handRun(saga);
    await run.answer('price', { kind: 'succeeded', output: { total: 500 } });
    expect(run.inFlight).toEqual(['approve']);
    expect(run.entries('step.succeeded', 'big')[0]?.port).toBe('case0');
  });

  it('replays a journal to the state that the run had, at once or entry by entry (S7)', async () => {
    const saga = workflow().step('reserve').step('charge').step('ship').definition();
    const { journal, state } = await simulate(saga, {
      charge: { forward: ['busy', 'lost'] },
      ship: { forward: 'refuse' },
    });
    expect(replay(saga, journal)).toEqual(state);
    const half = replay(saga, journal.slice(0, 5));
    expect(evolveAll(saga, half, journal.slice(5))).toEqual(state);
  });

  it('moves the number on and nothing else for an entry that does not fit (S7)', async () => {
    const run = await handRun(workflow().step('charge').definition());
    const before = run.state;
    const nobody = { step: 'nobody', path: '', generation: 1, direction: 'forward' } as const;
    run.append({ type: 'step.waiting', ...nobody, until: 0, awaits: [], at: run.now });
    expect(run.state).toEqual({ ...before, seq: before.seq + 1 });
  });

  it('never changes a state that it was given (S7)', async () => {
    const run = await handRun(workflow().step('charge').step('ship').definition());
    const before = structuredClone(run.state);
    const held = run.state;
    await run.answer('charge', 'succeed');
    expect(held).toEqual(before);
  });

  it('decides the same from the same state, and commands nothing that is in flight again (S7)', async () => {
    const run = await handRun(workflow().step('charge').definition());
    expect(run.commands()).toEqual([]);
    await run.answer('charge', 'busy');
    const later = run.now + 60_000;
    expect(decide(run.definition, run.state, later)).toEqual(decide(run.definition, run.state, later));
    expect(decide(run.definition, run.state, later)).toHaveLength(1);
  });

  it('refuses a journal that does not begin with the start of the run', () => {
    const saga = workflow().step('charge').definition();
    const ref = { step: 'charge', path: '', generation: 1 };
    const stray = { type: 'step.cancelled', ...ref, reason: '', at: 0, seq: 1 } as const;
    expect(() => replay(saga, [stray])).toThrow('begins with run.started');
  });
});

describe('retries (S9, S11, S12, S19)', () => {
  it('doubles the delay up to its ceiling and draws from all of it', () => {
    const policy = { ...DEFAULT_RETRY, maxAttempts: 10, initialDelayMs: 100, maxDelayMs: 350 };
    expect([1, 2, 3, 4].map((attempt) => retryDelay(attempt, policy, () => 1))).toEqual([100, 200, 350, 350]);
    expect(retryDelay(3, policy, () => 0)).toBe(0);
    expect(retryDelay(3, { ...policy, jitter: 'none' }, () => 0)).toBe(350);
  });

  it('stops after the last attempt', () => {
    expect(retryDelay(3, DEFAULT_RETRY, () => 1)).toBeNull();
    expect(retryDelay(1, SINGLE_ATTEMPT, () => 1, 10)).toBeNull();
  });

  it('lets Retry-After override the delay, by an hour at most', () => {
    expect(retryDelay(1, DEFAULT_RETRY, () => 1, 7000)).toBe(7000);
    expect(retryDelay(1, DEFAULT_RETRY, () => 1, 99_999_999)).toBe(3_600_000);
  });

  it('retries operational failures only, unless codes are listed', () => {
    const busy = failure('operational', 'http.status.503', '');
    const refused = failure('user', 'http.status.409', '');
    expect([isRetryable(busy, DEFAULT_RETRY), isRetryable(refused, DEFAULT_RETRY)]).toEqual([true, false]);
    expect(isRetryable(refused, { ...DEFAULT_RETRY, retryOn: ['http.status.4'] })).toBe(true);
    expect(isRetryable(busy, { ...DEFAULT_RETRY, retryOn: ['http.status.4'] })).toBe(false);
    expect(isRetryable(busy, { ...DEFAULT_RETRY, neverRetryOn: ['http.status.503'] })).toBe(false);
  });

  it('repeats blindly only what is safe to repeat (S1, S11)', () => {
    const classes = ['pure', 'read', 'idempotent', 'keyed', 'at-most-once', 'irreversible'] as const;
    expect(classes.filter(isRepeatable)).toEqual(['pure', 'read', 'idempotent', 'keyed']);
  });

  it('repeats a doubtful answer only where the author lets it, and silence whatever answers are listed (S9, S11)', () => {
    const crashed = failure('operational', 'http.status.500', '');
    const silent = failure('operational', 'timeout.attempt', '');
    const allowed = (lists: Partial<typeof DEFAULT_RETRY>) =>
      [crashed, silent].map((each) => isRepeatAllowed(each, { ...DEFAULT_RETRY, ...lists }));
    expect(allowed({})).toEqual([true, true]);
    expect(allowed({ retryOn: ['http.status.429'] })).toEqual([false, true]);
    expect(allowed({ neverRetryOn: ['http.status.5'] })).toEqual([false, true]);
    expect(allowed({ neverRetryOn: ['timeout'] })).toEqual([true, false]);
  });

  it('undoes what was done and then answered with a code that is never retried (S9, S14)', async () => {
    const retry = { ...DEFAULT_RETRY, neverRetryOn: ['http.status.500'] };
    const run = await handRun(workflow().step('charge', { retry }).definition());
    await run.answer('charge', { kind: 'unknown', failure: failure('operational', 'http.status.500', '') });
    expect(run.instance('charge').status).toBe('unknown');
    expect(run.inFlight).toEqual(['undo charge']);
  });

  it('parks between attempts with the drawn instant, and wakes then (S12)', async () => {
    const run = await handRun(workflow().step('charge').definition());
    await run.answer('charge', 'busy');
    expect(run.instance('charge')).toMatchObject({ status: 'retrying', wakeAt: run.now + 500 });
    expect(nextWakeAt(run.definition, run.state)).toBe(run.now + 500);
    expect(run.state.status).toBe('waiting');
    expect(decide(run.definition, run.state, run.now + 499)).toEqual([]);
    await run.wake();
    expect(run.inFlight).toEqual(['charge']);
  });

  it('does not retry a refusal', async () => {
    const run = await handRun(workflow().step('charge').definition());
    await run.answer('charge', 'refuse', 'card.declined');
    expect(run.state).toMatchObject({ status: 'failed', failure: { code: 'card.declined' } });
  });

  it('asks a person about a lost answer that must not be repeated, whatever the step does on failure (S11)', async () => {
    for (const onFailure of ['fail', 'continue'] as const) {
      const run = await handRun(
        workflow().step('wire', { effect: 'at-most-once', onFailure }).step('mail').definition(),
      );
      await run.answer('wire', 'lost');
      expect(run.state.status).toBe('blocked');
      expect(run.openIncidents).toMatchObject([{ instance: 'wire', direction: 'forward' }]);
      expect(run.entries('step.started', 'wire')).toHaveLength(1);
    }
  });

  it('keeps the doubt: a refusal after a lost answer leaves the outcome unknown, and it is undone (S11, S14)', async () => {
    const run = await handRun(workflow().step('charge').definition());
    await run.answer('charge', 'lost');
    await run.wake();
    await run.answer('charge', 'refuse');
    expect(run.instance('charge').status).toBe('unknown');
    expect(run.inFlight).toEqual(['undo charge']);
  });

  it('retries an undo with a patience of its own (S19)', async () => {
    const saga = workflow().step('reserve').step('charge').definition();
    const undo = saga.steps.reserve?.undo;
    expect(undo).toMatchObject({ kind: 'compensation', retry: GENEROUS_RETRY });
    const run = await handRun(saga);
    await run.answer('reserve', 'succeed');
    await run.answer('charge', 'refuse');
    for (let attempt = 1; attempt < 10; attempt += 1) {
      await run.answer('undo reserve', 'busy');
      await run.wake();
    }
    expect(run.inFlight).toEqual(['undo reserve']);
    expect(run.state.status).toBe('compensating');
  });

  it('waits out a delay step, no earlier than its instant (S12, S29)', async () => {
    const run = await handRun(workflow().delay('rest', 60_000).step('mail').definition());
    const begun = run.now;
    expect(run.state.status).toBe('waiting');
    expect(decide(run.definition, run.state, begun + 59_999)).toEqual([]);
    await run.wake();
    expect(run.now).toBe(begun + 60_000);
    expect(run.inFlight).toEqual(['mail']);
  });
});
