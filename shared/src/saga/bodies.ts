/**
 * The life of bodies: how they open, how they fail, what follows once nothing in them is in flight, how they close (S13-S15,
 * S24). A body is closed from the inside outwards: an open container lives in its own body, so that one cannot come to rest
 * before everything inside has.
 *
 * ```
 * active --nothing lives--> closed
 * active --failure--> failing --nothing lives--> compensating --all undone--> closed (failed)
 *                                            \-> active again: its handler, or the way on from a save-point
 *                                            \-> closed (a step said: stop here)
 * ```
 */
import { isContainerStep } from './definition.js';
import type { ContainerStep, SagaDefinition, StepDefinition } from './definition.js';
import { causalPast } from './causality.js';
import { NEW_LOOP } from './draft.js';
import type { Draft } from './draft.js';
import { effectsUnder, effectsOf, owesUndo } from './effects.js';
import { mayForget, wantRecall } from './forget.js';
import {
  bodiesOf,
  bodyPath,
  instancesUnder,
  isStopping,
  isWithin,
  itemPath,
  outerPath,
  pathsOutwards,
  ROOT_PATH,
  scopeAt,
  scopesUnder,
} from './paths.js';
import { begin, leaveThrough } from './tokens.js';
import { failure } from '../kernel/index.js';
import type { Failure, Json } from './imports.js';
import type { EntryOf } from './journal.js';
import type { InstanceId, RunState, ScopeState, StepInstance } from './state.js';

/** So many failed items are told of one by one; the others are counted. */
const MAX_ERRORS = 1000;
/** Characters of JSON of all results of a loop together. */
const MAX_RESULTS_LENGTH = 16 * 1024 * 1024;

// ---- opening ----

/** A container begins: its scope, or its loop with as many items as may be under way. */
export function openContainer(
  definition: SagaDefinition,
  draft: Draft,
  step: ContainerStep,
  instance: StepInstance,
  entry: EntryOf<'step.opened'>,
): void {
  const path = bodyPath(instance);
  const { deadline } = entry;
  if (step.kind === 'scope') {
    // Behind a pivot a scope only goes forward, like what it lies in (S23).
    const pivot = draft.scope(instance.path)?.pivot ?? null;
    draft.openScope({ path, container: instance.id, variables: entry.variables ?? {}, deadline, pivot });
    return begin(definition, draft, step.entry, path);
  }
  const items = step.kind === 'for-each' ? (entry.items ?? []) : null;
  draft.openScope({ path, container: instance.id, items, deadline, loop: NEW_LOOP });
  if (items?.length === 0) return draft.patch(instance.id, { status: 'closing' });
  const first = items === null || step.kind !== 'for-each' ? 1 : Math.min(step.limit, items.length);
  for (let count = 0; count < first; count += 1) openNext(definition, draft, step, instance.id, path);
}

/** The next item or pass of a loop. */
export function openNext(
  definition: SagaDefinition,
  draft: Draft,
  step: ContainerStep,
  container: InstanceId,
  loop: string,
): void {
  const scope = draft.scope(loop);
  if (!scope) return;
  const index = scope.opened;
  const path = itemPath(loop, index);
  draft.setScope(loop, { opened: index + 1 });
  draft.ownLoopList(loop, 'bodies').push(index);
  draft.countBody(loop, 1);
  const before = index - 2;
  if (scope.items === null && mayForget(definition, draft.scope(loop) ?? scope, before))
    draft.over.add(itemPath(loop, before));
  draft.openScope({ path, container, index, item: scope.items?.[index] ?? null });
  begin(definition, draft, step.entry, path);
}

// ---- failing ----

/** A body begins to fail: nothing new starts in it, and what its failure leads to waits until it is quiet (S15). */
export function failBody(
  definition: SagaDefinition,
  draft: Draft,
  path: string,
  cause: NonNullable<ScopeState['cause']>,
  failure: Failure | null,
  then: NonNullable<ScopeState['then']> = whatFollows(definition, draft, path, cause),
): void {
  draft.setScope(path, { status: 'failing', cause, failure, then });
  for (const instance of instancesUnder(draft.view, path)) unpark(draft, instance);
  settleResting(definition, draft, path);
}

/** Bodies inside that have come to rest, but had something to wait for: it has come, or they wait no longer. */
export function settleResting(definition: SagaDefinition, draft: Draft, path: string): void {
  const resting = [...scopesUnder(draft.view, path)].filter((scope) => scope.status !== 'closed' && scope.alive === 0);
  for (const scope of resting.reverse()) settleBodies(definition, draft, scope.path);
}

