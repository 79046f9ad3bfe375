/** A sender of signed webhooks: everything is signed beforehand, then sent over kept-alive connections as fast as it is taken. */
import { createHmac } from 'node:crypto';
import { Pool } from 'undici';
import { signWebhook } from '@sagawright/shared/event';
import { createSealer, randomToken, sha256 } from '@sagawright/shared/server';
import type { PublishedWorkflow } from '@sagawright/shared/testing';
import type { Stage } from '../chaos/stage.js';

const SCHEME = 'standard-webhooks';
const CONNECTIONS = 64;

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
  let count = 0;
  return async (data) => {
    const body = Buffer.from(JSON.stringify(data));
    count += 1;
    const headers = await signWebhook(
      SCHEME,
      secret,
      { id: `msg_${workflow.triggerId}_${count}`, timestampMs: Date.now(), rawBody: body },
      { hmac: async (algorithm, key, content) => createHmac(algorithm, key).update(content).digest() },
    );
    return { path: `/hooks/${token}`, headers: { ...headers, 'content-type': 'application/json' }, body };
  };
}

/** @returns deliveries taken per second; every one must be answered with 202 */
export async function deliver(origin: string, deliveries: readonly SignedDelivery[]): Promise<number> {
  const pool = new Pool(origin, { connections: CONNECTIONS, pipelining: 1 });
  const queue = [...deliveries];
  const began = performance.now();
  const sender = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const { statusCode, body } = await pool.request({ method: 'POST', ...next });
      await body.dump();
      if (statusCode !== 202) throw new Error(`A delivery was answered with ${statusCode}.`);
    }
  };
  try {
    await Promise.all(Array.from({ length: CONNECTIONS }, sender));
    return (deliveries.length / (performance.now() - began)) * 1000;
  } finally {
    await pool.close();
  }
}
