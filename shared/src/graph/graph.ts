/**
 * The workflow document: what is drawn and saved. Nodes and edges are records keyed by id (plus an order list),
 * so that two people's edits can be merged by id and patches never depend on an array index.
 *
 * 1. A node may lie inside a container (`parent`): a scope, a loop, or a group (which is drawing only). Edges connect nodes
 *    of the same container; the body of a container begins at edges from its port `body`.
 * 2. Positions are absolute, also inside containers.
 * 3. Templates: fields that are documented as such may hold `{{ JSONata }}` inside their strings (see the expression room).
 *    Data never becomes a template.
 */
import { z } from 'zod';
import { eventFilterSchema } from '../event/filter/index.js';
import { WEBHOOK_PROVIDER_IDS } from '../event/providers/index.js';
import { jsonObjectSchema, jsonSchema } from '../kernel/index.js';

/** 2: containers, waits, people, sub-workflows; see `migrate.ts` for what older documents become. */
export const GRAPH_SCHEMA_VERSION = 2;

/**
 * Names that every JavaScript object answers to are no ids, so that records keyed by id can be asked without a second thought; nor is
 * `root`, which is the scope of the whole run.
 */
export const nodeIdSchema = z
  .string()
  .regex(
    /^(?!(?:__.*__|root|constructor|hasOwnProperty|isPrototypeOf|propertyIsEnumerable|toLocaleString|toString|valueOf)$)[A-Za-z0-9_-]{1,64}$/,
  );
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

/** A duration of at most a year, milliseconds. */
const duration = z.int().min(1).max(31_536_000_000);
/** Text with `{{ expression }}` inside. */
const template = z.string().max(20_000);

const nodeBase = z.object({
  id: nodeIdSchema,
  /** Title on the card; unique in the graph. Expressions reach the step by `stepKey(name)`. */
  name: z.string().trim().min(1).max(80),
  position: z.object({ x: z.number(), y: z.number() }),
  /** The container that the node lies in; absent = on the canvas itself. */
  parent: nodeIdSchema.optional(),
  note: z.string().max(4000).optional(),
});

/** Width and height of a container or a note. */
const sized = { size: z.object({ width: z.number().positive(), height: z.number().positive() }) };
const containerSize = { size: sized.size.default({ width: 560, height: 240 }) };

/**
 * What a failure for good does: fail the scope, go on with an empty output, take the port `error`, or wait for a person.
 * @see 02-saga-semantics S13
 */
const failureOption = { onFailure: z.enum(['fail', 'continue', 'error-edge', 'park']).default('fail') };
/** The same for steps whose way on is chosen by their outcome, so that there is no plain way to go on by. */
const routedFailureOption = { onFailure: z.enum(['fail', 'error-edge', 'park']).default('fail') };
/** Whether running out of time is a failure like others, or leaves through the port `timeout`. */
const timeoutEdgeOption = { onTimeout: z.enum(['fail', 'timeout-edge']).default('fail') };
/** Template; true = the step is passed over with an empty output, and nothing of it is ever undone. */
const skipOption = { skipWhen: template.optional() };

/** Steps with outside effects. */
const attemptOptions = {
  retry: retryPolicySchema.optional(),
  /** Start to close of one attempt, milliseconds. */
  attemptTimeoutMs: z.int().min(1).max(86_400_000).optional(),
  /** From the moment when the step could begin to its outcome, all attempts and pauses included (S10). */
  totalTimeoutMs: duration.optional(),
  /** Template of the key sent to the participant instead of the engine's own (S4); equal keys mean one effect. */
  idempotencyKey: template.optional(),
  /**
   * At most `limit` such steps of the workspace run at a time per value of the template `key` (S30). When there is no place
   * the step stands in line, or fails (`limit.rejected`).
   */
  concurrency: z
    .object({ key: template, limit: z.int().min(1).max(10_000), policy: z.enum(['queue', 'reject']).optional() })
    .optional(),
  /** At most `limit` starts in any `perMs` milliseconds per value of the template `key`. */
  rate: z
    .object({ key: template, limit: z.int().min(1).max(100_000), perMs: z.int().min(1).max(86_400_000) })
    .optional(),
  ...skipOption,
  ...failureOption,
  ...timeoutEdgeOption,
};

/** How requests prove themselves: a provider of the event room, or `none` (explicit, badged, audited). */
export const webhookSchemeSchema = z.enum(WEBHOOK_PROVIDER_IDS);
export type WebhookScheme = z.infer<typeof webhookSchemeSchema>;

/** Which events: a type (or `*`), and a filter over the whole event: a content pattern, or a CESQL expression as text. */
export const eventMatchSchema = z.object({
  type: z.string().min(1).max(255),
  filter: eventFilterSchema.optional(),
  /** Version of the type's schema that the reader knows; absent = recorded at publish, if the type has a schema then. */
  schemaVersion: z.int().min(1).max(1_000_000).optional(),
});
export type EventMatch = z.infer<typeof eventMatchSchema>;

