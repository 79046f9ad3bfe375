/**
 * Sealing of stored secrets: each gets a random data key, which is wrapped by the installation's key.
 *
 * Promises: 1. AES-256-GCM both times, with random 96-bit nonces; a data key serves one sealing only; 2. purpose and row are
 * authenticated: a sealed value moved to another row or column does not open; 3. it says by which key it was wrapped, so that a new
 * installation key can re-wrap without touching the secrets.
 *
 * Layout: version 1 | id of the wrapping key 4 | nonce 12, wrapped data key 32, tag 16 | nonce 12, tag 16, ciphertext
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { FailureError, failure } from '../../kernel/index.js';
import { sha256 } from '../ids.js';

export interface SealedFor {
  /** Table and column, such as `trigger.secret`. */
  readonly purpose: string;
  readonly rowId: string;
}

export interface Sealer {
  seal(secret: string, place: SealedFor): Buffer;
  /** @throws FailureError `secret.unreadable`, which never tells more */
  unseal(sealed: Buffer, place: SealedFor): string;
}

const VERSION = 1;
const NONCE = 12;
const TAG = 16;
const KEY = 32;
const WRAP_AT = 5;
const BODY_AT = WRAP_AT + NONCE + KEY + TAG;

/** @param sealingKey 32 bytes */
export function createSealer(sealingKey: Buffer): Sealer {
  if (sealingKey.length !== KEY) throw new FailureError(failure('bug', 'secret.key', 'A sealing key has 32 bytes.'));
  const keyId = sha256(Buffer.concat([Buffer.from('sagawright key id'), sealingKey])).subarray(0, 4);
  return {
    seal: (secret, place) => {
      const bound = boundTo(place);
      const dataKey = randomBytes(KEY);
      const head = Buffer.concat([Buffer.from([VERSION]), keyId]);
      const wrapped = encrypt(sealingKey, dataKey, Buffer.concat([head, bound]));
      const body = encrypt(dataKey, Buffer.from(secret, 'utf8'), bound);
      dataKey.fill(0);
      return Buffer.concat([
        head,
        wrapped.nonce,
        wrapped.ciphertext,
        wrapped.tag,
        body.nonce,
        body.tag,
        body.ciphertext,
      ]);
    },
    unseal: (sealed, place) => {
      try {
        if (sealed.readUInt8(0) !== VERSION) throw new Error('unknown version');
        if (!sealed.subarray(1, WRAP_AT).equals(keyId)) throw new Error('sealed by another key');
        const bound = boundTo(place);
        const part = (at: number, length: number) => sealed.subarray(at, at + length);
        const dataKey = decrypt(
          sealingKey,
          part(WRAP_AT, NONCE),
          part(WRAP_AT + NONCE, KEY),
          part(WRAP_AT + NONCE + KEY, TAG),
          Buffer.concat([sealed.subarray(0, WRAP_AT), bound]),
        );
        const secret = decrypt(
          dataKey,
          part(BODY_AT, NONCE),
          sealed.subarray(BODY_AT + NONCE + TAG),
          part(BODY_AT + NONCE, TAG),
          bound,
        );
        dataKey.fill(0);
        return secret.toString('utf8');
      } catch (cause) {
        throw new FailureError(
          failure(
            'operational',
            'secret.unreadable',
            `The stored secret "${place.purpose}" cannot be opened: start with the SAGAWRIGHT_KEY that sealed it, or set the secret anew.`,
          ),
          { cause },
        );
      }
    },
  };
}

/** Lengths first, so that no two places read the same. */
function boundTo({ purpose, rowId }: SealedFor): Buffer {
  return Buffer.from(`${purpose.length}|${purpose}|${rowId}`, 'utf8');
}

function encrypt(key: Buffer, plain: Buffer, bound: Buffer): { nonce: Buffer; ciphertext: Buffer; tag: Buffer } {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG }).setAAD(bound);
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  return { nonce, ciphertext, tag: cipher.getAuthTag() };
}

function decrypt(key: Buffer, nonce: Buffer, ciphertext: Buffer, tag: Buffer, bound: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG }).setAAD(bound).setAuthTag(tag);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
}
