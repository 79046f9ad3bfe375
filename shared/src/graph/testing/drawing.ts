/** Nodes of every kind and graphs for tests of the graph room. */
import fc from 'fast-check';
import type { z } from 'zod';
import type { Json } from '../../kernel/index.js';
import {
  addCase,
  addStep,
  allPorts,
  appendStep,
  connect,
  disconnect,
  duplicateSteps,
  emptyGraph,
  groupSteps,
  insertOnEdge,
  isContainer,
  isHolder,
  mainPort,
  moveInto,
  moveSteps,
  NODE_KINDS,
  nodeSchema,
  removeCase,
  removeSteps,
  renameStep,
  replaceStep,
  setField,
  setUndo,
  spliceIntoEdge,
  tidy,
  unwrapSteps,
  wrapSteps,
} from '../index.js';
import type { ContainerNode, Edit, Graph, GraphNode, NodeId, NodeKind, NodeOf } from '../index.js';

type Source = z.input<typeof nodeSchema>;
type Settings<K extends NodeKind> = Omit<Extract<Source, { kind: K }>, 'kind' | 'id' | 'name' | 'position'>;

/** The least that a node of each kind must say. */
const LEAST: { readonly [K in NodeKind]: Settings<K> } = {
  'trigger.webhook': {},
  'trigger.manual': {},
  'trigger.event': { event: { type: 'order.placed' } },
  'trigger.schedule': { schedule: { kind: 'interval', everyMs: 60_000 } },
  'trigger.connector': { connector: 'shop', trigger: 'orderPlaced' },
  'trigger.called': {},
  'trigger.failure': {},
  action: { connector: 'shop', operation: 'reserve', input: {} },
  transform: { values: {} },
  code: { source: 'return input', input: {} },
  branch: { cases: [{ id: 'big', label: 'big', when: '{{ true }}' }] },
  inclusive: { cases: [{ id: 'big', label: 'big', when: '{{ true }}' }] },
  parallel: {},
  join: { mode: { kind: 'all' } },
  race: { arms: [{ id: 'late', label: 'late', kind: 'timer', delay: { kind: 'for', durationMs: 1000 } }] },
  'for-each': { items: '{{ trigger.data.items }}', mode: { kind: 'sequential' } },
  repeat: { until: '{{ true }}' },
  scope: {},
  delay: { delay: { kind: 'for', durationMs: 1000 } },
  wait: { event: { type: 'paid' } },
  task: { task: { title: 'Approve', outcomes: [{ id: 'yes', label: 'Yes' }] } },
  call: { workflow: 'child', version: { kind: 'latest' }, input: {} },
  emit: { event: { type: 'order.placed' } },
  respond: {},
  end: {},
  fail: { code: 'refused', message: '' },
  terminate: {},
  note: { text: '', size: { width: 160, height: 96 } },
  group: {},
};

/** A node of a kind, with what else it says; its id is its name. */
export function draw<K extends NodeKind>(kind: K, id: string, settings: Partial<Settings<K>> = {}): NodeOf<K> {
  // The table has, for each kind, what the schema wants of it.
  return nodeSchema.parse({ id, name: id, position: { x: 0, y: 0 }, kind, ...LEAST[kind], ...settings }) as NodeOf<K>;
}

export const STEP_KINDS = NODE_KINDS.filter(
  (kind) => !kind.startsWith('trigger.') && kind !== 'note' && kind !== 'group',
);

let count = 0;
export const newId = (): string => `id${++count}`;

/** Stands in for the expression room's rewriter, which has tests of its own. */
export function rewrite(template: Json, from: string, to: string): { template: Json; count: number } {
  const parts = JSON.stringify(template).split(`steps.${from}.`);
  return { template: JSON.parse(parts.join(`steps.${to}.`)) as Json, count: parts.length - 1 };
}

export function must<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('expected a value');
  return value;
}

/** A manual trigger `start`, then the nodes, each behind the one before. */
export function row(...nodes: GraphNode[]): Graph {
  const graph = addStep(emptyGraph(), draw('trigger.manual', 'start'), { x: 0, y: 0 }).graph;
  return behind(graph, 'start', 'out', ...nodes);
}

/** More nodes behind a port, each behind the one before. */
export function behind(graph: Graph, from: NodeId, port: string, ...nodes: GraphNode[]): Graph {
  let [now, last, side]: [Graph, NodeId, string] = [graph, from, port];
  for (const node of nodes) {
    now = must(appendStep(now, last, side, node, newId)).graph;
    [last, side] = [node.id, mainPort(node) ?? ''];
  }
  return now;
}

export function line(graph: Graph, from: NodeId, port: string, to: NodeId): Graph {
  return must(connect(graph, from, port, to, newId)).graph;
}

/** Every line as `a.out>b`, sorted. */
export function lines(graph: Graph): string[] {
  return Object.values(graph.edges)
    .map((edge) => `${edge.from}.${edge.port}>${edge.to}`)
    .sort();
}

