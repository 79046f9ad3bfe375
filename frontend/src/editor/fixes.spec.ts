import { expect, it } from '@jest/globals';
import { drawing } from '../canvas/fixtures.js';
import { createEditorStore } from './editor-store.js';
import { applyFix } from './fixes.js';

it('mends a problem by its fix as one edit that can be undone (E44)', () => {
  const graph = drawing(
    [
      { id: 'start', kind: 'trigger.manual' },
      { id: 'split', kind: 'parallel' },
      { id: 'end', kind: 'end' },
    ],
    ['start > split', 'split > end', 'end > split'],
  );
  const store = createEditorStore({
    ...graph,
    edges: { ...graph.edges, back: { id: 'back', from: 'end', port: 'out', to: 'split' } },
  });
  const before = store.getState();
  const problem = before.diagnostics.find((each) => each.fixes.length > 0);
  const [fix] = problem?.fixes ?? [];
  if (!fix) throw new Error('The compiler offers no fix for a line out of an end.');
  expect(applyFix(store, fix)).toBe(true);
  expect(store.getState().history.past).toHaveLength(1);
  expect(store.getState().graph).not.toEqual(before.graph);
  store.getState().undo();
  expect(store.getState().graph).toEqual(before.graph);
});
