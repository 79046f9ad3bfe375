import { describe, expect, it } from '@jest/globals';
import type { Json } from '../../kernel/index.js';
import { castData, castProblem } from './cast.js';
import type { CastVersion } from './cast.js';

const event = {
  id: '1',
  source: '/shop',
  type: 'order.placed',
  subject: null,
  time: '2026-01-01T00:00:00Z',
  headers: {},
};

function version(number: number, casts: Partial<Pick<CastVersion, 'upcast' | 'downcast'>>, field: string): CastVersion {
  return {
    version: number,
    upcast: null,
    downcast: null,
    ...casts,
    problemsOf: (data: Json) =>
      typeof data === 'object' && data !== null && field in data ? [] : [{ path: `/${field}`, message: 'is missing' }],
  };
}

const versions = [
  version(1, {}, 'total'),
  version(2, { upcast: '{ "amount": data.total }', downcast: '{ "total": data.amount }' }, 'amount'),
  version(
    3,
    { upcast: '{ "amount": data.amount, "currency": "EUR" }', downcast: '{ "amount": data.amount }' },
    'currency',
  ),
];
const cast = (data: Json, from: number, to: number) => castData(event, data, { from, to }, versions);

describe('a cast', () => {
  it('goes up and down along the versions', () => {
    expect(cast({ total: 7 }, 1, 3)).toEqual({ ok: true, data: { amount: 7, currency: 'EUR' } });
    expect(cast({ amount: 7, currency: 'EUR' }, 3, 1)).toEqual({ ok: true, data: { total: 7 } });
  });

  it('leaves the data as it is where a version says nothing', () => {
    const plain = [version(1, {}, 'a'), version(2, {}, 'a')];
    expect(castData(event, { a: 1 }, { from: 1, to: 2 }, plain)).toEqual({ ok: true, data: { a: 1 } });
  });

  it('fails in words when its version is unknown, it cannot be worked out, or what comes out does not fit', () => {
    expect(cast({}, 1, 9)).toMatchObject({ ok: false, code: 'cast.version-unknown' });
    const broken = [version(1, {}, 'a'), version(2, { upcast: '{ "a": data.a + 1 }' }, 'a')];
    expect(castData(event, { a: 'x' }, { from: 1, to: 2 }, broken)).toMatchObject({ ok: false, code: 'cast.failed' });
    const clock = [version(1, {}, 'a'), version(2, { upcast: '{ "a": $now() }' }, 'a')];
    expect(castData(event, { a: 1 }, { from: 1, to: 2 }, clock)).toMatchObject({ ok: false, code: 'cast.failed' });
    expect(castData(event, { b: 1 }, { from: 2, to: 1 }, broken)).toMatchObject({
      ok: false,
      code: 'cast.does-not-fit',
      problems: [{ path: '/a', message: 'is missing' }],
    });
  });

  it('is data, whatever braces the data holds (A142)', () => {
    expect(cast({ total: '{{ data.total }}' }, 1, 2)).toEqual({ ok: true, data: { amount: '{{ data.total }}' } });
  });
});

describe('what may be a cast', () => {
  it.each([
    '{ "lines": data.lines.{ "sku": sku, "many": count > 1 } }',
    'data.order',
    '{ "name": data.first & " " & data.last }',
    '{ "braces": "}}" }',
  ])('is a simple expression: %s', (expression) => {
    expect(castProblem(expression)).toBeNull();
  });

  it.each([
    ['what cannot be read', '{ "a": '],
    ['nothing', ' '],
    ['what ends itself early', 'data }} and {{ data'],
    ['a recursion that never ends', '($f := function($n){ $f($n + 1) }; $f(1))'],
    ['evaluation of data', '$eval(data.code)'],
    ['a transform', 'data ~> |$|{"a": 1}|'],
    ['a book', `"${'x'.repeat(9000)}"`],
  ])('is not %s', (_what, expression) => {
    expect(castProblem(expression)).toEqual(expect.any(String));
  });
});
