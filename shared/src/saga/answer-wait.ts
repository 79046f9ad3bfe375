/**
 * What comes to a waiting step from outside: an event that matches, a person's answer to a task, the end of a child run.
 *
 * Matching an event and knowing who may answer a task are not done here; that a wait is still open, and what its answer has to
 * hold, is.
 */
import { err, failure, ok } from '../kernel/index.js';
import type { Failure, Json, Result } from './imports.js';
import type { SagaDefinition, StepDefinition } from './definition.js';
import { captureUndo } from './capture-undo.js';
import { refOf } from './instance.js';
import type { Actor, Awaited, ChildEnd, NewEntry, RunEvent } from './journal.js';
import { succeededNow } from './outcome.js';
import { isStopping } from './paths.js';
import type { Evaluate } from './scope.js';
import type { InstanceId, RunState, StepInstance } from './state.js';
import { formRefusal } from './task-form.js';

export interface TaskAnswer {
  readonly kind: 'task';
  readonly instance: InstanceId;
  /** Of a race with several tasks, which; needed when more than one of them has the outcome. */
  readonly arm?: string | null;
  readonly outcome: string;
  /** What was filled in; null when the task has no form. */
  readonly data: Json;
  readonly comment: string | null;
  readonly by: Actor;
}

export type WaitAnswer =
  | { readonly kind: 'event'; readonly instance: InstanceId; readonly arm: string; readonly event: RunEvent }
  | TaskAnswer
  | { readonly kind: 'child'; readonly instance: InstanceId; readonly end: ChildEnd };

type AwaitedOf<K extends Awaited['kind']> = Extract<Awaited, { kind: K }>;

/**
 * The entry that goes on with a wait.
 *
 * @returns or why it does not: `wait.not-open`, `task.arm-required`, `task.outcome-unknown`, `task.comment-required`,
 *   `task.form`
 */
export async function answerWait(
  definition: SagaDefinition,
  state: RunState,
  answer: WaitAnswer,
  evaluate: Evaluate,
  at: number,
): Promise<Result<NewEntry, Failure>> {
  const instance = state.instances[answer.instance];
  const step = definition.steps[instance?.step ?? ''];
  if (!instance || !step || state.endedAt !== null || state.terminated !== null) return err(notOpen(answer.instance));
  if (answer.kind === 'child') return childEnded(definition, state, step, instance, answer.end, evaluate, at);
  // What lies in a body that is being stopped is about to be cancelled: nothing goes on there any more (S15).
  const goesOn = instance.status === 'waiting' && !instance.abandoned && !isStopping(state, instance.path);
  if (!goesOn) return err(notOpen(step.name));
  if (answer.kind === 'task') return taskAnswered(step, instance, answer, at);
  const { arm, event } = answer;
  const awaited = instance.awaits.some((each) => each.kind === 'event' && each.arm === arm);
  if (!awaited) return err(notOpen(step.name));
  const { id, source, type, subject, time, data, headers } = event;
  return ok(succeededNow(instance, at, { id, source, type, subject, time, data, headers }, arm));
}

const notOpen = (what: string) =>
  failure('user', 'wait.not-open', `${what} does not wait for that (any more); look at the run for what has happened.`);

function taskAnswered(
  step: StepDefinition,
  instance: StepInstance,
  answer: TaskAnswer,
  at: number,
): Result<NewEntry, Failure> {
  const { comment, by } = answer;
  const task = taskMeant(step, instance, answer);
  if (!task.ok) return task;
  const { arm, title, outcomes, form } = task.value;
  const outcome = outcomes.find(({ id }) => id === answer.outcome);
  if (!outcome) {
    const known = outcomes.map(({ id }) => id).join(', ');
    return err(
      failure('user', 'task.outcome-unknown', `"${title}" has no outcome ${answer.outcome}; it has ${known}.`),
    );
  }
  if (outcome.commentRequired && (comment ?? '').trim() === '') {
    const message = `Outcome "${outcome.label}" of "${title}" needs a comment; say why.`;
    return err(failure('user', 'task.comment-required', message));
  }
  const data = form === null && isEmpty(answer.data) ? null : answer.data;
  const refusal = form === null ? unasked(title, data) : formRefusal(title, form, data);
  if (refusal) return err(refusal);
  const output = { outcome: outcome.id, comment, data, by: { ...by } };
  return ok({ ...succeededNow(instance, at, output, arm ?? outcome.id), by });
}

