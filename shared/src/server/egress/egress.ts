/**
 * The one door by which this product calls others.
 *
 * Promises: 1. only public addresses and exact allow-list entries are reached: literals are checked before connecting, names in the
 * very look-up that the socket uses, and one bad address fails it (no rebinding); 2. each redirect is a new call with the same
 * checks, secrets do not follow to another origin; 3. time (to connect, to the answer's headers, over all), header and body sizes are bounded, the body
 * after decompression and in its ratio to what came over the wire;
 * 4. the answer tells what is certain: `refused` and `not-sent` prove that the other side saw no request, `unknown` means that it may have.
 */
import { lookup as dnsLookup } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, buildConnector } from 'undici';
import { failure } from '../../kernel/index.js';
import type { Failure } from '../../kernel/index.js';
import { isPublicAddress } from './address.js';
import { BodyTooLarge, exchange } from './exchange.js';
import type { Answer } from './exchange.js';
import { counted, openHop } from './observed.js';
import type { Hop } from './observed.js';
import { Patience } from './patience.js';
import { blocked, checkHeaders, checkTarget } from './target.js';
import type { Target } from './target.js';

export interface EgressRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Headers besides the well-known ones that must not follow to another origin. */
  readonly secretHeaders?: readonly string[];
  readonly timeoutMs?: number;
  /** How long the other side may think before it begins to answer; 10 seconds unless told otherwise. */
  readonly headersTimeoutMs?: number;
  readonly signal?: AbortSignal;
  /** False: a redirect is the answer, for calls that may reach this one host only. */
  readonly follow?: boolean;
  /** The answer's body is cut there, instead of being refused when it is too large. */
  readonly keepBytes?: number;
  /** Told when the request is on its way: from now on it may have its effect. */
  readonly onSent?: () => void;
}

export type EgressResult =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Buffer;
    }
  /** Our own refusal: proved not sent. */
  | { readonly kind: 'refused'; readonly failure: Failure }
  /** No connection: proved not sent. */
  | { readonly kind: 'not-sent'; readonly failure: Failure }
  /** It may have been sent and may have had its effect. */
  | { readonly kind: 'unknown'; readonly failure: Failure };

