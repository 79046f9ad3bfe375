import { z } from 'zod';
import { graphSchema } from '../graph/index.js';
import { failureSchema, jsonSchema } from '../kernel/index.js';
import { entrySchema, resolutionSchema, runEventSchema } from '../saga/journal.js';
import type { SagaDefinition } from '../saga/definition.js';
import { MAX_INTEGER, route } from './route.js';
import { prioritySchema } from './workflows.js';

export const RUN_STATUSES = [
  'queued',
  'running',
  'waiting',
  'compensating',
  'blocked',
  'completed',
  'failed',
  'compensated',
  'cancelled',
  'terminated',
] as const;
export const runStatusSchema = z.enum(RUN_STATUSES);

export const runSummarySchema = z.object({
  id: z.string(),
  workflowId: z.string(),
  workflowName: z.string(),
  version: z.int(),
  status: runStatusSchema,
  trigger: z.string(),
  createdAt: z.string(),
  endedAt: z.string().nullable(),
  failure: failureSchema.nullable(),
  /** Latest journal position. */
  seq: z.int(),
});
export type RunSummary = z.infer<typeof runSummarySchema>;

export const runSchema = runSummarySchema.extend({
  graph: graphSchema,
  /** The saga definition the run is pinned to. */
  definition: z.custom<SagaDefinition>((value) => typeof value === 'object' && value !== null),
  event: runEventSchema,
  /** How the event was let in: scheme, key id, skew, body hash; null for runs started by hand. */
  receipt: jsonSchema.nullable(),
  priority: prioritySchema,
  /** Set while something outside the run keeps it from going on, in words ("no worker is running"). */
  heldUp: z.string().nullable(),
});
export type Run = z.infer<typeof runSchema>;

/** Something that a step did to the world. */
export const effectSchema = z.object({
  /** The step instance, as the journal names it. */
  instance: z.string(),
  /** Name of the step. */
  step: z.string(),
});

export const stayingEffectSchema = effectSchema.extend({
  reason: z.enum(['irreversible', 'not-needed', 'undeclared', 'pivot', 'before-pivot', 'skipped']),
});

export const undoPreviewSchema = z.object({
  /** Why it cannot be undone; null when it can. */
  refusal: failureSchema.nullable(),
  undone: z.array(
    effectSchema.extend({
      /** Name of the compensation. */
      undo: z.string(),
      /** 1 comes first; equal numbers run at the same time. */
      order: z.int(),
    }),
  ),
  stays: z.array(stayingEffectSchema),
});
export type UndoPreview = z.infer<typeof undoPreviewSchema>;

const id = z.object({ id: z.uuid() });
const read = { kind: 'any', scope: 'runs:read' } as const;
const write = { kind: 'any', scope: 'runs:write' } as const;

