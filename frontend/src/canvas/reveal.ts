/** Moving the view over the drawing: as little as possible, and not at all for those who want no motion. */
import { footprint } from '@sagawright/shared/graph';
import type { Graph, NodeId } from '@sagawright/shared/graph';
import type { ReactFlowInstance } from '@xyflow/react';
import { shiftInto } from './opening.js';
import type { Insets } from './opening.js';
import type { StepLine, StepNode } from './project.js';

export type CanvasView = ReactFlowInstance<StepNode, StepLine>;

const KEEP: Insets = { top: 68, right: 24, bottom: 56, left: 24 };

/**
 * Pans a step into view, as little as possible.
 *
 * @param covered what lies over the canvas at each side, in screen pixels
 */
export function reveal(
  flow: CanvasView,
  graph: Graph,
  id: NodeId,
  frame: HTMLElement | null,
  covered: Partial<Insets> = {},
): void {
  const node = graph.nodes[id];
  if (!node || !frame) return;
  const insets: Insets = {
    top: KEEP.top + (covered.top ?? 0),
    right: KEEP.right + (covered.right ?? 0),
    bottom: KEEP.bottom + (covered.bottom ?? 0),
    left: KEEP.left + (covered.left ?? 0),
  };
  const size = footprint(node);
  const moved = shiftInto(
    { ...node.position, ...size },
    flow.getViewport(),
    { width: frame.clientWidth, height: frame.clientHeight },
    insets,
  );
  if (moved) void flow.setViewport(moved, { duration: motion(240) });
}

export function motion(ms: number): number {
  return matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : ms;
}
