/**
 * Sizes and places on the drawing, in canvas pixels. Cards have fixed sizes so that layout, culling and edges never wait
 * for a measurement. All cards take their input at the same height (drawn from top to bottom: at the same distance from
 * their left side), which keeps a row of steps on one straight line.
 *
 * A container has a header as high as a card, with its input and its ways on; below it lies what it holds.
 */
import { holderOf } from '../containers.js';
import type { HolderNode } from '../containers.js';
import type { Graph, GraphNode } from '../graph.js';
import { isContainer, plainPorts } from '../ports.js';
import type { Point } from './edit.js';

export const GRID = 16;
/** From the left side of one column to the next, and from the top of one row to the next. */
export const COLUMN = 304;
export const ROW = 112;
/** Between two columns; lines turn in its middle. */
export const COLUMN_GAP = 64;

const CARD_WIDTH = 240;
const CARD_HEIGHT = 64;
const CASE_ROW = 24;
/** The compensation card and the gap in which it hangs under its step. */
export const UNDO_CARD = { width: 208, height: 40, gap: 16 } as const;
/** Height of a container's head, where its name stands. */
export const HOLDER_HEADER = CARD_HEIGHT;

/** Which way the flow is drawn: to the right, or downwards. */
export type DrawingDirection = Graph['settings']['direction'];

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A rectangle; `right` and `bottom` are its far sides. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export function snap(value: number): number {
  return Math.round(value / GRID) * GRID || 0;
}

/** Ports that have a row of their own on the card. */
function rowPorts(node: GraphNode): string[] {
  const hasRows = node.kind === 'branch' || node.kind === 'inclusive' || node.kind === 'race' || node.kind === 'task';
  return hasRows ? plainPorts(node) : [];
}

export function cardSize(node: GraphNode): Size {
  switch (node.kind) {
    case 'note':
    case 'group':
    case 'scope':
    case 'for-each':
    case 'repeat':
      return node.size;
    case 'end':
    case 'fail':
    case 'terminate':
      return { width: 192, height: CARD_HEIGHT };
    default: {
      const rows = rowPorts(node).length;
      return { width: CARD_WIDTH, height: rows === 0 ? CARD_HEIGHT : CARD_HEIGHT + CASE_ROW * rows + 8 };
    }
  }
}

export function hasUndoCard(node: GraphNode): boolean {
  return 'undo' in node && node.undo?.kind === 'compensation';
}

/** The card together with the compensation docked under it. */
export function footprint(node: GraphNode): Size {
  const card = cardSize(node);
  return hasUndoCard(node) ? { width: card.width, height: card.height + UNDO_CARD.gap + UNDO_CARD.height } : card;
}

export function boxOf(node: GraphNode): Box {
  const { width, height } = footprint(node);
  const { x, y } = node.position;
  return { left: x, top: y, right: x + width, bottom: y + height };
}

/** How far what lies in a container or group keeps from each of its sides. */
export function insets(holder: HolderNode, direction: DrawingDirection = 'lr'): Box {
  if (holder.kind === 'group') return { left: 32, top: 48, right: 32, bottom: 32 };
  return direction === 'lr'
    ? { left: COLUMN_GAP, top: HOLDER_HEADER + 32, right: 32, bottom: 32 }
    : { left: 32, top: HOLDER_HEADER + COLUMN_GAP, right: 32, bottom: 32 };
}

/** Where the first thing in a container or group goes. */
export function innerCorner(holder: HolderNode, direction: DrawingDirection = 'lr'): Point {
  const { left, top } = insets(holder, direction);
  return { x: holder.position.x + left, y: holder.position.y + top };
}

/** Where a line enters, relative to the card. */
export const INPUT_POINT: Point = { x: 0, y: CARD_HEIGHT / 2 };

/** {@link INPUT_POINT} for either way of drawing. */
export function inputPoint(direction: DrawingDirection): Point {
  return direction === 'lr' ? INPUT_POINT : { x: CARD_WIDTH / 2, y: 0 };
}

/** Where a line leaves, relative to the card. */
export function outputPoint(node: GraphNode, port: string, direction: DrawingDirection = 'lr'): Point {
  const { width, height } = cardSize(node);
  if (direction === 'tb') return outputBelow(node, port);
  if (port === 'error') return { x: width - 28, y: height };
  if (port === 'timeout') return { x: width - 56, y: height };
  if (isContainer(node)) {
    const { top } = insets(node);
    if (port === 'body') return { x: 0, y: top + CARD_HEIGHT / 2 };
    if (port === 'handler') return { x: 0, y: top + CARD_HEIGHT };
    if (port === 'resume') return { x: width, y: top + CARD_HEIGHT / 2 };
  }
  const rows = rowPorts(node);
  if (rows.length === 0) return { x: width, y: CARD_HEIGHT / 2 };
  return { x: width, y: CARD_HEIGHT + CASE_ROW * Math.max(0, rows.indexOf(port)) + CASE_ROW / 2 };
}

/** The ways on leave below the docked compensation, so that they do not run through it. */
function outputBelow(node: GraphNode, port: string): Point {
  const { width, height } = footprint(node);
  if (port === 'error') return { x: width, y: CARD_HEIGHT - 20 };
  if (port === 'timeout') return { x: width, y: CARD_HEIGHT - 44 };
  const middle = CARD_WIDTH / 2;
  if (isContainer(node)) {
    const { left } = insets(node, 'tb');
    if (port === 'body') return { x: left + middle, y: HOLDER_HEADER };
    if (port === 'handler') return { x: left + middle + 48, y: HOLDER_HEADER };
    if (port === 'resume') return { x: middle + 48, y: height };
  }
  const rows = rowPorts(node);
  if (rows.length === 0) return { x: Math.min(middle, width - 16), y: height };
  return { x: Math.round(((Math.max(0, rows.indexOf(port)) + 1) * width) / (rows.length + 1)), y: height };
}

/** The place nearest below `wanted` where the node covers nothing that lies in the same container or group. */
export function freePlace(
  graph: Graph,
  node: GraphNode,
  wanted: Point,
  ignore: ReadonlySet<string> = new Set(),
): Point {
  const size = footprint(node);
  const home = holderOf({ nodes: { ...graph.nodes, [node.id]: node } }, node.id)?.id ?? null;
  const others = Object.values(graph.nodes).filter(
    (other) =>
      other.id !== node.id &&
      other.kind !== 'note' &&
      !ignore.has(other.id) &&
      (holderOf(graph, other.id)?.id ?? null) === home,
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
