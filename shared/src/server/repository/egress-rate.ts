/**
 * Rate limits of destinations, kept by all workers together (I13).
 *
 * A call takes an instant from the ledger before it is made: the instant lies one window after the call that is `limit` calls
 * back. An instant is taken for good; if its worker dies, a call less is made, never one more.
 */
import type { Queryable } from '../db/index.js';

export interface CallRate {
  readonly limit: number;
  readonly perMs: number;
}

/**
 * @param withinMs an instant that comes later is no use to the caller: it is not taken, and stays for others
 * @returns in how many milliseconds the call may be made; null = not within that time
 */
export async function takeCallInstant(
  sql: Queryable,
  destination: string,
  rate: CallRate,
  withinMs: number,
): Promise<number | null> {
  const { rows } = await sql.query<{ waitMs: number }>({
    name: 'egress-rate-take',
    text: `
      INSERT INTO egress_rate AS r (destination, starts) VALUES ($1, ARRAY[clock_timestamp()])
      ON CONFLICT (destination) DO UPDATE SET starts = (
        SELECT x.starts[greatest(1, cardinality(x.starts) - $2::int + 1):]
        FROM (SELECT r.starts || greatest(
          clock_timestamp(),
          CASE WHEN cardinality(r.starts) >= $2::int
            THEN r.starts[cardinality(r.starts) - $2::int + 1] + $3::float8 * interval '1 millisecond' END
        )) AS x (starts)
      )
      WHERE cardinality(r.starts) < $2::int
        OR r.starts[cardinality(r.starts) - $2::int + 1] + ($3::float8 - $4::float8) * interval '1 millisecond' <= clock_timestamp()
      RETURNING (extract(epoch FROM starts[cardinality(starts)] - clock_timestamp()) * 1000)::float8 AS "waitMs"`,
    values: [destination, rate.limit, rate.perMs, withinMs],
  });
  return rows[0] === undefined ? null : Math.max(0, rows[0].waitMs);
}
