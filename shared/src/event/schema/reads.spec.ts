import { describe, expect, it } from '@jest/globals';
import { workflow } from '../../testing/index.js';
import type { Json } from '../../kernel/index.js';
import { fieldIn, readProblems, readsOfEvents } from './index.js';

const paths = (reads: readonly { path: readonly string[] }[]) => reads.map(({ path }) => path.join('.')).sort();

const onOrder = (filter?: Json) => ({
  kind: 'trigger.event' as const,
  event: { type: 'order.placed', ...(filter === undefined ? {} : { filter }) },
});

const schema = (order: Record<string, Json>, required: string[]): Json => ({
  type: 'object',
  required: ['order'],
  properties: { order: { type: 'object', properties: order, required } },
});

describe('what a workflow reads of events', () => {
  it('is found below trigger.data, in filters, and where a step waited for the type', () => {
    const graph = workflow(onOrder({ data: { order: { country: ['de'] }, $or: [{ vip: [true] }] } }) as never)
      .step('Charge', { input: { amount: '{{ trigger.data.order.total }}', who: 'for {{ trigger.data.lines.sku }}' } })
      .end()
      .graph();
    const reads = readsOfEvents(graph, 'order.placed');
    expect(paths(reads)).toEqual(expect.arrayContaining(['lines.sku', 'order.country', 'order.total', 'vip']));
    expect(reads.find(({ path }) => path.at(-1) === 'total')?.name).toBe('Charge');
  });

  it('is nothing when no trigger and no step takes the type', () => {
    const graph = workflow(onOrder() as never)
      .step('Charge', { input: { a: '{{ trigger.data.x }}' } })
      .end()
      .graph();
    expect(readsOfEvents(graph, 'order.cancelled')).toEqual([]);
    expect(paths(readsOfEvents(graph, 'order.cancelled', new Set(Object.keys(graph.nodes))))).toEqual(['x']);
  });
});

describe('a new schema', () => {
  const reads = [{ node: 'n', name: 'Charge', path: ['order', 'total'] }];
  const before = schema({ total: { type: 'number' } }, ['total']);
  const change = (next: Json, old: Json | null = before) => readProblems(reads, next, old).map((each) => each.change);

  it('is told when it removes a field that is read, makes it optional or gives it another type', () => {
    expect(change(schema({}, []))).toEqual(['removed']);
    expect(change(schema({ total: { type: 'number' } }, []))).toEqual(['optional']);
    expect(change(schema({ total: { type: ['number', 'string'] } }, ['total']))).toEqual(['type']);
    expect(change(schema({ total: { type: 'integer' } }, ['total']))).toEqual([]);
    expect(change(schema({ sum: {} }, []), null)).toEqual(['not-named']);
  });

  it.each<[string, Json, string[], string]>([
    [
      'a part that is named elsewhere',
      { $ref: '#/$defs/a', $defs: { a: { properties: { x: {} }, required: ['x'] }, b: 1 } },
      ['x'],
      'optional',
    ],
    ['an object for sure', { type: 'object', properties: { x: {} }, required: ['x'] }, ['x'], 'required'],
    [
      'items of a list',
      { type: 'array', items: { type: 'object', properties: { x: {} }, required: ['x'] } },
      ['x'],
      'required',
    ],
    [
      'some alternatives',
      { type: 'object', oneOf: [{ properties: { x: {} }, required: ['x'] }, { properties: { y: {} } }] },
      ['x'],
      'optional',
    ],
    [
      'all alternatives',
      {
        type: 'object',
        anyOf: [
          { properties: { x: {} }, required: ['x'] },
          { properties: { x: {} }, required: ['x'] },
        ],
      },
      ['x'],
      'required',
    ],
    ['a forbidden name', { type: 'object', properties: { x: false } }, ['x'], 'absent'],
    ['a text', { type: 'string' }, ['x'], 'absent'],
  ])('knows fields of %s', (_what, value, path, presence) => {
    expect(fieldIn(value, path).presence).toBe(presence);
  });
});
