/** What an exploration proves, in words for those who draw: one verdict, and per failure point what goes back and what stays. */
import type { Exploration, NotUndone, SagaDefinition, StepDefinition, StepId } from '@sagawright/shared/saga';
import { takenWords } from '../taken-words.js';

export interface Proof {
  readonly verdict: Verdict;
  /** Those that leave something first, each group in the order of the drawing. */
  readonly points: readonly FailurePoint[];
  readonly parks: readonly Park[];
  /** Loops were followed for two items or passes only. */
  readonly loops: boolean;
}

export interface Verdict {
  /** `broken` = a rule of the engine itself; never because of the drawing. */
  readonly tone: 'clean' | 'left' | 'bounded' | 'broken';
  readonly text: string;
}

export interface FailurePoint {
  readonly step: StepId;
  readonly name: string;
  /** Goes on the sentence that the name begins: `fails for good`. */
  readonly how: string;
  /**
   * In the order in which it is done; equal numbers go back at the same time. The failing step itself comes first and has no
   * number: usually it took no effect, so the numbers are those that the undo view draws.
   */
  readonly undone: readonly {
    readonly step: StepId;
    readonly order: number | null;
    readonly name: string;
    readonly note: string | null;
  }[];
  /** What nobody undoes. */
  readonly left: readonly Stay[];
  /** What stays because the author said so. */
  readonly kept: readonly Stay[];
  /** Who takes the failure, so that it undoes nothing around; null when it goes on outwards. */
  readonly handled: string | null;
  /** What stays done since it is handled. */
  readonly stays: readonly { readonly step: StepId; readonly name: string }[];
}

interface Stay {
  readonly step: StepId;
  readonly reason: NotUndone;
  readonly name: string;
  readonly why: string;
}

/** Where a run stands still until a person decides. */
export interface Park {
  readonly step: StepId;
  readonly text: string;
}

export function proofOf(definition: SagaDefinition, exploration: Exploration): Proof {
  const place = new Map(definition.order.map((id, index) => [id, index]));
  const unhandled = exploration.failurePoints.flatMap(({ step, plan }) => {
    const failing = definition.steps[step];
    return failing ? [pointOf(definition, failing, plan)] : [];
  });
  const handled = exploration.handled.flatMap((each) => {
    const failing = definition.steps[each.step];
    return failing ? [handledPoint(definition, failing, each)] : [];
  });
  const points = [...unhandled, ...handled].sort(
    (a, b) =>
      Number(a.left.length === 0) - Number(b.left.length === 0) || (place.get(a.step) ?? 0) - (place.get(b.step) ?? 0),
  );
  const parks = exploration.parked
    .flatMap(({ step, direction }) => {
      const parked = definition.steps[step];
      return parked ? [{ step, text: parkWords(parked, direction) }] : [];
    })
    .sort((a, b) => (place.get(a.step) ?? 0) - (place.get(b.step) ?? 0));
  const loops = Object.values(definition.steps).some(({ kind }) => kind === 'for-each' || kind === 'repeat');
  return { verdict: verdictOf(exploration, points), points, parks, loops };
}

function verdictOf({ states, complete, violations }: Exploration, all: readonly FailurePoint[]): Verdict {
  const isAside = ({ handled, left }: FailurePoint) => handled !== null && left.length === 0;
  const points = all.filter((point) => !isAside(point));
  const aside = handledInWords(all.filter(isAside));
  const count = states.toLocaleString('en');
  if (violations.length > 0)
    return { tone: 'broken', text: `The engine would break a rule of its own, please report this: ${violations[0]}` };
  const one = aside === '' ? 'The one failure point' : 'One failure point';
  const left = points.filter((point) => point.left.length > 0).length;
  const reach = complete ? `${count} states explored` : `only the first ${count} states were explored`;
  if (left > 0) {
    const what = points.length === 1 ? `${one} leaves` : `${left} of ${points.length} failure points`;
    const verb = points.length === 1 ? '' : left === 1 ? ' leaves' : ' leave';
    return { tone: 'left', text: `${what}${verb} something that nobody undoes${aside}: ${reach}` };
  }
  if (!complete)
    return {
      tone: 'bounded',
      text: `Nothing that stays behind was found, but the proof is not whole${aside}: ${reach}`,
    };
  if (points.length === 0) return { tone: 'clean', text: `No failure here ends a run${aside}: ${reach}` };
  const every = points.length === 1 ? one : `Every one of ${points.length} failure points`;
  return { tone: 'clean', text: `${every} ends clean${aside}: ${reach}` };
}

function handledInWords(handled: readonly FailurePoint[]): string {
  if (handled.length === 0) return '';
  const are =
    handled.length === 1
      ? '1 more is handled by a way of its own'
      : `${handled.length} more are handled by ways of their own`;
  const stays = handled.some((each) => each.stays.length > 0) ? ', with what was done left in place (see each)' : '';
  return `; ${are}${stays}`;
}

