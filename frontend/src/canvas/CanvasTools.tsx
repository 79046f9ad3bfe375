/** What lies over the drawing: the plus on a line, the word of refusal at the pointer, the zoom, the spoken word. */
import { useConnection, useReactFlow, useStore as useFlowStore, ViewportPortal } from '@xyflow/react';
import { Maximize2, Minus, Plus } from 'lucide-react';
import { useEffect } from 'react';
import type { ReactElement, RefObject } from 'react';
import { IconButton } from '../ui/index.js';
import { useCanvas, useCanvasStore } from './canvas-store.js';
import { midpointOf } from './hit.js';
import { motion } from './reveal.js';

export const fitOptions = { padding: 0.16, maxZoom: 1, minZoom: 0.2 };

/** The one shared `+` that sits on whichever line is pointed at (E7). */
export function EdgePlus(): ReactElement | null {
  const store = useCanvasStore();
  const id = useCanvas((state) => state.hoveredEdge ?? state.selectedEdge);
  const graph = useCanvas((state) => state.graph);
  const editing = useCanvas((state) => state.editing);
  const edge = id === null ? undefined : graph.edges[id];
  if (!edge || !editing) return null;
  const { x, y } = midpointOf(graph, edge);
  return (
    <ViewportPortal>
      <button
        type="button"
        tabIndex={-1}
        className="plus edge-plus nodrag nopan"
        aria-label={`Insert a step between ${graph.nodes[edge.from]?.name} and ${graph.nodes[edge.to]?.name}`}
        style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
        onMouseLeave={() => {
          store.setState({ hoveredEdge: null });
        }}
        onClick={(event) => {
          event.stopPropagation();
          editing.requestStep({ kind: 'edge', edge: edge.id });
        }}
      >
        <Plus size={13} aria-hidden="true" />
      </button>
    </ViewportPortal>
  );
}

/** Why the line being drawn may not end where the pointer is (E12). */
export function RefusalTag(): ReactElement | null {
  const editing = useCanvas((state) => state.editing);
  const drawing = useCanvas((state) => state.drawing);
  const { inProgress, target, pointer } = useConnection((connection) => ({
    inProgress: connection.inProgress,
    target: connection.toNode?.id ?? null,
    pointer: connection.pointer,
  }));
  const refusal =
    inProgress && drawing && target !== null ? (editing?.refusal(drawing.from, drawing.port, target) ?? null) : null;
  if (!refusal || !pointer) return null;
  return (
    <ViewportPortal>
      <span
        role="status"
        className="refusal-tag"
        style={{ transform: `translate(${pointer.x + 14}px, ${pointer.y + 14}px)` }}
      >
        {refusal.message}
      </span>
    </ViewportPortal>
  );
}

/** Semantic zoom (E33): the band is an attribute, the style sheet does the rest. */
export function ZoomBand({ frame }: { readonly frame: RefObject<HTMLDivElement | null> }): null {
  const band = useFlowStore((state) =>
    state.transform[2] < 0.35 ? 'far' : state.transform[2] < 0.6 ? 'middle' : 'near',
  );
  useEffect(() => {
    frame.current?.setAttribute('data-zoom', band);
  }, [band, frame]);
  return null;
}

export function ZoomBar(): ReactElement {
  const { zoomIn, zoomOut, fitView, zoomTo } = useReactFlow();
  const percent = useFlowStore((state) => Math.round(state.transform[2] * 100));
  return (
    <div className="zoom-bar nodrag nopan" role="toolbar" aria-label="Zoom">
      <IconButton
        label="Zoom out"
        shortcut="-"
        tooltipSide="top"
        onClick={() => void zoomOut({ duration: motion(160) })}
      >
        <Minus size={14} aria-hidden="true" />
      </IconButton>
      <button
        type="button"
        className="zoom-percent"
        aria-label={`Zoom ${percent} percent, reset to 100`}
        onClick={() => void zoomTo(1, { duration: motion(160) })}
      >
        {percent}%
      </button>
      <IconButton label="Zoom in" shortcut="+" tooltipSide="top" onClick={() => void zoomIn({ duration: motion(160) })}>
        <Plus size={14} aria-hidden="true" />
      </IconButton>
      <IconButton
        label="Fit"
        shortcut="1"
        tooltipSide="top"
        onClick={() => void fitView({ ...fitOptions, duration: motion(240) })}
      >
        <Maximize2 size={13} aria-hidden="true" />
      </IconButton>
    </div>
  );
}

export function LiveRegion(): ReactElement {
  const text = useCanvas((state) => state.announcement);
  return (
    <div aria-live="polite" className="sr-only">
      {text}
    </div>
  );
}
