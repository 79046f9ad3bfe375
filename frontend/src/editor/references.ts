/** What a field of a step can read: the trigger's data and the outputs of the steps before it, with sample values (E59). */
import { containerOf, edgesInto, holdersOf, isTrigger, nodesInside, stepKey } from '@sagawright/shared/graph';
import type { Graph, GraphNode, NodeId } from '@sagawright/shared/graph';
import { isJsonObject } from '@sagawright/shared/kernel';
import type { Json } from '@sagawright/shared/kernel';
import { operationOf, triggerOf } from '../canvas/index.js';

export interface DataReference {
  /** `steps.chargeCard.output.body.chargeId` */
  readonly path: string;
  /** A short form of the sample value. */
  readonly sample: string;
  /** Name of the step it comes from. */
  readonly source: string;
}

interface Upstream {
  /** Steps that can have come before and can be read, nearest first. */
  readonly steps: readonly NodeId[];
  /** Scopes whose failure handler the step is part of. */
  readonly handled: readonly NodeId[];
}

/** Along the lines backwards, out of containers by their input; a container around the step has no output yet. */
export function upstreamOf(graph: Graph, id: NodeId): Upstream {
  const around = new Set(holdersOf(graph, id).map((each) => each.id));
  const found = new Set<NodeId>();
  const handled = new Set<NodeId>();
  const seen = new Set([id]);
  const queue = [id];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    for (const { from, port } of edgesInto(graph, at)) {
      if (around.has(from) && port === 'handler') {
        handled.add(from);
        for (const inner of readableInside(graph, from)) found.add(inner);
      }
      if (seen.has(from)) continue;
      seen.add(from);
      queue.push(from);
      if (around.has(from)) continue;
      found.add(from);
      if (graph.nodes[from]?.kind === 'scope') for (const inner of readableInside(graph, from)) found.add(inner);
    }
  }
  // Of a repetition the condition looks at the pass that has just ended.
  if (graph.nodes[id]?.kind === 'repeat') for (const inner of readableInside(graph, id)) found.add(inner);
  found.delete(id);
  return { steps: [...found], handled: [...handled] };
}

/** What lies in a container and can be read from outside: nothing that is inside another loop. */
function readableInside(graph: Graph, id: NodeId): NodeId[] {
  return nodesInside(graph, id).filter((inner) => {
    for (let at = containerOf(graph, inner); at !== null && at.id !== id; at = containerOf(graph, at.id)) {
      if (at.kind !== 'scope') return false;
    }
    return true;
  });
}

/** @param undo in the undo of the step: its own input and output under `step` as well */
export function referencesFor(graph: Graph, id: NodeId, undo = false): DataReference[] {
  const node = graph.nodes[id];
  if (!node) return [];
  const own = undo
    ? [
        ...flatten('step.input', 'input' in node ? node.input : {}, node.name),
        ...flatten('step.output', sampleOf(node) ?? {}, node.name),
      ]
    : [];
  const { steps, handled } = upstreamOf(graph, id);
  const upstream = steps.flatMap((each) => {
    const source = graph.nodes[each];
    const sample = source && sampleOf(source);
    if (!source || sample === undefined) return [];
    if (isTrigger(source.kind)) return flatten('trigger.data', sample, source.name);
    return flatten(`steps.${stepKey(source.name)}.output`, sample, source.name);
  });
  const failure = handled.flatMap((scope) =>
    flatten('error', { code: 'payment.declined', message: 'The card was declined.' }, graph.nodes[scope]?.name ?? ''),
  );
  return [...own, ...loopReferences(graph, node), ...failure, ...upstream, ...variables(graph, id), ...ALWAYS];
}

const ALWAYS: readonly DataReference[] = [
  { path: 'trigger.id', sample: 'id of the event', source: 'Trigger' },
  { path: 'trigger.time', sample: 'when it came in', source: 'Trigger' },
  { path: 'run.id', sample: 'id of the run', source: 'Run' },
];

/** `item` and `index` of the nearest loop over items, `index` and `previous` of the nearest repetition. */
function loopReferences(graph: Graph, node: GraphNode): DataReference[] {
  const loops = [...(node.kind === 'repeat' ? [node] : []), ...holdersOf(graph, node.id)];
  const each = loops.find((loop) => loop.kind === 'for-each');
  const repeat = loops.find((loop) => loop.kind === 'repeat');
  const [nearest] = loops.filter((loop) => loop === each || loop === repeat);
  return [
    ...(each ? [{ path: 'item', sample: 'the item', source: each.name }] : []),
    ...(nearest ? [{ path: 'index', sample: 'from 0', source: nearest.name }] : []),
    ...(repeat ? [{ path: 'previous', sample: 'output of the pass before', source: repeat.name }] : []),
  ];
}

function variables(graph: Graph, id: NodeId): DataReference[] {
  const scopes = holdersOf(graph, id).flatMap((each) =>
    each.kind === 'scope' && each.variables ? [{ name: each.name, variables: each.variables }] : [],
  );
  return [...scopes, { name: 'Workflow', variables: graph.settings.variables }].flatMap((scope) =>
    Object.entries(scope.variables).map(([name, value]) => ({
      path: `vars.${written(name)}`,
      sample: brief(value),
      source: scope.name,
    })),
  );
}

const EVENT = { id: 'evt_1', source: '', type: '', subject: '', time: '', data: {}, headers: {} };

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
    case 'code':
    case 'call':
    case 'scope':
    case 'repeat':
    case 'race':
      return {};
    case 'for-each':
      return { results: [], errors: [], count: 0 };
    case 'wait':
      return EVENT;
    case 'delay':
      return { until: '' };
    case 'task':
      return { outcome: node.task.outcomes[0]?.id ?? '', comment: '', data: {}, by: '' };
    case 'respond':
      return { status: node.status, headers: node.headers, body: node.body ?? null };
    default:
      return undefined;
  }
}

function flatten(path: string, value: Json, source: string): DataReference[] {
  const here: DataReference = { path, sample: brief(value), source };
  if (!isJsonObject(value)) return [here];
  return [here, ...Object.entries(value).flatMap(([key, each]) => flatten(`${path}.${written(key)}`, each, source))];
}

const written = (key: string) => (/^[A-Za-z_]\w*$/.test(key) ? key : `\`${key}\``);

function brief(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 38)}…` : text;
}
