/**
 * What the doors ask about stored events. Reads only; events are written by ingest.
 *
 * A search walks the events of a workspace along an index, newest first (all of them, those of one type, or those of one
 * subject, within the time asked for), and looks at a bounded number of them: whatever is asked, a page costs no more.
 */
import type { Json, JsonObject } from '../../kernel/index.js';
import type { RunStatus } from '../../saga/index.js';
import type { Queryable } from '../db/index.js';

/** How many events one page looks at, at most. */
const MOST_LOOKED_AT = 5000;

export interface EventRow {
  readonly position: number;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string | null;
  readonly time: Date;
  readonly recordedAt: Date;
  readonly contentType: string;
  /** Size of the raw body. */
  readonly bytes: number;
  /** How many runs it started. */
  readonly runs: number;
}

/** Where a page ended. */
export interface EventPlace {
  /** Microseconds since 1970. */
  readonly recordedAtMicros: number;
  readonly position: number;
}

/** Exactly this text, or all that begin like it. */
export type TextFilter = { readonly is: string } | { readonly beginsWith: string };

export interface EventFilter {
  readonly type: TextFilter | null;
  readonly source: TextFilter | null;
  readonly subject: TextFilter | null;
  readonly id: string | null;
  /** Stored at this instant or later. RFC 3339, as the next. */
  readonly from: string | null;
  /** Stored before this instant. */
  readonly to: string | null;
  readonly where: readonly {
    readonly of: 'data' | 'headers';
    readonly path: readonly string[];
    readonly value: string;
  }[];
}

export interface EventPage {
  readonly rows: EventRow[];
  /** Where to look on; null = there is nothing behind. */
  readonly next: EventPlace | null;
}

const EVENT = `
  e.position, e.event_id AS id, e.source, e.type, e.subject, e.time, e.recorded_at AS "recordedAt",
  e.content_type AS "contentType", octet_length(e.raw) AS bytes,
  (SELECT count(*) FROM run r WHERE r.event_position = e.position) AS runs
`;

/** Events of the workspace that pass the filter, newest first. A page may be short, or empty, and still have a next one. */
export async function listEvents(
  sql: Queryable,
  workspaceId: string,
  filter: EventFilter,
  page: { readonly after: EventPlace | null; readonly limit: number },
  mostLookedAt = MOST_LOOKED_AT,
): Promise<EventPage> {
  const along = walk(workspaceId, filter, page.after);
  const rest = restOf(filter);
  const lookAt = rest === null ? page.limit + 1 : mostLookedAt;
  const { rows: seen } = await sql.query<EventPlace>(
    `SELECT e.position, (extract(epoch FROM e.recorded_at) * 1000000)::bigint AS "recordedAtMicros" FROM event e
     WHERE ${along.text} ORDER BY e.recorded_at DESC, e.position DESC LIMIT ${along.place(lookAt)}`,
    along.values,
  );
  if (seen.length === 0) return { rows: [], next: null };
  const chosen = new Conditions(rest);
  const { rows } = await sql.query<EventRow>(
    `SELECT ${EVENT} FROM event e WHERE ${chosen.add((at) => `e.position = ANY(${at(seen.map((each) => each.position))}::bigint[])`).text}
     ORDER BY e.recorded_at DESC, e.position DESC LIMIT ${chosen.place(page.limit + 1)}`,
    chosen.values,
  );
  const shown = rows.slice(0, page.limit);
  const placeOf = new Map(seen.map((each) => [each.position, each]));
  const last = rows.length > page.limit ? shown.at(-1) : undefined;
  if (last !== undefined) return { rows: shown, next: placeOf.get(last.position) ?? null };
  return { rows: shown, next: seen.length === lookAt ? (seen.at(-1) ?? null) : null };
}

export interface StoredEventRow extends EventRow {
  readonly data: Json;
  readonly headers: Readonly<Record<string, string>>;
  readonly receipt: JsonObject | null;
  readonly contentHash: Buffer;
  /** The first of the runs that it started. */
  readonly started: readonly {
    readonly runId: string;
    readonly workflowId: string;
    readonly workflowName: string;
    readonly status: RunStatus;
  }[];
}

