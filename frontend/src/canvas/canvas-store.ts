/**
 * What the canvas shows, in one store per canvas. Cards and lines take their id and select their own slice, so a change
 * to one step renders one card. The editor and the run page write; nothing in here knows a server.
 */
import type { EdgeId, Graph, GraphNode, NodeId, Point, Refusal } from '@sagawright/shared/graph';
import { emptyGraph } from '@sagawright/shared/graph';
import type { FailureTaken } from '@sagawright/shared/saga';
import { createContext, useContext } from 'react';
import { createStore, useStore } from 'zustand';
import type { StoreApi } from 'zustand';
import type { EdgeFace, StepFace } from './run-face.js';

/** Where a new step shall go. */
export type StepRequest =
  | { readonly kind: 'after'; readonly from: NodeId; readonly port: string }
  | { readonly kind: 'edge'; readonly edge: EdgeId }
  | {
      readonly kind: 'place';
      readonly at: Point | null;
      /** The box it was dropped into. */
      readonly box?: NodeId | null;
      readonly from?: { readonly node: NodeId; readonly port: string };
    }
  | { readonly kind: 'replace'; readonly node: NodeId };

/** What a person may do on an editable canvas; a read-only one has none of it. */
export interface CanvasEditing {
  /**
   * @param boxes the box that a step lies in from now on (null = none), for those that changed it
   */
  readonly move: (positions: Readonly<Record<NodeId, Point>>, boxes: Readonly<Record<NodeId, NodeId | null>>) => void;
  readonly resize: (box: NodeId, size: { readonly width: number; readonly height: number }) => void;
  readonly connect: (from: NodeId, port: string, to: NodeId) => void;
  readonly reconnect: (
    edge: EdgeId,
    ends: { readonly from: NodeId; readonly port: string; readonly to: NodeId },
  ) => void;
  readonly disconnect: (edges: readonly EdgeId[]) => void;
  readonly refusal: (from: NodeId, port: string, to: NodeId, ignoreEdge?: EdgeId) => Refusal | null;
  readonly requestStep: (request: StepRequest) => void;
  /** A palette item (by its key) was dropped. */
  readonly drop: (item: string, at: Point, edge: EdgeId | null, box: NodeId | null) => void;
  readonly splice: (edge: EdgeId, node: NodeId) => void;
  /** @returns why not, as a sentence, or null when it is done */
  readonly rename: (node: NodeId, name: string) => string | null;
  readonly openUndo: (node: NodeId) => void;
  readonly toolbar: (node: GraphNode) => React.ReactNode;
}

export interface UndoView {
  /** The step taken as failing; null in a run, where it is not a question. */
  readonly failing: NodeId | null;
  readonly steps: readonly { readonly id: NodeId; readonly order: number; readonly after: readonly NodeId[] }[];
  readonly notUndone: Readonly<Record<NodeId, string>>;
  /** Who takes the failure, so that the run goes on; left out where nobody does. */
  readonly taken?: FailureTaken | null;
  /** What stays done since the failure is taken. */
  readonly stays?: readonly NodeId[];
}

export interface CanvasState {
  readonly graph: Graph;
  readonly faces: Readonly<Record<NodeId, StepFace>> | null;
  readonly edgeFaces: Readonly<Record<EdgeId, EdgeFace>>;
  readonly now: number;
  readonly problems: Readonly<Record<NodeId, { readonly errors: number; readonly others: number }>>;
  readonly selected: readonly NodeId[];
  readonly selectedEdge: EdgeId | null;
  /** The one step that Tab reaches. */
  readonly focus: NodeId | null;
  readonly renaming: NodeId | null;
  readonly hoveredEdge: EdgeId | null;
  /** The line that a dragged step would be put on. */
  readonly dropEdge: EdgeId | null;
  /** The container that a dragged step would come to lie in. */
  readonly dropBox: NodeId | null;
  /** A line that is being drawn, for growing and fading handles. */
  readonly drawing: { readonly from: NodeId; readonly port: string } | null;
  readonly undoView: UndoView | null;
  readonly editing: CanvasEditing | null;
  readonly announcement: string;
  readonly select: (nodes: readonly NodeId[], edge?: EdgeId | null) => void;
  readonly open: (node: NodeId) => void;
}

export type CanvasStore = StoreApi<CanvasState>;

export function createCanvasStore(initial: Partial<CanvasState>): CanvasStore {
  return createStore<CanvasState>(() => ({
    graph: emptyGraph(),
    faces: null,
    edgeFaces: {},
    now: 0,
    problems: {},
    selected: [],
    selectedEdge: null,
    focus: null,
    renaming: null,
    hoveredEdge: null,
    dropEdge: null,
    dropBox: null,
    drawing: null,
    undoView: null,
    editing: null,
    announcement: '',
    select: () => undefined,
    open: () => undefined,
    ...initial,
  }));
}

export const CanvasContext = createContext<CanvasStore | null>(null);

export function useCanvasStore(): CanvasStore {
  const store = useContext(CanvasContext);
  if (!store) throw new Error('This component needs a canvas around it.');
  return store;
}

export function useCanvas<T>(select: (state: CanvasState) => T): T {
  return useStore(useCanvasStore(), select);
}
