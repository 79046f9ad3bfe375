/** The undo that the editor shows for a drawing, and names that expressions see: before anything has run, and while it does. */
import { describe, expect, it } from '@jest/globals';
import type { Resolution } from './journal.js';
import { resolutionRefusal } from './requests.js';
import { simulate, terminal } from './simulate.js';
import { undoPreview } from './undo-preview.js';
import { handRun, workflow } from './testing/index.js';
import type { Build, HandRun, WorkflowBuilder } from './testing/index.js';

const step =
  (name: string): Build =>
  (path) =>
    path.step(name);

/** What is undone when a step fails, with the number of each; the effects that stay are told by their reason. */
function preview(drawing: WorkflowBuilder, failing: string): Record<string, number | string> {
  const { steps, notUndone } = undoPreview(drawing.definition(), failing);
  return Object.fromEntries([
    ...steps.map(({ instance, order }) => [instance, order] as const),
    ...notUndone.map(({ instance, reason }) => [instance, reason] as const),
  ]);
}

describe('the preview of an undo (S14, S16)', () => {
  it('holds what can come before the failing step, and nothing beside or behind it', () => {
    const drawing = workflow()
      .step('a')
      .parallel('both', [(path) => path.step('b').step('failing').step('c'), step('d')])
      .step('e');
    expect(preview(drawing, 'failing')).toEqual({ b: 1, a: 2 });
    expect(preview(drawing, 'a')).toEqual({});
    expect(preview(drawing, 'e')).toEqual({ c: 1, failing: 2, b: 3, d: 1, a: 4 });
  });

  it('holds both sides of a branch where both can lead to the step', () => {
    const drawing = workflow()
      .branch('if', { '{{ trigger.data }}': step('a'), else: step('b') })
      .step('failing');
    expect(preview(drawing, 'failing')).toEqual({ a: 1, b: 1 });
    expect(preview(drawing, 'a')).toEqual({});
  });

  it('holds what is before the step in its scope, in the scopes around, and in containers before, each loop once', () => {
    const drawing = workflow()
      .forEach('items', '{{ trigger.data }}', (path) => path.step('pack').scope('try', step('label')))
      .scope('outer', (path) =>
        path
          .step('before')
          .scope('inner', (inner) => inner.step('first').step('failing').step('last'))
          .step('after'),
      )
      .step('end-of-all');
    expect(preview(drawing, 'failing')).toEqual({
      'first@outer/inner': 1,
      'before@outer': 2,
      'label@items[0]/try': 3,
      'pack@items[0]': 4,
    });
  });

  it('holds what is before the step in its own item', () => {
    const drawing = workflow()
      .step('before')
      .forEach('items', '{{ trigger.data }}', (path) => path.step('pack').step('failing').step('label'));
    expect(preview(drawing, 'failing')).toEqual({ 'pack@items[0]': 1, before: 2 });
  });

  it('of a step in a handler holds all that the body can have done, also in what lies in it', () => {
    const drawing = workflow()
      .step('before')
      .scope(
        'part',
        (path) =>
          path
            .step('a')
            .scope('inner', step('b'))
            .branch('if', { '{{ trigger.data }}': step('c'), else: step('d') }),
        {
          handler: (path) => path.step('mend').step('failing').step('more'),
        },
      )
      .step('after');
    const shown = preview(drawing, 'failing');
    expect(Object.keys(shown).sort()).toEqual(['a@part', 'b@part/inner', 'before', 'c@part', 'd@part', 'mend@part']);
    expect(shown['mend@part']).toBe(1);
    expect(shown['before']).toBe(Math.max(...Object.values(shown).map(Number)));
  });

  it('of a step in the body does not hold what its handler does', () => {
    const drawing = workflow().scope('part', (path) => path.step('a').step('failing'), {
      handler: step('mend'),
      undoAsUnit: true,
    });
    expect(preview(drawing, 'failing')).toEqual({ 'a@part': 1 });
  });

  it('knows a scope that is undone by its own compensation once it is over, and by its steps before (S18)', () => {
    const own = { kind: 'compensation', name: 'undo all', connector: 'test', operation: 'undo', input: {} } as const;
    const drawing = workflow()
      .scope('part', (path) => path.step('a').step('b'), { undo: own })
      .step('failing');
    expect(preview(drawing, 'failing')).toEqual({ part: 1 });
    expect(preview(drawing, 'b')).toEqual({ 'a@part': 1 });
  });

  it('undoes nothing before a pivot that has succeeded, and everything when the pivot itself fails (S23)', () => {
    const drawing = workflow()
      .step('a')
      .scope('part', (path) => path.step('pay', { undo: 'pivot' }).step('b'))
      .step('failing');
    expect(preview(drawing, 'pay')).toEqual({ a: 1 });
    expect(preview(drawing, 'failing')).toEqual({ a: 'before-pivot', 'pay@part': 'pivot', 'b@part': 'before-pivot' });
  });
});

