/**
 * When an undo may start (S16): everything that causally followed its step is undone, or will never have to be. A loop whose
 * forgotten items are to be undone stands for them: it is released while some of them may be brought back.
 */
import type { SagaDefinition } from './definition.js';
import { isInOrder, pastOf } from './causality.js';
import { isRecalling } from './effects.js';
import { OWING_WIDTH } from './forget.js';
import { bodyPath, isWithin, outerPath, pathsOutwards, scopeAt } from './paths.js';
import type { InstanceId, RunState, StepInstance } from './state.js';

/** Instances whose undo is due and that nothing holds back, in the order in which undo became due. */
export function releasedUndos(definition: SagaDefinition, state: RunState): InstanceId[] {
  if (state.undoing.length === 0) return [];
  const { over, begun } = pastOf(definition, state, [...state.undoing, ...state.live]);
  return state.undoing.filter((id) => {
    const instance = state.instances[id];
    if (!instance || !isRecalling(state, instance)) return !over.has(id) && !begun.has(id);
    return !over.has(id) && recallable(definition, state, instance).length > 0;
  });
}

/**
 * Forgotten items that may be brought back now, newest first: no more are under way than the loop goes through at a time, and
 * where items follow one another, the later ones are undone before.
 */
export function recallable(
  definition: SagaDefinition,
  state: RunState,
  container: StepInstance,
): { readonly index: number; readonly first: number; readonly last: number }[] {
  const step = definition.steps[container.step];
  const path = bodyPath(container);
  const owing = scopeAt(state, path)?.loop?.owing ?? [];
  if (!step || owing.length === 0) return [];
  const newest = owing.at(-OWING_WIDTH) ?? 0;
  const atWork = indexesAtWork(state, path, isInOrder(step));
  if (isInOrder(step) && [...atWork].some((index) => index > newest)) return [];
  const limit = isInOrder(step) || step.kind !== 'for-each' ? 1 : step.limit;
  const most = isInOrder(step) ? 1 : limit - atWork.size;
  // They are read from one stretch of the journal: many at once cost little more than one.
  if (most < Math.min(Math.ceil(limit / 2), owing.length / OWING_WIDTH)) return [];
  const items = [];
  for (let at = owing.length - OWING_WIDTH; at >= 0 && items.length < most; at -= OWING_WIDTH) {
    const [index = 0, first = 0, last = 0] = owing.slice(at, at + OWING_WIDTH);
    items.push({ index, first, last });
  }
  return items;
}

/** @param blocked whether an item counts whose undo waits for a person */
function indexesAtWork(state: RunState, loop: string, blocked: boolean): Set<number> {
  const found = new Set<number>();
  for (const id of [...state.undoing, ...state.live]) {
    const instance = state.instances[id];
    if (!instance || !isWithin(instance.path, loop) || (!blocked && instance.undo.status === 'blocked')) continue;
    const body = [...pathsOutwards(instance.path)].find((path) => outerPath(path) === loop);
    const index = body === undefined ? null : (scopeAt(state, body)?.index ?? null);
    if (index !== null) found.add(index);
  }
  return found;
}
