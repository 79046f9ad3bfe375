/** Which fields a template takes its value from: the answer to "what does this depend on" and "who reads this field". */
import type { Json } from '../kernel/index.js';
import { templateReferences } from './references.js';

/** Names below a place; empty when the place is read as a whole. */
export type FieldNames = readonly string[];

export interface Lineage {
  /** Fields of the event: `['data', 'id']`. */
  readonly trigger: readonly FieldNames[];
  /** By step key, fields below it: `['output', 'id']`, `['status']`. */
  readonly steps: Readonly<Record<string, readonly FieldNames[]>>;
  /** Whether it reads `steps` itself, and so every step. */
  readonly readsAllSteps: boolean;
  /** By root, fields below any other root: `vars`, `item`, `error`, ... */
  readonly others: Readonly<Record<string, readonly FieldNames[]>>;
}

/**
 * A place that is read as a whole covers the fields below it, which are then not listed. What is read through the bare scope
 * (`$$`) or a wildcard at its top has no name and is not listed.
 */
export function templateLineage(template: Json): Lineage {
  const trigger: FieldNames[] = [];
  const steps = new Map<string, FieldNames[]>();
  const others = new Map<string, FieldNames[]>();
  let readsAllSteps = false;
  for (const { root, key, path } of templateReferences(template)) {
    const names = key === null ? [] : [key, ...path];
    if (root === 'trigger') trigger.push(names);
    else if (root !== 'steps') append(others, root, names);
    else if (key === null) readsAllSteps = true;
    else append(steps, key, path);
  }
  return {
    trigger: withoutCovered(trigger),
    steps: listed(steps),
    readsAllSteps,
    others: listed(others),
  };
}

function append(into: Map<string, FieldNames[]>, key: string, names: FieldNames): void {
  into.set(key, [...(into.get(key) ?? []), names]);
}

function listed(fields: ReadonlyMap<string, readonly FieldNames[]>): Record<string, readonly FieldNames[]> {
  return Object.fromEntries([...fields].map(([key, all]) => [key, withoutCovered(all)]));
}

/** Each place once, and none below another. */
function withoutCovered(all: readonly FieldNames[]): readonly FieldNames[] {
  return all.filter((names, at) =>
    all.every((other, otherAt) => {
      if (at === otherAt || other.length > names.length || !other.every((name, depth) => names[depth] === name))
        return true;
      return other.length === names.length && otherAt > at;
    }),
  );
}
