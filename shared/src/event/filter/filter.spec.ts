import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '../../kernel/index.js';
import { Budget } from '../pattern/index.js';
import { explainFilter, passesFilter, readFilter, TriggerIndex } from './index.js';
import type { EventFilter, IndexedTrigger, SeenEvent } from './index.js';

const event = (more: Partial<SeenEvent> = {}): SeenEvent => ({
  id: 'e1',
  source: '/shop',
  type: 'order.placed',
  subject: null,
  time: '2026-01-01T00:00:00Z',
  data: {},
  headers: {},
  ...more,
});

describe('a filter', () => {
  it.each<[string, EventFilter, Partial<SeenEvent>, boolean]>([
    ['a content pattern', { data: { total: [{ numeric: ['>', 5] }] } }, { data: { total: 6 } }, true],
    ['a content pattern', { data: { total: [{ numeric: ['>', 5] }] } }, { data: { total: 5 } }, false],
    ['CESQL over an attribute', "source LIKE '/shop%' AND NOT EXISTS subject", {}, true],
    [
      'CESQL over an extension',
      "INT(retries) > 2 OR tenant = 'a'",
      { headers: { 'ce-tenant': 'a', 'ce-retries': '0' } },
      true,
    ],
    ['CESQL that meets an error', "retries > 2 OR type = 'order.placed'", {}, false],
    ['CESQL over data, which is no attribute', 'EXISTS data', { data: { a: 1 } }, false],
    ['CESQL over a header that is no attribute', 'EXISTS host', { headers: { host: 'x' } }, false],
    ['CESQL that gives a text', 'type', { type: 'true' }, false],
    ['CESQL that cannot be read', "type = 'order.placed' AND", {}, false],
    ['a pattern that cannot be read', { data: [] }, {}, false],
  ])('as %s passes what it should', (_what, filter, more, passes) => {
    expect(passesFilter(filter, event(more))).toBe(passes);
    expect(explainFilter(filter, event(more)).matches).toBe(passes);
  });

  it('says where it cannot be read', () => {
    expect(readFilter("type = 'a' AND")).toMatchObject({ ok: false, problem: { where: 'character 15' } });
    expect(readFilter({ data: { total: [] } })).toMatchObject({ ok: false, problem: { where: 'data.total' } });
  });

  it('is explained by the value of each part of the expression, also of those that were not looked at', () => {
    const explained = explainFilter(
      "type = 'order.paid' AND LENGTH(tenant) > 2",
      event({ headers: { 'ce-tenant': 'ab' } }),
    );
    expect(explained).toMatchObject({
      language: 'cesql',
      matches: false,
      reason: 'The expression gives false; only true passes.',
    });
    expect(explained.parts.map(({ depth, what, found }) => [depth, what, found])).toEqual([
      [0, "(type = 'order.paid') AND (LENGTH(tenant) > 2)", false],
      [1, "type = 'order.paid'", false],
      [2, 'type', 'order.placed'],
      [1, 'LENGTH(tenant) > 2', false],
      [2, 'LENGTH(tenant)', 2],
      [3, 'tenant', 'ab'],
    ]);
  });

  it('is explained by the error that it met', () => {
    const { reason, parts } = explainFilter('retries > 2', event());
    expect(reason).toBe('The event has no attribute "retries". An error lets nothing pass.');
    expect(parts.at(-1)).toMatchObject({
      what: 'retries',
      matches: false,
      reason: 'The event has no attribute "retries".',
    });
  });

  it('is explained by the fields of its pattern and of its alternatives', () => {
    const alternatives: Json[] = [{ data: { a: [1] } }, { type: ['x'] }];
    const filter = { $or: alternatives };
    expect(explainFilter(filter, event({ data: { a: 1 } })).parts).toEqual([
      { depth: 0, what: '$or', matches: true, found: [], reason: 'Alternative 1 matches.' },
      { depth: 1, what: 'alternative 1', matches: true, found: [], reason: 'It matches.' },
      { depth: 2, what: 'data.a', matches: true, found: [1], reason: '1 passes: = 1.' },
      { depth: 1, what: 'alternative 2', matches: false, found: [], reason: 'It does not match.' },
      {
        depth: 2,
        what: 'type',
        matches: false,
        found: ['order.placed'],
        reason: 'Found "order.placed"; wanted: = "x".',
      },
    ]);
  });
});

