// All live patterns in one structure, so that an event is compared with all of them at once.
//
// 1. A pattern becomes branches: conjunctions of fields, one for each way through its `$or`s. Fields with few values
//    are split into a branch for each value, so that different patterns share more.
// 2. Branches form a trie. An edge is a field with a set of tests; equal beginnings are walked once. The most telling
//    fields come first (equality, then text and number tests, then anything-but and existence).
// 3. From a node, each field that the event has is answered by one ValueIndex for all edges of that field.
// 4. The walk does not keep the elements of arrays apart, so places never multiply in it and each node is entered once. When
//    the event has arrays of objects, what the walk finds is compared again by the plain meaning (match.ts), which does.
// 5. Work grows with the event and with the patterns that match or nearly match, not with the number of patterns. It ends at
//    a Budget for each event, over all patterns: an event made to be dear matches less, and the budget tells of it.
//    Not covered: many different fields that must not exist, each of which is looked up once at its node.
import type { JsonObject } from '../../kernel/index.js';
import { eventFields } from './fields.js';
import type { EventFields } from './fields.js';
import { isValue, outcomeOf } from './match.js';
import { nameOfTest } from './pattern.js';
import type { Condition, EventPattern, Scalar, ValueTest } from './pattern.js';
import { Steps } from './places.js';
import { ValueIndex } from './value-index.js';

type FieldTests = { readonly path: string; readonly tests: readonly ValueTest[] };
type Branch = readonly FieldTests[];

/** A pattern that would need more branches is refused. */
export const MAX_BRANCHES = 1000;
/** Values are split into branches up to this many branches for a pattern. */
const MAX_SPLIT = 32;

/** What may be spent on one event over all patterns; a pattern that is left when it is spent does not match. */
export class Budget {
  /** Values looked up or tested. */
  readonly values = new Steps(1_000_000);
  /** Places compared (rule 4). */
  readonly places = new Steps(100_000);

  get isSpent(): boolean {
    return this.values.over || this.places.over;
  }
}

interface Node<Id> {
  readonly ids: Set<Id>;
  readonly fields: Map<string, FieldNode<Id>>;
  /** Edges that are walked when their field is missing. */
  readonly absent: Map<string, Set<Edge<Id>>>;
}

interface FieldNode<Id> {
  readonly values: ValueIndex<Edge<Id>>;
  readonly edges: Map<string, Edge<Id>>;
}

interface Edge<Id> {
  readonly name: string;
  readonly tests: readonly ValueTest[];
  readonly to: Node<Id>;
}

interface Kept {
  readonly pattern: EventPattern;
  readonly branches: readonly Branch[];
}

export class PatternIndex<Id> {
  readonly #root: Node<Id> = node();
  readonly #patterns = new Map<Id, Kept>();

  get size(): number {
    return this.#patterns.size;
  }

