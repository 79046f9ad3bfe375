import { describe, expect, it } from '@jest/globals';
import { boxAt, smallestSize } from './containment.js';
import { drawing } from './fixtures.js';
import { handlesOf, nodeProjector } from './project.js';
import { isHandled, subtitleOf } from './summary.js';
import { readingOrder, spokenStep, walk } from './walk.js';

const wait = { kind: 'delay', delay: { kind: 'for', durationMs: 1000 } } as const;

/** start > [ each: one > two ] > after, with a step in the loop that nothing leads to, and a scope inside. */
const graph = drawing(
  [
    { id: 'after', ...wait, position: { x: 1000, y: 0 } },
    { id: 'loose', ...wait, parent: 'each', position: { x: 400, y: 300 } },
    { id: 'two', ...wait, parent: 'inner', position: { x: 700, y: 200 } },
    { id: 'one', ...wait, parent: 'each', position: { x: 400, y: 100 } },
    { id: 'inner', kind: 'scope', parent: 'each', position: { x: 650, y: 100 }, size: { width: 320, height: 240 } },
    {
      id: 'each',
      kind: 'for-each',
      items: '{{ trigger.data.lines }}',
      mode: { kind: 'parallel', limit: 5 },
      position: { x: 300, y: 0 },
      size: { width: 690, height: 400 },
    },
    { id: 'start', kind: 'trigger.manual', position: { x: 0, y: 0 } },
  ],
  ['start > each', 'each.body > one', 'one > inner', 'inner.body > two', 'each > after'],
);

describe('walking a drawing with containers (E91)', () => {
  it('reads what lies in a container right behind it, and before what follows it', () => {
    expect(readingOrder(graph)).toEqual(['start', 'each', 'one', 'inner', 'two', 'loose', 'after']);
  });

  it('enters a container, and leaves it behind its last step', () => {
    expect(walk(graph, 'each', 'next')).toBe('one');
    expect(walk(graph, 'two', 'next')).toBe('after');
    expect(walk(graph, 'one', 'previous')).toBe('each');
    expect(walk(graph, 'loose', 'previous')).toBe('each');
  });

  it('says what a container holds, and what a step lies in (E92)', () => {
    const order = readingOrder(graph);
    const say = (id: string) => {
      const node = graph.nodes[id];
      return node ? spokenStep(graph, node, { order, state: null, problems: 0 }) : '';
    };
    expect(say('each')).toContain('holds 4 steps; after start; before after');
    expect(say('two')).toContain('in inner and each');
  });
});

describe('containers as React Flow draws them', () => {
  const options = { selected: new Set<string>(), focus: null, editable: true, spoken: () => 'step' };
  const nodes = nodeProjector()(graph, [...readingOrder(graph)].reverse(), options);
  const byId = new Map(nodes.map((node) => [node.id, node]));

  it('gives places relative to the container, and puts it before what lies in it', () => {
    expect(byId.get('two')).toMatchObject({ parentId: 'inner', position: { x: 50, y: 100 } });
    expect(byId.get('inner')).toMatchObject({ parentId: 'each', position: { x: 350, y: 100 }, type: 'box' });
    expect(byId.get('after')?.parentId).toBeUndefined();
    const place = (id: string) => nodes.findIndex((node) => node.id === id);
    expect(place('each')).toBeLessThan(place('inner'));
    expect(place('inner')).toBeLessThan(place('two'));
  });

  it('draws frames under lines, and inner frames over outer ones', () => {
    const [each, inner, two] = ['each', 'inner', 'two'].map((id) => byId.get(id)?.zIndex ?? NaN);
    expect(each).toBeLessThan(inner ?? NaN);
    expect(inner).toBeLessThan(0);
    expect(two).toBeGreaterThan(0);
  });

  it('has handles for the body and for the failure handler of a scope', () => {
    const scope = graph.nodes['inner'];
    expect(scope && handlesOf(scope, 'lr').map((handle) => handle.id)).toEqual(
      expect.arrayContaining(['in', 'out', 'error', 'timeout', 'body', 'handler']),
    );
  });

  it('stands a damaged chain of parents on the canvas', () => {
    const damaged = drawing([{ id: 'a', ...wait, parent: 'gone' }], []);
    expect(nodeProjector()(damaged, ['a'], options)[0]?.parentId).toBeUndefined();
  });
});

describe('dropping into a container', () => {
  it('finds the innermost frame, leaving out what is dragged and what lies in it', () => {
    expect(boxAt(graph, { x: 700, y: 200 })).toBe('inner');
    expect(boxAt(graph, { x: 400, y: 350 })).toBe('each');
    expect(boxAt(graph, { x: 700, y: 200 }, ['inner'])).toBe('each');
    expect(boxAt(graph, { x: 700, y: 200 }, ['each'])).toBeNull();
    expect(boxAt(graph, { x: 100, y: 100 })).toBeNull();
  });

  it('keeps a container large enough for what lies in it', () => {
    const { width, height } = smallestSize(graph, 'each');
    expect(width).toBeGreaterThanOrEqual(970 - 300);
    expect(height).toBeGreaterThanOrEqual(364);
  });
});

it('tells in one line what a loop does', () => {
  const each = graph.nodes['each'];
  expect(each && subtitleOf(each)).toBe('every item of {{ trigger.data.lines }}, 5 at a time');
});

describe('a scope tells in one line what becomes of a failure inside (S13)', () => {
  const words = (undoAsUnit: boolean, handled: boolean) => {
    const drawn = drawing(
      [
        { id: 'inner', kind: 'scope', undoAsUnit },
        { id: 'note', ...wait, parent: 'inner' },
      ],
      handled ? ['inner.handler > note'] : ['inner.body > note'],
    );
    const scope = drawn.nodes['inner'];
    return scope && subtitleOf(scope, isHandled(drawn, 'inner'));
  };

  it('and promises no undo that the settings do not bring', () => {
    expect(words(false, true)).toBe('Failures inside go to its failure way; nothing is undone');
    expect(words(true, true)).toBe('Failures inside go to its failure way after everything inside is undone');
    expect(words(false, false)).toBe('Fails and is undone as one with what is around');
    expect(words(true, false)).toBe('Fails and is undone as one with what is around');
  });
});
