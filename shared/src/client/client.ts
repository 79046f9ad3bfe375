/**
 * A client of the whole interface for browsers and Node, made from the route table: one typed function for each route.
 *
 * 1. An answer outside 2xx is thrown as `ApiError`; `error.problem.code` is what to switch on.
 * 2. A start without an `Idempotency-Key` is given one, so that trying it again starts nothing twice.
 * 3. Tried again is what cannot do harm: reads, requests with a key, and requests that were refused for now (429, 503).
 * 4. Routes that answer with server-sent events are async iterators that come back by themselves.
 */
import { API_PREFIX, ApiError, createClient as createCalls, problemOf, routes, streamUrl } from '../contracts/index.js';
import type {
  CallOptions,
  Client as Calls,
  Fetch,
  Route,
  RouteArguments,
  Routes,
  Run,
  StreamName,
} from '../contracts/index.js';
import { streamEvents } from './stream.js';
import type { StreamFetch, StreamedEvent } from './stream.js';

export interface ClientOptions {
  /** Origin of the installation, e.g. `https://flows.example.com`; '' for the page's own. */
  readonly baseUrl: string;
  /** Absent = the page's own login. */
  readonly apiKey?: string;
  /** The platform's. */
  readonly fetch: Fetch & StreamFetch;
  /** Called for each request, e.g. for the CSRF token of a login. */
  readonly headers?: () => Readonly<Record<string, string>>;
  /** How often a request is tried at most; 4 unless told otherwise. */
  readonly attempts?: number;
  /** For tests. */
  readonly pause?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export interface StreamOptions {
  readonly signal?: AbortSignal;
  /** Begin behind the event with this id. */
  readonly lastEventId?: string;
}

type Stream<R extends Route> =
  Record<never, never> extends RouteArguments<R>
    ? (args?: RouteArguments<R>, options?: StreamOptions) => AsyncGenerator<StreamedEvent, void, undefined>
    : (args: RouteArguments<R>, options?: StreamOptions) => AsyncGenerator<StreamedEvent, void, undefined>;

export type Client = Calls & { readonly [K in StreamName]: Stream<Routes[K]> } & {
  readonly runs: {
    /**
     * The run when it has ended, by long-poll.
     *
     * @throws ApiError; DOMException `TimeoutError` or `AbortError` when the signal says so first
     */
    wait(id: string, options?: CallOptions): Promise<Run>;
  };
};

const LONG_POLL_SECONDS = 25;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
const KEY_HEADER = 'idempotency-key';

export function createClient(options: ClientOptions): Client {
  const { baseUrl, apiKey, fetch, pause = wait } = options;
  const headers = (): Record<string, string> => ({
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    ...options.headers?.(),
  });
  const calls = createCalls({ baseUrl, headers, fetch: persistent(fetch, options.attempts ?? 4, pause) });
  const keyed = Object.entries(calls).map(([name, call]) => [
    name,
    withKey(routes[name as keyof Calls], call as Loose),
  ]);
  const streams = Object.entries(routes)
    .filter(([, route]) => (route as Route).response === 'event-stream')
    .map(([name]) => [
      name,
      (args: never = {} as never, streamOptions: StreamOptions = {}) =>
        streamEvents({
          url: streamUrl(baseUrl, name as StreamName, args),
          fetch,
          headers,
          problemOf,
          pause,
          ...streamOptions,
        }),
    ]);
  return {
    ...(Object.fromEntries([...keyed, ...streams]) as Omit<Client, 'runs'>),
    runs: {
      wait: async (id, { signal } = {}) => {
        for (;;) {
          const asked = { params: { id }, headers: { prefer: `wait=${String(LONG_POLL_SECONDS)}` } };
          const run = await calls.getRun(asked, signal === undefined ? {} : { signal });
          if (run.endedAt !== null) return run;
          signal?.throwIfAborted();
        }
      },
    },
  } as Client;
}

type Loose = (
  args?: { readonly headers?: Readonly<Record<string, unknown>> },
  options?: CallOptions,
) => Promise<unknown>;

/** A route that takes an idempotency key gets one, where the caller gives none. */
function withKey(route: Route, call: Loose): Loose {
  if (route.headers?.shape[KEY_HEADER] === undefined) return call;
  return (args = {}, callOptions) =>
    call({ ...args, headers: { [KEY_HEADER]: globalThis.crypto.randomUUID(), ...args.headers } }, callOptions);
}

function persistent(fetch: Fetch, attempts: number, pause: NonNullable<ClientOptions['pause']>): Fetch {
  return async (url, init) => {
    const harmless = init.method === 'GET' || init.headers[KEY_HEADER] !== undefined;
    for (let attempt = 1; ; attempt += 1) {
      const last = attempt >= attempts;
      let retryAfterMs = 0;
      try {
        const response = await fetch(url, init);
        const refused = response.status === 429 || response.status === 503;
        const broken = response.status === 502 || response.status === 504;
        if (last || !(refused || (harmless && broken))) return response;
        retryAfterMs = 1000 * Number(response.headers?.get('retry-after') ?? 0) || 0;
        await response.text();
      } catch (error) {
        if (last || !harmless || init.signal?.aborted === true) throw error;
      }
      const backOff = FIRST_PAUSE_MS * 2 ** (attempt - 1);
      await pause(Math.min(LONGEST_PAUSE_MS, Math.max(retryAfterMs, backOff)), init.signal);
      init.signal?.throwIfAborted();
    }
  };
}

function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = globalThis.setTimeout(done, ms);
    function done(): void {
      globalThis.clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
    if (signal?.aborted === true) done();
    else signal?.addEventListener('abort', done);
  });
}

export { API_PREFIX, ApiError };
