/**
 * Signatures of outbound webhooks: Standard Webhooks v1 (HMAC-SHA256, a secret that both sides know) and v1a (Ed25519, of
 * which the receiver needs the public key only).
 *
 * Signed is `id.timestamp.body`. While a secret is being changed both sign, and the header carries both: a receiver takes the
 * one that it knows. Keys are written as the specification says: `whsec_`, `whsk_` (seed and public key) and `whpk_`, each
 * followed by base64.
 *
 * @see https://www.standardwebhooks.com
 */
import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { FailureError, failure } from '../../kernel/index.js';
import type { EndpointSignature } from '../repository/endpoints.js';

const SECRET = 'whsec_';
const PRIVATE = 'whsk_';
const PUBLIC = 'whpk_';
const SEED_BYTES = 32;

export function makeEndpointSecret(signature: EndpointSignature): string {
  if (signature === 'v1') return SECRET + randomBytes(32).toString('base64');
  const { d = '', x = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return PRIVATE + Buffer.concat([Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]).toString('base64');
}

/** What the receiver of `v1a` deliveries checks them with; null for `v1`, whose secret is both. */
export function publicKeyOf(secret: string): string | null {
  if (!secret.startsWith(PRIVATE)) return null;
  const { x = '' } = createPublicKey(privateKeyOf(secret)).export({ format: 'jwk' });
  return PUBLIC + Buffer.from(x, 'base64url').toString('base64');
}

/** `webhook-id` of a delivery: the same over all its attempts. */
export const messageId = (delivery: string): string => `msg_${delivery.replaceAll('-', '')}`;

/**
 * The three headers of a delivery.
 *
 * @param secrets the present one first, then the one before while it counts
 * @param atMs milliseconds since 1970, of this attempt
 */
export function signedHeaders(
  secrets: readonly string[],
  message: { readonly id: string; readonly atMs: number; readonly body: string },
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(message.atMs / 1000));
  const content = `${message.id}.${timestamp}.${message.body}`;
  return {
    'webhook-id': message.id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map((secret) => signatureBy(secret, content)).join(' '),
  };
}

function signatureBy(secret: string, content: string): string {
  if (secret.startsWith(PRIVATE)) {
    return `v1a,${sign(null, Buffer.from(content), privateKeyOf(secret)).toString('base64')}`;
  }
  if (!secret.startsWith(SECRET)) throw unusable();
  const key = Buffer.from(secret.slice(SECRET.length), 'base64');
  if (key.length === 0) throw unusable();
  return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
}

function privateKeyOf(secret: string): KeyObject {
  const bytes = Buffer.from(secret.slice(PRIVATE.length), 'base64');
  if (bytes.length !== 2 * SEED_BYTES) throw unusable();
  const part = (from: number) => bytes.subarray(from, from + SEED_BYTES).toString('base64url');
  return createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d: part(0), x: part(SEED_BYTES) }, format: 'jwk' });
}

const unusable = (): FailureError =>
  new FailureError(failure('bug', 'endpoint.secret', 'The secret of the endpoint cannot sign; rotate it.'));
