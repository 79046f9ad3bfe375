import { z } from 'zod';
import { NODE_KINDS, graphSchema, isTrigger, readGraph, upgradeDocument, webhookSchemeSchema } from '../graph/index.js';
import type { TriggerKind } from '../graph/index.js';
import { failureSchema, jsonObjectSchema, jsonSchema } from '../kernel/index.js';
import type { Failure, Result } from '../kernel/index.js';
import type { QuickFix } from '../saga/compile/index.js';
import { MAX_INTEGER, route } from './route.js';

/**
 * A workflow document of any version that can still be read; whoever takes it gets today's. Refused as `readGraph` refuses it,
 * with the path of every fault.
 */
export const documentSchema = z.preprocess(
  (document: z.input<typeof graphSchema>, context) => unlessRefused(upgradeDocument(document), context),
  graphSchema.transform((graph, context) => unlessRefused(readGraph(graph), context)),
);

function unlessRefused<T>(read: Result<T, Failure>, context: z.RefinementCtx): T {
  if (read.ok) return read.value;
  context.addIssue({ code: 'custom', message: read.error.message });
  return z.NEVER;
}

/** A document of a thousand steps is an honest one. */
const DOCUMENT_KEYS = 200_000;

export const diagnosticSchema = z.object({
  /** Stable id, documented in `docs/diagnostics.md`. */
  id: z.string(),
  level: z.enum(['error', 'warning', 'hint']),
  /** Names the thing and the way out. */
  message: z.string(),
  node: z.string().nullable(),
  edge: z.string().nullable(),
  /** Dotted path of the field inside the node, for jumping to it. */
  field: z.string().nullable(),
  /** Changes that would settle it; a client applies one with `applyQuickFix`, or by hand. */
  fixes: z
    .array(
      z
        .custom<QuickFix>((fix) => typeof fix === 'object' && fix !== null)
        .meta({
          type: 'object',
          description: 'A change of the graph: `label` says what a button says, `edit` what it does, by its `kind`.',
        }),
    )
    .readonly(),
});

export type Diagnostic = z.infer<typeof diagnosticSchema>;

export const triggerInfoSchema = z.object({
  nodeId: z.string(),
  kind: z.enum(NODE_KINDS.filter(isTrigger) as [TriggerKind, ...TriggerKind[]]),
  name: z.string(),
  /** Full URL of a webhook trigger; null for others. Stays the same over publishes. */
  url: z.string().nullable(),
  scheme: webhookSchemeSchema.nullable(),
  live: z.boolean(),
});
export type TriggerInfo = z.infer<typeof triggerInfoSchema>;

export const versionSummarySchema = z.object({
  number: z.int(),
  publishedAt: z.string(),
  publishedBy: z.string(),
  note: z.string(),
});

/** Since when its runs stand still; null = they go on. */
export const pausedAtSchema = z.string().nullable();

/** Runs with a higher one go first among those of their workspace. */
export const prioritySchema = z.int().min(0).max(9);

export const workflowSummarySchema = z.object({
  id: z.string(),
  name: z.string(),
  publishedVersion: z.int().nullable(),
  draftRevision: z.int(),
  /** The draft differs from the published version (or nothing is published). */
  unpublishedChanges: z.boolean(),
  updatedAt: z.string(),
  /** Its published version can be started by a call step. */
  callable: z.boolean(),
  pausedAt: pausedAtSchema,
  priority: prioritySchema,
  lastRun: z.object({ id: z.string(), status: z.string(), createdAt: z.string() }).nullable(),
  runCounts: z.object({
    live: z.int(),
    completed: z.int(),
    failed: z.int(),
    compensated: z.int(),
    /** Cancelled or terminated. */
    stopped: z.int(),
  }),
});
export type WorkflowSummary = z.infer<typeof workflowSummarySchema>;

export const workflowSchema = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: z.string(),
  pausedAt: pausedAtSchema,
  /** What its runs get when whoever starts them does not say. */
  priority: prioritySchema,
  draft: z.object({ revision: z.int(), graph: graphSchema, author: z.string(), updatedAt: z.string() }),
  published: versionSummarySchema.nullable(),
  /** Graph of the published version, for "changes since". */
  publishedGraph: graphSchema.nullable(),
  triggers: z.array(triggerInfoSchema),
});
export type Workflow = z.infer<typeof workflowSchema>;

export const templateSummarySchema = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  graph: graphSchema,
});

/** How a run ended. */
export const runEndSchema = z.object({
  outcome: z.enum(['completed', 'failed', 'compensated', 'cancelled', 'terminated']),
  output: jsonSchema.nullable(),
  failure: failureSchema.nullable(),
});

export type RunEnd = z.infer<typeof runEndSchema>;

