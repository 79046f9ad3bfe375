import { z } from 'zod';
import { jsonSchema } from './json.js';

/**
 * What went wrong, as it is stored and shown. Once stored, a failure is known by its code.
 *
 * - `user`: the author, caller or data must change (bad input, business refusal); repeating does not help
 * - `operational`: the world was not in the mood (timeout, 503, lost connection); repeating may help
 * - `bug`: we broke a promise of our own
 */
export const failureSchema = z.object({
  /** Stable, dotted, lower case: `http.status.503`, `expression.type`. */
  code: z.string().min(1),
  kind: z.enum(['user', 'operational', 'bug']),
  /** One sentence that names the thing and the way out. */
  message: z.string(),
  details: jsonSchema.optional(),
});

export type Failure = z.infer<typeof failureSchema>;

/** The one error class that crosses our own function borders; carries a {@link Failure}. */
export class FailureError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, options?: { cause?: unknown }) {
    super(failure.message, options);
    this.name = 'FailureError';
    this.failure = failure;
  }
}

export function failure(kind: Failure['kind'], code: string, message: string, details?: Failure['details']): Failure {
  return details === undefined ? { kind, code, message } : { kind, code, message, details };
}
