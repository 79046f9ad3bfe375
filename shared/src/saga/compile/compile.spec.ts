import { describe, expect, it } from '@jest/globals';
import { connectorManifestSchema, connectors } from '../../connector/index.js';
import { graphSchema } from '../../graph/index.js';
import type { Graph, GraphNode, RunConcurrency } from '../../graph/index.js';
import { DEFAULT_RETRY } from '../retry.js';
import { formProblem } from '../task-form.js';
import { realise, randomSaga, workflow } from '../testing/index.js';
import type { WorkflowBuilder } from '../testing/index.js';
import { seededRandom } from '../../kernel/index.js';
import { compile } from './compile.js';
import type { CompileOptions } from './compile.js';
import { DIAGNOSTIC_IDS } from './diagnostic.js';
import type { Diagnostic, DiagnosticId } from './diagnostic.js';
import { applyQuickFix } from './quick-fix.js';

interface Case {
  readonly id: DiagnosticId;
  readonly level: Diagnostic['level'];
  /** Node or edge that it points at. */
  readonly at: string | null;
  readonly graph: Graph;
  readonly options?: CompileOptions;
}

const saga = () => workflow().step('a').step('b');
const path = (build: (inner: WorkflowBuilder) => WorkflowBuilder) => build;
const catalogue = { connectors };

/** The graph with an edge more. */
function withEdge(graph: Graph, from: string, port: string, to: string): Graph {
  const id = `${from}-${port}-${to}-more`;
  return { ...graph, edges: { ...graph.edges, [id]: { id, from, port, to } } };
}

function without(graph: Graph, ...edges: string[]): Graph {
  return { ...graph, edges: Object.fromEntries(Object.entries(graph.edges).filter(([id]) => !edges.includes(id))) };
}

function withNode(graph: Graph, id: string, fields: Partial<Extract<GraphNode, { kind: 'action' }>>): Graph {
  const node = { ...graph.nodes[id], ...fields } as GraphNode;
  return { ...graph, nodes: { ...graph.nodes, [id]: node }, order: [...new Set([...graph.order, id])] };
}

const position = { x: 0, y: 0 };
const call = { connector: 'demo-shop', operation: 'ship', input: { orderId: '1', reservationId: '2' } };
const shopUndo = {
  kind: 'compensation',
  name: 'Cancel shipment',
  connector: 'demo-shop',
  operation: 'cancel-shipment',
  input: { orderId: '1' },
} as const;
const shopCall = { ...call, undo: shopUndo, effect: undefined };
const twoBranches = (last: (inner: WorkflowBuilder) => WorkflowBuilder) =>
  workflow().parallel('both', [path((one) => one.step('a')), path((two) => last(two.step('b')))], {
    kind: 'any',
    losers: 'cancel',
  });
const reads = (template: string) =>
  saga()
    .step('c', { input: { value: template } })
    .graph();
const undoReads = (template: string) =>
  withNode(saga().graph(), 'a', {
    undo: { kind: 'compensation', name: 'undo a', connector: 'test', operation: 'undo', input: { value: template } },
  });

const ifGraph = workflow()
  .branch('if', { '{{ trigger.data }}': (one) => one.step('a'), else: (two) => two.step('b') })
  .graph();

/** The graph with some fields of a node changed; null takes a field away. */
function changed(graph: Graph, id: string, fields: object): Graph {
  const all = Object.entries({ ...graph.nodes[id], ...fields }).filter(([, value]) => value !== null);
  return { ...graph, nodes: { ...graph.nodes, [id]: Object.fromEntries(all) as GraphNode } };
}

const inside = (build: (inner: WorkflowBuilder) => WorkflowBuilder) => workflow().scope('box', build);
const schedule = (expression: string, timeZone = 'UTC') =>
  workflow({ kind: 'trigger.schedule', schedule: { kind: 'cron', expression, timeZone } })
    .step('a')
    .graph();
const carrier = connectorManifestSchema.parse({
  id: 'carrier',
  name: 'Carrier',
  description: 'Carries parcels.',
  icon: 'truck',
  credential: { title: 'an API key' },
  operations: {
    pick: {
      title: 'Pick up',
      description: 'Takes a parcel.',
      effect: 'keyed',
      request: { method: 'POST', url: 'https://carrier.example/pick' },
      input: { type: 'object', properties: { weight: { type: 'integer', title: 'Weight' } } },
      outputSample: { parcel: { id: 'p-1', weight: 'heavy' } },
    },
  },
  triggers: { delivered: { title: 'Delivered', description: 'A parcel has arrived.', eventType: 'parcel.delivered' } },
});
const pick = { connector: 'carrier', operation: 'pick', effect: null };
const workflows = [{ id: 'child', name: 'Child', callable: false }];
const waiting = (settings: object) => changed(workflow().task('ask', { yes: stay, no: stay }).graph(), 'ask', settings);
const stay = (path: WorkflowBuilder) => path;
const unread = (build: (path: WorkflowBuilder) => WorkflowBuilder) => build(workflow()).graph();

/** Runs of a drawing without other faults, limited like this. */
function limitedRuns(more: Partial<RunConcurrency>): Graph {
  const concurrency: RunConcurrency = { key: 'one', limit: 1, policy: 'queue', ...more };
  return workflow().settings({ concurrency }).step('a').graph();
}

