/**
 * Folds the journal into a run's state.
 *
 * 1. Total: an entry that does not fit the state (an outcome of an attempt long given up, a resolution of a closed
 *    incident) moves `seq` on and changes nothing else.
 * 2. Deterministic: equal journals give equal states (S7).
 * 3. One entry can have several consequences, all derived here and none journaled: tokens move, a failure is raised, a
 *    scope begins to fail, losers of a join are given up, undo becomes due.
 *
 * Left out until their kinds exist: scopes other than the root, loop paths, generations above 1.
 */
import { ROOT_SCOPE } from './definition.js';
import type { SagaDefinition, StepDefinition } from './definition.js';
import { causalPast } from './causality.js';
import { Draft } from './draft.js';
import { instanceId } from './instance.js';
import { isRepeatable } from './retry.js';
import { RUN_ITSELF } from './run-incident.js';
import { runStatus } from './status.js';
import { leaveThrough } from './tokens.js';
import type { Captured, Entry, EntryOf } from './journal.js';
import type { Failure } from './imports.js';
import type { RunState, StepInstance } from './state.js';

/**
 * @param state null only before the first entry
 * @throws when a journal does not begin with `run.started`
 */
export function evolve(definition: SagaDefinition, state: RunState | null, entry: Entry): RunState {
  return fold(definition, state, [entry]);
}

/** State after all the entries; null when there are none. */
export function replay(definition: SagaDefinition, entries: Iterable<Entry>): RunState | null {
  const [first, ...rest] = entries;
  return first === undefined ? null : fold(definition, null, [first, ...rest]);
}

/** Like `evolve` entry by entry, at the cost of one copy of the state. */
export function evolveAll(
  definition: SagaDefinition,
  state: RunState | null,
  entries: readonly Entry[],
): RunState | null {
  return entries.length === 0 ? state : fold(definition, state, entries);
}

function fold(definition: SagaDefinition, state: RunState | null, entries: readonly Entry[]): RunState {
  let draft = state === null ? null : new Draft(state);
  for (const entry of entries) {
    if (draft === null) {
      if (entry.type !== 'run.started') throw new Error(`A journal begins with run.started, not with ${entry.type}.`);
      draft = start(definition, entry);
    } else {
      apply(definition, draft, entry);
    }
    const status: RunState['status'] = runStatus(definition, draft.view);
    if (status !== draft.view.status) draft.set({ status });
  }
  if (draft === null) throw new Error('No entries and no state.');
  return draft.view;
}

function start(definition: SagaDefinition, entry: EntryOf<'run.started'>): Draft {
  const draft = new Draft({
    seq: entry.seq,
    status: 'running',
    runId: entry.runId ?? '',
    trigger: entry.trigger,
    event: entry.event,
    startedAt: entry.at,
    endedAt: null,
    instances: {},
    transitions: {},
    scopes: { [ROOT_SCOPE]: { status: 'active', cause: null, failure: null, pivot: null } },
    live: [],
    undoing: [],
    incidents: {},
    cancel: null,
    output: null,
    failure: null,
  });
  for (const trigger of Object.values(definition.triggers)) {
    leaveThrough(definition, draft, { out: trigger.outgoing }, trigger.id === entry.trigger ? 'out' : null);
  }
  return draft;
}

function apply(definition: SagaDefinition, draft: Draft, entry: Entry): void {
  draft.set({ seq: entry.seq });
  switch (entry.type) {
    case 'run.started':
      return;
    case 'step.started':
      return entry.direction === 'forward' ? started(draft, entry) : undoStarted(draft, entry);
    case 'step.succeeded':
      return entry.direction === 'forward' ? succeeded(definition, draft, entry) : undoSucceeded(draft, entry);
    case 'step.failed':
    case 'step.unknown':
      return entry.direction === 'forward' ? notSucceeded(definition, draft, entry) : undoNotSucceeded(draft, entry);
    case 'step.waiting':
      return waiting(draft, entry);
    case 'step.cancelled':
      return cancelled(definition, draft, entry);
    case 'run.cancel-requested':
      return cancelRequested(definition, draft, entry);
    case 'incident.opened':
      return draft.putIncident({
        id: entry.incident,
        instance: instanceId(entry),
        direction: entry.direction,
        failure: entry.failure,
        openedAt: entry.at,
        resolved: false,
      });
    case 'incident.resolved':
      return resolved(definition, draft, entry);
    case 'run.ended':
      return draft.set({ status: entry.outcome, endedAt: entry.at, output: entry.output, failure: entry.failure });
  }
}

