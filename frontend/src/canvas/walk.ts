/** Moving over the drawing by keyboard, and what a screen reader says of each step (E91, E92). */
import { edgesFrom, edgesInto, isTrigger, nodesInOrder, outputPorts } from '@sagawright/shared/graph';
import type { Graph, GraphNode, NodeId } from '@sagawright/shared/graph';
import { subtitleOf } from './step-look.js';

export type Direction = 'next' | 'previous' | 'up' | 'down' | 'first' | 'last';

/** The order in which the drawing is read: along the flow, ways of a step by their ports, loose steps last. */
export function readingOrder(graph: Graph): NodeId[] {
  const nodes = nodesInOrder(graph);
  const waiting = new Map(
    nodes.map((node) => [node.id, new Set(edgesInto(graph, node.id).map((edge) => edge.from)).size]),
  );
  const done = new Set<NodeId>();
  const order: NodeId[] = [];
  const visit = (id: NodeId): void => {
    if (done.has(id) || !graph.nodes[id]) return;
    done.add(id);
    order.push(id);
    for (const to of nextSteps(graph, id)) {
      const left = (waiting.get(to) ?? 1) - 1;
      waiting.set(to, left);
      if (left <= 0) visit(to);
    }
  };
  const starts = nodes.filter((node) => node.kind !== 'note' && (waiting.get(node.id) ?? 0) === 0);
  for (const node of [...starts.filter((each) => isTrigger(each.kind)), ...starts, ...nodes]) visit(node.id);
  return order;
}

export function nextSteps(graph: Graph, id: NodeId): NodeId[] {
  const node = graph.nodes[id];
  if (!node) return [];
  return [...new Set(outputPorts(node).flatMap((port) => edgesFrom(graph, id, port).map((edge) => edge.to)))];
}

export function previousSteps(graph: Graph, id: NodeId): NodeId[] {
  return [...new Set(edgesInto(graph, id).map((edge) => edge.from))];
}

/** Where an arrow key leads from a step; null when there is nothing that way. */
export function walk(graph: Graph, from: NodeId | null, direction: Direction): NodeId | null {
  const order = readingOrder(graph);
  if (from === null || direction === 'first') return order[0] ?? null;
  if (direction === 'last') return order[order.length - 1] ?? null;
  if (direction === 'next') return nextSteps(graph, from)[0] ?? null;
  if (direction === 'previous') return previousSteps(graph, from)[0] ?? null;
  return beside(graph, from, direction);
}

/** Siblings first (steps behind the same step), else the nearest card in that direction. */
function beside(graph: Graph, from: NodeId, direction: 'up' | 'down'): NodeId | null {
  const here = graph.nodes[from];
  if (!here) return null;
  const sign = direction === 'down' ? 1 : -1;
  const ahead = (node: GraphNode) => (node.position.y - here.position.y) * sign;
  const siblings = new Set(previousSteps(graph, from).flatMap((id) => nextSteps(graph, id)));
  const candidates = Object.values(graph.nodes)
    .filter((node) => node.id !== from && ahead(node) > 0)
    .map((node) => ({
      id: node.id,
      cost: ahead(node) + 2 * Math.abs(node.position.x - here.position.x) - (siblings.has(node.id) ? 10_000 : 0),
    }))
    .sort((a, b) => a.cost - b.cost);
  return candidates[0]?.id ?? null;
}

/** `Charge card, Demo shop · Charge, step 3 of 7, 2 problems; after Reserve stock; before Ship; has compensation`. */
export function spokenStep(
  graph: Graph,
  node: GraphNode,
  details: { readonly order: readonly NodeId[]; readonly state: string | null; readonly problems: number },
): string {
  if (node.kind === 'note') return `Note: ${node.text.slice(0, 200)}`;
  const names = (ids: readonly NodeId[]) => ids.map((id) => graph.nodes[id]?.name ?? '').join(' and ');
  const before = previousSteps(graph, node.id);
  const after = nextSteps(graph, node.id);
  const place = `step ${details.order.indexOf(node.id) + 1} of ${details.order.length}`;
  const facts = [node.name, subtitleOf(node), place];
  if (details.state !== null) facts.push(details.state.toLowerCase());
  if (details.problems > 0) facts.push(details.problems === 1 ? '1 problem' : `${details.problems} problems`);
  const sentences = [facts.join(', ')];
  if (before.length > 0) sentences.push(`after ${names(before)}`);
  if (after.length > 0) sentences.push(`before ${names(after)}`);
  if (node.kind === 'action' && node.undo) sentences.push(UNDO_WORDS[node.undo.kind]);
  return sentences.join('; ');
}

const UNDO_WORDS = {
  compensation: 'has compensation',
  'not-needed': 'needs no undo',
  irreversible: 'cannot be undone',
  pivot: 'pivot, nothing is undone after it',
} as const;
