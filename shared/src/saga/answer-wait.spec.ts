import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../kernel/index.js';
import type { TaskAnswer, WaitAnswer } from './answer-wait.js';
import type { ChildEnd, RunEvent } from './journal.js';
import { formProblem, formRefusal } from './task-form.js';
import { handRun, workflow } from './testing/index.js';
import type { Build, HandRun } from './testing/index.js';

const HOUR = 3_600_000;
const ANN = { kind: 'user', id: 'ann', name: 'Ann' } as const;

const payment: RunEvent = {
  id: 'e1',
  source: 'bank',
  type: 'payment',
  subject: 'o1',
  time: '2030-01-01T00:00:05.000Z',
  data: { sum: 5 },
  headers: { trace: 't' },
};

const show =
  (name: string, value = '{{ steps }}'): Build =>
  (path) =>
    path.transform(name, value);

const came = (instance: string, arm = 'out'): WaitAnswer => ({ kind: 'event', instance, arm, event: payment });
const answered = (outcome: string, more: Partial<TaskAnswer> = {}): TaskAnswer => {
  return { kind: 'task', instance: 'approve', outcome, data: null, comment: null, by: ANN, ...more };
};
const ended = (outcome: ChildEnd['outcome'], more: Partial<ChildEnd> = {}): WaitAnswer => {
  return { kind: 'child', instance: 'call', end: { outcome, output: null, failure: null, ...more } };
};

describe('an event that a step waits for (S31)', () => {
  it('goes on with the event as the output of the step', async () => {
    const run = await handRun(
      workflow().wait('paid', 'payment').transform('sum', '{{ steps.paid.output }}').definition(),
    );
    expect(await run.tell(came('paid'))).toBeNull();
    expect(run.instance('sum').output).toEqual({ ...payment });
  });

  it('looks back from the opening of the wait by an hour, unless it is told otherwise', async () => {
    const run = await handRun(workflow().wait('paid', 'payment').definition());
    expect(run.instance('paid').awaits).toMatchObject([{ since: run.now - HOUR }]);
  });

  it('takes the arm of a race that it came for, and the others are over', async () => {
    const saga = workflow()
      .race('first', {
        paid: { event: 'payment', then: show('a') },
        dropped: { event: 'cancellation', then: show('b') },
        late: { afterMs: HOUR, then: show('c') },
      })
      .definition();
    const run = await handRun(saga);
    expect((await run.tell(came('first', 'late')))?.code).toBe('wait.not-open');
    expect(await run.tell(came('first', 'dropped'))).toBeNull();
    expect(['a', 'b', 'c'].filter((id) => run.state.instances[id])).toEqual(['b']);
    expect((await run.tell(came('first', 'paid')))?.code).toBe('wait.not-open');
  });

  it('is refused by a step that has timed out, is being stopped, has lost, or does not exist', async () => {
    const timed = await handRun(workflow().wait('paid', 'payment', { timeoutMs: 1 }).definition());
    await timed.wake();
    const stopping = await handRun(
      workflow()
        .parallel('both', [(path) => path.step('charge'), (path) => path.wait('paid', 'payment')])
        .definition(),
    );
    stopping.append({ type: 'run.cancel-requested', by: ANN, reason: 'test', at: stopping.now });
    expect(stopping.instance('paid').status).toBe('waiting');
    const lost = await handRun(
      workflow()
        .parallel('both', [(path) => path.transform('now', 1), (path) => path.wait('paid', 'payment')], {
          kind: 'any',
          losers: 'cancel',
        })
        .step('ship')
        .definition(),
    );
    for (const run of [timed, stopping, lost]) {
      expect((await run.tell(came('paid')))?.code).toBe('wait.not-open');
      expect((await run.tell(came('nobody')))?.code).toBe('wait.not-open');
    }
  });
});

