/**
 * Templates: JSON whose texts may hold `{{ expression }}`. Only what an author wrote is ever read as a template; a value
 * that an expression yields is data, whatever braces it holds.
 */
import type { Json } from '../kernel/index.js';
import { syntaxFailure } from './failures.js';
import { toPlainJson, toText } from './plain-json.js';
import { evaluateReference } from './reference.js';
import type { EvaluationOptions } from './reference.js';
import { isWholeExpression, parseTemplateText } from './text.js';
import type { TemplatePart } from './text.js';

/** What expressions see by name: `trigger`, `steps`, `run`, ... Never secrets. */
export type TemplateScope = Readonly<Record<string, unknown>>;

/**
 * Fills a template. A text that is exactly one `{{ expression }}` becomes its value (nothing becomes null); inside other
 * text a value is written as `$string` does, and nothing leaves nothing.
 *
 * @throws FailureError `expression.*`; the first problem in the order of the template
 */
export async function evaluateTemplate(
  template: Json,
  scope: TemplateScope,
  options: EvaluationOptions = {},
): Promise<Json> {
  if (typeof template === 'string') return evaluateText(template, scope, options);
  if (template === null || typeof template !== 'object') return template;
  if (isList(template)) {
    const items: Json[] = [];
    for (const item of template) items.push(await evaluateTemplate(item, scope, options));
    return items;
  }
  const filled: Record<string, Json> = {};
  for (const [key, field] of Object.entries(template)) {
    Object.defineProperty(filled, key, {
      value: await evaluateTemplate(field, scope, options),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return filled;
}

async function evaluateText(text: string, scope: TemplateScope, options: EvaluationOptions): Promise<Json> {
  if (!text.includes('{{')) return text;
  const parts = parseTemplateText(text);
  if (isWholeExpression(parts)) return toPlainJson(await evaluatePart(parts[0] as ExpressionPart, scope, options));
  let filled = '';
  for (const part of parts) {
    filled += part.kind === 'text' ? part.text : toText(await evaluatePart(part, scope, options));
  }
  return filled;
}

type ExpressionPart = Extract<TemplatePart, { kind: 'expression' }>;

async function evaluatePart(part: ExpressionPart, scope: TemplateScope, options: EvaluationOptions): Promise<unknown> {
  if (!part.closed) throw syntaxFailure(part.source, UNCLOSED, part.start);
  return evaluateReference(part.source, scope, options);
}

export const UNCLOSED =
  'An expression is opened with "{{" and never closed; add "}}", or write {{ "{{" }} for literal braces.';

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value);
}
