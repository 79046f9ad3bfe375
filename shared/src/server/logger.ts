import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';
import { currentSpan } from './telemetry/index.js';

export type { Logger } from 'pino';

const SECRET_KEYS = [
  'password',
  'secret',
  'token',
  'authorization',
  'cookie',
  'apiKey',
  'sealingKey',
  'set-cookie',
  'x-api-key',
];

/**
 * JSON lines on standard output. Values under well-known secret names are replaced at the top level and two levels down;
 * this is the second wall only: whoever logs picks fields, and never logs whole requests. What is said as part of a trace names it
 * (`trace_id`, `span_id`), so that lines and spans are found by each other.
 */
export function createLogger(options: { name: string; level: string; destination?: DestinationStream }): Logger {
  const paths = SECRET_KEYS.flatMap((key) => [`["${key}"]`, `*["${key}"]`, `*.*["${key}"]`]);
  const settings = { name: options.name, level: options.level, redact: { paths, censor: '[redacted]' }, mixin: place };
  return options.destination ? pino(settings, options.destination) : pino(settings);
}

function place(): { trace_id?: string; span_id?: string } {
  const span = currentSpan();
  return span === null ? {} : { trace_id: span.traceId, span_id: span.spanId };
}

/** For tests and tools that must say nothing. */
export const silentLogger: Logger = pino({ level: 'silent' });
