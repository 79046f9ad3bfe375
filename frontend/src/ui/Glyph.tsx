import type { ReactElement } from 'react';
import { classNames } from './class-names.js';

/** The six strengths of state colour (7.1). */
export type Tone = 'running' | 'done' | 'waiting' | 'failed' | 'undo' | 'idle';

export type GlyphName =
  | 'started'
  | 'running'
  | 'done'
  | 'waiting'
  | 'retrying'
  | 'failed'
  | 'unknown'
  | 'undoing'
  | 'undone'
  | 'blocked'
  | 'queued'
  | 'skipped'
  | 'cancelled';

const tones: Record<Tone, string> = {
  running: 'text-running',
  done: 'text-done',
  waiting: 'text-waiting',
  failed: 'text-failed',
  undo: 'text-undo',
  idle: 'text-idle',
};

const octagon = 'M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3z';
const line = {
  fill: 'none',
  stroke: 'currentColor',
  strokeWidth: 1.6,
  strokeLinecap: 'round',
  strokeLinejoin: 'round',
} as const;
const cut = { ...line, stroke: 'var(--surface)', strokeWidth: 1.8 } as const;
const turnBack = (
  <path d="M5.2 8.2h4a1.9 1.9 0 0 1 0 3.8H8M7 6.2l-2 2 2 2" {...line} strokeWidth={1.4} transform="translate(0 -1.4)" />
);

const shapes: Record<GlyphName, ReactElement> = {
  started: (
    <>
      <circle cx="8" cy="8" r="6.4" {...line} strokeWidth={1.4} />
      <path d="M6.6 5.4v5.2L10.8 8z" fill="currentColor" />
    </>
  ),
  running: (
    <>
      <circle cx="8" cy="8" r="6" {...line} strokeWidth={2} strokeOpacity={0.25} />
      <path
        className="turning origin-center [transform-box:view-box]"
        d="M8 2a6 6 0 0 1 6 6"
        {...line}
        strokeWidth={2}
      />
    </>
  ),
  done: (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" />
      <path d="m5 8.3 2.1 2.1L11 6.2" {...cut} />
    </>
  ),
  waiting: (
    <path
      d="M4.5 2h7M4.5 14h7M5.2 2c0 3.4 2.8 4.3 2.8 6s-2.8 2.6-2.8 6M10.8 2c0 3.4-2.8 4.3-2.8 6s2.8 2.6 2.8 6"
      {...line}
    />
  ),
  retrying: <path d="M13 8a5 5 0 1 1-1.6-3.7M13.2 2v2.9h-2.9" {...line} />,
  failed: (
    <>
      <path d={octagon} fill="currentColor" />
      <path d="m5.7 5.7 4.6 4.6m0-4.6-4.6 4.6" {...cut} />
    </>
  ),
  unknown: (
    <>
      <path d={octagon} {...line} strokeWidth={1.5} />
      <path d="M6.4 6.2a1.7 1.7 0 1 1 2.4 1.6c-.6.3-.8.6-.8 1.2M8 11.2v.1" {...line} strokeWidth={1.5} />
    </>
  ),
  undoing: (
    <>
      <circle
        className="turning-back origin-center [transform-box:view-box]"
        cx="8"
        cy="8"
        r="6.6"
        {...line}
        strokeDasharray="4 3"
        strokeWidth={1.4}
      />
      {turnBack}
    </>
  ),
  undone: (
    <>
      <circle cx="8" cy="8" r="6.6" {...line} strokeWidth={1.4} />
      {turnBack}
    </>
  ),
  blocked: (
    <>
      <path d={octagon} {...line} strokeWidth={1.5} />
      <path d="M8 4.8v3.8M8 11v.1" {...line} strokeWidth={1.8} />
    </>
  ),
  queued: <circle cx="8" cy="8" r="6" {...line} strokeDasharray="0.5 3.2" strokeWidth={1.8} />,
  skipped: <path d="M2 9.5C3.5 5 9 4 12.4 8M12.8 4.6V8.4H9M2.5 13h11" {...line} />,
  cancelled: (
    <>
      <circle cx="8" cy="8" r="6.2" {...line} />
      <path d="M3.8 12.2 12.2 3.8" {...line} />
    </>
  ),
};

export interface GlyphProps {
  readonly name: GlyphName;
  readonly tone: Tone;
  readonly size?: number;
  readonly className?: string;
}

/** The mark of a state: told apart by shape alone, so that colour is never the only sign. Decorative; say the word too. */
export function Glyph({ name, tone, size = 16, className }: GlyphProps): ReactElement {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      aria-hidden="true"
      data-glyph={name}
      className={classNames('shrink-0', tones[tone], className)}
    >
      {shapes[name]}
    </svg>
  );
}
