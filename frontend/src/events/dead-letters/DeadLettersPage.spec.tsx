import { describe, expect, it } from '@jest/globals';
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { DeadLetter } from '@sagawright/shared/contracts';
import { Refused, changes, openRoom } from '../fixtures.js';
import { DeadLettersPage } from './DeadLettersPage.js';

const letter: DeadLetter = {
  id: 'l-1',
  kind: 'schema',
  status: 'open',
  subscription: { triggerId: 't-1', triggerName: 'Order placed', workflowId: 'w-1', workflowName: 'Order saga' },
  event: { position: 7, type: 'order.placed', source: '/shop', id: 'e-1' },
  holds: true,
  code: 'schema.violated',
  message: 'The data fits no version of order.placed.',
  problems: [{ path: '/order/total', message: 'must be integer' }],
  attempts: 1,
  firstAt: '2026-11-21T10:00:00Z',
  lastAt: '2026-11-21T10:00:00Z',
  expiresAt: '2026-12-21T10:00:00Z',
  closed: null,
};

function open(more: Readonly<Record<string, unknown>> = {}) {
  const { kind, subscription, event, firstAt } = letter;
  return openRoom(<DeadLettersPage letter="l-1" />, {
    'GET /dead-letters': { items: [letter], nextCursor: null },
    'GET /dead-letters/counts': {
      open: 1,
      items: [{ kind, subscription, type: event.type, open: 1, oldestAt: firstAt }],
    },
    'GET /dead-letters/l-1': { ...letter, data: { order: { total: 'many' } } },
    ...more,
  });
}

describe('a dead letter', () => {
  it('says whose it is, why it did not go on, and where its data is at fault', async () => {
    open();
    const panel = within(await screen.findByRole('complementary', { name: 'Dead letter' }));
    const faults = await panel.findByRole('list', { name: 'Where the data is at fault' });
    expect(faults.textContent).toBe('/order/total must be integer');
    expect(panel.getByRole('region', { name: 'Why it did not go on' }).textContent).toContain(letter.message);
    const gathered = await screen.findByRole('list', { name: 'Open letters' });
    expect(gathered.textContent).toContain('Order saga, Order placed1');
  });

  it('is not given up without a note', async () => {
    const asked = open({ 'POST /dead-letters/l-1/discard': letter });
    await userEvent.click(await screen.findByRole('button', { name: 'Discard…' }));
    await userEvent.click(screen.getByRole('button', { name: 'Discard' }));
    expect(await screen.findByText('Say why it is given up.')).toBeTruthy();
    expect(changes(asked)).toEqual([]);
    await userEvent.type(screen.getByRole('textbox', { name: /^Note/ }), 'A test of the shop');
    await userEvent.click(screen.getByRole('button', { name: 'Discard' }));
    expect(changes(asked)).toEqual([{ what: 'POST /dead-letters/l-1/discard', body: { note: 'A test of the shop' } }]);
  });

  it('is sent with corrected data and a note, and says what is still wrong with it', async () => {
    const detail = 'The data fits no version of order.placed.';
    const asked = open({
      'POST /dead-letters/l-1/edit-and-redrive': new Refused(422, { code: 'event.schema-violated', detail }),
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Edit and send…' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Edit and send' }));
    const data = dialog.getByRole('textbox', { name: 'Data' });
    await userEvent.clear(data);
    await userEvent.click(data);
    await userEvent.paste('{"order": {"total": 5.5}}');
    await userEvent.type(dialog.getByRole('textbox', { name: /^Note/ }), 'a number');
    await userEvent.click(dialog.getByRole('button', { name: 'Send it' }));
    expect((await dialog.findByRole('alert')).textContent).toContain(detail);
    expect(changes(asked)).toEqual([
      {
        what: 'POST /dead-letters/l-1/edit-and-redrive',
        body: { data: { order: { total: 5.5 } }, note: 'a number' },
      },
    ]);
  });
});
