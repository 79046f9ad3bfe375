/** Node's cryptography for the verification of webhooks. A key counts only for the algorithm that it was made for. */
import { createHash, createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import type { PublicKey, PublicKeyAlgorithm, WebhookCrypto } from '../event/index.js';

/** Shorter RSA keys are within reach of others. */
const FEWEST_RSA_BITS = 2048;

export const webhookCrypto: WebhookCrypto = {
  hmac: (algorithm, key, data) => createHmac(algorithm, key).update(data).digest(),
  sha256: (data) => createHash('sha256').update(data).digest(),
  equal: (a, b) => timingSafeEqual(a, b),
  verify: (algorithm, publicKey, data, signature) => {
    const key = keyFor(algorithm, publicKey);
    if (key === null) return 'unusable';
    switch (algorithm) {
      case 'ed25519':
        return verify(null, data, key, signature);
      case 'ecdsa-p256-sha256':
        return verify('sha256', data, { key, dsaEncoding: 'der' }, signature);
      case 'ecdsa-p256-sha256-raw':
        return verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature);
      case 'rsa-sha1':
        return verify('sha1', data, key, signature);
      case 'rsa-sha256':
        return verify('sha256', data, key, signature);
    }
  },
};

function keyFor(algorithm: PublicKeyAlgorithm, publicKey: PublicKey): KeyObject | null {
  try {
    const key = read(publicKey);
    const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
    switch (key.asymmetricKeyType) {
      case 'ed25519':
        return algorithm === 'ed25519' ? key : null;
      case 'ec':
        return algorithm.startsWith('ecdsa-p256') && namedCurve === 'prime256v1' ? key : null;
      case 'rsa':
        return algorithm.startsWith('rsa-') && modulusLength >= FEWEST_RSA_BITS ? key : null;
      default:
        return null;
    }
  } catch {
    return null;
  }
}

function read(publicKey: PublicKey): KeyObject {
  switch (publicKey.kind) {
    case 'raw': {
      const x = Buffer.from(publicKey.bytes).toString('base64url');
      return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    }
    case 'spki':
      return createPublicKey({ key: Buffer.from(publicKey.bytes), format: 'der', type: 'spki' });
    case 'pem':
      return createPublicKey(publicKey.text);
    case 'jwk':
      return createPublicKey({ key: publicKey.jwk as JsonWebKey, format: 'jwk' });
  }
}
