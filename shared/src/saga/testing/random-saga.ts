/** Random sagas of all kinds, valid by construction; a saga is a small tree, so that a failing one can be shrunk. */
import type { Random } from '../../kernel/index.js';
import type { RunPlace } from '../admit-run.js';
import type { Answer } from '../simulate.js';
import type { RunOutcome } from '../state.js';

/** Running out of time: not watched, a failure like others, or a way of its own. */
export type Timeout = 'none' | 'fails' | 'edge';
export type OnFailure = 'fail' | 'continue' | 'error-edge' | 'park';
/** One more setting of a step with attempts. */
export type StepOption = 'skip' | 'slot' | 'rate' | 'total' | 'key' | 'timeout-edge';
type Parts = readonly Part[];

export type Part =
  | {
      readonly kind: 'step';
      readonly effect: 'keyed' | 'idempotent' | 'at-most-once' | 'read';
      readonly onFailure: OnFailure;
      readonly undo: 'compensation' | 'irreversible' | 'none';
      readonly forward: readonly Answer[];
      readonly back: readonly Answer[];
      readonly option?: StepOption;
      /** In a loop: only in this item or pass (from 0) do the answers differ from success. */
      readonly onlyAt?: number;
    }
  | { readonly kind: 'pivot'; readonly forward: readonly Answer[] }
  | { readonly kind: 'transform'; readonly writes?: boolean }
  | { readonly kind: 'code'; readonly fails: boolean; readonly onFailure: OnFailure }
  | { readonly kind: 'delay' }
  | { readonly kind: 'respond' }
  | { readonly kind: 'wait'; readonly event: Arrival; readonly timeout: Timeout }
  | {
      readonly kind: 'task';
      readonly answer: 'yes' | 'no' | 'nobody';
      readonly timeout: Timeout;
      readonly nudges: boolean;
      readonly yes: Parts;
      readonly no: Parts;
    }
  | {
      readonly kind: 'race';
      readonly event: Arrival;
      readonly answered: boolean;
      readonly onEvent: Parts;
      readonly onTimer: Parts;
      readonly onTask: Parts;
    }
  | {
      readonly kind: 'call';
      readonly mode: 'wait' | 'forget';
      readonly undo: 'child' | 'compensation' | 'irreversible';
      readonly onFailure: OnFailure;
      readonly end: RunOutcome;
      readonly refusesCancel: boolean;
      readonly refusesUndo: boolean;
      readonly forward: readonly Answer[];
      readonly back: readonly Answer[];
      readonly option?: StepOption;
    }
  | { readonly kind: 'branch'; readonly choice: boolean; readonly yes: Parts; readonly no: Parts }
  | {
      readonly kind: 'inclusive';
      readonly choices: readonly boolean[];
      readonly join: 'all' | 'any';
      readonly losers: 'cancel' | 'ignore';
      readonly branches: readonly Parts[];
    }
  | {
      readonly kind: 'parallel';
      readonly join: 'all' | 'any' | 'n-of-m';
      readonly losers: 'cancel' | 'ignore';
      readonly branches: readonly Parts[];
    }
  | {
      readonly kind: 'scope';
      readonly body: Parts;
      readonly handler: Parts | null;
      readonly resume: Parts | null;
      readonly asUnit: boolean;
      readonly undo: 'inside' | 'compensation' | 'irreversible' | 'not-needed';
      readonly timeout: Timeout;
      readonly onFailure: OnFailure;
      readonly back: readonly Answer[];
    }
  | {
      readonly kind: 'for-each';
      readonly items: number;
      /** At a time; null = one after another. */
      readonly limit: number | null;
      readonly policy: 'fail' | 'continue' | 'collect';
      readonly timeout: Timeout;
      readonly onFailure: OnFailure;
      readonly body: Parts;
    }
  | {
      readonly kind: 'repeat';
      readonly passes: number;
      readonly test: 'before' | 'after';
      readonly bound: 'none' | 'fail' | 'continue';
      readonly timeout: Timeout;
      readonly onFailure: OnFailure;
      readonly body: Parts;
    }
  | { readonly kind: 'fail-if'; readonly choice: boolean }
  | { readonly kind: 'terminate-if'; readonly choice: boolean };

/** When the event of a wait comes; `early` is before the wait opens (S31). */
export type Arrival = 'early' | 'soon' | 'late' | 'never';

