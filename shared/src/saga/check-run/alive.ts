/** S28: a live run has a reason to be alive, and so has every step in it. */
import { attemptsInFlight } from '../attempt.js';
import { decide, nextWakeAt } from '../decide.js';
import type { SagaDefinition } from '../definition.js';
import { isInLine } from '../in-line.js';
import { bodyPath, isWithin, scopeAt } from '../paths.js';
import type { RunState, StepInstance } from '../state.js';

/**
 * The run as a whole lives by an attempt in flight, a wake time, something awaited, an open incident, or something to do at
 * once. And so does each step in it, once there is nothing to do at once: a step that nothing will ever move is lost, however
 * lively the others are.
 */
export function checkAlive(definition: SagaDefinition, state: RunState, now = state.startedAt): string[] {
  if (state.endedAt !== null) return [];
  const commands = decide(definition, state, now);
  if (commands.some((each) => each.kind !== 'abort-attempt')) return [];
  const reasons =
    attemptsInFlight(state).length > 0 ||
    nextWakeAt(definition, state) !== null ||
    Object.values(state.incidents).some((incident) => !incident.resolved) ||
    isAwaiting(state);
  const found = reasons ? [] : ['S28: the run is alive without a reason'];
  if (isInLine(state)) return found;
  for (const id of state.live) {
    const instance = state.instances[id];
    if (instance && !hasReason(state, instance))
      found.push(`S28: ${id} is ${instance.status}, and nothing will move it`);
  }
  return found;
}

export function isAwaiting(state: RunState): boolean {
  return (
    (isInLine(state) && state.admission?.status === 'waiting') ||
    state.live.some((id) => (state.instances[id]?.awaits.length ?? 0) > 0) ||
    state.undoing.some((id) => (state.instances[id]?.undo.awaits.length ?? 0) > 0)
  );
}

function hasReason(state: RunState, instance: StepInstance): boolean {
  if (instance.parked) return hasOpenIncident(state, instance);
  switch (instance.status) {
    case 'running':
      return true;
    case 'retrying':
      return instance.wakeAt !== null;
    case 'waiting':
      return instance.wakeAt !== null || instance.awaits.length > 0;
    case 'open': {
      const body = bodyPath(instance);
      const inside = (id: string) => isWithin(state.instances[id]?.path ?? '', body) && id !== instance.id;
      return (scopeAt(state, body)?.alive ?? 0) > 0 || state.live.some(inside) || state.undoing.some(inside);
    }
    default:
      // Ready, with no command for it: only while a pivot in flight decides whether it is given up (S23).
      return attemptsInFlight(state).length > 0;
  }
}

function hasOpenIncident(state: RunState, { id }: StepInstance): boolean {
  return Object.values(state.incidents).some((each) => !each.resolved && each.instance === id);
}
