/**
 * Waits for events: those that came before the wait was opened (S31), and what a run waits for, for views.
 *
 * An event that is stored while a wait is open is matched in the transaction that stores it (`match_events` in migration
 * 0002). This file looks behind: after a wait is committed, for events recorded since its `since`. Both may find the same
 * event; the run's owner uses it once, since the wait is over then.
 */
import { passesFilter } from '../../event/filter/index.js';
import type { EventFilter, SeenEvent } from '../../event/filter/index.js';
import type { Queryable } from '../db/index.js';
import { CALL_EVENT } from './children.js';
import type { Woken } from './run-signal.js';

/** So many waits are looked after at a time. */
const WAITS_AT_ONCE = 200;
/** Of the workspace's events of the type since then, the latest so many are looked through for one wait. */
const LOOK_BACK = 50_000;
/** "WAIT" in ASCII; the same number as in `match_events`. */
const WAIT_LOCK = 1463896404;

interface UnlookedWait {
  readonly runId: string;
  readonly instance: string;
  readonly arm: string;
  readonly seq: number;
  readonly workspaceId: string;
  readonly filter: EventFilter | null;
}

/**
 * Looks for early events of waits that were opened since the last look, and signals their runs. Any number of processes
 * may do so at once. Call it after commits that opened waits, and now and then for those whose opener has died since.
 *
 * Why no event is missed: see `match_events`. The waits read here are committed; then each workspace's lock is taken in its
 * exclusive form for a moment, after which every event either is committed, and seen by the query that follows, or will be
 * matched with these waits in sight.
 *
 * @returns the runs reached
 */
export async function lookForEarlyEvents(sql: Queryable): Promise<Woken[]> {
  const woken: Woken[] = [];
  for (;;) {
    const { rows: waits } = await sql.query<{ [K in keyof UnlookedWait]: UnlookedWait[K] }>({
      name: 'waits-unlooked',
      text: `SELECT run_id AS "runId", instance, arm, seq, workspace_id AS "workspaceId", filter
             FROM wait WHERE NOT looked LIMIT ${WAITS_AT_ONCE}`,
      values: [],
    });
    if (waits.length === 0) return woken;
    // One at a time: who held two of these locks could wait for somebody who waits for it.
    for (const workspace of new Set(waits.map(({ workspaceId }) => workspaceId))) {
      await sql.query({
        name: 'waits-barrier',
        text: `SELECT pg_advisory_xact_lock(${WAIT_LOCK}, hashtext($1::uuid::text))`,
        values: [workspace],
      });
    }
    woken.push(...(await looked(sql, waits, await firstFitting(sql, waits))));
    if (waits.length < WAITS_AT_ONCE) return woken;
  }
}

/** Per wait the position of the earliest event that it would have taken; null = none. */
async function firstFitting(sql: Queryable, waits: readonly UnlookedWait[]): Promise<(number | null)[]> {
  const { rows } = await sql.query<{ ord: number; position: number; event: SeenEvent | null }>({
    name: 'waits-early',
    text: `
      SELECT i.ord::int AS ord, (c.e).position, CASE WHEN w.filter IS NOT NULL THEN json_build_object(
        'id', (c.e).event_id, 'source', (c.e).source, 'type', (c.e).type, 'subject', (c.e).subject, 'time', (c.e).time,
        'data', (c.e).data, 'headers', (c.e).headers
      ) END AS event
      FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[]) WITH ORDINALITY AS i (run, instance, arm, seq, ord)
      JOIN wait w ON w.run_id = i.run AND w.instance = i.instance AND w.arm = i.arm AND w.seq = i.seq
      CROSS JOIN LATERAL (
        SELECT b.e FROM (
          (SELECT e FROM event e
           WHERE w.type <> '*' AND e.workspace_id = w.workspace_id AND e.type = w.type AND e.recorded_at >= w.since
           ORDER BY e.recorded_at DESC LIMIT ${LOOK_BACK})
          UNION ALL
          (SELECT e FROM event e
           WHERE w.type = '*' AND e.workspace_id = w.workspace_id AND e.recorded_at >= w.since
           ORDER BY e.recorded_at DESC LIMIT ${LOOK_BACK})
        ) b
        WHERE (b.e).type <> '${CALL_EVENT}' AND event_value(w.path, b.e) = w.value
          AND NOT ((b.e).source || ' ' || (b.e).event_id) = ANY(w.taken)
        ORDER BY (b.e).position LIMIT CASE WHEN w.filter IS NULL THEN 1 ELSE 1000 END
      ) c
      ORDER BY i.ord, (c.e).position`,
    values: [
      waits.map(({ runId }) => runId),
      waits.map(({ instance }) => instance),
      waits.map(({ arm }) => arm),
      waits.map(({ seq }) => seq),
    ],
  });
  const found = waits.map((): number | null => null);
  for (const { ord, position, event } of rows) {
    const filter = waits[ord - 1]?.filter ?? null;
    if (found[ord - 1] === null && (event === null || passesFilter(filter, event))) found[ord - 1] = position;
  }
  return found;
}

async function looked(
  sql: Queryable,
  waits: readonly UnlookedWait[],
  positions: readonly (number | null)[],
): Promise<Woken[]> {
  const { rows } = await sql.query<{ [K in keyof Woken]: Woken[K] }>({
    name: 'waits-looked',
    text: `
      WITH input AS (
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::bigint[]) AS i (run, instance, arm, seq, position)
      ), locked AS MATERIALIZED (
        /* Runs before waits, as commits do. */
        SELECT r.id FROM run r WHERE r.id IN (SELECT run FROM input) ORDER BY r.id FOR UPDATE
      ), seen AS (
        UPDATE wait w SET looked = true FROM input i JOIN locked l ON l.id = i.run
        WHERE w.run_id = i.run AND w.instance = i.instance AND w.arm = i.arm AND w.seq = i.seq AND NOT w.looked
        RETURNING i.run, i.position, json_build_object('type', 'event.arrived', 'instance', i.instance, 'arm', i.arm) AS body
      ), hit AS (
        SELECT array_agg(run ORDER BY position) AS runs, array_agg(body ORDER BY position) AS bodies,
          array_agg(position ORDER BY position) AS positions
        FROM seen WHERE position IS NOT NULL
      )
      SELECT s.run_id AS "runId", s.shard, s.owned
      FROM hit CROSS JOIN LATERAL send_signals(hit.runs, hit.bodies, hit.positions) s WHERE hit.runs IS NOT NULL`,
    values: [
      waits.map(({ runId }) => runId),
      waits.map(({ instance }) => instance),
      waits.map(({ arm }) => arm),
      waits.map(({ seq }) => seq),
      positions,
    ],
  });
  return rows;
}
