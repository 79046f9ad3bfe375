/** What a pointer or a dragged step hits. Pure geometry on the document. */
import { halfWay, routeLine } from '@sagawright/shared/graph';
import type { EdgeId, Graph, GraphEdge, NodeId, Point } from '@sagawright/shared/graph';

export function midpointOf(graph: Graph, edge: GraphEdge): Point {
  return halfWay(routeLine(graph, edge));
}

/** The nearest line within reach of a point, leaving out those of some steps. */
export function edgeAt(graph: Graph, at: Point, reach: number, except: readonly NodeId[] = []): EdgeId | null {
  let best: { id: EdgeId; distance: number } | null = null;
  for (const edge of Object.values(graph.edges)) {
    if (except.includes(edge.from) || except.includes(edge.to)) continue;
    const points = routeLine(graph, edge);
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
