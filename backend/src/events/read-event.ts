/** A sent event, plain or as a CloudEvent, becomes an event of our own. */
import type { SentEvent } from '@sagawright/shared/contracts';
import type { Json } from '@sagawright/shared/kernel';
import { sha256, uuidv7 } from '@sagawright/shared/server';
import type { IngestEvent } from '@sagawright/shared/server';
import { parseJsonBody } from '../door/json-body.js';
import { isMediaType } from '../door/media-type.js';

/** Who speaks when a plain event does not say. */
const PLAIN_SOURCE = '/events';
/** What is an attribute of every event, or its data; the others go to its headers. */
const OWN_PLACE: ReadonlySet<string> = new Set([
  'specversion',
  'id',
  'source',
  'type',
  'subject',
  'time',
  'data',
  'data_base64',
]);

/** What came, and how it is told apart from other content of the same id. */
export interface SentBytes {
  readonly raw: Buffer;
  readonly contentType: string;
  /** Hashed with the bytes: what was said of the event outside of them. */
  readonly beside?: string;
}

/**
 * @param now milliseconds since 1970
 * @throws Refusal `body.malformed` when `data_base64` should be JSON and is not
 */
export function readEvent(sent: SentEvent, { raw, contentType, beside = '' }: SentBytes, now: number): IngestEvent {
  const extra = Object.entries(sent).filter(([name, value]) => !OWN_PLACE.has(name) && value !== undefined);
  return {
    source: sent.source ?? PLAIN_SOURCE,
    eventId: sent.id ?? uuidv7(now),
    type: sent.type,
    subject: sent.subject ?? null,
    time: new Date(sent.time ?? now).toISOString(),
    contentHash: sha256(beside === '' ? raw : Buffer.concat([Buffer.from(`${beside}\n`), raw])),
    contentType,
    raw,
    data: dataOf(sent),
    // As the attributes would be named in the headers of a CloudEvent in binary mode.
    headers: Object.fromEntries(extra.map(([name, value]) => [`ce-${name}`, String(value)])),
    receipt: null,
  };
}

/** Bytes that are JSON are read; others stay in base64, as they came. */
function dataOf({ data, data_base64: bytes, datacontenttype: type }: SentEvent): Json {
  if (bytes === undefined) return data ?? null;
  return type === undefined || !isMediaType(type, 'application/json')
    ? bytes
    : parseJsonBody(Buffer.from(bytes, 'base64'));
}
