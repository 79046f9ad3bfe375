import { isJsonObject } from '../../kernel/index.js';
import type { Json, JsonObject } from '../../kernel/index.js';
import type { Scalar } from './pattern.js';

/** In which element of which array a value was found: array number to element index. */
export type Place = ReadonlyMap<number, number>;

/** A leaf of an event. */
interface Leaf {
  readonly value: Scalar;
  readonly place: Place;
}

/** An event as a pattern sees it: its leaves by dotted path. Empty objects and arrays leave no trace. */
export interface EventFields {
  readonly leaves: ReadonlyMap<string, readonly Leaf[]>;
  /** Dotted path of each array that holds objects, by array number. */
  readonly arrays: readonly string[];
}

export const NOWHERE: Place = new Map();
const MAX_DEPTH = 1000;

export function eventFields(event: JsonObject): EventFields {
  const leaves = new Map<string, Leaf[]>();
  const arrays: string[] = [];
  const visit = (value: Json, path: string, place: Place, depth: number): void => {
    if (depth > MAX_DEPTH) return;
    if (Array.isArray(value)) {
      const array = value.some((item) => isJsonObject(item)) ? arrays.push(path) - 1 : null;
      (value as readonly Json[]).forEach((item, index) => {
        // Only elements with fields of their own must be kept apart.
        const inside = array !== null && isJsonObject(item) ? new Map(place).set(array, index) : place;
        visit(item, path, inside, depth + 1);
      });
    } else if (isJsonObject(value)) {
      for (const [name, inner] of Object.entries(value)) {
        visit(inner, path === '' ? name : `${path}.${name}`, place, depth + 1);
      }
    } else {
      const leaf = { value: value as Scalar, place };
      const known = leaves.get(path);
      if (known === undefined) leaves.set(path, [leaf]);
      else known.push(leaf);
    }
  };
  visit(event, '', NOWHERE, 0);
  return { leaves, arrays };
}

/** Both places in one, or null when they are in different elements of one array. */
export function together(one: Place, other: Place): Place | null {
  if (other.size === 0 || one === other) return one;
  if (one.size === 0) return other;
  const both = new Map(one);
  for (const [array, index] of other) {
    if ((both.get(array) ?? index) !== index) return null;
    both.set(array, index);
  }
  return both;
}