describe('the preview of a failure that somebody takes (S13)', () => {
  const course = (drawing: WorkflowBuilder, failing: string) => {
    const { taken, steps, notUndone, stays } = undoPreview(drawing.definition(), failing);
    expect(notUndone).toEqual([]);
    return { taken, undone: steps.map(({ instance, order }) => `${order} ${instance}`), stays };
  };
  const inLoop = (
    scope: Parameters<WorkflowBuilder['scope']>[2],
    body: Build = (path) => path.step('charge').step('ship'),
  ) => workflow().forEach('orders', '{{ trigger.data }}', (path) => path.step('reserve').scope('try', body, scope));

  it('undoes nothing when the scope has a handler: what was done stays, around the scope as well', async () => {
    const drawing = inLoop({ handler: step('note') });
    expect(course(drawing, 'ship')).toEqual({
      taken: { kind: 'handler', by: 'try', way: ['note'] },
      undone: [],
      stays: ['reserve', 'charge'],
    });
    const { trace } = await simulate(
      workflow()
        .step('reserve')
        .scope('try', (path) => path.step('charge').step('ship'), { handler: step('note') })
        .definition(),
      { ship: terminal() },
    );
    expect(trace.compensated).toEqual([]);
  });

  it('undoes what is inside first with undoAsUnit, and nothing around', () => {
    expect(course(inLoop({ handler: step('note'), undoAsUnit: true }), 'ship')).toEqual({
      taken: { kind: 'handler', by: 'try', way: ['note'] },
      undone: ['1 charge@orders[0]/try'],
      stays: ['reserve'],
    });
  });

  it('undoes all when the handler itself fails, save what was undone before it began', () => {
    const failingHandler = (path: WorkflowBuilder) => path.step('mend').step('failing');
    const plain = course(inLoop({ handler: failingHandler }, step('charge')), 'failing');
    expect(plain).toMatchObject({ taken: null, stays: [] });
    expect(plain.undone).toHaveLength(3);
    expect(course(inLoop({ handler: failingHandler, undoAsUnit: true }, step('charge')), 'failing').undone).toEqual([
      '1 mend@orders[0]/try',
      '2 reserve@orders[0]',
    ]);
  });

  it('undoes the scopes that fail on the way to the nearest handler', () => {
    const drawing = workflow()
      .step('a')
      .scope('outer', (path) => path.step('b').scope('inner', (inner) => inner.step('c').step('failing')), {
        handler: step('note'),
      });
    expect(course(drawing, 'failing')).toEqual({
      taken: { kind: 'handler', by: 'outer', way: ['note'] },
      undone: ['1 c@outer/inner'],
      stays: ['a', 'b'],
    });
  });

  it('lets the own choice of the step come first: its error edge, going on, or a person', () => {
    const within = (settings: Parameters<WorkflowBuilder['step']>[1]) =>
      workflow().scope('try', (path) => path.step('a').step('failing', settings).step('b'), { handler: step('note') });
    expect(course(within({ error: step('instead') }), 'failing')).toEqual({
      taken: { kind: 'error-edge', by: 'failing', way: ['instead'] },
      undone: [],
      stays: ['a'],
    });
    expect(course(within({ onFailure: 'continue' }), 'failing').taken).toEqual({
      kind: 'continue',
      by: 'failing',
      way: ['b'],
    });
    expect(course(within({ onFailure: 'park' }), 'failing').taken).toEqual({ kind: 'person', by: 'failing', way: [] });
  });

  it('lets a task that runs out of time leave by its way for that, and an action not', () => {
    const late = { timeoutMs: 1000, timeout: step('remind') };
    const drawing = workflow()
      .step('a')
      .task('ask', { yes: step('b') }, late);
    expect(course(drawing, 'ask').taken).toEqual({ kind: 'timeout-edge', by: 'ask', way: ['remind'] });
    expect(
      course(
        workflow()
          .step('a')
          .step('ship', { timeout: step('remind') }),
        'ship',
      ),
    ).toMatchObject({
      taken: null,
      undone: ['1 a'],
    });
  });

  it('lets the choice of a container take what failed inside, which is undone before', () => {
    const loop = workflow()
      .step('a')
      .forEach('orders', '{{ trigger.data }}', (path) => path.step('b').step('failing'), { onItemFailure: 'collect' });
    expect(course(loop, 'failing')).toEqual({
      taken: { kind: 'item', by: 'orders', way: [] },
      undone: ['1 b@orders[0]'],
      stays: ['a'],
    });
    const scope = workflow()
      .step('a')
      .scope('part', (path) => path.step('b').step('failing'), { error: step('instead') });
    expect(course(scope, 'failing')).toEqual({
      taken: { kind: 'error-edge', by: 'part', way: ['instead'] },
      undone: ['1 b@part'],
      stays: ['a'],
    });
  });

  it('stops at the last save-point, from which the run goes on (S24)', () => {
    const drawing = workflow()
      .step('a')
      .scope('saved', step('b'), { resume: step('again') })
      .step('c')
      .step('failing');
    expect(course(drawing, 'failing')).toEqual({
      taken: { kind: 'save-point', by: 'saved', way: ['again'] },
      undone: ['1 c'],
      stays: ['a', 'b'],
    });
    expect(course(drawing, 'a')).toMatchObject({ taken: null, undone: [] });
  });

  it('lets a handler take it after a pivot as well, with nothing undone even as a unit (S23)', () => {
    const drawing = workflow()
      .step('pay', { undo: 'pivot' })
      .scope('try', (path) => path.step('a').step('failing'), { handler: step('note'), undoAsUnit: true });
    expect(course(drawing, 'failing')).toMatchObject({ taken: { kind: 'handler' }, undone: [], stays: ['pay', 'a'] });
  });
});

