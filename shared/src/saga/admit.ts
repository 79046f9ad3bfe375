/** Limits on how many steps go on at a time, or begin in a while, per key (S30). What is free, the worker knows. */
import { err, failure, FailureError, ok } from '../kernel/index.js';
import type { Failure, Result } from './imports.js';
import { isAttempted } from './definition.js';
import type { SagaDefinition, StepDefinition } from './definition.js';
import { asFailure } from './as-failure.js';
import { findInstance } from './find-instance.js';
import { refOf } from './instance.js';
import type { NewEntry } from './journal.js';
import { failedNow } from './outcome.js';
import { expressionScope } from './scope.js';
import type { Evaluate, ExpressionScope } from './scope.js';
import { isSkipped } from './skip.js';
import type { InstanceId, RunState } from './state.js';
import { totalDeadline, totalTimeout } from './total-timeout.js';

export interface Limit {
  readonly key: string;
  readonly limit: number;
  /** Length of the window that so many may begin in, milliseconds; null = so many at a time, until they are settled. */
  readonly perMs: number | null;
  /** Without a place the step fails instead of standing in line. */
  readonly reject?: boolean;
}

/** `rejected`: there is no place, and the step does not wait for one. */
export type SlotGrant = 'granted' | 'waiting' | 'rejected';

export function hasLimits(step: StepDefinition): boolean {
  return isAttempted(step) && (step.concurrency !== null || step.rate !== null);
}

/**
 * The slots that a step needs, all of them before it begins. Those that it waits for are not worked out anew.
 *
 * @returns the failure when a key cannot be worked out (`limit.key`): {@link admitStep} then answers with it
 */
export async function limitsOf(
  definition: SagaDefinition,
  state: RunState,
  id: InstanceId,
  evaluate: Evaluate,
): Promise<Result<readonly Limit[], Failure>> {
  const { instance, step } = findInstance(definition, state, id);
  const queued = instance.awaits.filter((each) => each.kind === 'slot');
  if (queued.length > 0) return ok(queued.map(({ key, limit, perMs }) => ({ key, limit, perMs })));
  try {
    return ok(await workOut(step, evaluate, expressionScope(definition, state, id, 'forward')));
  } catch (error) {
    return err(asFailure(error));
  }
}

async function workOut(step: StepDefinition, evaluate: Evaluate, scope: ExpressionScope): Promise<Limit[]> {
  if (!isAttempted(step)) return [];
  const { concurrency, rate } = step;
  const wanted = [
    concurrency && { ...concurrency, perMs: null, reject: concurrency.policy === 'reject' },
    rate && { ...rate, reject: false },
  ].filter((each) => each !== null);
  const limits: Limit[] = [];
  for (const { key: template, limit, perMs, reject } of wanted) {
    const value = await evaluate(template, scope);
    if ((typeof value !== 'string' || value === '') && typeof value !== 'number') {
      const message = `The limit of step ${step.name} is kept per ${JSON.stringify(value).slice(0, 80)}; make its key a text or a number.`;
      throw new FailureError(failure('user', 'limit.key', message));
    }
    limits.push({ key: String(value), limit, perMs, ...(reject && { reject }) });
  }
  return limits;
}

/**
 * Answers `admit`, and later the slot that a step was waiting for.
 *
 * @param grant `granted`: every slot of {@link limitsOf} is held for the step now
 * @returns `step.admitted`, `step.waiting` for the slots, `step.skipped`, or `step.failed`
 */
export async function admitStep(
  definition: SagaDefinition,
  state: RunState,
  id: InstanceId,
  evaluate: Evaluate,
  grant: SlotGrant,
  at: number,
): Promise<NewEntry> {
  const { instance, step } = findInstance(definition, state, id);
  const scope = expressionScope(definition, state, id, 'forward');
  const until = totalDeadline(step, instance);
  try {
    const isFirst = instance.status === 'ready' && instance.input === null;
    if (isFirst && (await isSkipped(step, (template) => evaluate(template, scope))))
      return { type: 'step.skipped', ...refOf(instance), at };
    if (until !== null && at >= until) return failedNow(instance, at, totalTimeout(step, instance.failure));
    const limits = await limitsOf(definition, state, id, evaluate);
    if (!limits.ok) return failedNow(instance, at, limits.error);
    if (grant === 'rejected') return failedNow(instance, at, rejected(step, limits.value));
    if (grant === 'granted') return { type: 'step.admitted', ...refOf(instance), at };
    const awaits = limits.value.map(({ key, limit, perMs }) => ({ kind: 'slot', arm: '', key, limit, perMs }) as const);
    return { type: 'step.waiting', ...refOf(instance), direction: 'forward', until, awaits, at };
  } catch (error) {
    return failedNow(instance, at, asFailure(error));
  }
}

function rejected(step: StepDefinition, limits: readonly Limit[]): Failure {
  const full = limits.find((each) => each.reject) ?? limits[0];
  const message = `Step ${step.name} found all ${full?.limit ?? 0} places of ${full?.key ?? 'its key'} taken, and does not stand in line; try it again later, or let it wait.`;
  return failure('operational', 'limit.rejected', message);
}
