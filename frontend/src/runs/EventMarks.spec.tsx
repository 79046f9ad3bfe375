import { describe, expect, it } from '@jest/globals';
import { screen } from '@testing-library/react';
import { openRoom } from '../events/fixtures.js';
import { EventMarks } from './EventMarks.js';

const REPLAY = '01a2006c-0000-7000-8000-000000000001';
const LETTER = '01a2006c-0000-7000-8000-000000000002';

function open(headers: Readonly<Record<string, string>>): void {
  const event = { id: 'A-1', source: '/shop', type: 'order.paid', subject: null, time: '', data: {}, headers };
  openRoom(<EventMarks event={event} />, {});
}

const addresses = () => screen.getAllByRole('link').map((link) => decodeURIComponent(link.getAttribute('href') ?? ''));

describe('the event of a run', () => {
  it('is found again in the store', async () => {
    open({});
    await screen.findByRole('link', { name: 'order.paid' });
    expect(addresses()).toEqual(['/events?id=A-1&source=/shop']);
  });

  it('says that a replay brought it, and leads to the replay', async () => {
    open({ 'ce-replayid': REPLAY });
    await screen.findByRole('link', { name: 'Replayed' });
    expect(addresses()).toContain(`/events/replays?replay=${REPLAY}`);
  });

  it('says which version of its schema the run got, and from which it was brought there', async () => {
    open({ 'ce-schemaversion': '1', 'ce-schemacast': 'from 2' });
    expect((await screen.findByRole('link', { name: /v1/ })).textContent).toContain('(from 2)');
    expect(addresses()).toContain('/events/types?type=order.paid');
  });

  it('says that it had been a dead letter, and leads to it', async () => {
    open({ 'ce-redriveid': LETTER });
    await screen.findByRole('link', { name: 'Sent again' });
    expect(addresses()).toContain(`/events/dead-letters?letter=${LETTER}&status=all`);
  });
});
