/** What the figures and the trace tell of outgoing calls: hosts, answers and times, never paths, bodies or headers. */
import { metrics, openSpan, writeTraceContext } from '../telemetry/index.js';
import type { Egress, EgressRequest, EgressResult } from './egress.js';
import type { Target } from './target.js';

/** Counts each call by what came of it. */
export function counted(
  call: Egress['request'],
  hostClass: (url: string) => 'public' | 'allowed' | 'none',
): Egress['request'] {
  return async (request) => {
    const began = performance.now();
    const result = await call(request);
    const host_class = hostClass(request.url);
    metrics.outboundRequests.inc({ host_class, code: codeOf(result) });
    metrics.outboundSeconds.observe({ host_class }, (performance.now() - began) / 1000);
    if (result.kind === 'refused') metrics.egressBlocked.inc({ reason: result.failure.code });
    return result;
  };
}

export interface Hop {
  /** Headers that tell the other side of the trace; empty without tracing. */
  readonly headers: Readonly<Record<string, string>>;
  answered(status: number): void;
  failed(code: string): void;
}

/** One request of a call, redirects being further ones: a span of its own. */
export function openHop({ url }: Target, { method }: EgressRequest): Hop {
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  const attributes = { 'http.request.method': method, 'server.address': url.hostname, 'server.port': port };
  const span = openSpan(method, { kind: 'client', attributes });
  return {
    headers: span.context === null ? {} : writeTraceContext(span.context),
    answered: (status) => {
      span.note({ 'http.response.status_code': status });
      span.end(status >= 400 ? String(status) : undefined);
    },
    failed: (code) => span.end(code),
  };
}

function codeOf(result: EgressResult): string {
  return result.kind === 'answered' ? String(result.status) : result.kind;
}
