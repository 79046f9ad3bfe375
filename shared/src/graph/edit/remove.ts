/** Taking steps away, with the gap closed (E15). What lies in them goes with them; `unwrap` is what keeps it. */
import { withContent } from '../containers.js';
import type { Graph, GraphEdge, NodeId } from '../graph.js';
import { canConnect } from './connect.js';
import type { Edit, NewId } from './edit.js';
import { edgesFrom, withEdges } from './edit.js';
import { plainPorts } from '../ports.js';

/**
 * @param heal joins what led into the removed steps with what came after them, wherever the way on is unambiguous;
 * a removed chain heals once
 */
export function removeSteps(graph: Graph, ids: readonly NodeId[], heal: boolean, newId: NewId): Edit {
  const chosen = [...new Set(ids)].filter((id) => graph.nodes[id]);
  const gone = withContent(graph, chosen);
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
  const neighbours = cut.map((edge) => edge.from);
  return {
    graph: gone.size === 0 ? graph : result,
    label: removedLabel(graph, chosen, gone.size),
    focus: neighbours.slice(0, 1),
  };
}

function removedLabel(graph: Graph, chosen: readonly NodeId[], count: number): string {
  const [first, ...more] = chosen;
  if (first === undefined || more.length > 0) return `${count} steps deleted`;
  const inside = count === 1 ? '' : ` with ${count - 1} inside`;
  return `${graph.nodes[first]?.name}${inside} deleted`;
}

/** Follows removed steps that have exactly one way on (those of failures aside) to the first one that stays. */
function wayOn(graph: Graph, edge: GraphEdge, gone: ReadonlySet<NodeId>): NodeId | null {
  let at = edge.to;
  const seen = new Set<NodeId>();
  while (gone.has(at) && !seen.has(at)) {
    seen.add(at);
    const node = graph.nodes[at];
    // The way behind `resume` is taken by undoing only.
    const ways = node ? plainPorts(node).filter((port) => port !== 'resume') : [];
    const [only, ...others] = edgesFrom(graph, at).filter((each) => ways.includes(each.port));
    if (!only || others.length > 0) return null;
    at = only.to;
  }
  return gone.has(at) ? null : at;
}
