/**
 * One table of routes is the single source of the HTTP interface: NestJS controllers bind to it, the typed client is
 * derived from it, the OpenAPI document is generated from it.
 */
import type { z } from 'zod';

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** `public`: no login. `session`: browser cookie only (of a person whose role has the scope). `any`: session cookie or API key that has the scope. */
export type RouteAuth =
  | { readonly kind: 'public' }
  | { readonly kind: 'session'; readonly scope?: ApiScope }
  | { readonly kind: 'any'; readonly scope: ApiScope };

export const API_SCOPES = [
  'workflows:read',
  'workflows:write',
  'runs:read',
  'runs:write',
  'runs:start',
  'admin',
] as const;
export type ApiScope = (typeof API_SCOPES)[number];

export interface Route {
  readonly method: HttpMethod;
  /** With `:name` parameters, below the API prefix. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly auth: RouteAuth;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
  /** What may be sent instead of JSON of that shape, by media type; the handler reads it itself. */
  readonly otherBodies?: Readonly<Record<string, z.ZodType>>;
  /** How many keys the body may have in all, where it is more than usual. */
  readonly maxBodyKeys?: number;
  /** Absent = 204, `event-stream` = server-sent events. */
  readonly response?: z.ZodType | 'event-stream';
  readonly status?: number;
  /** Set when the answer may be something else than `response`, with status 200 or any other: when, and what. */
  readonly freeAnswer?: string;
  /** Codes of problem details this route may answer besides the general ones. */
  readonly errors?: readonly string[];
}

export function route<const R extends Route>(definition: R): R {
  return definition;
}

/** The largest number that an `integer` column holds: a number beyond it is the client's fault, not the database's. */
export const MAX_INTEGER = 2_147_483_647;

type Parsed<T> = T extends z.ZodType ? z.output<T> : undefined;
type Sent<T> = T extends z.ZodType ? z.input<T> : undefined;

/** What a handler receives. */
export interface RouteRequest<R extends Route> {
  readonly params: Parsed<R['params']>;
  readonly query: Parsed<R['query']>;
  readonly headers: Parsed<R['headers']>;
  readonly body: Parsed<R['body']>;
}

type Part = 'params' | 'query' | 'headers' | 'body';
type Nothing = Record<never, never>;

/** What a client passes; parts that the route does not have are left out, and those may be that need not say anything. */
export type RouteArguments<R extends Route> = {
  readonly [K in Part as R[K] extends z.ZodType ? (Nothing extends Sent<R[K]> ? never : K) : never]: Sent<R[K]>;
} & {
  readonly [K in Part as R[K] extends z.ZodType ? (Nothing extends Sent<R[K]> ? K : never) : never]?: Sent<R[K]>;
};

export type RouteResponse<R extends Route> = R['response'] extends z.ZodType ? z.output<R['response']> : undefined;
