import { useMemo, useState } from 'react';
import type { ReactElement } from 'react';
import type { Entry, InstanceId, SagaDefinition } from '@sagawright/shared/saga';
import { useMedia } from '../app/use-media.js';
import { Button, classNames, formatDuration, useNow } from '../ui/index.js';
import { timeScale } from './time-scale.js';
import type { TimeScale } from './time-scale.js';
import { buildTimeline } from './timeline.js';
import type { Segment, Timeline, TimelineRow } from './timeline.js';

export interface TimelineViewProps {
  readonly definition: SagaDefinition;
  readonly entries: readonly Entry[];
  readonly selected: InstanceId | null;
  readonly onSelect: (instance: InstanceId) => void;
  /** The run goes on: bars grow. */
  readonly live: boolean;
  /** In a run with loops: whether an instance lies in the items and passes that are looked at. */
  readonly isShown: ((instance: InstanceId) => boolean) | null;
}

/** With more rows than that, only the chosen items and passes have theirs until all are asked for. */
const MANY_ROWS = 40;

/** The Gantt of a run: one row per step, the undo in its own band below, running backward (7.5). */
export function TimelineView({
  definition,
  entries,
  selected,
  onSelect,
  live,
  isShown,
}: TimelineViewProps): ReactElement {
  const now = useNow(live, 'smooth');
  const [all, setAll] = useState<boolean | null>(null);
  const whole = useMemo(() => buildTimeline(definition, entries, now), [definition, entries, now]);
  const every = isShown === null || (all ?? whole.rows.length <= MANY_ROWS);
  const timeline = useMemo(
    () =>
      every
        ? whole
        : {
            ...whole,
            rows: whole.rows.filter((row) => isShown(row.instance)),
            undoRows: whole.undoRows.filter((row) => isShown(row.instance)),
          },
    [whole, every, isShown],
  );
  const phone = useMedia('(max-width: 639px)');
  const scale = useMemo(() => timeScale(timeline, phone ? 0.28 : 0.09), [timeline, phone]);
  return (
    // Relative: words for screen readers alone lie in here, and not below the page.
    <div className="relative min-h-0 flex-1 overflow-auto" role="region" aria-label="Timeline" tabIndex={0}>
      <div className="min-w-[340px] pb-3">
        <div className="sticky top-0 z-[2] flex h-7 border-b border-border bg-surface text-11 text-muted">
          <div className="flex w-36 shrink-0 items-center justify-between gap-2 pr-2 pl-4 leading-7 sm:w-44 lg:w-56">
            Step
            {isShown !== null && (
              <Button
                size="compact"
                variant="ghost"
                className="h-6 px-1.5 text-11"
                aria-pressed={every}
                onClick={() => {
                  setAll(!every);
                }}
              >
                All items
              </Button>
            )}
          </div>
          <div className="tabular relative mr-16 flex-1 sm:mr-20">
            {scale.folds.map((fold) => (
              <span
                key={fold.left}
                className="absolute top-0 truncate text-center leading-7 text-waiting-text max-sm:hidden"
                style={across(fold)}
                title={`Nothing was in flight for ${formatDuration(fold.length)}; this stretch is not to scale`}
              >
                ⋯ {formatDuration(fold.length)} ⋯
              </span>
            ))}
            {scale.marks.map((mark) => (
              <span
                key={mark.left}
                className="absolute top-0 border-l border-border pl-1 leading-7 whitespace-nowrap"
                style={{ left: percent(mark.left) }}
              >
                {mark.after === 'stretch' ? '+' : ''}
                {mark.offset === 0 ? '0' : formatDuration(mark.offset)}
              </span>
            ))}
          </div>
        </div>
        <ol aria-label="Steps">
          {timeline.rows.map((row) => (
            <Row
              key={row.instance}
              row={row}
              timeline={timeline}
              scale={scale}
              selected={selected}
              onSelect={onSelect}
            />
          ))}
        </ol>
        {timeline.undoRows.length > 0 && (
          <>
            <div className="mt-2 flex h-7 items-center gap-2 border-y border-dashed border-undo/50 bg-undo-tint px-4 text-11 font-semibold text-undo-text">
              <span aria-hidden="true">↶</span> Undo, last effect first
            </div>
            <ol aria-label="Undo">
              {timeline.undoRows.map((row) => (
                <Row
                  key={row.instance}
                  row={row}
                  order={whole.undoRows.indexOf(row) + 1}
                  timeline={timeline}
                  scale={scale}
                  selected={selected}
                  onSelect={onSelect}
                />
              ))}
            </ol>
          </>
        )}
        <Legend />
      </div>
    </div>
  );
}

interface RowProps {
  readonly row: TimelineRow;
  readonly timeline: Timeline;
  readonly scale: TimeScale;
  readonly selected: InstanceId | null;
  readonly onSelect: (instance: InstanceId) => void;
  /** Place in the undo. */
  readonly order?: number;
}

