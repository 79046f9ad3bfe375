/** The names in a message, and the reason for an empty value: they tell the author where to look. */
import { describe, expect, it } from '@jest/globals';
import type { Graph } from '../../graph/index.js';
import { workflow } from '../testing/index.js';
import { anyOf, cases, changed, known, once, picking, reading, stay, step, withEdge } from '../testing/said.js';
import { compile } from './compile.js';
import type { CompileOptions } from './compile.js';

/** What is said about a value that is read, with the names of steps as they are drawn. */
const said = (graph: Graph, options?: CompileOptions) =>
  compile(graph, options)
    .diagnostics.filter(({ id }) =>
      /^(reference|input|connector|flow|join|savepoint|handler|pivot|irreversible)\.|^undo\.reads/.test(id),
    )
    .map(({ message }) => message);

const undoOf = (input: object) => ({
  undo: { kind: 'compensation', name: 'u', connector: 'test', operation: 'undo', input },
});

interface Case {
  readonly about: string;
  readonly graph: Graph;
  readonly because: string;
  readonly options?: CompileOptions;
}

const CASES: readonly Case[] = [
  {
    about: 'a step in one case of a branch',
    graph: reading((path) => path.branch('if', cases), '{{ steps.a.output }}'),
    because: 'reads step a, which only runs in some cases of branch if;',
  },
  {
    about: 'a step in one case of an inclusive choice',
    graph: reading((path) => path.inclusive('some', { ...once, else: stay }), '{{ steps.a.output }}'),
    because: 'reads step a, which only runs in some cases of branch some;',
  },
  {
    about: 'a step behind one wait of a race',
    graph: reading(
      (path) => path.race('first', { late: { afterMs: 1, then: step('a') }, soon: { afterMs: 2, then: stay } }),
      '{{ steps.a.output }}',
    ),
    because: 'reads step a, which only runs after some waits of first;',
  },
  {
    about: 'a step behind one outcome of a task',
    graph: reading((path) => path.task('ask', { yes: step('a'), no: stay }, { timeoutMs: 1 }), '{{ steps.a.output }}'),
    because: 'reads step a, which only runs after some outcomes of ask;',
  },
  {
    about: 'a step that may have left by its error edge',
    graph: reading((path) => path.step('a', { error: stay }), '{{ steps.a.output }}'),
    because: 'reads step a, which may have left by its error edge;',
  },
  {
    about: 'a step that may have left by its timeout edge',
    graph: reading((path) => path.step('a', { timeout: stay }), '{{ steps.a.output }}'),
    because: 'reads step a, which may have left by its timeout edge;',
  },
  {
    about: 'a step behind the error edge of another, in a branch',
    graph: reading((path) => path.step('x', { error: step('a') }), '{{ steps.a.output }}'),
    because: 'reads step a, which only runs depending on how x ended;',
  },
  {
    about: 'a step behind the timeout edge of another',
    graph: reading(
      (path) => path.step('x', { timeout: (late) => late.delay('rest', 1).step('a') }),
      '{{ steps.a.output }}',
    ),
    because: 'reads step a, which only runs depending on how x ended;',
  },
  {
    about: 'a step behind a plain one in a case of a branch',
    graph: reading(
      (path) => path.branch('if', { '{{ trigger.data }}': (x) => x.step('x').step('a'), else: stay }),
      '{{ steps.a.output }}',
    ),
    because: 'reads step a, which only runs in some cases of branch if;',
  },
  {
    about: 'a branch that a join does not wait for',
    graph: reading(
      (path) => path.parallel('p', [step('a'), step('b')], anyOf).parallel('q', [step('x'), step('y')]),
      '{{ steps.a.output }}',
    ),
    because: 'reads step a, which may not be finished when join p join goes on;',
  },
  {
    about: 'a step that only one trigger leads to',
    graph: workflow()
      .step('a')
      .trigger('hook', { kind: 'trigger.webhook' })
      .step('c', { input: { value: '{{ steps.a.output }}' } })
      .graph(),
    because: 'reads step a, which does not run after every trigger;',
  },
  {
    about: 'a step in a case of a branch inside a scope',
    graph: reading((path) => path.scope('box', (inner) => inner.step('x').branch('if', cases)), '{{ steps.a.output }}'),
    because: 'reads step a, which does not run every time in scope box;',
  },
  {
    about: 'a step in a scope in one case of a branch',
    graph: reading(
      (path) => path.branch('if', { '{{ trigger.data }}': (x) => x.scope('box', step('a')), else: stay }),
      '{{ steps.a.output }}',
    ),
    because: 'reads step a, which only runs in some cases of branch if;',
  },
  {
    about: 'a step in a scope inside a scope with a handler',
    graph: reading(
      (path) => path.scope('box', (inner) => inner.scope('in', step('a')), { handler: step('h') }),
      '{{ steps.a.output }}',
    ),
    because: 'reads step a, which does not run every time in scope box;',
  },
  {
    about: 'what a handler reads of what may have failed',
    graph: workflow()
      .scope('box', (path) => path.step('a').step('b'), {
        handler: (path) => path.step('c', { input: { value: '{{ steps.a.output }}' } }),
      })
      .graph(),
    because: 'reads step a, which may not have run when scope box failed;',
  },
  {
    about: 'a step that goes on when it has failed',
    graph: reading((path) => path.step('a', { onFailure: 'continue' }), '{{ steps.a.output }}'),
    because: 'reads the output of a, which is empty when that step has failed and the run went on.',
  },
  {
    about: 'a step that is passed over at times',
    graph: reading((path) => path.step('a', { skipWhen: '{{ trigger.data }}' }), '{{ steps.a.output }}'),
    because: 'reads the output of a, which is empty when that step was passed over.',
  },
  {
    about: 'a condition of a repeat that is asked before its body',
    graph: workflow().repeat('again', step('a'), { until: '{{ steps.a.output }}', test: 'before' }).graph(),
    because: 'The condition of again reads step a, which does not run before the first pass;',
  },
  {
    about: 'a condition of a repeat that reads what does not run every time',
    graph: workflow()
      .repeat('again', (path) => path.scope('box', (inner) => inner.branch('if', cases)), {
        until: '{{ steps.a.output }}',
      })
      .graph(),
    because: 'The condition of again reads step a, which does not run every time;',
  },
  {
    about: 'an undo of a scope that reads what does not run every time',
    graph: changed(
      workflow()
        .scope('box', (path) => path.branch('if', cases))
        .graph(),
      'box',
      undoOf({ value: '{{ steps.a.output }}' }),
    ),
    because: 'The undo of box reads step a, which does not run every time;',
  },
  {
    about: 'an undo that reads its own result by name',
    graph: changed(workflow().step('a').graph(), 'a', undoOf({ value: '{{ steps.a.output }}' })),
    because: 'The undo of step a reads step a, which is not before it; use step.output for its own result.',
  },
  {
    about: 'an undo that reads what comes later',
    graph: changed(workflow().step('a').step('b').graph(), 'a', undoOf({ value: '{{ steps.b.output }}' })),
    because:
      'The undo of step a reads step b, which is not before it; an undo can read its own step and what came before it.',
  },
  {
    about: 'an input that is missing, by its title',
    graph: picking({ size: null }),
    options: known,
    because: 'Step a needs "Size";',
  },
  {
    about: 'an input of an undo that is missing, by its title',
    graph: changed(picking({}), 'a', undoOf({})),
    options: known,
    because: 'The undo of step a uses connector test, which does not exist;',
  },
  {
    about: 'a value of another type',
    graph: picking({ address: [] }),
    options: known,
    because: 'Step a wants an object as "Address", but gets [];',
  },
  {
    about: 'a value that is not among those allowed',
    graph: picking({ size: 'l' }),
    options: known,
    because: 'Step a wants one of s, m as "Size", but gets "l";',
  },
  {
    about: 'a value of another type out of another step',
    graph: changed(picking({}), 'b', { input: { parcel: '{{ steps.a.output.parcel.stops }}' } }),
    options: known,
    because: 'Step b wants a string as "Parcel", but gets an array from a;',
  },
  {
    about: 'a circle, all of it',
    graph: withEdge(workflow().step('a').step('b').step('c').step('d').graph(), 'c', 'out', 'b'),
    because: 'The edges run in a circle: b → c → b.',
  },
  {
    about: 'branches that meet',
    graph: withEdge(
      workflow()
        .parallel('p', [step('a'), step('b')])
        .step('c')
        .step('d')
        .graph(),
      'a',
      'out',
      'd',
    ),
    because: 'Parallel branches from a and c meet at d,',
  },
  {
    about: 'a loser that leaves its branch',
    graph: workflow()
      .parallel(
        'p',
        [step('c'), (path) => path.branch('if', { '{{ trigger.data }}': (out) => out.end('early'), else: step('b') })],
        anyOf,
      )
      .graph(),
    because: 'Join p join cancels its losers, but if can leave the branch to early;',
  },
  {
    about: 'a way back to a save-point that meets the way on',
    graph: withEdge(
      workflow()
        .scope('box', step('a'), { resume: step('r') })
        .step('x')
        .step('b')
        .graph(),
      'r',
      'out',
      'b',
    ),
    because: 'Step b is reached when save-point box resumes, and from x as well;',
  },
  {
    about: 'a pivot beside another step',
    graph: workflow()
      .parallel('p', [(path) => path.step('a', { undo: 'pivot' }), (path) => path.scope('box', step('b'))])
      .graph(),
    because: 'Pivot a runs beside b:',
  },
  {
    about: 'a step that cannot be undone, before one that can fail',
    graph: workflow().step('a', { undo: 'irreversible' }).delay('rest', 1).step('b').graph(),
    because: 'Step a cannot be undone, but b after it can still fail;',
  },
];

describe('the reason that is named', () => {
  it.each(CASES)('for $about', ({ graph, options, because }) => {
    expect(said(graph, options)).toEqual([expect.stringContaining(because)]);
  });
});
