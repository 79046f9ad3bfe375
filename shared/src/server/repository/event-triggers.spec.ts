import { describe, expect, it } from '@jest/globals';
import type { Json } from '../../kernel/index.js';
import { uuidv7 } from '../ids.js';
import { triggersFor } from './event-triggers.js';
import type { IngestEvent } from './ingest.js';
import type { LiveTrigger } from './live-triggers.js';

const event = (data: Json): IngestEvent => ({
  source: '/shop',
  eventId: 'e',
  type: 'order',
  subject: null,
  time: new Date(0).toISOString(),
  contentHash: Buffer.alloc(32),
  contentType: 'application/json',
  raw: Buffer.alloc(0),
  data,
  headers: {},
  receipt: null,
});

const trigger = (filter: Json, versionId = uuidv7()): LiveTrigger => ({
  triggerId: uuidv7(),
  workspaceId: uuidv7(),
  workflowId: uuidv7(),
  versionId,
  triggerNode: 'start',
  settings: { kind: 'trigger.event', event: { type: 'order', filter } } as LiveTrigger['settings'],
});

/** An object whose one field counts how often it is read. */
function counted(name: string, value: Json): { object: Record<string, Json>; reads: () => number } {
  let reads = 0;
  const object = Object.defineProperty({}, name, { enumerable: true, get: () => ((reads += 1), value) });
  return { object, reads: () => reads };
}

describe('the triggers of an event', () => {
  it('are found by taking the event apart once', () => {
    const data = counted('total', 5);
    const triggers = [4, 5, 6, 5].map((total) => trigger({ data: { total: [total] } }));
    expect(triggersFor(event(data.object), triggers)).toEqual([triggers[1], triggers[3]]);
    expect(data.reads()).toBe(1);
  });

  it('have their filter read once per version, whether it can be read or not', () => {
    for (const [tests, wanted] of [[[5], 1] as const, [['x', []], 0] as const]) {
      const filter = counted('data', { total: tests });
      const one = trigger(filter.object);
      expect(triggersFor(event({ total: 5 }), [one])).toHaveLength(wanted);
      const reads = filter.reads();
      expect(triggersFor(event({ total: 5 }), [one])).toHaveLength(wanted);
      expect(filter.reads()).toBe(reads);
      expect(triggersFor(event({ total: 5 }), [trigger({ data: { total: [7] } })])).toHaveLength(0);
    }
  });
});
