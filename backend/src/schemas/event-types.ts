/** Types of events and their schemas: rules, versions that never change, and drafts from what came. */
import type { EventTypeView, SchemaReport, SchemaSubjectView, SchemaVersionView } from '@sagawright/shared/contracts';
import { inferSchema } from '@sagawright/shared/event';
import type { Json } from '@sagawright/shared/kernel';
import {
  appendAudit,
  findSchemaSubject,
  insertSchemaVersion,
  latestEventData,
  listSchemaSubjects,
  listSchemaVersions,
  putSchemaRules,
} from '@sagawright/shared/server';
import type { Database, SchemaRules, SchemaSubject, SchemaVersion } from '@sagawright/shared/server';
import { auditActor } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { Refusal } from '../refusal.js';
import { checkSchema } from './schema-check.js';
import type { Candidate } from './schema-check.js';

const USUAL_RULES: SchemaRules = { compatibility: 'BACKWARD', policy: 'warn', accepts: 'any' };
const MOST_VERSIONS = 200;

export class EventTypes {
  constructor(private readonly database: Database) {}

  async list(
    caller: Caller,
    query: { search: string; cursor?: string | undefined; limit: number },
  ): Promise<{ items: (SchemaSubjectView & { deadLetters: number })[]; nextCursor: string | null }> {
    const { search, cursor = '', limit } = query;
    const page = { after: cursor, limit: limit + 1, search };
    const rows = await listSchemaSubjects(this.database.pool, caller.workspaceId, page);
    const shown = rows.slice(0, limit);
    return {
      items: shown.map((row) => ({ ...subjectView(row), deadLetters: row.deadLetters })),
      nextCursor: rows.length > limit ? (shown.at(-1)?.type ?? null) : null,
    };
  }

  /** @throws Refusal `schema.not-found` */
  async get(caller: Caller, type: string): Promise<EventTypeView> {
    const subject = await findSchemaSubject(this.database.pool, caller.workspaceId, type);
    if (subject === null) {
      const detail = 'No schema is known for events of this type; PUT its rules here, or publish a first version.';
      throw new Refusal('schema.not-found', detail);
    }
    const versions = await listSchemaVersions(this.database.pool, caller.workspaceId, type);
    return { ...subjectView(subject), versions: versions.map(versionView) };
  }

  async setRules(caller: Caller, type: string, rules: SchemaRules): Promise<EventTypeView> {
    await this.database.transaction(async (sql) => {
      await putSchemaRules(sql, caller.workspaceId, type, rules);
      await appendAudit(sql, caller.workspaceId, {
        actor: auditActor(caller),
        action: 'schema.rules',
        subject: `event-type:${type}`,
        details: { ...rules },
      });
    });
    return this.get(caller, type);
  }

  async check(caller: Caller, type: string, candidate: Candidate): Promise<SchemaReport> {
    const { pool } = this.database;
    const rules = (await findSchemaSubject(pool, caller.workspaceId, type)) ?? USUAL_RULES;
    const earlier = await listSchemaVersions(pool, caller.workspaceId, type);
    return checkSchema(pool, caller.workspaceId, type, candidate, { compatibility: rules.compatibility, earlier });
  }

  /** @throws Refusal `schema.invalid`, `schema.incompatible` with the report, `schema.too-many` */
  async publish(
    caller: Caller,
    type: string,
    wish: Candidate & { readonly force: boolean; readonly note: string },
  ): Promise<SchemaVersionView> {
    const { schema, upcast, downcast, force, note } = wish;
    return this.database.transaction(async (sql) => {
      if ((await findSchemaSubject(sql, caller.workspaceId, type)) === null) {
        await putSchemaRules(sql, caller.workspaceId, type, USUAL_RULES);
      }
      const subject = await findSchemaSubject(sql, caller.workspaceId, type, true);
      const earlier = await listSchemaVersions(sql, caller.workspaceId, type);
      if (earlier.length >= MOST_VERSIONS) {
        throw new Refusal(
          'schema.too-many',
          `A type has at most ${MOST_VERSIONS} versions; give the next one a new name.`,
        );
      }
      const { compatibility } = subject ?? USUAL_RULES;
      const report = await checkSchema(sql, caller.workspaceId, type, wish, { compatibility, earlier });
      assertPublishable(report, force);
      const version = (earlier.at(-1)?.version ?? 0) + 1;
      const forced = force && !report.publishable;
      const publishedBy = caller.actor.name;
      const row = { version, schema, upcast, downcast, note, forced, publishedBy };
      await insertSchemaVersion(sql, caller.workspaceId, type, row);
      await appendAudit(sql, caller.workspaceId, {
        actor: auditActor(caller),
        action: forced ? 'schema.publish-forced' : 'schema.publish',
        subject: `event-type:${type}`,
        details: { version, note, overridden: countsOf(report) },
      });
      const [published] = await listSchemaVersions(sql, caller.workspaceId, type, version - 1);
      if (published === undefined) throw new Error('A schema was stored and is not there; this is a bug.');
      return versionView(published);
    });
  }

  /** @throws Refusal `event.not-found` */
  async draft(caller: Caller, type: string, count: number): Promise<Draft> {
    const samples = await latestEventData(this.database.pool, caller.workspaceId, type, count);
    if (samples.length === 0) {
      const detail = `No events of type ${type} have come so far, or only large ones; send some, or write the schema by hand.`;
      throw new Refusal('event.not-found', detail);
    }
    const { schema, fields, leftOut } = inferSchema(samples.map(({ data }) => data));
    return {
      events: samples.length,
      schema,
      fields: fields.map((field) => ({ ...field, types: [...field.types] })),
      leftOut: [...leftOut],
    };
  }
}

interface Draft {
  /** How many it was drafted from. */
  events: number;
  schema: Json;
  fields: { path: string; types: string[]; seen: number; of: number }[];
  leftOut: string[];
}

function assertPublishable(report: SchemaReport, force: boolean): void {
  const { invalid } = report;
  if (invalid !== null) {
    throw new Refusal('schema.invalid', invalid.message, {
      errors: [{ path: `body.${invalid.field}${invalid.path}`, message: invalid.message }],
    });
  }
  if (report.publishable || force) return;
  const { incompatibilities, readers, samples } = report;
  const first = readers[0]?.message ?? incompatibilities[0]?.message ?? samples.failed[0]?.message ?? '';
  const count = incompatibilities.length + readers.length + samples.failed.length;
  throw new Refusal(
    'schema.incompatible',
    `${count} reason(s) speak against this version. First: ${first} Change it, add a cast, or publish with "force" and a note.`,
    { context: report as unknown as Json },
  );
}

function countsOf({ incompatibilities, readers, samples }: SchemaReport) {
  return {
    incompatibilities: incompatibilities.length,
    readers: readers.slice(0, 20).map(({ message }) => message),
    samples: samples.failed.length,
  };
}

function subjectView({ type, compatibility, policy, accepts, latest, updatedAt }: SchemaSubject): SchemaSubjectView {
  return { type, compatibility, policy, accepts, latest, updatedAt: updatedAt.toISOString() };
}

function versionView(version: SchemaVersion): SchemaVersionView {
  return { ...version, publishedAt: version.publishedAt.toISOString() };
}
