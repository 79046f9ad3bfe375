/** Text and bytes, strictly: nothing is skipped, guessed or repaired. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(start, start + 3);
    const group = (a << 16) | (b << 8) | c;
    const symbols = [18, 12, 6, 0].map((shift) => ALPHABET.charAt((group >> shift) & 63));
    const left = bytes.length - start;
    text +=
      symbols.slice(0, left === 1 ? 2 : left === 2 ? 3 : 4).join('') + (left === 1 ? '==' : left === 2 ? '=' : '');
  }
  return text;
}

/** @returns null unless the text is base64 of the standard alphabet, with its padding or without */
export function fromBase64(text: string): Uint8Array | null {
  const symbols = text.replace(/={1,2}$/, '');
  if (!/^[A-Za-z0-9+/]*$/.test(symbols) || symbols.length % 4 === 1) return null;
  if (symbols.length !== text.length && text.length % 4 !== 0) return null;
  const bytes = new Uint8Array(Math.floor((symbols.length * 3) / 4));
  let group = 0;
  let bits = 0;
  let at = 0;
  for (const symbol of symbols) {
    group = (group << 6) | ALPHABET.indexOf(symbol);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at] = (group >> bits) & 255;
      at += 1;
      group &= (1 << bits) - 1;
    }
  }
  return bytes;
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @returns null unless the text is hexadecimal digits of whole bytes, in either case */
export function fromHex(text: string): Uint8Array | null {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return null;
  return Uint8Array.from({ length: text.length / 2 }, (_, at) => parseInt(text.slice(at * 2, at * 2 + 2), 16));
}

export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** @returns null unless the text is base64 of the URL alphabet without padding */
export function fromBase64Url(text: string): Uint8Array | null {
  return /^[A-Za-z0-9_-]*$/.test(text) ? fromBase64(text.replaceAll('-', '+').replaceAll('_', '/')) : null;
}

/** @returns null when the bytes are not UTF-8; a byte order mark stays a character of the text */
export function fromUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** CRC-32 as of IEEE 802.3. It finds accidents; it proves nothing. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
