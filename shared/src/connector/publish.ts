/**
 * The connector that is no outside service: its one operation puts an event into the workspace's own store.
 *
 * It stands in the catalogue so that an undo can publish as well: what was told stays told, and "cancelled" is another event.
 */
import { z } from 'zod';
import type { connectorManifestSchema } from './manifest.js';

export const EVENTS_CONNECTOR = 'events';
export const PUBLISH_OPERATION = 'publish';

/** Attributes are what CloudEvents make of them: 1 to 255 characters without control characters. */
const attribute = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(
    z
      .string()
      .min(1)
      .max(255)
      .regex(/^[^\p{Cc}\p{Cs}]*$/u),
  );
const optional = z.preprocess((value) => (value === '' || value === null ? undefined : value), attribute.optional());

/** What is evaluated of the step that publishes, besides the data. */
export const publishInputSchema = z.object({
  type: attribute,
  subject: optional,
  partitionKey: optional,
  workflow: optional,
});

export const events: z.input<typeof connectorManifestSchema> = {
  id: EVENTS_CONNECTOR,
  name: 'Events',
  description: 'The events of this workspace: what is published starts the workflows that listen for it.',
  icon: 'radio',
  operations: {
    [PUBLISH_OPERATION]: {
      title: 'Publish an event',
      description: 'Stores an event once, starts the workflows that it matches and wakes the runs that wait for it.',
      synonyms: ['emit', 'send', 'notify', 'announce', 'event'],
      effect: 'keyed',
      input: {
        type: 'object',
        properties: {
          type: { type: 'string', title: 'Event type', examples: ['order.cancelled'] },
          subject: { type: 'string', title: 'Subject', examples: ['orders/42'] },
          data: { type: 'any', title: 'Data', format: 'json' },
          partitionKey: { type: 'string', title: 'Partition key' },
          workflow: { type: 'string', title: 'Only this workflow (id)' },
        },
        required: ['type'],
      },
      outputSample: {
        id: '0197:announce:forward',
        source: '/workflows/0197',
        type: 'order.cancelled',
        position: 42,
        runs: ['0197'],
      },
    },
  },
};