describe('what a person may decide (S21)', () => {
  const refused = (run: HandRun, resolution: Resolution) => {
    const [incident] = run.openIncidents;
    return resolutionRefusal(run.definition, run.state, incident?.id ?? '', resolution);
  };

  async function undoBlocked(body: Build, calls: readonly string[], blocked: string): Promise<HandRun> {
    const run = await handRun(body(workflow()).definition());
    for (const call of calls) await run.answer(call, 'succeed');
    await run.answer('ship', 'refuse');
    while (!run.openIncidents.length) {
      const [call = ''] = run.inFlight;
      await run.answer(call, call === `undo ${blocked}` ? 'refuse' : 'succeed');
    }
    return run;
  }

  it('is not to resume while a container is undone in part, which is named', async () => {
    const run = await undoBlocked(
      (path) => path.scope('part', (inner) => inner.step('a').step('b')).step('ship'),
      ['a@part', 'b@part'],
      'a@part',
    );
    expect(refused(run, { kind: 'resume-forward' })).toMatchObject({
      code: 'incident.resume-inside',
      message: expect.stringContaining('part is undone in part'),
    });
  });

  it('is to resume when a container is undone as a whole, or not at all', async () => {
    const whole = await undoBlocked(
      (path) =>
        path
          .step('first')
          .scope('part', (inner) => inner.step('a').step('b'))
          .step('ship'),
      ['first', 'a@part', 'b@part'],
      'first',
    );
    expect(refused(whole, { kind: 'resume-forward' })).toBeNull();
    const none = await undoBlocked(
      (path) =>
        path
          .scope('part', (inner) => inner.step('a').step('b'))
          .step('last')
          .step('ship'),
      ['a@part', 'b@part', 'last'],
      'last',
    );
    expect(refused(none, { kind: 'resume-forward' })).toBeNull();
    await none.resolve({ kind: 'resume-forward' });
    expect(none.inFlight).toEqual(['ship#2']);
  });

  it('is other input where there is input, and another operation for the undo of a child', async () => {
    const early = await handRun(
      workflow()
        .step('ship', { input: { to: '{{ $number("none") }}' }, onFailure: 'park' })
        .definition(),
    );
    expect(refused(early, { kind: 'retry-with-input', input: {} })?.code).toBe('incident.no-input');
    const tried = await handRun(workflow().step('ship', { onFailure: 'park' }).definition());
    await tried.answer('ship', 'refuse');
    expect(refused(tried, { kind: 'retry-with-input', input: {} })).toBeNull();

    const run = await handRun(workflow().call('call').step('ship').definition());
    await run.answer('call', { kind: 'succeeded', output: { run: 'child' } });
    await run.tell({ kind: 'child', instance: 'call', end: { outcome: 'completed', output: null, failure: null } });
    await run.answer('ship', 'refuse');
    await run.answer('undo call', 'refuse');
    expect(refused(run, { kind: 'retry-with-input', input: {} })?.code).toBe('incident.no-input');
    await run.resolve({
      kind: 'use-action',
      connector: 'desk',
      operation: 'call',
      effect: 'keyed',
      input: { to: 'Ann' },
    });
    expect(run.instance('call').undo.override).toEqual({ connector: 'desk', operation: 'call', effect: 'keyed' });
    await run.answer('undo call', 'refuse');
    expect(refused(run, { kind: 'retry-with-input', input: {} })).toBeNull();
    await run.resolve({ kind: 'retry-with-input', input: { to: 'Bob' } });
    expect(run.entries('step.started', 'call').at(-1)?.input).toEqual({ to: 'Bob' });
    expect(run.instance('call').undo.override).not.toBeNull();
  });

  it('names the ways on of a step, or that it has none', async () => {
    const run = await handRun(
      workflow()
        .task(
          'ask',
          { yes: (path) => path, no: (path) => path },
          { task: { assignees: ['{{ null }}'] }, onFailure: 'park' },
        )
        .definition(),
    );
    expect(refused(run, { kind: 'done', note: 'x' })?.message).toContain('which it takes: yes, no.');
    expect(refused(run, { kind: 'done', note: 'x', port: 'maybe' })?.message).toContain(
      'called maybe; it has yes, no.',
    );
  });

  it('is not to resume inside a scope while what it lies in is being stopped', async () => {
    const run = await handRun(
      workflow()
        .parallel('both', [(path) => path.scope('part', (inner) => inner.step('a').step('b')), step('ship')])
        .definition(),
    );
    await run.answer('a@part', 'succeed');
    await run.answer('b@part', 'refuse');
    await run.answer('undo a@part', 'refuse');
    expect(refused(run, { kind: 'resume-forward' })).toBeNull();
    await run.answer('ship', 'refuse');
    expect(refused(run, { kind: 'resume-forward' })).not.toBeNull();
  });
});

