/**
 * Tidy (E28, E29): a small layered layout, left to right or from top to bottom.
 *
 * 1. Deterministic: equal graphs give equal places; ties follow ports, then the graph's order.
 * 2. A node stands at least one column behind everything that leads to it; nothing overlaps.
 * 3. A step's first way on stays on its row, so the main path is one straight line; further ways go below, in port order.
 * 4. Compensations are not laid out: they hang under their step and count into its height.
 * 5. Containers and groups are laid out from the inside out and then stand among their neighbours as one card, just large
 *    enough for what they hold: the body, below it what handles a failure, below that what hangs on nothing, and notes.
 * 6. From top to bottom is the same drawing with rows and columns exchanged.
 *
 * Left out: routing of lines around cards (`route.ts`), and shortening lines by exchanging rows.
 */
import { holderOf, holdersOf, isHolder, nodesByHolder } from '../containers.js';
import type { HolderNode } from '../containers.js';
import type { Graph, GraphNode, NodeId } from '../graph.js';
import { isInnerPort, outputPorts } from '../ports.js';
import { moveSteps } from './change.js';
import type { Edit, Point } from './edit.js';
import { edgesFrom, withNodes } from './edit.js';
import type { Size } from './geometry.js';
import { COLUMN, COLUMN_GAP, footprint, GRID, insets, ROW, snap, UNDO_CARD, hasUndoCard } from './geometry.js';

const GAP = ROW - 64;
/** From top to bottom: from the upper side of one row of cards to the next. */
const STORY = 64 + COLUMN_GAP;

/** Everything at its place, and containers and groups no larger than they need be. */
export function tidy(graph: Graph): Edit {
  const { positions, sizes } = arrange(graph);
  const resized = Object.entries(sizes).flatMap(([id, size]): GraphNode[] => {
    const node = graph.nodes[id];
    if (!node || !isHolder(node) || (node.size.width === size.width && node.size.height === size.height)) return [];
    return [{ ...node, size }];
  });
  const edit = moveSteps(withNodes(graph, resized), positions);
  return { ...edit, label: 'Tidied up' };
}

/** Places for every step; notes on the canvas stay where they are. */
export function layout(graph: Graph): Record<NodeId, Point> {
  return arrange(graph).positions;
}

interface Arrangement {
  readonly positions: Record<NodeId, Point>;
  /** New sizes of containers and groups that hold something. */
  readonly sizes: Record<NodeId, Size>;
}

/** Works along the flow and across it, whichever way that is drawn. */
interface Extent {
  readonly along: number;
  readonly across: number;
}

function arrange(graph: Graph): Arrangement {
  const levels = nodesByHolder(graph);
  const sizes: Record<NodeId, Size> = {};
  const inside = new Map<NodeId, Record<NodeId, Point>>();
  const depth = (id: NodeId) => holdersOf(graph, id).length;
  const holders = [...levels.keys()]
    .flatMap((id) => {
      const node = id === null ? undefined : graph.nodes[id];
      return node && isHolder(node) ? [{ node, depth: depth(node.id) }] : [];
    })
    .sort((a, b) => b.depth - a.depth);
  const direction = graph.settings.direction;
  const sizeOf = (node: GraphNode): Size => {
    const size = sizes[node.id];
    if (!size) return footprint(node);
    return hasUndoCard(node) ? { ...size, height: size.height + UNDO_CARD.gap + UNDO_CARD.height } : size;
  };
  for (const { node } of holders) {
    const places = arrangeLevel(graph, levels.get(node.id) ?? [], node, sizeOf);
    const inset = insets(node, direction);
    inside.set(node.id, places);
    sizes[node.id] = sizeAround(places, graph, sizeOf, inset.right, inset.bottom);
  }

  const top = (levels.get(null) ?? []).filter((node) => node.kind !== 'note');
  const origin = corner(top);
  const positions: Record<NodeId, Point> = {};
  const put = (places: Readonly<Record<NodeId, Point>>, at: Point) => {
    for (const [id, place] of Object.entries(places)) {
      const position = { x: snap(at.x + place.x), y: snap(at.y + place.y) };
      positions[id] = position;
      const content = inside.get(id);
      if (content) put(content, position);
    }
  };
  put(arrangeLevel(graph, top, null, sizeOf), origin);
  return { positions, sizes };
}

function sizeAround(
  places: Readonly<Record<NodeId, Point>>,
  graph: Graph,
  sizeOf: (node: GraphNode) => Size,
  right: number,
  bottom: number,
): Size {
  let [width, height] = [0, 0];
  for (const [id, place] of Object.entries(places)) {
    const node = graph.nodes[id];
    if (!node) continue;
    const size = sizeOf(node);
    width = Math.max(width, place.x + size.width);
    height = Math.max(height, place.y + size.height);
  }
  return { width: Math.ceil((width + right) / GRID) * GRID, height: Math.ceil((height + bottom) / GRID) * GRID };
}

