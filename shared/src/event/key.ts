import { fromBase64, utf8 } from './bytes.js';
import type { HmacScheme } from './scheme.js';

/** One of the secrets that a sender may sign with; several while they are being rotated. */
export interface WebhookSecret {
  readonly keyId: string;
  readonly secret: string;
}

/** @returns the key's bytes, or why there is none; never an empty key, which anyone could sign with */
export function keyOf(scheme: HmacScheme, secret: string): Uint8Array | 'secret.empty' | 'secret.malformed' {
  const { prefix, encoding } = scheme.secret;
  const text = prefix !== '' && secret.startsWith(prefix) ? secret.slice(prefix.length) : secret;
  if (text.trim() === '') return 'secret.empty';
  const key = encoding === 'utf8' ? utf8(text) : fromBase64(text);
  if (key === null) return 'secret.malformed';
  return key.length === 0 ? 'secret.empty' : key;
}
