import { draw, QUICK_RETRY } from './draw.js';
import type { Template } from './template.js';

/** The shortest useful workflow: pass an event on, reliably. */
export const webhookToHttp: Template = {
  id: 'webhook-to-http',
  name: 'Webhook to HTTP',
  description: 'Receives a signed event, shapes it, and delivers it to a URL with retries and an idempotency key.',
  graph: draw(
    [
      {
        id: 'event',
        kind: 'trigger.webhook',
        name: 'Event received',
        scheme: 'standard-webhooks',
        sample: { type: 'customer.created', customer: { id: 'c-1', email: 'ada@example.com' } },
      },
      {
        id: 'shape',
        kind: 'transform',
        name: 'Shape message',
        values: { customerId: '{{ trigger.data.customer.id }}', email: '{{ trigger.data.customer.email }}' },
      },
      {
        id: 'deliver',
        kind: 'action',
        name: 'Deliver',
        connector: 'http',
        operation: 'request',
        input: { method: 'POST', url: 'https://api.example.com/customers', body: '{{ steps.shapeMessage.output }}' },
        retry: QUICK_RETRY,
        undo: { kind: 'not-needed', reason: 'Delivering a message changes nothing that has to be taken back.' },
      },
      { id: 'done', kind: 'end', name: 'Delivered', output: { status: '{{ steps.deliver.output.status }}' } },
    ],
    ['event>shape', 'shape>deliver', 'deliver>done'],
  ),
};
