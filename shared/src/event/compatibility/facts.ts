// What a conjunction of schemas says about a value, read without looking at alternatives.
import { RE2JS } from 're2js';
import { isJsonObject } from '../../kernel/index.js';
import type { Json, JsonObject } from '../../kernel/index.js';
import { canonical, listOf, objectOf } from './schema.js';
import type { Schema } from './schema.js';

export type TypeName = 'null' | 'boolean' | 'object' | 'array' | 'string' | 'integer' | 'fraction';

/** `number` is `integer` and `fraction` together. */
const TYPES: readonly TypeName[] = ['null', 'boolean', 'object', 'array', 'string', 'integer', 'fraction'];

export function typesOf(value: Json): ReadonlySet<TypeName> {
  if (value === false) return new Set();
  const type = isJsonObject(value) ? value['type'] : undefined;
  if (type === undefined) return new Set(TYPES);
  const names = Array.isArray(type) ? (type as readonly Json[]) : [type];
  return new Set(names.flatMap((name) => (name === 'number' ? ['integer', 'fraction'] : [name])) as TypeName[]);
}

export function commonTypes(parts: readonly Schema[]): Set<TypeName> {
  const all = new Set(TYPES);
  for (const { value } of parts) {
    const own = typesOf(value);
    for (const type of all) if (!own.has(type)) all.delete(type);
  }
  return all;
}

/** The only values that are possible, where `enum` or `const` names them. */
export function possibleValues(parts: readonly Schema[]): readonly Json[] | null {
  let values: readonly Json[] | null = null;
  for (const { value } of parts) {
    const own = enumerated(value);
    if (own === null) continue;
    const names = new Set(own.map(canonical));
    values = values === null ? own : values.filter((item) => names.has(canonical(item)));
  }
  return values;
}

export function enumerated(value: Json): readonly Json[] | null {
  if (!isJsonObject(value)) return null;
  if (value['const'] !== undefined) return [value['const']];
  return Array.isArray(value['enum']) ? (value['enum'] as readonly Json[]) : null;
}

export interface Bound {
  readonly value: number;
  readonly open: boolean;
}

/** The tightest lower or upper bound; understands the boolean exclusives of draft 4. */
export function bound(parts: readonly Schema[], end: 'minimum' | 'maximum'): Bound | null {
  const exclusive = end === 'minimum' ? 'exclusiveMinimum' : 'exclusiveMaximum';
  let tightest: Bound | null = null;
  for (const part of parts) {
    const value = objectOf(part.value);
    const limit = value[end];
    const open = value[exclusive];
    const candidates: Bound[] = [];
    if (typeof limit === 'number') candidates.push({ value: limit, open: open === true });
    if (typeof open === 'number') candidates.push({ value: open, open: true });
    for (const candidate of candidates) {
      if (tightest === null || isTighter(candidate, tightest, end)) tightest = candidate;
    }
  }
  return tightest;
}

function isTighter(one: Bound, other: Bound, end: 'minimum' | 'maximum'): boolean {
  if (one.value === other.value) return one.open && !other.open;
  return end === 'minimum' ? one.value > other.value : one.value < other.value;
}

/** The tightest of a counting keyword: `minLength`, `maxItems` and their like. */
export function count(parts: readonly Schema[], keyword: string): number | null {
  const found = parts.flatMap(({ value }) => {
    const own = objectOf(value)[keyword];
    return typeof own === 'number' ? [own] : [];
  });
  if (found.length === 0) return null;
  return keyword.startsWith('min') ? Math.max(...found) : Math.min(...found);
}

export function required(parts: readonly Schema[]): Set<string> {
  return new Set(parts.flatMap(({ value }) => listOf(objectOf(value)['required']) as readonly string[]));
}

/** All schemas that the property of this name must meet. */
export function propertySchemas(parts: readonly Schema[], name: string): Schema[] {
  return parts.flatMap(({ value, document }) => {
    if (!isJsonObject(value)) return [];
    const properties = objectOf(value['properties']);
    const patterns = Object.entries(objectOf(value['patternProperties'])).filter(([pattern]) => isMatch(pattern, name));
    const own = Object.hasOwn(properties, name) ? [properties[name] ?? true] : [];
    const found = [...own, ...patterns.map(([, schema]) => schema)];
    const rest = value['additionalProperties'];
    if (found.length === 0 && rest !== undefined) found.push(rest);
    return found.map((schema) => document.schema(schema));
  });
}

/** All schemas that the item at this place must meet; a place behind all tuples gives the schemas of the rest. */
export function itemSchemas(parts: readonly Schema[], place: number): Schema[] {
  return parts.flatMap(({ value, document }) => {
    const { tuple, rest } = itemsOf(value);
    const schema = place < tuple.length ? tuple[place] : rest;
    return schema === undefined ? [] : [document.schema(schema)];
  });
}

/** `items` and `additionalItems` up to 2019-09, `prefixItems` and `items` since. */
export function itemsOf(value: Json): { readonly tuple: readonly Json[]; readonly rest: Json | undefined } {
  const schema = objectOf(value);
  if (schema['prefixItems'] !== undefined) return { tuple: listOf(schema['prefixItems']), rest: schema['items'] };
  if (Array.isArray(schema['items'])) return { tuple: listOf(schema['items']), rest: schema['additionalItems'] };
  return { tuple: [], rest: schema['items'] };
}

/** Everything that is known about one value, as a schema that only it meets. */
export function schemaOfValue(value: Json): JsonObject {
  if (typeof value === 'string') {
    const length = [...value].length;
    return { type: 'string', const: value, minLength: length, maxLength: length };
  }
  if (typeof value === 'number') {
    return { type: Number.isInteger(value) ? 'integer' : 'number', const: value, minimum: value, maximum: value };
  }
  if (Array.isArray(value)) {
    const items = value as readonly Json[];
    const size = items.length;
    return { type: 'array', const: value, prefixItems: items.map(schemaOfValue), minItems: size, maxItems: size };
  }
  if (isJsonObject(value)) {
    const names = Object.keys(value);
    const properties = Object.fromEntries(names.map((name) => [name, schemaOfValue(value[name] ?? null)]));
    const size = names.length;
    const sizes = { minProperties: size, maxProperties: size };
    return { type: 'object', const: value, properties, required: names, additionalProperties: false, ...sizes };
  }
  return { type: value === null ? 'null' : 'boolean', const: value };
}

/** Unanchored, in linear time; a pattern that RE2 does not know matches nothing here. */
export function isMatch(pattern: string, text: string): boolean {
  try {
    return RE2JS.compile(RE2JS.translateRegExp(pattern)).matcher(text).find();
  } catch {
    return false;
  }
}
