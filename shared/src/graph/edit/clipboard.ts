/** Steps on their way through the clipboard: between tabs, between workflows (E19-E21). */
import { z } from 'zod';
import { holderOf, withContent } from '../containers.js';
import type { Graph, GraphEdge, GraphNode, NodeId } from '../graph.js';
import { edgeSchema, nodeSchema } from '../graph.js';
import { stepKey } from '../step-key.js';
import { mapTemplates } from '../templates.js';
import type { RewriteReferences } from './change.js';
import { fitsDrawing } from './connect.js';
import type { Edit, NewId, Point } from './edit.js';
import { freeName, nodesInOrder, withEdges, withNodes } from './edit.js';
import { GRID, snap } from './geometry.js';
import { holdContent, homeFor, inHolder } from './hold.js';

export const fragmentSchema = z.object({
  kind: z.literal('sagawright/steps'),
  version: z.literal(1),
  nodes: z.array(nodeSchema).min(1).max(2000),
  edges: z.array(edgeSchema).max(10_000),
});
export type Fragment = z.infer<typeof fragmentSchema>;

/** The steps with all that lies in them; what lies in nothing of the fragment has no parent there. */
export function copySteps(graph: Graph, ids: readonly NodeId[]): Fragment {
  const chosen = withContent(graph, ids);
  return {
    kind: 'sagawright/steps',
    version: 1,
    nodes: nodesInOrder(graph)
      .filter((node) => chosen.has(node.id))
      .map((node) => (node.parent === undefined || chosen.has(node.parent) ? node : inHolder(node, undefined))),
    edges: Object.values(graph.edges).filter((edge) => chosen.has(edge.from) && chosen.has(edge.to)),
  };
}

/** What is on the clipboard, if it is steps of ours. */
export function parseFragment(text: string): Fragment | null {
  try {
    const parsed = fragmentSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/**
 * Adds the steps with new ids and free names; expressions among them follow the new names, lines to the outside are gone.
 *
 * @param at where the top left corner comes
 * @param parent the container or group that they go into, if any; triggers stay outside of containers
 */
export function pasteSteps(
  graph: Graph,
  fragment: Fragment,
  at: Point,
  newId: NewId,
  rewrite: RewriteReferences,
  parent?: NodeId,
): Edit {
  return insertFragment(graph, fragment, at, newId, rewrite, () => parent);
}

/** @param homeOf what a node goes into that lies in nothing of the fragment, by its id there */
function insertFragment(
  graph: Graph,
  fragment: Fragment,
  at: Point,
  newId: NewId,
  rewrite: RewriteReferences,
  homeOf: (id: NodeId) => NodeId | undefined,
): Edit {
  const left = Math.min(...fragment.nodes.map((node) => node.position.x));
  const top = Math.min(...fragment.nodes.map((node) => node.position.y));
  const ids = new Map(fragment.nodes.map((node) => [node.id, newId()]));
  const names: string[] = [];
  const renamed = fragment.nodes.map((node) => {
    const name = freeName(graph, node.name, names);
    names.push(name);
    return { from: stepKey(node.name), to: stepKey(name) };
  });
  const original = { nodes: Object.fromEntries(fragment.nodes.map((node) => [node.id, node])) };
  const drawn = fragment.nodes.map((node, index): GraphNode => {
    const inner = mapTemplates(node, (template) => renameAll(template, renamed, rewrite));
    const position = { x: snap(at.x) + node.position.x - left, y: snap(at.y) + node.position.y - top };
    // A fragment may come from anywhere: what it says about who lies in what is believed as far as it can be true.
    const holder = holderOf(original, node.id);
    const parent = holder ? ids.get(holder.id) : homeOf(node.id);
    const named = { ...inner, id: ids.get(node.id) ?? node.id, name: names[index] ?? node.name, position };
    return inHolder<GraphNode>(named, parent);
  });
  const loose = withNodes(graph, drawn);
  const nodes = drawn.map((node) => inHolder(node, homeFor(loose, node, node.parent)));
  const added = withNodes(graph, nodes);
  const edges = drawableEdges(added, fragment.edges, ids).map((edge) => ({ ...edge, id: newId() }));
  return {
    graph: holdContent(
      withEdges(added, edges),
      nodes.map((node) => node.id),
    ),
    label: nodes.length === 1 ? `${nodes[0]?.name} pasted` : `${nodes.length} steps pasted`,
    focus: nodes.map((node) => node.id),
  };
}

/** The fragment's lines between the new nodes, without those that the drawing does not allow, doubles and circles. */
function drawableEdges(
  graph: Graph,
  edges: readonly GraphEdge[],
  ids: ReadonlyMap<NodeId, NodeId>,
): Omit<GraphEdge, 'id'>[] {
  const seen = new Set<string>();
  const onward = new Map<NodeId, NodeId[]>();
  return edges.flatMap((edge) => {
    const moved = { ...edge, from: ids.get(edge.from) ?? '', to: ids.get(edge.to) ?? '' };
    const line = `${moved.from}\n${moved.port}\n${moved.to}`;
    if (seen.has(line) || !fitsDrawing(graph, moved) || reaches(onward, moved.to, moved.from)) return [];
    seen.add(line);
    onward.set(moved.from, [...(onward.get(moved.from) ?? []), moved.to]);
    return [{ from: moved.from, port: moved.port, to: moved.to }];
  });
}

/** Whether the one leads to the other, or is the other. */
export function reaches(onward: ReadonlyMap<NodeId, readonly NodeId[]>, from: NodeId, to: NodeId): boolean {
  const reached = new Set([from]);
  for (const id of reached) {
    if (id === to) return true;
    for (const next of onward.get(id) ?? []) reached.add(next);
  }
  return false;
}

/** Two passes over names that no step has, so that swapping names (A to B, B to C) cannot rename one reference twice. */
export function renameAll(
  template: Parameters<RewriteReferences>[0],
  renamed: readonly { from: string; to: string }[],
  rewrite: RewriteReferences,
): Parameters<RewriteReferences>[0] {
  const changes = renamed.filter(({ from, to }) => from !== to);
  const parked = changes.reduce((now, { from }, index) => rewrite(now, from, `pasted_${index}_`).template, template);
  return changes.reduce((now, { to }, index) => rewrite(now, `pasted_${index}_`, to).template, parked);
}

/** Copies in place, two grid cells down and right (E21); a copy lies in what its original lies in. */
export function duplicateSteps(graph: Graph, ids: readonly NodeId[], newId: NewId, rewrite: RewriteReferences): Edit {
  const fragment = copySteps(graph, ids);
  if (fragment.nodes.length === 0) return { graph, label: 'Nothing duplicated', focus: [] };
  const left = Math.min(...fragment.nodes.map((node) => node.position.x));
  const top = Math.min(...fragment.nodes.map((node) => node.position.y));
  const corner = { x: left + 2 * GRID, y: top + 6 * GRID };
  const homeOf = (id: NodeId) => holderOf(graph, id)?.id;
  const edit = insertFragment(graph, fragment, corner, newId, rewrite, homeOf);
  return { ...edit, label: edit.label.replace(/pasted$/, 'duplicated') };
}
