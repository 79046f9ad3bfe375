/**
 * The canvas: React Flow as a view of our store, with our own keyboard (E91) and live region (E92). With `editing` in the
 * store it can be changed; without, everything but changing works.
 */
import { footprint } from '@sagawright/shared/graph';
import type { Graph, NodeId } from '@sagawright/shared/graph';
import {
  applyNodeChanges,
  Background,
  BackgroundVariant,
  MiniMap,
  PanOnScrollMode,
  ReactFlow,
  ReactFlowProvider,
  SelectionMode,
  useConnection,
  useReactFlow,
  useStore as useFlowStore,
  ViewportPortal,
} from '@xyflow/react';
import type { Connection, FinalConnectionState, NodeChange, ReactFlowInstance } from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { Maximize2, Minus, Plus } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { DragEvent, KeyboardEvent, ReactElement, ReactNode } from 'react';
import { IconButton, stepStateStyle } from '../ui/index.js';
import './canvas.css';
import { CanvasContext, useCanvas, useCanvasStore } from './canvas-store.js';
import type { CanvasState, CanvasStore } from './canvas-store.js';
import { edgeAt, midpointOf } from './hit.js';
import { NoteCard } from './NoteCard.js';
import { openingView, shiftInto } from './opening.js';
import type { Insets } from './opening.js';
import { edgeProjector, nodeProjector } from './project.js';
import type { StepLine as Line, StepNode } from './project.js';
import { StepCard } from './StepCard.js';
import { Arrows, StepLine } from './StepLine.js';
import { UndoPath } from './UndoPath.js';
import { readingOrder, spokenStep, walk } from './walk.js';
import type { Direction } from './walk.js';

export type CanvasView = ReactFlowInstance<StepNode, Line>;

const nodeTypes = { step: StepCard, note: NoteCard };
const edgeTypes = { step: StepLine };
const fitOptions = { padding: 0.16, maxZoom: 1, minZoom: 0.2 };
const grid: [number, number] = [16, 16];
const labels = {
  'node.a11yDescription.default': 'Arrow keys walk along the flow, Enter opens the step.',
  'node.a11yDescription.keyboardDisabled': 'Arrow keys walk along the flow, Enter opens the step.',
  'edge.a11yDescription.default': 'A line between two steps.',
};
const PALETTE_TYPE = 'application/x-sagawright-step';

export interface CanvasProps {
  readonly store: CanvasStore;
  readonly label: string;
  /** Called with the view once it is there, for zooming and panning from outside. */
  readonly onReady?: (view: CanvasView) => void;
  /** Keys that the walk does not use; return true when taken. */
  readonly onKey?: (event: KeyboardEvent) => boolean;
  readonly children?: ReactNode;
}

export function Canvas(props: CanvasProps): ReactElement {
  return (
    <CanvasContext value={props.store}>
      <ReactFlowProvider>
        <Surface {...props} />
      </ReactFlowProvider>
    </CanvasContext>
  );
}

