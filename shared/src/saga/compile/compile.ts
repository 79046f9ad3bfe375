/**
 * Compiles a drawing to a saga definition, or says what is wrong with it.
 *
 * 1. Without error-level diagnostics the definition can always be executed; nothing is left to be found out at run time.
 * 2. Deterministic: ties follow the graph's order, so equal graphs give equal definitions.
 * 3. Everything is resolved into it: effect classes, retry policies, timeouts (defaults in `retry.ts`).
 * 4. Steps that no trigger reaches are left out, with a warning.
 */
import { stepKey } from '../../graph/index.js';
import type { Graph, GraphEdge, NodeOf } from '../../graph/index.js';
import type { ConnectorManifest, OperationManifest } from '../../connector/index.js';
import { ROOT_SCOPE } from '../definition.js';
import type { SagaDefinition, StepDefinition, TriggerDefinition, UndoDefinition } from '../definition.js';
import {
  DEFAULT_ATTEMPT_TIMEOUT_MS,
  DEFAULT_RETRY,
  DEFAULT_UNDO_ATTEMPT_TIMEOUT_MS,
  GENEROUS_RETRY,
  SINGLE_ATTEMPT,
  isRepeatable,
} from '../retry.js';
import { checkDrawing, usableEdges } from './check-drawing.js';
import { checkFlow, loserRegion } from './check-flow.js';
import { checkAction, checkTemplates, effectOf } from './check-steps.js';
import type { Diagnostic, Report } from './diagnostic.js';
import { analyse, isTrigger, portsOf, readFlow, topologicalOrder } from './flow.js';
import type { Analysis, Flow, FlowNode } from './flow.js';

/** Connector manifests by connector id. */
export type Catalogue = Readonly<Record<string, ConnectorManifest>>;

export interface CompileOptions {
  /**
   * The connectors that exist. Without them connectors, operations and required inputs are not checked, and an action
   * without an effect class of its own counts as `at-most-once`; a publish gate always gives them.
   */
  readonly connectors?: Catalogue;
}

export interface Compiled {
  /** null when a diagnostic is an error. */
  readonly definition: SagaDefinition | null;
  /** Errors first, then warnings, then hints. */
  readonly diagnostics: readonly Diagnostic[];
}

const LEVELS = ['error', 'warning', 'hint'] as const;

export function compile(graph: Graph, options: CompileOptions = {}): Compiled {
  const catalogue = options.connectors ?? null;
  const diagnostics: Diagnostic[] = [];
  const report: Report = (
    level,
    id,
    message,
    {
      node = null,
      edge = null,
      field = null,
    }: { node?: string | null; edge?: string | null; field?: string | null } = {},
  ) => {
    diagnostics.push({ id, level, message, node, edge, field });
  };
  const flow = readFlow(graph, usableEdges(graph, report));
  checkDrawing(flow, report);
  for (const node of flow.nodes)
    if (node.kind === 'action') checkAction(node, catalogue, graph.settings.strict, report);
  const { order, rest } = topologicalOrder(flow);
  if (rest.length > 0) reportCycle(flow, rest, report);
  const analysis = rest.length > 0 ? null : analyse(flow, order);
  checkTemplates(flow, analysis, report);
  if (analysis) checkFlow(flow, analysis, report);
  const sorted = LEVELS.flatMap((level) => diagnostics.filter((each) => each.level === level));
  const executable = analysis !== null && sorted[0]?.level !== 'error';
  return { definition: executable ? build(flow, analysis, catalogue) : null, diagnostics: sorted };
}

/** Follows edges backwards among what could not be ordered; the first node met twice closes the circle. */
function reportCycle(flow: Flow, rest: readonly string[], report: Report): void {
  const left = new Set(rest);
  const path: string[] = [];
  let id = rest[0];
  while (id !== undefined && !path.includes(id)) {
    path.push(id);
    id = (flow.incoming.get(id) ?? []).find((edge) => left.has(edge.from))?.from;
  }
  if (id === undefined) return;
  const circle = [...path.slice(path.indexOf(id)), id].reverse();
  const names = circle.map((each) => flow.byId.get(each)?.name ?? each).join(' → ');
  report(
    'error',
    'flow.cycle',
    `The edges run in a circle: ${names}. Delete one of them; only a repeat step goes back.`,
    { node: id },
  );
}

