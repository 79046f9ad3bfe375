import { draw, QUICK_RETRY, shopStep } from './draw.js';
import type { Template } from './template.js';

const order = {
  orderId: 'order-1001',
  sku: 'SKU-1',
  quantity: 2,
  amountCents: 4200,
  customer: { name: 'Ada Lovelace', email: 'ada@example.com' },
};

/** The main example: three effects and three undos on one line; runs against the demo shop. */
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
      shopStep(
        'reserve-stock',
        'Reserve stock',
        'reserve',
        {
          orderId: '{{ trigger.data.orderId }}',
          sku: '{{ trigger.data.sku }}',
          quantity: '{{ trigger.data.quantity }}',
        },
        QUICK_RETRY,
      ),
      shopStep(
        'charge-card',
        'Charge card',
        'charge',
        {
          orderId: '{{ trigger.data.orderId }}',
          amountCents: '{{ trigger.data.amountCents }}',
        },
        QUICK_RETRY,
      ),
      shopStep(
        'ship-parcel',
        'Ship parcel',
        'ship',
        {
          orderId: '{{ trigger.data.orderId }}',
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
          orderId: '{{ trigger.data.orderId }}',
          chargeId: '{{ steps.chargeCard.output.body.chargeId }}',
          shipmentId: '{{ steps.shipParcel.output.body.shipmentId }}',
        },
      },
    ],
    ['order-received>reserve-stock', 'reserve-stock>charge-card', 'charge-card>ship-parcel', 'ship-parcel>done'],
  ),
};
