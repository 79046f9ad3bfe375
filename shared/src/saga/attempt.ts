/**
 * Attempts of steps with outside effects: the intent before (S3), the outcome after, in both directions.
 *
 * Undo input is captured with the first outcome that may have had an effect, success or UNKNOWN (S17), never later.
 */
import { failure, FailureError } from '../kernel/index.js';
import type { EffectClass, Json, JsonObject, Random, RetryPolicy } from './imports.js';
import { isJsonObject } from '../kernel/index.js';
import { ROOT_SCOPE } from './definition.js';
import type { SagaDefinition, StepDefinition } from './definition.js';
import type { AttemptResult, CommandOf } from './command.js';
import type { Captured, NewEntry } from './journal.js';
import type { InstanceId, RunState, StepInstance } from './state.js';
import { asFailure } from './evaluate-step.js';
import { idempotencyKey } from './idempotency-key.js';
import { refOf } from './instance.js';
import type { Direction } from './instance.js';
import { GENEROUS_RETRY, isRepeatable, isRetryable, retryDelay } from './retry.js';
import { expressionScope } from './scope.js';
import type { Evaluate } from './scope.js';

export interface AttemptRef {
  readonly instance: InstanceId;
  readonly direction: Direction;
  readonly attempt: number;
}

/** Answers `attempt`: the intent with its evaluated input and key, or a failure for good when the input cannot be evaluated. */
export async function startAttempt(
  definition: SagaDefinition,
  state: RunState,
  command: CommandOf<'attempt'>,
  runId: string,
  evaluate: Evaluate,
  at: number,
): Promise<NewEntry> {
  const { instance, step } = find(definition, state, command.instance);
  const { direction, attempt } = command;
  const ref = { ...refOf(instance), direction, attempt };
  try {
    const input =
      direction === 'undo'
        ? capturedInput(step, instance)
        : await forwardInput(definition, state, step, instance, evaluate);
    const round = direction === 'undo' ? instance.undo.round : instance.round;
    return { type: 'step.started', ...ref, key: idempotencyKey(runId, instance, direction, round), input, at };
  } catch (error) {
    return { type: 'step.failed', ...ref, failure: asFailure(error), retryAt: null, at };
  }
}

/** A repeated attempt sends what the first one sent: a key stands for one request. */
async function forwardInput(
  definition: SagaDefinition,
  state: RunState,
  step: StepDefinition,
  instance: StepInstance,
  evaluate: Evaluate,
): Promise<JsonObject> {
  if (instance.input !== null) return instance.input;
  if (step.kind !== 'action') throw new Error(`Step ${step.name} has no outside effect.`);
  const input = await evaluate(step.input, expressionScope(definition, state, instance.id, 'forward'));
  if (isJsonObject(input)) return input;
  throw new FailureError(failure('user', 'input.not-object', `The input of step ${step.name} is not an object.`));
}

function capturedInput(step: StepDefinition, instance: StepInstance): JsonObject {
  const captured = instance.undo.input;
  if (captured?.kind === 'value') return captured.value;
  throw new FailureError(
    captured?.failure ??
      failure('bug', 'undo.not-captured', `The input of the undo of step ${step.name} was not captured.`),
  );
}

/**
 * What the answer to an attempt means for the run.
 *
 * @param random draws the retry delay; the drawn instant is journaled
 * @returns `step.succeeded` (late when the attempt had been given up, S22), `step.failed` or `step.unknown` with the
 *   instant of the next attempt, null when there is none
 */
export async function settleAttempt(
  definition: SagaDefinition,
  state: RunState,
  ref: AttemptRef,
  result: AttemptResult,
  evaluate: Evaluate,
  at: number,
  random: Random,
): Promise<NewEntry> {
  const { instance, step } = find(definition, state, ref.instance);
  const base = { ...refOf(instance), direction: ref.direction, attempt: ref.attempt };
  const forward = ref.direction === 'forward';
  if (result.kind === 'succeeded') {
    const late = !isCurrent(instance, ref);
    const undoInput = forward
      ? await captureUndo(definition, state, step, instance, result.output, evaluate)
      : undefined;
    return {
      type: 'step.succeeded',
      ...base,
      output: result.output,
      port: forward ? 'out' : '',
      ...(undoInput && { undoInput }),
      ...(late && { late }),
      at,
    };
  }
  const retryAt = isCurrent(instance, ref) ? nextAttemptAt(state, step, instance, ref, result, at, random) : null;
  if (result.kind === 'failed') return { type: 'step.failed', ...base, failure: result.failure, retryAt, at };
  const undoInput = forward ? await captureUndo(definition, state, step, instance, null, evaluate) : undefined;
  return { type: 'step.unknown', ...base, failure: result.failure, retryAt, ...(undoInput && { undoInput }), at };
}

