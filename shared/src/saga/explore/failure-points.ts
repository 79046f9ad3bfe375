/**
 * Collects, per step whose failure for good fails a body, what has to be undone then: the longest plan met, and everything
 * that stays behind in any of them, since another way to the same failure may leave what the longest one does not have.
 */
import type { SagaDefinition, StepId } from '../definition.js';
import type { RunState, ScopeState, StepInstance } from '../state.js';
import { undoPlan } from '../undo-plan.js';
import type { UndoPlan } from '../undo-plan.js';

export class FailurePoints {
  private readonly plans = new Map<StepId, UndoPlan>();

  constructor(private readonly definition: SagaDefinition) {}

  /** Looks for bodies that have begun to undo (or had nothing to undo) because something in them failed. */
  note(before: RunState, after: RunState): void {
    if (before.scopes === after.scopes) return;
    for (const key in after.scopes) {
      const scope = after.scopes[key];
      const earlier = before.scopes[key];
      if (!scope || scope === earlier || scope.cause !== 'failure') continue;
      if (isUndoing(scope) && !(earlier && isUndoing(earlier))) this.record(after, scope);
    }
  }

  list(): { step: StepId; plan: UndoPlan }[] {
    return [...this.plans].map(([step, plan]) => ({ step, plan }));
  }

  private record(state: RunState, scope: ScopeState): void {
    const step = failedIn(state, scope);
    if (step === null) return;
    const plan = undoPlan(this.definition, state, scope.path);
    const known = this.plans.get(step);
    if (known === undefined) this.plans.set(step, plan);
    else {
      const longest = known.steps.length < plan.steps.length ? plan.steps : known.steps;
      const met = new Set(known.notUndone.map(({ instance }) => instance));
      const more = plan.notUndone.filter(({ instance }) => !met.has(instance));
      if (longest !== known.steps || more.length > 0)
        this.plans.set(step, { steps: longest, notUndone: [...known.notUndone, ...more] });
    }
  }
}

/** A body that closes because of a failure had nothing to undo. */
const isUndoing = ({ status, cause }: ScopeState) =>
  cause === 'failure' && (status === 'compensating' || status === 'closed');

/** The first step of a body that failed and found no way on; the container itself when its time ran out. */
function failedIn(state: RunState, scope: ScopeState): StepId | null {
  let first: StepInstance | null = null;
  for (const id of scope.members) {
    const instance = state.instances[id];
    if (!instance || instance.port !== null || (instance.status !== 'failed' && instance.status !== 'unknown'))
      continue;
    if (first === null || instance.settledSeq < first.settledSeq) first = instance;
  }
  return first?.step ?? state.instances[scope.container ?? '']?.step ?? null;
}
