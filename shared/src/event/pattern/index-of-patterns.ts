// All live patterns in one structure, so that an event is compared with all of them at once.
//
// 1. A pattern becomes branches: conjunctions of fields, one for each way through its `$or`s. Fields with few values
//    are split into a branch for each value, so that different patterns share more.
// 2. Branches form a trie. An edge is a field with a set of tests; equal beginnings are walked once. The most telling
//    fields come first (equality, then text and number tests, then anything-but and existence).
// 3. From a node, each field that the event has is answered by one ValueIndex for all edges of that field.
// 4. Values out of different elements of one array never join to a match (the place of a match walks along).
// 5. Cost grows with the event and with the patterns that match or nearly match, not with the number of patterns.
//    Not covered: many different fields that must not exist, each of which is looked up once at its node.
import type { JsonObject } from '../../kernel/index.js';
import { eventFields, NOWHERE, together } from './fields.js';
import type { EventFields, Place } from './fields.js';
import { nameOfTest } from './pattern.js';
import type { Condition, EventPattern, ValueTest } from './pattern.js';
import { nameOfPlace } from './places.js';
import { ValueIndex } from './value-index.js';

type FieldTests = { readonly path: string; readonly tests: readonly ValueTest[] };
type Branch = readonly FieldTests[];

/** A pattern that would need more branches is refused. */
export const MAX_BRANCHES = 1000;
/** Values are split into branches up to this many branches for a pattern. */
const MAX_SPLIT = 32;

interface Node<Id> {
  readonly ids: Set<Id>;
  readonly fields: Map<string, FieldNode<Id>>;
  /** Edges that are walked when their field is missing. */
  readonly absent: Map<string, Set<Edge<Id>>>;
  /** How many branches below look at a path or at something inside of it. */
  readonly below: Map<string, number>;
}

interface FieldNode<Id> {
  readonly values: ValueIndex<Edge<Id>>;
  readonly edges: Map<string, Edge<Id>>;
}

interface Edge<Id> {
  readonly tests: readonly ValueTest[];
  readonly to: Node<Id>;
}

export class PatternIndex<Id> {
  readonly #root: Node<Id> = node();
  readonly #branches = new Map<Id, readonly Branch[]>();

  get size(): number {
    return this.#branches.size;
  }

