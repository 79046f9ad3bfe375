import type { ReactElement } from 'react';
import { useNow } from './clock.js';
import { formatDuration, formatExact, formatRelative } from './duration.js';
import { Tooltip } from './Tooltip.js';

export interface TimeProps {
  /** RFC 3339 or milliseconds since 1970. */
  readonly at: string | number;
  readonly className?: string;
}

/** An instant as "3 min ago", exact in the tooltip. */
export function Time({ at, className }: TimeProps): ReactElement {
  const instant = typeof at === 'number' ? at : Date.parse(at);
  const now = useNow();
  return (
    <Tooltip label={formatExact(instant)}>
      <time dateTime={new Date(instant).toISOString()} className={className}>
        {formatRelative(instant, now)}
      </time>
    </Tooltip>
  );
}

export interface DurationProps {
  readonly from: string | number;
  /** null = still going on: counts live. */
  readonly to: string | number | null;
  readonly className?: string;
}

/** A span; a live stopwatch while it has no end. */
export function Duration({ from, to, className }: DurationProps): ReactElement {
  const start = typeof from === 'number' ? from : Date.parse(from);
  const live = to === null;
  const now = useNow(live, 'second');
  const end = to === null ? now : typeof to === 'number' ? to : Date.parse(to);
  return <span className={`tabular ${className ?? ''}`}>{formatDuration(end - start)}</span>;
}
