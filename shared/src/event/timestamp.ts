/** When a request was signed: digits and nothing else, and not too far from now in either direction. */
import { Refusal } from './refusal.js';
import { about } from './request.js';
import type { RequestView } from './request.js';
import type { VerificationScheme } from './scheme.js';

export interface Timestamp {
  /** As it was signed. */
  readonly text: string;
  /** Our clock minus the sender's. */
  readonly skewMs: number;
}

export function readTimestamp(
  { timestamp }: Pick<VerificationScheme, 'timestamp'>,
  view: RequestView,
  nowMs: number,
): Timestamp | null {
  if (timestamp === null) return null;
  const { at, unit, toleranceMs } = timestamp;
  const malformed = new Refusal('timestamp.malformed', about(at));
  // A time among the fields of the signature is part of the signature's form.
  if (at.from === 'signature-field' && !hasOne(view, at)) throw malformed;
  const text = view.read(at);
  const signedAtMs = unit === 'iso' ? fromIso(text) : fromDigits(text, unit);
  if (signedAtMs === null) throw malformed;
  const skewMs = nowMs - signedAtMs;
  if (skewMs > toleranceMs) throw new Refusal('timestamp.too-old', about(at));
  if (skewMs < -toleranceMs) throw new Refusal('timestamp.too-new', about(at));
  return { text, skewMs };
}

function hasOne(view: RequestView, at: Parameters<RequestView['read']>[0]): boolean {
  try {
    return view.readAny(at) !== undefined;
  } catch {
    return false;
  }
}

function fromDigits(text: string, unit: 'seconds' | 'milliseconds'): number | null {
  return /^(?:0|[1-9]\d{0,14})$/.test(text) ? Number(text) * (unit === 'seconds' ? 1000 : 1) : null;
}

function fromIso(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?Z$/.test(text)) return null;
  const instant = Date.parse(text);
  // A day that no month has is moved on by some parsers.
  return Number.isNaN(instant) || !new Date(instant).toISOString().startsWith(text.slice(0, 19)) ? null : instant;
}
