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
import { correlatedText } from './correlation.js';
import { isHeldSql } from './dead-letters.js';
import type { Woken } from './run-signal.js';
import { inKnownVersion } from './wait-casts.js';

/** So many waits are looked after at a time. */
const WAITS_AT_ONCE = 200;
/** Of the workspace's events of the type since then, the latest so many are looked through. */
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
  readonly type: string;
  readonly path: string;
  readonly value: string;
  readonly since: Date;
  readonly taken: readonly string[];
  /** Version of the type's schema that the run knows; null = it takes events as they come. */
  readonly version: number | null;
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
      text: `SELECT run_id AS "runId", instance, arm, seq, workspace_id AS "workspaceId", filter, type, path, value, since,
               taken, schema_version AS version
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
    woken.push(...(await looked(sql, waits, await earliestFitting(sql, waits))));
    if (waits.length < WAITS_AT_ONCE) return woken;
  }
}

/**
 * What correlations compare, as `event_value` has it. Written out, since a call of that function for each event costs thirty
 * times as much as all the rest.
 */
const VALUE = `CASE
  WHEN a.path = 'data' THEN e.data::text
  WHEN a.path LIKE 'data.%' THEN (e.data #> string_to_array(substr(a.path, 6), '.'))::text
  WHEN a.path LIKE 'headers.%' THEN (e.headers -> substr(a.path, 9))::text
  WHEN a.path = 'subject' THEN to_json(e.subject)::text
  WHEN a.path = 'id' THEN to_json(e.event_id)::text
  WHEN a.path = 'source' THEN to_json(e.source)::text
  WHEN a.path = 'type' THEN to_json(e.type)::text
END`;

/** Of a wait with a filter so many events are looked at. */
const FILTERED = 1000;

/**
 * Events are gone through once for all waits that compare the same place of the same type, however many these are; then
 * each wait finds its own by value. Waits that compare nothing take the first of the type.
 */
const EARLY = `
  WITH asked AS MATERIALIZED (
    SELECT i.ord::int AS ord, w.workspace_id, w.type, w.path, w.value, w.since, w.taken, w.schema_version AS version,
      CASE WHEN w.filter IS NULL THEN 1 ELSE ${FILTERED} END AS most
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[]) WITH ORDINALITY AS i (run, instance, arm, seq, ord)
    JOIN wait w ON w.run_id = i.run AND w.instance = i.instance AND w.arm = i.arm AND w.seq = i.seq
  ), place AS (
    SELECT workspace_id, type, path, min(since) AS since FROM asked WHERE path <> '' GROUP BY 1, 2, 3
  ), seen AS MATERIALIZED (
    SELECT a.workspace_id, a.type, a.path, e.position, e.recorded_at, e.source || ' ' || e.event_id AS name, v.text,
      (e.receipt #>> '{schema,version}')::integer AS version
    FROM place a
    CROSS JOIN LATERAL (
      (SELECT * FROM event x
       WHERE a.type <> '*' AND x.workspace_id = a.workspace_id AND x.type = a.type AND x.recorded_at >= a.since
       ORDER BY x.recorded_at DESC LIMIT ${LOOK_BACK})
      UNION ALL
      (SELECT * FROM event x
       WHERE a.type = '*' AND x.workspace_id = a.workspace_id AND x.recorded_at >= a.since
       ORDER BY x.recorded_at DESC LIMIT ${LOOK_BACK})
    ) e
    CROSS JOIN LATERAL (SELECT ${VALUE} AS text) v
    WHERE e.type <> '${CALL_EVENT}'
  ), hit AS (
    SELECT a.ord, a.most, s.position, row_number() OVER (PARTITION BY a.ord ORDER BY s.position) AS nth
    FROM asked a
    JOIN seen s ON s.workspace_id = a.workspace_id AND s.type = a.type AND s.path = a.path
      AND a.value = CASE WHEN length(s.text) > 200 THEN md5(s.text) ELSE s.text END
    WHERE s.recorded_at >= a.since AND NOT s.name = ANY(a.taken) AND NOT ${isHeldSql('s.position')}
      AND (a.version IS NULL OR s.version IS NULL OR s.version = a.version)
    UNION ALL
    SELECT a.ord, a.most, f.position, 1
    FROM asked a CROSS JOIN LATERAL (
      SELECT x.position FROM event x
      WHERE a.path = '' AND x.workspace_id = a.workspace_id AND (a.type = '*' OR x.type = a.type)
        AND x.recorded_at >= a.since AND x.type <> '${CALL_EVENT}' AND NOT (x.source || ' ' || x.event_id) = ANY(a.taken)
        AND NOT ${isHeldSql('x.position')}
        AND (a.version IS NULL OR coalesce((x.receipt #>> '{schema,version}')::integer, a.version) = a.version)
      ORDER BY x.recorded_at, x.position LIMIT a.most
    ) f
  )
  SELECT h.ord, h.position, CASE WHEN h.most > 1 THEN json_build_object(
    'id', e.event_id, 'source', e.source, 'type', e.type, 'subject', e.subject, 'time', e.time,
    'data', e.data, 'headers', e.headers
  ) END AS event
  FROM hit h LEFT JOIN event e ON h.most > 1 AND e.position = h.position
  WHERE h.nth <= h.most
  ORDER BY h.ord, h.position`;

/** Per wait the position of the earliest event that it would have taken; null = none. */
async function firstFitting(sql: Queryable, waits: readonly UnlookedWait[]): Promise<(number | null)[]> {
  const { rows } = await sql.query<{ ord: number; position: number; event: SeenEvent | null }>({
    name: 'waits-early',
    text: EARLY,
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

/** The same, and among events of other versions of the schema than the one that the wait knows, as they are cast. */
async function earliestFitting(sql: Queryable, waits: readonly UnlookedWait[]): Promise<(number | null)[]> {
  const found = await firstFitting(sql, waits);
  for (const group of groupsOf(waits)) {
    const events = await eventsOfOtherVersions(sql, group);
    for (const { position, recordedAt, name, from, event } of events) {
      const seen = await inKnownVersion(sql, group.workspaceId, event, from, group.version);
      if (seen === null) continue;
      const texts = new Map(group.paths.map((path) => [path, correlatedText(path, seen)]));
      for (const { wait, index } of group.waits) {
        const isEarlier =
          position < (found[index] ?? Infinity) && recordedAt >= wait.since && !wait.taken.includes(name);
        if (isEarlier && texts.get(wait.path) === wait.value && passesFilter(wait.filter, seen))
          found[index] = position;
      }
    }
  }
  return found;
}

interface WaitGroup {
  readonly workspaceId: string;
  readonly type: string;
  readonly version: number;
  readonly since: Date;
  readonly paths: readonly string[];
  /** With their places in the list of waits. */
  readonly waits: readonly { readonly wait: UnlookedWait; readonly index: number }[];
}

/** Waits of one type that know one version look at the same events. */
function groupsOf(all: readonly UnlookedWait[]): WaitGroup[] {
  const groups = new Map<string, { version: number; waits: { wait: UnlookedWait; index: number }[] }>();
  all.forEach((wait, index) => {
    const { version, workspaceId, type } = wait;
    if (version === null) return;
    const key = `${workspaceId} ${version} ${type}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { version, waits: [{ wait, index }] });
    else group.waits.push({ wait, index });
  });
  return [...groups.values()].flatMap(({ version, waits }) => {
    const [first] = waits;
    if (first === undefined) return [];
    const { workspaceId, type } = first.wait;
    const since = new Date(Math.min(...waits.map(({ wait }) => wait.since.getTime())));
    return [{ workspaceId, type, version, since, paths: [...new Set(waits.map(({ wait }) => wait.path))], waits }];
  });
}

