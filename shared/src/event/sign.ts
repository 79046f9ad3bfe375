/** The sender's side: for the editor's sample call, for outgoing webhooks and for tests. */
import { failure, FailureError } from '../kernel/index.js';
import type { SigningCrypto } from './crypto.js';
import { keyOf } from './key.js';
import { webhookScheme } from './presets.js';
import type { VerificationScheme } from './scheme.js';
import { encodeSignature, signedContent } from './verify.js';

export interface Delivery {
  readonly id: string;
  readonly timestampMs: number;
  readonly rawBody: Uint8Array;
  readonly type?: string;
}

/**
 * Headers that make a delivery pass `verifyWebhook`.
 *
 * @throws FailureError `webhook.secret` when the secret cannot be a key, `webhook.scheme` for an unknown name
 */
export async function signWebhook(
  scheme: string | VerificationScheme,
  secret: string,
  delivery: Delivery,
  crypto: SigningCrypto,
): Promise<Readonly<Record<string, string>>> {
  const known = typeof scheme === 'string' ? webhookScheme(scheme) : scheme;
  if (known === null) {
    throw new FailureError(
      failure('user', 'webhook.scheme', `There is no webhook scheme "${String(scheme)}"; name a preset.`),
    );
  }
  if (known.kind === 'none') return {};
  const key = keyOf(known, secret);
  if (typeof key === 'string') {
    throw new FailureError(failure('user', 'webhook.secret', `The secret cannot sign (${key}); make a new one.`));
  }
  const unit = known.timestamp?.unit === 'milliseconds' ? 1 : 1000;
  const timestamp = String(Math.floor(delivery.timestampMs / unit));
  const content = signedContent(known.content, delivery.id, timestamp, delivery.rawBody);
  const signature = encodeSignature(known, await crypto.hmac(known.algorithm, key, content));

  const headers: Record<string, string> = {};
  if (known.id !== null) headers[known.id.header] = delivery.id;
  if (known.type !== null && delivery.type !== undefined) headers[known.type.header] = delivery.type;
  if (known.timestamp?.from.kind === 'header') headers[known.timestamp.from.header] = timestamp;
  const { header, format } = known.signature;
  switch (format.kind) {
    case 'plain':
      headers[header] = format.prefix + signature;
      break;
    case 'list':
      headers[header] = format.version + format.versionSeparator + signature;
      break;
    case 'fields': {
      const fields: [string, string][] = [[format.field, signature]];
      if (known.timestamp?.from.kind === 'signature-field') fields.unshift([known.timestamp.from.field, timestamp]);
      headers[header] = fields.map(([name, value]) => name + format.assign + value).join(format.separator);
    }
  }
  return headers;
}
