/**
 * What the figures and the trace tell of events at the doors.
 *
 * 1. An event that names its own trace (the CloudEvents extension `traceparent`) stays in it, and its extension stays as it
 *    came; the request that brought it is linked. Any other event belongs to the trace of its request.
 * 2. The event keeps the span of its ingest under the header `traceparent`: whatever it starts goes on from there, at once or
 *    in a year.
 */
import { isMediaType } from '../door/media-type.js';
import { currentSpan, metrics, openSpan, readTraceContext, writeTraceContext } from '@sagawright/shared/server';
import type { IngestEvent, OpenSpan } from '@sagawright/shared/server';
import type { Verification } from '@sagawright/shared/event';
import { Refusal } from '../refusal.js';

export type IngestSource = 'webhook' | 'api' | 'start';
export type IngestMode = 'structured' | 'binary' | 'batched' | 'json' | 'form' | 'raw';

/** @param hasAttributes whether there are headers `ce-...` */
export function ingestModeOf(contentType: string, hasAttributes: boolean): IngestMode {
  const type = contentType.trim().toLowerCase();
  if (type.startsWith('application/cloudevents-batch')) return 'batched';
  if (type.startsWith('application/cloudevents')) return 'structured';
  if (hasAttributes) return 'binary';
  if (isMediaType(contentType, 'application/x-www-form-urlencoded')) return 'form';
  return isMediaType(contentType, 'application/json') ? 'json' : 'raw';
}

/** Stores an event as a span of its own and counts what became of it. */
export async function ingested<A extends { readonly duplicate: boolean }>(
  source: IngestSource,
  mode: IngestMode,
  event: IngestEvent,
  store: (event: IngestEvent) => Promise<A>,
): Promise<A> {
  const [answer] = await ingestedAll(source, mode, [event], async ([traced = event]) => [await store(traced)]);
  if (answer === undefined) throw new Error('Ingest gave no answer; this is a bug.');
  return answer;
}

/** The same for several in one commit. `store` answers for each, in order. */
export async function ingestedAll<A extends { readonly duplicate: boolean }>(
  source: IngestSource,
  mode: IngestMode,
  events: readonly IngestEvent[],
  store: (events: readonly IngestEvent[]) => Promise<A[]>,
): Promise<A[]> {
  const spans = events.map((event) => ingestSpan(event, mode));
  try {
    const answers = await store(events.map((event, index) => withTrace(event, spans[index])));
    answers.forEach(({ duplicate }, index) => {
      spans[index]?.note({ 'workflow.ingest.duplicate': duplicate });
      spans[index]?.end();
      metrics.eventsIngested.inc({ source, mode, result: duplicate ? 'duplicate' : 'accepted' });
      if (duplicate) metrics.dedupHits.inc({ source });
    });
    return answers;
  } catch (error) {
    const result = refusalOf(error);
    for (const span of spans) span.end(result);
    metrics.eventsIngested.inc({ source, mode, result }, events.length);
    throw error;
  }
}

/** Counts requests that are refused before there is an event. */
export function refused<T>(source: IngestSource, mode: IngestMode, read: () => T): T {
  try {
    return read();
  } catch (error) {
    metrics.eventsIngested.inc({ source, mode, result: refusalOf(error) });
    throw error;
  }
}

/** Counts a look at the proof of a delivery, or at a handshake. */
export function countVerification(provider: string, verified: Verification | 'answered'): void {
  if (verified === 'answered') metrics.webhookVerifications.inc({ provider, result: 'answered', reason: 'none' });
  else if (verified.ok) metrics.webhookVerifications.inc({ provider, result: 'accepted', reason: 'none' });
  else metrics.webhookVerifications.inc({ provider, result: 'refused', reason: verified.reason });
}

function ingestSpan({ eventId, source, type, subject, headers, raw }: IngestEvent, mode: IngestMode): OpenSpan {
  const own = readTraceContext(headers, 'ce-');
  const request = currentSpan();
  const staysInOwn = own !== null && own.traceId !== request?.traceId;
  return openSpan('ingest', {
    kind: 'producer',
    ...(staysInOwn ? { parent: own, links: [request] } : {}),
    attributes: {
      'cloudevents.event_id': eventId,
      'cloudevents.event_source': source,
      'cloudevents.event_type': type,
      ...(subject === null ? {} : { 'cloudevents.event_subject': subject }),
      'messaging.operation.name': 'ingest',
      'messaging.operation.type': 'create',
      'messaging.message.body.size': raw.length,
      'workflow.ingest.mode': mode,
    },
  });
}

function withTrace(event: IngestEvent, span: OpenSpan | undefined): IngestEvent {
  if (!span?.context) return event;
  return { ...event, headers: { ...event.headers, ...writeTraceContext(span.context) } };
}

function refusalOf(error: unknown): 'busy' | 'refused' | 'failed' {
  if (!(error instanceof Refusal)) return 'failed';
  return error.code === 'ingest.busy' ? 'busy' : 'refused';
}
