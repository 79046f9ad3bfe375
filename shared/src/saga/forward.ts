/** What entries of the forward direction mean for the state: attempts, outcomes, waits, containers, failures (S3, S9-S13, S22, S23). */
import { isAttempted, isCompensatable, isContainerStep } from './definition.js';
import type { SagaDefinition, StepDefinition } from './definition.js';
import {
  canHandle,
  closeContainer,
  closeIncidents,
  failBody,
  openContainer,
  openNext,
  settleBodies,
  settleResting,
  unpark,
} from './bodies.js';
import { causalPast } from './causality.js';
import type { Draft } from './draft.js';
import { effectsOf, owesUndo } from './effects.js';
import { wantRecall } from './forget.js';
import { instanceId } from './instance.js';
import {
  bodyPath,
  currentId,
  instanceAt,
  instancesUnder,
  isPivoted,
  isStopping,
  pathsOutwards,
  ROOT_PATH,
  scopeAt,
  transitionKey,
} from './paths.js';
import { isRepeatable } from './retry.js';
import { leaveThrough } from './tokens.js';
import { furtherRound, nextRound, undoAgain } from './undoing.js';
import type { Captured, Entry, EntryOf } from './journal.js';
import type { Failure, Json, JsonObject } from './imports.js';
import type { StepInstance } from './state.js';
import { isJsonObject } from '../kernel/index.js';

interface Known {
  readonly instance: StepInstance;
  readonly step: StepDefinition;
}

/** The instance that an entry speaks of; undefined when there is none, so that the entry changes nothing. */
function known(definition: SagaDefinition, draft: Draft, entry: Parameters<typeof instanceId>[0]): Known | undefined {
  const instance = draft.view.instances[instanceId(entry)];
  const step = instance && definition.steps[instance.step];
  return instance && step ? { instance, step } : undefined;
}

// ---- beginning ----

export function started(definition: SagaDefinition, draft: Draft, entry: EntryOf<'step.started'>): void {
  const { instance } = known(definition, draft, entry) ?? {};
  if (!instance || !draft.isLive(instance.id)) return;
  draft.patch(instance.id, {
    status: 'running',
    attempt: entry.attempt,
    input: entry.input,
    key: entry.key,
    wakeAt: null,
    startedSeq: instance.startedSeq || entry.seq,
    startedAt: instance.startedAt ?? entry.at,
  });
}

export function waiting(definition: SagaDefinition, draft: Draft, entry: EntryOf<'step.waiting'>): void {
  const { instance, step } = known(definition, draft, entry) ?? {};
  if (!instance || !step || !draft.isLive(instance.id) || instance.parked) return;
  const awaits = entry.awaits ?? [];
  const queues = awaits.some((each) => each.kind === 'slot');
  draft.patch(instance.id, {
    status: 'waiting',
    wakeAt: entry.until,
    awaits,
    ...(!queues && { startedSeq: instance.startedSeq || entry.seq, startedAt: instance.startedAt ?? entry.at }),
    ...(entry.output !== undefined && { output: entry.output }),
    // The child is known by now, whatever became of earlier attempts to start it.
    ...(awaits.some((each) => each.kind === 'child') && { doubtful: false }),
  });
  if (entry.undoInput) capture(draft, step, instance.id, entry.undoInput);
}

export function admitted(definition: SagaDefinition, draft: Draft, entry: EntryOf<'step.admitted'>): void {
  const { instance } = known(definition, draft, entry) ?? {};
  if (!instance || !draft.isLive(instance.id)) return;
  draft.patch(instance.id, { status: 'ready', admitted: true, awaits: [], wakeAt: null });
}

export function opened(definition: SagaDefinition, draft: Draft, entry: EntryOf<'step.opened'>): void {
  const { instance, step } = known(definition, draft, entry) ?? {};
  if (!instance || !step || !isContainerStep(step) || instance.status !== 'ready' || !draft.isLive(instance.id)) return;
  draft.patch(instance.id, { status: 'open', startedSeq: entry.seq, startedAt: entry.at });
  openContainer(definition, draft, step, instance, entry);
}

export function continued(definition: SagaDefinition, draft: Draft, entry: EntryOf<'step.continued'>): void {
  const { instance, step } = known(definition, draft, entry) ?? {};
  if (!instance || step?.kind !== 'repeat' || instance.status !== 'closing' || !draft.isLive(instance.id)) return;
  draft.patch(instance.id, { status: 'open' });
  openNext(definition, draft, step, instance.id, bodyPath(instance));
}