type Plan = Exploration['failurePoints'][number]['plan'];

function pointOf(definition: SagaDefinition, failing: StepDefinition, plan: Plan): FailurePoint {
  const stays = once(plan.notUndone).map(({ step, reason }) => {
    const known = definition.steps[step];
    const why = step === failing.id ? `${WHY[reason]}, if it did take effect` : WHY[reason];
    const said = known?.undo.kind === 'not-needed' && known.undo.reason !== '' ? `: ${known.undo.reason}` : '';
    return { step, reason, name: known?.name ?? step, why: why + said };
  });
  const first = once([...plan.steps].sort((a, b) => a.order - b.order));
  const isOwn = ({ step }: { readonly step: StepId }) => step === failing.id;
  const others = first.filter((each) => !isOwn(each));
  const ranks = [...new Set(others.map(({ order }) => order))];
  return {
    step: failing.id,
    name: failing.name,
    how: howItFails(failing),
    undone: [...first.filter(isOwn), ...others].map(({ step, name, order }) => ({
      step,
      order: step === failing.id ? null : ranks.indexOf(order) + 1,
      name,
      note: noteOf(definition, failing.id, step),
    })),
    left: stays.filter(({ reason }) => !ON_PURPOSE.has(reason)),
    kept: stays.filter(({ reason }) => ON_PURPOSE.has(reason)),
    handled: null,
    stays: [],
  };
}

function handledPoint(
  definition: SagaDefinition,
  failing: StepDefinition,
  { taken, plan, stays }: Exploration['handled'][number],
): FailurePoint {
  const nameOf = (step: StepId) => definition.steps[step]?.name ?? step;
  return {
    ...pointOf(definition, failing, plan),
    ...(taken.kind === 'timeout-edge' && { how: 'runs out of time' }),
    handled: takenWords(taken, nameOf),
    stays: stays.map((step) => ({
      step,
      name: step === failing.id ? `${nameOf(step)} (if it did take effect)` : nameOf(step),
    })),
  };
}

function noteOf(definition: SagaDefinition, failing: StepId, step: StepId): string | null {
  if (step === failing) return 'if nobody knows whether it took effect';
  return isInLoop(definition, step) ? 'once per time that it was done' : null;
}

function isInLoop(definition: SagaDefinition, id: StepId): boolean {
  for (let at = definition.steps[id]?.scope; at !== undefined && definition.steps[at];) {
    const holder = definition.steps[at];
    if (holder?.kind === 'for-each' || holder?.kind === 'repeat') return true;
    at = holder?.scope;
  }
  return false;
}

/** Of the items and passes of a loop each step counts once. */
function once<T extends { readonly instance: string }>(list: readonly T[]): (T & { readonly step: StepId })[] {
  const met = new Map<StepId, T & { readonly step: StepId }>();
  for (const each of list) {
    const step = each.instance.split(/[@#]/, 1)[0] ?? each.instance;
    if (!met.has(step)) met.set(step, { ...each, step });
  }
  return [...met.values()];
}

const WHY: Readonly<Record<NotUndone, string>> = {
  irreversible: 'cannot be undone',
  undeclared: 'has no undo yet',
  skipped: 'was skipped by a person',
  'not-needed': 'needs no undo',
  pivot: 'is the point of no return',
  'before-pivot': 'stands before the point of no return',
};
const ON_PURPOSE: ReadonlySet<NotUndone> = new Set<NotUndone>(['not-needed', 'pivot', 'before-pivot']);

function howItFails(step: StepDefinition): string {
  switch (step.kind) {
    case 'fail':
      return 'is reached';
    case 'join':
      return 'does not get enough branches';
    case 'wait':
      return 'gets no event in time';
    case 'task':
      return 'gets no answer in time';
    case 'code':
      return 'throws or takes too long';
    case 'call':
      return 'fails, or is ended without undo';
    case 'repeat':
      return step.timeoutMs === null ? 'fails inside' : 'fails inside, or runs out of time';
    case 'scope':
    case 'for-each':
      return step.timeoutMs === null ? 'fails inside' : 'fails inside, or runs out of time';
    default:
      return step.effect === 'pure' || step.effect === 'read' ? 'fails for good' : 'fails for good, or never answers';
  }
}

function parkWords(step: StepDefinition, direction: 'forward' | 'undo'): string {
  if (direction === 'forward') {
    return step.onFailure === 'park'
      ? `${step.name} fails: nothing is undone before a person says so`
      : `${step.name} fails where there is no way back`;
  }
  return step.undo.kind === 'compensation' ? `${step.undo.name} fails` : `The undo of ${step.name} fails`;
}
