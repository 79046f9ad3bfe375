import { z } from 'zod';
import { jsonSchema } from '../kernel/index.js';

/** A fact that came from outside or was emitted by a run, in the terms of CloudEvents 1.0. */
export const eventSchema = z.object({
  /** Unique together with `source`; equal for repeated deliveries. */
  id: z.string().min(1).max(300),
  source: z.string().min(1).max(2000),
  type: z.string().min(1).max(300),
  subject: z.string().min(1).max(2000).nullable(),
  /** RFC 3339. */
  time: z.iso.datetime({ offset: true }),
  data: jsonSchema,
});

export type Event = z.infer<typeof eventSchema>;
