import { memo } from 'react';
import type { ReactElement } from 'react';
import type { Graph } from '@sagawright/shared/graph';
import { miniLayout } from './mini-layout.js';
import type { MiniCard } from './mini-layout.js';

/** A drawing in the size of a stamp: cards, lines, and the undo docked below in plum. */
export const MiniGraph = memo(function MiniGraph({
  graph,
  className,
}: {
  readonly graph: Graph;
  readonly className?: string;
}): ReactElement {
  const layout = miniLayout(graph);
  return (
    <svg
      viewBox={`${String(layout.x)} ${String(layout.y)} ${String(layout.width)} ${String(layout.height)}`}
      className={className}
      aria-hidden="true"
      preserveAspectRatio="xMidYMid meet"
    >
      {layout.cards
        .filter(({ box }) => box)
        .map((card) => (
          <Shape key={card.id} card={card} />
        ))}
      {layout.edges.map((edge) => (
        <path key={edge.id} d={edge.path} fill="none" stroke="var(--edge)" strokeWidth="5" />
      ))}
      {layout.cards
        .filter(({ box }) => !box)
        .map((card) => (
          <Shape key={card.id} card={card} />
        ))}
    </svg>
  );
});

function Shape({ card }: { readonly card: MiniCard }): ReactElement {
  return (
    <g>
      <rect
        x={card.x}
        y={card.y}
        width={card.width}
        height={card.height}
        rx={card.round ? 32 : 14}
        fill={card.box ? 'var(--canvas)' : 'var(--surface)'}
        stroke="var(--border-strong)"
        strokeWidth="5"
      />
      <rect x={card.x + 16} y={card.y + 16} width="32" height="32" rx="8" fill="var(--accent)" opacity="0.25" />
      <rect
        x={card.x + 62}
        y={card.y + 25}
        width={Math.min(card.width, 240) - 104}
        height="14"
        rx="7"
        fill="var(--border-strong)"
      />
      {card.undo && (
        <g>
          <path
            d={`M${String(card.x + card.width / 2)} ${String(card.y + card.height)}v20`}
            stroke="var(--undo)"
            strokeWidth="5"
            strokeDasharray="4 6"
          />
          <rect
            x={card.x + 16}
            y={card.y + card.height + 20}
            width={card.width - 32}
            height="36"
            rx="10"
            fill="var(--undo-tint)"
            stroke="var(--undo)"
            strokeWidth="4"
            strokeDasharray="12 8"
          />
        </g>
      )}
    </g>
  );
}
