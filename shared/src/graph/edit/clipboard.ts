/** Steps on their way through the clipboard: between tabs, between workflows (E19-E21). */
import { z } from 'zod';
import type { Graph, GraphNode, NodeId } from '../graph.js';
import { edgeSchema, nodeSchema } from '../graph.js';
import { stepKey } from '../step-key.js';
import { mapTemplates } from '../templates.js';
import type { RewriteReferences } from './change.js';
import type { Edit, NewId, Point } from './edit.js';
import { freeName, nodesInOrder, withEdges, withNodes } from './edit.js';
import { GRID, snap } from './geometry.js';
import { acceptsInput, outputPorts } from '../ports.js';

export const fragmentSchema = z.object({
  kind: z.literal('sagawright/steps'),
  version: z.literal(1),
  nodes: z.array(nodeSchema).min(1).max(2000),
  edges: z.array(edgeSchema).max(10_000),
});
export type Fragment = z.infer<typeof fragmentSchema>;

export function copySteps(graph: Graph, ids: readonly NodeId[]): Fragment {
  const chosen = new Set(ids);
  return {
    kind: 'sagawright/steps',
    version: 1,
    nodes: nodesInOrder(graph).filter((node) => chosen.has(node.id)),
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
 */
export function pasteSteps(
  graph: Graph,
  fragment: Fragment,
  at: Point,
  newId: NewId,
  rewrite: RewriteReferences,
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
  const nodes = fragment.nodes.map((node, index): GraphNode => {
    const inner = mapTemplates(node, (template) => renameAll(template, renamed, rewrite));
    const position = { x: snap(at.x) + node.position.x - left, y: snap(at.y) + node.position.y - top };
    return { ...inner, id: ids.get(node.id) ?? node.id, name: names[index] ?? node.name, position };
  });
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const seen = new Set<string>();
  const edges = fragment.edges.flatMap((edge) => {
    const from = byId.get(ids.get(edge.from) ?? '');
    const to = byId.get(ids.get(edge.to) ?? '');
    // A fragment may come from anywhere: only lines that the drawing allows get in.
    const line = `${edge.from}\n${edge.port}\n${edge.to}`;
    if (
      !from ||
      !to ||
      from === to ||
      !outputPorts(from).includes(edge.port) ||
      !acceptsInput(to.kind) ||
      seen.has(line)
    )
      return [];
    seen.add(line);
    return [{ id: newId(), from: from.id, port: edge.port, to: to.id }];
  });
  return {
    graph: withEdges(withNodes(graph, nodes), edges),
    label: nodes.length === 1 ? `${nodes[0]?.name} pasted` : `${nodes.length} steps pasted`,
    focus: nodes.map((node) => node.id),
  };
}

/** Two passes over names that no step has, so that swapping names (A to B, B to C) cannot rename one reference twice. */
function renameAll(
  template: Parameters<RewriteReferences>[0],
  renamed: readonly { from: string; to: string }[],
  rewrite: RewriteReferences,
): Parameters<RewriteReferences>[0] {
  const changes = renamed.filter(({ from, to }) => from !== to);
  const parked = changes.reduce((now, { from }, index) => rewrite(now, from, `pasted_${index}_`).template, template);
  return changes.reduce((now, { to }, index) => rewrite(now, `pasted_${index}_`, to).template, parked);
}

/** Copies in place, two grid cells down and right (E21). */
export function duplicateSteps(graph: Graph, ids: readonly NodeId[], newId: NewId, rewrite: RewriteReferences): Edit {
  const fragment = copySteps(graph, ids);
  if (fragment.nodes.length === 0) return { graph, label: 'Nothing duplicated', focus: [] };
  const left = Math.min(...fragment.nodes.map((node) => node.position.x));
  const top = Math.min(...fragment.nodes.map((node) => node.position.y));
  const edit = pasteSteps(graph, fragment, { x: left + 2 * GRID, y: top + 6 * GRID }, newId, rewrite);
  return { ...edit, label: edit.label.replace(/pasted$/, 'duplicated') };
}
