/** What a new schema does to those who read events: fields that it removes, makes optional, or gives other types. */
import type { Json } from '../../kernel/index.js';
import { fieldIn } from './field.js';
import type { Field } from './field.js';
import type { EventRead } from './workflow-reads.js';

export interface ReadProblem {
  readonly node: string;
  readonly name: string;
  /** As expressions write it, from the data down: `order.total`. */
  readonly path: string;
  readonly change: 'removed' | 'not-named' | 'optional' | 'type';
  /** What happens to the field, to be put behind "step X reads order.total, which ...". */
  readonly message: string;
}

/** @param before the version that is in force; null for a first one */
export function readProblems(reads: readonly EventRead[], next: Json, before: Json | null): ReadProblem[] {
  return reads.flatMap(({ node, name, path }): ReadProblem[] => {
    const found = changeOf(fieldIn(next, path), before === null ? null : fieldIn(before, path));
    return found === null ? [] : [{ node, name, path: path.join('.'), ...found }];
  });
}

function changeOf(next: Field, before: Field | null): Pick<ReadProblem, 'change' | 'message'> | null {
  if (next.presence === 'absent') {
    // It was nowhere before either: whoever published then knew it.
    if (before?.presence === 'absent') return null;
    return before === null
      ? { change: 'not-named', message: 'the schema does not name' }
      : { change: 'removed', message: 'the new schema removes' };
  }
  if (before === null || before.presence === 'absent') return null;
  if (before.presence === 'required' && next.presence === 'optional') {
    return { change: 'optional', message: 'the new schema makes optional' };
  }
  const added = [...next.types].filter((type) => !before.types.has(type));
  if (added.length === 0) return null;
  return { change: 'type', message: `in the new schema may also be ${listed(added)}` };
}

function listed(types: readonly string[]): string {
  return types.map((type) => (type === 'fraction' ? 'a fraction' : type)).join(' or ');
}
