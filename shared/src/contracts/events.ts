/** The door for events: what happened elsewhere is stored, wakes the runs that wait for it, starts those that it should, and can be found again. */
import { z } from 'zod';
import { isAttributeName, isAttributeText } from '../event/cloudevents/index.js';
import { jsonSchema } from '../kernel/index.js';
import { route } from './route.js';
import { runStatusSchema } from './runs.js';

/** Sources that the product gives to its own events; nobody else may speak for them. */
export const RESERVED_SOURCES = ['/hooks/', '/workflows/', '/runs/', '/triggers/', '/endpoints/'] as const;

/** How many events may be sent at once. */
export const MOST_EVENTS_PER_BATCH = 1000;

const attribute = z
  .string()
  .min(1)
  .max(255)
  .refine(isAttributeText, { error: 'holds a control character or one that is no character of Unicode; leave it out' });

const KNOWN: ReadonlySet<string> = new Set([
  'specversion',
  'id',
  'source',
  'type',
  'subject',
  'time',
  'datacontenttype',
  'dataschema',
  'data',
  'data_base64',
]);

/**
 * A CloudEvent (structured mode, known by its `specversion`), or a plain event: `type` and `data`, and whatever else of `id`,
 * `source`, `subject` and `time` the sender knows. Other keys are extension attributes of a CloudEvent, and mistakes in a plain
 * event.
 */
export const eventSchema = z
  .looseObject(
    {
      specversion: z.literal('1.0', { error: 'only CloudEvents of version "1.0" are read' }).optional(),
      type: attribute,
      /** Equal ids of one source are one event. Absent in a plain event = a new one. */
      id: attribute.optional(),
      /** A URI or path that says who tells; absent in a plain event = `/events`. */
      source: attribute.optional(),
      subject: attribute.optional(),
      /** When it happened, RFC 3339; absent = now. */
      time: z.iso.datetime({ offset: true }).optional(),
      datacontenttype: attribute.optional(),
      dataschema: attribute.optional(),
      data: jsonSchema.optional(),
      /** Only in a CloudEvent: the data as bytes; JSON if `datacontenttype` says so. */
      data_base64: z.base64().optional(),
    },
    { error: 'send one event, a JSON object' },
  )
  .superRefine((event, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    const others = Object.keys(event).filter((name) => !KNOWN.has(name));
    if (event.specversion === undefined) {
      for (const name of [
        ...others,
        ...['dataschema', 'data_base64', 'datacontenttype'].filter((key) => key in event),
      ]) {
        wrong(name, 'is not a part of a plain event; put it into "data", or send a CloudEvent with "specversion"');
      }
    } else {
      for (const name of ['id', 'source'] as const) {
        if (event[name] === undefined) wrong(name, 'is required in a CloudEvent');
      }
      for (const name of others) {
        const value = event[name];
        if (!isAttributeName(name)) wrong(name, 'is no attribute name: use up to 20 of a-z and 0-9');
        else if (!['string', 'number', 'boolean'].includes(typeof value)) {
          wrong(name, 'an extension attribute is a text, a number or a boolean');
        } else if (typeof value === 'string' && !isAttributeText(value)) {
          wrong(name, 'holds a control character or one that is no character of Unicode; leave it out');
        }
      }
      if (event.data !== undefined && event.data_base64 !== undefined) {
        wrong('data_base64', 'send either "data" or "data_base64"');
      }
    }
    if (RESERVED_SOURCES.some((reserved) => event.source?.startsWith(reserved))) {
      wrong('source', `begins like a source of our own (${RESERVED_SOURCES.join(', ')}); name yours otherwise`);
    }
    if (event.time?.startsWith('0000') === true) wrong('time', 'there is no year 0');
  });
export type SentEvent = z.output<typeof eventSchema>;

export const acceptedEventSchema = z.object({
  id: z.string(),
  source: z.string(),
  /** Its place in the event store. */
  position: z.int(),
  /** The event was there already. */
  duplicate: z.boolean(),
  /** False when an event of this id and source came before with other content; that one counts. */
  sameContent: z.boolean(),
  /** Runs that this event started, now or when it came first. */
  runs: z.array(z.object({ runId: z.string(), url: z.string() })),
  /** Runs that were woken because one of their steps may wait for this event. */
  woken: z.int(),
  /** What the schema of its type says of it; absent = its type has none. */
  schema: z
    .object({
      /** The version that it fits; null = none. */
      version: z.int().nullable(),
      /** Where it does not fit, as JSON pointers into the data. */
      problems: z.array(z.object({ path: z.string(), message: z.string() })),
      /** It was put aside as a dead letter, and starts and wakes nothing until somebody sends it again. */
      held: z.boolean(),
    })
    .optional(),
});

export type AcceptedEvent = z.infer<typeof acceptedEventSchema>;

