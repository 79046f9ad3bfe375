/**
 * Tokens over transitions (dead-path elimination, docs/adr/0002).
 *
 * 1. Every transition is settled once, `taken` or `dead`; a settled transition never changes.
 * 2. A plain step starts at its first taken transition (compile proves that there can only be one) and is dead when all
 *    of its incoming transitions are dead; a dead step settles its own transitions `dead`.
 * 3. A join for `all` starts when all its transitions are settled and one at least is taken; a join for n starts at the
 *    n-th taken one, or when all are settled and it can only fail (`join.unsatisfied`).
 */
import { readyInstance } from './instance.js';
import type { SagaDefinition, StepDefinition, StepOf, TransitionId } from './definition.js';
import type { Draft } from './draft.js';
import type { RunState } from './state.js';

/** How many taken transitions a join needs; null = all of them must be settled. */
export function joinThreshold(join: StepOf<'join'>): number | null {
  if (join.mode.kind === 'all') return null;
  return join.mode.kind === 'any' ? 1 : join.mode.n;
}

/** Settled transitions into a step: how many carry a token and how many are open yet. */
export function arrivals(state: RunState, step: StepDefinition): { taken: number; open: number } {
  let taken = 0;
  let open = 0;
  for (const id of step.incoming) {
    const value = state.transitions[id];
    if (value === 'taken') taken += 1;
    else if (value === undefined) open += 1;
  }
  return { taken, open };
}

/** A join whose transitions are all settled while too few carry a token. */
export function isUnsatisfied(state: RunState, join: StepOf<'join'>): boolean {
  return arrivals(state, join).taken < (joinThreshold(join) ?? 1);
}

function verdict(state: RunState, step: StepDefinition): 'start' | 'dead' | 'wait' {
  const { taken, open } = arrivals(state, step);
  if (taken === 0) return open === 0 ? 'dead' : 'wait';
  if (step.kind !== 'join') return 'start';
  const threshold = joinThreshold(step);
  if (open === 0 || (threshold !== null && taken >= threshold)) return 'start';
  return 'wait';
}

/** Settles the outgoing transitions of a step (or trigger) by the port it left through; null = by none. */
export function leaveThrough(
  definition: SagaDefinition,
  draft: Draft,
  outgoing: Readonly<Record<string, readonly TransitionId[]>>,
  port: string | null,
): void {
  const queue: { id: TransitionId; value: 'taken' | 'dead' }[] = [];
  const push = (ports: Readonly<Record<string, readonly TransitionId[]>>, chosen: string | null) => {
    for (const [name, ids] of Object.entries(ports)) {
      for (const id of ids) queue.push({ id, value: name === chosen ? 'taken' : 'dead' });
    }
  };
  push(outgoing, port);
  // The queue grows while it is walked; chains of any length need no recursion.
  for (let next = 0; next < queue.length; next += 1) {
    const item = queue[next];
    if (item === undefined || draft.view.transitions[item.id] !== undefined) continue;
    draft.settleTransition(item.id, item.value);
    const target = definition.steps[definition.transitions[item.id]?.to ?? ''];
    if (target === undefined || draft.view.instances[target.id] !== undefined) continue;
    const what = verdict(draft.view, target);
    if (what === 'start') {
      draft.putInstance(readyInstance({ step: target.id, path: '', generation: 1 }, draft.view.seq));
      draft.addLive(target.id);
    } else if (what === 'dead') {
      push(target.outgoing, null);
    }
  }
}
