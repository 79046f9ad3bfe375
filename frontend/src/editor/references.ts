/**
 * What a field of a step can read, with a value to look at for each: of the latest run where there is one, else the
 * sample that trigger or connector give (E59, E60). One list makes the picker, the autocomplete and the preview.
 */
import { compileTemplate, NOT_FAST } from '@sagawright/shared/expression';
import type { TemplateScope } from '@sagawright/shared/expression';
import { holdersOf, isTrigger, stepKey } from '@sagawright/shared/graph';
import type { Graph, GraphNode, NodeId, NodeOf, RaceArm, TaskSettings } from '@sagawright/shared/graph';
import { isJsonObject } from '@sagawright/shared/kernel';
import type { Json, JsonObject } from '@sagawright/shared/kernel';
import type { RunEvent } from '@sagawright/shared/saga';
import { operationOf, triggerOf } from '../canvas/index.js';
import { certainlyBefore, upstreamOf } from './upstream.js';

/** What is known from a run. */
export interface KnownData {
  readonly outputs: ReadonlyMap<NodeId, Json>;
  /** What started it, and by which trigger. */
  readonly event: { readonly trigger: NodeId; readonly data: RunEvent } | null;
  readonly run: { readonly id: string; readonly startedAt: string } | null;
}

export const NOTHING_KNOWN: KnownData = { outputs: new Map(), event: null, run: null };

/** One thing that expressions reach by a path, whole. */
export interface DataSource {
  /** `['steps', 'chargeCard', 'output']` */
  readonly keys: readonly string[];
  /** Name of the step it comes from. */
  readonly source: string;
  /** A value as it may be; undefined where nobody can tell. */
  readonly value: Json | undefined;
  /** The value is of a run. */
  readonly real: boolean;
  /** It is there on every way to the step. */
  readonly certain: boolean;
}

/** A path and what stands there, for autocomplete. */
export interface DataReference {
  /** `steps.chargeCard.output.body.chargeId` */
  readonly path: string;
  /** A short form of the sample value. */
  readonly sample: string;
  /** Name of the step it comes from. */
  readonly source: string;
}

export interface ReadableData {
  readonly sources: readonly DataSource[];
  readonly references: readonly DataReference[];
  /** The sample values as an expression sees them. */
  readonly scope: TemplateScope;
}

export interface ReadingOptions {
  /** In the undo of the step: its own input and output under `step` as well. */
  readonly undo?: boolean;
  readonly known?: KnownData;
}

export function readableData(graph: Graph, id: NodeId, options: ReadingOptions = {}): ReadableData {
  const sources = sourcesFor(graph, id, options);
  return { sources, references: sources.flatMap(flatten), scope: scopeOf(sources) };
}

/** What can be read before anything of a run begins: its trigger and the run itself. */
export function readableAtStart(graph: Graph, known: KnownData): ReadableData {
  const reading = { graph, known, outputs: new Map<NodeId, Json | undefined>() };
  const triggers = Object.values(graph.nodes).filter((node) => isTrigger(node.kind));
  const sources = [...triggers.flatMap((node) => outputOf(reading, node, triggers.length === 1)), ...always(known)];
  return { sources, references: sources.flatMap(flatten), scope: scopeOf(sources) };
}

/** Whatever is worked out on the way is worked out once. */
interface Reading {
  readonly graph: Graph;
  readonly known: KnownData;
  readonly outputs: Map<NodeId, Json | undefined>;
}

function sourcesFor(graph: Graph, id: NodeId, { undo = false, known = NOTHING_KNOWN }: ReadingOptions): DataSource[] {
  const reading = { graph, known, outputs: new Map<NodeId, Json | undefined>() };
  const node = graph.nodes[id];
  return node ? [...(undo ? ownData(reading, node) : []), ...sourcesAt(reading, node)] : [];
}

function sourcesAt(reading: Reading, node: GraphNode): DataSource[] {
  const { graph, known } = reading;
  const { steps, handled } = upstreamOf(graph, node.id);
  const certain = certainlyBefore(graph, node.id);
  const upstream = steps.flatMap((each) => outputOf(reading, graph.nodes[each], certain.has(each)));
  const failure = handled.map((scope) => given(['error'], SAMPLE_FAILURE, graph.nodes[scope]?.name ?? ''));
  return [...loopData(reading, node), ...failure, ...upstream, ...variables(graph, node.id), ...always(known)];
}

