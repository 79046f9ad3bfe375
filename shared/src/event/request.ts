/**
 * A request as verification reads it: strictly, and each part at most once.
 *
 * 1. Nothing is chosen among several: a repeated header, parameter or form field is refused where it is read.
 * 2. The body is parsed only where a scheme looks into it, and then as UTF-8 without exception.
 * 3. Members of JSON are own members; a number counts only where it is exact.
 */
import { isJsonObject } from '../kernel/index.js';
import type { Json } from '../kernel/index.js';
import { fromBase64, fromUtf8 } from './bytes.js';
import { Refusal } from './refusal.js';
import { nameOf } from './source.js';
import type { Condition, Source } from './source.js';

export interface WebhookRequest {
  /** In capitals; POST when it is left out. */
  readonly method?: string;
  /** The whole URL as the sender called it, query included; schemes that sign it refuse without. */
  readonly url?: string;
  /** As received; names in any case, repeated headers as an array. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly rawBody: Uint8Array;
}

/** The provider's JSON and forms are small next to this; it bounds what a hostile one costs. */
const MOST_FORM_FIELDS = 10_000;

export class RequestView {
  readonly rawBody: Uint8Array;
  readonly method: string;
  private readonly headers = new Map<string, string[]>();
  private queryFields: ReadonlyMap<string, readonly string[]> | undefined;
  private formFields: ReadonlyMap<string, readonly string[]> | undefined;
  private parsed: { readonly value: Json } | undefined;

  /**
   * @param signatureFields what `signature-field` reads
   * @param claims what `claim` reads
   */
  constructor(
    private readonly request: WebhookRequest,
    private readonly signatureFields: ReadonlyMap<string, readonly string[]> = new Map(),
    private readonly claims: Json = null,
  ) {
    this.rawBody = request.rawBody;
    this.method = request.method ?? 'POST';
    for (const [name, value] of Object.entries(request.headers)) {
      if (value === undefined) continue;
      const known = this.headers.get(name.toLowerCase()) ?? [];
      this.headers.set(name.toLowerCase(), known.concat(value));
    }
  }

  /** The same request, with what was found in its signature or its token. */
  with(found: { signatureFields?: ReadonlyMap<string, readonly string[]>; claims?: Json }): RequestView {
    return new RequestView(
      this.request,
      found.signatureFields ?? this.signatureFields,
      found.claims === undefined ? this.claims : found.claims,
    );
  }

  get url(): string {
    if (this.request.url === undefined || !URL.canParse(this.request.url)) throw new Refusal('url.missing');
    return this.request.url;
  }

  /** @throws Refusal unless the text is there once, and is more than white space */
  read(source: Source): string {
    const text = this.readAny(source);
    if (text === undefined) throw new Refusal(reasonFor(source, 'missing'), about(source));
    if (text.trim() === '') throw new Refusal(reasonFor(source, 'empty'), about(source));
    return text;
  }

  /** @returns undefined when it is missing; an empty text is one @throws Refusal when it is there several times, or damaged */
  readAny(source: Source): string | undefined {
    const texts = this.textsAt(source);
    if (texts.length > 1) throw new Refusal(reasonFor(source, 'duplicate'), about(source));
    return texts[0];
  }

  /** A body that is no JSON or form holds none of their fields. */
  holds(condition: Condition): boolean {
    switch (condition.is) {
      case 'method':
        return this.method === condition.method;
      case 'present':
        return this.peek(condition.at) !== undefined;
      case 'absent':
        return this.peek(condition.at) === undefined;
      case 'equal':
        return this.peek(condition.at) === condition.to;
    }
  }

  private peek(source: Source): string | undefined {
    try {
      return this.readAny(source);
    } catch (refusal) {
      const unread = refusal instanceof Refusal && /^body\.|^field\.malformed|^url\./.test(refusal.message);
      if (unread) return undefined;
      throw refusal;
    }
  }

