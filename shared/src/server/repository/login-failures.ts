/** Failed logins, counted for all backends together. Keys are hashed: the table tells nobody who tried what. */
import type { Queryable } from '../db/index.js';
import { sha256 } from '../ids.js';

/** @returns milliseconds until the key may try again, 0 when it may now */
export async function loginWaitMs(sql: Queryable, key: string, limit: number): Promise<number> {
  const { rows } = await sql.query<{ wait: number }>(
    `SELECT extract(epoch FROM until - now())::float8 * 1000 AS wait FROM login_failure
     WHERE key = $1 AND count >= $2 AND until > now()`,
    [sha256(key), limit],
  );
  return Math.ceil(rows[0]?.wait ?? 0);
}

/** Counts one more failure; the first one opens a window of `windowMs`. Windows that have closed are swept out. */
export async function countLoginFailure(sql: Queryable, key: string, windowMs: number): Promise<void> {
  await sql.query('DELETE FROM login_failure WHERE until <= now()');
  await sql.query(
    `INSERT INTO login_failure AS f (key, count, until) VALUES ($1, 1, now() + make_interval(secs => $2::float8 / 1000))
     ON CONFLICT (key) DO UPDATE SET count = f.count + 1`,
    [sha256(key), windowMs],
  );
}

export async function forgetLoginFailures(sql: Queryable, key: string): Promise<void> {
  await sql.query('DELETE FROM login_failure WHERE key = $1', [sha256(key)]);
}
