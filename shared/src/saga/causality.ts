/**
 * Which step instances caused which (S16): over transitions that carried a token, never by clocks or by the drawing alone.
 *
 * 1. What follows a container follows everything in it; what lies in a container follows what the container followed.
 * 2. Items that run one after another, and the passes of a repeat, cause one another in their order.
 * 3. A handler follows everything that happened in its scope before.
 */
import type { SagaDefinition, StepDefinition } from './definition.js';
import { isRecalling } from './effects.js';
import { OWING_WIDTH } from './forget.js';
import {
  bodyPath,
  indexesOf,
  instanceAt,
  instancesUnder,
  itemPath,
  outerPath,
  scopeAt,
  transitionKey,
} from './paths.js';
import type { InstanceId, RunState, ScopeState, StepInstance } from './state.js';

interface Cause {
  readonly instance: StepInstance;
  /** With everything inside, if it is a container; else only its having begun. */
  readonly whole: boolean;
}

/** Instances whose token this one started on. A token that reached a join after it had fired caused nothing. */
function causes(definition: SagaDefinition, state: RunState, instance: StepInstance): Cause[] {
  const found: Cause[] = [];
  const body = scopeAt(state, instance.path);
  const container = body?.container === null ? undefined : state.instances[body?.container ?? ''];
  for (const id of definition.steps[instance.step]?.incoming ?? []) {
    if (state.transitions[transitionKey(id, instance.path)] !== 'taken') continue;
    const transition = definition.transitions[id];
    if (!transition) continue;
    if (container && transition.from === container.step) {
      found.push({ instance: container, whole: false });
      if (body) found.push(...earlierBodies(definition, state, body, instance, transition.port));
      continue;
    }
    const source = instanceAt(state, transition.from, instance.path);
    if (source && source.settledSeq > 0 && source.settledSeq <= instance.readySeq)
      found.push({ instance: source, whole: true });
  }
  return found;
}

/** What came before the beginning of a body, or of a handler, in the same container. */
function earlierBodies(
  definition: SagaDefinition,
  state: RunState,
  body: ScopeState,
  instance: StepInstance,
  port: string,
): Cause[] {
  const whole = (each: StepInstance): Cause => ({ instance: each, whole: true });
  const before = (each: StepInstance) => each.settledSeq > 0 && each.settledSeq <= instance.readySeq;
  if (port === 'handler') return membersOf(state, body).filter(before).map(whole);
  const loop = body.index === null ? null : outerPath(body.path);
  const step = definition.steps[state.instances[body.container ?? '']?.step ?? ''];
  if (loop === null || body.index === null || body.index === 0 || !step || !isInOrder(step)) return [];
  return membersOf(state, bodyBefore(state, loop, body.index))
    .filter(before)
    .map(whole);
}

/** The latest item or pass before one, of those that the state holds. */
function bodyBefore(state: RunState, loop: string, index: number): ScopeState | undefined {
  const earlier = indexesOf(scopeAt(state, loop)).findLast((each) => each < index);
  return earlier === undefined ? undefined : scopeAt(state, itemPath(loop, earlier));
}

/** In a loop that goes in order, items before those that are still to be brought back wait for them. */
function beforeForgotten(definition: SagaDefinition, state: RunState, container: StepInstance): Cause[] {
  const step = definition.steps[container.step];
  if (!step || !isInOrder(step) || !isRecalling(state, container)) return [];
  const loop = bodyPath(container);
  const last = scopeAt(state, loop)?.loop?.owing.at(-OWING_WIDTH) ?? 0;
  return membersOf(state, bodyBefore(state, loop, last)).map((instance) => ({ instance, whole: true }));
}

/** Each item or pass of it follows the one before. */
export function isInOrder(step: StepDefinition): boolean {
  return step.kind === 'repeat' || (step.kind === 'for-each' && step.limit === 1);
}

function membersOf(state: RunState, body: ScopeState | undefined): StepInstance[] {
  return (body?.members ?? []).flatMap((id) => state.instances[id] ?? []);
}

/** Everything that happened so that the given instances could; they themselves are not in it unless one caused another. */
export function causalPast(definition: SagaDefinition, state: RunState, from: Iterable<InstanceId>): Set<InstanceId> {
  const { over, begun } = pastOf(definition, state, from);
  for (const id of begun) over.add(id);
  return over;
}

/**
 * The same in two parts.
 *
 * @returns `over`: it happened before as a whole; `begun`: a container that had only begun, since what follows lies in it
 */
export function pastOf(
  definition: SagaDefinition,
  state: RunState,
  from: Iterable<InstanceId>,
): { readonly over: Set<InstanceId>; readonly begun: Set<InstanceId> } {
  const over = new Set<InstanceId>();
  const begun = new Set<InstanceId>();
  const whole = new Set<InstanceId>();
  const expanded = new Set<InstanceId>();
  const stack = [...from];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const instance = state.instances[id];
    if (!instance || expanded.has(id)) continue;
    expanded.add(id);
    for (const cause of [...causes(definition, state, instance), ...beforeForgotten(definition, state, instance)]) {
      (cause.whole ? over : begun).add(cause.instance.id);
      if (cause.whole && !whole.has(cause.instance.id)) {
        whole.add(cause.instance.id);
        for (const inner of instancesUnder(state, bodyPath(cause.instance))) over.add(inner.id);
      }
      if (!expanded.has(cause.instance.id)) stack.push(cause.instance.id);
    }
  }
  return { over, begun };
}
