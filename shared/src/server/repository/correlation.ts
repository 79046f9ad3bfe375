/**
 * What a correlation compares, in this process: the same texts as the database's `event_value` makes of equal values.
 */
import { createHash } from 'node:crypto';
import { isJsonObject } from '../../kernel/index.js';
import type { Json } from '../../kernel/index.js';
import type { SeenEvent } from '../../event/filter/index.js';

/** Values that are longer are compared by their hash. */
const LONGEST = 200;

export function correlationText(value: Json): string {
  const text = JSON.stringify(value);
  return [...text].length > LONGEST ? createHash('md5').update(text).digest('hex') : text;
}

/** @returns null where the event has nothing at the path, which fits no wait */
export function correlatedText(path: string, event: SeenEvent): string | null {
  if (path === '') return '';
  const value = valueAt(path, event);
  return value === undefined ? null : correlationText(value);
}

function valueAt(path: string, { id, source, type, subject, data, headers }: SeenEvent): Json | undefined {
  if (path === 'data') return data;
  if (path.startsWith('data.')) return path.slice('data.'.length).split('.').reduce(member, data);
  if (path.startsWith('headers.')) return member({ ...headers }, path.slice('headers.'.length));
  const attributes = new Map<string, Json>([
    ['id', id],
    ['source', source],
    ['type', type],
  ]);
  if (path === 'subject') return subject ?? undefined;
  return attributes.get(path);
}

function member(value: Json | undefined, name: string): Json | undefined {
  if (Array.isArray(value)) return /^-?\d+$/.test(name) ? (value as readonly Json[]).at(Number(name)) : undefined;
  return isJsonObject(value ?? null) && Object.hasOwn(value as object, name)
    ? (value as Readonly<Record<string, Json>>)[name]
    : undefined;
}