interface OtherVersion {
  readonly position: number;
  readonly recordedAt: Date;
  readonly name: string;
  /** The version that it is of. */
  readonly from: number;
  readonly event: SeenEvent;
}

/** The latest of them, in the order of their positions. */
async function eventsOfOtherVersions(
  sql: Queryable,
  { workspaceId, type, version, since }: WaitGroup,
): Promise<OtherVersion[]> {
  const { rows } = await sql.query<{ [K in keyof OtherVersion]: OtherVersion[K] }>({
    name: 'waits-other-versions',
    text: `
      SELECT e.position, e.recorded_at AS "recordedAt", e.source || ' ' || e.event_id AS name,
        (e.receipt #>> '{schema,version}')::integer AS from, json_build_object(
          'id', e.event_id, 'source', e.source, 'type', e.type, 'subject', e.subject, 'time', e.time,
          'data', e.data, 'headers', e.headers
        ) AS event
      FROM event e
      WHERE EXISTS (SELECT FROM event_schema s WHERE s.workspace_id = $1 AND s.type = $2 AND s.latest > 1)
        AND e.workspace_id = $1 AND e.type = $2 AND e.recorded_at >= $4
        AND (e.receipt #>> '{schema,version}')::integer <> $3 AND NOT ${isHeldSql('e.position')}
      ORDER BY e.recorded_at DESC LIMIT ${FILTERED}`,
    values: [workspaceId, type, version, since],
  });
  return rows.sort((left, right) => left.position - right.position);
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
