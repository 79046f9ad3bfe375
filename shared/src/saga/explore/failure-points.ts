/**
 * Collects, per step whose failure for good fails a body, what has to be undone then: the longest plan met, and everything
 * that stays behind in any of them, since another way to the same failure may leave what the longest one does not have.
 * Of failures that a way of their own takes (S13) it collects who takes them, and what was in force then.
 */
import { upToSavePoint } from '../bodies.js';
import { effectsInForce } from '../effects.js';
import { instanceId } from '../instance.js';
import type { NewEntry } from '../journal.js';
import { isWithin, outerPath, pathsOutwards, scopeAt } from '../paths.js';
import { bodySteps, targets } from '../undo-preview.js';
import type { FailureTaken } from '../undo-preview.js';
import type { SagaDefinition, StepId } from '../definition.js';
import type { RunState, ScopeState, StepInstance } from '../state.js';
import { undoPlan } from '../undo-plan.js';
import type { UndoPlan } from '../undo-plan.js';

/** A failure that does not fail what is around it, since somebody takes it. */
export interface HandledFailure {
  readonly step: StepId;
  readonly taken: FailureTaken;
  /** What is undone before that: in a scope that is undone as a unit, and behind a save-point. */
  readonly plan: UndoPlan;
  /** Effects in force when it was taken, in any of the ways to it, in the order of the drawing; of loops its own item. */
  readonly stays: readonly StepId[];
}

export class FailurePoints {
  private readonly plans = new Map<StepId, UndoPlan>();
  private readonly handled = new Map<string, Omit<HandledFailure, 'stays'> & { readonly stays: Set<StepId> }>();

  constructor(private readonly definition: SagaDefinition) {}

  /** Looks for bodies that have begun to undo (or had nothing to undo) because something in them failed, and for ways out. */
  note(before: RunState, after: RunState, entry: NewEntry): void {
    this.noteOwnWay(after, entry);
    if (before.scopes === after.scopes) return;
    for (const key in after.scopes) {
      const scope = after.scopes[key];
      const earlier = before.scopes[key];
      if (!scope || scope === earlier) continue;
      if (scope.caught !== null && earlier?.caught === null) this.noteHandler(after, scope);
      if (scope.cause !== 'failure') continue;
      if (isUndoing(scope) && !(earlier && isUndoing(earlier))) this.record(after, scope);
    }
  }

  list(): { step: StepId; plan: UndoPlan }[] {
    return [...this.plans].map(([step, plan]) => ({ step, plan }));
  }

  takenByTheirOwn(): HandledFailure[] {
    return [...this.handled.values()].map(({ stays, ...each }) => ({
      ...each,
      stays: this.definition.order.filter((id) => stays.has(id)),
    }));
  }

  private noteOwnWay(state: RunState, entry: NewEntry): void {
    if ((entry.type !== 'step.failed' && entry.type !== 'step.unknown') || entry.direction === 'undo') return;
    const instance = state.instances[instanceId(entry)];
    if (!instance || instance.port === null || (instance.status !== 'failed' && instance.status !== 'unknown')) return;
    const by = instance.step;
    const kind = instance.port === 'error' ? 'error-edge' : instance.port === 'timeout' ? 'timeout-edge' : 'continue';
    const way = targets(this.definition, this.definition.steps[by]?.outgoing[instance.port]);
    this.take(state, instance.path, by, { kind, by, way });
  }

  private noteHandler(state: RunState, scope: ScopeState): void {
    const step = this.failedIn(state, scope, false);
    const by = state.instances[scope.container ?? '']?.step;
    if (step === null || by === undefined) return;
    this.take(state, scope.path, step, this.handlerOf(by));
  }

  /** @param path of the body in which it failed */
  private take(state: RunState, path: string, step: StepId, taken: FailureTaken, plan: UndoPlan = NOTHING): void {
    const key = `${taken.kind} ${taken.by} ${step}`;
    const known = this.handled.get(key) ?? { step, taken, plan, stays: new Set() };
    const undone = new Set(plan.steps.map(({ instance }) => instance));
    for (const each of effectsInForce(this.definition, state))
      if (!undone.has(each.id) && !isOfOtherItem(state, path, each.path)) known.stays.add(each.step);
    this.handled.set(key, { ...known, plan: both(known.plan, plan) });
  }

  private record(state: RunState, scope: ScopeState): void {
    const step = this.failedIn(state, scope, scope.caught !== null);
    if (step === null) return;
    const plan = undoPlan(this.definition, state, scope.path);
    const by = state.instances[scope.container ?? '']?.step;
    const point = state.instances[scope.savePoint ?? ''];
    if (point) {
      const way = targets(this.definition, this.definition.steps[point.step]?.outgoing['resume']);
      const kept = upToSavePoint(this.definition, state, point);
      const steps = plan.steps.filter(({ instance }) => !kept.has(instance));
      const notUndone = plan.notUndone.filter(({ instance }) => !kept.has(instance));
      this.take(state, scope.path, step, { kind: 'save-point', by: point.step, way }, { steps, notUndone });
    } else if (scope.then === 'undo-then-handler' && by !== undefined) {
      this.take(state, scope.path, step, this.handlerOf(by), plan);
    } else {
      const known = this.plans.get(step);
      this.plans.set(step, known === undefined ? plan : both(known, plan));
    }
  }

  private handlerOf(scope: StepId): FailureTaken {
    return { kind: 'handler', by: scope, way: targets(this.definition, this.definition.scopes[scope]?.handler) };
  }

  /**
   * The first step of a body that failed and found no way on; the container itself when its time ran out.
   *
   * @param inHandler what failed before the handler began is taken care of
   */
  private failedIn(state: RunState, scope: ScopeState, inHandler: boolean): StepId | null {
    const container = state.instances[scope.container ?? '']?.step ?? null;
    const over = new Set(inHandler && container !== null ? bodySteps(this.definition, container) : []);
    let first: StepInstance | null = null;
    for (const id of scope.members) {
      const instance = state.instances[id];
      if (!instance || instance.port !== null || (instance.status !== 'failed' && instance.status !== 'unknown'))
        continue;
      if (over.has(instance.step)) continue;
      if (first === null || instance.settledSeq < first.settledSeq) first = instance;
    }
    return first?.step ?? container;
  }
}

/** It lies in another item or pass of a loop around the failure: what becomes of that is told of its own steps. */
function isOfOtherItem(state: RunState, failed: string, path: string): boolean {
  return [...pathsOutwards(failed)].some((body) => {
    const loop = scopeAt(state, body)?.index == null ? null : outerPath(body);
    return loop !== null && isWithin(path, loop) && !isWithin(path, body);
  });
}

const NOTHING: UndoPlan = { steps: [], notUndone: [] };

/** The longer of two plans, and everything that stays in either. */
function both(known: UndoPlan, plan: UndoPlan): UndoPlan {
  const met = new Set(known.notUndone.map(({ instance }) => instance));
  return {
    steps: known.steps.length < plan.steps.length ? plan.steps : known.steps,
    notUndone: [...known.notUndone, ...plan.notUndone.filter(({ instance }) => !met.has(instance))],
  };
}

/** A body that closes because of a failure had nothing to undo. */
const isUndoing = ({ status, cause }: ScopeState) =>
  cause === 'failure' && (status === 'compensating' || status === 'closed');
