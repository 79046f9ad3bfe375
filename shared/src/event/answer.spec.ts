/** Handshakes: how providers make sure of an address (section 3.3 of the webhook design: every form of them). */
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { webhookCrypto } from '../server/webhook-crypto.js';
import { answerHandshake, verifyWebhook } from './index.js';
import type { WebhookProviderId, WebhookRequest, WebhookSecret } from './index.js';

const NOW = 1_767_225_600_000;
const SECONDS = String(NOW / 1000);
const SECRET = 'It is a secret of some length';
const VERIFY: WebhookSecret = { keyId: 'address', secret: 'the-token-of-the-url', use: 'handshake' };
const URL = 'https://example.com/hooks/abc';

type Partly = Partial<Omit<WebhookRequest, 'rawBody'>> & { body?: string };
const request = ({ body = '', headers = {}, ...rest }: Partly): WebhookRequest => ({
  method: 'POST',
  url: URL,
  headers,
  ...rest,
  rawBody: new TextEncoder().encode(body),
});
const answer = (
  id: WebhookProviderId,
  partly: Partly,
  secrets: readonly WebhookSecret[] = [{ keyId: 'k', secret: SECRET }, VERIFY],
) => answerHandshake(id, secrets, request(partly), NOW, webhookCrypto);
const signedV0 = (signature: string, time: string, body: string, key = SECRET): Partly => ({
  headers: {
    [signature]: `v0=${createHmac('sha256', key).update(`v0:${SECONDS}:${body}`).digest('hex')}`,
    [time]: SECONDS,
  },
  body,
});
const slack = (body: string, key?: string) => signedV0('x-slack-signature', 'x-slack-request-timestamp', body, key);
const zoom = (body: string, key?: string) => signedV0('x-zm-signature', 'x-zm-request-timestamp', body, key);

