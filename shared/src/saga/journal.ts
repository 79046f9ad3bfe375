/**
 * The journal: a run's append-only record and the only truth about it.
 *
 * 1. Sequence numbers are dense and start at 1; entry 1 is `run.started`.
 * 2. `step.started` of an effect is durable before the effect begins (S3).
 * 3. Everything a later decision depends on is in an entry: evaluated inputs, chosen ports, drawn retry instants (S6).
 * 4. Per step instance and direction there is at most one terminal outcome, except S22's late success.
 * 5. `run.ended` is the last entry, unless the finished run is undone later: then `run.undo-requested` follows it (S26).
 */
import { z } from 'zod';
import { eventFilterSchema } from '../event/filter/index.js';
import { effectClassSchema } from '../graph/graph.js';
import { failureSchema, jsonObjectSchema, jsonSchema } from '../kernel/index.js';

/** Milliseconds since 1970, database time where a database is involved. */
const instant = z.number();

/** One step in one run, at one path and generation. `path` is '' outside containers, else like `items[3]/try` (paths.ts). */
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

/** One thing that a waiting step would go on with; `arm` is the port it then leaves through. */
export const awaitedSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('event'),
    arm: z.string(),
    /** Type, or `*`. */
    type: z.string(),
    filter: eventFilterSchema.nullable(),
    /** Version of the type's schema that the run knows; absent = it takes events as they come. */
    schemaVersion: z.number().optional(),
    /** The event's value at `path` has to equal `value`. */
    correlation: z.object({ path: z.string(), value: jsonSchema }).nullable(),
    /** Events recorded from this instant on match as well (S31). */
    since: instant,
  }),
  z.object({ kind: z.literal('timer'), arm: z.string(), at: instant }),
  z.object({
    kind: z.literal('task'),
    /** A task leaves through the id of its outcome; in a race through the arm. */
    arm: z.string().nullable(),
    title: z.string(),
    instructions: z.string(),
    assignees: z.array(z.string()),
    form: jsonObjectSchema.nullable(),
    outcomes: z.array(z.object({ id: z.string(), label: z.string(), commentRequired: z.boolean() })),
    dueAt: instant.nullable(),
    /** First reminder and the pause between reminders; null = none. */
    reminderMs: z.number().nullable(),
    escalateAt: instant.nullable(),
    escalateTo: z.array(z.string()),
  }),
  /** The end of a child run (S18), or of its undo when the step waits in the undo direction. */
  z.object({ kind: z.literal('child'), arm: z.string(), run: z.string() }),
  /** A slot of a concurrency key or a rate limit (S30): the step goes on where it stood. */
  z.object({
    kind: z.literal('slot'),
    arm: z.string(),
    key: z.string(),
    limit: z.number(),
    perMs: z.number().nullable(),
  }),
]);
export type Awaited = z.infer<typeof awaitedSchema>;

/** How a child run ended, as its parent is told. */
export const childEndSchema = z.object({
  outcome: z.enum(['completed', 'failed', 'compensated', 'cancelled', 'terminated']),
  output: jsonSchema.nullable(),
  failure: failureSchema.nullable(),
});
export type ChildEnd = z.infer<typeof childEndSchema>;

/** What a person decided about an incident (S21). */
export const resolutionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('retry') }),
  z.object({ kind: z.literal('retry-with-input'), input: jsonObjectSchema }),
  /** The effect (or its undo) was brought about by hand. `output` only matters for forward steps. */
  z.object({
    kind: z.literal('done'),
    note: z.string().min(1),
    /** Where the proof lies: a link, a ticket, a receipt number. */
    evidence: z.string().max(2000).optional(),
    output: jsonSchema.optional(),
    /** The way the step leaves by, where it has more than one. */
    port: z.string().optional(),
  }),
  /** Leave the effect as it is: an undo that will not be done, a forward step that is taken as failed. */
  z.object({ kind: z.literal('skip'), reason: z.string().min(1) }),
  /** Another operation in place of the one that does not work; `input` is taken as it is. */
  z.object({
    kind: z.literal('use-action'),
    connector: z.string().min(1),
    operation: z.string().min(1),
    effect: effectClassSchema,
    input: jsonObjectSchema,
  }),
  /** Of an undo: undo nothing more; what was undone already is done again, and the scope goes on. */
  z.object({ kind: z.literal('resume-forward') }),
  /** Of a forward step: take it as failed and undo its scope, whatever the drawing says about its failure. */
  z.object({ kind: z.literal('compensate-from-here') }),
  /** End the run here; everything stays as it is. */
  z.object({ kind: z.literal('abandon') }),
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

