/** What templates and code can see of a run, and how they are worked out. */
import type { Json, JsonObject } from './imports.js';
import type { SagaDefinition } from './definition.js';
import type { Direction } from './instance.js';
import { bodyPath, currentId, itemPath, outerPath, pathsOutwards, scopeAt } from './paths.js';
import type { InstanceId, RunState, ScopeState, StepInstance } from './state.js';

/** What templates can see: journaled data only (S6). */
export type ExpressionScope = Readonly<Record<string, unknown>>;

/** Evaluates a template; throws `FailureError` (`expression.*`). Injected, so that the core carries no evaluator. */
export type Evaluate = (template: Json, scope: ExpressionScope) => Promise<Json>;

/**
 * Runs the body of a code step: no network, no clock, no randomness, so that equal input gives equal output.
 * Throws `FailureError` (`code.failed`, `timeout.code`). Injected, so that the core carries no sandbox.
 */
export type RunCode = (source: string, input: JsonObject, timeoutMs: number) => Promise<Json>;

export interface Compute {
  readonly evaluate: Evaluate;
  readonly code: RunCode;
}

/**
 * Names that a template of an instance can use: `trigger`, `steps`, `vars`, `run`, `env`; inside loops `item`, `index`,
 * `previous`; inside a handler `error`; for undo templates `step` as well.
 *
 * @param instance the step whose template is evaluated; null for the run as a whole
 */
export function expressionScope(
  definition: SagaDefinition,
  state: RunState,
  instance: InstanceId | null,
  direction: Direction,
): ExpressionScope {
  const own = instance === null ? undefined : state.instances[instance];
  if (!own) return scopeAtPath(definition, state, '');
  if (direction === 'forward') return scopeAtPath(definition, state, own.path);
  // What undoes a scope may use what the scope itself has: its variables, and the steps in it.
  const inside = definition.steps[own.step]?.kind === 'scope' && scopeAt(state, bodyPath(own));
  const scope = scopeAtPath(definition, state, inside ? inside.path : own.path);
  return { ...scope, step: { input: own.input, output: own.output } };
}

/**
 * Names for the condition of a repeat: what its latest pass sees, with `index` = passes done and `previous` = what the
 * latest one came to (nothing before the first).
 */
export function repetitionScope(definition: SagaDefinition, state: RunState, repeat: StepInstance): ExpressionScope {
  const loop = bodyPath(repeat);
  const passes = scopeAt(state, loop)?.opened ?? 0;
  const last = passes === 0 ? undefined : scopeAt(state, itemPath(loop, passes - 1));
  const scope = scopeAtPath(definition, state, last?.path ?? repeat.path);
  return { ...scope, index: passes, previous: last?.output };
}

/** Names for what must not change between attempts: what was settled when the step became ready (S4). */
export function scopeWhenReady(definition: SagaDefinition, state: RunState, instance: StepInstance): ExpressionScope {
  return scopeAtPath(definition, state, instance.path, instance.readySeq);
}

/** @param upTo steps settled by a later journal entry are left out */
function scopeAtPath(definition: SagaDefinition, state: RunState, path: string, upTo = Infinity): ExpressionScope {
  const { data, headers, id, type, source, time, subject } = state.event;
  const steps: Record<string, VisibleStep> = {};
  const bodies: ScopeState[] = [];
  for (const at of pathsOutwards(path)) {
    const body = scopeAt(state, at);
    if (body) bodies.push(body);
  }
  // The run and the items around hold everything visible: whatever else lies around the path is a plain scope in one of them.
  for (const body of bodies.toReversed()) {
    if (body.container === null || body.index !== null) collectSteps(definition, state, body, upTo, steps);
  }
  return {
    trigger: { data, headers, id, type, source, time, subject },
    steps,
    vars: Object.assign({}, ...bodies.toReversed().map((body) => body.variables)) as JsonObject,
    run: { id: state.runId, startedAt: new Date(state.startedAt).toISOString() },
    env: state.env,
    ...loopNames(definition, state, bodies),
    ...caughtBy(bodies),
  };
}

interface VisibleStep {
  readonly output: Json;
  readonly status: string;
  readonly error: Json;
}

/** Settled steps of a body and of the plain scopes in it, the latest generation of each; loops are not looked into. */
function collectSteps(
  definition: SagaDefinition,
  state: RunState,
  body: ScopeState,
  upTo: number,
  into: Record<string, VisibleStep>,
): void {
  for (const id of body.members) {
    const each = state.instances[id];
    const step = definition.steps[each?.step ?? ''];
    if (!each || !step || currentId(state, each.step, each.path) !== id) continue;
    const inner = step.kind === 'scope' ? scopeAt(state, bodyPath(each)) : undefined;
    if (inner) collectSteps(definition, state, inner, upTo, into);
    if (each.settledSeq === 0 || each.settledSeq > upTo) continue;
    const failed = each.status === 'failed' || each.status === 'unknown';
    into[step.key] = { output: each.output, status: each.status, error: failed ? (each.failure as Json) : null };
  }
}

/** Of the bodies that lie around a step, nearest first: the item, the index and the result of the pass before. */
function loopNames(definition: SagaDefinition, state: RunState, bodies: readonly ScopeState[]): ExpressionScope {
  const names: Record<string, unknown> = {};
  for (const body of bodies) {
    if (body.index === null) continue;
    const kind = definition.steps[state.instances[body.container ?? '']?.step ?? '']?.kind;
    names['index'] ??= body.index;
    if (kind === 'for-each' && !('item' in names)) names['item'] = body.item;
    if (kind === 'repeat' && !('previous' in names)) names['previous'] = resultBefore(state, body.path, body.index);
  }
  return names;
}

/** Nothing in the first pass, so that `previous ?? 0` works. */
function resultBefore(state: RunState, pass: string, index: number): Json | undefined {
  const loop = outerPath(pass);
  return index === 0 || loop === null ? undefined : (scopeAt(state, itemPath(loop, index - 1))?.output ?? null);
}

/** Inside a handler, the failure that it handles. */
function caughtBy(bodies: readonly ScopeState[]): ExpressionScope {
  const handled = bodies.find((body) => body.caught !== null);
  return handled ? { error: handled.caught } : {};
}