export interface RandomSaga {
  readonly parts: Parts;
  readonly seed: number;
  readonly crashRate: number;
  readonly cancelRate: number;
  readonly terminateRate?: number;
  /** A completed run is undone afterwards (S26). */
  readonly undoFinished?: boolean;
  /** Loops with more items than that are forgotten item by item. */
  readonly forgetsBeyond?: number;
  /** The run is cancelled when it takes longer, milliseconds. */
  readonly deadlineMs?: number;
  /** Its runs are limited (S30), and this is what it is told each time it looks for its place; then it is there. */
  readonly places?: readonly RunPlace[];
  /**
   * What becomes of incidents: left alone, repeated, marked as done, undos repeated and forward steps taken as failed, or any
   * of the decisions of S21. Who `resumes` has done again whatever can be, at every level, and else decides anything.
   */
  readonly person: 'absent' | 'repeats' | 'repeats-undos' | 'decides' | 'anything' | 'resumes';
  /** Steps that are done again are answered by what is left of their answers, not from the first on. */
  readonly goesOn?: boolean;
}

const pick = <T>(random: Random, items: readonly [T, ...T[]]): T =>
  items[Math.floor(random() * items.length)] ?? items[0];
const many = <T>(random: Random, most: number, make: () => T): T[] =>
  Array.from({ length: Math.floor(random() * (most + 1)) }, make);
const chance = (random: Random, probability: number) => random() < probability;

export function randomSaga(random: Random): RandomSaga {
  return chance(random, RESUMED) ? resumedSaga(random) : anySaga(random);
}

/** So many sagas are about what is done again. */
const RESUMED = 0.3;

/** Undos that are refused, so that a person resumes forward, at several levels and several times. */
function resumedSaga(random: Random): RandomSaga {
  const place: Place = { depth: pick(random, [2, 2, 3]), main: true, loop: false, refuses: true };
  return {
    parts: [randomPart(random, place), randomPart(random, place), ...many(random, 3, () => randomPart(random, place))],
    seed: Math.floor(random() * 2 ** 31),
    crashRate: pick(random, [0, 0, 0, 0.05, 0.3]),
    cancelRate: pick(random, [0, 0, 0.03]),
    person: pick(random, ['resumes', 'resumes', 'resumes', 'anything']),
    goesOn: chance(random, 0.85),
    ...(chance(random, 0.3) && { undoFinished: true }),
    ...(chance(random, 0.5) && { forgetsBeyond: pick(random, [0, 1]) }),
  };
}

function anySaga(random: Random): RandomSaga {
  const place: Place = { depth: 2, main: true, loop: false, refuses: false };
  const parts = [randomPart(random, place), ...many(random, 4, () => randomPart(random, place))];
  if (chance(random, 0.2)) addPivot(random, parts, { kind: 'pivot', forward: randomAnswers(random) });
  return {
    parts,
    seed: Math.floor(random() * 2 ** 31),
    crashRate: pick(random, [0, 0, 0.05, 0.2, 0.5]),
    cancelRate: pick(random, [0, 0, 0.03, 0.1]),
    person: pick(random, ['repeats-undos', 'repeats-undos', 'repeats', 'decides', 'absent', 'anything', 'anything']),
    ...(chance(random, 0.03) && { terminateRate: 0.03 }),
    ...(chance(random, 0.3) && { undoFinished: true }),
    ...(chance(random, 0.05) && { deadlineMs: pick(random, [1000, 90_000]) }),
    ...(chance(random, 0.1) && { places: randomPlaces(random) }),
    ...(chance(random, 0.7) && { forgetsBeyond: pick(random, [0, 0, 1, 2]) }),
  };
}

function randomPlaces(random: Random): RunPlace[] {
  const inLine = many(random, 2, (): RunPlace => ({ kind: 'waiting', until: null }));
  return chance(random, 0.2) ? [...inLine, { kind: pick(random, ['rejected', 'superseded']) }] : inLine;
}

