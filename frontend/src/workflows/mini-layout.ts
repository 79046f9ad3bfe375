import { cardSize, isHolder, isInnerPort } from '@sagawright/shared/graph';
import type { Graph, GraphNode } from '@sagawright/shared/graph';

const WIDTH = 240;
const HEIGHT = 64;
const MARGIN = 24;

export interface MiniCard {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Starts and ends. */
  readonly round: boolean;
  readonly undo: boolean;
  /** Others lie in it. */
  readonly box: boolean;
}

export interface MiniLayout {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly cards: readonly MiniCard[];
  readonly edges: readonly { readonly id: string; readonly path: string }[];
}

/** Where things stand in a preview: positions as drawn, every card the same size, boxes as large as drawn, notes left out. */
export function miniLayout(graph: Graph): MiniLayout {
  const nodes = Object.values(graph.nodes).filter((node) => node.kind !== 'note');
  const cards = nodes.map((node) => card(node));
  const byId = new Map(cards.map((each) => [each.id, each]));
  const edges = Object.values(graph.edges).flatMap((edge) => {
    const from = byId.get(edge.from);
    const to = byId.get(edge.to);
    const source = graph.nodes[edge.from];
    if (from === undefined || to === undefined || source === undefined) return [];
    // It begins at the border of the box.
    if (isInnerPort(source, edge.port)) return [{ id: edge.id, path: `M${from.x} ${to.y + HEIGHT / 2}H${to.x}` }];
    const [x1, y1, x2, y2] = [from.x + from.width, from.y + HEIGHT / 2, to.x, to.y + HEIGHT / 2];
    const bend = Math.max(24, Math.abs(x2 - x1) / 2);
    return [{ id: edge.id, path: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}` }];
  });
  if (cards.length === 0) return { x: 0, y: 0, width: WIDTH, height: HEIGHT, cards, edges };
  const left = Math.min(...cards.map((each) => each.x)) - MARGIN;
  const top = Math.min(...cards.map((each) => each.y)) - MARGIN;
  const right = Math.max(...cards.map((each) => each.x + each.width)) + MARGIN;
  const bottom = Math.max(...cards.map((each) => each.y + each.height + (each.undo ? 60 : 0))) + MARGIN;
  return { x: left, y: top, width: right - left, height: bottom - top, cards, edges };
}

function card(node: GraphNode): MiniCard {
  return {
    id: node.id,
    ...node.position,
    ...(isHolder(node) ? cardSize(node) : { width: WIDTH, height: HEIGHT }),
    box: isHolder(node),
    round: node.kind.startsWith('trigger.') || node.kind === 'end',
    undo: node.kind === 'action' && node.undo?.kind === 'compensation',
  };
}
