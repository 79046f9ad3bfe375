/** The cryptography that verification needs, handed in: the core has none of its own. */
import type { JsonObject } from '../kernel/index.js';

export type HashAlgorithm = 'sha1' | 'sha256' | 'sha512';

/** ECDSA signatures are written as DER, or (in tokens) as the two numbers side by side. */
export type PublicKeyAlgorithm = 'ed25519' | 'ecdsa-p256-sha256' | 'ecdsa-p256-sha256-raw' | 'rsa-sha1' | 'rsa-sha256';

export type PublicKey =
  /** The 32 bytes of an Ed25519 key. */
  | { readonly kind: 'raw'; readonly bytes: Uint8Array }
  /** SubjectPublicKeyInfo, DER. */
  | { readonly kind: 'spki'; readonly bytes: Uint8Array }
  /** A public key or an X.509 certificate. */
  | { readonly kind: 'pem'; readonly text: string }
  | { readonly kind: 'jwk'; readonly jwk: JsonObject };

export interface WebhookCrypto {
  hmac(algorithm: HashAlgorithm, key: Uint8Array, data: Uint8Array): Uint8Array;
  sha256(data: Uint8Array): Uint8Array;
  /** Compares two byte strings of equal length in constant time. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
  /**
   * Whether the key signed the data; `unusable` when it is no key of the algorithm. Where it is left out (a browser has only
   * asynchronous ones), schemes with public keys admit nobody.
   */
  verify?(algorithm: PublicKeyAlgorithm, key: PublicKey, data: Uint8Array, signature: Uint8Array): boolean | 'unusable';
}

/** As far as signing goes, a browser can do it too, in its own time. */
export interface SigningCrypto {
  hmac(algorithm: HashAlgorithm, key: Uint8Array, data: Uint8Array): Uint8Array | Promise<Uint8Array>;
}
