/** Password hashes: scrypt with N = 2^17, r = 8, p = 1, about a third of a second and 128 MiB per guess. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { sha256 } from '../ids.js';

const LOG_N = 17;
const R = 8;
const P = 1;
const HASH_BYTES = 32;

/** @returns `scrypt$17$8$1$salt$hash`: the parameters stand beside the hash, so that they can grow later */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, LOG_N, R, P);
  return ['scrypt', LOG_N, R, P, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/**
 * @param stored null when there is no such account or it has no password: takes just as long and answers false
 */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  const [scheme, logN, r, p, salt, hash] = (stored ?? (await decoy())).split('$');
  if (scheme !== 'scrypt' || salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, 'base64url');
  const found = await derive(password, Buffer.from(salt, 'base64url'), Number(logN), Number(r), Number(p));
  return stored !== null && equalInConstantTime(found, expected);
}

/** Compares without telling by its duration where, or whether by length, the two differ. */
export function equalInConstantTime(a: string | Uint8Array, b: string | Uint8Array): boolean {
  return timingSafeEqual(sha256(a), sha256(b));
}

let decoyHash: string | null = null;
async function decoy(): Promise<string> {
  return (decoyHash ??= [
    'scrypt',
    LOG_N,
    R,
    P,
    randomBytes(16).toString('base64url'),
    randomBytes(HASH_BYTES).toString('base64url'),
  ].join('$'));
}

/** The same password typed on different keyboards may arrive in different Unicode forms. */
function derive(password: string, salt: Buffer, logN: number, r: number, p: number): Promise<Buffer> {
  const N = 2 ** logN;
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, { N, r, p, maxmem: 128 * N * r * 2 }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
