/** What a schema says about the value at a path: whether it is there, and of what types. */
import { isJsonObject } from '../../kernel/index.js';
import type { Json } from '../../kernel/index.js';
import { commonTypes, itemSchemas, possibleValues, propertySchemas, required } from '../compatibility/facts.js';
import type { TypeName } from '../compatibility/facts.js';
import { SchemaDocument, flatten, listOf, objectOf } from '../compatibility/schema.js';
import type { Schema } from '../compatibility/schema.js';

export interface Field {
  /** `absent`: the schema does not name it, or forbids it. */
  readonly presence: 'required' | 'optional' | 'absent';
  /** Empty where it is absent. */
  readonly types: ReadonlySet<TypeName>;
}

const ABSENT: Field = { presence: 'absent', types: new Set() };
const MAX_ALTERNATIVES = 64;

/** @param path names; positions in arrays leave no trace, as in expressions: `lines.sku` is the sku of each line */
export function fieldIn(schema: Json, path: readonly string[]): Field {
  const document = new SchemaDocument(schema);
  return below([document.schema(schema)], path, MAX_ALTERNATIVES);
}

function below(schemas: readonly Schema[], path: readonly string[], left: number): Field {
  const parts = flatten(schemas);
  const forked = parts.find(({ value }) => alternativesOf(value).length > 0);
  if (forked !== undefined) {
    const ways = alternativesOf(forked.value);
    if (ways.length > left) return { presence: 'optional', types: commonTypes(parts) };
    const others = parts.map((part) => (part === forked ? withoutAlternatives(part) : part));
    const share = Math.floor(left / ways.length);
    return together(ways.map((way) => below([...others, forked.document.schema(way)], path, share)));
  }
  const [name, ...rest] = path;
  const types = typesHere(parts);
  if (types.size === 0) return ABSENT;
  if (name === undefined) return { presence: 'required', types };
  // As expressions do: a name looked up in a list is looked up in each of its items.
  if (types.has('array') && !types.has('object')) return below(itemSchemas(parts, Infinity), path, left);
  if (!types.has('object')) return ABSENT;
  const own = propertySchemas(parts, name);
  if (own.length === 0 || own.some(({ value }) => value === false)) return ABSENT;
  const field = below(own, rest, left);
  const isSure = required(parts).has(name) && types.size === 1;
  return field.presence === 'required' && !isSure ? { ...field, presence: 'optional' } : field;
}

function typesHere(parts: readonly Schema[]): ReadonlySet<TypeName> {
  const types = commonTypes(parts);
  const values = possibleValues(parts);
  if (values === null) return types;
  return new Set([...types].filter((type) => values.some((value) => isOf(value, type))));
}

function isOf(value: Json, type: TypeName): boolean {
  if (value === null) return type === 'null';
  if (Array.isArray(value)) return type === 'array';
  if (typeof value === 'number') return type === (Number.isInteger(value) ? 'integer' : 'fraction');
  return typeof value === type;
}

function alternativesOf(value: Json): readonly Json[] {
  const schema = objectOf(value);
  for (const keyword of ['anyOf', 'oneOf']) {
    const list = listOf(schema[keyword]);
    if (list.length > 0) return list;
  }
  return [];
}

function withoutAlternatives(part: Schema): Schema {
  if (!isJsonObject(part.value)) return part;
  const keyword = listOf(part.value['anyOf']).length > 0 ? 'anyOf' : 'oneOf';
  const { [keyword]: _, ...rest } = part.value;
  return { ...part, value: rest };
}

function together(fields: readonly Field[]): Field {
  const present = fields.filter(({ presence }) => presence !== 'absent');
  if (present.length === 0) return ABSENT;
  const types = new Set(present.flatMap((field) => [...field.types]));
  const isSure = present.length === fields.length && present.every(({ presence }) => presence === 'required');
  return { presence: isSure ? 'required' : 'optional', types };
}
