/**
 * Merges what two people made of the same graph, by id.
 *
 * 1. What only one of the two changed is taken from that one: nodes, fields of nodes (down to a case's condition), edges,
 *    settings, order. What both changed in the same way is taken once.
 * 2. What both changed differently is a conflict; the merged graph has `mine` there. A node that one removed and the other
 *    changed is a conflict too, and stays. Places never conflict: `mine` wins.
 * 3. When one renamed a step, what the other wrote about it follows the new name.
 * 4. The merged graph is as sound as the two were: no edge without both ends, across a border, on a port that is gone, double
 *    or closing a circle; no node in a container that is gone, or in itself. What had to go for that is told as a conflict.
 * 5. Swapping `mine` and `theirs` swaps the sides of the conflicts and nothing else (places, and what follows from how a
 *    conflict is settled, aside).
 */
import { containerOf, isHolder } from '../containers.js';
import type { FieldPath } from '../field.js';
import { nodeSchema } from '../graph.js';
import type { EdgeId, Graph, GraphEdge, GraphNode, NodeId } from '../graph.js';
import { isDecoration, isTrigger } from '../ports.js';
import { stepKey } from '../step-key.js';
import { mapTemplates } from '../templates.js';
import type { Json } from '../../kernel/index.js';
import type { RewriteReferences } from './change.js';
import { reaches, renameAll } from './clipboard.js';
import { changedPaths, parts, PLACE_FIELDS, sameValue } from './compare.js';
import { fitsDrawing } from './connect.js';
import { inHolder } from './hold.js';

/** What the two sides disagree about; undefined = not there on that side. */
export type MergeConflict =
  | {
      readonly kind: 'field';
      readonly node: NodeId;
      readonly path: FieldPath;
      readonly mine: Json | undefined;
      readonly theirs: Json | undefined;
    }
  | {
      readonly kind: 'setting';
      readonly path: FieldPath;
      readonly mine: Json | undefined;
      readonly theirs: Json | undefined;
    }
  /** One removed the node and the other changed it, or what both made of it does not go together. */
  | {
      readonly kind: 'node';
      readonly node: NodeId;
      readonly mine: GraphNode | undefined;
      readonly theirs: GraphNode | undefined;
    }
  /** Both moved its ends, or one removed what the other changed. */
  | {
      readonly kind: 'edge';
      readonly edge: EdgeId;
      readonly mine: GraphEdge | undefined;
      readonly theirs: GraphEdge | undefined;
    }
  /** An edge of one of the two that the merged graph cannot have. */
  | { readonly kind: 'line-lost'; readonly edge: GraphEdge; readonly reason: 'end' | 'circle' }
  /** Two steps that expressions could not tell apart; sorted by id. */
  | { readonly kind: 'name'; readonly nodes: readonly [NodeId, NodeId]; readonly name: string };

export interface Merge {
  readonly graph: Graph;
  readonly conflicts: readonly MergeConflict[];
}

/** @param rewrite the expression room's `renameStepReferences` */
export function mergeGraphs(base: Graph, mine: Graph, theirs: Graph, rewrite: RewriteReferences): Merge {
  const [before, one, other] = withRenames(base, mine, theirs, rewrite);
  const conflicts: MergeConflict[] = [];
  const settings = mergeValue([before.settings, one.settings, other.settings], [], (path, a, b) =>
    conflicts.push({ kind: 'setting', path, mine: a, theirs: b }),
  ) as Graph['settings'];
  const nodes = mergeNodes(before, one, other, conflicts);
  bringBackHolders(nodes, one, other, conflicts);
  soundParents(nodes, before, one, other, conflicts);
  const edges = mergeEdges([before, one, other], nodes, conflicts);
  const order = mergeLists(before.order, one.order, other.order).filter((id) => nodes.has(id));
  const listed = new Set(order);
  const graph: Graph = {
    schemaVersion: one.schemaVersion,
    settings,
    nodes: Object.fromEntries(nodes),
    edges,
    order: [...order, ...[...nodes.keys()].filter((id) => !listed.has(id)).sort()],
  };
  conflicts.push(...sameNames(graph, [one, other]));
  return { graph, conflicts };
}

