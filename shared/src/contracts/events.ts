/** The door for events: what happened elsewhere is stored, wakes the runs that wait for it, and starts those that it should. */
import { z } from 'zod';
import { jsonSchema } from '../kernel/index.js';
import { route } from './route.js';

/** Sources that the product gives to its own events; nobody else may speak for them. */
export const RESERVED_SOURCES = ['/hooks/', '/workflows/', '/runs/', '/triggers/'] as const;

const attribute = z.string().min(1).max(255);

/** Extension attributes of CloudEvents, name and value. */
const EXTENSION = /^[a-z0-9]{1,20}$/;
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
        if (!EXTENSION.test(name)) wrong(name, 'is no attribute name: use up to 20 of a-z and 0-9');
        else if (!['string', 'number', 'boolean'].includes(typeof event[name])) {
          wrong(name, 'an extension attribute is a text, a number or a boolean');
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
  /** The event was there already. */
  duplicate: z.boolean(),
  /** False when an event of this id and source came before with other content; that one counts. */
  sameContent: z.boolean(),
  /** Runs that this event started, now or when it came first. */
  runs: z.array(z.object({ runId: z.string(), url: z.string() })),
  /** Runs that were woken because one of their steps may wait for this event. */
  woken: z.int(),
});

export type AcceptedEvent = z.infer<typeof acceptedEventSchema>;

export const eventRoutes = {
  sendEvent: route({
    method: 'POST',
    path: '/events',
    tag: 'events',
    summary: 'Tell an event: it starts workflows and wakes runs that wait for it',
    auth: { kind: 'any', scope: 'runs:start' },
    status: 202,
    body: eventSchema,
    response: acceptedEventSchema,
    errors: ['ingest.busy'],
  }),
};
