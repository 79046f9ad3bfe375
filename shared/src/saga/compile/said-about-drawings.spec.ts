/**
 * All that is said about lines, names, containers, ports and cases, and no more: each case lists every diagnostic with its place and the fixes it offers. Many are
 * right drawings, about which nothing is said.
 */
import { describe, expect, it } from '@jest/globals';
import { workflow } from '../testing/index.js';
import { cases, changed, HOUR, reading, said, stay, step, withEdge, withNode, without } from '../testing/said.js';
import type { Case } from '../testing/said.js';

const CASES: readonly Case[] = [
  {
    about: 'a plain chain',
    graph: workflow().step('a').step('b').graph(),
    says: [],
  },
  {
    about: 'a second branch from a step, hinted at',
    graph: withEdge(workflow().step('a').step('b').graph(), 'a', 'out', 'end'),
    says: [
      'error flow.fires-twice end b-out-end | Put a join before it: insert-join end',
      'hint port.implicit-parallel a',
    ],
  },
  {
    about: 'a trigger with two ways',
    graph: withEdge(workflow().step('a').step('b').graph(), 'start', 'out', 'b'),
    says: [
      'error flow.fires-twice b a-out-b | Put a join before it: insert-join b',
      'hint port.implicit-parallel start',
    ],
  },
  {
    about: 'an edge drawn twice',
    graph: withEdge(workflow().step('a').step('b').graph(), 'a', 'out', 'b'),
    says: ['error edge.duplicate a-out-b-more | Delete the edge: remove-edge a-out-b-more'],
  },
  {
    about: 'edges that lead to or from nowhere',
    graph: withEdge(withEdge(workflow().step('a').graph(), 'a', 'out', 'nowhere'), 'nowhere', 'out', 'a'),
    says: [
      'error edge.dangling a-out-nowhere | Delete the edge: remove-edge a-out-nowhere',
      'error edge.dangling nowhere-out-a | Delete the edge: remove-edge nowhere-out-a',
    ],
  },
  {
    about: 'an edge into a trigger and one from an end',
    graph: withEdge(withEdge(workflow().step('a').graph(), 'a', 'out', 'start'), 'end', 'out', 'a'),
    says: [
      'error trigger.incoming start a-out-start | Delete the edge: remove-edge a-out-start',
      'error end.outgoing end end-out-a | Delete the edge: remove-edge end-out-a',
    ],
  },
  {
    about: 'an error edge that is not used',
    graph: withEdge(workflow().step('a').step('b').graph(), 'a', 'error', 'b'),
    says: [
      'error failure.error-edge-unused a a-error-b at onFailure | Leave by the error edge on failure: set a ["onFailure"] error-edge | Delete the edge: remove-edge a-error-b',
    ],
  },
  {
    about: 'an error edge back to before, which cannot be taken up',
    graph: withEdge(workflow().step('a').step('b').graph(), 'b', 'error', 'a'),
    says: ['error failure.error-edge-unused b b-error-a at onFailure | Delete the edge: remove-edge b-error-a'],
  },
  {
    about: 'a timeout edge that is not used',
    graph: withEdge(workflow().step('a').step('b').graph(), 'a', 'timeout', 'b'),
    says: [
      'error failure.timeout-edge-unused a a-timeout-b at onTimeout | Leave by the timeout edge: set a ["onTimeout"] timeout-edge | Delete the edge: remove-edge a-timeout-b',
    ],
  },
  {
    about: 'a timeout edge of a step that has no such choice',
    graph: withEdge(workflow().transform('t', 1, { assign: {} }).step('b').graph(), 't', 'timeout', 'b'),
    says: [
      'error edge.port-unknown t t-timeout-b | Delete the edge: remove-edge t-timeout-b',
      'hint output.unused t | Delete t: remove-node t true',
    ],
  },
  {
    about: 'a port that there is not',
    graph: withEdge(workflow().step('a').step('b').graph(), 'a', 'sideways', 'b'),
    says: ['error edge.port-unknown a a-sideways-b | Delete the edge: remove-edge a-sideways-b'],
  },
  {
    about: 'an edge to resume by from a plain scope, to steps of its own',
    graph: withEdge(withNode(workflow().scope('box', step('a')).graph(), 'z', { kind: 'end' }), 'box', 'resume', 'z'),
    says: [
      'error savepoint.resume-unused box box-resume-z at savePoint | Make it a save-point: set box ["savePoint"] true | Delete the edge: remove-edge box-resume-z',
      'warning step.unreachable z | Delete z: remove-node z false',
    ],
  },
  {
    about: 'an edge to resume by from a plain scope, to steps of others',
    graph: withEdge(workflow().scope('box', step('a')).step('b').graph(), 'box', 'resume', 'b'),
    says: ['error savepoint.resume-unused box box-resume-b at savePoint | Delete the edge: remove-edge box-resume-b'],
  },
  {
    about: 'a resume edge of a step that is no scope',
    graph: withEdge(workflow().step('a').step('b').graph(), 'a', 'resume', 'b'),
    says: ['error edge.port-unknown a a-resume-b | Delete the edge: remove-edge a-resume-b'],
  },
  {
    about: 'an edge into a container other than by its body',
    graph: withEdge(workflow().scope('box', step('a')).step('b').graph(), 'start', 'out', 'a'),
    says: ['error edge.crosses-border start start-out-a | Delete the edge: remove-edge start-out-a'],
  },
  {
    about: 'an edge out of a container',
    graph: withEdge(workflow().scope('box', step('a')).step('b').graph(), 'a', 'out', 'b'),
    says: ['error edge.crosses-border a a-out-b | Delete the edge: remove-edge a-out-b'],
  },
  {
    about: 'the body of one container leading into another',
    graph: withEdge(workflow().scope('box', step('a')).scope('next', step('b')).graph(), 'box', 'body', 'b'),
    says: ['error edge.crosses-border box box-body-b | Delete the edge: remove-edge box-body-b'],
  },
  {
    about: 'no trigger, and a first step',
    graph: withNode({ ...workflow().graph(), nodes: {}, edges: {}, order: [] }, 'only', { kind: 'end' }),
    says: [
      'error trigger.missing | Start only by hand: add-trigger only',
      'error end.missing',
      'warning step.unreachable only | Delete only: remove-node only false',
    ],
  },
  {
    about: 'two triggers for calls that lead to the same step',
    graph: workflow({ kind: 'trigger.called' }).trigger('again', { kind: 'trigger.called' }).step('a').graph(),
    says: ['error trigger.called-doubled again | Delete again: remove-node again false'],
  },
  {
    about: 'two triggers for calls, the second with steps of its own',
    graph: withEdge(
      withNode(
        withNode(workflow({ kind: 'trigger.called' }).step('a').graph(), 'again', { kind: 'trigger.called' }),
        'z',
        { kind: 'end' },
      ),
      'again',
      'out',
      'z',
    ),
    says: ['error trigger.called-doubled again'],
  },
  {
    about: 'no end, and a step that could lead to one',
    graph: without(workflow().step('a').graph(), 'a-out-end'),
    says: [
      'error end.missing | Put an end behind a: add-end a out',
      'error step.no-exit a | Put an end behind it: add-end a out',
      'warning step.unreachable end | Delete end: remove-node end false',
    ],
  },
  {
    about: 'no end, but a terminate',
    graph: workflow().step('a').terminate('halt').graph(),
    says: [],
  },
  {
    about: 'only an end inside a container',
    graph: workflow()
      .scope('box', (path) => path.end('inner'))
      .fail('f')
      .graph(),
    says: ['error end.missing'],
  },
  {
    about: 'two names that are read alike',
    graph: withEdge(changed(workflow().step('a').step('b').step('c').graph(), 'b', { name: 'A' }), 'a', 'error', 'b'),
    says: [
      'error failure.error-edge-unused a a-error-b at onFailure | Leave by the error edge on failure: set a ["onFailure"] error-edge | Delete the edge: remove-edge a-error-b',
      'error name.duplicate b at name | Name it A 2: set b ["name"] A 2',
    ],
  },
  {
    about: 'two names alike with the next one taken',
    graph: changed(changed(workflow().step('a').step('b').step('c').graph(), 'b', { name: 'A' }), 'c', { name: 'A 2' }),
    says: ['error name.duplicate b at name | Name it A 3: set b ["name"] A 3'],
  },
  {
    about: 'a trigger inside a container',
    graph: changed(without(workflow().scope('box', step('a')).graph(), 'start-out-box'), 'start', { parent: 'box' }),
    says: [
      'error end.missing',
      'error trigger.inside start | Move start out: move start null',
      'error trigger.unconnected start | Put an end behind it: add-end start out',
      'warning step.unreachable box',
      'warning step.unreachable a | Delete a: remove-node a false',
      'warning step.unreachable end | Delete end: remove-node end false',
    ],
  },
  {
    about: 'a parent that there is not',
    graph: changed(workflow().step('a').graph(), 'a', { parent: 'gone' }),
    says: ['error parent.invalid a at parent | Move a out: move a null'],
  },
  {
    about: 'a parent that holds no steps',
    graph: changed(workflow().step('a').step('b').graph(), 'b', { parent: 'a' }),
    says: ['error parent.invalid b at parent | Move b out: move b null'],
  },
  {
    about: 'a step in a group',
    graph: changed(withNode(workflow().step('a').graph(), 'g', { kind: 'group', size: { width: 1, height: 1 } }), 'a', {
      parent: 'g',
    }),
    says: [],
  },
  {
    about: 'a step that nothing leads to, and one that is read',
    graph: withNode(withNode(reading(stay, '{{ steps.y.output }}'), 'x', { kind: 'transform', values: 1 }), 'y', {
      kind: 'transform',
      values: 1,
    }),
    says: [
      'error reference.not-yet c at input.value',
      'warning step.unreachable x | Delete x: remove-node x false',
      'warning step.unreachable y',
    ],
  },
  {
    about: 'a loop that nothing leads to, with a step that is read',
    graph: withEdge(
      withNode(
        withNode(reading(stay, '{{ steps.y.output }}'), 'x', {
          kind: 'for-each',
          items: '{{ [1] }}',
          mode: { kind: 'sequential' },
          onItemFailure: 'fail',
          onFailure: 'fail',
          onTimeout: 'fail',
        }),
        'y',
        { kind: 'transform', values: 1, parent: 'x' },
      ),
      'x',
      'body',
      'y',
    ),
    says: ['error reference.not-yet c at input.value', 'warning step.unreachable x', 'warning step.unreachable y'],
  },
  {
    about: 'an empty container with a step to begin with',
    graph: without(workflow().scope('box', step('a')).graph(), 'box-body-a'),
    says: [
      'error container.empty box | Begin with a: connect box body a | Delete box: remove-node box true',
      'warning step.unreachable a | Delete a: remove-node a false',
    ],
  },
  {
    about: 'an empty container without one',
    graph: withEdge(
      withEdge(
        without(
          withNode(workflow().step('a').graph(), 'box', {
            kind: 'scope',
            savePoint: false,
            undoAsUnit: false,
            onFailure: 'fail',
            onTimeout: 'fail',
          }),
          'a-out-end',
        ),
        'a',
        'out',
        'box',
      ),
      'box',
      'out',
      'end',
    ),
    says: ['error container.empty box | Delete box: remove-node box true'],
  },
  {
    about: 'a branch without an else',
    graph: without(workflow().branch('if', cases).graph(), 'if-else-b'),
    says: [
      'warning branch.case-unconnected if at else | Put an end behind it: add-end if else',
      'warning step.unreachable b | Delete b: remove-node b false',
    ],
  },
  {
    about: 'a branch in a container without an else, and without a case',
    graph: without(
      workflow()
        .scope('box', (path) => path.branch('if', cases))
        .graph(),
      'if-else-b',
      'if-case0-a',
    ),
    says: [
      'warning branch.case-unconnected if at case0 | Put an end behind it: add-end if case0',
      'warning step.unreachable a | Delete a: remove-node a false',
      'warning step.unreachable b | Delete b: remove-node b false',
    ],
  },
  {
    about: 'a branch with one case, never true',
    graph: workflow()
      .branch('if', { '{{ false }}': step('a'), else: step('b') })
      .graph(),
    says: ['warning branch.dead if at cases.0.when'],
  },
  {
    about: 'cases behind one that is always true',
    graph: workflow()
      .branch('if', { '{{ true }}': step('a'), '{{ trigger.data }}': step('c'), true: step('d'), else: step('b') })
      .graph(),
    says: [
      'warning branch.dead if at cases.1.when | Delete case "{{ trigger.data }}": clear if ["cases",1]',
      'warning branch.dead if at cases.2.when | Delete case "true": clear if ["cases",2]',
    ],
  },
  {
    about: 'cases of an inclusive choice, one always true and one never',
    graph: workflow()
      .inclusive('some', {
        '{{ true }}': step('a'),
        '{{ trigger.data }}': step('c'),
        '{{ false }}': step('d'),
        else: step('b'),
      })
      .graph(),
    says: ['warning branch.dead some at cases.2.when | Delete case "{{ false }}": clear some ["cases",2]'],
  },
  {
    about: 'ids of cases that are taken',
    graph: changed(workflow().branch('if', cases).graph(), 'if', {
      cases: [
        { id: 'case0', label: 'x', when: '{{ trigger.data }}' },
        { id: 'case0', label: '', when: '{{ trigger.type }}' },
        { id: 'error', label: 'z', when: '{{ trigger.id }}' },
      ],
    }),
    says: [
      'error port.id-taken if at cases.1.id | Call it case0-2: set if ["cases",1,"id"] case0-2',
      'error port.id-taken if at cases.2.id | Call it error-2: set if ["cases",2,"id"] error-2',
    ],
  },
  {
    about: 'ids of arms and outcomes that are taken',
    graph: changed(
      changed(
        workflow()
          .task('ask', { yes: stay, no: stay }, { timeoutMs: HOUR })
          .race('first', { late: { afterMs: 1, then: stay }, soon: { afterMs: 2, then: stay } })
          .graph(),
        'ask',
        {
          task: {
            title: 't',
            outcomes: [
              { id: 'yes', label: 'y' },
              { id: 'out', label: 'o' },
            ],
            assignees: [],
          },
        },
      ),
      'first',
      {
        arms: [
          { id: 'late', label: 'l', kind: 'timer', delay: { kind: 'for', durationMs: 1 } },
          { id: 'late', label: 's', kind: 'timer', delay: { kind: 'for', durationMs: 2 } },
        ],
      },
    ),
    says: [
      'error edge.port-unknown ask ask-no-first | Delete the edge: remove-edge ask-no-first',
      'error edge.port-unknown first first-soon-end | Delete the edge: remove-edge first-soon-end',
      'error port.id-taken ask at task.outcomes.1.id | Call it out-2: set ask ["task","outcomes",1,"id"] out-2',
      'error port.id-taken first at arms.1.id | Call it late-2: set first ["arms",1,"id"] late-2',
      'warning task.outcome-unconnected ask at out | Put an end behind it: add-end ask out',
    ],
  },
  {
    about: 'an arm and an outcome that lead nowhere',
    graph: without(
      workflow()
        .task('ask', { yes: step('a'), no: stay }, { timeoutMs: HOUR })
        .race('first', { late: { afterMs: 1, then: step('b') }, soon: { afterMs: 2, then: stay } })
        .graph(),
      'ask-yes-a',
      'first-late-b',
    ),
    says: [
      'warning task.outcome-unconnected ask at yes | Put an end behind it: add-end ask yes',
      'warning step.unreachable a | Delete a: remove-node a false',
      'warning race.arm-unconnected first at late | Put an end behind it: add-end first late',
      'warning step.unreachable b | Delete b: remove-node b false',
    ],
  },
  {
    about: 'error and timeout edges that are missing',
    graph: changed(
      changed(
        workflow()
          .step('a')
          .wait('w', { type: 'paid', correlation: { path: 'id', value: '1' } })
          .graph(),
        'a',
        { onFailure: 'error-edge' },
      ),
      'w',
      { onTimeout: 'timeout-edge', timeoutMs: 1 },
    ),
    says: [
      'error failure.error-edge-missing a at onFailure | Let the failure go up instead: set a ["onFailure"] fail | Put an end behind it: add-end a error',
      'error failure.timeout-edge-missing w at onTimeout | Take it for a failure instead: set w ["onTimeout"] fail | Put an end behind it: add-end w timeout',
    ],
  },
  {
    about: 'a save-point that leads nowhere',
    graph: changed(workflow().scope('box', step('a')).graph(), 'box', { savePoint: true }),
    says: [
      'error savepoint.resume-missing box at savePoint | Put an end behind it: add-end box resume | Make it a plain scope: set box ["savePoint"] false',
    ],
  },
  {
    about: 'a save-point whose way back meets the way on',
    graph: withEdge(
      workflow()
        .scope('box', step('a'), { resume: step('r') })
        .step('b')
        .graph(),
      'r',
      'out',
      'b',
    ),
    says: ['error savepoint.resume-meets b box-out-b', 'hint port.implicit-parallel r'],
  },
  {
    about: 'a save-point whose way back is its own, with a scope in it',
    graph: workflow()
      .scope('box', step('a'), { resume: (path) => path.scope('again', step('r')) })
      .step('b')
      .graph(),
    says: [],
  },
  {
    about: 'a save-point in a unit',
    graph: workflow()
      .scope('unit', (path) => path.scope('box', step('a'), { resume: step('r') }).step('b'), { undoAsUnit: true })
      .graph(),
    says: [
      'hint savepoint.ignored box at savePoint | Undo the steps around it one by one: set unit ["undoAsUnit"] false',
    ],
  },
  {
    about: 'a handler that leads to what is done as well',
    graph: withEdge(
      workflow()
        .scope('box', (path) => path.step('a').step('b'), { handler: step('h') })
        .graph(),
      'h',
      'out',
      'b',
    ),
    says: ['error handler.meets-body b h-out-b | Delete the edge: remove-edge h-out-b'],
  },
  {
    about: 'a handler that begins with what is done',
    graph: withEdge(
      workflow()
        .scope('box', (path) => path.step('a').step('b'))
        .graph(),
      'box',
      'handler',
      'b',
    ),
    says: ['error handler.meets-body b box-handler-b | Delete the edge: remove-edge box-handler-b'],
  },
  {
    about: 'an empty container beside a step on the outside',
    graph: withEdge(
      without(
        workflow()
          .step('x')
          .scope('box', (path) => path.step('a').step('b'))
          .graph(),
        'box-body-a',
      ),
      'b',
      'out',
      'a',
    ),
    says: [
      'error container.empty box | Delete box: remove-node box true',
      'warning step.unreachable a | Delete a: remove-node a false',
      'warning step.unreachable b | Delete b: remove-node b false',
    ],
  },
  {
    about: 'no trigger, and a step behind another',
    graph: withEdge(
      withNode(withNode({ ...workflow().graph(), nodes: {}, edges: {}, order: [] }, 'last', { kind: 'end' }), 'first', {
        kind: 'delay',
        delay: { kind: 'for', durationMs: 1 },
        onFailure: 'fail',
      }),
      'first',
      'out',
      'last',
    ),
    says: [
      'error trigger.missing | Start first by hand: add-trigger first',
      'error end.missing',
      'warning step.unreachable last | Delete last: remove-node last false',
      'warning step.unreachable first | Delete first: remove-node first false',
    ],
  },
  {
    about: 'no trigger, and a step inside a container before the first',
    graph: withNode(
      withNode(
        withNode({ ...workflow().graph(), nodes: {}, edges: {}, order: [] }, 'inner', {
          kind: 'delay',
          delay: { kind: 'for', durationMs: 1 },
          onFailure: 'fail',
          parent: 'box',
        }),
        'box',
        { kind: 'scope', savePoint: false, undoAsUnit: false, onFailure: 'fail', onTimeout: 'fail' },
      ),
      'z',
      { kind: 'end' },
    ),
    says: [
      'error trigger.missing | Start box by hand: add-trigger box',
      'error end.missing',
      'warning step.unreachable inner | Delete inner: remove-node inner false',
      'warning step.unreachable box | Delete box: remove-node box false',
      'warning step.unreachable z | Delete z: remove-node z false',
    ],
  },
  {
    about: 'a trigger in a container that leads on',
    graph: changed(workflow().scope('box', step('a')).graph(), 'start', { parent: 'box' }),
    says: [
      'error edge.crosses-border start start-out-box | Delete the edge: remove-edge start-out-box',
      'error end.missing',
      'error trigger.inside start | Move start out: move start null',
      'error trigger.unconnected start | Put an end behind it: add-end start out',
      'warning step.unreachable box',
      'warning step.unreachable a | Delete a: remove-node a false',
      'warning step.unreachable end | Delete end: remove-node end false',
    ],
  },
  {
    about: 'a step in a container that lies in itself',
    graph: changed(workflow().scope('box', step('a')).graph(), 'box', { parent: 'box' }),
    says: [
      'error parent.invalid box at parent | Move box out: move box null',
      'error parent.invalid a at parent | Move a out: move a box',
    ],
  },
  {
    about: 'a step in a container through a holder that is gone',
    graph: changed(
      workflow()
        .scope('box', (path) => path.step('a').step('b'))
        .graph(),
      'b',
      { parent: 'a' },
    ),
    says: ['error parent.invalid b at parent | Move b out: move b box'],
  },
  {
    about: 'ids of cases that are taken, with the next one too',
    graph: changed(workflow().branch('if', cases).graph(), 'if', {
      cases: [
        { id: 'case0', label: 'x', when: '{{ trigger.data }}' },
        { id: 'case0', label: 'y', when: '{{ trigger.type }}' },
        { id: 'case0-2', label: 'z', when: '{{ trigger.id }}' },
      ],
    }),
    says: [
      'error port.id-taken if at cases.1.id | Call it case0-3: set if ["cases",1,"id"] case0-3',
      'warning branch.case-unconnected if at case0-2 | Put an end behind it: add-end if case0-2',
    ],
  },
];

describe('what is said about lines, names, containers, ports and cases', () => {
  it.each(CASES)('$about', ({ graph, options, says }) => {
    expect(said(graph, options)).toEqual(says);
  });
});
