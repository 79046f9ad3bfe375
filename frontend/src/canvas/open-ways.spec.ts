import { expect, it } from '@jest/globals';
import { appendStep, emptyGraph, nodeSchema, withNodes } from '@sagawright/shared/graph';
import type { GraphNode } from '@sagawright/shared/graph';
import { openWays } from './open-ways.js';

const at = (x: number) => ({ x, y: 0 });
const scope = nodeSchema.parse({
  id: 's',
  kind: 'scope',
  name: 'Book',
  position: at(0),
  size: { width: 560, height: 240 },
});
const charge = (more: object = {}): GraphNode =>
  nodeSchema.parse({
    ...{
      id: 'c',
      kind: 'action',
      name: 'Charge',
      position: at(900),
      connector: 'demo-shop',
      operation: 'charge',
      input: {},
    },
    ...more,
  });

it('offers a step on the failure way of a scope until there is one (E5)', () => {
  const graph = withNodes(emptyGraph(), [scope]);
  expect(openWays(graph, scope)).toEqual(expect.arrayContaining(['out', 'body', 'handler']));
  const edit = appendStep(graph, 's', 'handler', charge(), () => 'line');
  expect(edit?.graph.nodes['c']?.parent).toBe('s');
  expect(edit && openWays(edit.graph, scope)).not.toContain('handler');
});

it('offers the ways of failures of a step only where its settings lead there', () => {
  const graph = withNodes(emptyGraph(), [charge()]);
  expect(openWays(graph, charge())).toEqual(['out']);
  expect(openWays(graph, charge({ onFailure: 'error-edge' }))).toEqual(['out', 'error']);
});
