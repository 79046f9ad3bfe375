// All tests of one field, answered together: which targets does this value reach?
//
// 1. The cost of a look-up follows the value (its length, the number of different lengths of affixes), not the number
//    of tests: hash tables for equality and affixes, one automaton for wildcards, a search tree for ranges.
// 2. `anything-but` is the exception: nearly every such test passes for a given value, so each is a result, not a search.
import { addressBits } from './address.js';
import { isInRange } from './match.js';
import { foldCase, nameOfTest } from './pattern.js';
import type { NumericRange, Scalar, ValueTest } from './pattern.js';
import { WildcardAutomaton } from './wildcard-automaton.js';

export class ValueIndex<Target> {
  readonly #exact = new Bag<Scalar, Target>();
  readonly #folded = new Bag<string, Target>();
  readonly #prefixes = new AffixIndex<Target>('prefix');
  readonly #suffixes = new AffixIndex<Target>('suffix');
  readonly #foldedPrefixes = new AffixIndex<Target>('prefix');
  readonly #foldedSuffixes = new AffixIndex<Target>('suffix');
  readonly #blocks = new AffixIndex<Target>('prefix');
  readonly #wildcards = new WildcardAutomaton<Target>();
  readonly #ranges = new RangeIndex<Target>();
  readonly #anyValue = new Set<Target>();
  /** By the name of the test: the targets that one `anything-but` leads to. */
  readonly #anythingBut = new Map<string, Set<Target>>();
  /** The names of the `anything-but` tests that a value does not pass; made when there is one. */
  #unwanted: ValueIndex<string> | null = null;

  add(test: ValueTest, target: Target): void {
    this.#change(test, target, true);
  }

  remove(test: ValueTest, target: Target): void {
    this.#change(test, target, false);
  }

  find(value: Scalar, found: Set<Target> = new Set()): Set<Target> {
    this.#exact.collect(value, found);
    for (const target of this.#anyValue) found.add(target);
    if (typeof value === 'number') this.#ranges.collect(value, found);
    if (typeof value === 'string') this.#collectText(value, found);
    if (this.#anythingBut.size > 0) {
      const unwanted = this.#unwanted?.find(value);
      for (const [name, targets] of this.#anythingBut) {
        if (unwanted?.has(name) !== true) for (const target of targets) found.add(target);
      }
    }
    return found;
  }

  #collectText(value: string, found: Set<Target>): void {
    this.#prefixes.collect(value, found);
    this.#suffixes.collect(value, found);
    this.#wildcards.collect(value, found);
    if (this.#folded.size + this.#foldedPrefixes.size + this.#foldedSuffixes.size > 0) {
      const folded = foldCase(value);
      this.#folded.collect(folded, found);
      this.#foldedPrefixes.collect(folded, found);
      this.#foldedSuffixes.collect(folded, found);
    }
    if (this.#blocks.size > 0) {
      const bits = addressBits(value);
      if (bits !== null) this.#blocks.collect(bits, found);
    }
  }

  #change(test: ValueTest, target: Target, present: boolean): void {
    switch (test.kind) {
      case 'exact':
        return this.#exact.change(test.value, target, present);
      case 'prefix':
        return (test.ignoreCase ? this.#foldedPrefixes : this.#prefixes).change(test.text, target, present);
      case 'suffix':
        return (test.ignoreCase ? this.#foldedSuffixes : this.#suffixes).change(test.text, target, present);
      case 'equals-ignore-case':
        return this.#folded.change(test.text, target, present);
      case 'wildcard':
        return this.#wildcards.change(test.parts, target, present);
      case 'numeric':
        return this.#ranges.change(test.range, target, present);
      case 'cidr':
        return this.#blocks.change(test.bits, target, present);
      case 'anything-but':
        return this.#changeAnythingBut(test, target, present);
      case 'exists':
        // Absence is no value; the index of patterns looks for it by itself.
        if (test.wanted) void (present ? this.#anyValue.add(target) : this.#anyValue.delete(target));
    }
  }

  #changeAnythingBut(test: Extract<ValueTest, { kind: 'anything-but' }>, target: Target, present: boolean): void {
    const name = nameOfTest(test);
    const targets = this.#anythingBut.get(name);
    if (present) {
      if (targets !== undefined) return void targets.add(target);
      this.#anythingBut.set(name, new Set([target]));
    } else {
      targets?.delete(target);
      if (targets === undefined || targets.size > 0) return;
      this.#anythingBut.delete(name);
    }
    this.#unwanted ??= new ValueIndex();
    for (const unwanted of test.tests) this.#unwanted.#change(unwanted, name, present);
  }
}

/** Targets by key. */
class Bag<Key, Target> {
  readonly #targets = new Map<Key, Set<Target>>();

