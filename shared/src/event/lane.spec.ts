import { describe, expect, it } from '@jest/globals';
import type { Json } from '../kernel/index.js';
import { orderKey } from './lane.js';

const event = (data: Json) => ({
  id: 'e1',
  source: '/shop',
  type: 'order.changed',
  subject: 'orders/7',
  time: '2026-01-01T00:00:00Z',
  data,
  headers: { 'ce-partitionkey': 'p' },
});

describe('the key by which runs are kept in order (S32)', () => {
  it.each<[string, Json, string | null]>([
    ['subject', null, 'orders/7'],
    ['headers.ce-partitionkey', null, 'p'],
    ['data.order.id', { order: { id: 'A-1' } }, 'A-1'],
    ['data.order.id', { order: { id: 7 } }, '7'],
    ['data.open', { open: false }, 'false'],
    ['data.lines.1.sku', { lines: [{ sku: 'a' }, { sku: 'b' }] }, 'b'],
    ['data.lines.length', { lines: ['a'] }, null],
    ['data.order', { order: { id: 'A-1' } }, null],
    ['data.order.id', { order: null }, null],
    ['data.missing', {}, null],
    ['data.constructor.name', {}, null],
    ['data.text', { text: '' }, null],
    ['data.text.length', { text: 'abc' }, null],
  ])('at %s of %j is %j', (by, data, key) => {
    expect(orderKey(by, event(data))).toBe(key);
  });

  it('stays apart from others when it is long', () => {
    const [one, other] = ['a', 'b'].map((end) => orderKey('data', event(`${'x'.repeat(1000)}${end}`)));
    expect(one).not.toBe(other);
    expect(one?.length).toBeLessThan(400);
  });
});
