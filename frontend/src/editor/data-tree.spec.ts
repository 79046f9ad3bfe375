import { describe, expect, it } from '@jest/globals';
import { dataRows } from './data-tree.js';
import type { DataSource } from './references.js';

const NONE: ReadonlySet<string> = new Set();
const charge: DataSource = {
  keys: ['steps', 'chargeCard', 'output'],
  source: 'Charge card',
  value: { chargeId: 'ch_81', lines: [{ sku: 'A-1' }], 'paid at': null },
  real: true,
  certain: false,
};
const start: DataSource = {
  keys: ['trigger', 'data'],
  source: 'Start',
  value: { amountCents: 4200 },
  real: false,
  certain: true,
};
const rows = (query: string, unfolded = NONE, folded = NONE) => dataRows([charge, start], query, unfolded, folded);
const paths = (query: string) => rows(query).map((row) => row.path);

describe('the tree of data to pick from (E59)', () => {
  it('shows each step with the first level of what it gives, values and types beside', () => {
    expect(rows('').map(({ path, depth, sample, type }) => [path, depth, sample, type])).toEqual([
      ['steps.chargeCard.output', 0, '', 'object'],
      ['steps.chargeCard.output.chargeId', 1, '"ch_81"', 'text'],
      ['steps.chargeCard.output.lines', 1, '1 item', 'list'],
      ['steps.chargeCard.output.`paid at`', 1, 'null', 'null'],
      ['trigger.data', 0, '', 'object'],
      ['trigger.data.amountCents', 1, '4200', 'number'],
    ]);
  });

  it('unfolds a list into items that expressions can reach, and folds a step away', () => {
    const opened = rows('', new Set(['steps.chargeCard.output.lines']), new Set(['trigger.data']));
    expect(opened.map((row) => row.path)).toContain('steps.chargeCard.output.lines[0]');
    expect(opened.map((row) => row.path)).not.toContain('trigger.data.amountCents');
    expect(opened.at(-1)).toMatchObject({ path: 'trigger.data', open: false });
  });

  it('finds by the name of a field, by its value and by the name of the step, with the way down to it', () => {
    expect(paths('sku')).toEqual([
      'steps.chargeCard.output',
      'steps.chargeCard.output.lines',
      'steps.chargeCard.output.lines[0]',
      'steps.chargeCard.output.lines[0].sku',
    ]);
    expect(paths('4200')).toEqual(['trigger.data', 'trigger.data.amountCents']);
    expect(paths('nowhere')).toEqual([]);
  });

  it('marks what is not there on every way', () => {
    expect(rows('').map((row) => row.certain)).toEqual([false, false, false, false, true, true]);
  });
});
