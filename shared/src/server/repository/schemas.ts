/**
 * Schemas of events: per workspace and type a subject with its rules, and versions that never change. A version's number is
 * given under the subject's lock, so versions are dense and each is checked against all before it.
 */
import type { CompatibilityMode } from '../../event/index.js';
import type { Json } from '../../kernel/index.js';
import type { Queryable } from '../db/index.js';
import { STORED_EVENT, storedEvent } from './dead-letters.js';
import type { IngestEvent } from './ingest.js';

/** What becomes of events that fit no version. */
export type SchemaPolicy = 'off' | 'warn' | 'reject';

export interface SchemaRules {
  readonly compatibility: CompatibilityMode;
  readonly policy: SchemaPolicy;
  /** Whether events of earlier versions are still let in. */
  readonly accepts: 'latest' | 'any';
}

export interface SchemaSubject extends SchemaRules {
  readonly type: string;
  /** 0 = it has no version yet. */
  readonly latest: number;
  readonly updatedAt: Date;
}

export interface SchemaVersion {
  readonly version: number;
  readonly schema: Json;
  /** Expressions: data of the version before becomes data of this one, and back. */
  readonly upcast: string | null;
  readonly downcast: string | null;
  readonly note: string;
  readonly forced: boolean;
  readonly publishedBy: string;
  readonly publishedAt: Date;
}

const SUBJECT = 's.type, s.compatibility, s.policy, s.accepts, s.latest, s.updated_at AS "updatedAt"';
const VERSION = `
  v.version, v.schema, v.upcast, v.downcast, v.note, v.forced, v.published_by AS "publishedBy", v.published_at AS "publishedAt"
`;

type Row<T> = { [K in keyof T]: T[K] };

/** By type, in alphabetical order; with how many of its events wait among the dead letters. */
export async function listSchemaSubjects(
  sql: Queryable,
  workspaceId: string,
  page: { readonly after: string; readonly limit: number; readonly search: string },
): Promise<(SchemaSubject & { readonly deadLetters: number })[]> {
  const { rows } = await sql.query<Row<SchemaSubject> & { deadLetters: number }>(
    `SELECT ${SUBJECT}, (
       SELECT count(*) FROM dead_letter d
       WHERE d.workspace_id = s.workspace_id AND d.event_type = s.type AND d.kind IN ('schema', 'upcast') AND d.status = 'open'
     ) AS "deadLetters"
     FROM event_schema s WHERE s.workspace_id = $1 AND s.type COLLATE "C" > $2 AND position(lower($4) IN lower(s.type)) > 0
     ORDER BY s.type COLLATE "C" LIMIT $3`,
    [workspaceId, page.after, page.limit, page.search],
  );
  return rows;
}

/** @param lock others that would publish or change the rules wait until this transaction is over */
export async function findSchemaSubject(
  sql: Queryable,
  workspaceId: string,
  type: string,
  lock = false,
): Promise<SchemaSubject | null> {
  const { rows } = await sql.query<Row<SchemaSubject>>(
    `SELECT ${SUBJECT} FROM event_schema s WHERE s.workspace_id = $1 AND s.type = $2 ${lock ? 'FOR UPDATE' : ''}`,
    [workspaceId, type],
  );
  return rows[0] ?? null;
}

/** Makes the subject, or changes its rules. */
export async function putSchemaRules(
  sql: Queryable,
  workspaceId: string,
  type: string,
  rules: SchemaRules,
): Promise<void> {
  await sql.query(
    `INSERT INTO event_schema (workspace_id, type, compatibility, policy, accepts) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (workspace_id, type) DO UPDATE
     SET compatibility = excluded.compatibility, policy = excluded.policy, accepts = excluded.accepts, updated_at = now()`,
    [workspaceId, type, rules.compatibility, rules.policy, rules.accepts],
  );
}

