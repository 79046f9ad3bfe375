/** One attempt of a connector's operation: the manifest's request, filled with the evaluated input, and its answer in the saga's words. */
import type { ConnectorManifest, OperationManifest } from '../../connector/index.js';
import { FailureError, failure, isJsonObject } from '../../kernel/index.js';
import type { Failure, Json, JsonObject } from '../../kernel/index.js';
import type { AttemptResult } from '../../saga/index.js';
import type { EffectClass } from '../../graph/index.js';
import type { Egress, EgressRequest } from './egress.js';
import { fillRequest } from './request-template.js';

export interface CallContext {
  readonly egress: Egress;
  readonly idempotencyKey: string;
  readonly timeoutMs: number;
  /** Values of the settings that connectors name as their base URL, such as `DEMO_SHOP_URL`. */
  readonly settings: Readonly<Record<string, string | null>>;
  readonly signal?: AbortSignal;
  /** The step's own class when the author made it stricter. */
  readonly effect?: EffectClass;
  readonly onSent?: () => void;
  /** Resolves when a call to `host:port` may be made; rejects when it is not to be made at all. */
  readonly awaitRate?: (destination: string) => Promise<void>;
}

/** Never throws. An input named `headers` or `query` that the operation declares is added to the request as such. */
export async function callOperation(
  connector: ConnectorManifest,
  operation: OperationManifest,
  input: JsonObject,
  context: CallContext,
): Promise<AttemptResult> {
  let request: EgressRequest;
  try {
    request = await toRequest(connector, operation, input, context);
  } catch (error) {
    return {
      kind: 'failed',
      failure:
        error instanceof FailureError
          ? error.failure
          : failure('bug', 'operation.request', 'The request could not be made.'),
    };
  }
  try {
    if (context.awaitRate !== undefined) await context.awaitRate(destinationOf(request.url));
  } catch {
    const message = `"${destinationOf(request.url)}" takes no more calls for now: its rate is used up, or could not be asked for.`;
    return { kind: 'failed', failure: failure('operational', 'egress.rate', message) };
  }
  const answer = await context.egress.request(request);
  switch (answer.kind) {
    case 'refused':
    case 'not-sent':
      return { kind: 'failed', failure: answer.failure };
    case 'unknown':
      return { kind: 'unknown', failure: answer.failure };
    case 'answered':
      return toResult(answer.status, answer.headers, answer.body, context.effect ?? operation.effect);
  }
}

