import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { expectSound } from '../testing/expect-sound.js';
import {
  anyEdit,
  anyGraph,
  behind,
  draw,
  line,
  lines,
  must,
  newId,
  perform,
  rewrite,
  row,
} from '../testing/drawing.js';
import {
  addCase,
  addStep,
  appendStep,
  compareGraphs,
  insertOnEdge,
  mergeGraphs,
  moveInto,
  moveSteps,
  patchOf,
  removeSteps,
  renameStep,
  replaceStep,
  setField,
  tidy,
  unwrapSteps,
} from '../index.js';
import type { Graph, MergeConflict } from '../index.js';

const at = { x: 0, y: 0 };
const base = () =>
  behind(
    row(
      draw('action', 'charge'),
      draw('action', 'ship'),
      draw('scope', 's'),
      draw('branch', 'which'),
      draw('end', 'end'),
    ),
    's',
    'body',
    draw('action', 'in'),
  );
const set = (graph: Graph, node: string, path: (string | number)[], value: unknown) =>
  setField(graph, node, path, value).graph;
const merge = (one: Graph, other: Graph, from: Graph) => mergeGraphs(from, one, other, rewrite);
const edgeTo = (graph: Graph, id: string) => must(Object.values(graph.edges).find((edge) => edge.to === id)).id;

describe('compareGraphs', () => {
  it('tells what was added, removed, changed by field, and what only moved', () => {
    const before = base();
    const moved = moveSteps(before, { charge: { x: 5, y: 500 } }).graph;
    const removed = removeSteps(moved, ['ship'], true, newId).graph;
    const changed = set(set(removed, 'in', ['input', 'a', 'b'], 1), 'which', ['cases', 0, 'when'], 'x');
    const after = addStep(changed, draw('note', 'n'), at).graph;
    expect(compareGraphs(before, set(after, 'in', ['retry'], undefined))).toMatchObject({
      added: ['n'],
      removed: ['ship'],
      changed: [
        { node: 'which', fields: [['cases', 'big', 'when']] },
        { node: 'in', fields: [['input', 'a']] },
      ],
      moved: ['charge'],
      edges: { changed: [], added: [expect.any(String)], removed: [expect.any(String), expect.any(String)] },
      settings: [],
    });
  });

  it('tells nothing about equal graphs, whatever they share', () => {
    const copy = JSON.parse(JSON.stringify(base())) as Graph;
    const same = compareGraphs(copy, JSON.parse(JSON.stringify(copy)) as Graph);
    expect([same.added, same.removed, same.changed, same.moved, same.settings]).toEqual([[], [], [], [], []]);
  });
});

