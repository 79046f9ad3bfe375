import { FailureError, failure } from '@sagawright/shared/kernel';
import type { Json } from '@sagawright/shared/kernel';
import type { ProblemCode } from '@sagawright/shared/contracts';

export interface RefusalFacts {
  /** Extra facts for the caller, e.g. the current revision of a conflict. */
  readonly context?: Json;
  /** Where in the request the fault is. */
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  readonly retryAfterSeconds?: number;
}

/** A request that is answered with a problem: known by its code, and `detail` names the thing and the way out. */
export class Refusal extends FailureError {
  constructor(
    readonly code: ProblemCode,
    detail: string,
    readonly facts: RefusalFacts = {},
    options?: { cause?: unknown },
  ) {
    super(failure('user', code, detail), options);
    this.name = 'Refusal';
  }
}
