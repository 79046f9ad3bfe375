import { draw, QUICK_RETRY, shopStep } from './draw.js';
import type { Template } from './template.js';

/** Two effects at the same time, one join: their undos run in parallel too. */
export const parallelBooking: Template = {
  id: 'parallel-booking',
  name: 'Parallel booking',
  description:
    'Reserves two articles at once and charges when both are there. If anything fails, all of it is given back.',
  graph: draw(
    [
      {
        id: 'booking',
        kind: 'trigger.manual',
        name: 'Booking',
        sample: { orderId: 'booking-1', first: 'SKU-1', second: 'SKU-2', amountCents: 9900 },
      },
      { id: 'both', kind: 'parallel', name: 'Both at once' },
      shopStep(
        'reserve-first',
        'Reserve first',
        'reserve',
        {
          orderId: '{{ trigger.data.orderId }}-1',
          sku: '{{ trigger.data.first }}',
          quantity: 1,
        },
        QUICK_RETRY,
      ),
      shopStep(
        'reserve-second',
        'Reserve second',
        'reserve',
        {
          orderId: '{{ trigger.data.orderId }}-2',
          sku: '{{ trigger.data.second }}',
          quantity: 1,
        },
        QUICK_RETRY,
      ),
      { id: 'together', kind: 'join', name: 'Both reserved', mode: { kind: 'all' } },
      shopStep(
        'charge',
        'Charge card',
        'charge',
        {
          orderId: '{{ trigger.data.orderId }}',
          amountCents: '{{ trigger.data.amountCents }}',
        },
        QUICK_RETRY,
      ),
      {
        id: 'booked',
        kind: 'end',
        name: 'Booked',
        output: {
          first: '{{ steps.reserveFirst.output.body.reservationId }}',
          second: '{{ steps.reserveSecond.output.body.reservationId }}',
          chargeId: '{{ steps.chargeCard.output.body.chargeId }}',
        },
      },
    ],
    [
      'booking>both',
      'both>reserve-first',
      'both>reserve-second',
      'reserve-first>together',
      'reserve-second>together',
      'together>charge',
      'charge>booked',
    ],
  ),
};
