import { describe, expect, it } from '@jest/globals';
import { evaluateTemplate } from '../expression/index.js';
import { failure, FailureError } from '../kernel/index.js';
import type { Json } from '../kernel/index.js';
import { evaluateStep } from './evaluate-step.js';
import { expressionScope } from './scope.js';
import { handRun, workflow } from './testing/index.js';
import type { Build, HandRun } from './testing/index.js';

const HOUR = 3_600_000;

/** What a transform of the saga came to. */
const outputOf = (run: HandRun, instance: string) => run.instance(instance).output;

/** A step that shows what it sees. */
const look =
  (name: string, values: Json): Build =>
  (path) =>
    path.transform(name, values);

describe('what expressions see (S6)', () => {
  it('is the event, the settings of the workspace and the run itself', async () => {
    const saga = workflow()
      .transform('seen', {
        id: '{{ trigger.data.id }}',
        run: '{{ run.id }}',
        at: '{{ run.startedAt }}',
        env: '{{ env }}',
      })
      .definition();
    const run = await handRun(saga, { data: { id: 7 } });
    expect(outputOf(run, 'seen')).toEqual({ id: 7, run: 'run', at: '2030-01-01T00:00:00.000Z', env: {} });
  });

  it('is the nearest variable of a name, which is gone outside its scope', async () => {
    const saga = workflow()
      .settings({ variables: { city: 'Ulm', tax: 19 } })
      .scope('try', look('inside', '{{ vars }}'), { variables: { city: '{{ "Bonn" }}' } })
      .transform('outside', '{{ vars }}')
      .definition();
    const run = await handRun(saga);
    expect(outputOf(run, 'inside@try')).toEqual({ city: 'Bonn', tax: 19 });
    expect(outputOf(run, 'outside')).toEqual({ city: 'Ulm', tax: 19 });
  });

  it('is the item and its number, of the nearest loop', async () => {
    const saga = workflow()
      .forEach('rows', '{{ [["a", "b"], ["c"]] }}', (row) =>
        row.forEach('cells', '{{ item }}', look('cell', { item: '{{ item }}', index: '{{ index }}' })),
      )
      .definition();
    const run = await handRun(saga);
    expect(outputOf(run, 'cell@rows[0]/cells[1]')).toEqual({ item: 'b', index: 1 });
    expect(outputOf(run, 'cell@rows[1]/cells[0]')).toEqual({ item: 'c', index: 0 });
  });

  it('is the number of the pass and what the pass before came to', async () => {
    const pass = look('sum', '{{ index = 0 ? 0 : previous + 10 * index }}');
    const saga = workflow().repeat('grow', pass, { until: '{{ index = 3 }}' }).definition();
    const run = await handRun(saga);
    expect([0, 1, 2].map((index) => outputOf(run, `sum@grow[${index}]`))).toEqual([0, 10, 30]);
  });

  it('is the item around a repetition, with the number of its pass', async () => {
    const inner: Build = (path) =>
      path.repeat('again', look('seen', '{{ item & index }}'), { until: '{{ index = 2 }}' });
    const run = await handRun(workflow().forEach('all', '{{ ["x", "y"] }}', inner).definition());
    expect(outputOf(run, 'seen@all[1]/again[1]')).toBe('y1');
  });

  it('is what enclosing levels and plain scopes hold, but not what lies in loops', async () => {
    const saga = workflow()
      .transform('first', 1)
      .scope('try', (path) => path.transform('second', 2).scope('deep', look('third', 3)))
      .forEach('all', '{{ [1] }}', look('fourth', '{{ $sort($keys(steps)) }}'))
      .transform('last', '{{ $sort($keys(steps)) }}')
      .definition();
    const run = await handRun(saga);
    expect(outputOf(run, 'fourth@all[0]')).toEqual(['deep', 'first', 'second', 'third', 'try']);
    expect(outputOf(run, 'last')).toEqual(['all', 'deep', 'first', 'second', 'third', 'try']);
  });

  it('is only the own item, not what another one came to', async () => {
    const body: Build = (path) => path.transform('own', '{{ item }}').transform('seen', '{{ steps.own.output }}');
    const run = await handRun(workflow().forEach('all', '{{ ["x", "y"] }}', body, { limit: 2 }).definition());
    expect([outputOf(run, 'seen@all[0]'), outputOf(run, 'seen@all[1]')]).toEqual(['x', 'y']);
  });

  it('is the failure at hand inside a handler, and nowhere else', async () => {
    const saga = workflow()
      .scope('try', (path) => path.step('charge'), { handler: look('caught', '{{ error.code }}') })
      .delay('after', HOUR)
      .definition();
    const run = await handRun(saga);
    await run.answer('charge@try', 'refuse', 'card.declined');
    expect(outputOf(run, 'caught@try')).toBe('card.declined');
    expect(expressionScope(saga, run.state, 'after', 'forward')).not.toHaveProperty('error');
  });

  it('is not what a step came to before it was done anew (S21)', async () => {
    const run = await handRun(workflow().step('reserve').step('charge').step('ship').definition());
    await run.answer('reserve', 'succeed');
    await run.answer('charge', 'succeed');
    await run.answer('ship', 'refuse');
    await run.answer('undo charge', 'succeed');
    await run.answer('undo reserve', 'refuse');
    await run.resolve({ kind: 'resume-forward' });
    expect(run.inFlight).toEqual(['charge#2']);
    const { steps } = expressionScope(run.definition, run.state, 'charge#2', 'forward');
    expect(Object.keys(steps as object)).toEqual(['reserve']);
  });

  it('looks at the bodies around a step only, however many items there are', async () => {
    const items = Array.from({ length: 300 }, (_, index) => index);
    const saga = workflow().forEach('all', '{{ trigger.data }}', look('seen', '{{ item }}')).definition();
    const run = await handRun(saga, { data: items });
    let touched = 0;
    const counting = new Proxy(run.state.instances, {
      get: (target, id) => {
        touched += 1;
        return target[id as string];
      },
    });
    expressionScope(run.definition, { ...run.state, instances: counting }, 'seen@all[299]', 'forward');
    expect(touched).toBeLessThan(10);
  });
});