  get size(): number {
    return this.#targets.size;
  }

  change(key: Key, target: Target, present: boolean): void {
    const targets = this.#targets.get(key);
    if (present) {
      if (targets === undefined) this.#targets.set(key, new Set([target]));
      else targets.add(target);
    } else if (targets !== undefined) {
      targets.delete(target);
      if (targets.size === 0) this.#targets.delete(key);
    }
  }

  has(key: Key): boolean {
    return this.#targets.has(key);
  }

  collect(key: Key, found: Set<Target>): void {
    for (const target of this.#targets.get(key) ?? []) found.add(target);
  }
}

/** Targets by prefix or suffix: one hash look-up for each length that occurs. */
class AffixIndex<Target> {
  readonly #targets = new Bag<string, Target>();
  readonly #lengths = new Map<number, number>();
  readonly #end: 'prefix' | 'suffix';

  constructor(end: 'prefix' | 'suffix') {
    this.#end = end;
  }

  get size(): number {
    return this.#targets.size;
  }

  change(affix: string, target: Target, present: boolean): void {
    const before = this.#targets.has(affix);
    this.#targets.change(affix, target, present);
    const change = Number(this.#targets.has(affix)) - Number(before);
    const count = (this.#lengths.get(affix.length) ?? 0) + change;
    if (count > 0) this.#lengths.set(affix.length, count);
    else this.#lengths.delete(affix.length);
  }

  collect(text: string, found: Set<Target>): void {
    for (const length of this.#lengths.keys()) {
      if (length > text.length) continue;
      const affix = this.#end === 'prefix' ? text.slice(0, length) : text.slice(text.length - length);
      this.#targets.collect(affix, found);
    }
  }
}

interface RangeTree<Target> {
  readonly center: number;
  /** Ranges around the center, by where they begin and by where they end. */
  readonly byFrom: readonly RangeEntry<Target>[];
  readonly byTo: readonly RangeEntry<Target>[];
  readonly below: RangeTree<Target> | null;
  readonly above: RangeTree<Target> | null;
}

interface RangeEntry<Target> {
  readonly range: NumericRange;
  readonly from: number;
  readonly to: number;
  readonly target: Target;
}

/** A centered interval tree, built again at the first look-up after a change. */
class RangeIndex<Target> {
  readonly #entries = new Map<string, Map<Target, RangeEntry<Target>>>();
  #tree: RangeTree<Target> | null = null;
  #isStale = false;

  change(range: NumericRange, target: Target, present: boolean): void {
    this.#isStale = true;
    const key = JSON.stringify(range);
    const entries = this.#entries.get(key) ?? new Map<Target, RangeEntry<Target>>();
    const [from, to] = [range.from?.value ?? -Infinity, range.to?.value ?? Infinity];
    if (present) entries.set(target, { range, from, to, target });
    else entries.delete(target);
    if (entries.size > 0) this.#entries.set(key, entries);
    else this.#entries.delete(key);
  }

  collect(value: number, found: Set<Target>): void {
    if (this.#isStale) {
      this.#tree = buildTree([...this.#entries.values()].flatMap((entries) => [...entries.values()]));
      this.#isStale = false;
    }
    for (let tree = this.#tree; tree !== null; tree = value < tree.center ? tree.below : tree.above) {
      const isBelow = value < tree.center;
      for (const entry of isBelow ? tree.byFrom : tree.byTo) {
        if (isBelow ? entry.from > value : entry.to < value) break;
        if (isInRange(entry.range, value)) found.add(entry.target);
      }
    }
  }
}

function buildTree<Target>(entries: readonly RangeEntry<Target>[]): RangeTree<Target> | null {
  if (entries.length === 0) return null;
  const ends = entries.flatMap(({ from, to }) => [from, to]).filter(Number.isFinite);
  ends.sort((one, other) => one - other);
  const center = ends[ends.length >> 1] ?? 0;
  const around = entries.filter(({ from, to }) => from <= center && center <= to);
  return {
    center,
    byFrom: [...around].sort((one, other) => one.from - other.from),
    byTo: [...around].sort((one, other) => other.to - one.to),
    below: buildTree(entries.filter(({ to }) => to < center)),
    above: buildTree(entries.filter(({ from }) => from > center)),
  };
}
