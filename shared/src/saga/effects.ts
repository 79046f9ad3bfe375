/** Which effects of a body are there to be undone, and by what (S14, S18). */
import { isCompensatable, isContainerStep } from './definition.js';
import type { SagaDefinition, StepDefinition } from './definition.js';
import { bodyPath, indexesOf, itemPath, ROOT_PATH, scopeAt } from './paths.js';
import type { RunState, StepInstance } from './state.js';

/**
 * The instances that answer for the effects of a body, outer before inner. A container that has succeeded and says itself how
 * it is undone stands for everything inside.
 */
export function* effectsUnder(definition: SagaDefinition, state: RunState, path: string): Generator<StepInstance> {
  const scope = scopeAt(state, path);
  if (!scope) return;
  for (const index of indexesOf(scope)) yield* effectsUnder(definition, state, itemPath(path, index));
  for (const id of scope.members) {
    const instance = state.instances[id];
    if (instance) yield* effectsOf(definition, state, instance);
  }
}

/** The same for one instance. */
export function* effectsOf(
  definition: SagaDefinition,
  state: RunState,
  instance: StepInstance,
): Generator<StepInstance> {
  const step = definition.steps[instance.step];
  if (!step) return;
  yield instance;
  if (isContainerStep(step) && !speaksForItself(step, instance)) {
    yield* effectsUnder(definition, state, bodyPath(instance));
  }
}

function speaksForItself(step: StepDefinition, instance: StepInstance): boolean {
  return instance.status === 'succeeded' && step.undo.kind !== 'none' && step.undo.kind !== 'undeclared';
}

/** S14: took effect, or nobody knows; and it can be undone, and is not yet. */
export function owesUndo(definition: SagaDefinition, instance: StepInstance): boolean {
  const undo = definition.steps[instance.step]?.undo;
  if (!undo || !isCompensatable(undo)) return false;
  if (instance.status !== 'succeeded' && instance.status !== 'unknown') return false;
  return instance.undo.status !== 'done' && instance.undo.status !== 'skipped' && instance.undo.status !== 'none';
}

/** What took effect in the whole run (or nobody knows), and is not undone: also what cannot be undone, or needs no undo. */
export function effectsInForce(definition: SagaDefinition, state: RunState): StepInstance[] {
  return [...effectsUnder(definition, state, ROOT_PATH)].filter(({ step, status, undo }) => {
    const kind = definition.steps[step]?.undo.kind ?? 'none';
    return kind !== 'none' && (status === 'succeeded' || status === 'unknown') && undo.status !== 'done';
  });
}

/** Items of a loop that the run has forgotten, and whose effects are in force. */
export function owingItems(state: RunState, container: StepInstance): number {
  return (scopeAt(state, bodyPath(container))?.loop?.owing.length ?? 0) / 3;
}

/** What it stands for in the order of undos is not itself, but items of the loop that have to be brought back (forget.ts). */
export function isRecalling(state: RunState, container: StepInstance): boolean {
  return container.undo.status === 'captured' && owingItems(state, container) > 0;
}