describe('steps without effect', () => {
  it('writes variables to the nearest scope that has them', async () => {
    const saga = workflow()
      .settings({ variables: { total: 0 } })
      .scope('try', (path) => path.transform('set', null, { assign: { total: 5, near: 6 } }), {
        variables: { near: 1 },
      })
      .transform('after', '{{ vars }}')
      .definition();
    expect(outputOf(await handRun(saga), 'after')).toEqual({ total: 5 });
  });

  it('runs code on its evaluated input, within its time', async () => {
    const calls: unknown[] = [];
    const saga = workflow()
      .code('add', 'return input.a + 1', { input: { a: '{{ 1 + 1 }}' }, timeoutMs: 99 })
      .definition();
    const run = await handRun(saga, {
      code: (source, input, timeoutMs) => {
        calls.push([source, input, timeoutMs]);
        return Promise.resolve(3);
      },
    });
    expect(calls).toEqual([['return input.a + 1', { a: 2 }, 99]]);
    expect(outputOf(run, 'add')).toBe(3);
  });

  it('takes what code fails with for the failure of the step, and a broken sandbox for a bug', async () => {
    const thrown = new FailureError(failure('user', 'code.failed', 'x is not defined'));
    for (const [error, kind] of [
      [thrown, 'user'],
      [new Error('no sandbox'), 'bug'],
    ] as const) {
      const saga = workflow().code('broken', 'return x').definition();
      const run = await handRun(saga, { code: () => Promise.reject(error) });
      expect(run.state).toMatchObject({ status: 'failed', failure: { code: 'code.failed', kind } });
    }
  });

  it('leaves by the timeout edge when code ran too long', async () => {
    const saga = workflow()
      .code('slow', '', { timeout: look('late', 1) })
      .definition();
    const over = new FailureError(failure('user', 'timeout.code', 'too slow'));
    const run = await handRun(saga, { code: () => Promise.reject(over) });
    expect(outputOf(run, 'late')).toBe(1);
  });

  it('starts every case that holds, else the default', async () => {
    const cases = {
      '{{ trigger.data > 1 }}': look('a', 1),
      '{{ trigger.data > 2 }}': look('b', 1),
      else: look('c', 1),
    };
    const saga = workflow().inclusive('which', cases).definition();
    const started = async (data: number) => {
      const run = await handRun(saga, { data });
      expect(run.state.status).toBe('completed');
      return ['a', 'b', 'c'].filter((id) => run.state.instances[id]);
    };
    expect([await started(3), await started(2), await started(1)]).toEqual([['a', 'b'], ['a'], ['c']]);
  });

  it('looks at no case behind the first that holds, when only one is taken', async () => {
    const cases = { '{{ true }}': look('a', 1), '{{ 5 }}': look('b', 1), else: look('c', 1) };
    const run = await handRun(workflow().branch('which', cases).definition());
    expect(run.state.status).toBe('completed');
    expect(run.state.instances['a']).toBeDefined();
  });

  it('answers the caller, once', async () => {
    const saga = workflow()
      .respond('accepted', { status: 202, headers: { location: '/orders/{{ trigger.data }}', none: '{{ null }}' } })
      .respond('again', { body: 'too late' })
      .definition();
    const run = await handRun(saga, { data: 5 });
    expect(run.state.response).toEqual({ status: 202, headers: { location: '/orders/5' }, body: null });
  });

  it('ends a body with the output of a terminate step, and every other branch with it', async () => {
    const saga = workflow()
      .scope('try', (path) =>
        path.parallel('both', [(one) => one.delay('rest', HOUR), (two) => two.terminate('enough', '{{ 42 }}')]),
      )
      .definition();
    const run = await handRun(saga);
    expect(run.instance('rest@try').status).toBe('cancelled');
    expect(run.instance('try')).toMatchObject({ status: 'succeeded', output: 42 });
  });
});

