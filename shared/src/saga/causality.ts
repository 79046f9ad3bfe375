/** Which step instances caused which (S16): over transitions that carried a token, never by clocks or by the drawing alone. */
import type { SagaDefinition } from './definition.js';
import type { InstanceId, RunState, StepInstance } from './state.js';

/** Instances whose token this one started on. A token that reached a join after it had fired caused nothing. */
export function causes(definition: SagaDefinition, state: RunState, instance: StepInstance): StepInstance[] {
  const found: StepInstance[] = [];
  for (const id of definition.steps[instance.step]?.incoming ?? []) {
    if (state.transitions[id] !== 'taken') continue;
    const source = state.instances[definition.transitions[id]?.from ?? ''];
    if (source && source.settledSeq > 0 && source.settledSeq <= instance.readySeq) found.push(source);
  }
  return found;
}

/** Everything that happened so that the given instances could; they themselves are not in it unless one caused another. */
export function causalPast(definition: SagaDefinition, state: RunState, from: Iterable<InstanceId>): Set<InstanceId> {
  const past = new Set<InstanceId>();
  const stack = [...from];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const instance = state.instances[id];
    if (!instance) continue;
    for (const cause of causes(definition, state, instance)) {
      if (past.has(cause.id)) continue;
      past.add(cause.id);
      stack.push(cause.id);
    }
  }
  return past;
}
