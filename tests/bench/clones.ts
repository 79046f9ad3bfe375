/** Many runs like one: rows copied in the database, so that a million of them is a matter of a minute. */
import { until } from '@sagawright/shared/testing';
import type { Bench } from './bench.js';

export interface CloneTerms {
  readonly count: number;
  /** Made so many milliseconds apart, the first of them that long ago. */
  readonly everyMs: number;
  /** A text of the journal that becomes another one. */
  readonly replace?: readonly [from: string, to: string];
  /** When they are due, milliseconds since 1970; without it as the run they are copied from. */
  readonly dueAt?: number;
}

const BATCH = 50_000;

/**
 * Copies a run that nobody works on: its row, and the first and last `entries` of its journal. The copies have no events of their
 * own, as after the retention of events, and nothing beside the journal: only what waits for time, or for nothing, can be copied.
 */
export async function cloneRuns({ stage }: Bench, runId: string, terms: CloneTerms): Promise<void> {
  const { pool } = stage.db;
  const run = await columnsOf(stage, 'run');
  const journal = await columnsOf(stage, 'journal');
  const [from, to] = terms.replace ?? ['', ''];
  await pool.query(`CREATE UNLOGGED TABLE IF NOT EXISTS bench_clone (n int, id uuid)`);
  for (let begun = 0; begun < terms.count; begun += BATCH) {
    const until = Math.min(terms.count, begun + BATCH);
    await pool.query(
      `WITH gone AS (DELETE FROM bench_clone)
       INSERT INTO bench_clone SELECT n, uuidv7(n * $3::float8 * interval '-1 millisecond') FROM generate_series($1::int, $2::int) n`,
      [begun + 1, until, terms.everyMs],
    );
    await pool.query('DELETE FROM bench_clone WHERE n <= $1', [begun]);
    const values: Readonly<Record<string, string>> = {
      id: 'c.id',
      // Below every real position, and unequal among all copies.
      event_position: `-(SELECT count(*) FROM run WHERE event_position < 0) - c.n`,
      created_at: `r.created_at - c.n * $2::float8 * interval '1 millisecond'`,
      runnable_at: 'coalesce(to_timestamp($3::float8 / 1000), r.runnable_at)',
    };
    await pool.query(
      `INSERT INTO run (${run.join(', ')}) SELECT ${run.map((name) => values[name] ?? `r.${name}`).join(', ')}
       FROM run r CROSS JOIN bench_clone c WHERE r.id = $1`,
      [runId, terms.everyMs, terms.dueAt === undefined ? null : terms.dueAt],
    );
    const body = `replace(replace(j.body::text, $1::text, c.id::text), $2, $3)::json`;
    await pool.query(
      `INSERT INTO journal (${journal.join(', ')})
       SELECT ${journal.map((name) => ({ run_id: 'c.id', body })[name] ?? `j.${name}`).join(', ')}
       FROM journal j CROSS JOIN bench_clone c WHERE j.run_id = $1::uuid`,
      [runId, from, to],
    );
  }
  await pool.query('DROP TABLE bench_clone');
  await pool.query('VACUUM (ANALYZE) run, journal');
}

/** Waits until nobody works on a run. @returns its status */
export async function atRest({ stage }: Bench, runId: string, status: string): Promise<void> {
  const sql = 'SELECT FROM run WHERE id = $1 AND status = $2 AND owner IS NULL';
  await until(async () => (await stage.db.pool.query(sql, [runId, status])).rowCount === 1, 30_000);
}

/** Columns that an insert may give. */
async function columnsOf(stage: Bench['stage'], table: string): Promise<string[]> {
  const { rows } = await stage.db.pool.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity <> 'a' ORDER BY attnum`,
    [table],
  );
  return rows.map(({ name }) => name);
}
