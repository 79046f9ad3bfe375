/** The steps of W1 and W4 as plain code, the same for every baseline. */
import { Pool } from 'undici';
import { STEPS_OF_W4 } from './sagas.js';

export interface BaselineData {
  readonly order: BaselineOrder;
  readonly step: number;
}

export interface BaselineOrder {
  readonly orderId: string;
  readonly quantity: number;
}

/** W1: transform, call, branch, call, transform. */
export const STEPS = { w1: 5, w4: STEPS_OF_W4 } as const;

/** @returns does one step; what it came to */
export function stepOf(stubUrl: string): (workload: string, n: number, order: BaselineOrder) => Promise<object> {
  const pool = new Pool(stubUrl, { connections: 256, pipelining: 1 });
  const call = async (operation: string, orderId: string, more: object): Promise<object> => {
    const { statusCode, body } = await pool.request({
      method: 'POST',
      path: `/${operation}`,
      headers: { 'content-type': 'application/json', 'idempotency-key': `${orderId}:${operation}` },
      body: JSON.stringify({ orderId, ...more }),
    });
    const answer = (await body.json()) as object;
    if (statusCode !== 200) throw new Error(`The service answered ${statusCode}.`);
    return answer;
  };
  return async (workload, n, { orderId, quantity }) => {
    if (workload === 'w4') return { n };
    const total = quantity * 2100;
    switch (n) {
      case 1:
        return await call('reserve', orderId, { sku: 'SKU-1' });
      case 2:
        return { case: total > 100_000 ? 'freight' : 'ship' };
      case 3:
        return await call(total > 100_000 ? 'freight' : 'ship', orderId, { total });
      default:
        return { orderId, total };
    }
  };
}
