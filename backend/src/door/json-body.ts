/**
 * Bytes from outside to a JSON value that is safe to keep and to walk.
 *
 * 1. Malformed input is refused with a sentence that says what is wrong; nothing here throws anything but a Refusal.
 * 2. What is accepted can be stored: no NUL, no lone surrogate, no number outside the range of a double.
 * 3. What is accepted cannot poison a prototype, and is bounded in depth and number of keys and values. Values are counted
 *    before they are read: millions of empty lists take megabytes to send, and a hundred times that to hold.
 *
 * Integers beyond 2^53 lose digits as in every JavaScript parser; the raw bytes of events are kept beside the value.
 */
import type { Json } from '@sagawright/shared/kernel';
import { Refusal } from '../refusal.js';

const MAX_DEPTH = 64;
const MAX_KEYS = 10_000;
const MAX_VALUES = 500_000;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws Refusal `body.malformed` */
export function parseJsonBody(bytes: Uint8Array, maxKeys = MAX_KEYS): Json {
  const text = decodeText(bytes);
  if (bytes.length > MAX_VALUES) assertFewValues(bytes);
  const value = parse(text);
  assertSafeJson(value, maxKeys);
  return value;
}

/** @throws Refusal `body.malformed` when the bytes are not UTF-8; a byte order mark is dropped */
export function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw malformed('The body is not valid UTF-8; send JSON encoded as UTF-8.', cause);
  }
}

/** Each value but the first has a comma or a bracket of its own before it. */
function assertFewValues(bytes: Uint8Array): void {
  let values = 1;
  let isText = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (isText && byte === BACKSLASH) at += 1;
    else if (byte === QUOTE) isText = !isText;
    else if (!isText && (byte === COMMA || byte === BRACKET || byte === BRACE) && ++values > MAX_VALUES) {
      throw malformed(`The body has more than ${MAX_VALUES} values; send less at once.`);
    }
  }
}

const [QUOTE, BACKSLASH, COMMA, BRACKET, BRACE] = Buffer.from('"\\,[{');

function parse(text: string): Json {
  if (text.trim() === '') throw malformed('The body is empty; send a JSON value.');
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw malformed(`The body is not valid JSON: ${(cause as SyntaxError).message}`, cause);
  }
}

/** @throws Refusal `body.malformed` when a value cannot be kept or walked safely */
export function assertSafeJson(root: Json, maxKeys = MAX_KEYS): void {
  let keys = 0;
  // As deep as the value may be, so that a list of millions costs no memory of its own.
  const walk = (value: Json, depth: number): void => {
    if (typeof value === 'string') return checkText(value);
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw malformed('The body holds a number outside the range of a double; send it as a string.');
    }
    if (typeof value !== 'object' || value === null) return;
    if (depth > MAX_DEPTH) throw malformed(`The body is nested deeper than ${MAX_DEPTH} levels; flatten it.`);
    if (Array.isArray(value)) {
      for (const item of value as readonly Json[]) walk(item, depth + 1);
      return;
    }
    for (const [key, inner] of Object.entries(value)) {
      if (++keys > maxKeys) throw malformed(`The body has more than ${maxKeys} keys; send less at once.`);
      checkText(key);
      if (key === '__proto__' || (key === 'constructor' && isObjectWith(inner, 'prototype'))) {
        throw malformed(`The body has the key "${key}", which is not accepted; rename it.`);
      }
      walk(inner, depth + 1);
    }
  };
  walk(root, 1);
}

function checkText(text: string): void {
  if (text.includes('\0')) throw malformed('The body holds the character U+0000, which cannot be stored; remove it.');
  if (/\p{Surrogate}/u.test(text)) throw malformed('The body holds half of a surrogate pair; send whole characters.');
}

function isObjectWith(value: Json, key: string): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key);
}

function malformed(detail: string, cause?: unknown): Refusal {
  return new Refusal('body.malformed', detail, {}, { cause });
}
