/**
 * The axis of the timeline. Retry gaps and waits are often a thousand times longer than the calls between them; drawn to
 * scale the calls would be slivers. So a stretch in which nothing is in flight may be folded, and is marked as folded.
 *
 * 1. Order is kept: of two moments the later one lies further right, or at the same place.
 * 2. What is in flight is drawn to one scale; only idle stretches are folded, and each folded one is a `fold`.
 * 3. A fold takes the same room however long it lasts, so a growing wait does not squeeze the rest.
 * 4. Behind each fold, and at an end that lies behind one, the axis says the time since the start; in between it says how much
 *    has passed since the mark of the stretch, so that two marks of a second behind an hour do not read alike.
 */
import { timelineTicks } from './timeline.js';
import type { Timeline } from './timeline.js';

/** All places are shares of the width, 0 to 1. */
export interface TimeScale {
  readonly place: (at: number) => number;
  readonly folds: readonly { readonly left: number; readonly right: number; readonly length: number }[];
  readonly marks: readonly Mark[];
}

/** Where the axis carries a time. */
interface Mark {
  readonly left: number;
  /** Milliseconds after the start, or after the stretch it lies in where that does not begin with the start. */
  readonly offset: number;
  readonly after: 'start' | 'stretch';
}

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly folded: boolean;
}

/** Room of a fold, as a share of all that is drawn to scale. */
const FOLD = 0.14;
/** An idle stretch is folded when to scale it would take so many times the room of a fold. */
const WORTH = 5;

/** @param apart marks closer than this share of the width would run into each other */
export function timeScale(timeline: Timeline, apart = 0.09): TimeScale {
  const stretches = stretchesOf(timeline);
  const toScale = sum(stretches.filter((each) => !each.folded).map((each) => each.to - each.from));
  const room = (each: Stretch): number => (each.folded ? toScale * FOLD : each.to - each.from);
  const whole = Math.max(sum(stretches.map(room)), Number.MIN_VALUE);
  const placed: (Stretch & { readonly left: number; readonly right: number })[] = [];
  let left = 0;
  for (const each of stretches) {
    const right = left + room(each) / whole;
    placed.push({ ...each, left, right });
    left = right;
  }
  const place = (at: number): number => {
    const found = placed.find((each) => at <= each.to) ?? placed.at(-1);
    if (found === undefined || found.to === found.from) return 0;
    const share = Math.min(1, Math.max(0, (at - found.from) / (found.to - found.from)));
    return found.left + share * (found.right - found.left);
  };

  const ticks = timelineTicks(whole, 8);
  const step = ticks[1] ?? whole;
  const marks: Mark[] = [];
  const mark = (left: number, offset: number, after: Mark['after']): void => {
    if (marks.every((each) => Math.abs(left - each.left) >= apart)) marks.push({ left, offset, after });
  };
  const busy = placed.filter((each) => !each.folded);
  // What stands at a fold comes first: the rest is measured from there.
  for (const each of busy) mark(each.left, each.from - timeline.start, 'start');
  if (placed.at(-1)?.folded === true) mark(1, timeline.end - timeline.start, 'start');
  for (const each of busy) {
    const after = each.from === timeline.start ? 'start' : 'stretch';
    // The words of a fold that follows need room as well.
    const room = each === placed.at(-1) ? 0 : apart / 2;
    for (let next = step; next <= each.to - each.from; next += step) {
      const at = place(each.from + next);
      if (each.right - at >= room) mark(at, next, after);
    }
  }
  marks.sort((a, b) => a.left - b.left);
  return {
    place,
    folds: placed.flatMap((each) =>
      each.folded ? [{ left: each.left, right: each.right, length: each.to - each.from }] : [],
    ),
    marks,
  };
}

/** Everything between start and end, cut where a fold begins or ends. */
function stretchesOf(timeline: Timeline): readonly Stretch[] {
  const busy = [...timeline.rows, ...timeline.undoRows]
    .flatMap((row) => row.segments.filter((each) => each.kind === 'attempt'))
    .sort((a, b) => a.from - b.from);
  const idle: { from: number; to: number }[] = [];
  let reached = timeline.start;
  for (const each of busy) {
    if (each.from > reached) idle.push({ from: reached, to: each.from });
    reached = Math.max(reached, each.to);
  }
  if (timeline.end > reached) idle.push({ from: reached, to: timeline.end });

  const span = timeline.end - timeline.start;
  // Longest first: each one folded makes the rest that is to scale smaller, and the next one larger beside it.
  const folds = new Set<{ from: number; to: number }>();
  let toScale = span;
  for (const each of idle.toSorted((a, b) => b.to - b.from - (a.to - a.from))) {
    const length = each.to - each.from;
    const rest = toScale - length;
    if (rest <= 0 || length <= rest * FOLD * WORTH) continue;
    folds.add(each);
    toScale = rest;
  }
  const cut: Stretch[] = [];
  let from = timeline.start;
  for (const fold of idle) {
    if (!folds.has(fold)) continue;
    if (fold.from > from) cut.push({ from, to: fold.from, folded: false });
    cut.push({ ...fold, folded: true });
    from = fold.to;
  }
  if (timeline.end > from || cut.length === 0) cut.push({ from, to: timeline.end, folded: false });
  return cut;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
