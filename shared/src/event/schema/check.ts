/**
 * Checks the data of events by a JSON Schema (draft 2020-12, or 07 where `$schema` says so).
 *
 * A schema is compiled once, within its bounds (bounds.ts); regular expressions take time linear in the text. A check costs at
 * most parts times characters; what would cost more is not begun and counts as a violation, in words.
 */
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject, Options, ValidateFunction } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { RE2JS } from 're2js';
import { isJsonObject } from '../../kernel/index.js';
import type { Json } from '../../kernel/index.js';
import { canonical } from '../compatibility/schema.js';
import { schemaBounds } from './bounds.js';

/** Where data does not fit, and why. */
export interface DataProblem {
  /** JSON pointer into the data; '' = the whole. */
  readonly path: string;
  readonly message: string;
}

export interface EventSchema {
  /** What counts towards the cost of a check. */
  readonly parts: number;
  /** @returns nothing when the data fits; at most 20 problems, of large data only the first */
  problemsOf(data: Json): readonly DataProblem[];
}

export type ReadSchema =
  | { readonly ok: true; readonly schema: EventSchema }
  /** @param path JSON pointer into the schema */
  | { readonly ok: false; readonly path: string; readonly reason: string };

const MAX_PROBLEMS = 20;
const MAX_WORK = 50_000_000;
/** What it may cost to go on after the first problem. */
const MAX_LISTING_WORK = 500_000;
/** A longer text fits no format: the formats of the library are not linear. Of encoded bytes each character is looked at once. */
const MAX_FORMATTED_CHARACTERS = 4096;
const BYTES: ReadonlySet<string> = new Set(['byte', 'binary', 'password']);

const DRAFT_07 = /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/;
const DRAFT_2020_12 = 'https://json-schema.org/draft/2020-12/schema';

/** Reads and compiles a schema. Takes some milliseconds; keep what it gives. */
export function readEventSchema(schema: Json): ReadSchema {
  const bounds = schemaBounds(schema);
  if (!bounds.ok) return bounds;
  const draft = draftOf(schema);
  if (draft === null) {
    return { ok: false, path: '/$schema', reason: `Write "$schema": "${DRAFT_2020_12}", or that of draft-07.` };
  }
  const first = compile(draft, schema, false);
  if (typeof first === 'string') return { ok: false, path: '', reason: first };
  let all: ValidateFunction | null = null;
  const problemsOf = (data: Json): readonly DataProblem[] => {
    const work = bounds.parts * JSON.stringify(data).length;
    if (work > MAX_WORK)
      return [{ path: '', message: 'is too large to be checked by this schema; send less, or ask for less' }];
    const found = run(first, data);
    if (found.length === 0 || work > MAX_LISTING_WORK) return found;
    if (all === null) {
      const compiled = compile(draft, schema, true);
      all = typeof compiled === 'string' ? first : compiled;
    }
    return run(all, data);
  };
  return { ok: true, schema: { parts: bounds.parts, problemsOf } };
}

type Draft = '07' | '2020-12';

function draftOf(schema: Json): Draft | null {
  const named = isJsonObject(schema) ? schema['$schema'] : undefined;
  if (named === undefined) return '2020-12';
  if (typeof named !== 'string') return null;
  if (DRAFT_07.test(named)) return '07';
  return named.replace(/#$/, '') === DRAFT_2020_12 ? '2020-12' : null;
}

function run(validate: ValidateFunction, data: Json): readonly DataProblem[] {
  if (validate(data)) return [];
  return (validate.errors ?? []).slice(0, MAX_PROBLEMS).map(problemOf);
}

function problemOf({ instancePath, keyword, params, message = 'does not fit' }: ErrorObject): DataProblem {
  const facts = params as Readonly<Record<string, unknown>>;
  switch (keyword) {
    case 'required':
      return { path: `${instancePath}/${pointer(facts['missingProperty'])}`, message: 'is missing' };
    case 'additionalProperties':
      return { path: `${instancePath}/${pointer(facts['additionalProperty'])}`, message: 'is not in the schema' };
    case 'enum':
      return { path: instancePath, message: `must be one of ${JSON.stringify(facts['allowedValues']).slice(0, 200)}` };
    default:
      return { path: instancePath, message };
  }
}

function pointer(name: unknown): string {
  return String(name).replaceAll('~', '~0').replaceAll('/', '~1');
}

const checkers = new Map<string, Ajv>();

function compile(draft: Draft, schema: Json, allErrors: boolean): ValidateFunction | string {
  const key = `${draft} ${String(allErrors)}`;
  const ajv = checkers.get(key) ?? checker(draft, allErrors);
  checkers.set(key, ajv);
  const parsed = schema as boolean | Record<string, unknown>;
  try {
    return ajv.compile(parsed);
  } catch (error) {
    return error instanceof Error ? error.message.slice(0, 500) : String(error);
  } finally {
    if (typeof parsed === 'object') ajv.removeSchema(parsed);
  }
}

/** Patterns take time linear in the text. */
const linear = Object.assign(
  (pattern: string) => {
    const program = RE2JS.compile(RE2JS.translateRegExp(pattern));
    return { test: (text: string) => program.matcher(text).find(), toString: () => pattern };
  },
  { code: 'linear' },
);

function checker(draft: Draft, allErrors: boolean): Ajv {
  const options: Options = {
    allErrors,
    addUsedSchema: false,
    // Else a field named like something that every object is born with, such as toString, counts as there.
    ownProperties: true,
    // As the standard has it: what is not known is not checked.
    strict: false,
    // Each named part is compiled once, however often it is named.
    inlineRefs: false,
    formats: Object.fromEntries(Object.entries(fullFormats).map(([name, format]) => [name, shortOnly(name, format)])),
    code: { regExp: linear },
    logger: false,
  };
  const ajv = draft === '07' ? new Ajv(options) : new Ajv2020(options);
  // The library compares every item with every other.
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    error: { message: 'must not hold an item twice' },
    validate: (isWanted: boolean, items: readonly Json[]) =>
      !isWanted || new Set(items.map(canonical)).size === items.length,
  });
  return ajv;
}

type Format = (typeof fullFormats)[keyof typeof fullFormats];

function shortOnly(name: string, format: Format): Format {
  if (BYTES.has(name)) return format;
  const fits = textTest(format);
  if (fits === null) return format;
  return { type: 'string', validate: (text: string) => text.length <= MAX_FORMATTED_CHARACTERS && fits(text) };
}

/** Null for formats of numbers. */
function textTest(format: Format): ((text: string) => boolean) | null {
  if (format instanceof RegExp) return (text) => format.test(text);
  if (typeof format === 'function') return format as (text: string) => boolean;
  if (typeof format !== 'object' || format.type === 'number') return null;
  const { validate } = format;
  if (validate instanceof RegExp) return (text) => validate.test(text);
  return typeof validate === 'function' ? (validate as (text: string) => boolean) : null;
}