/** All three graphs speaking of steps by the names that they have in the end. */
function withRenames(base: Graph, mine: Graph, theirs: Graph, rewrite: RewriteReferences): [Graph, Graph, Graph] {
  const byMine = renames(base, mine);
  const byTheirs = renames(base, theirs);
  const only = (list: ReturnType<typeof renames>, others: ReturnType<typeof renames>) =>
    list.filter(({ id }) => !others.some((other) => other.id === id));
  const [ours, others] = [only(byMine, byTheirs), only(byTheirs, byMine)];
  return [
    rewritten(base, [...ours, ...others], rewrite),
    rewritten(mine, others, rewrite),
    rewritten(theirs, ours, rewrite),
  ];
}

function renames(base: Graph, graph: Graph): { id: NodeId; from: string; to: string }[] {
  return Object.values(base.nodes).flatMap((node) => {
    const now = graph.nodes[node.id];
    const [from, to] = [stepKey(node.name), stepKey(now?.name ?? node.name)];
    return from === to || isDecoration(node.kind) ? [] : [{ id: node.id, from, to }];
  });
}

function rewritten(graph: Graph, renamed: readonly { from: string; to: string }[], rewrite: RewriteReferences): Graph {
  if (renamed.length === 0) return graph;
  const nodes = Object.entries(graph.nodes).map(([id, node]): [NodeId, GraphNode] => [
    id,
    mapTemplates(node, (template) => renameAll(template, renamed, rewrite)),
  ]);
  return { ...graph, nodes: Object.fromEntries(nodes) };
}

type Report = (path: FieldPath, mine: Json | undefined, theirs: Json | undefined) => void;
/** Base, mine, theirs. */
type Three<T> = readonly [T, T, T];

/** The fields of a union are one thing as soon as one side chose another kind of it. */
const sameKind = (values: readonly (Map<string, unknown> | undefined)[]) =>
  new Set(values.map((each) => each?.get('kind'))).size === 1;

function mergeValue([before, mine, theirs]: Three<unknown>, path: FieldPath, report: Report): unknown {
  if (sameValue(mine, theirs) || sameValue(before, theirs)) return mine;
  if (sameValue(before, mine)) return theirs;
  if (path.length === 1 && PLACE_FIELDS.has(String(path[0]))) return mine ?? theirs;
  const [old, one, other] = [parts(before), parts(mine), parts(theirs)];
  const alike = old && one && other && old.byId === one.byId && one.byId === other.byId;
  if (!alike || !sameKind([old.values, one.values, other.values])) {
    report(path, mine as Json | undefined, theirs as Json | undefined);
    return mine;
  }
  const names = old.byId
    ? mergeLists([...old.values.keys()], [...one.values.keys()], [...other.values.keys()])
    : [...new Set([...one.values.keys(), ...other.values.keys()])];
  const merged = names.flatMap((name): [string, unknown][] => {
    const value = mergeValue(
      [old.values.get(name), one.values.get(name), other.values.get(name)],
      [...path, name],
      report,
    );
    return value === undefined ? [] : [[name, value]];
  });
  return old.byId ? merged.map(([, value]) => value) : Object.fromEntries(merged);
}

/**
 * Ids of a list: what is in base and was removed by one is out; what was added comes behind what it was put behind. When
 * only one side changed the order of what both kept, that order counts.
 */
function mergeLists(before: readonly string[], mine: readonly string[], theirs: readonly string[]): string[] {
  const spine = commonOrder(before, mine, theirs);
  const kept = new Set(spine);
  // What only one side has, behind its nearest neighbour that both have. What the other removed is still in here, as a place
  // to stand behind: who merges what the ids mean decides whether it is there.
  const behind = new Map<string | null, { id: string; rank: number }[]>([null, ...spine].map((id) => [id, []]));
  for (const list of [mine, theirs]) {
    let anchor: string | null = null;
    let rank = 0;
    for (const id of list) {
      if (kept.has(id)) [anchor, rank] = [id, 0];
      else behind.get(anchor)?.push({ id, rank: rank++ });
    }
  }
  const run = (anchor: string | null) =>
    (behind.get(anchor) ?? []).sort((a, b) => a.rank - b.rank || (a.id < b.id ? -1 : 1)).map(({ id }) => id);
  return [...run(null), ...spine.flatMap((id) => [id, ...run(id)])];
}