describe('steps that are passed over', () => {
  it('does nothing when the condition holds, and undoes nothing later', async () => {
    const saga = workflow().step('charge', { skipWhen: '{{ trigger.data = 0 }}' }).step('ship').definition();
    const run = await handRun(saga, { data: 0 });
    expect(run.inFlight).toEqual(['ship']);
    expect(run.entries('step.started', 'charge')).toEqual([]);
    await run.answer('ship', 'refuse');
    expect(run.state.status).toBe('failed');
  });

  it('goes on as usual when it does not hold', async () => {
    const run = await handRun(workflow().step('charge', { skipWhen: '{{ false }}' }).definition());
    expect(run.inFlight).toEqual(['charge']);
  });

  it('passes over waits and whole containers, too', async () => {
    const skipWhen = '{{ true }}';
    const saga = workflow()
      .wait('paid', 'payment', { skipWhen })
      .scope('try', (path) => path.step('charge'), { skipWhen })
      .definition();
    expect((await handRun(saga)).state.status).toBe('completed');
  });

  it('fails a step whose condition is neither true nor false', async () => {
    for (const saga of [
      workflow().step('charge', { skipWhen: '{{ 1 }}' }).definition(),
      workflow().transform('sum', 1, { skipWhen: '{{ "yes" }}' }).definition(),
    ]) {
      expect((await handRun(saga)).state).toMatchObject({ status: 'failed', failure: { code: 'skip.not-boolean' } });
    }
  });
});