function Surface({ label, onReady, onKey, children }: CanvasProps): ReactElement {
  const store = useCanvasStore();
  const graph = useCanvas((state) => state.graph);
  const editable = useCanvas((state) => state.editing !== null);
  const lines = useLines(graph, editable);
  const order = useMemo(() => readingOrder(graph), [graph]);
  const { nodes, onNodesChange } = useCards(graph, order, editable);
  const flow = useReactFlow<StepNode, Line>();
  const frame = useRef<HTMLDivElement>(null);
  const [ready, setReady] = useState(false);

  const focusStep = useCallback(
    (id: NodeId) => {
      store.setState({ focus: id });
      frame.current?.querySelector<HTMLElement>(`.react-flow__node[data-id="${id}"]`)?.focus({ preventScroll: true });
      reveal(flow, store.getState().graph, id, frame.current);
    },
    [flow, store],
  );

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target instanceof HTMLElement && event.target.closest('input, textarea, [contenteditable], [role=menu]'))
      return;
    if (onKey?.(event)) return;
    const direction = DIRECTIONS[event.key];
    if (direction === undefined || event.ctrlKey || event.metaKey || event.altKey) {
      if (
        event.key === 'Enter' &&
        store.getState().focus !== null &&
        event.target instanceof HTMLElement &&
        event.target.closest('.react-flow__node') === event.target
      ) {
        event.preventDefault();
        const id = store.getState().focus;
        if (id !== null) {
          store.getState().select([id]);
          store.getState().open(id);
        }
      }
      return;
    }
    event.preventDefault();
    const { focus, selected } = store.getState();
    const to = walk(graph, focus ?? selected[0] ?? null, direction);
    if (to === null) return;
    focusStep(to);
    store.getState().select([to]);
  };

  const onConnectEnd = (event: MouseEvent | TouchEvent, connection: FinalConnectionState) => {
    store.setState({ drawing: null });
    const { editing } = store.getState();
    const from = connection.fromHandle;
    if (!editing || !from || connection.toHandle || connection.toNode || from.type !== 'source') return;
    const point = 'clientX' in event ? event : event.changedTouches[0];
    if (!point) return;
    const at = flow.screenToFlowPosition({ x: point.clientX, y: point.clientY });
    editing.requestStep({ kind: 'place', at, from: { node: from.nodeId, port: from.id ?? 'out' } });
  };

  const dropTarget = (event: DragEvent) =>
    edgeAt(graph, flow.screenToFlowPosition({ x: event.clientX, y: event.clientY }), 24);

  return (
    <div
      ref={frame}
      className="canvas"
      data-canvas-ready={ready || undefined}
      data-editable={editable || undefined}
      onKeyDown={onKeyDown}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes(PALETTE_TYPE) || !editable) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = 'copy';
        const edge = dropTarget(event);
        if (edge !== store.getState().dropEdge) store.setState({ dropEdge: edge });
      }}
      onDragLeave={() => {
        store.setState({ dropEdge: null });
      }}
      onDrop={(event) => {
        const item = event.dataTransfer.getData(PALETTE_TYPE);
        const edge = dropTarget(event);
        store.setState({ dropEdge: null });
        if (item === '') return;
        event.preventDefault();
        store.getState().editing?.drop(item, flow.screenToFlowPosition({ x: event.clientX, y: event.clientY }), edge);
      }}
    >
      <ReactFlow<StepNode, Line>
        nodes={nodes}
        edges={lines}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        onNodesChange={onNodesChange}
        onInit={(view) => {
          const box = frame.current?.getBoundingClientRect();
          // A run is looked at as a whole: the step that failed may be the last one. A phone has no room for that.
          if (!editable && box && box.width >= 640) void view.fitView(fitOptions);
          else if (box) void view.setViewport(openingView(graph, order[0] ?? null, box));
          setReady(true);
          onReady?.(view);
        }}
        minZoom={0.1}
        maxZoom={2}
        snapToGrid={editable}
        snapGrid={grid}
        ariaLabelConfig={labels}
        aria-label={label}
        nodesFocusable={false}
        edgesFocusable={false}
        disableKeyboardA11y
        nodesConnectable={editable}
        nodesDraggable={editable}
        deleteKeyCode={null}
        selectionKeyCode="Shift"
        multiSelectionKeyCode={['Control', 'Meta', 'Shift']}
        selectionMode={SelectionMode.Partial}
        panOnScroll
        panOnScrollMode={PanOnScrollMode.Free}
        zoomOnDoubleClick={false}
        connectionRadius={28}
        onlyRenderVisibleElements={order.length > 150}
        isValidConnection={(connection) => isLegal(store.getState(), connection)}
        onConnectStart={(_event, { nodeId, handleId, handleType }) => {
          if (nodeId !== null && handleType === 'source')
            store.setState({ drawing: { from: nodeId, port: handleId ?? 'out' } });
        }}
        onConnect={({ source, sourceHandle, target }) => {
          store.getState().editing?.connect(source, sourceHandle ?? 'out', target);
        }}
        onConnectEnd={onConnectEnd}
        onReconnect={(old, { source, sourceHandle, target }) => {
          store.getState().editing?.reconnect(old.id, { from: source, port: sourceHandle ?? 'out', to: target });
        }}
        onReconnectEnd={(_event, edge, _type, connection) => {
          if (!connection.toHandle) store.getState().editing?.disconnect([edge.id]);
        }}
        onNodeClick={(event, node) => {
          store.setState({ focus: node.id });
          if (!event.shiftKey && !event.ctrlKey && !event.metaKey) {
            store.getState().select([node.id]);
            store.getState().open(node.id);
          }
        }}
        onNodeDoubleClick={(event, node) => {
          if (editable && event.target instanceof HTMLElement && event.target.closest('.step-title'))
            store.setState({ renaming: node.id });
        }}
        onNodeDrag={(_event, node) => {
          const edge = edgeAt(graph, { x: node.position.x + 120, y: node.position.y + 32 }, 24, node.id);
          if (edge !== store.getState().dropEdge) store.setState({ dropEdge: edge });
        }}
        onNodeDragStop={(_event, node, dragged) => {
          const { editing, dropEdge } = store.getState();
          store.setState({ dropEdge: null });
          editing?.move(Object.fromEntries(dragged.map((each) => [each.id, each.position])));
          if (dropEdge !== null && dragged.length === 1) editing?.splice(dropEdge, node.id);
        }}
        onEdgeClick={(_event, edge) => {
          store.getState().select([], edge.id);
        }}
        onEdgeMouseEnter={(_event, edge) => {
          if (editable) store.setState({ hoveredEdge: edge.id });
        }}
        onEdgeMouseLeave={(event) => {
          if (!(event.relatedTarget instanceof Element && event.relatedTarget.closest('.edge-plus')))
            store.setState({ hoveredEdge: null });
        }}
        onPaneClick={() => {
          store.getState().select([]);
        }}
      >
        <Background variant={BackgroundVariant.Dots} gap={16} size={1.5} color="var(--dots)" />
        <Arrows />
        <UndoPath />
        <EdgePlus />
        <RefusalTag />
        <ZoomBand frame={frame} />
        <ZoomBar />
        {order.length >= 10 && (
          <MiniMap pannable position="bottom-right" ariaLabel="Overview" nodeStrokeWidth={0} className="canvas-map" />
        )}
        {children}
      </ReactFlow>
      <LiveRegion />
    </div>
  );
}

