/**
 * Which item or pass of each loop a drawing of a run shows. A loop is drawn once, so one of its bodies is looked at: the one
 * that was chosen, else the one with the news. Pure; the run's state is the only source. Of a long loop only the items are gone
 * through that the state still holds: what is forgotten is over (docs/adr/0015).
 */
import {
  bodyPath,
  currentId,
  instanceAt,
  isWithin,
  itemPath,
  ROOT_PATH,
  ROOT_SCOPE,
  scopeAt,
} from '@sagawright/shared/saga';
import type { InstanceId, RunState, SagaDefinition, ScopeId, ScopeState, StepId } from '@sagawright/shared/saga';

/** The chosen item or pass, from 0, by the path of its loop (`items`, `items[3]/lines`). */
export type Passes = Readonly<Record<string, number>>;

/** The body of each container that is looked at, by the container's id; null = the run has not come there. */
export type ShownBodies = ReadonlyMap<ScopeId, string | null>;

export type BodyState = 'running' | 'blocked' | 'undoing' | 'failed' | 'done';

export interface LoopBody {
  readonly index: number;
  readonly state: BodyState;
}

/** A loop that the run has come to, of those that are looked at. */
export interface ShownLoop {
  readonly path: string;
  readonly instance: InstanceId;
  readonly step: StepId;
  readonly kind: 'for-each' | 'repeat';
  readonly index: number;
  /** How many there will be; null = nobody knows yet. */
  readonly total: number | null;
  /** How many there are so far. */
  readonly opened: number;
  /** One by one, if there are few enough to be listed; else none. */
  readonly listed: readonly LoopBody[];
  /** Those that failed or need a person, ascending. */
  readonly wrong: readonly number[];
}

/** More than these are not listed one by one. */
const MOST_LISTED = 300;

/** The items and passes that a path lies in: `items[3]/try` lies in item 3 of `items`. */
export function passesOf(path: string): Passes {
  return Object.fromEntries(
    [...path.matchAll(/\[(\d+)\]/g)].map((match) => [path.slice(0, match.index), Number(match[1])]),
  );
}

export function shownBodies(definition: SagaDefinition, state: RunState | null, passes: Passes): ShownBodies {
  const shown = new Map<ScopeId, string | null>([[ROOT_SCOPE, ROOT_PATH]]);
  for (const id of definition.order) {
    const step = definition.steps[id];
    if (step?.kind !== 'scope' && step?.kind !== 'for-each' && step?.kind !== 'repeat') continue;
    const loop = state === null ? null : wholeOf(state, id, shown.get(step.scope) ?? null);
    if (state === null || loop === null) shown.set(id, null);
    else if (step.kind === 'scope') shown.set(id, loop.path);
    else {
      const index = passes[loop.path] ?? newest(state, loop);
      shown.set(id, index === null ? null : itemPath(loop.path, index));
    }
  }
  return shown;
}

/** The instance of a step in the body that is looked at, whether it exists or not; null = the run has not come there. */
export function shownInstance(
  definition: SagaDefinition,
  state: RunState | null,
  shown: ShownBodies,
  step: StepId,
): InstanceId | null {
  const drawn = definition.steps[step];
  const path = drawn === undefined ? null : shown.get(drawn.scope);
  return state === null || path === null || path === undefined ? null : currentId(state, step, path);
}

/** Outer loops first. */
export function shownLoops(definition: SagaDefinition, state: RunState | null, shown: ShownBodies): ShownLoop[] {
  if (state === null) return [];
  return definition.order.flatMap((id): ShownLoop[] => {
    const step = definition.steps[id];
    if (step?.kind !== 'for-each' && step?.kind !== 'repeat') return [];
    const outer = shown.get(step.scope) ?? null;
    const loop = wholeOf(state, id, outer);
    const instance = outer === null ? undefined : instanceAt(state, id, outer);
    const body = shown.get(id);
    if (loop === null || instance === undefined || loop.opened === 0 || body === null || body === undefined) return [];
    const held = heldBodies(state, loop);
    return [
      {
        path: loop.path,
        instance: instance.id,
        step: id,
        kind: step.kind,
        index: Number(/\[(\d+)\]$/.exec(body)?.[1] ?? 0),
        total: loop.items?.length ?? null,
        opened: loop.opened,
        listed: loop.opened > MOST_LISTED ? [] : listed(loop.opened, held),
        wrong: held.flatMap((each) => (each.state === 'failed' || each.state === 'blocked' ? [each.index] : [])),
      },
    ];
  });
}

/** The scope, or the loop as a whole. */
function wholeOf(state: RunState, step: StepId, outer: string | null): ScopeState | null {
  const container = outer === null ? undefined : instanceAt(state, step, outer);
  return container === undefined ? null : (scopeAt(state, bodyPath(container)) ?? null);
}

/** What needs a person, else what is at work, else what failed, else the last. */
function newest(state: RunState, loop: ScopeState): number | null {
  if (loop.opened === 0) return null;
  const held = heldBodies(state, loop);
  const first = (...states: BodyState[]) => held.find((each) => states.includes(each.state))?.index;
  return first('blocked') ?? first('running', 'undoing') ?? first('failed') ?? loop.opened - 1;
}

/** The items or passes that the state has not forgotten, ascending. */
function heldBodies(state: RunState, loop: ScopeState): readonly LoopBody[] {
  const troubled = troubledPaths(state);
  return (loop.loop?.bodies ?? []).map((index) => ({
    index,
    state: bodyState(scopeAt(state, itemPath(loop.path, index)), troubled),
  }));
}

function listed(opened: number, held: readonly LoopBody[]): readonly LoopBody[] {
  const states = new Map(held.map((each) => [each.index, each.state]));
  return Array.from({ length: opened }, (_, index) => ({ index, state: states.get(index) ?? 'done' }));
}

function troubledPaths(state: RunState): readonly string[] {
  return Object.values(state.incidents).flatMap(({ resolved, instance }) => {
    const path = state.instances[instance]?.path;
    return resolved || path === undefined || path === ROOT_PATH ? [] : [path];
  });
}

function bodyState(body: ScopeState | undefined, troubled: readonly string[]): BodyState {
  if (body === undefined) return 'done';
  if (troubled.some((path) => isWithin(path, body.path))) return 'blocked';
  switch (body.status) {
    case 'active':
      return 'running';
    case 'failing':
    case 'compensating':
      return 'undoing';
    case 'closed':
      return body.failure === null ? 'done' : 'failed';
  }
}
