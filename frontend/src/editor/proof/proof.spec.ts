import { describe, expect, it } from '@jest/globals';
import { connectors } from '@sagawright/shared/connector';
import { setField } from '@sagawright/shared/graph';
import type { Graph } from '@sagawright/shared/graph';
import { compile, explore } from '@sagawright/shared/saga';
import type { Exploration, SagaDefinition } from '@sagawright/shared/saga';
import { templates } from '@sagawright/shared/template';
import { drawing } from '../../canvas/fixtures.js';
import { proofOf } from './proof.js';

function template(id: string): Graph {
  const found = templates.find((each) => each.id === id);
  if (!found) throw new Error(`There is no template ${id}.`);
  return found.graph;
}

function compiled(graph: Graph): SagaDefinition {
  const { definition } = compile(graph, { connectors });
  if (definition === null) throw new Error('It does not compile.');
  return definition;
}

function proved(graph: Graph, changes: Partial<Exploration> = {}) {
  const definition = compiled(graph);
  return proofOf(definition, { ...explore(definition), ...changes });
}

const order = template('order-saga');
const set = (graph: Graph, node: string, field: string, value: unknown) => setField(graph, node, [field], value).graph;

describe('the verdict', () => {
  it('says that every failure point of the order saga ends clean, and how much was explored', () => {
    const { verdict, points } = proved(order);
    expect(verdict.tone).toBe('clean');
    expect(verdict.text).toMatch(
      new RegExp(`^Every one of ${points.length} failure points ends clean: [\\d,]+ states explored$`),
    );
  });

  it('counts the points that leave something, and puts them first', () => {
    const { verdict, points } = proved(set(order, 'charge-card', 'undo', { kind: 'irreversible' }));
    const leaving = points.filter(({ left }) => left.length > 0);
    expect(verdict).toMatchObject({ tone: 'left' });
    expect(verdict.text).toContain(
      `${leaving.length} of ${points.length} failure points leave something that nobody undoes`,
    );
    expect(points.slice(0, leaving.length)).toEqual(leaving);
    expect(leaving.find(({ step }) => step === 'ship-parcel')?.left).toMatchObject([
      { name: 'Charge card', why: 'cannot be undone' },
    ]);
    expect(leaving.find(({ step }) => step === 'charge-card')?.left[0]?.why).toMatch(/if it did take effect$/);
  });

  it('never calls a walk that was bounded a proof', () => {
    const { verdict } = proved(order, { complete: false, states: 20_000 });
    expect(verdict).toMatchObject({ tone: 'bounded', text: expect.stringContaining('only the first 20,000 states') });
    const left = proved(set(order, 'charge-card', 'undo', { kind: 'irreversible' }), { complete: false });
    expect(left.verdict.tone).toBe('left');
  });

  it('lets a broken rule of the engine come before everything else', () => {
    const { verdict } = proved(order, { violations: ['S14: the run ended while a was not undone'] });
    expect(verdict).toMatchObject({ tone: 'broken', text: expect.stringContaining('S14') });
  });

  it('does not take what stays on purpose for a gap', () => {
    const { verdict, points } = proved(set(order, 'charge-card', 'undo', { kind: 'not-needed', reason: 'test money' }));
    expect(verdict.tone).toBe('clean');
    expect(points.find(({ step }) => step === 'ship-parcel')?.kept).toMatchObject([
      { name: 'Charge card', why: 'needs no undo: test money' },
    ]);
  });
});

describe('a failure that a way of its own takes (S13)', () => {
  /** The order saga, with the charge and the shipment in a scope that has a handler. */
  const guarded = (undoAsUnit = false) =>
    drawing(
      [
        ...Object.values(order.nodes).map((node) =>
          node.id === 'charge-card' || node.id === 'ship-parcel' ? { ...node, parent: 'scope' } : node,
        ),
        { id: 'scope', name: 'Scope', kind: 'scope', undoAsUnit },
        { id: 'note', name: 'Note failure', kind: 'transform', values: {}, parent: 'scope' },
      ],
      [
        'order-received > reserve-stock',
        'reserve-stock > scope',
        'scope.body > charge-card',
        'charge-card > ship-parcel',
        'scope.handler > note',
        'scope > done',
      ],
    );
  const shipping = (undoAsUnit = false) =>
    proved(guarded(undoAsUnit)).points.find(({ step }) => step === 'ship-parcel');

  it('is listed with who handles it and what stays done, and counted beside those that undo', () => {
    expect(shipping()).toMatchObject({
      handled: 'taken by “Note failure” (on failure inside Scope)',
      undone: [],
      stays: [{ name: 'Reserve stock' }, { name: 'Charge card' }, { name: 'Ship parcel (if it did take effect)' }],
    });
    const { tone, text } = proved(guarded()).verdict;
    expect(tone).toBe('clean');
    expect(text).toMatch(
      /^One failure point ends clean; 2 more are handled by ways of their own, with what was done left in place \(see each\): [\d,]+ states explored$/,
    );
  });

  it('says what is undone before, where the scope is undone as a unit', () => {
    const point = shipping(true);
    expect(point?.undone.map(({ step }) => step)).toContain('charge-card');
    expect(point?.stays.map(({ name }) => name)).toEqual(['Reserve stock']);
  });
});

describe('a failure point', () => {
  it('tells what is undone by the names and in the order of the engine (S16)', () => {
    const point = proved(order).points.find(({ step }) => step === 'ship-parcel');
    expect(point).toMatchObject({ name: 'Ship parcel', how: 'fails for good, or never answers' });
    const others = point?.undone.filter(({ step }) => step !== 'ship-parcel') ?? [];
    expect(others.map(({ step }) => step)).toEqual(['charge-card', 'reserve-stock']);
    expect(others.map(({ order: rank }) => rank)).toEqual([1, 2]);
  });

  it('says of the failing step itself that it is undone only if nobody knows (S12)', () => {
    const point = proved(order).points.find(({ step }) => step === 'charge-card');
    expect(point?.undone[0]).toMatchObject({
      step: 'charge-card',
      order: null,
      note: 'if nobody knows whether it took effect',
    });
  });
});

describe('where a run waits for a person', () => {
  it('names undos that can fail by what they are called, and steps that are parked', () => {
    const { parks } = proved(set(order, 'charge-card', 'onFailure', 'park'));
    expect(parks.map(({ text }) => text)).toEqual(
      expect.arrayContaining(['Release stock fails', 'Charge card fails: nothing is undone before a person says so']),
    );
  });
});
