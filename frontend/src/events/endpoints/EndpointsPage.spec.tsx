import { describe, expect, it } from '@jest/globals';
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { Delivery, Endpoint } from '@sagawright/shared/contracts';
import { changes, openRoom } from '../fixtures.js';
import { EndpointsPage } from './EndpointsPage.js';

const endpoint: Endpoint = {
  id: 'n-1',
  name: 'Billing',
  url: 'https://example.com/hook',
  types: ['order.*'],
  filter: null,
  headers: {},
  perSecond: null,
  signature: 'v1',
  publicKey: null,
  secretSince: '2026-11-21T10:00:00Z',
  previousUntil: null,
  status: 'disabled',
  disabledReason: 'It answered 410 Gone.',
  disabledAt: '2026-11-21T10:00:00Z',
  pausedAt: null,
  failures: 0,
  failingSince: null,
  openUntil: null,
  pending: 0,
  createdAt: '2026-11-21T10:00:00Z',
  createdBy: 'Ada',
};

const delivery: Delivery = {
  id: 'd-1',
  endpointId: 'n-1',
  messageId: 'm-1',
  position: 7,
  eventType: 'order.placed',
  test: false,
  status: 'failed',
  attempts: 1,
  nextAt: null,
  lastStatus: 410,
  lastError: null,
  createdAt: '2026-11-21T10:00:00Z',
  endedAt: '2026-11-21T10:00:00Z',
};

const attempt = { number: 1, at: '2026-11-21T10:00:00Z', durationMs: 12, status: 410, error: null, body: 'moved away' };

function open(id?: string) {
  return openRoom(<EndpointsPage endpoint={id} />, {
    'GET /endpoints': { items: [endpoint] },
    'GET /endpoints/n-1': endpoint,
    'GET /endpoints/n-1/deliveries': { items: [delivery], nextCursor: null },
    'GET /deliveries/d-1': { ...delivery, log: [attempt] },
    'POST /endpoints': { endpoint, secret: 'whsec_abc', publicKey: null },
    'POST /endpoints/n-1/rotate-secret': { endpoint, secret: 'whsec_new', publicKey: null },
    'POST /endpoints/n-1/enable': endpoint,
    'POST /deliveries/d-1/resend': delivery,
  });
}

const press = async (name: string) => userEvent.click(await screen.findByRole('button', { name }));

describe('an endpoint', () => {
  it('is made with what was typed, and its secret is shown', async () => {
    const asked = open();
    await press('New endpoint');
    await press('Make endpoint');
    expect(await screen.findByText('Give the endpoint a name.')).toBeTruthy();
    expect(changes(asked)).toEqual([]);
    await userEvent.type(screen.getByRole('textbox', { name: /^Name/ }), 'Billing');
    await userEvent.type(screen.getByRole('textbox', { name: /^Address/ }), 'https://example.com/hook');
    await press('Make endpoint');
    expect((await screen.findByLabelText('secret')).textContent).toBe('whsec_abc');
    const body = { name: 'Billing', url: 'https://example.com/hook', types: ['*'], filter: null, headers: {} };
    expect(changes(asked)).toEqual([{ what: 'POST /endpoints', body: { ...body, perSecond: null, signature: 'v1' } }]);
  });

  it('says why nothing is sent, and the way out', async () => {
    const asked = open('n-1');
    const panel = within(await screen.findByRole('complementary', { name: 'Endpoint' }));
    expect((await panel.findByRole('status')).textContent).toContain('It answered 410 Gone.');
    await press('Enable');
    expect(changes(asked).map(({ what }) => what)).toEqual(['POST /endpoints/n-1/enable']);
  });

  it('shows each attempt of a delivery, and sends it again', async () => {
    const asked = open('n-1');
    await userEvent.click(await screen.findByRole('button', { name: /order\.placed.*Given up/ }));
    const attempts = await screen.findByRole('list', { name: 'Attempts' });
    expect(attempts.textContent).toContain('Answered 410 after 12 ms');
    expect(attempts.textContent).toContain('moved away');
    await press('Send this again');
    expect(changes(asked).map(({ what }) => what)).toEqual(['POST /deliveries/d-1/resend']);
  });

  it('gets a new secret, with the time in which the one before signs as well', async () => {
    const asked = open('n-1');
    await press('More for Billing');
    await userEvent.click(await screen.findByRole('menuitem', { name: 'New secret…' }));
    await press('Make new secret');
    expect((await screen.findByLabelText('secret')).textContent).toBe('whsec_new');
    expect(changes(asked)).toEqual([{ what: 'POST /endpoints/n-1/rotate-secret', body: { overlapHours: 24 } }]);
  });
});
