import type { Json } from '../kernel/index.js';
import { parseTemplateText } from './text.js';
import type { TemplatePart } from './text.js';

/** Path of keys and positions from a template's root to one of its texts. */
export type FieldPath = readonly (string | number)[];

/** An expression where it stands in a template. */
export type PlacedExpression = Extract<TemplatePart, { kind: 'expression' }> & { readonly field: FieldPath };

/** Calls `see` for every expression of a template, in order. */
export function visitExpressions(template: Json, see: (expression: PlacedExpression) => void): void {
  visitTexts(template, (text, field) => {
    for (const part of parseTemplateText(text)) if (part.kind === 'expression') see({ ...part, field });
  });
}

/** Calls `see` for every text of a template that may hold an expression. */
function visitTexts(template: Json, see: (text: string, field: FieldPath) => void, field: FieldPath = []): void {
  if (typeof template === 'string') {
    if (template.includes('{{')) see(template, field);
  } else if (template !== null && typeof template === 'object') {
    if (isList(template)) template.forEach((item, index) => visitTexts(item, see, [...field, index]));
    else for (const [key, value] of Object.entries(template)) visitTexts(value, see, [...field, key]);
  }
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value);
}
