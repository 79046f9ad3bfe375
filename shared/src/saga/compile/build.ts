/**
 * The saga definition of a flow without errors.
 *
 * 1. Everything is resolved into it: effect classes, retry policies, timeouts (defaults in `retry.ts`).
 * 2. Only what a trigger reaches is in it, and only edges between such nodes.
 * 3. Deterministic: ties follow the graph's order.
 */
import { effectClassSchema, portsOf } from '../../graph/index.js';
import type { EffectClass, GraphEdge, NodeOf, RunConcurrency, TriggerNode, Undo } from '../../graph/index.js';
import { EVENTS_CONNECTOR, PUBLISH_OPERATION } from '../../connector/index.js';
import type { ConnectorManifest, OperationManifest } from '../../connector/index.js';
import type { JsonObject } from '../../kernel/index.js';
import { ROOT_SCOPE } from '../definition.js';
import type {
  SagaDefinition,
  ScopeDefinition,
  StepDefinition,
  StepOf,
  TriggerDefinition,
  TriggerSettings,
  UndoDefinition,
} from '../definition.js';
import {
  DEFAULT_ATTEMPT_TIMEOUT_MS,
  DEFAULT_RETRY,
  DEFAULT_UNDO_ATTEMPT_TIMEOUT_MS,
  GENEROUS_RETRY,
  SINGLE_ATTEMPT,
  isRepeatable,
} from '../retry.js';
import { innerEdges, isTriggerNode, scopeOf } from './flow.js';
import type { Flow, FlowStep } from './flow.js';
import type { Level } from './level.js';
import { loserRegion } from './losers.js';

/** Connector manifests by connector id. */
export type Catalogue = Readonly<Record<string, ConnectorManifest>>;

const STRICTNESS = effectClassSchema.options;

/** The stricter of what the connector declares and the author says. Without a catalogue nothing is taken for repeatable. */
export function effectOf(node: NodeOf<'action'>, manifest: OperationManifest | undefined): EffectClass {
  const declared = manifest?.effect ?? (node.effect ? 'pure' : 'at-most-once');
  const own = node.effect ?? declared;
  return STRICTNESS.indexOf(own) > STRICTNESS.indexOf(declared) ? own : declared;
}

export function operationOf(
  catalogue: Catalogue | null,
  call: { readonly connector: string; readonly operation: string },
): OperationManifest | undefined {
  if (catalogue === null || !Object.hasOwn(catalogue, call.connector)) return undefined;
  const operations = catalogue[call.connector]?.operations ?? {};
  return Object.hasOwn(operations, call.operation) ? operations[call.operation] : undefined;
}

/** @param flow with a proof on every level */
export function buildDefinition(flow: Flow, catalogue: Catalogue | null): SagaDefinition {
  const ids = orderOf(flow, ROOT_SCOPE);
  const nodes = ids.map((id) => flow.byId.get(id)).filter((node) => node !== undefined);
  const steps = nodes.filter((node): node is FlowStep => !isTriggerNode(node));
  return {
    formatVersion: 2,
    triggers: Object.fromEntries(nodes.filter(isTriggerNode).map((node) => [node.id, triggerOf(flow, node)])),
    steps: Object.fromEntries(steps.map((node) => [node.id, stepOf(flow, node, catalogue)])),
    transitions: Object.fromEntries(
      nodes
        .flatMap((node) => flow.outgoing.get(node.id) ?? [])
        .map(({ id, from, port, to }) => [id, { id, from, port, to }]),
    ),
    scopes: Object.fromEntries([...flow.levels.values()].map((level) => [level.scope, scopeDefinition(flow, level)])),
    order: steps.map(({ id }) => id),
    variables: flow.graph.settings.variables,
    deadlineMs: flow.graph.settings.deadlineMs ?? null,
    ...runLimitOf(flow.graph.settings.concurrency),
  };
}

function runLimitOf(concurrency: RunConcurrency | undefined): Pick<SagaDefinition, 'concurrency'> {
  if (!concurrency) return {};
  const { key, limit, policy, debounceMs = null } = concurrency;
  return { concurrency: { key, limit, policy, debounceMs: policy === 'debounce' ? debounceMs : null } };
}

/** Topological order of a level, each container followed by what lies in it. */
function orderOf(flow: Flow, scope: string): string[] {
  return (flow.levels.get(scope)?.order ?? []).flatMap((id) =>
    flow.levels.has(id) ? [id, ...orderOf(flow, id)] : [id],
  );
}

