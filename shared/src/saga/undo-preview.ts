/** What a failure leads to in a drawing, before anything has run: for the editor's undo view. */
import { lastSavePoint, upToSavePoint } from './bodies.js';
import { isContainerStep, ROOT_SCOPE } from './definition.js';
import type { SagaDefinition, ScopeId, StepDefinition, StepId, TransitionId } from './definition.js';
import { NEW_LOOP, newScope } from './draft.js';
import { effectsInForce } from './effects.js';
import { readyInstance } from './instance.js';
import { bodyPath, itemPath, ROOT_PATH, scopeAt, scopeKey, transitionKey } from './paths.js';
import { undoPlan } from './undo-plan.js';
import type { UndoPlan } from './undo-plan.js';
import type { InstanceId, RunState, ScopeState, StepInstance } from './state.js';

/** Who takes a failure, so that it does not end the run (S13, S24). */
export interface FailureTaken {
  /**
   * `error-edge`, `timeout-edge`, `continue`, `person` (it is parked): the choice of `by`, the step or a container around it;
   * `item`: the loop `by` goes on without the item; `handler`: of the scope `by`; `save-point`: the scope `by`.
   */
  readonly kind: 'error-edge' | 'timeout-edge' | 'continue' | 'person' | 'item' | 'handler' | 'save-point';
  readonly by: StepId;
  /** Steps that the run goes on with, where it has a way of its own for that. */
  readonly way: readonly StepId[];
}

/** What is undone, and what is not, when a step fails for good. */
export interface FailurePreview extends UndoPlan {
  /** Null when nobody takes the failure: then the run is undone. */
  readonly taken: FailureTaken | null;
  /** Took effect before and stays in force because the failure is taken; in the order of the drawing. */
  readonly stays: readonly StepId[];
}

/**
 * What follows when a step fails for good, as if everything that can come before it had succeeded and every loop had run once.
 * Both sides of a branch are shown where both can lead to the step. The failure goes outwards as in a run (S13): the step's
 * own choice, then the handler of its scope, else what is in the scope is undone (down to its last save-point, S24) and the
 * scope has failed in the same way.
 */
export function undoPreview(definition: SagaDefinition, failingStep: StepId): FailurePreview {
  const { state } = new Preview(definition, failingStep);
  const { taken, undone, kept } = courseOf(definition, state, failingStep);
  const plan = undone === null ? { steps: [], notUndone: [] } : undoPlan(definition, state, undone);
  if (taken === null) return { ...plan, taken, stays: [] };
  const steps = plan.steps.filter(({ instance }) => !kept.has(instance));
  const notUndone = plan.notUndone.filter(({ instance }) => !kept.has(instance));
  const told = new Set([...steps, ...notUndone].map(({ instance }) => instance));
  const left = new Set(
    effectsInForce(definition, state).flatMap(({ id, step }) => (told.has(id) || step === failingStep ? [] : [step])),
  );
  return { steps, notUndone, taken, stays: definition.order.filter((id) => left.has(id)) };
}

interface Course {
  readonly taken: FailureTaken | null;
  /** The body that is undone; null = nothing is. */
  readonly undone: string | null;
  /** What in it stays all the same. */
  readonly kept: ReadonlySet<InstanceId>;
}

