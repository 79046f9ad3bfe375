/**
 * JSONata's sequences: arrays with marks. A path yields a sequence; a sequence of one item stands for the item and an empty
 * one for nothing, which an array in the data never does. The marks carry the names that JSONata's own functions look for.
 */
export interface MarkedArray extends Array<unknown> {
  sequence?: boolean;
  /** A sequence of one item stays a list: the author wrote `[]`. */
  keepSingleton?: boolean;
  /** An array that the author constructed as a step of a path: the path does not take it apart. */
  cons?: boolean;
  /** The one item is the whole input, which is itself an array. */
  outerWrapper?: boolean;
}

export function createSequence(...items: readonly unknown[]): MarkedArray {
  const sequence = [...items] as MarkedArray;
  sequence.sequence = true;
  return sequence;
}

export function isArray(value: unknown): value is MarkedArray {
  return Array.isArray(value);
}

export function isSequence(value: MarkedArray): boolean {
  return value.sequence === true;
}

/** What a node yields when all is said: short sequences become their item or nothing. */
export function settle(value: unknown): unknown {
  if (!isArray(value) || value.sequence !== true || value.length > 1) return value;
  if (value.length === 0) return undefined;
  return value.keepSingleton === true ? value : value[0];
}

/** As {@link settle}, for a node that the author marked with `[]`. */
export function settleKeeping(value: unknown): unknown {
  if (isArray(value) && value.sequence === true) value.keepSingleton = true;
  return settle(value);
}
