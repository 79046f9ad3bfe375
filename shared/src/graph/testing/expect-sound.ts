import { expect } from '@jest/globals';
import { allPorts, canConnect, containerOf, disconnect, graphSchema, holderOf } from '../index.js';
import type { Graph } from '../index.js';
import { must } from './drawing.js';

/** Fits the schema; no dangling, cross-border, double or circular line; every parent holds nodes and none lies in itself. */
export function expectSound(graph: Graph): void {
  expect(graphSchema.safeParse(graph).error).toBeUndefined();
  expect([...graph.order].sort()).toEqual(Object.keys(graph.nodes).sort());
  for (const node of Object.values(graph.nodes)) {
    if (node.parent === undefined) continue;
    // Null also when the chain of parents goes round in a circle.
    expect(holderOf(graph, node.id)?.id).toBe(node.parent);
    if (node.kind.startsWith('trigger.')) expect(containerOf(graph, node.id)).toBeNull();
  }
  for (const edge of Object.values(graph.edges)) {
    expect(allPorts(must(graph.nodes[edge.from]))).toContain(edge.port);
    expect(canConnect(disconnect(graph, [edge.id]).graph, edge.from, edge.port, edge.to)).toBeNull();
  }
}