const CASES: readonly Case[] = [
  {
    id: 'trigger.inside',
    level: 'error',
    at: 'start',
    graph: changed(inside((b) => b.step('a')).graph(), 'start', { parent: 'box' }),
  },
  {
    id: 'trigger.called-doubled',
    level: 'error',
    at: 'again',
    graph: workflow({ kind: 'trigger.called' }).trigger('again', { kind: 'trigger.called' }).step('a').graph(),
  },
  { id: 'trigger.schedule-invalid', level: 'error', at: 'start', graph: schedule('0 9 31 2 *') },
  { id: 'trigger.time-zone-unknown', level: 'error', at: 'start', graph: schedule('0 9 * * *', 'Mars/Olympus') },
  {
    id: 'trigger.connector-unknown',
    level: 'error',
    at: 'start',
    graph: workflow({ kind: 'trigger.connector', connector: 'carrier', trigger: 'lost' }).delay('rest', 1).graph(),
    options: { connectors: { carrier } },
  },
  {
    id: 'step.always-skipped',
    level: 'warning',
    at: 'a',
    graph: workflow().step('a', { skipWhen: '{{ true }}' }).graph(),
  },
  {
    id: 'edge.crosses-border',
    level: 'error',
    at: 'start-out-b-more',
    graph: withEdge(inside((b) => b.step('a').step('b')).graph(), 'start', 'out', 'b'),
  },
  {
    id: 'port.id-taken',
    level: 'error',
    at: 'if',
    graph: changed(ifGraph, 'if', {
      cases: [
        { id: 'case0', label: '', when: '{{ trigger.data }}' },
        { id: 'case0', label: '', when: '{{ trigger.data }}' },
      ],
    }),
  },
  { id: 'parent.invalid', level: 'error', at: 'a', graph: changed(saga().graph(), 'a', { parent: 'b' }) },
  {
    id: 'container.empty',
    level: 'error',
    at: 'box',
    graph: without(inside((b) => b.step('a')).graph(), 'box-body-a'),
  },
  {
    id: 'handler.meets-body',
    level: 'error',
    at: 'b',
    graph: withEdge(
      workflow()
        .scope('box', (b) => b.step('a').step('b'), { handler: (h) => h.step('c') })
        .graph(),
      'c',
      'out',
      'b',
    ),
  },
  {
    id: 'savepoint.resume-missing',
    level: 'error',
    at: 'box',
    graph: changed(inside((b) => b.step('a')).graph(), 'box', { savePoint: true }),
  },
  {
    id: 'savepoint.resume-unused',
    level: 'error',
    at: 'box',
    graph: withEdge(inside((b) => b.step('a')).graph(), 'box', 'resume', 'end'),
  },
  {
    id: 'savepoint.resume-meets',
    level: 'error',
    at: 'b',
    graph: withEdge(
      workflow()
        .scope('box', (b) => b.step('a'), { resume: (r) => r.step('other') })
        .step('b')
        .graph(),
      'other',
      'out',
      'b',
    ),
  },
  {
    id: 'savepoint.ignored',
    level: 'hint',
    at: 'point',
    graph: workflow()
      .scope('unit', (u) => u.scope('point', (b) => b.step('a'), { resume: (r) => r.step('b') }), { undoAsUnit: true })
      .graph(),
  },
  {
    id: 'loop.unbounded-effects',
    level: 'warning',
    at: 'each',
    graph: workflow()
      .forEach('each', '{{ trigger.data }}', (b) => b.step('a'), { limit: 5000 })
      .graph(),
  },
  {
    id: 'loop.constant-condition',
    level: 'warning',
    at: 'again',
    graph: workflow()
      .repeat('again', (b) => b.step('a'), { until: '{{ false }}' })
      .graph(),
  },
  {
    id: 'race.arm-unconnected',
    level: 'warning',
    at: 'first',
    graph: without(
      workflow()
        .race('first', { a: { afterMs: 1, then: (x) => x.step('b') }, c: { afterMs: 2, then: (x) => x.step('d') } })
        .graph(),
      'first-c-d',
    ),
  },
  {
    id: 'race.single',
    level: 'hint',
    at: 'first',
    graph: workflow()
      .race('first', { a: { afterMs: 1, then: stay } })
      .graph(),
  },
  {
    id: 'task.outcome-unconnected',
    level: 'warning',
    at: 'ask',
    graph: without(
      workflow()
        .task('ask', { yes: stay, no: (n) => n.step('a') })
        .graph(),
      'ask-no-a',
    ),
  },
  {
    id: 'task.too-late',
    level: 'warning',
    at: 'ask',
    graph: workflow()
      .task('ask', { yes: stay }, { timeoutMs: 1000, task: { reminderMs: 2000 } })
      .graph(),
  },
  { id: 'input.missing', level: 'error', at: 'each', graph: workflow().forEach('each', ' ', stay).graph() },
  {
    id: 'input.missing',
    level: 'error',
    at: 'w',
    graph: workflow()
      .wait('w', { type: 'paid', correlation: { path: 'data.id', value: '' } })
      .graph(),
  },
  { id: 'input.missing', level: 'error', at: 'if', graph: workflow().branch('if', { '': stay, else: stay }).graph() },
  {
    id: 'task.form-invalid',
    level: 'error',
    at: 'ask',
    graph: workflow()
      .task('ask', { yes: stay }, { task: { form: { type: 'oject' } } })
      .graph(),
    options: { formProblem },
  },
  {
    id: 'filter.invalid',
    level: 'error',
    at: 'start',
    graph: workflow({ kind: 'trigger.event', event: { type: 'paid', filter: { data: { state: 'open' } } } })
      .step('a')
      .graph(),
  },
  {
    id: 'filter.invalid',
    level: 'error',
    at: 'start',
    graph: workflow({ kind: 'trigger.event', event: { type: 'paid', filter: "source = '/shop' AND" } })
      .step('a')
      .graph(),
  },
  {
    id: 'trigger.order-unreadable',
    level: 'error',
    at: 'start',
    graph: workflow({
      kind: 'trigger.event',
      event: { type: 'paid' },
      order: { by: 'order.id', onFailure: 'block' },
    })
      .step('a')
      .graph(),
  },
  {
    id: 'filter.invalid',
    level: 'error',
    at: 'w',
    graph: workflow()
      .wait('w', { type: 'paid', filter: { data: {} } })
      .graph(),
  },
  { id: 'wait.no-timeout', level: 'warning', at: 'w', graph: workflow().wait('w', 'paid').graph() },
  { id: 'wait.no-timeout', level: 'hint', at: 'ask', graph: waiting({}) },
  {
    id: 'wait.no-timeout',
    level: 'warning',
    at: 'first',
    graph: workflow()
      .race('first', { a: { event: 'paid', then: stay }, b: { event: 'sent', then: stay } })
      .graph(),
  },
  { id: 'wait.uncorrelated', level: 'hint', at: 'w', graph: workflow().wait('w', 'paid', { timeoutMs: 1000 }).graph() },
  {
    id: 'timeout.never',
    level: 'warning',
    at: 'w',
    graph: workflow()
      .wait('w', 'paid', { timeout: (t) => t.step('a') })
      .graph(),
  },
  {
    id: 'timeout.total-too-short',
    level: 'warning',
    at: 'a',
    graph: workflow().step('a', { attemptTimeoutMs: 2000, totalTimeoutMs: 1000 }).graph(),
  },
  {
    id: 'deadline.too-short',
    level: 'warning',
    at: null,
    graph: workflow().settings({ deadlineMs: 1000 }).delay('rest', 600).delay('more', 600).graph(),
  },
  {
    id: 'deadline.too-short',
    level: 'warning',
    at: 'box',
    graph: workflow()
      .scope('box', (b) => b.delay('rest', 2000), { timeoutMs: 1000 })
      .graph(),
  },
  {
    id: 'concurrency.reads-later',
    level: 'error',
    at: null,
    graph: limitedRuns({ key: '{{ steps.a.output.customer }}' }),
  },
  { id: 'concurrency.no-quiet-time', level: 'error', at: null, graph: limitedRuns({ policy: 'debounce' }) },
  {
    id: 'concurrency.one-at-a-time',
    level: 'error',
    at: null,
    graph: limitedRuns({ policy: 'debounce', debounceMs: 1000, limit: 3 }),
  },
  {
    id: 'credential.missing',
    level: 'error',
    at: 'a',
    graph: changed(workflow().step('a', { undo: 'irreversible' }).graph(), 'a', { ...pick, input: {} }),
    options: { connectors: { carrier }, credentials: new Set() },
  },
  {
    id: 'input.type-mismatch',
    level: 'warning',
    at: 'b',
    graph: changed(changed(saga().graph(), 'a', { ...pick, input: { weight: 3 } }), 'b', {
      ...pick,
      input: { weight: '{{ steps.a.output.parcel.weight }}' },
    }),
    options: { connectors: { carrier } },
  },
  {
    id: 'input.type-mismatch',
    level: 'warning',
    at: 'a',
    graph: changed(saga().graph(), 'a', { ...pick, input: { weight: 2.5 } }),
    options: { connectors: { carrier } },
  },
  { id: 'workflow.unknown', level: 'error', at: 'c', graph: workflow().call('c').graph(), options: { workflows: [] } },
  {
    id: 'workflow.unknown',
    level: 'error',
    at: 'start',
    graph: workflow({ kind: 'trigger.failure', workflows: ['gone'] })
      .step('a')
      .graph(),
    options: { workflows },
  },
  { id: 'workflow.not-callable', level: 'error', at: 'c', graph: workflow().call('c').graph(), options: { workflows } },
  { id: 'code.syntax', level: 'error', at: 'c', graph: workflow().code('c', 'return {').graph() },
  { id: 'code.syntax', level: 'error', at: 'c', graph: workflow().code('c', 'return await 1').graph() },
  { id: 'code.no-return', level: 'hint', at: 'c', graph: workflow().code('c', 'input.a = 1;').graph() },
  { id: 'key.constant', level: 'warning', at: 'a', graph: workflow().step('a', { idempotencyKey: 'order' }).graph() },
  {
    id: 'secret.plain',
    level: 'warning',
    at: 'a',
    graph: workflow()
      .step('a', { input: { headers: { authorization: `Bearer ${'abcdef012345'.repeat(2)}` } } })
      .graph(),
  },
  { id: 'output.unused', level: 'hint', at: 't', graph: unread((w) => w.transform('t', { a: 1 })) },
  {
    id: 'respond.doubled',
    level: 'warning',
    at: 'two',
    graph: workflow()
      .respond('one')
      .scope('box', (b) => b.respond('two'))
      .graph(),
  },
  {
    id: 'respond.doubled',
    level: 'warning',
    at: 'one',
    graph: workflow()
      .forEach('each', '{{ trigger.data }}', (b) => b.respond('one'))
      .graph(),
  },
  {
    id: 'respond.doubled',
    level: 'warning',
    at: 'two',
    graph: workflow()
      .parallel('p', [(x) => x.respond('one'), (y) => y.respond('two')])
      .graph(),
  },
  {
    id: 'respond.missing',
    level: 'hint',
    at: 'end',
    graph: workflow()
      .branch('if', { '{{ trigger.data }}': (x) => x.respond('one'), else: (y) => y.step('a') })
      .graph(),
  },
  {
    id: 'respond.nobody',
    level: 'hint',
    at: 'one',
    graph: workflow({ kind: 'trigger.called' }).respond('one').graph(),
  },
  {
    id: 'template.not-allowed',
    level: 'error',
    at: null,
    graph: workflow()
      .settings({ variables: { a: '{{ trigger.data }}' } })
      .step('a')
      .graph(),
  },
  { id: 'reference.unknown-variable', level: 'error', at: 'c', graph: reads('{{ vars.nothing }}') },
  {
    id: 'reference.unknown-variable',
    level: 'warning',
    at: 't',
    graph: workflow()
      .transform('t', null, { assign: { nothing: 1 } })
      .graph(),
  },
  {
    id: 'reference.unknown-field',
    level: 'warning',
    at: 'c',
    graph: workflow()
      .transform('t', { a: 1 })
      .step('c', { input: { value: '{{ steps.t.output.b }}' } })
      .graph(),
  },
  { id: 'reference.unknown-field', level: 'error', at: 'c', graph: reads('{{ steps.a.outputs }}') },
  { id: 'reference.unknown-field', level: 'error', at: 'a', graph: undoReads('{{ step.status }}') },
  ...['item', 'index', 'previous', 'error', 'step'].map((root): Case => ({
    id: 'reference.wrong-place',
    level: 'error',
    at: 'c',
    graph: reads(`{{ ${root}.x }}`),
  })),
  {
    id: 'reference.inside-loop',
    level: 'error',
    at: 'c',
    graph: workflow()
      .forEach('each', '{{ trigger.data }}', (b) => b.step('a'))
      .step('c', { input: { value: '{{ steps.a.output }}' } })
      .graph(),
  },
  {
    id: 'reference.not-yet',
    level: 'error',
    at: 'a',
    graph: inside((b) => b.step('a', { input: { value: '{{ steps.box.output }}' } })).graph(),
  },
  {
    id: 'reference.uncertain',
    level: 'warning',
    at: 'c',
    graph: inside((b) => b.branch('if', { '{{ trigger.data }}': (x) => x.step('a'), else: (y) => y.step('b') }))
      .step('c', { input: { value: '{{ steps.a.output }}' } })
      .graph(),
  },
  {
    id: 'reference.uncertain',
    level: 'warning',
    at: 'c',
    graph: workflow()
      .scope('box', (b) => b.step('a'), { handler: (h) => h.step('b') })
      .step('c', { input: { value: '{{ steps.a.output }}' } })
      .graph(),
  },
  {
    id: 'reference.uncertain',
    level: 'warning',
    at: 'h',
    graph: workflow()
      .scope('box', (b) => b.step('a'), { handler: (h) => h.step('h', { input: { value: '{{ steps.a.output }}' } }) })
      .graph(),
  },
  {
    id: 'undo.reads-missing',
    level: 'warning',
    at: 'a',
    graph: changed(undoReads('{{ step.output.parcel.number }}'), 'a', { ...pick, input: { weight: 1 } }),
    options: { connectors: { carrier } },
  },
  { id: 'undo.reads-missing', level: 'warning', at: 'a', graph: undoReads('{{ step.input.nothing }}') },
  {
    id: 'undo.undeclared',
    level: 'warning',
    at: 'c',
    graph: workflow().call('c', { mode: 'forget' }).graph(),
  },
  {
    id: 'failure.timeout-edge-missing',
    level: 'error',
    at: 'a',
    graph: changed(saga().graph(), 'a', { onTimeout: 'timeout-edge' }),
  },
  {
    id: 'failure.timeout-edge-unused',
    level: 'error',
    at: 'a',
    graph: withEdge(saga().graph(), 'a', 'timeout', 'end'),
  },
  {
    id: 'pivot.doubled',
    level: 'error',
    at: 'b',
    graph: inside((x) => x.step('a', { undo: 'pivot' }))
      .scope('next', (x) => x.step('b', { undo: 'pivot' }))
      .graph(),
  },
  {
    id: 'pivot.in-loop',
    level: 'error',
    at: 'a',
    graph: workflow()
      .repeat('again', (b) => b.scope('box', (x) => x.step('a', { undo: 'pivot' })))
      .graph(),
  },
  {
    id: 'pivot.in-unit',
    level: 'error',
    at: 'a',
    graph: workflow()
      .scope('unit', (b) => b.step('a', { undo: 'pivot' }), { undoAsUnit: true })
      .graph(),
  },
  {
    id: 'irreversible.early',
    level: 'warning',
    at: 'a',
    graph: inside((b) => b.step('a', { undo: 'irreversible' }))
      .step('b')
      .graph(),
  },
  {
    id: 'flow.cycle',
    level: 'error',
    at: 'a',
    graph: withEdge(inside((x) => x.step('a').step('b')).graph(), 'b', 'out', 'a'),
  },
  { id: 'trigger.missing', level: 'error', at: null, graph: { ...saga().graph(), nodes: {}, edges: {}, order: [] } },
  { id: 'trigger.incoming', level: 'error', at: 'start', graph: withEdge(saga().graph(), 'a', 'out', 'start') },
  { id: 'trigger.unconnected', level: 'error', at: 'start', graph: without(saga().graph(), 'start-out-a') },
  { id: 'end.missing', level: 'error', at: null, graph: workflow().step('a').fail('f').graph() },
  { id: 'end.outgoing', level: 'error', at: 'end', graph: withEdge(saga().graph(), 'end', 'out', 'b') },
  {
    id: 'step.unreachable',
    level: 'warning',
    at: 'lonely',
    graph: withNode(saga().graph(), 'lonely', {
      id: 'lonely',
      name: 'lonely',
      kind: 'action',
      position,
      onFailure: 'fail',
      ...call,
    }),
  },
  { id: 'step.no-exit', level: 'error', at: 'b', graph: without(saga().graph(), 'b-out-end') },
  {
    id: 'branch.case-unconnected',
    level: 'warning',
    at: 'if',
    graph: without(ifGraph, 'if-else-b'),
  },
  {
    id: 'branch.dead',
    level: 'warning',
    at: 'if',
    graph: workflow()
      .branch('if', { '{{ false }}': (one) => one.step('a'), else: (two) => two.step('b') })
      .graph(),
  },
  {
    id: 'edge.dangling',
    level: 'error',
    at: 'b-out-nowhere-more',
    graph: withEdge(saga().graph(), 'b', 'out', 'nowhere'),
  },
  { id: 'edge.port-unknown', level: 'error', at: 'a', graph: withEdge(saga().graph(), 'a', 'sideways', 'b') },
  { id: 'edge.duplicate', level: 'error', at: 'a-out-b-more', graph: withEdge(saga().graph(), 'a', 'out', 'b') },
  { id: 'port.implicit-parallel', level: 'hint', at: 'start', graph: withEdge(saga().graph(), 'start', 'out', 'end') },
  { id: 'flow.cycle', level: 'error', at: 'a', graph: withEdge(saga().graph(), 'b', 'out', 'a') },
  { id: 'flow.fires-twice', level: 'error', at: 'b', graph: withEdge(saga().graph(), 'start', 'out', 'b') },
  {
    id: 'parallel.single',
    level: 'hint',
    at: 'p',
    graph: workflow()
      .parallel('p', [(one) => one.step('a')])
      .graph(),
  },
  {
    id: 'join.single-input',
    level: 'warning',
    at: 'pJoin',
    graph: workflow()
      .parallel('p', [(one) => one.step('a')])
      .graph(),
  },
  {
    id: 'join.never-fires',
    level: 'error',
    at: 'pJoin',
    graph: workflow()
      .parallel('p', [(one) => one.step('a'), (two) => two.step('b')], { kind: 'n-of-m', n: 3, losers: 'ignore' })
      .graph(),
  },
  {
    id: 'join.losers-escape',
    level: 'error',
    at: 'bothJoin',
    graph: twoBranches((two) =>
      two.branch('if', { '{{ trigger.data }}': (out) => out.end('early'), else: (on) => on.step('c') }),
    ).graph(),
  },
  {
    id: 'join.pivot-among-losers',
    level: 'error',
    at: 'turn',
    graph: twoBranches((two) => two.step('turn', { undo: 'pivot' })).graph(),
  },
  { id: 'name.duplicate', level: 'error', at: 'b', graph: withNode(saga().graph(), 'b', { name: 'A' }) },
  { id: 'connector.unknown', level: 'error', at: 'a', graph: saga().graph(), options: catalogue },
  {
    id: 'operation.unknown',
    level: 'error',
    at: 'a',
    graph: withNode(saga().graph(), 'a', { ...call, operation: 'sink' }),
    options: catalogue,
  },
  {
    id: 'input.missing',
    level: 'error',
    at: 'a',
    graph: withNode(saga().graph(), 'a', { ...call, input: { orderId: '' } }),
    options: catalogue,
  },
  {
    id: 'effect.weakened',
    level: 'error',
    at: 'a',
    graph: withNode(saga().graph(), 'a', { ...call, effect: 'read' }),
    options: catalogue,
  },
  { id: 'template.syntax', level: 'error', at: 'c', graph: reads('{{ 1 + }}') },
  { id: 'reference.unknown-root', level: 'error', at: 'c', graph: reads('{{ secrets.key }}') },
  { id: 'reference.unknown-step', level: 'error', at: 'c', graph: reads('{{ steps.nobody.output }}') },
  {
    id: 'reference.not-yet',
    level: 'error',
    at: 'a',
    graph: withNode(saga().graph(), 'a', { input: { value: '{{ steps.b.output }}' } }),
  },
  {
    id: 'reference.uncertain',
    level: 'warning',
    at: 'c',
    graph: workflow()
      .branch('if', { '{{ trigger.data }}': (one) => one.step('a'), else: (two) => two.step('b') })
      .step('c', { input: { value: '{{ steps.a.output }}' } })
      .graph(),
  },
  { id: 'undo.undeclared', level: 'warning', at: 'a', graph: workflow().step('a', { undo: null }).graph() },
  { id: 'undo.reads-later', level: 'error', at: 'a', graph: undoReads('{{ steps.b.output }}') },
  {
    id: 'undo.unneeded',
    level: 'hint',
    at: 'a',
    graph: withNode(saga().graph(), 'a', {
      connector: 'http',
      operation: 'get',
      input: { url: 'https://example.com' },
      effect: 'read',
    }),
    options: catalogue,
  },
  {
    id: 'retry.at-most-once',
    level: 'warning',
    at: 'a',
    graph: workflow().step('a', { effect: 'at-most-once', retry: DEFAULT_RETRY }).graph(),
  },
  {
    id: 'failure.error-edge-missing',
    level: 'error',
    at: 'a',
    graph: workflow().step('a', { onFailure: 'error-edge' }).graph(),
  },
  { id: 'failure.error-edge-unused', level: 'error', at: 'a', graph: withEdge(saga().graph(), 'a', 'error', 'end') },
  {
    id: 'pivot.doubled',
    level: 'error',
    at: 'b',
    graph: workflow().step('a', { undo: 'pivot' }).step('b', { undo: 'pivot' }).graph(),
  },
  {
    id: 'pivot.parallel',
    level: 'warning',
    at: 'a',
    graph: workflow()
      .parallel('p', [(one) => one.step('a', { undo: 'pivot' }), (two) => two.step('b')])
      .graph(),
  },
  {
    id: 'irreversible.early',
    level: 'warning',
    at: 'a',
    graph: workflow().step('a', { undo: 'irreversible' }).step('b').graph(),
  },
];

