/** The undo order as the engine will run it, for a live run, a finished one, or a drawing. */
import { ROOT_SCOPE } from './definition.js';
import type { SagaDefinition, ScopeId, StepDefinition, StepId } from './definition.js';
import { causalPast } from './causality.js';
import { readyInstance } from './instance.js';
import type { InstanceId, RunState, StepInstance } from './state.js';

export interface UndoStep {
  readonly instance: InstanceId;
  /** Name of the compensation. */
  readonly name: string;
  /** 1 runs first; undos with the same number run in parallel. */
  readonly order: number;
  /** Undos of what causally followed: all of them are finished before this one starts (S16). */
  readonly after: readonly InstanceId[];
}

export interface UndoPlan {
  readonly steps: readonly UndoStep[];
  /** Effects that stay, and why. */
  readonly notUndone: readonly { readonly instance: InstanceId; readonly reason: NotUndone }[];
}

export type NotUndone = 'irreversible' | 'not-needed' | 'undeclared' | 'pivot' | 'before-pivot' | 'skipped';

/**
 * What would be undone, or is being undone, if the scope failed in this state (S14, S16, S23).
 * Undos already finished are in the plan as well, so that its numbers stay the same while it is carried out.
 */
export function undoPlan(definition: SagaDefinition, state: RunState, scope: ScopeId = ROOT_SCOPE): UndoPlan {
  const steps: StepInstance[] = [];
  const notUndone: { instance: InstanceId; reason: NotUndone }[] = [];
  const pivoted = (state.scopes[scope]?.pivot ?? null) !== null;
  for (const stepId of definition.scopes[scope]?.steps ?? []) {
    const instance = state.instances[stepId];
    const step = definition.steps[stepId];
    if (!instance || !step || (instance.status !== 'succeeded' && instance.status !== 'unknown')) continue;
    const reason = whyNotUndone(step, instance, pivoted);
    if (reason === null) steps.push(instance);
    else if (reason !== 'none') notUndone.push({ instance: instance.id, reason });
  }
  return { steps: inOrder(definition, state, steps), notUndone };
}

function whyNotUndone(step: StepDefinition, instance: StepInstance, pivoted: boolean): NotUndone | 'none' | null {
  if (step.undo.kind !== 'compensation') return step.undo.kind;
  if (instance.undo.status === 'skipped') return 'skipped';
  return pivoted && !instance.abandoned ? 'before-pivot' : null;
}

function inOrder(definition: SagaDefinition, state: RunState, undone: readonly StepInstance[]): UndoStep[] {
  const newestFirst = [...undone].sort((a, b) => b.settledSeq - a.settledSeq || b.readySeq - a.readySeq);
  const followers = new Map<InstanceId, InstanceId[]>(newestFirst.map(({ id }) => [id, []]));
  for (const later of newestFirst) {
    for (const earlier of causalPast(definition, state, [later.id])) followers.get(earlier)?.push(later.id);
  }
  const orders = new Map<InstanceId, number>();
  // What follows causally was ready after this was settled, so newest first meets followers first.
  return newestFirst.map(({ id, step }) => {
    const after = followers.get(id) ?? [];
    const order = 1 + Math.max(0, ...after.map((follower) => orders.get(follower) ?? 0));
    orders.set(id, order);
    const undo = definition.steps[step]?.undo;
    return { instance: id, name: undo?.kind === 'compensation' ? undo.name : step, order, after };
  });
}

/**
 * The undo plan when a step fails for good, as if everything that can come before it had succeeded. For the editor's
 * undo view; both sides of a branch are shown where both can lead to the step.
 */
export function undoPreview(definition: SagaDefinition, failingStep: StepId): UndoPlan {
  const past = ancestors(definition, failingStep);
  const instances: Record<InstanceId, StepInstance> = {};
  const transitions: Record<string, 'taken' | 'dead'> = {};
  let seq = 1;
  let pivot: InstanceId | null = null;
  for (const stepId of definition.order) {
    const step = definition.steps[stepId];
    if (!step || !past.has(stepId)) continue;
    seq += 1;
    const ready = readyInstance({ step: stepId, path: '', generation: 1 }, seq);
    instances[stepId] = { ...ready, status: 'succeeded', settledSeq: seq };
    for (const ids of Object.values(step.outgoing)) for (const id of ids) transitions[id] = 'taken';
    if (step.undo.kind === 'pivot') pivot = stepId;
  }
  return undoPlan(definition, {
    seq,
    status: 'compensating',
    runId: '',
    trigger: '',
    event: { id: '', source: '', type: '', subject: null, time: '', data: null, headers: {} },
    startedAt: 0,
    endedAt: null,
    instances,
    transitions,
    scopes: { [ROOT_SCOPE]: { status: 'compensating', cause: 'failure', failure: null, pivot } },
    live: [],
    undoing: [],
    incidents: {},
    cancel: null,
    output: null,
    failure: null,
  });
}

function ancestors(definition: SagaDefinition, step: StepId): Set<StepId> {
  const found = new Set<StepId>();
  const stack = [step];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    for (const transition of definition.steps[id]?.incoming ?? []) {
      const from = definition.transitions[transition]?.from;
      if (from === undefined || found.has(from) || !definition.steps[from]) continue;
      found.add(from);
      stack.push(from);
    }
  }
  return found;
}
