/**
 * The open workflow: its document, the history of edits, what is selected, and how far it is saved. One store per editor;
 * every change of the document goes through `apply`, so history, autosave and problems see the same stream.
 */
import { emptyGraph } from '@sagawright/shared/graph';
import type { Edit, Graph, NodeId } from '@sagawright/shared/graph';
import { connectors } from '@sagawright/shared/connector';
import { compile } from '@sagawright/shared/saga';
import type { CallableWorkflow, Diagnostic, SagaDefinition } from '@sagawright/shared/saga';
import { createContext, useContext } from 'react';
import { createStore, useStore } from 'zustand';
import type { StoreApi } from 'zustand';
import type { StepRequest } from '../canvas/index.js';
import { NO_HISTORY, record, redone, seal, undone } from './history.js';
import type { History } from './history.js';
import type { TheirDraft } from './merge/take-in.js';

export type SaveStatus = 'saved' | 'dirty' | 'saving' | 'offline' | 'refused' | 'conflict';

export type EditorDialog =
  | { readonly kind: 'search'; readonly request: StepRequest }
  | { readonly kind: 'connect'; readonly from: NodeId }
  /** Which container to put the selection into. */
  | { readonly kind: 'wrap' }
  /** What the sub-workflow made of the selection is called. */
  | { readonly kind: 'extract' }
  | { readonly kind: 'publish' }
  /** What to take where somebody else changed the same. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'run' }
  | { readonly kind: 'shortcuts' };

export interface EditorState {
  readonly graph: Graph;
  readonly history: History;
  readonly revision: number;
  readonly saveStatus: SaveStatus;
  /** The document as it was last accepted by the server. */
  readonly savedGraph: Graph;
  /** What somebody else saved, while it waits for a person to decide what is taken. */
  readonly theirs: TheirDraft | null;
  readonly diagnostics: readonly Diagnostic[];
  readonly definition: SagaDefinition | null;
  readonly selected: readonly NodeId[];
  readonly selectedEdge: string | null;
  readonly panelOpen: boolean;
  /** Asks the step panel to show a field or section; a new object each time. */
  readonly jump: { readonly field: string } | null;
  /** The step taken as failing in the undo view; '' = the view is on, none chosen. */
  readonly undoFailing: NodeId | null;
  /** The list of failure points, in the place of the step panel while that is closed. */
  readonly proofOpen: boolean;
  /** The settings of the workflow, in the same place. */
  readonly settingsOpen: boolean;
  readonly dialog: EditorDialog | null;
  /** The workflows that a step can call; null until all are known. */
  readonly workflows: readonly CallableWorkflow[] | null;
  readonly know: (workflows: readonly CallableWorkflow[]) => void;
  readonly apply: (edit: Edit | null, options?: { readonly select?: boolean }) => boolean;
  readonly undo: () => string | null;
  readonly redo: () => string | null;
  readonly seal: () => void;
  readonly select: (nodes: readonly NodeId[], edge?: string | null) => void;
}

export type EditorStore = StoreApi<EditorState>;

export function newId(): string {
  return crypto.randomUUID().slice(0, 13);
}

export function createEditorStore(graph: Graph = emptyGraph(), revision = 0): EditorStore {
  const checked = compile(graph, { connectors });
  return createStore<EditorState>((set, get) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const check = (now: Graph) => {
      const { workflows } = get();
      return compile(now, workflows === null ? { connectors } : { connectors, workflows });
    };
    /** Problems are live but never in the way of typing (E43: within 300 ms). */
    const checkSoon = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const { definition, diagnostics } = check(get().graph);
        set({ definition, diagnostics });
      }, 120);
    };
    const stillThere = (ids: readonly NodeId[], now: Graph) => ids.filter((id) => now.nodes[id]);
    const travel = (way: typeof undone): string | null => {
      const step = way(get().history, get().graph);
      if (!step) return null;
      const focus = stillThere(step.entry.focus, step.graph);
      set({
        graph: step.graph,
        history: step.history,
        selected: focus,
        selectedEdge: null,
        saveStatus: unsaved(get().saveStatus),
      });
      checkSoon();
      return step.entry.label;
    };
    return {
      graph,
      history: NO_HISTORY,
      revision,
      saveStatus: 'saved',
      savedGraph: graph,
      theirs: null,
      diagnostics: checked.diagnostics,
      definition: checked.definition,
      selected: [],
      selectedEdge: null,
      panelOpen: false,
      jump: null,
      undoFailing: null,
      proofOpen: false,
      settingsOpen: false,
      dialog: null,
      workflows: null,
      know: (workflows) => {
        set({ workflows });
        checkSoon();
      },
      apply: (edit, options) => {
        const before = get();
        if (!edit || edit.graph === before.graph) return false;
        set({
          graph: edit.graph,
          history: record(before.history, before.graph, edit),
          saveStatus: unsaved(before.saveStatus),
          selected: options?.select ? stillThere(edit.focus, edit.graph) : stillThere(before.selected, edit.graph),
          selectedEdge:
            before.selectedEdge !== null && edit.graph.edges[before.selectedEdge] ? before.selectedEdge : null,
        });
        checkSoon();
        return true;
      },
      undo: () => travel(undone),
      redo: () => travel(redone),
      seal: () => {
        set({ history: seal(get().history) });
      },
      select: (nodes, edge = null) => {
        set({
          selected: nodes,
          selectedEdge: edge,
          history: seal(get().history),
          panelOpen: nodes.length === 1 && get().panelOpen,
        });
      },
    };
  });
}

/** A conflict stays one until a person has decided. */
const unsaved = (status: SaveStatus): SaveStatus =>
  status === 'conflict' ? 'conflict' : status === 'offline' ? 'offline' : 'dirty';

export const EditorContext = createContext<EditorStore | null>(null);

export function useEditorStore(): EditorStore {
  const store = useContext(EditorContext);
  if (!store) throw new Error('This component needs an editor around it.');
  return store;
}

export function useEditor<T>(select: (state: EditorState) => T): T {
  return useStore(useEditorStore(), select);
}
