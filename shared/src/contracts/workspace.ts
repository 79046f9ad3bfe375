import { z } from 'zod';
import { route } from './route.js';
import { pausedAtSchema } from './workflows.js';

export const workspaceSchema = z.object({
  id: z.string(),
  pausedAt: pausedAtSchema,
  /** Workflows that are paused by themselves, archived ones included. */
  pausedWorkflows: z.array(z.object({ id: z.string(), pausedAt: z.string() })),
});
export type Workspace = z.infer<typeof workspaceSchema>;

export const workspaceRoutes = {
  getWorkspace: route({
    method: 'GET',
    path: '/workspace',
    tag: 'workspace',
    summary: 'The workspace of the caller, and what stands still in it',
    auth: { kind: 'any', scope: 'workflows:read' },
    response: workspaceSchema,
  }),
  pauseWorkspace: route({
    method: 'POST',
    path: '/workspace/pause',
    tag: 'workspace',
    summary:
      'Let every run of the workspace stand still: events are still taken and runs queued, and nothing of them is done',
    auth: { kind: 'any', scope: 'admin' },
    response: workspaceSchema,
  }),
  resumeWorkspace: route({
    method: 'POST',
    path: '/workspace/resume',
    tag: 'workspace',
    summary: 'Let the runs go on, except those of workflows that are paused by themselves',
    auth: { kind: 'any', scope: 'admin' },
    response: workspaceSchema,
  }),
};