export function nudged(definition: SagaDefinition, draft: Draft, entry: EntryOf<'task.nudged'>): void {
  const { instance } = known(definition, draft, entry) ?? {};
  if (instance?.status !== 'waiting') return;
  draft.patch(instance.id, { nudges: instance.nudges + 1, wakeAt: entry.next });
}

export function childCancelled(
  definition: SagaDefinition,
  draft: Draft,
  entry: EntryOf<'child.cancel-requested'>,
): void {
  const { instance } = known(definition, draft, entry) ?? {};
  if (instance && draft.isLive(instance.id)) draft.patch(instance.id, { childCancelled: true });
}

// ---- outcomes ----

export function succeeded(definition: SagaDefinition, draft: Draft, entry: EntryOf<'step.succeeded'>): void {
  const { instance, step } = known(definition, draft, entry) ?? {};
  if (!instance || !step) return;
  if (isBesides(draft, instance, entry)) return besides(draft, entry, instance, step);
  if (!draft.isLive(instance.id)) return lateSuccess(definition, draft, entry, instance, step);
  settle(draft, instance, entry, {
    status: 'succeeded',
    attempt: Math.max(instance.attempt, entry.attempt),
    output: entry.output,
    port: entry.port,
    ports: entry.ports ?? [],
    failure: null,
    parked: false,
  });
  if (entry.assigned) assign(draft, instance.path, entry.assigned);
  achieved(definition, draft, step, instance, entry.output, entry.port, entry.undoInput);
}

/** A step has its result, by itself or by a person's word. */
export function achieved(
  definition: SagaDefinition,
  draft: Draft,
  step: StepDefinition,
  instance: StepInstance,
  output: Json,
  port: string,
  undoInput: Captured | undefined,
): void {
  const { id, path } = instance;
  if (isContainerStep(step)) closeContainer(draft, instance);
  capture(draft, step, id, undoInput);
  closeIncidents(draft, id, 'forward');
  if (draft.view.instances[id]?.abandoned) return loserSettled(definition, draft, id);
  if (step.undo.kind === 'pivot') passPivot(definition, draft, id);
  if (step.kind === 'respond') respond(draft, output);
  if (step.kind === 'end' || step.kind === 'terminate') {
    draft.setScope(path, { output });
    if (path === ROOT_PATH) draft.set({ output });
  }
  if (!isStopping(draft.view, path)) {
    const ports = draft.view.instances[id]?.ports ?? [];
    leaveThrough(definition, draft, step.outgoing, ports.length > 0 ? ports : [port], path);
    if (step.kind === 'join' && step.region.length > 0) giveUpLosers(definition, draft, id, step.region, path);
    if (step.kind === 'terminate') failBody(definition, draft, path, 'outer', null, 'end');
  }
  settleBodies(definition, draft, path);
}

export function skipped(definition: SagaDefinition, draft: Draft, entry: EntryOf<'step.skipped'>): void {
  const { instance, step } = known(definition, draft, entry) ?? {};
  if (!instance || !step || !draft.isLive(instance.id)) return;
  const port = wayOn(step);
  settle(draft, instance, entry, { status: 'skipped', port });
  if (instance.abandoned) return loserSettled(definition, draft, instance.id);
  if (!isStopping(draft.view, instance.path)) leaveThrough(definition, draft, step.outgoing, [port], instance.path);
  settleBodies(definition, draft, instance.path);
}

/** The plain way on, or the first of several. */
export function wayOn(step: StepDefinition): string {
  return 'out' in step.outgoing ? 'out' : (Object.keys(step.outgoing)[0] ?? 'out');
}

export function notSucceeded(
  definition: SagaDefinition,
  draft: Draft,
  entry: EntryOf<'step.failed'> | EntryOf<'step.unknown'>,
): void {
  const { instance, step } = known(definition, draft, entry) ?? {};
  if (!instance || !step || !draft.isLive(instance.id) || instance.parked || entry.attempt < instance.attempt) return;
  // Its child is known to run: what an attempt to start it says now comes too late.
  const hasChild = instance.status === 'waiting' && instance.awaits.some((each) => each.kind === 'child');
  if (hasChild && entry.attempt === instance.attempt) return;
  const unknown = entry.type === 'step.unknown';
  const doubtful = instance.doubtful || unknown;
  if (unknown) capture(draft, step, instance.id, entry.undoInput);
  if (entry.retryAt !== null) {
    draft.patch(instance.id, { status: 'retrying', failure: entry.failure, wakeAt: entry.retryAt, doubtful });
    if (step.undo.kind === 'pivot') losePivot(definition, draft, instance.path);
    return;
  }
  settle(draft, instance, entry, {
    status: doubtful ? 'unknown' : 'failed',
    attempt: entry.attempt,
    failure: entry.failure,
    doubtful,
  });
  if (isContainerStep(step)) closeContainer(draft, instance);
  if (instance.abandoned) return loserSettled(definition, draft, instance.id);
  const repeatable = isRepeatable(instance.override?.effect ?? step.effect);
  if (!isStopping(draft.view, instance.path) && unknown && !repeatable) return park(draft, instance.id);
  raise(definition, draft, step, draft.view.instances[instance.id] ?? instance, entry.failure);
  if (step.undo.kind === 'pivot') losePivot(definition, draft, instance.path);
  settleBodies(definition, draft, instance.path);
}

