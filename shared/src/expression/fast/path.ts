/** Paths: `a.b[0].c`, step by step as JSONata takes them, and at once where only names and objects are met. */
import { DEFAULT_LIMITS, isFunctionLike } from '../limits.js';
import { isTrue } from './operators.js';
import { LEAVE } from './run.js';
import type { Fast, Run } from './run.js';
import { createSequence, isArray, isSequence } from './sequence.js';
import type { MarkedArray } from './sequence.js';

/** Narrows the value of a step or a node: `[0]`, `[qty > 1]`. */
export type Filter = (value: unknown, run: Run) => unknown;

export interface Step {
  readonly take: Fast;
  readonly filters: readonly Filter[];
  /** `[a, b]` as a step, whose array is kept as one value. */
  readonly constructsArray: boolean;
  readonly isVariable: boolean;
}

export interface PathShape {
  readonly steps: readonly Step[];
  /** The author wrote `[]` somewhere on the path. */
  readonly keepsList: boolean;
  /** Names, when the path is nothing but names. */
  readonly names: readonly string[] | null;
}

/** The list at the path's end is not settled yet. */
export function compilePath({ steps, keepsList, names }: PathShape): Fast {
  const general: Fast = (input, run) => {
    const list = walk(steps, input, run);
    if (keepsList) {
      if (!isArray(list)) throw LEAVE;
      const kept = list.cons === true && !isSequence(list) ? createSequence(list) : list;
      // An array of the data is not marked: the mark means nothing there, and it would outlive the evaluation.
      if (isSequence(kept)) kept.keepSingleton = true;
      return kept;
    }
    return list;
  };
  if (names === null || keepsList) return general;
  return (input, run) => {
    run.spend(names.length);
    let value = input;
    for (const name of names) {
      if (typeof value !== 'object' || value === null) return undefined;
      if (isArray(value)) return general(input, run);
      value = ownField(value, name);
      if (value === undefined) return undefined;
    }
    return isArray(value) && isSequence(value) ? general(input, run) : value;
  };
}

function walk(steps: readonly Step[], input: unknown, run: Run): unknown {
  const first = steps[0];
  if (first === undefined) throw LEAVE;
  let items: readonly unknown[] = isArray(input) && !first.isVariable ? input : createSequence(input);
  let found: unknown;
  for (let at = 0; at < steps.length; at += 1) {
    const step = steps[at];
    if (step === undefined) throw LEAVE;
    found = at === 0 && step.constructsArray ? step.take(items, run) : take(step, items, at === steps.length - 1, run);
    if (found === undefined) return undefined;
    if (!isArray(found)) throw LEAVE;
    if (found.length === 0) return found;
    items = found;
  }
  return found;
}

/** One step for every item; arrays are taken apart by one level, but the last step keeps a lone array as it is. */
function take(step: Step, items: readonly unknown[], isLast: boolean, run: Run): unknown {
  const found: unknown[] = [];
  for (const item of items) {
    let value = step.take(item, run);
    for (const filter of step.filters) value = filter(value, run);
    if (value !== undefined) found.push(value);
  }
  const only = found[0];
  if (isLast && found.length === 1 && isArray(only) && !isSequence(only)) return only;
  const flat = createSequence();
  for (const value of found) {
    if (!isArray(value) || value.cons === true) {
      flat.push(value);
    } else {
      run.spend(value.length);
      for (const item of value) flat.push(item);
    }
  }
  return flat;
}

/** The field of that name, of an object or of each object in a list. */
export function compileName(name: string): Fast {
  const look: Fast = (input, run) => {
    if (typeof input !== 'object' || input === null) return undefined;
    if (!isArray(input)) return ownField(input, name);
    run.spend(input.length);
    const found: MarkedArray = createSequence();
    for (const item of input) {
      const value = look(item, run);
      if (value === undefined) continue;
      if (isArray(value)) {
        run.spend(value.length);
        for (const each of value) found.push(each);
      } else {
        found.push(value);
      }
    }
    return found;
  };
  return look;
}

function ownField(value: object, name: string): unknown {
  if (isFunctionLike(value)) throw LEAVE;
  if (!Object.hasOwn(value, name)) return undefined;
  const field = (value as Record<string, unknown>)[name];
  // The reference refuses very long texts wherever it meets them.
  if (typeof field === 'string' && field.length > DEFAULT_LIMITS.characters) throw LEAVE;
  return field;
}

/** `[0]`, `[-1]`: the item at that place. */
export function compileIndex(index: number): Filter {
  const place = Math.floor(index);
  return (value, run) => {
    run.spend(1);
    refuseTuples(value);
    const items = isArray(value) ? value : [value];
    const item: unknown = items[place < 0 ? items.length + place : place];
    if (isArray(item)) return item;
    return item === undefined ? createSequence() : createSequence(item);
  };
}

/** `[qty > 1]`: the items for which it is true; a number, or a list of numbers, names their places. */
export function compilePredicate(predicate: Fast): Filter {
  return (value, run) => {
    refuseTuples(value);
    const items: readonly unknown[] = isArray(value) ? value : [value];
    const kept = createSequence();
    items.forEach((item, at) => {
      const answer = predicate(item, run);
      if (typeof answer === 'number') {
        if (isPlace(answer, at, items.length)) kept.push(item);
      } else if (isArray(answer) && answer.every((each) => typeof each === 'number')) {
        run.spend(answer.length);
        for (const place of answer) if (isPlace(place, at, items.length)) kept.push(item);
      } else if (isTrue(answer, run)) {
        kept.push(item);
      }
    });
    return kept;
  };
}

function isPlace(place: number, at: number, length: number): boolean {
  const whole = Math.floor(place);
  return (whole < 0 ? length + whole : whole) === at;
}

/** JSONata takes any value with this field for the stream of a path with `@` or `#`. */
export function refuseTuples(value: unknown): void {
  if (typeof value === 'object' && value !== null && 'tupleStream' in value) throw LEAVE;
}
