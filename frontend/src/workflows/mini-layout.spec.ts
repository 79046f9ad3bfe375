import { expect, it } from '@jest/globals';
import { templates } from '@sagawright/shared/template';
import { miniLayout } from './mini-layout.js';

it('draws a box as large as what lies in it, and its line from its border', () => {
  const graph = templates.find(({ id }) => id === 'order-lines')?.graph;
  if (graph === undefined) throw new Error('There is no template with a loop.');
  const { cards, edges } = miniLayout(graph);
  const box = cards.find(({ id }) => id === 'each-line');
  const inside = cards.find(({ id }) => id === 'reserve');
  if (box === undefined || inside === undefined) throw new Error('The loop or its step is not drawn.');
  expect(box.box).toBe(true);
  expect(inside.x + inside.width).toBeLessThanOrEqual(box.x + box.width);
  expect(inside.y + inside.height).toBeLessThanOrEqual(box.y + box.height);
  expect(edges.map(({ path }) => path)).toContain(`M${String(box.x)} ${String(inside.y + 32)}H${String(inside.x)}`);
});
