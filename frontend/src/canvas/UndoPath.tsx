/**
 * The way back (E79): from the failing step through the compensations, right to left below the flow; on a drawing from top
 * to bottom, upwards on its left.
 */
import { cardSize, footprint, HOLDER_HEADER, isHolder, UNDO_CARD } from '@sagawright/shared/graph';
import type { Graph, GraphNode, NodeId } from '@sagawright/shared/graph';
import { getSmoothStepPath, Position, ViewportPortal } from '@xyflow/react';
import type { ReactElement } from 'react';
import { useCanvas } from './canvas-store.js';
import type { UndoView } from './canvas-store.js';

export function UndoPath(): ReactElement | null {
  const view = useCanvas((state) => state.undoView);
  const graph = useCanvas((state) => state.graph);
  if (!view || view.steps.length === 0) return null;
  return (
    <ViewportPortal>
      <svg className="undo-path" aria-hidden="true">
        {hops(view).map(({ from, to, key }) => {
          const path = hopPath(graph, from, to, from === view.failing);
          return path === null ? null : (
            <g key={key}>
              <path id={`undo-${key}`} className="undo-line" d={path.d} />
              <text className="undo-chevrons" dy="4.5">
                <textPath href={`#undo-${key}`} startOffset="26">
                  {'›'.repeat(Math.max(1, Math.floor((path.length - 30) / 48)))}
                </textPath>
              </text>
            </g>
          );
        })}
      </svg>
    </ViewportPortal>
  );
}

/** From each compensation to those that wait for it directly; from the failing step to those that wait for nothing. */
function hops(view: UndoView): { from: NodeId; to: NodeId; key: string }[] {
  const orders = new Map(view.steps.map((step) => [step.id, step.order]));
  return view.steps.flatMap((step) => {
    const latest = Math.max(0, ...step.after.map((id) => orders.get(id) ?? 0));
    const direct = step.after.filter((id) => orders.get(id) === latest);
    const from = direct.length > 0 ? direct : view.failing === null ? [] : [view.failing];
    return from.map((id) => ({ from: id, to: step.id, key: `${id}-${step.id}` }));
  });
}

const undoRow = (node: GraphNode) => node.position.y + cardSize(node).height + UNDO_CARD.gap + UNDO_CARD.height / 2;

function hopPath(
  graph: Graph,
  fromId: NodeId,
  toId: NodeId,
  fromFailing: boolean,
): { d: string; length: number } | null {
  const from = graph.nodes[fromId];
  const to = graph.nodes[toId];
  if (!from || !to) return null;
  if (graph.settings.direction === 'tb') return hopUp(graph, from, to, fromFailing);
  const inset = (cardSize(to).width - UNDO_CARD.width) / 2;
  const target = { x: to.position.x + cardSize(to).width - inset, y: undoRow(to) };
  const source = fromFailing
    ? { x: from.position.x + 8, y: from.position.y + cardSize(from).height }
    : { x: from.position.x + (cardSize(from).width - UNDO_CARD.width) / 2, y: undoRow(from) };
  const below = lowerRow(graph, [fromId, toId], source.x, target.x, target.y);
  if (below > target.y) {
    // Something stands in the way: duck under it and come up again.
    const d = `M${source.x} ${source.y}${fromFailing ? '' : `H${source.x - 16}`}V${below}H${target.x + 16}V${target.y}H${target.x}`;
    return { d, length: source.x - target.x + 2 * (below - target.y) };
  }
  const [d] = getSmoothStepPath({
    sourceX: source.x,
    sourceY: source.y,
    sourcePosition: fromFailing ? Position.Bottom : Position.Left,
    targetX: target.x,
    targetY: target.y,
    targetPosition: Position.Right,
    borderRadius: 10,
    offset: 16,
  });
  return { d, length: Math.abs(source.x - target.x) + Math.abs(source.y - target.y) };
}

const undoLeft = (node: GraphNode) => node.position.x + (cardSize(node).width - UNDO_CARD.width) / 2;

/** Out to the left, up beside everything that stands there, and in again from the left. */
function hopUp(graph: Graph, from: GraphNode, to: GraphNode, fromFailing: boolean): { d: string; length: number } {
  const source = fromFailing
    ? { x: from.position.x, y: from.position.y + HOLDER_HEADER / 2 }
    : { x: undoLeft(from), y: undoRow(from) };
  const target = { x: undoLeft(to), y: undoRow(to) };
  const lane = leftLane(graph, Math.min(source.x, target.x) - 24, target.y, source.y);
  const blocked = Object.values(graph.nodes).some(
    (node) =>
      node.kind !== 'note' &&
      !isHolder(node) &&
      node.position.x > lane &&
      node.position.x < to.position.x &&
      node.position.y < target.y &&
      node.position.y + footprint(node).height > target.y,
  );
  // Something stands to the left of it on its row: come in from below.
  const below = to.position.y + footprint(to).height + 20;
  const d = blocked
    ? `M${source.x} ${source.y}H${lane}V${below}H${target.x - 16}V${target.y}H${target.x}`
    : `M${source.x} ${source.y}H${lane}V${target.y}H${target.x}`;
  return { d, length: source.x - lane + Math.abs(source.y - target.y) + target.x - lane };
}

/** The lane at which a way up between two rows meets no card. */
function leftLane(graph: Graph, wanted: number, top: number, bottom: number): number {
  const [upper, lower] = top < bottom ? [top, bottom] : [bottom, top];
  const between = Object.values(graph.nodes).filter(
    (node) =>
      node.kind !== 'note' &&
      !isHolder(node) &&
      node.position.y < lower &&
      node.position.y + footprint(node).height > upper,
  );
  let free = wanted;
  for (;;) {
    const hit = between.find(
      (node) => node.position.x < free + 8 && node.position.x + footprint(node).width > free - 8,
    );
    if (!hit) return free;
    free = hit.position.x - 24;
  }
}

/** The row on which a way back between two steps meets no card of another. */
function lowerRow(graph: Graph, ends: readonly NodeId[], right: number, left: number, row: number): number {
  const between = Object.values(graph.nodes).filter(
    (node) =>
      node.kind !== 'note' &&
      !isHolder(node) &&
      !ends.includes(node.id) &&
      node.position.x < right &&
      node.position.x + cardSize(node).width > left,
  );
  let free = row;
  for (;;) {
    const hit = between.find(
      (node) => node.position.y < free + 8 && node.position.y + footprint(node).height > free - 8,
    );
    if (!hit) return free;
    free = hit.position.y + footprint(hit).height + 20;
  }
}