describe('the answer to a task', () => {
  const form: JsonObject = {
    type: 'object',
    required: ['sum'],
    properties: { sum: { type: 'number', maximum: 100 }, code: { type: 'string', pattern: '^[A-Z]+$' } },
    additionalProperties: false,
  };
  const ask = (task: object = {}) =>
    handRun(
      workflow()
        .task(
          'approve',
          { yes: show('bought', '{{ steps.approve.output }}'), no: show('left') },
          { task, commentRequired: ['no'] },
        )
        .definition(),
    );

  it('leaves by the outcome, with what was filled in and by whom', async () => {
    const run = await ask({ form });
    expect(await run.tell(answered('yes', { data: { sum: 5 }, comment: 'fine' }))).toBeNull();
    expect(run.instance('bought').output).toEqual({ outcome: 'yes', comment: 'fine', data: { sum: 5 }, by: ANN });
    expect(run.entries('step.succeeded', 'approve')[0]?.by).toEqual(ANN);
    expect(run.state.instances['left']).toBeUndefined();
  });

  it('is refused when the outcome is unknown, or a comment is missing', async () => {
    const run = await ask();
    expect(await run.tell(answered('maybe'))).toMatchObject({
      code: 'task.outcome-unknown',
      message: expect.stringContaining('yes, no'),
    });
    expect((await run.tell(answered('no', { comment: '  ' })))?.code).toBe('task.comment-required');
    expect(run.instance('approve').status).toBe('waiting');
    expect(await run.tell(answered('no', { comment: 'too dear' }))).toBeNull();
  });

  it('is refused when it does not fit the form, naming every field', async () => {
    const run = await ask({ form });
    const refusal = await run.tell(answered('yes', { data: { sum: 500, code: 'ab', more: 1 } }));
    expect(refusal).toMatchObject({ code: 'task.form', kind: 'user' });
    const fields = (refusal?.details as { field: string }[]).map(({ field }) => field);
    expect(fields.sort()).toEqual(['', 'code', 'sum']);
    expect((await run.tell(answered('yes')))?.code).toBe('task.form');
  });

  it('carries no data when the task asks for none', async () => {
    const run = await ask();
    expect((await run.tell(answered('yes', { data: { sum: 5 } })))?.code).toBe('task.form');
    expect(await run.tell(answered('yes', { data: {} }))).toBeNull();
    expect(run.instance('bought').output).toMatchObject({ data: null });
  });

  it('is taken once', async () => {
    const run = await ask();
    await run.tell(answered('yes'));
    expect((await run.tell(answered('no', { comment: 'x' })))?.code).toBe('wait.not-open');
  });

  it('leaves a race by its arm, and has to say which when two could be meant', async () => {
    const saga = workflow()
      .race('approve', {
        boss: { outcomes: ['yes', 'veto'], then: show('a', '{{ steps.approve.output.outcome }}') },
        peer: { outcomes: ['yes'], then: show('b') },
      })
      .definition();
    const one = await handRun(saga);
    expect((await one.tell(answered('yes')))?.code).toBe('task.arm-required');
    expect(await one.tell(answered('yes', { arm: 'peer' }))).toBeNull();
    expect(one.state.instances['b']).toBeDefined();
    const other = await handRun(saga);
    expect(await other.tell(answered('veto'))).toBeNull();
    expect(other.instance('a').output).toBe('veto');
  });
});

