import { describe, expect, it } from '@jest/globals';
import { connectors } from '../connector/index.js';
import { graphSchema } from '../graph/index.js';
import { compile, undoPreview } from '../saga/index.js';
import { templates } from './index.js';

describe.each(templates)('template $name', ({ graph }) => {
  it('is a valid document that compiles without an error or a warning', () => {
    expect(graphSchema.safeParse(graph).error).toBeUndefined();
    const { definition, diagnostics } = compile(graph, { connectors });
    expect(diagnostics.filter((each) => each.level !== 'hint')).toEqual([]);
    expect(definition).not.toBeNull();
  });

  it('gives every operation the fields it requires and no others', () => {
    for (const node of Object.values(graph.nodes)) {
      if (node.kind !== 'action') continue;
      const calls = [node, ...(node.undo?.kind === 'compensation' ? [node.undo] : [])];
      for (const call of calls) {
        const schema = connectors[call.connector]?.operations[call.operation]?.input;
        const fields = Object.keys(call.input);
        expect(fields).toEqual(expect.arrayContaining(schema?.required ?? ['an operation of the catalogue']));
        expect(Object.keys(schema?.properties ?? {})).toEqual(expect.arrayContaining(fields));
      }
    }
  });
});

it('draws the order saga as five steps on one line, so that it is read at a glance', () => {
  const saga = templates[0];
  expect(saga?.graph.order).toEqual(['order-received', 'reserve-stock', 'charge-card', 'ship-parcel', 'done']);
  expect(new Set(Object.values(saga?.graph.nodes ?? {}).map((node) => node.position.y)).size).toBe(1);
});

it('undoes the order saga backwards when shipping fails: refund, then release stock (S16)', () => {
  const saga = templates.find((each) => each.id === 'order-saga');
  const definition = saga && compile(saga.graph, { connectors }).definition;
  const plan = definition ? undoPreview(definition, 'ship-parcel') : null;
  expect(plan?.steps.map((step) => [step.order, step.name])).toEqual([
    [1, 'Refund'],
    [2, 'Release stock'],
  ]);
});

it.each([
  ['order-approval', 'no'],
  ['order-approval', 'nobody'],
  ['payment-deadline', 'unpaid'],
])('gives the stock back when %s ends by %s (S13)', (id, end) => {
  const template = templates.find((each) => each.id === id);
  const definition = template && compile(template.graph, { connectors }).definition;
  expect(definition && undoPreview(definition, end).steps.map(({ name }) => name)).toEqual(['Release stock']);
});

it('draws what lies in a loop inside it', () => {
  const { nodes = {} } = templates.find((each) => each.id === 'order-lines')?.graph ?? {};
  const [loop, inside] = [nodes['each-line'], nodes['reserve']];
  if (loop?.kind !== 'for-each' || inside === undefined) throw new Error('The loop or its step is missing.');
  const { x, y } = inside.position;
  expect(x).toBeGreaterThan(loop.position.x);
  expect(x).toBeLessThan(loop.position.x + loop.size.width);
  expect(y).toBeGreaterThan(loop.position.y);
  expect(y).toBeLessThan(loop.position.y + loop.size.height);
});
