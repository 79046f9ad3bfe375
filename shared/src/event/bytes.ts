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
