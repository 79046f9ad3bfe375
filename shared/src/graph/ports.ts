/**
 * The sides of a node that lines can be drawn from and to: one place for the editor, the compiler and the canvas.
 *
 * Ports: `out` is the plain way on; cases, arms and outcomes are ports by their id; `else` of a branch; `error` and
 * `timeout` are the ways of failures. Containers have two more that lead inside (`body`, `handler`), and a save-point has
 * `resume` (S24).
 */
import type { ContainerNode, GraphNode, NodeKind, NodeOf } from './graph.js';

const NO_OUTPUT: ReadonlySet<NodeKind> = new Set(['end', 'fail', 'terminate', 'note', 'group']);

export type TriggerKind = Extract<NodeKind, `trigger.${string}`>;
export type TriggerNode = NodeOf<TriggerKind>;

export function isTrigger(kind: NodeKind): kind is TriggerKind {
  return kind.startsWith('trigger.');
}

/** Drawing only: takes no part in the flow. */
export function isDecoration(kind: NodeKind): kind is 'note' | 'group' {
  return kind === 'note' || kind === 'group';
}

/** Ends its path. */
export function isFinal(kind: NodeKind): kind is 'end' | 'fail' | 'terminate' {
  return kind === 'end' || kind === 'fail' || kind === 'terminate';
}

/** Has a body that nodes lie in. */
export function isContainer(node: GraphNode): node is ContainerNode {
  return node.kind === 'scope' || node.kind === 'for-each' || node.kind === 'repeat';
}

export function acceptsInput(kind: NodeKind): boolean {
  return !isTrigger(kind) && !isDecoration(kind);
}

/** Every port a line may leave a node from on its own level, in drawing order; the ways of failures last. */
export function outputPorts(node: GraphNode): string[] {
  if (NO_OUTPUT.has(node.kind)) return [];
  const ways = plainPorts(node);
  if ('onFailure' in node) ways.push('error');
  if ('onTimeout' in node) ways.push('timeout');
  return ways;
}

/** The ways on that are no failures: what the flow may take when all is well. */
export function plainPorts(node: GraphNode): string[] {
  if (NO_OUTPUT.has(node.kind)) return [];
  switch (node.kind) {
    case 'branch':
    case 'inclusive':
      return [...node.cases.map((each) => each.id), 'else'];
    case 'race':
      return node.arms.map((arm) => arm.id);
    case 'task':
      return node.task.outcomes.map((outcome) => outcome.id);
    case 'scope':
      return node.savePoint ? ['out', 'resume'] : ['out'];
    default:
      return ['out'];
  }
}

/** The ports of {@link outputPorts} that the node's settings make use of. */
export function portsOf(node: GraphNode): string[] {
  return outputPorts(node).filter((port) => {
    if (port === 'error') return 'onFailure' in node && node.onFailure === 'error-edge';
    if (port === 'timeout') return 'onTimeout' in node && node.onTimeout === 'timeout-edge';
    return true;
  });
}

/** Ports of a container that lead to nodes inside it: where its body begins, and what handles a failure in it. */
export function innerPorts(node: GraphNode): ('body' | 'handler')[] {
  if (node.kind === 'scope') return ['body', 'handler'];
  return isContainer(node) ? ['body'] : [];
}

/** Every port that a line may leave a node from, on its own level and into its inside. */
export function allPorts(node: GraphNode): string[] {
  return [...outputPorts(node), ...innerPorts(node)];
}

/** Whether a line from this port leads into its node's own inside. */
export function isInnerPort(node: GraphNode, port: string): boolean {
  return innerPorts(node).some((each) => each === port);
}

/** The port that the flow goes on from when nobody says which; null for nodes that end a path. */
export function mainPort(node: GraphNode): string | null {
  return outputPorts(node)[0] ?? null;
}

const LABELS: Readonly<Record<string, string>> = {
  error: 'on error',
  timeout: 'on timeout',
  else: 'else',
  body: 'does',
  handler: 'on failure inside',
  resume: 'resume here',
};

/** What a port is called on the canvas and to a screen reader; '' for the plain way on. */
export function portLabel(node: GraphNode, port: string): string {
  switch (node.kind) {
    case 'branch':
    case 'inclusive': {
      const index = node.cases.findIndex((each) => each.id === port);
      return index < 0 ? (LABELS[port] ?? '') : node.cases[index]?.label || `case ${index + 1}`;
    }
    case 'race': {
      const index = node.arms.findIndex((each) => each.id === port);
      return index < 0 ? (LABELS[port] ?? '') : node.arms[index]?.label || `wait ${index + 1}`;
    }
    case 'task':
      return node.task.outcomes.find((each) => each.id === port)?.label ?? LABELS[port] ?? '';
    default:
      return LABELS[port] ?? '';
  }
}
