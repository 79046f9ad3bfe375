import type { SagaDefinition, StepDefinition } from './definition.js';
import type { InstanceId, RunState, StepInstance } from './state.js';

/** @throws when there is none: commands name instances of their own state */
export function findInstance(
  definition: SagaDefinition,
  state: RunState,
  id: InstanceId,
): { instance: StepInstance; step: StepDefinition } {
  const instance = state.instances[id];
  const step = instance && definition.steps[instance.step];
  if (!instance || !step) throw new Error(`No step instance ${id}.`);
  return { instance, step };
}
