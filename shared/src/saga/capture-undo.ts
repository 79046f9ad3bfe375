/** What an undo will be given: captured with the first outcome that may have had an effect, never re-evaluated (S17). */
import { failure, isJsonObject } from '../kernel/index.js';
import type { Json } from './imports.js';
import { asFailure } from './as-failure.js';
import { participantKey } from './idempotency-key.js';
import type { SagaDefinition, StepDefinition } from './definition.js';
import type { Captured } from './journal.js';
import { expressionScope } from './scope.js';
import type { Evaluate } from './scope.js';
import type { RunState, StepInstance } from './state.js';

/**
 * The undo's input as it is known now; undefined when the step has no undo that could be called.
 *
 * @param output of the step; for `call` `{ run }`, or null when nobody knows whether the child was started
 * @returns for the undo of a child run `{ run }`, or `{ key }` when only the key is known under which it was to be started
 */
export async function captureUndo(
  definition: SagaDefinition,
  state: RunState,
  step: StepDefinition,
  instance: StepInstance,
  output: Json,
  evaluate: Evaluate,
): Promise<Captured | undefined> {
  if (step.undo.kind !== 'compensation' && step.undo.kind !== 'child') return undefined;
  try {
    if (step.undo.kind === 'child') return await capturedChild(definition, state, step, instance, output, evaluate);
    const names = expressionScope(definition, state, instance.id, 'undo');
    const value = await evaluate(step.undo.input, { ...names, step: { input: instance.input, output } });
    if (isJsonObject(value)) return { kind: 'value', value };
    return {
      kind: 'failure',
      failure: failure('user', 'input.not-object', `The input of the undo of step ${step.name} is not an object.`),
    };
  } catch (error) {
    return { kind: 'failure', failure: asFailure(error) };
  }
}

async function capturedChild(
  definition: SagaDefinition,
  state: RunState,
  step: StepDefinition,
  instance: StepInstance,
  output: Json,
  evaluate: Evaluate,
): Promise<Captured> {
  if (instance.override !== null) {
    const message = `Another action was put in place of step ${step.name}, so there is no child run to undo; undo it by hand.`;
    return { kind: 'failure', failure: failure('user', 'undo.other-action', message) };
  }
  const run = childRun(output);
  if (run !== null) return { kind: 'value', value: { run } };
  return { kind: 'value', value: { key: await participantKey(definition, state, step, instance, evaluate) } };
}

/** Id of the child run in the answer of an attempt to start or to undo one; null when it names none. */
export function childRun(output: Json): string | null {
  const run = isJsonObject(output) ? output['run'] : null;
  return typeof run === 'string' && run !== '' ? run : null;
}
