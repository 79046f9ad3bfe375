/** The OpenAPI 3.1 document, generated from the route table: what it says is what the backend checks. */
import { z } from 'zod';
import { graphSchema } from '../graph/index.js';
import { failureSchema, jsonSchema } from '../kernel/index.js';
import type { Json, JsonObject } from '../kernel/index.js';
import { PROBLEMS, isProblemCode, problemSchema } from './problem.js';
import type { ProblemCode } from './problem.js';
import type { Route } from './route.js';
import { runEventSchema } from '../saga/journal.js';
import { apiKeySchema, meSchema } from './auth.js';
import { acceptedEventSchema, eventSchema, eventSummarySchema, storedEventSchema } from './events.js';
import { runSchema, runSummarySchema, undoPreviewSchema } from './runs.js';
import { taskSchema } from './tasks.js';
import { API_PREFIX, routes } from './table.js';
import {
  diagnosticSchema,
  runEndSchema,
  startedRunSchema,
  triggerInfoSchema,
  versionSummarySchema,
  workflowSchema,
  workflowSummarySchema,
} from './workflows.js';

const NAMES: readonly (readonly [z.ZodType, string])[] = [
  [graphSchema, 'Graph'],
  [failureSchema, 'Failure'],
  [problemSchema, 'Problem'],
  [runEventSchema, 'RunEvent'],
  [apiKeySchema, 'ApiKey'],
  [meSchema, 'Me'],
  [runSchema, 'Run'],
  [runSummarySchema, 'RunSummary'],
  [undoPreviewSchema, 'UndoPreview'],
  [runEndSchema, 'RunEnd'],
  [startedRunSchema, 'StartedRun'],
  [taskSchema, 'Task'],
  [eventSchema, 'Event'],
  [acceptedEventSchema, 'AcceptedEvent'],
  [eventSummarySchema, 'EventSummary'],
  [storedEventSchema, 'StoredEvent'],
  [diagnosticSchema, 'Diagnostic'],
  [triggerInfoSchema, 'Trigger'],
  [versionSummarySchema, 'Version'],
  [workflowSchema, 'Workflow'],
  [workflowSummarySchema, 'WorkflowSummary'],
];

type Mutable = Record<string, unknown>;

/** Problems that any route may answer, besides its own. */
function generalProblems(route: Route): ProblemCode[] {
  return [
    ...(route.params || route.query || route.headers || route.body ? (['request.invalid'] as const) : []),
    ...(route.body ? (['body.malformed', 'body.too-large', 'body.unsupported-type', 'ingest.busy'] as const) : []),
    ...(route.auth.kind === 'public' ? [] : (['auth.required', 'auth.forbidden'] as const)),
    'rate.limited',
    'service.unavailable',
  ];
}

export function openApiDocument(version: string): JsonObject {
  const components: Mutable = {};
  const paths: Record<string, Mutable> = {};

  for (const [name, route] of Object.entries(routes) as [string, Route][]) {
    const path = API_PREFIX + route.path.replace(/:([a-zA-Z]+)/g, '{$1}');
    (paths[path] ??= {})[route.method.toLowerCase()] = {
      operationId: name,
      summary: route.summary,
      tags: [route.tag],
      security: security(route),
      ...parameters(route, components),
      ...(route.body
        ? {
            requestBody: {
              required: true,
              content: Object.fromEntries(
                Object.entries({ 'application/json': route.body, ...route.otherBodies }).map(([type, body]) => [
                  type,
                  { schema: schemaOf(body, 'input', components) },
                ]),
              ),
            },
          }
        : {}),
      responses: { ...success(route, components), ...problems(route, components) },
    };
  }

  return {
    openapi: '3.1.0',
    info: {
      title: 'Sagawright',
      version,
      description:
        'Draw, publish, start and watch sagas. Every error is a problem document (RFC 9457) known by its `code`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths: paths as unknown as Json,
    components: {
      schemas: Object.fromEntries(Object.entries(components).sort(([a], [b]) => (a < b ? -1 : 1))) as Json,
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'sagawright_session' },
        csrf: { type: 'apiKey', in: 'header', name: 'X-CSRF-Token' },
        apiKey: { type: 'http', scheme: 'bearer', bearerFormat: 'wf_live_...' },
      },
    },
  };
}

