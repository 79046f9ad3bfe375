/** The attributes of a CloudEvent in binary mode: the headers that begin with `ce-`. */
import { isAttributeName } from './attribute.js';
import { decodeHeaderValue } from './header-value.js';

const PREFIX = 'ce-';

export interface AttributeHeaders {
  /** By name, without the prefix; only those without fault. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Header by header. */
  readonly faults: readonly { readonly header: string; readonly message: string }[];
}

/** @param headers as they came, repetitions apart; names in any case */
export function readAttributeHeaders(headers: readonly (readonly [string, string])[]): AttributeHeaders {
  const attributes = new Map<string, string>();
  const faults: { header: string; message: string }[] = [];
  const seen = new Set<string>();
  for (const [anyCase, value] of headers) {
    const header = anyCase.toLowerCase();
    if (!header.startsWith(PREFIX)) continue;
    const name = header.slice(PREFIX.length);
    const decoded = decodeHeaderValue(value.trim());
    const message = seen.has(name) ? 'came more than once' : (wrongName(name) ?? (decoded.ok ? null : decoded.error));
    seen.add(name);
    if (message !== null) faults.push({ header, message });
    else if (decoded.ok) attributes.set(name, decoded.value);
  }
  return { attributes, faults };
}

function wrongName(name: string): string | null {
  if (name === 'datacontenttype') return 'is said by the header Content-Type in binary mode; leave this one out';
  return isAttributeName(name) ? null : 'is no attribute name: use up to 20 of a-z and 0-9';
}
