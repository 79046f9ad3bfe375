/** Moving over the drawing by keyboard, and what a screen reader says of each step (E91, E92). */
import {
  edgesFrom,
  edgesInto,
  holdersOf,
  innerPorts,
  isHolder,
  isTrigger,
  nodesInOrder,
  nodesInside,
  outputPorts,
} from '@sagawright/shared/graph';
import type { DrawingDirection, Graph, GraphNode, NodeId } from '@sagawright/shared/graph';
import { isHandled, subtitleOf } from './summary.js';

export type Direction = 'next' | 'previous' | 'up' | 'down' | 'left' | 'right' | 'first' | 'last';

/** What a key means on a drawing: along the flow as it is drawn (E91), or beside it. */
export function directionOf(key: string, drawn: DrawingDirection): Direction | undefined {
  return (drawn === 'lr' ? KEYS_ACROSS : KEYS_DOWN)[key];
}

const ENDS: Readonly<Record<string, Direction>> = { Home: 'first', End: 'last' };
const KEYS_ACROSS: Readonly<Record<string, Direction>> = {
  ...ENDS,
  ArrowRight: 'next',
  ArrowLeft: 'previous',
  ArrowUp: 'up',
  ArrowDown: 'down',
};
const KEYS_DOWN: Readonly<Record<string, Direction>> = {
  ...ENDS,
  ArrowDown: 'next',
  ArrowUp: 'previous',
  ArrowLeft: 'left',
  ArrowRight: 'right',
};

/**
 * The order in which the drawing is read: along the flow, ways of a step by their ports, what lies in a box right behind
 * the box and before what follows it, loose steps last.
 */
export function readingOrder(graph: Graph): NodeId[] {
  const nodes = nodesInOrder(graph);
  const waiting = new Map(
    nodes.map((node) => [node.id, new Set(edgesInto(graph, node.id).map((edge) => edge.from)).size]),
  );
  const done = new Set<NodeId>();
  const order: NodeId[] = [];
  const arrive = (id: NodeId): void => {
    const left = (waiting.get(id) ?? 1) - 1;
    waiting.set(id, left);
    if (left <= 0) visit(id);
  };
  const visit = (id: NodeId): void => {
    if (done.has(id) || !graph.nodes[id]) return;
    done.add(id);
    order.push(id);
    if (isBox(graph, id)) {
      for (const to of linesInside(graph, id)) arrive(to);
      const content = nodesInside(graph, id);
      for (const inner of content) if ((waiting.get(inner) ?? 0) <= 0) visit(inner);
      for (const inner of content) visit(inner);
    }
    for (const to of followers(graph, id)) arrive(to);
  };
  const outside = nodes.filter((node) => holdersOf(graph, node.id).length === 0);
  const starts = outside.filter((node) => node.kind !== 'note' && (waiting.get(node.id) ?? 0) === 0);
  for (const node of [...starts.filter((each) => isTrigger(each.kind)), ...starts, ...outside, ...nodes])
    visit(node.id);
  return order;
}

function isBox(graph: Graph, id: NodeId): boolean {
  const node = graph.nodes[id];
  return node !== undefined && isHolder(node);
}

/** The steps that lines lead to, ways by their ports: out of a step on its own level. */
function followers(graph: Graph, id: NodeId): NodeId[] {
  const node = graph.nodes[id];
  return node ? targets(graph, id, outputPorts(node)) : [];
}

/** The steps in a box that its body and its handler begin with. */
function linesInside(graph: Graph, id: NodeId): NodeId[] {
  const node = graph.nodes[id];
  return node ? targets(graph, id, innerPorts(node)) : [];
}

function targets(graph: Graph, id: NodeId, ports: readonly string[]): NodeId[] {
  return [...new Set(ports.flatMap((port) => edgesFrom(graph, id, port).map((edge) => edge.to)))];
}

/** What comes after a step: in a box what lies in it first; behind the last step in a box what follows the box. */
export function nextSteps(graph: Graph, id: NodeId): NodeId[] {
  const inside = isBox(graph, id) ? [...linesInside(graph, id), ...nodesInside(graph, id).slice(0, 1)] : [];
  const next = [...new Set([...inside, ...followers(graph, id)])];
  if (next.length > 0) return next;
  for (const box of holdersOf(graph, id)) {
    const behind = followers(graph, box.id);
    if (behind.length > 0) return behind;
  }
  return [];
}

export function previousSteps(graph: Graph, id: NodeId): NodeId[] {
  const before = [...new Set(edgesInto(graph, id).map((edge) => edge.from))];
  return before.length > 0
    ? before
    : holdersOf(graph, id)
        .slice(0, 1)
        .map((box) => box.id);
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

/** Siblings first (steps behind the same step), then steps in the same box, else the nearest card in that direction. */
function beside(graph: Graph, from: NodeId, direction: 'up' | 'down' | 'left' | 'right'): NodeId | null {
  const here = graph.nodes[from];
  if (!here) return null;
  const sign = direction === 'down' || direction === 'right' ? 1 : -1;
  const [along, across] = direction === 'up' || direction === 'down' ? (['y', 'x'] as const) : (['x', 'y'] as const);
  const ahead = (node: GraphNode) => (node.position[along] - here.position[along]) * sign;
  const siblings = new Set(previousSteps(graph, from).flatMap((id) => nextSteps(graph, id)));
  const candidates = Object.values(graph.nodes)
    .filter((node) => node.id !== from && ahead(node) > 0)
    .map((node) => ({
      id: node.id,
      cost:
        ahead(node) +
        2 * Math.abs(node.position[across] - here.position[across]) +
        (node.parent === here.parent ? 0 : 5000) -
        (siblings.has(node.id) ? 10_000 : 0),
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
  const around = holdersOf(graph, node.id).map((box) => box.id);
  const before = previousSteps(graph, node.id).filter((id) => !around.includes(id));
  const after = followers(graph, node.id);
  const place = `step ${details.order.indexOf(node.id) + 1} of ${details.order.length}`;
  const facts = [node.name, subtitleOf(node, isHandled(graph, node.id)), place];
  if (details.state !== null) facts.push(details.state.toLowerCase());
  if (details.problems > 0) facts.push(details.problems === 1 ? '1 problem' : `${details.problems} problems`);
  const sentences = [facts.join(', ')];
  if (around.length > 0) sentences.push(`in ${names(around)}`);
  if (isHolder(node)) sentences.push(countedSteps(nodesInside(graph, node.id).length));
  if (before.length > 0) sentences.push(`after ${names(before)}`);
  if (after.length > 0) sentences.push(`before ${names(after)}`);
  if ('undo' in node && node.undo) sentences.push(UNDO_WORDS[node.undo.kind]);
  return sentences.join('; ');
}

const countedSteps = (count: number) => (count === 0 ? 'empty' : count === 1 ? 'holds 1 step' : `holds ${count} steps`);

const UNDO_WORDS = {
  compensation: 'has compensation',
  'not-needed': 'needs no undo',
  irreversible: 'cannot be undone',
  pivot: 'pivot, nothing is undone after it',
} as const;