/** The way of a failure outwards. */
function courseOf(definition: SagaDefinition, state: RunState, failing: StepId): Course {
  const nothing: ReadonlySet<InstanceId> = new Set();
  const pivoted = scopeAt(state, ROOT_PATH)?.pivot != null;
  let undone: string | null = null;
  for (let at = definition.steps[failing]; at !== undefined;) {
    const own = ownChoice(definition, at);
    if (own !== null) return { taken: own, undone, kept: nothing };
    const holder: StepDefinition | undefined = definition.steps[at.scope];
    const container: StepInstance | undefined =
      holder && Object.values(state.instances).find(({ step }) => step === holder.id);
    const path = container ? bodyPath(container) : ROOT_PATH;
    if (holder?.kind === 'scope' && handles(definition, holder, at)) {
      const way = targets(definition, definition.scopes[holder.id]?.handler);
      const asUnit = holder.undoAsUnit && !pivoted;
      return { taken: { kind: 'handler', by: holder.id, way }, undone: asUnit ? path : undone, kept: nothing };
    }
    // S23: nothing is undone any more, which the plan of the whole run says of each effect.
    if (pivoted) return { taken: null, undone: ROOT_PATH, kept: nothing };
    const body = holder && holder.kind !== 'scope' ? itemPath(path, 0) : path;
    const scope = scopeAt(state, body);
    const savePoint = scope ? lastSavePoint(definition, state, scope) : null;
    if (savePoint !== null) {
      const way = targets(definition, definition.steps[savePoint.step]?.outgoing['resume']);
      const kept = upToSavePoint(definition, state, savePoint);
      return { taken: { kind: 'save-point', by: savePoint.step, way }, undone: body, kept };
    }
    undone = path;
    if (holder?.kind === 'for-each' && holder.onItemFailure !== 'fail')
      return { taken: { kind: 'item', by: holder.id, way: [] }, undone, kept: nothing };
    at = holder;
  }
  return { taken: null, undone: ROOT_PATH, kept: nothing };
}

/** S13: what the author chose for the failure of this very step. */
function ownChoice(definition: SagaDefinition, step: StepDefinition): FailureTaken | null {
  const by = step.id;
  // These fail for good by running out of time.
  if (step.timeoutEdge && (step.kind === 'wait' || step.kind === 'task'))
    return { kind: 'timeout-edge', by, way: targets(definition, step.outgoing['timeout']) };
  switch (step.onFailure) {
    case 'error-edge':
      return { kind: 'error-edge', by, way: targets(definition, step.outgoing['error']) };
    case 'continue':
      return { kind: 'continue', by, way: targets(definition, step.outgoing['out']) };
    case 'park':
      return { kind: 'person', by, way: [] };
    case 'fail':
      return null;
  }
}

/** A scope's handler takes what fails in its body, not what fails while it is itself at work. */
function handles(definition: SagaDefinition, scope: StepDefinition, inside: StepDefinition): boolean {
  const handler = definition.scopes[scope.id]?.handler ?? [];
  return handler.length > 0 && bodySteps(definition, scope.id).includes(inside.id);
}

/** Steps that transitions lead to. */
export function targets(definition: SagaDefinition, transitions: readonly TransitionId[] = []): StepId[] {
  return transitions.flatMap((id) => definition.transitions[id]?.to ?? []);
}

class Preview {
  private readonly instances: Record<InstanceId, StepInstance> = {};
  private readonly transitions: Record<string, 'taken' | 'dead'> = {};
  private readonly scopes: Record<string, ScopeState> = {};
  private readonly past: ReadonlySet<StepId>;
  private seq = 1;

  constructor(
    private readonly definition: SagaDefinition,
    private readonly failing: StepId,
  ) {
    this.past = ancestors(definition, failing);
    this.place(ROOT_SCOPE, ROOT_PATH, null, null);
  }

  get state(): RunState {
    const event = { id: '', source: '', type: '', subject: null, time: '', data: null, headers: {} };
    return {
      seq: this.seq,
      status: 'compensating',
      runId: '',
      trigger: '',
      event,
      env: {},
      parent: null,
      startedAt: 0,
      endedAt: null,
      instances: this.instances,
      generations: {},
      transitions: this.transitions,
      scopes: this.scopes,
      live: [],
      undoing: [],
      incidents: {},
      forgotUndone: false,
      admission: null,
      cancel: null,
      terminated: null,
      response: null,
      output: null,
      failure: null,
    };
  }

  /** One body with the steps in it that come before the failing one. */
  private place(scope: ScopeId, path: string, container: InstanceId | null, index: number | null): void {
    const members: InstanceId[] = [];
    const { pivot } = this.root;
    this.scopes[scopeKey(path)] = { ...newScope({ path, container, index }), members, pivot };
    for (const id of this.definition.scopes[scope]?.steps ?? []) {
      const step = this.definition.steps[id];
      if (!step || !(this.past.has(id) || this.encloses(id))) continue;
      members.push(this.run(step, path));
    }
  }