/** `host:port`, as rates name it; what is no URL is refused by the door. */
function destinationOf(url: string): string {
  if (!URL.canParse(url)) return '';
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`;
}

async function toRequest(
  connector: ConnectorManifest,
  operation: OperationManifest,
  input: JsonObject,
  context: CallContext,
): Promise<EgressRequest> {
  const missing = operation.input.required.filter(
    (name) => input[name] === undefined || input[name] === null || input[name] === '',
  );
  if (missing.length > 0) {
    throw new FailureError(
      failure(
        'user',
        'operation.input',
        `"${operation.title}" needs ${missing.map((name) => `"${name}"`).join(', ')}; fill it in, or check the data it comes from.`,
      ),
    );
  }
  const { request } = operation;
  if (request === undefined) {
    const message = `"${operation.title}" makes no request: the engine does it itself.`;
    throw new FailureError(failure('bug', 'operation.request', message));
  }
  const { idempotencyHeader } = request;
  const filled = await fillRequest(request, {
    input,
    connector: { baseUrl: baseUrlOf(connector, context.settings) },
  });
  let url = asText(filled.url);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(filled.headers)) headers[name] = asText(value);
  if ('headers' in operation.input.properties && isJsonObject(input['headers'])) {
    for (const [name, value] of Object.entries(input['headers'])) headers[name.toLowerCase()] = asText(value);
  }
  if (idempotencyHeader !== undefined) headers[idempotencyHeader.toLowerCase()] = context.idempotencyKey;
  if ('query' in operation.input.properties && isJsonObject(input['query'])) url = withQuery(url, input['query']);
  const body = filled.body ?? null;
  const hasBody = body !== null && body !== '';
  if (hasBody && headers['content-type'] === undefined)
    headers['content-type'] = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
  return {
    method: asText(filled.method).toUpperCase(),
    url,
    headers,
    ...(hasBody ? { body: typeof body === 'string' ? body : JSON.stringify(body) } : {}),
    ...(idempotencyHeader === undefined ? {} : { secretHeaders: [idempotencyHeader] }),
    timeoutMs: context.timeoutMs,
    // The author's time for an attempt is meant for thinking too: a slow service is not a dead one.
    headersTimeoutMs: context.timeoutMs,
    ...(context.signal ? { signal: context.signal } : {}),
    ...(context.onSent ? { onSent: context.onSent } : {}),
  };
}

function baseUrlOf(connector: ConnectorManifest, settings: CallContext['settings']): string | null {
  if (connector.baseUrl === undefined) return null;
  if ('fixed' in connector.baseUrl) return connector.baseUrl.fixed;
  const value = settings[connector.baseUrl.setting];
  if (!value)
    throw new FailureError(
      failure(
        'operational',
        'operation.setting',
        `${connector.name} has no address here: set ${connector.baseUrl.setting} and start again.`,
      ),
    );
  return value.replace(/\/+$/, '');
}

function withQuery(text: string, query: JsonObject): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return text; // The egress door says what is wrong with it.
  }
  for (const [name, value] of Object.entries(query)) if (value !== null) url.searchParams.append(name, asText(value));
  return url.href;
}

function asText(value: Json | undefined): string {
  return typeof value === 'string' ? value : value === null || value === undefined ? '' : JSON.stringify(value);
}

function toResult(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  effect: EffectClass,
): AttemptResult {
  const content = readContent(headers['content-type'] ?? '', body);
  if (status >= 200 && status < 300)
    return { kind: 'succeeded', output: { status, headers: curated(headers), body: content } };
  const transient = status === 408 || status === 425 || status === 429 || status >= 500;
  const problem: Failure = failure(
    transient ? 'operational' : 'user',
    `http.status.${status}`,
    `The service answered ${status}${messageIn(content)}`,
    { status, body: excerpt(content) },
  );
  // A gateway or a crashed handler says nothing about what the service had done by then. Where nothing is done at all that
  // is a plain failure; everything else may have taken place, and is undone unless another attempt tells more (S11, S14).
  const harmless = effect === 'pure' || effect === 'read';
  if (!harmless && (status === 500 || status === 502 || status === 504 || status === 408))
    return { kind: 'unknown', failure: problem };
  const retryAfterMs = status === 429 || status === 503 ? retryAfter(headers['retry-after']) : null;
  return retryAfterMs === null
    ? { kind: 'failed', failure: problem }
    : { kind: 'failed', failure: problem, retryAfterMs };
}

function retryAfter(value: string | undefined): number | null {
  if (value === undefined || value === '') return null;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}

function readContent(contentType: string, body: Buffer): Json {
  const text = body.toString('utf8');
  if (text === '') return null;
  if (/[/+]json\b/i.test(contentType)) {
    try {
      return JSON.parse(text) as Json;
    } catch {
      return text; // Declared as JSON and is not: kept as it came.
    }
  }
  return text;
}

const KEPT_HEADERS = [
  'content-type',
  'date',
  'etag',
  'last-modified',
  'location',
  'link',
  'retry-after',
  'x-request-id',
  'idempotency-replayed',
];

function curated(headers: Readonly<Record<string, string>>): JsonObject {
  const kept: Record<string, Json> = {};
  for (const name of KEPT_HEADERS) {
    const value = headers[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

function messageIn(content: Json): string {
  const message = isJsonObject(content)
    ? (content['message'] ?? content['detail'] ?? content['title'] ?? content['error'])
    : content;
  return typeof message === 'string' && message !== '' ? `: ${message.slice(0, 500)}` : '.';
}

function excerpt(content: Json): Json {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return text.length <= 4000 ? content : `${text.slice(0, 4000)}…`;
}