export const runRoutes = {
  listRuns: route({
    method: 'GET',
    path: '/runs',
    tag: 'runs',
    summary: 'List runs, newest first; with `search` those about one subject, id or number',
    auth: read,
    query: z.object({
      workflowId: z.uuid().optional(),
      status: runStatusSchema.optional(),
      /**
       * What a run is about, as it stands there exactly: the subject of its event; of the event's data a text or number under a
       * name that is or ends in id, key, number, reference or ref, and the id of an object (`order.id`); or the id of a run.
       */
      search: z.string().trim().min(1).max(500).optional(),
      cursor: z.string().max(200).optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    response: z.object({
      items: z.array(runSummarySchema),
      nextCursor: z.string().nullable(),
      counts: z.record(runStatusSchema, z.int()),
    }),
  }),
  getRun: route({
    method: 'GET',
    path: '/runs/:id',
    tag: 'runs',
    summary: 'One run; with `Prefer: wait=20` when it has ended, or has gone on behind a position, or the time is over',
    auth: read,
    params: id,
    query: z.object({
      /** With `Prefer: wait`: a position of the journal that the caller knows; what comes behind it ends the wait. */
      after: z.coerce.number().int().min(0).max(MAX_INTEGER).optional(),
    }),
    headers: z.object({ prefer: z.string().max(200).optional() }),
    response: runSchema,
    errors: ['run.not-found'],
  }),
  getJournal: route({
    method: 'GET',
    path: '/runs/:id/journal',
    tag: 'runs',
    summary: 'Journal entries after a position, oldest first',
    auth: read,
    params: id,
    query: z.object({
      after: z.coerce.number().int().min(0).max(MAX_INTEGER).default(0),
      limit: z.coerce.number().int().min(1).max(1000).default(500),
    }),
    response: z.object({ items: z.array(entrySchema), more: z.boolean() }),
    errors: ['run.not-found'],
  }),
  /** Values of more than about 64 KiB stand in runs and journals as `{"$payload": hash, "bytes": length}`; this is the value. */
  getPayload: route({
    method: 'GET',
    path: '/runs/:id/payloads/:hash',
    tag: 'runs',
    summary: 'A large value that the journal of the run refers to',
    auth: read,
    params: z.object({ id: z.uuid(), hash: z.string().max(100) }),
    response: z.object({ value: jsonSchema }),
    errors: ['run.not-found', 'payload.not-found'],
  }),
  /** Events: `entry` (data: one Entry, id: its seq). Resumes by `Last-Event-ID`. Closes after `run.ended`. */
  liveRun: route({
    method: 'GET',
    path: '/runs/:id/live',
    tag: 'runs',
    summary: 'Journal entries as server-sent events',
    auth: read,
    params: id,
    response: 'event-stream',
    errors: ['run.not-found'],
  }),
  /** Events: `run` (data: RunSummary) whenever a run of the workspace changed its status. */
  liveRuns: route({
    method: 'GET',
    path: '/live/runs',
    tag: 'runs',
    summary: 'Changed runs of the workspace as server-sent events',
    auth: read,
    query: z.object({ workflowId: z.uuid().optional() }),
    response: 'event-stream',
  }),
  cancelRun: route({
    method: 'POST',
    path: '/runs/:id/cancel',
    tag: 'runs',
    summary: 'Cancel a run: stops it and undoes what it did',
    auth: write,
    status: 202,
    params: id,
    body: z.object({ reason: z.string().max(500).default('') }),
    response: z.object({ accepted: z.boolean() }),
    errors: ['run.not-found', 'run.ended', 'run.past-pivot'],
  }),
  terminateRun: route({
    method: 'POST',
    path: '/runs/:id/terminate',
    tag: 'runs',
    summary: 'Terminate a run: stops it at once and undoes nothing (administrators)',
    auth: { kind: 'any', scope: 'admin' },
    status: 202,
    params: id,
    body: z.object({ reason: z.string().trim().min(1).max(500) }),
    response: z.object({
      accepted: z.boolean(),
      /** Effects in force, or perhaps so, that stay as they are. */
      stays: z.array(effectSchema),
    }),
    errors: ['run.not-found', 'run.ended'],
  }),
  previewUndo: route({
    method: 'GET',
    path: '/runs/:id/undo',
    tag: 'runs',
    summary: 'What undoing this finished run would undo, in which order, and what it would leave',
    auth: read,
    params: id,
    response: undoPreviewSchema,
    errors: ['run.not-found'],
  }),
  undoRun: route({
    method: 'POST',
    path: '/runs/:id/undo',
    tag: 'runs',
    summary: 'Undo a run that has ended',
    auth: write,
    status: 202,
    params: id,
    body: z.object({ reason: z.string().max(500).default('') }),
    response: z.object({ accepted: z.boolean(), stays: z.array(stayingEffectSchema) }),
    errors: ['run.not-found', 'run.not-ended', 'run.not-completed', 'run.past-pivot', 'run.nothing-to-undo'],
  }),
  /** `use-action` needs `workflows:write` as well, `abandon` needs `admin`. */
  resolveIncident: route({
    method: 'POST',
    path: '/runs/:id/incidents/:incident/resolve',
    tag: 'runs',
    summary: 'Resolve an incident',
    auth: write,
    status: 202,
    params: z.object({ id: z.uuid(), incident: z.string().max(200) }),
    body: z.object({ resolution: resolutionSchema, reason: z.string().max(500).default('') }),
    response: z.object({ accepted: z.boolean() }),
    errors: [
      'run.not-found',
      'run.ended',
      'run.past-pivot',
      'incident.not-found',
      'incident.resolved',
      'incident.no-port',
      'incident.port-unknown',
      'incident.no-input',
      'incident.no-action',
      'incident.of-run',
      'incident.not-undoing',
      'incident.not-forward',
      'incident.no-way-on',
      'incident.resume-inside',
      'incident.undo-under-way',
    ],
  }),
};