/**
 * Attempts in flight whose worker is gone: nobody knows what became of them (S3).
 * The caller appends the entries; keyed effects are then repeated with the same key (S11).
 */
export async function recover(
  definition: SagaDefinition,
  state: RunState,
  evaluate: Evaluate,
  at: number,
  random: Random,
): Promise<NewEntry[]> {
  const lost = failure(
    'operational',
    'worker.lost',
    'The worker that made this attempt is gone; its answer was not recorded.',
  );
  const result: AttemptResult = { kind: 'unknown', failure: lost };
  const entries: NewEntry[] = [];
  for (const ref of attemptsInFlight(state)) {
    entries.push(await settleAttempt(definition, state, ref, result, evaluate, at, random));
  }
  return entries;
}

export function attemptsInFlight(state: RunState): AttemptRef[] {
  const refs: AttemptRef[] = [];
  for (const id of state.live) {
    const instance = state.instances[id];
    if (instance?.status === 'running') refs.push({ instance: id, direction: 'forward', attempt: instance.attempt });
  }
  for (const id of state.undoing) {
    const undo = state.instances[id]?.undo;
    if (undo?.status === 'running') refs.push({ instance: id, direction: 'undo', attempt: undo.attempt });
  }
  return refs;
}

/** The undo's input as it is known now; undefined when the step has no compensation. */
export async function captureUndo(
  definition: SagaDefinition,
  state: RunState,
  step: StepDefinition,
  instance: StepInstance,
  output: Json,
  evaluate: Evaluate,
): Promise<Captured | undefined> {
  if (step.undo.kind !== 'compensation') return undefined;
  const scope = { ...expressionScope(definition, state, instance.id, 'undo'), step: { input: instance.input, output } };
  try {
    const value = await evaluate(step.undo.input, scope);
    if (isJsonObject(value)) return { kind: 'value', value };
    return {
      kind: 'failure',
      failure: failure('user', 'input.not-object', `The input of the undo of step ${step.name} is not an object.`),
    };
  } catch (error) {
    return { kind: 'failure', failure: asFailure(error) };
  }
}

function isCurrent(instance: StepInstance, { direction, attempt }: AttemptRef): boolean {
  const side = direction === 'forward' ? instance : instance.undo;
  return side.status === 'running' && side.attempt === attempt;
}

function nextAttemptAt(
  state: RunState,
  step: StepDefinition,
  instance: StepInstance,
  ref: AttemptRef,
  result: Exclude<AttemptResult, { kind: 'succeeded' }>,
  at: number,
  random: Random,
): number | null {
  const { policy, effect, base } = rules(state, step, instance, ref.direction);
  if (policy === null) return null;
  if (result.kind === 'unknown' ? !isRepeatable(effect) : !isRetryable(result.failure, policy)) return null;
  const delay = retryDelay(
    ref.attempt - base,
    policy,
    random,
    result.kind === 'failed' ? result.retryAfterMs : undefined,
  );
  return delay === null ? null : at + delay;
}

function rules(
  state: RunState,
  step: StepDefinition,
  instance: StepInstance,
  direction: Direction,
): { policy: RetryPolicy | null; effect: EffectClass; base: number } {
  if (direction === 'undo') {
    const { undo } = step;
    const base = instance.undo.attemptBase;
    return undo.kind === 'compensation'
      ? { policy: undo.retry, effect: undo.effect, base }
      : { policy: null, effect: 'pure', base };
  }
  const base = instance.attemptBase;
  if (step.kind !== 'action') return { policy: null, effect: step.effect, base };
  const scope = state.scopes[ROOT_SCOPE];
  // A step that is being given up is not tried again (S15, S27).
  if (instance.abandoned || scope?.status !== 'active') return { policy: null, effect: step.effect, base };
  return {
    policy: scope.pivot === null || step.onFailure !== 'fail' ? step.retry : patient(step.retry),
    effect: step.effect,
    base,
  };
}

/** S23: after the pivot, failures are retried with the generous policy; what the author excluded stays excluded. */
function patient(own: RetryPolicy): RetryPolicy {
  return { ...GENEROUS_RETRY, retryOn: own.retryOn, neverRetryOn: own.neverRetryOn };
}

function find(
  definition: SagaDefinition,
  state: RunState,
  id: InstanceId,
): { instance: StepInstance; step: StepDefinition } {
  const instance = state.instances[id];
  const step = instance && definition.steps[instance.step];
  if (!instance || !step) throw new Error(`No step instance ${id}.`);
  return { instance, step };
}
