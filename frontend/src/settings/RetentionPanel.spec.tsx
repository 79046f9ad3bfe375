import { describe, expect, it } from '@jest/globals';
import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { changes, openRoom } from '../events/fixtures.js';
import { RetentionPanel } from './RetentionPanel.js';

const kept = { runs: { completedDays: 30, failedDays: null }, events: [{ pattern: 'order.*', days: 7 }] };

function open() {
  return openRoom(<RetentionPanel />, {
    'GET /workspace/retention': kept,
    'GET /dead-letters/settings': { keepDays: 30 },
    'PUT /workspace/retention': kept,
    'PUT /dead-letters/settings': { keepDays: 30 },
  });
}

const press = async (name: string) => userEvent.click(await screen.findByRole('button', { name }));

async function write(name: RegExp, text: string): Promise<void> {
  const field = await screen.findByRole('textbox', { name });
  await userEvent.clear(field);
  if (text !== '') await userEvent.type(field, text);
}

describe('how long things are kept', () => {
  it('is changed only after it was asked, and only what was changed', async () => {
    const asked = open();
    await write(/^Completed runs/, '');
    await write(/^Other ended runs/, '90');
    await press('Save…');
    expect(changes(asked)).toEqual([]);
    await press('Save');
    const runs = { completedDays: null, failedDays: 90 };
    await waitFor(() => {
      expect(changes(asked)).toEqual([{ what: 'PUT /workspace/retention', body: { ...kept, runs } }]);
    });
  });

  it('cannot be saved while something is no number of days', async () => {
    open();
    await write(/^Completed runs/, '7 days');
    expect((await screen.findByRole('button', { name: 'Save…' })).hasAttribute('disabled')).toBe(true);
  });
});