describe('the index of triggers', () => {
  const letter = fc.constantFrom('a', 'b', 'c');
  const attribute = fc.constantFrom('type', 'source', 'subject', 'tenant', 'specversion');
  const cesql: fc.Arbitrary<string> = fc.letrec<{ all: string; one: string }>((tie) => ({
    all: fc.oneof(
      { depthSize: 'small' },
      tie('one'),
      fc.tuple(tie('all'), fc.constantFrom('AND', 'OR', 'XOR'), tie('all')).map(([x, by, y]) => `(${x}) ${by} (${y})`),
      tie('all').map((x) => `NOT (${x})`),
    ),
    one: fc.oneof(
      fc.tuple(attribute, letter).map(([name, text]) => `${name} = '${text}'`),
      fc.tuple(attribute, letter).map(([name, text]) => `'${text}' = ${name}`),
      fc.tuple(attribute, letter).map(([name, text]) => `${name} <> '${text}'`),
      fc.tuple(attribute, letter, letter).map(([name, x, y]) => `${name} IN ('${x}', '${y}')`),
      fc.tuple(attribute, letter).map(([name, text]) => `${name} LIKE '${text}%'`),
      attribute.map((name) => `EXISTS ${name}`),
      fc.constantFrom('TRUE', 'FALSE', 'tenant', 'tenant IN (1, TRUE)', "tenant LIKE '%a'"),
    ),
  })).all;
  const pattern = fc.oneof(
    letter.map((text) => ({ data: { a: { x: [text] } } })),
    fc.tuple(letter, letter).map(([x, y]) => ({ data: { a: { x: [x], y: [{ 'anything-but': [y] }] } } })),
    letter.map((text) => ({ source: [{ prefix: text }] })),
  );
  const type = fc.constantFrom('*', 'a', 'b');
  const trigger: fc.Arbitrary<IndexedTrigger> = fc.record({
    type,
    filter: fc.oneof(fc.constant(null), cesql, pattern as fc.Arbitrary<EventFilter>),
  });
  const lines = fc.array(fc.record({ x: letter, y: letter }, { requiredKeys: [] }), {
    maxLength: 3,
  }) as fc.Arbitrary<Json>;
  const seen = fc
    .record({
      type: letter,
      source: letter,
      subject: fc.option(letter),
      tenant: fc.option(fc.constantFrom('a', 'true', '1')),
      a: lines,
    })
    .map(({ tenant, a, ...own }) =>
      event({ ...own, data: { a }, headers: tenant === null ? {} : { 'ce-tenant': tenant } }),
    );

  it('finds exactly the triggers that match one by one, in both languages, also after some have gone', () => {
    const property = fc.property(
      fc.array(trigger, { minLength: 1, maxLength: 10 }),
      fc.array(seen, { minLength: 1, maxLength: 5 }),
      (triggers, events) => {
        const index = new TriggerIndex<number>();
        const check = (ids: readonly number[]) => {
          for (const one of events) {
            const expected = ids.filter((id) => {
              const { type: wanted, filter } = triggers[id] ?? { type: '', filter: null };
              return (wanted === '*' || wanted === one.type) && passesFilter(filter, one);
            });
            expect(index.match(one).sort()).toEqual(expected);
          }
        };
        const all = triggers.map((_, id) => id);
        triggers.forEach((each, id) => index.add(id, each));
        check(all);
        for (const id of all.filter((each) => each % 2 === 0)) index.remove(id);
        check(all.filter((each) => each % 2 === 1));
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  it('asks one by one what has too many alternatives for it', () => {
    const group = (name: string) => ({ $or: Array.from({ length: 40 }, (_, at) => ({ [name]: [at] })) });
    const index = new TriggerIndex<string>();
    index.add('it', { type: '*', filter: { data: { a: group('x'), b: group('y') } } });
    expect(index.match(event({ data: { a: { x: 3 }, b: { y: 39 } } }))).toEqual(['it']);
    expect(index.match(event({ data: { a: { x: 3 }, b: { y: 40 } } }))).toEqual([]);
    index.remove('it');
    expect(index.match(event({ data: { a: { x: 3 }, b: { y: 39 } } }))).toEqual([]);
  });

  const items = (of: (at: number) => Json): Json[] => Array.from({ length: 4000 }, (_, at) => of(at));
  const hostile: [string, (at: number) => EventFilter, Json][] = [
    [
      'arrays that multiply',
      (at) => ({
        data: { a: { x: [1], y: [{ 'anything-but': [at] }] }, b: { x: [1], y: [{ 'anything-but': [-at] }] } },
        $or: [{ data: { a: { y: [at] }, b: { y: [0] } } }, { data: { a: { x: [1] }, b: { y: [-1] } } }] as Json[],
      }),
      { a: items((at) => ({ x: 1, y: at })), b: items((at) => ({ x: 1, y: at })) },
    ],
    [
      'many values, each of which leads on',
      (at) => ({ data: { a: [at], b: [{ prefix: `${at}` }] } }),
      { a: items((at) => at), b: items((at) => `x${at}`) },
    ],
  ];
  it.each(hostile)('spends no more than its budget on an event with %s, and tells so', (_what, filter, data) => {
    const index = new TriggerIndex<number>();
    for (let at = 0; at < 2000; at += 1) index.add(at, { type: '*', filter: filter(at) });
    const budget = new Budget();
    index.match(event({ data }), budget);
    expect(budget.isSpent).toBe(true);
    // What is over the budget is one comparison at most.
    expect(budget.values.taken).toBeLessThan(1_100_000);
    expect(budget.places.taken).toBeLessThan(200_000);
  });
});
