/** What may be written next: each entry against the state that it meets (I2, I6, I8, S15, S16, S22-S24, S27, S29, S30). */
import { isAttempted, isContainerStep } from '../definition.js';
import type { SagaDefinition } from '../definition.js';
import { isInLine } from '../in-line.js';
import { instanceId } from '../instance.js';
import type { Entry, EntryOf } from '../journal.js';
import { isStopping, pathsOutwards, scopeAt, bodyPath } from '../paths.js';
import type { RunState, ScopeState, StepInstance } from '../state.js';
import { checkAgain } from './again.js';
import { isUndoOpen } from './effects.js';
import { exits, pastOf } from './order.js';

/** @returns one sentence per violation */
export function checkEntry(definition: SagaDefinition, state: RunState, entry: Entry): string[] {
  if (state.endedAt !== null && entry.type !== 'run.undo-requested')
    return [`I2: entry ${entry.seq} (${entry.type}) follows the end of the run`];
  if (entry.type === 'run.admitted' || entry.type === 'run.waiting' || entry.type === 'run.refused')
    return isInLine(state) ? [] : [`S30: entry ${entry.seq} (${entry.type}) of a run that stands in no line`];
  if (!('step' in entry)) return [];
  const id = instanceId(entry);
  const instance = state.instances[id];
  if (!instance) return [`I6: ${entry.type} of ${id}, which nothing has led to`];
  switch (entry.type) {
    case 'step.started':
      return entry.direction === 'forward'
        ? [...checkBeginning(definition, state, instance), ...checkAttempt(definition, instance, entry)]
        : checkUndo(definition, state, instance, entry);
    case 'step.opened':
      return checkBeginning(definition, state, instance);
    case 'step.continued':
      return instance.status === 'closing' ? [] : [`S15: ${id} went on with a pass before the last one was over`];
    case 'scope.timed-out': {
      const deadline = scopeAt(state, bodyPath(instance))?.deadline ?? null;
      return deadline === null || deadline > entry.at ? [`S29: ${id} ran out of time before its deadline`] : [];
    }
    case 'task.nudged':
      return checkWake(id, instance.wakeAt, entry);
    case 'step.waiting':
      if (entry.direction === 'undo') return [];
      // An attempt that has started a child, or a step that asks for a slot, goes on; anything else begins.
      return instance.status === 'ready' ? checkBeginning(definition, state, instance) : [];
    case 'step.cancelled':
    case 'step.skipped':
      return checkSettling(state, instance, entry);
    case 'step.succeeded':
      if (entry.direction === 'undo') return checkUndoSettling(state, instance, entry);
      if (entry.late) return [];
      return [...checkSettling(state, instance, entry), ...checkOutcome(definition, state, instance, entry)];
    case 'step.failed':
    case 'step.unknown':
      if (entry.retryAt !== null) return [];
      if (entry.direction === 'undo') return checkUndoSettling(state, instance, entry);
      return [...checkSettling(state, instance, entry), ...checkTimeout(instance, entry)];
    default:
      return [];
  }
}

function checkBeginning(definition: SagaDefinition, state: RunState, instance: StepInstance): string[] {
  const found = checkAgain(definition, state, instance);
  if (isInLine(state)) found.push(`S30: ${instance.id} began before the run had its place`);
  if (!wasReached(definition, state, instance)) found.push(`I6: ${instance.id} began, and nothing had led to it`);
  if (isStopping(state, instance.path)) found.push(`S15: ${instance.id} began while its body was being stopped`);
  if (instance.abandoned) found.push(`S27: ${instance.id} began after it had lost`);
  return found;
}

/** By the trigger, by the container it lies in, or by a step that left this way and is over. */
function wasReached(definition: SagaDefinition, state: RunState, instance: StepInstance): boolean {
  const body = scopeAt(state, instance.path);
  return (definition.steps[instance.step]?.incoming ?? []).some((id) => {
    const transition = definition.transitions[id];
    if (!transition || !body) return false;
    if (definition.triggers[transition.from]) return transition.from === state.trigger;
    if (state.instances[body.container ?? '']?.step === transition.from) return true;
    return body.members.some((member) => {
      const source = state.instances[member];
      return (
        source?.step === transition.from &&
        source.settledSeq > 0 &&
        source.settledSeq <= instance.readySeq &&
        (exits(source).includes(transition.port) || transition.port === 'out')
      );
    });
  });
}

