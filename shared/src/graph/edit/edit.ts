/**
 * Edits: pure functions from graph to graph. Each gives a labelled {@link Edit}; who keeps history (the editor's store)
 * derives a patch and its inverse with `patchOf`, so no edit carries undo logic of its own.
 *
 * 1. An edit never mutates its argument, and shares every node and edge it did not touch (so views can compare by identity).
 * 2. No edit leaves a dangling edge, an edge on a port that its source does not have, or an id in `order` without a node.
 * 3. Fresh ids are an argument (`NewId`): equal arguments give equal graphs.
 *
 * Not in here: patches by path (a patch is whole nodes and edges by id, which is small and merges by id), templates'
 * language (renaming takes the expression room's rewriter as an argument), anything about the screen but positions.
 */
import { stepKey } from '../step-key.js';
import { GRAPH_SCHEMA_VERSION } from '../graph.js';
import type { EdgeId, Graph, GraphEdge, GraphNode, NodeId } from '../graph.js';

export interface Edit {
  readonly graph: Graph;
  /** What history shows, like `Charge card renamed`. */
  readonly label: string;
  /** The nodes that the edit was about: selected and panned to when it is undone or redone. */
  readonly focus: readonly NodeId[];
  /** Edits in a row with the same key are one entry of history. */
  readonly coalesce?: string;
}

/** Gives an id that the graph does not have yet. */
export type NewId = () => string;

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A graph with nothing on it. */
export function emptyGraph(): Graph {
  return {
    schemaVersion: GRAPH_SCHEMA_VERSION,
    settings: { direction: 'lr', strict: false, variables: {} },
    nodes: {},
    edges: {},
    order: [],
  };
}

/** The nodes in the order in which they were added. */
export function nodesInOrder(graph: Graph): GraphNode[] {
  return graph.order.flatMap((id) => graph.nodes[id] ?? []);
}

export function edgesFrom(graph: Graph, id: NodeId, port?: string): GraphEdge[] {
  return Object.values(graph.edges).filter((edge) => edge.from === id && (port === undefined || edge.port === port));
}

export function edgesInto(graph: Graph, id: NodeId): GraphEdge[] {
  return Object.values(graph.edges).filter((edge) => edge.to === id);
}

/**
 * `base`, or `base 2`, `base 3`, ...: free as a name and as a key of expressions.
 *
 * @param taken names that are in use besides those of the graph
 */
export function freeName(graph: Graph, base: string, taken: readonly string[] = []): string {
  const keys = new Set([...Object.values(graph.nodes).map((node) => node.name), ...taken].map(stepKey));
  const stem = base.replace(/ \d+$/, '');
  for (let count = 1; ; count++) {
    const name = count === 1 ? base : `${stem.slice(0, 74)} ${count}`;
    if (!keys.has(stepKey(name))) return name;
  }
}

/** Why a step may not be called so, as a sentence, or null. */
export function nameProblem(graph: Graph, id: NodeId, name: string): string | null {
  const trimmed = name.trim();
  if (trimmed === '') return 'A step needs a name.';
  if (trimmed.length > 80) return 'A name has at most 80 characters.';
  const key = stepKey(trimmed);
  const other = Object.values(graph.nodes).find(
    (node) => node.id !== id && node.kind !== 'note' && stepKey(node.name) === key,
  );
  return other ? `“${other.name}” already has this name; expressions could not tell the two apart.` : null;
}

export function withNodes(graph: Graph, changed: readonly GraphNode[]): Graph {
  if (changed.length === 0) return graph;
  const added = changed.filter((node) => graph.nodes[node.id] === undefined).map((node) => node.id);
  return {
    ...graph,
    nodes: { ...graph.nodes, ...Object.fromEntries(changed.map((node) => [node.id, node])) },
    order: added.length === 0 ? graph.order : [...graph.order, ...added],
  };
}

export function withEdges(graph: Graph, changed: readonly GraphEdge[]): Graph {
  if (changed.length === 0) return graph;
  return { ...graph, edges: { ...graph.edges, ...Object.fromEntries(changed.map((edge) => [edge.id, edge])) } };
}

export function withoutEdges(graph: Graph, ids: ReadonlySet<EdgeId>): Graph {
  if (ids.size === 0) return graph;
  return { ...graph, edges: Object.fromEntries(Object.entries(graph.edges).filter(([id]) => !ids.has(id))) };
}
