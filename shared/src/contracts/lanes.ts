/** Lanes: runs of one trigger and one key go one after another (S32); here they are seen, paused, resumed and cleared. */
import { z } from 'zod';
import { route } from './route.js';
import { runStatusSchema } from './runs.js';

const laneNameSchema = z.strictObject({ triggerId: z.uuid(), key: z.string().min(1).max(400) });

export const laneSchema = z.object({
  workflowId: z.string(),
  workflowName: z.string(),
  triggerId: z.string(),
  /** Node of the trigger in the drawing. */
  nodeId: z.string(),
  key: z.string(),
  /** `blocked`: the run that holds it failed or stands in front of a person, and nobody goes past it. */
  state: z.enum(['going', 'blocked', 'paused']),
  /** The run that holds it. */
  run: z.object({ id: z.string(), status: runStatusSchema }).nullable(),
  /** Runs that wait in it. */
  waiting: z.int(),
  blockedSince: z.string().nullable(),
  pausedSince: z.string().nullable(),
});
export type Lane = z.infer<typeof laneSchema>;

const change = { kind: 'any', scope: 'runs:write' } as const;
const changed = z.object({ changed: z.boolean() });

export const laneRoutes = {
  listLanes: route({
    method: 'GET',
    path: '/lanes',
    tag: 'lanes',
    summary: 'Keys whose runs go one after another: those that are blocked or paused, or all that hold a run',
    auth: { kind: 'any', scope: 'runs:read' },
    query: z.object({
      state: z.enum(['blocked', 'paused', 'all']).default('all'),
      workflowId: z.uuid().optional(),
      cursor: z.string().max(1000).optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    response: z.object({ items: z.array(laneSchema), nextCursor: z.string().nullable() }),
  }),
  pauseLane: route({
    method: 'POST',
    path: '/lanes/pause',
    tag: 'lanes',
    summary: 'Let no further run of a key begin; the one that goes on is not touched',
    auth: change,
    body: laneNameSchema,
    response: changed,
    errors: ['trigger.not-found'],
  }),
  resumeLane: route({
    method: 'POST',
    path: '/lanes/resume',
    tag: 'lanes',
    summary: 'Let the runs of a paused key go on; `changed` is false when it was not paused',
    auth: change,
    body: laneNameSchema,
    response: changed,
  }),
  skipInLane: route({
    method: 'POST',
    path: '/lanes/skip',
    tag: 'lanes',
    summary: 'Take the run that blocks a key out of its way; the run itself stays as it is',
    auth: change,
    body: laneNameSchema.extend({ runId: z.uuid() }),
    response: changed,
    errors: ['lane.not-blocked'],
  }),
};
