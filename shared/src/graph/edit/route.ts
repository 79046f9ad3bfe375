/**
 * Where a line runs: from its port to the next step's input, in right angles.
 *
 * 1. It crosses no card and no compensation docked under one, as long as the columns leave a gap to go through.
 * 2. Short before long: straight, then one bend between the two, then a lane of its own above or below what is in the way.
 * 3. Deterministic and pure; what is drawn and what a pointer hits are the same points.
 *
 * Left out: lines keep clear of cards, not of each other.
 */
import type { Graph, GraphEdge } from '../graph.js';
import type { Point } from './edit.js';
import { cardSize, footprint, INPUT_POINT, outputPoint } from './geometry.js';

/** Half of the gap between two columns: where a line turns. */
const TURN = 32;
/** An error line leaves through the gap between card and compensation, and turns before the others do. */
const ERROR_DROP = 8;
const ERROR_TURN = 16;
const LANE = 20;
const CLEAR = 6;

interface Box {
  readonly id: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const routes = new WeakMap<Graph, { boxes: readonly Box[]; lines: Map<string, readonly Point[]> }>();

/** The bends of a line with both ends; empty when an end is missing. Remembered per graph. */
export function routeLine(graph: Graph, edge: GraphEdge): readonly Point[] {
  const kept = routes.get(graph) ?? { boxes: boxesOf(graph), lines: new Map<string, readonly Point[]>() };
  routes.set(graph, kept);
  const known = kept.lines.get(edge.id);
  if (known) return known;
  const line = findRoute(graph, edge, kept.boxes);
  kept.lines.set(edge.id, line);
  return line;
}

/** Whether a line touches a card other than at its own two ends. */
export function crossesCard(graph: Graph, edge: GraphEdge, line: readonly Point[]): boolean {
  return blocked(line, edge, boxesOf(graph));
}

function findRoute(graph: Graph, edge: GraphEdge, boxes: readonly Box[]): readonly Point[] {
  const from = graph.nodes[edge.from];
  const to = graph.nodes[edge.to];
  if (!from || !to) return [];
  const out = outputPoint(from, edge.port);
  const start = { x: from.position.x + out.x, y: from.position.y + out.y };
  const end = { x: to.position.x + INPUT_POINT.x, y: to.position.y + INPUT_POINT.y };
  const error = edge.port === 'error';
  const lead = error ? [start, { x: start.x, y: start.y + ERROR_DROP }] : [start];
  const row = lead[lead.length - 1]?.y ?? start.y;
  const turnOut = from.position.x + cardSize(from).width + (error ? ERROR_TURN : TURN);
  const turnIn = end.x - TURN;

  const forward = end.x >= turnOut;
  if (forward && row === end.y && !blocked([...lead, end], edge, boxes)) return [...lead, end];
  const oneBend = (x: number) => [...lead, { x, y: row }, { x, y: end.y }, end];
  const near = end.x - turnOut <= 2 * TURN;
  const bends = !forward ? [] : near && !error ? [(start.x + end.x) / 2] : [Math.max(turnIn, turnOut), turnOut];
  for (const x of bends) if (!blocked(oneBend(x), edge, boxes)) return oneBend(x);
  const lane = (y: number) => [
    ...lead,
    { x: turnOut, y: row },
    { x: turnOut, y },
    { x: turnIn, y },
    { x: turnIn, y: end.y },
    end,
  ];
  const detour = (y: number) => Math.abs(y - row) + Math.abs(y - end.y);
  const lanes = [...new Set(boxes.flatMap((box) => [box.bottom + LANE, box.top - LANE]))].sort(
    (a, b) => detour(a) - detour(b) || b - a,
  );
  for (const y of lanes) if (!blocked(lane(y), edge, boxes)) return lane(y);
  return forward ? oneBend((start.x + end.x) / 2) : lane(lanes[0] ?? row);
}

function boxesOf(graph: Graph): Box[] {
  return Object.values(graph.nodes).flatMap((node) => {
    if (node.kind === 'note') return [];
    const { width, height } = footprint(node);
    const { x, y } = node.position;
    return [{ id: node.id, left: x, right: x + width, top: y, bottom: y + height }];
  });
}

function blocked(line: readonly Point[], edge: GraphEdge, boxes: readonly Box[]): boolean {
  const last = line.length - 1;
  // The error port sits on the card's lower side, so its first two pieces belong to its own card.
  const own = edge.port === 'error' ? 2 : 1;
  return line.some((b, index) => {
    const a = line[index - 1];
    if (!a) return false;
    const [left, right] = a.x < b.x ? [a.x, b.x] : [b.x, a.x];
    const [top, bottom] = a.y < b.y ? [a.y, b.y] : [b.y, a.y];
    return boxes.some(
      (box) =>
        left < box.right + CLEAR &&
        right > box.left - CLEAR &&
        top < box.bottom + CLEAR &&
        bottom > box.top - CLEAR &&
        !(index <= own && box.id === edge.from) &&
        !(index === last && box.id === edge.to),
    );
  });
}

/** The point half way along a line. */
export function halfWay(line: readonly Point[]): Point {
  const pieces = line.slice(1).map((b, index) => {
    const a = line[index] ?? b;
    return { a, b, length: Math.hypot(b.x - a.x, b.y - a.y) };
  });
  let left = pieces.reduce((sum, piece) => sum + piece.length, 0) / 2;
  for (const { a, b, length } of pieces) {
    if (left <= length) {
      const part = length === 0 ? 0 : left / length;
      return { x: a.x + (b.x - a.x) * part, y: a.y + (b.y - a.y) * part };
    }
    left -= length;
  }
  return line[0] ?? { x: 0, y: 0 };
}
