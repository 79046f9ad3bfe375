/**
 * All that is said about outputs, variables and what an expression can see, and no more: each case lists every diagnostic with its place and the fixes it offers. Many are
 * right drawings, about which nothing is said.
 */
import { describe, expect, it } from '@jest/globals';
import { formProblem } from '../task-form.js';
import { workflow } from '../testing/index.js';
import { cases, changed, once, reading, said, stay, step } from '../testing/said.js';
import type { Case } from '../testing/said.js';

const CASES: readonly Case[] = [
  {
    about: 'outputs that nobody reads',
    graph: workflow()
      .transform('t', 1)
      .transform('u', 1, { assign: { x: 1 } })
      .code('c', 'return 1')
      .step('r', { effect: 'read', undo: null })
      .step('k')
      .settings({ variables: { x: 0 } })
      .graph(),
    says: [
      'hint output.unused t | Delete t: remove-node t true',
      'hint output.unused c | Delete c: remove-node c true',
      'hint output.unused r | Delete r: remove-node r true',
    ],
  },
  {
    about: 'outputs that a body ends with',
    graph: workflow()
      .forEach('each', '{{ [1] }}', (path) => path.transform('t', 1))
      .scope('box', (path) => path.transform('u', 1).step('a'))
      .graph(),
    says: ['hint output.unused u | Delete u: remove-node u true'],
  },
  {
    about: 'outputs of which all are read',
    graph: workflow().transform('t', 1).end('end', '{{ steps }}').graph(),
    says: [],
  },
  {
    about: 'start values that read, or cannot be read',
    graph: workflow()
      .settings({ variables: { a: '{{ trigger.data }}', b: '{{ 1 + }}', c: 'plain', d: { e: 1 } } })
      .step('a')
      .graph(),
    says: [
      'error template.not-allowed at settings.variables.a | Let a begin empty: set-setting ["variables","a"] null',
      'error template.not-allowed at settings.variables.b | Let b begin empty: set-setting ["variables","b"] null',
    ],
  },
  {
    about: 'variables that are written without being declared',
    graph: workflow()
      .settings({ variables: { x: 0 } })
      .transform('t', null, { assign: { x: 1, y: 1 } })
      .scope('box', (path) => path.transform('u', null, { assign: { z: 1, w: 1 } }), { variables: { z: 0 } })
      .graph(),
    says: [
      'warning reference.unknown-variable t at assign.y | Declare y in the workflow: set-setting ["variables","y"] null',
      'warning reference.unknown-variable u at assign.w | Declare w in the workflow: set-setting ["variables","w"] null',
    ],
  },
  {
    about: 'variables that are read without being declared',
    graph: workflow()
      .settings({ variables: { x: 0 } })
      .scope('box', step('a'), { variables: { z: 0 } })
      .step('c', { input: { value: ['{{ vars.x }}', '{{ vars.z }}', '{{ vars.gone }}', '{{ vars }}'] } })
      .graph(),
    says: [
      'error reference.unknown-variable c at input.value.1',
      'error reference.unknown-variable c at input.value.2',
    ],
  },
  {
    about: 'roots that are there, and that are not',
    graph: reading(step('a'), [
      '{{ trigger.data }}',
      '{{ run.id }}',
      '{{ env.region }}',
      '{{ steps }}',
      '{{ secrets.key }}',
      '{{ item }}',
      '{{ index }}',
      '{{ previous }}',
      '{{ error }}',
      '{{ step.output }}',
    ]),
    says: [
      'error reference.unknown-root c at input.value.4',
      'error reference.wrong-place c at input.value.5',
      'error reference.wrong-place c at input.value.6',
      'error reference.wrong-place c at input.value.7',
      'error reference.wrong-place c at input.value.8',
      'error reference.wrong-place c at input.value.9',
    ],
  },
  {
    about: 'roots in a for-each',
    graph: workflow()
      .forEach('each', '{{ [1] }}', (path) =>
        path.step('a', { input: { value: ['{{ item }}', '{{ index }}', '{{ previous }}'] } }),
      )
      .graph(),
    says: ['error reference.wrong-place a at input.value.2'],
  },
  {
    about: 'roots in a repeat',
    graph: workflow()
      .repeat(
        'again',
        (path) => path.step('a', { input: { value: ['{{ item }}', '{{ index }}', '{{ previous }}'] } }),
        { until: '{{ index > 1 and previous and item }}' },
      )
      .graph(),
    says: ['error reference.wrong-place again at until', 'error reference.wrong-place a at input.value.0'],
  },
  {
    about: 'roots in a handler, and in a scope inside one',
    graph: workflow()
      .scope('box', step('a'), {
        handler: (path) =>
          path
            .step('h', { input: { value: '{{ error.code }}' } })
            .scope('in', (inner) => inner.step('i', { input: { value: '{{ error.code }}' } })),
      })
      .step('c', { input: { value: '{{ error }}' } })
      .graph(),
    says: ['error reference.wrong-place c at input.value'],
  },
  {
    about: 'reading what comes later, what is not there, and itself',
    graph: workflow()
      .step('a', { input: { value: ['{{ steps.b.output }}', '{{ steps.nobody.output }}', '{{ steps.a.output }}'] } })
      .step('b')
      .graph(),
    says: [
      'error reference.not-yet a at input.value.0',
      'error reference.unknown-step a at input.value.1',
      'error reference.not-yet a at input.value.2',
    ],
  },
  {
    about: 'reading what is beside',
    graph: workflow()
      .parallel('p', [step('a'), (path) => path.step('b', { input: { value: '{{ steps.a.output }}' } })])
      .graph(),
    says: ['error reference.not-yet b at input.value'],
  },
  {
    about: 'reading into a loop, and its results',
    graph: reading(
      (path) => path.forEach('each', '{{ [1] }}', step('a')),
      ['{{ steps.a.output }}', '{{ steps.each.output.results }}', '{{ steps.each.output.sum }}'],
    ),
    says: ['error reference.inside-loop c at input.value.0', 'warning reference.unknown-field c at input.value.2'],
  },
  {
    about: 'reading into a scope, and into a branch inside it',
    graph: reading(
      (path) => path.scope('box', (inner) => inner.step('x').branch('if', cases)),
      ['{{ steps.x.output }}', '{{ steps.a.output }}', '{{ steps.a.status }}'],
    ),
    says: ['warning reference.uncertain c at input.value.1'],
  },
  {
    about: 'reading what only runs in one case',
    graph: reading(
      (path) => path.branch('if', cases),
      ['{{ steps.a.output }}', '{{ steps.a.error }}', '{{ steps.if.output }}'],
    ),
    says: ['warning reference.uncertain c at input.value.0'],
  },
  {
    about: 'reading behind one case of an inclusive choice, a wait, an outcome',
    graph: reading(
      (path) =>
        path
          .inclusive('some', { ...once, else: stay })
          .race('first', { late: { afterMs: 1, then: step('x') }, soon: { afterMs: 2, then: stay } })
          .task('ask', { yes: step('y'), no: stay }, { timeoutMs: 1 }),
      ['{{ steps.a.output }}', '{{ steps.x.output }}', '{{ steps.y.output }}'],
    ),
    says: [
      'warning reference.uncertain c at input.value.0',
      'warning reference.uncertain c at input.value.1',
      'warning reference.uncertain c at input.value.2',
    ],
  },
  {
    about: 'reading what may have failed, or run out of time, or was passed over',
    graph: reading(
      (path) =>
        path
          .step('a', { onFailure: 'continue' })
          .step('b', { skipWhen: '{{ trigger.data }}' })
          .step('x', { error: stay })
          .step('y', { timeout: stay }),
      ['{{ steps.a.output }}', '{{ steps.b.output }}', '{{ steps.x.output }}', '{{ steps.y.output }}'],
    ),
    says: [
      'warning reference.uncertain c at input.value.2',
      'warning reference.uncertain c at input.value.3',
      'hint reference.uncertain c at input.value.0',
      'hint reference.uncertain c at input.value.1',
    ],
  },
  {
    about: 'reading what a guarded step leads to',
    graph: reading(
      (path) => path.step('x', { error: step('z') }).step('y'),
      ['{{ steps.z.output }}', '{{ steps.y.output }}'],
    ),
    says: ['warning reference.uncertain c at input.value.0'],
  },
  {
    about: 'reading a branch that a join does not wait for',
    graph: reading(
      (path) => path.parallel('p', [step('a'), step('b')], { kind: 'any', losers: 'ignore' }),
      '{{ steps.a.output }}',
    ),
    says: ['warning reference.uncertain c at input.value'],
  },
  {
    about: 'reading a branch that a join waits for',
    graph: reading(
      (path) => path.parallel('p', [step('a'), step('b')]),
      ['{{ steps.a.output }}', '{{ steps.b.output }}'],
    ),
    says: [],
  },
  {
    about: 'reading what only one trigger leads to',
    graph: workflow()
      .step('a')
      .trigger('hook', { kind: 'trigger.webhook' })
      .step('c', { input: { value: '{{ steps.a.output }}' } })
      .graph(),
    says: ['warning reference.uncertain c at input.value'],
  },
  {
    about: 'reading into a scope whose handler may have run, and into one that is stopped early',
    graph: reading(
      (path) =>
        path
          .scope('box', step('a'), { handler: step('h') })
          .scope('halted', (inner) =>
            inner.parallel('p', [
              step('b'),
              (two) => two.branch('if', { '{{ trigger.data }}': (x) => x.terminate('stop'), else: stay }),
            ]),
          ),
      ['{{ steps.a.output }}', '{{ steps.b.output }}'],
    ),
    says: ['warning reference.uncertain c at input.value.0', 'warning reference.uncertain c at input.value.1'],
  },
  {
    about: 'a handler that reads what is done',
    graph: workflow()
      .scope('box', (path) => path.step('a').step('b'), {
        handler: (path) =>
          path.step('h', {
            input: { value: ['{{ steps.a.output }}', '{{ steps.a.status }}', '{{ steps.box.output }}'] },
          }),
      })
      .graph(),
    says: ['error reference.not-yet h at input.value.2', 'warning reference.uncertain h at input.value.0'],
  },
  {
    about: 'conditions of repeats that read their body',
    graph: workflow()
      .repeat('one', step('a'), { until: '{{ steps.a.output }}' })
      .repeat('two', step('b'), { until: '{{ steps.b.output }}', test: 'before' })
      .repeat('three', (path) => path.branch('if', { '{{ trigger.data }}': step('c'), else: stay }), {
        until: '{{ steps.c.output }}',
      })
      .repeat('four', (path) => path.forEach('each', '{{ [1] }}', step('d')), { until: '{{ steps.d.output }}' })
      .graph(),
    says: [
      'error reference.inside-loop four at until',
      'warning reference.uncertain two at until',
      'warning reference.uncertain three at until',
    ],
  },
  {
    about: 'undos that read later, before, and their own',
    graph: changed(workflow().step('x').step('a').step('b').graph(), 'a', {
      undo: {
        kind: 'compensation',
        name: 'u',
        connector: 'test',
        operation: 'undo',
        input: {
          value: [
            '{{ steps.b.output }}',
            '{{ steps.a.output }}',
            '{{ steps.x.output }}',
            '{{ step.output.id }}',
            '{{ step.input.step }}',
            '{{ step.input.gone }}',
            '{{ step.status.x }}',
            '{{ step }}',
          ],
        },
      },
    }),
    says: [
      'error undo.reads-later a at undo.input.value.0',
      'error undo.reads-later a at undo.input.value.1',
      'error reference.unknown-field a at undo.input.value.6',
      'warning undo.reads-missing a at undo.input.value.5',
    ],
  },
  {
    about: 'undos of scopes that read what lies inside',
    graph: workflow()
      .scope(
        'box',
        (path) =>
          path
            .step('a')
            .branch('if', { '{{ trigger.data }}': step('b'), else: stay })
            .forEach('each', '{{ [1] }}', step('d')),
        {
          variables: { x: 1 },
          undo: {
            kind: 'compensation',
            name: 'u',
            connector: 'test',
            operation: 'undo',
            input: {
              value: [
                '{{ steps.a.output }}',
                '{{ steps.b.output }}',
                '{{ steps.d.output }}',
                '{{ vars.x }}',
                '{{ vars.y }}',
              ],
            },
          },
        },
      )
      .graph(),
    says: [
      'error reference.inside-loop box at undo.input.value.2',
      'error reference.unknown-variable box at undo.input.value.4',
      'warning reference.uncertain box at undo.input.value.1',
    ],
  },
  {
    about: 'outputs of each kind, and a field that they lack',
    graph: reading(
      (path) =>
        path
          .delay('rest', 1)
          .wait('w', { type: 'paid', correlation: { path: 'id', value: '1' } }, { timeoutMs: 1 })
          .task('ask', { yes: stay }, { timeoutMs: 1 })
          .call('k')
          .call('d', { mode: 'forget', undo: 'irreversible' })
          .respond('r')
          .transform('t', { a: { b: '{{ trigger.data }}' }, n: null, l: [1] }),
      [
        '{{ steps.rest.output.until }}',
        '{{ steps.rest.output.x }}',
        '{{ steps.w.output.data.x }}',
        '{{ steps.w.output.x }}',
        '{{ steps.ask.output.by.name }}',
        '{{ steps.ask.output.x }}',
        '{{ steps.k.output.x }}',
        '{{ steps.d.output.run }}',
        '{{ steps.d.output.x }}',
        '{{ steps.r.output.status }}',
        '{{ steps.r.output.x }}',
        '{{ steps.t.output.a.b.c }}',
        '{{ steps.t.output.a.x }}',
        '{{ steps.t.output.n.x }}',
        '{{ steps.t.output.l.x }}',
      ],
    ),
    says: [
      'warning reference.unknown-field c at input.value.1',
      'warning reference.unknown-field c at input.value.3',
      'warning reference.unknown-field c at input.value.5',
      'warning reference.unknown-field c at input.value.8',
      'warning reference.unknown-field c at input.value.10',
      'warning reference.unknown-field c at input.value.12',
      'warning reference.unknown-field c at input.value.13',
      'warning reference.unknown-field c at input.value.14',
      'warning irreversible.early d at undo',
    ],
  },
  {
    about: 'templates that cannot be read',
    graph: workflow()
      .step('a', { input: { one: '{{ 1 + }}', two: ['fine {{ trigger.id }}', '{{ open'], three: { deep: '{{ ) }}' } } })
      .graph(),
    says: [
      'error template.syntax a at input.one',
      'error template.syntax a at input.two.1',
      'error template.syntax a at input.three.deep',
    ],
  },
  {
    about: 'forms that cannot be used',
    graph: workflow()
      .task('ask', { yes: stay }, { timeoutMs: 1, task: { form: { type: 'nonsense' } } })
      .task('fine', { yes: stay }, { timeoutMs: 1, task: { form: { type: 'object' } } })
      .graph(),
    options: { formProblem },
    says: ['error task.form-invalid ask at task.form | Ask for the outcome only: clear ask ["task","form"]'],
  },
];

describe('what is said about outputs, variables and what an expression can see', () => {
  it.each(CASES)('$about', ({ graph, options, says }) => {
    expect(said(graph, options)).toEqual(says);
  });
});
