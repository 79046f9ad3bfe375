/**
 * Server-sent events over `fetch`, because the browser's EventSource cannot begin at a known position.
 *
 * 1. Every (re)connection carries the id of the last event seen, so the server continues behind it.
 * 2. A lost connection is tried again after a growing pause; an answer that says no (4xx) is final.
 * 3. After `close` no callback is called any more.
 */
import { createEventParser } from '@sagawright/shared/client';
import type { ServerSentEvent } from '@sagawright/shared/client';
import { csrfHeaders, noticeStatus } from './client.js';

export type { ServerSentEvent as StreamEvent };

export type StreamStatus = 'connecting' | 'open' | 'reconnecting' | 'closed';

export interface StreamOptions {
  readonly url: string;
  /** Position behind which the stream begins. */
  readonly lastEventId?: string | null;
  readonly onEvent: (event: ServerSentEvent) => void;
  readonly onStatus?: (status: StreamStatus) => void;
  /** Called after each break before connecting again; for streams without positions to load what was missed. */
  readonly onResume?: () => void;
  readonly fetch?: typeof fetch;
}

const PAUSES_MS = [250, 500, 1000, 2000, 5000];

/** Pause before connection attempt `failures + 1`, milliseconds. */
export function reconnectPause(failures: number): number {
  return PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)] ?? 5000;
}

/** Opens a stream and keeps it open. @returns closes it */
export function openEventStream(options: StreamOptions): () => void {
  const controller = new AbortController();
  const { signal } = controller;
  const call = options.fetch ?? fetch;
  let lastEventId = options.lastEventId ?? null;
  let failures = 0;

  async function once(): Promise<'again' | 'final'> {
    const response = await call(options.url, {
      signal,
      credentials: 'same-origin',
      cache: 'no-store',
      headers: {
        accept: 'text/event-stream',
        ...csrfHeaders(),
        ...(lastEventId === null ? {} : { 'last-event-id': lastEventId }),
      },
    });
    if (!response.ok || response.body === null) {
      noticeStatus(response.status, options.url);
      return response.status >= 400 && response.status < 500 && response.status !== 429 ? 'final' : 'again';
    }
    options.onStatus?.('open');
    const decoder = new TextDecoder();
    const parse = createEventParser((event) => {
      if (signal.aborted) return;
      failures = 0;
      if (event.id !== null && event.id !== '') lastEventId = event.id;
      options.onEvent(event);
    });
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return 'again';
      parse(decoder.decode(value, { stream: true }));
    }
  }

  async function keep(): Promise<void> {
    options.onStatus?.('connecting');
    while (!signal.aborted) {
      let outcome: 'again' | 'final';
      try {
        outcome = await once();
      } catch {
        outcome = 'again';
      }
      if (signal.aborted) return;
      if (outcome === 'final') break;
      options.onStatus?.('reconnecting');
      await pause(reconnectPause(failures), signal);
      failures += 1;
      if (!signal.aborted) options.onResume?.();
    }
    if (!signal.aborted) options.onStatus?.('closed');
  }

  void keep();
  return () => {
    controller.abort();
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