/** Runs of one trigger whose events have equal keys go one after another, in the order in which the events were stored (S32). */
const orderSchema = z.object({
  /** Path of the key in the event: `subject`, or `data.order.id`. An event that has no text or number there is in no order. */
  by: z.string().min(1).max(255),
  /** What one that fails means for those behind it: they wait until a person lets them go on, or they go on. */
  onFailure: z.enum(['block', 'go-on']).default('block'),
});
export type EventOrder = z.infer<typeof orderSchema>;

/** An event awaited by a running step. Events that came up to `earlyMs` before match as well (S31). */
const awaitedEventSchema = eventMatchSchema.extend({
  /** The event's value at `path` (`subject`, or `data.order.id`) equals what the template `value` gives now. */
  correlation: z.object({ path: z.string().min(1).max(255), value: template }).optional(),
  earlyMs: z.int().min(0).max(31_536_000_000).default(3_600_000),
});

/** What a person is asked to decide or to fill in. Outcomes are ports. */
const taskSchema = z.object({
  /** Template: what stands in the inbox. */
  title: template,
  /** Template: what the person should know. */
  instructions: template.default(''),
  /** Templates that give user ids or e-mail addresses, or names of groups; empty = anybody who may complete tasks. */
  assignees: z.array(template).max(50).default([]),
  /** JSON Schema of the answer; absent = the outcome is all that is asked for. */
  form: jsonObjectSchema.optional(),
  outcomes: z
    .array(
      z.object({ id: nodeIdSchema, label: z.string().min(1).max(80), commentRequired: z.boolean().default(false) }),
    )
    .min(1)
    .max(20),
  /** Shown as the due date; passing it changes nothing else. */
  dueMs: duration.optional(),
  /** After that long, and then again each time, the assignees are reminded. */
  reminderMs: duration.optional(),
  /** After that long the task also belongs to others. */
  escalation: z.object({ afterMs: duration, to: z.array(template).min(1).max(20) }).optional(),
});
export type TaskSettings = z.infer<typeof taskSchema>;

const delaySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('for'), durationMs: z.int().min(0).max(31_536_000_000) }),
  /** A template that gives an ISO instant or milliseconds since 1970. */
  z.object({ kind: z.literal('until'), instant: template }),
]);

const caseSchema = z.object({ id: nodeIdSchema, label: z.string().max(80), when: template });

const armBase = z.object({ id: nodeIdSchema, label: z.string().max(80) });
/** One of several waits of a race; its port is its id. */
export const raceArmSchema = z.discriminatedUnion('kind', [
  armBase.extend({ kind: z.literal('event'), event: awaitedEventSchema }),
  armBase.extend({ kind: z.literal('timer'), delay: delaySchema }),
  armBase.extend({ kind: z.literal('task'), task: taskSchema }),
]);
export type RaceArm = z.infer<typeof raceArmSchema>;

const sampled = { sample: jsonSchema.optional() };

