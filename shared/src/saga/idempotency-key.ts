import { failure, FailureError } from '../kernel/index.js';
import { isAttempted } from './definition.js';
import type { SagaDefinition, StepDefinition } from './definition.js';
import { instanceId } from './instance.js';
import type { Direction, InstanceRef } from './instance.js';
import { scopeWhenReady } from './scope.js';
import type { Evaluate } from './scope.js';
import type { RunState, StepInstance } from './state.js';

/**
 * The key under which a participant recognises a repeated call (S4): stable over attempts, crashes and takeovers.
 *
 * @param round 2 and up when a person repeats a refused call with other input, or an undo that ran as "empty" has to run
 *   again after a late success (S22): a participant that remembers answers by key would repeat the old answer
 */
export function idempotencyKey(runId: string, ref: InstanceRef, direction: Direction, round = 1): string {
  return `${runId}:${instanceId(ref)}:${direction}${round === 1 ? '' : `:${round}`}`;
}

/**
 * The key of a step's forward direction: the author's own, if there is one, else the engine's. Every attempt has the
 * first one's. The author's is worked out of what was known when the step became ready; what is done anew has another.
 *
 * @throws FailureError `idempotency-key.empty`, or what the template throws
 */
export async function participantKey(
  definition: SagaDefinition,
  state: RunState,
  step: StepDefinition,
  instance: StepInstance,
  evaluate: Evaluate,
  runId = state.runId,
): Promise<string> {
  if (instance.key !== null) return instance.key;
  // Another operation that a person chose has another participant, or means something else to the same one.
  if (!isAttempted(step) || step.idempotencyKey === null || instance.override !== null)
    return idempotencyKey(runId, instance, 'forward', instance.round);
  const value = await evaluate(step.idempotencyKey, scopeWhenReady(definition, state, instance));
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || text.trim() === '') {
    const message = `The idempotency key of step ${step.name} gave ${JSON.stringify(value).slice(0, 80)}; make it a text or a number.`;
    throw new FailureError(failure('user', 'idempotency-key.empty', message));
  }
  return [text, ...generations(instance), ...(instance.round === 1 ? [] : [`:${instance.round}`])].join('');
}

/** What was done anew after it had been undone, the step itself or something around it, is another effect. */
function generations({ path, generation }: InstanceRef): string[] {
  const around = path.match(/[^/]+#\d+/g) ?? [];
  return [...(generation === 1 ? [] : [`#${generation}`]), ...around.map((container) => `@${container}`)];
}
