/** The signatures that a request offers: found, counted, and held against the form that they must have. */
import { fromBase64, fromBase64Url, fromHex, toBase64, toBase64Url, toHex } from './bytes.js';
import type { HashAlgorithm } from './crypto.js';
import { Refusal } from './refusal.js';
import { about } from './request.js';
import type { RequestView } from './request.js';
import type { SigningScheme } from './scheme.js';
import type { Source } from './source.js';

export interface OfferedSignatures {
  /** At least one, each of the form that the scheme's signatures have. */
  readonly signatures: readonly string[];
  /** The other fields beside it, where its form has fields. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

const MOST_SIGNATURES = 10;
const LONGEST = 8192;

export function readSignatures(scheme: SigningScheme, view: RequestView): OfferedSignatures {
  const fields = new Map<string, string[]>();
  const places = placesOf(scheme, view);
  const signatures = places.flatMap((place) => split(scheme, view.read(place), place, fields));
  const where = signaturePlace(scheme);
  if (signatures.length === 0) throw new Refusal('signature.version', where);
  if (signatures.length > MOST_SIGNATURES) throw new Refusal('signature.too-many', where);
  const wellFormed = signatureShape(scheme);
  if (!signatures.every((signature) => wellFormed.test(signature))) throw new Refusal('signature.malformed', where);
  return { signatures, fields };
}

/** For refusals. */
export function signaturePlace({ signature }: SigningScheme): { header: string } | { field: string } {
  return signature.at.from === 'headers' ? { header: signature.at.names[0] ?? '' } : about(signature.at);
}

function placesOf({ signature }: SigningScheme, view: RequestView): readonly Source[] {
  if (signature.at.from !== 'headers') return [signature.at];
  const headers = signature.at.names.map((name): Source => ({ from: 'header', name }));
  const present = headers.filter((header) => view.readAny(header) !== undefined);
  return present.length === 0 ? headers.slice(0, 1) : present;
}

function split(scheme: SigningScheme, value: string, place: Source, fields: Map<string, string[]>): string[] {
  const { format } = scheme.signature;
  if (value.length > LONGEST) throw new Refusal('signature.too-many', about(place));
  switch (format.kind) {
    case 'plain':
      if (!value.startsWith(format.prefix)) throw new Refusal('signature.version', about(place));
      return [value.slice(format.prefix.length)];
    case 'list': {
      const { version } = format;
      return value.split(format.separator).flatMap((item) => {
        if (version === null) return [item.trim()];
        const at = item.indexOf(version.separator);
        if (at === -1) throw new Refusal('signature.malformed', about(place));
        return item.slice(0, at) === version.name ? [item.slice(at + version.separator.length)] : [];
      });
    }
    case 'fields':
      for (const item of value.split(format.separator)) {
        const at = item.indexOf(format.assign);
        if (at === -1) throw new Refusal('signature.malformed', about(place));
        const name = item.slice(0, at).trim();
        fields.set(name, [...(fields.get(name) ?? []), item.slice(at + format.assign.length).trim()]);
      }
      return fields.get(format.field) ?? [];
  }
}

const DIGEST_BYTES: Record<HashAlgorithm, number> = { sha1: 20, sha256: 32, sha512: 64 };

function signatureShape(scheme: SigningScheme): RegExp {
  const bytes =
    scheme.kind === 'public-key'
      ? scheme.algorithm === 'ed25519' || scheme.algorithm === 'ecdsa-p256-sha256-raw'
        ? 64
        : null
      : DIGEST_BYTES[scheme.algorithm];
  switch (scheme.encoding) {
    case 'hex':
      return new RegExp(`^[0-9a-f]{${bytes === null ? '2,2048' : bytes * 2}}$`);
    case 'hex-any':
      return new RegExp(`^[0-9a-fA-F]{${bytes === null ? '2,2048' : bytes * 2}}$`);
    case 'base64': {
      if (bytes === null) return /^[A-Za-z0-9+/]{2,1500}={0,2}$/;
      return new RegExp(`^[A-Za-z0-9+/]{${Math.ceil((bytes * 8) / 6)}}={${(3 - (bytes % 3)) % 3}}$`);
    }
    case 'base64url':
      return bytes === null ? /^[A-Za-z0-9_-]{2,1500}$/ : new RegExp(`^[A-Za-z0-9_-]{${Math.ceil((bytes * 8) / 6)}}$`);
  }
}

export function encodeSignature({ encoding }: Pick<SigningScheme, 'encoding'>, digest: Uint8Array): string {
  switch (encoding) {
    case 'hex':
    case 'hex-any':
      return toHex(digest);
    case 'base64':
      return toBase64(digest);
    case 'base64url':
      return toBase64Url(digest);
  }
}

/** @returns null when it is not written that way */
export function decodeSignature({ encoding }: Pick<SigningScheme, 'encoding'>, signature: string): Uint8Array | null {
  switch (encoding) {
    case 'hex':
    case 'hex-any':
      return fromHex(signature);
    case 'base64':
      return fromBase64(signature);
    case 'base64url':
      return fromBase64Url(signature);
  }
}
