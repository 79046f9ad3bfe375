import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { PublicKey, PublicKeyAlgorithm } from '../event/index.js';
import { webhookCrypto } from './webhook-crypto.js';

const DATA = Buffer.from('signed content');
/** Made for this test; its private key was thrown away. */
const CERTIFICATE = [
  '-----BEGIN CERTIFICATE-----',
  'MIIDDzCCAfegAwIBAgIUB8s51Ws9xB115kHafhBl45e8agQwDQYJKoZIhvcNAQEL',
  'BQAwFjEUMBIGA1UEAwwLc25zLmV4YW1wbGUwIBcNMjYxMTIxMTY1MjI5WhgPMjEy',
  'NjEwMjgxNjUyMjlaMBYxFDASBgNVBAMMC3Nucy5leGFtcGxlMIIBIjANBgkqhkiG',
  '9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqgD5UdtLJGkQc4kQ15Z8lPsCsQYm7Cfpd+Xz',
  'bfEVtNFf1bSPwPEWW/AMKUo3sWWnVBtcAuNC7nG4XajqE2RCMKPDevZAcbaSRbJX',
  'eUNU5BMYkePIUsws+QfwmYMICkIidi/Z5DgJQ9ERXh7a/alwblofPNrHVpkOTNv+',
  'pFcZyeyamtakgNrFEg9Iq/C82A1zsrs3W4JqO2Qgz6xWJKWBc19KrG2x9OuN9WgT',
  'wF8NUWLUPOafGDceEMnFW2JHxUUg7SfF4nG6DVYYPj/KySyWZrH5TudseATqbGxk',
  '/WvwECz1aWhWqa/nGiqywXLR7EUqsv4WfdTgXSVJEfL7/yKg1wIDAQABo1MwUTAd',
  'BgNVHQ4EFgQU6ZwXVNVEHENU7Ut0afQDz1q2tmkwHwYDVR0jBBgwFoAU6ZwXVNVE',
  'HENU7Ut0afQDz1q2tmkwDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOC',
  'AQEADx8zojPwJjo0wpVKaIYby214US5xWUouxK+iBLUyeOrVoSGueTgn7H1avn/o',
  'HUmNKrozzfdoPqECZw5B/KyqVZJd6qQRkFmRB2dNxVDCZAdQ4tkgjilhUipUp0+1',
  'gV5rtQ2MMMQvJ/HeLSX70jKSokl1VXnb54/9dubZXMZ44xAE/VzlBsDyKjH4tpHy',
  '73SHjiP/ezD7ButJ4imzVVfMlPrgjmN5Uj5a7awCb4PN9dzuH95shE4jmqlAtKfT',
  'aDPSONmfqYnJ/Z6buTULq191g0QCWs4nFNw5pjCHxezc0huyZhB7rX3Z6jS0i7ka',
  '8gvfIHlrkAo3vzB7ii2nfL5jJQ==',
  '-----END CERTIFICATE-----',
].join('\n');
const BY_CERTIFICATE =
  'XcR6U4E7/a2klQtfsEiJQlDuRWWQM+1jrcUzIkdfE3+YUnPuiS0cAqVR94lqKRoYNBxCGwISiZmAq9FObWP6Uutf31fn+pLIgGgwvig1tDp0vfyVxnYlkctXqkCwTqStQcBTdQZV0hRQb9z6v/R5MNT8Gjw3c1H3b7xraDfxs6hQf5psn0PEKV6NrYrKLqiGsfcIEjUzJFr/rkTlc05vW7AulBItV2fv4UjNRby6FZnyzAmkhxFh7kzvuP9XVD/B6xMXPKRzQFWt3p94v2wgRLusPqrdSJ0Zdxkij/pGZcxS12sH+dXAsFc3cVpfHchFsCRRMVDsiNWuISR057yoKg==';

const pem = (key: KeyObject): PublicKey => ({
  kind: 'pem',
  text: key.export({ format: 'pem', type: 'spki' }).toString(),
});
const verify = (algorithm: PublicKeyAlgorithm, key: PublicKey, signature: Uint8Array, data: Uint8Array = DATA) =>
  webhookCrypto.verify?.(algorithm, key, data, signature);

describe('the cryptography of webhooks', () => {
  it('checks by a certificate', () => {
    const signature = Buffer.from(BY_CERTIFICATE, 'base64');
    const certificate: PublicKey = { kind: 'pem', text: CERTIFICATE };
    expect(verify('rsa-sha256', certificate, signature)).toBe(true);
    expect(verify('rsa-sha256', certificate, signature, Buffer.from('other content'))).toBe(false);
    expect(verify('rsa-sha1', certificate, signature)).toBe(false);
  });

  it('uses a key for its own algorithm only', () => {
    const ed = generateKeyPairSync('ed25519');
    const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const signature = sign(null, DATA, ed.privateKey);
    expect(verify('ed25519', pem(ed.publicKey), signature)).toBe(true);
    expect(verify('ecdsa-p256-sha256', pem(ed.publicKey), signature)).toBe('unusable');
    expect(verify('rsa-sha256', pem(p256.publicKey), signature)).toBe('unusable');
    expect(verify('ecdsa-p256-sha256', pem(p384.publicKey), sign('sha256', DATA, p384.privateKey))).toBe('unusable');
  });

  it('reads both ways to write an ECDSA signature, and no other length', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const der = sign('sha256', DATA, privateKey);
    const raw = sign('sha256', DATA, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    expect([
      verify('ecdsa-p256-sha256', pem(publicKey), der),
      verify('ecdsa-p256-sha256', pem(publicKey), raw),
    ]).toEqual([true, false]);
    expect(verify('ecdsa-p256-sha256-raw', pem(publicKey), raw)).toBe(true);
    expect(verify('ecdsa-p256-sha256-raw', pem(publicKey), raw.subarray(1))).toBe(false);
    expect(verify('ecdsa-p256-sha256-raw', pem(publicKey), Buffer.alloc(64))).toBe(false);
  });

  it('takes no short RSA key, and nothing that is no key', () => {
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 });
    expect(verify('rsa-sha256', pem(short.publicKey), sign('sha256', DATA, short.privateKey))).toBe('unusable');
    expect(verify('rsa-sha256', { kind: 'pem', text: 'no key' }, DATA)).toBe('unusable');
    expect(verify('ecdsa-p256-sha256', { kind: 'spki', bytes: Buffer.from('no key') }, DATA)).toBe('unusable');
    expect(verify('ecdsa-p256-sha256', { kind: 'jwk', jwk: { kty: 'oct', k: 'AA' } }, DATA)).toBe('unusable');
  });
});