function taskMeant(
  step: StepDefinition,
  { awaits }: StepInstance,
  { arm = null, outcome }: TaskAnswer,
): Result<AwaitedOf<'task'>, Failure> {
  const tasks = awaits.filter((each) => each.kind === 'task').filter((each) => arm === null || each.arm === arm);
  const [first] = tasks;
  if (!first) return err(notOpen(step.name));
  if (tasks.length === 1) return ok(first);
  const [meant, ...others] = tasks.filter(({ outcomes }) => outcomes.some(({ id }) => id === outcome));
  if (others.length === 0) return ok(meant ?? first);
  const message = `Step ${step.name} waits for several tasks with the outcome ${outcome}; say by "arm" which is meant.`;
  return err(failure('user', 'task.arm-required', message));
}

const isEmpty = (data: Json) => typeof data === 'object' && data !== null && Object.keys(data).length === 0;

function unasked(title: string, data: Json): Failure | null {
  return data === null
    ? null
    : failure('user', 'task.form', `"${title}" asks for nothing but its outcome; leave the data out.`);
}

// ---- child runs ----

/** S18. In the undo direction it is the child's second end that counts: everything of it is undone, or it says why not. */
async function childEnded(
  definition: SagaDefinition,
  state: RunState,
  step: StepDefinition,
  instance: StepInstance,
  end: ChildEnd,
  evaluate: Evaluate,
  at: number,
): Promise<Result<NewEntry, Failure>> {
  if (instance.undo.status === 'waiting') return ok(childUndone(step, instance, end, at));
  const child = instance.awaits.find((each) => each.kind === 'child');
  if (instance.status !== 'waiting' || !child) return err(notOpen(step.name));
  // One more than the attempts to start it, so that a belated answer of one of those is not taken for its end.
  const base = { ...refOf(instance), direction: 'forward', attempt: instance.attempt + 1, at } as const;
  const capture = async (output: Json) => {
    const undoInput = await captureUndo(definition, state, step, instance, output, evaluate);
    return undoInput && { undoInput };
  };
  switch (end.outcome) {
    case 'completed': {
      // Its own compensation reads what the child came to; its undo as a child goes by the child's id.
      const read = step.undo.kind === 'child' ? { run: child.run } : end.output;
      return ok({ type: 'step.succeeded', ...base, output: end.output, port: child.arm, ...(await capture(read)) });
    }
    case 'failed':
    case 'compensated':
    case 'cancelled':
      return ok({ type: 'step.failed', ...base, failure: childFailure(step, end), retryAt: null });
    case 'terminated': {
      const reason = childFailure(step, end);
      return ok({
        type: 'step.unknown',
        ...base,
        failure: reason,
        retryAt: null,
        ...(await capture({ run: child.run })),
      });
    }
  }
}

function childUndone(step: StepDefinition, instance: StepInstance, end: ChildEnd, at: number): NewEntry {
  const base = { ...refOf(instance), direction: 'undo', attempt: instance.undo.attempt, at } as const;
  switch (end.outcome) {
    case 'compensated':
    case 'cancelled':
    case 'failed':
      return { type: 'step.succeeded', ...base, output: { outcome: end.outcome }, port: '' };
    case 'completed':
    case 'terminated':
      return { type: 'step.failed', ...base, failure: childFailure(step, end), retryAt: null };
  }
}

function childFailure(step: StepDefinition, { outcome, failure: cause }: ChildEnd): Failure {
  const because = cause === null ? '' : `: ${cause.message}`;
  const [code, message] =
    outcome === 'completed'
      ? ['child.not-undone', `The child run of step ${step.name} was not undone${because}`]
      : [`child.${outcome}`, `The child run of step ${step.name} ended ${outcome}${because}`];
  return failure(cause?.kind ?? 'user', code, message, cause === null ? undefined : { ...cause });
}
