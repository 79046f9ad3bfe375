import { expressOrStandard } from './express-or-standard.js';
import { orderApproval } from './order-approval.js';
import { orderLines } from './order-lines.js';
import { orderSaga } from './order-saga.js';
import { parallelBooking } from './parallel-booking.js';
import { paymentDeadline } from './payment-deadline.js';
import type { Template } from './template.js';
import { webhookToHttp } from './webhook-to-http.js';

export type { Template } from './template.js';

/** In the order in which they are offered. */
export const templates: readonly Template[] = [
  orderSaga,
  orderApproval,
  paymentDeadline,
  orderLines,
  expressOrStandard,
  parallelBooking,
  webhookToHttp,
];
