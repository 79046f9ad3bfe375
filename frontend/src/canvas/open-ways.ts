import { allPorts, edgesFrom, portsOf } from '@sagawright/shared/graph';
import type { Graph, GraphNode } from '@sagawright/shared/graph';

/** Drawn only where the step's own settings ask for them. */
const ASKED_FOR: ReadonlySet<string> = new Set(['error', 'timeout']);

/** The ways out of a step and into its inside that lead nowhere yet, and where a step can be added (E5, E6). */
export function openWays(graph: Graph, node: GraphNode): readonly string[] {
  const wanted = new Set(portsOf(node));
  return allPorts(node).filter(
    (port) => (!ASKED_FOR.has(port) || wanted.has(port)) && edgesFrom(graph, node.id, port).length === 0,
  );
}
