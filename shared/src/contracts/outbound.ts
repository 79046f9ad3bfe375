/** Outbound webhooks: endpoints that are told of events, and the log of what was sent to them. */
import { z } from 'zod';
import { eventFilterSchema } from '../event/index.js';
import { failureSchema } from '../kernel/index.js';
import { route } from './route.js';

/** How many endpoints a workspace may have. */
export const MOST_ENDPOINTS = 200;

/** How long both secrets count after a change, hours. */
const OVERLAP_HOURS = 24;
const LONGEST_RANGE_MS = 31 * 86_400_000;

/** What endpoints may not be given: it is the connection's, or the signature's, or a secret that would lie open. */
const TAKEN_HEADERS =
  /^(?:host|content-.*|transfer-encoding|connection|upgrade|te|trailer|expect|keep-alive|proxy-.*|authorization|cookie|x-api-key|webhook-.*|traceparent|tracestate|user-agent|accept-encoding)$/i;

const headersSchema = z
  .record(
    z
      .string()
      .max(100)
      .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, { error: 'holds a character that header names cannot carry' }),
    z
      .string()
      .max(1000)
      .regex(/^[\t\x20-\x7e]*$/, { error: 'holds a character that headers cannot carry' }),
  )
  .refine((headers) => Object.keys(headers).length <= 20, { error: 'at most 20 headers can be given' })
  .superRefine((headers, context) => {
    for (const name of Object.keys(headers)) {
      if (!TAKEN_HEADERS.test(name)) continue;
      const message = 'cannot be given: the connection sets it, or it holds a secret; the signature proves who sends';
      context.addIssue({ code: 'custom', path: [name], message });
    }
  });

const eventTypes = z
  .array(
    z
      .string()
      .min(1)
      .max(255)
      .regex(/^[^*]*\*?$/, { error: 'write a type, or the beginning of one with a * at its end' }),
  )
  .min(1)
  .max(100);

export const endpointSettingsSchema = z.object({
  name: z.string().trim().min(1).max(80),
  /** https, and a public address, unless the installation allows the host by name. */
  url: z.string().min(1).max(2000),
  /** Event types; `*` at the end stands for whatever follows, alone for every event. */
  types: eventTypes,
  /** Which events of these types: a content pattern, or a CESQL expression as text; null = all. */
  filter: eventFilterSchema.nullable().default(null),
  /** Sent with each delivery. */
  headers: headersSchema.default({}),
  /** Deliveries a second at most; null = as many as there are. */
  perSecond: z.number().min(0.01).max(1000).nullable().default(null),
});

const createEndpointSchema = endpointSettingsSchema.extend({
  /** `v1`: one secret for both sides (HMAC). `v1a`: the receiver has a public key only (Ed25519). */
  signature: z.enum(['v1', 'v1a']).default('v1'),
});

const instant = z.string();

export const endpointSchema = endpointSettingsSchema.extend({
  id: z.string(),
  signature: z.enum(['v1', 'v1a']),
  /** Of `v1a`: what deliveries are checked with. */
  publicKey: z.string().nullable(),
  secretSince: instant,
  /** The secret before signs as well until then; null = it does not. */
  previousUntil: instant.nullable(),
  /** `resting`: it failed again and again, and is asked again at `openUntil`. */
  status: z.enum(['live', 'resting', 'paused', 'disabled']),
  disabledReason: z.string().nullable(),
  disabledAt: instant.nullable(),
  pausedAt: instant.nullable(),
  /** Failed attempts since the last success, and since when. */
  failures: z.int(),
  failingSince: instant.nullable(),
  openUntil: instant.nullable(),
  /** Deliveries that are not over; counted up to 100,000. */
  pending: z.int(),
  createdAt: instant,
  createdBy: z.string(),
});
export type Endpoint = z.infer<typeof endpointSchema>;

/** Shown this once: later only the installation knows it. */
const secretSchema = z.object({
  /** Of `v1`; null for `v1a`, whose private key nobody needs. */
  secret: z.string().nullable(),
  publicKey: z.string().nullable(),
});

export const deliveryStatusSchema = z.enum(['pending', 'delivered', 'failed']);

export const deliverySchema = z.object({
  id: z.string(),
  endpointId: z.string(),
  /** `webhook-id` header of all its attempts. */
  messageId: z.string(),
  /** The event's place in the store. */
  position: z.int(),
  eventType: z.string(),
  test: z.boolean(),
  status: deliveryStatusSchema,
  /** Attempts that were begun, in all rounds. */
  attempts: z.int(),
  /** When it is tried next; null when it is over. */
  nextAt: instant.nullable(),
  /** HTTP status of the last answer. */
  lastStatus: z.int().nullable(),
  /** Code of the last failure. */
  lastError: z.string().nullable(),
  createdAt: instant,
  endedAt: instant.nullable(),
});
export type Delivery = z.infer<typeof deliverySchema>;

const deliveryWithLogSchema = deliverySchema.extend({
  log: z.array(
    z.object({
      number: z.int(),
      at: instant,
      durationMs: z.int().nullable(),
      /** HTTP status; null = no answer. */
      status: z.int().nullable(),
      error: failureSchema.nullable(),
      /** The first 4 KiB of the answer. */
      body: z.string().nullable(),
    }),
  ),
});

