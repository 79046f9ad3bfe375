import { describe, expect, it } from '@jest/globals';
import type { Json } from '../../kernel/index.js';
import { readEventSchema } from './check.js';
import { patternWork } from './pattern-work.js';

function problems(schema: Json, data: Json) {
  const read = readEventSchema(schema);
  if (!read.ok) throw new Error(`${read.path}: ${read.reason}`);
  return read.schema.problemsOf(data);
}

function refusal(schema: Json): string {
  const read = readEventSchema(schema);
  return read.ok ? 'accepted' : `${read.path}: ${read.reason}`;
}

const order = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  required: ['order'],
  properties: { order: { $ref: '#/$defs/order' } },
  $defs: {
    order: {
      type: 'object',
      required: ['id', 'total'],
      properties: { id: { type: 'string', pattern: '^A-[0-9]{1,6}$' }, total: { type: 'number', minimum: 0 } },
    },
  },
};

describe('a schema of events', () => {
  it('lets data pass that fits, and says of other data where it does not and why', () => {
    expect(problems(order, { order: { id: 'A-1', total: 7 } })).toEqual([]);
    expect(problems(order, { order: { id: 'B', total: -1 } })).toEqual([
      { path: '/order/id', message: 'must match pattern "^A-[0-9]{1,6}$"' },
      { path: '/order/total', message: 'must be >= 0' },
    ]);
    expect(problems(order, {})).toEqual([{ path: '/order', message: 'is missing' }]);
  });

  it('is of draft 2020-12, or of 07 where it says so, and of no other', () => {
    const tuple = { prefixItems: [{ type: 'string' }] };
    expect(problems(tuple, [1])).toHaveLength(1);
    const older = { $schema: 'http://json-schema.org/draft-07/schema#', items: [{ type: 'string' }] };
    expect(problems(older, [1])).toHaveLength(1);
    expect(refusal({ $schema: 'http://json-schema.org/draft-04/schema#' })).toContain('/$schema');
    expect(refusal({ $schema: 'https://evil.example/meta' })).toContain('/$schema');
  });

  it('sees only what the data itself has', () => {
    expect(problems({ properties: { toString: { type: 'integer' } } }, {})).toEqual([]);
    expect(problems({ required: ['constructor'] }, {})).toEqual([{ path: '/constructor', message: 'is missing' }]);
  });

  it('ignores keywords and formats that it does not know, as the standard has it', () => {
    expect(problems({ 'x-owner': 'shop', format: 'colour', type: 'string' }, 'red')).toEqual([]);
  });

  it.each<[string, Json, RegExp]>([
    ['no schema at all', 'text', /JSON object/],
    ['a reference to the network', { $ref: 'https://evil.example/s.json' }, /by its path/],
    ['a reference to a file', { $ref: 'file:///etc/passwd' }, /by its path/],
    ['a reference to nothing', { $ref: '#/$defs/none' }, /does not have/],
    ['a schema that refers to itself', { anyOf: [{ $ref: '#' }, { $ref: '#' }] }, /itself/],
    ['recursion through properties', { properties: { a: { $ref: '#' } } }, /itself/],
    ['a dynamic reference', { $dynamicRef: '#x' }, /not supported/],
    ['an asynchronous schema', { $async: true }, /not supported/],
    ['an id inside', { properties: { a: { $id: 'https://x.example/a' } } }, /\$id/],
    [
      'too many parts by name',
      { properties: { default: { enum: Array.from({ length: 3000 }, (_, n) => n) } } },
      /parts/,
    ],
    ['a pattern with a look-ahead', { pattern: '(?=a)b' }, /./],
    ['a pattern that unfolds', { pattern: '(a?){900}(a?){900}(a?){900}' }, /parts/],
    ['a wrong keyword value', { type: 'strnig' }, /type/],
    ['64 levels', nested(64), /levels/],
    ['more than 64 KiB', { description: 'x'.repeat(70_000) }, /64 KiB/],
    ['references that double at each level', doubling(20), /parts|levels/],
  ])('is refused as %s, with the place and the way out', (_what, schema, reason) => {
    expect(refusal(schema)).toMatch(reason);
  });

  it('puts nothing of a hostile schema into code', () => {
    const hostile = {
      type: 'object',
      properties: {
        'a"]; globalThis.broken = true; //': { const: '`${globalThis.broken = true}`' },
        "'+(globalThis.broken=true)+'": { pattern: '\\/; globalThis.broken = true' },
      },
      required: ['\u2028globalThis.broken = true'],
      patternProperties: { '/*`*/ globalThis.broken = true': { type: 'string' } },
    };
    problems(hostile, { x: 1, 'a"]; globalThis.broken = true; //': 2 });
    expect('broken' in globalThis).toBe(false);
  });

  it('does not begin a check that would cost too much, and says so', () => {
    const schema = { allOf: Array.from({ length: 150 }, () => ({ pattern: '^(a|b)*c' })) };
    expect(problems(schema, 'a'.repeat(100_000))).toEqual([
      { path: '', message: expect.stringContaining('too large to be checked') as unknown as string },
    ]);
  });

  it('ends soon for texts that make formats of other checkers explode', () => {
    const found = problems({ format: 'email' }, `${'a.'.repeat(100_000)}@`);
    expect(found).toHaveLength(1);
  });

  it('finds an item that is there twice among many', () => {
    const items = Array.from({ length: 20_000 }, (_, n) => ({ n }));
    expect(problems({ uniqueItems: true }, items)).toEqual([]);
    expect(problems({ uniqueItems: true }, [...items, { n: 7 }])).toHaveLength(1);
  });
});

describe('the work of a pattern', () => {
  it.each<[string, number, number]>([
    ['^[0-9]{4}-[0-9]{2}$', 1, 20],
    ['(a?){900}(a?){900}', 1800, 10_000],
    ['((a{30}){30}){30}', 20_000, 1_000_000],
    ['[a-z()]{3}', 3, 10],
    ['\\({5}', 5, 10],
    ['(((', 1, 10],
  ])('of %s is counted with what is repeated', (pattern, least, most) => {
    expect(patternWork(pattern)).toBeGreaterThanOrEqual(least);
    expect(patternWork(pattern)).toBeLessThanOrEqual(most);
  });
});

function nested(levels: number): Json {
  return levels === 0 ? {} : { properties: { a: nested(levels - 1) } };
}

function doubling(levels: number): Json {
  const steps = Array.from({ length: levels }, (_, n) => [
    `l${n}`,
    { allOf: [{ $ref: `#/$defs/l${n + 1}` }, { $ref: `#/$defs/l${n + 1}` }] },
  ]);
  return { $ref: '#/$defs/l0', $defs: { ...Object.fromEntries(steps), [`l${levels}`]: { type: 'string' } } };
}