export const nodeSchema = z.discriminatedUnion('kind', [
  nodeBase.extend({
    kind: z.literal('trigger.webhook'),
    scheme: webhookSchemeSchema.default('standard-webhooks'),
    order: orderSchema.optional(),
    /** Event data shown as sample in the data picker and used as the default test input. */
    ...sampled,
  }),
  nodeBase.extend({ kind: z.literal('trigger.manual'), ...sampled }),
  nodeBase.extend({
    kind: z.literal('trigger.event'),
    event: eventMatchSchema,
    order: orderSchema.optional(),
    ...sampled,
  }),
  nodeBase.extend({
    kind: z.literal('trigger.schedule'),
    schedule: z.discriminatedUnion('kind', [
      /** Five fields, or six with seconds first; `timeZone` is an IANA name. */
      z.object({
        kind: z.literal('cron'),
        expression: z.string().min(1).max(120),
        timeZone: z.string().min(1).max(64),
      }),
      z.object({ kind: z.literal('interval'), everyMs: z.int().min(1000).max(31_536_000_000) }),
    ]),
    /** What becomes of instants that passed while nobody was there: none, the latest one, or each. */
    catchUp: z.enum(['skip', 'latest', 'all']).default('latest'),
    ...sampled,
  }),
  nodeBase.extend({
    kind: z.literal('trigger.connector'),
    connector: z.string().min(1),
    /** Name of one of the connector's triggers. */
    trigger: z.string().min(1),
    ...sampled,
  }),
  /** Started by `call` steps of other workflows. */
  nodeBase.extend({ kind: z.literal('trigger.called'), ...sampled }),
  nodeBase.extend({
    kind: z.literal('trigger.failure'),
    /** Ids of the workflows whose runs are meant; empty = any other workflow of the workspace. */
    workflows: z.array(z.string()).max(100).default([]),
    ...sampled,
  }),
  nodeBase.extend({
    kind: z.literal('action'),
    connector: z.string().min(1),
    operation: z.string().min(1),
    input: jsonObjectSchema,
    /** Stricter class than the connector's, if the author wants one. */
    effect: effectClassSchema.optional(),
    undo: undoSchema.optional(),
    ...attemptOptions,
  }),
  nodeBase.extend({
    kind: z.literal('transform'),
    values: jsonSchema,
    /** Templates by name of a variable, written to the nearest scope that has it. */
    assign: jsonObjectSchema.optional(),
    ...skipOption,
    ...failureOption,
  }),
  nodeBase.extend({
    kind: z.literal('code'),
    /** JavaScript, the body of `(input) => { ... }`; no network, no clock, no randomness. */
    source: z.string().max(100_000),
    input: jsonObjectSchema,
    timeoutMs: z.int().min(1).max(60_000).default(5000),
    ...skipOption,
    ...failureOption,
    ...timeoutEdgeOption,
  }),
  nodeBase.extend({
    kind: z.literal('branch'),
    /** First case whose `when` is true wins; else the port `else`. Port of a case = its id. */
    cases: z.array(caseSchema).min(1).max(50),
    ...routedFailureOption,
  }),
  nodeBase.extend({
    kind: z.literal('inclusive'),
    /** Every case whose `when` is true starts; the port `else` when there is none. */
    cases: z.array(caseSchema).min(1).max(50),
    ...routedFailureOption,
  }),
  nodeBase.extend({ kind: z.literal('parallel') }),
  nodeBase.extend({
    kind: z.literal('join'),
    mode: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('all') }),
      z.object({ kind: z.literal('any'), losers: z.enum(['cancel', 'ignore']) }),
      z.object({ kind: z.literal('n-of-m'), n: z.int().min(1).max(1000), losers: z.enum(['cancel', 'ignore']) }),
    ]),
    ...routedFailureOption,
  }),
  nodeBase.extend({
    kind: z.literal('race'),
    arms: z.array(raceArmSchema).min(1).max(20),
    ...skipOption,
    ...routedFailureOption,
  }),
  nodeBase.extend({
    kind: z.literal('for-each'),
    /** Template that gives the array. */
    items: template,
    mode: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('sequential') }),
      z.object({ kind: z.literal('parallel'), limit: z.int().min(1).max(10_000) }),
    ]),
    /**
     * A failed item is undone on its own. Then: fail the loop, go on with an empty result, or go on and collect what failed.
     */
    onItemFailure: z.enum(['fail', 'continue', 'collect']).default('fail'),
    /** What is kept of the items' results: all of them in a list, or nothing; absent = all. */
    results: z.enum(['all', 'none']).optional(),
    timeoutMs: duration.optional(),
    ...containerSize,
    ...skipOption,
    ...failureOption,
    ...timeoutEdgeOption,
  }),
  nodeBase.extend({
    kind: z.literal('repeat'),
    /** Template; true ends the repetition. */
    until: template,
    /** Whether the condition is looked at before the first pass as well. */
    test: z.enum(['before', 'after']).default('after'),
    maxPasses: z.int().min(1).max(100_000).default(100),
    /** What reaching `maxPasses` is. */
    onBound: z.enum(['fail', 'continue']).default('fail'),
    timeoutMs: duration.optional(),
    ...containerSize,
    ...skipOption,
    ...failureOption,
    ...timeoutEdgeOption,
  }),
  nodeBase.extend({
    kind: z.literal('scope'),
    /** Templates by name: the variables that live in the scope. */
    variables: jsonObjectSchema.optional(),
    timeoutMs: duration.optional(),
    /** An undo that comes from outside stops here, and the run goes on by the port `resume` (S24). */
    savePoint: z.boolean().default(false),
    /** On a failure inside, everything in the scope is undone before its handler runs; save-points inside do not count. */
    undoAsUnit: z.boolean().default(false),
    /** Once the scope has succeeded this is done instead of the undos inside. */
    undo: undoSchema.optional(),
    ...containerSize,
    ...skipOption,
    ...failureOption,
    ...timeoutEdgeOption,
  }),
  nodeBase.extend({
    kind: z.literal('delay'),
    /** Either a duration in milliseconds or a template that gives an ISO instant or milliseconds since 1970. */
    delay: delaySchema,
    ...skipOption,
    ...failureOption,
  }),
  nodeBase.extend({
    kind: z.literal('wait'),
    event: awaitedEventSchema,
    timeoutMs: duration.optional(),
    ...skipOption,
    ...failureOption,
    ...timeoutEdgeOption,
  }),
  nodeBase.extend({
    kind: z.literal('task'),
    task: taskSchema,
    timeoutMs: duration.optional(),
    ...skipOption,
    ...routedFailureOption,
    ...timeoutEdgeOption,
  }),
  nodeBase.extend({
    kind: z.literal('call'),
    /** Id of the workflow. */
    workflow: z.string().min(1).max(200),
    version: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('latest') }),
      z.object({ kind: z.literal('pinned'), number: z.int().min(1) }),
    ]),
    input: jsonObjectSchema,
    /** Wait for the child's outcome, or start it and go on. */
    mode: z.enum(['wait', 'forget']).default('wait'),
    /** Instead of the child's own undo (S18). */
    undo: undoSchema.optional(),
    ...attemptOptions,
  }),
  nodeBase.extend({
    kind: z.literal('emit'),
    /** What is told to whoever listens; its source is the workflow. All texts are templates. */
    event: z.object({
      type: z.string().min(1).max(2000),
      subject: template.optional(),
      data: jsonSchema.default({}),
      /** Events with the same key are kept in order where a trigger asks for it. */
      partitionKey: template.optional(),
    }),
    /** Id of the one workflow whose event triggers may start by it; absent = of whichever workflow listens. */
    workflow: z.string().min(1).max(200).optional(),
    undo: undoSchema.optional(),
    ...attemptOptions,
  }),
  nodeBase.extend({
    kind: z.literal('respond'),
    status: z.int().min(200).max(599).default(200),
    /** Templates by header name. */
    headers: z.record(z.string(), template).default({}),
    /** Template. */
    body: jsonSchema.optional(),
    ...skipOption,
    ...failureOption,
  }),
  nodeBase.extend({ kind: z.literal('end'), output: jsonSchema.optional() }),
  nodeBase.extend({ kind: z.literal('fail'), code: z.string().min(1).max(120), message: z.string().max(1000) }),
  /** Stops every other branch of its container (or of the run) and ends it with what was done left in place. */
  nodeBase.extend({ kind: z.literal('terminate'), output: jsonSchema.optional() }),
  nodeBase.extend({ kind: z.literal('note'), text: z.string().max(10_000), ...sized }),
  /** A frame around nodes: drawing only. */
  nodeBase.extend({ kind: z.literal('group'), ...containerSize }),
]);
export type GraphNode = z.infer<typeof nodeSchema>;
export type NodeKind = GraphNode['kind'];
export type NodeOf<K extends NodeKind> = Extract<GraphNode, { kind: K }>;

