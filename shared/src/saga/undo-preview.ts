/** The undo plan of a drawing, before anything has run: for the editor's undo view. */
import { isContainerStep, ROOT_SCOPE } from './definition.js';
import type { SagaDefinition, ScopeId, StepDefinition, StepId } from './definition.js';
import { newScope } from './draft.js';
import { readyInstance } from './instance.js';
import { bodyPath, itemPath, ROOT_PATH, scopeKey, transitionKey } from './paths.js';
import { undoPlan } from './undo-plan.js';
import type { UndoPlan } from './undo-plan.js';
import type { InstanceId, RunState, ScopeState, StepInstance } from './state.js';

/**
 * The undo plan when a step fails for good, as if everything that can come before it had succeeded and every loop had run
 * once. Both sides of a branch are shown where both can lead to the step. Failure handlers and save-points on the way are not
 * considered: it shows all that an undo of the run would have to do.
 */
export function undoPreview(definition: SagaDefinition, failingStep: StepId): UndoPlan {
  return undoPlan(definition, new Preview(definition, failingStep).state);
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
    this.scopes[scopeKey(path)] = { ...newScope({ path, container: container.id }), opened: 1 };
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
        // A handler comes after whatever the body has done.
        if (port === 'handler') for (const other of bodySteps(definition, from)) add(other);
      } else if (definition.steps[from]) add(from);
    }
  }
  return found;
}

/** Steps of a scope that its body leads to, not its handler. */
function bodySteps(definition: SagaDefinition, container: StepId): StepId[] {
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
