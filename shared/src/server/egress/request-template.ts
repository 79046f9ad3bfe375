/** The request of an operation, read once and filled for every call. */
import { compileTemplate, NOT_FAST } from '../../expression/index.js';
import type { CompiledTemplate, TemplateScope } from '../../expression/index.js';
import type { OperationManifest } from '../../connector/index.js';
import type { Json, JsonObject } from '../../kernel/index.js';

export interface FilledRequest {
  readonly method: Json;
  readonly url: Json;
  /** Names in lower case. */
  readonly headers: JsonObject;
  /** Undefined for an operation that sends none. */
  readonly body?: Json;
}

/** Manifests do not change; one that is gone takes its template along. */
const known = new WeakMap<OperationManifest, CompiledTemplate>();

/** @throws FailureError `expression.*`; the first problem in the order method, address, headers, body */
export async function fillRequest(operation: OperationManifest, scope: TemplateScope): Promise<FilledRequest> {
  const template = known.get(operation) ?? prepare(operation);
  const filled = template.evaluateNow(scope);
  return (filled === NOT_FAST ? await template.evaluate(scope) : filled) as unknown as FilledRequest;
}

function prepare(operation: OperationManifest): CompiledTemplate {
  const { method, url, headers, body } = operation.request;
  const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const template = compileTemplate({ method, url, headers: named, ...(body === undefined ? {} : { body }) });
  known.set(operation, template);
  return template;
}
