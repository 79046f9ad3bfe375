/** A filter by content as a person types it: JSON is a pattern, all else is an expression in CESQL. */
import { isJsonObject } from '@sagawright/shared/kernel';
import type { JsonObject } from '@sagawright/shared/kernel';
import { parseJson } from '../forms/parse-json.js';

export const CONTENT_HELP = 'A pattern as JSON, or a CESQL expression. Empty = every content.';
export const CONTENT_HINT = '{"data": {"country": ["DE", "AT"]}}';
export const CONTENT_BROKEN = 'This begins like a pattern, but is not JSON: check commas, quotes and braces.';

/** @returns null = none was typed; undefined = a pattern that is not JSON yet */
export function contentOf(typed: string): JsonObject | string | null | undefined {
  const text = typed.trim();
  if (text === '') return null;
  if (!text.startsWith('{')) return text;
  const pattern = parseJson(text);
  return isJsonObject(pattern) ? pattern : undefined;
}
