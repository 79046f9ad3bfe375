/**
 * Tidy (E28, E29): a small layered layout, left to right.
 *
 * 1. Deterministic: equal graphs give equal places; ties follow ports, then the graph's order.
 * 2. A node stands at least one column behind everything that leads to it; nothing overlaps.
 * 3. A step's first way on stays on its row, so the main path is one straight line; further ways go below, in port order.
 * 4. Compensations are not laid out: they hang under their step and count into its height.
 *
 * Left out: routing of lines around cards, and nested groups (there are none yet).
 */
import type { Graph, GraphNode, NodeId } from '../graph.js';
import { moveSteps } from './change.js';
import type { Edit, Point } from './edit.js';
import { edgesFrom, nodesInOrder } from './edit.js';
import { COLUMN, footprint, GRID, ROW, snap } from './geometry.js';
import { outputPorts } from '../ports.js';

const GAP = ROW - 64;

export function tidy(graph: Graph): Edit {
  const positions = layout(graph);
  const edit = moveSteps(graph, positions);
  return { ...edit, label: 'Tidied up' };
}

/** Places for every step; notes stay where they are. */
export function layout(graph: Graph): Record<NodeId, Point> {
  const nodes = nodesInOrder(graph).filter((node) => node.kind !== 'note');
  const successors = new Map(nodes.map((node) => [node.id, successorsOf(graph, node)]));
  const columns = columnsOf(nodes, successors);
  const rank = visitOrder(nodes, successors);

  const byColumn = new Map<number, GraphNode[]>();
  for (const node of nodes) {
    const column = columns.get(node.id) ?? 0;
    byColumn.set(column, [...(byColumn.get(column) ?? []), node]);
  }
  const predecessors = new Map<NodeId, NodeId[]>();
  for (const [from, targets] of successors)
    for (const to of targets) predecessors.set(to, [...(predecessors.get(to) ?? []), from]);

  const origin = corner(nodes);
  const top = new Map<NodeId, number>();
  const occupied = new Map<number, { from: number; to: number }[]>();
  for (const column of [...byColumn.keys()].sort((a, b) => a - b)) {
    const inColumn = (byColumn.get(column) ?? []).sort((a, b) => (rank.get(a.id) ?? 0) - (rank.get(b.id) ?? 0));
    for (const node of inColumn) {
      const wanted = Math.min(...(predecessors.get(node.id) ?? []).map((id) => top.get(id) ?? 0));
      const height = Math.ceil((footprint(node).height + GAP) / GRID) * GRID;
      const y = firstGap(occupied.get(column) ?? [], Number.isFinite(wanted) ? wanted : 0, height);
      top.set(node.id, y);
      // A line that jumps over columns keeps its lane free of cards as far as the row it starts on is concerned.
      occupied.set(column, [...(occupied.get(column) ?? []), { from: y, to: y + height }]);
      for (const to of successors.get(node.id) ?? []) {
        for (let over = column + 1; over < (columns.get(to) ?? 0); over++) {
          if (!givesWay(successors, columns, node.id, to, over)) {
            occupied.set(over, [...(occupied.get(over) ?? []), { from: y, to: y + ROW }]);
          }
        }
      }
    }
  }
  return Object.fromEntries(
    nodes.map((node) => [
      node.id,
      { x: snap(origin.x + (columns.get(node.id) ?? 0) * COLUMN), y: snap(origin.y + (top.get(node.id) ?? 0)) },
    ]),
  );
}

/** The row right behind a node belongs to its first way on that needs it; a later, longer line gives way to it. */
function givesWay(
  successors: ReadonlyMap<NodeId, readonly NodeId[]>,
  columns: ReadonlyMap<NodeId, number>,
  id: NodeId,
  line: NodeId,
  column: number,
): boolean {
  const ways = successors.get(id) ?? [];
  return ways.slice(0, ways.indexOf(line)).some((to) => (columns.get(to) ?? 0) <= column);
}

function successorsOf(graph: Graph, node: GraphNode): NodeId[] {
  const place = new Map(graph.order.map((id, index) => [id, index]));
  const targets = outputPorts(node).flatMap((port) =>
    edgesFrom(graph, node.id, port)
      .map((edge) => edge.to)
      .sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0)),
  );
  return [...new Set(targets)].filter((id) => graph.nodes[id]);
}

/** Longest path from a start. A circle, which no edit makes but a file may hold, is cut where it closes. */
function columnsOf(
  nodes: readonly GraphNode[],
  successors: ReadonlyMap<NodeId, readonly NodeId[]>,
): Map<NodeId, number> {
  const columns = new Map<NodeId, number>(nodes.map((node) => [node.id, 0]));
  for (const id of visitSequence(nodes, successors)) {
    const next = (columns.get(id) ?? 0) + 1;
    for (const to of successors.get(id) ?? []) if ((columns.get(to) ?? 0) < next) columns.set(to, next);
  }
  return columns;
}

/** Topological, depth first by ports: what belongs to the first port comes before the second. */
function visitSequence(nodes: readonly GraphNode[], successors: ReadonlyMap<NodeId, readonly NodeId[]>): NodeId[] {
  const done = new Set<NodeId>();
  const sequence: NodeId[] = [];
  for (const root of [...nodes].reverse()) {
    const stack: { id: NodeId; next: NodeId[] }[] = done.has(root.id)
      ? []
      : [{ id: root.id, next: [...(successors.get(root.id) ?? [])] }];
    done.add(root.id);
    for (let top = stack[stack.length - 1]; top; top = stack[stack.length - 1]) {
      const to = top.next.pop();
      if (to === undefined) {
        sequence.push(top.id);
        stack.pop();
      } else if (!done.has(to)) {
        done.add(to);
        stack.push({ id: to, next: [...(successors.get(to) ?? [])] });
      }
    }
  }
  return sequence.reverse();
}

function visitOrder(
  nodes: readonly GraphNode[],
  successors: ReadonlyMap<NodeId, readonly NodeId[]>,
): Map<NodeId, number> {
  return new Map(visitSequence(nodes, successors).map((id, index) => [id, index]));
}

function firstGap(taken: readonly { from: number; to: number }[], wanted: number, height: number): number {
  let y = wanted;
  for (const span of [...taken].sort((a, b) => a.from - b.from)) if (y < span.to && span.from < y + height) y = span.to;
  return y;
}

function corner(nodes: readonly GraphNode[]): Point {
  if (nodes.length === 0) return { x: 0, y: 0 };
  return { x: Math.min(...nodes.map((node) => node.position.x)), y: Math.min(...nodes.map((node) => node.position.y)) };
}
