/** The request of an operation, read once and filled for every call. */
import { compileTemplate, NOT_FAST } from '../../expression/index.js';
import type { CompiledTemplate, TemplateScope } from '../../expression/index.js';
import type { OperationManifest } from '../../connector/index.js';
import type { Json, JsonObject } from '../../kernel/index.js';

export type RequestManifest = NonNullable<OperationManifest['request']>;

export interface FilledRequest {
  readonly method: Json;
  readonly url: Json;
  /** Names in lower case. */
  readonly headers: JsonObject;
  /** Undefined for an operation that sends none. */
  readonly body?: Json;
}

/** Manifests do not change; one that is gone takes its template along. */
const known = new WeakMap<RequestManifest, CompiledTemplate>();

/** @throws FailureError `expression.*`; the first problem in the order method, address, headers, body */
export async function fillRequest(request: RequestManifest, scope: TemplateScope): Promise<FilledRequest> {
  const template = known.get(request) ?? prepare(request);
  const filled = template.evaluateNow(scope);
  return (filled === NOT_FAST ? await template.evaluate(scope) : filled) as unknown as FilledRequest;
}

function prepare(request: RequestManifest): CompiledTemplate {
  const { method, url, headers, body } = request;
  const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const template = compileTemplate({ method, url, headers: named, ...(body === undefined ? {} : { body }) });
  known.set(request, template);
  return template;
}
