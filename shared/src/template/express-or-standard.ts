import { draw, QUICK_RETRY, shopStep } from './draw.js';
import type { Template } from './template.js';

/** A computed value, a decision and a wait on the way of a saga. */
export const expressOrStandard: Template = {
  id: 'express-or-standard',
  name: 'Express or standard',
  description:
    'Adds up an order, charges it, and ships small orders at once and large ones after a pause in which it can be stopped.',
  graph: draw(
    [
      {
        id: 'order',
        kind: 'trigger.manual',
        name: 'Order placed',
        sample: { orderId: 'order-2001', sku: 'SKU-1', quantity: 3, priceCents: 1900 },
      },
      {
        id: 'total',
        kind: 'transform',
        name: 'Add up',
        values: { amountCents: '{{ trigger.data.quantity * trigger.data.priceCents }}' },
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
        id: 'way',
        kind: 'branch',
        name: 'Express?',
        cases: [{ id: 'express', label: 'below 100.00', when: '{{ steps.addUp.output.amountCents < 10000 }}' }],
      },
      { id: 'pause', kind: 'delay', name: 'Time to object', delay: { kind: 'for', durationMs: 5000 } },
      shopStep(
        'charge',
        'Charge card',
        'charge',
        { orderId: '{{ trigger.data.orderId }}', amountCents: '{{ steps.addUp.output.amountCents }}' },
        QUICK_RETRY,
      ),
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
        id: 'shipped',
        kind: 'end',
        name: 'Shipped',
        output: { shipmentId: '{{ steps.shipParcel.output.body.shipmentId }}' },
      },
    ],
    [
      'order>total',
      'total>reserve',
      'reserve>way',
      'way.express>charge',
      'way.else>pause',
      'pause>charge',
      'charge>ship',
      'ship>shipped',
    ],
  ),
};
