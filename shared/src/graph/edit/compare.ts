/**
 * What is different between two graphs, field by field: for review, for merging, for telling a publish what it changes.
 * (`differences` tells the same in sentences.)
 *
 * Lists of things with ids (cases, arms, outcomes) are compared by id, so that a path names the case and not its position.
 */
import type { FieldPath } from '../field.js';
import type { EdgeId, Graph, NodeId } from '../graph.js';
import { nodesInOrder } from './edit.js';

export interface GraphComparison {
  readonly added: readonly NodeId[];
  readonly removed: readonly NodeId[];
  /** Nodes with other fields than their place; paths of the fields, like `['input', 'amount']` or `['cases', 'big', 'when']`. */
  readonly changed: readonly { readonly node: NodeId; readonly fields: readonly FieldPath[] }[];
  /** Nodes of which nothing but place or size is different. */
  readonly moved: readonly NodeId[];
  readonly edges: {
    readonly added: readonly EdgeId[];
    readonly removed: readonly EdgeId[];
    /** Edges that kept their id and got another end. */
    readonly changed: readonly EdgeId[];
  };
  readonly settings: readonly FieldPath[];
}

/** Fields of where a node is drawn, which say nothing about what it does. */
export const PLACE_FIELDS: ReadonlySet<string> = new Set(['position', 'size']);

export function compareGraphs(base: Graph, graph: Graph): GraphComparison {
  const changed: { node: NodeId; fields: FieldPath[] }[] = [];
  const moved: NodeId[] = [];
  for (const node of nodesInOrder(graph)) {
    const old = base.nodes[node.id];
    if (!old || old === node) continue;
    const paths = changedPaths(old, node);
    const fields = paths.filter(([head]) => !PLACE_FIELDS.has(String(head)));
    if (fields.length > 0) changed.push({ node: node.id, fields });
    else if (paths.length > 0) moved.push(node.id);
  }
  const ids = Object.keys(graph.edges);
  return {
    added: graph.order.filter((id) => graph.nodes[id] && !base.nodes[id]),
    removed: base.order.filter((id) => base.nodes[id] && !graph.nodes[id]),
    changed,
    moved,
    edges: {
      added: ids.filter((id) => !base.edges[id]),
      removed: Object.keys(base.edges).filter((id) => !graph.edges[id]),
      changed: ids.filter((id) => base.edges[id] && !sameValue(base.edges[id], graph.edges[id])),
    },
    settings: changedPaths(base.settings, graph.settings),
  };
}

/** Paths of the smallest parts that are different, in the order of their names. */
export function changedPaths(before: unknown, after: unknown, path: FieldPath = []): FieldPath[] {
  if (sameValue(before, after)) return [];
  const [old, now] = [parts(before), parts(after)];
  if (!old || !now || old.byId !== now.byId) return [path];
  const keys = [...new Set([...old.values.keys(), ...now.values.keys()])].sort();
  const inner = keys.flatMap((key) => changedPaths(old.values.get(key), now.values.get(key), [...path, key]));
  // Lists by id that differ in their order only.
  return inner.length > 0 ? inner : [path];
}

/** What a value is made of, by name: fields of an object, or things of a list by their ids; null for everything else. */
export function parts(value: unknown): { readonly byId: boolean; readonly values: Map<string, unknown> } | null {
  if (typeof value !== 'object' || value === null) return null;
  if (!Array.isArray(value)) {
    return { byId: false, values: new Map(Object.entries(value).filter(([, each]) => each !== undefined)) };
  }
  const values = new Map<string, unknown>();
  for (const each of value as unknown[]) {
    const id = typeof each === 'object' && each !== null && 'id' in each ? each.id : undefined;
    if (typeof id !== 'string' || values.has(id)) return null;
    values.set(id, each);
  }
  return { byId: true, values };
}

/** Equal as JSON: the order of an object's fields and fields that are undefined do not count. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((each, index) => sameValue(each, b[index]));
  }
  const [one, other] = [new Map(Object.entries(a)), new Map(Object.entries(b))];
  return [...new Set([...one.keys(), ...other.keys()])].every((key) => sameValue(one.get(key), other.get(key)));
}
