/**
 * Screening: what the schema of its type says about an event before it is stored, and what it is to readers of other versions.
 *
 * 1. The rules of a type are read with each batch: what was published before an event came counts for it, in every process.
 *    Versions never change and are kept, compiled at their first use.
 * 2. A sender may name its version (attribute `schemaversion`, or a `dataschema` that ends in `/versions/<number>`) and is held
 *    to it. Else an event is of the newest version that it fits, the latest first.
 * 3. What fits none is let through with a mark, or held by a dead letter, as the type's policy says. Never dropped.
 * 4. The mark is the part `schema` of the event's receipt, stored with it.
 */
import { castData, readEventSchema } from '../../event/index.js';
import type { Cast, CastVersion, DataProblem, ReadSchema } from '../../event/index.js';
import { RecentlyUsed } from '../../expression/recently-used.js';
import { isJsonObject } from '../../kernel/index.js';
import type { Json, JsonObject } from '../../kernel/index.js';
import type { Queryable } from '../db/index.js';
import { uuidv7 } from '../ids.js';
import { metrics } from '../telemetry/index.js';
import type { NewDeadLetter } from './dead-letters.js';
import type { IngestEvent } from './ingest.js';
import { listSchemaVersions, schemaSubjectsOf } from './schemas.js';
import type { SchemaPolicy, SchemaSubject } from './schemas.js';

/** An event of a type that has a schema, to be given to readers of any version. */
export interface Castable<E extends CastParts = CastParts> {
  readonly event: E;
  /** Of the schema that it fits; null = of none. */
  readonly version: number | null;
  /** All of the type. */
  readonly versions: readonly ReadyVersion[];
  /** Its data for a reader that knows that version. */
  castTo(version: number): Cast;
}

/** What is known of an event whose type has a schema; it is stored like this: its receipt says the version, or what does not fit. */
export interface Screening extends Castable<IngestEvent> {
  readonly policy: SchemaPolicy;
  readonly code: 'schema.violated' | 'schema.version-unknown' | null;
  readonly problems: readonly DataProblem[];
  /** The letter that keeps it from starting and waking anything. */
  readonly letter: NewDeadLetter | null;
}

export interface Unscreened {
  readonly workspaceId: string;
  readonly event: IngestEvent;
}

/** @returns per event what its schema says, in order; null = its type has none */
export async function screenEvents(sql: Queryable, events: readonly Unscreened[]): Promise<(Screening | null)[]> {
  const subjects = await subjectsOf(sql, events);
  if (subjects.size === 0) return events.map(() => null);
  return Promise.all(
    events.map(async ({ workspaceId, event }) => {
      const key = keyOf(workspaceId, event.type);
      const subject = subjects.get(key);
      if (subject === undefined || subject.latest === 0) return null;
      return screen(event, subject, await versionsOf(sql, workspaceId, subject));
    }),
  );
}

/** Counts what is about to be stored in spite of its schema. */
export function countViolation({ code, letter }: Screening): void {
  if (code === null) return;
  metrics.schemaViolations.inc({ where: 'ingest', result: letter === null ? 'let-through' : 'dead-letter' });
  if (letter !== null) metrics.deadLetters.inc({ reason: 'schema' });
}

/** A version, ready to check data and to be cast to. */
export interface ReadyVersion extends CastVersion {
  readonly publishedAt: Date;
}

/** @returns a version whose schema is read when it is first needed */
export function readyVersion(version: {
  readonly version: number;
  readonly schema: Json;
  readonly upcast: string | null;
  readonly downcast: string | null;
  readonly publishedAt: Date;
}): ReadyVersion {
  let read: ReadSchema | null = null;
  return {
    version: version.version,
    upcast: version.upcast,
    downcast: version.downcast,
    publishedAt: version.publishedAt,
    problemsOf: (data) => {
      read ??= readEventSchema(version.schema);
      if (read.ok) return read.schema.problemsOf(data);
      return [{ path: '', message: `cannot be checked: the schema is broken (${read.reason})` }];
    },
  };
}

/** @param versions at least one */
export function screen(event: IngestEvent, subject: SchemaSubject, versions: readonly ReadyVersion[]): Screening {
  const { code, version, problems } = versionOf(event, subject, versions);
  const holds = code !== null && subject.policy === 'reject';
  const mark: JsonObject = {
    version,
    ...(code === null ? {} : { policy: subject.policy, problems: jsonOf(problems) }),
  };
  return {
    event: { ...event, receipt: { ...(event.receipt ?? {}), schema: mark } },
    version,
    policy: subject.policy,
    code,
    problems,
    letter: holds ? letterOf(event, code, problems) : null,
    versions,
    castTo: castingOf(event, version, versions),
  };
}

function castingOf(
  event: CastParts,
  version: number | null,
  versions: readonly ReadyVersion[],
): (wanted: number) => Cast {
  return (wanted) =>
    version === null || version === wanted
      ? { ok: true, data: event.data }
      : castCounted(event, { from: version, to: wanted }, versions);
}

