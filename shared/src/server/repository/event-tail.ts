/**
 * What was stored lately, for live tails. Positions are given before commits, so what is stored later may have a lower one:
 * whoever reads on looks again at the moments that a transaction under way may still belong to.
 */
import type { Json } from '../../kernel/index.js';
import type { Queryable } from '../db/index.js';

export interface TailedRow {
  readonly position: number;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string | null;
  readonly time: Date;
  readonly recordedAt: Date;
  readonly contentType: string;
  readonly bytes: number;
  readonly data: Json;
  readonly headers: Readonly<Record<string, string>>;
}

/** Of one reading, so that large events come a few at a time; the first comes whatever its size. */
const MOST_BYTES = 8 * 1024 * 1024;

const COLUMNS = `
  position, event_id AS id, source, type, subject, time, recorded_at AS "recordedAt", content_type AS "contentType",
  octet_length(raw) AS bytes, data, headers`;

/** Positions of a workspace's events that were recorded at an instant (null = so long ago) or later, in their order. */
export async function positionsSince(
  sql: Queryable,
  workspaceId: string,
  since: Date | null,
  agoMs: number,
  most: number,
): Promise<{ position: number; recordedAt: Date }[]> {
  const { rows } = await sql.query<{ position: number; recordedAt: Date }>({
    name: 'tail-positions',
    text: `SELECT position, recorded_at AS "recordedAt" FROM event WHERE workspace_id = $1
        AND recorded_at >= coalesce($2, now() - $3 * interval '1 millisecond')
      ORDER BY recorded_at DESC, position DESC LIMIT $4`,
    values: [workspaceId, since, agoMs, most],
  });
  return rows.reverse();
}

/**
 * Positions before one that belong to events recorded so shortly before it that their transactions may have ended after it was
 * read, in their order.
 *
 * @param most of these, the latest
 */
export async function positionsShortlyBefore(
  sql: Queryable,
  workspaceId: string,
  position: number,
  ms: number,
  most: number,
): Promise<number[]> {
  const { rows } = await sql.query<{ position: number }>({
    name: 'tail-shortly-before',
    text: `SELECT position FROM event WHERE workspace_id = $1 AND position < $2 AND recorded_at >= (
        SELECT recorded_at FROM event WHERE workspace_id = $1 AND position <= $2 ORDER BY position DESC LIMIT 1
      ) - $3 * interval '1 millisecond'
      ORDER BY position DESC LIMIT $4`,
    values: [workspaceId, position, ms, most],
  });
  return rows.map((row) => row.position).reverse();
}

/** The first of these events, in the order of their positions: as many as are read at once, one at least if any is there. */
export async function eventsAt(
  sql: Queryable,
  workspaceId: string,
  positions: readonly number[],
): Promise<TailedRow[]> {
  if (positions.length === 0) return [];
  const { rows } = await sql.query<TailedRow>({
    name: 'tail-events',
    text: within(`WHERE workspace_id = $1 AND position = ANY($2::bigint[])`),
    values: [workspaceId, positions],
  });
  return rows;
}

/** The first events behind a position, in the order of their positions: none = there are no more. */
export async function eventsBehind(
  sql: Queryable,
  workspaceId: string,
  after: number,
  limit: number,
): Promise<TailedRow[]> {
  const { rows } = await sql.query<TailedRow>({
    name: 'tail-behind',
    text: within(`WHERE workspace_id = $1 AND position > $2 ORDER BY position LIMIT $3`),
    values: [workspaceId, after, limit],
  });
  return rows;
}

/** Sizes are known without reading what is large. */
function within(which: string): string {
  return `
    WITH sized AS (SELECT position, octet_length(raw) AS bytes FROM event ${which}),
    summed AS (SELECT position, sum(bytes) OVER (ORDER BY position) - bytes AS before FROM sized)
    SELECT ${COLUMNS} FROM event
    WHERE workspace_id = $1 AND position IN (SELECT position FROM summed WHERE before < ${MOST_BYTES})
    ORDER BY position`;
}
