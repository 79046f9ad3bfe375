/**
 * Where in a run something is.
 *
 * A path names a body: '' is the run itself; `try` is the body of the scope `try`; `items` is the loop `items` as a whole and
 * `items[3]` its item 3 (from 0); `items[3]/try` is a scope inside that item. A container done again by a person has its
 * generation in its segment: `try#2`. Step ids hold none of `/ [ ] # @`.
 */
import { ROOT_SCOPE } from './definition.js';
import { instanceId } from './instance.js';
import type { InstanceRef } from './instance.js';
import type { InstanceId, RunState, ScopeKey, ScopeState, StepInstance } from './state.js';

export const ROOT_PATH = '';

/** Under this key a path's state is kept in `RunState.scopes`. */
export function scopeKey(path: string): ScopeKey {
  return path === ROOT_PATH ? ROOT_SCOPE : `@${path}`;
}

export function scopeAt(state: RunState, path: string): ScopeState | undefined {
  return state.scopes[scopeKey(path)];
}

/** Path of a container's body: of a scope, or of a loop as a whole. */
export function bodyPath(container: InstanceRef): string {
  const segment = container.generation === 1 ? container.step : `${container.step}#${container.generation}`;
  return container.path === ROOT_PATH ? segment : `${container.path}/${segment}`;
}

/** Path of one item or pass of a loop. */
export function itemPath(loop: string, index: number): string {
  return `${loop}[${index}]`;
}

/** The body that a path lies in; null for the run itself. An item lies in its loop. */
export function outerPath(path: string): string | null {
  if (path === ROOT_PATH) return null;
  if (path.endsWith(']')) return path.slice(0, path.lastIndexOf('['));
  const slash = path.lastIndexOf('/');
  return slash < 0 ? ROOT_PATH : path.slice(0, slash);
}

/** The path itself, then everything it lies in, the run last. */
export function* pathsOutwards(path: string): Generator<string> {
  for (let at: string | null = path; at !== null; at = outerPath(at)) yield at;
}

/** A path lies in another, or is it. */
export function isWithin(path: string, outer: string): boolean {
  if (outer === ROOT_PATH || path === outer) return true;
  if (!path.startsWith(outer)) return false;
  const next = path[outer.length];
  return next === '/' || next === '[';
}

/** Of steps at this path, results can be read from another: it encloses that one, or only plain scopes lie between. */
export function isVisibleFrom(path: string, reader: string): boolean {
  if (isWithin(reader, path)) return true;
  for (const outer of pathsOutwards(reader)) {
    if (isWithin(path, outer)) return !path.slice(outer.length).includes('[');
  }
  return false;
}

/** Key of a transition in one body. */
export function transitionKey(id: string, path: string): string {
  return path === ROOT_PATH ? id : `${id}@${path}`;
}

/** The latest instance of a step in a body. */
export function instanceAt(state: RunState, step: string, path: string): StepInstance | undefined {
  return state.instances[currentId(state, step, path)];
}

export function currentId(state: RunState, step: string, path: string): InstanceId {
  return instanceId({ step, path, generation: state.generations[transitionKey(step, path)] ?? 1 });
}

/** Indexes of the items or passes that the state holds of a loop; of other bodies none. */
export function indexesOf(scope: ScopeState | undefined): readonly number[] {
  return scope?.loop?.bodies ?? NONE;
}

const NONE: readonly number[] = [];

/** Every body of an open or finished container: the scope, or the loop and its items, in order. */
export function bodiesOf(state: RunState, container: StepInstance): ScopeState[] {
  const whole = scopeAt(state, bodyPath(container));
  if (!whole) return [];
  const bodies = [whole];
  for (const index of indexesOf(whole)) {
    const body = scopeAt(state, itemPath(whole.path, index));
    if (body) bodies.push(body);
  }
  return bodies;
}

/** All instances in a body and in the bodies inside it, outer before inner, each body in the order of its members. */
export function* instancesUnder(state: RunState, path: string): Generator<StepInstance> {
  const scope = scopeAt(state, path);
  if (!scope) return;
  for (const index of indexesOf(scope)) yield* instancesUnder(state, itemPath(path, index));
  for (const id of scope.members) {
    const instance = state.instances[id];
    if (!instance) continue;
    yield instance;
    if (scopeAt(state, bodyPath(instance))) yield* instancesUnder(state, bodyPath(instance));
  }
}

/** All bodies inside a body, outer before inner. */
export function* scopesUnder(state: RunState, path: string): Generator<ScopeState> {
  const scope = scopeAt(state, path);
  if (!scope) return;
  const inner: string[] = [];
  for (const index of indexesOf(scope)) inner.push(itemPath(path, index));
  for (const id of scope.members) {
    const instance = state.instances[id];
    if (instance) inner.push(bodyPath(instance));
  }
  for (const each of inner) {
    const body = scopeAt(state, each);
    if (!body) continue;
    yield body;
    yield* scopesUnder(state, each);
  }
}

/** What it lies in, or it itself, is being stopped: nothing new starts in it (S15). */
export function isStopping(state: RunState, path: string): boolean {
  for (const at of pathsOutwards(path)) {
    const status = scopeAt(state, at)?.status;
    if (status !== undefined && status !== 'active') return true;
  }
  return false;
}

/** A pivot has succeeded here or in a body inside (S23). */
export function isPivoted(state: RunState, path: string): boolean {
  return scopeAt(state, path)?.pivot != null;
}
