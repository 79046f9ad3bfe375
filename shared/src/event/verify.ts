/**
 * Verification of a webhook request: a pure function over (scheme, secrets, raw request, now).
 *
 * 1. It fails closed: whatever is missing, empty, doubled, damaged or unknown is refused with its reason.
 * 2. It looks at the bytes that arrived; into a body only where the provider's proof stands in it.
 * 3. Every key is compared with every signature offered, in constant time; a refusal does not tell how near it was.
 * 4. What is used for deduplication is signed: an unsigned id is noted, but a replay under another id stays a replay.
 * 5. It fetches nothing: where the provider's key lies somewhere, it names the place (`key.wanted`), pinned to the provider's hosts.
 */
import type { Json } from '../kernel/index.js';
import { fromUtf8, toHex, utf8 } from './bytes.js';
import { alternativeFor, assertUnambiguous, signedContents } from './content.js';
import type { PublicKey, WebhookCrypto } from './crypto.js';
import { checkClaims, parsed, provenBy, readToken } from './jwt.js';
import { certificateOf, keyOf, publicKeyOf, signingSecrets } from './key.js';
import type { WebhookSecret } from './key.js';
import { pinned } from './pinned.js';
import type { KeysWanted } from './pinned.js';
import { webhookProvider } from './providers/index.js';
import { Refusal, orRefused } from './refusal.js';
import type { Refused } from './refusal.js';
import { RequestView, about, at } from './request.js';
import type { WebhookRequest } from './request.js';
import type { JwtScheme, PublicKeyScheme, SharedSecretScheme, SigningScheme, VerificationScheme } from './scheme.js';
import { decodeSignature, encodeSignature, readSignatures, signaturePlace } from './signature.js';
import type { Source } from './source.js';
import { readTimestamp } from './timestamp.js';
import type { Timestamp } from './timestamp.js';

