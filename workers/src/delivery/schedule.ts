/**
 * When a delivery is tried again, and when an endpoint is left in peace: pure, time and chance are arguments.
 *
 * @see Standard Webhooks, "Retries": immediately, then after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h
 */
import type { EndpointHealth, EndpointNews } from '@sagawright/shared/server';
import type { Random } from '@sagawright/shared/kernel';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Pauses behind the first attempt, the second and so on; behind the last the delivery is given up. */
const PAUSES = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];
export const MOST_ATTEMPTS = PAUSES.length + 1;

/** Up to a tenth later, so that what failed together does not come again together. */
const JITTER = 0.1;
/** Whoever asks for more patience than that is asked again all the same. */
const LONGEST_PATIENCE = DAY;

/**
 * @param attempt number of the attempt that just failed, 1-based
 * @param retryAfterMs what the endpoint asked for; null = nothing
 * @returns milliseconds, or null when there are no more attempts
 */
export function pauseAfter(attempt: number, random: Random, retryAfterMs: number | null): number | null {
  const pause = PAUSES[attempt - 1];
  if (pause === undefined) return null;
  const asked = Math.min(retryAfterMs ?? 0, LONGEST_PATIENCE);
  return Math.max(pause, asked) * (1 + JITTER * random());
}

export interface BreakerTerms {
  /** So many failures in a row open it. */
  readonly failures: number;
  /** The first time it stays open that long, then twice as long each time. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** An endpoint that has not taken anything for that long is disabled. */
  readonly disableAfterMs: number;
}

export const BREAKER: BreakerTerms = {
  failures: 5,
  firstMs: 30 * SECOND,
  longestMs: HOUR,
  disableAfterMs: 5 * DAY,
};

/** An attempt's outcome, as far as its endpoint is concerned. */
export type Verdict =
  | { readonly kind: 'taken' }
  /** 410: the receiver wants no more. */
  | { readonly kind: 'gone' }
  /** 429, or 503 that names a time: it lives, and asks for patience. */
  | { readonly kind: 'patience'; readonly retryAfterMs: number }
  | { readonly kind: 'failed' }
  /** There is nothing to send any more, which is nobody's fault. */
  | { readonly kind: 'pointless' };

/** Closed, open, or half open: with failures behind it, an endpoint gets one delivery at a time (see `claimDeliveries`). */
export function judge(verdict: Verdict, before: EndpointHealth, terms: BreakerTerms): EndpointNews | null {
  switch (verdict.kind) {
    case 'pointless':
      return null;
    case 'taken':
      return { failed: false, holdMs: null, disable: null };
    case 'gone':
      return { failed: true, holdMs: null, disable: 'It answered 410: the receiver wants no more.' };
    case 'patience':
      return {
        failed: false,
        holdMs: Math.max(SECOND, Math.min(verdict.retryAfterMs, terms.longestMs)),
        disable: null,
      };
    case 'failed': {
      // Under way already when the breaker opened: it tells nothing new.
      if (before.openMs > 0) return { failed: false, holdMs: before.openMs, disable: null };
      const failures = before.failures + 1;
      if (failures >= terms.failures && before.failingMs >= terms.disableAfterMs) {
        const days = Math.round((before.failingMs / DAY) * 10) / 10;
        return { failed: true, holdMs: null, disable: `It has taken nothing for ${days} days (${failures} attempts).` };
      }
      const over = failures - terms.failures;
      const holdMs = over < 0 ? null : Math.min(terms.firstMs * 2 ** Math.min(over, 30), terms.longestMs);
      return { failed: true, holdMs, disable: null };
    }
  }
}

/** Seconds or a date, as HTTP writes it; null = neither. */
export function retryAfter(header: string | undefined, now: number): number | null {
  if (header === undefined || header.trim() === '') return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * SECOND;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
