import ipaddr from 'ipaddr.js';

/** The bits of an IP address as text, led by its family, so that "lies in a block" is "begins with". */
export function addressBits(text: string): string | null {
  const isFour = ipaddr.IPv4.isValidFourPartDecimal(text);
  if (!isFour && (text.includes('%') || !text.includes(':') || !ipaddr.IPv6.isValid(text))) return null;
  const bytes = (isFour ? ipaddr.IPv4.parse(text) : ipaddr.IPv6.parse(text)).toByteArray();
  return `${isFour ? '4' : '6'}:${bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('')}`;
}

/** @returns the leading bits that all addresses of a block share, or a sentence that says what is wrong */
export function blockBits(cidr: string): { readonly bits: string } | { readonly problem: string } {
  const [address = '', mask = '', ...rest] = cidr.split('/');
  if (rest.length > 0 || !/^[0-9]{1,3}$/.test(mask)) {
    return { problem: 'A block is written as address/bits, for example "10.0.0.0/24".' };
  }
  const bits = addressBits(address);
  if (bits === null) return { problem: `"${address}" is not an IP address.` };
  const most = bits.startsWith('4') ? 31 : 127;
  if (Number(mask) > most) return { problem: `The mask must be at most ${most}; test single addresses as plain text.` };
  return { bits: bits.slice(0, 2 + Number(mask)) };
}
