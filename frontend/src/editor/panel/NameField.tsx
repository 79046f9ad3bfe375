import { nameProblem, renameStep } from '@sagawright/shared/graph';
import type { GraphNode } from '@sagawright/shared/graph';
import { renameStepReferences } from '@sagawright/shared/expression';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { Field, Input, useToasts } from '../../ui/index.js';
import { useEditorStore } from '../editor-store.js';

/** The step’s name; expressions that read the step follow it, and the toast says how many (E10). */
export function NameField({ node }: { readonly node: GraphNode }): ReactElement {
  const store = useEditorStore();
  const toasts = useToasts();
  const [text, setText] = useState(node.name);
  const [seen, setSeen] = useState(node.name);
  if (seen !== node.name) {
    setSeen(node.name);
    setText(node.name);
  }
  const problem = nameProblem(store.getState().graph, node.id, text);
  const commit = () => {
    if (problem !== null || text.trim() === node.name) return;
    const renamed = renameStep(store.getState().graph, node.id, text, renameStepReferences);
    if (!renamed) return;
    store.getState().apply(renamed.edit);
    if (renamed.count > 0)
      toasts.show({
        title: `Renamed; ${renamed.count} ${renamed.count === 1 ? 'expression follows' : 'expressions follow'}`,
      });
  };
  return (
    <Field label="Name" error={problem}>
      <Input
        value={text}
        maxLength={80}
        onChange={(event) => {
          setText(event.target.value);
        }}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit();
        }}
      />
    </Field>
  );
}
