/** Boxes (containers and groups) as hands meet them: which one a point lies in, and how small one may get. Pure. */
import { boxOf, cardSize, holdersOf, isHolder, nodesInside } from '@sagawright/shared/graph';
import type { Graph, NodeId, Point, Size } from '@sagawright/shared/graph';

/** The innermost box whose frame holds the point, leaving some steps (and what lies in them) out. */
export function boxAt(graph: Graph, at: Point, except: readonly NodeId[] = []): NodeId | null {
  let best: { id: NodeId; depth: number; area: number } | null = null;
  for (const node of Object.values(graph.nodes)) {
    if (!isHolder(node)) continue;
    const { width, height } = cardSize(node);
    if (at.x < node.position.x || at.x > node.position.x + width) continue;
    if (at.y < node.position.y || at.y > node.position.y + height) continue;
    const around = holdersOf(graph, node.id).map((each) => each.id);
    if ([node.id, ...around].some((id) => except.includes(id))) continue;
    const found = { id: node.id, depth: around.length, area: width * height };
    if (!best || found.depth > best.depth || (found.depth === best.depth && found.area < best.area)) best = found;
  }
  return best?.id ?? null;
}

const ROOM = 32;
const SMALLEST: Size = { width: 272, height: 160 };

/** What lies in a box keeps inside, with some room around it. */
export function smallestSize(graph: Graph, id: NodeId): Size {
  const box = graph.nodes[id]?.position ?? { x: 0, y: 0 };
  const inside = nodesInside(graph, id)
    .flatMap((inner) => graph.nodes[inner] ?? [])
    .map(boxOf);
  return {
    width: Math.max(SMALLEST.width, ...inside.map(({ right }) => right - box.x + ROOM)),
    height: Math.max(SMALLEST.height, ...inside.map(({ bottom }) => bottom - box.y + ROOM)),
  };
}
