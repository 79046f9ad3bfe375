/**
 * Server-sent events as an async iterator, over `fetch`.
 *
 * 1. A connection that is lost or ended is made anew behind the last event seen, after a pause that grows.
 * 2. An answer that says no (4xx but 429) is thrown and is the end.
 * 3. Whoever leaves the loop, or aborts, closes the connection.
 */
import { ApiError } from '../contracts/index.js';
import type { Problem } from '../contracts/index.js';
import { createEventParser } from './event-parser.js';
import type { ServerSentEvent } from './event-parser.js';

/** The part of the platform's `fetch` that streams use. */
export type StreamFetch = (
  url: string,
  init: { readonly headers: Record<string, string>; readonly signal: AbortSignal; readonly credentials: 'same-origin' },
) => Promise<{
  readonly status: number;
  readonly ok: boolean;
  text(): Promise<string>;
  readonly body: {
    getReader(): { read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>; cancel(): Promise<void> };
  } | null;
}>;

export interface StreamedEvent {
  readonly event: string;
  readonly data: unknown;
  readonly id: string | null;
}

export interface StreamWish {
  readonly url: string;
  readonly fetch: StreamFetch;
  readonly headers: () => Readonly<Record<string, string>>;
  readonly lastEventId?: string | null;
  readonly signal?: AbortSignal;
  /** How a refused connection is read. */
  readonly problemOf: (status: number, text: string) => Problem;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

const PAUSES_MS = [250, 500, 1000, 2000, 5000];

export async function* streamEvents(wish: StreamWish): AsyncGenerator<StreamedEvent, void, undefined> {
  const over = new AbortController();
  const end = (): void => over.abort();
  wish.signal?.addEventListener('abort', end);
  if (wish.signal?.aborted === true) over.abort();
  let lastEventId = wish.lastEventId ?? null;
  let failures = 0;
  try {
    while (!over.signal.aborted) {
      try {
        for await (const event of connection(wish, lastEventId, over.signal)) {
          failures = 0;
          if (event.id !== null && event.id !== '') lastEventId = event.id;
          yield { ...event, data: JSON.parse(event.data) as unknown };
        }
      } catch (error) {
        if (error instanceof ApiError && isFinal(error.problem.status)) throw error;
      }
      await wish.pause(PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)] ?? 0, over.signal);
      failures += 1;
    }
  } finally {
    wish.signal?.removeEventListener('abort', end);
    over.abort();
  }
}

async function* connection(
  { url, fetch, headers, problemOf }: StreamWish,
  lastEventId: string | null,
  signal: AbortSignal,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  const response = await fetch(url, {
    signal,
    credentials: 'same-origin',
    headers: {
      accept: 'text/event-stream',
      ...headers(),
      ...(lastEventId === null ? {} : { 'last-event-id': lastEventId }),
    },
  });
  if (!response.ok || response.body === null) throw new ApiError(problemOf(response.status, await response.text()));
  const decoder = new TextDecoder();
  let ready: ServerSentEvent[] = [];
  const parse = createEventParser((event) => ready.push(event));
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      parse(decoder.decode(value, { stream: true }));
      const events = ready;
      ready = [];
      yield* events;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function isFinal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 429;
}