/** What a person may do, with numbers that choose where. */
export const anyEdit = fc.record({
  what: fc.constantFrom(
    ...Array<'append'>(8).fill('append'),
    ...Array<'insert'>(3).fill('insert'),
    ...Array<'wrap'>(2).fill('wrap'),
    'splice',
    'connect',
    'add',
    'remove',
    'removeAll',
    'disconnect',
    'move',
    'rename',
    'duplicate',
    'replace',
    'field',
    'undo',
    'case',
    'uncase',
    'wrap',
    'group',
    'unwrap',
    'into',
    'tidy',
    'turn',
  ),
  one: fc.nat(1000),
  two: fc.nat(1000),
  flag: fc.boolean(),
});

type Choice = typeof anyEdit extends fc.Arbitrary<infer T> ? T : never;

export function perform(graph: Graph, { what, one, two, flag }: Choice, freshId: () => string = newId): Edit | null {
  const pick = <T>(list: readonly T[], by: number): T | undefined => list[by % Math.max(1, list.length)];
  const ids = graph.order;
  const id = pick(ids, one) ?? '';
  const other = pick(ids, two) ?? '';
  const edge = pick(Object.keys(graph.edges), one) ?? '';
  const node = graph.nodes[id];
  const port = (node && pick(allPorts(node), two)) ?? 'out';
  const kind = pick(STEP_KINDS, one + two) ?? 'action';
  const blank = draw(kind, freshId());
  const some = ids.filter((_, index) => index % 4 === one % 4);
  const holder = pick(Object.values(graph.nodes).filter(isHolder), two);
  switch (what) {
    case 'append':
      return appendStep(graph, id, port, blank, freshId);
    case 'insert':
      return insertOnEdge(graph, edge, blank, freshId);
    case 'splice':
      return spliceIntoEdge(graph, edge, other, freshId);
    case 'connect':
      return connect(graph, id, port, other, freshId);
    case 'add':
      return addStep(
        graph,
        draw(pick(NODE_KINDS, two) ?? 'note', freshId()),
        { x: one, y: two },
        flag ? holder?.id : undefined,
      );
    case 'remove':
      return ids.length > 1 ? removeSteps(graph, [id], flag, freshId) : null;
    case 'removeAll':
      return ids.length > 6 ? removeSteps(graph, some, flag, freshId) : null;
    case 'disconnect':
      return disconnect(graph, [edge]);
    case 'move':
      return moveSteps(graph, { [id]: { x: one, y: two }, ...(flag ? { [other]: { x: two, y: one } } : {}) });
    case 'rename':
      return renameStep(graph, id, `Name ${two}`, rewrite)?.edit ?? null;
    case 'duplicate':
      return ids.length < 60 ? duplicateSteps(graph, [id, other], freshId, rewrite) : null;
    case 'replace':
      return replaceStep(graph, id, flag ? blank : draw(pick(NODE_KINDS, two) ?? 'end', freshId()), []).edit;
    case 'field':
      return node?.kind === 'action'
        ? setField(graph, id, ['input', `f${two % 3}`], `{{ steps.${stepOf(graph, other)}.output }} ${two}`)
        : null;
    case 'undo':
      return node?.kind === 'action' || node?.kind === 'scope' ? setUndo(graph, id, flag ? undefined : UNDO) : null;
    case 'case':
      return addCase(graph, id, { id: freshId(), label: '', when: '' });
    case 'uncase':
      return node?.kind === 'branch' ? removeCase(graph, id, pick(node.cases, two)?.id ?? '') : null;
    case 'wrap': {
      const container: ContainerNode | undefined = isContainer(blank) ? blank : draw('scope', blank.id);
      const wrapped = wrapSteps(graph, flag ? [id] : some, container, freshId);
      return wrapped.ok ? wrapped.value : null;
    }
    case 'group': {
      const grouped = groupSteps(graph, flag ? [id] : some, draw('group', blank.id));
      return grouped.ok ? grouped.value : null;
    }
    case 'unwrap': {
      const unwrapped = unwrapSteps(graph, holder?.id ?? '', freshId);
      return unwrapped.ok ? unwrapped.value : null;
    }
    case 'into':
      return moveInto(graph, [id], flag ? null : (holder?.id ?? null));
    case 'turn': {
      const direction = flag ? 'tb' : 'lr';
      return { graph: { ...graph, settings: { ...graph.settings, direction } }, label: 'Turned', focus: [] };
    }
    default:
      return tidy(graph);
  }
}

const UNDO = { kind: 'compensation' as const, name: 'Back', connector: 'shop', operation: 'release', input: {} };

function stepOf(graph: Graph, id: NodeId): string {
  return graph.nodes[id]?.name.replace(/\W/g, '') ?? 'x';
}

/** A graph with steps, containers and what some edits made of them. */
export const anyGraph: fc.Arbitrary<Graph> = fc
  .array(anyEdit, { minLength: 5, maxLength: 40, size: 'max' })
  .map((edits) => {
    let graph = behind(
      row(draw('action', 'a'), draw('scope', 's'), draw('branch', 'b')),
      's',
      'body',
      draw('action', 'in'),
    );
    for (const each of edits) graph = perform(graph, each)?.graph ?? graph;
    return graph;
  });