describe('containers', () => {
  const failing = (index: number): Build => {
    return (path) =>
      path.step('pay', { input: { item: '{{ item }}' }, undo: { kind: 'not-needed', reason: `${index}` } });
  };

  /** Three items, of which the second is refused. */
  async function secondRefused(onItemFailure: 'continue' | 'collect'): Promise<HandRun> {
    const run = await handRun(
      workflow().forEach('all', '{{ [1, 2, 3] }}', failing(1), { limit: 3, onItemFailure }).definition(),
    );
    await run.answer('pay@all[1]', 'refuse', 'card.declined');
    await run.answer('pay@all[2]', { kind: 'succeeded', output: 'c' });
    await run.answer('pay@all[0]', { kind: 'succeeded', output: 'a' });
    return run;
  }

  it('collects what the items came to, in their order, and what failed if it is asked to', async () => {
    const output = { results: ['a', null, 'c'], failed: 1, count: 3 };
    expect(outputOf(await secondRefused('continue'), 'all')).toEqual({ ...output, errors: [] });
    expect(outputOf(await secondRefused('collect'), 'all')).toEqual({
      ...output,
      errors: [{ index: 1, error: expect.objectContaining({ code: 'card.declined' }) }],
    });
  });

  it('fails a loop with the failure of its item, by default', async () => {
    const run = await handRun(workflow().forEach('all', '{{ [1, 2] }}', failing(0)).definition());
    await run.answer('pay@all[0]', 'refuse', 'card.declined');
    expect(run.instance('all')).toMatchObject({ status: 'failed', failure: { code: 'card.declined' } });
    expect(run.state.instances['pay@all[1]']).toBeUndefined();
  });

  it('is over at once when there are no items', async () => {
    const run = await handRun(workflow().forEach('all', '{{ [] }}', failing(0)).definition());
    expect(outputOf(run, 'all')).toEqual({ results: [], errors: [], failed: 0, count: 0 });
  });

  it('goes through lists only, and not through more than a million items', async () => {
    const saga = workflow().forEach('all', '{{ trigger.data }}', failing(0)).definition();
    const run = await handRun(saga, { data: { a: 1 } });
    expect(run.state).toMatchObject({ status: 'failed', failure: { code: 'for-each.items' } });

    const fresh = await handRun(
      workflow().delay('rest', 1).forEach('all', '{{ trigger.data }}', failing(0)).definition(),
    );
    const many = async (length: number) => {
      const ready = { ...fresh.instance('rest'), id: 'all', step: 'all', status: 'ready' as const };
      const state = { ...fresh.state, instances: { all: ready } };
      const compute = { evaluate: () => Promise.resolve(Array<Json>(length).fill(0)), code: () => Promise.resolve(0) };
      return (await evaluateStep(fresh.definition, state, 'all', compute, fresh.now)).type;
    };
    expect([await many(1_000_000), await many(1_000_001)]).toEqual(['step.opened', 'step.failed']);
  });

  it('repeats until the condition holds, which sees the pass that is over', async () => {
    const pass = look('dice', '{{ index = 2 ? 6 : 1 }}');
    const until = '{{ steps.dice.output = 6 and previous = 6 and index = 3 }}';
    const run = await handRun(workflow().repeat('roll', pass, { until }).definition());
    expect(run.entries('step.continued', 'roll')).toHaveLength(2);
    expect(outputOf(run, 'roll')).toBe(6);
  });

  it('looks at the condition before the first pass when it is drawn so', async () => {
    const saga = workflow().repeat('roll', look('dice', 1), { test: 'before', until: '{{ index = 0 }}' }).definition();
    const run = await handRun(saga);
    expect(run.instance('roll')).toMatchObject({ status: 'succeeded', output: null });
    expect(run.state.instances['dice@roll[0]']).toBeUndefined();
  });

  it('does one pass at least when the condition is looked at afterwards', async () => {
    const run = await handRun(workflow().repeat('roll', look('dice', 1), { until: '{{ true }}' }).definition());
    expect(run.instance('roll')).toMatchObject({ status: 'succeeded', output: 1 });
  });

  it('fails, or goes on, when the passes are used up', async () => {
    const build = (onBound: 'fail' | 'continue') =>
      workflow()
        .repeat('roll', look('dice', '{{ index }}'), { until: '{{ false }}', maxPasses: 3, onBound })
        .definition();
    expect((await handRun(build('fail'))).state.failure?.code).toBe('repeat.exhausted');
    expect(outputOf(await handRun(build('continue')), 'roll')).toBe(2);
  });

  it('refuses a condition that is neither true nor false', async () => {
    const run = await handRun(workflow().repeat('roll', look('dice', 1), { until: '{{ "six" }}' }).definition());
    expect(run.state.failure?.code).toBe('repeat.not-boolean');
  });

  it('runs out of time as a whole, and leaves by the port for it (S10)', async () => {
    const saga = workflow()
      .scope('try', (path) => path.step('reserve').delay('rest', HOUR), { timeoutMs: 1000, timeout: look('late', 1) })
      .definition();
    const run = await handRun(saga);
    await run.answer('reserve@try', 'succeed');
    await run.wake();
    expect(run.instance('rest@try').status).toBe('cancelled');
    expect(run.inFlight).toEqual(['undo reserve@try']);
    await run.answer('undo reserve@try', 'succeed');
    expect(run.instance('try')).toMatchObject({ status: 'failed', failure: { code: 'timeout.scope' } });
    expect(outputOf(run, 'late')).toBe(1);
  });

  it('captures the undo of a scope when it succeeds, with what it held (S17)', async () => {
    const undo = {
      kind: 'compensation',
      name: 'refund',
      connector: 'test',
      operation: 'refund',
      input: { order: '{{ vars.order }}', paid: '{{ steps.charge.output.id }}', sum: '{{ step.output }}' },
    } as const;
    const saga = workflow()
      .scope('pay', (path) => path.step('charge').end('paid', '{{ 99 }}'), {
        undo,
        variables: { order: '{{ trigger.data }}' },
      })
      .step('ship')
      .definition();
    const run = await handRun(saga, { data: 'o1' });
    await run.answer('charge@pay', { kind: 'succeeded', output: { id: 'ch1' } });
    await run.answer('ship', 'refuse');
    expect(run.inFlight).toEqual(['undo pay']);
    expect(run.entries('step.started', 'pay')[0]?.input).toEqual({ order: 'o1', paid: 'ch1', sum: 99 });
  });
});