const isLive = (draft: Draft, instance: StepInstance) => draft.view.live.includes(instance.id);

// ---- forward ----

function started(draft: Draft, entry: EntryOf<'step.started'>): void {
  const instance = draft.view.instances[instanceId(entry)];
  if (!instance || !isLive(draft, instance)) return;
  draft.patch(instance.id, {
    status: 'running',
    attempt: entry.attempt,
    input: entry.input,
    wakeAt: null,
    startedSeq: instance.startedSeq || entry.seq,
    startedAt: instance.startedAt ?? entry.at,
  });
}

function waiting(draft: Draft, entry: EntryOf<'step.waiting'>): void {
  const instance = draft.view.instances[instanceId(entry)];
  if (!instance || !isLive(draft, instance)) return;
  draft.patch(instance.id, { status: 'waiting', wakeAt: entry.until, startedSeq: entry.seq, startedAt: entry.at });
}

function succeeded(definition: SagaDefinition, draft: Draft, entry: EntryOf<'step.succeeded'>): void {
  const instance = draft.view.instances[instanceId(entry)];
  const step = instance && definition.steps[instance.step];
  if (!instance || !step) return;
  if (!isLive(draft, instance)) return lateSuccess(definition, draft, entry, instance);
  settle(draft, instance, entry, {
    status: 'succeeded',
    attempt: Math.max(instance.attempt, entry.attempt),
    output: entry.output,
    port: entry.port,
    failure: null,
    parked: false,
  });
  capture(draft, step, instance.id, entry.undoInput);
  closeIncidents(draft, instance.id, 'forward');
  if (instance.abandoned) return loserSettled(definition, draft, step, instance.id);
  if (step.undo.kind === 'pivot') passPivot(definition, draft, instance.id);
  if (step.kind === 'end') draft.set({ output: entry.output });
  if (draft.scope.status === 'active') {
    leaveThrough(definition, draft, step.outgoing, entry.port);
    if (step.kind === 'join' && step.region.length > 0) giveUpLosers(definition, draft, step.id, step.region);
  }
  quiesced(definition, draft);
}

function notSucceeded(
  definition: SagaDefinition,
  draft: Draft,
  entry: EntryOf<'step.failed'> | EntryOf<'step.unknown'>,
): void {
  const instance = draft.view.instances[instanceId(entry)];
  const step = instance && definition.steps[instance.step];
  if (!instance || !step || !isLive(draft, instance) || instance.parked || entry.attempt < instance.attempt) return;
  const unknown = entry.type === 'step.unknown';
  const doubtful = instance.doubtful || unknown;
  if (unknown) capture(draft, step, instance.id, entry.undoInput);
  if (entry.retryAt !== null) {
    draft.patch(instance.id, { status: 'retrying', failure: entry.failure, wakeAt: entry.retryAt, doubtful });
    return;
  }
  settle(draft, instance, entry, {
    status: doubtful ? 'unknown' : 'failed',
    attempt: entry.attempt,
    failure: entry.failure,
    doubtful,
  });
  if (instance.abandoned) return loserSettled(definition, draft, step, instance.id);
  if (draft.scope.status === 'active' && unknown && !isRepeatable(step.effect)) return park(draft, instance.id);
  raise(definition, draft, step, draft.view.instances[instance.id] ?? instance, entry.failure);
  quiesced(definition, draft);
}

/** S13: the step's own choice first, then the scope. */
function raise(
  definition: SagaDefinition,
  draft: Draft,
  step: StepDefinition,
  instance: StepInstance,
  failure: Failure,
): void {
  if (draft.scope.status !== 'active') return;
  const choice = step.kind === 'action' ? step.onFailure : 'fail';
  if (choice !== 'fail') {
    const port = choice === 'continue' ? 'out' : 'error';
    draft.patch(instance.id, { port });
    return leaveThrough(definition, draft, step.outgoing, port);
  }
  if (draft.scope.pivot === null) return failScope(draft, 'failure', failure);
  if (step.kind === 'fail') return failForward(definition, draft, step, failure);
  park(draft, instance.id);
}

