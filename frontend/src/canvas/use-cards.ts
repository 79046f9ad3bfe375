/** The document as React Flow's nodes and lines, with React Flow's own copy of them while something is being dragged. */
import type { Graph, NodeId } from '@sagawright/shared/graph';
import { applyNodeChanges } from '@xyflow/react';
import type { NodeChange } from '@xyflow/react';
import { useCallback, useMemo, useState } from 'react';
import { stepStateStyle } from '../ui/index.js';
import { useCanvas, useCanvasStore } from './canvas-store.js';
import { edgeProjector, nodeProjector } from './project.js';
import type { StepLine, StepNode } from './project.js';
import { spokenStep } from './walk.js';

/** React Flow's own copy of the nodes, so that dragging moves cards without touching the document. */
export function useCards(graph: Graph, order: readonly NodeId[], editable: boolean) {
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

export function useLines(graph: Graph, editable: boolean): StepLine[] {
  const selectedEdge = useCanvas((state) => state.selectedEdge);
  const [project] = useState(edgeProjector);
  return useMemo(() => project(graph, selectedEdge, editable), [project, graph, selectedEdge, editable]);
}
