/** The bytes that a sender signed, put together from the request. */
import { concat, crc32, toBase64, toHex, utf8 } from './bytes.js';
import type { WebhookCrypto } from './crypto.js';
import { Refusal } from './refusal.js';
import { about } from './request.js';
import type { RequestView } from './request.js';
import { alternativesOf } from './scheme.js';
import type { ContentAlternative, SignedPart, SigningScheme } from './scheme.js';
import type { Source } from './source.js';

export interface SignedWith {
  readonly view: RequestView;
  readonly id: string | null;
  readonly timestamp: string | null;
  readonly secret: string;
  readonly sha256: WebhookCrypto['sha256'];
}

/** The alternative that applies. @throws Refusal `content.unknown` when none does, `body.mismatch` */
export function alternativeFor(
  scheme: SigningScheme,
  view: RequestView,
  sha256: WebhookCrypto['sha256'],
): ContentAlternative {
  const found = alternativesOf(scheme).find(({ when }) => when.every((condition) => view.holds(condition)));
  if (found === undefined) throw new Refusal('content.unknown');
  if (found.bodyHash !== null) {
    const { at, encoding } = found.bodyHash;
    if (view.read(at) !== write(sha256(view.rawBody), encoding)) throw new Refusal('body.mismatch', about(at));
  }
  return found;
}

/**
 * A text that strangers choose must not hold the constant that follows it.
 *
 * @throws Refusal `id.malformed`, `content.ambiguous`
 */
export function assertUnambiguous({ parts }: ContentAlternative, view: RequestView, id: string | null): void {
  parts.forEach((part, index) => {
    const next = parts[index + 1];
    if (next?.part !== 'constant') return;
    if (part.part === 'id' && id?.includes(next.text)) throw new Refusal('id.malformed');
    const free = part.part === 'text' && (part.at.from === 'header' || part.at.from === 'query');
    if (free && view.readAny(part.at)?.includes(next.text)) throw new Refusal('content.ambiguous', about(part.at));
  });
}

/** What may have been signed: one text, or a few where the provider writes its URLs in several ways. */
export function signedContents({ parts }: ContentAlternative, from: SignedWith): readonly Uint8Array[] {
  const urls = parts.some((part) => part.part === 'url' && part.variants) ? urlVariants(from.view.url) : [null];
  return urls.map((url) => concat(parts.map((part) => bytesOf(part, from, url))));
}

function bytesOf(part: SignedPart, from: SignedWith, url: string | null): Uint8Array {
  const { view } = from;
  switch (part.part) {
    case 'body':
      return view.rawBody;
    case 'body-sha256':
      return utf8(write(from.sha256(view.rawBody), part.encoding));
    case 'body-crc32':
      return utf8(String(crc32(view.rawBody)));
    case 'id':
      return utf8(from.id ?? '');
    case 'timestamp':
      return utf8(from.timestamp ?? '');
    case 'constant':
      return utf8(part.text);
    case 'secret':
      return utf8(from.secret);
    case 'method':
      return utf8(view.method);
    case 'url':
      return utf8(decoded(url ?? view.url, part.decoded));
    case 'path':
      return utf8(/^[^:]+:\/\/[^/?#]*([^#]*)/.exec(view.url)?.[1] ?? '');
    case 'text':
      return utf8(textAt(part, view));
    case 'form-sorted':
      return utf8(sortedForm(view));
    case 'labelled':
      return utf8(
        part.fields
          .map(({ label, at, optional }) => ({ label, value: view.readAny(at), at, optional }))
          .map(({ label, value, at, optional }) => {
            if (value !== undefined) return `${label}\n${value}\n`;
            if (optional) return '';
            throw new Refusal(at.from === 'header' ? 'header.missing' : 'field.missing', about(at));
          })
          .join(''),
      );
    case 'listed-headers':
      return utf8(listedHeaders(part, view));
  }
}

function write(digest: Uint8Array, encoding: 'hex' | 'base64'): string {
  return encoding === 'hex' ? toHex(digest) : toBase64(digest);
}

function textAt({ at, optional }: { at: Source; optional: boolean }, view: RequestView): string {
  return optional ? (view.readAny(at) ?? '') : view.read(at);
}

/** An empty body is a form without fields, whatever it says it is. */
function sortedForm(view: RequestView): string {
  if (view.rawBody.length === 0) return '';
  return [...view.form()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, values]) => [...new Set(values)].sort().map((value) => name + value))
    .join('');
}

function listedHeaders(part: Extract<SignedPart, { part: 'listed-headers' }>, view: RequestView): string {
  const list = view.read({ from: 'header', name: part.listedIn });
  const names = list.split(part.listSeparator).map((name) => name.trim().toLowerCase());
  if (names.length > part.most || new Set(names).size !== names.length) {
    throw new Refusal('header.too-many', { header: part.listedIn });
  }
  const left = part.required.find((name) => !names.includes(name));
  if (left !== undefined) throw new Refusal('header.missing', { header: left });
  return names.map((name) => `${name}${part.assign}${view.read({ from: 'header', name })}`).join(part.join);
}

function decoded(url: string, characters: readonly string[]): string {
  return characters.reduce((text, character) => {
    const code = `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
    return text.replaceAll(code.toUpperCase(), character).replaceAll(code, character);
  }, url);
}

/** As it came, without its port, with the port that goes without saying; each also with its query written anew. */
function urlVariants(text: string): readonly string[] {
  const parts = /^(https?):\/\/([^/?#:]+)(?::(\d+))?([^?#]*)(?:\?([^#]*))?/.exec(text);
  if (parts === null) return [text];
  const [, protocol = '', host = '', port, path = '', query] = parts;
  const standard = port ?? (protocol === 'https' ? '443' : '80');
  const anew =
    query === undefined
      ? undefined
      : [...new URLSearchParams(query)].map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
  const urls = [port === undefined ? host : `${host}:${port}`, host, `${host}:${standard}`].flatMap((authority) =>
    [query, anew].map((search) => `${protocol}://${authority}${path}${search === undefined ? '' : `?${search}`}`),
  );
  return [...new Set([text, ...urls])];
}