describe('forms', () => {
  it('refuses what nobody would check, and what reaches beyond the form', () => {
    expect(formProblem({ type: 'object', properties: { mail: { type: 'string', format: 'email' } } })).toBeNull();
    for (const form of [
      { tipe: 'object' },
      { type: 'string', format: 'no-such' },
      { type: 'string', pattern: '(a)\\1' },
      { $ref: 'https://example.com/schema.json' },
      { $async: true, type: 'object' },
      { type: 'nothing' },
    ] as JsonObject[]) {
      expect([form, formProblem(form)]).toEqual([form, expect.any(String)]);
    }
  });

  it('keeps forms apart, also when they name themselves alike', () => {
    const named = (type: string): JsonObject => ({ $id: 'https://example.com/form', type, pattern: '^a' });
    expect(formRefusal('t', named('string'), 'ab')).toBeNull();
    expect(formRefusal('t', named('number'), 'ab')?.code).toBe('task.form');
    expect(formRefusal('t', { type: 'string', pattern: '^b' }, 'ab')?.code).toBe('task.form');
  });

  /** `depth` definitions, each made of the next one twice. */
  const doubling = (depth: number): JsonObject => ({
    $ref: '#/$defs/d0',
    $defs: Object.fromEntries(
      Array.from({ length: depth }, (_, n): [string, JsonObject] => {
        const next = { $ref: `#/$defs/d${n + 1}` };
        return [`d${n}`, n === depth - 1 ? { type: 'string' } : { allOf: [next, next] }];
      }),
    ),
  });

  it('refuses forms that take much work for little text, saying what to write instead', () => {
    const nested = (depth: number): JsonObject => (depth === 0 ? {} : { not: nested(depth - 1) });
    for (const [form, word] of [
      [doubling(12), 'parts'],
      [{ properties: Object.fromEntries(Array.from({ length: 2500 }, (_, n) => [`f${n}`, {}])) }, 'parts'],
      [{ required: Array.from({ length: 2500 }, (_, n) => `f${n}`) }, 'parts'],
      [{ enum: Array.from({ length: 2500 }, (_, n) => n) }, 'parts'],
      [{ type: 'string', pattern: 'a'.repeat(2500) }, 'parts'],
      [nested(2500), 'parts'],
      [{ type: 'object', properties: { child: { $ref: '#' } } }, 'itself'],
      [{ $ref: '#/$defs/tree', $defs: { tree: { items: { $ref: '#/$defs/tree' } } } }, 'itself'],
      [{ $dynamicAnchor: 'tree', items: { $dynamicRef: '#tree' } }, '$dynamicRef'],
      [{ $ref: '#tree', $defs: { tree: { $anchor: 'tree' } } }, '#/'],
      [{ properties: { a: { $id: 'https://example.com/a', $ref: '#' } } }, '$id'],
      [{ type: 'string', description: 'a'.repeat(65 * 1024) }, '64 KiB'],
    ] as [JsonObject, string][]) {
      expect([word, formProblem(form)]).toEqual([word, expect.stringContaining(word)]);
      expect(formRefusal('t', form, 'x')).toMatchObject({ code: 'task.form', kind: 'bug' });
    }
    expect(formProblem(doubling(5))).toBeNull();
    expect(formProblem({ type: 'object', properties: { $ref: { type: 'string' }, $id: {} } })).toBeNull();
  });

  it('refuses answers that are too long for the form, before they are checked', () => {
    const long = 'a'.repeat(257 * 1024);
    expect(formRefusal('t', { type: 'string' }, long)?.message).toContain('256 KiB');
    const wide: JsonObject = { items: { enum: Array.from({ length: 1900 }, (_, n) => n) } };
    expect(formRefusal('t', wide, new Array<number>(100).fill(1))).toBeNull();
    const many = formRefusal('t', wide, new Array<number>(20_000).fill(1));
    expect(many).toMatchObject({ code: 'task.form', kind: 'user', message: expect.stringContaining('too long') });
  });

  it('names few problems of a long answer', () => {
    const form: JsonObject = { items: { allOf: [{ type: 'number' }] } };
    const problemsOf = (length: number) => formRefusal('t', form, new Array<string>(length).fill('a'))?.details;
    expect(problemsOf(30)).toHaveLength(20);
    expect(problemsOf(60_000)).toHaveLength(1);
  });

  it('tells like items by their value, also when their fields stand in another order', () => {
    const form: JsonObject = { type: 'array', uniqueItems: true };
    expect(formRefusal('t', form, [1, '1', [1], { a: 1, b: [2] }, { a: 1, b: 2 }, null, { a: '1,"b":2' }])).toBeNull();
    expect(
      formRefusal('t', form, [
        { a: 1, b: { c: 1, d: 2 } },
        { b: { d: 2, c: 1 }, a: 1 },
      ]),
    ).toMatchObject({
      code: 'task.form',
      details: [{ field: '', problem: 'must not hold an item twice' }],
    });
    expect(formRefusal('t', { uniqueItems: false }, [1, 1])).toBeNull();
  });

  it('takes time linear in the text for patterns, whatever they are', () => {
    const form: JsonObject = { type: 'string', pattern: '^(a+)+$' };
    expect(formRefusal('t', form, `${'a'.repeat(50_000)}!`)?.code).toBe('task.form');
  });
});

