/**
 * The workflow document: what is drawn and saved. Nodes and edges are records keyed by id (plus an order list),
 * so that two people's edits can be merged by id and patches never depend on an array index.
 *
 * Templates: every `Json` field named `input`, `values`, `when`, `output`, `until` or `durationMs`-as-text may hold
 * `{{ JSONata }}` inside its strings (see the expression room). Data never becomes a template.
 */
import { z } from 'zod';
import { jsonObjectSchema, jsonSchema } from '../kernel/index.js';

export const GRAPH_SCHEMA_VERSION = 1;

export const nodeIdSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
export type NodeId = string;
export type EdgeId = string;

/** How often and how patiently an attempt is repeated (S9). Times are milliseconds. */
export const retryPolicySchema = z.object({
  maxAttempts: z.int().min(1).max(1000),
  initialDelayMs: z.int().min(0).max(86_400_000),
  factor: z.number().min(1).max(10),
  maxDelayMs: z.int().min(0).max(86_400_000),
  jitter: z.enum(['full', 'none']),
  /** Codes or code prefixes (`http.status.5`) that alone are retried; empty means every operational failure. */
  retryOn: z.array(z.string()).default([]),
  neverRetryOn: z.array(z.string()).default([]),
});
export type RetryPolicy = z.infer<typeof retryPolicySchema>;

/** S1. Ordered from the freest to the strictest; an author may only make the connector's class stricter. */
export const effectClassSchema = z.enum(['pure', 'read', 'idempotent', 'keyed', 'at-most-once', 'irreversible']);
export type EffectClass = z.infer<typeof effectClassSchema>;

/** One operation of a connector with its input template. */
const operationSchema = z.object({
  connector: z.string().min(1),
  operation: z.string().min(1),
  input: jsonObjectSchema,
});

/** S2: how a step with effects is undone; the compensation is docked under its step and has no edges of its own. */
export const undoSchema = z.discriminatedUnion('kind', [
  operationSchema.extend({
    kind: z.literal('compensation'),
    name: z.string().min(1).max(80),
    retry: retryPolicySchema.optional(),
    attemptTimeoutMs: z.int().min(1).max(86_400_000).optional(),
  }),
  z.object({ kind: z.literal('not-needed'), reason: z.string().min(1).max(500) }),
  z.object({ kind: z.literal('irreversible') }),
  z.object({ kind: z.literal('pivot') }),
]);
export type Undo = z.infer<typeof undoSchema>;

const nodeBase = z.object({
  id: nodeIdSchema,
  /** Title on the card; unique in the graph. Expressions reach the step by `stepKey(name)`. */
  name: z.string().trim().min(1).max(80),
  position: z.object({ x: z.number(), y: z.number() }),
  note: z.string().max(4000).optional(),
});

/** What every step may have besides its kind's own fields. */
const stepOptions = {
  retry: retryPolicySchema.optional(),
  /** Start to close of one attempt, milliseconds. */
  attemptTimeoutMs: z.int().min(1).max(86_400_000).optional(),
  /** What a failure for good does; `error-edge` needs an edge from port `error`. */
  onFailure: z.enum(['fail', 'continue', 'error-edge']).default('fail'),
};

/** Named webhook verification preset of the event room, or `none` (explicit, badged, audited). */
export const webhookSchemeSchema = z.enum(['standard-webhooks', 'github', 'none']);
export type WebhookScheme = z.infer<typeof webhookSchemeSchema>;

export const nodeSchema = z.discriminatedUnion('kind', [
  nodeBase.extend({
    kind: z.literal('trigger.webhook'),
    scheme: webhookSchemeSchema.default('standard-webhooks'),
    /** Event data shown as sample in the data picker and used as the default test input. */
    sample: jsonSchema.optional(),
  }),
  nodeBase.extend({ kind: z.literal('trigger.manual'), sample: jsonSchema.optional() }),
  nodeBase.extend({
    kind: z.literal('action'),
    connector: z.string().min(1),
    operation: z.string().min(1),
    input: jsonObjectSchema,
    /** Stricter class than the connector's, if the author wants one. */
    effect: effectClassSchema.optional(),
    undo: undoSchema.optional(),
    ...stepOptions,
  }),
  nodeBase.extend({ kind: z.literal('transform'), values: jsonSchema }),
  nodeBase.extend({
    kind: z.literal('branch'),
    /** First case whose `when` is true wins; else the port `else`. Port of a case = its id. */
    cases: z
      .array(z.object({ id: nodeIdSchema, label: z.string().max(80), when: z.string() }))
      .min(1)
      .max(50),
  }),
  nodeBase.extend({ kind: z.literal('parallel') }),
  nodeBase.extend({
    kind: z.literal('join'),
    mode: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('all') }),
      z.object({ kind: z.literal('any'), losers: z.enum(['cancel', 'ignore']) }),
      z.object({ kind: z.literal('n-of-m'), n: z.int().min(1).max(1000), losers: z.enum(['cancel', 'ignore']) }),
    ]),
  }),
  nodeBase.extend({
    kind: z.literal('delay'),
    /** Either a duration in milliseconds or a template that gives an ISO instant or milliseconds since 1970. */
    delay: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('for'), durationMs: z.int().min(0).max(31_536_000_000) }),
      z.object({ kind: z.literal('until'), instant: z.string() }),
    ]),
  }),
  nodeBase.extend({ kind: z.literal('end'), output: jsonSchema.optional() }),
  nodeBase.extend({ kind: z.literal('fail'), code: z.string().min(1).max(120), message: z.string().max(1000) }),
  nodeBase.extend({
    kind: z.literal('note'),
    text: z.string().max(10_000),
    size: z.object({ width: z.number(), height: z.number() }),
  }),
]);
export type GraphNode = z.infer<typeof nodeSchema>;
export type NodeKind = GraphNode['kind'];
export type NodeOf<K extends NodeKind> = Extract<GraphNode, { kind: K }>;

/**
 * A line of the drawing. Ports of a source: `out` (trigger, action, transform, parallel, join, delay), `error`
 * (action), a case id or `else` (branch). The target's port is always its one input.
 */
export const edgeSchema = z.object({
  id: nodeIdSchema,
  from: nodeIdSchema,
  port: z.string().min(1).max(64),
  to: nodeIdSchema,
});
export type GraphEdge = z.infer<typeof edgeSchema>;

export const graphSchema = z.object({
  schemaVersion: z.literal(GRAPH_SCHEMA_VERSION),
  settings: z.object({
    direction: z.enum(['lr', 'tb']).default('lr'),
    /** In a strict workflow an undeclared undo is an error instead of a warning (S2). */
    strict: z.boolean().default(false),
  }),
  nodes: z.record(nodeIdSchema, nodeSchema),
  edges: z.record(nodeIdSchema, edgeSchema),
  /** Node ids in the order in which they were added; decides ties deterministically. */
  order: z.array(nodeIdSchema),
});
export type Graph = z.infer<typeof graphSchema>;
