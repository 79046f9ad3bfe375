/** Schemas of events: per type its rules and versions, checked against one another and against what live workflows read. */
import { z } from 'zod';
import { COMPATIBILITY_MODES } from '../event/compatibility/index.js';
import { jsonSchema } from '../kernel/index.js';
import { route } from './route.js';

/** The same bounds as for the type of an event that is sent. */
const type = z.string().min(1).max(255);

export const schemaRulesSchema = z.object({
  /** What a new version must be, towards the one before it, or all of them (`_TRANSITIVE`). */
  compatibility: z.enum(COMPATIBILITY_MODES).default('BACKWARD'),
  /**
   * What becomes of events that fit no version: `off` does not look, `warn` lets them through with a mark, `reject` puts them
   * aside as dead letters.
   */
  policy: z.enum(['off', 'warn', 'reject']).default('warn'),
  /** Whether events of earlier versions are still let in. */
  accepts: z.enum(['latest', 'any']).default('any'),
});

export const schemaSubjectSchema = z.object({
  type,
  ...schemaRulesSchema.shape,
  /** Newest version; 0 = none yet. */
  latest: z.int(),
  updatedAt: z.string(),
});
export type SchemaSubjectView = z.infer<typeof schemaSubjectSchema>;

export const schemaVersionSchema = z.object({
  version: z.int(),
  /** JSON Schema of the event's data. */
  schema: jsonSchema,
  /** JSONata over `data`, `type`, `id`, `source`, `subject`, `time`, `headers`: data of the version before becomes data of this one. */
  upcast: z.string().nullable(),
  /** The way back. */
  downcast: z.string().nullable(),
  note: z.string(),
  /** It was published in spite of what the checks found. */
  forced: z.boolean(),
  publishedBy: z.string(),
  publishedAt: z.string(),
});
export type SchemaVersionView = z.infer<typeof schemaVersionSchema>;

export const eventTypeSchema = schemaSubjectSchema.extend({
  /** Oldest first. */
  versions: z.array(schemaVersionSchema),
});
export type EventTypeView = z.infer<typeof eventTypeSchema>;

const problem = z.object({ path: z.string(), message: z.string() });

export const schemaReportSchema = z.object({
  /** Nothing speaks against publishing it. */
  publishable: z.boolean(),
  /** Why it cannot be used at all, with the place: no force helps. Null = it can. */
  invalid: z
    .object({ field: z.enum(['schema', 'upcast', 'downcast']), path: z.string(), message: z.string() })
    .nullable(),
  /** What the compatibility mode forbids. */
  incompatibilities: z.array(
    z.object({
      /** The earlier version that it is about. */
      version: z.int(),
      direction: z.enum(['backward', 'forward']),
      /** JSON pointer into the schema that must accept the values: the new one for backward, the earlier one for forward. */
      path: z.string(),
      keyword: z.string(),
      message: z.string(),
    }),
  ),
  /** What live workflows read and the schema takes away, makes optional, or changes. */
  readers: z.array(
    z.object({
      workflowId: z.string(),
      workflowName: z.string(),
      workflowVersion: z.int(),
      /** The node that reads, and its name. */
      step: z.string(),
      stepName: z.string(),
      /** From the data down: `order.total`. */
      path: z.string(),
      change: z.enum(['removed', 'not-named', 'optional', 'type']),
      message: z.string(),
    }),
  ),
  /** Latest events of the type that do not fit, cast from the version before where there is one. */
  samples: z.object({
    looked: z.int(),
    failed: z.array(z.object({ position: z.int(), message: z.string(), problems: z.array(problem) })),
  }),
});
export type SchemaReport = z.infer<typeof schemaReportSchema>;

const candidate = {
  schema: jsonSchema,
  upcast: z.string().trim().min(1).max(8192).nullable().default(null),
  downcast: z.string().trim().min(1).max(8192).nullable().default(null),
};

export const schemaDraftSchema = z.object({
  /** How many events it was drafted from. */
  events: z.int(),
  schema: jsonSchema,
  fields: z.array(
    z.object({
      /** From the data down; `[]` stands for the items of a list. */
      path: z.string(),
      types: z.array(z.string()),
      /** In how many of the values that could have it (`of`) it was. */
      seen: z.int(),
      of: z.int(),
    }),
  ),
  /** Fields that the draft says nothing of: too many, too deep, or names that look like data. */
  leftOut: z.array(z.string()),
});

const read = { kind: 'any', scope: 'workflows:read' } as const;
const write = { kind: 'any', scope: 'workflows:write' } as const;
const params = z.object({ type });

export const eventTypeRoutes = {
  listEventTypes: route({
    method: 'GET',
    path: '/event-types',
    tag: 'schemas',
    summary: 'List types of events that have schemas, by name',
    auth: read,
    query: z.object({
      search: z.string().max(255).default(''),
      cursor: z.string().max(255).optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    response: z.object({
      items: z.array(
        schemaSubjectSchema.extend({
          /** Open dead letters about its schema. */
          deadLetters: z.int(),
        }),
      ),
      nextCursor: z.string().nullable(),
    }),
  }),
  getEventType: route({
    method: 'GET',
    path: '/event-types/:type',
    tag: 'schemas',
    summary: 'One type of events: its rules and all versions of its schema',
    auth: read,
    params,
    response: eventTypeSchema,
    errors: ['schema.not-found'],
  }),
  putEventType: route({
    method: 'PUT',
    path: '/event-types/:type',
    tag: 'schemas',
    summary: 'Set the rules of a type, and make it known if it is not yet',
    auth: write,
    params,
    body: schemaRulesSchema,
    response: eventTypeSchema,
  }),
  checkSchema: route({
    method: 'POST',
    path: '/event-types/:type/check',
    tag: 'schemas',
    summary: 'What would speak against publishing this version; nothing is changed',
    auth: read,
    params,
    body: z.object(candidate),
    response: schemaReportSchema,
  }),
  publishSchema: route({
    method: 'POST',
    path: '/event-types/:type/versions',
    tag: 'schemas',
    summary: 'Publish a version of the schema; the type gets the usual rules if it is new',
    auth: write,
    status: 201,
    params,
    body: z
      .object({
        ...candidate,
        /** Publish in spite of what the check finds; needs a note, and is written to the audit log. */
        force: z.boolean().default(false),
        note: z.string().trim().max(2000).default(''),
      })
      .refine(({ force, note }) => !force || note !== '', { path: ['note'], error: 'say why this is forced' }),
    response: schemaVersionSchema,
    errors: ['schema.invalid', 'schema.incompatible', 'schema.too-many'],
  }),
  draftSchema: route({
    method: 'GET',
    path: '/event-types/:type/draft',
    tag: 'schemas',
    summary: 'A schema drafted from the latest events of a type, with how much was seen',
    auth: { kind: 'any', scope: 'runs:read' },
    params,
    query: z.object({ events: z.coerce.number().int().min(1).max(1000).default(200) }),
    response: schemaDraftSchema,
    errors: ['event.not-found'],
  }),
};
