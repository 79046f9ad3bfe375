/** Renaming in place (E10): Enter keeps the name, Escape brings the old one back. */
import type { NodeId } from '@sagawright/shared/graph';
import { useState } from 'react';
import type { KeyboardEvent, ReactElement } from 'react';
import { useCanvasStore } from './canvas-store.js';

export function TitleInput({ id, name }: { readonly id: NodeId; readonly name: string }): ReactElement {
  const store = useCanvasStore();
  const [text, setText] = useState(name);
  const [problem, setProblem] = useState<string | null>(null);
  const done = () => {
    store.setState({ renaming: null });
  };
  const commit = (): boolean => {
    const refused = text.trim() === name ? null : (store.getState().editing?.rename(id, text) ?? null);
    setProblem(refused);
    if (refused === null) done();
    return refused === null;
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    event.stopPropagation();
    if (event.key === 'Enter' && commit()) event.currentTarget.closest<HTMLElement>('.react-flow__node')?.focus();
    if (event.key === 'Escape') {
      event.currentTarget.closest<HTMLElement>('.react-flow__node')?.focus();
      done();
    }
  };
  return (
    <span className="nodrag nopan">
      <input
        className="step-rename"
        aria-label="Name of the step"
        aria-invalid={problem !== null}
        value={text}
        maxLength={80}
        autoFocus
        onFocus={(event) => {
          event.currentTarget.select();
        }}
        onChange={(event) => {
          setText(event.target.value);
          setProblem(null);
        }}
        onBlur={() => {
          if (!commit()) done();
        }}
        onKeyDown={onKeyDown}
      />
      {problem !== null && (
        <span role="alert" className="step-rename-problem">
          {problem}
        </span>
      )}
    </span>
  );
}
