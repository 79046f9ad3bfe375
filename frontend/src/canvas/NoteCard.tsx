import type { NodeId } from '@sagawright/shared/graph';
import { memo } from 'react';
import type { ReactElement } from 'react';
import { useCanvas } from './canvas-store.js';

/** A note on the drawing: a dashed frame with text, behind the steps. */
export const NoteCard = memo(function NoteCard({ id }: { readonly id: NodeId }): ReactElement | null {
  const node = useCanvas((state) => state.graph.nodes[id]);
  const selected = useCanvas((state) => state.selected.includes(id));
  if (node?.kind !== 'note') return null;
  return (
    <div className="note-card" data-selected={selected || undefined} style={node.size}>
      {node.text || 'An empty note'}
    </div>
  );
});
