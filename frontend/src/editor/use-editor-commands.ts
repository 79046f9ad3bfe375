/** What each shortcut does. Keys, buttons, menus and the command palette all perform these, through the stage. */
import type { Diagnostic } from '@sagawright/shared/saga';
import type { NodeId } from '@sagawright/shared/graph';
import { useEffect, useMemo, useRef } from 'react';
import { useCommands } from '../app/commands.js';
import type { Command } from '../app/commands.js';
import { fitOptions, motion } from '../canvas/index.js';
import type { CanvasStore, StepRequest } from '../canvas/index.js';
import { useToasts } from '../ui/index.js';
import { appendPort } from './actions.js';
import type { EditorActions } from './actions.js';
import { useEditorStore } from './editor-store.js';
import type { EditorStore } from './editor-store.js';
import { isOfSettings } from './panel/step-form.js';
import { SHORTCUTS } from './shortcuts.js';
import type { ShortcutId } from './shortcuts.js';
import type { Stage } from './stage.js';
import { WRAPS } from './step-menu.js';

export interface CommandSurroundings {
  readonly stage: Stage;
  readonly canvas: CanvasStore;
  readonly actions: EditorActions;
  readonly published: boolean;
  readonly save: () => Promise<void>;
  readonly toggleOutline: () => void;
}

/** @returns where a step goes that is added without a word: behind the one selected step, else the middle of the screen */
export function placeForStep(store: EditorStore): StepRequest {
  const { graph, selected } = store.getState();
  const [only] = selected;
  const port = only !== undefined && selected.length === 1 ? appendPort(graph, only) : null;
  return only !== undefined && port !== null ? { kind: 'after', from: only, port } : { kind: 'place', at: null };
}

/** Selects what a problem is about and opens the field it is at. */
export function jumpTo(store: EditorStore, problem: Diagnostic): void {
  const { graph, select } = store.getState();
  if (problem.node !== null && graph.nodes[problem.node]) {
    select([problem.node]);
    store.setState({ panelOpen: true, jump: problem.field === null ? null : { field: problem.field } });
  } else if (problem.edge !== null) select([], problem.edge);
  else if (isOfSettings(problem)) {
    store.setState({ panelOpen: false, proofOpen: false, settingsOpen: true, jump: { field: problem.field ?? '' } });
  }
}