describe('waits for time (S12, S29)', () => {
  it('journals what a wait goes by when it opens, evaluated', async () => {
    const event = {
      type: 'paid',
      filter: { data: { ok: [true] } },
      correlation: { path: 'subject', value: '{{ trigger.data }}' },
      earlyMs: 500,
    };
    const run = await handRun(workflow().wait('paid', event, { timeoutMs: HOUR }).definition(), { data: 'o1' });
    const [opened] = run.entries('step.waiting', 'paid');
    expect(opened).toMatchObject({
      until: run.now + HOUR,
      awaits: [
        {
          kind: 'event',
          arm: 'out',
          type: 'paid',
          filter: { data: { ok: [true] } },
          correlation: { path: 'subject', value: 'o1' },
          since: run.now - 500,
        },
      ],
    });
  });

  it('refuses a correlation that would match events about something else', async () => {
    for (const data of [null, '', { id: 1 }, []]) {
      const event = { type: 'paid', correlation: { path: 'subject', value: '{{ trigger.data }}' } };
      const run = await handRun(workflow().wait('paid', event).definition(), { data });
      expect(run.state.failure?.code).toBe('wait.correlation');
    }
  });

  it('waits for ever when nothing says how long', async () => {
    const run = await handRun(workflow().wait('paid', 'payment').definition());
    expect(run.instance('paid')).toMatchObject({ status: 'waiting', wakeAt: null });
  });

  it('fails when no event comes in time', async () => {
    const run = await handRun(workflow().wait('paid', 'payment', { timeoutMs: 5000 }).definition());
    await run.wake();
    expect(run.state).toMatchObject({ status: 'failed', failure: { code: 'timeout.wait' } });
  });

  it('takes the timer of a race, the earliest one', async () => {
    const saga = workflow()
      .race('first', {
        paid: { event: 'payment', then: look('a', 1) },
        slow: { afterMs: 2000, then: look('b', 1) },
        quick: { until: '{{ trigger.data }}', then: look('c', '{{ steps.first.output.until }}') },
      })
      .definition();
    const at = Date.UTC(2030, 0, 1) + 1000;
    const run = await handRun(saga, { data: new Date(at).toISOString() });
    run.now += HOUR;
    await run.wake();
    expect(outputOf(run, 'c')).toBe(at);
    expect(run.state.instances['b']).toBeUndefined();
  });

  it('refuses an instant that is none', async () => {
    const run = await handRun(workflow().delay('rest', '{{ "tomorrow" }}').definition());
    expect(run.state.failure?.code).toBe('delay.instant');
  });
});

