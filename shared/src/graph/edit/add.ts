/** New steps: alone, after a port, on a line. */
import type { EdgeId, Graph, GraphEdge, GraphNode, NodeId } from '../graph.js';
import { canConnect } from './connect.js';
import type { Edit, NewId, Point } from './edit.js';
import { edgesFrom, freeName, withEdges, withNodes, withoutEdges } from './edit.js';
import { COLUMN, freePlace, ROW, snap } from './geometry.js';
import { acceptsInput, mainPort, outputPorts } from '../ports.js';

const placed = <N extends GraphNode>(graph: Graph, node: N, position: Point): N => ({
  ...node,
  name: freeName(graph, node.name),
  position,
});

export function addStep(graph: Graph, node: GraphNode, at: Point): Edit {
  const added = placed(
    graph,
    node,
    node.kind === 'note' ? { x: snap(at.x), y: snap(at.y) } : freePlace(graph, node, at),
  );
  return { graph: withNodes(graph, [added]), label: `${added.name} added`, focus: [added.id] };
}

/**
 * Puts a step behind a port (E5). A free port gets a new line to a free place on the right; a port that already leads
 * somewhere gets the step inserted on that line. A parallel step always gets one more branch.
 *
 * @returns null when the step cannot follow there (a trigger, for example)
 */
export function appendStep(graph: Graph, from: NodeId, port: string, node: GraphNode, newId: NewId): Edit | null {
  const source = graph.nodes[from];
  if (!source || !acceptsInput(node.kind) || !outputPorts(source).includes(port)) return null;
  const [existing, ...more] = edgesFrom(graph, from, port);
  if (existing && more.length === 0 && source.kind !== 'parallel' && mainPort(node) !== null) {
    return insertOnEdge(graph, existing.id, node, newId);
  }
  const down = port === 'error' ? 1 : Math.max(0, outputPorts(source).indexOf(port));
  const wanted = { x: source.position.x + COLUMN, y: source.position.y + down * ROW };
  const added = placed(graph, node, freePlace(graph, node, wanted));
  const edge: GraphEdge = { id: newId(), from, port, to: added.id };
  return {
    graph: withEdges(withNodes(graph, [added]), [edge]),
    label: `${added.name} added after ${source.name}`,
    focus: [added.id],
  };
}

/**
 * Inserts a step on a line (E7, E11): both sides stay connected and everything downstream moves one column on, unless
 * there is room already.
 *
 * @returns null for a step that nothing can follow, or that cannot be entered
 */
export function insertOnEdge(graph: Graph, edgeId: EdgeId, node: GraphNode, newId: NewId): Edit | null {
  const edge = graph.edges[edgeId];
  const source = edge && graph.nodes[edge.from];
  const target = edge && graph.nodes[edge.to];
  const port = mainPort(node);
  if (!edge || !source || !target || port === null || !acceptsInput(node.kind)) return null;

  const roomAlready = target.position.x - source.position.x >= 2 * COLUMN;
  const pushed = roomAlready ? graph : pushDownstream(graph, target.id, COLUMN);
  const wanted = roomAlready ? { x: source.position.x + COLUMN, y: target.position.y } : target.position;
  const added = placed(pushed, node, freePlace(pushed, node, wanted));
  const lines: GraphEdge[] = [
    { ...edge, to: added.id },
    { id: newId(), from: added.id, port, to: target.id },
  ];
  return {
    graph: withEdges(withNodes(pushed, [added]), lines),
    label: `${added.name} inserted after ${source.name}`,
    focus: [added.id],
  };
}

/** Puts a step that is on the canvas already onto a line (drop on an edge); its own lines must be free. */
export function spliceIntoEdge(graph: Graph, edgeId: EdgeId, id: NodeId, newId: NewId): Edit | null {
  const edge = graph.edges[edgeId];
  const node = graph.nodes[id];
  const port = node ? mainPort(node) : null;
  if (!edge || !node || port === null || !acceptsInput(node.kind) || edge.from === id || edge.to === id) return null;
  if (Object.values(graph.edges).some((each) => each.from === id || each.to === id)) return null;
  const without = withoutEdges(graph, new Set([edgeId]));
  if (canConnect(without, edge.from, edge.port, id) || canConnect(without, id, port, edge.to)) return null;
  const lines: GraphEdge[] = [
    { ...edge, to: id },
    { id: newId(), from: id, port, to: edge.to },
  ];
  return { graph: withEdges(graph, lines), label: `${node.name} put on the line`, focus: [id] };
}

function pushDownstream(graph: Graph, start: NodeId, by: number): Graph {
  const left = graph.nodes[start]?.position.x ?? 0;
  const reached = new Set([start]);
  const queue = [start];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const { to } of edgesFrom(graph, id)) {
      if (!reached.has(to)) {
        reached.add(to);
        queue.push(to);
      }
    }
  }
  const moved = Object.values(graph.nodes)
    .filter((node) => reached.has(node.id) && node.position.x >= left)
    .map((node): GraphNode => ({ ...node, position: { x: node.position.x + by, y: node.position.y } }));
  return withNodes(graph, moved);
}
