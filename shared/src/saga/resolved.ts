/** What a person's decision about an incident means for the state (S21). */
import { isContainerStep } from './definition.js';
import type { SagaDefinition, StepDefinition } from './definition.js';
import { closeIncidents, failBody, settleBodies } from './bodies.js';
import type { Draft } from './draft.js';
import { isRecalling } from './effects.js';
import { dropRecall } from './forget.js';
import { achieved, failForward, park, raise, settle, wayOn } from './forward.js';
import { bodyPath, isWithin, pathsOutwards, scopeAt, isPivoted, ROOT_PATH, transitionKey } from './paths.js';
import { isLatest, toBeRedone } from './redone.js';
import { isRepeatable } from './retry.js';
import { RUN_ITSELF } from './run-incident.js';
import { leaveThrough, redo } from './tokens.js';
import { nextRound, undone } from './undoing.js';
import type { EntryOf, Resolution } from './journal.js';
import type { IncidentState, RunState, ScopeState, StepInstance } from './state.js';

export function resolved(definition: SagaDefinition, draft: Draft, entry: EntryOf<'incident.resolved'>): void {
  const incident = draft.view.incidents[entry.incident];
  if (!incident || incident.resolved) return;
  if (entry.resolution.kind === 'abandon') {
    draft.putIncident({ ...incident, resolved: true });
    return draft.set({ terminated: { reason: entry.reason, at: entry.at } });
  }
  if (incident.instance === RUN_ITSELF) return draft.putIncident({ ...incident, resolved: true });
  const instance = draft.view.instances[incident.instance];
  const step = definition.steps[instance?.step ?? ''];
  if (!instance || !step) return;
  draft.putIncident({ ...incident, resolved: true });
  if (incident.direction === 'undo') resolvedUndo(definition, draft, entry, instance);
  else if (instance.parked) resolvedForward(definition, draft, entry, instance, step, incident);
}

function resolvedForward(
  definition: SagaDefinition,
  draft: Draft,
  entry: EntryOf<'incident.resolved'>,
  instance: StepInstance,
  step: StepDefinition,
  incident: IncidentState,
): void {
  const { resolution } = entry;
  const { id, path } = instance;
  switch (resolution.kind) {
    case 'retry':
    case 'retry-with-input':
    case 'use-action':
      if (isContainerStep(step)) return beginAnew(definition, draft, entry, instance);
      return draft.patch(id, {
        status: 'ready',
        parked: false,
        attemptBase: instance.attempt,
        ...again(instance, resolution),
      });
    case 'done': {
      const output = resolution.output ?? null;
      const port = resolution.port ?? wayOn(step);
      settle(draft, instance, entry, { status: 'succeeded', output, port, failure: null, parked: false });
      return achieved(definition, draft, step, instance, output, port, entry.undoInput);
    }
    case 'skip':
    case 'compensate-from-here': {
      const failure = instance.failure ?? incident.failure;
      const skip = resolution.kind === 'skip';
      if (skip) draft.patchUndo(id, { status: 'none', input: null });
      const unknown = !skip && instance.doubtful;
      settle(draft, instance, entry, { status: unknown ? 'unknown' : 'failed', parked: false, doubtful: unknown });
      if (!skip) failBody(definition, draft, path, 'failure', failure, 'undo');
      else if (isPivoted(draft.view, path) && (step.onFailure === 'fail' || step.onFailure === 'park'))
        failForward(definition, draft, step, path, failure);
      else if (step.onFailure === 'park') failBody(definition, draft, path, 'failure', failure);
      else raise(definition, draft, step, instance, failure);
      return settleBodies(definition, draft, path);
    }
    case 'resume-forward':
    case 'abandon':
      return;
  }
}

/** What another try goes by: the input and operation of before, or what the person put in their place, under a new key. */
function again(
  instance: StepInstance,
  resolution: Extract<Resolution, { kind: 'retry' | 'retry-with-input' | 'use-action' }>,
): Partial<StepInstance> {
  if (resolution.kind === 'retry') return {};
  const { input } = resolution;
  const { attempt: upTo, key, override } = instance;
  const replaced = [...instance.replaced, { upTo, input: instance.input, key, override }];
  const next = { input, round: instance.round + 1, key: null, replaced };
  if (resolution.kind === 'retry-with-input') return instance.doubtful ? { input } : next;
  const { connector, operation, effect } = resolution;
  return { ...next, override: { connector, operation, effect } };
}

/** A container cannot be tried again: everything in it was undone, and its body begins anew as its next generation. */
function beginAnew(
  definition: SagaDefinition,
  draft: Draft,
  entry: EntryOf<'incident.resolved'>,
  instance: StepInstance,
): void {
  settle(draft, instance, entry, { status: 'failed', parked: false });
  redo(definition, draft, [instance.step], instance.path);
}

