/**
 * What a form may cost to check. Forms are written by authors and answers come from anybody, so the work has to be known
 * before it is done: it is at most the parts of the form, each counted once for every way that leads to it, times the
 * length of the answer.
 */
import type { Json, JsonObject } from './imports.js';

const MAX_FORM_CHARACTERS = 64 * 1024;
const MAX_PARTS = 2000;

/** Keywords that hold a schema, a list of schemas, and schemas by name. */
const ONE = [
  'not',
  'if',
  'then',
  'else',
  'items',
  'contains',
  'additionalProperties',
  'propertyNames',
  'unevaluatedItems',
  'unevaluatedProperties',
] as const;
const LISTS = ['allOf', 'anyOf', 'oneOf', 'prefixItems'] as const;
const MAPS = ['properties', 'patternProperties', 'dependentSchemas', 'dependencies', '$defs', 'definitions'] as const;

/** The parts of a form, or why it may not be used. */
type FormWork = { readonly parts: number; readonly problem: null } | { readonly parts: null; readonly problem: string };

export function workOfForm(form: JsonObject): FormWork {
  try {
    return { parts: new Counter(form).count(), problem: null };
  } catch (error) {
    if (error instanceof Unusable) return { parts: null, problem: error.message };
    throw error;
  }
}

class Unusable extends Error {}

class Counter {
  private parts = 0;
  /** Schemas around the one that is looked at. */
  private readonly around = new Set<JsonObject>();

  constructor(private readonly form: JsonObject) {}

  count(): number {
    if (JSON.stringify(this.form).length > MAX_FORM_CHARACTERS) {
      throw new Unusable('A form has at most 64 KiB; ask for less in one task.');
    }
    this.schema(this.form);
    return this.parts;
  }

  private add(parts: number): void {
    this.parts += parts;
    if (this.parts > MAX_PARTS) {
      throw new Unusable(
        `A form has at most ${MAX_PARTS} parts (schemas, listed values, characters of patterns), and what "$ref" names ` +
          'counts wherever it is named; ask for less in one task.',
      );
    }
  }

  private schema(schema: Json | undefined): void {
    this.add(1);
    if (!isObject(schema)) return;
    if (this.around.has(schema)) throw new Unusable('A form must not refer to itself; write its levels out.');
    if ('$dynamicRef' in schema) throw new Unusable('A form cannot use "$dynamicRef"; use "$ref" with "#/$defs/…".');
    if ('$id' in schema && schema !== this.form) throw new Unusable('Only the form itself may have an "$id".');
    this.around.add(schema);
    for (const listed of [schema['enum'], schema['required']]) if (Array.isArray(listed)) this.add(listed.length);
    if (typeof schema['pattern'] === 'string') this.add(schema['pattern'].length);
    for (const keyword of ONE) if (keyword in schema) this.schema(schema[keyword]);
    for (const keyword of LISTS) {
      const list = schema[keyword];
      if (Array.isArray(list)) for (const each of list) this.schema(each as Json);
    }
    for (const keyword of MAPS) this.schemasByName(keyword, schema[keyword]);
    const names = schema['dependentRequired'];
    if (isObject(names)) for (const list of Object.values(names)) this.add(Array.isArray(list) ? list.length : 1);
    if (typeof schema['$ref'] === 'string') this.schema(this.named(schema['$ref']));
    this.around.delete(schema);
  }

  private schemasByName(keyword: string, schemas: Json | undefined): void {
    if (!isObject(schemas)) return;
    for (const [name, each] of Object.entries(schemas)) {
      if (keyword === 'patternProperties') this.add(name.length);
      if (Array.isArray(each)) this.add(each.length);
      this.schema(each);
    }
  }

  /** @returns nothing where nothing is so named, which the compiler of the form tells better */
  private named(reference: string): Json | undefined {
    if (reference === '#') return this.form;
    if (!reference.startsWith('#/')) {
      throw new Unusable(`"$ref" names a part of the form by its path, as "#/$defs/address"; "${reference}" does not.`);
    }
    let at: unknown = this.form;
    for (const step of reference.slice(2).split('/')) {
      const key = decoded(step).replaceAll('~1', '/').replaceAll('~0', '~');
      if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
      at = (at as Readonly<Record<string, unknown>>)[key];
    }
    return at as Json;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Unusable(`"$ref" holds "${text}", which is no part of an address.`);
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