/** What a template comes to with the values that its step can read; undefined where that cannot be told at once. */
function filled(reading: Reading, node: GraphNode, template: Json): Json | undefined {
  const value = compileTemplate(template).evaluateNow(scopeOf(sourcesAt(reading, node)));
  return value === NOT_FAST ? undefined : value;
}

const SAMPLE_FAILURE = { code: 'payment.declined', message: 'The card was declined.' };

const given = (keys: readonly string[], value: Json | undefined, source: string, real = false): DataSource => ({
  keys,
  source,
  value,
  real,
  certain: true,
});

function ownData(reading: Reading, node: GraphNode): DataSource[] {
  const output = reading.known.outputs.get(node.id);
  const input = 'input' in node ? (filled(reading, node, node.input) ?? node.input) : {};
  return [
    given(['step', 'input'], input, node.name),
    given(['step', 'output'], output ?? sampleAt(reading, node) ?? {}, node.name, output !== undefined),
  ];
}

function outputOf(reading: Reading, node: GraphNode | undefined, certain: boolean): DataSource[] {
  const { known } = reading;
  if (!node) return [];
  if (isTrigger(node.kind)) {
    const event = known.event?.trigger === node.id ? known.event.data : null;
    const value = event ? event.data : sampleOf(node);
    return [{ keys: ['trigger', 'data'], source: node.name, value, real: event !== null, certain }];
  }
  const sample = sampleAt(reading, node);
  if (sample === undefined) return [];
  const output = known.outputs.get(node.id);
  const keys = ['steps', stepKey(node.name), 'output'];
  return [{ keys, source: node.name, value: output ?? sample, real: output !== undefined, certain }];
}

function always({ event, run }: KnownData): DataSource[] {
  return [
    given(['trigger', 'id'], event?.data.id ?? 'evt_1', 'Trigger', event !== null),
    given(['trigger', 'time'], event?.data.time ?? '2026-01-31T09:00:00.000Z', 'Trigger', event !== null),
    given(['run', 'id'], run?.id ?? 'run_1', 'Run', run !== null),
    given(['run', 'startedAt'], run?.startedAt ?? '2026-01-31T09:00:00.000Z', 'Run', run !== null),
  ];
}

/** `item` and `index` of the nearest loop over items, `index` and `previous` of the nearest repetition. */
function loopData(reading: Reading, node: GraphNode): DataSource[] {
  const loops = [...(node.kind === 'repeat' ? [node] : []), ...holdersOf(reading.graph, node.id)];
  const each = loops.find((loop) => loop.kind === 'for-each');
  const repeat = loops.find((loop) => loop.kind === 'repeat');
  const [nearest] = loops.filter((loop) => loop === each || loop === repeat);
  return [
    ...(each ? [given(['item'], firstItem(reading, each), each.name)] : []),
    ...(nearest ? [given(['index'], 0, nearest.name)] : []),
    ...(repeat ? [given(['previous'], undefined, repeat.name)] : []),
  ];
}

/** The first of the items that the loop would go over, given what the loop itself can read. */
function firstItem(reading: Reading, loop: NodeOf<'for-each'>): Json | undefined {
  const items = filled(reading, loop, loop.items);
  return Array.isArray(items) ? (items as readonly Json[])[0] : undefined;
}

function variables(graph: Graph, id: NodeId): DataSource[] {
  const scopes = holdersOf(graph, id).flatMap((each) =>
    each.kind === 'scope' && each.variables ? [{ name: each.name, variables: each.variables }] : [],
  );
  return [...scopes, { name: 'Workflow', variables: graph.settings.variables }].flatMap((scope) =>
    Object.entries(scope.variables).map(([name, value]) => given(['vars', name], value, scope.name)),
  );
}

const EVENT = { id: 'evt_1', source: '', type: '', subject: '', time: '', data: {}, headers: {} };

