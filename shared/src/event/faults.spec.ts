/** Faults seen in well-known verification code: none of them here. Each test names where it was seen. */
import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { webhookCrypto } from '../server/webhook-crypto.js';
import {
  WEBHOOK_PROVIDER_IDS,
  signWebhook,
  verificationSchemeSchema,
  verifyWebhook,
  webhookProvider,
} from './index.js';
import type { WebhookCrypto, WebhookProviderId, WebhookRequest } from './index.js';

const NOW = 1_767_225_600_000;
const SECRET = 'It is a secret of some length';
const secrets = [{ keyId: 'k', secret: SECRET }];
const bytes = (text: string) => new TextEncoder().encode(text);
const check = (id: string, request: WebhookRequest, keys = secrets, nowMs = NOW): string => {
  const verification = verifyWebhook(id, keys, request, nowMs, webhookCrypto);
  return verification.ok ? 'admitted' : verification.reason;
};
const signed = async (id: WebhookProviderId, body: string, nowMs = NOW) => ({
  headers: await signWebhook(
    id,
    SECRET,
    { id: 'id-1', timestampMs: nowMs, rawBody: bytes(body), type: 'x' },
    webhookCrypto,
  ),
  rawBody: bytes(body),
});

describe('faults of others', () => {
  it('no route without a check: every provider but those that say so proves something (Nango, 12 of 38; n8n CVE-2026-21894; Plunk CVE-2026-42193)', () => {
    const unproved = WEBHOOK_PROVIDER_IDS.filter((id) => webhookProvider(id)?.scheme.kind === 'unsigned');
    expect(unproved).toEqual(['none', 'jotform', 'mollie']);
  });

  it('no skipping when the header is absent (Nango: sentry, github-app)', () => {
    for (const id of ['github', 'jira', 'meta', 'zoom'] as const) {
      expect(
        check(id, { headers: { 'x-github-delivery': 'd', 'x-zm-request-timestamp': '1' }, rawBody: bytes('{}') }),
      ).toBe('header.missing');
    }
  });

  it('no skipping when no secret is set (Nango: calendly, notion, shopify; n8n CVE-2026-86080)', async () => {
    for (const id of ['calendly', 'shopify', 'github'] as const) {
      expect(check(id, await signed(id, '{}'), [])).toBe('secret.missing');
    }
  });

  it('no empty secret, also not one that the sender uses too (New-API CVE-2026-41432)', () => {
    const signature = createHmac('sha256', '').update('{}').digest('hex');
    const headers = { 'x-hub-signature-256': `sha256=${signature}` };
    expect(check('meta', { headers, rawBody: bytes('{}') }, [{ keyId: 'k', secret: '' }])).toBe('secret.empty');
  });

  it('the bytes that came, not JSON written anew (Nango: HubSpot v1, Sentry)', () => {
    const raw = '[ {"eventId": 1} ]';
    const over = (body: string) => ({
      headers: {
        'x-hubspot-signature': createHash('sha256')
          .update(SECRET + body)
          .digest('hex'),
        'x-hubspot-signature-version': 'v1',
      },
      rawBody: bytes(raw),
    });
    expect(check('hubspot-v1', over(raw))).toBe('admitted');
    expect(check('hubspot-v1', over(JSON.stringify(JSON.parse(raw))))).toBe('signature.mismatch');
  });

  it('unequal lengths are refused, not thrown (Nango: Linear)', async () => {
    const body = `{"webhookTimestamp": ${NOW}}`;
    const request = await signed('linear', body);
    for (const signature of ['', '00', 'é'.repeat(64), '0'.repeat(63), '0'.repeat(65)]) {
      const headers = { ...request.headers, 'linear-signature': signature };
      expect(check('linear', { ...request, headers })).toMatch(/^(signature\.malformed|header\.empty)$/);
    }
  });

  it('the timestamp counts (Nango: Linear; trigger.dev: Discord, Zendesk, Linear without a tolerance)', async () => {
    const body = `{"webhookTimestamp": ${NOW}}`;
    expect(check('linear', await signed('linear', body), secrets, NOW + 60_000)).toBe('admitted');
    expect(check('linear', await signed('linear', body), secrets, NOW + 60_001)).toBe('timestamp.too-old');
    for (const id of ['discord', 'zendesk', 'linear'] as const) {
      expect(webhookProvider(id)?.scheme.timestamp).not.toBeNull();
    }
  });

  it('constant time at every comparison (Nango: videoask, Xero, Sentry; Paddle’s SDK)', async () => {
    const compared: number[] = [];
    const counting: WebhookCrypto = {
      ...webhookCrypto,
      equal: (a, b) => (compared.push(a.length, b.length), webhookCrypto.equal(a, b)),
    };
    const run = (id: string, request: WebhookRequest) => verifyWebhook(id, secrets, request, NOW, counting).ok;
    expect(run('gitlab', { headers: { 'x-gitlab-token': 'x' }, rawBody: bytes('') })).toBe(false);
    expect(run('paddle', await signed('paddle', '{}'))).toBe(true);
    expect(run('shopify', await signed('shopify', '{}'))).toBe(true);
    expect(compared).toEqual([32, 32, 64, 64, 44, 44]);
  });

  it('no symbol of a signature is dropped before it is compared (Nango: Xero drops every "/")', async () => {
    const request = await signed('shopify', '{}');
    const signature = String(request.headers['x-shopify-hmac-sha256']);
    const headers = { ...request.headers, 'x-shopify-hmac-sha256': `/${signature}` };
    expect(check('shopify', { ...request, headers })).toBe('signature.malformed');
  });

  it('the future counts as the past (Paddle’s SDK, Slack’s Bolt)', async () => {
    for (const id of ['paddle', 'slack'] as const) {
      const request = await signed(id, '{}');
      expect(check(id, request, secrets, NOW - 300_000)).toBe('admitted');
      expect(check(id, request, secrets, NOW - 300_001)).toBe('timestamp.too-new');
    }
  });

  it('digits and nothing else are a time (npm standardwebhooks 1.1.1 takes "<time>junk" and "<time>.9")', async () => {
    const request = await signed('slack', '{}');
    for (const time of ['junk', '.9', ' ', 'e0']) {
      const headers = { ...request.headers, 'x-slack-request-timestamp': `${NOW / 1000}${time}` };
      expect(check('slack', { ...request, headers })).toBe('timestamp.malformed');
    }
  });

  it('an id with a dot could stand for another id and time (Standard Webhooks warns of it)', () => {
    const key = Buffer.from(SECRET);
    const at = String(NOW / 1000);
    const body = '{}';
    // Signed for the id "a" and a body that begins with a time; offered as the id "a.<time>".
    const signature = createHmac('sha256', key).update(`a.${at}.${at}.${body}`).digest('base64');
    const headers = { 'webhook-id': `a.${at}`, 'webhook-timestamp': at, 'webhook-signature': `v1,${signature}` };
    const keys = [{ keyId: 'k', secret: `whsec_${key.toString('base64')}` }];
    expect(check('standard-webhooks', { headers, rawBody: bytes(body) }, keys)).toBe('id.malformed');
  });

  it('no weaker signature beside the one asked for (A082, A083)', () => {
    const sha1 = createHmac('sha1', SECRET).update('{}').digest('hex');
    const github = { 'x-hub-signature': `sha1=${sha1}`, 'x-github-delivery': 'd' };
    expect(check('github', { headers: github, rawBody: bytes('{}') })).toBe('header.missing');
    const v1 = {
      'x-hubspot-signature': createHash('sha256').update(`${SECRET}{}`).digest('hex'),
      'x-hubspot-signature-version': 'v1',
    };
    expect(check('hubspot', { headers: v1, rawBody: bytes('{}'), url: 'https://example.com/' })).toBe('header.missing');
    expect(check('hubspot-v2', { headers: v1, rawBody: bytes('{}'), url: 'https://example.com/' })).toBe(
      'condition.failed',
    );
  });

  it('a form scheme does not take another kind of body for an empty form (Twilio)', () => {
    const url = 'https://example.com/hooks/abc';
    const signature = createHmac('sha1', SECRET).update(url).digest('base64');
    const request = (type: string, body: string): WebhookRequest => ({
      url,
      headers: { 'x-twilio-signature': signature, 'content-type': type },
      rawBody: bytes(body),
    });
    expect(check('twilio', request('application/json', ''))).toBe('admitted');
    expect(check('twilio', request('application/json', '{"forged":true}'))).toBe('body.not-form');
    expect(check('twilio', request('text/plain', 'a=1'))).toBe('body.not-form');
  });

  it('a signature over the address is not moved to another body by its query (Twilio)', () => {
    const url = `https://example.com/hooks/abc?bodySHA256=${createHash('sha256').update('{"a":1}').digest('hex')}`;
    const headers = {
      'x-twilio-signature': createHmac('sha1', SECRET).update(url).digest('base64'),
      'content-type': 'application/json',
    };
    expect(check('twilio', { url, headers, rawBody: bytes('{"a":1}') })).toBe('admitted');
    expect(check('twilio', { url, headers, rawBody: bytes('{"a":2}') })).toBe('body.mismatch');
  });

  it('lists of signed headers are bounded, whole and without repetition (Contentful)', () => {
    const request = (list: string): WebhookRequest => ({
      url: 'https://example.com/hooks/abc',
      headers: {
        'x-contentful-signature': '0'.repeat(64),
        'x-contentful-timestamp': String(NOW),
        'x-contentful-signed-headers': list,
      },
      rawBody: bytes('{}'),
    });
    const many = Array.from({ length: 31 }, (_, n) => `x-${n}`).join(',');
    expect(check('contentful', request(many))).toBe('header.too-many');
    expect(check('contentful', request('x-contentful-timestamp,x-contentful-timestamp'))).toBe('header.too-many');
    expect(check('contentful', request('x-contentful-signed-headers'))).toBe('header.missing');
    expect(check('contentful', request('x-contentful-timestamp,x-absent'))).toBe('header.missing');
    expect(check('contentful', request('x-contentful-timestamp'))).toBe('signature.mismatch');
  });

  it('a body that is not signed is said to be so, on the receipt (Mailgun)', () => {
    const at = String(NOW / 1000);
    const signature = createHmac('sha256', SECRET).update(`${at}token-1`).digest('hex');
    const body = JSON.stringify({
      signature: { timestamp: at, token: 'token-1', signature },
      'event-data': { event: 'opened' },
    });
    expect(verifyWebhook('mailgun', secrets, { headers: {}, rawBody: bytes(body) }, NOW, webhookCrypto)).toMatchObject({
      ok: true,
      dedupId: 'token-1',
      type: 'opened',
      receipt: { verified: true, bodySigned: false },
    });
  });

  it('an unsigned ping proves nothing, and swallows nothing (Mollie)', () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const ping = (body: string) => verifyWebhook('mollie', [], { headers, rawBody: bytes(body) }, NOW, webhookCrypto);
    expect(ping('id=tr_1')).toMatchObject({
      ok: true,
      dedupId: null,
      receipt: { verified: false, deliveryId: 'tr_1' },
    });
    expect(ping('x=1')).toMatchObject({ ok: false, reason: 'condition.failed' });
  });

  it('a certificate proves who signed, not for whom: a scheme must name the audience', () => {
    const scheme = {
      kind: 'public-key',
      name: 'x',
      algorithm: 'rsa-sha256',
      encoding: 'base64',
      key: { from: 'certificate', url: { from: 'header', name: 'cert' }, pin: { hosts: ['keys.example.com'] } },
      signature: { at: { from: 'header', name: 'sig' } },
      content: [{ part: 'body' }],
    };
    expect(verificationSchemeSchema.safeParse(scheme).success).toBe(false);
    const named = { ...scheme, audience: { from: 'json', path: ['topic'] } };
    expect(verificationSchemeSchema.safeParse(named).success).toBe(true);
  });

  it('without public-key cryptography, public-key schemes admit nobody', () => {
    const browser: WebhookCrypto = {
      hmac: webhookCrypto.hmac,
      sha256: webhookCrypto.sha256,
      equal: webhookCrypto.equal,
    };
    const keys = [{ keyId: 'k', secret: '0'.repeat(64) }];
    expect(verifyWebhook('discord', keys, { headers: {}, rawBody: bytes('') }, NOW, browser)).toMatchObject({
      reason: 'crypto.missing',
    });
  });
});
