import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Json, JsonObject } from '../../kernel/index.js';
import { eventFields, NOWHERE } from './fields.js';
import { explainPattern, matchesPattern, parsePattern, PatternIndex } from './index.js';
import type { EventPattern } from './index.js';
import { placesOf } from './match.js';
import { Steps } from './places.js';

function pattern(source: Json): EventPattern {
  const parsed = parsePattern(source);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.pattern;
}

/** By the plain matcher and by the index, which must agree. */
function matches(source: Json, event: JsonObject): boolean {
  const index = new PatternIndex<string>();
  index.add('it', pattern(source));
  const plain = matchesPattern(pattern(source), event);
  expect(index.match(event).has('it')).toBe(plain);
  return plain;
}

describe('event patterns', () => {
  it.each<[string, Json, JsonObject, boolean]>([
    ['AND across fields', { a: [1], b: [2] }, { a: 1, b: 3 }, false],
    ['OR within an array', { a: [1, 2] }, { a: 2 }, true],
    ['arrays by intersection', { a: ['x', 'y'] }, { a: ['z', 'y'] }, true],
    ['dotted names as nesting', { a: { b: [1] } }, { 'a.b': 1 }, true],
    ['values of one array element only', { a: { x: [1], y: [2] } }, { a: [{ x: 1 }, { y: 2 }] }, false],
    ['values of the same array element', { a: { x: [1], y: [2] } }, { a: [{ x: 3 }, { x: 1, y: 2 }] }, true],
    ['an escaped star', { a: [{ wildcard: 'a\\*b*' }] }, { a: 'a*bc' }, true],
    ['a star that must not overlap', { a: [{ wildcard: 'ab*ba' }] }, { a: 'aba' }, false],
    [
      'several anything-buts as alternatives',
      { a: [{ 'anything-but': 'x' }, { 'anything-but': 'y' }] },
      { a: 'x' },
      true,
    ],
    ['anything-but needs the field', { a: [{ 'anything-but': 'x' }] }, {}, false],
    ['a closed range', { a: [{ numeric: ['>=', 1, '<', 2] }] }, { a: 2 }, false],
    ['an IPv6 block', { a: [{ cidr: '2001:db8::/32' }] }, { a: '2001:0DB8:1::9' }, true],
    ['an IPv4 address is in no IPv6 block', { a: [{ cidr: '::/0' }] }, { a: '10.0.0.1' }, false],
    ['absence of a leaf that is an object', { a: [{ exists: false }] }, { a: { b: 1 } }, true],
    ['$or beside a field', { s: ['x'], $or: [{ a: [1] }, { b: [2] }] }, { s: 'x', b: 2 }, true],
    ['$or as an ordinary name', { $or: { a: [1] } }, { $or: { a: 1 } }, true],
  ])('knows %s', (_rule, source, event, expected) => {
    expect(matches(source, event)).toBe(expected);
  });

  it.each<[string, Json, string]>([
    ['what is no object', ['a'], ''],
    ['an empty object', { a: {} }, 'a'],
    ['an empty array', { a: [] }, 'a'],
    ['a bare value', { a: 'x' }, 'a'],
    ['an array in an array', { a: [['x']] }, 'a[0]'],
    ['two operators in one object', { a: [{ prefix: 'x', suffix: 'y' }] }, 'a[0]'],
    ['a mixed anything-but', { a: [{ 'anything-but': ['x', 1] }] }, 'a[0].anything-but'],
    ['a trailing backslash', { a: [{ wildcard: 'x\\' }] }, 'a[0].wildcard'],
    ['a range upside down', { a: [{ numeric: ['>', 5, '<', 1] }] }, 'a[0].numeric'],
    ['a lone alternative', { $or: [{ a: [1] }] }, '$or[0].a'],
    ['a mask of all bits', { a: [{ cidr: '10.0.0.1/32' }] }, 'a[0].cidr'],
  ])('refuses %s and says where', (_what, source, path) => {
    const parsed = parsePattern(source);
    expect(parsed.ok).toBe(false);
    if (!parsed.ok) expect(parsed.problems[0]?.path).toBe(path);
  });

  it('refuses alternatives that multiply beyond all measure', () => {
    const group = (name: string): JsonObject => ({ $or: Array.from({ length: 40 }, (_, at) => ({ [name]: [at] })) });
    const index = new PatternIndex<string>();
    expect(() => index.add('it', pattern({ a: group('x'), b: group('y') }))).toThrow(RangeError);
    expect(index.size).toBe(0);
  });

  it('explains field by field why an event does not match', () => {
    const explained = explainPattern(
      pattern({ type: [{ prefix: 'order.' }], data: { total: [{ numeric: ['>', 5] }] } }),
      {
        type: 'order.paid',
        data: { total: 3 },
      },
    );
    expect(explained).toEqual({
      matches: false,
      fields: [
        { path: 'type', matches: true, found: ['order.paid'], reason: '"order.paid" passes: prefix "order.".' },
        { path: 'data.total', matches: false, found: [3], reason: 'Found 3; wanted: numeric > 5.' },
      ],
    });
  });

  it('explains fields that match in different elements of an array', () => {
    const explained = explainPattern(pattern({ a: { x: [1], y: [2] } }), { a: [{ x: 1 }, { y: 2 }] });
    expect(explained.matches).toBe(false);
    expect(explained.fields.at(-1)?.reason).toContain('same element');
  });
});

