/**
 * The journal: a run's append-only record and the only truth about it.
 *
 * 1. Sequence numbers are dense and start at 1; entry 1 is `run.started`.
 * 2. `step.started` of an effect is durable before the effect begins (S3).
 * 3. Everything a later decision depends on is in an entry: evaluated inputs, chosen ports, drawn retry instants (S6).
 * 4. Per step instance and direction there is at most one terminal outcome, except S22's late success.
 */
import { z } from 'zod';
import { failureSchema, jsonObjectSchema, jsonSchema } from '../kernel/index.js';

/** Milliseconds since 1970, database time where a database is involved. */
const instant = z.number();

/** One step in one run at one loop path and generation. `path` is '' outside loops, else like `items[3]`. */
const instanceRef = {
  step: z.string(),
  path: z.string().default(''),
  generation: z.int().min(1).default(1),
};

const attemptRef = {
  ...instanceRef,
  direction: z.enum(['forward', 'undo']).default('forward'),
  /** 1-based. */
  attempt: z.int().min(1),
};

/** A template evaluated at a certain moment and kept, or the reason why it could not be (S17). */
export const capturedSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('value'), value: jsonObjectSchema }),
  z.object({ kind: z.literal('failure'), failure: failureSchema }),
]);
export type Captured = z.infer<typeof capturedSchema>;

export const actorSchema = z.object({ kind: z.enum(['user', 'api-key', 'system']), id: z.string(), name: z.string() });
export type Actor = z.infer<typeof actorSchema>;

/** What a person decided about an incident (S21). */
export const resolutionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('retry') }),
  z.object({ kind: z.literal('retry-with-input'), input: jsonObjectSchema }),
  /** The effect (or its undo) was brought about by hand. `output` only matters for forward steps. */
  z.object({ kind: z.literal('done'), note: z.string().min(1), output: jsonSchema.optional() }),
  /** Leave the effect as it is: an undo that will not be done, a forward step that is taken as failed. */
  z.object({ kind: z.literal('skip'), reason: z.string().min(1) }),
]);
export type Resolution = z.infer<typeof resolutionSchema>;

export const runEventSchema = z.object({
  id: z.string(),
  source: z.string(),
  type: z.string(),
  subject: z.string().nullable(),
  /** RFC 3339. */
  time: z.string(),
  data: jsonSchema,
  headers: z.record(z.string(), z.string()),
});
/** The event that started a run, as expressions see it under `trigger`. */
export type RunEvent = z.infer<typeof runEventSchema>;

export const entryBodySchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('run.started'),
    /** The run's own id, as expressions see it under `run.id`. */
    runId: z.string().optional(),
    trigger: z.string(),
    event: runEventSchema,
  }),
  /** Intent. For pure steps there is none: they go straight to an outcome. */
  z.object({ type: z.literal('step.started'), ...attemptRef, key: z.string(), input: jsonObjectSchema }),
  z.object({
    type: z.literal('step.succeeded'),
    ...attemptRef,
    output: jsonSchema,
    /** The port whose transitions are taken; '' for undo steps. */
    port: z.string(),
    /** Captured now, never re-evaluated (S17); present on forward successes of steps with a compensation. */
    undoInput: capturedSchema.optional(),
    /** S22: the attempt had already been given up. */
    late: z.boolean().optional(),
  }),
  z.object({
    type: z.literal('step.failed'),
    ...attemptRef,
    failure: failureSchema,
    /** When the next attempt begins; null = for good. */
    retryAt: instant.nullable(),
  }),
  /** Nobody knows whether the effect took place (S10, S11). */
  z.object({
    type: z.literal('step.unknown'),
    ...attemptRef,
    failure: failureSchema,
    retryAt: instant.nullable(),
    undoInput: capturedSchema.optional(),
  }),
  z.object({ type: z.literal('step.waiting'), ...instanceRef, until: instant }),
  /** A step that was waiting, retrying or ready and will not go on (loser of a join, scope failing, cancel). */
  z.object({ type: z.literal('step.cancelled'), ...instanceRef, reason: z.string() }),
  z.object({ type: z.literal('run.cancel-requested'), by: actorSchema, reason: z.string() }),
  z.object({
    type: z.literal('incident.opened'),
    incident: z.string(),
    ...instanceRef,
    direction: z.enum(['forward', 'undo']),
    failure: failureSchema,
  }),
  z.object({
    type: z.literal('incident.resolved'),
    incident: z.string(),
    resolution: resolutionSchema,
    by: actorSchema,
    reason: z.string(),
    /** Captured when a forward step is marked as done by hand (S17). */
    undoInput: capturedSchema.optional(),
  }),
  z.object({
    type: z.literal('run.ended'),
    outcome: z.enum(['completed', 'failed', 'compensated', 'cancelled', 'terminated']),
    output: jsonSchema.nullable(),
    failure: failureSchema.nullable(),
  }),
]);

/** An entry before it has its place in the journal. */
export type NewEntry = z.infer<typeof entryBodySchema> & { at: number };
export type EntryType = NewEntry['type'];
export type Entry = NewEntry & { seq: number };
export type EntryOf<T extends EntryType> = Extract<Entry, { type: T }>;

export const entrySchema: z.ZodType<Entry> = z.intersection(
  entryBodySchema,
  z.object({ at: instant, seq: z.int().min(1) }),
) as unknown as z.ZodType<Entry>;
