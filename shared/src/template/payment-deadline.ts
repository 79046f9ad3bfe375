import { draw, QUICK_RETRY, shopStep } from './draw.js';
import type { Template } from './template.js';

const MINUTE = 60_000;

/** Begins with an event, waits for the first of two things, and tells others how it went. */
export const paymentDeadline: Template = {
  id: 'payment-deadline',
  name: 'Payment before a deadline',
  description:
    'An event reserves stock. If the payment for the same order comes in time it is shipped and others are told; if not, the stock goes back.',
  graph: draw(
    [
      {
        id: 'placed',
        kind: 'trigger.event',
        name: 'Order placed',
        event: { type: 'order.placed' },
        sample: { orderId: 'order-3001', sku: 'SKU-1', quantity: 1 },
      },
      shopStep(
        'reserve',
        'Reserve stock',
        'reserve',
        {
          orderId: '{{ trigger.data.orderId }}',
          sku: '{{ trigger.data.sku }}',
          quantity: '{{ trigger.data.quantity }}',
        },
        QUICK_RETRY,
      ),
      {
        id: 'paid-in-time',
        kind: 'race',
        name: 'Paid in time?',
        arms: [
          {
            id: 'paid',
            label: 'paid',
            kind: 'event',
            event: {
              type: 'payment.received',
              correlation: { path: 'data.orderId', value: '{{ trigger.data.orderId }}' },
            },
          },
          { id: 'late', label: 'after 15 minutes', kind: 'timer', delay: { kind: 'for', durationMs: 15 * MINUTE } },
        ],
      },
      shopStep(
        'ship',
        'Ship parcel',
        'ship',
        {
          orderId: '{{ trigger.data.orderId }}',
          reservationId: '{{ steps.reserveStock.output.body.reservationId }}',
        },
        QUICK_RETRY,
      ),
      {
        id: 'tell',
        kind: 'emit',
        name: 'Tell that it is shipped',
        event: {
          type: 'order.shipped',
          subject: '{{ trigger.data.orderId }}',
          data: {
            orderId: '{{ trigger.data.orderId }}',
            shipmentId: '{{ steps.shipParcel.output.body.shipmentId }}',
          },
        },
        undo: { kind: 'not-needed', reason: 'It is the last step: nothing is undone behind it.' },
      },
      { id: 'shipped', kind: 'end', name: 'Shipped' },
      {
        id: 'unpaid',
        kind: 'fail',
        name: 'Not paid',
        code: 'payment.missing',
        message: 'No payment came for {{ trigger.data.orderId }} in time.',
      },
    ],
    [
      'placed>reserve',
      'reserve>paid-in-time',
      'paid-in-time.paid>ship',
      'ship>tell',
      'tell>shipped',
      'paid-in-time.late>unpaid',
    ],
  ),
};
