/**
 * Every request as a figure by route and status, and as a span of the caller's trace. Addresses are told as their routes only:
 * some of them hold what nobody else may know.
 */
import { metrics, openSpan, readTraceContext } from '@sagawright/shared/server';
import type { OpenSpan } from '@sagawright/shared/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export function observeRequests(fastify: FastifyInstance): void {
  const spans = new WeakMap<FastifyRequest, OpenSpan>();
  fastify.addHook('onRequest', (request, _reply, done) => {
    const { method, headers } = request;
    const span = openSpan(`${method} ${routeOf(request)}`, {
      kind: 'server',
      parent: readTraceContext(headers) ?? readTraceContext(headers, 'ce-'),
      attributes: { 'http.request.method': method, 'http.route': routeOf(request) },
    });
    spans.set(request, span);
    span.within(done);
  });
  // The body comes by events of the socket, which know nothing of the request.
  fastify.addHook('preValidation', (request, _reply, done) => {
    const span = spans.get(request);
    if (span === undefined) done();
    else span.within(done);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const { statusCode } = reply;
    const labels = { route: routeOf(request), method: request.method, code: String(statusCode) };
    // Streams take as long as somebody reads them.
    if (!isStream(reply)) metrics.httpRequests.observe(labels, reply.elapsedTime / 1000);
    const span = spans.get(request);
    span?.note({ 'http.response.status_code': statusCode });
    span?.end(statusCode >= 500 ? String(statusCode) : undefined);
    done();
  });
}

function routeOf({ routeOptions }: FastifyRequest): string {
  return routeOptions.url ?? 'none';
}

/** Event streams are taken out of the framework's hands. */
function isStream(reply: FastifyReply): boolean {
  return reply.raw.headersSent && reply.getHeader('content-type') === undefined && reply.raw.statusCode === 200;
}
