/** The data of an event, from the bytes that carry it and what they are said to be. */
import type { Json } from '@sagawright/shared/kernel';
import { assertSafeJson, decodeText, parseJsonBody } from '../door/json-body.js';
import { isMediaType } from '../door/media-type.js';
import { parseForm } from '../hooks/webhooks.js';

/**
 * JSON and forms are read, text is kept as text; all else as base64, as are texts in another encoding than UTF-8.
 *
 * @throws Refusal `body.malformed` when JSON, a form or text is not what it says
 */
export function readData(bytes: Buffer, contentType: string): Json {
  if (bytes.length === 0) return null;
  if (contentType === '' || isMediaType(contentType, 'application/json')) return parseJsonBody(bytes);
  if (isMediaType(contentType, 'application/x-www-form-urlencoded')) return safe(parseForm(decodeText(bytes)));
  const [type = ''] = contentType.split(';');
  const isText = /^\s*text\//i.test(type) && isMediaType(contentType, type.trim().toLowerCase());
  return isText ? safe(decodeText(bytes)) : bytes.toString('base64');
}

function safe(value: Json): Json {
  assertSafeJson(value);
  return value;
}
