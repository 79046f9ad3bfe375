import { describe, expect, it } from '@jest/globals';
import { drawing } from '../canvas/fixtures.js';
import { referencesFor } from './references.js';

const values = (id: string, parent?: string) => ({
  id,
  kind: 'transform' as const,
  values: { sum: 1 },
  ...(parent ? { parent } : {}),
});

const graph = drawing(
  [
    { id: 'start', kind: 'trigger.manual', sample: { lines: [] } },
    values('before'),
    { id: 'each', kind: 'for-each', items: '', mode: { kind: 'sequential' } },
    values('item', 'each'),
    values('deeper', 'each'),
    { id: 'guard', kind: 'scope', variables: { total: 0 } },
    values('tried', 'guard'),
    values('mend', 'guard'),
    values('behind'),
  ],
  [
    'start > before',
    'before > each',
    'each.body > item',
    'item > deeper',
    'each > guard',
    'guard.body > tried',
    'guard.handler > mend',
    'guard > behind',
  ],
);
const paths = (id: string) => referencesFor(graph, id).map((each) => each.path);

describe('what expressions can read (E59)', () => {
  it('reads steps of the levels around, the item and its number inside a loop', () => {
    expect(paths('deeper')).toEqual(
      expect.arrayContaining([
        'item',
        'index',
        'steps.item.output.sum',
        'steps.before.output.sum',
        'trigger.data.lines',
      ]),
    );
    expect(paths('deeper')).not.toContain('steps.each.output');
  });

  it('reads of a loop its results from outside, and nothing of its steps', () => {
    expect(paths('tried')).toContain('steps.each.output.results');
    expect(paths('tried').filter((path) => path.startsWith('steps.item') || path === 'item')).toEqual([]);
  });

  it('reads the steps of a plain scope from behind it, and its variables inside', () => {
    expect(paths('behind')).toContain('steps.tried.output.sum');
    expect(paths('behind')).not.toContain('vars.total');
    expect(paths('tried')).toContain('vars.total');
  });

  it('reads the failure in the handler of a scope, and not in its body (S13)', () => {
    expect(paths('mend')).toEqual(expect.arrayContaining(['error.code', 'steps.tried.output.sum']));
    expect(paths('tried')).not.toContain('error');
  });
});
