/** A line between two steps (7.4). Its look depends on its port and, in a run, on whether it was taken. */
import type { EdgeId } from '@sagawright/shared/graph';
import { BaseEdge, EdgeLabelRenderer, getSmoothStepPath } from '@xyflow/react';
import type { EdgeProps } from '@xyflow/react';
import { memo } from 'react';
import type { ReactElement } from 'react';
import { useCanvas } from './canvas-store.js';

export const StepLine = memo(function StepLine({
  id,
  selected,
  sourceX,
  sourceY,
  targetX,
  targetY,
  sourcePosition,
  targetPosition,
}: EdgeProps): ReactElement {
  const edgeId: EdgeId = id;
  const port = useCanvas((state) => state.graph.edges[edgeId]?.port);
  const face = useCanvas((state) => state.edgeFaces[edgeId]);
  const hovered = useCanvas((state) => state.hoveredEdge === edgeId || state.dropEdge === edgeId);
  const undoView = useCanvas((state) => state.undoView !== null && state.faces === null);
  // The arrow's tip touches the input circle.
  const [path, labelX, labelY] = getSmoothStepPath({
    sourceX: sourceX - 4,
    sourceY,
    targetX: targetX - 1,
    targetY,
    sourcePosition,
    targetPosition,
    borderRadius: 10,
    offset: 24,
  });
  const look = selected ? 'selected' : hovered ? 'hovered' : (face ?? (undoView ? 'faded' : 'plain'));
  return (
    <>
      <g className="step-line" data-look={look} data-port={port === 'error' ? 'error' : undefined}>
        <BaseEdge
          id={id}
          path={path}
          interactionWidth={20}
          markerEnd={`url(#arrow-${port === 'error' ? 'error' : look})`}
        />
        {face === 'flowing' && (
          <circle r="3.5" className="flow-dot">
            <animateMotion dur="1.2s" repeatCount="indefinite" path={path} />
          </circle>
        )}
      </g>
      {port === 'error' && (
        <EdgeLabelRenderer>
          <span
            className="line-label"
            data-port="error"
            style={{ transform: `translate(-50%, -50%) translate(${labelX}px, ${labelY}px)` }}
          >
            on error
          </span>
        </EdgeLabelRenderer>
      )}
    </>
  );
});

const LOOKS = ['plain', 'hovered', 'selected', 'taken', 'flowing', 'passed-by', 'open', 'faded', 'error'] as const;

/** Arrow heads, one per look, so that a head always has the colour of its line. */
export function Arrows(): ReactElement {
  return (
    <svg className="arrows" aria-hidden="true">
      <defs>
        {LOOKS.map((look) => (
          <marker
            key={look}
            id={`arrow-${look}`}
            data-look={look}
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="8"
            markerHeight="8"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            {look === 'error' ? <path d="M1 1L7 4L1 7" fill="none" strokeWidth="1.5" /> : <path d="M0 .5L8 4L0 7.5Z" />}
          </marker>
        ))}
      </defs>
    </svg>
  );
}