/** Somewhere on the main path, in a branch that no join gives up, or in a scope. */
function addPivot(random: Random, parts: Part[], pivot: Part): void {
  const at = parts.findIndex(
    (part) => part.kind === 'scope' || (part.kind === 'parallel' && (part.join === 'all' || part.losers === 'ignore')),
  );
  const group = parts[at];
  if (group?.kind === 'parallel' && chance(random, 0.7)) {
    const [first = [], ...others] = group.branches;
    parts[at] = { ...group, branches: [[...first, pivot], ...others] };
  } else if (group?.kind === 'scope' && chance(random, 0.7)) {
    parts[at] = { ...group, asUnit: false, undo: 'inside', body: [...group.body, pivot] };
  } else {
    parts.splice(Math.floor(random() * (parts.length + 1)), 0, pivot);
  }
}

interface Place {
  readonly depth: number;
  /** On the main path of the run: only there does a path end early. */
  readonly main: boolean;
  readonly loop: boolean;
  /** Steps fail often, and so do their undos. */
  readonly refuses: boolean;
}

function randomPart(random: Random, place: Place): Part {
  const inside = (loop = place.loop): Part[] => {
    const inner: Place = { ...place, depth: place.depth - 1, main: false, loop };
    return [randomPart(random, inner), ...many(random, 1, () => randomPart(random, inner))];
  };
  const roll = random();
  if (place.depth > 0 && roll < 0.42) return randomGroup(random, inside, place.refuses);
  if (place.refuses && roll < 0.85) return refusingStep(random);
  if (roll < 0.46) return { kind: 'transform', ...(chance(random, 0.3) && { writes: true }) };
  if (roll < 0.49) return { kind: 'code', fails: chance(random, 0.3), onFailure: randomOnFailure(random) };
  if (roll < 0.53) return { kind: 'delay' };
  if (roll < 0.54) return { kind: 'respond' };
  if (roll < 0.59) return { kind: 'wait', event: randomArrival(random), timeout: randomTimeout(random) };
  if (roll < 0.66) return randomCall(random);
  if (roll < 0.68) return { kind: 'fail-if', choice: chance(random, 0.3) };
  if (roll < 0.7) return { kind: 'terminate-if', choice: chance(random, 0.3) };
  return {
    kind: 'step',
    effect: pick(random, ['keyed', 'keyed', 'idempotent', 'at-most-once', 'read']),
    onFailure: randomOnFailure(random),
    undo: pick(random, ['compensation', 'compensation', 'compensation', 'compensation', 'irreversible', 'none']),
    forward: randomAnswers(random),
    back: chance(random, 0.2) ? randomAnswers(random) : [],
    ...(chance(random, 0.15) && { option: randomOption(random) }),
    ...(place.loop && chance(random, 0.6) && { onlyAt: pick(random, [0, 1, 2]) }),
  };
}

/** At first it or its undo is refused, more often than not. */
function refusingStep(random: Random): Part {
  return {
    kind: 'step',
    effect: pick(random, ['keyed', 'keyed', 'keyed', 'idempotent', 'at-most-once']),
    onFailure: chance(random, 0.85) ? 'fail' : randomOnFailure(random),
    undo: chance(random, 0.85) ? 'compensation' : 'irreversible',
    forward: chance(random, 0.6)
      ? many(random, 3, () => pick(random, ['succeed', 'succeed', 'refuse', 'refuse', 'lost', 'late']))
      : [],
    back: chance(random, 0.6)
      ? many(random, 3, () => pick(random, ['succeed', 'refuse', 'refuse', 'refuse', 'late']))
      : [],
    ...(chance(random, 0.1) && { option: randomOption(random) }),
  };
}

/** Where things are done again at several levels. */
const LEVELS = ['scope', 'scope', 'scope', 'parallel', 'for-each', 'repeat'] as const;
const GROUPS = ['parallel', 'branch', 'scope', 'scope', 'for-each', 'repeat', 'inclusive', 'task', 'race'] as const;

