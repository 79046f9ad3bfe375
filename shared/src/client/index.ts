export * from './client.js';
export { createEventParser } from './event-parser.js';
export type { ServerSentEvent } from './event-parser.js';
export type { StreamFetch, StreamedEvent } from './stream.js';