/** The ids that both sides have, in the order of the side that changed it. */
function commonOrder(before: readonly string[], mine: readonly string[], theirs: readonly string[]): string[] {
  const [old, ours, others] = [new Set(before), new Set(mine), new Set(theirs)];
  const [one, other] = [mine.filter((id) => others.has(id)), theirs.filter((id) => ours.has(id))];
  if (sameValue(one, other)) return one;
  const known = before.filter((id) => ours.has(id) && others.has(id));
  const keeps = (list: readonly string[]) =>
    sameValue(
      list.filter((id) => old.has(id)),
      known,
    );
  if (keeps(one) !== keeps(other)) return keeps(one) ? other : one;
  return one.join() < other.join() ? one : other;
}

function mergeNodes(before: Graph, one: Graph, other: Graph, conflicts: MergeConflict[]): Map<NodeId, GraphNode> {
  const merged = new Map<NodeId, GraphNode>();
  for (const id of new Set([...Object.keys(before.nodes), ...Object.keys(one.nodes), ...Object.keys(other.nodes)])) {
    const [old, mine, theirs] = [before.nodes[id], one.nodes[id], other.nodes[id]];
    if (mine && theirs) {
      merged.set(id, mergeNode(id, [old, mine, theirs], conflicts));
    } else if (mine ?? theirs) {
      const left = (mine ?? theirs) as GraphNode;
      if (old && changesLittle(old, left)) continue;
      merged.set(id, left);
      if (old) conflicts.push({ kind: 'node', node: id, mine, theirs });
    }
  }
  return merged;
}

/** Whether a node was moved at most, which is no reason to keep it when the other side removed it. */
function changesLittle(old: GraphNode, now: GraphNode): boolean {
  return changedPaths(old, now).every(([head]) => PLACE_FIELDS.has(String(head)));
}

function mergeNode(
  id: NodeId,
  [old, mine, theirs]: readonly [GraphNode | undefined, GraphNode, GraphNode],
  conflicts: MergeConflict[],
): GraphNode {
  const found: MergeConflict[] = [];
  const merged = mergeValue([old, mine, theirs], [], (path, a, b) =>
    found.push(
      path.length === 0
        ? { kind: 'node', node: id, mine, theirs }
        : { kind: 'field', node: id, path, mine: a, theirs: b },
    ),
  );
  if (merged === mine || merged === theirs || nodeSchema.safeParse(merged).success) {
    conflicts.push(...found);
    return merged as GraphNode;
  }
  conflicts.push({ kind: 'node', node: id, mine, theirs });
  return mine;
}

/** A container that one side removed, and the other put something into, stays. */
function bringBackHolders(nodes: Map<NodeId, GraphNode>, one: Graph, other: Graph, conflicts: MergeConflict[]): void {
  const open = [...nodes.values()];
  for (let node = open.pop(); node; node = open.pop()) {
    if (node.parent === undefined || nodes.has(node.parent)) continue;
    const [mine, theirs] = [one.nodes[node.parent], other.nodes[node.parent]];
    const holder = mine ?? theirs;
    if (!holder) continue;
    nodes.set(holder.id, holder);
    conflicts.push({ kind: 'node', node: holder.id, mine, theirs });
    open.push(holder);
  }
}

