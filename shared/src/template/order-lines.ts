import { draw, QUICK_RETRY, shopStep } from './draw.js';
import type { Template } from './template.js';

/** A loop: the same for each line of an order, some at a time, and all of it undone if one cannot be done. */
export const orderLines: Template = {
  id: 'order-lines',
  name: 'Each line of an order',
  description:
    'Reserves the articles of an order three at a time and charges once all are there. If one is missing, the others go back.',
  graph: draw(
    [
      {
        id: 'order',
        kind: 'trigger.webhook',
        name: 'Order received',
        scheme: 'standard-webhooks',
        sample: {
          orderId: 'order-5001',
          amountCents: 12_300,
          lines: [
            { sku: 'SKU-1', quantity: 2 },
            { sku: 'SKU-2', quantity: 1 },
          ],
        },
      },
      {
        id: 'each-line',
        kind: 'for-each',
        name: 'Each line',
        items: '{{ trigger.data.lines }}',
        mode: { kind: 'parallel', limit: 3 },
      },
      {
        ...shopStep(
          'reserve',
          'Reserve article',
          'reserve',
          {
            orderId: '{{ trigger.data.orderId }}-{{ index }}',
            sku: '{{ item.sku }}',
            quantity: '{{ item.quantity }}',
          },
          QUICK_RETRY,
        ),
        parent: 'each-line',
      },
      shopStep(
        'charge',
        'Charge card',
        'charge',
        { orderId: '{{ trigger.data.orderId }}', amountCents: '{{ trigger.data.amountCents }}' },
        QUICK_RETRY,
      ),
      {
        id: 'done',
        kind: 'end',
        name: 'Order taken',
        output: {
          lines: '{{ steps.eachLine.output.count }}',
          chargeId: '{{ steps.chargeCard.output.body.chargeId }}',
        },
      },
    ],
    ['order>each-line', 'each-line.body>reserve', 'each-line>charge', 'charge>done'],
  ),
};
