/**
 * Casts: the data of an event, from the schema version that it was written by to the one that a reader knows.
 *
 * 1. Each version may say how data of the version before it becomes data of its own (`upcast`), and the way back (`downcast`):
 *    one JSONata expression over `data`, `type`, `id`, `source`, `subject`, `time` and `headers`. Where it says nothing, the
 *    data stays as it is.
 * 2. A cast goes step by step along the versions, and what comes out has to fit the reader's schema.
 * 3. Casts are made while events are stored: only expressions of the fast path are accepted, whose work is bounded and which
 *    end by themselves. A cast never throws; why it failed is in its answer.
 */
import { NOT_FAST, compileTemplate, parseExpression } from '../../expression/index.js';
import { FailureError } from '../../kernel/index.js';
import type { Json } from '../../kernel/index.js';
import type { DataProblem } from '../schema/check.js';

/** What a cast sees besides the data. */
export interface CastEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string | null;
  readonly time: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface CastVersion {
  readonly version: number;
  readonly upcast: string | null;
  readonly downcast: string | null;
  problemsOf(data: Json): readonly DataProblem[];
}

export type Cast =
  | { readonly ok: true; readonly data: Json }
  | {
      readonly ok: false;
      readonly code: 'cast.version-unknown' | 'cast.failed' | 'cast.does-not-fit';
      readonly message: string;
      readonly problems: readonly DataProblem[];
    };

export const MAX_CAST_CHARACTERS = 8 * 1024;

/** @returns why this cannot be a cast, with the way out; null when it can */
export function castProblem(expression: string): string | null {
  if (expression.length > MAX_CAST_CHARACTERS) return 'A cast has at most 8 KiB; change less from version to version.';
  const { expressions } = compileTemplate(templateOf(expression));
  const [only, ...others] = expressions;
  if (only === undefined || others.length > 0) return 'Write one expression without "{{" and "}}".';
  try {
    parseExpression(expression);
  } catch (error) {
    return error instanceof FailureError ? error.failure.message : String(error);
  }
  if (only.isFast) return null;
  return (
    'A cast has to be simple: fields, lists mapped by `lines.{ "sku": sku }`, conditions, arithmetic, plain functions; ' +
    'no lambdas, variables, transforms, times or chance.'
  );
}

/** @param versions all versions of the type, in any order */
export function castData(
  event: CastEvent,
  data: Json,
  way: { readonly from: number; readonly to: number },
  versions: readonly CastVersion[],
): Cast {
  const known = new Map(versions.map((each) => [each.version, each]));
  const target = known.get(way.to);
  if (target === undefined) {
    const message = `There is no version ${way.to} of the schema of ${event.type}; publish it, or let the reader ask for another.`;
    return { ok: false, code: 'cast.version-unknown', message, problems: [] };
  }
  let at = data;
  for (const step of stepsOf(way, known)) {
    if (step.expression === null) continue;
    const done = applied(step.expression, { ...event, data: at });
    if (!done.ok) {
      const message = `The cast from version ${step.from} to ${step.to} of ${event.type} failed: ${done.reason}`;
      return { ok: false, code: 'cast.failed', message, problems: [] };
    }
    at = done.data;
  }
  const problems = target.problemsOf(at);
  if (problems.length === 0) return { ok: true, data: at };
  const first = problems[0];
  const message = `Cast to version ${way.to}, the event does not fit it: data${first?.path ?? ''} ${first?.message ?? ''}.`;
  return { ok: false, code: 'cast.does-not-fit', message, problems };
}

interface Step {
  readonly from: number;
  readonly to: number;
  readonly expression: string | null;
}

function stepsOf({ from, to }: { from: number; to: number }, known: ReadonlyMap<number, CastVersion>): Step[] {
  const steps: Step[] = [];
  for (let at = from; at < to; at += 1) {
    steps.push({ from: at, to: at + 1, expression: known.get(at + 1)?.upcast ?? null });
  }
  for (let at = from; at > to; at -= 1) {
    steps.push({ from: at, to: at - 1, expression: known.get(at)?.downcast ?? null });
  }
  return steps;
}

/** The closing braces are found by the tokenizer of expressions, so that nothing in the expression ends it early. */
function templateOf(expression: string): string {
  return `{{ ${expression} }}`;
}

type Applied = { readonly ok: true; readonly data: Json } | { readonly ok: false; readonly reason: string };

function applied(expression: string, scope: CastEvent & { readonly data: Json }): Applied {
  try {
    const data = compileTemplate(templateOf(expression)).evaluateNow({ ...scope });
    if (data !== NOT_FAST) return { ok: true, data };
    return {
      ok: false,
      reason: 'its expression cannot be worked out for this event (a wrong type, or too much work).',
    };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}
