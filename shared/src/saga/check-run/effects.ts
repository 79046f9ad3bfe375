/** Which effects of a run are still owed an undo, as the checker counts them (S14, S18). */
import { isCompensatable } from '../definition.js';
import type { SagaDefinition } from '../definition.js';
import { bodyPath, pathsOutwards, scopeAt } from '../paths.js';
import type { RunState, StepInstance } from '../state.js';

/** It took effect, or nobody knows, and it could be undone and is not; nothing around it answers for it. */
export function isUndoOpen(definition: SagaDefinition, state: RunState, instance: StepInstance): boolean {
  const undo = definition.steps[instance.step]?.undo;
  if (!undo || !isCompensatable(undo)) return false;
  if (instance.status !== 'succeeded' && instance.status !== 'unknown') return false;
  if (instance.undo.status === 'done' || instance.undo.status === 'skipped') return false;
  return spokesmanOf(definition, state, instance) === null;
}

/** The outermost container around it that has succeeded and says itself how, or that it is not, undone. */
export function spokesmanOf(definition: SagaDefinition, state: RunState, instance: StepInstance): StepInstance | null {
  for (const container of containersOf(state, instance).reverse()) {
    const { kind } = definition.steps[container.step]?.undo ?? { kind: 'none' };
    if (container.status === 'succeeded' && kind !== 'none' && kind !== 'undeclared') return container;
  }
  return null;
}

/** Innermost first. */
export function containersOf(state: RunState, instance: StepInstance): StepInstance[] {
  const found: StepInstance[] = [];
  for (const path of pathsOutwards(instance.path)) {
    const container = state.instances[scopeAt(state, path)?.container ?? ''];
    if (container && bodyPath(container) === path) found.push(container);
  }
  return found;
}

/** Its effects had to be undone: it lost, or a body around it failed, or the whole run did. */
export function isUndoDue(state: RunState, instance: StepInstance): boolean {
  if (instance.abandoned) return true;
  for (const path of pathsOutwards(instance.path)) {
    const scope = scopeAt(state, path);
    if (!scope || scope.pivot !== null) continue;
    if (scope.cause !== null && scope.then === 'undo' && scope.status !== 'active') return true;
  }
  return false;
}
