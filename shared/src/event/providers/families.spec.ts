/** Families of proofs that the table of forgeries does not reach: in the body, in the query, several headers, nonces, paths, tokens. */
import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { webhookCrypto } from '../../server/webhook-crypto.js';
import { verificationSchemeSchema, verifyWebhook } from '../index.js';
import type { VerificationScheme, WebhookRequest } from '../index.js';

const NOW = 1_767_225_600_000;
const SECRET = 'It is a secret of some length';
const URL = 'https://example.com/hooks/abc';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

type Partly = Partial<Omit<WebhookRequest, 'rawBody'>> & { body: string };
const hmac = (text: string, encoding: 'hex' | 'base64', algorithm = 'sha256', key: string | Buffer = SECRET) =>
  createHmac(algorithm, key).update(text).digest(encoding);

function outcome(scheme: string | VerificationScheme, { body, ...rest }: Partly, secret = SECRET): string {
  const request = { url: URL, headers: {}, ...rest, rawBody: new TextEncoder().encode(body) };
  const answer = verifyWebhook(scheme, [{ keyId: 'k', secret }], request, NOW, webhookCrypto);
  return answer.ok ? 'admitted' : answer.reason;
}

const scheme = (rest: object): VerificationScheme =>
  verificationSchemeSchema.parse({
    kind: 'hmac',
    name: 'own',
    algorithm: 'sha256',
    encoding: 'hex',
    secret: { encoding: 'utf8' },
    signature: { at: { from: 'header', name: 'sig' } },
    content: [{ part: 'body' }],
    ...rest,
  });

describe('in the body (E)', () => {
  const HEX_KEY = '44782def547aaa06c910c43932b1eb0c71fc68d9d0c057550c48ec2acf6ba056';
  const adyen = (change: object = {}, more: object[] = []) => {
    const item = {
      pspReference: 'p-1',
      merchantAccountCode: 'Shop',
      merchantReference: 'order-1',
      amount: { value: 1130, currency: 'EUR' },
      eventCode: 'AUTHORISATION',
      success: 'true',
    };
    const hmacSignature = hmac(
      'p-1::Shop:order-1:1130:EUR:AUTHORISATION:true',
      'base64',
      'sha256',
      Buffer.from(HEX_KEY, 'hex'),
    );
    const items = [{ ...item, additionalData: { hmacSignature }, ...change }, ...more];
    return {
      body: JSON.stringify({
        notificationItems: items.map((NotificationRequestItem) => ({ NotificationRequestItem })),
      }),
    };
  };

  it('adyen: over chosen fields, of one notification', () => {
    expect(outcome('adyen', adyen(), HEX_KEY)).toBe('admitted');
    expect(outcome('adyen', adyen({ success: 'false' }), HEX_KEY)).toBe('signature.mismatch');
    expect(outcome('adyen', adyen({ amount: { value: 1, currency: 'EUR' } }), HEX_KEY)).toBe('signature.mismatch');
    expect(outcome('adyen', adyen({ additionalData: {} }), HEX_KEY)).toBe('field.missing');
    expect(outcome('adyen', adyen({ amount: { value: 1.5, currency: 'EUR' } }), HEX_KEY)).toBe('field.malformed');
    expect(outcome('adyen', adyen({}, [{ pspReference: 'forged' }]), HEX_KEY)).toBe('condition.failed');
    expect(outcome('adyen', adyen(), 'no hexadecimal')).toBe('secret.malformed');
  });

  it('mailgun: over a time and a token, the body aside', () => {
    const signature = (timestamp: string, token: string) => ({
      timestamp,
      token,
      signature: hmac(timestamp + token, 'hex'),
    });
    const body = (value: object) => ({ body: JSON.stringify({ signature: value }) });
    const at = String(NOW / 1000);
    expect(outcome('mailgun', body(signature(at, 't')))).toBe('admitted');
    expect(outcome('mailgun', body({ ...signature(at, 't'), token: 'u' }))).toBe('signature.mismatch');
    expect(outcome('mailgun', body(signature(String(NOW / 1000 - 901), 't')))).toBe('timestamp.too-old');
    expect(outcome('mailgun', body({}))).toBe('field.missing');
    expect(outcome('mailgun', { body: 'x' })).toBe('body.not-json');
  });
});

describe('over address and form (C)', () => {
  it('mandrill, trello: the address as it was entered', () => {
    const body = 'mandrill_events=%5B%5D&b=2&a=1';
    const headers = { ...FORM, 'x-mandrill-signature': hmac(`${URL}a1b2mandrill_events[]`, 'base64', 'sha1') };
    expect(outcome('mandrill', { headers, body })).toBe('admitted');
    expect(outcome('mandrill', { headers, body: `${body}&c=3` })).toBe('signature.mismatch');
    const trello = { headers: { 'x-trello-webhook': hmac(`{}${URL}`, 'base64', 'sha1') }, body: '{}' };
    expect(outcome('trello', trello)).toBe('admitted');
    expect(outcome('trello', { ...trello, url: `${URL}?x=1` })).toBe('signature.mismatch');
  });

  it('a nonce beside them (as Plivo does)', () => {
    const nonce = { from: 'header', name: 'nonce' };
    const own = scheme({
      encoding: 'base64',
      signature: { at: { from: 'header', name: 'sig' }, format: { kind: 'list', separator: ',', version: null } },
      content: [
        { part: 'url' },
        { part: 'constant', text: '.' },
        { part: 'form-sorted' },
        { part: 'constant', text: '.' },
        { part: 'text', at: nonce },
      ],
      id: { firstOf: [[nonce]] },
      dedup: 'id',
    });
    const sig = `${hmac('x', 'base64')},${hmac(`${URL}.a1.n-1`, 'base64')}`;
    expect(outcome(own, { headers: { ...FORM, sig, nonce: 'n-1' }, body: 'a=1' })).toBe('admitted');
    expect(outcome(own, { headers: { ...FORM, sig, nonce: 'n-2' }, body: 'a=1' })).toBe('signature.mismatch');
    expect(outcome(own, { headers: { ...FORM, sig }, body: 'a=1' })).toBe('header.missing');
  });
});