function Row({ row, timeline, scale, selected, onSelect, order }: RowProps): ReactElement {
  const place = (at: number): number => scale.place(at) * 100;
  const first = row.segments[0];
  const last = row.segments.at(-1);
  const undone =
    order === undefined
      ? null
      : (timeline.rows
          .find((each) => each.instance === row.instance)
          ?.segments.findLast((each) => each.kind === 'attempt') ?? null);
  const total = first === undefined || last === undefined ? 0 : Math.min(last.to, timeline.end) - first.from;
  return (
    <li>
      <button
        type="button"
        aria-pressed={selected === row.instance}
        onClick={() => {
          onSelect(row.instance);
        }}
        className={classNames(
          'group flex h-8 w-full items-center text-left -outline-offset-2 hover:bg-hover',
          selected === row.instance && 'bg-accent-tint hover:bg-accent-tint',
        )}
      >
        <span
          className={classNames(
            'flex w-36 shrink-0 items-center gap-1.5 truncate px-4 text-12 sm:w-44 lg:w-56',
            order !== undefined && 'text-undo-text',
          )}
        >
          {order !== undefined && (
            <span className="tabular flex size-4 shrink-0 items-center justify-center rounded-pill border border-current text-[10px] leading-none font-semibold">
              {order}
            </span>
          )}
          <span className="truncate font-medium">{row.name}</span>
          <span className="sr-only">, {describe(row)}</span>
        </span>
        <span className="relative mr-16 h-full flex-1 sm:mr-20">
          {scale.folds.map((fold) => (
            <span key={fold.left} className="absolute inset-y-0 bg-idle-tint" style={across(fold)} />
          ))}
          {scale.marks.map((mark) => (
            <span key={mark.left} className="absolute inset-y-0 w-px bg-border" style={{ left: percent(mark.left) }} />
          ))}
          {undone !== null && first !== undefined && (
            <span
              className="absolute top-1/2 h-0 border-t border-dotted border-undo"
              style={{
                left: `${String(place(undone.to))}%`,
                width: `${String(Math.max(0, place(first.from) - place(undone.to)))}%`,
              }}
            >
              <span className="absolute -top-[9px] -left-1.5 text-12 leading-4 text-undo">‹</span>
            </span>
          )}
          {row.segments.map((segment) => (
            <Bar
              key={`${segment.kind}${String(segment.seq)}`}
              segment={segment}
              undo={order !== undefined}
              place={place}
            />
          ))}
          {last !== undefined && (
            <span
              className="tabular absolute top-1/2 -translate-y-1/2 pl-1.5 text-11 whitespace-nowrap text-muted"
              style={{ left: `${String(place(Math.min(last.to, timeline.end)))}%` }}
            >
              {formatDuration(total)}
            </span>
          )}
        </span>
      </button>
    </li>
  );
}

function percent(share: number): string {
  return `${String(share * 100)}%`;
}

function across({ left, right }: { readonly left: number; readonly right: number }): { left: string; width: string } {
  return { left: percent(left), width: percent(right - left) };
}

/** Told apart by height and pattern as well as by colour (R16). */
function Bar({
  segment,
  undo,
  place,
}: {
  readonly segment: Segment;
  readonly undo: boolean;
  readonly place: (at: number) => number;
}): ReactElement {
  const left = place(segment.from);
  const width = Math.max(0, place(segment.to) - left);
  const style = { left: `${String(left)}%`, width: `max(3px, ${String(width)}%)` };
  if (segment.kind === 'retry-gap') {
    return <span className="absolute top-1/2 h-0 border-t-2 border-dotted border-waiting" style={style} />;
  }
  if (segment.kind === 'wait') {
    return (
      <span
        className="absolute top-1/2 h-2 -translate-y-1/2 rounded-tag border border-dashed border-waiting bg-waiting-tint"
        style={style}
      />
    );
  }
  const look = undo
    ? segment.outcome === 'failed'
      ? 'bg-failed'
      : segment.outcome === 'unknown'
        ? 'border-2 border-failed bg-failed-tint'
        : 'undo-hatch border border-undo'
    : {
        running: 'bg-running',
        succeeded: 'bg-done',
        failed: 'bg-failed',
        unknown: 'border-2 border-failed bg-failed-tint',
        cancelled: 'border border-idle bg-idle-tint',
      }[segment.outcome ?? 'running'];
  return (
    <span
      className={classNames('absolute top-1/2 h-4 -translate-y-1/2 overflow-hidden rounded-tag', look)}
      style={style}
    >
      {undo && (
        <span
          aria-hidden="true"
          className="absolute inset-0 flex items-center justify-around text-[10px] leading-none text-undo-text"
        >
          ‹
        </span>
      )}
    </span>
  );
}

function describe(row: TimelineRow): string {
  const attempts = row.segments.filter((segment) => segment.kind === 'attempt');
  const last = attempts.at(-1);
  const words = {
    running: 'running',
    succeeded: row.direction === 'undo' ? 'undone' : 'done',
    failed: 'failed',
    unknown: 'outcome unknown',
    cancelled: 'cancelled',
  };
  const still = row.segments.some((segment) => segment.open);
  const outcome = last?.outcome == null ? (still ? 'waiting' : 'has waited') : words[last.outcome];
  return attempts.length > 1 ? `${outcome}, ${String(attempts.length)} attempts` : outcome;
}

function Legend(): ReactElement {
  const items = [
    ['Done', 'h-3 w-5 rounded-tag bg-done'],
    ['Running', 'h-3 w-5 rounded-tag bg-running'],
    ['Failed attempt', 'h-3 w-5 rounded-tag bg-failed'],
    ['Unknown outcome', 'h-3 w-5 rounded-tag border-2 border-failed bg-failed-tint'],
    ['Before a retry', 'w-5 border-t-2 border-dotted border-waiting'],
    ['Wait', 'h-2 w-5 rounded-tag border border-dashed border-waiting bg-waiting-tint'],
    ['Nothing in flight, not to scale', 'h-3 w-5 bg-idle-tint'],
    ['Undo', 'undo-hatch h-3 w-5 rounded-tag border border-undo'],
  ] as const;
  return (
    <ul aria-label="Legend" className="mt-3 flex flex-wrap gap-x-4 gap-y-1 px-4 text-11 text-muted">
      {items.map(([label, look]) => (
        <li key={label} className="flex items-center gap-1.5">
          <span aria-hidden="true" className={look} />
          {label}
        </li>
      ))}
    </ul>
  );
}