export type Resolve = (
  hostname: string,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface EgressOptions {
  /** Exact `host:port` entries. */
  readonly allow: readonly string[];
  readonly maxBodyBytes?: number;
  /** How long connecting may take, TLS included. */
  readonly connectTimeoutMs?: number;
  /** Certificates (PEM) of authorities to trust instead of the usual ones. */
  readonly ca?: string;
  /** For tests of what a hostile name server answers. */
  readonly resolve?: Resolve;
}

export interface Egress {
  request(request: EgressRequest): Promise<EgressResult>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5_000;
const HEADERS_TIMEOUT_MS = 10_000;
const TOTAL_TIMEOUT_MS = 60_000;
const MAX_BODY_BYTES = 10 * 1024 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_REDIRECTS = 5;
const ALWAYS_SECRET = ['authorization', 'cookie', 'proxy-authorization', 'x-api-key', 'idempotency-key'];

class BlockedAddress extends Error {}

export function createEgress(options: EgressOptions): Egress {
  const allow = new Set(options.allow.map((entry) => entry.toLowerCase()));
  const maxBodyBytes = options.maxBodyBytes ?? MAX_BODY_BYTES;
  const guarded = agent(options, guardedLookup(options.resolve ?? systemResolve));
  const trusting = agent(options);

  const attempt = (
    { url, allowed }: Target,
    request: EgressRequest,
    patience: Patience,
    progress: { sent: boolean },
    hop: Hop,
  ): Promise<Answer> => {
    const { method, headers, body, headersTimeoutMs = HEADERS_TIMEOUT_MS } = request;
    return exchange(
      allowed ? trusting : guarded,
      {
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers: withDefaults(headers, hop.headers),
        body: body === undefined ? null : typeof body === 'string' ? body : Buffer.from(body),
        headersTimeout: Math.min(headersTimeoutMs, TOTAL_TIMEOUT_MS),
      },
      {
        patience,
        maxBodyBytes,
        ...(request.keepBytes === undefined ? {} : { keepBytes: request.keepBytes }),
        isEnough: (status, answered) => request.follow !== false && locationOf(status, answered) !== null,
        sent: () => {
          progress.sent = true;
          request.onSent?.();
        },
      },
    );
  };

  const call = async (first: EgressRequest): Promise<EgressResult> => {
    const patience = new Patience(Math.min(first.timeoutMs ?? TOTAL_TIMEOUT_MS, TOTAL_TIMEOUT_MS), first.signal);
    try {
      return await follow(first, patience);
    } finally {
      patience.release();
    }
  };

  const follow = async (first: EgressRequest, patience: Patience): Promise<EgressResult> => {
    let request = first;
    // Once a request was answered by a redirect, something was sent: later refusals prove nothing about it.
    let hops = 0;
    for (;;) {
      const target = checkTarget(request.url, allow);
      const wrong = target.ok ? (checkMethod(request.method) ?? checkHeaders(request.headers ?? {})) : target.error;
      if (!target.ok || wrong)
        return hops === 0
          ? { kind: 'refused', failure: wrong ?? blocked(request.url) }
          : { kind: 'unknown', failure: wrong ?? blocked(request.url) };
      const progress = { sent: false };
      const hop = openHop(target.value, request);
      try {
        const { status, headers, body } = await attempt(target.value, request, patience, progress, hop);
        hop.answered(status);
        const location = first.follow === false ? null : locationOf(status, headers);
        if (location === null) return { kind: 'answered', status, headers: flat(headers), body };
        hops += 1;
        if (hops > MAX_REDIRECTS)
          return {
            kind: 'unknown',
            failure: failure(
              'operational',
              'egress.redirects',
              `"${target.value.url.host}" redirected more than ${MAX_REDIRECTS} times.`,
            ),
          };
        const next = redirected(request, target.value.url, location, status, first.secretHeaders ?? []);
        if (next.ok === false) return { kind: 'unknown', failure: next.failure };
        request = next.request;
      } catch (error) {
        const told = explain(error, target.value.url, patience.endedBy);
        hop.failed(told.code);
        if (hops === 0 && !progress.sent)
          return { kind: told.code === 'egress.blocked' ? 'refused' : 'not-sent', failure: told };
        return { kind: 'unknown', failure: told };
      }
    }
  };

  return {
    request: counted(call, (url) => {
      const target = checkTarget(url, allow);
      return !target.ok ? 'none' : target.value.allowed ? 'allowed' : 'public';
    }),
    close: async () => {
      await Promise.all([guarded.destroy(), trusting.destroy()]);
    },
  };
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Where an answer sends the caller on to; null when it is the answer. */
function locationOf(status: number, headers: IncomingHttpHeaders): string | null {
  const { location } = headers;
  return REDIRECTS.has(status) && typeof location === 'string' ? location : null;
}

type Lookup = (
  hostname: string,
  options: { all?: boolean },
  done: (error: Error | null, address: string | LookupAddress[], family?: number) => void,
) => void;

function agent({ connectTimeoutMs, ca }: EgressOptions, lookup?: Lookup): Agent {
  const connect = buildConnector({
    timeout: connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    ...(ca === undefined ? {} : { ca }),
    ...(lookup ? { lookup: lookup as never } : {}),
  });
  return new Agent({
    connect,
    connections: 256,
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    bodyTimeout: TOTAL_TIMEOUT_MS,
  });
}

const systemResolve: Resolve = (hostname, done) =>
  dnsLookup(hostname, { all: true, verbatim: true }, (error, addresses) => done(error, addresses ?? []));

function guardedLookup(resolve: Resolve): Lookup {
  return (hostname, options, done) => {
    resolve(hostname, (error, addresses) => {
      const [first] = addresses;
      if (error || !first) return done(error ?? new Error(`"${hostname}" has no address`), []);
      if (!addresses.every(({ address }) => isPublicAddress(address))) return done(new BlockedAddress(hostname), []);
      return options.all ? done(null, addresses) : done(null, first.address, first.family);
    });
  };
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

function checkMethod(method: string): Failure | null {
  return METHODS.has(method)
    ? null
    : failure('user', 'egress.method', `"${method.slice(0, 20)}" is not a method that calls can use.`);
}

type Redirected =
  { readonly ok: true; readonly request: EgressRequest } | { readonly ok: false; readonly failure: Failure };

function redirected(
  request: EgressRequest,
  from: URL,
  location: string,
  status: number,
  secretHeaders: readonly string[],
): Redirected {
  let to: URL;
  try {
    to = new URL(location, from);
  } catch {
    return {
      ok: false,
      failure: failure('operational', 'egress.redirect', `"${from.host}" redirected to something that is no URL.`),
    };
  }
  const keepsMethod = status === 307 || status === 308 || request.method === 'GET' || request.method === 'HEAD';
  const sameOrigin = to.origin === from.origin;
  if (keepsMethod && request.body !== undefined && !sameOrigin) {
    return {
      ok: false,
      failure: failure(
        'operational',
        'egress.redirect',
        `"${from.host}" asked to send the body on to another origin, which is never done.`,
      ),
    };
  }
  const secret = new Set([...ALWAYS_SECRET, ...secretHeaders.map((name) => name.toLowerCase())]);
  const headers = Object.fromEntries(
    Object.entries(request.headers ?? {}).filter(([name]) => {
      const lower = name.toLowerCase();
      return (sameOrigin || !secret.has(lower)) && (keepsMethod || !lower.startsWith('content-'));
    }),
  );
  const { body: _body, ...rest } = request;
  return { ok: true, request: { ...(keepsMethod ? request : { ...rest, method: 'GET' }), url: to.href, headers } };
}

function explain(error: unknown, url: URL, endedBy: Patience['endedBy']): Failure {
  const cause = error as { code?: string; message?: string };
  if (error instanceof BlockedAddress) return blocked(url.host);
  if (error instanceof BodyTooLarge)
    return failure(
      'operational',
      'egress.body-size',
      `The answer of "${url.host}" is larger than allowed, or packed suspiciously tight.`,
    );
  if (endedBy === 'caller')
    return failure('operational', 'egress.aborted', `The call to "${url.host}" was given up before its answer came.`);
  if (cause.code === 'UND_ERR_CONNECT_TIMEOUT')
    return failure('operational', 'egress.connect-timeout', `No connection to "${url.host}" came about in time.`);
  if (endedBy === 'time' || /TIMEOUT/.test(cause.code ?? ''))
    return failure('operational', 'egress.timeout', `"${url.host}" did not answer in time.`);
  if (cause.code === 'ENOTFOUND' || cause.code === 'EAI_AGAIN')
    return failure('operational', 'egress.dns', `The name "${url.hostname}" could not be resolved.`);
  if (cause.code === 'ECONNREFUSED')
    return failure('operational', 'egress.refused', `"${url.host}" refuses connections; is it running?`);
  if (/CERT|TLS|SSL|ALTNAME|UNABLE_TO/.test(cause.code ?? ''))
    return failure('operational', 'egress.tls', `The certificate of "${url.host}" could not be trusted.`);
  return failure(
    'operational',
    'egress.lost',
    `The connection to "${url.host}" was lost (${cause.code ?? 'no reason given'}).`,
  );
}

/** @param ours cannot be set from outside */
function withDefaults(
  headers: Readonly<Record<string, string>> | undefined,
  ours: Readonly<Record<string, string>>,
): Record<string, string> {
  const all: Record<string, string> = { 'accept-encoding': 'gzip, deflate, br', 'user-agent': 'sagawright' };
  for (const [name, value] of Object.entries(headers ?? {})) all[name.toLowerCase()] = value;
  return Object.assign(all, ours);
}

function flat(headers: IncomingHttpHeaders): Record<string, string> {
  const all: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    all[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
  return all;
}
