// One pattern against one event, without an index: the plain meaning that the index must agree with.
import type { JsonObject } from '../../kernel/index.js';
import { addressBits } from './address.js';
import { eventFields, NOWHERE, together } from './fields.js';
import type { EventFields, Place } from './fields.js';
import { foldCase } from './pattern.js';
import type { Condition, EventPattern, NumericRange, Scalar, ValueTest } from './pattern.js';

export function matchesPattern(pattern: EventPattern, event: JsonObject): boolean {
  return placesOf(pattern.condition, eventFields(event), [NOWHERE]).length > 0;
}

/** Where a condition holds, given where the conditions before it held; values of one array element belong together. */
export function placesOf(condition: Condition, fields: EventFields, before: readonly Place[]): Place[] {
  switch (condition.kind) {
    case 'all': {
      let places = [...before];
      for (const part of condition.conditions) places = placesOf(part, fields, places);
      return places;
    }
    case 'any':
      return unique(condition.conditions.flatMap((part) => placesOf(part, fields, before)));
    case 'field': {
      const leaves = fields.leaves.get(condition.path) ?? [];
      if (leaves.length === 0) {
        return condition.tests.some((test) => test.kind === 'exists' && !test.wanted) ? [...before] : [];
      }
      const holding = leaves.filter((leaf) => condition.tests.some((test) => isValue(test, leaf.value)));
      return unique(before.flatMap((place) => holding.flatMap((leaf) => together(place, leaf.place) ?? [])));
    }
  }
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

function unique(places: readonly Place[]): Place[] {
  const known = new Map<string, Place>();
  for (const place of places) known.set(nameOfPlace(place), place);
  return [...known.values()];
}

export function nameOfPlace(place: Place): string {
  if (place.size === 0) return '';
  return [...place]
    .sort(([one], [other]) => one - other)
    .map(([array, index]) => `${array}:${index}`)
    .join(' ');
}
