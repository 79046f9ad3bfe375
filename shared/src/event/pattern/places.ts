// Where the conditions of a pattern hold together: values out of different elements of one array never join.
//
// 1. Only arrays into which a later condition looks are kept apart, so independent arrays never multiply.
// 2. Places are joined through a tree of their elements: cost grows with the event and with the places that remain.
// 3. What still multiplies (alternatives over several arrays, arrays of arrays) ends at MOST_STEPS: nothing matches.
import { together } from './fields.js';
import type { EventFields, Place } from './fields.js';
import type { Condition } from './pattern.js';

/** Places that are looked at or made for one pattern and one event; beyond them the pattern does not match. */
const MOST_STEPS = 50_000;

/** Counts the places that one comparison looks at. */
export class Steps {
  #taken = 0;

  constructor(private readonly most = MOST_STEPS) {}

  get taken(): number {
    return this.#taken;
  }

  get over(): boolean {
    return this.#taken > this.most;
  }

  /** @returns whether there was room for them */
  take(count: number): boolean {
    if (this.over) return false;
    this.#taken += count;
    return !this.over;
  }
}

/** The conditions that are still to come: the paths into which they look, part by part. */
export interface Later {
  readonly paths: readonly string[];
  readonly after: Later | null;
}

export function laterThan(condition: Condition, after: Later | null): Later {
  return { paths: pathsOf(condition), after };
}

/** The places of `before` that agree with one of `found`, as far as those that come later must know; none beyond the steps. */
export function joinPlaces(
  before: readonly Place[],
  found: ReadonlySet<Place>,
  fields: EventFields,
  later: Later | null,
  steps: Steps,
): Place[] {
  const isKept = keptArrays(fields, later);
  const root = new Group(before);
  const joined = new Map<string, Place>();
  for (const place of found) {
    for (const one of agreeing(root, [...place], steps)) {
      if (!steps.take(1)) return [];
      const both = together(one, place);
      if (both === null) continue;
      const kept = keptOf(both, isKept);
      joined.set(nameOfPlace(kept), kept);
    }
    if (steps.over) return [];
  }
  return [...joined.values()];
}

export function uniquePlaces(places: readonly Place[]): Place[] {
  const known = new Map<string, Place>();
  for (const place of places) known.set(nameOfPlace(place), place);
  return [...known.values()];
}

/** Equal places have equal names. */
export function nameOfPlace(place: Place): string {
  if (place.size === 0) return '';
  return [...place]
    .sort(([one], [other]) => one - other)
    .map(([array, index]) => `${array}:${index}`)
    .join(' ');
}

function pathsOf(condition: Condition): string[] {
  return condition.kind === 'field' ? [condition.path] : condition.conditions.flatMap(pathsOf);
}

/** Whether somebody later looks into an array, by array number. */
function keptArrays({ arrays }: EventFields, later: Later | null): (array: number) => boolean {
  const known = new Map<string, boolean>();
  return (array) => {
    const path = arrays[array] ?? '';
    let kept = known.get(path);
    if (kept === undefined) {
      kept = looksInto(path, later);
      known.set(path, kept);
    }
    return kept;
  };
}

function looksInto(array: string, later: Later | null): boolean {
  for (let each = later; each !== null; each = each.after) {
    if (each.paths.some((path) => array === '' || path === array || path.startsWith(`${array}.`))) return true;
  }
  return false;
}

function keptOf(place: Place, isKept: (array: number) => boolean): Place {
  const kept = [...place].filter(([array]) => isKept(array));
  return kept.length === place.size ? place : new Map(kept);
}

/** Those of a group that are in none of the other elements of the arrays named. */
function* agreeing(
  group: Group,
  elements: readonly (readonly [array: number, index: number])[],
  steps: Steps,
): Generator<Place> {
  const [first, ...rest] = elements;
  if (first === undefined) {
    yield* group.places;
    return;
  }
  const [array, index] = first;
  const { inside, outside } = group.split(array, steps);
  const same = inside.get(index);
  if (same !== undefined) yield* agreeing(same, rest, steps);
  if (outside.places.length > 0) yield* agreeing(outside, rest, steps);
}

interface Split {
  /** By the element of the array in which they are. */
  readonly inside: ReadonlyMap<number, Group>;
  readonly outside: Group;
}

/** Places, parted by their elements in an array once somebody asks. */
class Group {
  readonly #splits = new Map<number, Split>();

  constructor(readonly places: readonly Place[]) {}

  split(array: number, steps: Steps): Split {
    const known = this.#splits.get(array);
    if (known !== undefined) return known;
    if (!steps.take(this.places.length)) return { inside: new Map(), outside: new Group([]) };
    const inside = new Map<number, Place[]>();
    const outside: Place[] = [];
    for (const place of this.places) {
      const index = place.get(array);
      const others = index === undefined ? outside : inside.get(index);
      if (others !== undefined) others.push(place);
      else if (index !== undefined) inside.set(index, [place]);
    }
    const split: Split = {
      inside: new Map([...inside].map(([index, places]) => [index, new Group(places)])),
      outside: inside.size === 0 ? this : new Group(outside),
    };
    this.#splits.set(array, split);
    return split;
  }
}
