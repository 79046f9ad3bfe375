/** Forms of tasks: JSON Schema (draft 2020-12) of what a person answers. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { RE2JS } from 're2js';
import { failure } from '../kernel/index.js';
import type { Failure, Json, JsonObject } from './imports.js';

/** More problems than that are not listed. */
const MAX_PROBLEMS = 20;

/**
 * Why a form cannot be used; null when it can. Unknown keywords and formats are refused, for they would be checked by nobody;
 * so are references to other documents.
 */
export function formProblem(form: JsonObject): string | null {
  const compiled = compileForm(form);
  return typeof compiled === 'string' ? compiled : null;
}

/** Why an answer does not fit its form (`task.form`, `details` lists `{ field, problem }`); null when it does. */
export function formRefusal(title: string, form: JsonObject, data: Json): Failure | null {
  const compiled = compileForm(form);
  if (typeof compiled === 'string') return failure('bug', 'task.form', `The form of "${title}" is broken: ${compiled}`);
  if (compiled(data)) return null;
  const problems = (compiled.errors ?? []).slice(0, MAX_PROBLEMS).map(describe);
  const first = problems[0];
  const message = `The answer to "${title}" does not fit its form: ${first ? `${first.field || 'it'} ${first.problem}` : 'it'}.`;
  return failure('user', 'task.form', message, problems);
}

function describe({ instancePath, message = 'does not fit' }: ErrorObject): { field: string; problem: string } {
  return { field: instancePath.replace(/^\//, ''), problem: message };
}

let shared: Ajv2020 | null = null;

/** Patterns take time linear in the text: forms are written by authors, and answers come from anybody. */
const linear = Object.assign(
  (pattern: string) => {
    const program = RE2JS.compile(RE2JS.translateRegExp(pattern));
    return { test: (text: string) => program.matcher(text).find(), toString: () => pattern };
  },
  { code: 'linear' },
);

function compileForm(form: JsonObject): ValidateFunction | string {
  shared ??= new Ajv2020({
    allErrors: true,
    addUsedSchema: false,
    strictTypes: false,
    strictRequired: false,
    strictTuples: false,
    formats: fullFormats,
    code: { regExp: linear },
    logger: false,
  });
  try {
    const validate = shared.compile(form);
    // It would answer with a promise, which passes for true.
    return '$async' in validate ? 'A form cannot be checked asynchronously; leave "$async" out.' : validate;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    shared.removeSchema(form);
  }
}
