/**
 * The typed client of the interface, derived from the route table. Pure: the caller brings `fetch`, so that the browser,
 * the tests and scripts use the same one.
 */
import { problemSchema } from './problem.js';
import type { Problem } from './problem.js';
import type { Route, RouteArguments, RouteResponse } from './route.js';
import { API_PREFIX, routes } from './table.js';
import type { Routes } from './table.js';

/** The part of the platform's `fetch` that the client uses. */
export type Fetch = (
  url: string,
  init: {
    readonly method: string;
    readonly headers: Record<string, string>;
    readonly body?: string;
    readonly signal?: AbortSignal;
    readonly credentials: 'same-origin';
  },
) => Promise<{
  readonly status: number;
  readonly ok: boolean;
  readonly headers?: { get(name: string): string | null };
  text(): Promise<string>;
}>;

export interface ClientOptions {
  /** Origin of the backend without a slash at the end; '' for the page's own. */
  readonly baseUrl: string;
  readonly fetch: Fetch;
  /** Called for each request, e.g. for the CSRF token or an API key. */
  readonly headers?: () => Readonly<Record<string, string>>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** An answer outside 2xx, with the problem the server told; `problem.code` is what to switch on. */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
    this.name = 'ApiError';
  }
}

type Call<R extends Route> =
  Record<never, never> extends RouteArguments<R>
    ? (args?: RouteArguments<R>, options?: CallOptions) => Promise<RouteResponse<R>>
    : (args: RouteArguments<R>, options?: CallOptions) => Promise<RouteResponse<R>>;

/** Routes that answer with server-sent events. */
export type StreamName = {
  [K in keyof Routes]: Routes[K] extends { readonly response: 'event-stream' } ? K : never;
}[keyof Routes];

export type Client = { readonly [K in Exclude<keyof Routes, StreamName>]: Call<Routes[K]> };

interface LooseArguments {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

/**
 * One function per route: `client.getRun({ params: { id } })`.
 *
 * @throws ApiError for every answer outside 2xx, also for answers that are not problem details (a proxy's error page)
 */
export function createClient(options: ClientOptions): Client {
  const call = async (route: Route, args: LooseArguments = {}, callOptions: CallOptions = {}): Promise<unknown> => {
    const response = await options.fetch(options.baseUrl + pathOf(route, args), {
      method: route.method,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        ...(route.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers?.(),
        ...textValues(args.headers),
      },
      ...(route.body === undefined ? {} : { body: JSON.stringify(args.body ?? {}) }),
      ...(callOptions.signal === undefined ? {} : { signal: callOptions.signal }),
    });
    const text = await response.text();
    if (!response.ok) throw new ApiError(problemOf(response.status, text));
    return text === '' ? undefined : contentOf(text);
  };
  const calls = Object.entries(routes)
    .filter(([, route]) => (route as Route).response !== 'event-stream')
    .map(([name, route]) => [
      name,
      (args?: LooseArguments, callOptions?: CallOptions) => call(route, args, callOptions),
    ]);
  return Object.fromEntries(calls) as Client;
}

/** Address of a server-sent event stream, for `EventSource`. */
export function streamUrl<K extends StreamName>(baseUrl: string, name: K, args: RouteArguments<Routes[K]>): string {
  return baseUrl + pathOf(routes[name], args as LooseArguments);
}

function pathOf(route: Route, args: LooseArguments): string {
  const path = route.path.replace(/:([a-zA-Z]+)/g, (_match, name: string) =>
    encodeURIComponent(String(args.params?.[name])),
  );
  const query = new URLSearchParams(textValues(args.query)).toString();
  return API_PREFIX + path + (query === '' ? '' : `?${query}`);
}

function textValues(values: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) => [name, String(value)]),
  );
}

/** Where an answer is free, it may be anything. */
function contentOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The problem that an answer outside 2xx tells; also for answers that are none (a proxy's error page). */
export function problemOf(status: number, text: string): Problem {
  try {
    return problemSchema.parse(JSON.parse(text));
  } catch {
    return {
      type: 'about:blank',
      title: 'Unexpected answer',
      status,
      detail: `The server answered ${status} without problem details; something between you and it may have answered instead.`,
      code: 'answer.unexpected',
      instance: '',
    };
  }
}