describe('a pattern over large arrays', () => {
  const many = 5000;
  const items = (of: (at: number) => Json): Json[] => Array.from({ length: many }, (_, at) => of(at));

  function placesIn(source: Json, event: JsonObject): { places: number; steps: number } {
    const steps = new Steps();
    const places = placesOf(pattern(source).condition, eventFields(event), [NOWHERE], null, steps).length;
    return { places, steps: steps.taken };
  }

  it('takes independent arrays one by one', () => {
    const event = { lines: items(() => ({ sku: 'x', n: 1 })), payments: items(() => ({ method: 'card', n: 1 })) };
    const source = { lines: { sku: ['x'], n: [1] }, payments: { method: ['card'], n: [1] } };
    const { places, steps } = placesIn(source, event);
    expect(places).toBe(1);
    expect(steps).toBeLessThan(10 * many);
    expect(matchesPattern(pattern(source), event)).toBe(true);
  });

  it('joins the fields of one array by its elements, also of arrays in arrays', () => {
    const event = { a: items((at) => ({ x: at, b: [{ y: at }, { y: -at }], z: 1 })) };
    const last = many - 1;
    const found = placesIn({ a: { x: [{ exists: true }], b: { y: [{ numeric: ['>=', 0] }] }, z: [1] } }, event);
    expect(found.places).toBe(1);
    expect(found.steps).toBeLessThan(20 * many);
    expect(matchesPattern(pattern({ a: { x: [last], b: { y: [-last] } } }), event)).toBe(true);
    expect(matchesPattern(pattern({ a: { x: [last], b: { y: [-1] } } }), event)).toBe(false);
  });

  it('does not match, and says why, when alternatives multiply its elements beyond all measure', () => {
    const event = { a: items(() => ({ x: 1, y: 1, z: 1 })), b: items(() => ({ x: 1, y: 1, z: 1 })) };
    const either = (name: string): Json => ({ a: { [name]: [1] }, b: { [name]: [1] } });
    const source: Json = {
      $or: [either('x'), either('y')],
      a: { $or: [{ x: [1] }, { z: [1] }] },
      b: { $or: [{ x: [1] }, { z: [1] }] },
    };
    expect(matchesPattern(pattern(source), event)).toBe(false);
    expect(explainPattern(pattern(source), event).fields.at(-1)?.reason).toContain('more array elements');
  });
});

