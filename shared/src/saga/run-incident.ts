import type { IncidentState, RunState } from './state.js';

/** Stands where an incident names its step, when it is the run itself that cannot go on. */
export const RUN_ITSELF = '';

/**
 * The open incident of the run itself: the engine could not go on with it (its journal took an entry no more, or the
 * engine broke). While it is open nothing happens by itself; a person lets the run try again, or cancels it.
 */
export function runIncident(state: RunState): IncidentState | null {
  for (const incident of Object.values(state.incidents)) {
    if (incident.instance === RUN_ITSELF && !incident.resolved) return incident;
  }
  return null;
}
