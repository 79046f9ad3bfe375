/** The undo order as the engine will run it, for a live run, a finished one, or a body of one. */
import { isCompensatable } from './definition.js';
import type { SagaDefinition, StepDefinition } from './definition.js';
import { causalPast } from './causality.js';
import { effectsUnder, owingItems } from './effects.js';
import { isPivoted, isWithin, pathsOutwards, ROOT_PATH } from './paths.js';
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
 * What would be undone, or is being undone, if a body failed in this state (S14, S16, S18, S23).
 * Undos already finished are in the plan as well, so that its numbers stay the same while it is carried out.
 *
 * @param path the body; default the whole run
 */
export function undoPlan(definition: SagaDefinition, state: RunState, path: string = ROOT_PATH): UndoPlan {
  const steps: StepInstance[] = [];
  const notUndone: { instance: InstanceId; reason: NotUndone }[] = [];
  for (const instance of effectsUnder(definition, state, path)) {
    const step = definition.steps[instance.step];
    if (owingItems(state, instance) > 0) steps.push(instance);
    if (!step || (instance.status !== 'succeeded' && instance.status !== 'unknown')) continue;
    const reason = whyNotUndone(state, step, instance, path);
    if (reason === null) steps.push(instance);
    else if (reason !== 'none') notUndone.push({ instance: instance.id, reason });
  }
  return { steps: inOrder(definition, state, steps), notUndone };
}

function whyNotUndone(
  state: RunState,
  step: StepDefinition,
  instance: StepInstance,
  from: string,
): NotUndone | 'none' | null {
  if (!isCompensatable(step.undo)) return step.undo.kind;
  if (instance.undo.status === 'skipped') return 'skipped';
  // An item that fails behind a pivot is undone on its own: what is around the body that fails is not asked.
  const pivoted = [...pathsOutwards(instance.path)].some((path) => isWithin(path, from) && isPivoted(state, path));
  return pivoted && !instance.abandoned && instance.undo.status !== 'done' ? 'before-pivot' : null;
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
    return { instance: id, name: undoName(definition, step), order, after };
  });
}

function undoName(definition: SagaDefinition, id: string): string {
  const step = definition.steps[id];
  if (step?.undo.kind === 'compensation') return step.undo.name;
  return `Undo ${step?.name ?? id}`;
}
