/** One field inside a node, by its path: reading it, and writing it without touching anything else. */

/** Keys and positions from a node down to one of its fields, like `['task', 'assignees', 0]`. */
export type FieldPath = readonly (string | number)[];

/** @returns undefined when there is nothing at the path */
export function getIn(target: unknown, path: FieldPath): unknown {
  let at = target;
  for (const part of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as Record<string | number, unknown>)[part];
  }
  return at;
}

/** A copy with the value at the path; everything beside the path is shared. `undefined` removes a field or an item. */
export function setIn(target: unknown, [head, ...rest]: FieldPath, value: unknown): unknown {
  if (head === undefined) return value;
  if (Array.isArray(target)) {
    const copy: unknown[] = [...target];
    const next = setIn(copy[Number(head)], rest, value);
    if (next === undefined) copy.splice(Number(head), 1);
    else copy[Number(head)] = next;
    return copy;
  }
  const fields = new Map<string, unknown>(typeof target === 'object' && target !== null ? Object.entries(target) : []);
  const next = setIn(fields.get(String(head)), rest, value);
  if (next === undefined) fields.delete(String(head));
  else fields.set(String(head), next);
  return Object.fromEntries(fields);
}