/** S13: the scope's handler catches one failure; a failure while it is at work fails the scope. */
function whatFollows(
  definition: SagaDefinition,
  draft: Draft,
  path: string,
  cause: NonNullable<ScopeState['cause']>,
): 'undo' | 'handler' | 'undo-then-handler' {
  if (cause !== 'failure' || !canHandle(definition, draft.view, path)) return 'undo';
  const step = stepOfBody(definition, draft.view, path);
  const asUnit = step?.kind === 'scope' && step.undoAsUnit && draft.scope(path)?.pivot === null;
  return asUnit ? 'undo-then-handler' : 'handler';
}

/** The body has a handler, and it is not at work. */
export function canHandle(definition: SagaDefinition, state: RunState, path: string): boolean {
  const step = stepOfBody(definition, state, path);
  return (
    scopeAt(state, path)?.caught === null && step !== undefined && (definition.scopes[step.id]?.handler.length ?? 0) > 0
  );
}

function stepOfBody(definition: SagaDefinition, state: RunState, path: string): StepDefinition | undefined {
  return definition.steps[state.instances[scopeAt(state, path)?.container ?? '']?.step ?? ''];
}

/** A failing scope (or a lost race) makes the question moot: what is unknown is undone, what failed stays failed. */
export function unpark(draft: Draft, instance: StepInstance): void {
  if (!instance.parked) return;
  draft.patch(instance.id, { parked: false, settledSeq: draft.view.seq, settledAt: draft.at });
  draft.removeLive(instance.id);
  closeIncidents(draft, instance.id, 'forward');
}

export function closeIncidents(draft: Draft, id: InstanceId, direction: 'forward' | 'undo'): void {
  for (const incident of draft.openIncidentsOf(id, direction)) draft.putIncident({ ...incident, resolved: true });
}

// ---- coming to rest ----

/** Looks at a body and everything around it, from the inside outwards, for what has come to rest by the latest entry. */
export function settleBodies(definition: SagaDefinition, draft: Draft, from: string): void {
  for (const path of pathsOutwards(from)) settleBody(definition, draft, path);
}

function settleBody(definition: SagaDefinition, draft: Draft, path: string): void {
  const scope = draft.scope(path);
  if (!scope || scope.status === 'closed' || scope.alive > 0) return;
  const outer = outerPath(path);
  const undoing = draft.isUndoing(path);
  // What it lies in is being stopped, which ends it, unless a pivot may yet win (S23).
  if (outer !== null && isStopping(draft.view, outer)) {
    if (awaitsPivot(definition, draft.view, outer)) return;
    if (isToUndo(scope) && !isUndoneByOuter(draft.view, outer)) beginUndo(definition, draft, scope);
    return closeBody(definition, draft, scope);
  }
  switch (scope.status) {
    case 'active':
      if (!undoing && path !== ROOT_PATH && !awaitsItsLoop(definition, draft, scope))
        closeBody(definition, draft, scope);
      return;
    case 'failing':
      if (isToUndo(scope)) {
        beginUndo(definition, draft, scope);
        return settleBody(definition, draft, path);
      }
      if (undoing) return;
      if (scope.then === 'handler') return beginHandler(definition, draft, path);
      return closeBody(definition, draft, scope);
    case 'compensating':
      if (undoing) return;
      if (scope.then === 'undo-then-handler') return beginHandler(definition, draft, path);
      if (scope.then === 'resume') return resume(definition, draft, scope);
      if (path !== ROOT_PATH) closeBody(definition, draft, scope);
  }
}

function isToUndo({ status, then }: ScopeState): boolean {
  return status === 'failing' && (then === 'undo' || then === 'undo-then-handler');
}

/** Something around takes over whatever is left to undo; a handler, or a step that said "stop here", would let it stay. */
function isUndoneByOuter(state: RunState, outer: string): boolean {
  return [...pathsOutwards(outer)].some((path) => {
    const scope = scopeAt(state, path);
    return scope !== undefined && (isToUndo(scope) || scope.status === 'compensating');
  });
}

/** A pivot is in flight in something around that has begun to fail: if it succeeds, everything in there goes on (S23). */
function awaitsPivot(definition: SagaDefinition, state: RunState, path: string): boolean {
  if (!hasPivot(definition)) return false;
  const failing = [...pathsOutwards(path)].filter((each) => scopeAt(state, each)?.status === 'failing');
  return failing.some((outer) => state.live.some((id) => isPivotInFlight(definition, state, id, outer)));
}

