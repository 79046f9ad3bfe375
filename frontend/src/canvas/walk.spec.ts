import { describe, expect, it } from '@jest/globals';
import { edgesFrom, outputPoint, tidy } from '@sagawright/shared/graph';
import { templates } from '@sagawright/shared/template';
import { edgeProjector, nodeProjector } from './project.js';
import { directionOf, readingOrder, spokenStep, walk } from './walk.js';

const template = (id: string) => {
  const found = templates.find((each) => each.id === id);
  if (!found) throw new Error(`There is no template ${id}.`);
  return found.graph;
};
const saga = template('order-saga');
const booking = template('parallel-booking');

describe('walking the drawing by arrow keys (E91)', () => {
  it('follows the flow forwards and backwards, and stops at its ends', () => {
    expect(walk(saga, 'reserve-stock', 'next')).toBe('charge-card');
    expect(walk(saga, 'reserve-stock', 'previous')).toBe('order-received');
    expect(walk(saga, 'done', 'next')).toBeNull();
    expect(walk(saga, 'order-received', 'previous')).toBeNull();
    expect(walk(saga, 'charge-card', 'first')).toBe('order-received');
    expect(walk(saga, 'charge-card', 'last')).toBe('done');
  });

  it('goes up and down between the ways of a fork', () => {
    expect(walk(booking, 'reserve-first', 'down')).toBe('reserve-second');
    expect(walk(booking, 'reserve-second', 'up')).toBe('reserve-first');
  });

  it('means by an arrow what is drawn: on a drawing from top to bottom down is forwards, left and right are beside', () => {
    const down = tidy({ ...booking, settings: { ...booking.settings, direction: 'tb' } }).graph;
    const go = (from: string, key: string) => walk(down, from, directionOf(key, 'tb') ?? 'first');
    expect(go('reserve-first', 'ArrowRight')).toBe('reserve-second');
    expect(go('reserve-second', 'ArrowLeft')).toBe('reserve-first');
    const [behind] = edgesFrom(down, 'reserve-first', 'out');
    expect(go('reserve-first', 'ArrowDown')).toBe(behind?.to);
    expect(go(behind?.to ?? '', 'ArrowUp')).toBe('reserve-first');
    expect(directionOf('ArrowRight', 'lr')).toBe('next');
    expect(directionOf('x', 'tb')).toBeUndefined();
  });

  it('reads a step only after everything that leads to it', () => {
    const order = readingOrder(booking);
    for (const edge of Object.values(booking.edges))
      expect(order.indexOf(edge.from)).toBeLessThan(order.indexOf(edge.to));
  });

  it('says a step with its place, its neighbours and its compensation (E92)', () => {
    const charge = saga.nodes['charge-card'];
    if (!charge) throw new Error('gone');
    const words = spokenStep(saga, charge, { order: readingOrder(saga), state: null, problems: 2 });
    expect(words).toContain('step 3 of 5');
    expect(words).toContain('2 problems');
    expect(words).toContain('after Reserve stock; before Ship parcel; has compensation');
  });
});

describe('the projection to React Flow', () => {
  const options = { selected: new Set<string>(), focus: null, editable: true, spoken: () => 'step' };

  it('keeps the identical objects of steps and lines that did not change', () => {
    const [nodes, lines] = [nodeProjector(), edgeProjector()];
    const order = readingOrder(saga);
    const before = nodes(saga, order, options);
    const charge = saga.nodes['charge-card'];
    if (!charge) throw new Error('gone');
    const moved = { ...saga, nodes: { ...saga.nodes, 'charge-card': { ...charge, position: { x: 0, y: 320 } } } };
    const after = nodes(moved, order, options);
    const changed = after.filter((node, index) => node !== before[index]).map((node) => node.id);
    expect(changed).toEqual(['charge-card']);
    const drawn = lines(saga, null, true);
    expect(lines(moved, null, true).every((line, index) => line === drawn[index])).toBe(true);
  });

  it('puts the ports of a drawing from top to bottom above and below its cards, failures at the right', () => {
    const down = tidy({ ...saga, settings: { ...saga.settings, direction: 'tb' } }).graph;
    const charge = nodeProjector()(down, readingOrder(down), options).find((node) => node.id === 'charge-card');
    const source = down.nodes['charge-card'];
    if (!source) throw new Error('gone');
    const way = outputPoint(source, 'out', 'tb');
    const sides = Object.fromEntries((charge?.handles ?? []).map((each) => [each.id, each.position]));
    expect(sides).toMatchObject({ in: 'top', out: 'bottom', error: 'right' });
    expect(charge?.handles).toContainEqual(expect.objectContaining({ id: 'out', x: way.x - 5, y: way.y - 5 }));
  });

  it('gives each step its fixed size, and puts nothing of the screen into the document', () => {
    const before = JSON.stringify(saga);
    const [first] = nodeProjector()(saga, readingOrder(saga), options);
    expect(first).toMatchObject({ id: 'order-received', width: 240, height: 64 });
    expect(JSON.stringify(saga)).toBe(before);
  });
});
