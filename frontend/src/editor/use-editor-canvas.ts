/** The canvas of the editor: one store that follows the document, its problems, the selection and the undo view. */
import { undoPreview } from '@sagawright/shared/saga';
import type { Diagnostic } from '@sagawright/shared/saga';
import type { GraphNode } from '@sagawright/shared/graph';
import { useEffect, useMemo, useState } from 'react';
import type { ReactElement } from 'react';
import { createCanvasStore } from '../canvas/index.js';
import type { CanvasStore, UndoView } from '../canvas/index.js';
import { useToasts } from '../ui/index.js';
import { editorActions } from './actions.js';
import type { EditorActions } from './actions.js';
import { useEditor, useEditorStore } from './editor-store.js';
import type { EditorState } from './editor-store.js';
import type { Stage } from './stage.js';

export interface EditorCanvas {
  readonly canvas: CanvasStore;
  readonly actions: EditorActions;
  readonly undoView: UndoView | null;
}

/**
 * @param editable a phone only reads
 * @param toolbar what stands over the selected step
 */
export function useEditorCanvas(
  stage: Stage,
  editable: boolean,
  toolbar: (node: GraphNode) => ReactElement,
): EditorCanvas {
  const store = useEditorStore();
  const toasts = useToasts();
  const { graph, selected, selectedEdge, diagnostics } = useEditor((state) => state);
  const [canvas] = useState(() => createCanvasStore({ graph, select: store.getState().select }));
  const actions = useMemo(
    () =>
      editorActions({
        store,
        centre: () => stage.centre(),
        say: (announcement) => {
          canvas.setState({ announcement });
        },
        toast: (title) => {
          toasts.show({ title });
        },
      }),
    [store, stage, canvas, toasts],
  );
  useEffect(() => {
    canvas.setState({
      editing: editable ? { ...actions, toolbar } : null,
      open: () => {
        store.setState({ panelOpen: true });
      },
    });
  }, [canvas, actions, editable, toolbar, store]);
  useEffect(() => {
    canvas.setState({ problems: problemCounts(diagnostics) });
  }, [canvas, diagnostics]);
  const undoView = useUndoView();
  useEffect(() => {
    canvas.setState({ graph, selected, selectedEdge, undoView });
  }, [canvas, graph, selected, selectedEdge, undoView]);
  return { canvas, actions, undoView };
}

function problemCounts(diagnostics: readonly Diagnostic[]): Record<string, { errors: number; others: number }> {
  const problems: Record<string, { errors: number; others: number }> = {};
  for (const { node, level } of diagnostics) {
    if (node === null || level === 'hint') continue;
    const before = problems[node] ?? { errors: 0, others: 0 };
    problems[node] = {
      errors: before.errors + (level === 'error' ? 1 : 0),
      others: before.others + (level === 'error' ? 0 : 1),
    };
  }
  return problems;
}

function useUndoView(): UndoView | null {
  const definition = useEditor((state) => state.definition);
  const failing = useEditor((state) => state.undoFailing);
  return useMemo(() => undoViewOf(definition, failing), [definition, failing]);
}

/** What goes back if a step fails; the drawing knows steps, the plan knows them at their place in a run. */
export function undoViewOf(definition: EditorState['definition'], failing: string | null): UndoView | null {
  if (failing === null) return null;
  if (!definition?.steps[failing]) return { failing, steps: [], notUndone: {} };
  const plan = undoPreview(definition, failing);
  return {
    failing,
    steps: plan.steps.map((step) => ({
      id: stepOf(step.instance),
      order: step.order,
      after: step.after.map(stepOf),
    })),
    notUndone: Object.fromEntries(plan.notUndone.map((each) => [stepOf(each.instance), each.reason])),
    taken: plan.taken,
    stays: plan.stays,
  };
}

/** Of an instance's id, which may tell its place in a loop and its generation behind `@` and `#`. */
const stepOf = (instance: string) => instance.split(/[@#]/, 1)[0] ?? instance;
