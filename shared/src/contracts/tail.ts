/** The live tail of the event store: events as they are stored, to look at. */
import { z } from 'zod';
import { jsonSchema } from '../kernel/index.js';
import { eventSummarySchema } from './events.js';
import { route } from './route.js';

/** Exactly this text, or every text that begins like it when it ends in `*`. */
const searchText = z.string().min(1).max(2000);

/** How many tails of one workspace a backend serves at a time. */
export const MOST_TAILS = 20;

/** What a tail shows of an event. */
export const tailedEventSchema = eventSummarySchema.omit({ runs: true }).extend({
  data: jsonSchema,
  headers: z.record(z.string(), z.string()),
});
export type TailedEvent = z.infer<typeof tailedEventSchema>;

export const tailQuerySchema = z.object({
  type: searchText.optional(),
  source: searchText.optional(),
  subject: searchText.optional(),
  /** A content pattern as JSON, as event triggers have it: `{"data":{"total":[{"numeric":[">",100]}]}}`. */
  pattern: z.string().max(20_000).optional(),
  /** Begin behind this position; absent = with what comes from now on. */
  after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
});
export type TailQuery = z.output<typeof tailQuerySchema>;

export const tailRoutes = {
  /**
   * Events: `event` (data: one stored event, id: its position). Resumes by `Last-Event-ID`. Positions grow but for those of
   * moments that overlap; nothing is left out and nothing comes twice.
   */
  tailEvents: route({
    method: 'GET',
    path: '/events/tail',
    tag: 'events',
    summary: 'Events as they are stored, as server-sent events; filtered, and from a position on',
    auth: { kind: 'any', scope: 'runs:read' },
    query: tailQuerySchema,
    response: 'event-stream',
    errors: ['rate.limited'],
  }),
};