describe('mergeGraphs', () => {
  it('takes different fields of one node, new nodes, lines and order from both', () => {
    const from = base();
    const mine = must(
      insertOnEdge(set(from, 'charge', ['input', 'amount'], 5), edgeTo(from, 'ship'), draw('action', 'mine'), newId),
    ).graph;
    const theirs = must(
      appendStep(set(from, 'charge', ['input', 'currency'], 'EUR'), 'which', 'else', draw('action', 'theirs'), newId),
    ).graph;
    const { graph, conflicts } = merge(mine, theirs, from);
    expect(conflicts).toEqual([]);
    expect(graph.nodes['charge']).toMatchObject({ input: { amount: 5, currency: 'EUR' } });
    expect(lines(graph)).toEqual(expect.arrayContaining(['charge.out>mine', 'mine.out>ship', 'which.else>theirs']));
    expectSound(graph);
  });

  it('merges cases by id, with their order', () => {
    const from = base();
    const mine = addCase(from, 'which', { id: 'm', label: 'mine', when: '1' }).graph;
    const theirs = set(from, 'which', ['cases', 0, 'when'], 'changed');
    const { graph, conflicts } = merge(mine, theirs, from);
    expect(conflicts).toEqual([]);
    expect(graph.nodes['which']).toMatchObject({ cases: [{ id: 'big', when: 'changed' }, { id: 'm' }] });
  });

  it('tells both values of a field that both changed, and keeps mine', () => {
    const from = base();
    const { graph, conflicts } = merge(
      set(from, 'charge', ['input', 'a'], 1),
      set(from, 'charge', ['input', 'a'], 2),
      from,
    );
    expect(conflicts).toEqual([{ kind: 'field', node: 'charge', path: ['input', 'a'], mine: 1, theirs: 2 }]);
    expect(graph.nodes['charge']).toMatchObject({ input: { a: 1 } });
  });

  it('never mixes the fields of two kinds of one thing', () => {
    const from = row(draw('delay', 'd'));
    const mine = set(from, 'd', ['delay', 'durationMs'], 5);
    const theirs = set(from, 'd', ['delay'], { kind: 'until', instant: '{{ x }}' });
    expect(merge(mine, theirs, from).conflicts).toEqual([
      expect.objectContaining({ kind: 'field', path: ['delay'], theirs: { kind: 'until', instant: '{{ x }}' } }),
    ]);
    const replaced = replaceStep(from, 'd', draw('wait', 'w'), []).edit.graph;
    expect(merge(mine, replaced, from).conflicts).toEqual([expect.objectContaining({ kind: 'node', node: 'd' })]);
  });

  it('keeps a node that one removed and the other changed, and says so; a moved one goes', () => {
    const from = base();
    const removed = removeSteps(from, ['ship'], true, newId).graph;
    const { graph, conflicts } = merge(removed, set(from, 'ship', ['input', 'a'], 1), from);
    expect(conflicts).toEqual([expect.objectContaining({ kind: 'node', node: 'ship', mine: undefined })]);
    expect(graph.nodes['ship']).toMatchObject({ input: { a: 1 } });
    expectSound(graph);
    const moved = merge(removed, moveSteps(from, { ship: { x: 0, y: 999 } }).graph, from);
    expect(moved.conflicts).toEqual([]);
    expect(moved.graph.nodes).not.toHaveProperty('ship');
  });

  it('keeps a container that one removed and the other put something into', () => {
    const from = base();
    const theirs = must(appendStep(from, 'in', 'out', draw('action', 'new'), newId)).graph;
    const { graph, conflicts } = merge(removeSteps(from, ['s'], true, newId).graph, theirs, from);
    expect(graph.nodes['new']?.parent).toBe('s');
    expect(conflicts.map((each) => each.kind)).toEqual(expect.arrayContaining(['node', 'line-lost']));
    expectSound(graph);
    const unwrapped = unwrapSteps(from, 's', newId);
    const renamed = must(renameStep(from, 'in', 'Inner', rewrite)).edit.graph;
    const both = merge(unwrapped.ok ? unwrapped.value.graph : from, renamed, from);
    expect(both.graph.nodes['in']).toMatchObject({ name: 'Inner' });
    expect(both.graph.nodes['in']).not.toHaveProperty('parent');
    expect(both.conflicts).toEqual([]);
  });

  it('lets a renamed step be found by what the other wrote about it', () => {
    const from = base();
    const mine = must(renameStep(from, 'charge', 'Take money', rewrite)).edit.graph;
    const theirs = set(from, 'ship', ['input', 'a'], '{{ steps.charge.output.id }}');
    const { graph, conflicts } = merge(mine, theirs, from);
    expect(conflicts).toEqual([]);
    expect(graph.nodes['ship']).toMatchObject({ input: { a: '{{ steps.takeMoney.output.id }}' } });
  });

  it('drops what would close a circle, cross a border or leave by a port that is gone, and says so', () => {
    const from = addStep(addStep(base(), draw('action', 'p'), at).graph, draw('action', 'q'), at).graph;
    const circle = merge(line(from, 'p', 'out', 'q'), line(from, 'q', 'out', 'p'), from);
    expect(circle.conflicts).toEqual([expect.objectContaining({ kind: 'line-lost', reason: 'circle' })]);
    expectSound(circle.graph);
    const border = merge(must(moveInto(from, ['p'], 's')).graph, line(from, 'p', 'out', 'q'), from);
    expect(border.conflicts).toEqual([expect.objectContaining({ kind: 'line-lost', reason: 'end' })]);
    expectSound(border.graph);
  });

  it('puts nothing into itself and no trigger into a container', () => {
    const two = addStep(addStep(row(), draw('scope', 'a'), at).graph, draw('scope', 'b'), { x: 0, y: 600 }).graph;
    const circle = merge(must(moveInto(two, ['a'], 'b')).graph, must(moveInto(two, ['b'], 'a')).graph, two);
    expectSound(circle.graph);
    expect(circle.conflicts).toContainEqual(expect.objectContaining({ kind: 'field', path: ['parent'] }));
    const framed = addStep(row(), draw('group', 'g'), at).graph;
    const scoped = replaceStep(framed, 'g', draw('scope', 'x'), []).edit.graph;
    const both = merge(must(moveInto(framed, ['start'], 'g')).graph, scoped, framed);
    expectSound(both.graph);
    expect(both.conflicts).toHaveLength(1);
  });

  it('tells of two steps of one name that came from two sides', () => {
    const from = base();
    const add = (id: string) => addStep(from, { ...draw('action', id), name: 'Refund' }, at).graph;
    expect(merge(add('m'), add('t'), from).conflicts).toEqual([{ kind: 'name', nodes: ['m', 't'], name: 'Refund' }]);
  });
});