  /** Adds a pattern, or replaces the one of the same id. @throws RangeError when it has too many alternatives */
  add(id: Id, pattern: EventPattern): void {
    const branches = branchesOf(pattern);
    this.remove(id);
    this.#patterns.set(id, { pattern, branches });
    for (const branch of branches) insert(this.#root, branch, id);
  }

  /** @returns whether it was there */
  remove(id: Id): boolean {
    for (const branch of this.#patterns.get(id)?.branches ?? []) erase(this.#root, branch, id);
    return this.#patterns.delete(id);
  }

  /** The ids of all patterns that match. */
  match(event: JsonObject): Set<Id> {
    return this.matchFields(eventFields(event));
  }

  /** The same for an event that is taken apart already; indexes that see the same event share its budget. */
  matchFields(fields: EventFields, budget = new Budget()): Set<Id> {
    const found = new Set<Id>();
    walk(this.#root, new Seen(fields, budget.values), found, new Set());
    if (fields.arrays.length === 0) return found;
    for (const id of found) {
      const kept = this.#patterns.get(id);
      if (kept === undefined || !holds(kept, fields, budget.places)) found.delete(id);
    }
    return found;
  }
}

/** Whether a pattern that fits field by field fits within the same elements of arrays. */
function holds({ pattern, branches }: Kept, fields: EventFields, places: Steps): boolean {
  if (branches.every((branch) => branch.length < 2)) return true;
  if (places.over) return false;
  const own = new Steps();
  const outcome = outcomeOf(pattern.condition, fields, own);
  return places.take(own.taken) && outcome === 'match';
}

function walk<Id>(at: Node<Id>, seen: Seen, found: Set<Id>, visited: Set<Node<Id>>): void {
  for (const id of at.ids) found.add(id);
  const go = ({ to }: Edge<Id>): void => {
    if (visited.has(to)) return;
    visited.add(to);
    walk(to, seen, found, visited);
  };
  const step = (path: string, field: FieldNode<Id>): void => {
    const values = seen.valuesAt(path);
    // Few tests of many values are asked one by one, since the answer holds for every node that asks the same.
    if (field.edges.size <= FEW_TESTS && field.edges.size < values.size) {
      for (const edge of field.edges.values()) if (seen.passes(path, edge)) go(edge);
    } else if (seen.take(values.size)) for (const value of values) field.values.find(value).forEach(go);
  };
  if (at.fields.size <= seen.paths) for (const [path, field] of at.fields) step(path, field);
  else {
    for (const path of seen.fields.leaves.keys()) {
      const field = at.fields.get(path);
      if (field !== undefined) step(path, field);
    }
  }
  for (const [path, edges] of at.absent) if (!seen.fields.leaves.has(path)) edges.forEach(go);
}

const FEW_TESTS = 8;
const NONE: ReadonlySet<Scalar> = new Set();

/** An event on its way through the index: what was asked of it once is known. */
class Seen {
  readonly #values = new Map<string, ReadonlySet<Scalar>>();
  readonly #passed = new Map<string, boolean>();

  constructor(
    readonly fields: EventFields,
    private readonly steps: Steps,
  ) {}

  take(count: number): boolean {
    return this.steps.take(count);
  }

  get paths(): number {
    return this.fields.leaves.size;
  }

  valuesAt(path: string): ReadonlySet<Scalar> {
    const leaves = this.fields.leaves.get(path);
    if (leaves === undefined) return NONE;
    let values = this.#values.get(path);
    if (values === undefined) {
      values = new Set(leaves.map(({ value }) => value));
      this.#values.set(path, values);
    }
    return values;
  }

  /** Whether any value of a path passes one of the tests. */
  passes(path: string, { name, tests }: Pick<Edge<unknown>, 'name' | 'tests'>): boolean {
    const values = this.valuesAt(path);
    if (tests.every((test) => test.kind === 'exact')) {
      return this.take(tests.length) && tests.some(({ value }) => values.has(value));
    }
    const key = `${path}\n${name}`;
    let passed = this.#passed.get(key);
    if (passed === undefined) {
      passed = this.take(values.size) && [...values].some((value) => tests.some((test) => isValue(test, value)));
      this.#passed.set(key, passed);
    }
    return passed;
  }
}

function node<Id>(): Node<Id> {
  return { ids: new Set(), fields: new Map(), absent: new Map() };
}

function insert<Id>(root: Node<Id>, branch: Branch, id: Id): void {
  let at = root;
  for (const { path, tests } of branch) {
    const field: FieldNode<Id> = at.fields.get(path) ?? { values: new ValueIndex(), edges: new Map() };
    at.fields.set(path, field);
    const name = nameOfTests(tests);
    let edge = field.edges.get(name);
    if (edge === undefined) {
      edge = { name, tests, to: node() };
      field.edges.set(name, edge);
      for (const test of tests) field.values.add(test, edge);
      if (tests.some(isAbsence)) at.absent.set(path, (at.absent.get(path) ?? new Set()).add(edge));
    }
    at = edge.to;
  }
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
  if (edge.to.ids.size > 0 || edge.to.fields.size > 0) return;
  field.edges.delete(name);
  for (const test of edge.tests) field.values.remove(test, edge);
  if (field.edges.size === 0) at.fields.delete(first.path);
  const absent = at.absent.get(first.path);
  absent?.delete(edge);
  if (absent?.size === 0) at.absent.delete(first.path);
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
