/** What a configured secret becomes: the key of a keyed hash, or a public key. Never an empty key, which anyone could sign with. */
import { fromBase64, fromHex, fromUtf8, utf8 } from './bytes.js';
import type { PublicKey } from './crypto.js';
import { Refusal } from './refusal.js';
import type { HmacScheme, PublicKeyScheme } from './scheme.js';

/** One of the secrets that a sender may sign with; several while they are being rotated. */
export interface WebhookSecret {
  readonly keyId: string;
  readonly secret: string;
  /** `handshake`: what the provider repeats when it asks whether the address is right; it signs nothing. */
  readonly use?: 'signature' | 'handshake';
}

/** One unusable secret refuses all: a damaged configuration admits nobody. */
export function signingSecrets(secrets: readonly WebhookSecret[]): readonly WebhookSecret[] {
  const usable = secrets.filter(({ use }) => use !== 'handshake');
  if (usable.length === 0) throw new Refusal('secret.missing');
  if (usable.some(({ secret }) => secret.trim() === '')) throw new Refusal('secret.empty');
  return usable;
}

/** @returns the key's bytes, or why there is none */
export function keyOf(form: HmacScheme['secret'], secret: string): Uint8Array | 'secret.empty' | 'secret.malformed' {
  const { prefix, encoding } = form;
  const text = prefix !== '' && secret.startsWith(prefix) ? secret.slice(prefix.length) : secret;
  if (text.trim() === '') return 'secret.empty';
  const key = encoding === 'utf8' ? utf8(text) : encoding === 'hex' ? fromHex(text) : fromBase64(text);
  if (key === null) return 'secret.malformed';
  return key.length === 0 ? 'secret.empty' : key;
}

/** @throws Refusal `secret.malformed` */
export function publicKeyOf(key: Extract<PublicKeyScheme['key'], { from: 'secret' }>, secret: string): PublicKey {
  const text = (key.prefix !== '' && secret.startsWith(key.prefix) ? secret.slice(key.prefix.length) : secret).trim();
  if (key.form === 'pem') return { kind: 'pem', text };
  const bytes = key.form === 'raw-hex' ? fromHex(text) : fromBase64(text);
  if (bytes === null || bytes.length === 0) throw new Refusal('secret.malformed');
  if (key.form === 'spki-base64') return { kind: 'spki', bytes };
  if (bytes.length !== 32) throw new Refusal('secret.malformed');
  return { kind: 'raw', bytes };
}

/** A fetched certificate: PEM as it was served. */
export function certificateOf(bytes: Uint8Array): PublicKey {
  const text = fromUtf8(bytes);
  if (text === null || !text.includes('-----BEGIN CERTIFICATE-----')) throw new Refusal('key.malformed');
  return { kind: 'pem', text };
}
