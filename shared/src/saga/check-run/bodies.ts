/** What is true of the bodies of a run at every moment, counted anew. */
import type { SagaDefinition } from '../definition.js';
import { isWithin, outerPath, scopeAt } from '../paths.js';
import type { RunState, ScopeState } from '../state.js';

/** @returns one sentence per violation */
export function checkBodies(definition: SagaDefinition, state: RunState): string[] {
  const found: string[] = [];
  const alive = new Map<string, number>();
  const count = (path: string) => alive.set(path, (alive.get(path) ?? 0) + 1);
  for (const id of state.live) {
    const instance = state.instances[id];
    if (!instance) found.push(`S28: ${id} is alive, and there is no such instance`);
    else count(instance.path);
  }
  const scopes = Object.values(state.scopes);
  for (const scope of scopes) {
    const loop = scope.index === null ? null : outerPath(scope.path);
    if (loop !== null && scope.status !== 'closed') count(loop);
  }
  for (const scope of scopes) {
    const here = alive.get(scope.path) ?? 0;
    if (here !== scope.alive) found.push(`S28: ${nameOf(scope)} counts ${scope.alive} alive, but there are ${here}`);
    if (scope.status === 'closed') found.push(...checkClosed(state, scope));
    else found.push(...checkOpen(definition, state, scope));
  }
  for (const id of state.undoing) {
    const status = state.instances[id]?.undo.status;
    if (status === undefined || status === 'none' || status === 'done' || status === 'skipped')
      found.push(`S14: the undo of ${id} is wanted, but it is ${status ?? 'not there'}`);
  }
  return [...found, ...checkIncidents(state)];
}

/** S20: whoever is asked is asked about something that waits for the answer. */
function checkIncidents(state: RunState): string[] {
  if (state.terminated !== null) return [];
  const found: string[] = [];
  for (const { id, instance: about, direction, resolved } of Object.values(state.incidents)) {
    const instance = state.instances[about];
    if (resolved || !instance) continue;
    const waits = direction === 'forward' ? instance.parked : instance.undo.status === 'blocked';
    if (!waits) found.push(`S20: incident ${id} is open, and nothing waits for it`);
  }
  return found;
}

function checkClosed(state: RunState, scope: ScopeState): string[] {
  return state.live
    .filter((id) => isWithin(state.instances[id]?.path ?? '', scope.path))
    .map((id) => `S15: ${nameOf(scope)} is closed, and ${id} in it is alive`);
}

function checkOpen(definition: SagaDefinition, state: RunState, scope: ScopeState): string[] {
  if (scope.container === null) return [];
  const found: string[] = [];
  const container = state.instances[scope.container];
  if (!container || !state.live.includes(scope.container))
    found.push(`S15: ${scope.container} is settled, and its body ${nameOf(scope)} is ${scope.status}`);
  if (scope.index !== null) return found;
  const step = definition.steps[container?.step ?? ''];
  const limit = step?.kind === 'for-each' ? step.limit : 1;
  if (step?.kind !== 'scope' && scope.alive > limit)
    found.push(`S30: ${nameOf(scope)} has ${scope.alive} items or passes under way, and may have ${limit}`);
  const outer = outerPath(scope.path);
  if (outer !== null && scopeAt(state, outer)?.status === 'closed')
    found.push(`S15: ${nameOf(scope)} is ${scope.status} in a body that is closed`);
  return found;
}

const nameOf = ({ path }: ScopeState) => (path === '' ? 'the run' : path);
