/** Which events a trigger means, and why one was or was not meant. */
import { z } from 'zod';
import { eventFilterSchema } from '../event/filter/index.js';
import { jsonSchema } from '../kernel/index.js';
import { route } from './route.js';

/** A trigger as it is live, or a filter that somebody is writing. */
const askedSchema = z.union([
  z.strictObject({ workflowId: z.uuid(), nodeId: z.string().min(1).max(100) }),
  z.strictObject({ type: z.string().min(1).max(255).default('*'), filter: eventFilterSchema.nullable() }),
]);

export const matchExplanationSchema = z.object({
  /** Whether the event's type and content are those that are meant. */
  matches: z.boolean(),
  /** The one reason that counts, a sentence. */
  reason: z.string(),
  language: z.enum(['none', 'pattern', 'cesql']),
  /** What was asked, outermost first. */
  parts: z.array(
    z.object({
      /** How deep it lies in what stands before it. */
      depth: z.int(),
      /** A path of the event, or the text of a part of the expression. */
      what: z.string(),
      matches: z.boolean(),
      /** The values that the event has at the path, or the value of the part. */
      found: jsonSchema,
      reason: z.string(),
    }),
  ),
  /** The run that the trigger started by this event; null = none, or no trigger was asked about. */
  runId: z.string().nullable(),
});
export type MatchExplanation = z.infer<typeof matchExplanationSchema>;

export const matchingRoutes = {
  explainMatch: route({
    method: 'POST',
    path: '/events/:position/explain',
    tag: 'events',
    summary: 'Why a stored event matches a trigger, or a filter, or why it does not, part by part',
    auth: { kind: 'any', scope: 'runs:read' },
    params: z.object({ position: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) }),
    body: askedSchema,
    response: matchExplanationSchema,
    errors: ['event.not-found', 'trigger.not-found', 'request.invalid'],
  }),
};