export async function insertSchemaVersion(
  sql: Queryable,
  workspaceId: string,
  type: string,
  version: Omit<SchemaVersion, 'publishedAt'>,
): Promise<void> {
  await sql.query(
    `INSERT INTO event_schema_version (workspace_id, type, version, schema, upcast, downcast, note, forced, published_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      workspaceId,
      type,
      version.version,
      JSON.stringify(version.schema),
      version.upcast,
      version.downcast,
      version.note,
      version.forced,
      version.publishedBy,
    ],
  );
  await sql.query(
    'UPDATE event_schema SET latest = $3, updated_at = now() WHERE workspace_id = $1 AND type = $2 AND latest < $3',
    [workspaceId, type, version.version],
  );
}

/** Versions behind one, oldest first. */
export async function listSchemaVersions(
  sql: Queryable,
  workspaceId: string,
  type: string,
  behind = 0,
): Promise<SchemaVersion[]> {
  const { rows } = await sql.query<Row<SchemaVersion>>(
    `SELECT ${VERSION} FROM event_schema_version v
     WHERE v.workspace_id = $1 AND v.type = $2 AND v.version > $3 ORDER BY v.version`,
    [workspaceId, type, behind],
  );
  return rows;
}

/** The subjects of several types at once, each with its workspace. */
export async function schemaSubjectsOf(
  sql: Queryable,
  wanted: readonly { readonly workspaceId: string; readonly type: string }[],
): Promise<(SchemaSubject & { readonly workspaceId: string })[]> {
  const { rows } = await sql.query<Row<SchemaSubject> & { workspaceId: string }>({
    name: 'schema-subjects',
    text: `SELECT ${SUBJECT}, s.workspace_id AS "workspaceId"
           FROM unnest($1::uuid[], $2::text[]) AS i (workspace_id, type)
           JOIN event_schema s ON s.workspace_id = i.workspace_id AND s.type = i.type`,
    values: [wanted.map((each) => each.workspaceId), wanted.map((each) => each.type)],
  });
  return rows;
}

/** What is drafted from, or cast for a try, is held in memory all at once. */
const MOST_SAMPLE_BYTES = 64 * 1024;

/** The data of the latest events of a type, newest first; large ones are left out. */
export async function latestEventData(
  sql: Queryable,
  workspaceId: string,
  type: string,
  count: number,
): Promise<{ readonly position: number; readonly data: Json }[]> {
  const { rows } = await sql.query<{ position: number; data: Json }>(
    `SELECT e.position, e.data FROM event e
     WHERE e.workspace_id = $1 AND e.type = $2 AND octet_length(e.raw) <= ${MOST_SAMPLE_BYTES}
     ORDER BY e.recorded_at DESC, e.position DESC LIMIT $3`,
    [workspaceId, type, count],
  );
  return rows;
}

/** The latest events of a type as they were stored, newest first; large ones are left out. */
export async function findStoredSamples(
  sql: Queryable,
  workspaceId: string,
  type: string,
  count: number,
): Promise<{ readonly position: number; readonly event: IngestEvent }[]> {
  const { rows } = await sql.query<{ [K in keyof IngestEvent]: IngestEvent[K] } & { position: number; time: Date }>(
    `SELECT e.position, ${STORED_EVENT} FROM event e
     WHERE e.workspace_id = $1 AND e.type = $2 AND octet_length(e.raw) <= ${MOST_SAMPLE_BYTES}
     ORDER BY e.recorded_at DESC, e.position DESC LIMIT $3`,
    [workspaceId, type, count],
  );
  return rows.map(({ position, ...row }) => ({ position, event: storedEvent(row) }));
}

/** A published drawing that may have to do with events of a type. */
export interface LiveDrawing {
  readonly workflowId: string;
  readonly workflowName: string;
  readonly version: number;
  readonly graph: Json;
  /** Its webhook triggers that such events came by of late. */
  readonly hooks: readonly string[];
  /** Its event triggers that get the version they were published against. */
  readonly pinned: readonly string[];
}

/** Of so many events it is looked by which webhook they came. */
const LOOK_BACK = 1000;

/** Published drawings that name the type, take every type, or have a webhook that it came by. */
export async function listDrawingsOfType(
  sql: Queryable,
  workspaceId: string,
  type: string,
  most: number,
): Promise<LiveDrawing[]> {
  const { rows } = await sql.query<Row<LiveDrawing>>(
    `WITH came AS (
       SELECT DISTINCT source FROM (
         SELECT e.source FROM event e WHERE e.workspace_id = $1 AND e.type = $2 ORDER BY e.recorded_at DESC LIMIT ${LOOK_BACK}
       ) latest
     ), hook AS (
       SELECT t.workflow_id, array_agg(t.node_id) AS nodes FROM trigger t
       WHERE t.workspace_id = $1 AND t.kind = 'trigger.webhook' AND t.version_id IS NOT NULL
         AND '/hooks/' || t.id::text IN (SELECT source FROM came)
       GROUP BY t.workflow_id
     )
     SELECT w.id AS "workflowId", w.name AS "workflowName", v.number AS version, v.graph, coalesce(h.nodes, '{}') AS hooks, ARRAY(
       SELECT t.key FROM json_each(v.definition -> 'triggers') t
       WHERE t.value #>> '{settings,event,type}' = $2 AND t.value #> '{settings,event,schemaVersion}' IS NOT NULL
     ) AS pinned
     FROM workflow w
     JOIN workflow_version v ON v.workflow_id = w.id AND v.number = w.published_number
     LEFT JOIN hook h ON h.workflow_id = w.id
     WHERE w.workspace_id = $1 AND w.archived_at IS NULL
       AND (h.nodes IS NOT NULL OR position(to_json($2::text)::text IN v.graph::text) > 0 OR position('"*"' IN v.graph::text) > 0)
     ORDER BY w.name, w.id LIMIT $3`,
    [workspaceId, type, most],
  );
  return rows;
}
