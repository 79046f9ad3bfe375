/** Which part of a drawing is seen, and when it has to move. Pure arithmetic on boxes. */
import { footprint, nodesInOrder } from '@sagawright/shared/graph';
import type { Graph, NodeId } from '@sagawright/shared/graph';

export interface Viewport {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

export interface Extent {
  readonly width: number;
  readonly height: number;
}

/** Space at each side that something else covers or that a card should keep to the border. */
export interface Insets {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/** Below this a card's words cannot be read (E33). */
export const READABLE = 0.6;
const MARGIN = 40;
/** The zoom bar lies over the lower border. */
const BELOW = 56;

/** How a drawing is first seen (E32): whole at 60 to 100 % when it fits, else readable, from its start. */
export function openingView(graph: Graph, start: NodeId | null, screen: Extent): Viewport {
  const cards = nodesInOrder(graph).map((node) => ({ ...node.position, ...footprint(node) }));
  if (cards.length === 0) return { x: screen.width / 2, y: screen.height / 2, zoom: 1 };
  const left = Math.min(...cards.map((card) => card.x));
  const top = Math.min(...cards.map((card) => card.y));
  const width = Math.max(...cards.map((card) => card.x + card.width)) - left;
  const height = Math.max(...cards.map((card) => card.y + card.height)) - top;
  const free = { width: screen.width - 2 * MARGIN, height: screen.height - MARGIN - BELOW };
  const fitting = Math.min(1, free.width / width, free.height / height);
  if (fitting >= READABLE) {
    return {
      x: (screen.width - width * fitting) / 2 - left * fitting,
      y: MARGIN + (free.height - height * fitting) / 2 - top * fitting,
      zoom: fitting,
    };
  }
  const zoom = 0.8;
  const first = start === null ? undefined : graph.nodes[start];
  if (graph.settings.direction === 'tb' && first) {
    const middle = first.position.x + footprint(first).width / 2;
    const x = width * zoom <= free.width ? left + width / 2 : middle;
    return { x: screen.width / 2 - x * zoom, y: MARGIN - first.position.y * zoom, zoom };
  }
  const x = first?.position.x ?? left;
  const fitsDown = height * zoom <= free.height;
  const middle = fitsDown ? top + height / 2 : (first?.position.y ?? top) + 32;
  return { x: Math.min(MARGIN, 24) - x * zoom, y: MARGIN + free.height / 2 - middle * zoom, zoom };
}

/** The smallest move that brings a card inside the free part of the screen, or null when it is there already. */
export function shiftInto(
  card: Extent & { readonly x: number; readonly y: number },
  view: Viewport,
  screen: Extent,
  insets: Insets,
): Viewport | null {
  const left = card.x * view.zoom + view.x;
  const top = card.y * view.zoom + view.y;
  const x = along(left, card.width * view.zoom, insets.left, screen.width - insets.right);
  const y = along(top, card.height * view.zoom, insets.top, screen.height - insets.bottom);
  return x === 0 && y === 0 ? null : { x: view.x + x, y: view.y + y, zoom: view.zoom };
}

function along(start: number, length: number, from: number, to: number): number {
  if (start < from || length > to - from) return from - start;
  return Math.min(0, to - start - length);
}