function randomGroup(random: Random, inside: (loop?: boolean) => Part[], refuses: boolean): Part {
  const losers = pick(random, ['cancel', 'ignore'] as const);
  switch (refuses && chance(random, 0.7) ? pick(random, LEVELS) : pick(random, GROUPS)) {
    case 'parallel': {
      const join = pick(random, ['all', 'all', 'any', 'n-of-m'] as const);
      const branches = [inside(), inside(), ...many(random, 1, () => inside())];
      return { kind: 'parallel', join, losers, branches: join === 'all' ? branches : branches.map(withoutResume) };
    }
    case 'branch':
      return { kind: 'branch', choice: chance(random, 0.5), yes: inside(), no: inside() };
    case 'inclusive': {
      const branches = [inside(), inside(), inside()].map(withoutResume);
      const choices = [chance(random, 0.6), chance(random, 0.6)];
      return { kind: 'inclusive', choices, join: pick(random, ['all', 'all', 'any']), losers, branches };
    }
    case 'scope':
      return {
        kind: 'scope',
        body: inside(),
        handler: chance(random, 0.35) ? inside() : null,
        resume: chance(random, 0.25) ? inside() : null,
        asUnit: chance(random, 0.2),
        undo: pick(random, ['inside', 'inside', 'inside', 'inside', 'compensation', 'irreversible', 'not-needed']),
        timeout: chance(random, 0.3) ? randomTimeout(random) : 'none',
        onFailure: randomOnFailure(random),
        back: chance(random, 0.3) ? randomAnswers(random) : [],
      };
    case 'for-each':
      return {
        kind: 'for-each',
        items: Math.floor(random() * 4),
        limit: pick(random, [null, null, 2, 3]),
        policy: pick(random, ['fail', 'fail', 'continue', 'collect']),
        timeout: chance(random, 0.15) ? randomTimeout(random) : 'none',
        onFailure: randomOnFailure(random),
        body: inside(true),
      };
    case 'repeat':
      return {
        kind: 'repeat',
        passes: Math.floor(random() * 3),
        test: pick(random, ['after', 'after', 'before']),
        bound: pick(random, ['none', 'none', 'fail', 'continue']),
        timeout: chance(random, 0.15) ? randomTimeout(random) : 'none',
        onFailure: randomOnFailure(random),
        body: inside(true),
      };
    case 'task': {
      const answer = pick(random, ['yes', 'yes', 'no', 'nobody'] as const);
      const timeout = answer === 'nobody' && chance(random, 0.8) ? 'fails' : randomTimeout(random);
      return { kind: 'task', answer, timeout, nudges: chance(random, 0.3), yes: inside(), no: inside() };
    }
    case 'race': {
      const event = randomArrival(random);
      const answered = chance(random, 0.4);
      return { kind: 'race', event, answered, onEvent: inside(), onTimer: inside(), onTask: inside() };
    }
  }
}

/** A way back to a save-point would lead out of a branch that may be given up: compile refuses that. */
function withoutResume(parts: Parts): Part[] {
  return parts.map((part): Part => {
    switch (part.kind) {
      case 'scope':
        return { ...part, resume: null };
      case 'branch':
      case 'task':
        return { ...part, yes: withoutResume(part.yes), no: withoutResume(part.no) };
      case 'race':
        return {
          ...part,
          onEvent: withoutResume(part.onEvent),
          onTimer: withoutResume(part.onTimer),
          onTask: withoutResume(part.onTask),
        };
      case 'parallel':
      case 'inclusive':
        return { ...part, branches: part.branches.map(withoutResume) };
      default:
        return part;
    }
  });
}

function randomCall(random: Random): Part {
  return {
    kind: 'call',
    mode: pick(random, ['wait', 'wait', 'wait', 'forget']),
    undo: pick(random, ['child', 'child', 'child', 'compensation', 'irreversible']),
    onFailure: randomOnFailure(random),
    end: pick(random, ['completed', 'completed', 'completed', 'failed', 'compensated', 'cancelled', 'terminated']),
    refusesCancel: chance(random, 0.2),
    refusesUndo: chance(random, 0.15),
    forward: randomAnswers(random),
    back: chance(random, 0.2) ? randomAnswers(random) : [],
    ...(chance(random, 0.15) && { option: randomOption(random) }),
  };
}

const randomOnFailure = (random: Random) =>
  pick(random, ['fail', 'fail', 'fail', 'fail', 'continue', 'error-edge', 'park'] as const);
const randomTimeout = (random: Random) => pick(random, ['none', 'fails', 'edge'] as const);
const randomArrival = (random: Random) => pick(random, ['early', 'soon', 'soon', 'late', 'late', 'never'] as const);
const randomOption = (random: Random) =>
  pick(random, ['skip', 'slot', 'slot', 'rate', 'total', 'key', 'timeout-edge'] as const);

function randomAnswers(random: Random): Answer[] {
  if (chance(random, 0.55)) return [];
  return many(random, 4, () => pick(random, ['succeed', 'refuse', 'busy', 'lost', 'vanished', 'late'] as const));
}
