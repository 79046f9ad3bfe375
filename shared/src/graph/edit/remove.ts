/** Taking steps away, with the gap closed (E15). */
import type { Graph, GraphEdge, NodeId } from '../graph.js';
import { canConnect } from './connect.js';
import type { Edit, NewId } from './edit.js';
import { edgesFrom, withEdges } from './edit.js';

/**
 * @param heal joins what led into the removed steps with what came after them, wherever the way on is unambiguous;
 * a removed chain heals once
 */
export function removeSteps(graph: Graph, ids: readonly NodeId[], heal: boolean, newId: NewId): Edit {
  const gone = new Set(ids.filter((id) => graph.nodes[id]));
  const kept = (id: NodeId) => !gone.has(id);
  let result: Graph = {
    ...graph,
    nodes: Object.fromEntries(Object.entries(graph.nodes).filter(([id]) => kept(id))),
    edges: Object.fromEntries(Object.entries(graph.edges).filter(([, edge]) => kept(edge.from) && kept(edge.to))),
    order: graph.order.filter(kept),
  };
  const cut = heal ? Object.values(graph.edges).filter((edge) => kept(edge.from) && gone.has(edge.to)) : [];
  for (const edge of cut) {
    const to = wayOn(graph, edge, gone);
    if (to !== null && !canConnect(result, edge.from, edge.port, to)) {
      result = withEdges(result, [{ id: newId(), from: edge.from, port: edge.port, to }]);
    }
  }
  const [first] = gone;
  const neighbours = cut.map((edge) => edge.from);
  return {
    graph: gone.size === 0 ? graph : result,
    label: gone.size === 1 ? `${graph.nodes[first ?? '']?.name} deleted` : `${gone.size} steps deleted`,
    focus: neighbours.slice(0, 1),
  };
}

/** Follows removed steps that have exactly one way on (their error edge aside) to the first one that stays. */
function wayOn(graph: Graph, edge: GraphEdge, gone: ReadonlySet<NodeId>): NodeId | null {
  let at = edge.to;
  const seen = new Set<NodeId>();
  while (gone.has(at) && !seen.has(at)) {
    seen.add(at);
    const [only, ...others] = edgesFrom(graph, at).filter((each) => each.port !== 'error');
    if (!only || others.length > 0) return null;
    at = only.to;
  }
  return gone.has(at) ? null : at;
}
