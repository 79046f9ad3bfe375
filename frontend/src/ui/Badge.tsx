import type { ReactElement, ReactNode } from 'react';
import type { RunStatus } from '@sagawright/shared/saga';
import { classNames } from './class-names.js';
import { Glyph } from './Glyph.js';
import type { Tone } from './Glyph.js';
import { runStateStyle, stepStateStyle } from './state-style.js';
import type { StateStyle, StepDisplayState } from './state-style.js';

const tints: Record<Tone | 'accent', string> = {
  running: 'bg-running-tint text-running-text',
  done: 'bg-done-tint text-done-text',
  waiting: 'bg-waiting-tint text-waiting-text',
  failed: 'bg-failed-tint text-failed-text',
  undo: 'bg-undo-tint text-undo-text',
  idle: 'bg-idle-tint text-idle-text',
  accent: 'bg-accent-tint text-accent',
};

export interface BadgeProps {
  readonly tone?: Tone | 'accent';
  readonly children: ReactNode;
  readonly className?: string;
}

/** A word on a tint. */
export function Badge({ tone = 'idle', children, className }: BadgeProps): ReactElement {
  return (
    <span
      className={classNames(
        'inline-flex h-5 shrink-0 align-middle items-center gap-1 whitespace-nowrap rounded-pill px-2 text-12 font-medium',
        tints[tone],
        className,
      )}
    >
      {children}
    </span>
  );
}

export type StatusBadgeProps = (
  { readonly run: RunStatus; readonly step?: undefined } | { readonly step: StepDisplayState; readonly run?: undefined }
) & {
  /** Put behind the word: "2 of 4", "3/5". */
  readonly detail?: string | undefined;
  /** Says it more exactly than the state's own word. */
  readonly word?: string | undefined;
  readonly className?: string;
};

/** A state as glyph + word + tint: never colour alone. */
export function StatusBadge({ run, step, detail, word, className }: StatusBadgeProps): ReactElement {
  const style: StateStyle = run !== undefined ? runStateStyle[run] : stepStateStyle[step];
  return (
    <Badge tone={style.tone} className={classNames('pl-1.5', className)}>
      <Glyph name={style.glyph} tone={style.tone} size={13} />
      {word ?? style.word}
      {detail !== undefined && <span className="tabular font-normal">{detail}</span>}
    </Badge>
  );
}
