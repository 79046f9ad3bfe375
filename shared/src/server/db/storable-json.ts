/**
 * What PostgreSQL refuses or cannot read back must be found before it is written: one bad row would fail a whole group
 * commit.
 */
import { err, failure, ok } from '../../kernel/index.js';
import type { Failure, Result } from '../../kernel/index.js';

/** Far above anything sensible, far below what one row may hold. */
export const STORABLE_JSON_BYTES = 4 * 1024 * 1024;

/** What one answer or event may bring, since what is large of it is stored by itself. */
export const LARGEST_VALUE_BYTES = 16 * 1024 * 1024;

/**
 * The JSON text of a value that a `json` or `jsonb` column will take.
 *
 * @returns the text, or a failure `json.not-storable` that says why: NUL character, half a surrogate pair, too large, too deep, circular
 */
export function storableJson(value: unknown, maxBytes = STORABLE_JSON_BYTES): Result<string, Failure> {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    return refused(
      error instanceof RangeError
        ? 'it is nested too deeply'
        : 'it refers to itself or holds a value that JSON has no form for',
    );
  }
  if (text === undefined) return refused('it is not a JSON value');
  return storableText(text, maxBytes);
}

/** The same of a text that `JSON.stringify` has made. */
export function storableText(text: string, maxBytes = STORABLE_JSON_BYTES): Result<string, Failure> {
  if (text.length > maxBytes || Buffer.byteLength(text) > maxBytes)
    return refused(`it is larger than ${maxBytes} bytes`);
  const escape = unstorableEscape(text);
  if (escape !== null)
    return refused(
      escape === '\\u0000' ? 'a text in it holds a NUL character' : 'a text in it holds half of a surrogate pair',
    );
  return ok(text);
}

/** `JSON.stringify` writes NUL and lone surrogates, and hardly anything else, as `\u` escapes. */
function unstorableEscape(text: string): string | null {
  if (!text.includes('\\u')) return null;
  for (const [token] of text.matchAll(/\\(?:u[0-9a-f]{4}|.)/g)) {
    if (token === '\\u0000' || token.startsWith('\\ud')) return token;
  }
  return null;
}

function refused(reason: string): Result<never, Failure> {
  return err(
    failure(
      'user',
      'json.not-storable',
      `This value cannot be stored: ${reason}. Change the step or sender that produces it.`,
    ),
  );
}
