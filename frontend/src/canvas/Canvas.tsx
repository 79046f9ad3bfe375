/**
 * The canvas: React Flow as a view of our store, with our own keyboard (E91) and live region (E92). With `editing` in the
 * store it can be changed; without, everything but changing works.
 */
import { cardSize, holderOf, INPUT_POINT, nodesInside } from '@sagawright/shared/graph';
import type { EdgeId, NodeId, Point } from '@sagawright/shared/graph';
import {
  Background,
  BackgroundVariant,
  MiniMap,
  PanOnScrollMode,
  ReactFlow,
  ReactFlowProvider,
  SelectionMode,
  useReactFlow,
} from '@xyflow/react';
import type { Connection, FinalConnectionState } from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { useCallback, useMemo, useRef, useState } from 'react';
import type { DragEvent, KeyboardEvent, ReactElement, ReactNode } from 'react';
import { BoxCard } from './BoxCard.js';
import './canvas.css';
import { CanvasContext, useCanvas, useCanvasStore } from './canvas-store.js';
import type { CanvasState, CanvasStore } from './canvas-store.js';
import { EdgePlus, fitOptions, LiveRegion, RefusalTag, ZoomBand, ZoomBar } from './CanvasTools.js';
import { boxAt } from './containment.js';
import { edgeAt } from './hit.js';
import { NoteCard } from './NoteCard.js';
import { openingView } from './opening.js';
import type { StepLine as Line, StepNode } from './project.js';
import { reveal } from './reveal.js';
import type { CanvasView } from './reveal.js';
import { StepCard } from './StepCard.js';
import { Arrows, StepLine } from './StepLine.js';
import { UndoPath } from './UndoPath.js';
import { useCards, useLines } from './use-cards.js';
import { directionOf, readingOrder, walk } from './walk.js';

const nodeTypes = { step: StepCard, box: BoxCard, note: NoteCard };
const edgeTypes = { step: StepLine };
const grid: [number, number] = [16, 16];
/** How near a line takes what is dropped, in canvas pixels (E11). */
const REACH = 24;
const labels = {
  'node.a11yDescription.default': 'Arrow keys walk along the flow, Enter opens the step.',
  'node.a11yDescription.keyboardDisabled': 'Arrow keys walk along the flow, Enter opens the step.',
  'edge.a11yDescription.default': 'A line between two steps.',
};
export const PALETTE_TYPE = 'application/x-sagawright-step';

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
    const direction = directionOf(event.key, graph.settings.direction);
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

  /** Lights up what would take the step: a line before a box. */
  const aim = (dropEdge: EdgeId | null, dropBox: NodeId | null) => {
    const now = store.getState();
    const box = dropEdge === null ? dropBox : null;
    if (now.dropEdge !== dropEdge || now.dropBox !== box) store.setState({ dropEdge, dropBox: box });
  };
  const pointOf = (event: DragEvent) => flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
  const absolute = (node: StepNode): Point =>
    flow.getInternalNode(node.id)?.internals.positionAbsolute ?? node.position;
  /** The box that a dragged step comes to lie in; undefined where that is the one it lies in already. */
  const newBox = (node: StepNode, dragged: readonly StepNode[]): NodeId | null | undefined => {
    const source = graph.nodes[node.id];
    if (!source) return undefined;
    const { x, y } = absolute(node);
    const { width } = cardSize(source);
    const middle = { x: x + width / 2, y: y + INPUT_POINT.y };
    const box = boxAt(graph, middle, [node.id, ...dragged.map((each) => each.id)]);
    return box === (holderOf(graph, node.id)?.id ?? null) ? undefined : box;
  };

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
        const at = pointOf(event);
        aim(edgeAt(graph, at, REACH), boxAt(graph, at));
      }}
      onDragLeave={() => {
        aim(null, null);
      }}
      onDrop={(event) => {
        const item = event.dataTransfer.getData(PALETTE_TYPE);
        const at = pointOf(event);
        aim(null, null);
        if (item === '') return;
        event.preventDefault();
        store.getState().editing?.drop(item, at, edgeAt(graph, at, REACH), boxAt(graph, at));
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
        elevateNodesOnSelect={false}
        zIndexMode="manual"
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
          const { x, y } = absolute(node);
          const own = [node.id, ...nodesInside(graph, node.id)];
          aim(edgeAt(graph, { x: x + 120, y: y + INPUT_POINT.y }, REACH, own), newBox(node, [node]) ?? null);
        }}
        onNodeDragStop={(_event, node, dragged) => {
          const { editing, dropEdge } = store.getState();
          aim(null, null);
          const boxes = dragged.flatMap((each) => {
            const box = dropEdge === null ? newBox(each, dragged) : undefined;
            return box === undefined ? [] : [[each.id, box] as const];
          });
          editing?.move(
            Object.fromEntries(dragged.map((each) => [each.id, absolute(each)])),
            Object.fromEntries(boxes),
          );
          if (dropEdge !== null && dragged.length === 1) editing?.splice(dropEdge, node.id);
        }}
        onNodeContextMenu={(_event, node) => {
          if (!store.getState().selected.includes(node.id)) store.getState().select([node.id]);
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
          <MiniMap
            pannable
            position="bottom-right"
            ariaLabel="Overview"
            nodeStrokeWidth={0}
            nodeClassName={(node) => (node.type === 'box' ? 'map-box' : '')}
            className="canvas-map"
          />
        )}
        {children}
      </ReactFlow>
      <LiveRegion />
    </div>
  );
}

function isLegal(state: CanvasState, connection: Connection | Line): boolean {
  return state.editing?.refusal(connection.source, connection.sourceHandle ?? 'out', connection.target) === null;
}
