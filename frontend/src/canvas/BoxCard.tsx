/**
 * A step or frame that others lie in: a title like a card's, the frame around its content, and inside the ports where its
 * body begins and what handles a failure. Only the title takes the pointer; the inside is canvas.
 */
import { edgesFrom, hasUndoCard, innerPorts, isHolder, outputPoint, portLabel, snap } from '@sagawright/shared/graph';
import type { HolderNode, NodeId } from '@sagawright/shared/graph';
import { NodeResizeControl, NodeToolbar, Position } from '@xyflow/react';
import { Flag, Undo2 } from 'lucide-react';
import { memo } from 'react';
import type { ReactElement } from 'react';
import { useCanvas, useCanvasStore } from './canvas-store.js';
import { smallestSize } from './containment.js';
import { Marks, ProblemPill } from './Marks.js';
import { Ports } from './Ports.js';
import { StepIcon } from './StepIcon.js';
import { iconOf } from './step-look.js';
import { subtitleOf } from './summary.js';
import { TitleInput } from './TitleInput.js';
import { UndoCard } from './UndoCard.js';
import { useCard } from './use-card.js';

export const BoxCard = memo(function BoxCard({ id }: { readonly id: NodeId }): ReactElement | null {
  const { node, face, selected, alone, problems, renaming, editing, undoOrder, lost, failing, legal } = useCard(id);
  const used = useCanvas((state) =>
    edgesFrom(state.graph, id)
      .map((edge) => edge.port)
      .join(' '),
  ).split(' ');
  const target = useCanvas((state) => state.dropBox === id);
  const direction = useCanvas((state) => state.graph.settings.direction);
  if (!node || !isHolder(node)) return null;
  const undoneFirst = node.kind === 'scope' && node.undoAsUnit && used.includes('handler');
  // A line that starts there says it better.
  const free = innerPorts(node).filter((port) => !used.includes(port));
  // Beside its `+`, or below it where something stands beside.
  const beside = direction === 'lr' && free.includes('body');
  return (
    <div
      className="box-card"
      data-kind={node.kind}
      data-state={failing ? 'failed' : face?.state}
      data-passed-by={face?.passedBy || undefined}
      data-selected={selected || undefined}
      data-legal={legal}
      data-target={target || undefined}
    >
      <div className="box-title">
        <span className="step-tile">
          <StepIcon icon={iconOf(node)} size={17} />
        </span>
        <span className="step-words">
          {renaming && editing ? (
            <TitleInput id={id} name={node.name} />
          ) : (
            <span className="step-title" title={node.name}>
              {node.name}
            </span>
          )}
          {node.kind !== 'group' && (
            <span className="step-subtitle" title={subtitleOf(node, used.includes('handler'))}>
              {subtitleOf(node, used.includes('handler'))}
            </span>
          )}
        </span>
        {node.kind === 'scope' && (node.savePoint || undoneFirst) && (
          <span className="step-badges box-signs">
            {node.savePoint && <Flag size={12} aria-label="Save-point" />}
            {undoneFirst && <Undo2 size={12} aria-label="Undone before its failure way" />}
          </span>
        )}
        <Marks node={node} face={face} failing={failing} lost={lost} />
      </div>
      <ProblemPill problems={problems} />
      {free.map((port) => {
        const { x, y } = outputPoint(node, port, direction);
        return (
          <span
            key={port}
            className="box-start"
            data-port={port}
            style={beside ? { left: x + 56, top: y - 8 } : { left: x + 12, top: y + 12 }}
          >
            {portLabel(node, port)}
          </span>
        );
      })}
      {hasUndoCard(node) && <UndoCard node={node} face={face} order={undoOrder} />}
      <Ports node={node} />
      {editing && <Resize node={node} />}
      {alone && editing && (
        <NodeToolbar isVisible position={Position.Top} offset={12} className="nodrag nopan">
          {editing.toolbar(node)}
        </NodeToolbar>
      )}
    </div>
  );
});

/** The lower right corner. Its keyboard way is width and height in the panel. */
function Resize({ node }: { readonly node: HolderNode }): ReactElement {
  const store = useCanvasStore();
  const smallest = smallestSize(store.getState().graph, node.id);
  return (
    <NodeResizeControl
      position="bottom-right"
      className="box-resize nodrag"
      minWidth={smallest.width}
      minHeight={smallest.height}
      onResizeEnd={(_event, { width, height }) => {
        store.getState().editing?.resize(node.id, {
          width: Math.max(smallest.width, snap(width)),
          height: Math.max(smallest.height, snap(height)),
        });
      }}
    />
  );
}
