/** What a panel edits, a step or the workflow itself, as its fields see it: values, edits, problems, and what expressions may read. */
import { getIn, setField, setSetting } from '@sagawright/shared/graph';
import type { Edit, FieldPath, Graph, GraphNode } from '@sagawright/shared/graph';
import type { Diagnostic } from '@sagawright/shared/saga';
import { createContext, useContext, useMemo } from 'react';
import { useEditor, useEditorStore } from '../editor-store.js';
import type { EditorStore } from '../editor-store.js';
import type { FieldData } from '../field-data.js';
import { readableData, readableAtStart } from '../references.js';
import { useKnownData } from '../use-known-data.js';
import { wordsOf } from './field-words.js';
import type { FieldWords, FormKind } from './field-words.js';

export interface PanelForm {
  /** By it words and special fields are found. */
  readonly kind: FormKind;
  readonly graph: Graph;
  readonly workflowId: string;
  /** What expressions in its fields can read. */
  readonly data: FieldData;
  readonly problems: readonly Diagnostic[];
  readonly get: (path: FieldPath) => unknown;
  /** Typing into one field is one entry of history; undefined removes the field. */
  readonly set: (path: FieldPath, value: unknown) => boolean;
  /** The field has lost its focus: what comes next is another entry. */
  readonly seal: () => void;
  /** The worst problem at a field or inside it. */
  readonly problemAt: (path: FieldPath) => Diagnostic | undefined;
}

export interface StepForm extends PanelForm {
  readonly node: GraphNode;
  /** What expressions of its undo can read. */
  readonly undoData: FieldData;
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
    ...formOf(store, problems, node, (now, path, value) => setField(now, node.id, path, value)),
    ...{ kind: node.kind, node, graph, workflowId, data, undoData },
  };
}

/** The settings of the workflow; its problems are those of no step. */
export function useSettingsForm(workflowId: string): PanelForm {
  const store = useEditorStore();
  const graph = useEditor((state) => state.graph);
  const diagnostics = useEditor((state) => state.diagnostics);
  const { known, runAt } = useKnownData(workflowId);
  const data = useMemo(() => ({ ...readableAtStart(graph, known), runAt }), [graph, known, runAt]);
  const problems = diagnostics.flatMap((each): Diagnostic[] =>
    isOfSettings(each) ? [{ ...each, field: each.field?.slice(SETTINGS.length) ?? null }] : [],
  );
  return { ...formOf(store, problems, graph.settings, setSetting), kind: 'workflow', graph, workflowId, data };
}

const SETTINGS = 'settings.';

export function isOfSettings({ node, field }: Diagnostic): boolean {
  return node === null && field?.startsWith(SETTINGS) === true;
}

function formOf(
  store: EditorStore,
  problems: readonly Diagnostic[],
  target: unknown,
  change: (graph: Graph, path: FieldPath, value: unknown) => Edit,
): Pick<PanelForm, 'problems' | 'get' | 'set' | 'seal' | 'problemAt'> {
  return {
    problems,
    get: (path) => getIn(target, path),
    set: (path, value) => store.getState().apply(change(store.getState().graph, path, value)),
    seal: store.getState().seal,
    problemAt: (path) => {
      const field = path.join('.');
      return problems.find((each) => each.field === field || each.field?.startsWith(`${field}.`) === true);
    },
  };
}

export const PanelFormContext = createContext<PanelForm | null>(null);

export function usePanelForm(): PanelForm {
  const form = useContext(PanelFormContext);
  if (!form) throw new Error('This field needs a panel around it.');
  return form;
}

export function useStepForm(): StepForm {
  const form = usePanelForm();
  if (!isStepForm(form)) throw new Error('This field needs a step panel around it.');
  return form;
}

function isStepForm(form: PanelForm): form is StepForm {
  return 'node' in form;
}

/** Dotted, without positions: how words and special fields are found. */
export function nameOf(path: FieldPath): string {
  return path.filter((part) => typeof part === 'string').join('.');
}

/** The words of a field; one without any shows its name, which a test forbids. */
export function useWords(path: FieldPath): FieldWords {
  const { kind } = usePanelForm();
  const name = nameOf(path);
  return wordsOf(kind, name) ?? { label: name };
}
