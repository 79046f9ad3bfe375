import { describe, expect, it } from '@jest/globals';
import { screen } from '@testing-library/react';
import { openRoom } from '../fixtures.js';
import { ReplayPanel } from './ReplayPanel.js';

const replay = {
  id: 'r-1',
  mode: 'dry-run',
  status: 'done',
  note: '',
  from: '2026-11-20T10:00:00Z',
  to: '2026-11-21T10:00:00Z',
  filter: {},
  workflows: [{ workflowId: 'w-1', workflowName: 'Paid orders', version: 'draft', number: 3 }],
  rate: 1000,
  total: 21,
  seen: 17,
  matched: 17,
  started: 0,
  equal: 0,
  different: 15,
  unknown: 0,
  failed: 0,
  failure: null,
  createdBy: { kind: 'user', id: 'u-1', name: 'Owner' },
  createdAt: '2026-11-21T10:00:00Z',
  endedAt: '2026-11-21T10:01:00Z',
  groups: [
    {
      workflowId: 'w-1',
      signature: 's',
      count: 15,
      differences: [],
      examples: Array.from({ length: 15 }, (_, n) => ({ runId: `run-${String(n)}`, position: n + 1, eventId: 'e' })),
    },
  ],
};

describe('a replay', () => {
  it('counts what it has gone through, and says that only some of its runs are linked', async () => {
    openRoom(<ReplayPanel id="r-1" />, { 'GET /replays/r-1': replay });
    expect((await screen.findByText('Events')).nextElementSibling?.textContent).toBe('17');
    expect(screen.getByText('Some of them:').querySelectorAll('a')).toHaveLength(8);
  });

  it('leads to the runs that it started', async () => {
    const live = { ...replay, mode: 'live', started: 2, groups: [] };
    openRoom(<ReplayPanel id="r-1" />, { 'GET /replays/r-1': live });
    const way = await screen.findByRole('link', { name: 'Runs of Paid orders' });
    expect(way.getAttribute('href')).toBe('/runs?workflow=w-1');
  });
});
