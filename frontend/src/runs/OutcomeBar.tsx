import type { ReactElement } from 'react';
import type { InstanceId } from '@sagawright/shared/saga';
import { Glyph, classNames } from '../ui/index.js';
import type { GlyphName, Tone } from '../ui/index.js';
import type { Outcome, UndoItem } from './outcome.js';

export interface OutcomeBarProps {
  readonly outcome: Outcome;
  readonly ended: boolean;
  readonly onSelect: (instance: InstanceId) => void;
}

const MARK: Record<UndoItem['status'], { readonly word: string; readonly glyph: GlyphName; readonly tone: Tone }> = {
  open: { word: 'still to be undone', glyph: 'queued', tone: 'idle' },
  running: { word: 'being undone', glyph: 'undoing', tone: 'undo' },
  done: { word: 'undone', glyph: 'undone', tone: 'undo' },
  'by-hand': { word: 'marked as done by hand', glyph: 'done', tone: 'idle' },
  stuck: { word: 'stuck', glyph: 'blocked', tone: 'failed' },
};

const WISHES = {
  cancel: 'cancelled the run',
  terminate: 'terminated the run; nothing more is undone',
  undo: 'had the finished run undone',
} as const;

/** Why the run turned around, and how far its way back has come, in words and in order (R21, R25). */
export function OutcomeBar({ outcome, ended, onSelect }: OutcomeBarProps): ReactElement {
  const { cause, undos, done, byHand, left } = outcome;
  return (
    <section aria-label="What happened" className="shrink-0 border-b border-border bg-surface px-4 py-2 md:px-6">
      {cause.kind === 'failure' ? (
        <p className="flex items-start gap-2 text-13">
          <Glyph name="failed" tone="failed" size={15} className="mt-[3px]" />
          <span className="min-w-0 [overflow-wrap:anywhere]">
            {cause.instance === null ? (
              <strong className="font-semibold text-failed-text">{cause.name} failed</strong>
            ) : (
              <button
                type="button"
                className="rounded-tag text-left font-semibold text-failed-text hover:underline"
                onClick={() => {
                  if (cause.instance !== null) onSelect(cause.instance);
                }}
              >
                {cause.name} failed
              </button>
            )}
            {cause.attempts > 1 && <> after {cause.attempts} attempts</>}
            {': '}
            {cause.failure.message} <code className="font-mono text-12 text-muted">{cause.failure.code}</code>
          </span>
        </p>
      ) : (
        <p className="flex items-start gap-2 text-13">
          <Glyph
            name={cause.kind === 'undo' ? 'undoing' : 'cancelled'}
            tone={cause.kind === 'undo' ? 'undo' : 'idle'}
            size={15}
            className="mt-[3px]"
          />
          <span className="min-w-0 [overflow-wrap:anywhere]">
            <strong className="font-semibold">
              {cause.by} {WISHES[cause.kind]}
            </strong>
            {cause.reason !== '' && <>: {cause.reason}</>}
          </span>
        </p>
      )}
      {undos.length > 0 ? (
        <div className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-13">
          <span className="tabular flex items-center gap-2 font-semibold text-undo-text">
            <Glyph name="undone" tone="undo" size={15} />
            {done} of {undos.length} undone
          </span>
          {byHand > 0 && <span className="tabular text-muted">{byHand} marked as done by hand</span>}
          <ol aria-label="The way back" className="flex flex-wrap items-center gap-x-1 gap-y-1">
            {undos.map((undo) => (
              <li key={undo.instance}>
                <UndoChip undo={undo} onSelect={onSelect} />
              </li>
            ))}
          </ol>
        </div>
      ) : (
        ended &&
        left.length === 0 && (
          <p className="mt-0.5 pl-[23px] text-12 text-muted">No effect had taken place that would need an undo.</p>
        )
      )}
      {left.length > 0 && (
        <p className="mt-0.5 pl-[23px] text-12 text-muted">
          Not undone: {left.map((each) => `${each.name} (${each.reason})`).join(', ')}
        </p>
      )}
    </section>
  );
}

function UndoChip({
  undo,
  onSelect,
}: {
  readonly undo: UndoItem;
  readonly onSelect: (instance: InstanceId) => void;
}): ReactElement {
  const mark = MARK[undo.status];
  return (
    <button
      type="button"
      title={undo.marked === null ? undefined : `${undo.marked.by}: ${undo.marked.note}`}
      onClick={() => {
        onSelect(undo.instance);
      }}
      className={classNames(
        'flex h-6 items-center gap-1.5 rounded-pill border px-2 text-12 font-medium hover:bg-hover',
        undo.status !== 'by-hand' && 'border-dashed',
        undo.status === 'by-hand' && 'border-border-strong',
        undo.status === 'stuck' && 'border-failed text-failed-text',
        undo.status === 'open' && 'border-border-strong text-muted',
        (undo.status === 'done' || undo.status === 'running') && 'border-undo/60 text-undo-text',
      )}
    >
      <span className="tabular text-11 opacity-80">{undo.order}</span>
      {undo.name}
      <Glyph name={mark.glyph} tone={mark.tone} size={12} />
      <span className={classNames('font-normal', undo.status === 'done' && 'sr-only')}>
        {undo.marked === null ? mark.word : `by hand, ${undo.marked.by}`}
      </span>
    </button>
  );
}
