/** What the text of a field comes to with the data at hand (E60). Pure but for the time that an evaluation may take. */
import { compileTemplate, NOT_FAST } from '@sagawright/shared/expression';
import type { TemplateScope } from '@sagawright/shared/expression';
import { FailureError } from '@sagawright/shared/kernel';
import type { Json } from '@sagawright/shared/kernel';

export type Previewed =
  { readonly kind: 'value'; readonly value: Json } | { readonly kind: 'problem'; readonly message: string };

/** A preview gives way to typing. */
const LIMITS = { timeoutMs: 200 };

/** @returns null for text without expressions, and for JSON that is not finished */
export function templateOf(text: string, json: boolean): Json | null {
  if (!text.includes('{{')) return null;
  if (!json || text.trim().startsWith('{{')) return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

/** By the fast path, at once; null when it needs the other. */
export function previewNow(template: Json, scope: TemplateScope): Previewed | null {
  const value = compileTemplate(template).evaluateNow(scope);
  return value === NOT_FAST ? null : { kind: 'value', value };
}

/** By the reference evaluator. The time is that of the recorded sample: now. */
export async function previewSlowly(template: Json, scope: TemplateScope, now: number): Promise<Previewed> {
  try {
    return { kind: 'value', value: await compileTemplate(template).evaluate(scope, { now, limits: LIMITS }) };
  } catch (reason) {
    if (reason instanceof FailureError) return { kind: 'problem', message: reason.message };
    throw reason;
  }
}
