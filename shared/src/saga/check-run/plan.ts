/** What is undone is what was said to be undone: by the plan of the run (S14, S16), and by the drawing's preview before it. */
import { isContainerStep } from '../definition.js';
import type { SagaDefinition } from '../definition.js';
import { instanceId } from '../instance.js';
import type { Entry } from '../journal.js';
import { isWithin, ROOT_PATH, scopeAt } from '../paths.js';
import type { RunState, ScopeState } from '../state.js';
import { undoPlan } from '../undo-plan.js';
import type { UndoPlan } from '../undo-plan.js';
import { undoPreview } from '../undo-preview.js';
import { pastOf } from './order.js';

export class Plans {
  /** The step at the top by which the run has failed. */
  private failed: string | null = null;
  /** What was thought to have failed, and had not (S22): no preview knows of it. */
  private readonly late = new Set<string>();

  constructor(private readonly definition: SagaDefinition) {}

  /** @param entry led from `before` to `state` */
  check(before: RunState, entry: Entry, state: RunState): string[] {
    this.noteFailure(before, entry, state);
    if (entry.type === 'step.succeeded' && entry.late) this.late.add(instanceId(entry));
    return Object.values(state.scopes)
      .filter(({ path, status }) => status === 'compensating' && scopeAt(before, path)?.status !== 'compensating')
      .flatMap((scope) => this.begun(before, state, scope));
  }

  private begun(before: RunState, state: RunState, scope: ScopeState): string[] {
    const { definition } = this;
    const found: string[] = [];
    const { steps } = undoPlan(definition, state, scope.path);
    const planned = new Set(steps.map(({ instance }) => instance));
    const wanted = state.undoing.filter((id) => isWithin(state.instances[id]?.path ?? '', scope.path));
    for (const id of wanted)
      if (!planned.has(id) && !before.undoing.includes(id)) found.push(`S14: ${id} is undone, and is not in the plan`);
    if (scope.savePoint === null)
      for (const id of planned)
        if (!wanted.includes(id) && state.instances[id]?.undo.status !== 'done')
          found.push(`S14: ${id} is in the plan, and is not undone`);
    found.push(...this.order(state, steps));
    if (scope.path === ROOT_PATH && scope.cause === 'failure') found.push(...this.previewed(state, wanted));
    return found;
  }

  /** Who waits for whom; what is undone already is in the plan, but waits for nobody. */
  private order(state: RunState, steps: UndoPlan['steps']): string[] {
    const found: string[] = [];
    const due = steps.filter(({ instance }) => state.instances[instance]?.undo.status !== 'done');
    for (const { instance } of due) {
      const later = state.instances[instance];
      const past = later ? pastOf(this.definition, state, later) : new Set();
      for (const earlier of due) {
        const waits = earlier.after.includes(instance);
        if (waits && !past.has(earlier.instance))
          found.push(`S16: the plan has ${earlier.instance} wait for ${instance}, which it had not caused`);
        if (!waits && past.has(earlier.instance))
          found.push(`S16: the plan does not have ${earlier.instance} wait for ${instance}, which it had caused`);
      }
    }
    return found;
  }

  /** The preview assumes that all that can come before the failure has succeeded: nothing of that can be missing in it. */
  private previewed(state: RunState, wanted: readonly string[]): string[] {
    const failing = state.instances[this.failed ?? ''];
    if (!failing) return [];
    const { taken, steps, notUndone } = undoPreview(this.definition, failing.step);
    // A pivot that the run has passed by is taken for one that has succeeded.
    if (taken !== null || notUndone.some(({ reason }) => reason === 'before-pivot')) return [];
    const shown = new Set(steps.map(({ instance }) => instance.split('@')[0]));
    const past = pastOf(this.definition, state, failing);
    return wanted
      .filter((id) => past.has(id) && !this.late.has(id) && !shown.has(state.instances[id]?.step))
      .map((id) => `S14: ${id} is undone for the failure of ${failing.id}, which the preview does not show`);
  }

  private noteFailure(before: RunState, entry: Entry, state: RunState): void {
    if (scopeAt(before, ROOT_PATH)?.status !== 'active' || scopeAt(state, ROOT_PATH)?.status === 'active') return;
    const isFailure = (entry.type === 'step.failed' || entry.type === 'step.unknown') && entry.path === ROOT_PATH;
    this.failed = isFailure && isRaised(this.definition, entry.step) ? instanceId(entry) : null;
  }
}

/** A container fails by what lies in it, which is in no step's past. */
function isRaised({ steps }: SagaDefinition, id: string): boolean {
  const step = steps[id];
  return step !== undefined && !isContainerStep(step);
}