function scopeDefinition(flow: Flow, level: Level): ScopeDefinition {
  return {
    id: level.scope,
    parent: level.container === null ? null : scopeOf(flow, level.container.id),
    steps: level.order.filter((id) => {
      const node = flow.byId.get(id);
      return node !== undefined && !isTriggerNode(node);
    }),
    handler: level.container === null ? [] : idsOf(innerEdges(flow, level.container.id, 'handler')),
  };
}

const idsOf = (edges: readonly GraphEdge[]): string[] => edges.map(({ id }) => id);

function triggerOf(flow: Flow, node: TriggerNode): TriggerDefinition {
  const { id: _id, name, position: _position, parent: _parent, note: _note, sample: _sample, ...settings } = node;
  const outgoing = idsOf(flow.outgoing.get(node.id) ?? []);
  return { id: node.id, kind: node.kind, name, outgoing, settings: settings as TriggerSettings };
}

type StepFrame = Pick<
  StepDefinition,
  | 'id'
  | 'key'
  | 'name'
  | 'scope'
  | 'incoming'
  | 'outgoing'
  | 'effect'
  | 'undo'
  | 'onFailure'
  | 'timeoutEdge'
  | 'skipWhen'
>;

function stepOf(flow: Flow, node: FlowStep, catalogue: Catalogue | null): StepDefinition {
  const frame = frameOf(flow, node);
  switch (node.kind) {
    case 'action': {
      const effect = effectOf(node, operationOf(catalogue, node));
      const harmless = effect === 'pure' || effect === 'read';
      return {
        ...frame,
        kind: 'action',
        connector: node.connector,
        operation: node.operation,
        input: node.input,
        effect,
        undo: undoOf(node.undo, { kind: harmless ? 'none' : 'undeclared' }, catalogue),
        ...attemptsOf(node, effect),
      };
    }
    case 'call':
      return {
        ...frame,
        kind: 'call',
        workflow: node.workflow,
        version: node.version,
        input: node.input,
        mode: node.mode,
        effect: 'keyed',
        undo: undoOf(node.undo, node.mode === 'wait' ? CHILD_UNDO : { kind: 'undeclared' }, catalogue),
        ...attemptsOf(node, 'keyed'),
      };
    case 'emit':
      return {
        ...frame,
        kind: 'action',
        ...PUBLISH,
        input: { ...withoutBlanks(node.event), ...(node.workflow === undefined ? {} : { workflow: node.workflow }) },
        effect: 'keyed',
        undo: undoOf(node.undo, { kind: 'undeclared' }, catalogue),
        ...attemptsOf(node, 'keyed'),
      };
    case 'transform':
      return { ...frame, kind: 'transform', values: node.values, assign: node.assign ?? null };
    case 'code':
      return { ...frame, kind: 'code', source: node.source, input: node.input, timeoutMs: node.timeoutMs };
    case 'branch':
      return { ...frame, kind: 'branch', cases: node.cases };
    case 'inclusive':
      return { ...frame, kind: 'inclusive', cases: node.cases };
    case 'parallel':
      return { ...frame, kind: 'parallel' };
    case 'join': {
      const cancels = node.mode.kind !== 'all' && node.mode.losers === 'cancel';
      return { ...frame, kind: 'join', mode: node.mode, region: cancels ? loserRegion(flow, node.id) : [] };
    }
    case 'race':
      return { ...frame, kind: 'race', arms: node.arms };
    case 'for-each': {
      const { items, mode, onItemFailure, results } = node;
      const limit = mode.kind === 'sequential' ? 1 : mode.limit;
      const kept = results === undefined ? {} : { results };
      return { ...frame, kind: 'for-each', items, limit, onItemFailure, ...kept, ...containsOf(flow, node) };
    }
    case 'repeat': {
      const { until, test, maxPasses, onBound } = node;
      return { ...frame, kind: 'repeat', until, test, maxPasses, onBound, ...containsOf(flow, node) };
    }
    case 'scope':
      return {
        ...frame,
        kind: 'scope',
        variables: node.variables ?? {},
        savePoint: node.savePoint,
        undoAsUnit: node.undoAsUnit,
        undo: undoOf(node.undo, { kind: 'none' }, catalogue),
        ...containsOf(flow, node),
      };
    case 'delay':
      return { ...frame, kind: 'delay', delay: node.delay };
    case 'wait':
      return { ...frame, kind: 'wait', event: node.event, timeoutMs: node.timeoutMs ?? null };
    case 'task':
      return { ...frame, kind: 'task', task: node.task, timeoutMs: node.timeoutMs ?? null };
    case 'respond':
      return { ...frame, kind: 'respond', status: node.status, headers: node.headers, body: node.body ?? null };
    case 'end':
      return { ...frame, kind: 'end', output: node.output ?? null };
    case 'fail':
      return { ...frame, kind: 'fail', code: node.code, message: node.message };
    case 'terminate':
      return { ...frame, kind: 'terminate', output: node.output ?? null };
  }
}

