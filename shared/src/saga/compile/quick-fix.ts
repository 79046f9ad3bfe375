/**
 * Changes that a diagnostic offers: data, so that a server can send them and a client can apply them.
 *
 * 1. Applying a fix removes the diagnostic that offered it and adds no error; errors of steps that could not run before may
 *    come to light.
 * 2. Ids, names and places of what is added follow from the graph alone: the same fix gives the same graph.
 * 3. A fix of something that is no longer there changes nothing.
 */
import { isContainer, mainPort, nodesInside, setIn, stepKey } from '../../graph/index.js';
import type { EdgeId, FieldPath, Graph, GraphEdge, GraphNode, NodeId } from '../../graph/index.js';
import type { Json } from '../../kernel/index.js';

export interface QuickFix {
  /** What a button says: `Delete the edge`. */
  readonly label: string;
  readonly edit: FixEdit;
}

export type FixEdit =
  | { readonly kind: 'remove-edge'; readonly edge: EdgeId }
  /** With what lies in it; `heal` connects what came before with what came after. */
  | { readonly kind: 'remove-node'; readonly node: NodeId; readonly heal: boolean }
  | { readonly kind: 'connect'; readonly from: NodeId; readonly port: string; readonly to: NodeId }
  /** A new end behind a port. */
  | { readonly kind: 'add-end'; readonly from: NodeId; readonly port: string }
  /** A new trigger before a step. */
  | { readonly kind: 'add-trigger'; readonly to: NodeId }
  /** A new join that takes over everything that led to the node. */
  | { readonly kind: 'insert-join'; readonly before: NodeId }
  | { readonly kind: 'set'; readonly node: NodeId; readonly path: FieldPath; readonly value: Json }
  | { readonly kind: 'clear'; readonly node: NodeId; readonly path: FieldPath }
  | { readonly kind: 'set-setting'; readonly path: FieldPath; readonly value: Json }
  /** Directly into a container, or out of everything it lies in. */
  | { readonly kind: 'move'; readonly node: NodeId; readonly into: NodeId | null };

/** @returns the graph with the fix; the same graph when what it is about is gone */
export function applyQuickFix(graph: Graph, { edit }: QuickFix): Graph {
  switch (edit.kind) {
    case 'remove-edge':
      return graph.edges[edit.edge] ? withoutEdges(graph, (edge) => edge.id === edit.edge) : graph;
    case 'remove-node':
      return removeNode(graph, edit.node, edit.heal);
    case 'connect':
      return graph.nodes[edit.from] && graph.nodes[edit.to] ? withEdge(graph, edit.from, edit.port, edit.to) : graph;
    case 'add-end':
      return addBehind(graph, edit.from, edit.port);
    case 'add-trigger': {
      const first = graph.nodes[edit.to];
      if (!first) return graph;
      const { id, name } = free(graph, 'Start');
      const trigger: GraphNode = { id, name, kind: 'trigger.manual', position: moved(first, -320) };
      return withEdge(withNode(graph, trigger), id, 'out', first.id);
    }
    case 'insert-join':
      return insertJoin(graph, edit.before);
    case 'set':
    case 'clear': {
      const node = graph.nodes[edit.node];
      if (!node) return graph;
      const changed = setIn(node, edit.path, edit.kind === 'set' ? edit.value : undefined) as GraphNode;
      return { ...graph, nodes: { ...graph.nodes, [node.id]: changed } };
    }
    case 'set-setting':
      return { ...graph, settings: setIn(graph.settings, edit.path, edit.value) as Graph['settings'] };
    case 'move': {
      const node = graph.nodes[edit.node];
      if (!node) return graph;
      const moved = setIn(node, ['parent'], edit.into ?? undefined) as GraphNode;
      return { ...graph, nodes: { ...graph.nodes, [node.id]: moved } };
    }
  }
}