  /** Adds a pattern, or replaces the one of the same id. @throws RangeError when it has too many alternatives */
  add(id: Id, pattern: EventPattern): void {
    const branches = branchesOf(pattern);
    this.remove(id);
    this.#branches.set(id, branches);
    for (const branch of branches) insert(this.#root, branch, id);
  }

  /** @returns whether it was there */
  remove(id: Id): boolean {
    for (const branch of this.#branches.get(id) ?? []) erase(this.#root, branch, id);
    return this.#branches.delete(id);
  }

  /** The ids of all patterns that match. */
  match(event: JsonObject): Set<Id> {
    const found = new Set<Id>();
    const fields = eventFields(event);
    walk(this.#root, NOWHERE, fields, found, new Map());
    return found;
  }
}

function walk<Id>(
  at: Node<Id>,
  place: Place,
  fields: EventFields,
  found: Set<Id>,
  visited: Map<Node<Id>, Set<string>>,
): void {
  for (const id of at.ids) found.add(id);
  const go = (to: Node<Id>, reached: Place): void => {
    const relevant = placeFor(to, reached, fields);
    const name = nameOfPlace(relevant);
    const known = visited.get(to);
    if (known?.has(name) === true) return;
    if (known === undefined) visited.set(to, new Set([name]));
    else known.add(name);
    walk(to, relevant, fields, found, visited);
  };
  const step = (path: string, field: FieldNode<Id>): void => {
    for (const leaf of fields.leaves.get(path) ?? []) {
      const reached = together(place, leaf.place);
      if (reached !== null) for (const edge of field.values.find(leaf.value)) go(edge.to, reached);
    }
  };
  // Whichever is shorter is walked: the fields of the event or the fields that are asked for here.
  if (at.fields.size <= fields.leaves.size) for (const [path, field] of at.fields) step(path, field);
  else {
    for (const path of fields.leaves.keys()) {
      const field = at.fields.get(path);
      if (field !== undefined) step(path, field);
    }
  }
  for (const [path, edges] of at.absent) {
    if (!fields.leaves.has(path)) for (const edge of edges) go(edge.to, place);
  }
}

/** Forgets the elements of arrays that nobody further on looks into, so that their ways join again. */
function placeFor<Id>(to: Node<Id>, place: Place, fields: EventFields): Place {
  if (place.size === 0) return place;
  const kept = [...place].filter(([array]) => to.below.has(fields.arrays[array] ?? ''));
  return kept.length === place.size ? place : new Map(kept);
}

function node<Id>(): Node<Id> {
  return { ids: new Set(), fields: new Map(), absent: new Map(), below: new Map() };
}

function insert<Id>(root: Node<Id>, branch: Branch, id: Id): void {
  let at = root;
  branch.forEach(({ path, tests }, index) => {
    countBelow(at, branch.slice(index), 1);
    const field: FieldNode<Id> = at.fields.get(path) ?? { values: new ValueIndex(), edges: new Map() };
    at.fields.set(path, field);
    const name = nameOfTests(tests);
    let edge = field.edges.get(name);
    if (edge === undefined) {
      edge = { tests, to: node() };
      field.edges.set(name, edge);
      for (const test of tests) field.values.add(test, edge);
      if (tests.some(isAbsence)) at.absent.set(path, (at.absent.get(path) ?? new Set()).add(edge));
    }
    at = edge.to;
  });
  at.ids.add(id);
}

function erase<Id>(at: Node<Id>, branch: Branch, id: Id): void {
  const [first, ...rest] = branch;
  if (first === undefined) {
    at.ids.delete(id);
    return;
  }
  const field = at.fields.get(first.path);
  const name = nameOfTests(first.tests);
  const edge = field?.edges.get(name);
  if (field === undefined || edge === undefined) return;
  erase(edge.to, rest, id);
  countBelow(at, branch, -1);
  if (edge.to.ids.size > 0 || edge.to.fields.size > 0) return;
  field.edges.delete(name);
  for (const test of edge.tests) field.values.remove(test, edge);
  if (field.edges.size === 0) at.fields.delete(first.path);
  const absent = at.absent.get(first.path);
  absent?.delete(edge);
  if (absent?.size === 0) at.absent.delete(first.path);
}

function countBelow<Id>({ below }: Node<Id>, branch: Branch, change: 1 | -1): void {
  for (const { path } of branch) {
    for (let end = path.length; end >= 0; end = path.lastIndexOf('.', end - 1)) {
      const prefix = path.slice(0, end);
      const count = (below.get(prefix) ?? 0) + change;
      if (count > 0) below.set(prefix, count);
      else below.delete(prefix);
      if (end === 0) break;
    }
  }
}

function branchesOf({ condition }: EventPattern): Branch[] {
  const whole = alternatives(condition);
  const branches = new Map<string, Branch>();
  for (const fields of whole) {
    const ways = fields.reduce((product, { tests }) => product * tests.length, whole.length);
    const split = ways <= MAX_SPLIT ? splitValues(fields) : [fields];
    for (const branch of split) {
      const ordered = [...branch].sort(byTelling);
      branches.set(
        ordered.map(({ path, tests }) => `${JSON.stringify(path)} ${nameOfTests(tests)}`).join('\n'),
        ordered,
      );
    }
  }
  return [...branches.values()];
}

function alternatives(condition: Condition): FieldTests[][] {
  switch (condition.kind) {
    case 'field':
      return [[condition]];
    case 'any':
      return limited(condition.conditions.flatMap(alternatives));
    case 'all':
      return condition.conditions.map(alternatives).reduce<FieldTests[][]>(
        (before, after) => {
          if (before.length * after.length > MAX_BRANCHES) limited({ length: before.length * after.length });
          return before.flatMap((one) => after.map((other) => [...one, ...other]));
        },
        [[]],
      );
  }
}

function limited<List extends { readonly length: number }>(list: List): List {
  if (list.length <= MAX_BRANCHES) return list;
  throw new RangeError(`The $or groups of this pattern multiply to more than ${MAX_BRANCHES} combinations; split it.`);
}

function splitValues(fields: readonly FieldTests[]): FieldTests[][] {
  return fields.reduce<FieldTests[][]>(
    (branches, { path, tests }) =>
      branches.flatMap((branch) => tests.map((test) => [...branch, { path, tests: [test] }])),
    [[]],
  );
}

function byTelling(one: FieldTests, other: FieldTests): number {
  const difference = vagueness(one) - vagueness(other);
  if (difference !== 0) return difference;
  if (one.path !== other.path) return one.path < other.path ? -1 : 1;
  return nameOfTests(one.tests) < nameOfTests(other.tests) ? -1 : 1;
}

function vagueness({ tests }: FieldTests): number {
  const ranks = tests.map(({ kind }) =>
    kind === 'exact' ? 0 : kind === 'exists' ? 3 : kind === 'anything-but' ? 2 : 1,
  );
  return Math.max(...ranks);
}

function nameOfTests(tests: readonly ValueTest[]): string {
  return tests.map(nameOfTest).sort().join(' | ');
}

function isAbsence(test: ValueTest): boolean {
  return test.kind === 'exists' && !test.wanted;
}