/** All of a batch is stored in one commit, or nothing of it. */
export const acceptedBatchSchema = z.object({
  /** In the order of the batch. */
  events: z.array(acceptedEventSchema.omit({ woken: true })),
  /** Runs that were woken because one of their steps may wait for one of these events. */
  woken: z.int(),
});
export type AcceptedBatch = z.infer<typeof acceptedBatchSchema>;

export const eventSummarySchema = z.object({
  /** Its place in the event store: a later event has a higher one. */
  position: z.int(),
  id: z.string(),
  source: z.string(),
  type: z.string(),
  subject: z.string().nullable(),
  /** When it happened, as its sender says. */
  time: z.string(),
  /** When it was stored. */
  recordedAt: z.string(),
  contentType: z.string(),
  /** Size of what was sent, in bytes. */
  bytes: z.int(),
  /** How many runs it started. */
  runs: z.int(),
});
export type EventSummary = z.infer<typeof eventSummarySchema>;

/** How many of the runs that an event started are told with it. */
export const MOST_RUNS_TOLD = 100;

export const storedEventSchema = eventSummarySchema.extend({
  data: jsonSchema,
  headers: z.record(z.string(), z.string()),
  /** How the event was let in: scheme, key id, skew, body hash; null when an API key or a person sent it. */
  receipt: jsonSchema.nullable(),
  /** SHA-256, hexadecimal. */
  contentHash: z.string(),
  /** The first runs that it started. */
  started: z.array(
    z.object({ runId: z.string(), workflowId: z.string(), workflowName: z.string(), status: runStatusSchema }),
  ),
});
export type StoredEvent = z.infer<typeof storedEventSchema>;

/** Exactly this text, or every text that begins like it when it ends in `*`. */
const searchText = z.string().min(1).max(2000);

/** A path into `data` or `headers`, `=`, and the text that is there: `data.order.id=A-1`. */
const CONDITION = /^(data|headers)((?:\.[^.=]+)*)=(.*)$/s;
const MOST_CONDITIONS = 5;

/** The value at a path of the event is this text; a number or a boolean counts as it is written in JSON. */
export interface EventCondition {
  readonly of: 'data' | 'headers';
  readonly path: readonly string[];
  readonly value: string;
}

const conditionSchema = z
  .string()
  .max(500)
  .regex(CONDITION, { error: 'write a path and its value, like data.order.id=A-1 or headers.x-github-event=push' });

function readCondition(text: string): EventCondition {
  const [, of, path = '', value = ''] = CONDITION.exec(text) ?? [];
  return { of: of === 'headers' ? 'headers' : 'data', path: path.split('.').slice(1), value };
}

const eventQuerySchema = z.object({
  type: searchText.optional(),
  source: searchText.optional(),
  subject: searchText.optional(),
  id: z.string().min(1).max(300).optional(),
  /** Stored at this instant or later. */
  from: z.iso.datetime({ offset: true }).optional(),
  /** Stored before this instant. */
  to: z.iso.datetime({ offset: true }).optional(),
  /** May be given several times; all of them must hold. */
  where: z
    .union([conditionSchema, z.array(conditionSchema).max(MOST_CONDITIONS)])
    .transform((texts) => [texts].flat().map(readCondition))
    .optional(),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type EventQuery = z.output<typeof eventQuerySchema>;

const read = { kind: 'any', scope: 'runs:read' } as const;

/** What a form, which has no room for them, may say in the address. */
const formAttributes = z.object({
  type: attribute.optional(),
  source: attribute.optional(),
  id: attribute.optional(),
  subject: attribute.optional(),
});

export const eventRoutes = {
  sendEvent: route({
    method: 'POST',
    path: '/events',
    tag: 'events',
    summary: 'Tell an event: it starts workflows and wakes runs that wait for it',
    auth: { kind: 'any', scope: 'runs:start' },
    status: 202,
    query: formAttributes,
    body: eventSchema,
    otherBodies: {
      'application/cloudevents+json': eventSchema,
      'application/cloudevents-batch+json': z.array(eventSchema).max(MOST_EVENTS_PER_BATCH),
      'application/x-www-form-urlencoded': z.record(z.string(), z.string()),
      '*/*': z.string(),
    },
    response: acceptedEventSchema,
    freeAnswer:
      'A batch is answered with 202 and { "events": [...], "woken": 0 }: one answer per event, in the order of the batch. With headers "ce-..." (binary mode) the body is the data, of any type.',
    errors: ['request.invalid', 'event.schema-violated', 'ingest.busy'],
  }),
  listEvents: route({
    method: 'GET',
    path: '/events',
    tag: 'events',
    summary: 'Search the event store, newest first; a page may be short and still have a next one',
    auth: read,
    query: eventQuerySchema,
    response: z.object({ items: z.array(eventSummarySchema), nextCursor: z.string().nullable() }),
  }),
  getEvent: route({
    method: 'GET',
    path: '/events/:position',
    tag: 'events',
    summary: 'One stored event: its data, headers and receipt, and the runs that it started',
    auth: read,
    params: z.object({ position: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) }),
    response: storedEventSchema,
    errors: ['event.not-found'],
  }),
};
