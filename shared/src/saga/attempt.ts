/**
 * Attempts of steps with outside effects: the intent before (S3), the outcome after, in both directions.
 *
 * 1. Undo input is captured with the first outcome that may have had an effect, success or UNKNOWN (S17), never later.
 * 2. A child run that was started, or asked to undo itself, is not over: its step waits for the child's end (S18).
 * 3. Nothing is tried again once its body is being stopped (S15), it has lost a race (S27), or its whole time is over (S10).
 */
import { failure, FailureError } from '../kernel/index.js';
import type { EffectClass, Failure, JsonObject, Random, RetryPolicy } from './imports.js';
import { isAttempted, isCompensatable } from './definition.js';
import type { SagaDefinition, StepDefinition, StepOf } from './definition.js';
import { asFailure, objectOrThrow } from './as-failure.js';
import { captureUndo, childRun } from './capture-undo.js';
import type { AttemptResult, CommandOf } from './command.js';
import { findInstance } from './find-instance.js';
import { idempotencyKey, participantKey } from './idempotency-key.js';
import { beforeReplacement, refOf } from './instance.js';
import type { Direction } from './instance.js';
import type { NewEntry } from './journal.js';
import { hasLimits } from './admit.js';
import { isPivoted, isStopping } from './paths.js';
import { GENEROUS_RETRY, isRepeatAllowed, isRepeatable, isRetryable, retryDelay } from './retry.js';
import { expressionScope } from './scope.js';
import type { Evaluate } from './scope.js';
import { isSkipped } from './skip.js';
import type { InstanceId, RunState, StepInstance } from './state.js';
import { totalDeadline, totalTimeout } from './total-timeout.js';

export interface AttemptRef {
  readonly instance: InstanceId;
  readonly direction: Direction;
  readonly attempt: number;
}

/** What the worker calls after the intent is durable. */
export type Launchable =
  | { readonly kind: 'operation'; readonly connector: string; readonly operation: string; readonly effect: EffectClass }
  /** Start a child run under the key of the intent: a known key gives the run that was started before. */
  | (Pick<StepOf<'call'>, 'workflow' | 'version' | 'mode'> & { readonly kind: 'child-start' })
  /**
   * Cancel the child run if it is not over, else undo it. `run` is null when nobody knows whether it was started: then it is
   * the run started under `key`, if there is one; without one nothing has to be undone, and the answer names no run.
   */
  | { readonly kind: 'child-undo'; readonly run: string | null; readonly key: string | null };

/**
 * What an attempt of a step calls.
 *
 * @throws when the step has nothing to call in that direction: its definition is damaged
 */
export function operationFor(
  definition: SagaDefinition,
  state: RunState,
  id: InstanceId,
  direction: Direction,
): Launchable {
  const { instance, step } = findInstance(definition, state, id);
  const side = direction === 'undo' ? instance.undo : instance;
  if (side.override !== null) return { kind: 'operation', ...side.override };
  const called = direction === 'undo' ? step.undo : step;
  switch (called.kind) {
    case 'action':
    case 'compensation': {
      const { connector, operation, effect } = called;
      return { kind: 'operation', connector, operation, effect };
    }
    case 'call': {
      const { workflow, version, mode } = called;
      return { kind: 'child-start', workflow, version, mode };
    }
    case 'child': {
      const captured = instance.undo.input;
      const { run = null, key = null } = captured?.kind === 'value' ? captured.value : {};
      return { kind: 'child-undo', run: textOrNull(run), key: textOrNull(key) };
    }
    default:
      throw new Error(`Step ${step.name} has no operation to call; its definition is damaged.`);
  }
}

const textOrNull = (value: unknown) => (typeof value === 'string' ? value : null);

