/** The time that a step may take with all its attempts and pauses, from the moment when it could begin (S10). */
import { failure } from '../kernel/index.js';
import type { Failure } from './imports.js';
import { isAttempted } from './definition.js';
import type { SagaDefinition, StepDefinition } from './definition.js';
import { captureUndo } from './capture-undo.js';
import { refOf } from './instance.js';
import type { NewEntry } from './journal.js';
import { failedNow } from './outcome.js';
import type { Evaluate } from './scope.js';
import type { RunState, StepInstance } from './state.js';

/** When a step's time is over; null = never. Who repeats a step by hand takes the time for it. */
export function totalDeadline(step: StepDefinition, instance: StepInstance): number | null {
  if (!isAttempted(step) || step.totalTimeoutMs === null || instance.attemptBase > 0) return null;
  return instance.readyAt + step.totalTimeoutMs;
}

/** @param last why it has not succeeded before, if that is known */
export function totalTimeout(step: StepDefinition, last: Failure | null): Failure {
  const ms = isAttempted(step) ? step.totalTimeoutMs : null;
  const because = last === null ? '' : ` Before: ${last.message}`;
  const message = `Step ${step.name} has not succeeded within ${ms} ms, all attempts and pauses included.${because}`;
  return failure('operational', 'timeout.total', message, last === null ? undefined : { last: { ...last } });
}

/**
 * What becomes of an attempted step that waits (for a slot, or for its child run) when its time is over. A child that was
 * started may still take effect.
 *
 * @returns null for steps without attempts
 */
export async function overdueAttempt(
  definition: SagaDefinition,
  state: RunState,
  step: StepDefinition,
  instance: StepInstance,
  evaluate: Evaluate,
  at: number,
): Promise<NewEntry | null> {
  if (!isAttempted(step)) return null;
  const reason = totalTimeout(step, instance.failure);
  const child = instance.awaits.find((each) => each.kind === 'child');
  if (!child) return failedNow(instance, at, reason);
  const undoInput = await captureUndo(definition, state, step, instance, { run: child.run }, evaluate);
  return {
    type: 'step.unknown',
    ...refOf(instance),
    direction: 'forward',
    attempt: instance.attempt + 1,
    failure: reason,
    retryAt: null,
    ...(undoInput && { undoInput }),
    at,
  };
}