function security(route: Route): Json {
  if (route.auth.kind === 'public') return [];
  const session: Json = route.method === 'GET' ? { session: [] } : { session: [], csrf: [] };
  return route.auth.kind === 'session' ? [session] : [session, { apiKey: [route.auth.scope] }];
}

function parameters(route: Route, components: Mutable): { parameters?: unknown[] } {
  const found = (['params', 'query', 'headers'] as const).flatMap((part) => {
    const shape = route[part];
    if (shape === undefined) return [];
    const schema = schemaOf(shape, 'input', components);
    const required = new Set(schema.required as string[] | undefined);
    return Object.entries(schema.properties as Record<string, unknown>).map(([name, property]) => ({
      name,
      in: { params: 'path', query: 'query', headers: 'header' }[part],
      required: part === 'params' || required.has(name),
      schema: property,
    }));
  });
  return found.length === 0 ? {} : { parameters: found };
}

function success(route: Route, components: Mutable): Mutable {
  if (route.response === undefined) return { 204: { description: 'Done' } };
  const content =
    route.response === 'event-stream'
      ? { 'text/event-stream': { schema: { type: 'string' } } }
      : { 'application/json': { schema: schemaOf(route.response, 'output', components) } };
  const free = route.freeAnswer === undefined ? {} : { default: { description: route.freeAnswer } };
  return { [route.status ?? 200]: { description: route.summary, content }, ...free };
}

function problems(route: Route, components: Mutable): Mutable {
  const codes = [...new Set([...generalProblems(route), ...(route.errors ?? [])])].filter(isProblemCode);
  const statuses = [...new Set(codes.map((code) => PROBLEMS[code].status))].sort();
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: codes
          .filter((code) => PROBLEMS[code].status === status)
          .map((code) => `\`${code}\`: ${PROBLEMS[code].title}`)
          .join('; '),
        content: { 'application/problem+json': { schema: schemaOf(problemSchema, 'output', components) } },
      },
    ]),
  );
}

/** The JSON Schema of a type; what it names moves to `components`, with `Input` behind the name where sent and received differ. */
function schemaOf(type: z.ZodType, io: 'input' | 'output', components: Mutable): Mutable {
  const named = z.registry<{ id: string }>();
  for (const [schema, id] of NAMES) named.add(schema, { id });
  const {
    $schema: _dialect,
    $defs: definitions = {},
    ...root
  } = z.toJSONSchema(type, {
    io,
    unrepresentable: 'any',
    metadata: named,
    override: ({ zodSchema, jsonSchema: schema }) => {
      if (zodSchema === (jsonSchema as unknown)) {
        for (const key of Object.keys(schema)) Reflect.deleteProperty(schema, key);
        schema.description = 'Any JSON value';
      }
    },
  }) as Mutable & { $defs?: Record<string, Mutable> };
  const renamed = new Map<string, string>();
  for (const name of Object.keys(definitions)) renamed.set(name, io === 'input' ? `${name}Input` : name);
  const pointed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(pointed);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => {
        if (key === '$ref' && typeof inner === 'string') {
          const target = inner.replace('#/$defs/', '');
          return [key, `#/components/schemas/${renamed.get(target) ?? target}`];
        }
        return [key, pointed(inner)];
      }),
    );
  };
  for (const [name, definition] of Object.entries(definitions)) {
    const { id: _id, ...schema } = definition;
    components[renamed.get(name) ?? name] = pointed(schema);
  }
  const { id, ...rest } = root as Mutable & { id?: string };
  if (typeof id !== 'string') return pointed(rest) as Mutable;
  const name = io === 'input' ? `${id}Input` : id;
  components[name] = pointed(rest);
  return { $ref: `#/components/schemas/${name}` };
}