/** Places of what lies on the canvas or right in one holder, relative to the canvas' corner or to the holder's. */
function arrangeLevel(
  graph: Graph,
  nodes: readonly GraphNode[],
  holder: HolderNode | null,
  sizeOf: (node: GraphNode) => Size,
): Record<NodeId, Point> {
  const across = graph.settings.direction === 'tb';
  const extent = (node: GraphNode): Extent => {
    const { width, height } = sizeOf(node);
    return across ? { along: height, across: width } : { along: width, across: height };
  };
  const successors = successorsAt(graph, nodes);
  const inset = holder ? insets(holder, graph.settings.direction) : { left: 0, top: 0 };
  const places: Record<NodeId, Point> = {};
  let begin = 0;
  for (const part of partsOf(graph, nodes, holder, successors)) {
    const arranged = arrangePart(part, successors, extent, across ? STORY : COLUMN);
    let end = begin;
    for (const node of part) {
      const { along, across: row } = arranged.get(node.id) ?? { along: 0, across: 0 };
      const place = across ? { x: begin + row, y: along } : { x: along, y: begin + row };
      places[node.id] = { x: inset.left + place.x, y: inset.top + place.y };
      end = Math.max(end, begin + row + extent(node).across);
    }
    begin = Math.ceil((end + GAP) / GRID) * GRID;
  }
  return places;
}

/** What is drawn one below the other: on the canvas all in one; in a container body, handler and what is left. */
function partsOf(
  graph: Graph,
  nodes: readonly GraphNode[],
  holder: HolderNode | null,
  successors: ReadonlyMap<NodeId, readonly NodeId[]>,
): GraphNode[][] {
  if (holder === null) return [[...nodes]];
  const taken = new Set<NodeId>();
  const from = (starts: readonly NodeId[]) => {
    const reached = new Set(starts.filter((id) => !taken.has(id)));
    for (const id of reached) for (const to of successors.get(id) ?? []) if (!taken.has(to)) reached.add(to);
    for (const id of reached) taken.add(id);
    return nodes.filter((node) => reached.has(node.id));
  };
  const entered = (port: string) =>
    edgesFrom(graph, holder.id, port).flatMap((edge) => {
      const at = atLevel(graph, edge.to, holder.id);
      return at === null ? [] : [at];
    });
  const flow = holder.kind === 'group' ? [] : [from(entered('body')), from(entered('handler'))];
  const loose = nodes.filter((node) => node.kind !== 'note' && !taken.has(node.id));
  const notes = nodes.filter((node) => node.kind === 'note');
  return [...flow, loose, ...notes.map((note) => [note])].filter((part) => part.length > 0);
}

/** The node itself, or what it lies in, on the level of a holder; null when it does not lie in there. */
function atLevel(graph: Graph, id: NodeId, level: NodeId | null): NodeId | null {
  for (let at: NodeId | undefined = id; at !== undefined;) {
    const around: NodeId | undefined = holderOf(graph, at)?.id;
    if ((around ?? null) === level) return at;
    at = around;
  }
  return null;
}

/** The layered layout proper: columns by the longest way, rows from the top. */
function arrangePart(
  nodes: readonly GraphNode[],
  allSuccessors: ReadonlyMap<NodeId, readonly NodeId[]>,
  extent: (node: GraphNode) => Extent,
  pitch: number,
): Map<NodeId, Extent> {
  const here = new Set(nodes.map((node) => node.id));
  const successors = new Map(
    nodes.map((node) => [node.id, (allSuccessors.get(node.id) ?? []).filter((to) => here.has(to))]),
  );
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

  const result = new Map<NodeId, Extent>();
  const top = new Map<NodeId, number>();
  const occupied = new Map<number, { from: number; to: number }[]>();
  let along = 0;
  for (const column of [...byColumn.keys()].sort((a, b) => a - b)) {
    const inColumn = (byColumn.get(column) ?? []).sort((a, b) => (rank.get(a.id) ?? 0) - (rank.get(b.id) ?? 0));
    for (const node of inColumn) {
      const wanted = Math.min(...(predecessors.get(node.id) ?? []).map((id) => top.get(id) ?? 0));
      const height = Math.ceil((extent(node).across + GAP) / GRID) * GRID;
      const y = firstGap(occupied.get(column) ?? [], Number.isFinite(wanted) ? wanted : 0, height);
      top.set(node.id, y);
      result.set(node.id, { along, across: y });
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
    const widest = Math.max(...inColumn.map((node) => extent(node).along));
    along += Math.max(pitch, Math.ceil((widest + COLUMN_GAP) / GRID) * GRID);
  }
  return result;
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

/**
 * Who leads to whom on one level. A line of a node that lies deeper (in a group) counts for what it lies in there; lines
 * into a container's own inside are of another level.
 */
function successorsAt(graph: Graph, nodes: readonly GraphNode[]): Map<NodeId, NodeId[]> {
  const place = new Map(graph.order.map((id, index) => [id, index]));
  const level = holderOf(graph, nodes[0]?.id ?? '')?.id ?? null;
  const ways = new Map<NodeId, { to: NodeId; port: number; order: number }[]>(nodes.map(({ id }) => [id, []]));
  for (const edge of Object.values(graph.edges)) {
    const source = graph.nodes[edge.from];
    if (!source || isInnerPort(source, edge.port)) continue;
    const [from, to] = [atLevel(graph, edge.from, level), atLevel(graph, edge.to, level)];
    if (from === null || to === null || from === to || !ways.has(to)) continue;
    const port = from === edge.from ? outputPorts(source).indexOf(edge.port) : 0;
    ways.get(from)?.push({ to, port, order: place.get(to) ?? 0 });
  }
  return new Map(
    [...ways].map(([id, list]) => [
      id,
      [...new Set(list.sort((a, b) => a.port - b.port || a.order - b.order).map(({ to }) => to))],
    ]),
  );
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
