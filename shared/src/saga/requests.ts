/** What people may ask of a live run, and the entries that record it. */
import { failure } from '../kernel/index.js';
import type { Failure } from './imports.js';
import { ROOT_SCOPE } from './definition.js';
import type { SagaDefinition } from './definition.js';
import { captureUndo } from './attempt.js';
import type { Actor, NewEntry, Resolution } from './journal.js';
import type { Evaluate } from './scope.js';
import type { RunState } from './state.js';

/** Why a run cannot be cancelled (S25); null when it can. During compensation cancelling is allowed and changes nothing. */
export function cancelRefusal(definition: SagaDefinition, state: RunState): Failure | null {
  if (state.endedAt !== null)
    return failure('user', 'run.ended', `The run has ended ${state.status}; there is nothing to cancel.`);
  const pivot = state.scopes[ROOT_SCOPE]?.pivot ?? null;
  if (pivot === null) return null;
  const name = definition.steps[state.instances[pivot]?.step ?? '']?.name ?? pivot;
  return failure(
    'user',
    'run.past-pivot',
    `Step ${name} has succeeded and cannot be taken back; the run only goes forward. Resolve its incidents instead.`,
  );
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
  const { kind } = definition.steps[state.instances[found.instance]?.step ?? ''] ?? {};
  if (resolution.kind === 'done' && found.direction === 'forward' && kind === 'branch') {
    const message = 'Nobody can say by hand which way a branch should take; retry it, or take it as failed.';
    return failure('user', 'incident.no-port', message);
  }
  const action = state.instances[found.instance]?.input !== null || found.direction === 'undo';
  if (resolution.kind === 'retry-with-input' && !action) {
    return failure('user', 'incident.no-input', 'This step has no input to change; retry it, or mark it as done.');
  }
  return null;
}

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
  const found = state.incidents[incident];
  const instance = found && state.instances[found.instance];
  const step = instance && definition.steps[instance.step];
  const entry: NewEntry = { type: 'incident.resolved', incident, resolution, by, reason, at };
  if (!step || found?.direction !== 'forward' || resolution.kind !== 'done') return entry;
  const undoInput = await captureUndo(definition, state, step, instance, resolution.output ?? null, evaluate);
  return undoInput ? { ...entry, undoInput } : entry;
}
