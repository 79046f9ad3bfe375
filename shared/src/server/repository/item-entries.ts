/** A piece of a journal: what one item of a loop has done. */
import type { Entry } from '../../saga/index.js';
import type { Queryable } from '../db/index.js';
import { resolveBodies } from './payload.js';

/** An item's path ends in a bracket, so that everything inside it goes on with a slash. */
const ENTRIES = `
  SELECT seq, (extract(epoch FROM at) * 1000)::float8 AS at, type, body, payloads
  FROM journal
  WHERE run_id = $1 AND seq > $2 AND seq <= $3 AND (body->>'path' = $4 OR starts_with(body->>'path', $4 || '/'))
  ORDER BY seq`;

/**
 * The entries at a path and inside it, oldest first, with their large values.
 *
 * @param path of an item of a loop (saga/paths.ts)
 * @param after position behind which to look
 * @param last position up to which to look
 * @throws when a large value is missing
 */
export async function readItemEntries(
  sql: Queryable,
  runId: string,
  path: string,
  after: number,
  last: number,
): Promise<Entry[]> {
  const { rows } = await sql.query<{ seq: number; at: number; type: string; body: object; payloads: string[] | null }>({
    name: 'journal-of-item',
    text: ENTRIES,
    values: [runId, after, last, path],
  });
  const bodies = await resolveBodies(sql, rows);
  return rows.map(({ seq, at, type }, index) => {
    const body = bodies[index] ?? null;
    if (body === null) throw new Error(`A value of entry ${seq} of run ${runId} is missing.`);
    return { ...body, seq, at, type } as Entry;
  });
}
