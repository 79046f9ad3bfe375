import { draw, QUICK_RETRY, shopStep } from './draw.js';
import type { Template } from './template.js';

const DAY = 86_400_000;

/** A person decides, and has not for ever to do it. */
export const orderApproval: Template = {
  id: 'order-approval',
  name: 'Approval of large orders',
  description:
    'Small orders are charged at once, large ones when somebody has approved them. A refusal, or no answer for two days, gives the stock back.',
  graph: draw(
    [
      {
        id: 'order',
        kind: 'trigger.manual',
        name: 'Order placed',
        sample: { orderId: 'order-4001', sku: 'SKU-2', quantity: 5, amountCents: 49_500 },
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
        id: 'size',
        kind: 'branch',
        name: 'Large?',
        cases: [{ id: 'large', label: 'from 100.00', when: '{{ trigger.data.amountCents >= 10000 }}' }],
      },
      {
        id: 'approve',
        kind: 'task',
        name: 'Approve order',
        task: {
          title: 'Approve {{ trigger.data.orderId }}',
          instructions:
            '{{ trigger.data.quantity }} of {{ trigger.data.sku }} for {{ trigger.data.amountCents }} cents.',
          outcomes: [
            { id: 'approved', label: 'Approve' },
            { id: 'refused', label: 'Refuse', commentRequired: true },
          ],
          dueMs: DAY,
          reminderMs: DAY,
        },
        timeoutMs: 2 * DAY,
        onTimeout: 'timeout-edge',
      },
      shopStep(
        'charge',
        'Charge card',
        'charge',
        { orderId: '{{ trigger.data.orderId }}', amountCents: '{{ trigger.data.amountCents }}' },
        QUICK_RETRY,
      ),
      {
        id: 'charged',
        kind: 'end',
        name: 'Charged',
        output: { chargeId: '{{ steps.chargeCard.output.body.chargeId }}' },
      },
      {
        id: 'no',
        kind: 'fail',
        name: 'Refused',
        code: 'order.refused',
        message: '{{ steps.approveOrder.output.comment }}',
      },
      {
        id: 'nobody',
        kind: 'fail',
        name: 'Nobody decided',
        code: 'order.undecided',
        message: 'Nobody decided on {{ trigger.data.orderId }} within two days.',
      },
    ],
    [
      'order>reserve',
      'reserve>size',
      'size.large>approve',
      'size.else>charge',
      'approve.approved>charge',
      'charge>charged',
      'approve.refused>no',
      'approve.timeout>nobody',
    ],
  ),
};