/** @returns null when the workspace has no such event */
export async function findEvent(
  sql: Queryable,
  workspaceId: string,
  position: number,
  mostRuns: number,
): Promise<StoredEventRow | null> {
  const { rows } = await sql.query<StoredEventRow>(
    `SELECT ${EVENT}, e.data, e.headers, e.receipt, e.content_hash AS "contentHash", coalesce((
       SELECT json_agg(json_build_object(
         'runId', r.id, 'workflowId', r.workflow_id, 'workflowName', w.name, 'status', r.status
       ) ORDER BY r.created_at, r.id)
       FROM (SELECT * FROM run WHERE event_position = e.position ORDER BY created_at, id LIMIT $3) r
       JOIN workflow w ON w.id = r.workflow_id
     ), '[]') AS started
     FROM event e WHERE e.workspace_id = $1 AND e.position = $2`,
    [workspaceId, position, mostRuns],
  );
  return rows[0] ?? null;
}

/** What an index answers. */
function walk(workspaceId: string, { type, subject, from, to }: EventFilter, after: EventPlace | null): Conditions {
  const along = new Conditions(null).add((at) => `e.workspace_id = ${at(workspaceId)}`);
  if (type !== null && 'is' in type) along.add((at) => `e.type = ${at(type.is)}`);
  if (subject !== null && 'is' in subject) {
    // The same words as in the index.
    along.add((at) => `left(e.subject, 200) = left(${at(subject.is)}, 200)`);
  }
  if (from !== null) along.add((at) => `e.recorded_at >= ${at(from)}::timestamptz`);
  if (to !== null) along.add((at) => `e.recorded_at < ${at(to)}::timestamptz`);
  if (after !== null) {
    along.add(
      (at) =>
        `(e.recorded_at, e.position) < (timestamptz 'epoch' + ${at(after.recordedAtMicros)}::bigint * interval '1 microsecond', ${at(after.position)}::bigint)`,
    );
  }
  return along;
}

/** What has to be looked at; null = nothing. */
function restOf({ type, source, subject, id, where }: EventFilter): Conditions | null {
  const rest = new Conditions(null);
  if (type !== null && 'beginsWith' in type) rest.add((at) => `starts_with(e.type, ${at(type.beginsWith)})`);
  if (source !== null) addText(rest, source, 'source');
  if (subject !== null) addText(rest, subject, 'subject');
  if (id !== null) rest.add((at) => `e.event_id = ${at(id)}`);
  for (const { of, path, value } of where) {
    if (of === 'data') rest.add((at) => `e.data #>> ${at(path)}::text[] = ${at(value)}`);
    else rest.add((at) => `e.headers #>> ${at(path)}::text[] = ${at(value)}`);
  }
  return rest.isEmpty ? null : rest;
}

function addText(conditions: Conditions, filter: TextFilter, column: 'source' | 'subject'): void {
  if (column === 'source') {
    if ('is' in filter) conditions.add((at) => `e.source = ${at(filter.is)}`);
    else conditions.add((at) => `starts_with(e.source, ${at(filter.beginsWith)})`);
  } else if ('is' in filter) conditions.add((at) => `e.subject = ${at(filter.is)}`);
  else conditions.add((at) => `starts_with(e.subject, ${at(filter.beginsWith)})`);
}

/** Conditions that must all hold, with their values as parameters: nothing that came from outside is ever SQL. */
class Conditions {
  readonly values: unknown[];
  private readonly parts: string[];

  constructor(others: Conditions | null) {
    this.values = [...(others?.values ?? [])];
    this.parts = [...(others?.parts ?? [])];
  }

  get isEmpty(): boolean {
    return this.parts.length === 0;
  }

  get text(): string {
    return this.parts.join(' AND ');
  }

  /** @param condition SQL, with `at(value)` where a value stands */
  add(condition: (at: (value: unknown) => string) => string): this {
    this.parts.push(condition((value) => this.place(value)));
    return this;
  }

  /** The parameter that stands for a value. */
  place(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}
