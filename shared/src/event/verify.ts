/**
 * Verification of a webhook request: a pure function over (scheme, secrets, raw request, now).
 *
 * 1. It fails closed: whatever is missing, empty, doubled, damaged or unknown is refused with its reason.
 * 2. It looks at the bytes that arrived, before anything is parsed.
 * 3. Every key is compared with every signature offered, in constant time; a refusal does not tell how near it was.
 * 4. What is used for deduplication is signed: an unsigned id is noted, but a replay under another id stays a replay.
 */
import type { Json } from '../kernel/index.js';
import { concat, toBase64, toHex, utf8 } from './bytes.js';
import type { HashAlgorithm, WebhookCrypto } from './crypto.js';
import { keyOf } from './key.js';
import type { WebhookSecret } from './key.js';
import { webhookScheme } from './presets.js';
import type { HmacScheme, SignedPart, VerificationScheme } from './scheme.js';

export interface WebhookRequest {
  /** As received; names in any case, repeated headers as an array. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly rawBody: Uint8Array;
}

/** Why a request was let in; stored with its event and shown on the run. */
export type AdmissionReceipt = {
  readonly scheme: string;
  /** False only where the author chose to verify nothing. */
  readonly verified: boolean;
  /** Which of the secrets signed it. */
  readonly keyId: string | null;
  /** Our clock minus the sender's, milliseconds; null where the scheme signs no time. */
  readonly skewMs: number | null;
  /** SHA-256 of the raw body, hex. */
  readonly bodyHash: string;
  /** The sender's id of the delivery, signed or not. */
  readonly deliveryId: string | null;
  readonly dedupId: string | null;
} & { readonly [key: string]: Json };

export const REFUSAL_REASONS = [
  'scheme.unknown',
  'secret.missing',
  'secret.empty',
  'secret.malformed',
  'header.missing',
  'header.empty',
  'header.duplicate',
  'id.malformed',
  'timestamp.malformed',
  'timestamp.too-old',
  'timestamp.too-new',
  'signature.malformed',
  'signature.version',
  'signature.too-many',
  'signature.mismatch',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

export type Verification =
  | {
      readonly ok: true;
      readonly receipt: AdmissionReceipt;
      /** Equal for repeated deliveries of one event; null where nothing tells them apart. */
      readonly dedupId: string | null;
      /** Type of the event, where the scheme's header tells it. It is not signed. */
      readonly type?: string;
    }
  | { readonly ok: false; readonly reason: RefusalReason; /** The header concerned. */ readonly header?: string };

/** @param scheme name of a preset, or a scheme of its own */
export function verifyWebhook(
  scheme: string | VerificationScheme,
  secrets: readonly WebhookSecret[],
  request: WebhookRequest,
  nowMs: number,
  crypto: WebhookCrypto,
): Verification {
  const known = typeof scheme === 'string' ? webhookScheme(scheme) : scheme;
  switch (known?.kind) {
    case 'hmac':
      try {
        return verifyHmac(known, secrets, request, nowMs, crypto);
      } catch (refusal) {
        if (refusal instanceof Refusal) return refusal.verification;
        throw refusal;
      }
    case 'none':
      return admitUnverified(request, crypto);
    default:
      return { ok: false, reason: 'scheme.unknown' };
  }
}

class Refusal extends Error {
  readonly verification: Extract<Verification, { ok: false }>;

  constructor(reason: RefusalReason, header?: string) {
    super(reason);
    this.verification = header === undefined ? { ok: false, reason } : { ok: false, reason, header };
  }
}

function admitUnverified(request: WebhookRequest, crypto: WebhookCrypto): Verification {
  const bodyHash = toHex(crypto.sha256(request.rawBody));
  const unknown = { keyId: null, skewMs: null, deliveryId: null, dedupId: null };
  return { ok: true, receipt: { scheme: 'none', verified: false, ...unknown, bodyHash }, dedupId: null };
}

function verifyHmac(
  scheme: HmacScheme,
  secrets: readonly WebhookSecret[],
  request: WebhookRequest,
  nowMs: number,
  crypto: WebhookCrypto,
): Verification {
  const keys = readKeys(scheme, secrets);
  const id = scheme.id === null ? null : readId(scheme, scheme.id.header, request);
  const { signatures, fields } = readSignatures(scheme, request);
  const timestamp = readTimestamp(scheme, request, fields, nowMs);

  const content = signedContent(scheme.content, id, timestamp?.text ?? null, request.rawBody);
  let keyId: string | null = null;
  for (const key of keys) {
    const expected = utf8(encodeSignature(scheme, crypto.hmac(scheme.algorithm, key.bytes, content)));
    for (const signature of signatures) {
      const offered = utf8(signature);
      const same = offered.length === expected.length && crypto.equal(offered, expected);
      if (same && keyId === null) keyId = key.keyId;
    }
  }
  if (keyId === null) throw new Refusal('signature.mismatch', scheme.signature.header);

  const bodyHash = toHex(crypto.sha256(request.rawBody));
  const idIsSigned = scheme.content.some((part) => part.from === 'id');
  const dedupId = idIsSigned && id !== null ? id : `sha256:${toHex(crypto.sha256(content))}`;
  const type = scheme.type === null ? undefined : readType(scheme.type.header, request);
  const receipt: AdmissionReceipt = {
    scheme: scheme.name,
    verified: true,
    keyId,
    skewMs: timestamp?.skewMs ?? null,
    bodyHash,
    deliveryId: id,
    dedupId,
  };
  return type === undefined ? { ok: true, receipt, dedupId } : { ok: true, receipt, dedupId, type };
}

/** One unusable secret refuses all: a damaged configuration admits nobody. */
function readKeys(scheme: HmacScheme, secrets: readonly WebhookSecret[]): { keyId: string; bytes: Uint8Array }[] {
  if (secrets.length === 0) throw new Refusal('secret.missing');
  return secrets.map(({ keyId, secret }) => {
    const bytes = keyOf(scheme, secret);
    if (typeof bytes === 'string') throw new Refusal(bytes);
    return { keyId, bytes };
  });
}

function readHeader(name: string, request: WebhookRequest): string {
  const values: string[] = [];
  for (const [key, value] of Object.entries(request.headers)) {
    if (key.toLowerCase() !== name || value === undefined) continue;
    if (typeof value === 'string') values.push(value);
    else values.push(...value);
  }
  const [only, ...more] = values;
  if (only === undefined) throw new Refusal('header.missing', name);
  if (more.length > 0) throw new Refusal('header.duplicate', name);
  if (only.trim() === '') throw new Refusal('header.empty', name);
  return only;
}

/** A signed id must not hold the text that follows it in the signed content, else two requests could share a signature. */
function readId(scheme: HmacScheme, header: string, request: WebhookRequest): string {
  const id = readHeader(header, request);
  if (!/^[\x21-\x7e]{1,256}$/.test(id)) throw new Refusal('id.malformed', header);
  scheme.content.forEach((part, index) => {
    const next = scheme.content[index + 1];
    if (part.from === 'id' && next?.from === 'constant' && id.includes(next.text))
      throw new Refusal('id.malformed', header);
  });
  return id;
}

const MOST_SIGNATURES = 10;

function readSignatures(
  scheme: HmacScheme,
  request: WebhookRequest,
): { signatures: readonly string[]; fields: ReadonlyMap<string, readonly string[]> } {
  const { header, format } = scheme.signature;
  const value = readHeader(header, request);
  const fields = new Map<string, string[]>();
  let signatures: string[];
  switch (format.kind) {
    case 'plain':
      if (!value.startsWith(format.prefix)) throw new Refusal('signature.version', header);
      signatures = [value.slice(format.prefix.length)];
      break;
    case 'list':
      signatures = value.split(format.separator).flatMap((item) => {
        const at = item.indexOf(format.versionSeparator);
        if (at === -1) throw new Refusal('signature.malformed', header);
        return item.slice(0, at) === format.version ? [item.slice(at + format.versionSeparator.length)] : [];
      });
      break;
    case 'fields':
      for (const item of value.split(format.separator)) {
        const at = item.indexOf(format.assign);
        if (at === -1) throw new Refusal('signature.malformed', header);
        const name = item.slice(0, at).trim();
        fields.set(name, [...(fields.get(name) ?? []), item.slice(at + format.assign.length).trim()]);
      }
      signatures = fields.get(format.field) ?? [];
      break;
  }
  if (signatures.length === 0) throw new Refusal('signature.version', header);
  if (signatures.length > MOST_SIGNATURES) throw new Refusal('signature.too-many', header);
  const wellFormed = signatureShape(scheme);
  if (!signatures.every((signature) => wellFormed.test(signature))) throw new Refusal('signature.malformed', header);
  return { signatures, fields };
}

const DIGEST_BYTES: Record<HashAlgorithm, number> = { sha1: 20, sha256: 32, sha512: 64 };

function signatureShape(scheme: HmacScheme): RegExp {
  const bytes = DIGEST_BYTES[scheme.algorithm];
  if (scheme.encoding === 'hex') return new RegExp(`^[0-9a-f]{${bytes * 2}}$`);
  const padding = (3 - (bytes % 3)) % 3;
  return new RegExp(`^[A-Za-z0-9+/]{${Math.ceil((bytes * 8) / 6)}}={${padding}}$`);
}

export function encodeSignature(scheme: HmacScheme, digest: Uint8Array): string {
  return scheme.encoding === 'hex' ? toHex(digest) : toBase64(digest);
}

function readTimestamp(
  scheme: HmacScheme,
  request: WebhookRequest,
  fields: ReadonlyMap<string, readonly string[]>,
  nowMs: number,
): { text: string; skewMs: number } | null {
  if (scheme.timestamp === null) return null;
  const { from, unit, toleranceMs } = scheme.timestamp;
  const header = from.kind === 'header' ? from.header : scheme.signature.header;
  const text = from.kind === 'header' ? readHeader(header, request) : onlyField(fields, from.field, header);
  if (!/^(?:0|[1-9]\d{0,14})$/.test(text)) throw new Refusal('timestamp.malformed', header);
  const skewMs = nowMs - Number(text) * (unit === 'seconds' ? 1000 : 1);
  if (skewMs > toleranceMs) throw new Refusal('timestamp.too-old', header);
  if (skewMs < -toleranceMs) throw new Refusal('timestamp.too-new', header);
  return { text, skewMs };
}

function onlyField(fields: ReadonlyMap<string, readonly string[]>, name: string, header: string): string {
  const [only, ...more] = fields.get(name) ?? [];
  if (only === undefined || more.length > 0) throw new Refusal('timestamp.malformed', header);
  return only;
}

/** The type only names the event; a strange one is dropped, not refused, for it proves nothing either way. */
function readType(header: string, request: WebhookRequest): string | undefined {
  try {
    const type = readHeader(header, request);
    return /^[A-Za-z0-9_.:/-]{1,200}$/.test(type) ? type : undefined;
  } catch (refusal) {
    if (refusal instanceof Refusal) return undefined;
    throw refusal;
  }
}

export function signedContent(
  parts: readonly SignedPart[],
  id: string | null,
  timestamp: string | null,
  rawBody: Uint8Array,
): Uint8Array {
  return concat(
    parts.map((part) => {
      switch (part.from) {
        case 'body':
          return rawBody;
        case 'id':
          return utf8(id ?? '');
        case 'timestamp':
          return utf8(timestamp ?? '');
        case 'constant':
          return utf8(part.text);
      }
    }),
  );
}
