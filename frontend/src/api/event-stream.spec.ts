// jsdom has neither streams nor text coders; the test borrows Node's.
/* eslint-disable no-restricted-imports -- only this test runs in Node, never the page */
import { ReadableStream } from 'node:stream/web';
import { TextDecoder as NodeTextDecoder, TextEncoder } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createEventParser } from '@sagawright/shared/client';
import { openEventStream, reconnectPause } from './event-stream.js';
import type { StreamEvent } from './event-stream.js';

describe('the event parser', () => {
  it('gives the same events however the text is cut', () => {
    const text =
      ': hello\n\nid: 7\nevent: entry\ndata: {"a":\ndata: 1}\n\r\ndata: plain\n\nevent: lost\ndata: unfinished';
    const read = (size: number): StreamEvent[] => {
      const events: StreamEvent[] = [];
      const parse = createEventParser((event) => events.push(event));
      for (let at = 0; at < text.length; at += size) parse(text.slice(at, at + size));
      return events;
    };
    const whole = read(text.length);
    expect(whole).toEqual([
      { event: 'entry', data: '{"a":\n1}', id: '7' },
      { event: 'message', data: 'plain', id: '7' },
    ]);
    for (const size of [1, 2, 3, 5, 11]) expect(read(size)).toEqual(whole);
  });
});

describe('an event stream (R14)', () => {
  beforeEach(() => {
    jest.useFakeTimers();
    Object.assign(globalThis, { TextDecoder: NodeTextDecoder });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  function answers(...bodies: readonly (string | number)[]) {
    const asked: (string | undefined)[] = [];
    const call = ((_url: string, init: { headers: Record<string, string> }) => {
      asked.push(init.headers['last-event-id']);
      const next = bodies[asked.length - 1];
      if (next === undefined) return new Promise(() => undefined);
      if (typeof next === 'number') return Promise.resolve({ ok: false, status: next, body: null });
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(next));
          controller.close();
        },
      });
      return Promise.resolve({ ok: true, status: 200, body });
    }) as unknown as typeof fetch;
    return { asked, call };
  }

  it('begins behind a known position and continues behind the last event after a break', async () => {
    const { asked, call } = answers('id: 5\ndata: a\n\n', 503, 'id: 6\ndata: b\n\n');
    const seen: string[] = [];
    const close = openEventStream({ url: '/s', lastEventId: '4', fetch: call, onEvent: ({ data }) => seen.push(data) });
    await jest.advanceTimersByTimeAsync(3000);
    expect(seen).toEqual(['a', 'b']);
    expect(asked).toEqual(['4', '5', '5', '6']);
    close();
  });

  it('takes a 4xx as final', async () => {
    const { asked, call } = answers(404);
    const statuses: string[] = [];
    openEventStream({ url: '/s', fetch: call, onEvent: () => undefined, onStatus: (status) => statuses.push(status) });
    await jest.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveLength(1);
    expect(statuses).toEqual(['connecting', 'closed']);
  });

  it('is silent after it was closed', async () => {
    const { call } = answers('data: a\n\n');
    const seen: string[] = [];
    openEventStream({ url: '/s', fetch: call, onEvent: ({ data }) => seen.push(data) })();
    await jest.advanceTimersByTimeAsync(1000);
    expect(seen).toEqual([]);
  });

  it('waits longer from break to break, up to five seconds', () => {
    expect([0, 1, 2, 3, 4, 50].map(reconnectPause)).toEqual([250, 500, 1000, 2000, 5000, 5000]);
  });
});
