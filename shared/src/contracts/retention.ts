import { z } from 'zod';
import { route } from './route.js';

const days = z.int().min(1).max(36_500).nullable();

export const runRetentionSchema = z.object({
  /** Days that runs are kept that completed, counted from their end; null = for ever. */
  completedDays: days,
  /** The same for runs that ended in any other way, or had an incident. */
  failedDays: days,
});
export type RunRetention = z.infer<typeof runRetentionSchema>;

export const workspaceRetentionSchema = z.object({
  /** For workflows that do not say otherwise. */
  runs: runRetentionSchema,
  /** Of the patterns that a type of event matches the longest counts; without any, events are kept for 30 days. */
  events: z
    .array(
      z.object({
        /** A type, the beginning of one with `*` behind it, or `*`. */
        pattern: z
          .string()
          .max(256)
          .regex(/^[^*]*\*?$/)
          .min(1),
        days,
      }),
    )
    .max(200)
    .refine((events) => new Set(events.map(({ pattern }) => pattern)).size === events.length, {
      message: 'Each pattern may stand here once; leave out the second.',
    }),
});
export type WorkspaceRetention = z.infer<typeof workspaceRetentionSchema>;

export const workflowRetentionSchema = z.object({
  /** Null = as the workspace says. */
  retention: runRetentionSchema.nullable(),
});
export type WorkflowRetention = z.infer<typeof workflowRetentionSchema>;

const params = z.object({ id: z.uuid() });
const read = { kind: 'any', scope: 'workflows:read' } as const;

export const retentionRoutes = {
  getRetention: route({
    method: 'GET',
    path: '/workspace/retention',
    tag: 'workspace',
    summary: 'How long ended runs and events are kept',
    auth: read,
    response: workspaceRetentionSchema,
  }),
  setRetention: route({
    method: 'PUT',
    path: '/workspace/retention',
    tag: 'workspace',
    summary: 'Say how long ended runs and events are kept; what is over is deleted within hours, for good',
    auth: { kind: 'any', scope: 'admin' },
    body: workspaceRetentionSchema,
    response: workspaceRetentionSchema,
  }),
  getWorkflowRetention: route({
    method: 'GET',
    path: '/workflows/:id/retention',
    tag: 'workflows',
    summary: 'How long ended runs of the workflow are kept, where that is not as the workspace says',
    auth: read,
    params,
    response: workflowRetentionSchema,
    errors: ['workflow.not-found'],
  }),
  setWorkflowRetention: route({
    method: 'PUT',
    path: '/workflows/:id/retention',
    tag: 'workflows',
    summary: 'Say how long ended runs of the workflow are kept; what is over is deleted within hours, for good',
    auth: { kind: 'any', scope: 'admin' },
    params,
    body: workflowRetentionSchema,
    response: workflowRetentionSchema,
    errors: ['workflow.not-found'],
  }),
};
