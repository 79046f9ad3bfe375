/** What has ended has nothing left to do, and says what became of it; what its participants know agrees (I3, I5, I7, S14, S23). */
import { isCompensatable } from '../definition.js';
import type { SagaDefinition, TransitionId } from '../definition.js';
import { instanceId } from '../instance.js';
import type { Entry } from '../journal.js';
import type { Call } from '../simulate/participants.js';
import { ROOT_PATH, scopeAt } from '../paths.js';
import type { InstanceId, RunState, StepInstance } from '../state.js';
import { containersOf, isUndoDue, isUndoOpen, spokesmanOf } from './effects.js';

/** What the participants of a run know. */
export interface Ledger {
  readonly calls: readonly Call[];
  readonly net: Readonly<Record<InstanceId, number>>;
}

export function checkEnd(definition: SagaDefinition, state: RunState): string[] {
  if (state.endedAt === null || state.status === 'terminated') return [];
  const found: string[] = [];
  const pivoted = scopeAt(state, ROOT_PATH)?.pivot != null;
  if (pivoted && state.status !== 'completed' && state.status !== 'failed')
    found.push(`S23: the run ended ${state.status} after its pivot`);
  for (const id of state.live) found.push(`S28: the run ended while ${id} was alive`);
  for (const id of state.undoing) found.push(`S14: the run ended ${state.status} while ${id} was being undone`);
  for (const instance of Object.values(state.instances)) {
    if (isDue(state, instance) && isUndoOpen(definition, state, instance))
      found.push(`S14: the run ended ${state.status} while ${instance.id} was not undone`);
  }
  for (const scope of Object.values(state.scopes)) {
    if (scope.container !== null && scope.status !== 'closed')
      found.push(`S15: the run ended while its body ${scope.path} was ${scope.status}`);
  }
  if (pivoted || state.status === 'completed') found.push(...checkTokens(definition, state));
  return found;
}

/** A run that went to its end has settled every way on its own level, unless a step said: stop here, or go back there. */
function checkTokens(definition: SagaDefinition, state: RunState): string[] {
  const own = Object.values(state.instances).filter((each) => each.path === ROOT_PATH && each.status === 'succeeded');
  const stopped = own.some((each) => definition.steps[each.step]?.kind === 'terminate' || each.port === 'resume');
  if (stopped) return [];
  const apart = behindResume(definition);
  return Object.values(definition.transitions)
    .filter(({ id, to }) => definition.steps[to]?.scope === 'root' && !apart.has(id))
    .filter(({ id }) => state.transitions[id] === undefined)
    .map(({ id }) => `S28: the run ended ${state.status} before ${id} was settled`);
}

/** Ways that are only settled when a save-point is returned to. */
function behindResume(definition: SagaDefinition): Set<TransitionId> {
  const found = new Set<TransitionId>();
  const stack = Object.values(definition.transitions).filter(({ port }) => port === 'resume');
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (found.has(next.id)) continue;
    found.add(next.id);
    for (const ids of Object.values(definition.steps[next.to]?.outgoing ?? {}))
      for (const id of ids) stack.push(...(definition.transitions[id] ? [definition.transitions[id]] : []));
  }
  return found;
}

/** The whole run was given up, or what it lies in was. */
function isDue(state: RunState, instance: StepInstance): boolean {
  const givenUp = state.status === 'compensated' || state.status === 'cancelled' || state.status === 'failed';
  const whole = givenUp && scopeAt(state, ROOT_PATH)?.pivot == null;
  return whole || isUndoDue(state, instance);
}

export function checkLedger(
  definition: SagaDefinition,
  journal: readonly Entry[],
  state: RunState,
  ledger: Ledger,
): string[] {
  const found: string[] = [];
  const applied = new Set<string>();
  for (const call of ledger.calls) {
    const intent = journal[call.intentSeq - 1];
    if (intent?.type !== 'step.started' || intent.key !== call.key || intent.direction !== call.direction)
      found.push(`I3: a call to ${call.instance} had no intent`);
    if (call.applied && applied.has(call.key)) found.push(`I5: key ${call.key} was applied twice`);
    if (call.applied) applied.add(call.key);
  }
  if (state.endedAt === null || state.status === 'terminated') return found;
  const left = leftByPerson(journal, state);
  found.push(...missingEffects(definition, journal, state, ledger, left));
  for (const [id, net] of Object.entries(ledger.net)) {
    const instance = state.instances[id];
    if (net === 0 || !instance || !isDue(state, instance)) continue;
    const undo = definition.steps[instance.step]?.undo;
    const spokesman = spokesmanOf(definition, state, instance);
    const kept = spokesman !== null && definition.steps[spokesman.step]?.undo.kind !== 'compensation';
    const isLeft = [instance, ...containersOf(state, instance)].some((each) => left.has(each.id));
    if (undo && isCompensatable(undo) && !kept && !isLeft)
      found.push(`I7: the run ended ${state.status}, but the effect of ${id} is in force`);
  }
  return found;
}

/** I5: what has succeeded, and was not undone, is in force; unless nobody knows of an undo whether it took effect. */
function missingEffects(
  definition: SagaDefinition,
  journal: readonly Entry[],
  state: RunState,
  { calls, net }: Ledger,
  left: ReadonlySet<InstanceId>,
): string[] {
  const doubtful = new Set<InstanceId>();
  for (const entry of journal)
    if (entry.type === 'step.unknown' && entry.direction === 'undo') doubtful.add(instanceId(entry));
  const asked = new Set(calls.map(({ instance, direction }) => `${direction} ${instance}`));
  return Object.values(state.instances).flatMap((instance) => {
    const { id, step, path, status, undo, override } = instance;
    const known = definition.steps[step];
    if (known?.kind !== 'action' || status !== 'succeeded' || override !== null || !asked.has(`forward ${id}`))
      return [];
    if (undo.status === 'done' || undo.status === 'skipped' || (net[id] ?? 0) > 0) return [];
    // An author's own key may be the same for all items of a loop.
    if (known.idempotencyKey !== null && path.includes('[')) return [];
    const around = [instance, ...containersOf(state, instance)];
    const excused = around.some((each) => doubtful.has(each.id) || left.has(each.id) || each.undo.status === 'done');
    return excused
      ? []
      : [`I5: the run ended ${state.status}, and the effect of ${id}, which has succeeded, is not in force`];
  });
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