describe('the index of patterns', () => {
  const text = fc.constantFrom('', 'a', 'ab', 'aba', 'b', 'A', 'aB', '*', '10.0.0.1', '10.1.2.3', '2001:db8::1');
  const scalar: fc.Arbitrary<Json> = fc.oneof(
    text,
    fc.integer({ min: -2, max: 3 }),
    fc.constantFrom(null, true, false),
  );
  const affix = fc.oneof(
    text,
    text.map((value) => ({ 'equals-ignore-case': value })),
  );
  const wildcard = fc.constantFrom('', '*', 'a*', '*a', 'a*a', '*b*', 'a*b*a', '\\*', 'ab');
  const comparison = fc.constantFrom<Json>(['=', 1], ['<', 1], ['>=', 0], ['>', -1, '<=', 2], ['>=', 0, '<', 1]);
  const filled = text.filter((value) => value !== '');
  const test: fc.Arbitrary<Json> = fc.oneof(
    scalar,
    affix.map((value) => ({ prefix: value })),
    affix.map((value) => ({ suffix: value })),
    text.map((value) => ({ 'equals-ignore-case': value })),
    wildcard.map((value) => ({ wildcard: value })),
    comparison.map((value) => ({ numeric: value })),
    fc.constantFrom('10.0.0.0/8', '10.0.0.0/24', '::/0', '2001:db8::/32').map((value) => ({ cidr: value })),
    fc.boolean().map((value) => ({ exists: value })),
    fc
      .oneof<fc.Arbitrary<Json>[]>(
        text,
        fc.array(text, { minLength: 1, maxLength: 2 }),
        fc.integer({ min: -2, max: 3 }),
        filled.map((value) => ({ prefix: value })),
        filled.map((value) => ({ suffix: value })),
        text.map((value) => ({ 'equals-ignore-case': value })),
        wildcard.map((value) => ({ wildcard: value })),
      )
      .map((value) => ({ 'anything-but': value })),
  );
  const tests = fc.array(test, { minLength: 1, maxLength: 3 });
  const name = fc.constantFrom('a', 'b', 'c', 'a.b');
  const fieldsOf = (value: fc.Arbitrary<Json>): fc.Arbitrary<JsonObject> =>
    fc.dictionary(name, value, { minKeys: 1, maxKeys: 3 });
  const flat = fieldsOf(tests);
  const withOr = fc
    .tuple(fc.oneof(flat, fc.constant({})), fc.array(flat, { minLength: 2, maxLength: 3 }))
    .map(([fields, $or]): JsonObject => ({ ...fields, $or }));
  const source = fc.oneof(flat, withOr, fieldsOf(fc.oneof<fc.Arbitrary<Json>[]>(tests, flat, withOr)));
  const leaf = fc.oneof<fc.Arbitrary<Json>[]>(scalar, fc.array(scalar, { maxLength: 3 }));
  const inner = fc.dictionary(name, leaf, { maxKeys: 3 });
  const nested = fc.oneof<fc.Arbitrary<Json>[]>(leaf, inner, fc.array(inner, { maxLength: 3 }));
  const event = fc.dictionary(name, nested, { maxKeys: 4 }) as fc.Arbitrary<JsonObject>;

  it('keeps what other patterns share with one that is removed', () => {
    const index = new PatternIndex<string>();
    const texts = ['x*', 'x*y', 'x*yz', 'x*yz*'];
    for (const wildcardText of texts) index.add(wildcardText, pattern({ a: [{ wildcard: wildcardText }] }));
    for (const [removed, left] of [
      ['x*y', ['x*', 'x*yz', 'x*yz*']],
      ['x*', ['x*yz', 'x*yz*']],
      ['x*yz', ['x*yz*']],
      ['x*yz*', []],
    ] as const) {
      index.remove(removed);
      expect([...index.match({ a: 'x1yz' })].sort()).toEqual(left);
    }
  });

  it('finds exactly the patterns that match one by one, also after some were removed or replaced', () => {
    const property = fc.property(
      fc.array(source, { minLength: 1, maxLength: 12 }),
      fc.array(event, { minLength: 1, maxLength: 6 }),
      fc.array(fc.nat(11), { maxLength: 6 }),
      (sources, events, removed) => {
        const patterns = new Map(sources.map((one, id) => [id, pattern(one)]));
        const index = new PatternIndex<number>();
        const check = (): void => {
          for (const one of events) {
            const expected = [...patterns].filter(([, each]) => matchesPattern(each, one)).map(([id]) => id);
            expect([...index.match(one)].sort((left, right) => left - right)).toEqual(expected);
            for (const each of patterns.values()) {
              expect(explainPattern(each, one).matches).toBe(matchesPattern(each, one));
            }
          }
        };
        for (const [id, each] of patterns) index.add(id, each);
        check();
        for (const id of removed) {
          expect(index.remove(id)).toBe(patterns.delete(id));
          const replacement = patterns.get((id + 1) % 12);
          if (replacement !== undefined) index.add((id + 1) % 12, replacement);
        }
        check();
        for (const id of [...patterns.keys()]) {
          index.remove(id);
          patterns.delete(id);
        }
        check();
        expect(index.size).toBe(0);
      },
    );
    fc.assert(property, { numRuns: 400 });
  });
});