const timestamp = z.iso.datetime({ offset: true });
const resendSchema = z.discriminatedUnion('kind', [
  /** What was given up since then. */
  z.object({ kind: z.literal('failed'), since: timestamp }),
  /** Every stored event of the time range that the endpoint wants, sent before or not. */
  z
    .object({ kind: z.literal('range'), from: timestamp, to: timestamp })
    .refine(({ from, to }) => Date.parse(to) > Date.parse(from), { error: 'end after you begin', path: ['to'] })
    .refine(({ from, to }) => Date.parse(to) - Date.parse(from) <= LONGEST_RANGE_MS, {
      error: 'take at most 31 days at a time',
      path: ['to'],
    }),
]);

const params = z.object({ id: z.uuid() });
const read = { kind: 'any', scope: 'workflows:read' } as const;
const write = { kind: 'any', scope: 'workflows:write' } as const;
const tag = 'outbound webhooks';
const unknown = ['endpoint.not-found'] as const;

export const outboundRoutes = {
  listEndpoints: route({
    method: 'GET',
    path: '/endpoints',
    tag,
    summary: 'Whom the workspace tells of its events, first made first',
    auth: read,
    response: z.object({ items: z.array(endpointSchema) }),
  }),
  createEndpoint: route({
    method: 'POST',
    path: '/endpoints',
    tag,
    summary: 'Tell an endpoint of events from now on; its secret is shown this once',
    auth: write,
    status: 201,
    body: createEndpointSchema,
    response: z.object({ endpoint: endpointSchema, ...secretSchema.shape }),
    errors: ['endpoint.refused', 'endpoint.too-many'],
  }),
  getEndpoint: route({
    method: 'GET',
    path: '/endpoints/:id',
    tag,
    summary: 'One endpoint and how it does',
    auth: read,
    params,
    response: endpointSchema,
    errors: unknown,
  }),
  changeEndpoint: route({
    method: 'PUT',
    path: '/endpoints/:id',
    tag,
    summary: 'Change where it is, what it wants, or how fast',
    auth: write,
    params,
    body: endpointSettingsSchema,
    response: endpointSchema,
    errors: ['endpoint.not-found', 'endpoint.refused'],
  }),
  deleteEndpoint: route({
    method: 'DELETE',
    path: '/endpoints/:id',
    tag,
    summary: 'Delete an endpoint with its deliveries and their log',
    auth: write,
    params,
    errors: unknown,
  }),
  rotateEndpointSecret: route({
    method: 'POST',
    path: '/endpoints/:id/rotate-secret',
    tag,
    summary: 'Make a new secret, shown this once; the one before signs as well for some hours',
    auth: write,
    params,
    body: z.object({ overlapHours: z.number().min(0).max(168).default(OVERLAP_HOURS) }),
    response: z.object({ endpoint: endpointSchema, ...secretSchema.shape }),
    errors: unknown,
  }),
  pauseEndpoint: route({
    method: 'POST',
    path: '/endpoints/:id/pause',
    tag,
    summary: 'Send nothing for now; deliveries are made and wait',
    auth: write,
    params,
    response: endpointSchema,
    errors: unknown,
  }),
  resumeEndpoint: route({
    method: 'POST',
    path: '/endpoints/:id/resume',
    tag,
    summary: 'Send again, first what has waited',
    auth: write,
    params,
    response: endpointSchema,
    errors: unknown,
  }),
  enableEndpoint: route({
    method: 'POST',
    path: '/endpoints/:id/enable',
    tag,
    summary: 'Begin anew with an endpoint that was disabled because it refused or took nothing for days',
    auth: write,
    params,
    response: endpointSchema,
    errors: unknown,
  }),
  testEndpoint: route({
    method: 'POST',
    path: '/endpoints/:id/test',
    tag,
    summary: 'Send a test event (sagawright.endpoint.test) to this endpoint only, whatever it wants',
    auth: write,
    params,
    status: 202,
    response: deliverySchema,
    errors: unknown,
  }),
  resendDeliveries: route({
    method: 'POST',
    path: '/endpoints/:id/resend',
    tag,
    summary: 'Send again: what failed since an instant, or all events of a time range',
    auth: write,
    params,
    status: 202,
    body: resendSchema,
    /** Deliveries begun anew; of a range: events that will be looked at. */
    response: z.object({ count: z.int() }),
    errors: unknown,
  }),
  listDeliveries: route({
    method: 'GET',
    path: '/endpoints/:id/deliveries',
    tag,
    summary: 'What was sent to an endpoint, newest first',
    auth: read,
    params,
    query: z.object({
      status: deliveryStatusSchema.optional(),
      type: z.string().min(1).max(255).optional(),
      cursor: z.string().max(200).optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    response: z.object({ items: z.array(deliverySchema), nextCursor: z.string().nullable() }),
    errors: unknown,
  }),
  getDelivery: route({
    method: 'GET',
    path: '/deliveries/:id',
    tag,
    summary: 'One delivery with all its attempts',
    auth: read,
    params,
    response: deliveryWithLogSchema,
    errors: ['delivery.not-found'],
  }),
  resendDelivery: route({
    method: 'POST',
    path: '/deliveries/:id/resend',
    tag,
    summary: 'Send one delivery again under the same webhook-id, through the whole schedule',
    auth: write,
    params,
    status: 202,
    response: deliverySchema,
    errors: ['delivery.not-found'],
  }),
};