const withPivot = new WeakMap<SagaDefinition, boolean>();

/** Some step of it is a pivot. */
export function hasPivot(definition: SagaDefinition): boolean {
  let has = withPivot.get(definition);
  if (has === undefined) {
    has = Object.values(definition.steps).some(({ undo }) => undo.kind === 'pivot');
    withPivot.set(definition, has);
  }
  return has;
}

function isPivotInFlight(definition: SagaDefinition, state: RunState, id: InstanceId, outer: string): boolean {
  const instance = state.instances[id];
  if (instance?.status !== 'running' || instance.abandoned || !isWithin(instance.path, outer)) return false;
  return definition.steps[instance.step]?.undo.kind === 'pivot';
}

/** A loop as a whole is over when its container says so, which `closeItem` sees to. */
function awaitsItsLoop(definition: SagaDefinition, draft: Draft, scope: ScopeState): boolean {
  return scope.index === null && stepOfBody(definition, draft.view, scope.path)?.kind !== 'scope';
}

/** Once nothing of a failing body is in flight any more (S15), its undo is due (S14), down to its latest save-point (S24). */
function beginUndo(definition: SagaDefinition, draft: Draft, scope: ScopeState): void {
  const savePoint =
    scope.then === 'undo' && scope.cause === 'failure' ? lastSavePoint(definition, draft.view, scope) : null;
  const kept = savePoint === null ? null : upToSavePoint(definition, draft.view, savePoint);
  if (scope.loop !== null && scope.container !== null) wantRecall(draft, scope.container);
  for (const instance of [...effectsUnder(definition, draft.view, scope.path)]) {
    if (kept?.has(instance.id) === true) continue;
    if (owesUndo(definition, instance)) draft.addUndoing(instance.id);
    else wantRecall(draft, instance.id);
  }
  const then = savePoint === null ? scope.then : 'resume';
  draft.setScope(scope.path, { status: 'compensating', then, savePoint: savePoint?.id ?? null });
}

/** What an undo that stops at a save-point leaves done: what led to it, and what lies in it. */
export function upToSavePoint(
  definition: SagaDefinition,
  state: RunState,
  savePoint: StepInstance,
): ReadonlySet<InstanceId> {
  const kept = causalPast(definition, state, [savePoint.id]);
  for (const inner of effectsOf(definition, state, savePoint)) kept.add(inner.id);
  return kept;
}

/**
 * S24: the latest scope that was passed as a save-point and that everything else in the failing body either led to or
 * followed; a save-point beside which something else went on could not be returned to alone.
 */
export function lastSavePoint(definition: SagaDefinition, state: RunState, scope: ScopeState): StepInstance | null {
  const owner = stepOfBody(definition, state, scope.path);
  if (owner?.kind === 'scope' && owner.undoAsUnit) return null;
  const members = scope.members.flatMap((id) => state.instances[id] ?? []);
  const passed = members
    .filter((each) => each.status === 'succeeded' && each.port === 'out' && isSavePoint(definition, each))
    .sort((a, b) => b.settledSeq - a.settledSeq);
  return (
    passed.find((point) => {
      const past = causalPast(definition, state, [point.id]);
      return members.every(
        (each) => each === point || past.has(each.id) || causalPast(definition, state, [each.id]).has(point.id),
      );
    }) ?? null
  );
}

function isSavePoint(definition: SagaDefinition, instance: StepInstance): boolean {
  const step = definition.steps[instance.step];
  return step?.kind === 'scope' && step.savePoint && (step.outgoing['resume']?.length ?? 0) > 0;
}

function beginHandler(definition: SagaDefinition, draft: Draft, path: string): void {
  const scope = draft.scope(path);
  const step = stepOfBody(definition, draft.view, path);
  if (!scope || !step) return;
  draft.setScope(path, { ...CALM, caught: scope.failure });
  begin(definition, draft, definition.scopes[step.id]?.handler ?? [], path);
}

/** The undo has reached the save-point: the run goes on from there by its other way. */
function resume(definition: SagaDefinition, draft: Draft, scope: ScopeState): void {
  const point = draft.view.instances[scope.savePoint ?? ''];
  const step = definition.steps[point?.step ?? ''];
  draft.setScope(scope.path, CALM);
  if (!point || !step) return;
  draft.patch(point.id, { port: 'resume' });
  leaveThrough(definition, draft, { resume: step.outgoing['resume'] ?? [] }, ['resume'], scope.path);
}