export function useEditorCommands(surroundings: CommandSurroundings): void {
  const { stage, canvas, actions, published, save, toggleOutline } = surroundings;
  const store = useEditorStore();
  const toasts = useToasts();
  const problemAt = useRef(-1);

  useEffect(() => {
    const state = () => store.getState();
    const single = (): NodeId | undefined => (state().selected.length === 1 ? state().selected[0] : undefined);
    const search = (request: StepRequest) => {
      store.setState({ dialog: { kind: 'search', request } });
    };
    const nextProblem = (by: number) => {
      const { diagnostics } = state();
      if (diagnostics.length === 0) return;
      problemAt.current = (problemAt.current + by + diagnostics.length) % diagnostics.length;
      const problem = diagnostics[problemAt.current];
      if (problem) jumpTo(store, problem);
    };
    const travel = (label: string | null, word: string) => {
      canvas.setState({ announcement: label === null ? `Nothing to ${word}` : `${word}: ${label}` });
    };
    const ofSelection = (dialog: 'wrap' | 'extract') => () => {
      if (state().selected.length > 0) store.setState({ dialog: { kind: dialog } });
      else toasts.show({ title: 'Select the steps first.' });
    };
    const view = stage;
    const commands: Readonly<Partial<Record<ShortcutId, () => void>>> = {
      add: () => search(placeForStep(store)),
      append: () => search(placeForStep(store)),
      replace: () => {
        const node = single();
        if (node !== undefined) search({ kind: 'replace', node });
      },
      rename: () => {
        const node = single();
        if (node !== undefined) canvas.setState({ renaming: node });
      },
      connect: () => {
        const from = single();
        if (from !== undefined) store.setState({ dialog: { kind: 'connect', from } });
      },
      duplicate: actions.duplicate,
      wrap: ofSelection('wrap'),
      group: () => actions.wrap('group'),
      unwrap: actions.unwrap,
      extract: ofSelection('extract'),
      delete: () => actions.remove(true),
      deleteOnly: () => actions.remove(false),
      selectAll: () => state().select(state().graph.order),
      nudgeLeft: () => actions.nudge(-16, 0),
      nudgeRight: () => actions.nudge(16, 0),
      nudgeUp: () => actions.nudge(0, -16),
      nudgeDown: () => actions.nudge(0, 16),
      tidy: actions.tidy,
      turn: () => {
        actions.turn();
        // Every place is another one: the whole is looked at anew, once the canvas has the new drawing.
        requestAnimationFrame(() => void view.view?.fitView({ ...fitOptions, duration: motion(240) }));
      },
      zoomIn: () => void view.view?.zoomIn(),
      zoomOut: () => void view.view?.zoomOut(),
      zoomFull: () => void view.view?.zoomTo(1),
      fit: () => void view.view?.fitView({ ...fitOptions, duration: motion(240) }),
      fitSelection: () => {
        const nodes = state().selected.map((id) => ({ id }));
        void view.view?.fitView({ ...fitOptions, nodes, duration: motion(240) });
      },
      undoView: () => {
        store.setState({ undoFailing: state().undoFailing === null ? (failingStep(store) ?? '') : null });
      },
      proof: () => {
        const open = state().proofOpen && !state().panelOpen;
        store.setState(
          open ? { proofOpen: false, undoFailing: null } : { proofOpen: true, panelOpen: false, settingsOpen: false },
        );
      },
      settings: () => {
        const open = state().settingsOpen && !state().panelOpen;
        store.setState(open ? { settingsOpen: false } : { settingsOpen: true, panelOpen: false, proofOpen: false });
      },
      undo: () => travel(state().undo(), 'Undo'),
      redo: () => travel(state().redo(), 'Redo'),
      nextProblem: () => nextProblem(1),
      previousProblem: () => nextProblem(-1),
      save: () => void save(),
      run: () => {
        if (published) store.setState({ dialog: { kind: 'run' } });
        else toasts.show({ title: 'Publish the workflow first; runs take the published version.' });
      },
      publish: () => store.setState({ dialog: { kind: 'publish' } }),
      outline: toggleOutline,
      escape: () => {
        const { undoFailing, panelOpen, proofOpen, settingsOpen, select } = state();
        const node = single();
        if (undoFailing !== null) store.setState({ undoFailing: null });
        else if (panelOpen) store.setState({ panelOpen: false });
        else if (settingsOpen) store.setState({ settingsOpen: false });
        else if (proofOpen) store.setState({ proofOpen: false });
        else select([]);
        if (node !== undefined) stage.focus(node);
      },
      help: () => store.setState({ dialog: { kind: 'shortcuts' } }),
    };
    stage.bind(commands);
  }, [stage, canvas, actions, published, save, toggleOutline, store, toasts]);

  usePaletteEntries(stage, actions);
}

/** The selected step if it can fail, else the last action. */
function failingStep(store: EditorStore): NodeId | undefined {
  const { graph, selected } = store.getState();
  const canFail = (id: NodeId) => {
    const node = graph.nodes[id];
    return node !== undefined && (node.kind === 'fail' || 'onFailure' in node);
  };
  const [only] = selected;
  if (selected.length === 1 && only !== undefined && canFail(only)) return only;
  return graph.order.filter((id) => graph.nodes[id]?.kind === 'action').at(-1);
}

/** Not worth a line in the palette: they are about the screen, or need the canvas under the hand. */
const KEYS_ONLY: ReadonlySet<ShortcutId> = new Set([
  'nudgeLeft',
  'nudgeRight',
  'nudgeUp',
  'nudgeDown',
  'zoomIn',
  'zoomOut',
  'escape',
]);

function usePaletteEntries(stage: Stage, actions: EditorActions): void {
  const entries = useMemo(
    (): readonly Command[] => [
      ...SHORTCUTS.filter((each) => !('by' in each) && !KEYS_ONLY.has(each.id)).map((each) => ({
        id: `editor-${each.id}`,
        label: each.label,
        group: 'This workflow',
        shortcut: each.keys[0],
        run: () => {
          stage.perform(each.id);
        },
      })),
      ...WRAPS.filter(({ kind }) => kind !== 'group').map(({ kind, label }) => ({
        id: `editor-wrap-${kind}`,
        label: `${label} (selection)`,
        group: 'This workflow',
        run: () => {
          actions.wrap(kind);
        },
      })),
    ],
    [stage, actions],
  );
  useCommands(entries);
}
