import type { SeenEvent } from '../../event/filter/index.js';
import type { IngestEvent } from './ingest.js';

type SeenParts = Pick<IngestEvent, 'eventId' | 'source' | 'type' | 'subject' | 'time' | 'data' | 'headers'>;

/** An event as filters see it. */
export function seenEvent({ eventId: id, source, type, subject, time, data, headers }: SeenParts): SeenEvent {
  return { id, source, type, subject, time, data, headers };
}
