/** Forms of tasks: JSON Schema (draft 2020-12) of what a person answers. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { RE2JS } from 're2js';
import { failure } from '../kernel/index.js';
import { workOfForm } from './form-work.js';
import type { Failure, Json, JsonObject } from './imports.js';

/** More problems than that are not listed. */
const MAX_PROBLEMS = 20;
const MAX_ANSWER_CHARACTERS = 256 * 1024;
/** Parts of a form times characters of an answer: what one check may cost, and what finding more than one problem may. */
const MAX_WORK = 20_000_000;
const MAX_LISTING_WORK = 500_000;

/**
 * Why a form cannot be used; null when it can. Unknown keywords and formats are refused, for they would be checked by nobody;
 * so are references to other documents, and what takes too much work (see `form-work.ts`).
 */
export function formProblem(form: JsonObject): string | null {
  const { problem } = workOfForm(form);
  if (problem !== null) return problem;
  const compiled = compileForm(form, 'first');
  return typeof compiled === 'string' ? compiled : null;
}

/**
 * Why an answer does not fit its form (`task.form`, `details` lists `{ field, problem }`); null when it does. Of a long
 * answer only the first problem is listed.
 */
export function formRefusal(title: string, form: JsonObject, data: Json): Failure | null {
  const { parts, problem } = workOfForm(form);
  if (problem !== null) return broken(title, problem);
  const characters = JSON.stringify(data).length;
  if (characters > MAX_ANSWER_CHARACTERS) return tooLong(title, 'it has at most 256 KiB');
  const work = parts * characters;
  if (work > MAX_WORK) {
    return tooLong(title, `its form takes at most ${Math.floor(MAX_WORK / parts)} characters`);
  }
  const fits = compileForm(form, 'first');
  if (typeof fits === 'string') return broken(title, fits);
  if (fits(data)) return null;
  const listing = work > MAX_LISTING_WORK ? fits : compileForm(form, 'all');
  if (typeof listing === 'string') return broken(title, listing);
  listing(data);
  const problems = (listing.errors ?? []).slice(0, MAX_PROBLEMS).map(describe);
  const first = problems[0];
  const message = `The answer to "${title}" does not fit its form: ${first ? `${first.field || 'it'} ${first.problem}` : 'it'}.`;
  return failure('user', 'task.form', message, problems);
}

function broken(title: string, problem: string): Failure {
  return failure('bug', 'task.form', `The form of "${title}" is broken: ${problem}`);
}

function tooLong(title: string, limit: string): Failure {
  const problem = `is too long: ${limit}; say less, or give a link`;
  return failure('user', 'task.form', `The answer to "${title}" ${problem}.`, [{ field: '', problem }]);
}

function describe({ instancePath, message = 'does not fit' }: ErrorObject): { field: string; problem: string } {
  return { field: instancePath.replace(/^\//, ''), problem: message };
}

/** Whether the check ends with the first problem. */
type Extent = 'first' | 'all';

const shared: Partial<Record<Extent, Ajv2020>> = {};

/** Patterns take time linear in the text: forms are written by authors, and answers come from anybody. */
const linear = Object.assign(
  (pattern: string) => {
    const program = RE2JS.compile(RE2JS.translateRegExp(pattern));
    return { test: (text: string) => program.matcher(text).find(), toString: () => pattern };
  },
  { code: 'linear' },
);

function compileForm(form: JsonObject, extent: Extent): ValidateFunction | string {
  const ajv = (shared[extent] ??= checker(extent));
  try {
    const validate = ajv.compile(form);
    // It would answer with a promise, which passes for true.
    return '$async' in validate ? 'A form cannot be checked asynchronously; leave "$async" out.' : validate;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    ajv.removeSchema(form);
  }
}

function checker(extent: Extent): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors: extent === 'all',
    addUsedSchema: false,
    strictTypes: false,
    strictRequired: false,
    strictTuples: false,
    formats: fullFormats,
    code: { regExp: linear },
    logger: false,
  });
  // The library compares every item with every other.
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    error: { message: 'must not hold an item twice' },
    validate: (isWanted: boolean, items: readonly Json[]) =>
      !isWanted || new Set(items.map((item) => canonical(item))).size === items.length,
  });
  return ajv;
}

/** The same text for the same value, in whatever order its fields stand. */
function canonical(value: Json): string {
  return JSON.stringify(value, (_key, part: Json) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}
