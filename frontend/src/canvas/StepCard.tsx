/** One step as a card of fixed size (7.3). Takes its id alone and reads its slice, so one change renders one card. */
import { cardSize, hasUndoCard, HOLDER_HEADER, isHolder, plainPorts, portLabel } from '@sagawright/shared/graph';
import type { GraphNode, NodeId } from '@sagawright/shared/graph';
import { NodeToolbar, Position } from '@xyflow/react';
import { memo } from 'react';
import type { ReactElement } from 'react';
import { Marks, ProblemPill } from './Marks.js';
import { Ports } from './Ports.js';
import { StepIcon } from './StepIcon.js';
import { iconOf, silhouetteOf } from './step-look.js';
import { armWords, subtitleOf } from './summary.js';
import { TitleInput } from './TitleInput.js';
import { UndoCard } from './UndoCard.js';
import { useCard } from './use-card.js';

export const StepCard = memo(function StepCard({ id }: { readonly id: NodeId }): ReactElement | null {
  const { node, face, selected, alone, problems, renaming, editing, undoOrder, lost, failing, legal } = useCard(id);
  if (!node || node.kind === 'note' || isHolder(node)) return null;

  const { width, height } = cardSize(node);
  const silhouette = silhouetteOf(node.kind);
  return (
    <div
      className="step-card"
      data-silhouette={silhouette}
      data-state={failing ? 'failed' : face?.state}
      data-passed-by={face?.passedBy || undefined}
      data-selected={selected || undefined}
      data-legal={legal}
      style={{ width, height }}
    >
      {silhouette === 'logic' && <Chamfer width={width} height={height} />}
      <span className="step-tile" data-round={silhouette === 'timer' || silhouette === 'human' || undefined}>
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
        <span className="step-subtitle" title={subtitleOf(node)}>
          {subtitleOf(node)}
        </span>
      </span>
      <Marks node={node} face={face} failing={failing} lost={lost} />
      <Ways node={node} />
      <ProblemPill problems={problems} />
      {hasUndoCard(node) && <UndoCard node={node} face={face} order={undoOrder} />}
      <Ports node={node} />
      {alone && editing && (
        <NodeToolbar isVisible position={Position.Top} offset={12} className="nodrag nopan">
          {editing.toolbar(node)}
        </NodeToolbar>
      )}
    </div>
  );
});

/** Logic steps have cut corners; borders cannot, so the outline is drawn. */
function Chamfer({ width, height }: { readonly width: number; readonly height: number }): ReactElement {
  const cut = 12;
  const d = `M${cut} .5H${width - cut}L${width - 0.5} ${cut}V${height - cut}L${width - cut} ${height - 0.5}H${cut}L.5 ${height - cut}V${cut}Z`;
  return (
    <svg className="step-outline" width={width} height={height} aria-hidden="true">
      <path d={d} />
    </svg>
  );
}

/** One row per way of a step that has several, each beside its port. */
function Ways({ node }: { readonly node: GraphNode }): ReactElement | null {
  if (cardSize(node).height <= HOLDER_HEADER) return null;
  return (
    <span className="step-ways">
      {plainPorts(node).map((port, index) => (
        <span key={port} className="step-way" title={conditionOf(node, port)}>
          <b aria-hidden={port === 'else' || undefined}>{port === 'else' ? '∕' : index + 1}</b>
          <span>{wayWords(node, port)}</span>
        </span>
      ))}
    </span>
  );
}

function conditionOf(node: GraphNode, port: string): string | undefined {
  return 'cases' in node ? node.cases.find((each) => each.id === port)?.when : undefined;
}

function wayWords(node: GraphNode, port: string): string {
  if ('cases' in node) {
    const found = node.cases.find((each) => each.id === port);
    if (found) return found.label || found.when.replace(/^\s*\{\{|\}\}\s*$/g, '').trim() || 'no condition yet';
  }
  if (node.kind === 'race') {
    const arm = node.arms.find((each) => each.id === port);
    if (arm) return armWords(arm);
  }
  return portLabel(node, port);
}
