/** What a field of a step can read: the trigger's data and the outputs of the steps before it, with sample values (E59). */
import { edgesInto, isTrigger, stepKey } from '@sagawright/shared/graph';
import type { Graph, GraphNode, NodeId } from '@sagawright/shared/graph';
import { isJsonObject } from '@sagawright/shared/kernel';
import type { Json } from '@sagawright/shared/kernel';
import { operationOf } from '../canvas/index.js';

export interface DataReference {
  /** `steps.chargeCard.output.body.chargeId` */
  readonly path: string;
  /** A short form of the sample value. */
  readonly sample: string;
  /** Name of the step it comes from. */
  readonly source: string;
}

export function upstreamOf(graph: Graph, id: NodeId): NodeId[] {
  const found: NodeId[] = [];
  const queue = [id];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    for (const { from } of edgesInto(graph, at)) {
      if (found.includes(from)) continue;
      found.push(from);
      queue.push(from);
    }
  }
  return found;
}

/** @param undo in the undo of the step: its own input and output under `step` as well */
export function referencesFor(graph: Graph, id: NodeId, undo = false): DataReference[] {
  const node = graph.nodes[id];
  const own =
    undo && node?.kind === 'action'
      ? [...flatten('step.input', node.input, node.name), ...flatten('step.output', sampleOf(node), node.name)]
      : [];
  const upstream = upstreamOf(graph, id).flatMap((each) => {
    const source = graph.nodes[each];
    if (!source) return [];
    if (isTrigger(source.kind)) return flatten('trigger.data', sampleOf(source), source.name);
    const sample = sampleOf(source);
    return sample === null ? [] : flatten(`steps.${stepKey(source.name)}.output`, sample, source.name);
  });
  const always: DataReference[] = [
    { path: 'trigger.id', sample: 'id of the event', source: 'Trigger' },
    { path: 'trigger.time', sample: 'when it came in', source: 'Trigger' },
    { path: 'run.id', sample: 'id of the run', source: 'Run' },
  ];
  return [...own, ...upstream, ...always];
}

function sampleOf(node: GraphNode): Json {
  if (node.kind === 'trigger.webhook' || node.kind === 'trigger.manual') return node.sample ?? {};
  if (node.kind === 'action') return operationOf(node.connector, node.operation)?.outputSample ?? {};
  return node.kind === 'transform' ? node.values : null;
}

function flatten(path: string, value: Json, source: string): DataReference[] {
  const here: DataReference = { path, sample: brief(value), source };
  if (!isJsonObject(value)) return [here];
  const inner = Object.entries(value).flatMap(([key, each]) =>
    flatten(/^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}.\`${key}\``, each, source),
  );
  return [here, ...inner];
}

function brief(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 38)}…` : text;
}
