/** The baseline of W1: one BullMQ job per run, three calls in its processor, nothing durable in between. */
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';

const [redisUrl = '', shopUrl = ''] = process.argv.slice(2);

async function call(operation: string, key: string, body: object): Promise<void> {
  const response = await fetch(`${shopUrl}/${operation}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': `${key}:${operation}` },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
  await response.json();
}

new Worker<{ orderId: string }>(
  'baseline',
  async ({ data: { orderId } }) => {
    await call('reserve', orderId, { orderId, sku: 'SKU-1', quantity: 1 });
    await call('charge', orderId, { orderId, amountCents: 4200 });
    await call('ship', orderId, { orderId, reservationId: orderId });
  },
  {
    connection: new Redis(redisUrl, { maxRetriesPerRequest: null }),
    concurrency: 100,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  },
);
