/**
 * Tokens over transitions (dead-path elimination, docs/adr/0002), in one body at a time.
 *
 * 1. Every transition is settled once per body, `taken` or `dead`; a settled transition never changes.
 * 2. A plain step starts at its first taken transition (compile proves that there can only be one) and is dead when all
 *    of its incoming transitions are dead; a dead step settles its own transitions `dead`.
 * 3. A join for `all` starts when all its transitions are settled and one at least is taken; a join for n starts at the
 *    n-th taken one, or when all are settled and it can only fail (`join.unsatisfied`).
 * 4. What handles a failure, and what a save-point resumes by, is settled only when it comes to that: nothing else leads there.
 */
import { currentId, transitionKey } from './paths.js';
import type { SagaDefinition, StepDefinition, StepId, StepOf, TransitionId } from './definition.js';
import type { Draft } from './draft.js';
import type { RunState } from './state.js';

/** How many taken transitions a join needs; null = all of them must be settled. */
export function joinThreshold(join: StepOf<'join'>): number | null {
  if (join.mode.kind === 'all') return null;
  return join.mode.kind === 'any' ? 1 : join.mode.n;
}

/** Settled transitions into a step: how many carry a token and how many are open yet. */
export function arrivals(state: RunState, step: StepDefinition, path: string): { taken: number; open: number } {
  let taken = 0;
  let open = 0;
  for (const id of step.incoming) {
    const value = state.transitions[transitionKey(id, path)];
    if (value === 'taken') taken += 1;
    else if (value === undefined) open += 1;
  }
  return { taken, open };
}

/** The same, at the cost of one count however many arrive. */
function arrivalsSoFar(draft: Draft, step: StepDefinition, path: string): { taken: number; open: number } {
  const count = () => arrivals(draft.view, step, path);
  return step.incoming.length < MANY ? count() : draft.arrivalsAt(transitionKey(step.id, path), count);
}

const MANY = 16;

/** A join whose transitions are all settled while too few carry a token. */
export function isUnsatisfied(state: RunState, join: StepOf<'join'>, path: string): boolean {
  return arrivals(state, join, path).taken < (joinThreshold(join) ?? 1);
}

function verdict(draft: Draft, step: StepDefinition, path: string): 'start' | 'dead' | 'wait' {
  const { taken, open } = arrivalsSoFar(draft, step, path);
  if (taken === 0) return open === 0 ? 'dead' : 'wait';
  if (step.kind !== 'join') return 'start';
  const threshold = joinThreshold(step);
  if (open === 0 || (threshold !== null && taken >= threshold)) return 'start';
  return 'wait';
}

type Ports = Readonly<Record<string, readonly TransitionId[]>>;

/**
 * Settles the outgoing transitions of a step (or trigger) by the ports it left through; none of them = all dead.
 * A save-point that was passed keeps its `resume` unsettled (S24).
 */
export function leaveThrough(
  definition: SagaDefinition,
  draft: Draft,
  outgoing: Ports,
  ports: readonly string[],
  path: string,
): void {
  const queue: Settling[] = [];
  for (const [name, ids] of Object.entries(outgoing)) {
    const taken = ports.includes(name);
    if (!taken && name === 'resume' && ports.includes('out')) continue;
    for (const id of ids) queue.push({ id, value: taken ? 'taken' : 'dead' });
  }
  settleAll(definition, draft, queue, path);
}

/** Puts a token on each of the transitions: where a body begins, and where its handler does. */
export function begin(
  definition: SagaDefinition,
  draft: Draft,
  transitions: readonly TransitionId[],
  path: string,
): void {
  settleAll(
    definition,
    draft,
    transitions.map((id) => ({ id, value: 'taken' })),
    path,
  );
}

interface Settling {
  readonly id: TransitionId;
  readonly value: 'taken' | 'dead';
}

function settleAll(definition: SagaDefinition, draft: Draft, queue: Settling[], path: string): void {
  // The queue grows while it is walked; chains of any length need no recursion.
  for (let next = 0; next < queue.length; next += 1) {
    const item = queue[next];
    if (item === undefined) continue;
    const key = transitionKey(item.id, path);
    if (draft.view.transitions[key] !== undefined) continue;
    const target = definition.steps[definition.transitions[item.id]?.to ?? ''];
    draft.settleTransition(key, item.value, { step: target?.id ?? '', path });
    if (target === undefined || startIfReached(draft, target, path) !== 'dead') continue;
    for (const ids of Object.values(target.outgoing)) for (const id of ids) queue.push({ id, value: 'dead' });
  }
}

/** Makes an instance of a step whose tokens are there. */
function startIfReached(draft: Draft, step: StepDefinition, path: string): 'start' | 'dead' | 'wait' {
  if (draft.view.instances[currentId(draft.view, step.id, path)] !== undefined) return 'wait';
  const what = verdict(draft, step, path);
  if (what === 'start') {
    const generation = draft.view.generations[transitionKey(step.id, path)] ?? 1;
    draft.addReady({ step: step.id, path, generation });
  }
  return what;
}

/**
 * Has steps of a body done again (S21, resume forward): each gets its next generation and begins when its tokens are there.
 * Their ways on are settled anew, and so is what had been dead behind them.
 */
export function redo(definition: SagaDefinition, draft: Draft, steps: readonly StepId[], path: string): void {
  for (const step of steps) draft.nextGeneration(step, path);
  const stack = [...steps];
  const seen = new Set<StepId>(steps);
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    for (const ids of Object.values(definition.steps[id]?.outgoing ?? {})) {
      for (const transition of ids) {
        draft.unsettleTransition(transitionKey(transition, path));
        const target = definition.transitions[transition]?.to ?? '';
        const exists = draft.view.instances[currentId(draft.view, target, path)] !== undefined;
        if (exists || seen.has(target)) continue;
        seen.add(target);
        stack.push(target);
      }
    }
  }
  for (const id of steps) {
    const step = definition.steps[id];
    if (step) startIfReached(draft, step, path);
  }
}
