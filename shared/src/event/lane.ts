import { isJsonObject } from '../kernel/index.js';
import type { Json } from '../kernel/index.js';
import type { SeenEvent } from './filter/index.js';

const LONGEST_KEY = 300;

/**
 * The value at a path of an event by which its runs are kept in order (S32).
 *
 * @param by `subject`, or a path like `data.order.id`; a number in it is a place in a list
 * @returns null where the event has no text, number or boolean there: such an event is in no order
 */
export function orderKey(by: string, event: SeenEvent): string | null {
  let value: Json | undefined = { ...event };
  for (const name of by.split('.')) {
    if (Array.isArray(value)) value = (value as readonly Json[])[Number(name)];
    else if (isJsonObject(value) && Object.hasOwn(value, name)) value = value[name];
    else return null;
    if (value === undefined) return null;
  }
  if (value === null || typeof value === 'object' || value === '') return null;
  // The end of a long key tells it apart as well as its beginning.
  const text = String(value);
  return text.length <= LONGEST_KEY ? text : `${text.slice(0, LONGEST_KEY / 2)}...${text.slice(-LONGEST_KEY / 2)}`;
}
