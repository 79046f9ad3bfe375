/**
 * What people may ask of a run, and the entries that record it (S21, S25, S26). Every refusal names the way out.
 */
import { failure } from '../kernel/index.js';
import type { Failure } from './imports.js';
import { isAttempted, ROOT_SCOPE } from './definition.js';
import type { SagaDefinition, StepDefinition } from './definition.js';
import { captureUndo } from './capture-undo.js';
import { effectsUnder, owesUndo, owingItems } from './effects.js';
import type { Actor, NewEntry, Resolution } from './journal.js';
import { isPivoted, isStopping, isWithin, outerPath, ROOT_PATH } from './paths.js';
import { toBeRedone } from './redone.js';
import { bodyToResume } from './resolved.js';
import { RUN_ITSELF } from './run-incident.js';
import type { Evaluate } from './scope.js';
import type { IncidentState, RunState, StepInstance } from './state.js';
import { undoPlan } from './undo-plan.js';

/** Why a run cannot be cancelled (S25); null when it can. During compensation cancelling is allowed and changes nothing. */
export function cancelRefusal(definition: SagaDefinition, state: RunState): Failure | null {
  if (state.endedAt !== null)
    return failure('user', 'run.ended', `The run has ended ${state.status}; there is nothing to cancel.`);
  const pivot = state.scopes[ROOT_SCOPE]?.pivot ?? null;
  if (pivot === null) return null;
  return failure(
    'user',
    'run.past-pivot',
    `Step ${nameOf(definition, state, pivot)} has succeeded and cannot be taken back; the run only goes forward. Resolve its incidents instead.`,
  );
}

/** Why an administrator cannot end a run without undo (S25); null when they can, also after the pivot. */
export function terminateRefusal(state: RunState): Failure | null {
  if (state.endedAt === null) return null;
  return failure('user', 'run.ended', `The run has ended ${state.status}; there is nothing to terminate.`);
}

/**
 * Why a finished run cannot be undone (S26); null when it can. `details` lists `{ step, reason }` of the effects that stay;
 * those of a run that can be undone are in `undoPlan(...).notUndone`.
 */
export function undoRefusal(definition: SagaDefinition, state: RunState): Failure | null {
  if (state.endedAt === null)
    return failure('user', 'run.not-ended', 'The run has not ended; cancel it, and what it has done is undone.');
  if (state.status !== 'completed') {
    const message = `The run has ended ${state.status}; only a run that has completed can be undone afterwards.`;
    return failure('user', 'run.not-completed', message);
  }
  const stays = undoPlan(definition, state).notUndone.map(({ instance, reason }) => ({
    step: nameOf(definition, state, instance),
    reason,
  }));
  const pivot = state.scopes[ROOT_SCOPE]?.pivot ?? null;
  if (pivot !== null) {
    const message = `Step ${nameOf(definition, state, pivot)} has succeeded and cannot be taken back; nothing of the run is undone.`;
    return failure('user', 'run.past-pivot', message, stays);
  }
  for (const instance of effectsUnder(definition, state, ROOT_PATH))
    if (owesUndo(definition, instance) || owingItems(state, instance) > 0) return null;
  const named = stays.map(({ step, reason }) => `${step} (${reason})`).join(', ');
  const message = `Nothing of the run can be undone${named === '' ? ': it has no effect in force' : `; what stays: ${named}`}.`;
  return failure('user', 'run.nothing-to-undo', message, stays);
}

function nameOf(definition: SagaDefinition, state: RunState, instance: string): string {
  return definition.steps[state.instances[instance]?.step ?? '']?.name ?? instance;
}

/** Why an incident cannot be resolved this way; null when it can. */
export function resolutionRefusal(
  definition: SagaDefinition,
  state: RunState,
  incident: string,
  resolution: Resolution,
): Failure | null {
  const found = state.incidents[incident];
  if (!found) return failure('user', 'incident.not-found', `The run has no incident ${incident}.`);
  if (found.resolved) return failure('user', 'incident.resolved', `Incident ${incident} is not open any more.`);
  if (resolution.kind === 'abandon') return null;
  if (found.instance === RUN_ITSELF) return refusalOfRun(resolution);
  const instance = state.instances[found.instance];
  const step = definition.steps[instance?.step ?? ''];
  if (!instance || !step) return failure('bug', 'incident.no-step', `Incident ${incident} names no step of the run.`);
  return found.direction === 'undo'
    ? refusalOfUndo(definition, state, step, instance, resolution)
    : refusalOfForward(state, step, instance, resolution);
}

function refusalOfRun({ kind }: Resolution): Failure | null {
  if (kind === 'retry') return null;
  return failure('user', 'incident.of-run', 'The run itself could not go on; retry it, abandon it, or cancel the run.');
}

