/**
 * Events for waits that know another version of their schema.
 *
 * 1. Before an event is stored it is cast to each version that open waits for its type know, and the values that they compare are
 *    taken from the cast. The database compares these (`match_events`): one query for a batch, and no wait is looked at singly.
 * 2. A run that was told of an event reads it in the version that it knows ({@link inKnownVersion}). One whose wait was opened after
 *    the casts were made is told in any case, and its wait is compared when it reads.
 * 3. What cannot be cast is told to none of them and has a dead letter.
 */
import type { SeenEvent } from '../../event/filter/index.js';
import type { Queryable } from '../db/index.js';
import { uuidv7 } from '../ids.js';
import { correlatedText } from './correlation.js';
import type { NewDeadLetter } from './dead-letters.js';
import { seenEvent } from './seen-event.js';
import { givenAs } from './screened-starts.js';
import { castStored } from './screening.js';
import type { Screening } from './screening.js';

/** What an event has at a path, in a version; null = nothing that could fit a wait. */
export interface WaitCast {
  readonly version: number;
  readonly path: string;
  readonly value: string | null;
}

export interface WaitCasts {
  readonly casts: readonly WaitCast[];
  /** One for each version that it cannot be cast to. */
  readonly letters: readonly NewDeadLetter[];
}

const NONE: WaitCasts = { casts: [], letters: [] };

/** @returns per event, in order, what waits that know other versions compare; null = its type has no schema */
export async function castsForWaits(
  sql: Queryable,
  events: readonly { readonly workspaceId: string; readonly screening: Screening | null }[],
): Promise<WaitCasts[]> {
  const several = events.map(({ screening }) =>
    screening === null || screening.version === null || screening.versions.length < 2 ? null : screening,
  );
  const keyOf = (workspaceId: string, type: string) => `${workspaceId} ${type}`;
  const asked = new Map<string, { workspaceId: string; type: string }>();
  events.forEach(({ workspaceId }, index) => {
    const type = several[index]?.event.type;
    if (type !== undefined) asked.set(keyOf(workspaceId, type), { workspaceId, type });
  });
  if (asked.size === 0) return events.map(() => NONE);
  const known = await versionsOfWaits(sql, [...asked.values()]);
  return events.map(({ workspaceId }, index): WaitCasts => {
    const screening = several[index] ?? null;
    if (screening === null) return NONE;
    return castsOf(screening, known.get(keyOf(workspaceId, screening.event.type)) ?? []);
  });
}

interface Known {
  readonly version: number;
  readonly paths: readonly string[];
}

async function versionsOfWaits(
  sql: Queryable,
  asked: readonly { readonly workspaceId: string; readonly type: string }[],
): Promise<Map<string, Known[]>> {
  const { rows } = await sql.query<Known & { workspaceId: string; type: string }>({
    name: 'wait-versions',
    text: `SELECT i.workspace_id AS "workspaceId", i.type, v.version, array_agg(v.path) AS paths
           FROM unnest($1::uuid[], $2::text[]) AS i (workspace_id, type)
           CROSS JOIN LATERAL wait_versions(i.workspace_id, i.type) v
           GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
    values: [asked.map(({ workspaceId }) => workspaceId), asked.map(({ type }) => type)],
  });
  const found = new Map<string, Known[]>();
  for (const { workspaceId, type, version, paths } of rows) {
    const key = `${workspaceId} ${type}`;
    found.set(key, [...(found.get(key) ?? []), { version, paths }]);
  }
  return found;
}

function castsOf({ event, version, castTo }: Screening, known: readonly Known[]): WaitCasts {
  const casts: WaitCast[] = [];
  const letters: NewDeadLetter[] = [];
  for (const wanted of known) {
    if (wanted.version === version) continue;
    const cast = castTo(wanted.version);
    const seen = cast.ok ? seenEvent({ ...event, data: cast.data }) : null;
    for (const path of wanted.paths) {
      casts.push({ version: wanted.version, path, value: seen === null ? null : correlatedText(path, seen) });
    }
    if (!cast.ok) letters.push(letterOf(wanted.version, cast));
  }
  return { casts, letters };
}

function letterOf(version: number, { code, message, problems }: Pick<NewDeadLetter, 'code' | 'message' | 'problems'>) {
  const told = `${message} Runs that wait for such an event know version ${version} and were not told of it.`;
  const letter = {
    id: uuidv7(),
    kind: 'upcast',
    triggerId: null,
    holds: false,
    code,
    message: told,
    problems,
  } as const;
  return { ...letter, details: { version, waits: true } };
}

/** A wait, as far as it says what its run knows. */
export interface KnowingWait {
  readonly version: number;
  readonly path: string;
  readonly value: string;
}

/**
 * An event as a run that knows a version sees it.
 *
 * @param from version that the event is of
 * @returns null when it cannot be cast
 */
export async function inKnownVersion(
  sql: Queryable,
  workspaceId: string,
  event: SeenEvent,
  from: number,
  version: number,
): Promise<SeenEvent | null> {
  const { id: eventId, ...parts } = event;
  const cast =
    from === version
      ? ({ ok: true, data: event.data } as const)
      : await castStored(sql, workspaceId, { eventId, ...parts }, { from, to: version });
  return cast.ok ? { ...event, ...givenAs(event, version, from, cast.data) } : null;
}
