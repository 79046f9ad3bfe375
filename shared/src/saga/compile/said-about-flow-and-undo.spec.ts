/**
 * All that is said about circles, joins, pivots and what is undone, and no more: each case lists every diagnostic with its place and the fixes it offers. Many are
 * right drawings, about which nothing is said.
 */
import { describe, expect, it } from '@jest/globals';
import { workflow } from '../testing/index.js';
import { anyOf, cases, changed, pivot, said, step, withEdge, withNode, without } from '../testing/said.js';
import type { Case } from '../testing/said.js';

const CASES: readonly Case[] = [
  {
    about: 'a circle, with something behind it',
    graph: withEdge(workflow().step('a').step('b').step('c').graph(), 'b', 'out', 'a'),
    says: ['error flow.cycle a', 'hint port.implicit-parallel b'],
  },
  {
    about: 'a circle through an error edge',
    graph: withEdge(
      changed(workflow().step('a').step('b').step('c').graph(), 'c', { onFailure: 'error-edge' }),
      'c',
      'error',
      'a',
    ),
    says: ['error flow.cycle a'],
  },
  {
    about: 'two branches that meet without a join',
    graph: without(
      withEdge(
        withEdge(
          workflow()
            .parallel('p', [step('a'), step('b')])
            .step('c')
            .graph(),
          'a',
          'out',
          'c',
        ),
        'b',
        'out',
        'c',
      ),
      'a-out-pJoin',
      'b-out-pJoin',
      'pJoin-out-c',
    ),
    says: [
      'error flow.fires-twice c b-out-c | Put a join before it: insert-join c',
      'warning step.unreachable pJoin | Delete p join: remove-node pJoin false',
    ],
  },
  {
    about: 'branches of which one skips the join',
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
    says: ['error flow.fires-twice d c-out-d | Put a join before it: insert-join d', 'hint port.implicit-parallel a'],
  },
  {
    about: 'two branches of a branch that meet',
    graph: workflow().branch('if', cases).step('c').graph(),
    says: [],
  },
  {
    about: 'a join with one way in, and a parallel step with one way out',
    graph: workflow()
      .parallel('p', [step('a')])
      .graph(),
    says: [
      'warning join.single-input pJoin | Delete p join: remove-node pJoin true',
      'hint parallel.single p | Delete p: remove-node p true',
    ],
  },
  {
    about: 'a join for two of two',
    graph: workflow()
      .parallel('p', [step('a'), step('b')], { kind: 'n-of-m', n: 2, losers: 'ignore' })
      .graph(),
    says: [],
  },
  {
    about: 'a join for three of two',
    graph: workflow()
      .parallel('p', [step('a'), step('b')], { kind: 'n-of-m', n: 3, losers: 'ignore' })
      .graph(),
    says: ['error join.never-fires pJoin at mode.n | Wait for 2: set pJoin ["mode","n"] 2'],
  },
  {
    about: 'a join for two of three, two of which are one choice',
    graph: workflow()
      .parallel('p', [step('c'), (path) => path.branch('if', cases)], { kind: 'n-of-m', n: 3, losers: 'ignore' })
      .graph(),
    says: ['error join.never-fires pJoin at mode.n | Wait for 2: set pJoin ["mode","n"] 2'],
  },
  {
    about: 'a join for two behind a choice',
    graph: changed(workflow().branch('if', cases).join('j').step('c').graph(), 'j', {
      mode: { kind: 'n-of-m', n: 2, losers: 'ignore' },
    }),
    says: ['error join.never-fires j at mode.n | Wait for 1: set j ["mode","n"] 1'],
  },
  {
    about: 'a join for three of four, where three can come together',
    graph: workflow()
      .parallel('p', [step('c'), step('d'), (path) => path.branch('if', cases)], {
        kind: 'n-of-m',
        n: 3,
        losers: 'ignore',
      })
      .graph(),
    says: [],
  },
  {
    about: 'losers that leave their branch',
    graph: workflow()
      .parallel(
        'p',
        [step('c'), (path) => path.branch('if', { '{{ trigger.data }}': (out) => out.end('early'), else: step('b') })],
        anyOf,
      )
      .graph(),
    says: ['error join.losers-escape pJoin if-case0-early | Let the losers finish: set pJoin ["mode","losers"] ignore'],
  },
  {
    about: 'losers that may finish, and leave their branch',
    graph: workflow()
      .parallel(
        'p',
        [step('c'), (path) => path.branch('if', { '{{ trigger.data }}': (out) => out.end('early'), else: step('b') })],
        { kind: 'any', losers: 'ignore' },
      )
      .graph(),
    says: [],
  },
  {
    about: 'losers that end in a failure',
    graph: workflow()
      .parallel(
        'p',
        [step('c'), (path) => path.branch('if', { '{{ trigger.data }}': (out) => out.fail('early'), else: step('b') })],
        anyOf,
      )
      .graph(),
    says: [],
  },
  {
    about: 'losers in a container, and before the fork',
    graph: workflow()
      .step('before')
      .parallel('p', [step('c'), (path) => path.scope('box', (inner) => inner.step('a').step('b'))], anyOf)
      .step('after')
      .graph(),
    says: [],
  },
  {
    about: 'a pivot among losers, and one in a scope among them',
    graph: workflow()
      .parallel('p', [pivot('x'), (path) => path.scope('box', pivot('y')), step('c')], anyOf)
      .graph(),
    says: [
      'error join.pivot-among-losers x | Let the losers finish: set pJoin ["mode","losers"] ignore',
      'error join.pivot-among-losers y | Let the losers finish: set pJoin ["mode","losers"] ignore',
      'warning pivot.parallel x at undo',
      'warning pivot.parallel y at undo',
    ],
  },
  {
    about: 'a pivot beside losers that may finish',
    graph: workflow()
      .parallel('p', [pivot('x'), step('c')], { kind: 'any', losers: 'ignore' })
      .graph(),
    says: ['warning pivot.parallel x at undo'],
  },
  {
    about: 'losers of a join whose branches a trigger begins',
    graph: changed(workflow().step('a').trigger('hook', { kind: 'trigger.webhook' }).join('j').step('c').graph(), 'j', {
      mode: anyOf,
    }),
    says: [],
  },
  {
    about: 'two pivots one after the other',
    graph: workflow().step('a', { undo: 'pivot' }).step('b', { undo: 'pivot' }).graph(),
    says: [
      'error pivot.doubled b at undo | Say that it needs no undo: set b ["undo"] {"kind":"not-needed","reason":"Behind pivot a nothing is undone."}',
    ],
  },
  {
    about: 'two pivots, one for each case',
    graph: workflow()
      .branch('if', { '{{ trigger.data }}': pivot('a'), else: pivot('b') })
      .graph(),
    says: [],
  },
  {
    about: 'a pivot beside a step, and a step in a scope beside it',
    graph: workflow()
      .parallel('p', [pivot('a'), (path) => path.scope('box', step('b'))])
      .graph(),
    says: ['warning pivot.parallel a at undo'],
  },
  {
    about: 'a pivot beside a delay',
    graph: workflow()
      .parallel('p', [pivot('a'), (path) => path.delay('rest', 1)])
      .graph(),
    says: [],
  },
  {
    about: 'a pivot in a loop',
    graph: workflow().forEach('each', '{{ trigger.data }}', pivot('a')).graph(),
    says: ['error pivot.in-loop a at undo | Call it irreversible: set a ["undo"] {"kind":"irreversible"}'],
  },
  {
    about: 'a pivot in a unit',
    graph: workflow().scope('unit', pivot('a'), { undoAsUnit: true }).graph(),
    says: ['error pivot.in-unit a at undo | Undo its steps one by one: set unit ["undoAsUnit"] false'],
  },
  {
    about: 'a pivot in a scope with an undo of its own',
    graph: workflow()
      .scope('own', pivot('a'), {
        undo: { kind: 'compensation', name: 'u', connector: 'test', operation: 'undo', input: {} },
      })
      .graph(),
    says: ['error pivot.in-unit a at undo | Undo its steps one by one: clear own ["undo"]'],
  },
  {
    about: 'a pivot in a scope that needs no undo',
    graph: workflow()
      .scope('own', pivot('a'), { undo: { kind: 'not-needed', reason: 'test' } })
      .graph(),
    says: ['error pivot.in-unit a at undo | Undo its steps one by one: clear own ["undo"]'],
  },
  {
    about: 'a pivot in a scope that is irreversible anyway',
    graph: workflow().scope('own', pivot('a'), { undo: 'irreversible' }).graph(),
    says: [],
  },
  {
    about: 'a pivot in a plain scope in a loop',
    graph: workflow()
      .repeat('again', (path) => path.scope('box', pivot('a')), { until: '{{ previous }}' })
      .graph(),
    says: ['error pivot.in-loop a at undo | Call it irreversible: set a ["undo"] {"kind":"irreversible"}'],
  },
  {
    about: 'an irreversible step before one that can fail',
    graph: workflow().step('a', { undo: 'irreversible' }).step('b').graph(),
    says: ['warning irreversible.early a at undo'],
  },
  {
    about: 'an irreversible step before one that may fail without harm',
    graph: workflow().step('a', { undo: 'irreversible' }).step('b', { onFailure: 'continue' }).graph(),
    says: [],
  },
  {
    about: 'an irreversible step behind a pivot',
    graph: workflow().step('p', { undo: 'pivot' }).step('a', { undo: 'irreversible' }).step('b').graph(),
    says: [],
  },
  {
    about: 'an irreversible step beside one that can fail',
    graph: workflow()
      .parallel('p', [(path) => path.step('a', { undo: 'irreversible' }), step('b')])
      .graph(),
    says: [],
  },
  {
    about: 'an irreversible scope before a call that can fail',
    graph: workflow().scope('box', step('a'), { undo: 'irreversible' }).call('c').graph(),
    says: ['warning irreversible.early box at undo'],
  },
  {
    about: 'a hundred items at once',
    graph: workflow().forEach('each', '{{ trigger.data }}', step('a'), { limit: 100 }).graph(),
    says: [],
  },
  {
    about: 'more than a hundred items at once',
    graph: workflow()
      .forEach('each', '{{ trigger.data }}', (path) => path.transform('t', '{{ item }}').call('c'), { limit: 101 })
      .graph(),
    says: [
      'warning loop.unbounded-effects each at mode.limit | Ten items at a time: set each ["mode","limit"] 10',
      'hint output.unused t | Delete t: remove-node t true',
    ],
  },
  {
    about: 'more than a hundred items at once, with limits inside',
    graph: workflow()
      .forEach(
        'each',
        '{{ trigger.data }}',
        (path) =>
          path
            .step('a', { concurrency: { key: 'k', limit: 1 } })
            .step('b', { rate: { key: 'k', limit: 1, perMs: 1 } })
            .step('r', { effect: 'read', undo: null }),
        { limit: 101 },
      )
      .graph(),
    says: [],
  },
  {
    about: 'a loop of many items with the effect outside',
    graph: workflow()
      .forEach('each', '{{ trigger.data }}', (path) => path.delay('rest', 1), { limit: 500 })
      .step('a')
      .graph(),
    says: [],
  },
  {
    about: 'a step without an undo',
    graph: workflow().step('a', { undo: null }).graph(),
    says: [
      'warning undo.undeclared a at undo | Say that it needs no undo: set a ["undo"] {"kind":"not-needed","reason":"Nothing has to be taken back."} | Say that it cannot be undone: set a ["undo"] {"kind":"irreversible"}',
    ],
  },
  {
    about: 'a step without an undo, where that is strict',
    graph: workflow().settings({ strict: true }).step('a', { undo: null }).call('c', { mode: 'forget' }).graph(),
    says: [
      'error undo.undeclared a at undo | Say that it needs no undo: set a ["undo"] {"kind":"not-needed","reason":"Nothing has to be taken back."} | Say that it cannot be undone: set a ["undo"] {"kind":"irreversible"}',
      'error undo.undeclared c at undo | Say that it needs no undo: set c ["undo"] {"kind":"not-needed","reason":"Nothing has to be taken back."} | Say that it cannot be undone: set c ["undo"] {"kind":"irreversible"}',
    ],
  },
  {
    about: 'reads without an undo',
    graph: workflow()
      .step('a', { effect: 'read', undo: null })
      .step('b', { input: { value: '{{ steps.a.output }}' } })
      .graph(),
    says: [],
  },
  {
    about: 'a call that is waited for, and one that is not',
    graph: workflow()
      .call('c')
      .call('d', { mode: 'forget' })
      .call('e', { mode: 'forget', undo: 'irreversible' })
      .graph(),
    says: [
      'warning undo.undeclared d at undo | Say that it needs no undo: set d ["undo"] {"kind":"not-needed","reason":"Nothing has to be taken back."} | Say that it cannot be undone: set d ["undo"] {"kind":"irreversible"}',
    ],
  },
  {
    about: 'calls of workflows',
    graph: workflow().call('c').call('d', { workflow: 'other' }).call('e', { workflow: 'third' }).graph(),
    options: {
      workflows: [
        { id: 'child', name: 'Child', callable: true },
        { id: 'other', name: 'Other', callable: false },
      ],
    },
    says: ['error workflow.not-callable d at workflow', 'error workflow.unknown e at workflow'],
  },
  {
    about: 'retries of what must not be repeated',
    graph: changed(
      workflow()
        .step('a', { effect: 'at-most-once' })
        .step('b', { effect: 'irreversible', undo: 'irreversible' })
        .step('c')
        .graph(),
      'a',
      { retry: { maxAttempts: 2 } },
    ),
    says: [
      'warning retry.at-most-once a at retry.maxAttempts | One attempt: set a ["retry","maxAttempts"] 1',
      'warning irreversible.early b at undo',
    ],
  },
  {
    about: 'one attempt of what must not be repeated',
    graph: changed(workflow().step('a', { effect: 'at-most-once' }).graph(), 'a', { retry: { maxAttempts: 1 } }),
    says: [],
  },
  {
    about: 'a circle of one step',
    graph: withEdge(workflow().step('a').step('b').graph(), 'b', 'out', 'b'),
    says: ['error flow.cycle b', 'hint port.implicit-parallel b'],
  },
  {
    about: 'cases of an inclusive choice that meet',
    graph: changed(
      workflow()
        .branch('some', { '{{ trigger.data.a }}': step('a'), '{{ trigger.data.b }}': step('b') })
        .step('c')
        .graph(),
      'some',
      { kind: 'inclusive' },
    ),
    says: [
      'error flow.fires-twice c b-out-c | Put a join before it: insert-join c',
      'warning branch.case-unconnected some at else | Put an end behind it: add-end some else',
    ],
  },
  {
    about: 'a join with a way in from what is never reached',
    graph: withEdge(
      withNode(
        workflow()
          .parallel('p', [step('a'), step('b')], { kind: 'n-of-m', n: 3, losers: 'ignore' })
          .graph(),
        'x',
        { kind: 'delay', delay: { kind: 'for', durationMs: 1 }, onFailure: 'fail' },
      ),
      'x',
      'out',
      'pJoin',
    ),
    says: [
      'error join.never-fires pJoin at mode.n | Wait for 2: set pJoin ["mode","n"] 2',
      'warning step.unreachable x | Delete x: remove-node x false',
    ],
  },
  {
    about: 'a join that nothing leads to but a choice of three',
    graph: workflow()
      .parallel(
        'p',
        [
          step('c'),
          (path) =>
            path.branch('if', {
              '{{ trigger.data.a }}': step('a'),
              '{{ trigger.data.b }}': step('d'),
              else: step('b'),
            }),
        ],
        { kind: 'n-of-m', n: 2, losers: 'ignore' },
      )
      .graph(),
    says: [],
  },
  {
    about: 'a save-point whose way back is a circle',
    graph: withEdge(
      workflow()
        .scope('box', step('a'), { resume: (path) => path.step('r').step('s') })
        .step('b')
        .graph(),
      's',
      'out',
      'r',
    ),
    says: ['error flow.cycle r', 'hint port.implicit-parallel s'],
  },
  {
    about: 'a pivot in a scope among losers, two levels deep',
    graph: workflow()
      .parallel('p', [(path) => path.scope('box', (one) => one.scope('in', pivot('y'))), step('c')], anyOf)
      .graph(),
    says: [
      'error join.pivot-among-losers y | Let the losers finish: set pJoin ["mode","losers"] ignore',
      'warning pivot.parallel y at undo',
    ],
  },
  {
    about: 'an irreversible step that is alone',
    graph: workflow().step('a', { undo: 'irreversible' }).graph(),
    says: [],
  },
  {
    about: 'a pivot and an irreversible step that nothing leads to',
    graph: withNode(
      withNode(workflow().step('z').graph(), 'a', {
        kind: 'call',
        workflow: 'child',
        version: { kind: 'latest' },
        mode: 'wait',
        input: {},
        onFailure: 'fail',
        onTimeout: 'fail',
        undo: { kind: 'pivot' },
      }),
      'b',
      {
        kind: 'call',
        workflow: 'child',
        version: { kind: 'latest' },
        mode: 'wait',
        input: {},
        onFailure: 'fail',
        onTimeout: 'fail',
        undo: { kind: 'irreversible' },
      },
    ),
    says: [
      'warning step.unreachable a | Delete a: remove-node a false',
      'warning step.unreachable b | Delete b: remove-node b false',
    ],
  },
  {
    about: 'a unit without a save-point in it, and a scope in a unit',
    graph: workflow()
      .scope('unit', (path) => path.scope('box', step('a')).step('b'), { undoAsUnit: true })
      .graph(),
    says: [],
  },
];

describe('what is said about circles, joins, pivots and what is undone', () => {
  it.each(CASES)('$about', ({ graph, options, says }) => {
    expect(said(graph, options)).toEqual(says);
  });
});