/** Why a request was let in; stored with its event and shown on the run. */
export type AdmissionReceipt = {
  readonly scheme: string;
  /** Id of the provider; null for a scheme of one's own. */
  readonly provider: string | null;
  /** What the proof was: `hmac-sha256`, `ed25519`, `jwt-ES256`, `shared-secret`, `unsigned`. */
  readonly method: string;
  /** False only where the author chose to verify nothing. */
  readonly verified: boolean;
  /** False where the provider's proof does not cover the body. */
  readonly bodySigned: boolean;
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

export type Verification =
  | {
      readonly ok: true;
      readonly receipt: AdmissionReceipt;
      /** Equal for repeated deliveries of one event; null where nothing tells them apart. */
      readonly dedupId: string | null;
      /** Type of the event, where the request tells it. */
      readonly type?: string;
    }
  | Refused;

/** Keys that were fetched before, by their address. */
export type FetchedKeys = ReadonlyMap<string, Uint8Array>;

/**
 * @param scheme id of a provider, or a scheme of one's own
 * @param fetched what an earlier answer `key.wanted` asked for
 */
export function verifyWebhook(
  scheme: string | VerificationScheme,
  secrets: readonly WebhookSecret[],
  request: WebhookRequest,
  nowMs: number,
  crypto: WebhookCrypto,
  fetched: FetchedKeys = new Map(),
): Verification {
  const provider = typeof scheme === 'string' ? webhookProvider(scheme) : null;
  const known = typeof scheme === 'string' ? provider?.scheme : scheme;
  if (known === undefined) return { ok: false, reason: 'scheme.unknown' };
  return orRefused((): Verification => {
    const view = new RequestView(request);
    const proof = prove(known, secrets, view, nowMs, crypto, fetched);
    const bodyHash = toHex(crypto.sha256(request.rawBody));
    const dedupId = dedupIdOf(known, proof, bodyHash, crypto);
    const type = typeOf(known, proof.view);
    const receipt: AdmissionReceipt = {
      scheme: known.name,
      provider: provider?.id ?? null,
      method: methodOf(known),
      verified: known.kind !== 'unsigned',
      bodySigned: known.kind !== 'unsigned' && !known.unsignedBody,
      keyId: proof.keyId,
      skewMs: proof.timestamp?.skewMs ?? null,
      bodyHash,
      deliveryId: proof.id,
      dedupId,
    };
    return type === undefined ? { ok: true, receipt, dedupId } : { ok: true, receipt, dedupId, type };
  });
}

/** Fetches a provider's keys by the guarded door, from these hosts alone; null when they are not to be had. */
export type KeySource = (url: string, hosts: readonly string[], form: KeysWanted['form']) => Promise<Uint8Array | null>;

/** `verifyWebhook` for all schemes: fetches the keys that it wants, once. */
export async function admitWebhook(
  scheme: string | VerificationScheme,
  secrets: readonly WebhookSecret[],
  request: WebhookRequest,
  nowMs: number,
  crypto: WebhookCrypto,
  keys: KeySource,
): Promise<Verification> {
  return fetchingKeys((fetched) => verifyWebhook(scheme, secrets, request, nowMs, crypto, fetched), keys);
}

/** Runs `attempt`, and once more with the keys that it wants. */
export async function fetchingKeys<T extends { readonly ok: true } | null>(
  attempt: (fetched: FetchedKeys) => T | Refused,
  keys: KeySource,
): Promise<T | Refused> {
  const first = attempt(new Map());
  if (first === null || first.ok || first.wanted === undefined) return first;
  const { url, hosts, form } = first.wanted;
  const found = await keys(url, hosts, form);
  return found === null ? { ok: false, reason: 'key.unavailable' } : attempt(new Map([[url, found]]));
}

interface Proof {
  /** The request with what its signature and token told. */
  readonly view: RequestView;
  readonly keyId: string | null;
  readonly timestamp: Timestamp | null;
  readonly id: string | null;
  /** What was signed, where bytes were. */
  readonly content: Uint8Array | null;
}

function prove(
  scheme: VerificationScheme,
  secrets: readonly WebhookSecret[],
  view: RequestView,
  nowMs: number,
  crypto: WebhookCrypto,
  fetched: FetchedKeys,
): Proof {
  switch (scheme.kind) {
    case 'hmac':
    case 'hash':
    case 'public-key':
      return proveBySignature(scheme, signingSecrets(secrets), view, nowMs, crypto, fetched);
    case 'jwt':
      return proveByToken(scheme, secrets, view, nowMs, crypto, fetched);
    case 'shared-secret':
      return proveBySecret(scheme, signingSecrets(secrets), view, nowMs, crypto);
    case 'unsigned':
      assertRequired(scheme, view);
      return { view, keyId: null, timestamp: null, id: readId(scheme, view), content: null };
  }
}

/** Whether one signature over one content is by one secret. */
type Check = (secret: WebhookSecret, content: Uint8Array, signature: string) => boolean;

function proveBySignature(
  scheme: SigningScheme,
  secrets: readonly WebhookSecret[],
  request: RequestView,
  nowMs: number,
  crypto: WebhookCrypto,
  fetched: FetchedKeys,
): Proof {
  const prepared = prepare(scheme, secrets, crypto);
  const id = readId(scheme, request);
  const { signatures, fields } = readSignatures(scheme, request);
  const view = request.with({ signatureFields: fields });
  const timestamp = readTimestamp(scheme, view, nowMs);
  assertRequired(scheme, view);
  const alternative = alternativeFor(scheme, view, crypto.sha256);
  assertUnambiguous(alternative, view, id);
  const forUs = scheme.kind === 'public-key' ? audienceOf(scheme.audience, secrets, view, crypto) : secrets;
  const check = prepared(view, fetched);

  const holdsSecret = alternative.parts.some(({ part }) => part === 'secret');
  const contentsFor = (secret: string) =>
    signedContents(alternative, { view, id, timestamp: timestamp?.text ?? null, secret, sha256: crypto.sha256 });
  const shared = holdsSecret ? [] : contentsFor('');
  let found: { keyId: string; content: Uint8Array } | null = null;
  for (const secret of forUs) {
    for (const content of holdsSecret ? contentsFor(secret.secret) : shared) {
      for (const signature of signatures) {
        const fits = check(secret, content, signature);
        if (fits && found === null) found = { keyId: secret.keyId, content };
      }
    }
  }
  if (found === null) throw new Refusal('signature.mismatch', signaturePlace(scheme));
  return { view, keyId: found.keyId, timestamp, id, content: found.content };
}

/** Secrets become keys before anything of the request is looked at; the provider's own key is wanted only for a sound request. */
function prepare(
  scheme: SigningScheme,
  secrets: readonly WebhookSecret[],
  crypto: WebhookCrypto,
): (view: RequestView, fetched: FetchedKeys) => Check {
  switch (scheme.kind) {
    case 'hmac': {
      const keys = new Map(secrets.map((secret) => [secret, usable(keyOf(scheme.secret, secret.secret))]));
      return () => (secret, content, signature) => {
        const key = keys.get(secret);
        return key !== undefined && sameText(scheme, crypto.hmac(scheme.algorithm, key, content), signature, crypto);
      };
    }
    case 'hash':
      return () => (_secret, content, signature) => sameText(scheme, crypto.sha256(content), signature, crypto);
    case 'public-key': {
      const { verify } = crypto;
      if (verify === undefined) throw new Refusal('crypto.missing');
      const { key } = scheme;
      const configured = new Map(
        key.from === 'secret' ? secrets.map((secret) => [secret, publicKeyOf(key, secret.secret)]) : [],
      );
      return (view, fetched) => {
        const algorithm = algorithmOf(scheme, view);
        const certificate = key.from === 'certificate' ? certificateAt(key, view, fetched) : undefined;
        return (secret, content, signature) => {
          const publicKey = certificate ?? configured.get(secret);
          const bytes = decodeSignature(scheme, signature);
          if (publicKey === undefined || bytes === null) return false;
          const answer = verify(algorithm, publicKey, content, bytes);
          if (answer === 'unusable') throw new Refusal(certificate ? 'key.malformed' : 'secret.malformed');
          return answer;
        };
      };
    }
  }
}

function usable(key: Uint8Array | 'secret.empty' | 'secret.malformed'): Uint8Array {
  if (typeof key === 'string') throw new Refusal(key);
  return key;
}

function sameText(scheme: SigningScheme, digest: Uint8Array, signature: string, crypto: WebhookCrypto): boolean {
  const expected = utf8(encodeSignature(scheme, digest));
  const offered = utf8(scheme.encoding === 'hex-any' ? signature.toLowerCase() : signature);
  return offered.length === expected.length && crypto.equal(offered, expected);
}

function algorithmOf(
  { algorithm }: PublicKeyScheme,
  view: RequestView,
): Parameters<NonNullable<WebhookCrypto['verify']>>[0] {
  if (typeof algorithm === 'string') return algorithm;
  const named = view.read(algorithm.at);
  const found = Object.hasOwn(algorithm.values, named) ? algorithm.values[named] : undefined;
  if (found === undefined) throw new Refusal('signature.version', about(algorithm.at));
  return found;
}

function certificateAt(
  key: Extract<PublicKeyScheme['key'], { from: 'certificate' }>,
  view: RequestView,
  fetched: FetchedKeys,
): PublicKey {
  const url = pinned(view.read(key.url), key.pin);
  if (url === null) throw new Refusal('key.host', about(key.url));
  const bytes = fetched.get(url);
  if (bytes === undefined) {
    throw new Refusal('key.wanted', { wanted: { url, hosts: key.pin.hosts, form: 'certificate' } });
  }
  return certificateOf(bytes);
}

function proveByToken(
  scheme: JwtScheme,
  configured: readonly WebhookSecret[],
  request: RequestView,
  nowMs: number,
  crypto: WebhookCrypto,
  fetched: FetchedKeys,
): Proof {
  const { key } = scheme;
  // Keys at an address alone need no secret; an audience does.
  const secrets = key.from === 'secret' || scheme.audience !== null ? signingSecrets(configured) : [];
  const token = readToken(request.read(scheme.token));
  const view = request.with({ claims: token.claims });
  let fetchedKeys: Json | undefined;
  if (key.from === 'jwks') {
    const url = pinned(key.url, key.pin);
    if (url === null) throw new Refusal('key.host');
    const bytes = fetched.get(url);
    if (bytes === undefined) throw new Refusal('key.wanted', { wanted: { url, hosts: key.pin.hosts, form: 'jwks' } });
    fetchedKeys = parsed(fromUtf8(bytes) ?? '') ?? null;
  }
  const keyId = provenBy(scheme, token, secrets, fetchedKeys, crypto);
  checkClaims(scheme, token, view.rawBody, nowMs, crypto);
  const timestamp = readTimestamp(scheme, view, nowMs);
  assertRequired(scheme, view);
  if (scheme.audience !== null) audienceOf(scheme.audience, secrets, view, crypto);
  return { view, keyId, timestamp, id: readId(scheme, view), content: token.signed };
}

function proveBySecret(
  scheme: SharedSecretScheme,
  secrets: readonly WebhookSecret[],
  view: RequestView,
  nowMs: number,
  crypto: WebhookCrypto,
): Proof {
  const offered = secretsAt(scheme, view);
  const fitting = secrets.filter(
    ({ secret }) => offered.filter((text) => sameSecret(text, secret, crypto)).length === offered.length,
  );
  const [first] = fitting;
  if (first === undefined) {
    throw new Refusal('secret.mismatch', scheme.at.from === 'json-each' ? {} : about(scheme.at));
  }
  assertRequired(scheme, view);
  const timestamp = readTimestamp(scheme, view, nowMs);
  return { view, keyId: first.keyId, timestamp, id: readId(scheme, view), content: null };
}

/** At least one; of a list, that of every item. */
function secretsAt({ at: place }: SharedSecretScheme, view: RequestView): readonly string[] {
  if (place.from !== 'json-each') return [view.read(place)];
  const items = at(view.json(), place.list);
  const field = `json:${[...place.list, '*', ...place.path].join('.')}`;
  if (!Array.isArray(items) || items.length === 0) throw new Refusal('field.missing', { field });
  return items.map((item) => {
    const secret = at(item as Json, place.path);
    if (typeof secret !== 'string') throw new Refusal('field.missing', { field });
    return secret;
  });
}

/** Over digests: their equal length says nothing about the secret's. */
export function sameSecret(offered: string, secret: string, crypto: WebhookCrypto): boolean {
  return crypto.equal(crypto.sha256(utf8(offered)), crypto.sha256(utf8(secret)));
}

/** @returns the secrets that the request is for @throws Refusal `audience.mismatch` */
function audienceOf(
  audience: Source | null,
  secrets: readonly WebhookSecret[],
  view: RequestView,
  crypto: WebhookCrypto,
): readonly WebhookSecret[] {
  if (audience === null) return secrets;
  const named = view.read(audience);
  const fitting = secrets.filter(({ secret }) => sameSecret(named, secret, crypto));
  if (fitting.length === 0) throw new Refusal('audience.mismatch', about(audience));
  return fitting;
}

function assertRequired({ requires }: VerificationScheme, view: RequestView): void {
  const failed = requires.find((condition) => !view.holds(condition));
  if (failed !== undefined) throw new Refusal('condition.failed', failed.is === 'method' ? {} : about(failed.at));
}

function readId({ id }: VerificationScheme, view: RequestView): string | null {
  if (id === null) return null;
  const [first] = id.firstOf;
  const present = id.firstOf.find((sources) => sources.every((source) => view.holds({ is: 'present', at: source })));
  if (present === undefined && !id.required) return null;
  const texts = (present ?? first ?? []).map((source) => {
    const text = view.read(source);
    if (!/^[\x21-\x7e]{1,256}$/.test(text)) throw new Refusal('id.malformed', about(source));
    return text;
  });
  return texts.join(' ');
}

function dedupIdOf(scheme: VerificationScheme, proof: Proof, bodyHash: string, crypto: WebhookCrypto): string | null {
  // Whoever may send anything could also swallow an event by sending its id first.
  if (scheme.kind === 'unsigned' || scheme.dedup === 'none') return null;
  if (scheme.dedup === 'id' && proof.id !== null) return proof.id;
  const content = scheme.dedup === 'content' ? proof.content : null;
  return `sha256:${content === null ? bodyHash : toHex(crypto.sha256(content))}`;
}

function methodOf(scheme: VerificationScheme): string {
  switch (scheme.kind) {
    case 'hmac':
      return `hmac-${scheme.algorithm}`;
    case 'hash':
      return scheme.algorithm;
    case 'public-key':
      return typeof scheme.algorithm === 'string' ? scheme.algorithm : 'public-key';
    case 'jwt':
      return `jwt-${scheme.algorithms.join('-')}`;
    case 'shared-secret':
    case 'unsigned':
      return scheme.kind;
  }
}

/** The type only names the event; a strange one is dropped, not refused, for it proves nothing either way. */
function typeOf({ type }: VerificationScheme, view: RequestView): string | undefined {
  for (const source of type?.firstOf ?? []) {
    try {
      const text = view.readAny(source);
      if (text !== undefined && /^[A-Za-z0-9_.:/-]{1,200}$/.test(text)) return text;
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
    }
  }
  return undefined;
}
