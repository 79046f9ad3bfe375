// One pattern against one event, without an index: the plain meaning that the index must agree with.
import type { JsonObject } from '../../kernel/index.js';
import { addressBits } from './address.js';
import { eventFields, NOWHERE } from './fields.js';
import type { EventFields, Place } from './fields.js';
import { foldCase } from './pattern.js';
import type { Condition, EventPattern, NumericRange, Scalar, ValueTest } from './pattern.js';
import { joinPlaces, laterThan, Steps, uniquePlaces } from './places.js';
import type { Later } from './places.js';

/** @returns false also when comparing the elements of the event's arrays would take more than MOST_STEPS */
export function matchesPattern(pattern: EventPattern, event: JsonObject): boolean {
  return matchesFields(pattern, eventFields(event));
}

/** The same for an event whose fields many patterns ask for. */
export function matchesFields(pattern: EventPattern, fields: EventFields): boolean {
  return outcomeOf(pattern.condition, fields) === 'match';
}

/** `too-many`: there is no match because the event has more array elements than are compared. */
export function outcomeOf(
  condition: Condition,
  fields: EventFields,
  steps = new Steps(),
): 'match' | 'none' | 'too-many' {
  if (placesOf(condition, fields, [NOWHERE], null, steps).length > 0) return 'match';
  return steps.over ? 'too-many' : 'none';
}

/**
 * Where a condition holds, given where the conditions before it held, as far as those that come later must know; values of
 * one array element belong together.
 */
export function placesOf(
  condition: Condition,
  fields: EventFields,
  before: readonly Place[],
  later: Later | null,
  steps: Steps,
): Place[] {
  switch (condition.kind) {
    case 'all': {
      let places = [...before];
      const parts = byPath(condition.conditions);
      const laters: (Later | null)[] = [later];
      for (const part of parts.slice(1).reverse()) laters.push(laterThan(part, laters.at(-1) ?? null));
      for (const part of parts) {
        const after = laters.pop() ?? null;
        if (places.length === 0) return [];
        places = placesOf(part, fields, places, after, steps);
      }
      return places;
    }
    case 'any':
      return uniquePlaces(condition.conditions.flatMap((part) => placesOf(part, fields, before, later, steps)));
    case 'field': {
      const leaves = fields.leaves.get(condition.path) ?? [];
      if (leaves.length === 0) {
        return condition.tests.some((test) => test.kind === 'exists' && !test.wanted) ? [...before] : [];
      }
      const holding = leaves.filter((leaf) => condition.tests.some((test) => isValue(test, leaf.value)));
      return joinPlaces(before, new Set(holding.map(({ place }) => place)), fields, later, steps);
    }
  }
}

/** Fields of one array beside each other, so that few arrays are open at a time; groups of alternatives last. */
function byPath(conditions: readonly Condition[]): Condition[] {
  const flat = conditions.flatMap((each) => (each.kind === 'all' ? byPath(each.conditions) : [each]));
  const fields = flat.filter((each) => each.kind === 'field');
  return [
    ...fields.sort((one, other) => (one.path < other.path ? -1 : one.path > other.path ? 1 : 0)),
    ...flat.filter((each) => each.kind !== 'field'),
  ];
}

/** Whether a value that is there passes a test. */
export function isValue(test: ValueTest, value: Scalar): boolean {
  switch (test.kind) {
    case 'exact':
      return test.value === value;
    case 'prefix':
      return typeof value === 'string' && (test.ignoreCase ? foldCase(value) : value).startsWith(test.text);
    case 'suffix':
      return typeof value === 'string' && (test.ignoreCase ? foldCase(value) : value).endsWith(test.text);
    case 'equals-ignore-case':
      return typeof value === 'string' && foldCase(value) === test.text;
    case 'wildcard':
      return typeof value === 'string' && isWildcard(test.parts, value);
    case 'numeric':
      return typeof value === 'number' && isInRange(test.range, value);
    case 'cidr':
      return typeof value === 'string' && (addressBits(value)?.startsWith(test.bits) ?? false);
    case 'anything-but':
      return !test.tests.some((unwanted) => isValue(unwanted, value));
    case 'exists':
      return test.wanted;
  }
}

export function isInRange({ from, to }: NumericRange, value: number): boolean {
  if (from !== null && (value < from.value || (from.open && value === from.value))) return false;
  return to === null || value < to.value || (!to.open && value === to.value);
}

function isWildcard(parts: readonly string[], text: string): boolean {
  const head = parts[0] ?? '';
  if (parts.length === 1) return text === head;
  const tail = parts.at(-1) ?? '';
  if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail)) return false;
  let at = head.length;
  const end = text.length - tail.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
