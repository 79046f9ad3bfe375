import type { GivenEvent, IngestEvent } from './ingest.js';
import { LARGE_BYTES, takeOutLarge } from './payload.js';
import type { NewPayload } from './payload.js';
import { runKeys } from './run-keys.js';

/** Of a run that begins: what its journal says first. */
export interface FirstEntry {
  readonly runId: string;
  readonly workspaceId: string;
  /** Trigger node in the graph. */
  readonly triggerNode: string;
  readonly event: Omit<IngestEvent, 'contentHash' | 'contentType' | 'raw' | 'receipt'>;
  readonly given?: GivenEvent;
}

/** Columns of journal entry 1, and what the run is found by. */
export function firstEntry(first: FirstEntry): {
  body: string;
  payloads: readonly NewPayload[];
  keys: readonly string[];
} {
  const entry = entryOf(first);
  const body = JSON.stringify(entry);
  const light =
    body.length > LARGE_BYTES
      ? takeOutLarge('run.started', entry, { id: first.runId, workspaceId: first.workspaceId })
      : null;
  const keys = runKeys({ subject: first.event.subject, data: (first.given ?? first.event).data });
  return light === null
    ? { body, payloads: [], keys }
    : { body: JSON.stringify(light.body), payloads: light.payloads, keys };
}

function entryOf({ runId, triggerNode, event, given }: FirstEntry): object {
  const { eventId: id, source, type, subject, time } = event;
  const { data, headers } = given ?? event;
  return { runId, trigger: triggerNode, event: { id, source, type, subject, time, data, headers } };
}
