import { describe, expect, it } from '@jest/globals';
import { drawing } from '../canvas/fixtures.js';
import { readableData } from './references.js';

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
const paths = (id: string) => readableData(graph, id).references.map((each) => each.path);

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

describe('what is there on every way (E59)', () => {
  const maybe = drawing(
    [
      { id: 'start', kind: 'trigger.manual', sample: {} },
      { id: 'way', kind: 'branch', cases: [{ id: 'one', label: '', when: '' }] },
      values('only'),
      values('other'),
      { id: 'all', kind: 'parallel' },
      values('left'),
      values('right'),
      { id: 'met', kind: 'join', mode: { kind: 'all' } },
      values('last'),
    ],
    [
      'start > way',
      'way.one > only',
      'way.else > other',
      'only > all',
      'other > all',
      'all > left',
      'all > right',
      'left > met',
      'right > met',
      'met > last',
    ],
  );
  const certain = (id: string) =>
    Object.fromEntries(readableData(maybe, id).sources.map((each) => [each.source, each.certain]));

  it('doubts what only one way of a branch has done, and not what all ways into a join have', () => {
    expect(certain('last')).toMatchObject({ only: false, other: false, left: true, right: true, start: true });
    expect(certain('only')).toMatchObject({ start: true });
  });

  it('gives an expression in a loop the first of the items to look at', () => {
    const looped = drawing(
      [
        { id: 'start', kind: 'trigger.manual', sample: { lines: [{ sku: 'A-1' }, { sku: 'B-2' }] } },
        { id: 'each', kind: 'for-each', items: '{{ trigger.data.lines }}', mode: { kind: 'sequential' } },
        values('inner', 'each'),
      ],
      ['start > each', 'each.body > inner'],
    );
    expect(readableData(looped, 'inner').scope).toMatchObject({ item: { sku: 'A-1' }, index: 0 });
  });
});
