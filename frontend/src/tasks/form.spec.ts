import { describe, expect, it } from '@jest/globals';
import { formFields, readForm, refusedFields, startOf } from './form.js';

const schema = {
  type: 'object',
  required: ['amount', 'rating', 'address'],
  properties: {
    amount: { type: 'integer', title: 'Amount' },
    rating: { enum: ['good', 'bad'] },
    urgent: { type: 'boolean', default: true },
    due: { type: 'string', format: 'date' },
    tags: { type: 'array', items: { type: 'string' }, default: ['new'] },
    note: { type: ['string', 'null'], maxLength: 1000 },
    address: { type: 'object', required: ['city'], properties: { city: { type: 'string' }, geo: { type: 'object' } } },
    lines: { type: 'array', items: { type: 'object' } },
    colour: {
      oneOf: [
        { const: 1, title: 'Red' },
        { const: 2, title: 'Blue' },
      ],
    },
  },
};
const fields = formFields(schema) ?? [];

describe('a form out of a JSON Schema (task)', () => {
  it('has the control that a person expects for each type, and JSON for the rest', () => {
    expect(fields.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'amount integer',
      'rating choice',
      'urgent boolean',
      'due date',
      'tags texts',
      'note multiline',
      'address group',
      'lines json',
      'colour choice',
    ]);
    const address = fields.find(({ name }) => name === 'address');
    expect(address?.kind === 'group' && address.fields.map(({ kind }) => kind)).toEqual(['text', 'json']);
  });

  it('begins with the defaults', () => {
    expect(startOf(fields)).toMatchObject({ urgent: 'true', tags: 'new', 'address.city': '' });
  });

  it('gives what was filled in, typed, and leaves out what was left empty', () => {
    const draft = {
      ...startOf(fields),
      amount: '12',
      rating: '1',
      'address.city': 'Bern',
      tags: ' a \n\nb',
      lines: '[{"x":1}]',
      colour: '0',
    };
    expect(readForm(fields, draft)).toEqual({
      data: {
        amount: 12,
        rating: 'bad',
        urgent: true,
        tags: ['a', 'b'],
        address: { city: 'Bern' },
        lines: [{ x: 1 }],
        colour: 1,
      },
      problems: {},
    });
  });

  it('says field by field what is missing or wrong', () => {
    const { problems } = readForm(fields, { ...startOf(fields), amount: '1.5', lines: '{' });
    expect(Object.keys(problems).sort()).toEqual(['address.city', 'amount', 'lines', 'rating']);
    expect(problems['amount']).toBe('Give a whole number.');
  });

  it('does not ask for parts of a group that may be left out', () => {
    const optional = formFields({ ...schema, required: [] }) ?? [];
    expect(readForm(optional, {})).toEqual({ data: { urgent: false }, problems: {} });
    expect(readForm(optional, { 'address.geo': '{}' }).problems).toEqual({ 'address.city': 'Fill this in.' });
    expect(readForm(optional, { 'address.geo': '{' }).problems).toMatchObject({ 'address.geo': expect.any(String) });
  });

  it('offers several of a list of options as ticks, and gives those that are ticked', () => {
    const several = formFields({
      properties: { days: { type: 'array', items: { enum: ['Mon', 'Tue', 'Wed'] }, default: ['Tue'] } },
    });
    expect(several).toMatchObject([{ kind: 'choices', start: '1' }]);
    expect(readForm(several ?? [], { days: '2,0' }).data).toEqual({ days: ['Mon', 'Wed'] });
  });

  it('gives instants and times with their zone, whatever clock the person has', () => {
    const timed = formFields({
      properties: {
        at: { type: 'string', format: 'date-time', default: '2026-03-01T09:30:00.000Z' },
        opens: { type: 'string', format: 'time' },
      },
    });
    const { data } = readForm(timed ?? [], { ...startOf(timed ?? []), opens: '08:15' });
    expect(data['at']).toBe('2026-03-01T09:30:00.000Z');
    expect(data['opens']).toMatch(/^08:15:00(Z|[+-]\d\d:\d\d)$/);
  });

  it('brings what the server refuses to the field that it is about', () => {
    const refused = refusedFields(fields, [
      { field: 'amount', problem: 'must be >= 5' },
      { field: 'address', problem: "must have required property 'city'" },
      { field: 'tags/1', problem: 'must be string' },
      { field: '', problem: "must have required property 'rating'" },
      { field: '', problem: 'must NOT have additional properties' },
    ]);
    expect(refused).toEqual({
      amount: 'This must be at least 5.',
      'address.city': 'Fill this in.',
      tags: 'This must be string.',
      rating: 'Fill this in.',
      '': 'This must NOT have additional properties.',
    });
  });

  it('knows a schema that describes no fields', () => {
    expect(formFields({ type: 'string' })).toBeNull();
    expect(formFields({})).toBeNull();
  });
});
