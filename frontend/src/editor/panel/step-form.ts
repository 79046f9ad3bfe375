/** The step being edited as its fields see it: values, edits, problems, and what expressions may read. */
import { getIn, setField } from '@sagawright/shared/graph';
import type { FieldPath, Graph, GraphNode } from '@sagawright/shared/graph';
import type { Diagnostic } from '@sagawright/shared/saga';
import { createContext, useContext, useMemo } from 'react';
import { useEditor, useEditorStore } from '../editor-store.js';
import type { FieldData } from '../field-data.js';
import { readableData } from '../references.js';
import { useKnownData } from '../use-known-data.js';
import { wordsOf } from './field-words.js';
import type { FieldWords } from './field-words.js';

export interface StepForm {
  readonly node: GraphNode;
  readonly graph: Graph;
  readonly workflowId: string;
  /** What expressions of the step can read. */
  readonly data: FieldData;
  /** The same for its undo. */
  readonly undoData: FieldData;
  readonly problems: readonly Diagnostic[];
  readonly get: (path: FieldPath) => unknown;
  /** Typing into one field is one entry of history; undefined removes the field. */
  readonly set: (path: FieldPath, value: unknown) => boolean;
  /** The field has lost its focus: what comes next is another entry. */
  readonly seal: () => void;
  /** The worst problem at a field or inside it. */
  readonly problemAt: (path: FieldPath) => Diagnostic | undefined;
}

export function useNewStepForm(node: GraphNode, workflowId: string): StepForm {
  const store = useEditorStore();
  const graph = useEditor((state) => state.graph);
  const diagnostics = useEditor((state) => state.diagnostics);
  const { known, runAt } = useKnownData(workflowId);
  const data = useMemo(() => ({ ...readableData(graph, node.id, { known }), runAt }), [graph, node.id, known, runAt]);
  const undoData = useMemo(
    () => ({ ...readableData(graph, node.id, { known, undo: true }), runAt }),
    [graph, node.id, known, runAt],
  );
  const problems = diagnostics.filter((each) => each.node === node.id);
  return {
    node,
    graph,
    workflowId,
    problems,
    data,
    undoData,
    get: (path) => getIn(node, path),
    set: (path, value) => store.getState().apply(setField(store.getState().graph, node.id, path, value)),
    seal: store.getState().seal,
    problemAt: (path) => {
      const field = path.join('.');
      return problems.find((each) => each.field === field || each.field?.startsWith(`${field}.`) === true);
    },
  };
}

export const StepFormContext = createContext<StepForm | null>(null);

export function useStepForm(): StepForm {
  const form = useContext(StepFormContext);
  if (!form) throw new Error('This field needs a step panel around it.');
  return form;
}

/** Dotted, without positions: how words and special fields are found. */
export function nameOf(path: FieldPath): string {
  return path.filter((part) => typeof part === 'string').join('.');
}

/** The words of a field; one without any shows its name, which a test forbids. */
export function useWords(path: FieldPath): FieldWords {
  const { node } = useStepForm();
  const name = nameOf(path);
  return wordsOf(node.kind, name) ?? { label: name };
}
