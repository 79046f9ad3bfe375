/** The official `cloudevents` SDK sends to our door as it is: nothing of its requests is changed on the way. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AcceptedBatch, AcceptedEvent, StoredEvent } from '@sagawright/shared/contracts';
import { CONSTANTS, CloudEvent, HTTP, Mode, emitterFor, httpTransport } from 'cloudevents';
import { Doors } from '../../backend/src/testing/doors.js';

let doors: Doors;
let owner: Record<string, string>;
let key: Record<string, string>;
let url: string;

beforeAll(async () => {
  doors = await Doors.open();
  owner = (await doors.person('owner')).headers;
  const made = await doors.api<{ secret: string }>('POST', '/api-keys', {
    headers: owner,
    body: { name: 'producer', scopes: ['runs:start'], expiresInDays: null },
  });
  key = { authorization: `Bearer ${made.body.secret}` };
  url = `${doors.base}/api/v1/events`;
}, 120_000);

afterAll(() => doors.close());

const EVENTS: readonly (readonly [string, Partial<CloudEvent<unknown>>, unknown, unknown?])[] = [
  [
    'an object',
    { data: { order: { id: 'A-1' }, total: 7.5, note: 'für €' } },
    { order: { id: 'A-1' }, total: 7.5, note: 'für €' },
  ],
  ['a list', { data: [1, 'two', null] }, [1, 'two', null]],
  ['a text', { data: 'hello', datacontenttype: 'text/plain' }, 'hello'],
  [
    'all attributes',
    { subject: 'orders/1', time: '2026-02-03T04:05:06.789Z', dataschema: 'https://example.com/s', data: {} },
    {},
  ],
  ['extensions', { traceparent: '00-ab-cd-01', attempt: 3, last: true, data: {} }, {}],
  ['64 KiB', { data: { text: 'x'.repeat(64 * 1024) } }, { text: 'x'.repeat(64 * 1024) }],
];

let sent = 0;
const eventOf = (fields: Partial<CloudEvent<unknown>>) =>
  new CloudEvent({ id: `sdk-${(sent += 1)}`, source: '/sdk', type: 'sdk.sent', ...fields } as Partial<
    CloudEvent<unknown>
  >);

/** What the store has is what the SDK's event says. */
async function expectStored(event: CloudEvent<unknown>, accepted: { readonly position: number }, data: unknown) {
  const { body } = await doors.api<StoredEvent>('GET', `/events/${accepted.position}`, { headers: owner });
  const { id, source, type, subject, time, dataschema } = event;
  expect(body).toMatchObject({ id, source, type, subject: subject ?? null, data });
  expect(body.time).toBe(new Date(time ?? '').toISOString());
  expect(body.headers['ce-dataschema']).toBe(dataschema);
  for (const name of ['traceparent', 'attempt', 'last']) {
    const value = event[name];
    expect(body.headers[`ce-${name}`]).toBe(value === undefined ? undefined : String(value as string));
  }
}

describe.each([Mode.BINARY, Mode.STRUCTURED])('an emitter of the SDK, %s', (mode) => {
  const emit = (event: CloudEvent<unknown>) =>
    emitterFor(httpTransport(url), { mode })(event, { headers: key }) as Promise<{ body: string }>;

  it.each(EVENTS)('sends %s', async (_name, fields, data) => {
    const event = eventOf(fields);
    const accepted = JSON.parse((await emit(event)).body) as AcceptedEvent;
    expect(accepted).toMatchObject({ id: event.id, source: '/sdk', duplicate: false });
    await expectStored(event, accepted, data);
    const again = JSON.parse((await emit(event)).body) as AcceptedEvent;
    expect(again).toMatchObject({ position: accepted.position, duplicate: true, sameContent: true });
  });

  it('sends bytes', async () => {
    const event = eventOf({ datacontenttype: 'application/octet-stream', data: new Uint8Array([0, 255, 128]) });
    const accepted = JSON.parse((await emit(event)).body) as AcceptedEvent;
    await expectStored(event, accepted, 'AP+A');
  });
});

describe('a batch of the SDK’s events', () => {
  it('is what the SDK itself reads as a batch, and is taken whole', async () => {
    const events = EVENTS.map(([, fields]) => eventOf(fields));
    const message = {
      headers: { [CONSTANTS.HEADER_CONTENT_TYPE]: CONSTANTS.MIME_CE_BATCH },
      body: JSON.stringify(events),
    };
    expect(HTTP.toEvent(message)).toHaveLength(events.length);
    const response = (await httpTransport(url)(message, { headers: key })) as { body: string };
    const accepted = JSON.parse(response.body) as AcceptedBatch;
    expect(accepted.events.map(({ id, duplicate }) => [id, duplicate])).toEqual(events.map(({ id }) => [id, false]));
    for (const [index, event] of events.entries()) {
      await expectStored(event, { position: accepted.events[index]?.position ?? 0 }, EVENTS[index]?.[2]);
    }
  });
});
