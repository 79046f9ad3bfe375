/** The whole installation in a few numbers, for whoever watches it. Counts stop at 100,000, so that asking stays cheap. */
import type { Queryable } from '../db/index.js';

export interface BacklogFigures {
  /** Runs that could be claimed now. */
  readonly due: number;
  /** Runs that could be claimed but for a pause. */
  readonly paused: number;
  /** Runs in the hands of a worker. */
  readonly owned: number;
  /** Runs that a timer will wake. */
  readonly timer: number;
  /** For how long the due run that waits longest has been due, in seconds. */
  readonly oldestAgeSeconds: number;
  readonly openIncidents: number;
  readonly openDeadLetters: number;
  readonly workers: number;
}

const MOST_COUNTED = 100_000;

const FIGURES = `
  WITH standing AS (
    SELECT f.id FROM workflow f WHERE f.paused_at IS NOT NULL
    UNION SELECT f.id FROM workflow f JOIN workspace w ON w.id = f.workspace_id WHERE w.paused_at IS NOT NULL
  ), due AS (
    SELECT runnable_at, workflow_id IN (SELECT id FROM standing) AS stands
    FROM run WHERE owner IS NULL AND runnable_at <= now() LIMIT ${String(MOST_COUNTED)}
  )
  SELECT
    (SELECT count(*) FROM due WHERE NOT stands)::int AS due,
    (SELECT count(*) FROM due WHERE stands)::int AS paused,
    (SELECT count(*) FROM (SELECT FROM run WHERE owner IS NOT NULL LIMIT ${String(MOST_COUNTED)}) o)::int AS owned,
    (SELECT count(*) FROM (
      SELECT FROM run WHERE owner IS NULL AND runnable_at > now() LIMIT ${String(MOST_COUNTED)}
    ) t)::int AS timer,
    coalesce((SELECT extract(epoch FROM now() - min(runnable_at)) FROM due WHERE NOT stands), 0)::float8 AS "oldestAgeSeconds",
    (SELECT count(*) FROM (SELECT FROM incident WHERE resolved_at IS NULL LIMIT ${String(MOST_COUNTED)}) i)::int AS "openIncidents",
    (SELECT count(*) FROM (
      SELECT FROM dead_letter WHERE status = 'open' LIMIT ${String(MOST_COUNTED)}
    ) l)::int AS "openDeadLetters",
    (SELECT count(*) FROM worker WHERE lease_until > now())::int AS workers`;

export async function backlogFigures(sql: Queryable): Promise<BacklogFigures> {
  const { rows } = await sql.query<{ [K in keyof BacklogFigures]: BacklogFigures[K] }>(FIGURES);
  const [row] = rows;
  if (row === undefined) throw new Error('The database gave no figures; this is a bug.');
  return row;
}
