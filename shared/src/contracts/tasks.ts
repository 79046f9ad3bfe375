/** Tasks: what runs ask of people. */
import { z } from 'zod';
import { jsonObjectSchema, jsonSchema } from '../kernel/index.js';
import { actorSchema } from '../saga/journal.js';
import { route } from './route.js';

export const taskStatusSchema = z.enum([
  'open',
  'completed',
  /** Nobody's answer is needed any more: the time ran out, or the run went on otherwise. */
  'withdrawn',
]);

export const taskSchema = z.object({
  id: z.string(),
  runId: z.string(),
  workflowId: z.string(),
  workflowName: z.string(),
  /** The step instance that waits, as the journal names it. */
  instance: z.string(),
  title: z.string(),
  instructions: z.string(),
  /** User ids, e-mail addresses, or roles (everybody of that role); empty = anybody who may write runs. */
  assignees: z.array(z.string()),
  /** JSON Schema of `data`; null = the outcome is all that is asked for. */
  form: jsonObjectSchema.nullable(),
  outcomes: z.array(z.object({ id: z.string(), label: z.string(), commentRequired: z.boolean() })),
  status: taskStatusSchema,
  createdAt: z.string(),
  dueAt: z.string().nullable(),
  /** Whether the caller may complete it or give it to others. */
  mayComplete: z.boolean(),
  completed: z
    .object({ at: z.string(), by: actorSchema, outcome: z.string(), comment: z.string(), data: jsonSchema })
    .nullable(),
});
export type Task = z.infer<typeof taskSchema>;

const id = z.object({ id: z.uuid() });
const read = { kind: 'any', scope: 'runs:read' } as const;
const write = { kind: 'any', scope: 'runs:write' } as const;

export const taskRoutes = {
  listTasks: route({
    method: 'GET',
    path: '/tasks',
    tag: 'tasks',
    summary: 'List tasks, newest first',
    auth: read,
    query: z.object({
      status: taskStatusSchema.optional(),
      /** `true`: only what the caller is asked for, by name or with everybody. */
      mine: z.enum(['true', 'false']).default('false'),
      workflowId: z.uuid().optional(),
      runId: z.uuid().optional(),
      cursor: z.string().max(200).optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    response: z.object({ items: z.array(taskSchema), nextCursor: z.string().nullable() }),
  }),
  getTask: route({
    method: 'GET',
    path: '/tasks/:id',
    tag: 'tasks',
    summary: 'One task',
    auth: read,
    params: id,
    response: taskSchema,
    errors: ['task.not-found'],
  }),
  completeTask: route({
    method: 'POST',
    path: '/tasks/:id/complete',
    tag: 'tasks',
    summary: 'Answer a task; the run goes on by the outcome',
    auth: write,
    params: id,
    body: z.object({
      /** Id of one of the task's outcomes. */
      outcome: z.string().min(1).max(64),
      comment: z.string().max(4000).default(''),
      /** What the form asks for. */
      data: jsonSchema.default({}),
    }),
    response: taskSchema,
    errors: [
      'task.not-found',
      'task.not-yours',
      'task.completed',
      'task.withdrawn',
      'task.outcome-unknown',
      'task.comment-required',
      'task.form',
    ],
  }),
  reassignTask: route({
    method: 'POST',
    path: '/tasks/:id/reassign',
    tag: 'tasks',
    summary: 'Give a task to others',
    auth: write,
    params: id,
    body: z.object({
      /** User ids, e-mail addresses or roles; they take the place of those before. */
      assignees: z.array(z.string().trim().min(1).max(320)).min(1).max(50),
      reason: z.string().max(500).default(''),
    }),
    response: taskSchema,
    errors: ['task.not-found', 'task.not-yours', 'task.completed', 'task.withdrawn'],
  }),
};