function checkAttempt(definition: SagaDefinition, instance: StepInstance, entry: EntryOf<'step.started'>): string[] {
  const found = checkWake(instance.id, instance.status === 'retrying' ? instance.wakeAt : null, entry);
  const step = definition.steps[instance.step];
  if (instance.status === 'running') found.push(`I2: ${instance.id} was started while it was running`);
  if (entry.attempt !== instance.attempt + 1)
    found.push(`I2: attempt ${entry.attempt} of ${instance.id} follows attempt ${instance.attempt}`);
  if (step && isAttempted(step) && (step.concurrency || step.rate) && !instance.admitted)
    found.push(`S30: ${instance.id} was started without a slot`);
  return found;
}

/** S16, S20: when an undo starts, all that its step had caused is finished: undone, left by a person, or without effect. */
function checkUndo(
  definition: SagaDefinition,
  state: RunState,
  instance: StepInstance,
  entry: EntryOf<'step.started'>,
): string[] {
  const { id, undo } = instance;
  const found = checkWake(id, undo.status === 'retrying' ? undo.wakeAt : null, entry);
  if (!state.undoing.includes(id)) found.push(`S14: ${id} was undone, and nobody wanted that`);
  if (state.live.includes(id)) found.push(`S15: ${id} was undone before it was settled`);
  if (undo.status === 'running') found.push(`I2: the undo of ${id} was started while it was running`);
  if (!instance.abandoned && isUndonePastPivot(state, instance)) found.push(`I8: ${id} was undone after the pivot`);
  // An undo that runs again, or that a late success in a body given up before makes due (S22), cannot wait for the undo of
  // what has gone on meanwhile: only for what is alive.
  const late = undo.settledSeq > 0 || isInClosedBody(state, instance);
  for (const later of Object.values(state.instances)) {
    const unfinished = state.live.includes(later.id) || (!late && isUndoOpen(definition, state, later));
    if (later.id === id || !unfinished || later.undo.settledSeq > 0) continue;
    if (pastOf(definition, state, later).has(id))
      found.push(`S16: the undo of ${id} began before ${later.id}, which it had caused, was finished with`);
  }
  return found;
}

function isInClosedBody(state: RunState, { path }: StepInstance): boolean {
  return !isStopping(state, '') && [...pathsOutwards(path)].some((at) => isFailedAndClosed(scopeAt(state, at)));
}

const isFailedAndClosed = (scope: ScopeState | undefined) => scope?.status === 'closed' && scope.failure !== null;

function isUndonePastPivot(state: RunState, { path }: StepInstance): boolean {
  return [...pathsOutwards(path)].some((at) => {
    const scope = scopeAt(state, at);
    return scope?.status === 'compensating' && scope.pivot !== null;
  });
}

/**
 * I2: one outcome per instance and direction; more only when a person had it tried again. An attempt that was in flight when
 * another one's late success settled the step (S22) is answered all the same.
 */
function checkSettling(state: RunState, instance: StepInstance, entry: Entry): string[] {
  const answers = 'attempt' in entry && instance.startedSeq > 0 && entry.attempt <= instance.attempt;
  if (answers || state.live.includes(instance.id)) return [];
  return [`I2: ${entry.type} of ${instance.id}, which was settled before`];
}

function checkUndoSettling(state: RunState, instance: StepInstance, entry: Entry): string[] {
  const answers = 'attempt' in entry && instance.undo.startedSeq > 0 && entry.attempt <= instance.undo.attempt;
  if (answers || state.undoing.includes(instance.id)) return [];
  return [`I2: ${entry.type} of the undo of ${instance.id}, which is over`];
}

function checkOutcome(
  definition: SagaDefinition,
  state: RunState,
  instance: StepInstance,
  entry: EntryOf<'step.succeeded'>,
): string[] {
  const step = definition.steps[instance.step];
  if (instance.status === 'ready') {
    const skipsWork = step && isContainerStep(step);
    return skipsWork || isStopping(state, instance.path) ? checkBeginning(definition, state, instance) : [];
  }
  if (instance.status !== 'waiting') return [];
  if (step?.kind === 'delay') return checkWake(instance.id, instance.wakeAt, entry);
  const arm = instance.awaits.find((each) => each.arm === entry.port);
  return arm?.kind === 'timer' ? checkWake(instance.id, arm.at, entry) : [];
}

function checkTimeout(instance: StepInstance, entry: EntryOf<'step.failed'> | EntryOf<'step.unknown'>): string[] {
  const { code } = entry.failure;
  const byTime = instance.status === 'waiting' && (code === 'timeout.wait' || code === 'timeout.task');
  return byTime ? checkWake(instance.id, instance.wakeAt, entry) : [];
}

function checkWake(id: string, wakeAt: number | null, entry: Entry): string[] {
  return wakeAt !== null && wakeAt > entry.at ? [`S29: ${id} woke ${wakeAt - entry.at} ms early (${entry.type})`] : [];
}
