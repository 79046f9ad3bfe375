/** The sender's side: for the editor's sample call, for outgoing webhooks and for tests. */
import { failure, FailureError } from '../kernel/index.js';
import { alternativeFor, signedContents } from './content.js';
import type { SigningCrypto, WebhookCrypto } from './crypto.js';
import { keyOf } from './key.js';
import { webhookProvider } from './providers/index.js';
import { Refusal } from './refusal.js';
import { RequestView } from './request.js';
import type { WebhookRequest } from './request.js';
import type { HmacScheme, VerificationScheme } from './scheme.js';
import { encodeSignature } from './signature.js';
import type { Source } from './source.js';

export interface Delivery {
  readonly id: string;
  readonly timestampMs: number;
  readonly rawBody: Uint8Array;
  readonly type?: string;
  /** Where it goes and how; schemes that sign neither do not ask. */
  readonly url?: string;
  readonly method?: string;
}

/**
 * Headers that make a delivery pass `verifyWebhook`: for keyed hashes whose signature stands in a header. What such a scheme
 * reads out of the body must stand there already.
 *
 * @throws FailureError `webhook.secret` when the secret cannot be a key, `webhook.scheme` for an unknown name or another scheme
 */
export async function signWebhook(
  scheme: string | VerificationScheme,
  secret: string,
  delivery: Delivery,
  crypto: SigningCrypto & Partial<Pick<WebhookCrypto, 'sha256'>>,
): Promise<Readonly<Record<string, string>>> {
  const known = typeof scheme === 'string' ? webhookProvider(scheme)?.scheme : scheme;
  const name = typeof scheme === 'string' ? scheme : scheme.name;
  if (known === undefined) throw refused(`There is no webhook scheme "${name}"; name a provider.`);
  if (known.kind === 'unsigned') return {};
  if (known.kind === 'shared-secret' && known.at.from === 'header') return { [known.at.name]: secret };
  if (known.kind !== 'hmac' || known.signature.at.from !== 'header') {
    throw refused(`Requests of the scheme "${name}" are signed by its provider only; sign by another scheme.`);
  }
  const key = keyOf(known.secret, secret);
  if (typeof key === 'string') {
    throw new FailureError(failure('user', 'webhook.secret', `The secret cannot sign (${key}); make a new one.`));
  }
  const timestamp = timestampOf(known, delivery.timestampMs);
  const headers: Record<string, string> = {};
  put(headers, known.id?.firstOf[0]?.[0], delivery.id);
  put(headers, known.type?.firstOf[0], delivery.type);
  put(headers, known.timestamp?.at, timestamp);
  const content = contentOf(known, { ...delivery, headers }, timestamp, crypto.sha256 ?? noHash);
  const signature = encodeSignature(known, await crypto.hmac(known.algorithm, key, content));
  return { ...headers, [known.signature.at.name]: written(known, signature, timestamp) };
}

function refused(message: string): FailureError {
  return new FailureError(failure('user', 'webhook.scheme', message));
}

function timestampOf({ timestamp }: HmacScheme, atMs: number): string {
  switch (timestamp?.unit) {
    case 'iso':
      return new Date(atMs).toISOString();
    case 'milliseconds':
      return String(Math.floor(atMs));
    default:
      return String(Math.floor(atMs / 1000));
  }
}

function put(headers: Record<string, string>, place: Source | undefined, text: string | undefined): void {
  if (place?.from === 'header' && text !== undefined) headers[place.name] = text;
}

function contentOf(
  scheme: HmacScheme,
  request: WebhookRequest & Delivery,
  timestamp: string,
  sha256: WebhookCrypto['sha256'],
): Uint8Array {
  try {
    const view = new RequestView(request);
    const alternative = alternativeFor(scheme, view, sha256);
    const [content] = signedContents(alternative, { view, id: request.id, timestamp, secret: '', sha256 });
    return content ?? new Uint8Array();
  } catch (refusal) {
    if (refusal instanceof Refusal) {
      throw refused(`The delivery cannot be signed (${refusal.refused.reason}); give what the scheme signs.`);
    }
    throw refusal;
  }
}

function noHash(): never {
  throw refused('The scheme signs a hash of the body; give the function that makes it.');
}

function written({ signature: { format }, timestamp }: HmacScheme, signature: string, time: string): string {
  switch (format.kind) {
    case 'plain':
      return format.prefix + signature;
    case 'list':
      return format.version === null ? signature : format.version.name + format.version.separator + signature;
    case 'fields': {
      const fields: [string, string][] = [[format.field, signature]];
      if (timestamp?.at.from === 'signature-field') fields.unshift([timestamp.at.name, time]);
      return fields.map(([name, value]) => name + format.assign + value).join(format.separator);
    }
  }
}