describe('handshakes', () => {
  it('repeat a field of the body, as plain text that no browser runs (Slack, A088)', () => {
    const body = JSON.stringify({ type: 'url_verification', challenge: '<script>alert(1)</script>' });
    expect(answer('slack', slack(body))).toEqual({
      ok: true,
      kind: 'answer',
      name: 'url_verification',
      answer: {
        status: 200,
        headers: {
          'content-type': 'text/plain; charset=utf-8',
          'x-content-type-options': 'nosniff',
          'content-security-policy': "default-src 'none'; sandbox",
          'cache-control': 'no-store',
        },
        body: '<script>alert(1)</script>',
      },
    });
  });

  it('answer nothing before the signature fits, where the provider signs (A089)', () => {
    const body = JSON.stringify({ type: 'url_verification', challenge: 'c' });
    expect(answer('slack', slack(body, 'other'))).toMatchObject({ ok: false, reason: 'signature.mismatch' });
    expect(answer('slack', { body })).toMatchObject({ ok: false, reason: 'header.missing' });
    expect(answer('slack', slack(body), [])).toMatchObject({ ok: false, reason: 'secret.missing' });
    const validation = JSON.stringify({ event: 'endpoint.url_validation', payload: { plainToken: 'p' } });
    expect(answer('zoom', zoom(validation, 'other'))).toMatchObject({ ok: false, reason: 'signature.mismatch' });
  });

  it('leave deliveries alone, also those of another form', () => {
    expect(answer('slack', slack('{"type":"event_callback"}'))).toBeNull();
    expect(answer('slack', slack('command=%2Fx'))).toBeNull();
    expect(answer('github', { headers: { 'x-github-event': 'push' } })).toBeNull();
    expect(answer('stripe', {})).toBeNull();
    expect(answer('none', {})).toBeNull();
  });

  it('repeat a query parameter for whoever knows the verify token (Meta)', () => {
    const url = (token: string) => `${URL}?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=1158201444`;
    expect(answer('meta', { method: 'GET', url: url(VERIFY.secret) })).toMatchObject({
      answer: { body: '1158201444' },
    });
    for (const token of ['', 'other', SECRET, `${VERIFY.secret}0`]) {
      expect(answer('meta', { method: 'GET', url: url(token) })).toMatchObject({ ok: false });
    }
    expect(answer('meta', { method: 'GET', url: url('') }, [{ ...VERIFY, secret: '' }])).toMatchObject({ ok: false });
    const twice = `${url(VERIFY.secret)}&hub.challenge=2`;
    expect(answer('meta', { method: 'GET', url: twice })).toMatchObject({ ok: false, reason: 'field.duplicate' });
    expect(answer('meta', { method: 'POST', url: url(VERIFY.secret) })).toBeNull();
  });

  it('repeat a query parameter of a POST, and of a GET (Microsoft Graph, Dropbox)', () => {
    expect(answer('microsoft-graph', { url: `${URL}?validationToken=Validation%3a+Testing` })).toMatchObject({
      answer: { status: 200, body: 'Validation: Testing', headers: { 'content-type': 'text/plain; charset=utf-8' } },
    });
    expect(answer('dropbox', { method: 'GET', url: `${URL}?challenge=abc` })).toMatchObject({
      answer: { body: 'abc' },
    });
  });

  it.each([
    ['two lines', 'a%0d%0aSet-Cookie:+x=1'],
    ['a control character', 'a%00'],
    ['an endless text', 'a'.repeat(2001)],
    ['nothing', ''],
  ])('repeat no text of %s', (_what, challenge) => {
    expect(answer('dropbox', { method: 'GET', url: `${URL}?challenge=${challenge}` })).toMatchObject({ ok: false });
  });

  it('repeat a header: in JSON (Okta), in a header (RingCentral), as a grant (CloudEvents)', () => {
    expect(answer('okta', { method: 'GET', headers: { 'x-okta-verification-challenge': 'c-1' } })).toMatchObject({
      answer: { body: '{"verification":"c-1"}' },
    });
    expect(answer('ringcentral', { headers: { 'validation-token': 'v-1' } })).toMatchObject({
      answer: { headers: { 'validation-token': 'v-1' } },
    });
    expect(
      answer('cloudevents', { method: 'OPTIONS', headers: { 'webhook-request-origin': 'eventgrid.azure.net' } }),
    ).toMatchObject({
      answer: {
        status: 200,
        headers: { allow: 'POST', 'webhook-allowed-origin': 'eventgrid.azure.net', 'webhook-allowed-rate': '*' },
      },
    });
    const lines = { 'webhook-request-origin': 'a\r\nx: y' };
    expect(answer('cloudevents', { method: 'OPTIONS', headers: lines })).toMatchObject({ reason: 'field.malformed' });
  });

  it('compute the keyed hash of a token (Zoom)', () => {
    const body = JSON.stringify({
      event: 'endpoint.url_validation',
      payload: { plainToken: 'qgg8vlvZRS6UYooatFL8Aw' },
    });
    const encryptedToken = createHmac('sha256', SECRET).update('qgg8vlvZRS6UYooatFL8Aw').digest('hex');
    expect(answer('zoom', zoom(body))).toMatchObject({
      answer: { body: JSON.stringify({ plainToken: 'qgg8vlvZRS6UYooatFL8Aw', encryptedToken }) },
    });
  });

  it('reply in the type asked for, and tell a ping from an event (Discord)', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const secrets = [
      { keyId: 'k', secret: Buffer.from(String(publicKey.export({ format: 'jwk' }).x), 'base64url').toString('hex') },
    ];
    const discord = (body: string, text = body): Partly => ({
      body,
      headers: {
        'x-signature-ed25519': sign(null, Buffer.from(SECONDS + text), privateKey).toString('hex'),
        'x-signature-timestamp': SECONDS,
      },
    });
    expect(answer('discord', discord('{"type":1}'), secrets)).toMatchObject({
      answer: { status: 200, body: '{"type":1}' },
    });
    expect(answer('discord', discord('{"type":0}'), secrets)).toMatchObject({ answer: { status: 204, body: '' } });
    expect(answer('discord', discord('{"type":1,"event":{"type":"ENTITLEMENT_CREATE"}}'), secrets)).toBeNull();
    // The probe that must fail.
    expect(answer('discord', discord('{"type":1}', 'x'), secrets)).toMatchObject({
      ok: false,
      reason: 'signature.mismatch',
    });
  });

  it('take a secret that the provider made, only while none is set (Asana, Notion)', () => {
    const asana: Partly = { headers: { 'x-hook-secret': 's-1' } };
    expect(answer('asana', asana, [])).toMatchObject({
      kind: 'capture',
      secret: 's-1',
      answer: { status: 200, headers: { 'x-hook-secret': 's-1' } },
    });
    expect(answer('asana', asana)).toMatchObject({ ok: false, reason: 'secret.mismatch' });
    const notion: Partly = { body: '{"verification_token":"secret_tMrl"}' };
    expect(answer('notion', notion, [VERIFY])).toMatchObject({ kind: 'capture', secret: 'secret_tMrl' });
    expect(answer('notion', notion)).toMatchObject({ ok: false });
  });

  it('answer a ping without a run, once its signature fits (GitHub)', () => {
    const body = '{"zen":"Keep it logically awesome."}';
    const headers = {
      'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
      'x-github-event': 'ping',
      'x-github-delivery': 'd',
    };
    expect(answer('github', { body, headers })).toMatchObject({ answer: { status: 204 } });
    expect(answer('github', { body: '{}', headers })).toMatchObject({ ok: false, reason: 'signature.mismatch' });
  });

  it('answer a HEAD or GET of the address with nothing (Trello, Mandrill, Mailchimp)', () => {
    expect(answer('trello', { method: 'HEAD' })).toMatchObject({ answer: { status: 200, body: '' } });
    expect(answer('mandrill', { method: 'HEAD' })).toMatchObject({ answer: { status: 200 } });
    expect(answer('mailchimp', { method: 'GET' })).toMatchObject({ answer: { status: 200 } });
  });
});

