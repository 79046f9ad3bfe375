/** The rows of the data picker: what can be read as a tree, folded or searched (E59). Pure. */
import { isJsonObject } from '@sagawright/shared/kernel';
import type { Json } from '@sagawright/shared/kernel';
import { brief, pathOf } from './references.js';
import type { DataSource } from './references.js';

export interface DataRow {
  readonly path: string;
  /** The last part of the path; of a source all of it. */
  readonly label: string;
  /** Name of the step, for the row of a source. */
  readonly source: string | null;
  readonly depth: number;
  readonly sample: string;
  readonly type: string;
  readonly certain: boolean;
  /** null: nothing lies under it. */
  readonly open: boolean | null;
}

/** Of a list this many items are offered. */
const ITEMS = 10;
/** More than anybody looks through. */
const MOST = 400;

/**
 * Open from the beginning is every source and, of an answer with a head, its body.
 *
 * @param query words to find in names or values; '' shows the tree as far as it is unfolded
 * @param unfolded paths that a person opened
 * @param folded paths that a person closed
 */
export function dataRows(
  sources: readonly DataSource[],
  query: string,
  unfolded: ReadonlySet<string>,
  folded: ReadonlySet<string>,
): DataRow[] {
  const wanted = query.trim().toLowerCase();
  const rows = sources.flatMap((source) => {
    const { keys, value, certain } = source;
    const walk = (at: readonly (string | number)[], now: Json | undefined, depth: number): DataRow[] => {
      const path = pathOf(at);
      const last = at[at.length - 1] ?? '';
      const children = childrenOf(now);
      const below = (): DataRow[] => children.flatMap(([key, child]) => walk([...at, key], child, depth + 1));
      const row = (open: boolean | null): DataRow => ({
        path,
        label: depth === 0 ? path : typeof last === 'number' ? `[${last}]` : last,
        source: depth === 0 ? source.source : null,
        depth,
        sample: isJsonObject(now) || Array.isArray(now) ? countOf(now) : brief(now),
        type: typeOf(now),
        certain,
        open,
      });
      if (wanted === '') {
        const open =
          children.length === 0
            ? null
            : (depth === 0 || path.endsWith('.output.body') || unfolded.has(path)) && !folded.has(path);
        return open === true ? [row(true), ...below()] : [row(open)];
      }
      const found = below();
      const own = `${path} ${depth === 0 ? source.source : ''} ${children.length === 0 ? brief(now) : ''}`;
      if (found.length > 0) return [row(true), ...found];
      return own.toLowerCase().includes(wanted) ? [row(children.length === 0 ? null : false)] : [];
    };
    return walk(keys, value, 0);
  });
  return rows.slice(0, MOST);
}

function childrenOf(value: Json | undefined): (readonly [string | number, Json])[] {
  if (value === undefined) return [];
  if (Array.isArray(value))
    return (value as readonly Json[]).slice(0, ITEMS).map((item, index) => [index, item] as const);
  return isJsonObject(value) ? Object.entries(value) : [];
}

function countOf(value: object): string {
  const count = Object.keys(value).length;
  if (Array.isArray(value)) return count === 1 ? '1 item' : `${count} items`;
  return count === 0 ? 'nothing known yet' : '';
}

export function typeOf(value: Json | undefined): string {
  if (value === undefined) return '';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'object') return 'object';
  return typeof value === 'string' ? 'text' : typeof value === 'boolean' ? 'yes/no' : 'number';
}
