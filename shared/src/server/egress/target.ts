/** The first look at an outgoing call: everything that can be refused before a socket exists. */
import { err, failure, ok } from '../../kernel/index.js';
import type { Failure, Result } from '../../kernel/index.js';
import { isBlockedName, isPublicAddress, literalAddress } from './address.js';

export interface Target {
  readonly url: URL;
  /** An exact entry of the allow-list: addresses are not checked. */
  readonly allowed: boolean;
}

export function checkTarget(text: unknown, allow: ReadonlySet<string>): Result<Target, Failure> {
  if (typeof text !== 'string') return refused('egress.url', 'The URL of a call must be a text.');
  // WHATWG strips them silently; nobody writes them by accident.
  if (hasControlCharacter(text)) return refused('egress.url', 'The URL holds a control character; remove it.');
  if (text.includes('\\')) return refused('egress.url', 'The URL holds a backslash; write "/" instead.');
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return refused('egress.url', 'The URL is not a complete address such as https://api.example.com/orders.');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return refused('egress.scheme', `Calls go by http or https, not by "${url.protocol}".`);
  }
  if (url.username !== '' || url.password !== '') {
    return refused('egress.userinfo', 'The URL holds a user name or password; send them as a header.');
  }
  url.hash = '';
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  const host = `${url.hostname}:${port}`;
  if (allow.has(host)) return ok({ url, allowed: true });
  const literal = literalAddress(url.hostname);
  if (literal === null ? isBlockedName(url.hostname) : !isPublicAddress(literal)) return err(blocked(host));
  if (port !== '80' && port !== '443') {
    return refused(
      'egress.port',
      `Calls to port ${port} are not allowed; an administrator can allow "${host}" by EGRESS_ALLOW.`,
    );
  }
  return ok({ url, allowed: false });
}

/** Names the host that was asked for, never the address behind it: that would map the inner network. */
export function blocked(host: string): Failure {
  return failure(
    'user',
    'egress.blocked',
    `Calls to "${host}" are not allowed: it is not a public address. An administrator can allow it by EGRESS_ALLOW.`,
  );
}

export function checkHeaders(headers: Readonly<Record<string, string>>): Failure | null {
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name))
      return failure('user', 'egress.header', 'A header name holds a character that headers cannot carry.');
    if (typeof value !== 'string' || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      return failure(
        'user',
        'egress.header',
        `The value of header "${name}" holds a line break or a character that headers cannot carry.`,
      );
    }
    if (FRAMING.has(name.toLowerCase()))
      return failure('user', 'egress.header', `Header "${name}" is set by the connection and cannot be given.`);
  }
  return null;
}

const FRAMING = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'upgrade',
  'te',
  'trailer',
  'expect',
  'keep-alive',
  'proxy-connection',
]);

function hasControlCharacter(text: string): boolean {
  for (const character of text) {
    const code = character.charCodeAt(0);
    if (code < 32 || code === 127) return true;
  }
  return false;
}

function refused(code: string, message: string): Result<never, Failure> {
  return err(failure('user', code, message));
}