function refusalOfForward(
  state: RunState,
  step: StepDefinition,
  instance: StepInstance,
  resolution: Resolution,
): Failure | null {
  switch (resolution.kind) {
    case 'retry-with-input':
      return instance.input === null ? noInput() : null;
    case 'use-action':
      if (isAttempted(step)) return null;
      return failure(
        'user',
        'incident.no-action',
        `Step ${step.name} calls no action that another could stand in for.`,
      );
    case 'done':
      return refusalOfPort(step, resolution.port);
    case 'resume-forward': {
      const message = `Step ${step.name} is not being undone; retry it, mark it as done, or take it as failed.`;
      return failure('user', 'incident.not-undoing', message);
    }
    case 'compensate-from-here': {
      if (!isPivoted(state, instance.path)) return null;
      const message = `A step that cannot be taken back has succeeded before ${step.name}; retry it, or take it as failed.`;
      return failure('user', 'run.past-pivot', message);
    }
    default:
      return null;
  }
}

/** A person can say by hand that a step is done, and has to say which way it leaves by where there are several. */
function refusalOfPort(step: StepDefinition, port: string | undefined): Failure | null {
  const ways = waysOn(step);
  if (port === undefined) {
    if (ways.length <= 1) return null;
    const message = `Step ${step.name} can go on in several ways; say by "port" which it takes: ${ways.join(', ')}.`;
    return failure('user', 'incident.no-port', message);
  }
  if (ways.includes(port)) return null;
  const message = `Step ${step.name} has no way on called ${port}; it has ${ways.join(', ') || 'none'}.`;
  return failure('user', 'incident.port-unknown', message);
}

/** Ports that a step leaves by when it has succeeded. */
function waysOn(step: StepDefinition): string[] {
  switch (step.kind) {
    case 'branch':
    case 'inclusive':
      return [...step.cases.map(({ id }) => id), 'else'];
    case 'race':
      return step.arms.map(({ id }) => id);
    case 'task':
      return step.task.outcomes.map(({ id }) => id);
    case 'fail':
      return [];
    default:
      return ['out'];
  }
}

function refusalOfUndo(
  definition: SagaDefinition,
  state: RunState,
  step: StepDefinition,
  instance: StepInstance,
  resolution: Resolution,
): Failure | null {
  switch (resolution.kind) {
    case 'retry-with-input':
      return step.undo.kind === 'child' && instance.undo.override === null ? noInput() : null;
    case 'compensate-from-here': {
      const message = `Step ${step.name} is being undone already; retry its undo, mark it as done, or leave the effect.`;
      return failure('user', 'incident.not-forward', message);
    }
    case 'resume-forward':
      return refusalToResume(definition, state, step, instance);
    default:
      return null;
  }
}

function refusalToResume(
  definition: SagaDefinition,
  state: RunState,
  step: StepDefinition,
  instance: StepInstance,
): Failure | null {
  const body = bodyToResume(state, instance);
  if (!body) {
    const message = `Step ${step.name} is not undone because something failed, so there is nothing to go on with; retry its undo, or leave the effect.`;
    return failure('user', 'incident.no-way-on', message);
  }
  const asked = undoInFlight(state, body.path);
  if (asked) {
    const message = `The undo of ${definition.steps[asked.step]?.name ?? asked.id} is under way; wait for its answer, then go on.`;
    return failure('user', 'incident.undo-under-way', message);
  }
  const outer = outerPath(body.path);
  const stopped = outer !== null && isStopping(state, outer);
  const { partly } = toBeRedone(definition, state, body);
  // A loop as a whole has no steps that could be done again, only items.
  const loop = body.loop === null ? undefined : state.instances[body.container ?? ''];
  if (partly.length === 0 && loop === undefined && !stopped) return null;
  const names = (loop ? [loop] : partly).map((each) => definition.steps[each.step]?.name ?? each.id).join(', ');
  const message = stopped
    ? `What ${step.name} lies in is being stopped as well; resolve it by its undo.`
    : `${names} is undone in part, and can only be done again as a whole; let the undo go on, or leave the effect.`;
  return failure('user', 'incident.resume-inside', message);
}

/** Its effect may be gone by the time that the run goes on. */
function undoInFlight(state: RunState, path: string): StepInstance | undefined {
  return state.undoing
    .flatMap((id) => state.instances[id] ?? [])
    .find(
      ({ undo, path: at, abandoned }) =>
        (undo.status === 'running' || undo.status === 'waiting') && !abandoned && isWithin(at, path),
    );
}

const noInput = () =>
  failure('user', 'incident.no-input', 'This step has no input to change; retry it, or mark it as done.');

/** The entry that records a person's decision (S21). Marking a forward step as done captures its undo's input now (S17). */
export async function resolveIncident(
  definition: SagaDefinition,
  state: RunState,
  incident: string,
  resolution: Resolution,
  by: Actor,
  reason: string,
  evaluate: Evaluate,
  at: number,
): Promise<NewEntry> {
  const found: IncidentState | undefined = state.incidents[incident];
  const instance = found && state.instances[found.instance];
  const step = instance && definition.steps[instance.step];
  const entry: NewEntry = { type: 'incident.resolved', incident, resolution, by, reason, at };
  if (!step || found?.direction !== 'forward' || resolution.kind !== 'done') return entry;
  const undoInput = await captureUndo(definition, state, step, instance, resolution.output ?? null, evaluate);
  return undoInput ? { ...entry, undoInput } : entry;
}
