/** Forged and damaged deliveries of providers that prove themselves by a token over the body's hash (family J). */
import { createHash, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { webhookCrypto } from '../../server/webhook-crypto.js';
import { admitWebhook, verificationSchemeSchema, verifyWebhook } from '../index.js';
import type { RefusalReason, VerificationScheme } from '../index.js';

const NOW = 1_767_225_600_000;
const IAT = NOW / 1000;
const BODY = '{"webhook_code": "DEFAULT_UPDATE"}';
const SECRET = 'a signature secret of some length';
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'key-1', use: 'sig' };
const JWKS = JSON.stringify({ keys: [{ ...stranger.publicKey.export({ format: 'jwk' }), kid: 'key-0' }, jwk] });
const PEM = publicKey.export({ format: 'pem', type: 'spki' }).toString();
const sha256 = (text: string, encoding: 'hex' | 'base64' = 'hex') => createHash('sha256').update(text).digest(encoding);
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

interface Case {
  head: Record<string, unknown>;
  claims: Record<string, unknown>;
  secrets: { keyId: string; secret: string }[];
  body: string;
  nowMs: number;
  sign: (signed: string) => Buffer;
  token?: (whole: string) => string | string[] | undefined;
}
type Damage = [what: string, damage: (c: Case) => void, reason: RefusalReason];

const es256 =
  (key = privateKey) =>
  (signed: string) =>
    sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
const hs256 = (key: string) => (signed: string) => createHmac('sha256', key).update(signed).digest();

const plaid = (): Case => ({
  head: { alg: 'ES256', kid: 'key-1', typ: 'JWT' },
  claims: { iat: IAT, request_body_sha256: sha256(BODY) },
  secrets: [{ keyId: 'k1', secret: JWKS }],
  body: BODY,
  nowMs: NOW,
  sign: es256(),
});
const vonage = (): Case => ({
  head: { alg: 'HS256', typ: 'JWT' },
  claims: { iat: IAT, jti: 'j-1', payload_hash: sha256(BODY) },
  secrets: [{ keyId: 'k1', secret: SECRET }],
  body: BODY,
  nowMs: NOW,
  sign: hs256(SECRET),
});

function request(id: 'plaid' | 'vonage', c: Case) {
  const signed = `${part(c.head)}.${part(c.claims)}`;
  const whole = `${signed}.${c.sign(signed).toString('base64url')}`;
  const token = c.token === undefined ? whole : c.token(whole);
  const headers = id === 'plaid' ? { 'plaid-verification': token } : { authorization: bearer(token) };
  return { headers, rawBody: new TextEncoder().encode(c.body) };
}
const credentials = (token: string) => (token.startsWith('Basic ') ? token : `Bearer ${token}`);
const bearer = (token: string | string[] | undefined) =>
  typeof token === 'string' ? credentials(token) : token?.map(credentials);

function outcome(id: 'plaid' | 'vonage', c: Case): string {
  const answer = verifyWebhook(id, c.secrets, request(id, c), c.nowMs, webhookCrypto);
  return answer.ok ? 'admitted' : answer.reason;
}

const COMMON: Damage[] = [
  ['no token (A061)', (c) => (c.token = () => undefined), 'header.missing'],
  ['two tokens (A070)', (c) => (c.token = (t) => [t, t]), 'header.duplicate'],
  ['no secret (A073)', (c) => (c.secrets = []), 'secret.missing'],
  ['an empty secret (A074)', (c) => (c.secrets = [{ keyId: 'k', secret: '' }]), 'secret.empty'],
  ['the algorithm "none"', (c) => (c.head.alg = 'none'), 'token.algorithm'],
  ['no algorithm', (c) => delete c.head.alg, 'token.malformed'],
  ['an algorithm in another case', (c) => (c.head.alg = String(c.head.alg).toLowerCase()), 'token.algorithm'],
  ['a neighbouring algorithm', (c) => (c.head.alg = 'RS256'), 'token.algorithm'],
  ['extensions that must be understood', (c) => (c.head.crit = ['exp']), 'token.malformed'],
  ['a key id that is a path (A085)', (c) => (c.head.kid = '../../etc/passwd'), 'token.malformed'],
  ['a key id that is no text', (c) => (c.head.kid = { $ne: null }), 'token.malformed'],
  ['the hash of another body (A086)', (c) => (c.body += ' '), 'body.mismatch'],
  ['no signature', (c) => (c.token = (t) => t.slice(0, t.lastIndexOf('.') + 1)), 'token.malformed'],
  ['two parts only', (c) => (c.token = (t) => t.slice(0, t.lastIndexOf('.'))), 'token.malformed'],
  ['four parts', (c) => (c.token = (t) => `${t}.x`), 'token.malformed'],
  ['a truncated signature', (c) => (c.token = (t) => t.slice(0, -8)), 'signature.mismatch'],
  [
    'claims of another token',
    (c) => (c.token = (t) => t.replace(/\.[^.]+\./, `.${part({ iat: IAT })}.`)),
    'signature.mismatch',
  ],
  ['claims that are no object', (c) => (c.token = (t) => t.replace(/\.[^.]+\./, `.${part([1])}.`)), 'token.malformed'],
  ['letters of no alphabet', (c) => (c.token = (t) => `${t}+/=`), 'token.malformed'],
  ['a time a second too old (A076)', (c) => (c.claims.iat = IAT - 301), 'timestamp.too-old'],
  ['a time a second too new (A077)', (c) => (c.claims.iat = IAT + 301), 'timestamp.too-new'],
  ['no time', (c) => delete c.claims.iat, 'field.missing'],
  ['a time that is a fraction', (c) => (c.claims.iat = IAT + 0.9), 'field.malformed'],
  ['a time with junk', (c) => (c.claims.iat = `${IAT}junk`), 'timestamp.malformed'],
  ['a token that is over', (c) => (c.claims.exp = IAT - 61), 'token.expired'],
  ['an end that is no number', (c) => (c.claims.exp = 'tomorrow'), 'token.malformed'],
  ['a token that is not yet', (c) => (c.claims.nbf = IAT + 61), 'token.not-yet'],
];