export function cancelled(definition: SagaDefinition, draft: Draft, entry: EntryOf<'step.cancelled'>): void {
  const { instance, step } = known(definition, draft, entry) ?? {};
  if (!instance || !step || !draft.isLive(instance.id)) return;
  settle(draft, instance, entry, { status: instance.doubtful ? 'unknown' : 'cancelled' });
  if (isContainerStep(step)) closeContainer(draft, instance);
  if (instance.abandoned) return loserSettled(definition, draft, instance.id);
  settleBodies(definition, draft, instance.path);
}

/** The body of a container has run out of time: a failure in it like another, except that it comes once. */
export function timedOut(definition: SagaDefinition, draft: Draft, entry: EntryOf<'scope.timed-out'>): void {
  const { instance } = known(definition, draft, entry) ?? {};
  const path = instance ? bodyPath(instance) : '';
  if (instance?.status !== 'open' || scopeAt(draft.view, path)?.status !== 'active') return;
  draft.setScope(path, { deadline: null });
  failBody(definition, draft, path, 'failure', entry.failure);
  settleBodies(definition, draft, path);
}

export function settle(draft: Draft, instance: StepInstance, entry: Entry, fields: Partial<StepInstance>): void {
  draft.removeLive(instance.id);
  draft.patch(instance.id, { wakeAt: null, awaits: [], settledSeq: entry.seq, settledAt: entry.at, ...fields });
}

export function capture(draft: Draft, step: StepDefinition, id: string, input: Captured | undefined): void {
  const undo = draft.view.instances[id]?.undo;
  if (!isCompensatable(step.undo) || !undo) return;
  const known = input ?? notCaptured(step);
  // Undone in vain before a person had the step tried again: other input goes by another key (S4).
  const isOther = undo.attempt > 0 && JSON.stringify(undo.input) !== JSON.stringify(known);
  draft.patchUndo(id, { status: 'captured', input: known, ...(isOther && nextRound(undo)) });
}

function notCaptured(step: StepDefinition): Captured {
  const message = `The input of the undo of step ${step.name} was not captured.`;
  return { kind: 'failure', failure: { kind: 'bug', code: 'undo.not-captured', message } };
}

/** A variable lives in the nearest scope that has it, else in the run. */
function assign(draft: Draft, from: string, values: JsonObject): void {
  for (const [name, value] of Object.entries(values)) {
    let owner = ROOT_PATH;
    for (const path of pathsOutwards(from)) {
      if (!Object.hasOwn(draft.scope(path)?.variables ?? {}, name)) continue;
      owner = path;
      break;
    }
    draft.setScope(owner, { variables: { ...draft.scope(owner)?.variables, [name]: value } });
  }
}

/** The first answer counts. */
function respond(draft: Draft, output: Json): void {
  if (draft.view.response !== null || !isJsonObject(output)) return;
  const { status, headers, body } = output;
  if (typeof status !== 'number' || !isJsonObject(headers)) return;
  const text = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  draft.set({ response: { status, headers: Object.fromEntries(text), body: body ?? null } });
}

// ---- failure ----

/** S13: the step's own choice first, then its scope. */
export function raise(
  definition: SagaDefinition,
  draft: Draft,
  step: StepDefinition,
  instance: StepInstance,
  failure: Failure,
): void {
  const { path } = instance;
  if (isStopping(draft.view, path)) return;
  const port = portOfFailure(step, failure);
  if (port !== null) {
    draft.patch(instance.id, { port });
    return leaveThrough(definition, draft, step.outgoing, [port], path);
  }
  if (step.onFailure === 'park') return park(draft, instance.id);
  if (!isPivoted(draft.view, path) || canHandle(definition, draft.view, path)) {
    return failBody(definition, draft, path, 'failure', failure);
  }
  // A container that has passed the pivot cannot be begun anew.
  if (step.kind === 'fail' || (isContainerStep(step) && isPivoted(draft.view, bodyPath(instance)))) {
    return failForward(definition, draft, step, path, failure);
  }
  park(draft, instance.id);
}