function build(flow: Flow, analysis: Analysis, catalogue: Catalogue | null): SagaDefinition {
  const nodes = analysis.order.map((id) => flow.byId.get(id)).filter((node) => node !== undefined);
  const steps = nodes.filter((node) => !isTrigger(node));
  const kept = (edges: readonly GraphEdge[] | undefined) =>
    (edges ?? []).filter((edge) => analysis.index.has(edge.from));
  return {
    formatVersion: 1,
    triggers: Object.fromEntries(
      nodes
        .filter(isTrigger)
        .map((node) => [node.id, triggerOf(flow, node as NodeOf<'trigger.webhook' | 'trigger.manual'>)]),
    ),
    steps: Object.fromEntries(steps.map((node) => [node.id, stepOf(flow, analysis, node, catalogue)])),
    transitions: Object.fromEntries(
      nodes
        .flatMap((node) => kept(flow.outgoing.get(node.id)))
        .map(({ id, from, port, to }) => [id, { id, from, port, to }]),
    ),
    scopes: { [ROOT_SCOPE]: { id: ROOT_SCOPE, parent: null, steps: steps.map(({ id }) => id) } },
    order: steps.map(({ id }) => id),
  };
}

function triggerOf(flow: Flow, node: NodeOf<'trigger.webhook' | 'trigger.manual'>): TriggerDefinition {
  const outgoing = (flow.outgoing.get(node.id) ?? []).map((edge) => edge.id);
  const base = { id: node.id, kind: node.kind, name: node.name, outgoing };
  return node.kind === 'trigger.webhook' ? { ...base, scheme: node.scheme } : base;
}

function stepOf(flow: Flow, analysis: Analysis, node: FlowNode, catalogue: Catalogue | null): StepDefinition {
  const edges = flow.outgoing.get(node.id) ?? [];
  const base = {
    id: node.id,
    key: stepKey(node.name),
    name: node.name,
    scope: ROOT_SCOPE,
    incoming: (flow.incoming.get(node.id) ?? []).filter((edge) => analysis.index.has(edge.from)).map((edge) => edge.id),
    outgoing: Object.fromEntries(
      portsOf(node).map((port) => [port, edges.filter((edge) => edge.port === port).map((edge) => edge.id)]),
    ),
    effect: 'pure' as const,
    undo: { kind: 'none' as const },
  };
  switch (node.kind) {
    case 'action': {
      const effect = effectOf(node, operationOf(catalogue, node));
      return {
        ...base,
        kind: 'action',
        connector: node.connector,
        operation: node.operation,
        input: node.input,
        effect,
        undo: undoOf(node, effect === 'pure' || effect === 'read', catalogue),
        retry: node.retry ?? (isRepeatable(effect) ? DEFAULT_RETRY : SINGLE_ATTEMPT),
        attemptTimeoutMs: node.attemptTimeoutMs ?? DEFAULT_ATTEMPT_TIMEOUT_MS,
        onFailure: node.onFailure,
      };
    }
    case 'transform':
      return { ...base, kind: 'transform', values: node.values };
    case 'branch':
      return { ...base, kind: 'branch', cases: node.cases };
    case 'parallel':
      return { ...base, kind: 'parallel' };
    case 'join': {
      const cancels = node.mode.kind !== 'all' && node.mode.losers === 'cancel';
      const region = cancels ? loserRegion(flow, analysis, node.id) : new Set<string>();
      return { ...base, kind: 'join', mode: node.mode, region: analysis.order.filter((id) => region.has(id)) };
    }
    case 'delay':
      return { ...base, kind: 'delay', delay: node.delay };
    case 'end':
      return { ...base, kind: 'end', output: node.output ?? null };
    case 'fail':
      return { ...base, kind: 'fail', code: node.code, message: node.message };
    case 'trigger.webhook':
    case 'trigger.manual':
      throw new Error(`Trigger ${node.name} is no step.`);
  }
}

function operationOf(
  catalogue: Catalogue | null,
  call: { connector: string; operation: string },
): OperationManifest | undefined {
  return catalogue?.[call.connector]?.operations[call.operation];
}

function undoOf(node: NodeOf<'action'>, harmless: boolean, catalogue: Catalogue | null): UndoDefinition {
  const { undo } = node;
  if (!undo) return { kind: harmless ? 'none' : 'undeclared' };
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
