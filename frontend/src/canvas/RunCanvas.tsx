/** The drawing of a run with its live states, read-only (E84, R15, R25). */
import type { Graph, NodeId } from '@sagawright/shared/graph';
import { undoPlan } from '@sagawright/shared/saga';
import type { RunState, SagaDefinition } from '@sagawright/shared/saga';
import { useEffect, useMemo, useState } from 'react';
import type { ReactElement } from 'react';
import { Canvas } from './Canvas.js';
import { createCanvasStore } from './canvas-store.js';
import type { UndoView } from './canvas-store.js';
import { runFaces } from './run-face.js';

export interface RunCanvasProps {
  readonly graph: Graph;
  readonly definition: SagaDefinition;
  readonly state: RunState | null;
  readonly selected: NodeId | null;
  readonly onSelect: (node: NodeId | null) => void;
  /** Milliseconds since 1970; ticks while something is counting. */
  readonly now: number;
}

export function RunCanvas({ graph, definition, state, selected, onSelect, now }: RunCanvasProps): ReactElement {
  const undoView = useMemo(() => undoViewOf(definition, state), [definition, state]);
  const faces = useMemo(() => {
    const orders = Object.fromEntries((undoView?.steps ?? []).map((step) => [step.id, step.order]));
    return runFaces(graph, definition, state, orders);
  }, [graph, definition, state, undoView]);
  const [store] = useState(() =>
    createCanvasStore({ graph, faces: faces.steps, edgeFaces: faces.edges, undoView, now }),
  );

  useEffect(() => {
    store.setState({ graph, faces: faces.steps, edgeFaces: faces.edges, undoView });
  }, [store, graph, faces, undoView]);
  useEffect(() => {
    store.setState({ now });
  }, [store, now]);
  useEffect(() => {
    store.setState({ selected: selected === null ? [] : [selected] });
  }, [store, selected]);
  useEffect(() => {
    store.setState({
      select: (nodes) => {
        const [first = null] = nodes;
        store.setState({ selected: first === null ? [] : [first] });
        onSelect(first);
      },
      open: (node) => {
        onSelect(node);
      },
    });
  }, [store, onSelect]);

  return <Canvas store={store} label="Drawing of the run" />;
}

/** Shown once something is being undone, and kept afterwards as the record of the way back. */
function undoViewOf(definition: SagaDefinition, state: RunState | null): UndoView | null {
  if (!state) return null;
  const instances = Object.values(state.instances);
  const undoing = state.status === 'compensating' || instances.some((each) => each.undo.startedSeq > 0);
  if (!undoing) return null;
  const stepOf = (id: string) => state.instances[id]?.step ?? id;
  const plan = undoPlan(definition, state);
  const failed = instances.filter((each) => each.status === 'failed').sort((a, b) => b.settledSeq - a.settledSeq)[0];
  return {
    failing: failed?.step ?? null,
    // In a loop one step is undone several times: the drawing shows its latest.
    steps: [
      ...new Map(
        [...plan.steps]
          .reverse()
          .map((step) => [
            stepOf(step.instance),
            { id: stepOf(step.instance), order: step.order, after: step.after.map(stepOf) },
          ]),
      ).values(),
    ],
    notUndone: Object.fromEntries(plan.notUndone.map((each) => [stepOf(each.instance), each.reason])),
  };
}