  private textsAt(source: Source): readonly string[] {
    switch (source.from) {
      case 'header':
        return this.headers.get(source.name) ?? [];
      case 'query':
        return this.query().get(source.name) ?? [];
      case 'form':
        return this.form().get(source.name) ?? [];
      case 'signature-field':
        return this.signatureFields.get(source.name) ?? [];
      case 'json':
        return textOf(at(this.json(), source.path), source);
      case 'claim':
        return textOf(at(this.claims, [source.name]), source);
      case 'bearer':
        return this.credentials(/^bearer +([\x21-\x7e]+)$/i, source);
      case 'basic':
        return this.credentials(/^basic +([A-Za-z0-9+/=]+)$/i, source).map((encoded) => {
          const bytes = fromBase64(encoded);
          const text = bytes && fromUtf8(bytes);
          if (text === null) throw new Refusal('field.malformed', { header: 'authorization' });
          return text;
        });
      case 'path-segment': {
        const segments = new URL(this.url).pathname.split('/').filter((segment) => segment !== '');
        return segments.slice(segments.length - 1 - source.fromEnd).slice(0, 1);
      }
      case 'body': {
        const text = fromUtf8(this.rawBody);
        if (text === null) throw new Refusal('field.malformed', { field: 'body' });
        return [text];
      }
    }
  }

  /** Credentials of another kind are none. */
  private credentials(form: RegExp, source: Source): readonly string[] {
    return (this.headers.get('authorization') ?? []).map((value) => {
      const found = form.exec(value.trim())?.[1];
      if (found === undefined) throw new Refusal(reasonFor(source, 'missing'), about(source));
      return found;
    });
  }

  private query(): ReadonlyMap<string, readonly string[]> {
    this.queryFields ??= fieldsOf(new URL(this.url).search);
    return this.queryFields;
  }

  /** @throws Refusal `body.not-form` */
  form(): ReadonlyMap<string, readonly string[]> {
    if (this.formFields) return this.formFields;
    const [type, ...more] = this.headers.get('content-type') ?? [];
    const isForm = type !== undefined && /^\s*application\/x-www-form-urlencoded\s*(;|$)/i.test(type);
    const text = isForm && more.length === 0 ? fromUtf8(this.rawBody) : null;
    if (text === null) throw new Refusal('body.not-form');
    this.formFields = fieldsOf(text);
    return this.formFields;
  }

  /** @throws Refusal `body.not-json` */
  json(): Json {
    this.parsed ??= { value: parseJson(this.rawBody) };
    return this.parsed.value;
  }
}

function fieldsOf(text: string): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, string[]>();
  let count = 0;
  for (const [name, value] of new URLSearchParams(text)) {
    if (++count > MOST_FORM_FIELDS) throw new Refusal('body.not-form');
    const values = fields.get(name);
    if (values === undefined) fields.set(name, [value]);
    else values.push(value);
  }
  return fields;
}

function parseJson(rawBody: Uint8Array): Json {
  const text = fromUtf8(rawBody);
  if (text === null) throw new Refusal('body.not-json');
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new Refusal('body.not-json');
  }
}

/** @returns undefined where there is nothing */
export function at(value: Json | undefined, path: readonly (string | number)[]): Json | undefined {
  let here = value;
  for (const step of path) {
    if (typeof step === 'number') here = Array.isArray(here) ? (here[step] as Json | undefined) : undefined;
    else here = isJsonObject(here) && Object.hasOwn(here, step) ? here[step] : undefined;
  }
  return here;
}

function textOf(value: Json | undefined, source: Source): readonly string[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') return [value];
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isSafeInteger(value))) return [String(value)];
  throw new Refusal('field.malformed', about(source));
}

function headerOf(source: Source): string | undefined {
  if (source.from === 'header') return source.name;
  return source.from === 'bearer' || source.from === 'basic' ? 'authorization' : undefined;
}

function reasonFor<What extends 'missing' | 'empty' | 'duplicate'>(
  source: Source,
  what: What,
): `header.${What}` | `field.${What}` {
  return headerOf(source) === undefined ? `field.${what}` : `header.${what}`;
}

/** For refusals: the header or the field concerned. */
export function about(source: Source): { readonly header: string } | { readonly field: string } {
  const header = headerOf(source);
  return header === undefined ? { field: nameOf(source) } : { header };
}
