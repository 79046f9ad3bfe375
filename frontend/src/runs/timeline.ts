/**
 * The Gantt of a run (R16, R25): pure arithmetic from the journal to rows of segments, all in milliseconds since 1970.
 *
 * 1. One row per step instance, in the order of first appearance; one row per undone step in the band below, in undo order.
 * 2. Segments of a row do not overlap: attempts, the gaps before a retry, and waits.
 * 3. What has no end yet ends at `now`; nothing reaches beyond it except the open end of a wait or retry gap.
 * 4. While nothing is in flight and nothing is timed (a person has to decide), time stands still at the last entry.
 */
import { instanceId } from '@sagawright/shared/saga';
import type { Entry, EntryOf, InstanceId, SagaDefinition } from '@sagawright/shared/saga';
import { attemptsOf, instanceName, undoName } from './attempts.js';
import type { AttemptOutcome } from './attempts.js';

export interface Segment {
  readonly kind: 'attempt' | 'retry-gap' | 'wait';
  readonly from: number;
  readonly to: number;
  /** Still growing. */
  readonly open: boolean;
  /** Only for attempts. */
  readonly outcome: AttemptOutcome | null;
  readonly attempt: number;
  readonly seq: number;
}

export interface TimelineRow {
  readonly instance: InstanceId;
  readonly name: string;
  readonly direction: 'forward' | 'undo';
  readonly segments: readonly Segment[];
}

export interface Timeline {
  readonly start: number;
  readonly end: number;
  readonly rows: readonly TimelineRow[];
  readonly undoRows: readonly TimelineRow[];
}

export function buildTimeline(definition: SagaDefinition, entries: readonly Entry[], now: number): Timeline {
  const first = entries[0];
  const last = entries.at(-1);
  if (first === undefined || last === undefined) return { start: now, end: now, rows: [], undoRows: [] };
  const ended = last.type === 'run.ended';
  const attempts = attemptsOf(entries);
  const moving = attempts.some((each) => each.to === null) || last.type !== 'incident.opened';
  const horizon = ended || !moving ? last.at : Math.max(now, last.at);
  const rows = new Map<string, { instance: InstanceId; direction: 'forward' | 'undo'; segments: Segment[] }>();
  const row = (instance: InstanceId, direction: 'forward' | 'undo'): Segment[] => {
    const id = `${direction}:${instance}`;
    const known = rows.get(id);
    if (known !== undefined) return known.segments;
    const segments: Segment[] = [];
    rows.set(id, { instance, direction, segments });
    return segments;
  };

  for (const attempt of attempts) {
    const segments = row(attempt.instance, attempt.direction);
    closeGap(segments, attempt.from);
    segments.push({
      kind: 'attempt',
      from: attempt.from,
      to: attempt.to ?? horizon,
      open: attempt.to === null,
      outcome: attempt.outcome,
      attempt: attempt.attempt,
      seq: attempt.seq,
    });
    if (attempt.to !== null && attempt.retryAt !== null && attempt.outcome !== 'succeeded') {
      segments.push({
        kind: 'retry-gap',
        from: attempt.to,
        to: ended ? Math.min(Math.max(attempt.retryAt, attempt.to), horizon) : Math.max(attempt.retryAt, attempt.to),
        open: !ended,
        outcome: null,
        attempt: attempt.attempt,
        seq: attempt.seq,
      });
    }
  }
  for (const entry of entries) {
    if (entry.type === 'step.cancelled') {
      closeGap(row(instanceId(entry), 'forward'), entry.at);
      continue;
    }
    if (entry.type !== 'step.waiting') continue;
    const segments = row(instanceId(entry), entry.direction);
    const over = endOfWait(entries, entry);
    const until = entry.until ?? horizon;
    const to = over ?? (ended ? Math.min(until, horizon) : Math.max(until, entry.at));
    segments.push({
      kind: 'wait',
      from: entry.at,
      to,
      open: over === null && !ended,
      outcome: null,
      attempt: 0,
      seq: entry.seq,
    });
    segments.sort((a, b) => a.from - b.from || a.seq - b.seq);
  }

  const all = [...rows.values()].map((each) => ({
    ...each,
    name: each.direction === 'undo' ? undoName(definition, each.instance) : instanceName(definition, each.instance),
  }));
  const latest = all.flatMap((each) => each.segments.map((segment) => segment.to));
  return {
    start: first.at,
    end: Math.max(horizon, first.at + 1, ...(ended ? [] : latest)),
    rows: all.filter((each) => each.direction === 'forward'),
    undoRows: all.filter((each) => each.direction === 'undo'),
  };
}

/** When a wait was over: whatever comes next for the same instance ends it; null = it goes on. */
function endOfWait(entries: readonly Entry[], wait: EntryOf<'step.waiting'>): number | null {
  const id = instanceId(wait);
  for (let at = wait.seq; at < entries.length; at += 1) {
    const entry = entries[at];
    if (entry === undefined || !('step' in entry) || instanceId(entry) !== id) continue;
    if (entry.type === 'task.nudged' || entry.type === 'child.cancel-requested') continue;
    return entry.at;
  }
  return null;
}

/** A retry that began early or late: the gap before it ends where the attempt begins. */
function closeGap(segments: Segment[], at: number): void {
  const gap = segments.at(-1);
  if (gap?.kind === 'retry-gap') segments[segments.length - 1] = { ...gap, to: Math.max(gap.from, at), open: false };
}

const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
];

/**
 * Where the axis carries a mark, as milliseconds after the start.
 *
 * @param span length of the axis
 * @param most at most so many marks
 */
export function timelineTicks(span: number, most: number): readonly number[] {
  const fitting = STEPS.find((each) => span / each <= most);
  const step = fitting ?? Math.ceil(span / most / 3_600_000) * 3_600_000;
  return Array.from({ length: Math.floor(span / step) + 1 }, (_, index) => index * step);
}
