import { describe, expect, it } from '@jest/globals';
import { templates } from '@sagawright/shared/template';
import { drawing } from '../canvas/fixtures.js';
import { outlineRows } from './Outline.js';

const template = (id: string) => {
  const found = templates.find((each) => each.id === id);
  if (!found) throw new Error(`There is no template ${id}.`);
  return found.graph;
};

describe('the outline (E35)', () => {
  it('puts the ways of a fork one level deeper, and comes back where they meet', () => {
    expect(outlineRows(template('parallel-booking')).map((row) => `${row.level} ${row.id}`)).toEqual([
      '1 booking',
      '1 both',
      '2 reserve-first',
      '2 reserve-second',
      '1 together',
      '1 charge',
      '1 booked',
    ]);
  });

  it('puts what lies in a container one level deeper than the container', () => {
    const note = { kind: 'transform', values: {} } as const;
    const graph = drawing(
      [
        { id: 'start', kind: 'trigger.manual' },
        { id: 'try', kind: 'scope' },
        { id: 'work', ...note, parent: 'try' },
        { id: 'mend', ...note, parent: 'try' },
        { id: 'loose', ...note, parent: 'try' },
        { id: 'after', ...note },
      ],
      ['start > try', 'try.body > work', 'try.handler > mend', 'try > after'],
    );
    expect(outlineRows(graph).map(({ id, level, way }) => `${level} ${way}${way && ': '}${id}`)).toEqual([
      '1 start',
      '1 try',
      '2 work',
      '2 on failure inside: mend',
      '2 loose',
      '1 after',
    ]);
  });

  it('names the way of a branch that leads to a step', () => {
    const rows = outlineRows(template('express-or-standard'));
    expect(rows.find((row) => row.id === 'pause')).toMatchObject({ level: 2, way: 'else' });
    expect(rows.find((row) => row.id === 'charge')).toMatchObject({ level: 1 });
  });
});
