import { draw, QUICK_RETRY, shopStep } from './draw.js';
import type { Template } from './template.js';

const order = {
  orderId: 'order-1001',
  sku: 'SKU-1',
  quantity: 2,
  amountCents: 4200,
  customer: { name: 'Ada Lovelace', email: 'ada@example.com' },
};

/** The main example: three effects, three undos, a decision on the way; runs against the demo shop. */
export const orderSaga: Template = {
  id: 'order-saga',
  name: 'Order saga',
  description:
    'A signed webhook reserves stock, charges the card and ships. If shipping fails for good, money and stock go back.',
  graph: draw(
    [
      {
        id: 'order-received',
        kind: 'trigger.webhook',
        name: 'Order received',
        scheme: 'standard-webhooks',
        sample: order,
      },
      {
        id: 'read-order',
        kind: 'transform',
        name: 'Read order',
        values: {
          orderId: '{{ trigger.data.orderId }}',
          sku: '{{ trigger.data.sku }}',
          quantity: '{{ trigger.data.quantity }}',
          amountCents: '{{ trigger.data.amountCents }}',
        },
      },
      shopStep(
        'reserve-stock',
        'Reserve stock',
        'reserve',
        {
          orderId: '{{ steps.readOrder.output.orderId }}',
          sku: '{{ steps.readOrder.output.sku }}',
          quantity: '{{ steps.readOrder.output.quantity }}',
        },
        QUICK_RETRY,
      ),
      shopStep(
        'charge-card',
        'Charge card',
        'charge',
        {
          orderId: '{{ steps.readOrder.output.orderId }}',
          amountCents: '{{ steps.readOrder.output.amountCents }}',
        },
        QUICK_RETRY,
      ),
      {
        id: 'large-order',
        kind: 'branch',
        name: 'Large order?',
        cases: [{ id: 'small', label: 'below 100.00', when: '{{ steps.readOrder.output.amountCents < 10000 }}' }],
      },
      { id: 'settle', kind: 'delay', name: 'Let it settle', delay: { kind: 'for', durationMs: 2000 } },
      shopStep(
        'ship-parcel',
        'Ship parcel',
        'ship',
        {
          orderId: '{{ steps.readOrder.output.orderId }}',
          reservationId: '{{ steps.reserveStock.output.body.reservationId }}',
        },
        // A carrier that refuses often accepts a moment later: here a refusal is worth three attempts as well.
        { ...QUICK_RETRY, retryOn: ['http.status', 'egress.refused', 'egress.dns'] },
      ),
      {
        id: 'done',
        kind: 'end',
        name: 'Order shipped',
        output: {
          orderId: '{{ steps.readOrder.output.orderId }}',
          chargeId: '{{ steps.chargeCard.output.body.chargeId }}',
          shipmentId: '{{ steps.shipParcel.output.body.shipmentId }}',
        },
      },
    ],
    [
      'order-received>read-order',
      'read-order>reserve-stock',
      'reserve-stock>charge-card',
      'charge-card>large-order',
      'large-order.small>ship-parcel',
      'large-order.else>settle',
      'settle>ship-parcel',
      'ship-parcel>done',
    ],
  ),
};