const shown = ({ id, level, node, edge }: Diagnostic) => `${level} ${id} at ${node ?? edge}`;

describe('compile', () => {
  it.each(CASES)('says $level $id', ({ id, level, at, graph, options }) => {
    const { diagnostics, definition } = compile(graph, options);
    const places = diagnostics
      .filter((each) => each.id === id)
      .flatMap((each) => [`${each.level} ${each.node}`, `${each.level} ${each.edge}`]);
    expect(places).toContain(`${level} ${at}`);
    if (level === 'error') expect(definition).toBeNull();
  });

  it('has a bad graph here for every diagnostic', () => {
    expect([...new Set(CASES.map(({ id }) => id))].sort()).toEqual([...DIAGNOSTIC_IDS].sort());
  });

  it('names the thing and the way out in every message', () => {
    for (const { graph, options } of CASES) {
      for (const { message } of compile(graph, options).diagnostics) expect(message).toMatch(/[;,:] .+\.$|\. .+\.$/);
    }
  });

  const fixable = CASES.flatMap(({ graph, options, id }) =>
    compile(graph, options).diagnostics.flatMap((diagnostic) =>
      diagnostic.fixes.map((fix) => ({
        from: id,
        id: diagnostic.id,
        label: fix.label,
        graph,
        options,
        diagnostic,
        fix,
      })),
    ),
  );

  it.each(fixable)('mends $id of $from by "$label", and breaks nothing', ({ graph, options, diagnostic, fix }) => {
    const { id, node, edge, field } = diagnostic;
    const isSame = (each: Diagnostic) =>
      each.id === id && each.node === node && each.edge === edge && each.field === field;
    const place = (each: Diagnostic) => `${each.id} ${each.node} ${each.edge} ${each.field}`;
    const errors = (of: Graph) =>
      compile(of, options)
        .diagnostics.filter((each) => each.level === 'error')
        .map(place);
    const mended = applyQuickFix(graph, JSON.parse(JSON.stringify(fix)));
    expect(compile(mended, options).diagnostics.filter(isSame)).toEqual([]);
    expect(errors(mended).filter((each) => !errors(graph).includes(each))).toEqual([]);
    if (graphSchema.safeParse(graph).success) expect(graphSchema.safeParse(mended).error).toBeUndefined();
  });

  it('changes nothing when what a fix is about is gone', () => {
    const empty: Graph = { ...saga().graph(), nodes: {}, edges: {}, order: [] };
    for (const { fix } of fixable) {
      if (fix.edit.kind !== 'set-setting') expect(applyQuickFix(empty, fix)).toEqual(empty);
    }
  });

  it('says nothing about good graphs', () => {
    const good = [
      saga(),
      workflow()
        .parallel('p', [(one) => one.step('a'), (two) => two.step('b')])
        .step('c', { input: { both: '{{ [steps.a.output, steps.b.output] }}' } }),
      workflow()
        .branch('if', { '{{ trigger.data.big }}': (one) => one.step('a'), else: (two) => two.step('b') })
        .step('c'),
      workflow().step('a').step('turn', { undo: 'pivot' }).step('b'),
      workflow().step('a', { error: (aside) => aside.step('b', { input: { why: '{{ steps.a.error.code }}' } }) }),
      twoBranches((two) => two.step('c')),
      workflow().delay('rest', 1000).step('mail', { undo: 'irreversible' }),
      workflow()
        .settings({ variables: { total: 0 }, deadlineMs: 86_400_000 })
        .forEach(
          'each',
          '{{ trigger.data.items }}',
          (b) =>
            b.step('a', { input: { sku: '{{ item.sku }}', at: '{{ index }}' } }).transform('t', '{{ steps.a.output }}'),
          { limit: 10, onItemFailure: 'collect' },
        )
        .step('b', { input: { all: '{{ steps.each.output.results }}', total: '{{ vars.total }}' } }),
      workflow().repeat('again', (b) => b.step('a', { input: { was: '{{ previous }}', pass: '{{ index }}' } }), {
        until: '{{ steps.a.output.done or previous.done }}',
      }),
      workflow()
        .scope('box', (b) => b.step('a', { input: { x: '{{ vars.x }}' } }).scope('inner', (i) => i.step('b')), {
          variables: { x: '{{ trigger.data.x }}' },
          handler: (h) => h.step('tell', { input: { why: '{{ error.code }}' } }),
          timeoutMs: 60_000,
          timeout: (t) => t.step('late'),
        })
        .step('c'),
      workflow()
        .scope('box', (b) => b.step('a').scope('inner', (i) => i.step('b')))
        .step('c', { input: { both: '{{ [steps.a.output, steps.b.output] }}' } }),
      workflow()
        .scope('point', (b) => b.step('a'), { resume: (r) => r.step('other') })
        .step('b'),
      workflow().inclusive('some', {
        '{{ trigger.data.a }}': (a) => a.step('a'),
        '{{ trigger.data.b }}': (b) => b.step('b'),
        else: (e) => e.step('c'),
      }),
      workflow().race('first', {
        paid: {
          event: { type: 'paid', correlation: { path: 'subject', value: '{{ trigger.data.id }}' } },
          then: (p) => p.step('ship'),
        },
        late: { afterMs: 1000, then: (l) => l.step('remind') },
      }),
      workflow().task(
        'ask',
        { yes: (y) => y.step('a'), no: (n) => n.fail('refused') },
        { timeoutMs: 1000, timeout: stay },
      ),
      workflow({ kind: 'trigger.webhook' }).call('child').respond('answer', { body: '{{ steps.child.output }}' }),
      workflow()
        .code('sum', 'return input.a + 1', { input: { a: 1 } })
        .end('end', '{{ steps.sum.output }}'),
    ];
    for (const builder of good) expect(compile(builder.graph()).diagnostics.map(shown)).toEqual([]);
  });

  it('makes an undeclared undo an error in a strict workflow (S2)', () => {
    const graph = workflow().step('a', { undo: null }).graph();
    const strict = compile({ ...graph, settings: { ...graph.settings, strict: true } });
    expect(strict.diagnostics.map(shown)).toContain('error undo.undeclared at a');
    expect(strict.definition).toBeNull();
  });

  it("takes the stricter of the connector's effect class and the author's (S1)", () => {
    const graph = withNode(saga().graph(), 'a', { ...shopCall, effect: 'at-most-once' });
    const { definition } = compile(withNode(graph, 'b', shopCall), { connectors });
    expect(definition?.steps.a).toMatchObject({ effect: 'at-most-once', retry: { maxAttempts: 1 } });
    expect(definition?.steps.b).toMatchObject({ effect: 'keyed', retry: DEFAULT_RETRY });
  });

  it('takes an action of unknown effect for one that must not be repeated (S1)', () => {
    const { definition } = compile(withNode(saga().graph(), 'a', { effect: undefined }));
    expect(definition?.steps.a?.effect).toBe('at-most-once');
  });

  it('keeps connector operation, policies and undo in the definition, so that a run is pinned to them (S8)', () => {
    const { definition } = compile(withNode(workflow().step('a').graph(), 'a', shopCall), { connectors });
    expect(definition?.steps.a).toMatchObject({ ...call, attemptTimeoutMs: 30_000, onFailure: 'fail', undo: shopUndo });
    expect(JSON.parse(JSON.stringify(definition))).toEqual(definition);
  });

  it('leaves out steps that no trigger reaches', () => {
    const lonely = CASES.find(({ id }) => id === 'step.unreachable')?.graph ?? saga().graph();
    const { definition } = compile(lonely);
    expect(definition?.order).toEqual(['a', 'b', 'end']);
    expect(definition?.steps.lonely).toBeUndefined();
  });

  it('gives equal definitions for equal graphs, in causal order', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const { definition } = realise(randomSaga(seededRandom(seed)));
      expect(realise(randomSaga(seededRandom(seed))).definition).toEqual(definition);
      const at = new Map(definition.order.map((id, index) => [id, index]));
      for (const { from, to } of Object.values(definition.transitions))
        expect(at.get(from) ?? -1).toBeLessThan(at.get(to) ?? -1);
    }
  });

  it('compiles a thousand steps', () => {
    let builder = workflow();
    for (let block = 0; block < 200; block += 1) {
      builder = builder
        .parallel(`p${block}`, [(one) => one.step(`a${block}`), (two) => two.step(`b${block}`)])
        .step(`c${block}`, { input: { seen: `{{ steps.a${block}.output }}` } });
    }
    const { definition, diagnostics } = compile(builder.graph());
    expect(diagnostics).toEqual([]);
    expect(definition?.order).toHaveLength(1001);
  });
});

