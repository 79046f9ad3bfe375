/** New steps: alone, after a port, on a line. */
import { containerOf, holderOf, isHolder } from '../containers.js';
import type { EdgeId, Graph, GraphEdge, GraphNode, NodeId } from '../graph.js';
import { acceptsInput, allPorts, isInnerPort, mainPort, outputPorts } from '../ports.js';
import { canConnect } from './connect.js';
import type { Edit, NewId, Point } from './edit.js';
import { edgesFrom, freeName, withEdges, withNodes, withoutEdges } from './edit.js';
import { boxOf, COLUMN, COLUMN_GAP, footprint, freePlace, innerCorner, ROW, snap } from './geometry.js';
import { boxAround, holdContent, homeFor, inHolder, shift } from './hold.js';

const placed = <N extends GraphNode>(graph: Graph, node: N, parent: NodeId | undefined, wanted: Point): N => {
  const named = { ...inHolder(node, parent), name: freeName(graph, node.name) };
  const position = node.kind === 'note' ? { x: snap(wanted.x), y: snap(wanted.y) } : freePlace(graph, named, wanted);
  return { ...named, position };
};

/**
 * @param parent the container or group that the node goes into, if any; a trigger stays outside of containers
 */
export function addStep(graph: Graph, node: GraphNode, at: Point, parent?: NodeId): Edit {
  const home = homeFor(graph, node, parent ?? node.parent);
  const holder = home === undefined ? undefined : graph.nodes[home];
  const corner = holder && isHolder(holder) ? innerCorner(holder, graph.settings.direction) : at;
  const wanted = { x: Math.max(at.x, corner.x), y: Math.max(at.y, corner.y) };
  const added = placed(graph, node, home, wanted);
  return {
    graph: holdContent(withNodes(graph, [added]), [added.id]),
    label: `${added.name} added`,
    focus: [added.id],
  };
}

/**
 * Puts a step behind a port (E5). A free port gets a new line to a free place behind it (inside, for a port that leads
 * inside); a port that already leads somewhere gets the step inserted on that line. A parallel step always gets one more
 * branch.
 *
 * @returns null when the step cannot follow there (a trigger, for example)
 */
export function appendStep(graph: Graph, from: NodeId, port: string, node: GraphNode, newId: NewId): Edit | null {
  const source = graph.nodes[from];
  if (!source || !acceptsInput(node.kind) || !allPorts(source).includes(port)) return null;
  const [existing, ...more] = edgesFrom(graph, from, port);
  if (existing && more.length === 0 && source.kind !== 'parallel' && mainPort(node) !== null) {
    return insertOnEdge(graph, existing.id, node, newId);
  }
  const inside = isInnerPort(source, port);
  const home = inside ? source.id : holderOf(graph, from)?.id;
  const added = placed(graph, node, home, inside ? placeInside(graph, source, port) : placeBehind(graph, source, port));
  const edge: GraphEdge = { id: newId(), from, port, to: added.id };
  return {
    graph: holdContent(withEdges(withNodes(graph, [added]), [edge]), [added.id]),
    label: inside ? `${added.name} added inside ${source.name}` : `${added.name} added after ${source.name}`,
    focus: [added.id],
  };
}

function placeBehind(graph: Graph, source: GraphNode, port: string): Point {
  const { width, height } = footprint(source);
  const down = port === 'error' ? 1 : Math.max(0, outputPorts(source).indexOf(port));
  const { x, y } = source.position;
  return graph.settings.direction === 'lr'
    ? { x: x + Math.max(COLUMN, width + COLUMN_GAP), y: y + down * ROW }
    : { x: x + down * COLUMN, y: y + height + COLUMN_GAP };
}

/** The body begins at the top; the handler of failures stands below all that is inside already, or below the place of the body. */
function placeInside(graph: Graph, container: GraphNode, port: string): Point {
  if (!isHolder(container)) return container.position;
  const corner = innerCorner(container, graph.settings.direction);
  if (port === 'body') return corner;
  const inside = boxAround(Object.values(graph.nodes).filter((node) => node.parent === container.id));
  return { x: corner.x, y: inside ? inside.bottom + ROW / 2 : corner.y + ROW };
}

/**
 * Inserts a step on a line (E7, E11): both sides stay connected and everything downstream moves one column on, unless
 * there is room already. The step lies in the same container as the line.
 *
 * @returns null for a step that nothing can follow, or that cannot be entered
 */
