/**
 * The value of a `ce-` header as the text that its sender meant: first a quoted string is unquoted, then percent-encoding is
 * undone, once.
 *
 * 1. What decodes to bytes that are no UTF-8 is refused; overlong forms are none (`%C0%A0`).
 * 2. Bytes that came without percent-encoding count as they are, so that UTF-8 may also be sent bare.
 * 3. Nothing is repaired: a `%` that begins no pair of hexadecimal digits, or a quotation mark without its end, is refused.
 *
 * @see CloudEvents 1.0, HTTP protocol binding, section 3.1.3.2
 */
import { err, ok } from '../../kernel/index.js';
import type { Result } from '../../kernel/index.js';
import { fromUtf8 } from '../bytes.js';

/** @param value one character per byte, as HTTP libraries give headers @returns the text, or what is wrong with it */
export function decodeHeaderValue(value: string): Result<string, string> {
  const unquoted = unquote(value);
  if (unquoted === null) return err('has a quotation mark without its end');
  const bytes: number[] = [];
  for (let at = 0; at < unquoted.length; at += 1) {
    const byte = unquoted.charCodeAt(at);
    if (byte > 0xff) return err('holds a character that is no byte; percent-encode its UTF-8');
    if (byte !== 0x25) {
      bytes.push(byte);
      continue;
    }
    const digits = unquoted.slice(at + 1, at + 3);
    if (!/^[0-9A-Fa-f]{2}$/.test(digits)) return err('has a "%" without two hexadecimal digits; write it as "%25"');
    bytes.push(Number.parseInt(digits, 16));
    at += 2;
  }
  const text = fromUtf8(Uint8Array.from(bytes));
  return text === null ? err('is not UTF-8 when its percent-encoding is undone') : ok(text);
}

function unquote(value: string): string | null {
  if (!value.startsWith('"')) return value;
  const quoted = /^"((?:[^"\\]|\\.)*)"$/s.exec(value)?.[1];
  return quoted === undefined ? null : quoted.replace(/\\(.)/gs, '$1');
}
