/**
 * What a schema may cost to check, known before it is compiled: its parts, each counted once for every way that leads to it.
 * Schemas come from people and events from anybody, so one check costs at most parts times the length of the event.
 *
 * 1. At most 64 KiB, 32 levels and 2000 parts (schemas, keywords, listed values, states of patterns): compiling takes its time,
 *    too, and nobody else is served meanwhile.
 * 2. References stay in the document, by path (`#/$defs/address`); nothing is ever fetched.
 * 3. No schema refers to itself: alternatives that do would take time exponential in the depth of an event.
 */
import { isJsonObject } from '../../kernel/index.js';
import type { Json, JsonObject } from '../../kernel/index.js';
import { SchemaDocument, listOf } from '../compatibility/schema.js';
import { patternWork } from './pattern-work.js';

const MAX_CHARACTERS = 64 * 1024;
const MAX_DEPTH = 32;
const MAX_PARTS = 2000;

/** Keywords whose value is data or a name, not a schema. */
const NO_SCHEMAS: ReadonlySet<string> = new Set(['const', 'default', 'examples', 'example', '$comment', 'description']);
/** Keywords whose value holds schemas by names that mean nothing. */
const BY_NAME: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  'dependentSchemas',
  'dependencies',
  '$defs',
  'definitions',
]);
const REFUSED: readonly string[] = ['$dynamicRef', '$recursiveRef', '$async', '$data', '$vocabulary'];

export type SchemaBounds =
  | { readonly ok: true; readonly parts: number }
  | { readonly ok: false; readonly path: string; readonly reason: string };

export function schemaBounds(schema: Json): SchemaBounds {
  if (typeof schema !== 'boolean' && !isJsonObject(schema))
    return no('', 'A schema is a JSON object, or true or false.');
  if (JSON.stringify(schema).length > MAX_CHARACTERS) return no('', 'A schema has at most 64 KiB; describe less.');
  const counter = new PartCounter(schema);
  try {
    counter.visit(schema, '', 0);
    return { ok: true, parts: counter.parts };
  } catch (error) {
    if (error instanceof OutOfBounds) return no(error.path, error.message);
    throw error;
  }
}

function no(path: string, reason: string): SchemaBounds {
  return { ok: false, path, reason };
}

class OutOfBounds extends Error {
  constructor(
    readonly path: string,
    message: string,
  ) {
    super(message);
  }
}

class PartCounter {
  parts = 0;
  private readonly document: SchemaDocument;
  /** Objects around the one that is looked at, references followed. */
  private readonly around = new Set<Json>();

  constructor(private readonly root: Json) {
    this.document = new SchemaDocument(root);
  }

  /** Looks at everything that may be a schema, whatever keyword holds it: what is counted needlessly only counts. */
  visit(value: Json, path: string, depth: number): void {
    if (depth > MAX_DEPTH) throw new OutOfBounds(path, `A schema has at most ${MAX_DEPTH} levels; write it flatter.`);
    this.add(1, path);
    if (Array.isArray(value)) {
      listOf(value).forEach((item, index) => this.visit(item, `${path}/${index}`, depth + 1));
      return;
    }
    if (!isJsonObject(value)) return;
    if (this.around.has(value)) {
      throw new OutOfBounds(path, 'A schema must not refer to itself; write out as many levels as events have.');
    }
    this.around.add(value);
    this.add(Object.keys(value).length, path);
    this.assertUsable(value, path);
    for (const [keyword, part] of Object.entries(value)) {
      if (keyword === 'pattern' && typeof part === 'string') this.add(patternWork(part), `${path}/pattern`);
      if (keyword === 'patternProperties' && isJsonObject(part)) this.patterns(part, `${path}/${keyword}`);
      if (keyword === '$ref' && typeof part === 'string') this.visit(this.named(part, path), path, depth + 1);
      else if (BY_NAME.has(keyword) && isJsonObject(part)) {
        for (const [name, each] of Object.entries(part)) {
          this.visit(each, `${path}/${keyword}/${escaped(name)}`, depth + 1);
        }
      } else if (!NO_SCHEMAS.has(keyword) && typeof part === 'object' && part !== null) {
        this.visit(part, `${path}/${escaped(keyword)}`, depth + 1);
      }
    }
    this.around.delete(value);
  }

  private assertUsable(schema: JsonObject, path: string): void {
    const refused = REFUSED.find((keyword) => Object.hasOwn(schema, keyword));
    if (refused !== undefined)
      throw new OutOfBounds(path, `"${refused}" is not supported; use "$ref" with "#/$defs/…".`);
    if (schema !== this.root && typeof schema['$id'] === 'string') {
      throw new OutOfBounds(`${path}/$id`, 'Only the schema as a whole may have an "$id".');
    }
  }

  private patterns(schemas: JsonObject, path: string): void {
    for (const pattern of Object.keys(schemas)) this.add(patternWork(pattern), path);
  }

  private named(reference: string, path: string): Json {
    if (reference !== '#' && !reference.startsWith('#/')) {
      const message = `"$ref" names a part of the schema by its path, as "#/$defs/address"; "${reference.slice(0, 200)}" does not.`;
      throw new OutOfBounds(`${path}/$ref`, message);
    }
    const target = this.document.resolve(reference);
    if (target !== undefined) return target;
    throw new OutOfBounds(`${path}/$ref`, `"$ref" names "${reference.slice(0, 200)}", which the schema does not have.`);
  }

  private add(parts: number, path: string): void {
    this.parts += parts;
    if (this.parts <= MAX_PARTS) return;
    const counted =
      'schemas, keywords, listed values, states of patterns; what "$ref" names counts wherever it is named';
    throw new OutOfBounds(path, `A schema has at most ${MAX_PARTS} parts (${counted}); describe less.`);
  }
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