const idsOf = (graph: Graph, options?: CompileOptions) =>
  compile(graph, options).diagnostics.map(({ id, node }) => `${id} ${node}`);
const offersOf = (graph: Graph, id: DiagnosticId) =>
  compile(graph)
    .diagnostics.filter((each) => each.id === id)
    .flatMap((each) => each.fixes.map((fix) => fix.edit.kind));

describe('what can be proved across containers', () => {
  const c = { input: { value: '{{ steps.a.output }}' } };

  it('takes a step for uncertain when a terminate beside it may end its scope first', () => {
    const beside = (stop: (path: WorkflowBuilder) => WorkflowBuilder) =>
      inside((b) =>
        b.parallel('p', [
          (x) => x.step('a'),
          (y) => y.branch('if', { '{{ trigger.data }}': stop, else: (e) => e.step('b') }),
        ]),
      )
        .step('c', c)
        .graph();
    expect(idsOf(beside((x) => x.terminate('halt')))).toContain('reference.uncertain c');
    expect(idsOf(beside((x) => x.step('d')))).not.toContain('reference.uncertain c');
  });

  it('lets the condition of a repeat read a pass that has been, but not one that may never be', () => {
    const repeat = (test: 'before' | 'after') =>
      workflow()
        .repeat('again', (b) => b.step('a'), { test, until: '{{ steps.a.output.done }}' })
        .graph();
    expect(idsOf(repeat('after'))).toEqual([]);
    expect(idsOf(repeat('before'))).toEqual(['reference.uncertain again']);
  });

  it('knows that several cases of an inclusive choice start, and that cases of a branch do not', () => {
    const cases = { '{{ trigger.data.a }}': stay, '{{ trigger.data.b }}': stay };
    const meet = (kind: 'inclusive' | 'branch') =>
      changed(workflow().branch('some', cases).step('a').graph(), 'some', { kind });
    expect(idsOf(meet('inclusive'))).toContain('flow.fires-twice a');
    expect(idsOf(meet('branch'))).not.toContain('flow.fires-twice a');
  });

  it('has no complaint about a wait without a timeout where a scope or the run is bounded', () => {
    const bounded = inside((b) => b.wait('w', 'paid')).graph();
    expect(idsOf(changed(bounded, 'box', { timeoutMs: 1000 }))).not.toContain('wait.no-timeout w');
    expect(idsOf({ ...bounded, settings: { ...bounded.settings, deadlineMs: 1000 } })).not.toContain(
      'wait.no-timeout w',
    );
    expect(idsOf(bounded)).toContain('wait.no-timeout w');
  });

  it('knows the shape of an output only as far as the connector does', () => {
    const get = {
      connector: 'http',
      operation: 'get',
      input: { url: 'https://example.com' },
      effect: null,
      undo: null,
    };
    const reading = (path: string) => changed(reads(`{{ steps.a.output.${path} }}`), 'a', get);
    expect(idsOf(reading('body.anything.at.all'), { connectors })).not.toContain('reference.unknown-field c');
    expect(idsOf(reading('boody'), { connectors })).toContain('reference.unknown-field c');
  });

  it.each(['{{ true }}', '{{ null }}', '{{ trigger.data.a and trigger.data.b }}', 'Order {{ trigger.data.id }}!'])(
    'reads no name that does not exist in %s',
    (text) => {
      expect(idsOf(reads(text))).toEqual([]);
    },
  );
});

describe('fixes that would add an error are not offered', () => {
  it('keeps a step that another one reads', () => {
    const lonely = withNode(reads('{{ steps.lonely.output }}'), 'lonely', {
      ...(saga().graph().nodes['a'] as Extract<GraphNode, { kind: 'action' }>),
      id: 'lonely',
      name: 'lonely',
    });
    expect(offersOf(lonely, 'step.unreachable')).toEqual([]);
  });

  it('puts no end into a branch that a join may cancel', () => {
    const race = twoBranches((two) =>
      two.branch('if', { '{{ trigger.data }}': (x) => x.step('d'), else: (y) => y.step('c') }),
    );
    expect(offersOf(without(race.graph(), 'if-case0-d'), 'branch.case-unconnected')).toEqual([]);
    expect(offersOf(without(ifGraph, 'if-else-b'), 'branch.case-unconnected')).toEqual(['add-end']);
  });

  it('draws no circle', () => {
    expect(offersOf(withEdge(saga().graph(), 'b', 'error', 'a'), 'failure.error-edge-unused')).toEqual(['remove-edge']);
  });
});