function resolvedUndo(
  definition: SagaDefinition,
  draft: Draft,
  entry: EntryOf<'incident.resolved'>,
  instance: StepInstance,
): void {
  const { undo } = instance;
  if (undo.status !== 'blocked') return;
  const { resolution } = entry;
  switch (resolution.kind) {
    case 'retry':
      return draft.patchUndo(instance.id, { status: 'captured', attemptBase: undo.attempt });
    case 'retry-with-input':
    case 'use-action': {
      const other = resolution.kind === 'use-action';
      const { connector = '', operation = '', effect = 'keyed' } = other ? resolution : {};
      return draft.patchUndo(instance.id, {
        status: 'captured',
        attemptBase: undo.attempt,
        input: { kind: 'value', value: resolution.input },
        round: undo.doubtful && !other ? undo.round : undo.round + 1,
        override: other ? { connector, operation, effect } : undo.override,
      });
    }
    case 'done':
    case 'skip':
      draft.patchUndo(instance.id, { status: resolution.kind === 'done' ? 'done' : 'skipped' });
      return undone(definition, draft, instance, entry);
    case 'resume-forward': {
      const body = bodyToResume(draft.view, instance);
      if (body) resumeForward(definition, draft, body);
      return;
    }
    case 'compensate-from-here':
    case 'abandon':
      return;
  }
}

/** The body whose undo holds an effect: the innermost that compensates because something in it failed. */
export function bodyToResume(state: RunState, instance: StepInstance): ScopeState | null {
  if (instance.abandoned) return null;
  for (const path of pathsOutwards(instance.path)) {
    const scope = scopeAt(state, path);
    if (scope?.status === 'compensating') return scope.cause === 'failure' || scope.cause === 'cancel' ? scope : null;
  }
  return null;
}

/** Nothing more is undone; what is missing is done again, and the body goes on as if it had not failed. */
function resumeForward(definition: SagaDefinition, draft: Draft, body: ScopeState): void {
  for (const id of [...draft.view.undoing]) {
    const instance = draft.view.instances[id];
    if (!instance || instance.abandoned) continue;
    if (isRecalling(draft.view, instance)) {
      if (isWithin(bodyPath(instance), body.path)) dropRecall(draft, id);
      continue;
    }
    if (!isWithin(instance.path, body.path)) continue;
    closeIncidents(draft, id, 'undo');
    draft.patchUndo(id, {
      status: 'captured',
      wakeAt: null,
      failure: null,
      attemptBase: instance.undo.attempt,
      // It may have taken effect: whoever knows its key would not undo what is done from now on (S4).
      ...(instance.undo.doubtful && nextRound(instance.undo)),
    });
    draft.removeUndoing(id);
  }
  const { redone, left, withoutHandler } = toBeRedone(definition, draft.view, body);
  draft.setScope(body.path, {
    status: 'active',
    cause: null,
    failure: null,
    then: null,
    savePoint: null,
    output: null,
    ...(withoutHandler && { caught: null }),
  });
  if (withoutHandler) callOffHandler(definition, draft, body);
  if (body.path === ROOT_PATH) draft.set({ cancel: null, output: null });
  // Nobody knows of these whether they took effect: they are tried again under the same key. The places
  // that limited ones had were given back.
  for (const id of body.members) {
    const instance = draft.view.instances[id];
    if (instance?.status !== 'unknown' || instance.undo.status === 'done' || instance.port !== null) continue;
    if (instance.abandoned || !isLatest(draft.view, instance) || left.has(id) || redone.includes(instance)) continue;
    // What must not be repeated blindly (S11) is somebody's to decide, as it was before.
    if (!isRepeatable(instance.override?.effect ?? definition.steps[instance.step]?.effect ?? 'pure')) {
      park(draft, id);
      continue;
    }
    draft.patch(id, {
      status: 'ready',
      admitted: false,
      settledSeq: 0,
      settledAt: null,
      attemptBase: instance.attempt,
    });
    draft.addLive(id);
  }
  redo(
    definition,
    draft,
    redone.map(({ step }) => step),
    body.path,
  );
  // What was settled while the body was being stopped has not gone on yet.
  for (const id of body.members) {
    const instance = draft.view.instances[id];
    const step = definition.steps[instance?.step ?? ''];
    if (!instance || !step || instance.abandoned || left.has(id) || !isLatest(draft.view, instance)) continue;
    if (instance.status !== 'succeeded' && instance.status !== 'skipped') continue;
    const ports = instance.ports.length > 0 ? instance.ports : [instance.port ?? ''];
    leaveThrough(definition, draft, step.outgoing, ports, body.path);
  }
  settleBodies(definition, draft, body.path);
}

/** It may be called once more: nothing has called it yet. */
function callOffHandler(definition: SagaDefinition, draft: Draft, body: ScopeState): void {
  const container = draft.view.instances[body.container ?? ''];
  for (const id of definition.scopes[container?.step ?? '']?.handler ?? [])
    draft.unsettleTransition(transitionKey(id, body.path));
}
