/**
 * A loop over very many items keeps in mind only those under way (docs/adr/0015). Everything about an item that is over leaves
 * the state: its instances, bodies, tokens, generations. What stays is in `LoopState`: what it has come to and, if its effects
 * are in force, where in the journal it stands. When the loop is undone, its container stands in the order of undos for its
 * forgotten items: some at a time are brought back (`item.recalled`), undone, and forgotten again.
 *
 * 1. An item is forgotten only when nothing that may yet come is about it: nothing in it lives or is being undone, nobody waits
 *    for an answer that could still tell of an effect (S22), no person was asked about it, no pivot lies in it, and no event was
 *    taken by it that could come once more for another item (S31).
 * 2. Entries about it that come all the same change nothing (evolve is total).
 * 3. Forgetting shows in nothing that a run does: with and without it, a journal means the same (check-run.ts folds both).
 */
import { FORGETS_BEYOND } from './definition.js';
import type { SagaDefinition, ScopeId, TransitionId } from './definition.js';
import type { Draft } from './draft.js';
import { effectsUnder, owesUndo, owingItems } from './effects.js';
import { eventTaken } from './event-taken.js';
import type { EntryOf } from './journal.js';
import { instanceId } from './instance.js';
import { bodyPath, instancesUnder, itemPath, outerPath, pathsOutwards, scopesUnder, transitionKey } from './paths.js';
import type { InstanceId, ScopeState, StepInstance } from './state.js';

/** Three numbers per item in {@link LoopState.owing}. */
export const OWING_WIDTH = 3;

/** The definition under which every item is kept in mind. */
export function neverForgetting(definition: SagaDefinition): SagaDefinition {
  return { ...definition, forgetsBeyond: Number.MAX_SAFE_INTEGER };
}

/** A body of a loop is over: may it leave the state? The passes of a repeat stay until two more have begun. */
export function mayForget(definition: SagaDefinition, loop: ScopeState, index: number): boolean {
  const most = definition.forgetsBeyond ?? FORGETS_BEYOND;
  if (loop.items !== null) return loop.items.length > most;
  return loop.opened > most && index < loop.opened - 2;
}

/** An undo has come to its end: the items around it may be forgotten again. */
export function noteOver(definition: SagaDefinition, draft: Draft, path: string): void {
  for (const at of pathsOutwards(path)) {
    const scope = draft.scope(at);
    const loop = scope?.index == null ? undefined : draft.scope(outerPath(at) ?? '');
    if (scope?.index != null && loop && mayForget(definition, loop, scope.index)) draft.over.add(at);
  }
}

/** After an entry: forgets what is over by it, inner bodies first. */
export function forgetWhatIsOver(definition: SagaDefinition, draft: Draft): void {
  if (draft.over.size === 0) return;
  const paths = [...draft.over].sort((a, b) => b.length - a.length);
  draft.over.clear();
  for (const path of paths) {
    const item = draft.scope(path);
    if (item?.status === 'closed' && item.index !== null && isForgettable(definition, draft, path))
      forget(definition, draft, item);
  }
}

function isForgettable(definition: SagaDefinition, draft: Draft, path: string): boolean {
  for (const scope of [...scopesUnder(draft.view, path), draft.scope(path)]) {
    if (!scope || scope.status !== 'closed' || scope.pivot !== null || (scope.loop?.owing.length ?? 0) > 0)
      return false;
  }
  for (const instance of instancesUnder(draft.view, path))
    if (!isOver(draft, instance) || tookEvent(definition, instance)) return false;
  return true;
}

function tookEvent({ steps }: SagaDefinition, instance: StepInstance): boolean {
  const kind = steps[instance.step]?.kind;
  return (kind === 'wait' || kind === 'race') && eventTaken(instance) !== null;
}

/** Nothing more can come about it, except its undo. */
function isOver(draft: Draft, { id, status, doubtful, parked, childCancelled, replaced, undo }: StepInstance): boolean {
  if (parked || childCancelled || replaced.length > 0 || draft.isLive(id) || draft.isUndoWanted(id)) return false;
  if (status === 'unknown' || (doubtful && status !== 'succeeded')) return false;
  if (undo.status !== 'none' && undo.status !== 'captured' && undo.status !== 'done') return false;
  return undo.round === 1 && undo.further.length === 0 && !draft.isInIncident(id);
}