describe('what expressions see (S6)', () => {
  it('of a step that failed is its failure, and of others none', async () => {
    const saga = workflow()
      .step('a')
      .step('b', { onFailure: 'continue' })
      .step('c', { input: { a: '{{ steps.a }}', b: '{{ steps.b.error.code }}', status: '{{ steps.b.status }}' } })
      .definition();
    const run = await handRun(saga);
    await run.answer('a', 'busy');
    await run.wake();
    await run.answer('a', { kind: 'succeeded', output: 1 });
    await run.answer('b', 'refuse', 'b.refused');
    expect(run.instance('c').input).toEqual({
      a: { output: 1, status: 'succeeded', error: null },
      b: 'b.refused',
      status: 'failed',
    });
  });

  it('of loops around is the nearest item, index and result of the pass before', async () => {
    const names = '{{ { "item": item, "index": index, "previous": previous } }}';
    const saga = workflow()
      .forEach('items', '{{ ["x", "y"] }}', (outer) =>
        outer
          .step('pack', { input: { seen: '{{ { "item": item, "index": index } }}' } })
          .repeat('again', (inner) => inner.step('try', { input: { seen: names } }), { until: '{{ index >= 2 }}' }),
      )
      .definition();
    const run = await handRun(saga);
    expect(run.instance('pack@items[0]').input).toEqual({ seen: { item: 'x', index: 0 } });
    await run.answer('pack@items[0]', 'succeed');
    expect(run.instance('try@items[0]/again[0]').input).toEqual({ seen: { item: 'x', index: 0 } });
    await run.answer('try@items[0]/again[0]', { kind: 'succeeded', output: 'tried' });
    expect(run.instance('try@items[0]/again[1]').input).toEqual({ seen: { item: 'x', index: 1, previous: 'tried' } });
    await run.answer('try@items[0]/again[1]', 'succeed');
    expect(run.instance('pack@items[1]').input).toEqual({ seen: { item: 'y', index: 1 } });
  });

  it('in the undo of a scope are its variables and the steps inside', async () => {
    const undo = {
      kind: 'compensation',
      name: 'Undo',
      connector: 'test',
      operation: 'undo',
      input: { kept: '{{ vars.kept }}', a: '{{ steps.a.output }}', own: '{{ step.output }}' },
    } as const;
    const saga = workflow()
      .scope('part', (path) => path.step('a').step('b'), { undo, variables: { kept: 'x' } })
      .step('ship')
      .definition();
    const run = await handRun(saga);
    await run.answer('a@part', { kind: 'succeeded', output: 1 });
    await run.answer('b@part', { kind: 'succeeded', output: 2 });
    await run.answer('ship', 'refuse');
    expect(run.entries('step.started', 'part').at(-1)?.input).toEqual({ kept: 'x', a: 1, own: 2 });
  });
});
