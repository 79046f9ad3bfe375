/**
 * The answer to a handshake, a pure function over (provider, secrets, raw request, now).
 *
 * 1. A handshake starts no run and stores no event.
 * 2. What is repeated is a short printable text, answered as plain text or JSON that no browser runs (A088).
 * 3. Where the provider signs its handshakes, nothing is answered before the signature fits.
 * 4. A secret that a provider hands over is taken only while none is configured: nobody can put another in its place.
 */
import type { Json } from '../kernel/index.js';
import { toBase64, toHex, utf8 } from './bytes.js';
import type { WebhookCrypto } from './crypto.js';
import type { HandshakeValue } from './handshake.js';
import { signingSecrets } from './key.js';
import type { WebhookSecret } from './key.js';
import { pinned } from './pinned.js';
import type { WebhookProvider } from './provider.js';
import { webhookProvider } from './providers/index.js';
import { Refusal, orRefused } from './refusal.js';
import type { Refused } from './refusal.js';
import { RequestView, about } from './request.js';
import type { WebhookRequest } from './request.js';
import type { Source } from './source.js';
import { sameSecret, verifyWebhook } from './verify.js';
import type { FetchedKeys } from './verify.js';

export interface HandshakeAnswer {
  readonly status: 200 | 204;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type AcceptedAnswer = Pick<WebhookProvider['accepted'][number], 'status' | 'contentType' | 'body'>;

export type HandshakeOutcome =
  | { readonly ok: true; readonly kind: 'answer'; readonly name: string; readonly answer: HandshakeAnswer }
  /** GET this through the guarded door, then answer. */
  | {
      readonly ok: true;
      readonly kind: 'confirm';
      readonly name: string;
      readonly url: string;
      readonly hosts: readonly string[];
      readonly answer: HandshakeAnswer;
    }
  /** Keep this as the secret, sealed, then answer. */
  | {
      readonly ok: true;
      readonly kind: 'capture';
      readonly name: string;
      readonly secret: string;
      readonly answer: HandshakeAnswer;
    }
  | Refused;

/** @returns null when the request is none of the provider's handshakes: it is a delivery, for `verifyWebhook` */
export function answerHandshake(
  providerId: string,
  secrets: readonly WebhookSecret[],
  request: WebhookRequest,
  nowMs: number,
  crypto: WebhookCrypto,
  fetched: FetchedKeys = new Map(),
): HandshakeOutcome | null {
  const handshakes = webhookProvider(providerId)?.handshakes ?? [];
  if (handshakes.length === 0) return null;
  const view = new RequestView(request);
  return orRefused((): HandshakeOutcome | null => {
    const handshake = handshakes.find(({ when }) => when.every((condition) => view.holds(condition)));
    if (handshake === undefined) return null;
    const { name, proof, reply } = handshake;
    switch (proof.by) {
      case 'signature': {
        const verified = verifyWebhook(providerId, secrets, request, nowMs, crypto, fetched);
        if (!verified.ok) return verified;
        break;
      }
      case 'verify-token': {
        const offered = view.read(proof.at);
        const known = secrets.filter(({ use, secret }) => use === 'handshake' && secret.trim() !== '');
        const fitting = known.filter(({ secret }) => sameSecret(offered, secret, crypto));
        if (fitting.length === 0) throw new Refusal('secret.mismatch', about(proof.at));
        break;
      }
      case 'nothing':
        break;
    }
    switch (reply.kind) {
      case 'text':
        return { ok: true, kind: 'answer', name, answer: plain(String(render(reply.value, view, secrets, crypto))) };
      case 'json': {
        const fields = Object.entries(reply.fields).map(([key, value]) => [key, render(value, view, secrets, crypto)]);
        return { ok: true, kind: 'answer', name, answer: json(Object.fromEntries(fields) as Json) };
      }
      case 'headers': {
        const headers = Object.entries(reply.headers).map(([key, value]) => [
          key,
          String(render(value, view, secrets, crypto)),
        ]);
        return {
          ok: true,
          kind: 'answer',
          name,
          answer: { status: reply.status, headers: { ...SAFE, ...Object.fromEntries(headers) }, body: '' },
        };
      }
      case 'confirm': {
        const url = pinned(view.read(reply.url), reply.pin);
        if (url === null) throw new Refusal('key.host', about(reply.url));
        return { ok: true, kind: 'confirm', name, url, hosts: reply.pin.hosts, answer: plain('') };
      }
      case 'capture': {
        if (secrets.some(({ use }) => use !== 'handshake')) {
          throw new Refusal('secret.mismatch', about(reply.secret));
        }
        const secret = printable(reply.secret, view);
        const echo = reply.echoHeader === null ? {} : { [reply.echoHeader]: secret };
        return {
          ok: true,
          kind: 'capture',
          name,
          secret,
          answer: { status: 200, headers: { ...SAFE, ...echo }, body: '' },
        };
      }
    }
  });
}

/** @returns the answer that the provider wants for a delivery that was let in; null: any will do */
export function acceptedAnswer(providerId: string, request: WebhookRequest): AcceptedAnswer | null {
  const wanted = webhookProvider(providerId)?.accepted ?? [];
  if (wanted.length === 0) return null;
  const view = new RequestView(request);
  return wanted.find(({ when }) => when.every((condition) => view.holds(condition))) ?? null;
}

/** Whatever was repeated, a browser shows it without running it. */
const SAFE = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
  'cache-control': 'no-store',
};

function plain(body: string): HandshakeAnswer {
  return { status: 200, headers: { ...SAFE, 'content-type': 'text/plain; charset=utf-8' }, body };
}

function json(body: Json): HandshakeAnswer {
  return {
    status: 200,
    headers: { ...SAFE, 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(body),
  };
}

function render(
  value: HandshakeValue,
  view: RequestView,
  secrets: readonly WebhookSecret[],
  crypto: WebhookCrypto,
): string | number {
  switch (value.value) {
    case 'constant':
      return value.text;
    case 'number':
      return value.number;
    case 'echo':
      return printable(value.at, view);
    case 'hmac-sha256': {
      const [first] = signingSecrets(secrets);
      const digest = crypto.hmac('sha256', utf8(first?.secret ?? ''), utf8(printable(value.at, view)));
      return value.encoding === 'hex' ? toHex(digest) : toBase64(digest);
    }
  }
}

/** Of one line, and short: it can stand in a header too. */
function printable(source: Source, view: RequestView): string {
  const text = view.read(source);
  if (!/^[\x20-\x7e]{1,2000}$/.test(text)) throw new Refusal('field.malformed', about(source));
  return text;
}
