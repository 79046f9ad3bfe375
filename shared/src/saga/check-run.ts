/** Checks a journal against the rules that every run keeps, whatever happened (I2, I3, I5-I8, I11, S28). */
import { causalPast } from './causality.js';
import { decide, nextWakeAt } from './decide.js';
import { attemptsInFlight } from './attempt.js';
import type { SagaDefinition } from './definition.js';
import { instanceId } from './instance.js';
import { evolve, replay } from './evolve.js';
import type { Entry } from './journal.js';
import type { Call } from './simulate.js';
import type { RunState } from './state.js';

/** What an observer saw of one run; the ledger is absent where participants are not simulated. */
export interface Observation {
  readonly journal: readonly Entry[];
  readonly state: RunState;
  readonly ledger?: { readonly calls: readonly Call[]; readonly net: Readonly<Record<string, number>> };
}

/** @returns one sentence per violation, each beginning with its rule; empty when all is well */
export function checkRun(definition: SagaDefinition, { journal, state, ledger }: Observation): string[] {
  const found: string[] = [];
  if (JSON.stringify(replay(definition, journal)) !== JSON.stringify(state))
    found.push('I11: replaying the journal gives another state');
  found.push(
    ...checkJournal(definition, journal),
    ...checkUndoOrder(definition, journal, state),
    ...checkAlive(definition, state),
  );
  if (ledger) found.push(...checkLedger(definition, journal, state, ledger));
  return found;
}

function checkJournal(definition: SagaDefinition, journal: readonly Entry[]): string[] {
  const found: string[] = [];
  const outcomes = new Set<string>();
  let state: RunState | null = null;
  journal.forEach((entry, index) => {
    if (entry.seq !== index + 1) found.push(`I2: entry ${index + 1} has number ${entry.seq}`);
    if (entry.type === 'step.succeeded') {
      const key = `${instanceId(entry)} ${entry.direction}`;
      const again = entry.direction === 'undo' && (state?.instances[instanceId(entry)]?.undo.round ?? 1) > 1;
      if (outcomes.has(key) && !again) found.push(`I2: ${key} succeeded twice`);
      outcomes.add(key);
    }
    if (entry.type === 'step.started' && entry.direction === 'forward' && state) {
      const step = definition.steps[entry.step];
      const caused = step?.incoming.some((id) => state?.transitions[id] === 'taken');
      if (!caused) found.push(`I6: ${entry.step} started before any of its predecessors`);
      if (state.scopes['root']?.status !== 'active')
        found.push(`S15: ${entry.step} started while the scope was failing`);
    }
    if (entry.type === 'step.started' && entry.direction === 'undo' && state) {
      const instance = state.instances[instanceId(entry)];
      if (state.scopes['root']?.pivot != null && !instance?.abandoned)
        found.push(`I8: ${entry.step} was undone after the pivot`);
    }
    state = evolve(definition, state, entry);
  });
  return found;
}

/** S16: when an undo starts, everything that causally followed is undone or never will be. */
function checkUndoOrder(definition: SagaDefinition, journal: readonly Entry[], final: RunState): string[] {
  const found: string[] = [];
  const started = new Map<string, number>();
  const finished = new Map<string, number>();
  for (const entry of journal) {
    if (entry.type === 'step.started' && entry.direction === 'undo' && !started.has(entry.step))
      started.set(entry.step, entry.seq);
    if (entry.type === 'step.succeeded' && entry.direction === 'undo') finished.set(entry.step, entry.seq);
    if (entry.type === 'incident.resolved') {
      const incident = final.incidents[entry.incident];
      if (incident?.direction === 'undo' && (entry.resolution.kind === 'skip' || entry.resolution.kind === 'done'))
        finished.set(incident.instance, entry.seq);
    }
  }
  for (const later of Object.values(final.instances)) {
    if (definition.steps[later.step]?.undo.kind !== 'compensation') continue;
    const owes = later.status === 'succeeded' || later.status === 'unknown';
    if (!owes) continue;
    for (const earlier of causalPast(definition, final, [later.id])) {
      const begun = started.get(earlier);
      if (begun === undefined) continue;
      const end = finished.get(later.id);
      if (end === undefined || end > begun)
        found.push(`S16: the undo of ${earlier} began before that of ${later.id}, which it had caused, was finished`);
    }
  }
  return found;
}

/** S28: a live run has something in flight, a wake time, an open incident, or something to do at once. */
export function checkAlive(definition: SagaDefinition, state: RunState): string[] {
  if (state.endedAt !== null) return [];
  const reasons =
    attemptsInFlight(state).length > 0 ||
    nextWakeAt(definition, state) !== null ||
    Object.values(state.incidents).some((incident) => !incident.resolved) ||
    decide(definition, state, state.startedAt).length > 0;
  return reasons ? [] : ['S28: the run is alive without a reason'];
}

function checkLedger(
  definition: SagaDefinition,
  journal: readonly Entry[],
  state: RunState,
  ledger: NonNullable<Observation['ledger']>,
): string[] {
  const found: string[] = [];
  const applied = new Set<string>();
  for (const call of ledger.calls) {
    const intent = journal[call.intentSeq - 1];
    if (intent?.type !== 'step.started' || intent.key !== call.key || intent.direction !== call.direction)
      found.push(`I3: a call to ${call.step} had no intent`);
    if (call.applied && applied.has(call.key)) found.push(`I5: key ${call.key} was applied twice`);
    if (call.applied) applied.add(call.key);
  }
  const undone = state.status === 'compensated' || state.status === 'failed' || state.status === 'cancelled';
  if (!undone || state.scopes['root']?.pivot != null) return found;
  for (const [step, net] of Object.entries(ledger.net)) {
    const bySomebody =
      state.instances[step]?.undo.status === 'skipped' || journal.some((e) => e.type === 'incident.resolved');
    if (definition.steps[step]?.undo.kind === 'compensation' && net !== 0 && !bySomebody)
      found.push(`I7: the run ended ${state.status}, but the effect of ${step} is in force`);
  }
  return found;
}
