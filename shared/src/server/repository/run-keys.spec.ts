import { describe, expect, it } from '@jest/globals';
import { runKeys } from './run-keys.js';

describe('the keys of a run', () => {
  it('are the subject, then named fields, then ids of objects', () => {
    const data = { order: { id: 'o-7', total: 3 }, customer_id: 41, invoiceNumber: 'R-9', KEY: 'k', ref: 'r' };
    expect(runKeys({ subject: 'orders/7', data })).toEqual(['orders/7', '41', 'R-9', 'k', 'r', 'o-7']);
  });

  it.each(['paid', 'grid', 'monkey', 'idle', 'keynote'])('are not in %s, which only sounds like one', (name) => {
    expect(runKeys({ subject: null, data: { [name]: 'x' } })).toEqual([]);
  });

  it('are told once, without empty ones, eight at most', () => {
    const data = Object.fromEntries(
      Array.from({ length: 20 }, (_, n) => [`a${n}_id`, n < 3 ? 'same' : n === 3 ? '' : n]),
    );
    expect(runKeys({ subject: 'same', data })).toEqual(['same', '4', '5', '6', '7', '8', '9', '10']);
  });

  it.each([[null], ['text'], [7], [[{ id: 1 }]], [{ id: null, key: true, other: { id: { id: 1 } } }]])(
    'are none in %j',
    (data) => expect(runKeys({ subject: null, data })).toEqual([]),
  );

  it('are cut to 200 characters, whole ones', () => {
    const [key = ''] = runKeys({ subject: '😀'.repeat(300), data: null });
    expect(Array.from(key)).toHaveLength(200);
    expect(key.endsWith('😀')).toBe(true);
  });
});