const CALM = { status: 'active', cause: null, failure: null, then: null, savePoint: null } as const;

// ---- closing ----

function closeBody(definition: SagaDefinition, draft: Draft, scope: ScopeState): void {
  draft.setScope(scope.path, {
    status: 'closed',
    output: scope.failure === null ? (scope.output ?? lastOutput(definition, draft.view, scope)) : null,
  });
  if (scope.container === null) return;
  const container = draft.view.instances[scope.container];
  const step = definition.steps[container?.step ?? ''];
  if (!container || !step || !isContainerStep(step)) return;
  if (scope.index !== null) return closeItem(definition, draft, step, container, scope);
  draft.patch(container.id, { status: 'closing' });
}

/** A loop goes on with its next item, or is over; by its own policy a failed item fails it. */
function closeItem(
  definition: SagaDefinition,
  draft: Draft,
  step: ContainerStep,
  container: StepInstance,
  item: ScopeState,
): void {
  const path = bodyPath(container);
  draft.countBody(path, -1);
  noteResult(draft, step, path, draft.scope(item.path) ?? item);
  const failsLoop = item.failure !== null && (step.kind !== 'for-each' || step.onItemFailure === 'fail');
  const why = failsLoop ? item.failure : tooMuch(draft, step, path);
  if (why !== null && !isStopping(draft.view, path)) failBody(definition, draft, path, 'failure', why);
  const loop = draft.scope(path);
  if (loop && loop.items !== null && item.index !== null && mayForget(definition, loop, item.index))
    draft.over.add(item.path);
  if (!loop || isStopping(draft.view, path)) return;
  if (loop.items !== null && loop.opened < loop.items.length) openNext(definition, draft, step, container.id, path);
  else if (loop.alive === 0) draft.patch(container.id, { status: 'closing' });
}

/** What an item has come to stays with its loop. A repeat looks at its latest pass, which is not forgotten. */
function noteResult(draft: Draft, step: ContainerStep, path: string, item: ScopeState): void {
  const { index, output } = item;
  const error = item.failure;
  const loop = draft.scope(path)?.loop;
  if (step.kind !== 'for-each' || !loop || index === null) return;
  if (error !== null) {
    const isTold = step.onItemFailure === 'collect' && loop.errors.length < MAX_ERRORS;
    if (isTold) draft.ownLoopList(path, 'errors').push({ index, error });
    const size = loop.size + (isTold ? JSON.stringify(error).length : 0);
    draft.setLoop(path, { failed: loop.failed + 1, size });
  }
  if (step.results === 'none') return;
  const results = draft.ownLoopList(path, 'results');
  while (results.length < index) results.push(null);
  results[index] = output;
  const { size = 0 } = draft.scope(path)?.loop ?? {};
  draft.setLoop(path, { size: size + JSON.stringify(output).length });
}

/** What a loop may keep is bounded: its results have to fit into one entry of the journal, and into the memory of a worker. */
function tooMuch(draft: Draft, step: ContainerStep, path: string): Failure | null {
  const size = draft.scope(path)?.loop?.size ?? 0;
  if (step.kind !== 'for-each' || size <= MAX_RESULTS_LENGTH) return null;
  const message = `The results of the items of ${step.name} come to more than ${MAX_RESULTS_LENGTH} characters; keep none of them ("results": "none"), or let an item come to less.`;
  return failure('user', 'for-each.results-too-big', message);
}

/** The result of the step that ended the path which ended last; what was undone again does not count. */
function lastOutput(definition: SagaDefinition, state: RunState, scope: ScopeState): Json | null {
  let last: StepInstance | null = null;
  for (const id of scope.members) {
    const instance = state.instances[id];
    if (instance?.status !== 'succeeded' || instance.undo.status === 'done') continue;
    const onward = definition.steps[instance.step]?.outgoing[instance.port ?? ''] ?? [];
    if (onward.length === 0 && instance.settledSeq > (last?.settledSeq ?? 0)) last = instance;
  }
  return last?.output ?? null;
}

/** Its container is settled: nothing happens in its bodies any more. */
export function closeContainer(draft: Draft, container: StepInstance): void {
  for (const body of bodiesOf(draft.view, container)) draft.setScope(body.path, { status: 'closed' });
}
