import type { SagaDefinition } from './definition.js';
import { isInLine } from './in-line.js';
import { ROOT_PATH, scopeAt } from './paths.js';
import { runIncident } from './run-incident.js';
import { releasedUndos } from './undo-order.js';
import type { RunState, RunStatus, StepInstance } from './state.js';

/** What a live run is called: by what it does now, by what it waits for, or by what holds it up. */
export function runStatus(definition: SagaDefinition, state: RunState): RunStatus {
  if (state.endedAt !== null) return state.status;
  if (runIncident(state) !== null) return 'blocked';
  if (isInLine(state)) return state.admission?.status === 'waiting' ? 'waiting' : 'running';
  // An open container is as busy as what lies in it, which is counted by itself.
  const living = state.live
    .map((id) => state.instances[id])
    .filter((instance) => instance !== undefined && instance.status !== 'open') as StepInstance[];
  const parked = living.some((instance) => instance.parked);
  const blocked = state.undoing.some((id) => state.instances[id]?.undo.status === 'blocked');
  if (living.some((instance) => !instance.parked && !isAsleep(instance))) return busy(state);
  if (state.undoing.some((id) => state.instances[id]?.undo.status === 'running')) return busy(state);
  const asleep = living.some((instance) => !instance.parked) || undoSleeps(state);
  if (parked || blocked) {
    const canGoOn = releasedUndos(definition, state).some((id) => state.instances[id]?.undo.status === 'captured');
    if (canGoOn) return busy(state);
    return asleep ? waiting(state) : 'blocked';
  }
  return asleep && state.undoing.length === 0 ? waiting(state) : busy(state);
}

function busy(state: RunState): RunStatus {
  return scopeAt(state, ROOT_PATH)?.status === 'compensating' ? 'compensating' : 'running';
}

function waiting(state: RunState): RunStatus {
  return scopeAt(state, ROOT_PATH)?.status === 'compensating' ? 'compensating' : 'waiting';
}

function isAsleep(instance: StepInstance): boolean {
  return instance.status === 'waiting' || instance.status === 'retrying';
}

function undoSleeps(state: RunState): boolean {
  return state.undoing.some((id) => {
    const status = state.instances[id]?.undo.status;
    return status === 'retrying' || status === 'waiting';
  });
}
