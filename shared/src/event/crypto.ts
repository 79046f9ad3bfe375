/** The cryptography that verification needs, handed in: the core has none of its own. */
import type { HmacScheme } from './scheme.js';

export type HashAlgorithm = HmacScheme['algorithm'];

export interface WebhookCrypto {
  hmac(algorithm: HashAlgorithm, key: Uint8Array, data: Uint8Array): Uint8Array;
  sha256(data: Uint8Array): Uint8Array;
  /** Compares two byte strings of equal length in constant time. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
}

/** As far as signing goes, a browser can do it too, in its own time. */
export interface SigningCrypto {
  hmac(algorithm: HashAlgorithm, key: Uint8Array, data: Uint8Array): Uint8Array | Promise<Uint8Array>;
}
