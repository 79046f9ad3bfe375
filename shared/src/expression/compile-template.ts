/**
 * Templates: JSON whose texts may hold `{{ expression }}`. Only what an author wrote is ever read as a template; a value
 * that an expression yields is data, whatever braces it holds.
 */
import type { Json } from '../kernel/index.js';
import { compileText, fillText, fillTextNow } from './compile-text.js';
import type { CompiledText } from './compile-text.js';
import { Budget, NOT_FAST } from './fast/index.js';
import type { EvaluationOptions } from './reference.js';

/** What expressions see by name: `trigger`, `steps`, `run`, ... Never secrets. */
export type TemplateScope = Readonly<Record<string, unknown>>;

export interface CompiledTemplate {
  /** Every expression in the order of the template, and whether the fast path knows it. */
  readonly expressions: readonly { readonly source: string; readonly isFast: boolean }[];
  /**
   * Fills the template at once, with one measure of work for all its expressions.
   *
   * @returns {@link NOT_FAST} when an expression is not on the fast path, or left it: use `evaluate`. Never throws.
   */
  evaluateNow(scope: TemplateScope, options?: EvaluationOptions): Json | typeof NOT_FAST;
  /**
   * Fills the template, by the reference evaluator where the fast path does not answer.
   *
   * @throws FailureError `expression.*`; the first problem in the order of the template
   */
  evaluate(scope: TemplateScope, options?: EvaluationOptions): Promise<Json>;
}

/**
 * Reads a template once, to be filled many times. Texts are kept over calls, so that compiling the same template again is
 * cheap. Never fails: an expression that cannot be read fails when it is evaluated.
 */
export function compileTemplate(template: Json): CompiledTemplate {
  const filler = fillerOf(template);
  return {
    get expressions() {
      return expressionsOf(filler);
    },
    evaluateNow: (scope, options = {}) => fillNow(filler, scope, options, new Budget()),
    evaluate: async (scope, options = {}) => fill(filler, scope, options),
  };
}

/** A template read: fixed values, texts, and lists and objects of them. */
type Filler =
  | { readonly kind: 'fixed'; readonly value: Json }
  | { readonly kind: 'text'; readonly text: CompiledText }
  | { readonly kind: 'list'; readonly items: readonly Filler[] }
  | { readonly kind: 'object'; readonly fields: readonly (readonly [key: string, value: Filler])[] };

function fillerOf(template: Json): Filler {
  if (typeof template === 'string') {
    return template.includes('{{') ? { kind: 'text', text: compileText(template) } : { kind: 'fixed', value: template };
  }
  if (template === null || typeof template !== 'object') return { kind: 'fixed', value: template };
  if (isList(template)) return { kind: 'list', items: template.map(fillerOf) };
  return { kind: 'object', fields: Object.entries(template).map(([key, field]) => [key, fillerOf(field)] as const) };
}

function fillNow(
  filler: Filler,
  scope: TemplateScope,
  options: EvaluationOptions,
  budget: Budget,
): Json | typeof NOT_FAST {
  switch (filler.kind) {
    case 'fixed':
      return filler.value;
    case 'text':
      return fillTextNow(filler.text, scope, options, budget);
    case 'list': {
      const items: Json[] = [];
      for (const item of filler.items) {
        const value = fillNow(item, scope, options, budget);
        if (value === NOT_FAST) return NOT_FAST;
        items.push(value);
      }
      return items;
    }
    case 'object': {
      const filled: Record<string, Json> = {};
      for (const [key, field] of filler.fields) {
        const value = fillNow(field, scope, options, budget);
        if (value === NOT_FAST) return NOT_FAST;
        setField(filled, key, value);
      }
      return filled;
    }
  }
}

async function fill(filler: Filler, scope: TemplateScope, options: EvaluationOptions): Promise<Json> {
  switch (filler.kind) {
    case 'fixed':
      return filler.value;
    case 'text':
      return fillText(filler.text, scope, options);
    case 'list': {
      const items: Json[] = [];
      for (const item of filler.items) items.push(await fill(item, scope, options));
      return items;
    }
    case 'object': {
      const filled: Record<string, Json> = {};
      for (const [key, field] of filler.fields) setField(filled, key, await fill(field, scope, options));
      return filled;
    }
  }
}

/** Also `__proto__` becomes a field of its own. */
function setField(object: Record<string, Json>, key: string, value: Json): void {
  if (key !== '__proto__') {
    object[key] = value;
    return;
  }
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

function expressionsOf(filler: Filler): CompiledTemplate['expressions'] {
  switch (filler.kind) {
    case 'fixed':
      return [];
    case 'text':
      return filler.text.parts.flatMap((part) =>
        typeof part === 'string' ? [] : [{ source: part.part.source.trim(), isFast: part.fast !== null }],
      );
    case 'list':
      return filler.items.flatMap(expressionsOf);
    case 'object':
      return filler.fields.flatMap(([, field]) => expressionsOf(field));
  }
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value);
}
