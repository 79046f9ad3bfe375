/** What opens a container's body, and what a container comes to once its body is over. */
import { failure, FailureError } from '../kernel/index.js';
import type { Json } from './imports.js';
import type { ContainerStep, SagaDefinition, StepDefinition, StepOf } from './definition.js';
import { objectOrThrow } from './as-failure.js';
import { captureUndo } from './capture-undo.js';
import { refOf } from './instance.js';
import type { NewEntry } from './journal.js';
import { failedNow, succeededNow } from './outcome.js';
import { bodyPath, itemPath, scopeAt } from './paths.js';
import { expressionScope, repetitionScope } from './scope.js';
import type { Evaluate } from './scope.js';
import type { RunState, StepInstance } from './state.js';

/** More items than that are refused: a run that goes through them would not fit its journal. */
const MAX_ITEMS = 1_000_000;

/**
 * @returns `step.opened`, or `step.succeeded` for a repetition that is over before its first pass
 * @throws FailureError `for-each.items`, `repeat.not-boolean`, or what a template throws
 */
export async function openContainer(
  definition: SagaDefinition,
  state: RunState,
  step: ContainerStep,
  instance: StepInstance,
  evaluate: Evaluate,
  at: number,
): Promise<NewEntry> {
  const deadline = step.timeoutMs === null ? null : at + step.timeoutMs;
  const opened = { type: 'step.opened', ...refOf(instance), deadline, at } as const;
  const fill = (template: Json) => evaluate(template, expressionScope(definition, state, instance.id, 'forward'));
  switch (step.kind) {
    case 'for-each':
      return { ...opened, items: itemsOf(step, await fill(step.items)) };
    case 'repeat': {
      const over = step.test === 'before' && (await isOver(definition, state, step, instance, evaluate));
      return over ? succeededNow(instance, at, null, 'out') : opened;
    }
    case 'scope': {
      const variables = objectOrThrow(await fill(step.variables), `What the variables of ${step.name} start with`);
      return { ...opened, variables };
    }
  }
}

function itemsOf(step: StepOf<'for-each'>, value: Json): Json[] {
  const problem = !Array.isArray(value)
    ? `goes through ${JSON.stringify(value).slice(0, 80)}, which is no list; give an array`
    : value.length > MAX_ITEMS
      ? `goes through ${value.length} items, which is more than ${MAX_ITEMS}; split them over several runs`
      : null;
  if (problem === null) return [...(value as readonly Json[])];
  throw new FailureError(failure('user', 'for-each.items', `Step ${step.name} ${problem}.`));
}

/**
 * @returns `step.succeeded` with what the body came to, `step.failed` with its failure or `repeat.exhausted`, or
 *   `step.continued` when a repetition has another pass to do
 */
export async function closeContainer(
  definition: SagaDefinition,
  state: RunState,
  step: StepDefinition,
  instance: StepInstance,
  evaluate: Evaluate,
  at: number,
): Promise<NewEntry> {
  const body = scopeAt(state, bodyPath(instance));
  if (!body) throw new Error(`Step ${step.name} has no body.`);
  if (body.failure !== null) return failedNow(instance, at, body.failure);
  switch (step.kind) {
    case 'for-each':
      return succeededNow(instance, at, collected(state, instance), 'out');
    case 'repeat':
      return await nextPass(definition, state, step, instance, evaluate, at);
    case 'scope': {
      const undoInput = await captureUndo(definition, state, step, instance, body.output, evaluate);
      return { ...succeededNow(instance, at, body.output, 'out'), ...(undoInput && { undoInput }) };
    }
    default:
      throw new Error(`Step ${step.name} is no container.`);
  }
}

/** `errors` are the first ones where they are collected; `failed` counts all that failed. */
function collected(state: RunState, instance: StepInstance): Json {
  const body = scopeAt(state, bodyPath(instance));
  const { results = [], errors = [], failed = 0 } = body?.loop ?? {};
  return { results, errors: errors as unknown as Json[], failed, count: body?.opened ?? 0 };
}

async function nextPass(
  definition: SagaDefinition,
  state: RunState,
  step: StepOf<'repeat'>,
  instance: StepInstance,
  evaluate: Evaluate,
  at: number,
): Promise<NewEntry> {
  const loop = bodyPath(instance);
  const passes = scopeAt(state, loop)?.opened ?? 0;
  const output = scopeAt(state, itemPath(loop, passes - 1))?.output ?? null;
  if (await isOver(definition, state, step, instance, evaluate)) return succeededNow(instance, at, output, 'out');
  if (passes < step.maxPasses) return { type: 'step.continued', ...refOf(instance), at };
  if (step.onBound === 'continue') return succeededNow(instance, at, output, 'out');
  const message = `Step ${step.name} has done its ${step.maxPasses} passes, and its condition still does not hold.`;
  return failedNow(instance, at, failure('user', 'repeat.exhausted', message));
}

async function isOver(
  definition: SagaDefinition,
  state: RunState,
  step: StepOf<'repeat'>,
  instance: StepInstance,
  evaluate: Evaluate,
): Promise<boolean> {
  const value = await evaluate(step.until, repetitionScope(definition, state, instance));
  if (typeof value === 'boolean' || value === null) return value === true;
  const message = `The condition of step ${step.name} gave ${JSON.stringify(value).slice(0, 80)}; make it true or false.`;
  throw new FailureError(failure('user', 'repeat.not-boolean', message));
}
