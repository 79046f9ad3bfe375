/** Why a request is not let in: a stable code, and the header or field concerned. Never how near it was. */
import type { KeysWanted } from './pinned.js';

export const REFUSAL_REASONS = [
  'scheme.unknown',
  'secret.missing',
  'secret.empty',
  'secret.malformed',
  'header.missing',
  'header.empty',
  'header.duplicate',
  'header.too-many',
  'field.missing',
  'field.empty',
  'field.duplicate',
  'field.malformed',
  'body.not-json',
  'body.not-form',
  'url.missing',
  'id.malformed',
  'timestamp.malformed',
  'timestamp.too-old',
  'timestamp.too-new',
  'signature.malformed',
  'signature.version',
  'signature.too-many',
  'signature.mismatch',
  /** What the signed content says of the body's hash is not so. */
  'body.mismatch',
  /** A request of a shape that the provider does not sign. */
  'content.unknown',
  /** A signed text holds what separates it from the next: two requests could share a signature. */
  'content.ambiguous',
  /** Something that the provider always sends is otherwise. */
  'condition.failed',
  /** Genuine, but meant for somebody else. */
  'audience.mismatch',
  /** The shared secret is another. */
  'secret.mismatch',
  'token.malformed',
  'token.algorithm',
  'token.key-unknown',
  'token.expired',
  'token.not-yet',
  /** The key lies at an address that is not the provider's. */
  'key.host',
  /** The key has to be fetched first; only inside `admitWebhook`. */
  'key.wanted',
  'key.unavailable',
  'key.malformed',
  'crypto.missing',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

export interface Refused {
  readonly ok: false;
  readonly reason: RefusalReason;
  /** The header concerned. */
  readonly header?: string;
  /** What else is concerned: `query:signature`, `json:event.id`. */
  readonly field?: string;
  /** With `key.wanted`: where the provider's keys lie. */
  readonly wanted?: KeysWanted;
}

/** Thrown and caught inside this room only. */
export class Refusal extends Error {
  readonly refused: Refused;

  constructor(reason: RefusalReason, about: Omit<Refused, 'ok' | 'reason'> = {}) {
    super(reason);
    this.refused = { ok: false, reason, ...about };
  }
}

/** @returns what `decide` returns, or the refusal that it threw */
export function orRefused<T>(decide: () => T): T | Refused {
  try {
    return decide();
  } catch (refusal) {
    if (refusal instanceof Refusal) return refusal.refused;
    throw refusal;
  }
}
