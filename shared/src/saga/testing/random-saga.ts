/** Random sagas of all kinds, valid by construction; a saga is a small tree, so that a failing one can be shrunk. */
import type { Random } from '../../kernel/index.js';
import type { Answer, Participant } from '../simulate.js';
import type { SagaDefinition } from '../definition.js';
import { workflow } from './workflow.js';
import type { Build, WorkflowBuilder } from './workflow.js';

export type Part =
  | {
      readonly kind: 'step';
      readonly effect: 'keyed' | 'idempotent' | 'at-most-once' | 'read';
      readonly onFailure: 'fail' | 'continue' | 'error-edge';
      readonly undo: 'compensation' | 'irreversible' | 'none';
      readonly forward: readonly Answer[];
      readonly back: readonly Answer[];
    }
  | { readonly kind: 'pivot'; readonly forward: readonly Answer[] }
  | { readonly kind: 'transform' }
  | { readonly kind: 'delay' }
  | { readonly kind: 'branch'; readonly choice: boolean; readonly yes: readonly Part[]; readonly no: readonly Part[] }
  | {
      readonly kind: 'parallel';
      readonly join: 'all' | 'any' | 'n-of-m';
      readonly losers: 'cancel' | 'ignore';
      readonly branches: readonly (readonly Part[])[];
    }
  | { readonly kind: 'fail-if'; readonly choice: boolean };

export interface RandomSaga {
  readonly parts: readonly Part[];
  readonly seed: number;
  readonly crashRate: number;
  readonly cancelRate: number;
  /** What becomes of incidents: left alone, repeated, marked as done, or undos repeated and forward steps taken as failed. */
  readonly person: 'absent' | 'repeats' | 'repeats-undos' | 'decides';
}

const pick = <T>(random: Random, items: readonly [T, ...T[]]): T =>
  items[Math.floor(random() * items.length)] ?? items[0];
const many = <T>(random: Random, most: number, make: () => T): T[] =>
  Array.from({ length: Math.floor(random() * (most + 1)) }, make);

export function randomSaga(random: Random): RandomSaga {
  const parts = [randomPart(random, 2, false), ...many(random, 4, () => randomPart(random, 2, false))];
  if (random() < 0.2) addPivot(random, parts, { kind: 'pivot', forward: randomAnswers(random) });
  const seed = Math.floor(random() * 2 ** 31);
  return {
    parts,
    seed,
    crashRate: pick(random, [0, 0, 0.05, 0.2]),
    cancelRate: pick(random, [0, 0, 0.03]),
    person: pick(random, ['repeats-undos', 'repeats-undos', 'repeats', 'decides', 'absent']),
  };
}

/** Somewhere on the main path, or in a branch that no join gives up. */
function addPivot(random: Random, parts: Part[], pivot: Part): void {
  const at = parts.findIndex((part) => part.kind === 'parallel' && (part.join === 'all' || part.losers === 'ignore'));
  const group = parts[at];
  if (group?.kind === 'parallel' && random() < 0.7) {
    const [first = [], ...others] = group.branches;
    parts[at] = { ...group, branches: [[...first, pivot], ...others] };
  } else {
    parts.splice(Math.floor(random() * (parts.length + 1)), 0, pivot);
  }
}

function randomPart(random: Random, depth: number, inside: boolean): Part {
  const inner = () => [
    randomPart(random, depth - 1, true),
    ...many(random, 1, () => randomPart(random, depth - 1, true)),
  ];
  const roll = random();
  if (depth > 0 && roll < 0.18)
    return {
      kind: 'parallel',
      join: pick(random, ['all', 'all', 'any', 'n-of-m']),
      losers: pick(random, ['cancel', 'ignore']),
      branches: [inner(), inner(), ...many(random, 1, inner)],
    };
  if (depth > 0 && roll < 0.3) return { kind: 'branch', choice: random() < 0.5, yes: inner(), no: inner() };
  if (roll < 0.36) return { kind: 'transform' };
  if (roll < 0.44) return { kind: 'delay' };
  if (roll < 0.48 && !inside) return { kind: 'fail-if', choice: random() < 0.3 };
  return {
    kind: 'step',
    effect: pick(random, ['keyed', 'keyed', 'idempotent', 'at-most-once', 'read']),
    onFailure: pick(random, ['fail', 'fail', 'fail', 'continue', 'error-edge']),
    undo: pick(random, ['compensation', 'compensation', 'compensation', 'compensation', 'irreversible', 'none']),
    forward: randomAnswers(random),
    back: random() < 0.2 ? randomAnswers(random) : [],
  };
}

