/**
 * Binds controller methods to the route table: `@Contract(routes.getRun)` gives a method its verb, path, status and
 * guard data, and the compiler checks that it takes what the contract sends and answers what the contract promises.
 */
import { HttpCode, RequestMapping, RequestMethod, applyDecorators, createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { API_PREFIX } from '@sagawright/shared/contracts';
import type { Route, RouteRequest, RouteResponse } from '@sagawright/shared/contracts';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Refusal } from '../refusal.js';
import { parseJsonBody } from './json-body.js';
import { isMediaType } from './media-type.js';

const CONTRACT = Symbol('contract');
const OPEN = Symbol('open');

type Answer<R extends Route> = R extends { freeAnswer: string }
  ? unknown
  : R['response'] extends z.ZodType
    ? RouteResponse<R>
    : unknown;

/** A method that answers the route: its first parameter is `@Input()`, the others are as it likes. */
type Handler<R extends Route> = (input: RouteRequest<R>, ...rest: never[]) => Promise<Answer<R>>;

export function Contract<const R extends Route>(route: R) {
  const bind = applyDecorators(
    RequestMapping({ path: API_PREFIX + route.path, method: RequestMethod[route.method] }),
    HttpCode(route.status ?? (route.response === undefined ? 204 : 200)),
  );
  return <H extends Handler<R>>(target: object, key: string, descriptor: TypedPropertyDescriptor<H>): void => {
    Reflect.defineMetadata(CONTRACT, route, descriptor.value as object);
    bind(target, key, descriptor);
  };
}

/** For the few handlers outside the table (webhooks, health, the document itself) that anybody may call. */
export function OpenToAll(): MethodDecorator {
  return (_target, _key, descriptor) => {
    Reflect.defineMetadata(OPEN, true, descriptor.value as object);
  };
}

export function contractOf(handler: object): Route | null {
  return (Reflect.getMetadata(CONTRACT, handler) as Route | undefined) ?? null;
}

export function isOpenToAll(handler: object): boolean {
  return Reflect.getMetadata(OPEN, handler) === true;
}

/** The parsed request of the method's contract. Runs after the guard, so nobody unknown gets a body parsed. */
export const Input = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const route = contractOf(context.getHandler());
  if (route === null) throw new Error(`${context.getHandler().name} has @Input() but no @Contract().`);
  return readRequest(route, context.switchToHttp().getRequest<FastifyRequest>());
});

/** @throws Refusal `request.invalid` with the paths that are wrong, or one of the `body.*` codes */
export function readRequest<R extends Route>(route: R, request: FastifyRequest): RouteRequest<R> {
  const errors: { path: string; message: string }[] = [];
  const read = (part: string, schema: z.ZodType | undefined, value: unknown): unknown => {
    if (schema === undefined) return undefined;
    if (part !== 'body' && JSON.stringify(value).includes('\\u0000')) {
      errors.push({ path: part, message: 'the character U+0000 is not accepted' });
      return undefined;
    }
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    errors.push(
      ...result.error.issues.map((issue) => ({
        path: [part, ...issue.path.map(String)].join('.'),
        message: issue.message,
      })),
    );
    return undefined;
  };
  const input = {
    params: read('params', route.params, request.params),
    query: read('query', route.query, request.query),
    headers: read('headers', route.headers, request.headers),
    body: read('body', route.body, route.body === undefined ? undefined : jsonOf(request, route.maxBodyKeys)),
  };
  if (errors.length > 0) {
    const first = errors[0];
    throw new Refusal(
      'request.invalid',
      `${first?.path}: ${first?.message}${errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''}`,
      {
        errors: errors.slice(0, 100),
      },
    );
  }
  return input as RouteRequest<R>;
}

function jsonOf(request: FastifyRequest, maxKeys: number | undefined): unknown {
  const body = request.body as Buffer | undefined;
  if (body === undefined || body.length === 0) return {};
  if (!isMediaType(request.headers['content-type'], 'application/json')) {
    throw new Refusal('body.unsupported-type', 'Send the body as "Content-Type: application/json", encoded as UTF-8.');
  }
  return parseJsonBody(body, maxKeys);
}
