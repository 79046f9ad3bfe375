/** Where lines run, for hitting them with a pointer or a dragged step. Pure geometry on the document. */
import { INPUT_POINT, outputPoint } from '@sagawright/shared/graph';
import type { EdgeId, Graph, GraphEdge, NodeId, Point } from '@sagawright/shared/graph';

/** The bends of a line, close enough to what is drawn: out, half way across, over, in. */
function course(graph: Graph, edge: GraphEdge): Point[] {
  const from = graph.nodes[edge.from];
  const to = graph.nodes[edge.to];
  if (!from || !to) return [];
  const out = outputPoint(from, edge.port);
  const start = { x: from.position.x + out.x, y: from.position.y + out.y };
  const end = { x: to.position.x + INPUT_POINT.x, y: to.position.y + INPUT_POINT.y };
  if (edge.port === 'error') return [start, { x: start.x, y: end.y }, end];
  const middle = (start.x + end.x) / 2;
  return [start, { x: middle, y: start.y }, { x: middle, y: end.y }, end];
}

export function midpointOf(graph: Graph, edge: GraphEdge): Point {
  const points = course(graph, edge);
  const start = points[0] ?? { x: 0, y: 0 };
  const end = points[points.length - 1] ?? start;
  return { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 };
}

/** The nearest line within reach of a point, leaving out those of one step. */
export function edgeAt(graph: Graph, at: Point, reach: number, except?: NodeId): EdgeId | null {
  let best: { id: EdgeId; distance: number } | null = null;
  for (const edge of Object.values(graph.edges)) {
    if (edge.from === except || edge.to === except) continue;
    const points = course(graph, edge);
    for (let index = 1; index < points.length; index++) {
      const [a, b] = [points[index - 1], points[index]];
      if (!a || !b) continue;
      const distance = distanceToSegment(at, a, b);
      if (distance <= reach && (!best || distance < best.distance)) best = { id: edge.id, distance };
    }
  }
  return best?.id ?? null;
}

function distanceToSegment(point: Point, a: Point, b: Point): number {
  const length = (b.x - a.x) ** 2 + (b.y - a.y) ** 2;
  const along =
    length === 0
      ? 0
      : Math.max(0, Math.min(1, ((point.x - a.x) * (b.x - a.x) + (point.y - a.y) * (b.y - a.y)) / length));
  return Math.hypot(point.x - a.x - along * (b.x - a.x), point.y - a.y - along * (b.y - a.y));
}
