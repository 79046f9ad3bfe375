/**
 * Which addresses and host names outgoing calls may reach (04-security, rules 2-4).
 *
 * A host is blocked unless every address it has is public unicast. The allow-list names exact `host:port` pairs.
 */
import ipaddr from 'ipaddr.js';

/** What ipaddr.js takes for unicast, but is not the public internet, or carries an IPv4 address past the check. */
const ALSO_BLOCKED = [
  '::/96', // IPv4-compatible
  '64:ff9b::/96', // NAT64
  '64:ff9b:1::/48', // local NAT64
  '2002::/16', // 6to4
  '2001::/32', // Teredo
  'fec0::/10', // site-local
  '168.63.129.16/32', // Azure's host
  '192.0.0.0/24', // IETF protocol assignments
  '192.88.99.0/24', // 6to4 relays
  '198.18.0.0/15', // benchmarks
].map((range) => ipaddr.parseCIDR(range));

const BLOCKED_NAMES = new Set(['localhost', 'metadata', 'metadata.google.internal', 'instance-data']);
const BLOCKED_SUFFIXES = ['.localhost', '.internal', '.local'];

export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) return false;
  if (address.range() !== 'unicast') return false;
  return !ALSO_BLOCKED.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits));
}

/** @param hostname as WHATWG URL gives it: lower case, numbers and full-width letters already normalised */
export function isBlockedName(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '');
  return BLOCKED_NAMES.has(name) || BLOCKED_SUFFIXES.some((suffix) => name.endsWith(suffix));
}

/** `[::1]` without its brackets, or null when the host is a name. */
export function literalAddress(hostname: string): string | null {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(bare) ? bare : null;
}
