/** What passes between a server process and its evaluator processes. One evaluation at a time, so nothing needs a number. */
import type { Failure, Json } from '../../kernel/index.js';

export interface EvaluationRequest {
  readonly template: Json;
  readonly scope: Readonly<Record<string, unknown>>;
}

export type EvaluatorMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'value'; readonly value: Json }
  | { readonly kind: 'failure'; readonly failure: Failure }
  /** We broke a promise of our own: the reference evaluator threw what is not a failure. */
  | { readonly kind: 'bug'; readonly message: string };
