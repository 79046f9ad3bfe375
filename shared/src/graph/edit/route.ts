/**
 * Where a line runs: from its port to the next step's input, in right angles.
 *
 * 1. It crosses no card and no compensation docked under one, as long as the columns leave a gap to go through. A container
 *    is crossed by lines of its own inside only; a group is drawing, and crossed by any.
 * 2. Short before long: straight, then one bend between the two, then a lane of its own above or below what is in the way.
 * 3. Deterministic and pure; what is drawn and what a pointer hits are the same points.
 * 4. Drawn from top to bottom it is the same with x and y exchanged.
 *
 * Left out: lines keep clear of cards, not of each other.
 */
import { holdersOf } from '../containers.js';
import type { Graph, GraphEdge } from '../graph.js';
import { isInnerPort } from '../ports.js';
import type { Point } from './edit.js';
import { boxOf, footprint, inputPoint, outputPoint } from './geometry.js';

/** Half of the gap between two columns: where a line turns. */
const TURN = 32;
/** An error line leaves through the gap between card and compensation, and turns before the others do. */
const ERROR_DROP = 8;
const ERROR_TURN = 16;
const LANE = 20;
const CLEAR = 6;
/** How many other places to turn at are tried when everything short is in the way. */
const DETOURS = 12;

/** In the direction of the flow: `left` to `right` is along it. */
interface Obstacle {
  readonly id: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const routes = new WeakMap<Graph, { boxes: readonly Obstacle[]; lines: Map<string, readonly Point[]> }>();

/** The bends of a line with both ends; empty when an end is missing. Remembered per graph. */
export function routeLine(graph: Graph, edge: GraphEdge): readonly Point[] {
  const kept = routes.get(graph) ?? { boxes: obstaclesOf(graph), lines: new Map<string, readonly Point[]>() };
  routes.set(graph, kept);
  const known = kept.lines.get(edge.id);
  if (known) return known;
  const flip = flipped(graph);
  const line = findRoute(graph, edge, obstaclesFor(graph, edge, kept.boxes)).map(flip);
  kept.lines.set(edge.id, line);
  return line;
}

/** Whether a line touches a card other than at its own two ends. */
export function crossesCard(graph: Graph, edge: GraphEdge, line: readonly Point[]): boolean {
  return blocked(line.map(flipped(graph)), edge, obstaclesFor(graph, edge, obstaclesOf(graph)), leavesSideways(edge));
}

/** From the canvas to "along and across the flow", and back. */
function flipped(graph: Graph): (point: Point) => Point {
  return graph.settings.direction === 'lr' ? (point) => point : ({ x, y }) => ({ x: y, y: x });
}

/** The ports of failures sit on the card's far side, across the flow. */
function leavesSideways(edge: GraphEdge): boolean {
  return edge.port === 'error' || edge.port === 'timeout';
}

function findRoute(graph: Graph, edge: GraphEdge, boxes: readonly Obstacle[]): readonly Point[] {
  const from = graph.nodes[edge.from];
  const to = graph.nodes[edge.to];
  if (!from || !to) return [];
  const direction = graph.settings.direction;
  const flip = flipped(graph);
  const begin = flip(from.position);
  const out = flip(outputPoint(from, edge.port, direction));
  const goal = flip(to.position);
  const input = flip(inputPoint(direction));
  const start = { x: begin.x + out.x, y: begin.y + out.y };
  const end = { x: goal.x + input.x, y: goal.y + input.y };
  const { width, height } = footprint(from);
  const length = direction === 'lr' ? width : height;
  const sideways = leavesSideways(edge);
  const lead = sideways ? [start, { x: start.x, y: start.y + ERROR_DROP }] : [start];
  const row = lead[lead.length - 1]?.y ?? start.y;
  const far = isInnerPort(from, edge.port) ? start.x : begin.x + length;
  const turnOut = far + (sideways ? ERROR_TURN : TURN);
  const turnIn = end.x - TURN;
  const isBlocked = (line: readonly Point[]) => blocked(line, edge, boxes, sideways);

  const forward = end.x >= turnOut;
  if (forward && row === end.y && !isBlocked([...lead, end])) return [...lead, end];
  const oneBend = (x: number) => [...lead, { x, y: row }, { x, y: end.y }, end];
  const near = end.x - turnOut <= 2 * TURN;
  const bends = !forward ? [] : near && !sideways ? [(start.x + end.x) / 2] : [Math.max(turnIn, turnOut), turnOut];
  for (const x of bends) if (!isBlocked(oneBend(x))) return oneBend(x);
  const lane = (y: number, x = turnOut) => [
    ...lead,
    { x, y: row },
    { x, y },
    { x: turnIn, y },
    { x: turnIn, y: end.y },
    end,
  ];
  const detour = (y: number) => Math.abs(y - row) + Math.abs(y - end.y);
  const lanes = [...new Set(boxes.flatMap((box) => [box.bottom + LANE, box.top - LANE]))].sort(
    (a, b) => detour(a) - detour(b) || b - a,
  );
  for (const y of lanes) if (!isBlocked(lane(y))) return lane(y);
  // Something wider stands in the same column: turn behind it.
  const turns = [...new Set(boxes.map((box) => box.right + TURN))].filter((x) => x > turnOut).sort((a, b) => a - b);
  for (const x of turns.slice(0, DETOURS)) {
    if (x <= turnIn && !isBlocked(oneBend(x))) return oneBend(x);
    for (const y of lanes.slice(0, DETOURS)) if (!isBlocked(lane(y, x))) return lane(y, x);
  }
  return forward ? oneBend((start.x + end.x) / 2) : lane(lanes[0] ?? row);
}

function obstaclesOf(graph: Graph): Obstacle[] {
  const across = graph.settings.direction === 'tb';
  return Object.values(graph.nodes).flatMap((node): Obstacle[] => {
    if (node.kind === 'note' || node.kind === 'group') return [];
    const { left, top, right, bottom } = boxOf(node);
    return [
      across
        ? { id: node.id, left: top, right: bottom, top: left, bottom: right }
        : { id: node.id, left, top, right, bottom },
    ];
  });
}

/** Without the containers that the line runs inside of. */
function obstaclesFor(graph: Graph, edge: GraphEdge, boxes: readonly Obstacle[]): readonly Obstacle[] {
  const around = new Set([...holdersOf(graph, edge.from), ...holdersOf(graph, edge.to)].map((holder) => holder.id));
  return around.size === 0 ? boxes : boxes.filter((box) => !around.has(box.id));
}

function blocked(line: readonly Point[], edge: GraphEdge, boxes: readonly Obstacle[], sideways: boolean): boolean {
  const last = line.length - 1;
  // A port on the far side makes the first two pieces belong to its own card.
  const own = sideways ? 2 : 1;
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