describe('tasks and time', () => {
  const ask = (task: object, settings: object = {}) =>
    workflow()
      .task('approve', { yes: look('bought', 1), no: look('left', 1) }, { task, ...settings })
      .definition();

  it('journals who is asked what, evaluated', async () => {
    const task = {
      title: 'Order {{ trigger.data.id }}',
      assignees: ['{{ trigger.data.boss }}', 'group:{{ "sales" }}', '{{ trigger.data.others }}'],
      dueMs: 60_000,
      escalation: { afterMs: HOUR, to: ['ceo'] },
    };
    const data = { id: 7, boss: 'ann', others: ['bob', 'ann'] };
    const run = await handRun(ask(task), { data });
    expect(run.instance('approve').awaits).toMatchObject([
      {
        title: 'Order 7',
        assignees: ['ann', 'group:sales', 'bob'],
        dueAt: run.now + 60_000,
        escalateAt: run.now + HOUR,
        escalateTo: ['ceo'],
      },
    ]);
  });

  it('does not become a task for anybody when its templates give nobody', async () => {
    for (const boss of [null, '', [], 5]) {
      const run = await handRun(ask({ assignees: ['{{ trigger.data.boss }}'] }), { data: { boss } });
      expect(run.state.failure?.code).toBe('task.assignee');
    }
  });

  it('reminds at even pauses, escalates once, and runs out in the end', async () => {
    const task = { reminderMs: 1000, escalation: { afterMs: 2500, to: ['ceo'] } };
    const run = await handRun(ask(task, { timeoutMs: 4200 }));
    const begun = run.now;
    for (let count = 0; count < 6; count += 1) await run.wake();
    const nudges = run.entries('task.nudged').map(({ at, nudge, next }) => [at - begun, nudge, (next ?? 0) - begun]);
    expect(nudges).toEqual([
      [1000, 'reminder', 2000],
      [2000, 'reminder', 2500],
      [2500, 'escalation', 3000],
      [3000, 'reminder', 4000],
      [4000, 'reminder', 4200],
    ]);
    expect(run.state).toMatchObject({ status: 'failed', failure: { code: 'timeout.task' } });
  });

  it('makes up once for what was slept through, the escalation first', async () => {
    const run = await handRun(ask({ reminderMs: 1000, escalation: { afterMs: 2500, to: ['ceo'] } }));
    const begun = run.now;
    run.now += 10_400;
    await run.wake();
    expect(run.entries('task.nudged').map(({ nudge, next }) => [nudge, (next ?? 0) - begun])).toEqual([
      ['escalation', 11_000],
    ]);
    await run.wake();
    expect(run.entries('task.nudged').at(-1)).toMatchObject({ nudge: 'reminder', next: begun + 12_000 });
  });

  it('leaves by the timeout edge when nobody answers', async () => {
    const run = await handRun(ask({}, { timeoutMs: 1000, timeout: look('nobody', 1) }));
    await run.wake();
    expect(outputOf(run, 'nobody')).toBe(1);
  });
});

it('never evaluates without being asked: a step with an outside effect is attempted, not evaluated (S3)', async () => {
  const run = await handRun(workflow().step('charge').definition());
  const compute = { evaluate: evaluateTemplate, code: () => Promise.resolve(null) };
  const entry = await evaluateStep(run.definition, run.state, 'charge', compute, run.now);
  expect(entry).toMatchObject({ type: 'step.failed', failure: { kind: 'bug' } });
});
