/**
 * Cause and effect as the checker understands them, worked out anew from where steps left and where they began: not from the
 * tokens that the engine keeps, and not by the code that orders its undos (S16).
 *
 * 1. A step follows the step by whose port it was reached, and everything that lay in that one.
 * 2. What lies in a container follows what the container followed.
 * 3. A pass follows the passes before it; so does an item where items go one after another.
 * 4. What handles a failure follows all that had happened in its scope.
 */
import type { SagaDefinition, Transition } from '../definition.js';
import { bodyPath, isWithin, itemPath, outerPath, scopeAt } from '../paths.js';
import type { InstanceId, RunState, StepInstance } from '../state.js';

/** Everything that had to happen before this instance could; it itself is not in it. */
export function pastOf(definition: SagaDefinition, state: RunState, later: StepInstance): Set<InstanceId> {
  return new Order(definition, state).past(later);
}

class Order {
  private readonly found = new Set<InstanceId>();
  private readonly begun = new Set<InstanceId>();

  constructor(
    private readonly definition: SagaDefinition,
    private readonly state: RunState,
  ) {}

  past(later: StepInstance): Set<InstanceId> {
    const stack = [later];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (this.begun.has(next.id)) continue;
      this.begun.add(next.id);
      const container = this.containerOf(next);
      if (container) stack.push(container);
      for (const earlier of [...this.leadingTo(next), ...this.bodiesBefore(next)]) {
        if (this.found.has(earlier.id)) continue;
        this.found.add(earlier.id);
        stack.push(earlier);
        for (const inner of this.inside(bodyPath(earlier))) {
          this.found.add(inner.id);
          stack.push(inner);
        }
      }
    }
    this.found.delete(later.id);
    return this.found;
  }

  private containerOf({ path }: StepInstance): StepInstance | undefined {
    return this.state.instances[scopeAt(this.state, path)?.container ?? ''];
  }

  private *leadingTo(later: StepInstance): Generator<StepInstance> {
    for (const id of this.definition.steps[later.step]?.incoming ?? []) {
      const transition = this.definition.transitions[id];
      if (!transition) continue;
      if (transition.port === 'handler' && this.containerOf(later)?.step === transition.from) {
        for (const each of this.inside(later.path)) if (isBefore(each, later)) yield each;
      } else {
        const source = this.sourceOf(transition, later);
        if (source) yield source;
      }
    }
  }

  /** The latest generation of where a transition comes from, if it was over and left that way before. */
  private sourceOf({ from, port }: Transition, later: StepInstance): StepInstance | undefined {
    const source = membersOf(this.state, later.path)
      .filter((each) => each.step === from && each.readySeq <= later.readySeq)
      .at(-1);
    return source && isBefore(source, later) && exits(source).includes(port) ? source : undefined;
  }

  private *bodiesBefore({ path }: StepInstance): Generator<StepInstance> {
    const body = scopeAt(this.state, path);
    const loop = body?.index == null ? null : outerPath(path);
    const step = this.definition.steps[this.state.instances[body?.container ?? '']?.step ?? ''];
    const inTurn = step?.kind === 'repeat' || (step?.kind === 'for-each' && step.limit === 1);
    if (loop === null || !inTurn) return;
    for (let index = 0; index < (body?.index ?? 0); index += 1) yield* this.inside(itemPath(loop, index));
  }

  private inside(path: string): StepInstance[] {
    return Object.values(this.state.instances).filter((each) => isWithin(each.path, path));
  }
}

function membersOf(state: RunState, path: string): StepInstance[] {
  return (scopeAt(state, path)?.members ?? []).flatMap((id) => state.instances[id] ?? []);
}

function isBefore(earlier: StepInstance, later: StepInstance): boolean {
  return earlier.settledSeq > 0 && earlier.settledSeq <= later.readySeq;
}

export function exits({ port, ports }: StepInstance): readonly string[] {
  if (ports.length > 0) return ports;
  // A save-point that was returned to had been left by its plain way on before.
  if (port === 'resume') return ['out', port];
  return port === null ? [] : [port];
}