function portOfFailure(step: StepDefinition, failure: Failure): string | null {
  if (step.timeoutEdge && /(^|\.)timeout(\.|$)/.test(failure.code)) return 'timeout';
  if (step.onFailure === 'error-edge') return 'error';
  return step.onFailure === 'continue' ? 'out' : null;
}

/** S23: after the pivot nothing is undone. The token ends here, other branches go on, and the run will end `failed`. */
export function failForward(
  definition: SagaDefinition,
  draft: Draft,
  step: StepDefinition,
  path: string,
  failure: Failure,
): void {
  draft.setScope(path, { cause: 'failure', failure: draft.scope(path)?.failure ?? failure });
  leaveThrough(definition, draft, step.outgoing, [], path);
}

/** The step stays among the living: only a person can say what follows. */
export function park(draft: Draft, id: string): void {
  draft.patch(id, { parked: true, settledSeq: 0, settledAt: null });
  draft.addLive(id);
}

// ---- pivot ----

/**
 * S23: its body and everything around it only go forward from now on. A pivot that was in flight while one of these had begun
 * to fail wins: the run goes forward, and the failure waits for a person.
 */
export function passPivot(definition: SagaDefinition, draft: Draft, id: string): void {
  const own = draft.view.instances[id]?.path ?? ROOT_PATH;
  let restored: string | null = null;
  for (const path of pathsOutwards(own)) {
    // A step that said "stop here" is not taken back.
    const failing = draft.scope(path)?.status === 'failing' && draft.scope(path)?.then !== 'end';
    draft.setScope(path, { pivot: draft.scope(path)?.pivot ?? id });
    if (!failing) continue;
    draft.setScope(path, { status: 'active', cause: null, failure: null, then: null });
    restored = path;
  }
  if (restored === null) return;
  draft.set({ cancel: null });
  for (const instance of [...instancesUnder(draft.view, restored)]) takeUpAgain(definition, draft, instance, id);
  settleResting(definition, draft, restored);
}

/** The pivot has not won: what waited for it in the failing bodies around comes to its rest. */
function losePivot(definition: SagaDefinition, draft: Draft, path: string): void {
  const failing = [...pathsOutwards(path)].filter((each) => draft.scope(each)?.status === 'failing').at(-1);
  if (failing !== undefined) settleResting(definition, draft, failing);
}

function takeUpAgain(definition: SagaDefinition, draft: Draft, instance: StepInstance, pivot: string): void {
  const step = definition.steps[instance.step];
  if (!step || instance.id === pivot || instance.abandoned || draft.isLive(instance.id)) return;
  // A body that was over before is none of the pivot's business.
  if (draft.scope(instance.path)?.status === 'closed') return;
  if (instance.status === 'succeeded' || instance.status === 'skipped') {
    const ports = instance.ports.length > 0 ? instance.ports : [instance.port ?? ''];
    leaveThrough(definition, draft, step.outgoing, ports, instance.path);
  } else if (instance.status === 'cancelled') {
    // Only a late answer of the pivot finds steps that were cancelled meanwhile: they are taken up again.
    draft.patch(instance.id, { status: 'ready', admitted: false, settledSeq: 0, settledAt: null });
    draft.addLive(instance.id);
  } else if (instance.port === null && instance.failure) {
    raise(definition, draft, step, instance, instance.failure);
  }
}

// ---- late success ----

/** S22: an attempt that had been given up succeeded after all. */
function lateSuccess(
  definition: SagaDefinition,
  draft: Draft,
  entry: EntryOf<'step.succeeded'>,
  instance: StepInstance,
  step: StepDefinition,
): void {
  if (!entry.late || !isAttempted(step) || instance.status === 'succeeded' || draft.view.endedAt !== null) return;
  draft.patch(instance.id, { status: 'succeeded', output: entry.output, port: instance.port ?? entry.port });
  if (step.undo.kind === 'pivot' && canStillTurn(definition, draft, instance)) {
    passPivot(definition, draft, instance.id);
    leaveThrough(definition, draft, step.outgoing, [instance.port ?? entry.port], instance.path);
    return settleBodies(definition, draft, instance.path);
  }
  if (isCompensatable(step.undo)) {
    // What was undone as "empty" is undone again, also when its body has closed since or has gone on another way.
    const wanted = instance.abandoned || instance.undo.status === 'done' || isGivenUp(draft, instance.path);
    undoAgain(draft, instance, entry.undoInput ?? instance.undo.input, wanted);
  }
}