export function insertOnEdge(graph: Graph, edgeId: EdgeId, node: GraphNode, newId: NewId): Edit | null {
  const edge = graph.edges[edgeId];
  const source = edge && graph.nodes[edge.from];
  const target = edge && graph.nodes[edge.to];
  const port = mainPort(node);
  if (!edge || !source || !target || port === null || !acceptsInput(node.kind)) return null;

  const axis = graph.settings.direction === 'lr' ? 'x' : 'y';
  const size = footprint(node)[axis === 'x' ? 'width' : 'height'];
  const begin = wayBegins(source, edge.port, axis);
  const roomAlready = target.position[axis] - begin >= size + 2 * COLUMN_GAP;
  const pushed = roomAlready ? graph : pushDownstream(graph, target.id, axis, snap(size + COLUMN_GAP));
  const wanted = roomAlready ? { ...target.position, [axis]: begin + COLUMN_GAP } : target.position;
  const added = placed(pushed, node, homeOnLine(graph, edge), wanted);
  const lines: GraphEdge[] = [
    { ...edge, to: added.id },
    { id: newId(), from: added.id, port, to: target.id },
  ];
  return {
    graph: holdContent(withEdges(withNodes(pushed, [added]), lines), [added.id, target.id]),
    label: `${added.name} inserted after ${source.name}`,
    focus: [added.id],
  };
}

/** Where the room for the next card begins, along the flow. */
function wayBegins(source: GraphNode, port: string, axis: 'x' | 'y'): number {
  if (isHolder(source) && isInnerPort(source, port)) {
    return innerCorner(source, axis === 'x' ? 'lr' : 'tb')[axis] - COLUMN_GAP;
  }
  const box = boxOf(source);
  return axis === 'x' ? Math.max(box.right, box.left + COLUMN - COLUMN_GAP) : box.bottom;
}

/** What a step on this line lies in: the same as its ends, or what lies around both. */
function homeOnLine(graph: Graph, edge: GraphEdge): NodeId | undefined {
  const target = holderOf(graph, edge.to)?.id;
  return target === holderOf(graph, edge.from)?.id ? target : containerOf(graph, edge.to)?.id;
}

/**
 * Puts a step that is on the canvas already onto a line (drop on an edge); its own lines must be free. A step from outside
 * of the container that the line lies in goes inside.
 */
export function spliceIntoEdge(graph: Graph, edgeId: EdgeId, id: NodeId, newId: NewId): Edit | null {
  const edge = graph.edges[edgeId];
  const node = graph.nodes[id];
  const port = node ? mainPort(node) : null;
  if (!edge || !node || port === null || !acceptsInput(node.kind) || edge.from === id || edge.to === id) return null;
  if (edgesTouching(graph, id)) return null;
  const home = homeOnLine(graph, edge);
  if (home === id || containersAround(graph, home).includes(id)) return null;
  const moved = containerOf(graph, id)?.id === containerOf(graph, edge.to)?.id ? node : inHolder(node, home);
  const without = withNodes(withoutEdges(graph, new Set([edgeId])), moved === node ? [] : [moved]);
  if (canConnect(without, edge.from, edge.port, id) || canConnect(without, id, port, edge.to)) return null;
  const lines: GraphEdge[] = [
    { ...edge, to: id },
    { id: newId(), from: id, port, to: edge.to },
  ];
  return {
    graph: holdContent(withEdges(withNodes(graph, moved === node ? [] : [moved]), lines), [id]),
    label: `${node.name} put on the line`,
    focus: [id],
  };
}

/** Whether a line leads into the node or on from it; lines into its own inside go along with it. */
function edgesTouching(graph: Graph, id: NodeId): boolean {
  const node = graph.nodes[id];
  return Object.values(graph.edges).some(
    (each) => each.to === id || (each.from === id && !(node && isInnerPort(node, each.port))),
  );
}

function containersAround(graph: Graph, id: NodeId | undefined): NodeId[] {
  const chain: NodeId[] = [];
  for (let at = id; at !== undefined; at = holderOf(graph, at)?.id) chain.push(at);
  return chain;
}

function pushDownstream(graph: Graph, start: NodeId, axis: 'x' | 'y', by: number): Graph {
  const first = graph.nodes[start]?.position[axis] ?? 0;
  const reached = new Set([start]);
  const queue = [start];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    const node = graph.nodes[id];
    for (const { to, port } of edgesFrom(graph, id)) {
      if (reached.has(to) || (node && isInnerPort(node, port))) continue;
      reached.add(to);
      queue.push(to);
    }
  }
  const behind = [...reached].filter((id) => (graph.nodes[id]?.position[axis] ?? -Infinity) >= first);
  return holdContent(shift(graph, behind, axis === 'x' ? { x: by, y: 0 } : { x: 0, y: by }), behind);
}
