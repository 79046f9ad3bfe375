// A filter says which events are meant: a content pattern (an object), or a CESQL expression (a text).
//
// 1. A filter that cannot be read lets nothing pass, and neither does one that meets an error: CESQL, section 1.2.
// 2. Reading is done once per filter, whoever asks: what a version says never changes.
import { z } from 'zod';
import { jsonObjectSchema } from '../../kernel/index.js';
import type { JsonObject } from '../../kernel/index.js';
import { CESQL_MAX_LENGTH, parseCesql, passesCesql } from '../cesql/index.js';
import type { CesqlExpression } from '../cesql/index.js';
import { matchesPattern, parsePattern } from '../pattern/index.js';
import type { EventPattern } from '../pattern/index.js';
import { cesqlAttributes } from './seen-event.js';
import type { SeenEvent } from './seen-event.js';

export const eventFilterSchema = z.union([jsonObjectSchema, z.string().min(1).max(CESQL_MAX_LENGTH)]);
/** A content pattern, or the text of a CESQL expression. */
export type EventFilter = JsonObject | string;

/** A filter that was read. */
export type ReadFilter =
  | { readonly language: 'pattern'; readonly pattern: EventPattern }
  | { readonly language: 'cesql'; readonly expression: CesqlExpression };

export interface FilterProblem {
  readonly message: string;
  /** Where: a path in the pattern, or `character 7` of the text; empty = the whole. */
  readonly where: string;
}

export type FilterReading =
  { readonly ok: true; readonly filter: ReadFilter } | { readonly ok: false; readonly problem: FilterProblem };

export function readFilter(filter: EventFilter): FilterReading {
  if (typeof filter === 'string') {
    const parsed = parseCesql(filter);
    if (parsed.ok) return { ok: true, filter: { language: 'cesql', expression: parsed.expression } };
    const { message, offset } = parsed.error;
    return { ok: false, problem: { message, where: offset === undefined ? '' : `character ${offset + 1}` } };
  }
  const parsed = parsePattern(filter);
  if (parsed.ok) return { ok: true, filter: { language: 'pattern', pattern: parsed.pattern } };
  const [problem] = parsed.problems;
  return { ok: false, problem: { message: problem?.message ?? 'Write another.', where: problem?.path ?? '' } };
}

const MOST_REMEMBERED = 5000;
/** By the filter's text. */
const remembered = new Map<string, ReadFilter | null>();

/** @returns null when it cannot be read */
export function rememberedFilter(filter: EventFilter): ReadFilter | null {
  const key = JSON.stringify(filter);
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const reading = readFilter(filter);
  const read = reading.ok ? reading.filter : null;
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  remembered.set(key, read);
  return read;
}

/** Whether an event passes; null lets everything pass. */
export function passesFilter(filter: EventFilter | null, event: SeenEvent): boolean {
  if (filter === null) return true;
  const read = rememberedFilter(filter);
  return read !== null && passesReadFilter(read, event);
}

export function passesReadFilter(filter: ReadFilter, event: SeenEvent): boolean {
  return filter.language === 'pattern'
    ? matchesPattern(filter.pattern, { ...event })
    : passesCesql(filter.expression, cesqlAttributes(event));
}