/** How long an attempt that begins at `at` may take, milliseconds: no longer than the step has left (S10). */
export function attemptTimeoutMs(
  definition: SagaDefinition,
  state: RunState,
  id: InstanceId,
  direction: Direction,
  at: number,
): number {
  const { instance, step } = findInstance(definition, state, id);
  const called = direction === 'undo' ? step.undo : step;
  if (!('attemptTimeoutMs' in called)) throw new Error(`Step ${step.name} has no attempts; its definition is damaged.`);
  const deadline = direction === 'undo' ? null : totalDeadline(step, instance);
  return deadline === null ? called.attemptTimeoutMs : Math.max(1, Math.min(called.attemptTimeoutMs, deadline - at));
}

/**
 * Answers `attempt`.
 *
 * @returns the intent with its evaluated input and key; `step.skipped` when the step's condition says so before its first
 *   attempt; a failure for good when its input or key cannot be evaluated or its time is over (`timeout.total`)
 */
export async function startAttempt(
  definition: SagaDefinition,
  state: RunState,
  command: CommandOf<'attempt'>,
  runId: string,
  evaluate: Evaluate,
  at: number,
): Promise<NewEntry> {
  const { instance, step } = findInstance(definition, state, command.instance);
  const { direction, attempt } = command;
  const ref = { ...refOf(instance), direction, attempt };
  try {
    if (direction === 'undo') {
      const key = idempotencyKey(runId, instance, 'undo', instance.undo.round);
      return { type: 'step.started', ...ref, key, input: capturedInput(step, instance), at };
    }
    // A step with limits was asked before it got its slot.
    const isFirst = instance.input === null && !(hasLimits(step) && instance.admitted);
    const scope = expressionScope(definition, state, instance.id, 'forward');
    if (isFirst && (await isSkipped(step, (template) => evaluate(template, scope))))
      return { type: 'step.skipped', ...refOf(instance), at };
    const deadline = totalDeadline(step, instance);
    if (deadline !== null && at >= deadline) {
      return { type: 'step.failed', ...ref, failure: totalTimeout(step, instance.failure), retryAt: null, at };
    }
    const input = await forwardInput(definition, state, step, instance, evaluate);
    const key = await participantKey(definition, state, step, instance, evaluate, runId);
    return { type: 'step.started', ...ref, key, input, at };
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
  if (!isAttempted(step)) throw new Error(`Step ${step.name} has no outside effect.`);
  const input = await evaluate(step.input, expressionScope(definition, state, instance.id, 'forward'));
  return objectOrThrow(input, `The input of step ${step.name}`);
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
 * @returns `step.succeeded` (late when the attempt had been given up, S22), `step.waiting` (for a child run), `step.failed` or
 *   `step.unknown` with the instant of the next attempt, null when there is none
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
  const { instance, step } = findInstance(definition, state, ref.instance);
  const base = { ...refOf(instance), direction: ref.direction, attempt: ref.attempt };
  const forward = ref.direction === 'forward';
  const asked = (forward && beforeReplacement(instance, ref.attempt)) || instance;
  const capture = async (output: Parameters<typeof captureUndo>[4]) => {
    const undoInput = forward ? await captureUndo(definition, state, step, asked, output, evaluate) : undefined;
    return undoInput && { undoInput };
  };
  if (result.kind === 'succeeded') {
    const captured = await capture(result.output);
    const child = awaitedChild(step, instance, ref, result);
    if (child !== null) {
      const awaits = [{ kind: 'child', arm: forward ? 'out' : '', run: child } as const];
      const until = forward ? totalDeadline(step, instance) : null;
      const { direction } = ref;
      const output = result.output;
      return { type: 'step.waiting', ...refOf(instance), direction, until, awaits, output, ...captured, at };
    }
    const late = !isCurrent(instance, ref);
    const port = forward ? 'out' : '';
    return { type: 'step.succeeded', ...base, output: result.output, port, ...captured, ...(late && { late }), at };
  }
  const { retryAt, failure: reason } = whatFollows(state, step, instance, ref, result, at, random);
  if (result.kind === 'failed') return { type: 'step.failed', ...base, failure: reason, retryAt, at };
  return { type: 'step.unknown', ...base, failure: reason, retryAt, ...(await capture(null)), at };
}

/**
 * The child run that the step waits for now; null when it does not. An answer that comes after the step was given up counts as
 * a late success (S22): nothing waits for that child any more.
 */
function awaitedChild(
  step: StepDefinition,
  instance: StepInstance,
  { direction }: AttemptRef,
  result: Extract<AttemptResult, { kind: 'succeeded' }>,
): string | null {
  const { override, status } = direction === 'undo' ? instance.undo : instance;
  if (override !== null) return null;
  const isChild = direction === 'undo' ? step.undo.kind === 'child' : step.kind === 'call' && step.mode === 'wait';
  const isOver =
    direction === 'undo'
      ? status === 'done' || status === 'skipped'
      : !instance.parked && (status === 'unknown' || status === 'failed' || status === 'cancelled');
  return isChild && !isOver ? childRun(result.output) : null;
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

function isCurrent(instance: StepInstance, { direction, attempt }: AttemptRef): boolean {
  const side = direction === 'forward' ? instance : instance.undo;
  return side.status === 'running' && side.attempt === attempt;
}

type Unsuccessful = Exclude<AttemptResult, { kind: 'succeeded' }>;

/** When the next attempt begins, or what the step has failed with: its attempt's failure, or that its whole time is over. */
function whatFollows(
  state: RunState,
  step: StepDefinition,
  instance: StepInstance,
  ref: AttemptRef,
  result: Unsuccessful,
  at: number,
  random: Random,
): { retryAt: number | null; failure: Failure } {
  const asAnswered = { retryAt: null, failure: result.failure };
  if (!isCurrent(instance, ref)) return asAnswered;
  const retryAt = nextAttemptAt(state, step, instance, ref, result, at, random);
  const deadline = ref.direction === 'forward' ? totalDeadline(step, instance) : null;
  if (deadline === null) return { retryAt, failure: result.failure };
  // An attempt is cut off where the step's time ends: that it was not answered then says that the time is over.
  const isOver = retryAt === null ? result.kind === 'unknown' && at >= deadline : retryAt >= deadline;
  return isOver ? { retryAt: null, failure: totalTimeout(step, result.failure) } : { retryAt, failure: result.failure };
}

function nextAttemptAt(
  state: RunState,
  step: StepDefinition,
  instance: StepInstance,
  ref: AttemptRef,
  result: Unsuccessful,
  at: number,
  random: Random,
): number | null {
  const { policy, effect, base } = rules(state, step, instance, ref.direction);
  if (policy === null) return null;
  const worthwhile =
    result.kind === 'unknown'
      ? isRepeatable(effect) && isRepeatAllowed(result.failure, policy)
      : isRetryable(result.failure, policy);
  if (!worthwhile) return null;
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
    const { attemptBase: base, override } = instance.undo;
    return isCompensatable(undo)
      ? { policy: undo.retry, effect: override?.effect ?? undo.effect, base }
      : { policy: null, effect: 'pure', base };
  }
  const base = instance.attemptBase;
  const effect = instance.override?.effect ?? step.effect;
  if (!isAttempted(step)) return { policy: null, effect, base };
  // A step that is being given up is not tried again (S15, S27).
  if (instance.abandoned || isStopping(state, instance.path)) return { policy: null, effect, base };
  const goesOn = step.onFailure !== 'fail' || !isPivoted(state, instance.path);
  return { policy: goesOn ? step.retry : patient(step.retry), effect, base };
}

/** S23: after the pivot, failures are retried with the generous policy; what the author excluded stays excluded. */
function patient(own: RetryPolicy): RetryPolicy {
  return { ...GENEROUS_RETRY, retryOn: own.retryOn, neverRetryOn: own.neverRetryOn };
}