/** A transform gives what its values come to. */
function sampleAt(reading: Reading, node: GraphNode): Json | undefined {
  if (node.kind !== 'transform') return sampleOf(node);
  if (!reading.outputs.has(node.id)) {
    // Also keeps a circle, which no edit makes but a file may hold, from going round.
    reading.outputs.set(node.id, node.values);
    reading.outputs.set(node.id, filled(reading, node, node.values) ?? node.values);
  }
  return reading.outputs.get(node.id);
}

/** What a step gives, as far as it can be told; undefined for a step that gives nothing to read. */
function sampleOf(node: GraphNode): Json | undefined {
  switch (node.kind) {
    case 'trigger.webhook':
    case 'trigger.manual':
    case 'trigger.event':
    case 'trigger.schedule':
    case 'trigger.called':
    case 'trigger.failure':
      return node.sample ?? {};
    case 'trigger.connector':
      return node.sample ?? triggerOf(node.connector, node.trigger)?.sample ?? {};
    case 'action':
      return operationOf(node.connector, node.operation)?.outputSample ?? {};
    case 'transform':
      return node.values;
    case 'call':
      return node.mode === 'forget' ? { run: 'run_2' } : {};
    case 'code':
    case 'scope':
    case 'repeat':
      return {};
    case 'branch':
      return { case: node.cases[0]?.id ?? 'else' };
    case 'inclusive':
      return { cases: [node.cases[0]?.id ?? 'else'] };
    case 'race':
      return Object.assign({}, ...node.arms.map(sampleOfArm)) as JsonObject;
    case 'for-each':
      return { results: [], errors: [], failed: 0, count: 0 };
    case 'wait':
      return EVENT;
    case 'delay':
      return { until: UNTIL };
    case 'task':
      return sampleOfTask(node.task);
    case 'emit':
      return { id: '', source: '', type: node.event.type, position: 0, runs: [] };
    case 'respond':
      return { status: node.status, headers: node.headers, body: node.body ?? null };
    default:
      return undefined;
  }
}

/** 31 January 2026. */
const UNTIL = 1_769_850_000_000;

const sampleOfTask = ({ outcomes }: TaskSettings): JsonObject => ({
  outcome: outcomes[0]?.id ?? '',
  comment: '',
  data: {},
  by: { id: '', name: '' },
});

function sampleOfArm(arm: RaceArm): JsonObject {
  switch (arm.kind) {
    case 'event':
      return EVENT;
    case 'timer':
      return { until: UNTIL };
    case 'task':
      return sampleOfTask(arm.task);
  }
}

/** The sample values put together; where two would stand at one place (several triggers) what is real, else the first. */
function scopeOf(sources: readonly DataSource[]): TemplateScope {
  const scope: Record<string, unknown> = { trigger: {}, steps: {}, vars: {}, run: {}, env: {} };
  const first = [...sources.filter((each) => each.real), ...sources.filter((each) => !each.real)];
  for (const { keys, value } of first) {
    let at = scope;
    for (const key of keys.slice(0, -1)) at = (at[key] ??= {}) as Record<string, unknown>;
    const last = keys[keys.length - 1] ?? '';
    if (value !== undefined && !(last in at)) at[last] = value;
  }
  return scope;
}

/** As an expression writes it. */
export function pathOf(keys: readonly (string | number)[]): string {
  return keys
    .map((key, index) =>
      typeof key === 'number'
        ? `[${key}]`
        : `${index === 0 ? '' : '.'}${/^[A-Za-z_]\w*$/.test(key) ? key : `\`${key}\``}`,
    )
    .join('');
}

function flatten({ keys, value, source }: DataSource): DataReference[] {
  const walk = (at: readonly string[], now: Json | undefined): DataReference[] => {
    const here: DataReference = { path: pathOf(at), sample: brief(now), source };
    if (now === undefined || !isJsonObject(now)) return [here];
    return [here, ...Object.entries(now).flatMap(([key, each]) => walk([...at, key], each))];
  };
  return walk(keys, value);
}

/** A value in a few words. */
export function brief(value: Json | undefined): string {
  if (value === undefined) return '';
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 38)}…` : text;
}
