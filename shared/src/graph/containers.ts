/** Which node lies in which container; groups are looked through where the flow is meant, since they are drawing only. */
import type { ContainerNode, Graph, GraphNode, NodeId, NodeOf } from './graph.js';
import { isContainer } from './ports.js';

/** A node that others can lie in: a container, or a group. */
export type HolderNode = ContainerNode | NodeOf<'group'>;

export function isHolder(node: GraphNode): node is HolderNode {
  return node.kind === 'group' || isContainer(node);
}

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

/** The container or group right around a node; null = the canvas. A damaged chain of parents counts as none. */
export function holderOf(graph: Pick<Graph, 'nodes'>, id: NodeId): HolderNode | null {
  const parent = graph.nodes[id]?.parent;
  const holder = parent === undefined ? undefined : graph.nodes[parent];
  if (!holder || !isHolder(holder)) return null;
  const seen = new Set<NodeId>([id]);
  for (let at: NodeId | undefined = holder.id; at !== undefined; at = graph.nodes[at]?.parent) {
    if (seen.has(at)) return null;
    seen.add(at);
  }
  return holder;
}

/** What a node lies in, from the inside out. */
export function holdersOf(graph: Pick<Graph, 'nodes'>, id: NodeId): HolderNode[] {
  const holders: HolderNode[] = [];
  for (let at = holderOf(graph, id); at !== null; at = holderOf(graph, at.id)) holders.push(at);
  return holders;
}

/** Nodes by what they lie in directly (null = the canvas), each list in the graph's order. */
export function nodesByHolder(graph: Graph): Map<NodeId | null, GraphNode[]> {
  const lists = new Map<NodeId | null, GraphNode[]>();
  for (const id of graph.order) {
    const node = graph.nodes[id];
    if (!node) continue;
    const holder = holderOf(graph, id)?.id ?? null;
    const list = lists.get(holder);
    if (list) list.push(node);
    else lists.set(holder, [node]);
  }
  return lists;
}

/** Ids of the nodes that lie in a container or group, at any depth, in the graph's order. */
export function nodesInside(graph: Graph, id: NodeId): NodeId[] {
  const inside = withContent(graph, [id]);
  inside.delete(id);
  return graph.order.filter((each) => inside.has(each));
}

/** The nodes together with all that lies in them. Ids that the graph does not have are left out. */
export function withContent(graph: Graph, ids: Iterable<NodeId>): Set<NodeId> {
  const content = new Map<NodeId, NodeId[]>();
  for (const { id, parent } of Object.values(graph.nodes)) {
    if (parent === undefined) continue;
    const list = content.get(parent);
    if (list) list.push(id);
    else content.set(parent, [id]);
  }
  const all = new Set<NodeId>();
  const open = [...ids].filter((id) => graph.nodes[id]);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (all.has(id)) continue;
    all.add(id);
    open.push(...(content.get(id) ?? []));
  }
  return all;
}
