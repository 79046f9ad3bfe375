import type { EffectClass, Failure, Random, RetryPolicy } from './imports.js';

/** Forward steps, unless the author says otherwise. */
export const DEFAULT_RETRY: RetryPolicy = {
  maxAttempts: 3,
  initialDelayMs: 1000,
  factor: 2,
  maxDelayMs: 30_000,
  jitter: 'full',
  retryOn: [],
  neverRetryOn: [],
};

/** For effects that must not be repeated: one attempt. */
export const SINGLE_ATTEMPT: RetryPolicy = { ...DEFAULT_RETRY, maxAttempts: 1 };

/**
 * Undo steps, and forward steps after the pivot (S19, S23): 1 s doubling to half an hour, 60 attempts. With full jitter
 * that is about twelve hours on average and at most about a day.
 */
export const GENEROUS_RETRY: RetryPolicy = {
  maxAttempts: 60,
  initialDelayMs: 1000,
  factor: 2,
  maxDelayMs: 1_800_000,
  jitter: 'full',
  retryOn: [],
  neverRetryOn: [],
};

/** Longest delay that a participant's `Retry-After` can ask for. */
export const MAX_RETRY_AFTER_MS = 3_600_000;

export const DEFAULT_ATTEMPT_TIMEOUT_MS = 30_000;
export const DEFAULT_UNDO_ATTEMPT_TIMEOUT_MS = 60_000;

/**
 * Delay before the next attempt of a step (S9; exponential, full jitter).
 *
 * @param attempt 1-based number of the attempt that just failed
 * @param retryAfterMs what the participant asked for; overrides the computed delay, bounded by an hour
 * @returns milliseconds, or null when the policy allows no further attempt
 * @see Brooker, "Exponential Backoff And Jitter", AWS, 2015
 */
export function retryDelay(attempt: number, policy: RetryPolicy, random: Random, retryAfterMs?: number): number | null {
  if (attempt >= policy.maxAttempts) return null;
  if (retryAfterMs !== undefined && retryAfterMs >= 0) return Math.round(Math.min(retryAfterMs, MAX_RETRY_AFTER_MS));
  const ceiling = Math.min(policy.maxDelayMs, policy.initialDelayMs * policy.factor ** (attempt - 1));
  return Math.round(policy.jitter === 'full' ? random() * ceiling : ceiling);
}

/** S9: terminal errors are never retried. A listed code decides; else only operational failures are worth another try. */
export function isRetryable(failure: Failure, policy: RetryPolicy): boolean {
  const matches = (codes: readonly string[]) => codes.some((code) => failure.code.startsWith(code));
  if (matches(policy.neverRetryOn)) return false;
  if (policy.retryOn.length > 0) return matches(policy.retryOn);
  return failure.kind === 'operational';
}

/**
 * Whether the author lets an attempt with unknown outcome be repeated: a code that is never retried decides, and so does the
 * list of those that alone are, when there was an answer at all. No answer is no failure of a kind that somebody listed.
 */
export function isRepeatAllowed(failure: Failure, policy: RetryPolicy): boolean {
  const answered = failure.code.startsWith('http.status.');
  return isRetryable({ ...failure, kind: 'operational' }, answered ? policy : { ...policy, retryOn: [] });
}

/** S11: whether an attempt with unknown outcome may be repeated with the same key. */
export function isRepeatable(effect: EffectClass): boolean {
  return effect !== 'at-most-once' && effect !== 'irreversible';
}
