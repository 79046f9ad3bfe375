/** Ids, tokens and digests: the places where the server room draws randomness. */
import { createHash, randomBytes, randomFillSync } from 'node:crypto';

/**
 * UUID version 7: milliseconds first, so that ids sort by time of making and index pages stay warm. Ids of one process
 * strictly increase, also within a millisecond and when the clock steps back.
 *
 * @see RFC 9562, section 5.7, and section 6.2 method 1 for the 12-bit counter
 */
export function uuidv7(now: number = Date.now()): string {
  if (now > lastMs) {
    lastMs = now;
    // Starts low so that a burst has room; a full counter borrows the next millisecond.
    counter = random(2).readUInt16BE() & 0x3ff;
  } else if (++counter > 0xfff) {
    lastMs += 1;
    counter = 0;
  }
  const bytes = Buffer.from(random(16));
  bytes.writeUIntBE(lastMs, 0, 6);
  bytes.writeUInt16BE(0x7000 | counter, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
let lastMs = 0;
let counter = 0;

/** Ids are made by the thousand: randomness is drawn from the system in blocks. Each byte is given out once. */
const block = Buffer.alloc(4096);
let unused = 0;

function random(bytes: number): Buffer {
  if (unused < bytes) {
    randomFillSync(block);
    unused = block.length;
  }
  unused -= bytes;
  return block.subarray(unused, unused + bytes);
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A secret random token in letters and digits: 22 characters for 128 bits, 43 for 256. */
export function randomToken(bits: 128 | 256): string {
  let rest = BigInt(`0x${randomBytes(bits / 8).toString('hex')}`);
  let token = '';
  for (let length = Math.ceil(bits / Math.log2(62)); length > 0; length--) {
    token += BASE62.charAt(Number(rest % 62n));
    rest /= 62n;
  }
  return token;
}

export function sha256(data: string | Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}
