import { describe, expect, it } from '@jest/globals';
import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { DeadLetter, StoredEvent } from '@sagawright/shared/contracts';
import { openRoom } from '../fixtures.js';
import { EventPanel } from './EventPanel.js';

const event: StoredEvent = {
  position: 7,
  id: 'A-1',
  source: '/shop',
  type: 'order.paid',
  subject: 'orders/A-1',
  time: '2026-11-21T10:00:00Z',
  recordedAt: '2026-11-21T10:00:00Z',
  contentType: 'application/json',
  bytes: 20,
  runs: 0,
  data: { total: 'many' },
  headers: {},
  receipt: null,
  contentHash: '00',
  started: [],
};

const letter: DeadLetter = {
  id: 'l-1',
  kind: 'schema',
  status: 'open',
  subscription: null,
  event: { position: 7, type: 'order.paid', source: '/shop', id: 'A-1' },
  holds: true,
  code: 'schema.violated',
  message: 'The event does not fit the schema of order.paid.',
  problems: [{ path: '/total', message: 'must be number' }],
  attempts: 1,
  firstAt: '2026-11-21T10:00:00Z',
  lastAt: '2026-11-21T10:00:00Z',
  expiresAt: '2026-12-21T10:00:00Z',
  closed: null,
};

const none = { items: [], nextCursor: null };

describe('an event of the store', () => {
  it('says that it was put aside, and leads to its own dead letter', async () => {
    const other = { ...letter, id: 'l-2', event: { ...letter.event, position: 8, id: 'A-11' } };
    openRoom(<EventPanel position={7} onLike={() => undefined} />, {
      'GET /events/7': event,
      'GET /dead-letters': { items: [other, letter], nextCursor: null },
      'GET /workflows': none,
    });
    const way = await screen.findByRole('link', { name: 'Dead letter: does not fit its schema' });
    expect(way.getAttribute('href')).toContain('letter=l-1');
    expect(screen.getByText(letter.message)).toBeTruthy();
  });

  it('says where its data does not fit when it went on all the same', async () => {
    const receipt = { schema: { version: null, policy: 'warn', problems: letter.problems } };
    openRoom(<EventPanel position={7} onLike={() => undefined} />, {
      'GET /events/7': { ...event, receipt },
      'GET /dead-letters': none,
      'GET /workflows': none,
    });
    expect((await screen.findByRole('region', { name: 'Does not fit its schema' })).textContent).toContain(
      '/total must be number',
    );
  });

  it('is the model of another one', async () => {
    const wishes: StoredEvent[] = [];
    openRoom(<EventPanel position={7} onLike={(each) => wishes.push(each)} />, {
      'GET /events/7': event,
      'GET /dead-letters': none,
      'GET /workflows': none,
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Send one like it…' }));
    expect(wishes).toEqual([event]);
  });
});
