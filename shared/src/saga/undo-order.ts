/** When an undo may start (S16): everything that causally followed its step is undone, or will never have to be. */
import type { SagaDefinition } from './definition.js';
import { causalPast } from './causality.js';
import type { InstanceId, RunState } from './state.js';

/** Instances whose undo is due and that nothing holds back, in the order in which undo became due. */
export function releasedUndos(definition: SagaDefinition, state: RunState): InstanceId[] {
  if (state.undoing.length === 0) return [];
  const held = causalPast(definition, state, [...state.undoing, ...state.live]);
  return state.undoing.filter((id) => !held.has(id));
}