/** No node lies in itself, in something that holds nothing, or (a trigger) in a container. */
function soundParents(
  nodes: Map<NodeId, GraphNode>,
  before: Graph,
  one: Graph,
  other: Graph,
  conflicts: MergeConflict[],
): void {
  const move = (node: GraphNode, parent: NodeId | undefined) => {
    nodes.set(node.id, inHolder(node, parent));
    const [mine, theirs] = [one.nodes[node.id]?.parent, other.nodes[node.id]?.parent];
    const told = conflicts.some((each) => each.kind === 'field' && each.node === node.id && each.path[0] === 'parent');
    if (!told) conflicts.push({ kind: 'field', node: node.id, path: ['parent'], mine, theirs });
  };
  // Back to where they were; and out onto the canvas if that makes another circle.
  for (const node of circle(nodes)) move(node, before.nodes[node.id]?.parent);
  for (let left = circle(nodes); left.length > 0; left = circle(nodes)) for (const node of left) move(node, undefined);
  for (const node of [...nodes.values()]) {
    const holder = node.parent === undefined ? undefined : nodes.get(node.parent);
    const inContainer = () => containerOf({ nodes: Object.fromEntries(nodes) }, node.id) !== null;
    const fits = holder !== undefined && isHolder(holder) && !(isTrigger(node.kind) && inContainer());
    if (node.parent !== undefined && !fits) move(node, undefined);
  }
}

/** The nodes that lie in themselves. */
function circle(nodes: ReadonlyMap<NodeId, GraphNode>): GraphNode[] {
  return [...nodes.values()].filter((node) => {
    const seen = new Set<NodeId>();
    for (let at = node.parent; at !== undefined && !seen.has(at); at = nodes.get(at)?.parent) {
      if (at === node.id) return true;
      seen.add(at);
    }
    return false;
  });
}

function mergeEdges(
  [before, one, other]: Three<Graph>,
  nodes: ReadonlyMap<NodeId, GraphNode>,
  conflicts: MergeConflict[],
): Record<EdgeId, GraphEdge> {
  const wanted = new Map<EdgeId, GraphEdge>();
  for (const id of new Set([...Object.keys(one.edges), ...Object.keys(other.edges)])) {
    const [old, mine, theirs] = [before.edges[id], one.edges[id], other.edges[id]];
    const settled = sameValue(mine, theirs) || sameValue(old, theirs) || sameValue(old, mine);
    const edge = settled ? (sameValue(old, mine) ? theirs : mine) : (mine ?? theirs);
    if (!settled) conflicts.push({ kind: 'edge', edge: id, mine, theirs });
    if (edge) wanted.set(id, edge);
  }
  // Older edges first, then by id: which of two edges has to go does not depend on whose it is.
  const inOrder = [...wanted.values()].sort(
    (a, b) => Number(!before.edges[a.id]) - Number(!before.edges[b.id]) || (a.id < b.id ? -1 : 1),
  );
  const graph = { nodes: Object.fromEntries(nodes) };
  const kept: Record<EdgeId, GraphEdge> = {};
  const lines = new Set<string>();
  const onward = new Map<NodeId, NodeId[]>();
  for (const edge of inOrder) {
    const line = `${edge.from}\n${edge.port}\n${edge.to}`;
    if (!fitsDrawing(graph, edge)) conflicts.push({ kind: 'line-lost', edge, reason: 'end' });
    else if (lines.has(line)) continue;
    else if (reaches(onward, edge.to, edge.from)) conflicts.push({ kind: 'line-lost', edge, reason: 'circle' });
    else {
      kept[edge.id] = edge;
      lines.add(line);
      onward.set(edge.from, [...(onward.get(edge.from) ?? []), edge.to]);
    }
  }
  return kept;
}

/** Steps of the same key that neither side had by itself. */
function sameNames(graph: Graph, sides: readonly Graph[]): MergeConflict[] {
  const owners = new Map<string, GraphNode[]>();
  for (const node of Object.values(graph.nodes)) {
    if (isDecoration(node.kind)) continue;
    const key = stepKey(node.name);
    owners.set(key, [...(owners.get(key) ?? []), node]);
  }
  return [...owners.values()].flatMap((same): MergeConflict[] => {
    const [first, second] = same.sort((a, b) => (a.id < b.id ? -1 : 1));
    if (!first || !second) return [];
    const old = sides.some(({ nodes }) => {
      const [a, b] = [nodes[first.id], nodes[second.id]];
      return a && b && stepKey(a.name) === stepKey(b.name);
    });
    return old ? [] : [{ kind: 'name', nodes: [first.id, second.id], name: first.name }];
  });
}
