import type { Json } from '../../kernel/index.js';
import type { CesqlEvent } from '../cesql/index.js';

/** An event as filters see it. */
export interface SeenEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string | null;
  /** RFC 3339. */
  readonly time: string;
  readonly data: Json;
  readonly headers: Readonly<Record<string, string>>;
}

/** Headers that hold the attributes of a CloudEvent that have no place of their own. */
export const ATTRIBUTE_HEADER = 'ce-';

const OWN: ReadonlySet<string> = new Set(['specversion', 'id', 'source', 'type', 'subject', 'time', 'data']);

/** The attributes that CESQL knows: those of CloudEvents, and extensions. `data` and other headers are none. */
export function cesqlAttributes({ id, source, type, subject, time, headers }: SeenEvent): CesqlEvent {
  const extensions = Object.entries(headers)
    .filter(([name]) => name.startsWith(ATTRIBUTE_HEADER))
    .map(([name, value]) => [name.slice(ATTRIBUTE_HEADER.length), value] as const)
    .filter(([name]) => !OWN.has(name));
  const own = { specversion: '1.0', id, source, type, time, ...(subject === null ? {} : { subject }) };
  return { ...Object.fromEntries(extensions), ...own };
}