describe('plaid', () => {
  it.each<Damage>([
    ...COMMON,
    ['another key under the same id', (c) => (c.sign = es256(stranger.privateKey)), 'signature.mismatch'],
    ['a key that is not listed', (c) => (c.head.kid = 'key-9'), 'token.key-unknown'],
    ['no key id, with two keys listed', (c) => delete c.head.kid, 'token.key-unknown'],
    ['the key’s name in another case', (c) => (c.head.kid = 'KEY-1'), 'token.key-unknown'],
    ['keys that are no JSON', (c) => (c.secrets = [{ keyId: 'k', secret: 'keys' }]), 'secret.malformed'],
    ['an empty list of keys', (c) => (c.secrets = [{ keyId: 'k', secret: '{"keys":[]}' }]), 'token.key-unknown'],
    [
      'the public key as the secret of a keyed hash',
      (c) => ((c.head.alg = 'HS256'), (c.sign = hs256(PEM))),
      'token.algorithm',
    ],
    [
      'a signature written as DER',
      (c) => (c.sign = (signed) => sign('sha256', Buffer.from(signed), privateKey)),
      'signature.mismatch',
    ],
    ['the hash in capitals', (c) => (c.claims.request_body_sha256 = sha256(BODY).toUpperCase()), 'body.mismatch'],
    ['no hash', (c) => delete c.claims.request_body_sha256, 'body.mismatch'],
  ])('refuses %s', (_what, damage, reason) => {
    const c = plaid();
    expect(outcome('plaid', c)).toBe('admitted');
    damage(c);
    expect(outcome('plaid', c)).toBe(reason);
  });
});

describe('vonage', () => {
  it.each<Damage>([
    ...COMMON,
    ['another secret', (c) => (c.secrets = [{ keyId: 'k', secret: 'other' }]), 'signature.mismatch'],
    ['another kind of credentials', (c) => (c.token = (t) => `Basic ${t}`), 'header.missing'],
    ['no hash', (c) => delete c.claims.payload_hash, 'body.mismatch'],
  ])('refuses %s', (_what, damage, reason) => {
    const c = vonage();
    expect(outcome('vonage', c)).toBe('admitted');
    damage(c);
    expect(outcome('vonage', c)).toBe(reason);
  });

  it('knows a repetition by its body, for it has a token of its own', () => {
    const again = { ...vonage(), claims: { ...vonage().claims, jti: 'j-2' } };
    const ids = [vonage(), again].map((c) =>
      verifyWebhook('vonage', c.secrets, request('vonage', c), NOW, webhookCrypto),
    );
    expect(ids[0]).toMatchObject({ ok: true, receipt: { deliveryId: 'j-1' } });
    expect(ids[0]?.ok && ids[1]?.ok && ids[0].dedupId === ids[1].dedupId).toBe(true);
  });
});

describe('keys at an address', () => {
  const scheme = (url: string): VerificationScheme =>
    verificationSchemeSchema.parse({
      kind: 'jwt',
      name: 'own',
      token: { from: 'header', name: 'plaid-verification' },
      algorithms: ['ES256'],
      key: { from: 'jwks', url, pin: { hosts: ['keys.example.com'] } },
      bodyHash: { claim: 'request_body_sha256', encoding: 'hex' },
    });
  const keys = 'https://keys.example.com/jwks.json';
  const admit = async (url: string, found: string | null) => {
    const asked: [string, readonly string[]][] = [];
    const source = (address: string, hosts: readonly string[]) => {
      asked.push([address, hosts]);
      return Promise.resolve(found === null ? null : new TextEncoder().encode(found));
    };
    const answer = await admitWebhook(scheme(url), [], request('plaid', plaid()), NOW, webhookCrypto, source);
    return [answer.ok ? answer.receipt.keyId : answer.reason, asked];
  };

  it('are fetched once, from the pinned host, and then prove', async () => {
    expect(await admit(keys, JWKS)).toEqual(['key-1', [[keys, ['keys.example.com']]]]);
  });

  it('admit nobody when they are not to be had, no keys, or elsewhere (A059)', async () => {
    expect((await admit(keys, null))[0]).toBe('key.unavailable');
    expect((await admit(keys, '<html>'))[0]).toBe('token.key-unknown');
    expect((await admit(keys, '{"keys":[{"kty":"oct","kid":"key-1","k":"AA"}]}'))[0]).toBe('token.key-unknown');
    expect(await admit('https://evil.example.com/jwks.json', JWKS)).toEqual(['key.host', []]);
  });

  it('are named by the engine, which fetches nothing itself', () => {
    expect(verifyWebhook(scheme(keys), [], request('plaid', plaid()), NOW, webhookCrypto)).toEqual({
      ok: false,
      reason: 'key.wanted',
      wanted: { url: keys, hosts: ['keys.example.com'], form: 'jwks' },
    });
  });
});