const DIRECTIONS: Readonly<Record<string, Direction>> = {
  ArrowRight: 'next',
  ArrowLeft: 'previous',
  ArrowUp: 'up',
  ArrowDown: 'down',
  Home: 'first',
  End: 'last',
};

function isLegal(state: CanvasState, connection: Connection | Line): boolean {
  return state.editing?.refusal(connection.source, connection.sourceHandle ?? 'out', connection.target) === null;
}

/** React Flow's own copy of the nodes, so that dragging moves cards without touching the document. */
function useCards(graph: Graph, order: readonly NodeId[], editable: boolean) {
  const store = useCanvasStore();
  const selected = useCanvas((state) => state.selected);
  const focus = useCanvas((state) => state.focus);
  const faces = useCanvas((state) => state.faces);
  const problems = useCanvas((state) => state.problems);
  const [project] = useState(nodeProjector);
  const projected = useMemo(
    () =>
      project(graph, order, {
        selected: new Set(selected),
        focus: focus !== null && graph.nodes[focus] ? focus : (order[0] ?? null),
        editable,
        spoken: (node) =>
          spokenStep(graph, node, {
            order,
            state: faces?.[node.id] ? stepStateStyle[faces[node.id]?.state ?? 'idle'].word : null,
            problems: (problems[node.id]?.errors ?? 0) + (problems[node.id]?.others ?? 0),
          }),
      }),
    [project, graph, order, selected, focus, faces, problems, editable],
  );
  const [view, setView] = useState<{ source: readonly StepNode[]; nodes: StepNode[] }>({
    source: projected,
    nodes: [...projected],
  });
  if (view.source !== projected) {
    const measured = new Map(view.nodes.map((node) => [node.id, node]));
    setView({
      source: projected,
      nodes: projected.map((node) => {
        const old = measured.get(node.id);
        return old?.measured ? { ...node, measured: old.measured } : node;
      }),
    });
  }
  const onNodesChange = useCallback(
    (changes: NodeChange<StepNode>[]) => {
      const picks = changes.filter((change) => change.type === 'select');
      if (picks.length > 0) {
        const next = new Set(store.getState().selected);
        for (const pick of picks) {
          if (pick.selected) next.add(pick.id);
          else next.delete(pick.id);
        }
        const now = store.getState().selected;
        if (next.size !== now.length || now.some((id) => !next.has(id)))
          store.getState().select([...next], store.getState().selectedEdge);
      }
      const rest = changes.filter((change) => change.type === 'position' || change.type === 'dimensions');
      if (rest.length > 0) setView((old) => ({ ...old, nodes: applyNodeChanges(rest, old.nodes) }));
    },
    [store],
  );
  return { nodes: view.nodes, onNodesChange };
}

function useLines(graph: Graph, editable: boolean): Line[] {
  const selectedEdge = useCanvas((state) => state.selectedEdge);
  const [project] = useState(edgeProjector);
  return useMemo(() => project(graph, selectedEdge, editable), [project, graph, selectedEdge, editable]);
}

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

/** The one shared `+` that sits on whichever line is pointed at (E7). */
function EdgePlus(): ReactElement | null {
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
function RefusalTag(): ReactElement | null {
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
function ZoomBand({ frame }: { readonly frame: React.RefObject<HTMLDivElement | null> }): null {
  const band = useFlowStore((state) =>
    state.transform[2] < 0.35 ? 'far' : state.transform[2] < 0.6 ? 'middle' : 'near',
  );
  useEffect(() => {
    frame.current?.setAttribute('data-zoom', band);
  }, [band, frame]);
  return null;
}

function ZoomBar(): ReactElement {
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

function LiveRegion(): ReactElement {
  const text = useCanvas((state) => state.announcement);
  return (
    <div aria-live="polite" className="sr-only">
      {text}
    </div>
  );
}

export { fitOptions, PALETTE_TYPE };
