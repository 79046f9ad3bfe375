/** Dead letters: what did not go on, why, and what somebody does about it. */
import { z } from 'zod';
import { jsonSchema } from '../kernel/index.js';
import { actorSchema } from '../saga/journal.js';
import { route } from './route.js';

export const deadLetterKindSchema = z.enum([
  /** The event fits no version of the schema of its type. */
  'schema',
  /** The event could not be cast to the version that the trigger knows. */
  'upcast',
  /** It was skipped in the order of its partition. */
  'ordering',
  /** The chain of events that led to it had become too long. */
  'loop',
  /** An outbound delivery was given up. */
  'delivery',
]);

export const deadLetterStatusSchema = z.enum(['open', 'redriven', 'discarded']);

export const deadLetterSchema = z.object({
  id: z.string(),
  kind: deadLetterKindSchema,
  status: deadLetterStatusSchema,
  /** Whose it is: the trigger that did not start; null = of the event as a whole. */
  subscription: z
    .object({ triggerId: z.string(), triggerName: z.string(), workflowId: z.string(), workflowName: z.string() })
    .nullable(),
  event: z.object({
    /** Null = it is not in the event store. */
    position: z.int().nullable(),
    type: z.string(),
    source: z.string(),
    id: z.string(),
  }),
  /** The event starts and wakes nothing as long as the letter is open. */
  holds: z.boolean(),
  /** Stable, such as `schema.violated`. */
  code: z.string(),
  message: z.string(),
  /** Where the event's data is at fault, as JSON pointers. */
  problems: z.array(z.object({ path: z.string(), message: z.string() })),
  /** How often it was tried, the first time included. */
  attempts: z.int(),
  firstAt: z.string(),
  lastAt: z.string(),
  /** When it is deleted. */
  expiresAt: z.string(),
  closed: z
    .object({
      at: z.string(),
      by: actorSchema,
      note: z.string(),
      /** Runs that sending it again started. */
      runs: z.array(z.string()),
      /** Position of the edited event that was sent in its place. */
      replacedBy: z.int().nullable(),
    })
    .nullable(),
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;

const filter = {
  kind: deadLetterKindSchema.optional(),
  /** Exactly this type of event. */
  type: z.string().min(1).max(255).optional(),
  code: z.string().min(1).max(100).optional(),
  triggerId: z.uuid().optional(),
  workflowId: z.uuid().optional(),
  /** Put aside at this instant or later. */
  from: z.iso.datetime({ offset: true }).optional(),
  /** Put aside before this instant. */
  to: z.iso.datetime({ offset: true }).optional(),
  /** A part of the reason, or of the event's id or source. */
  search: z.string().min(1).max(200).optional(),
};

const id = z.object({ id: z.uuid() });
const read = { kind: 'any', scope: 'runs:read' } as const;
const write = { kind: 'any', scope: 'runs:write' } as const;
/** Sending others' events again is starting runs; changing what they say needs more. */
const edit = { kind: 'any', scope: 'workflows:write' } as const;

/** How many letters one request sends again. */
export const MOST_REDRIVEN_AT_ONCE = 100;

const settings = z.object({
  /** How long letters are kept that are made from now on. */
  keepDays: z.int().min(1).max(3650),
});

export const deadLetterRoutes = {
  listDeadLetters: route({
    method: 'GET',
    path: '/dead-letters',
    tag: 'dead letters',
    summary: 'List dead letters, newest first',
    auth: read,
    query: z.object({
      ...filter,
      status: deadLetterStatusSchema.optional(),
      cursor: z.string().max(200).optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    response: z.object({ items: z.array(deadLetterSchema), nextCursor: z.string().nullable() }),
  }),
  countDeadLetters: route({
    method: 'GET',
    path: '/dead-letters/counts',
    tag: 'dead letters',
    summary: 'How many letters are open, per subscription, kind and type of event, the most first',
    auth: read,
    response: z.object({
      open: z.int(),
      items: z.array(
        z.object({
          kind: deadLetterKindSchema,
          subscription: deadLetterSchema.shape.subscription,
          type: z.string(),
          open: z.int(),
          oldestAt: z.string(),
        }),
      ),
    }),
  }),
  getDeadLetterSettings: route({
    method: 'GET',
    path: '/dead-letters/settings',
    tag: 'dead letters',
    summary: 'How long dead letters are kept',
    auth: read,
    response: settings,
  }),
  setDeadLetterSettings: route({
    method: 'PUT',
    path: '/dead-letters/settings',
    tag: 'dead letters',
    summary: 'Say how long dead letters are kept that are made from now on (administrators)',
    auth: { kind: 'any', scope: 'admin' },
    body: settings,
    response: settings,
  }),
  getDeadLetter: route({
    method: 'GET',
    path: '/dead-letters/:id',
    tag: 'dead letters',
    summary: 'One dead letter, with the data of its event',
    auth: read,
    params: id,
    response: deadLetterSchema.extend({
      /** Null = the event is not kept any more. */
      data: jsonSchema.nullable(),
    }),
    errors: ['dead-letter.not-found'],
  }),
  redriveDeadLetter: route({
    method: 'POST',
    path: '/dead-letters/:id/redrive',
    tag: 'dead letters',
    summary: 'Send it again; one that was sent again already is answered as it is',
    auth: write,
    params: id,
    body: z.object({ note: z.string().trim().max(2000).default('') }),
    response: deadLetterSchema,
    errors: ['dead-letter.not-found', 'dead-letter.closed', 'dead-letter.not-sendable'],
  }),
  editDeadLetter: route({
    method: 'POST',
    path: '/dead-letters/:id/edit-and-redrive',
    tag: 'dead letters',
    summary: 'Send a corrected event in its place; the original stays as it came',
    auth: edit,
    params: id,
    body: z.object({ data: jsonSchema, note: z.string().trim().min(1).max(2000) }),
    response: deadLetterSchema,
    errors: [
      'dead-letter.not-found',
      'dead-letter.closed',
      'dead-letter.not-sendable',
      'event.schema-violated',
      'ingest.busy',
    ],
  }),
  discardDeadLetter: route({
    method: 'POST',
    path: '/dead-letters/:id/discard',
    tag: 'dead letters',
    summary: 'Give it up, with the reason',
    auth: write,
    params: id,
    body: z.object({ note: z.string().trim().min(1).max(2000) }),
    response: deadLetterSchema,
    errors: ['dead-letter.not-found', 'dead-letter.closed'],
  }),
  redriveDeadLetters: route({
    method: 'POST',
    path: '/dead-letters/redrive',
    tag: 'dead letters',
    summary:
      'Send many again, the newest first: those named, or open ones that pass the filter; call it until none remain',
    auth: write,
    body: z.object({
      ids: z.array(z.uuid()).min(1).max(MOST_REDRIVEN_AT_ONCE).optional(),
      filter: z.object(filter).optional(),
      limit: z.int().min(1).max(MOST_REDRIVEN_AT_ONCE).default(MOST_REDRIVEN_AT_ONCE),
      /** Where the call before ended: what did not go on then is not tried again. */
      cursor: z.string().max(200).optional(),
      note: z.string().trim().max(2000).default(''),
    }),
    response: z.object({
      redriven: z.int(),
      /** They did not go on, or cannot be sent again; each with the reason. */
      failed: z.array(z.object({ id: z.string(), code: z.string(), message: z.string() })),
      /** Null = there are no more that pass the filter. */
      nextCursor: z.string().nullable(),
    }),
    errors: ['dead-letter.busy'],
  }),
};
