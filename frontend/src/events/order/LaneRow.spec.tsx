import { describe, expect, it } from '@jest/globals';
import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { Lane } from '@sagawright/shared/contracts';
import { changes, openRoom } from '../fixtures.js';
import { LaneRow } from './LaneRow.js';

const lane: Lane = {
  workflowId: 'w-1',
  workflowName: 'Order saga',
  triggerId: 't-1',
  nodeId: 'order-placed',
  key: 'customer-1',
  state: 'blocked',
  run: { id: 'r-00000001', status: 'failed' },
  waiting: 3,
  blockedSince: '2026-11-21T10:00:00Z',
  pausedSince: null,
};

const answers = {
  'POST /lanes/skip': { changed: true },
  'POST /lanes/pause': { changed: true },
  'POST /lanes/resume': { changed: true },
};
const press = async (name: string) => userEvent.click(await screen.findByRole('button', { name }));

describe('a key whose runs go one after another', () => {
  it('goes past the run that blocks it only after it was asked', async () => {
    const asked = openRoom(<LaneRow lane={lane} />, answers);
    await press('Skip its run…');
    expect(changes(asked)).toEqual([]);
    await press('Skip this run');
    const body = { triggerId: 't-1', key: 'customer-1', runId: 'r-00000001' };
    expect(changes(asked)).toEqual([{ what: 'POST /lanes/skip', body }]);
  });

  it('is resumed when it is paused, also when it is blocked as well', async () => {
    const asked = openRoom(<LaneRow lane={{ ...lane, pausedSince: '2026-11-21T11:00:00Z' }} />, answers);
    await press('Resume');
    expect(changes(asked)).toEqual([{ what: 'POST /lanes/resume', body: { triggerId: 't-1', key: 'customer-1' } }]);
  });

  it('offers no skip while it goes on', async () => {
    openRoom(<LaneRow lane={{ ...lane, state: 'going', blockedSince: null }} />, answers);
    expect(await screen.findByRole('button', { name: 'Pause' })).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Skip its run…' })).toBeNull();
  });
});
