import { describe, expect, it } from '@jest/globals';
import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { SchemaReport } from '@sagawright/shared/contracts';
import { Refused, changes, openRoom } from '../fixtures.js';
import { VersionDialog } from './VersionDialog.js';

const report: SchemaReport = {
  publishable: false,
  invalid: null,
  incompatibilities: [],
  readers: [
    {
      workflowId: 'w-1',
      workflowName: 'Order saga',
      workflowVersion: 1,
      step: 'charge',
      stepName: 'Charge card',
      path: 'order.total',
      change: 'removed',
      message: 'Workflow Order saga, step Charge card reads order.total, which the new schema removes.',
    },
  ],
  samples: { looked: 3, failed: [] },
};

const room = <VersionDialog type="order.placed" number={2} start={{ type: 'object' }} onClose={() => undefined} />;
const press = async (name: string) => userEvent.click(await screen.findByRole('button', { name }));
const candidate = { schema: { type: 'object' }, upcast: null, downcast: null };

describe('a new version of a schema', () => {
  it('is checked without being published, and names who reads what it takes away', async () => {
    const asked = openRoom(room, { 'POST /event-types/order.placed/check': report });
    await press('Check');
    const found = await screen.findByRole('region', { name: 'What the check found' });
    expect(found.textContent).toContain('Order saga, Charge card reads order.total, which the new schema removes');
    expect(changes(asked)).toEqual([{ what: 'POST /event-types/order.placed/check', body: candidate }]);
  });

  it('is forced only with a note, after the refusal has said what speaks against it', async () => {
    const detail = '1 reason(s) speak against this version.';
    const asked = openRoom(room, {
      'POST /event-types/order.placed/versions': new Refused(409, {
        code: 'schema.incompatible',
        detail,
        context: report,
      }),
    });
    await press('Publish');
    expect((await screen.findByRole('alert')).textContent).toContain(detail);
    await press('Publish anyway');
    expect(await screen.findByText('Say why this is forced.')).toBeTruthy();
    await userEvent.type(screen.getByRole('textbox', { name: /^Note/ }), 'The shop is new');
    await press('Publish anyway');
    expect(changes(asked).map(({ body }) => body)).toEqual([
      { ...candidate, force: false, note: '' },
      { ...candidate, force: true, note: 'The shop is new' },
    ]);
  });

  it('is not forced once it was changed: what is written now was not looked at', async () => {
    openRoom(room, { 'POST /event-types/order.placed/check': report });
    await press('Check');
    await screen.findByRole('button', { name: 'Publish anyway' });
    await userEvent.type(screen.getByRole('textbox', { name: 'JSON Schema of the data' }), ' ');
    expect(await screen.findByRole('button', { name: 'Publish' })).toBeTruthy();
    expect(screen.queryByRole('region', { name: 'What the check found' })).toBeNull();
  });
});