function forget(definition: SagaDefinition, draft: Draft, item: ScopeState): void {
  const { path, index } = item;
  const loop = outerPath(path);
  if (loop === null || index === null) return;
  const scopes = [...scopesUnder(draft.view, path), item];
  const instances = [...instancesUnder(draft.view, path)];
  if ([...effectsUnder(definition, draft.view, path)].some((each) => owesUndo(definition, each))) {
    const first = Math.min(...instances.map(({ readySeq }) => readySeq));
    draft.ownLoopList(loop, 'owing').push(index, first, draft.view.seq);
  }
  if (instances.some(({ undo }) => undo.status === 'done') || scopes.some((each) => (each.loop?.undone ?? 0) > 0)) {
    draft.set({ forgotUndone: true });
    // What an item lost while its loop went on all the same was dealt with.
    if (!draft.isLive(item.container ?? ''))
      draft.setLoop(loop, { undone: (draft.scope(loop)?.loop?.undone ?? 0) + 1 });
  }
  const bodies = draft.ownLoopList(loop, 'bodies');
  const at = bodies.indexOf(index);
  if (at >= 0) bodies.splice(at, 1);
  for (const instance of instances) draft.dropInstance(instance);
  for (const scope of scopes) dropBody(definition, draft, scope, instances);
}

function dropBody(
  definition: SagaDefinition,
  draft: Draft,
  { path, container }: ScopeState,
  instances: readonly StepInstance[],
): void {
  const owner = draft.view.instances[container ?? '']?.step ?? instances.find(({ id }) => id === container)?.step ?? '';
  for (const id of transitionsIn(definition, owner)) draft.unsettleTransition(transitionKey(id, path));
  for (const id of definition.scopes[owner]?.steps ?? []) draft.dropGeneration(transitionKey(id, path));
  draft.dropScope(path);
}

const known = new WeakMap<SagaDefinition, Map<ScopeId, TransitionId[]>>();

/** Transitions that are settled in a body of the scope. */
function transitionsIn(definition: SagaDefinition, scope: ScopeId): readonly TransitionId[] {
  let byScope = known.get(definition);
  if (!byScope) {
    byScope = new Map();
    for (const { id, to } of Object.values(definition.transitions)) {
      const of = definition.steps[to]?.scope ?? '';
      byScope.set(of, [...(byScope.get(of) ?? []), id]);
    }
    known.set(definition, byScope);
  }
  return byScope.get(scope) ?? [];
}

// ---- bringing back ----

/** The undo of forgotten items is wanted as well: their loop stands for them. */
export function wantRecall(draft: Draft, id: InstanceId): void {
  const container = draft.view.instances[id];
  if (!container || owingItems(draft.view, container) === 0 || draft.isUndoWanted(id)) return;
  draft.patchUndo(id, { status: 'captured' });
  draft.addUndoing(id);
}

/** Nobody wants it any more, or nothing is left to bring back. */
export function dropRecall(draft: Draft, id: InstanceId): void {
  draft.removeUndoing(id);
  draft.patchUndo(id, { status: 'none' });
}

/** @returns whether the last of the items that it stood for are back */
export function recalled(definition: SagaDefinition, draft: Draft, entry: EntryOf<'item.recalled'>): boolean {
  const id = instanceId(entry);
  const container = draft.view.instances[id];
  const loop = container && bodyPath(container);
  if (!container || loop === undefined || !draft.isUndoWanted(id)) return false;
  const owing = draft.ownLoopList(loop, 'owing');
  const back = entry.items.filter(({ index }) => isOwing(owing, index));
  for (const item of back) {
    const at = placeOf(owing, item.index);
    // The list may become empty below: until then the loop's place in the order of undos goes by it.
    if (owing.length > OWING_WIDTH) owing.splice(at, OWING_WIDTH);
    else {
      draft.removeUndoing(id);
      owing.splice(at, OWING_WIDTH);
      draft.patchUndo(id, { status: 'none' });
    }
    bringBack(definition, draft, loop, container, item);
  }
  return back.length > 0 && owing.length === 0;
}

function bringBack(
  definition: SagaDefinition,
  draft: Draft,
  loop: string,
  { abandoned }: StepInstance,
  { index, scopes, instances, taken }: EntryOf<'item.recalled'>['items'][number],
): void {
  const path = itemPath(loop, index);
  const bodies = draft.ownLoopList(loop, 'bodies');
  const behind = bodies.findIndex((each) => each > index);
  bodies.splice(behind < 0 ? bodies.length : behind, 0, index);
  for (const scope of scopes) draft.restoreScope(scope as unknown as ScopeState);
  for (const instance of instances) draft.restoreInstance({ ...(instance as unknown as StepInstance), abandoned });
  for (const key of taken) draft.settleTransition(key, 'taken');
  for (const effect of [...effectsUnder(definition, draft.view, path)])
    if (owesUndo(definition, effect)) draft.addUndoing(effect.id);
  if (!draft.isUndoing(path)) draft.over.add(path);
}

const isOwing = (owing: readonly number[], index: number) => placeOf(owing, index) >= 0;

/** From the end, where the next ones to be undone are. */
function placeOf(owing: readonly number[], index: number): number {
  for (let at = owing.length - OWING_WIDTH; at >= 0; at -= OWING_WIDTH) if (owing[at] === index) return at;
  return -1;
}