describe('the end of a child run (S18)', () => {
  async function called(settings: Parameters<ReturnType<typeof workflow>['call']>[1] = {}): Promise<HandRun> {
    const run = await handRun(workflow().step('reserve').call('call', settings).step('ship').definition());
    await run.answer('reserve', 'succeed');
    await run.answer('call', { kind: 'succeeded', output: { run: 'child-1' } });
    return run;
  }

  it('is awaited, and its output is that of the step', async () => {
    const run = await called();
    expect(run.instance('call')).toMatchObject({ status: 'waiting', awaits: [{ kind: 'child', run: 'child-1' }] });
    expect(await run.tell(ended('completed', { output: { total: 3 } }))).toBeNull();
    expect(run.instance('call').output).toEqual({ total: 3 });
    expect(run.inFlight).toEqual(['ship']);
  });

  it('is not awaited when the child was started to be forgotten', async () => {
    const run = await called({ mode: 'forget' });
    expect(run.instance('call')).toMatchObject({ status: 'succeeded', output: { run: 'child-1' } });
    expect((await run.tell(ended('completed')))?.code).toBe('wait.not-open');
  });

  it('fails the step when the child failed, for it has undone itself', async () => {
    for (const outcome of ['failed', 'compensated', 'cancelled'] as const) {
      const run = await called();
      const reason = { code: 'card.declined', kind: 'user', message: 'No money.' } as const;
      await run.tell(ended(outcome, { failure: reason }));
      expect(run.instance('call')).toMatchObject({
        status: 'failed',
        failure: { code: `child.${outcome}`, details: reason, message: expect.stringContaining('No money.') },
      });
      expect(run.inFlight).toEqual(['undo reserve']);
    }
  });

  it('leaves the step unknown when the child was stopped without undo, and the child is undone', async () => {
    const run = await called();
    await run.tell(ended('terminated'));
    expect(run.instance('call')).toMatchObject({ status: 'unknown', failure: { code: 'child.terminated' } });
    expect(run.inFlight).toEqual(['undo call']);
  });

  it('is awaited when what the call lies in is being stopped, after the child was asked once to stop', async () => {
    const run = await called();
    await run.cancel();
    expect(run.entries('child.cancel-requested')).toHaveLength(1);
    expect(run.inFlight).toEqual([]);
    expect(await run.tell(ended('cancelled'))).toBeNull();
    expect(run.inFlight).toEqual(['undo reserve']);
  });

  it('undoes a completed child by its own undo, and waits for its second end', async () => {
    const run = await called();
    await run.tell(ended('completed'));
    await run.answer('ship', 'refuse');
    expect(run.entries('step.started', 'call').at(-1)).toMatchObject({ direction: 'undo', input: { run: 'child-1' } });
    await run.answer('undo call', { kind: 'succeeded', output: { run: 'child-1' } });
    expect(run.instance('call').undo.status).toBe('waiting');
    expect(run.inFlight).toEqual([]);
    expect(await run.tell(ended('compensated'))).toBeNull();
    expect(run.inFlight).toEqual(['undo reserve']);
  });

  it('asks a person when the child cannot be undone', async () => {
    for (const [outcome, code] of [
      ['completed', 'child.not-undone'],
      ['terminated', 'child.terminated'],
    ] as const) {
      const run = await called();
      await run.tell(ended('completed'));
      await run.answer('ship', 'refuse');
      await run.answer('undo call', { kind: 'succeeded', output: { run: 'child-1' } });
      await run.tell(ended(outcome));
      expect(run.openIncidents).toMatchObject([{ instance: 'call', direction: 'undo', failure: { code } }]);
    }
  });

  it('gives its own compensation what the child came to (S17)', async () => {
    const undo = {
      kind: 'compensation',
      name: 'refund',
      connector: 'test',
      operation: 'refund',
      input: { total: '{{ step.output.total }}' },
    } as const;
    const run = await called({ undo });
    await run.tell(ended('completed', { output: { total: 3 } }));
    await run.answer('ship', 'refuse');
    expect(run.entries('step.started', 'call').at(-1)?.input).toEqual({ total: 3 });
  });
});
