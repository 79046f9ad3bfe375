/**
 * The drawing as a flow: nodes that take part, their ports and edges, and what can be proved about them.
 *
 * All analyses walk the topological order once with bit sets, so a thousand nodes take a few milliseconds.
 */
import type { Graph, GraphEdge, GraphNode } from '../../graph/index.js';
import { Bits } from './bits.js';

export type FlowNode = Exclude<GraphNode, { kind: 'note' }>;

export interface Flow {
  readonly graph: Graph;
  /** In the graph's order; notes left out. */
  readonly nodes: readonly FlowNode[];
  readonly byId: ReadonlyMap<string, FlowNode>;
  readonly outgoing: ReadonlyMap<string, readonly GraphEdge[]>;
  readonly incoming: ReadonlyMap<string, readonly GraphEdge[]>;
  /** Reached from a trigger. */
  readonly reachable: ReadonlySet<string>;
}

export const isTrigger = (node: FlowNode) => node.kind === 'trigger.webhook' || node.kind === 'trigger.manual';
export const isFinal = (node: FlowNode) => node.kind === 'end' || node.kind === 'fail';

/** Ports that a node has by its kind and settings. */
export function portsOf(node: FlowNode): readonly string[] {
  if (isFinal(node)) return [];
  if (node.kind === 'branch') return [...node.cases.map((each) => each.id), 'else'];
  if (node.kind === 'action') return node.onFailure === 'error-edge' ? ['out', 'error'] : ['out'];
  return ['out'];
}

/** @param edges the edges that lead from a node to a node through a port that exists */
export function readFlow(graph: Graph, edges: readonly GraphEdge[]): Flow {
  const nodes = nodesInOrder(graph);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const outgoing = new Map<string, GraphEdge[]>(nodes.map(({ id }) => [id, []]));
  const incoming = new Map<string, GraphEdge[]>(nodes.map(({ id }) => [id, []]));
  for (const edge of edges) {
    outgoing.get(edge.from)?.push(edge);
    incoming.get(edge.to)?.push(edge);
  }
  const reachable = new Set<string>();
  const stack = nodes.filter(isTrigger).map(({ id }) => id);
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    if (reachable.has(id)) continue;
    reachable.add(id);
    for (const edge of outgoing.get(id) ?? []) stack.push(edge.to);
  }
  return { graph, nodes, byId, outgoing, incoming, reachable };
}

export function nodesInOrder(graph: Graph): FlowNode[] {
  const ids = new Set([...graph.order, ...Object.keys(graph.nodes)]);
  return [...ids]
    .map((id) => graph.nodes[id])
    .filter((node): node is FlowNode => node !== undefined && node.kind !== 'note');
}

/** Topological order of the reachable nodes, ties by the graph's order; what is left over lies on a cycle or behind one. */
export function topologicalOrder(flow: Flow): { order: string[]; rest: string[] } {
  const rank = new Map(flow.nodes.map(({ id }, index) => [id, index]));
  const open = new Map<string, number>();
  for (const id of flow.reachable) {
    open.set(id, (flow.incoming.get(id) ?? []).filter((edge) => flow.reachable.has(edge.from)).length);
  }
  const order: string[] = [];
  const ready = flow.nodes.map(({ id }) => id).filter((id) => open.get(id) === 0);
  for (let next = 0; next < ready.length; next += 1) {
    const id = ready[next] ?? '';
    order.push(id);
    const freed: string[] = [];
    for (const edge of flow.outgoing.get(id) ?? []) {
      const left = (open.get(edge.to) ?? 0) - 1;
      open.set(edge.to, left);
      if (left === 0) freed.push(edge.to);
    }
    freed.sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
    ready.push(...freed);
  }
  const done = new Set(order);
  return { order, rest: [...flow.reachable].filter((id) => !done.has(id)) };
}

/** What can be proved about an acyclic flow. Nodes and edges are known by their index. */
export interface Analysis {
  readonly order: readonly string[];
  readonly index: ReadonlyMap<string, number>;
  /** Nodes from which a node can be reached. */
  readonly ancestors: readonly Bits[];
  /** Edges into a plain step that can both carry a token in one run. */
  meetings(node: string): readonly (readonly [GraphEdge, GraphEdge])[];
  /** A step has certainly left through one of its success ports before the node starts. */
  certainlyBefore(node: string, step: string): boolean;
  /** Both can run in one run without either causing the other. */
  concurrent(a: string, b: string): boolean;
  /** Nearest node that every way to this one passes; null when that is the choice of the trigger. */
  dominator(node: string): string | null;
}

