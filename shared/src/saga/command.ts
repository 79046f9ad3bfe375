/** What `decide` asks the world to do next. Each command is answered by one or more journal entries. */
import type { Failure, Json } from './imports.js';
import type { InstanceId, RunOutcome } from './state.js';

export type Command =
  /** Compute a pure step (transform, branch, parallel, join, end, fail) or open a wait (delay): no outside effect, no intent. */
  | { readonly kind: 'evaluate'; readonly instance: InstanceId }
  /** Begin an attempt: write the intent, commit, then call the operation. */
  | {
      readonly kind: 'attempt';
      readonly instance: InstanceId;
      readonly direction: 'forward' | 'undo';
      readonly attempt: number;
    }
  /** A wait is over. */
  | { readonly kind: 'elapse'; readonly instance: InstanceId }
  | { readonly kind: 'cancel-step'; readonly instance: InstanceId; readonly reason: string }
  /** Ask an attempt in flight to stop; its outcome is still awaited (S15). */
  | { readonly kind: 'abort-attempt'; readonly instance: InstanceId; readonly direction: 'forward' | 'undo' }
  | {
      readonly kind: 'open-incident';
      readonly incident: string;
      readonly instance: InstanceId;
      readonly direction: 'forward' | 'undo';
      readonly failure: Failure;
    }
  | {
      readonly kind: 'end-run';
      readonly outcome: RunOutcome;
      readonly output: Json | null;
      readonly failure: Failure | null;
    };

export type CommandOf<K extends Command['kind']> = Extract<Command, { kind: K }>;

/** How the world answered an attempt. */
export type AttemptResult =
  | { readonly kind: 'succeeded'; readonly output: Json }
  /** Proved: no effect, or an answered refusal. `retryAfterMs` is what the participant asked for. */
  | { readonly kind: 'failed'; readonly failure: Failure; readonly retryAfterMs?: number }
  /** Timeout, lost connection, worker death. */
  | { readonly kind: 'unknown'; readonly failure: Failure };
