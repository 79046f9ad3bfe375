/** The drawing of a run with its live states, read-only (E84, R15, R25). Of a loop one item or pass is drawn. */
import { cardSize } from '@sagawright/shared/graph';
import type { Graph, NodeId } from '@sagawright/shared/graph';
import { undoPlan } from '@sagawright/shared/saga';
import type { InstanceId, RunState, SagaDefinition } from '@sagawright/shared/saga';
import { ViewportPortal } from '@xyflow/react';
import { useEffect, useMemo, useState } from 'react';
import type { ReactElement } from 'react';
import { Canvas } from './Canvas.js';
import { createCanvasStore, useCanvas } from './canvas-store.js';
import type { UndoView } from './canvas-store.js';
import { shownInstance, shownLoops } from './run-bodies.js';
import type { ShownBodies, ShownLoop } from './run-bodies.js';
import { runFaces } from './run-face.js';

export interface RunCanvasProps {
  readonly graph: Graph;
  readonly definition: SagaDefinition;
  readonly state: RunState | null;
  /** The items and passes that are looked at. */
  readonly shown: ShownBodies;
  /** A step instance, or a trigger. */
  readonly selected: InstanceId | null;
  readonly onSelect: (instance: InstanceId | null) => void;
  /** Milliseconds since 1970; ticks while something is counting. */
  readonly now: number;
}

export function RunCanvas({ graph, definition, state, shown, selected, onSelect, now }: RunCanvasProps): ReactElement {
  const undoView = useMemo(() => undoViewOf(definition, state, shown), [definition, state, shown]);
  const faces = useMemo(() => {
    const orders = Object.fromEntries((undoView?.steps ?? []).map((step) => [step.id, step.order]));
    return runFaces(graph, definition, state, shown, orders);
  }, [graph, definition, state, shown, undoView]);
  const loops = useMemo(() => shownLoops(definition, state, shown), [definition, state, shown]);
  const node = selected === null ? null : (/^[^@#]*/.exec(selected)?.[0] ?? selected);
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
    store.setState({ selected: node === null ? [] : [node] });
  }, [store, node]);
  useEffect(() => {
    const choose = (id: NodeId | null): void => {
      onSelect(id === null ? null : (shownInstance(definition, state, shown, id) ?? id));
    };
    store.setState({
      select: (nodes) => {
        const [first = null] = nodes;
        store.setState({ selected: first === null ? [] : [first] });
        choose(first);
      },
      open: choose,
    });
  }, [store, onSelect, definition, state, shown]);

  return (
    <Canvas store={store} label="Drawing of the run">
      <LoopSigns loops={loops} />
    </Canvas>
  );
}

/** Says inside each loop which of its items or passes is drawn; it is chosen above the drawing. */
function LoopSigns({ loops }: { readonly loops: readonly ShownLoop[] }): ReactElement {
  const graph = useCanvas((state) => state.graph);
  return (
    <ViewportPortal>
      {loops.map(({ step, kind, index, total, opened }) => {
        const node = graph.nodes[step];
        if (!node) return null;
        const { width, height } = cardSize(node);
        return (
          <span
            key={step}
            aria-hidden="true"
            className="tabular pointer-events-none absolute z-10 rounded-pill border border-border bg-raised px-2 text-11 leading-5 whitespace-nowrap text-muted"
            style={{
              transform: `translate(${String(node.position.x + width - 12)}px, ${String(node.position.y + height - 32)}px) translateX(-100%)`,
            }}
          >
            {kind === 'for-each' ? 'item' : 'pass'} {index + 1} of {total ?? opened}
          </span>
        );
      })}
    </ViewportPortal>
  );
}

/** Shown once something is being undone, and kept afterwards as the record of the way back. */
function undoViewOf(definition: SagaDefinition, state: RunState | null, shown: ShownBodies): UndoView | null {
  if (!state) return null;
  const instances = Object.values(state.instances);
  const undoing = state.status === 'compensating' || instances.some((each) => each.undo.startedSeq > 0);
  if (!undoing) return null;
  const nodeOf = (id: InstanceId): NodeId[] => {
    const step = state.instances[id]?.step ?? id;
    return shownInstance(definition, state, shown, step) === id ? [step] : [];
  };
  const plan = undoPlan(definition, state);
  const failed = instances
    .filter((each) => each.status === 'failed' && nodeOf(each.id).length > 0)
    .sort((a, b) => b.settledSeq - a.settledSeq)[0];
  return {
    failing: failed?.step ?? null,
    // In a loop one step is undone several times: the drawing shows the item that is looked at.
    steps: plan.steps.flatMap(({ instance, order, after }) =>
      nodeOf(instance).map((id) => ({ id, order, after: after.flatMap(nodeOf) })),
    ),
    notUndone: Object.fromEntries(
      plan.notUndone.flatMap(({ instance, reason }) => nodeOf(instance).map((id) => [id, reason])),
    ),
  };
}
