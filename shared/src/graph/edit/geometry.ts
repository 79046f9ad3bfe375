/**
 * Sizes and places on the drawing, in canvas pixels. Cards have fixed sizes so that layout, culling and edges never wait
 * for a measurement. All cards take their input at the same height, which keeps a row of steps on one straight line.
 */
import type { Graph, GraphNode } from '../graph.js';
import type { Point } from './edit.js';

export const GRID = 16;
/** From the left side of one column to the next, and from the top of one row to the next. */
export const COLUMN = 304;
export const ROW = 112;

const CARD_HEIGHT = 64;
const CASE_ROW = 24;
/** The compensation card and the gap in which it hangs under its step. */
export const UNDO_CARD = { width: 208, height: 40, gap: 16 } as const;

export interface Size {
  readonly width: number;
  readonly height: number;
}

export function snap(value: number): number {
  return Math.round(value / GRID) * GRID || 0;
}

export function cardSize(node: GraphNode): Size {
  switch (node.kind) {
    case 'note':
      return node.size;
    case 'branch':
      return { width: 240, height: CARD_HEIGHT + CASE_ROW * (node.cases.length + 1) + 8 };
    case 'end':
    case 'fail':
      return { width: 192, height: CARD_HEIGHT };
    default:
      return { width: 240, height: CARD_HEIGHT };
  }
}

export function hasUndoCard(node: GraphNode): boolean {
  return node.kind === 'action' && node.undo?.kind === 'compensation';
}

/** The card together with the compensation docked under it. */
export function footprint(node: GraphNode): Size {
  const card = cardSize(node);
  return hasUndoCard(node) ? { width: card.width, height: card.height + UNDO_CARD.gap + UNDO_CARD.height } : card;
}

/** Where a line enters, relative to the card. */
export const INPUT_POINT: Point = { x: 0, y: CARD_HEIGHT / 2 };

/** Where a line leaves, relative to the card. */
export function outputPoint(node: GraphNode, port: string): Point {
  const { width, height } = cardSize(node);
  if (port === 'error') return { x: width - 28, y: height };
  if (node.kind === 'branch') {
    const row = port === 'else' ? node.cases.length : node.cases.findIndex((each) => each.id === port);
    return { x: width, y: CARD_HEIGHT + CASE_ROW * Math.max(0, row) + CASE_ROW / 2 };
  }
  return { x: width, y: CARD_HEIGHT / 2 };
}

/** The place nearest below `wanted` where the node covers no other. */
export function freePlace(
  graph: Graph,
  node: GraphNode,
  wanted: Point,
  ignore: ReadonlySet<string> = new Set(),
): Point {
  const size = footprint(node);
  const others = Object.values(graph.nodes).filter(
    (other) => other.id !== node.id && other.kind !== 'note' && !ignore.has(other.id),
  );
  const x = snap(wanted.x);
  let y = snap(wanted.y);
  for (;;) {
    const hit = others.find((other) => {
      const its = footprint(other);
      return (
        x < other.position.x + its.width + GRID &&
        other.position.x < x + size.width + GRID &&
        y < other.position.y + its.height + 2 * GRID &&
        other.position.y < y + size.height + 2 * GRID
      );
    });
    if (!hit) return { x, y };
    y = Math.max(y + GRID, Math.ceil((hit.position.y + footprint(hit).height + 2 * GRID) / GRID) * GRID);
  }
}
