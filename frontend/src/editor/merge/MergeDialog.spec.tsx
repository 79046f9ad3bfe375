import { describe, expect, it, jest } from '@jest/globals';
import { setField } from '@sagawright/shared/graph';
import { templates } from '@sagawright/shared/template';
import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { TooltipProvider } from '../../ui/index.js';
import { MergeDialog } from './MergeDialog.js';
import type { Choices } from './settle.js';

const base = (() => {
  const found = templates.find(({ id }) => id === 'order-saga');
  if (!found) throw new Error('There is no order saga.');
  return found.graph;
})();
const noted = (charge: string, ship: string) =>
  setField(setField(base, 'charge-card', ['note'], charge).graph, 'ship-parcel', ['note'], ship).graph;
const KEYS = [JSON.stringify(['charge-card', 'note']), JSON.stringify(['ship-parcel', 'note'])];

function show() {
  const onMerge = jest.fn<(choices: Choices) => void>();
  const onClose = jest.fn();
  const sides = { base, mine: noted('mine one', 'mine two'), theirs: noted('hers one', 'hers two') };
  render(
    <TooltipProvider>
      <MergeDialog sides={sides} whose="Anna’s" onMerge={onMerge} onClose={onClose} />
    </TooltipProvider>,
  );
  return { onMerge, onClose };
}

describe('the questions of a merge (E50)', () => {
  it('shows both values of each, mine chosen, and merges what is chosen', async () => {
    const { onMerge } = show();
    const [first, second] = screen.getAllByRole('group');
    if (!first || !second) throw new Error('Two questions were expected.');
    expect(within(first).getByRole<HTMLInputElement>('radio', { name: /Mine\s*mine one/ }).checked).toBe(true);
    await userEvent.click(within(second).getByRole('radio', { name: /Anna’s\s*hers two/ }));
    await userEvent.click(screen.getByRole('button', { name: 'Merge and save' }));
    expect(onMerge).toHaveBeenCalledWith({ [KEYS[1] ?? '']: 'theirs' });
  });

  it('answers all at once, and can be left open', async () => {
    const { onMerge, onClose } = show();
    await userEvent.click(screen.getByRole('button', { name: 'All theirs' }));
    await userEvent.click(screen.getByRole('button', { name: 'Merge and save' }));
    expect(onMerge).toHaveBeenCalledWith(Object.fromEntries(KEYS.map((key) => [key, 'theirs' as const])));
    await userEvent.click(screen.getByRole('button', { name: 'Decide later' }));
    expect(onClose).toHaveBeenCalled();
  });
});
