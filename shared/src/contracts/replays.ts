/** Replays: events of the past, once more, or only to see what a workflow would decide about them today. */
import { z } from 'zod';
import { failureSchema, jsonObjectSchema, jsonSchema } from '../kernel/index.js';
import { actorSchema } from '../saga/journal.js';
import { route } from './route.js';

export const replayModeSchema = z.enum([
  /** Runs are started, and call whom they call. */
  'live',
  /** Nobody is called: recorded answers stand in, and what is decided otherwise is told. */
  'dry-run',
]);

export const replayStatusSchema = z.enum(['running', 'paused', 'done', 'cancelled', 'failed']);

export const replayFilterSchema = z.strictObject({
  /** Any of them; `order.*` = every type that begins with `order.`. */
  types: z.array(z.string().min(1).max(255)).min(1).max(50).optional(),
  source: z.string().min(1).max(255).optional(),
  subject: z.string().min(1).max(255).optional(),
  /** A content pattern, or a CESQL expression as text. */
  content: z.union([jsonObjectSchema, z.string().min(1).max(10_000)]).optional(),
});

const targetSchema = z.strictObject({
  workflowId: z.uuid(),
  /** The draft as it is now, for a dry run only. */
  version: z.enum(['published', 'draft']).default('published'),
});

const count = z.int().min(0);

export const replaySchema = z.object({
  id: z.string(),
  mode: replayModeSchema,
  status: replayStatusSchema,
  note: z.string(),
  from: z.string(),
  to: z.string(),
  filter: replayFilterSchema,
  workflows: z.array(
    z.object({
      workflowId: z.string(),
      workflowName: z.string().nullable(),
      version: z.enum(['published', 'draft']),
      /** Number of the version, or revision of the draft. */
      number: z.int(),
    }),
  ),
  /** Events per second, at most. */
  rate: z.int(),
  /** Live: runs of an ordered trigger go one after another per key, among the runs of this replay. */
  keepsOrder: z.boolean(),
  /** Events of the stretch that are of the type, source and subject asked for. */
  total: count,
  /** Of those, how many have been gone through, */
  seen: count,
  /** and how many passed the content filter. */
  matched: count,
  /** Runs that were started (live). */
  started: count,
  /** Runs that are decided alike today (dry run), */
  equal: count,
  /** or otherwise; */
  different: count,
  /** of these, how many make calls that nobody was asked for then, so that what follows them is not known; */
  unknown: count,
  /** and runs whose record cannot be read any more; live: runs not started, since the event cannot be cast to what they know. */
  failed: count,
  failure: failureSchema.nullable(),
  createdBy: actorSchema,
  createdAt: z.string(),
  endedAt: z.string().nullable(),
});
export type Replay = z.infer<typeof replaySchema>;

export const differenceSchema = z.object({
  what: z.enum(['step-added', 'step-removed', 'input', 'way', 'outcome', 'undo', 'run', 'output']),
  /** Step instance as journals name it; null = the run as a whole. */
  instance: z.string().nullable(),
  step: z.string().nullable(),
  name: z.string().nullable(),
  then: jsonSchema,
  now: jsonSchema,
});

export const replayGroupSchema = z.object({
  workflowId: z.string(),
  /** What is different, in short; equal for all of the group. */
  signature: z.string(),
  /** Runs of the group. */
  count: z.int(),
  /** Of the first of them. */
  differences: z.array(differenceSchema),
  /** Some of them; `runId` null = the event started no run of the workflow then. */
  examples: z.array(z.object({ runId: z.string().nullable(), position: z.int(), eventId: z.string() })),
});
export type ReplayGroup = z.infer<typeof replayGroupSchema>;

/** Most events that one replay goes through. */
export const MOST_EVENTS_PER_REPLAY = 1_000_000;

const id = z.object({ id: z.uuid() });
const read = { kind: 'any', scope: 'runs:read' } as const;
const write = { kind: 'any', scope: 'runs:write' } as const;

export const replayRoutes = {
  startReplay: route({
    method: 'POST',
    path: '/replays',
    tag: 'replays',
    summary: 'Replay stored events to workflows, or try in a dry run what they would decide',
    auth: write,
    body: z.strictObject({
      mode: replayModeSchema,
      /** Events recorded at this instant or later, RFC 3339, */
      from: z.iso.datetime({ offset: true }),
      /** and before this one; absent = now. */
      to: z.iso.datetime({ offset: true }).optional(),
      filter: replayFilterSchema.default({}),
      workflows: z.array(targetSchema).min(1).max(20),
      /** Events per second, at most; absent = 50 live, 1000 dry. */
      rate: z.int().min(1).max(10_000).optional(),
      /**
       * Live: whether runs of an ordered trigger go one after another per key. They do so among themselves, and neither hold up the
       * runs of today nor wait for them.
       */
      keepsOrder: z.boolean().default(true),
      note: z.string().max(500).default(''),
    }),
    response: replaySchema,
    status: 201,
    errors: ['workflow.not-found', 'workflow.not-published', 'workflow.invalid', 'replay.invalid', 'replay.too-many'],
  }),
  listReplays: route({
    method: 'GET',
    path: '/replays',
    tag: 'replays',
    summary: 'The latest replays, newest first',
    auth: read,
    query: z.object({ limit: z.coerce.number().int().min(1).max(200).default(50) }),
    response: z.object({ items: z.array(replaySchema) }),
  }),
  getReplay: route({
    method: 'GET',
    path: '/replays/:id',
    tag: 'replays',
    summary: 'How far a replay has come, and what is decided otherwise, most frequent first',
    auth: read,
    params: id,
    response: replaySchema.extend({ groups: z.array(replayGroupSchema) }),
    errors: ['replay.not-found'],
  }),
  cancelReplay: route({
    method: 'POST',
    path: '/replays/:id/cancel',
    tag: 'replays',
    summary: 'End a replay; runs that it has started go on',
    auth: write,
    params: id,
    response: replaySchema,
    errors: ['replay.not-found', 'replay.ended'],
  }),
  pauseReplay: route({
    method: 'POST',
    path: '/replays/:id/pause',
    tag: 'replays',
    summary: 'Let a replay stand still',
    auth: write,
    params: id,
    response: replaySchema,
    errors: ['replay.not-found', 'replay.ended'],
  }),
  resumeReplay: route({
    method: 'POST',
    path: '/replays/:id/resume',
    tag: 'replays',
    summary: 'Let a paused replay go on',
    auth: write,
    params: id,
    response: replaySchema,
    errors: ['replay.not-found', 'replay.ended'],
  }),
};
