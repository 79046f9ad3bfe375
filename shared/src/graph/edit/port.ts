/** The sides of a node that lines can be drawn from and to. */
import type { GraphNode, NodeKind } from '../graph.js';

const NO_INPUT: ReadonlySet<NodeKind> = new Set(['trigger.webhook', 'trigger.manual', 'note']);
const NO_OUTPUT: ReadonlySet<NodeKind> = new Set(['end', 'fail', 'note']);

export function acceptsInput(kind: NodeKind): boolean {
  return !NO_INPUT.has(kind);
}

export function isTrigger(kind: NodeKind): boolean {
  return kind === 'trigger.webhook' || kind === 'trigger.manual';
}

/** Every port a line may leave from, in drawing order; `error` last. */
export function outputPorts(node: GraphNode): string[] {
  if (NO_OUTPUT.has(node.kind)) return [];
  if (node.kind === 'branch') return [...node.cases.map((each) => each.id), 'else'];
  return node.kind === 'action' ? ['out', 'error'] : ['out'];
}

/** The port that the flow goes on from when nobody says which; null for nodes that end a path. */
export function mainPort(node: GraphNode): string | null {
  return outputPorts(node)[0] ?? null;
}

/** What a port is called on the canvas and to a screen reader; '' for the plain way on. */
export function portLabel(node: GraphNode, port: string): string {
  if (port === 'error') return 'on error';
  if (port === 'else') return 'else';
  if (node.kind !== 'branch') return '';
  const index = node.cases.findIndex((each) => each.id === port);
  return node.cases[index]?.label || `case ${index + 1}`;
}