/** S23: after the pivot nothing is undone. The token ends here, other branches go on, and the run will end `failed`. */
function failForward(definition: SagaDefinition, draft: Draft, step: StepDefinition, failure: Failure): void {
  draft.setScope({ cause: 'failure', failure: draft.scope.failure ?? failure });
  leaveThrough(definition, draft, step.outgoing, null);
}

function cancelled(definition: SagaDefinition, draft: Draft, entry: EntryOf<'step.cancelled'>): void {
  const instance = draft.view.instances[instanceId(entry)];
  const step = instance && definition.steps[instance.step];
  if (!instance || !step || !isLive(draft, instance)) return;
  settle(draft, instance, entry, { status: instance.doubtful ? 'unknown' : 'cancelled' });
  if (instance.abandoned) return loserSettled(definition, draft, step, instance.id);
  quiesced(definition, draft);
}

/** S22: an attempt that had been given up succeeded after all. */
function lateSuccess(
  definition: SagaDefinition,
  draft: Draft,
  entry: EntryOf<'step.succeeded'>,
  instance: StepInstance,
): void {
  const step = definition.steps[instance.step];
  if (!step || !entry.late || instance.status === 'succeeded' || draft.view.endedAt !== null) return;
  draft.patch(instance.id, { status: 'succeeded', output: entry.output, port: instance.port ?? entry.port });
  if (step.undo.kind === 'pivot' && draft.scope.pivot === null && draft.scope.status !== 'compensating') {
    passPivot(definition, draft, instance.id);
    leaveThrough(definition, draft, step.outgoing, instance.port ?? entry.port);
    return;
  }
  if (step.undo.kind === 'compensation') undoAgain(draft, instance, entry.undoInput ?? instance.undo.input);
}

/** The undo of a step that succeeded late has other input now, so it goes by another key (S4, S22). */
function undoAgain(draft: Draft, { id, abandoned, undo }: StepInstance, input: Captured | null): void {
  switch (undo.status) {
    case 'skipped':
      return;
    case 'running':
      // What is in flight may still be answered as "nothing to undo": it has to be followed by one that knows.
      return draft.patchUndo(id, { input, repeat: true });
    case 'retrying':
    case 'blocked':
      return draft.patchUndo(id, { input, ...nextRound(undo) });
    case 'none':
    case 'captured':
      draft.patchUndo(id, { status: 'captured', input });
      break;
    case 'done':
      draft.patchUndo(id, { status: 'captured', input, ...nextRound(undo) });
  }
  if (abandoned || draft.scope.status === 'compensating') draft.addUndoing(id);
}

/** A new key, under which nothing has been tried yet. */
function nextRound(
  undo: StepInstance['undo'],
): Pick<StepInstance['undo'], 'round' | 'attemptBase' | 'doubtful' | 'repeat'> {
  return { round: undo.round + 1, attemptBase: undo.attempt, doubtful: false, repeat: false };
}

function settle(draft: Draft, instance: StepInstance, entry: Entry, fields: Partial<StepInstance>): void {
  draft.patch(instance.id, { wakeAt: null, settledSeq: entry.seq, settledAt: entry.at, ...fields });
  draft.removeLive(instance.id);
}

function capture(draft: Draft, step: StepDefinition, id: string, input: Captured | undefined): void {
  if (step.undo.kind !== 'compensation') return;
  draft.patchUndo(id, {
    status: 'captured',
    input: input ?? {
      kind: 'failure',
      failure: {
        kind: 'bug',
        code: 'undo.not-captured',
        message: `The input of the undo of step ${step.name} was not captured.`,
      },
    },
  });
}

// ---- parking and incidents ----

/** The step stays among the living: only a person can say what follows. */
function park(draft: Draft, id: string): void {
  draft.patch(id, { parked: true, settledSeq: 0, settledAt: null });
  draft.addLive(id);
}

function closeIncidents(draft: Draft, id: string, direction: 'forward' | 'undo'): void {
  for (const incident of Object.values(draft.view.incidents)) {
    if (incident.instance === id && incident.direction === direction && !incident.resolved) {
      draft.putIncident({ ...incident, resolved: true });
    }
  }
}

/** A failing scope (or a lost race) makes the question moot: what is unknown is undone, what failed stays failed. */
function unpark(draft: Draft, id: string): void {
  const instance = draft.view.instances[id];
  if (!instance?.parked) return;
  draft.patch(id, { parked: false, settledSeq: draft.view.seq });
  draft.removeLive(id);
  closeIncidents(draft, id, 'forward');
}

