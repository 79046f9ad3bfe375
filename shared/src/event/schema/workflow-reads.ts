/**
 * What a workflow reads of the events of a type, found in the syntax trees of its expressions: fields below `trigger.data`
 * where a trigger takes the type, fields of the output of steps that wait for it, and what filters and correlations look at.
 *
 * What a step hands on is not followed: who reads `steps.copy.output` of a transform that took `trigger.data` whole is not
 * found here; that transform is, as one that reads the data as a whole.
 */
import { templateLineage } from '../../expression/index.js';
import { stepKey, templateFields } from '../../graph/index.js';
import type { EventMatch, Graph, GraphNode } from '../../graph/index.js';
import { isJsonObject } from '../../kernel/index.js';
import type { Json } from '../../kernel/index.js';

/** One place of the data that a step or trigger looks at; empty = the data as a whole. */
export interface EventRead {
  /** Id of the node that reads. */
  readonly node: string;
  readonly name: string;
  readonly path: readonly string[];
}

/** @param hooks ids of webhook triggers of this workflow that such events came by */
export function readsOfEvents(graph: Graph, type: string, hooks: ReadonlySet<string> = new Set()): EventRead[] {
  const nodes = Object.values(graph.nodes);
  const starts = nodes.some((node) => hooks.has(node.id) || (node.kind === 'trigger.event' && takes(node.event, type)));
  const waiting = new Set(nodes.filter((node) => awaits(node, type)).map((node) => stepKey(node.name)));
  if (!starts && waiting.size === 0) return [];
  const reads = new Map<string, EventRead>();
  const note = ({ id: node, name }: GraphNode, path: readonly string[]) => {
    reads.set(JSON.stringify([node, path]), { node, name, path });
  };
  for (const node of nodes) {
    for (const match of matchesOf(node)) {
      if (!takes(match, type)) continue;
      for (const path of filterPaths(match.filter ?? null)) note(node, path);
      const correlated = match.correlation?.path.split('.') ?? [];
      if (correlated[0] === 'data') note(node, correlated.slice(1));
    }
    for (const { value } of templateFields(node)) {
      const { trigger, steps } = templateLineage(value);
      if (starts) for (const path of dataPaths(trigger)) note(node, path);
      for (const [key, read] of Object.entries(steps)) {
        if (!waiting.has(key)) continue;
        const outputs = read
          .filter(([first]) => first === undefined || first === 'output')
          .map((path) => path.slice(1));
        for (const path of dataPaths(outputs)) note(node, path);
      }
    }
  }
  return [...reads.values()];
}

type Match = EventMatch & { readonly correlation?: { readonly path: string } | undefined };

function takes({ type: wanted }: EventMatch, type: string): boolean {
  return wanted === type || wanted === '*';
}

function matchesOf(node: GraphNode): readonly Match[] {
  if (node.kind === 'trigger.event' || node.kind === 'wait') return [node.event];
  if (node.kind !== 'race') return [];
  return node.arms.flatMap((arm) => (arm.kind === 'event' ? [arm.event] : []));
}

function awaits(node: GraphNode, type: string): boolean {
  return node.kind !== 'trigger.event' && matchesOf(node).some((match) => takes(match, type));
}

/** Paths of an event, as those of its data: `['data', 'id']` becomes `['id']`; the event read whole, the data read whole. */
function dataPaths(paths: readonly (readonly string[])[]): string[][] {
  return paths.flatMap(([first, ...rest]) => (first === undefined ? [[]] : first === 'data' ? [rest] : []));
}

/** The places of the data that a content pattern looks at. */
function filterPaths(filter: Json): string[][] {
  const paths: string[][] = [];
  const visit = (part: Json | undefined, path: readonly string[]): void => {
    if (Array.isArray(part)) paths.push([...path]);
    if (!isJsonObject(part)) return;
    for (const [name, below] of Object.entries(part)) {
      if (name === '$or' && Array.isArray(below)) for (const each of below as readonly Json[]) visit(each, path);
      else visit(below, [...path, ...name.split('.')]);
    }
  };
  visit(filter, []);
  return dataPaths(paths);
}
