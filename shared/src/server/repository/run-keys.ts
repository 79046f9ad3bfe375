/**
 * What a run is found by: the subject of its event; of its data each text or number under a name that is or ends in id, key,
 * number, reference or ref (orderId, order_id, "invoice-number"); and the id of each object in the data (order.id).
 *
 * Worked out here and not in the database: half of the time of the statement that stores events went into it.
 */
import type { Json, JsonObject } from '../../kernel/index.js';

export interface KeyedEvent {
  readonly subject: string | null;
  readonly data: Json;
}

const MOST_KEYS = 8;
/** In characters, as a search cuts what it is asked for. */
const KEY_LENGTH = 200;

const NAMES = /(^|[_-])(id|key|number|reference|ref)$/i;
const CAMEL_NAMES = /[a-z0-9](Id|ID|Key|Number|Reference|Ref)$/;

/** In the order of their use: subject, then fields, then ids of objects; at most {@link MOST_KEYS}, none twice. */
export function runKeys({ subject, data }: KeyedEvent): string[] {
  const keys = new Set<string>();
  const note = (value: Json | undefined): void => {
    if (keys.size >= MOST_KEYS || (typeof value !== 'string' && typeof value !== 'number')) return;
    const key = cut(String(value));
    if (key !== '') keys.add(key);
  };
  note(subject);
  if (!isObject(data)) return [...keys];
  for (const [name, value] of Object.entries(data)) if (NAMES.test(name) || CAMEL_NAMES.test(name)) note(value);
  for (const value of Object.values(data)) if (isObject(value)) note(value.id);
  return [...keys];
}

/** As a column takes them; null for none. */
export function keysJson(keys: readonly string[]): string | null {
  return keys.length === 0 ? null : JSON.stringify(keys);
}

/** By code points, as PostgreSQL's left() counts. */
function cut(text: string): string {
  return text.length <= KEY_LENGTH
    ? text
    : Array.from(text.slice(0, 2 * KEY_LENGTH))
        .slice(0, KEY_LENGTH)
        .join('');
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
