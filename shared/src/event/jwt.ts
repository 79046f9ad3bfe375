/**
 * Tokens that prove a request (JWS, compact form): of a listed algorithm, by a known key, in time, over this very body.
 *
 * The algorithm that counts is the scheme's, never only the token's; extensions that must be understood (`crit`) are not.
 */
import { isJsonObject } from '../kernel/index.js';
import type { Json, JsonObject } from '../kernel/index.js';
import { fromBase64Url, fromUtf8, toBase64, toHex, utf8 } from './bytes.js';
import type { PublicKey, PublicKeyAlgorithm, WebhookCrypto } from './crypto.js';
import { keyOf } from './key.js';
import type { WebhookSecret } from './key.js';
import { Refusal } from './refusal.js';
import type { JwtScheme } from './scheme.js';

interface Token {
  readonly algorithm: string;
  readonly keyId: string | null;
  readonly claims: JsonObject;
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

const ALGORITHMS: Record<'ES256' | 'RS256' | 'EdDSA', PublicKeyAlgorithm> = {
  ES256: 'ecdsa-p256-sha256-raw',
  RS256: 'rsa-sha256',
  EdDSA: 'ed25519',
};

/** @throws Refusal `token.malformed` */
export function readToken(text: string): Token {
  const [header = '', claims = '', signature = '', ...more] = text.split('.');
  const bytes = fromBase64Url(signature);
  const head = object(header);
  const body = object(claims);
  if (more.length > 0 || head === null || body === null || bytes === null || bytes.length === 0) {
    throw new Refusal('token.malformed');
  }
  const { alg, kid } = head;
  const keyIdIsOdd = kid !== undefined && !(typeof kid === 'string' && /^[A-Za-z0-9_.:=-]{1,128}$/.test(kid));
  if (typeof alg !== 'string' || keyIdIsOdd || Object.hasOwn(head, 'crit')) throw new Refusal('token.malformed');
  return {
    algorithm: alg,
    keyId: typeof kid === 'string' ? kid : null,
    claims: body,
    signed: utf8(`${header}.${claims}`),
    signature: bytes,
  };
}

/** @returns id of the secret that signed it; of a fetched key its own id @throws Refusal `token.*`, `signature.mismatch` */
export function provenBy(
  scheme: JwtScheme,
  token: Token,
  secrets: readonly WebhookSecret[],
  fetchedKeys: Json | undefined,
  crypto: WebhookCrypto,
): string {
  const algorithm = scheme.algorithms.find((listed) => listed === token.algorithm);
  if (algorithm === undefined) throw new Refusal('token.algorithm');
  if (fetchedKeys !== undefined) {
    return checkWith(keyIn(fetchedKeys, token), algorithm, token, crypto) ? (token.keyId ?? 'fetched') : mismatch();
  }
  const fitting = secrets.filter(({ secret }) => {
    if (algorithm === 'HS256') return isHmac(scheme, secret, token, crypto);
    return checkWith(configuredKey(scheme, secret, token), algorithm, token, crypto);
  });
  return fitting[0]?.keyId ?? mismatch();
}

function mismatch(): never {
  throw new Refusal('signature.mismatch');
}

function isHmac(scheme: JwtScheme, secret: string, token: Token, crypto: WebhookCrypto): boolean {
  const form = scheme.key.from === 'secret' ? scheme.key.form : null;
  // A public key is known to all: as the secret of a keyed hash it would let anyone sign.
  if (form !== 'utf8' && form !== 'base64') throw new Refusal('token.algorithm');
  const key = keyOf({ prefix: '', encoding: form }, secret);
  if (typeof key === 'string') throw new Refusal(key);
  const expected = crypto.hmac('sha256', key, token.signed);
  return token.signature.length === expected.length && crypto.equal(token.signature, expected);
}

function configuredKey(scheme: JwtScheme, secret: string, token: Token): PublicKey {
  const form = scheme.key.from === 'secret' ? scheme.key.form : null;
  if (form === 'pem') return { kind: 'pem', text: secret };
  if (form !== 'jwks') throw new Refusal('token.algorithm');
  const keys = parsed(secret);
  if (keys === undefined) throw new Refusal('secret.malformed');
  return keyIn(keys, token);
}

/** The key with the token's id; one without an id fits a set of exactly one key. */
function keyIn(set: Json, token: Token): PublicKey {
  const keys = isJsonObject(set) && Array.isArray(set['keys']) ? set['keys'].filter(isJsonObject) : [];
  const named = token.keyId === null ? keys : keys.filter((key) => key['kid'] === token.keyId);
  const [jwk, ...more] = named;
  if (jwk === undefined || more.length > 0 || jwk['kty'] === 'oct') throw new Refusal('token.key-unknown');
  return { kind: 'jwk', jwk };
}

function checkWith(
  key: PublicKey,
  algorithm: JwtScheme['algorithms'][number],
  token: Token,
  crypto: WebhookCrypto,
): boolean {
  if (algorithm === 'HS256') throw new Refusal('token.algorithm');
  if (crypto.verify === undefined) throw new Refusal('crypto.missing');
  const answer = crypto.verify(ALGORITHMS[algorithm], key, token.signed, token.signature);
  if (answer === 'unusable') throw new Refusal('key.malformed');
  return answer;
}

/** How far clocks may differ for `exp` and `nbf`. */
const LEEWAY_MS = 60_000;

/** @throws Refusal `token.expired`, `token.not-yet`, `body.mismatch` */
export function checkClaims(
  { bodyHash }: JwtScheme,
  { claims }: Token,
  rawBody: Uint8Array,
  nowMs: number,
  crypto: WebhookCrypto,
): void {
  const expiry = instant(claims, 'exp');
  const start = instant(claims, 'nbf');
  if (expiry !== null && nowMs >= expiry + LEEWAY_MS) throw new Refusal('token.expired');
  if (start !== null && nowMs < start - LEEWAY_MS) throw new Refusal('token.not-yet');
  if (bodyHash === null) return;
  const digest = crypto.sha256(rawBody);
  const expected = bodyHash.encoding === 'hex' ? toHex(digest) : toBase64(digest);
  const claimed = Object.hasOwn(claims, bodyHash.claim) ? claims[bodyHash.claim] : undefined;
  if (claimed !== expected) throw new Refusal('body.mismatch', { field: `claim:${bodyHash.claim}` });
}

function instant(claims: JsonObject, name: string): number | null {
  if (!Object.hasOwn(claims, name)) return null;
  const seconds = claims[name];
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 0) throw new Refusal('token.malformed');
  return seconds * 1000;
}

function object(encoded: string): JsonObject | null {
  const bytes = fromBase64Url(encoded);
  const value = bytes === null ? undefined : parsed(fromUtf8(bytes) ?? '');
  return isJsonObject(value) ? value : null;
}

export function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