/** Two sides that made edits of their own, with ids of their own. */
const twoSides = fc.record({
  from: anyGraph,
  mine: fc.array(anyEdit, { maxLength: 5 }),
  theirs: fc.array(anyEdit, { maxLength: 5 }),
});

function sides({ from, mine, theirs }: typeof twoSides extends fc.Arbitrary<infer T> ? T : never) {
  const made = (edits: typeof mine) => edits.reduce((graph, each) => perform(graph, each)?.graph ?? graph, from);
  return { from, mine: made(mine), theirs: made(theirs) };
}

/** Conflicts with the sides exchanged. */
const swapped = (conflicts: readonly MergeConflict[]) =>
  conflicts.map((each): MergeConflict => {
    switch (each.kind) {
      case 'field':
      case 'setting':
        return { ...each, mine: each.theirs, theirs: each.mine };
      case 'node':
        return { ...each, mine: each.theirs, theirs: each.mine };
      case 'edge':
        return { ...each, mine: each.theirs, theirs: each.mine };
      default:
        return each;
    }
  });
/** What the two sides disagreed about themselves, not what had to go because of how that was settled. */
const firstHand = (conflicts: readonly MergeConflict[]) =>
  conflicts.filter((each) => each.kind !== 'line-lost' && !(each.kind === 'field' && each.path[0] === 'parent'));
const sorted = (conflicts: readonly MergeConflict[]) =>
  conflicts.map((each) => JSON.stringify(each, Object.keys(flat(each)).sort())).sort();
const flat = (value: unknown): Record<string, true> => {
  const names: Record<string, true> = {};
  JSON.stringify(value, (key, inner: unknown) => {
    names[key] = true;
    return inner;
  });
  return names;
};

describe('merging, on any graphs', () => {
  it('gives the one side when the other did nothing: merge(b, x, b) = x = merge(b, b, x)', () => {
    fc.assert(
      fc.property(twoSides, (choice) => {
        const { from, mine } = sides(choice);
        expect(merge(mine, from, from)).toEqual({ graph: mine, conflicts: [] });
        expect(merge(from, mine, from)).toEqual({ graph: mine, conflicts: [] });
        expect(merge(mine, mine, from)).toEqual({ graph: mine, conflicts: [] });
      }),
      { numRuns: 100 },
    );
  });

  it('gives a sound graph, and the same with the sides exchanged, conflicts and places aside', () => {
    fc.assert(
      fc.property(twoSides, (choice) => {
        const { from, mine, theirs } = sides(choice);
        const one = merge(mine, theirs, from);
        const other = merge(theirs, mine, from);
        expectSound(one.graph);
        expect(sorted(swapped(firstHand(other.conflicts)))).toEqual(sorted(firstHand(one.conflicts)));
        if (one.conflicts.some((each) => each.kind !== 'line-lost' && each.kind !== 'name')) return;
        expect(sorted(swapped(other.conflicts))).toEqual(sorted(one.conflicts));
        const compared = compareGraphs(one.graph, other.graph);
        expect({ ...compared, moved: [] }).toEqual({
          added: [],
          removed: [],
          changed: [],
          moved: [],
          edges: { added: [], removed: [], changed: [] },
          settings: [],
        });
        expect(other.graph.order).toEqual(one.graph.order);
      }),
      { numRuns: 150 },
    );
  });

  it('shares what neither changed', () => {
    const from = base();
    const merged = merge(set(from, 'charge', ['input', 'a'], 1), tidy(from).graph, from).graph;
    expect(Object.keys(patchOf(from, merged).nodes)).toContain('charge');
    expect(merged.nodes['start']).toBe(from.nodes['start']);
  });
});
