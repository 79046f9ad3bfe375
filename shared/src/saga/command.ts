/** What `decide` asks the world to do next. Each command is answered by one or more journal entries. */
import type { Failure, Json } from './imports.js';
import type { InstanceId, RunOutcome } from './state.js';

export type Command =
  /**
   * Work out what a step without outside effect comes to, open a wait or a container's body, or close a container whose body
   * is over: no intent.
   */
  | { readonly kind: 'evaluate'; readonly instance: InstanceId }
  /** Get the run a place among those of its key, before anything of it begins (S30). */
  | { readonly kind: 'admit-run' }
  /** Get a slot of its concurrency key or rate limit, or have it wait for one (S30). */
  | { readonly kind: 'admit'; readonly instance: InstanceId }
  /** Begin an attempt: write the intent, commit, then call the operation. */
  | {
      readonly kind: 'attempt';
      readonly instance: InstanceId;
      readonly direction: 'forward' | 'undo';
      readonly attempt: number;
    }
  /** The time of a wait is over, or a task's assignees are to be reminded. */
  | { readonly kind: 'elapse'; readonly instance: InstanceId }
  /** The body of a container has run out of time (S10). */
  | { readonly kind: 'time-out'; readonly instance: InstanceId }
  /** Ask a child run to stop; how it ends is still awaited (S18). */
  | { readonly kind: 'cancel-child'; readonly instance: InstanceId; readonly reason: string }
  /** Bring forgotten items of a loop back, so that they can be undone: each with its first and last journal entry. */
  | {
      readonly kind: 'recall';
      readonly instance: InstanceId;
      readonly items: readonly { readonly index: number; readonly first: number; readonly last: number }[];
    }
  /** The run's own deadline is over (S25). */
  | { readonly kind: 'cancel-run'; readonly reason: string }
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

/** How the world answered an attempt. The output of a `call` is `{ run }`, the id of the child. */
export type AttemptResult =
  | { readonly kind: 'succeeded'; readonly output: Json }
  /** Proved: no effect, or an answered refusal. `retryAfterMs` is what the participant asked for. */
  | { readonly kind: 'failed'; readonly failure: Failure; readonly retryAfterMs?: number }
  /** Timeout, lost connection, worker death. */
  | { readonly kind: 'unknown'; readonly failure: Failure };