  private run(step: StepDefinition, path: string): InstanceId {
    this.seq += 1;
    const ref = { step: step.id, path, generation: 1 };
    const ready = readyInstance(ref, this.seq, 0);
    if (isContainerStep(step)) {
      for (const id of [...step.entry, ...(this.definition.scopes[step.id]?.handler ?? [])])
        this.take(id, bodyPath(ref), step);
      this.placeBody(step, ready);
    }
    const over = this.past.has(step.id);
    if (over) this.seq += 1;
    this.instances[ready.id] = {
      ...ready,
      status: over ? 'succeeded' : 'open',
      port: 'out',
      settledSeq: over ? this.seq : 0,
    };
    for (const ids of Object.values(step.outgoing)) for (const id of ids) this.take(id, path, null);
    if (over && step.undo.kind === 'pivot') this.scopes[ROOT_SCOPE] = { ...this.root, pivot: ready.id };
    return ready.id;
  }

  private placeBody(step: StepDefinition, container: StepInstance): void {
    const path = bodyPath(container);
    if (step.kind === 'scope') return this.place(step.id, path, container.id, null);
    const loop = { ...NEW_LOOP, bodies: [0] };
    this.scopes[scopeKey(path)] = { ...newScope({ path, container: container.id, loop }), opened: 1 };
    this.place(step.id, itemPath(path, 0), container.id, 0);
  }

  private take(transition: string, path: string, container: StepDefinition | null): void {
    const loop = container !== null && container.kind !== 'scope';
    this.transitions[transitionKey(transition, loop ? itemPath(path, 0) : path)] = 'taken';
  }

  private get root(): ScopeState {
    return this.scopes[ROOT_SCOPE] ?? newScope({ path: ROOT_PATH, container: null });
  }

  /** The failing step lies in this container. */
  private encloses(container: StepId): boolean {
    for (let scope = this.definition.steps[this.failing]?.scope; scope !== undefined && scope !== ROOT_SCOPE;) {
      if (scope === container) return true;
      scope = this.definition.steps[scope]?.scope;
    }
    return false;
  }
}

/** Everything that can be over before a step starts: what leads to it, and what leads to the containers it lies in. */
function ancestors(definition: SagaDefinition, step: StepId): Set<StepId> {
  const found = new Set<StepId>();
  const stack = [step];
  const add = (id: StepId) => {
    if (found.has(id)) return;
    found.add(id);
    stack.push(id);
    // A container that is over is so with all that lies in it.
    for (const inner of definition.scopes[id]?.steps ?? []) add(inner);
  };
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const own = definition.steps[id]?.scope;
    for (const transition of definition.steps[id]?.incoming ?? []) {
      const { from, port } = definition.transitions[transition] ?? { from: '', port: '' };
      if (from === own) {
        stack.push(from);
        // A handler comes after whatever the body has done, unless all of that is undone first.
        if (port === 'handler' && !isUndoneFirst(definition, from))
          for (const other of bodySteps(definition, from)) add(other);
      } else if (definition.steps[from]) add(from);
    }
  }
  return found;
}

function isUndoneFirst(definition: SagaDefinition, container: StepId): boolean {
  const step = definition.steps[container];
  return step?.kind === 'scope' && step.undoAsUnit;
}

/** Steps of a scope that its body leads to, not its handler. */
export function bodySteps(definition: SagaDefinition, container: StepId): StepId[] {
  const step = definition.steps[container];
  if (!step || !isContainerStep(step)) return [];
  const found = new Set<StepId>();
  const stack = step.entry.map((id) => definition.transitions[id]?.to ?? '');
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    if (found.has(id) || !definition.steps[id]) continue;
    found.add(id);
    for (const ids of Object.values(definition.steps[id]?.outgoing ?? {}))
      for (const transition of ids) stack.push(definition.transitions[transition]?.to ?? '');
  }
  return [...found];
}