/**
 * The success is of a call that a person had replaced, and what was put in its place has been tried since: the step has (or may
 * have) taken effect twice, by two keys.
 */
function isBesides(draft: Draft, instance: StepInstance, { late, attempt }: EntryOf<'step.succeeded'>): boolean {
  const replaced = instance.replaced.at(-1)?.upTo ?? 0;
  if (!late || attempt > replaced || instance.attempt <= replaced) return false;
  return draft.isLive(instance.id) || instance.status === 'succeeded' || instance.status === 'unknown';
}

/** The step stands as it does; what it did besides is undone after it, by a round of its own (S22). */
function besides(draft: Draft, entry: EntryOf<'step.succeeded'>, instance: StepInstance, step: StepDefinition): void {
  const { id, undo, abandoned, path } = instance;
  if (!isCompensatable(step.undo) || undo.status === 'skipped' || draft.view.endedAt !== null) return;
  const input = entry.undoInput ?? notCaptured(step);
  if (undo.status === 'done') {
    draft.patchUndo(id, furtherRound({ ...undo, further: [...undo.further, input] }));
    return draft.addUndoing(id);
  }
  draft.patchUndo(id, { further: [...undo.further, input] });
  if (undo.status !== 'none' && (abandoned || isGivenUp(draft, path)) && !draft.isLive(id)) draft.addUndoing(id);
}

/** Nothing has been undone yet around a pivot whose answer comes late, and no container was given up on its account. */
function canStillTurn(definition: SagaDefinition, draft: Draft, { path }: StepInstance): boolean {
  for (const each of pathsOutwards(path)) {
    const scope = draft.scope(each);
    if (!scope || scope.pivot !== null || scope.status === 'compensating' || scope.status === 'closed') return false;
    const stopped = scope.members.some((id) => {
      const member = draft.view.instances[id];
      const step = definition.steps[member?.step ?? ''];
      return step !== undefined && isContainerStep(step) && member?.status === 'cancelled';
    });
    if (stopped) return false;
  }
  return true;
}

/** Something around it is being undone, or has been. */
function isGivenUp(draft: Draft, path: string): boolean {
  return [...pathsOutwards(path)].some((each) => {
    const scope = draft.scope(each);
    return scope?.status === 'compensating' || (scope?.status === 'closed' && scope.failure && scope.pivot === null);
  });
}

// ---- losers of a join ----

/** S27: what is not in the past of the join's firing has lost. Nothing of it goes on, and its effects are undone. */
function giveUpLosers(
  definition: SagaDefinition,
  draft: Draft,
  join: string,
  region: readonly string[],
  path: string,
): void {
  const past = causalPast(definition, draft.view, [join]);
  for (const stepId of region) {
    const step = definition.steps[stepId];
    if (!step || past.has(currentId(draft.view, stepId, path))) continue;
    // Their targets are losers too, or the join itself, which has fired: nobody has to hear of it.
    for (const ids of Object.values(step.outgoing)) {
      for (const id of ids) {
        const key = transitionKey(id, path);
        if (draft.view.transitions[key] !== undefined) continue;
        draft.settleTransition(key, 'dead', { step: definition.transitions[id]?.to ?? '', path });
      }
    }
    const instance = instanceAt(draft.view, stepId, path);
    if (instance) abandon(definition, draft, step, instance);
  }
}

function abandon(definition: SagaDefinition, draft: Draft, step: StepDefinition, instance: StepInstance): void {
  const body = bodyPath(instance);
  for (const each of [instance, ...instancesUnder(draft.view, body)]) draft.patch(each.id, { abandoned: true });
  unpark(draft, draft.view.instances[instance.id] ?? instance);
  if (isContainerStep(step) && draft.scope(body)?.status === 'active' && draft.isLive(instance.id)) {
    failBody(definition, draft, body, 'outer', null);
    settleBodies(definition, draft, body);
  }
  if (!draft.isLive(instance.id)) dueUndo(definition, draft, instance.id);
}

/** A loser's undo is due at once, and it may have been the last that a failing body waited for. */
function loserSettled(definition: SagaDefinition, draft: Draft, id: string): void {
  dueUndo(definition, draft, id);
  settleBodies(definition, draft, draft.view.instances[id]?.path ?? ROOT_PATH);
}

function dueUndo(definition: SagaDefinition, draft: Draft, id: string): void {
  const instance = draft.view.instances[id];
  if (!instance) return;
  for (const effect of [...effectsOf(definition, draft.view, instance)]) {
    if (owesUndo(definition, effect)) draft.addUndoing(effect.id);
    else wantRecall(draft, effect.id);
  }
}
