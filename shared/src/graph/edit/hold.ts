/**
 * Places of nodes that lie in others: what moves takes its content along, and what holds something is large enough for it.
 *
 * 1. A container or group only ever grows here; tidying up is what makes it smaller.
 * 2. Growing to the right or downwards pushes what stands there by as much, so that nothing is covered that was not before.
 */
import { holderOf, holdersOf, isHolder, nodesByHolder, withContent } from '../containers.js';
import type { HolderNode } from '../containers.js';
import type { Graph, GraphNode, NodeId } from '../graph.js';
import { isContainer, isTrigger } from '../ports.js';
import type { Point } from './edit.js';
import { withNodes } from './edit.js';
import type { Box } from './geometry.js';
import { boxOf, GRID, insets } from './geometry.js';

/** Moves nodes by a distance, each with all that lies in it. */
export function shift(graph: Graph, ids: Iterable<NodeId>, by: Point): Graph {
  if (by.x === 0 && by.y === 0) return graph;
  const moved = [...withContent(graph, ids)].flatMap((id) => {
    const node = graph.nodes[id];
    return node ? [{ ...node, position: { x: node.position.x + by.x, y: node.position.y + by.y } }] : [];
  });
  return withNodes(graph, moved);
}

/** The smallest rectangle around nodes; null for none. */
export function boxAround(nodes: readonly GraphNode[]): Box | null {
  if (nodes.length === 0) return null;
  const boxes = nodes.map(boxOf);
  return {
    left: Math.min(...boxes.map((box) => box.left)),
    top: Math.min(...boxes.map((box) => box.top)),
    right: Math.max(...boxes.map((box) => box.right)),
    bottom: Math.max(...boxes.map((box) => box.bottom)),
  };
}

/** Grows whatever the nodes lie in, from the inside out, until it holds its content. */
export function holdContent(graph: Graph, ids: Iterable<NodeId>): Graph {
  const depth = new Map<NodeId, number>();
  for (const id of ids) {
    const chain = holdersOf(graph, id);
    chain.forEach((holder, index) => depth.set(holder.id, chain.length - index));
  }
  const holders = [...depth].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return holders.reduce((now, [id]) => grown(now, id), graph);
}

function grown(graph: Graph, id: NodeId): Graph {
  const holder = graph.nodes[id];
  if (!holder || !isHolder(holder)) return graph;
  const content = boxAround(nodesByHolder(graph).get(id) ?? []);
  if (!content) return graph;
  const inset = insets(holder, graph.settings.direction);
  const { x, y } = holder.position;
  const before = { right: x + holder.size.width, bottom: y + holder.size.height };
  const left = Math.min(x, outward(content.left - inset.left, -1));
  const top = Math.min(y, outward(content.top - inset.top, -1));
  const right = Math.max(before.right, outward(content.right + inset.right, 1));
  const bottom = Math.max(before.bottom, outward(content.bottom + inset.bottom, 1));
  if (left === x && top === y && right === before.right && bottom === before.bottom) return graph;
  const larger = { ...holder, position: { x: left, y: top }, size: { width: right - left, height: bottom - top } };
  return makeRoom(withNodes(graph, [larger]), boxOf(holder), larger);
}

function outward(value: number, sign: -1 | 1): number {
  return (sign < 0 ? Math.floor(value / GRID) : Math.ceil(value / GRID)) * GRID;
}

/** Pushes what stood right of a box and below it, if the box has grown onto some of that. */
export function makeRoom(graph: Graph, before: Box, holder: HolderNode): Graph {
  const beside = (nodesByHolder(graph).get(holderOf(graph, holder.id)?.id ?? null) ?? []).filter(
    (node) => node.id !== holder.id && node.kind !== 'note',
  );
  const now = boxOf(holder);
  const inTheWay = (node: GraphNode) => {
    const box = boxOf(node);
    return box.left < now.right + GRID && box.right > now.left && box.top < now.bottom + GRID && box.bottom > now.top;
  };
  const right = beside.filter((node) => boxOf(node).left >= before.right);
  const below = beside.filter((node) => boxOf(node).left < before.right && boxOf(node).top >= before.bottom);
  let result = graph;
  if (right.some(inTheWay)) {
    result = shift(
      result,
      right.map((node) => node.id),
      { x: now.right - before.right, y: 0 },
    );
  }
  if (below.some(inTheWay)) {
    result = shift(
      result,
      below.map((node) => node.id),
      { x: 0, y: now.bottom - before.bottom },
    );
  }
  return result;
}

/** The container or group that a node may lie in when `wanted` is asked for: a trigger lies in no container. */
export function homeFor(graph: Graph, node: GraphNode, wanted: NodeId | null | undefined): NodeId | undefined {
  const holder = wanted === null || wanted === undefined ? undefined : graph.nodes[wanted];
  if (!holder || !isHolder(holder)) return undefined;
  const inContainer = isContainer(holder) || holdersOf(graph, holder.id).some(isContainer);
  return isTrigger(node.kind) && inContainer ? undefined : holder.id;
}

/** A node in another container or group; undefined = on the canvas. */
export function inHolder<N extends GraphNode>(node: N, parent: NodeId | undefined): N {
  if (node.parent === parent) return node;
  if (parent !== undefined) return { ...node, parent };
  const { parent: _, ...rest } = node;
  // Only an optional field went away.
  return rest as N;
}
