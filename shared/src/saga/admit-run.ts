/** Whether a run may begin: at most so many of its workflow go on at a time per key (S30). What is free, the worker knows. */
import { err, failure, ok } from '../kernel/index.js';
import type { Failure, Result } from './imports.js';
import { asFailure } from './as-failure.js';
import type { RunPolicy, SagaDefinition } from './definition.js';
import type { NewEntry } from './journal.js';
import { expressionScope } from './scope.js';
import type { Evaluate } from './scope.js';
import type { RunState } from './state.js';

export interface RunLimit {
  readonly key: string;
  readonly limit: number;
  readonly policy: RunPolicy;
  /** How long no other may have come, milliseconds; null unless the policy is `debounce`. */
  readonly debounceMs: number | null;
}

/** What was found for a run that asked for a place. */
export type RunPlace =
  | { readonly kind: 'granted' }
  /** In line; `until`: how long at least, milliseconds since 1970; null = until there is a place. */
  | { readonly kind: 'waiting'; readonly until: number | null }
  /** There is no place, and its policy does not let it wait. */
  | { readonly kind: 'rejected' }
  /** Another run goes before it. */
  | { readonly kind: 'superseded' };

/** @returns the failure when the key cannot be worked out (`limit.key`): {@link refuseRun} then answers with it */
export async function runLimitOf(
  definition: SagaDefinition,
  state: RunState,
  evaluate: Evaluate,
): Promise<Result<RunLimit, Failure>> {
  const { concurrency } = definition;
  if (concurrency === undefined) return err(failure('bug', 'limit.key', 'The workflow limits no runs.'));
  const { limit, policy, debounceMs } = concurrency;
  try {
    const value = await evaluate(concurrency.key, expressionScope(definition, state, null, 'forward'));
    const usable = (typeof value === 'string' && value !== '') || typeof value === 'number';
    if (usable) return ok({ key: String(value), limit, policy, debounceMs });
    const message = `The runs of this workflow are limited per ${JSON.stringify(value).slice(0, 80)}; make the key a text or a number.`;
    return err(failure('user', 'limit.key', message));
  } catch (error) {
    return err(asFailure(error));
  }
}

/** Answers `admit-run`, and later the place that a run was waiting for. */
export function admitRun({ key, limit }: RunLimit, place: RunPlace, at: number): NewEntry {
  switch (place.kind) {
    case 'granted':
      return { type: 'run.admitted', key, at };
    case 'waiting':
      return { type: 'run.waiting', key, until: place.until, at };
    case 'rejected': {
      const message = `As many runs as may be (${limit}) are going on for ${key}; start it again when one is over.`;
      return { type: 'run.refused', outcome: 'cancelled', failure: failure('user', 'limit.rejected', message), at };
    }
    case 'superseded':
      return { type: 'run.refused', outcome: 'cancelled', failure: superseded(key), at };
  }
}

/** Answers `admit-run` when the key cannot be worked out. */
export function refuseRun(why: Failure, at: number): NewEntry {
  return { type: 'run.refused', outcome: 'failed', failure: why, at };
}

/** What a run ends with that has to make room for another. */
export function superseded(key: string): Failure {
  return failure('user', 'limit.superseded', `Another run for ${key} goes on in its place; look for that one.`);
}
