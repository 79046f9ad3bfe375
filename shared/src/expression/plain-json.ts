/** What leaves an evaluation: plain JSON, with none of JSONata's inner marks. */
import { failure, FailureError } from '../kernel/index.js';
import type { Json } from '../kernel/index.js';
import { isFunctionLike } from './limits.js';

/**
 * Copies a value into plain JSON. `undefined` becomes null; in an object's field it is left out by JSONata already.
 *
 * @throws FailureError `expression.not-json` for functions, infinite numbers and keys that could reach a prototype
 */
export function toPlainJson(value: unknown): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw notJson('a number outside the range of JSON');
      return value === 0 ? 0 : value;
    case 'undefined':
      return null;
    case 'object':
      break;
    default:
      throw notJson('a function');
  }
  if (value === null) return null;
  if (Array.isArray(value)) return Array.from(value, toPlainJson);
  if (isFunctionLike(value)) throw notJson('a function');
  const copy: Record<string, Json> = {};
  for (const key of Object.keys(value)) {
    if (key === '__proto__') throw notJson('a field named "__proto__"');
    const field = (value as Record<string, unknown>)[key];
    if (field !== undefined) copy[key] = toPlainJson(field);
  }
  return copy;
}

function notJson(what: string): FailureError {
  return new FailureError(
    failure('user', 'expression.not-json', `The result holds ${what}, which is not JSON data; return the data itself.`),
  );
}

/** How a value looks inside text: JSONata's `$string`, and nothing for a value that is not there. */
export function toText(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (isFunctionLike(value)) return '';
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'number') {
      if (!Number.isFinite(inner)) throw notJson('a number outside the range of JSON');
      return Number.isInteger(inner) ? inner : Number(inner.toPrecision(15));
    }
    return isFunctionLike(inner) ? '' : inner;
  });
}
