/** One text of a template, read once: its fixed parts and its expressions, each with its fast form if it has one. */
import type { Json } from '../kernel/index.js';
import { syntaxFailure } from './failures.js';
import { compileFast, NOT_FAST } from './fast/index.js';
import type { Budget, FastExpression } from './fast/index.js';
import { DEFAULT_LIMITS } from './limits.js';
import { toPlainJson, toText } from './plain-json.js';
import { evaluateReference, parseExpression } from './reference.js';
import type { EvaluationOptions } from './reference.js';
import { RecentlyUsed } from './recently-used.js';
import { isWholeExpression, parseTemplateText } from './text.js';
import type { TemplatePart } from './text.js';

export const UNCLOSED =
  'An expression is opened with "{{" and never closed; add "}}", or write {{ "{{" }} for literal braces.';

type ExpressionPart = Extract<TemplatePart, { kind: 'expression' }>;

export interface CompiledExpression {
  readonly part: ExpressionPart;
  /** Null when only the reference evaluator can evaluate it. */
  readonly fast: FastExpression | null;
}

export interface CompiledText {
  readonly parts: readonly (string | CompiledExpression)[];
  /** Exactly one expression: the value keeps its type. */
  readonly isWhole: boolean;
}

/** Texts of all the workflows that a process has under way; about a kilobyte each. */
const MAX_TEXTS = 5000;
/** A longer text is rarely evaluated twice and would make the bound on the number meaningless. */
const MAX_KEPT_CHARACTERS = 10_000;
const compiledTexts = new RecentlyUsed<string, CompiledText>(MAX_TEXTS);

/** Never fails: what cannot be read fails when it is evaluated. */
export function compileText(text: string): CompiledText {
  const before = compiledTexts.get(text);
  if (before !== undefined) return before;
  const parts = parseTemplateText(text);
  const compiled: CompiledText = {
    parts: parts.map((part) => (part.kind === 'text' ? part.text : { part, fast: fastFormOf(part) })),
    isWhole: isWholeExpression(parts),
  };
  if (text.length <= MAX_KEPT_CHARACTERS) compiledTexts.set(text, compiled);
  return compiled;
}

function fastFormOf(part: ExpressionPart): FastExpression | null {
  if (!part.closed) return null;
  try {
    return compileFast(parseExpression(part.source).tree);
  } catch {
    return null;
  }
}

/**
 * @param budget for all expressions; without it each has its own
 * @returns the filled text, or {@link NOT_FAST} when the reference evaluator is needed
 */
export function fillTextNow(
  { parts, isWhole }: CompiledText,
  scope: unknown,
  options: EvaluationOptions,
  budget?: Budget,
): Json | typeof NOT_FAST {
  // Whoever sets limits wants them kept to the letter, which only the reference does.
  if (options.limits !== undefined) return NOT_FAST;
  try {
    let filled = '';
    for (const part of parts) {
      if (typeof part === 'string') {
        filled += part;
        continue;
      }
      if (part.fast === null) return NOT_FAST;
      const value = part.fast(scope, options, DEFAULT_LIMITS, budget);
      if (value === NOT_FAST) return NOT_FAST;
      if (isWhole) return toPlainJson(value);
      filled += toText(value);
    }
    return filled;
  } catch {
    // What is not JSON is told by the reference, which keeps to the order of the template.
    return NOT_FAST;
  }
}

/** @throws FailureError `expression.*` */
export async function fillText(compiled: CompiledText, scope: unknown, options: EvaluationOptions): Promise<Json> {
  const now = fillTextNow(compiled, scope, options);
  if (now !== NOT_FAST) return now;
  let filled = '';
  for (const part of compiled.parts) {
    if (typeof part === 'string') {
      filled += part;
      continue;
    }
    const { closed, source, start } = part.part;
    if (!closed) throw syntaxFailure(source, UNCLOSED, start);
    const value = await evaluateReference(source, scope, options);
    if (compiled.isWhole) return toPlainJson(value);
    filled += toText(value);
  }
  return filled;
}