describe('in the query (L), in one of several headers (M), in the path (K)', () => {
  it('pandadoc: a parameter, which is there once', () => {
    const signature = hmac('[]', 'hex');
    expect(outcome('pandadoc', { url: `${URL}?signature=${signature}`, body: '[]' })).toBe('admitted');
    expect(outcome('pandadoc', { url: `${URL}?signature=${signature}&signature=x`, body: '[]' })).toBe(
      'field.duplicate',
    );
    expect(outcome('pandadoc', { url: `${URL}?signature=`, body: '[]' })).toBe('field.empty');
    expect(outcome('pandadoc', { body: '[]' })).toBe('field.missing');
    expect(outcome('pandadoc', { url: `${URL}?signature=${signature}`, body: '[1]' })).toBe('signature.mismatch');
  });

  it('box: the primary or the secondary key, of the known version and algorithm', () => {
    const time = new Date(NOW).toISOString();
    const headers = {
      'box-delivery-timestamp': time,
      'box-signature-version': '1',
      'box-signature-algorithm': 'HmacSHA256',
    };
    const good = hmac(`{}${time}`, 'base64');
    const bad = hmac('x', 'base64');
    const check = (more: Record<string, string>) => outcome('box', { headers: { ...headers, ...more }, body: '{}' });
    expect(check({ 'box-signature-primary': good })).toBe('admitted');
    expect(check({ 'box-signature-primary': bad, 'box-signature-secondary': good })).toBe('admitted');
    expect(check({ 'box-signature-primary': bad, 'box-signature-secondary': bad })).toBe('signature.mismatch');
    expect(check({ 'box-signature-primary': good, 'box-signature-version': '2' })).toBe('condition.failed');
    expect(check({ 'box-signature-primary': good, 'box-signature-algorithm': 'none' })).toBe('condition.failed');
    expect(check({})).toBe('header.missing');
  });

  it('a secret in the path', () => {
    const own = verificationSchemeSchema.parse({
      kind: 'shared-secret',
      name: 'own',
      at: { from: 'path-segment', fromEnd: 0 },
    });
    expect(outcome(own, { body: '', url: 'https://example.com/hooks/secret-1?x=1' }, 'secret-1')).toBe('admitted');
    expect(outcome(own, { body: '', url: 'https://example.com/hooks/secret-2' }, 'secret-1')).toBe('secret.mismatch');
    expect(outcome(own, { body: '', url: 'https://example.com/' }, 'secret-1')).toBe('field.missing');
  });
});

describe('other keys and hashes (A, J)', () => {
  const jwt = (claims: object, key = SECRET) => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${part({ alg: 'HS256' })}.${part(claims)}`;
    return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
  };
  const sha256 = (encoding: 'hex' | 'base64') => createHash('sha256').update('{"id":"1"}').digest(encoding);

  it('airtable: a key that is base64', () => {
    const headers = { 'x-airtable-content-mac': `hmac-sha256=${hmac('{}', 'hex')}` };
    const secret = Buffer.from(SECRET).toString('base64');
    expect(outcome('airtable', { headers, body: '{}' }, secret)).toBe('admitted');
    expect(outcome('airtable', { headers, body: '{}' }, SECRET)).toBe('secret.malformed');
  });

  it('SHA-512, and hexadecimal in either case where a provider writes it so', () => {
    const own = scheme({ algorithm: 'sha512', encoding: 'hex-any' });
    const sig = hmac('{}', 'hex', 'sha512');
    expect(outcome(own, { headers: { sig: sig.toUpperCase() }, body: '{}' })).toBe('admitted');
    expect(outcome(own, { headers: { sig: sig.slice(2) }, body: '{}' })).toBe('signature.malformed');
  });

  it('netlify, livekit: the body’s hash in a token', () => {
    const body = '{"id":"1"}';
    const netlify = (claims: object) => outcome('netlify', { headers: { 'x-webhook-signature': jwt(claims) }, body });
    expect(netlify({ iss: 'netlify', sha256: sha256('hex') })).toBe('admitted');
    expect(netlify({ iss: 'other', sha256: sha256('hex') })).toBe('condition.failed');
    expect(netlify({ iss: 'netlify', sha256: sha256('base64') })).toBe('body.mismatch');
    const livekit = (claims: object) => outcome('livekit', { headers: { authorization: jwt(claims) }, body });
    expect(livekit({ exp: NOW / 1000 + 60, sha256: sha256('base64') })).toBe('admitted');
    expect(livekit({ sha256: sha256('base64') })).toBe('condition.failed');
    expect(livekit({ exp: NOW / 1000 - 60, sha256: sha256('base64') })).toBe('token.expired');
  });

  it('a body that is a token itself (as Wix does)', () => {
    const own = verificationSchemeSchema.parse({
      kind: 'jwt',
      name: 'own',
      token: { from: 'body' },
      algorithms: ['HS256'],
      key: { from: 'secret', form: 'utf8' },
      bodyHash: null,
    });
    expect(outcome(own, { body: jwt({ data: 'x' }) })).toBe('admitted');
    expect(outcome(own, { body: jwt({ data: 'x' }, 'other') })).toBe('signature.mismatch');
    expect(outcome(own, { body: '{"data":"x"}' })).toBe('token.malformed');
  });
});
