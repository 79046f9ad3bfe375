/**
 * Answers `evaluate` and `elapse`: what a step without an attempt comes to, how a wait opens and what time does to it, how a
 * container opens and closes.
 */
import { failure, FailureError } from '../kernel/index.js';
import type { Failure, Json, JsonObject } from './imports.js';
import type { SagaDefinition, StepDefinition, StepOf } from './definition.js';
import { asFailure, messageOf, objectOrThrow } from './as-failure.js';
import { closeContainer, openContainer } from './container.js';
import type { NewEntry } from './journal.js';
import type { InstanceId, RunState, StepInstance } from './state.js';
import { findInstance } from './find-instance.js';
import { refOf } from './instance.js';
import { elapsed, instantOf, openWait } from './open-wait.js';
import type { Fill } from './open-wait.js';
import { failedNow, succeededNow } from './outcome.js';
import { expressionScope } from './scope.js';
import type { Compute, ExpressionScope, RunCode } from './scope.js';
import { isSkipped } from './skip.js';
import { asText } from './text.js';
import { arrivals, isUnsatisfied } from './tokens.js';
import { overdueAttempt } from './total-timeout.js';

/**
 * @param at now; a delay is over when its instant is not after it
 * @returns `step.succeeded`, `step.skipped`, `step.failed` (a template could not be evaluated, `join.unsatisfied`, a `fail`
 *   step, `code.*`, `timeout.*`, `for-each.*`, `repeat.exhausted`, the failure of a container's body), `step.unknown` (a child
 *   run that took too long), `step.waiting`, `task.nudged`, `step.opened` or `step.continued`
 */
export async function evaluateStep(
  definition: SagaDefinition,
  state: RunState,
  id: InstanceId,
  compute: Compute,
  at: number,
): Promise<NewEntry> {
  const { instance, step } = findInstance(definition, state, id);
  if (instance.status === 'waiting') return elapse(definition, state, step, instance, compute, at);
  let scope: ExpressionScope | null = null;
  const fill: Fill = (template) =>
    compute.evaluate(template, (scope ??= expressionScope(definition, state, id, 'forward')));
  try {
    if (instance.status === 'closing')
      return await closeContainer(definition, state, step, instance, compute.evaluate, at);
    if (await isSkipped(step, fill)) return { type: 'step.skipped', ...refOf(instance), at };
    return await outcome(definition, state, step, instance, compute, fill, at);
  } catch (error) {
    return failedNow(instance, at, asFailure(error));
  }
}

async function elapse(
  definition: SagaDefinition,
  state: RunState,
  step: StepDefinition,
  instance: StepInstance,
  { evaluate }: Compute,
  at: number,
): Promise<NewEntry> {
  const overdue = await overdueAttempt(definition, state, step, instance, evaluate, at);
  if (overdue) return overdue;
  const due = elapsed(step, instance, at);
  switch (due?.kind) {
    case undefined:
      throw new Error(`Step ${step.name} does not wait for time.`);
    case 'arm':
      return succeededNow(instance, at, { until: due.until }, due.arm);
    case 'over':
      return failedNow(instance, at, due.failure);
    case 'nudge':
      return { type: 'task.nudged', ...refOf(instance), nudge: due.nudge, next: due.next, at };
  }
}

