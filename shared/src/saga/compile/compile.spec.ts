import { describe, expect, it } from '@jest/globals';
import { connectors } from '../../connector/index.js';
import type { Graph, GraphNode } from '../../graph/index.js';
import { DEFAULT_RETRY } from '../retry.js';
import { realise, randomSaga, workflow } from '../testing/index.js';
import type { WorkflowBuilder } from '../testing/index.js';
import { seededRandom } from '../../kernel/index.js';
import { compile } from './compile.js';
import type { CompileOptions } from './compile.js';
import { DIAGNOSTIC_IDS } from './diagnostic.js';
import type { Diagnostic, DiagnosticId } from './diagnostic.js';

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

const CASES: readonly Case[] = [
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
    expect(CASES.map(({ id }) => id).sort()).toEqual([...DIAGNOSTIC_IDS].sort());
  });

  it('names the thing and the way out in every message', () => {
    for (const { graph, options } of CASES) {
      for (const { message } of compile(graph, options).diagnostics) expect(message).toMatch(/[;,:] .+\.$|\. .+\.$/);
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
