/** Senders of signed webhooks: everything is signed beforehand, then sent over kept-alive connections. */
import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { signWebhook } from '@sagawright/shared/event';
import { createSealer, randomToken, sha256 } from '@sagawright/shared/server';
import type { PublishedWorkflow } from '@sagawright/shared/testing';
import type { Stage } from '../chaos/stage.js';

const SCHEME = 'standard-webhooks';
const CONNECTIONS = 64;
/** Deliveries signed so far: an id is never used twice, or the second would be taken for the first. */
let signed = 0;

export interface SignedDelivery {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Gives the trigger of a published workflow an address and a secret. @returns makes deliveries to it */
export async function openWebhook(
  stage: Stage,
  workflow: PublishedWorkflow,
): Promise<(data: object) => Promise<SignedDelivery>> {
  const token = randomToken(256);
  const secret = `whsec_${Buffer.from('a secret for the benchmark only!').toString('base64')}`;
  const sealed = createSealer(Buffer.from(stage.sealingKey, 'base64')).seal(secret, {
    purpose: 'trigger.secret',
    rowId: workflow.triggerId,
  });
  await stage.db.pool.query(
    `UPDATE trigger SET kind = 'trigger.webhook', scheme = $2, token_hash = $3, secret_sealed = $4 WHERE id = $1`,
    [workflow.triggerId, SCHEME, sha256(token), sealed],
  );
  return async (data) => {
    const body = Buffer.from(JSON.stringify(data));
    signed += 1;
    const headers = await signWebhook(
      SCHEME,
      secret,
      { id: `msg_${signed}`, timestampMs: Date.now(), rawBody: body },
      { hmac: async (algorithm, key, content) => createHmac(algorithm, key).update(content).digest() },
    );
    return { path: `/hooks/${token}`, headers: { ...headers, 'content-type': 'application/json' }, body };
  };
}

/** The same bodies for a door that asks for no signature. */
export function unsigned(path: string, orders: readonly object[]): SignedDelivery[] {
  return orders.map((each) => ({
    path,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(each)),
  }));
}

/** @returns deliveries taken per second; every one must be answered with 202 */
export async function deliver(origin: string, deliveries: readonly SignedDelivery[]): Promise<number> {
  const pool = new Pool(origin, { connections: CONNECTIONS, pipelining: 1 });
  const queue = [...deliveries];
  const began = performance.now();
  const sender = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) await send(pool, next);
  };
  try {
    await Promise.all(Array.from({ length: CONNECTIONS }, sender));
    return (deliveries.length / (performance.now() - began)) * 1000;
  } finally {
    await pool.close();
  }
}

/**
 * Sends at a steady pace, whether answers come or not.
 *
 * @param sent told when each delivery goes out
 * @returns milliseconds from each delivery to its answer, in the order of the answers
 */
export async function deliverAtPace(
  origin: string,
  deliveries: readonly SignedDelivery[],
  perSecond: number,
  sent: (index: number) => void = () => undefined,
): Promise<number[]> {
  const pool = new Pool(origin, { connections: CONNECTIONS, pipelining: 1 });
  const took: number[] = [];
  const began = performance.now();
  const answered = deliveries.map(async (each, index) => {
    const dueMs = began + (index * 1000) / perSecond - performance.now();
    if (dueMs > 0) await delay(dueMs);
    sent(index);
    const at = performance.now();
    await send(pool, each);
    took.push(performance.now() - at);
  });
  try {
    await Promise.all(answered);
    return took;
  } finally {
    await pool.close();
  }
}

async function send(pool: Pool, delivery: SignedDelivery): Promise<void> {
  const { statusCode, body } = await pool.request({ method: 'POST', ...delivery });
  await body.dump();
  if (statusCode !== 202) throw new Error(`A delivery was answered with ${statusCode}.`);
}
