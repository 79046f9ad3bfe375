/** A piece of a journal: what some items of a loop have done. */
import { sortedByItem } from '../../saga/index.js';
import type { Entry, ForgottenItem } from '../../saga/index.js';
import type { Queryable } from '../db/index.js';
import { resolveBodies } from './payload.js';

/** An item's path is the loop's with its index in brackets; what lies in the item goes on behind them. */
const ENTRIES = `
  SELECT seq, (extract(epoch FROM at) * 1000)::float8 AS at, type, body, payloads
  FROM journal
  WHERE run_id = $1 AND seq > $2 AND seq <= $3 AND starts_with(body->>'path', $4 || '[')
    AND split_part(substr(body->>'path', length($4) + 2), ']', 1) = ANY($5::text[])
  ORDER BY seq`;

/**
 * The entries of items of a loop, of each item oldest first, with their large values; in one query.
 *
 * @param loop path of the loop as a whole (saga/paths.ts)
 * @throws when a large value is missing
 */
export async function readItemEntries(
  sql: Queryable,
  runId: string,
  loop: string,
  items: readonly ForgottenItem[],
): Promise<Entry[][]> {
  const first = Math.min(...items.map((item) => item.first));
  const last = Math.max(...items.map((item) => item.last));
  const { rows } = await sql.query<{ seq: number; at: number; type: string; body: object; payloads: string[] | null }>({
    name: 'journal-of-items',
    text: ENTRIES,
    values: [runId, first, last, loop, items.map(({ index }) => String(index))],
  });
  const bodies = await resolveBodies(sql, rows);
  const entries = rows.map(({ seq, at, type }, index) => {
    const body = bodies[index] ?? null;
    if (body === null) throw new Error(`A value of entry ${seq} of run ${runId} is missing.`);
    return { ...body, seq, at, type } as Entry;
  });
  return sortedByItem(entries, loop, items);
}
