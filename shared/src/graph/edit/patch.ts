/** The difference of two graphs as data: what history keeps, and what is sent or merged by id. */
import type { Graph, GraphEdge, GraphNode } from '../graph.js';

interface Change<T> {
  readonly before: T | null;
  readonly after: T | null;
}

export interface GraphPatch {
  readonly nodes: Readonly<Record<string, Change<GraphNode>>>;
  readonly edges: Readonly<Record<string, Change<GraphEdge>>>;
  readonly order: { readonly before: readonly string[]; readonly after: readonly string[] } | null;
  readonly settings: { readonly before: Graph['settings']; readonly after: Graph['settings'] } | null;
}

/** Edits share what they did not touch, so identity tells what changed. */
export function patchOf(before: Graph, after: Graph): GraphPatch {
  return {
    nodes: recordChanges(before.nodes, after.nodes),
    edges: recordChanges(before.edges, after.edges),
    order: before.order === after.order ? null : { before: before.order, after: after.order },
    settings: before.settings === after.settings ? null : { before: before.settings, after: after.settings },
  };
}

function recordChanges<T>(
  before: Readonly<Record<string, T>>,
  after: Readonly<Record<string, T>>,
): Record<string, Change<T>> {
  const changes: Record<string, Change<T>> = {};
  if (before === after) return changes;
  for (const id of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (before[id] !== after[id]) changes[id] = { before: before[id] ?? null, after: after[id] ?? null };
  }
  return changes;
}

export function invertPatch(patch: GraphPatch): GraphPatch {
  const flip = <T>(changes: Readonly<Record<string, Change<T>>>) =>
    Object.fromEntries(
      Object.entries(changes).map(([id, { before, after }]) => [id, { before: after, after: before }]),
    );
  return {
    nodes: flip(patch.nodes),
    edges: flip(patch.edges),
    order: patch.order && { before: patch.order.after, after: patch.order.before },
    settings: patch.settings && { before: patch.settings.after, after: patch.settings.before },
  };
}

export function applyPatch(graph: Graph, patch: GraphPatch): Graph {
  return {
    ...graph,
    nodes: applied(graph.nodes, patch.nodes),
    edges: applied(graph.edges, patch.edges),
    order: patch.order ? [...patch.order.after] : graph.order,
    settings: patch.settings?.after ?? graph.settings,
  };
}

function applied<T>(record: Record<string, T>, changes: Readonly<Record<string, Change<T>>>): Record<string, T> {
  const ids = Object.keys(changes);
  if (ids.length === 0) return record;
  const result = { ...record };
  for (const id of ids) {
    const after = changes[id]?.after ?? null;
    if (after === null) Reflect.deleteProperty(result, id);
    else result[id] = after;
  }
  return result;
}

/** Two patches in a row as one. */
export function joinPatches(first: GraphPatch, second: GraphPatch): GraphPatch {
  const join = <T>(a: Readonly<Record<string, Change<T>>>, b: Readonly<Record<string, Change<T>>>) => {
    const joined: Record<string, Change<T>> = { ...a };
    for (const [id, change] of Object.entries(b))
      joined[id] = { before: (a[id] ?? change).before, after: change.after };
    return joined;
  };
  return {
    nodes: join(first.nodes, second.nodes),
    edges: join(first.edges, second.edges),
    order: second.order ? { before: (first.order ?? second.order).before, after: second.order.after } : first.order,
    settings: second.settings
      ? { before: (first.settings ?? second.settings).before, after: second.settings.after }
      : first.settings,
  };
}
