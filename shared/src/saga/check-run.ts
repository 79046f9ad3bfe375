/** Checks a journal against the rules that every run keeps, whatever happened (I2, I3, I5-I8, I11, S15, S16, S23, S27, S28). */
import { causalPast } from './causality.js';
import { decide, nextWakeAt } from './decide.js';
import { attemptsInFlight } from './attempt.js';
import type { SagaDefinition, StepId } from './definition.js';
import { instanceId } from './instance.js';
import { evolve, replay } from './evolve.js';
import type { Entry } from './journal.js';
import type { Call } from './simulate.js';
import type { InstanceId, RunState, StepInstance } from './state.js';

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
  found.push(...checkJournal(definition, journal), ...checkAlive(definition, state), ...checkEnd(definition, state));
  if (ledger) found.push(...checkLedger(definition, journal, state, ledger));
  return found;
}

function checkJournal(definition: SagaDefinition, journal: readonly Entry[]): string[] {
  const found: string[] = [];
  const outcomes = new Set<string>();
  const inputs = new Map<string, string>();
  let state: RunState | null = null;
  journal.forEach((entry, index) => {
    if (entry.seq !== index + 1) found.push(`I2: entry ${index + 1} has number ${entry.seq}`);
    if (state?.endedAt != null) found.push(`I2: entry ${entry.seq} follows the end of the run`);
    if (entry.type === 'step.succeeded' && !entry.late) {
      const key = `${instanceId(entry)} ${entry.direction}`;
      const again = entry.direction === 'undo' && (state?.instances[instanceId(entry)]?.undo.round ?? 1) > 1;
      if (outcomes.has(key) && !again) found.push(`I2: ${key} succeeded twice`);
      outcomes.add(key);
    }
    if (entry.type === 'step.started') {
      const input = JSON.stringify(entry.input);
      if ((inputs.get(entry.key) ?? input) !== input) found.push(`S4: key ${entry.key} stands for two requests`);
      inputs.set(entry.key, input);
    }
    if (entry.type === 'step.started' && state) {
      found.push(
        ...(entry.direction === 'forward'
          ? checkStart(definition, state, entry.step)
          : checkUndoStart(definition, state, instanceId(entry))),
      );
    }
    state = evolve(definition, state, entry);
  });
  return found;
}

function checkStart(definition: SagaDefinition, state: RunState, step: StepId): string[] {
  const found: string[] = [];
  if (!definition.steps[step]?.incoming.some((id) => state.transitions[id] === 'taken'))
    found.push(`I6: ${step} started before any of its predecessors`);
  if (state.scopes['root']?.status !== 'active') found.push(`S15: ${step} started while the scope was failing`);
  if (state.instances[step]?.abandoned) found.push(`S27: ${step} started after it had lost`);
  return found;
}

/** S16, S20: when an undo starts, all that its step had caused is finished: undone, left by a person, or without effect. */
function checkUndoStart(definition: SagaDefinition, state: RunState, id: InstanceId): string[] {
  const found: string[] = [];
  if (state.scopes['root']?.pivot != null && !state.instances[id]?.abandoned)
    found.push(`I8: ${id} was undone after the pivot`);
  for (const later of Object.values(state.instances)) {
    if (!isOpen(definition, state, later) || !causalPast(definition, state, [later.id]).has(id)) continue;
    found.push(`S16: the undo of ${id} began before ${later.id}, which it had caused, was finished with`);
  }
  return found;
}

function isOpen(definition: SagaDefinition, state: RunState, instance: StepInstance): boolean {
  if (state.live.includes(instance.id)) return true;
  if (definition.steps[instance.step]?.undo.kind !== 'compensation') return false;
  const tookEffect = instance.status === 'succeeded' || instance.status === 'unknown';
  // Undone once is enough here: an undo that runs again (S22) cannot wait for what has been undone meanwhile.
  const undone = instance.undo.status === 'done' || instance.undo.status === 'skipped' || instance.undo.settledSeq > 0;
  return tookEffect && !undone;
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

/** What has ended has nothing left to do, and says what became of it (S14, S23, S27). */
function checkEnd(definition: SagaDefinition, state: RunState): string[] {
  if (state.endedAt === null || state.status === 'terminated') return [];
  const found: string[] = [];
  const pivoted = state.scopes['root']?.pivot != null;
  if (pivoted && state.status !== 'completed' && state.status !== 'failed')
    found.push(`S23: the run ended ${state.status} after its pivot`);
  if (pivoted || state.status === 'completed') {
    for (const id of Object.keys(definition.transitions))
      if (state.transitions[id] === undefined)
        found.push(`S28: the run ended ${state.status} before ${id} was settled`);
  }
  for (const instance of Object.values(state.instances)) {
    const owes = instance.abandoned || (!pivoted && state.status !== 'completed');
    if (state.live.includes(instance.id)) found.push(`S28: the run ended while ${instance.id} was alive`);
    else if (state.undoing.includes(instance.id) || (owes && isOpen(definition, state, instance)))
      found.push(`S14: the run ended ${state.status} while ${instance.id} was not undone`);
  }
  return found;
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
  if (state.endedAt === null) return found;
  const undone = state.scopes['root']?.pivot == null && state.status !== 'completed';
  const left = leftByPerson(journal, state);
  for (const [step, net] of Object.entries(ledger.net)) {
    const owes = undone || state.instances[step]?.abandoned;
    if (owes && definition.steps[step]?.undo.kind === 'compensation' && net !== 0 && !left.has(step))
      found.push(`I7: the run ended ${state.status}, but the effect of ${step} is in force`);
  }
  return found;
}

/** Steps about whose effect a person has said the last word (S21). */
function leftByPerson(journal: readonly Entry[], state: RunState): Set<InstanceId> {
  const left = new Set<InstanceId>();
  for (const entry of journal) {
    if (entry.type !== 'incident.resolved') continue;
    const instance = state.incidents[entry.incident]?.instance;
    const { kind } = entry.resolution;
    if (instance !== undefined && (kind === 'skip' || kind === 'done')) left.add(instance);
  }
  return left;
}