export function analyse(flow: Flow, order: readonly string[]): Analysis {
  const index = new Map(order.map((id, i) => [id, i]));
  const nodeAt = (id: string) => index.get(id) ?? -1;
  const edges = order.flatMap((id) => flow.outgoing.get(id) ?? []);
  const edgeIndex = new Map(edges.map((edge, i) => [edge.id, i]));
  const at = (edge: GraphEdge) => edgeIndex.get(edge.id) ?? -1;
  const into = order.map((id) => (flow.incoming.get(id) ?? []).filter((edge) => index.has(edge.from)));

  const ancestors = order.map(() => new Bits(order.length));
  order.forEach((_, i) => {
    for (const edge of into[i] ?? []) {
      const from = nodeAt(edge.from);
      ancestors[i]?.add(from).addAll(ancestors[from] ?? new Bits(order.length));
    }
  });

  const { together, nodeTogether } = tokensTogether(flow, order, edges, at, into);
  const certain = certainty(flow, order, nodeAt, into);
  const dominators = immediateDominators(order, nodeAt, into);

  return {
    order,
    index,
    ancestors,
    meetings(node) {
      const list = into[nodeAt(node)] ?? [];
      return list.flatMap((a, i) =>
        list
          .slice(i + 1)
          .filter((b) => together[at(a)]?.has(at(b)))
          .map((b) => [a, b] as const),
      );
    },
    certainlyBefore: (node, step) => certain(nodeAt(node), nodeAt(step)),
    concurrent(a, b) {
      const [i, j] = [nodeAt(a), nodeAt(b)];
      if (i < 0 || j < 0 || ancestors[i]?.has(j) || ancestors[j]?.has(i)) return false;
      const [first, second] = i < j ? [i, j] : [j, i];
      return (into[first] ?? []).some((edge) => nodeTogether[second]?.has(at(edge)));
    },
    dominator(node) {
      const found = dominators[nodeAt(node)];
      return found === undefined || found < 0 ? null : (order[found] ?? null);
    },
  };
}

/**
 * Which edges can both carry a token in one run. A node leaves through one port only; otherwise choices are independent.
 * For nodes in topological order: what can go together with a node is what can go together with one of its edges in.
 */
function tokensTogether(
  flow: Flow,
  order: readonly string[],
  edges: readonly GraphEdge[],
  at: (edge: GraphEdge) => number,
  into: readonly (readonly GraphEdge[])[],
): { together: Bits[]; nodeTogether: Bits[] } {
  const together = edges.map(() => new Bits(edges.length));
  const nodeTogether = order.map((id, i) => {
    const row = new Bits(edges.length);
    for (const edge of into[i] ?? []) row.add(at(edge)).addAll(together[at(edge)] ?? row);
    const out = flow.outgoing.get(id) ?? [];
    for (const edge of out) {
      const mine = together[at(edge)];
      mine?.addAll(row).add(at(edge));
      for (const other of row.members()) together[other]?.add(at(edge));
      for (const sibling of out) if (sibling.port === edge.port) mine?.add(at(sibling));
    }
    return row;
  });
  return { together, nodeTogether };
}

/**
 * Which steps have certainly succeeded before a node starts.
 *
 * Universe: `2i` = node i has run, `2i + 1` = it left through `out` (for a branch: never set).
 * - `follows(i)`: what certainly happens, sooner or later, once node i has started
 * - `waited(i)`: nodes that are settled before node i starts; a join for `any` does not wait for its losers
 */
function certainty(
  flow: Flow,
  order: readonly string[],
  nodeAt: (id: string) => number,
  into: readonly (readonly GraphEdge[])[],
): (node: number, step: number) => boolean {
  const size = order.length * 2;
  const follows: Bits[] = order.map(() => new Bits(size));
  const throughPort = (i: number, id: string, port: string): Bits => {
    const bits = new Bits(size).add(2 * i);
    if (port === 'out') bits.add(2 * i + 1);
    for (const edge of flow.outgoing.get(id) ?? []) {
      const next = edge.port === port ? follows[nodeAt(edge.to)] : undefined;
      if (next) bits.addAll(next);
    }
    return bits;
  };
  for (let i = order.length - 1; i >= 0; i -= 1) {
    const id = order[i] ?? '';
    const node = flow.byId.get(id);
    const [first, ...rest] = (node ? portsOf(node) : []).map((port) => throughPort(i, id, port));
    const bits = first ?? new Bits(size).add(2 * i);
    for (const other of rest) bits.keepOnly(other);
    follows[i] = bits;
  }
  const before: Bits[] = [];
  const waited: Bits[] = [];
  order.forEach((id, i) => {
    const node = flow.byId.get(id);
    const waitsForAll = node?.kind === 'join' && node.mode.kind === 'all';
    let sure: Bits | null = null;
    let settled: Bits | null = null;
    for (const edge of into[i] ?? []) {
      const from = nodeAt(edge.from);
      const viaEdge = throughPort(from, edge.from, edge.port).addAll(before[from] ?? new Bits(size));
      sure = sure === null ? viaEdge : sure.keepOnly(viaEdge);
      const settledVia = new Bits(size)
        .add(2 * from)
        .add(2 * from + 1)
        .addAll(waited[from] ?? new Bits(size));
      if (settled === null) settled = settledVia;
      else if (waitsForAll) settled.addAll(settledVia);
      else settled.keepOnly(settledVia);
    }
    before.push(sure ?? new Bits(size));
    waited.push(settled ?? new Bits(size));
  });
  return (node, step) => Boolean(before[node]?.has(2 * step + 1) && waited[node]?.has(2 * step + 1));
}

/** @see Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm", 2001; one pass suffices without cycles */
function immediateDominators(
  order: readonly string[],
  nodeAt: (id: string) => number,
  into: readonly (readonly GraphEdge[])[],
): number[] {
  const dominators: number[] = [];
  order.forEach((_, i) => {
    let common: number | null = null;
    for (const edge of into[i] ?? []) {
      let a: number = nodeAt(edge.from);
      if (common === null) {
        common = a;
        continue;
      }
      let b: number = common;
      while (a !== b) {
        if (a > b) a = dominators[a] ?? -1;
        else b = dominators[b] ?? -1;
      }
      common = a;
    }
    dominators.push(common ?? -1);
  });
  return dominators;
}
