import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '../../kernel/index.js';
import { readEventSchema } from './check.js';
import { inferSchema } from './infer.js';

const orders: Json[] = Array.from({ length: 12 }, (_, n) => ({
  id: `3f2504e0-4f89-11d3-9a0c-0305e82c33${String(n).padStart(2, '0')}`,
  status: n % 2 === 0 ? 'paid' : 'open',
  total: n === 3 ? 1.5 : n,
  placedAt: '2026-01-02T03:04:05Z',
  lines: [{ sku: `s${n}`, gift: n === 1 ? true : null }],
  ...(n < 4 ? { coupon: 'X' } : {}),
}));

describe('a schema drafted from events', () => {
  it('requires what all had, lists what few values repeat, and names formats', () => {
    const { schema } = inferSchema(orders);
    expect(schema).toMatchObject({
      type: 'object',
      required: ['id', 'lines', 'placedAt', 'status', 'total'],
      properties: {
        id: { type: 'string', format: 'uuid' },
        status: { enum: ['open', 'paid'] },
        total: { type: 'number' },
        placedAt: { format: 'date-time' },
        lines: { items: { required: ['gift', 'sku'], properties: { gift: { type: ['boolean', 'null'] } } } },
      },
    });
  });

  it('says how much it has seen of each field', () => {
    const { fields } = inferSchema(orders);
    expect(fields).toContainEqual({ path: 'coupon', types: ['string'], seen: 4, of: 12 });
    expect(fields).toContainEqual({ path: 'lines[].sku', types: ['string'], seen: 12, of: 12 });
  });

  it('leaves out what has too many names to be more than a table', () => {
    const table = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`user-${n}`, n]));
    const { schema, leftOut } = inferSchema([{ table }]);
    expect(leftOut).toEqual(['table']);
    expect(schema).toMatchObject({ properties: { table: { type: 'object' } } });
  });

  it('is a schema that every event it was drafted from fits', () => {
    const value = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 8 }), (samples) => {
        const read = readEventSchema(inferSchema(samples).schema);
        if (!read.ok) return read.reason.includes('at most');
        return samples.every((sample) => read.schema.problemsOf(sample).length === 0);
      }),
      { numRuns: 200 },
    );
  });
});
