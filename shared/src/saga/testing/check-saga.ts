/** One random saga, simulated and checked; what `npm run sagas` and the property tests have in common. */
import { causalPast } from '../causality.js';
import { checkRun } from '../check-run.js';
import type { SagaDefinition } from '../definition.js';
import { explore } from '../explore.js';
import type { Resolution } from '../journal.js';
import { simulate } from '../simulate.js';
import type { Simulation } from '../simulate.js';
import type { IncidentState, RunState } from '../state.js';
import { realise } from './random-saga.js';
import type { RandomSaga } from './random-saga.js';

export interface CheckedSaga {
  readonly definition: SagaDefinition;
  readonly run: Simulation;
  /** One sentence per broken rule. */
  readonly violations: readonly string[];
  /** Journal entries and explored states. */
  readonly states: number;
}

/** @param exploreStates explore every outcome in every order as well, up to so many states; 0 = not at all */
export async function checkSaga(saga: RandomSaga, exploreStates = 0): Promise<CheckedSaga> {
  const { definition, script } = realise(saga);
  const run = await simulate(definition, script, { ...saga, onIncident: (incident) => decision(saga, incident) });
  const violations = [...checkRun(definition, run), ...checkStandstill(definition, run.state)];
  if (exploreStates === 0) return { definition, run, violations, states: run.journal.length };
  const walk = explore(definition, { maxStates: exploreStates });
  const states = run.journal.length + walk.states;
  return { definition, run, violations: [...violations, ...walk.violations], states };
}

function decision({ person }: RandomSaga, { direction }: IncidentState): Resolution | null {
  switch (person) {
    case 'absent':
      return null;
    case 'repeats':
      return { kind: 'retry' };
    case 'repeats-undos':
      return direction === 'undo' ? { kind: 'retry' } : { kind: 'skip', reason: 'simulated' };
    case 'decides':
      return { kind: 'done', note: 'simulated' };
  }
}

/** S20: a run that stands still is blocked by an incident, and only what causally precedes it waits. */
function checkStandstill(definition: SagaDefinition, state: RunState): string[] {
  if (state.endedAt !== null) return [];
  const found: string[] = [];
  if (state.status !== 'blocked') found.push(`S20: the run stands still, but is ${state.status}`);
  const held = causalPast(definition, state, [...state.undoing, ...state.live]);
  for (const id of state.undoing) {
    if (state.instances[id]?.undo.status !== 'blocked' && !held.has(id))
      found.push(`S20: nothing holds back the undo of ${id}, and it does not begin`);
  }
  for (const id of [...state.live, ...state.undoing]) {
    const instance = state.instances[id];
    const needsPerson = instance?.parked || instance?.undo.status === 'blocked';
    const asked = Object.values(state.incidents).some((each) => !each.resolved && each.instance === id);
    if (needsPerson && !asked) found.push(`S20: ${id} needs a person, and nobody was asked`);
  }
  return found;
}
