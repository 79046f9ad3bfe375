/** Answers `evaluate` and `elapse`: what a step without outside effect comes to. */
import { failure, FailureError } from '../kernel/index.js';
import type { Failure, Json } from './imports.js';
import type { SagaDefinition, StepDefinition, StepOf } from './definition.js';
import type { NewEntry } from './journal.js';
import type { InstanceId, RunState, StepInstance } from './state.js';
import { refOf } from './instance.js';
import { expressionScope } from './scope.js';
import type { Evaluate, ExpressionScope } from './scope.js';
import { arrivals, isUnsatisfied } from './tokens.js';

/**
 * @param at now; a delay is over when its instant is not after it
 * @returns `step.succeeded`, `step.failed` (a template could not be evaluated, `join.unsatisfied`, a `fail` step) or `step.waiting`
 */
export async function evaluateStep(
  definition: SagaDefinition,
  state: RunState,
  id: InstanceId,
  evaluate: Evaluate,
  at: number,
): Promise<NewEntry> {
  const instance = state.instances[id];
  const step = instance && definition.steps[instance.step];
  if (!instance || !step) throw new Error(`No step instance ${id}.`);
  if (instance.status === 'waiting') return succeeded(instance, at, { until: instance.wakeAt }, 'out');
  try {
    return await outcome(step, state, instance, (template) => evaluate(template, scopeOf(definition, state, id)), at);
  } catch (error) {
    return failed(instance, at, asFailure(error));
  }
}

const scopeOf = (definition: SagaDefinition, state: RunState, id: InstanceId): ExpressionScope =>
  expressionScope(definition, state, id, 'forward');

async function outcome(
  step: StepDefinition,
  state: RunState,
  instance: StepInstance,
  evaluate: (template: Json) => Promise<Json>,
  at: number,
): Promise<NewEntry> {
  switch (step.kind) {
    case 'action':
      throw new Error(`Step ${step.name} has an outside effect and needs an attempt.`);
    case 'transform':
      return succeeded(instance, at, await evaluate(step.values), 'out');
    case 'branch': {
      const port = await chooseCase(step, evaluate);
      return succeeded(instance, at, { case: port }, port);
    }
    case 'parallel':
      return succeeded(instance, at, null, 'out');
    case 'join':
      return isUnsatisfied(state, step)
        ? failed(instance, at, unsatisfied(step, state))
        : succeeded(instance, at, null, 'out');
    case 'delay': {
      const until =
        step.delay.kind === 'for' ? at + step.delay.durationMs : instantOf(step, await evaluate(step.delay.instant));
      return until <= at
        ? succeeded(instance, at, { until }, 'out')
        : { type: 'step.waiting', ...refOf(instance), until, at };
    }
    case 'end':
      return succeeded(instance, at, step.output === null ? null : await evaluate(step.output), 'out');
    case 'fail':
      return failed(instance, at, failure('user', step.code, text(await evaluate(step.message))));
  }
}

async function chooseCase(step: StepOf<'branch'>, evaluate: (template: Json) => Promise<Json>): Promise<string> {
  for (const each of step.cases) {
    const value = await evaluate(each.when);
    if (value === true) return each.id;
    if (value !== false && value !== null) {
      const message = `Case ${each.label || each.id} of step ${step.name} gave ${JSON.stringify(value).slice(0, 80)}; make its condition true or false.`;
      throw new FailureError(failure('user', 'branch.not-boolean', message));
    }
  }
  return 'else';
}

function unsatisfied(step: StepOf<'join'>, state: RunState): Failure {
  const needed = step.mode.kind === 'n-of-m' ? step.mode.n : 1;
  const message = `Join ${step.name} needs ${needed} branches, but only ${arrivals(state, step).taken} could arrive.`;
  return failure('user', 'join.unsatisfied', message);
}

/** Milliseconds since 1970, or an ISO 8601 instant. */
function instantOf(step: StepOf<'delay'>, value: Json): number {
  const instant = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isFinite(instant) && Math.abs(instant) <= 8.64e15) return Math.round(instant);
  const message = `Step ${step.name} should wait until ${JSON.stringify(value)}; give an ISO instant or milliseconds since 1970.`;
  throw new FailureError(failure('user', 'delay.instant', message));
}

const text = (value: Json) => (typeof value === 'string' ? value : JSON.stringify(value));

function succeeded(instance: StepInstance, at: number, output: Json, port: string): NewEntry {
  const attempt = instance.attempt + 1;
  return { type: 'step.succeeded', ...refOf(instance), direction: 'forward', attempt, output, port, at };
}

function failed(instance: StepInstance, at: number, reason: Failure): NewEntry {
  const attempt = instance.attempt + 1;
  return { type: 'step.failed', ...refOf(instance), direction: 'forward', attempt, failure: reason, retryAt: null, at };
}

export function asFailure(error: unknown): Failure {
  if (error instanceof FailureError) return error.failure;
  const message = error instanceof Error ? error.message : String(error);
  return failure('bug', 'expression.crashed', `A template could not be evaluated: ${message}`);
}