describe('shared secrets', () => {
  const outcome = (id: WebhookProviderId, partly: Partly, secrets = [{ keyId: 'k', secret: SECRET }]): string => {
    const verification = verifyWebhook(id, secrets, request(partly), NOW, webhookCrypto);
    return verification.ok ? 'admitted' : verification.reason;
  };
  const json = (clientState: unknown, ...more: unknown[]) =>
    JSON.stringify({ value: [clientState, ...more].map((each) => ({ clientState: each })) });

  it.each<[WebhookProviderId, Partly, string]>([
    ['gitlab', { headers: { 'x-gitlab-token': SECRET } }, 'admitted'],
    ['gitlab', { headers: { 'x-gitlab-token': SECRET.slice(1) } }, 'secret.mismatch'],
    ['gitlab', { headers: { 'x-gitlab-token': `${SECRET} ` } }, 'secret.mismatch'],
    ['gitlab', { headers: { 'x-gitlab-token': [SECRET, SECRET] } }, 'header.duplicate'],
    ['gitlab', { headers: {} }, 'header.missing'],
    ['gitlab', { headers: { 'x-gitlab-token': '' } }, 'header.empty'],
    ['telegram', { headers: { 'x-telegram-bot-api-secret-token': SECRET }, body: '{"update_id":1}' }, 'admitted'],
    [
      'telegram',
      { headers: { 'x-telegram-bot-api-secret-token': SECRET }, body: '{"update_id":1.5}' },
      'field.malformed',
    ],
    ['telegram', { headers: { 'x-telegram-bot-api-secret-token': SECRET }, body: '{}' }, 'field.missing'],
    ['microsoft-graph', { body: json(SECRET, SECRET) }, 'admitted'],
    ['microsoft-graph', { body: json(SECRET, 'other') }, 'secret.mismatch'],
    ['microsoft-graph', { body: json(SECRET, undefined) }, 'field.missing'],
    ['microsoft-graph', { body: '{"value":[]}' }, 'field.missing'],
    ['microsoft-graph', { body: '{"value":{"clientState":"x"}}' }, 'field.missing'],
    ['microsoft-graph', { body: '{"__proto__":{"value":[]}}' }, 'field.missing'],
    ['mailchimp', { url: `${URL}?secret=${encodeURIComponent(SECRET)}` }, 'admitted'],
    ['mailchimp', { url: `${URL}?secret=${encodeURIComponent(SECRET)}&secret=x` }, 'field.duplicate'],
    ['mailchimp', { url: URL }, 'field.missing'],
    ['postmark', { headers: { authorization: `Basic ${Buffer.from(SECRET).toString('base64')}` } }, 'admitted'],
    [
      'postmark',
      { headers: { authorization: `Basic ${Buffer.from(`${SECRET}:`).toString('base64')}` } },
      'secret.mismatch',
    ],
    ['postmark', { headers: { authorization: 'Basic ====' } }, 'field.malformed'],
    ['postmark', { headers: { authorization: `Bearer ${SECRET}` } }, 'header.missing'],
    [
      'google',
      { headers: { 'x-goog-channel-token': SECRET, 'x-goog-channel-id': 'c', 'x-goog-message-number': '1' } },
      'admitted',
    ],
    ['google', { headers: { 'x-goog-channel-token': SECRET, 'x-goog-channel-id': 'c' } }, 'header.missing'],
  ])('of %s: %j is %s', (id, partly, expected) => {
    expect(outcome(id, partly)).toBe(expected);
  });
});