/** One item brought back. Instances and scopes are those of the state (state.ts), without their data. */
export const recalledItemSchema = z.object({
  index: z.int().min(0),
  scopes: z.array(jsonObjectSchema),
  instances: z.array(jsonObjectSchema),
  /** Keys of the transitions that carried a token. */
  taken: z.array(z.string()),
});
export type RecalledItem = z.infer<typeof recalledItemSchema>;

export const entryBodySchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('run.started'),
    /** The run's own id, as expressions see it under `run.id`. */
    runId: z.string().optional(),
    trigger: z.string(),
    event: runEventSchema,
    /** Non-secret settings of the workspace, as expressions see them under `env`. */
    env: jsonObjectSchema.optional(),
    /** The run and step that started this one by a `call`, and how deep that chain is. */
    parent: z.object({ run: z.string(), instance: z.string(), depth: z.int() }).optional(),
  }),
  /** Intent. For pure steps there is none: they go straight to an outcome. */
  z.object({ type: z.literal('step.started'), ...attemptRef, key: z.string(), input: jsonObjectSchema }),
  z.object({
    type: z.literal('step.succeeded'),
    ...attemptRef,
    output: jsonSchema,
    /** The port whose transitions are taken; '' for undo steps. */
    port: z.string(),
    /** Inclusive steps: every port that is taken; `port` is the first. */
    ports: z.array(z.string()).optional(),
    /** Variables that the step writes, each to the nearest scope that has it. */
    assigned: jsonObjectSchema.optional(),
    /** A person answered (a task): who. */
    by: actorSchema.optional(),
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
  /** `until`: when time alone goes on; null = never. `awaits` is empty for a plain delay. */
  z.object({
    type: z.literal('step.waiting'),
    ...instanceRef,
    direction: z.enum(['forward', 'undo']).default('forward'),
    until: instant.nullable(),
    awaits: z.array(awaitedSchema).default([]),
    /** The attempt that the wait follows (a child that was started); captured as with a success (S17). */
    output: jsonSchema.optional(),
    undoInput: capturedSchema.optional(),
  }),
  /** Its slot is there: the step goes on where it stood (S30). */
  z.object({ type: z.literal('step.admitted'), ...instanceRef }),
  /** Its condition said so: nothing was done, nothing will be undone. */
  z.object({ type: z.literal('step.skipped'), ...instanceRef }),
  /** A container begins its body. */
  z.object({
    type: z.literal('step.opened'),
    ...instanceRef,
    /** What a for-each goes through. */
    items: z.array(jsonSchema).optional(),
    /** Start values of a scope's variables. */
    variables: jsonObjectSchema.optional(),
    /** When the whole has to be over. */
    deadline: instant.nullable(),
  }),
  /**
   * Items of a loop that the run had forgotten, brought back to be undone (forget.ts): what their own entries had come to, as
   * far as their undo needs it.
   */
  z.object({ type: z.literal('item.recalled'), ...instanceRef, items: z.array(recalledItemSchema).min(1) }),
  /** A repeat goes on with its next pass. */
  z.object({ type: z.literal('step.continued'), ...instanceRef }),
  /** The body of a container has run out of time (S10). */
  z.object({ type: z.literal('scope.timed-out'), ...instanceRef, failure: failureSchema }),
  /** A task's assignees were reminded, or it was passed on to others. */
  z.object({
    type: z.literal('task.nudged'),
    ...instanceRef,
    nudge: z.enum(['reminder', 'escalation']),
    next: instant.nullable(),
  }),
  /** A child run was asked to stop; how it ends is still awaited (S18). */
  z.object({ type: z.literal('child.cancel-requested'), ...instanceRef, reason: z.string() }),
  /** A step that was waiting, retrying or ready and will not go on (loser of a join, scope failing, cancel). */
  z.object({ type: z.literal('step.cancelled'), ...instanceRef, reason: z.string() }),
  /** The run has its place among those of its key and begins (S30). */
  z.object({ type: z.literal('run.admitted'), key: z.string() }),
  /** It stands in line; `until`: how long at least, null = until there is a place. */
  z.object({ type: z.literal('run.waiting'), key: z.string(), until: instant.nullable() }),
  /** It will not begin: its policy says so (`cancelled`), or its key cannot be worked out (`failed`). */
  z.object({ type: z.literal('run.refused'), outcome: z.enum(['cancelled', 'failed']), failure: failureSchema }),
  /** `failure`: what the run ends with, when it has to make room for another (S30). */
  z.object({
    type: z.literal('run.cancel-requested'),
    by: actorSchema,
    reason: z.string(),
    failure: failureSchema.optional(),
  }),
  /** Stop without undo (S25). */
  z.object({ type: z.literal('run.terminate-requested'), by: actorSchema, reason: z.string() }),
  /** Undo a run that has ended (S18, S26). */
  z.object({ type: z.literal('run.undo-requested'), by: actorSchema, reason: z.string() }),
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
