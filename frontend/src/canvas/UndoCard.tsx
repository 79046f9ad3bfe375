import { cardSize, UNDO_CARD } from '@sagawright/shared/graph';
import type { GraphNode } from '@sagawright/shared/graph';
import { Undo2 } from 'lucide-react';
import type { CSSProperties, ReactElement } from 'react';
import { Glyph, stepStateStyle } from '../ui/index.js';
import { useCanvasStore } from './canvas-store.js';
import type { StepFace } from './run-face.js';
import { StepIcon } from './StepIcon.js';
import { operationIcon } from './step-look.js';

/** The compensation, docked under its step (7.5): plum, dashed, backward sign, order. */
export function UndoCard({
  node,
  face,
  order,
}: {
  readonly node: GraphNode;
  readonly face: StepFace | undefined;
  readonly order: number | null;
}): ReactElement | null {
  const store = useCanvasStore();
  const undo = 'undo' in node ? node.undo : undefined;
  if (undo?.kind !== 'compensation') return null;
  const { width, height } = cardSize(node);
  const place: CSSProperties = {
    top: height + UNDO_CARD.gap - 1,
    left: (width - UNDO_CARD.width) / 2 - 1,
    width: UNDO_CARD.width,
    height: UNDO_CARD.height,
  };
  const state = face?.undo.state ?? 'none';
  const look = state === 'none' || state === 'ready' ? null : stepStateStyle[state];
  return (
    <span
      className="undo-card nodrag"
      data-state={state}
      style={place}
      onClick={(event) => {
        const { editing, select, open } = store.getState();
        if (!editing) return;
        event.stopPropagation();
        select([node.id]);
        open(node.id);
        editing.openUndo(node.id);
      }}
    >
      <span className="undo-tether" aria-hidden="true" />
      <span className="undo-tile">
        <Undo2 size={13} strokeWidth={2.2} aria-hidden="true" />
      </span>
      <span className="undo-title" title={undo.name}>
        {undo.name}
      </span>
      {look ? (
        <Glyph name={look.glyph} tone={look.tone} size={14} />
      ) : (
        <StepIcon icon={operationIcon(undo.connector, undo.operation)} size={14} className="undo-kind" />
      )}
      {order !== null && (
        <span className="undo-order" title={`Undone as number ${order}`}>
          {order}
        </span>
      )}
    </span>
  );
}
