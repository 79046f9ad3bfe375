import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';

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
 * this is the second wall only: whoever logs picks fields, and never logs whole requests.
 */
export function createLogger(options: { name: string; level: string; destination?: DestinationStream }): Logger {
  const paths = SECRET_KEYS.flatMap((key) => [`["${key}"]`, `*["${key}"]`, `*.*["${key}"]`]);
  const settings = { name: options.name, level: options.level, redact: { paths, censor: '[redacted]' } };
  return options.destination ? pino(settings, options.destination) : pino(settings);
}

/** For tests and tools that must say nothing. */
export const silentLogger: Logger = pino({ level: 'silent' });