export const NODE_KINDS: readonly NodeKind[] = nodeSchema.options.map((option) => option.shape.kind.value);

/** Steps with a body of their own. */
export type ContainerNode = NodeOf<'scope' | 'for-each' | 'repeat'>;

/**
 * A line of the drawing. Its ports are those of `portsOf` in ports.ts. The target's port is always its one input.
 */
export const edgeSchema = z.object({
  id: nodeIdSchema,
  from: nodeIdSchema,
  port: z.string().min(1).max(64),
  to: nodeIdSchema,
});
export type GraphEdge = z.infer<typeof edgeSchema>;

/**
 * At most `limit` runs of the workflow at a time per value of the template `key`, which reads `trigger`, `run` and `env`
 * (S30). When there is no place:
 * - `queue` the newcomer stands in line, by priority and arrival
 * - `reject` it ends cancelled, `limit.rejected`
 * - `cancel-older` the older are cancelled and undone, and the newcomer stands in line for their place
 * - `cancel-newer` the newcomer ends cancelled, `limit.superseded`
 * - `debounce` a run begins once none has come after it for `debounceMs`; of those that wait only the latest is kept
 */
export const runConcurrencySchema = z.object({
  key: template,
  limit: z.int().min(1).max(10_000),
  policy: z.enum(['queue', 'reject', 'cancel-older', 'cancel-newer', 'debounce']).default('queue'),
  debounceMs: duration.optional(),
});
export type RunConcurrency = z.infer<typeof runConcurrencySchema>;

export const graphSchema = z.object({
  schemaVersion: z.literal(GRAPH_SCHEMA_VERSION),
  settings: z.object({
    direction: z.enum(['lr', 'tb']).default('lr'),
    /** In a strict workflow an undeclared undo is an error instead of a warning (S2). */
    strict: z.boolean().default(false),
    /** Start values of the run's variables, by name. */
    variables: jsonObjectSchema.default({}),
    /** A run that is not over by then is cancelled (S25), milliseconds after its start. */
    deadlineMs: duration.optional(),
    concurrency: runConcurrencySchema.optional(),
  }),
  nodes: z.record(nodeIdSchema, nodeSchema),
  edges: z.record(nodeIdSchema, edgeSchema),
  /** Node ids in the order in which they were added; decides ties deterministically. */
  order: z.array(nodeIdSchema),
});
export type Graph = z.infer<typeof graphSchema>;