function removeNode(graph: Graph, id: NodeId, heal: boolean): Graph {
  const node = graph.nodes[id];
  if (!node) return graph;
  const gone = new Set([id, ...(isContainer(node) ? nodesInside(graph, id) : [])]);
  const edges = Object.values(graph.edges);
  const port = mainPort(node);
  const after = edges.filter((edge) => edge.from === id && edge.port === port && !gone.has(edge.to));
  const before = edges.filter((edge) => edge.to === id && !gone.has(edge.from));
  const kept: Graph = {
    ...withoutEdges(graph, (edge) => gone.has(edge.from) || gone.has(edge.to)),
    nodes: Object.fromEntries(Object.entries(graph.nodes).filter(([each]) => !gone.has(each))),
    order: graph.order.filter((each) => !gone.has(each)),
  };
  if (!heal) return kept;
  return before.reduce(
    (healed, into) => after.reduce((now, out) => withEdge(now, into.from, into.port, out.to), healed),
    kept,
  );
}

function addBehind(graph: Graph, from: NodeId, port: string): Graph {
  const node = graph.nodes[from];
  if (!node) return graph;
  const { id, name } = free(graph, 'End');
  const end: GraphNode = { id, name, kind: 'end', position: moved(node, 320), ...sameParent(node) };
  return withEdge(withNode(graph, end), from, port, id);
}

function insertJoin(graph: Graph, before: NodeId): Graph {
  const node = graph.nodes[before];
  if (!node) return graph;
  const { id, name } = free(graph, 'Join');
  const join: GraphNode = {
    id,
    name,
    kind: 'join',
    mode: { kind: 'all' },
    onFailure: 'fail',
    position: moved(node, -160),
    ...sameParent(node),
  };
  const edges = Object.values(graph.edges).map((edge) => (edge.to === before ? { ...edge, to: id } : edge));
  const led = { ...withNode(graph, join), edges: Object.fromEntries(edges.map((edge) => [edge.id, edge])) };
  return withEdge(led, id, 'out', before);
}

const sameParent = (node: GraphNode) => (node.parent === undefined ? {} : { parent: node.parent });
const moved = (node: GraphNode, dx: number) => ({ x: node.position.x + dx, y: node.position.y });

/** An id and a name that nothing has yet: `end` and `End`, `end-2` and `End 2`, ... */
function free(graph: Graph, title: string): { id: NodeId; name: string } {
  const keys = new Set(Object.values(graph.nodes).map((node) => stepKey(node.name)));
  for (let n = 1; ; n += 1) {
    const [id, name] = n === 1 ? [title.toLowerCase(), title] : [`${title.toLowerCase()}-${n}`, `${title} ${n}`];
    if (!graph.nodes[id] && !keys.has(stepKey(name))) return { id, name };
  }
}

function withNode(graph: Graph, node: GraphNode): Graph {
  return { ...graph, nodes: { ...graph.nodes, [node.id]: node }, order: [...graph.order, node.id] };
}

function withEdge(graph: Graph, from: NodeId, port: string, to: NodeId): Graph {
  const edges = Object.values(graph.edges);
  if (edges.some((edge) => edge.from === from && edge.port === port && edge.to === to)) return graph;
  let n = edges.length + 1;
  while (graph.edges[`line-${n}`]) n += 1;
  const id = `line-${n}`;
  return { ...graph, edges: { ...graph.edges, [id]: { id, from, port, to } } };
}

function withoutEdges(graph: Graph, gone: (edge: GraphEdge) => boolean): Graph {
  return { ...graph, edges: Object.fromEntries(Object.entries(graph.edges).filter(([, edge]) => !gone(edge))) };
}

/** Common fixes, by what they do. */
export const fix = {
  deleteEdge: (edge: EdgeId): QuickFix => ({ label: 'Delete the edge', edit: { kind: 'remove-edge', edge } }),
  deleteStep: (node: GraphNode, heal = false): QuickFix => ({
    label: `Delete ${node.name}`,
    edit: { kind: 'remove-node', node: node.id, heal },
  }),
  addEnd: (from: NodeId, port: string): QuickFix => ({
    label: 'Put an end behind it',
    edit: { kind: 'add-end', from, port },
  }),
  set: (label: string, node: NodeId, path: FieldPath, value: Json): QuickFix => ({
    label,
    edit: { kind: 'set', node, path, value },
  }),
  clear: (label: string, node: NodeId, path: FieldPath): QuickFix => ({ label, edit: { kind: 'clear', node, path } }),
};