function resolved(definition: SagaDefinition, draft: Draft, entry: EntryOf<'incident.resolved'>): void {
  const incident = draft.view.incidents[entry.incident];
  if (incident?.instance === RUN_ITSELF) return draft.putIncident({ ...incident, resolved: true });
  const instance = incident && draft.view.instances[incident.instance];
  const step = instance && definition.steps[instance.step];
  if (!incident || !instance || !step || incident.resolved) return;
  draft.putIncident({ ...incident, resolved: true });
  if (incident.direction === 'undo') return resolvedUndo(draft, entry, instance);
  if (!instance.parked) return;
  const resolution = entry.resolution;
  switch (resolution.kind) {
    case 'retry':
    case 'retry-with-input': {
      const changed = resolution.kind === 'retry-with-input';
      draft.patch(instance.id, {
        status: 'ready',
        parked: false,
        attemptBase: instance.attempt,
        input: changed ? resolution.input : instance.input,
        round: changed && !instance.doubtful ? instance.round + 1 : instance.round,
      });
      return;
    }
    case 'done': {
      const output = resolution.output ?? null;
      const port = 'out';
      settle(draft, instance, entry, { status: 'succeeded', output, port, failure: null, parked: false });
      capture(draft, step, instance.id, entry.undoInput);
      if (step.undo.kind === 'pivot') passPivot(definition, draft, instance.id);
      if (step.kind === 'end') draft.set({ output });
      leaveThrough(definition, draft, step.outgoing, port);
      return;
    }
    case 'skip': {
      const failure = instance.failure ?? incident.failure;
      draft.patchUndo(instance.id, { status: 'none', input: null });
      settle(draft, instance, entry, { status: 'failed', parked: false, doubtful: false });
      const afterPivot = draft.scope.pivot !== null && (step.kind !== 'action' || step.onFailure === 'fail');
      if (afterPivot) failForward(definition, draft, step, failure);
      else raise(definition, draft, step, instance, failure);
      quiesced(definition, draft);
    }
  }
}

// ---- scope ----

function cancelRequested(definition: SagaDefinition, draft: Draft, entry: EntryOf<'run.cancel-requested'>): void {
  if (draft.scope.status !== 'active' || draft.scope.pivot !== null || draft.view.endedAt !== null) return;
  draft.set({ cancel: { reason: entry.reason, at: entry.at } });
  closeIncidents(draft, RUN_ITSELF, 'forward');
  failScope(draft, 'cancel', null);
  quiesced(definition, draft);
}

function failScope(draft: Draft, cause: 'failure' | 'cancel', failure: Failure | null): void {
  draft.setScope({ status: 'failing', cause, failure });
  for (const id of [...draft.view.live]) unpark(draft, id);
}

/** S23. A pivot that was in flight while its scope had begun to fail wins: the run goes forward, the failure waits for a person. */
function passPivot(definition: SagaDefinition, draft: Draft, id: string): void {
  const wasFailing = draft.scope.status === 'failing';
  if (!wasFailing) return draft.setScope({ pivot: id });
  draft.setScope({ pivot: id, status: 'active', cause: null, failure: null });
  draft.set({ cancel: null });
  for (const stepId of definition.order) {
    const instance = draft.view.instances[stepId];
    const step = definition.steps[stepId];
    if (!instance || !step || instance.abandoned || isLive(draft, instance) || instance.id === id) continue;
    if (instance.status === 'succeeded') leaveThrough(definition, draft, step.outgoing, instance.port);
    else if (instance.status === 'cancelled') {
      // Only a late answer of the pivot finds steps that were cancelled meanwhile: they are taken up again.
      draft.patch(stepId, { status: 'ready', settledSeq: 0, settledAt: null });
      draft.addLive(stepId);
    } else if (instance.port === null && instance.failure) raise(definition, draft, step, instance, instance.failure);
  }
}

/** Once nothing of a failing scope is in flight any more (S15), its undo is due (S14). */
function quiesced(definition: SagaDefinition, draft: Draft): void {
  if (draft.scope.status !== 'failing' || draft.view.live.length > 0) return;
  for (const stepId of definition.order) {
    const instance = draft.view.instances[stepId];
    const step = definition.steps[stepId];
    if (instance && step) dueUndo(draft, step, instance.id);
  }
  draft.setScope({ status: 'compensating' });
}

