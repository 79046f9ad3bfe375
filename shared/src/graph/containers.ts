/** Which node lies in which container; groups are looked through, since they are drawing only. */
import type { ContainerNode, Graph, NodeId } from './graph.js';
import { isContainer } from './ports.js';

/** The scope or loop that a node runs in; null = the run itself. A damaged chain of parents (a circle) counts as none. */
export function containerOf(graph: Pick<Graph, 'nodes'>, id: NodeId): ContainerNode | null {
  const seen = new Set<NodeId>([id]);
  for (let at = graph.nodes[id]?.parent; at !== undefined && !seen.has(at); at = graph.nodes[at]?.parent) {
    seen.add(at);
    const node = graph.nodes[at];
    if (node && isContainer(node)) return node;
  }
  return null;
}

/** Ids of the nodes that lie in a container or group, at any depth, in the graph's order. */
export function nodesInside(graph: Graph, id: NodeId): NodeId[] {
  const inside = new Set<NodeId>([id]);
  for (let grown = true; grown;) {
    grown = false;
    for (const node of Object.values(graph.nodes)) {
      if (node.parent === undefined || inside.has(node.id) || !inside.has(node.parent)) continue;
      inside.add(node.id);
      grown = true;
    }
  }
  inside.delete(id);
  return graph.order.filter((each) => inside.has(each));
}