function randomAnswers(random: Random): Answer[] {
  if (random() < 0.6) return [];
  const last = many(random, 3, (): Answer => pick(random, ['succeed', 'refuse', 'busy', 'lost', 'vanished', 'late']));
  return last;
}

/** The saga's definition and the script of its participants. */
export function realise(saga: RandomSaga): { definition: SagaDefinition; script: Record<string, Participant> } {
  const script: Record<string, Participant> = {};
  let count = 0;
  const add = (path: WorkflowBuilder, part: Part): WorkflowBuilder => {
    count += 1;
    const name = `${part.kind.replace('-', '')}${count}`;
    const build =
      (parts: readonly Part[]): Build =>
      (inner) =>
        parts.reduce(add, inner);
    const when = (choice: boolean) => `{{ ${choice ? '1 = 1' : '1 = 2'} }}`;
    switch (part.kind) {
      case 'step': {
        script[name] = { forward: part.forward, undo: part.back };
        const undo =
          part.undo === 'compensation'
            ? ({ ...UNDO, name: `undo ${name}` } as const)
            : part.undo === 'none'
              ? ({ kind: 'not-needed', reason: 'test' } as const)
              : part.undo;
        const settings = { effect: part.effect, undo, onFailure: part.onFailure };
        return path.step(
          name,
          part.onFailure === 'error-edge'
            ? { ...settings, error: (aside) => aside.transform(`${name}Handler`, {}) }
            : settings,
        );
      }
      case 'pivot':
        script[name] = { forward: part.forward };
        return path.step(name, { undo: 'pivot' });
      case 'transform':
        return path.transform(name, { sum: 1 });
      case 'delay':
        return path.delay(name, 60_000);
      case 'branch':
        return path.branch(name, { [when(part.choice)]: build(part.yes), else: build(part.no) });
      case 'fail-if':
        return path.branch(name, {
          [when(part.choice)]: (inner) => inner.fail(`${name}Fail`),
          else: (inner) => inner.transform(`${name}Else`, {}),
        });
      case 'parallel': {
        const { losers } = part;
        const n = Math.max(1, part.branches.length - 1);
        const mode =
          part.join === 'all'
            ? ({ kind: 'all' } as const)
            : part.join === 'any'
              ? ({ kind: 'any', losers } as const)
              : ({ kind: 'n-of-m', n, losers } as const);
        return path.parallel(name, part.branches.map(build), mode);
      }
    }
  };
  return { definition: saga.parts.reduce(add, workflow()).definition(), script };
}

/** Reads the step's output, so that its input is another one after a late success (S22). */
const UNDO = {
  kind: 'compensation',
  connector: 'test',
  operation: 'undo',
  input: { done: '{{ step.output.ok }}' },
} as const;

/** Smaller sagas to try when one fails: a part left out, a group replaced by one of its sides, fewer faults. */
export function* smaller(saga: RandomSaga): Generator<RandomSaga> {
  if (saga.crashRate > 0) yield { ...saga, crashRate: 0 };
  if (saga.cancelRate > 0) yield { ...saga, cancelRate: 0 };
  for (const parts of smallerParts(saga.parts)) if (parts.length > 0) yield { ...saga, parts };
}

function* smallerParts(parts: readonly Part[]): Generator<readonly Part[]> {
  for (const [index, part] of parts.entries()) {
    const [before, after] = [parts.slice(0, index), parts.slice(index + 1)];
    yield [...before, ...after];
    if (part.kind === 'branch') yield [...before, ...(part.choice ? part.yes : part.no), ...after];
    if (part.kind === 'parallel') {
      for (const branch of part.branches) yield [...before, ...branch, ...after];
      for (const [at, branch] of part.branches.entries()) {
        for (const inner of smallerParts(branch)) {
          if (inner.length > 0) yield [...before, { ...part, branches: part.branches.with(at, inner) }, ...after];
        }
      }
    }
  }
}
