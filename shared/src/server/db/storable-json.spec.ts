import { describe, expect, it } from '@jest/globals';
import { storableJson } from './storable-json.js';

const circular: { self?: unknown } = {};
circular.self = circular;
let bottomless: unknown = 1;
for (let level = 0; level < 100_000; level++) bottomless = [bottomless];

describe('storableJson', () => {
  it.each([
    ['a NUL character', { a: 'x\u0000' }, 'NUL'],
    ['a NUL character in a key', { 'k\u0000': 1 }, 'NUL'],
    ['a lone high surrogate', 'x\ud83d', 'surrogate'],
    ['a lone low surrogate', ['\udc00'], 'surrogate'],
    ['a NUL behind an escaped backslash', '\\\u0000', 'NUL'],
    ['a circle', circular, 'refers to itself'],
    ['something bottomless', bottomless, 'deep'],
    ['undefined', undefined, 'not a JSON value'],
    ['too much', 'x'.repeat(5_000_000), 'larger'],
  ])('refuses %s and says why', (_, value, reason) => {
    const result = storableJson(value);
    expect(result.ok ? null : result.error).toMatchObject({ code: 'json.not-storable', kind: 'user' });
    expect(result.ok ? '' : result.error.message).toContain(reason);
  });

  it.each([['\\u0000'], ['\\ud800'], ['\\\\u0000'], ['😀'], ['\n\t\u0001'], [{ a: [1, null, true] }]])(
    'gives the text of %j',
    (value) => {
      expect(storableJson(value)).toEqual({ ok: true, value: JSON.stringify(value) });
    },
  );
});
