/** Array and object constructors: `[a, b]`, `{"a": b}`. */
import { refuseTuples } from './path.js';
import { LEAVE } from './run.js';
import type { Fast } from './run.js';
import { isArray } from './sequence.js';
import type { MarkedArray } from './sequence.js';

export interface ArrayItem {
  readonly value: Fast;
  /** Written as an array: kept as one item. Any other array is taken apart. */
  readonly isArray: boolean;
}

/** @param isStep whether the array stands as a step of a path, which then keeps it in one piece */
export function compileArray(items: readonly ArrayItem[], isStep: boolean): Fast {
  return (input, run) => {
    const made: MarkedArray = [];
    for (const item of items) {
      const value = item.value(input, run);
      if (value === undefined) continue;
      if (item.isArray || !isArray(value)) {
        made.push(value);
      } else {
        run.spend(value.length);
        for (const each of value) made.push(each);
      }
    }
    if (isStep) made.cons = true;
    return made;
  };
}

/** Keys that JSONata keeps for itself, and the one that reaches a prototype. */
const REFUSED_KEYS = new Set(['_jsonata_lambda', '_jsonata_function', '__proto__']);

export function compileObject(pairs: readonly (readonly [key: Fast, value: Fast])[]): Fast {
  return (input, run) => {
    // For a list the pairs are groups.
    if (isArray(input)) throw LEAVE;
    refuseTuples(input);
    const made: Record<string, unknown> = {};
    const keys = new Set<string>();
    for (const [keyOf, valueOf] of pairs) {
      const key = keyOf(input, run);
      if (key === undefined) continue;
      if (typeof key !== 'string' || keys.has(key) || REFUSED_KEYS.has(key)) throw LEAVE;
      keys.add(key);
      const value = valueOf(input, run);
      if (value !== undefined) made[key] = value;
    }
    return made;
  };
}