/** A loser's undo is due at once, and it may have been the last that a failing scope waited for. */
function loserSettled(definition: SagaDefinition, draft: Draft, step: StepDefinition, id: string): void {
  dueUndo(draft, step, id);
  quiesced(definition, draft);
}

function dueUndo(draft: Draft, step: StepDefinition, id: string): void {
  const instance = draft.view.instances[id];
  if (instance && step.undo.kind === 'compensation' && owesUndo(instance)) draft.addUndoing(id);
}

/** S14: took effect, or nobody knows. */
export function owesUndo(instance: StepInstance): boolean {
  if (instance.status !== 'succeeded' && instance.status !== 'unknown') return false;
  return instance.undo.status !== 'done' && instance.undo.status !== 'skipped' && instance.undo.status !== 'none';
}

/** S27: what is not in the past of the join's firing has lost. Nothing of it goes on, and its effects are undone. */
function giveUpLosers(definition: SagaDefinition, draft: Draft, join: string, region: readonly string[]): void {
  const past = causalPast(definition, draft.view, [join]);
  for (const stepId of region) {
    const step = definition.steps[stepId];
    if (!step || past.has(stepId)) continue;
    // Their targets are losers too, or the join itself, which has fired: nobody has to hear of it.
    for (const ids of Object.values(step.outgoing)) {
      for (const id of ids) if (draft.view.transitions[id] === undefined) draft.settleTransition(id, 'dead');
    }
    const instance = draft.view.instances[stepId];
    if (!instance) continue;
    draft.patch(stepId, { abandoned: true });
    unpark(draft, stepId);
    dueUndo(draft, step, stepId);
  }
}

// ---- undo ----

function undoStarted(draft: Draft, entry: EntryOf<'step.started'>): void {
  const instance = draft.view.instances[instanceId(entry)];
  if (!instance || !draft.view.undoing.includes(instance.id)) return;
  draft.patchUndo(instance.id, {
    status: 'running',
    attempt: entry.attempt,
    wakeAt: null,
    startedSeq: instance.undo.startedSeq || entry.seq,
    startedAt: instance.undo.startedAt ?? entry.at,
  });
}

function undoSucceeded(draft: Draft, entry: EntryOf<'step.succeeded'>): void {
  const instance = draft.view.instances[instanceId(entry)];
  if (!instance || !draft.view.undoing.includes(instance.id)) return;
  const undo = instance.undo;
  if (undo.repeat) return draft.patchUndo(instance.id, { status: 'captured', ...nextRound(undo) });
  draft.patchUndo(instance.id, {
    status: 'done',
    output: entry.output,
    failure: null,
    wakeAt: null,
    settledSeq: entry.seq,
    settledAt: entry.at,
  });
  draft.removeUndoing(instance.id);
  closeIncidents(draft, instance.id, 'undo');
}

function undoNotSucceeded(draft: Draft, entry: EntryOf<'step.failed'> | EntryOf<'step.unknown'>): void {
  const instance = draft.view.instances[instanceId(entry)];
  if (!instance || !draft.view.undoing.includes(instance.id) || entry.attempt < instance.undo.attempt) return;
  const doubtful = instance.undo.doubtful || entry.type === 'step.unknown';
  draft.patchUndo(instance.id, {
    status: entry.retryAt === null ? 'blocked' : 'retrying',
    attempt: entry.attempt,
    failure: entry.failure,
    wakeAt: entry.retryAt,
    doubtful,
    ...(instance.undo.repeat && { ...nextRound(instance.undo), attemptBase: entry.attempt }),
  });
}

function resolvedUndo(draft: Draft, entry: EntryOf<'incident.resolved'>, instance: StepInstance): void {
  if (instance.undo.status !== 'blocked') return;
  const undo = instance.undo;
  switch (entry.resolution.kind) {
    case 'retry':
      return draft.patchUndo(instance.id, { status: 'captured', attemptBase: undo.attempt });
    case 'retry-with-input':
      return draft.patchUndo(instance.id, {
        status: 'captured',
        attemptBase: undo.attempt,
        input: { kind: 'value', value: entry.resolution.input },
        round: undo.doubtful ? undo.round : undo.round + 1,
      });
    case 'done':
    case 'skip':
      draft.patchUndo(instance.id, {
        status: entry.resolution.kind === 'done' ? 'done' : 'skipped',
        settledSeq: entry.seq,
        settledAt: entry.at,
      });
      return draft.removeUndoing(instance.id);
  }
}
