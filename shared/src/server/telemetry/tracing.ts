/**
 * Traces by OpenTelemetry: off until `startTracing`, and then nothing costs more than a look at a variable.
 *
 * 1. The current span follows the work over its awaits; whoever has no span of its own need not know of any.
 * 2. A span never changes what the work does: its errors are passed on, its result is the work's.
 * 3. No bodies, no secrets: attributes are ids, names of steps and codes.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes, Context, Span, SpanContext, Tracer } from '@opentelemetry/api';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { writeTraceContext } from './trace-context.js';

export interface TracingOptions {
  /** Where spans go: the base address of an OTLP collector that takes HTTP. */
  readonly endpoint: string;
  readonly room: 'backend' | 'worker';
  readonly version: string;
  /** For tests: takes the spans at once, instead of the collector. */
  readonly exporter?: SpanExporter;
}

export interface SpanWish {
  readonly kind?: 'server' | 'client' | 'producer' | 'consumer' | 'internal';
  readonly attributes?: Attributes;
  /** Where the trace comes from; absent = from the current span, null = a new trace. */
  readonly parent?: SpanContext | null;
  /** What caused it besides: of an asynchronous hop, the span that sent it. */
  readonly links?: readonly (SpanContext | null)[];
}

export interface OpenSpan {
  /** Does the work as part of the span. */
  within<T>(work: () => T): T;
  /** Adds facts that were not known at the beginning. */
  note(attributes: Attributes): void;
  /** @param error a code that says what went wrong; absent = nothing did */
  end(error?: string): void;
  /** As the next hop is told. */
  readonly context: SpanContext | null;
}

const current = new AsyncLocalStorage<Context>();
let tracer: Tracer | null = null;

/** @returns what sends the rest and stops */
export async function startTracing({
  endpoint,
  room,
  version,
  exporter,
}: TracingOptions): Promise<() => Promise<void>> {
  const { BasicTracerProvider, BatchSpanProcessor, SimpleSpanProcessor } =
    await import('@opentelemetry/sdk-trace-base');
  const { resourceFromAttributes } = await import('@opentelemetry/resources');
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': `sagawright-${room}`, 'service.version': version }),
    spanProcessors: [
      exporter === undefined
        ? new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` }))
        : new SimpleSpanProcessor(exporter),
    ],
  });
  tracer = provider.getTracer('sagawright', version);
  return async () => {
    tracer = null;
    await provider.shutdown();
  };
}

export function isTracing(): boolean {
  return tracer !== null;
}

/** A span that is ended by hand. Without tracing it does nothing. */
export function openSpan(
  name: string,
  { kind = 'internal', attributes = {}, parent, links = [] }: SpanWish = {},
): OpenSpan {
  if (tracer === null) return NO_SPAN;
  const from = parent === undefined ? (current.getStore() ?? ROOT_CONTEXT) : contextOf(parent);
  const settings = {
    kind: KINDS[kind],
    attributes,
    links: links.flatMap((context) => (context === null ? [] : [{ context }])),
  };
  const span = tracer.startSpan(name, settings, from);
  const context = trace.setSpan(from, span);
  return {
    within: (work) => current.run(context, work),
    note: (facts) => void span.setAttributes(facts),
    end: (error) => close(span, error),
    context: span.spanContext(),
  };
}

/** The work as a span of its own; what it throws ends the span as an error and is thrown on. */
export async function inSpan<T>(name: string, wish: SpanWish, work: (span: OpenSpan) => Promise<T>): Promise<T> {
  const span = openSpan(name, wish);
  if (span === NO_SPAN) return work(span);
  try {
    const result = await span.within(() => work(span));
    span.end();
    return result;
  } catch (error) {
    span.end(codeOf(error));
    throw error;
  }
}

/** What the work that goes on is part of; null without one. */
export function currentSpan(): SpanContext | null {
  const context = tracer === null ? undefined : current.getStore();
  return context === undefined ? null : (trace.getSpanContext(context) ?? null);
}

/** `traceparent` and `tracestate` of the current span; empty without one. */
export function currentTraceHeaders(): Record<string, string> {
  const span = currentSpan();
  return span === null ? {} : writeTraceContext(span);
}

const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const;

const NO_SPAN: OpenSpan = { within: (work) => work(), note: () => undefined, end: () => undefined, context: null };

function contextOf(parent: SpanContext | null): Context {
  return parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
}

/** An ended span takes nothing more, so ending it twice does no harm. */
function close(span: Span, error: string | undefined): void {
  if (error !== undefined && span.isRecording()) {
    span.setAttribute('error.type', error);
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  if (span.isRecording()) span.end();
}

function codeOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string')
    return error.code;
  return error instanceof Error ? error.name : 'unknown';
}
