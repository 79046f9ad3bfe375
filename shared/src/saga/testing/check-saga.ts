/** One random saga, simulated and checked; what `npm run sagas` and the property tests have in common. */
import { seededRandom } from '../../kernel/index.js';
import { causalPast } from '../causality.js';
import { checkRun } from '../check-run.js';
import type { SagaDefinition } from '../definition.js';
import { explore } from '../explore.js';
import type { Resolution } from '../journal.js';
import { resolutionRefusal } from '../requests.js';
import { simulate } from '../simulate.js';
import type { Simulation } from '../simulate.js';
import type { IncidentState, RunState } from '../state.js';
import type { RandomSaga } from './random-saga.js';
import { realise } from './realise.js';

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
  const run = await simulate(definition, script, { ...saga, onIncident: personOf(definition, saga) });
  const violations = [...checkRun(definition, run), ...checkStandstill(definition, run.state)];
  if (exploreStates === 0) return { definition, run, violations, states: run.journal.length };
  const walk = explore(definition, { maxStates: exploreStates, undoFinished: true });
  const states = run.journal.length + walk.states;
  return { definition, run, violations: [...violations, ...walk.violations], states };
}

/** Enough to get through any saga; a failure that comes again each time is left open then. */
const PATIENCE = 12;
/** A run that is resumed again and again has more to decide. */
const PATIENCE_TO_RESUME = 30;

function personOf(
  definition: SagaDefinition,
  { person, seed }: RandomSaga,
): (incident: IncidentState, state: RunState) => Resolution | null {
  const random = seededRandom(seed ^ 0x5eed);
  let decisions = 0;
  const anyOf = (decisions: readonly Resolution[], state: RunState, id: string): Resolution | null => {
    const possible = decisions.filter((each) => resolutionRefusal(definition, state, id, each) === null);
    return possible[Math.floor(random() * possible.length)] ?? null;
  };
  return ({ id, direction }, state) => {
    // Whoever has several to decide does not always begin with the oldest.
    if (person === 'resumes' && random() < 0.4 && isOneOfMany(state, id)) return null;
    if (person === 'resumes' && resolutionRefusal(definition, state, id, ONWARD[0])?.code === 'incident.undo-under-way')
      return null;
    decisions += 1;
    if (decisions > (person === 'resumes' ? PATIENCE_TO_RESUME : PATIENCE)) return null;
    switch (person) {
      case 'absent':
        return null;
      case 'repeats':
        return { kind: 'retry' };
      case 'repeats-undos':
        return direction === 'undo' ? { kind: 'retry' } : { kind: 'skip', reason: 'simulated' };
      case 'decides':
        return { kind: 'done', note: 'simulated' };
      case 'anything':
        return anyOf(DECISIONS, state, id);
      case 'resumes':
        return (random() < 0.7 ? anyOf(ONWARD, state, id) : null) ?? anyOf(DECISIONS, state, id);
    }
  };
}

/** There is an open incident behind this one. */
function isOneOfMany(state: RunState, id: string): boolean {
  const open = Object.values(state.incidents).filter(({ resolved }) => !resolved);
  return open.at(-1)?.id !== id;
}

const ONWARD = [{ kind: 'resume-forward' }] as const;

const DECISIONS: readonly Resolution[] = [
  { kind: 'retry' },
  { kind: 'retry-with-input', input: { changed: true } },
  { kind: 'done', note: 'simulated' },
  { kind: 'skip', reason: 'simulated' },
  { kind: 'use-action', connector: 'test', operation: 'other', effect: 'keyed', input: { other: true } },
  { kind: 'resume-forward' },
  { kind: 'resume-forward' },
  { kind: 'compensate-from-here' },
  { kind: 'abandon' },
];

/** S20: a run that stands still waits for somebody, or is blocked by an incident; only what causally precedes that waits too. */
function checkStandstill(definition: SagaDefinition, state: RunState): string[] {
  if (state.endedAt !== null) return [];
  const found: string[] = [];
  const awaiting = [...state.live, ...state.undoing].some((id) => {
    const instance = state.instances[id];
    return (instance?.awaits.length ?? 0) > 0 || (instance?.undo.awaits.length ?? 0) > 0;
  });
  if (state.status !== 'blocked' && !awaiting) found.push(`S20: the run stands still, but is ${state.status}`);
  const held = causalPast(definition, state, [...state.undoing, ...state.live]);
  for (const id of state.undoing) {
    const { status } = state.instances[id]?.undo ?? {};
    if (status !== 'blocked' && status !== 'waiting' && !held.has(id))
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
