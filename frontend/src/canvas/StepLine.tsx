/** A line between two steps (7.4). Its look depends on its port and, in a run, on whether it was taken. */
import { portLabel, routeLine } from '@sagawright/shared/graph';
import type { EdgeId, Graph, Point } from '@sagawright/shared/graph';
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
  const route = useCanvas((state) => {
    const edge = state.graph.edges[edgeId];
    return edge ? routeLine(state.graph, edge) : NOWHERE;
  });
  const down = useCanvas((state) => state.graph.settings.direction === 'tb');
  const caption = useCanvas((state) => captionOf(state.graph, edgeId));
  const start = route[0];
  const end = route[route.length - 1];
  // While a card is being dragged the document still has its old place: then a plain line follows the pointer.
  const resting =
    start !== undefined &&
    end !== undefined &&
    Math.hypot(sourceX - start.x, sourceY - start.y) < 8 &&
    Math.hypot(targetX - end.x, targetY - end.y) < 8;
  const path = resting
    ? roundedPath([...route.slice(0, -1), down ? { x: end.x, y: end.y - TIP } : { x: end.x - TIP, y: end.y }])
    : getSmoothStepPath({
        sourceX: down ? sourceX : sourceX - 4,
        sourceY: down ? sourceY - 4 : sourceY,
        targetX: down ? targetX : targetX - 1,
        targetY: down ? targetY - 1 : targetY,
        sourcePosition,
        targetPosition,
        borderRadius: 10,
        offset: 24,
      })[0];
  const label = resting && caption !== null ? labelPlace(route, caption.length * 6 + 24, down) : null;
  const look = selected ? 'selected' : hovered ? 'hovered' : (face ?? (undoView ? 'faded' : 'plain'));
  const tone = port !== undefined && TONES.has(port) ? port : undefined;
  return (
    <>
      <g className="step-line" data-look={look} data-port={tone}>
        <BaseEdge
          id={id}
          path={path}
          interactionWidth={20}
          markerEnd={`url(#arrow-${tone !== undefined && ARROWS.has(tone) ? tone : look})`}
        />
        {face === 'flowing' && (
          <circle r="3.5" className="flow-dot">
            <animateMotion dur="1.2s" repeatCount="indefinite" path={path} />
          </circle>
        )}
      </g>
      {label !== null && (
        <EdgeLabelRenderer>
          <span
            className="line-label"
            data-port={port}
            style={{ transform: `translate(-50%, -50%) translate(${label.x}px, ${label.y}px)` }}
          >
            {caption}
          </span>
        </EdgeLabelRenderer>
      )}
    </>
  );
});

/** Ways of their own look: failures, lateness, what is done instead of them. */
const TONES: ReadonlySet<string> = new Set(['error', 'timeout', 'handler', 'resume']);
const ARROWS: ReadonlySet<string> = new Set(['error', 'timeout', 'handler']);
const NOWHERE: readonly Point[] = [];
/** The arrow's tip touches the input circle. */
const TIP = 6;

/** What stands on a line: the case it belongs to (E16), or which failure or wait it is the way of. */
function captionOf(graph: Graph, id: EdgeId): string | null {
  const edge = graph.edges[id];
  const node = edge && graph.nodes[edge.from];
  if (!edge || !node || edge.port === 'out' || edge.port === 'body') return null;
  if (edge.port === 'else') return '∕ else';
  if (node.kind === 'branch') {
    const index = node.cases.findIndex((each) => each.id === edge.port);
    if (index >= 0) return `${index + 1} ${portLabel(node, edge.port)}`.trim();
  }
  return portLabel(node, edge.port);
}

/**
 * The first level piece of a line that has room for its label; the rows of the card name a way that has none. Drawn
 * downwards a line hangs for the most part: then it is the longest piece, which it shares with the fewest others.
 */
function labelPlace(route: readonly Point[], width: number, down: boolean): Point | null {
  const pieces = route.slice(1).flatMap((b, index) => {
    const a = route[index];
    return a ? [{ a, b }] : [];
  });
  const level = pieces.find(({ a, b }) => a.y === b.y && Math.abs(b.x - a.x) >= width + 24);
  const drop = ({ a, b }: { readonly a: Point; readonly b: Point }) => (a.x === b.x ? Math.abs(b.y - a.y) : 0);
  const [longest] = down ? pieces.toSorted((a, b) => drop(b) - drop(a)) : [];
  const piece = level ?? (longest && drop(longest) >= LABEL_DROP ? longest : undefined);
  return piece ? { x: (piece.a.x + piece.b.x) / 2, y: (piece.a.y + piece.b.y) / 2 } : null;
}

/** A hanging line shows above and below its label, and its arrow. */
const LABEL_DROP = 28;

/** Right angles with round corners. */
function roundedPath(points: readonly Point[]): string {
  return points
    .map((point, index) => {
      const [before, after] = [points[index - 1], points[index + 1]];
      if (!before) return `M${point.x} ${point.y}`;
      if (!after) return `L${point.x} ${point.y}`;
      const [a, b] = [distance(before, point), distance(point, after)];
      const radius = Math.min(10, a / 2, b / 2);
      if (radius < 0.5) return '';
      const enter = toward(point, before, radius / a);
      const leave = toward(point, after, radius / b);
      return `L${enter.x} ${enter.y}Q${point.x} ${point.y} ${leave.x} ${leave.y}`;
    })
    .join('');
}

const distance = (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y);
const toward = (from: Point, to: Point, part: number): Point => ({
  x: from.x + (to.x - from.x) * part,
  y: from.y + (to.y - from.y) * part,
});

const LOOKS = [
  'plain',
  'hovered',
  'selected',
  'taken',
  'flowing',
  'passed-by',
  'open',
  'faded',
  'error',
  'timeout',
  'handler',
] as const;

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
            {ARROWS.has(look) ? <path d="M1 1L7 4L1 7" fill="none" strokeWidth="1.5" /> : <path d="M0 .5L8 4L0 7.5Z" />}
          </marker>
        ))}
      </defs>
    </svg>
  );
}
