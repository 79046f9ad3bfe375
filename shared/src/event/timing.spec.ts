/**
 * A095, without a clock: secrets and signatures are compared by `WebhookCrypto.equal` alone, which is `timingSafeEqual`, over bytes of
 * equal length; how much of a forgery is right changes neither whether it is asked nor how often.
 */
import { describe, expect, it } from '@jest/globals';
import { webhookCrypto } from '../server/webhook-crypto.js';
import { signWebhook, verifyWebhook, WEBHOOK_PROVIDER_IDS, webhookProvider } from './index.js';
import type { Verification, WebhookCrypto, WebhookProviderId } from './index.js';

const NOW = 1_767_225_600_000;
const URL = 'https://hooks.example.com/in/abc';
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const rawBody = new TextEncoder().encode('{"id":"evt_1","type":"order.paid","timestamp":1767225600000}');

type Headers = Readonly<Record<string, string>>;

/** What our own signing side can sign, or hand over as a shared secret. */
async function genuine(id: WebhookProviderId): Promise<Headers | null> {
  const delivery = { id: 'msg_1', timestampMs: NOW, rawBody, type: 'order.paid', url: URL, method: 'POST' };
  const headers = await signWebhook(id, SECRET, delivery, webhookCrypto).catch(() => null);
  return headers !== null && verified(id, headers).ok ? headers : null;
}

function verified(id: WebhookProviderId, headers: Headers, crypto: WebhookCrypto = webhookCrypto): Verification {
  const request = { method: 'POST', url: URL, headers, rawBody };
  return verifyWebhook(id, [{ keyId: 'k1', secret: SECRET }], request, NOW, crypto);
}

/** The header that proves, with the character at a place changed. */
function forged(id: WebhookProviderId, headers: Headers, place: 'begin' | 'end'): Headers {
  const scheme = webhookProvider(id)?.scheme;
  const at = scheme?.kind === 'hmac' ? scheme.signature.at : scheme?.kind === 'shared-secret' ? scheme.at : null;
  const name = at?.from === 'header' ? at.name : '';
  const text = headers[name] ?? '';
  const [proof = ''] = [...text.matchAll(/[A-Za-z0-9+/_-]{20,}/g)].map(([found]) => found).slice(-1);
  const begin = text.lastIndexOf(proof);
  // Not the last characters: in base64 they hold bits that do not count.
  const spot = place === 'begin' ? begin : begin + proof.length - 4;
  const other = text.charAt(spot) === 'a' ? 'b' : 'a';
  return { ...headers, [name]: text.slice(0, spot) + other + text.slice(spot + 1) };
}

/** Each comparison, as the lengths of its two sides. */
function spied(answer?: boolean): { crypto: WebhookCrypto; asked: [number, number][] } {
  const asked: [number, number][] = [];
  const equal = (a: Uint8Array, b: Uint8Array): boolean => {
    asked.push([a.length, b.length]);
    return answer ?? webhookCrypto.equal(a, b);
  };
  return { crypto: { ...webhookCrypto, equal }, asked };
}

const signed: { id: WebhookProviderId; headers: Headers }[] = [];
for (const id of WEBHOOK_PROVIDER_IDS) {
  const headers = await genuine(id);
  if (headers !== null && webhookProvider(id)?.scheme.kind !== 'unsigned') signed.push({ id, headers });
}

describe('the comparison of proofs (A095)', () => {
  it('is looked at for every provider that signs by a keyed hash in a header, or shares a secret there', () => {
    expect(signed.length).toBeGreaterThanOrEqual(25);
  });

  it.each(signed)('of $id is made by the constant-time comparison, which alone decides', ({ id, headers }) => {
    const fake = forged(id, headers, 'begin');
    expect(verified(id, fake)).toMatchObject({ ok: false });
    expect(verified(id, fake, spied(true).crypto)).toMatchObject({ ok: true });
    expect(verified(id, headers, spied(false).crypto)).toMatchObject({ ok: false });
  });

  it.each(signed)('of $id asks the same, however much of a forgery is right', ({ id, headers }) => {
    const [early, late] = [spied(), spied()];
    expect(verified(id, forged(id, headers, 'begin'), early.crypto)).toMatchObject({ ok: false });
    expect(verified(id, forged(id, headers, 'end'), late.crypto)).toMatchObject({ ok: false });
    expect(early.asked).toEqual(late.asked);
    expect(early.asked.length).toBeGreaterThan(0);
    for (const [offered, expected] of early.asked) expect(offered).toBe(expected);
  });

  it('is that of the platform: bytes of unequal length are an error to it, and no answer', () => {
    expect(() => webhookCrypto.equal(new Uint8Array(2), new Uint8Array(3))).toThrow(
      expect.objectContaining({ code: 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH' }),
    );
    expect(webhookCrypto.equal(new Uint8Array(2), new Uint8Array(2))).toBe(true);
  });
});