/** @returns per event that was stored before what can be cast of it, in order; null = its type has no schema */
export async function castablesOf<E extends CastParts & Pick<IngestEvent, 'receipt'>>(
  sql: Queryable,
  workspaceId: string,
  events: readonly E[],
): Promise<(Castable<E> | null)[]> {
  const subjects = await subjectsOf(
    sql,
    events.map((event) => ({ workspaceId, event })),
  );
  return Promise.all(
    events.map(async (event) => {
      const subject = subjects.get(keyOf(workspaceId, event.type));
      if (subject === undefined || subject.latest === 0) return null;
      const versions = await versionsOf(sql, workspaceId, subject);
      const mark = event.receipt?.['schema'] ?? null;
      const version = isJsonObject(mark) && typeof mark['version'] === 'number' ? mark['version'] : null;
      return { event, version, versions, castTo: castingOf(event, version, versions) };
    }),
  );
}

/** Of an event, what casts go by. */
export type CastParts = Pick<IngestEvent, 'eventId' | 'source' | 'type' | 'subject' | 'time' | 'headers' | 'data'>;

function castCounted(
  { eventId: id, source, type, subject, time, headers, data }: CastParts,
  way: { readonly from: number; readonly to: number },
  versions: readonly ReadyVersion[],
): Cast {
  const cast = castData({ id, source, type, subject, time, headers }, data, way, versions);
  metrics.upcasts.inc({ result: cast.ok ? 'done' : 'failed' });
  return cast;
}

/** The data of an event that is stored, for a reader that knows another version than it was found to be of. */
export async function castStored(
  sql: Queryable,
  workspaceId: string,
  event: CastParts,
  way: { readonly from: number; readonly to: number },
): Promise<Cast> {
  const latest = Math.max(way.from, way.to);
  return castCounted(event, way, await versionsOf(sql, workspaceId, { type: event.type, latest }));
}

function letterOf(event: IngestEvent, code: string, problems: readonly DataProblem[]): NewDeadLetter {
  const [first, ...others] = problems;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return {
    id: uuidv7(),
    kind: 'schema',
    triggerId: null,
    holds: true,
    code,
    message: `The event does not fit the schema of ${event.type}: data${first?.path ?? ''} ${first?.message ?? ''}${more}.`,
    problems,
    details: {},
  };
}

interface Found {
  readonly version: number | null;
  readonly code: Screening['code'];
  readonly problems: readonly DataProblem[];
}

/** Of so many versions, from the latest back, it is looked for one that fits. */
const MOST_TRIED = 20;

function versionOf(event: IngestEvent, subject: SchemaSubject, versions: readonly ReadyVersion[]): Found {
  const named = namedVersion(event.headers);
  if (subject.policy === 'off') {
    const known = named === null || versions.some((each) => each.version === named);
    return { version: known ? (named ?? subject.latest) : null, code: null, problems: [] };
  }
  const newestFirst = versions.toSorted((left, right) => right.version - left.version);
  const open = subject.accepts === 'latest' ? newestFirst.slice(0, 1) : newestFirst.slice(0, MOST_TRIED);
  const tried = named === null ? open : open.filter(({ version }) => version === named);
  if (tried.length === 0) {
    const message = `says that it is of version ${named ?? 0} of its schema, which is not let in`;
    return { version: null, code: 'schema.version-unknown', problems: [{ path: '', message }] };
  }
  let problems: readonly DataProblem[] | null = null;
  for (const each of tried) {
    const found = each.problemsOf(event.data);
    if (found.length === 0) return { version: each.version, code: null, problems: [] };
    problems ??= found;
  }
  return { version: null, code: 'schema.violated', problems: problems ?? [] };
}

function namedVersion(headers: Readonly<Record<string, string>>): number | null {
  const said = headers['ce-schemaversion'] ?? /\/versions\/(\d{1,9})$/.exec(headers['ce-dataschema'] ?? '')?.[1];
  if (said === undefined) return null;
  return /^\d{1,9}$/.test(said) ? Number(said) : 0;
}

function jsonOf(problems: readonly DataProblem[]): Json {
  return problems.map(({ path, message }) => ({ path, message }));
}

const keyOf = (workspaceId: string, type: string) => `${workspaceId} ${type}`;

async function subjectsOf(
  sql: Queryable,
  events: readonly { readonly workspaceId: string; readonly event: Pick<IngestEvent, 'type'> }[],
): Promise<Map<string, SchemaSubject>> {
  if (events.length === 0) return new Map();
  const wanted = new Map(
    events.map(({ workspaceId, event: { type } }) => [keyOf(workspaceId, type), { workspaceId, type }] as const),
  );
  const subjects = await schemaSubjectsOf(sql, [...wanted.values()]);
  return new Map(subjects.map((subject) => [keyOf(subject.workspaceId, subject.type), subject]));
}

interface Kept {
  readonly latest: number;
  readonly versions: readonly ReadyVersion[];
}

/** Types whose compiled schemas a process keeps. */
const kept = new RecentlyUsed<string, Promise<Kept>>(500);

async function versionsOf(
  sql: Queryable,
  workspaceId: string,
  { type, latest }: Pick<SchemaSubject, 'type' | 'latest'>,
): Promise<readonly ReadyVersion[]> {
  const key = keyOf(workspaceId, type);
  const before = kept.get(key);
  if (before !== undefined) {
    const known = await before.catch((): Kept => ({ latest: 0, versions: [] }));
    if (known.latest >= latest) return known.versions;
  }
  const read = listSchemaVersions(sql, workspaceId, type).then((rows): Kept => {
    return { latest: rows.at(-1)?.version ?? 0, versions: rows.map(readyVersion) };
  });
  kept.set(key, read);
  return (await read).versions;
}