async function outcome(
  definition: SagaDefinition,
  state: RunState,
  step: StepDefinition,
  instance: StepInstance,
  compute: Compute,
  fill: Fill,
  at: number,
): Promise<NewEntry> {
  switch (step.kind) {
    case 'action':
    case 'call':
      throw new Error(`Step ${step.name} has an outside effect and needs an attempt.`);
    case 'transform':
      return await transform(step, instance, fill, at);
    case 'code': {
      const input = objectOrThrow(await fill(step.input), `The input of step ${step.name}`);
      return succeededNow(instance, at, await run(step, input, compute.code), 'out');
    }
    case 'branch': {
      const [port = 'else'] = await trueCases(step, fill, 1);
      return succeededNow(instance, at, { case: port }, port);
    }
    case 'inclusive': {
      const chosen = await trueCases(step, fill, step.cases.length);
      const ports: [string, ...string[]] = chosen[0] === undefined ? ['else'] : [chosen[0], ...chosen.slice(1)];
      return { ...succeededNow(instance, at, { cases: ports }, ports[0]), ports };
    }
    case 'parallel':
      return succeededNow(instance, at, null, 'out');
    case 'join':
      return isUnsatisfied(state, step, instance.path)
        ? failedNow(instance, at, unsatisfied(step, state, instance.path))
        : succeededNow(instance, at, null, 'out');
    case 'for-each':
    case 'repeat':
    case 'scope':
      return await openContainer(definition, state, step, instance, compute.evaluate, at);
    case 'delay': {
      const until = await instantOf(step.name, step.delay, fill, at);
      return until <= at
        ? succeededNow(instance, at, { until }, 'out')
        : { type: 'step.waiting', ...refOf(instance), direction: 'forward', until, awaits: [], at };
    }
    case 'wait':
    case 'task':
    case 'race':
      return await openWait(step, instance, fill, at);
    case 'respond':
      return await respond(step, instance, fill, at);
    case 'end':
    case 'terminate':
      return succeededNow(instance, at, step.output === null ? null : await fill(step.output), 'out');
    case 'fail':
      return failedNow(instance, at, failure('user', step.code, asText(await fill(step.message))));
  }
}

async function transform(step: StepOf<'transform'>, instance: StepInstance, fill: Fill, at: number): Promise<NewEntry> {
  const entry = succeededNow(instance, at, await fill(step.values), 'out');
  if (step.assign === null) return entry;
  return { ...entry, assigned: objectOrThrow(await fill(step.assign), `What step ${step.name} assigns`) };
}

/** The sandbox answers with a failure of the author's code; anything else that it throws is its own. */
async function run(step: StepOf<'code'>, input: JsonObject, code: RunCode): Promise<Json> {
  try {
    return await code(step.source, input, step.timeoutMs);
  } catch (error) {
    if (error instanceof FailureError) throw error;
    const message = `The code of step ${step.name} could not be run: ${messageOf(error)}`;
    throw new FailureError(failure('bug', 'code.failed', message), { cause: error });
  }
}

/** Ids of the first `most` cases that hold, in drawing order; what comes behind them is not looked at. */
async function trueCases(step: StepOf<'branch' | 'inclusive'>, fill: Fill, most: number): Promise<string[]> {
  const found: string[] = [];
  for (const each of step.cases) {
    if (found.length === most) break;
    const value = await fill(each.when);
    if (value === true) found.push(each.id);
    else if (value !== false && value !== null) {
      const message = `Case ${each.label || each.id} of step ${step.name} gave ${JSON.stringify(value).slice(0, 80)}; make its condition true or false.`;
      throw new FailureError(failure('user', 'branch.not-boolean', message));
    }
  }
  return found;
}

async function respond(step: StepOf<'respond'>, instance: StepInstance, fill: Fill, at: number): Promise<NewEntry> {
  const headers: Record<string, string> = {};
  for (const [name, template] of Object.entries(step.headers)) {
    const value = await fill(template);
    if (value !== null) headers[name] = asText(value);
  }
  const body = step.body === null ? null : await fill(step.body);
  return succeededNow(instance, at, { status: step.status, headers, body }, 'out');
}

function unsatisfied(step: StepOf<'join'>, state: RunState, path: string): Failure {
  const needed = step.mode.kind === 'n-of-m' ? step.mode.n : 1;
  const message = `Join ${step.name} needs ${needed} branches, but only ${arrivals(state, step, path).taken} could arrive.`;
  return failure('user', 'join.unsatisfied', message);
}
