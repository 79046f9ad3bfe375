import type { Json } from './imports.js';

/** A value as text: texts as they are, nothing as '', everything else as JSON. */
export function asText(value: Json): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
