/** What a card reads of its canvas: its own slices only, so that one change renders one card. */
import type { NodeId } from '@sagawright/shared/graph';
import { useCanvas } from './canvas-store.js';

export function useCard(id: NodeId) {
  const order = useCanvas((state) => state.undoView?.steps.find((step) => step.id === id)?.order);
  const face = useCanvas((state) => state.faces?.[id]);
  return {
    node: useCanvas((state) => state.graph.nodes[id]),
    face,
    selected: useCanvas((state) => state.selected.includes(id)),
    alone: useCanvas((state) => state.selected.length === 1 && state.selected[0] === id),
    problems: useCanvas((state) => state.problems[id]),
    renaming: useCanvas((state) => state.renaming === id),
    editing: useCanvas((state) => state.editing),
    /** Its place in the order of undoing. */
    undoOrder: order ?? face?.undo.order ?? null,
    lost: useCanvas((state) => state.undoView?.notUndone[id]),
    failing: useCanvas((state) => state.undoView?.failing === id),
    legal: useCanvas((state) =>
      state.drawing === null || state.editing === null
        ? undefined
        : state.editing.refusal(state.drawing.from, state.drawing.port, id) === null,
    ),
  };
}