/** What every step has; its class and its undo are those of a step that changes nothing. */
function frameOf(flow: Flow, node: FlowStep): StepFrame {
  const edges = flow.outgoing.get(node.id) ?? [];
  const reached = (flow.incoming.get(node.id) ?? []).filter((edge) => flow.reachable.has(edge.from));
  return {
    id: node.id,
    key: flow.keys.get(node.id) ?? '',
    name: node.name,
    scope: scopeOf(flow, node.id),
    incoming: idsOf(reached),
    outgoing: Object.fromEntries(
      portsOf(node).map((port) => [port, idsOf(edges.filter((edge) => edge.port === port))]),
    ),
    effect: 'pure',
    undo: { kind: 'none' },
    onFailure: 'onFailure' in node ? node.onFailure : 'fail',
    timeoutEdge: 'onTimeout' in node && node.onTimeout === 'timeout-edge',
    skipWhen: 'skipWhen' in node ? (node.skipWhen ?? null) : null,
  };
}

function attemptsOf(
  node: NodeOf<'action' | 'call' | 'emit'>,
  effect: EffectClass,
): Pick<StepOf<'action'>, 'retry' | 'attemptTimeoutMs' | 'totalTimeoutMs' | 'idempotencyKey' | 'concurrency' | 'rate'> {
  return {
    retry: node.retry ?? (isRepeatable(effect) ? DEFAULT_RETRY : SINGLE_ATTEMPT),
    attemptTimeoutMs: node.attemptTimeoutMs ?? DEFAULT_ATTEMPT_TIMEOUT_MS,
    totalTimeoutMs: node.totalTimeoutMs ?? null,
    idempotencyKey: node.idempotencyKey ?? null,
    concurrency: node.concurrency ?? null,
    rate: node.rate ?? null,
  };
}

function containsOf(
  flow: Flow,
  node: Extract<FlowStep, { kind: 'scope' | 'for-each' | 'repeat' }>,
): { entry: readonly string[]; timeoutMs: number | null } {
  return { entry: idsOf(innerEdges(flow, node.id, 'body')), timeoutMs: node.timeoutMs ?? null };
}

/** Publishing is an operation like others, so that an undo may publish as well. */
const PUBLISH = { connector: EVENTS_CONNECTOR, operation: PUBLISH_OPERATION } as const;

function withoutBlanks(event: NodeOf<'emit'>['event']): JsonObject {
  return Object.fromEntries(Object.entries(event).filter(([, value]) => value !== undefined && value !== ''));
}

/** The child run undoes itself, under the key of the call (S18). */
const CHILD_UNDO: UndoDefinition = {
  kind: 'child',
  effect: 'keyed',
  retry: GENEROUS_RETRY,
  attemptTimeoutMs: DEFAULT_UNDO_ATTEMPT_TIMEOUT_MS,
};

function undoOf(undo: Undo | undefined, otherwise: UndoDefinition, catalogue: Catalogue | null): UndoDefinition {
  if (!undo) return otherwise;
  if (undo.kind !== 'compensation') return undo;
  return {
    kind: 'compensation',
    name: undo.name,
    connector: undo.connector,
    operation: undo.operation,
    input: undo.input,
    // An undo accepts being repeated and finding nothing to undo (S14); a catalogue may know it to be stricter.
    effect: operationOf(catalogue, undo)?.effect ?? 'idempotent',
    retry: undo.retry ?? GENEROUS_RETRY,
    attemptTimeoutMs: undo.attemptTimeoutMs ?? DEFAULT_UNDO_ATTEMPT_TIMEOUT_MS,
  };
}

/** Whether a step with this node can have changed something outside, by itself or by what lies in it. */
export function hasEffect(node: FlowStep, catalogue: Catalogue | null): boolean {
  if (node.kind === 'call' || node.kind === 'emit') return true;
  if (node.kind !== 'action') return false;
  const effect = effectOf(node, operationOf(catalogue, node));
  return effect !== 'pure' && effect !== 'read';
}