export const startedRunSchema = z.object({
  runId: z.string(),
  /** Where a person watches the run. */
  url: z.string(),
  /** The run was there already. */
  duplicate: z.boolean(),
  /** Present when the caller waited for it (`Prefer: wait`); then the status is 200. */
  end: runEndSchema.optional(),
});

const id = z.object({ id: z.uuid() });
const node = z.object({ id: z.uuid(), nodeId: z.string().max(64) });
const read = { kind: 'any', scope: 'workflows:read' } as const;
const write = { kind: 'any', scope: 'workflows:write' } as const;

export const workflowRoutes = {
  listTemplates: route({
    method: 'GET',
    path: '/templates',
    tag: 'workflows',
    summary: 'Templates to start from',
    auth: read,
    response: z.object({ items: z.array(templateSummarySchema) }),
  }),
  listWorkflows: route({
    method: 'GET',
    path: '/workflows',
    tag: 'workflows',
    summary: 'List workflows, latest change first',
    auth: read,
    query: z.object({
      search: z.string().max(200).optional(),
      cursor: z.string().max(200).optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    response: z.object({ items: z.array(workflowSummarySchema), nextCursor: z.string().nullable() }),
  }),
  createWorkflow: route({
    method: 'POST',
    path: '/workflows',
    tag: 'workflows',
    summary: 'Create a workflow, empty, from a graph or from a template',
    auth: write,
    status: 201,
    maxBodyKeys: DOCUMENT_KEYS,
    body: z.object({
      name: z.string().trim().min(1).max(120),
      graph: documentSchema.optional(),
      template: z.string().max(80).optional(),
    }),
    response: workflowSchema,
    errors: ['template.unknown'],
  }),
  importWorkflow: route({
    method: 'POST',
    path: '/workflows/import',
    tag: 'workflows',
    summary: 'Create a workflow from an exported document of this or an older version',
    auth: write,
    status: 201,
    query: z.object({
      /** Absent = the name in the document. */
      name: z.string().trim().min(1).max(120).optional(),
    }),
    maxBodyKeys: DOCUMENT_KEYS,
    /** The document itself, as the export gives it. */
    body: jsonObjectSchema,
    response: workflowSchema,
    errors: ['workflow.not-a-document', 'workflow.too-new', 'workflow.invalid'],
  }),
  exportWorkflow: route({
    method: 'GET',
    path: '/workflows/:id/export',
    tag: 'workflows',
    summary: 'The workflow as a document for a file: keys in a stable order, nothing secret',
    auth: read,
    params: id,
    query: z.object({
      /** Number of a published version; absent = the draft. */
      version: z.coerce.number().int().min(1).max(MAX_INTEGER).optional(),
    }),
    response: z.intersection(z.object({ name: z.string() }), graphSchema),
    errors: ['workflow.not-found', 'version.not-found'],
  }),
  getWorkflow: route({
    method: 'GET',
    path: '/workflows/:id',
    tag: 'workflows',
    summary: 'One workflow with its draft',
    auth: read,
    params: id,
    response: workflowSchema,
    errors: ['workflow.not-found'],
  }),
  renameWorkflow: route({
    method: 'PATCH',
    path: '/workflows/:id',
    tag: 'workflows',
    summary: 'Rename a workflow',
    auth: write,
    params: id,
    body: z.object({ name: z.string().trim().min(1).max(120) }),
    response: workflowSchema,
    errors: ['workflow.not-found'],
  }),
  setPriority: route({
    method: 'PUT',
    path: '/workflows/:id/priority',
    tag: 'workflows',
    summary: 'Set the priority of the runs that start from now on',
    auth: write,
    params: id,
    body: z.object({ priority: prioritySchema }),
    response: z.object({ priority: prioritySchema }),
    errors: ['workflow.not-found'],
  }),
  pauseWorkflow: route({
    method: 'POST',
    path: '/workflows/:id/pause',
    tag: 'workflows',
    summary: 'Let its runs stand still: events are still taken and runs queued, and nothing of them is done',
    auth: { kind: 'any', scope: 'runs:write' },
    params: id,
    response: z.object({ pausedAt: pausedAtSchema }),
    errors: ['workflow.not-found'],
  }),
  resumeWorkflow: route({
    method: 'POST',
    path: '/workflows/:id/resume',
    tag: 'workflows',
    summary: 'Let its runs go on, with all that came meanwhile',
    auth: { kind: 'any', scope: 'runs:write' },
    params: id,
    response: z.object({ pausedAt: pausedAtSchema }),
    errors: ['workflow.not-found'],
  }),
  archiveWorkflow: route({
    method: 'DELETE',
    path: '/workflows/:id',
    tag: 'workflows',
    summary: 'Archive a workflow: its triggers stop, its runs stay',
    auth: write,
    params: id,
    errors: ['workflow.not-found'],
  }),
  saveDraft: route({
    method: 'PUT',
    path: '/workflows/:id/draft',
    tag: 'workflows',
    summary: 'Save the draft (optimistic lock by baseRevision)',
    auth: write,
    params: id,
    maxBodyKeys: DOCUMENT_KEYS,
    body: z.object({ baseRevision: z.int().min(0).max(MAX_INTEGER), graph: documentSchema }),
    response: z.object({ revision: z.int(), updatedAt: z.string(), diagnostics: z.array(diagnosticSchema) }),
    errors: ['workflow.not-found', 'draft.conflict'],
  }),
  validateGraph: route({
    method: 'POST',
    path: '/workflows/validate',
    tag: 'workflows',
    summary: 'Diagnostics of a graph without saving it',
    auth: read,
    maxBodyKeys: DOCUMENT_KEYS,
    body: z.object({ graph: documentSchema }),
    response: z.object({ publishable: z.boolean(), diagnostics: z.array(diagnosticSchema) }),
  }),
  publish: route({
    method: 'POST',
    path: '/workflows/:id/publish',
    tag: 'workflows',
    summary: 'Publish the draft as a new immutable version',
    auth: write,
    params: id,
    body: z.object({ revision: z.int().min(0).max(MAX_INTEGER), note: z.string().max(500).default('') }),
    response: workflowSchema,
    errors: ['workflow.not-found', 'draft.conflict', 'workflow.invalid'],
  }),
  listVersions: route({
    method: 'GET',
    path: '/workflows/:id/versions',
    tag: 'workflows',
    summary: 'Published versions, newest first',
    auth: read,
    params: id,
    response: z.object({ items: z.array(versionSummarySchema) }),
    errors: ['workflow.not-found'],
  }),
  getVersion: route({
    method: 'GET',
    path: '/workflows/:id/versions/:number',
    tag: 'workflows',
    summary: 'One published version',
    auth: read,
    params: z.object({ id: z.uuid(), number: z.coerce.number().int().min(1).max(MAX_INTEGER) }),
    response: versionSummarySchema.extend({ graph: graphSchema }),
    errors: ['workflow.not-found', 'version.not-found'],
  }),
  revealTriggerSecret: route({
    method: 'POST',
    path: '/workflows/:id/triggers/:nodeId/reveal',
    tag: 'workflows',
    summary: 'Show the signing secret of a webhook trigger (audited)',
    auth: { kind: 'session', scope: 'workflows:write' },
    params: node,
    response: z.object({ secret: z.string() }),
    errors: ['trigger.not-found'],
  }),
  rotateTriggerSecret: route({
    method: 'POST',
    path: '/workflows/:id/triggers/:nodeId/rotate',
    tag: 'workflows',
    summary: 'Make a new signing secret; the old one is accepted for 24 hours more',
    auth: { kind: 'session', scope: 'workflows:write' },
    params: node,
    response: z.object({ secret: z.string() }),
    errors: ['trigger.not-found'],
  }),
  setTriggerSecret: route({
    method: 'PUT',
    path: '/workflows/:id/triggers/:nodeId/secret',
    tag: 'workflows',
    summary: 'Set the secret that a provider made; the old one is accepted for 24 hours more',
    auth: { kind: 'session', scope: 'workflows:write' },
    params: node,
    /** null: none at all, until a provider hands one over in its handshake. */
    body: z.object({ secret: z.string().trim().min(1).max(10_000).nullable() }),
    errors: ['trigger.not-found'],
  }),
  startRun: route({
    method: 'POST',
    path: '/workflows/:id/runs',
    tag: 'runs',
    summary: 'Start a run of the published version',
    auth: { kind: 'any', scope: 'runs:start' },
    status: 202,
    params: id,
    headers: z.object({
      'idempotency-key': z.string().min(1).max(200).optional(),
      /** `wait=20`: answer with what the run's respond step says, or with the run's end, if it comes within 20 s (at most 30). */
      prefer: z.string().max(200).optional(),
    }),
    body: z.object({
      /** Node id of the trigger; may be left out when there is one manual trigger, or one trigger at all. */
      trigger: z.string().max(64).optional(),
      data: jsonSchema.default({}),
      /** Absent = the workflow's. */
      priority: prioritySchema.optional(),
    }),
    response: startedRunSchema,
    freeAnswer:
      'With `Prefer: wait`: the answer of the first respond step of the run (any status, headers and body), or the started run with its end',
    errors: [
      'workflow.not-found',
      'workflow.not-published',
      'trigger.not-found',
      'ingest.busy',
      'idempotency.mismatch',
    ],
  }),
};
