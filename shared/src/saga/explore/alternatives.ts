/**
 * Everything that can happen to a run next, as entries: outcomes of attempts, ways of branches, numbers of items and passes,
 * events, answers, ends of children, time running out. Data is left out: what the data decides becomes a choice.
 */
import { failure } from '../../kernel/index.js';
import { attemptsInFlight } from '../attempt.js';
import type { AttemptRef } from '../attempt.js';
import type { Command } from '../command.js';
import { deadlineOf } from '../decide.js';
import { isAttempted, isCompensatable, isContainerStep } from '../definition.js';
import type { ContainerStep, SagaDefinition, StepDefinition } from '../definition.js';
import { refOf } from '../instance.js';
import type { Awaited, Captured, NewEntry } from '../journal.js';
import { bodyPath, isStopping, scopeAt } from '../paths.js';
import type { RunState, StepInstance } from '../state.js';
import { isUnsatisfied } from '../tokens.js';

/** How far choices that have no end of their own are followed. */
export interface Bounds {
  /** Items of a for-each: none, one, ... up to so many. */
  readonly items: number;
  /** Passes of a repeat. */
  readonly passes: number;
  /** Cases of an inclusive step up to which every subset is tried; beyond, each case alone and all together. */
  readonly cases: number;
}

type Evaluated = Extract<Command, { kind: 'evaluate' | 'elapse' }>;

const BROKEN = failure('user', 'explored.failure', 'This attempt fails for good.');
const LOST = failure('operational', 'explored.unknown', 'Nobody knows what became of this attempt.');
/** Instants: everything happens at 0, except what waits for time. */
const LATER = 1;

/** What a command can be answered with; those that need nothing but to be written down are not met here. */
export function answersTo(
  definition: SagaDefinition,
  state: RunState,
  command: Evaluated | Extract<Command, { kind: 'attempt' | 'admit' }>,
  bounds: Bounds,
): NewEntry[] {
  const instance = state.instances[command.instance];
  const step = instance && definition.steps[instance.step];
  if (!instance || !step) return [];
  const base = { ...refOf(instance), at: 0 };
  const forward = command.kind !== 'attempt' || command.direction === 'forward';
  const passedOver: NewEntry[] =
    step.skipWhen !== null && forward && instance.status === 'ready' && instance.attempt === 0
      ? [{ type: 'step.skipped', ...base }]
      : [];
  switch (command.kind) {
    case 'admit':
      return [...passedOver, { type: 'step.admitted', ...base }, ...notLetIn(step, instance)];
    case 'attempt': {
      const { direction, attempt } = command;
      return [...passedOver, { type: 'step.started', ...base, direction, attempt, key: '', input: {} }];
    }
    case 'evaluate':
    case 'elapse':
      return [...passedOver, ...comesTo(state, step, instance, bounds)];
  }
}

/** A step that does not stand in line may find no place. */
function notLetIn(step: StepDefinition, instance: StepInstance): NewEntry[] {
  if (!isAttempted(step) || step.concurrency?.policy !== 'reject') return [];
  return [failed(instance, failure('operational', 'limit.rejected', 'There is no place.'))];
}

function comesTo(state: RunState, step: StepDefinition, instance: StepInstance, bounds: Bounds): NewEntry[] {
  const base = { ...refOf(instance), at: 0 };
  if (isContainerStep(step)) {
    return instance.status === 'closing' ? closings(state, step, instance, bounds) : openings(step, instance, bounds);
  }
  switch (step.kind) {
    case 'fail':
      return [failed(instance)];
    case 'join':
      return isUnsatisfied(state, step, instance.path) ? [failed(instance)] : [succeeded(instance, 'out')];
    case 'code':
      return [succeeded(instance, 'out'), failed(instance)];
    case 'branch':
      return [...step.cases.map(({ id }) => id), 'else'].map((port) => succeeded(instance, port));
    case 'inclusive':
      return subsets(
        step.cases.map(({ id }) => id),
        bounds.cases,
      ).map((ports) => ({ ...succeeded(instance, ports[0] ?? 'else'), ports }));
    case 'delay':
      return [{ type: 'step.waiting', ...base, direction: 'forward', until: LATER, awaits: [] }];
    case 'wait': {
      const until = step.timeoutMs === null ? null : LATER;
      return [{ type: 'step.waiting', ...base, direction: 'forward', until, awaits: [event('out')] }];
    }
    case 'task': {
      const until = step.timeoutMs === null ? null : LATER;
      return [{ type: 'step.waiting', ...base, direction: 'forward', until, awaits: [task(null, step.task)] }];
    }
    case 'race': {
      const awaits = step.arms.map((arm): Awaited => {
        if (arm.kind === 'timer') return { kind: 'timer', arm: arm.id, at: LATER };
        return arm.kind === 'task' ? task(arm.id, arm.task) : event(arm.id);
      });
      const until = awaits.some(({ kind }) => kind === 'timer') ? LATER : null;
      return [{ type: 'step.waiting', ...base, direction: 'forward', until, awaits }];
    }
    default:
      return [succeeded(instance, 'out')];
  }
}

function openings(step: ContainerStep, instance: StepInstance, bounds: Bounds): NewEntry[] {
  const opened = {
    type: 'step.opened',
    ...refOf(instance),
    deadline: step.timeoutMs === null ? null : LATER,
    at: 0,
  } as const;
  switch (step.kind) {
    case 'scope':
      return [{ ...opened, variables: step.variables }];
    case 'repeat':
      return step.test === 'before' ? [opened, succeeded(instance, 'out')] : [opened];
    case 'for-each':
      return Array.from({ length: bounds.items + 1 }, (_, length) => ({
        ...opened,
        items: Array.from({ length }, () => null),
      }));
  }
}

function closings(state: RunState, step: ContainerStep, instance: StepInstance, bounds: Bounds): NewEntry[] {
  const body = scopeAt(state, bodyPath(instance));
  if (body?.failure != null) return [failed(instance, body.failure)];
  const done: NewEntry = { ...succeeded(instance, 'out'), ...captured(step) };
  if (step.kind !== 'repeat') return [done];
  const passes = body?.opened ?? 0;
  const next: NewEntry = { type: 'step.continued', ...refOf(instance), at: 0 };
  if (passes >= step.maxPasses) return step.onBound === 'fail' ? [done, failed(instance)] : [done];
  return passes < bounds.passes ? [done, next] : [done];
}

/** What comes without the engine's doing: answers to attempts, what is waited for, time. */
export function occurrences(definition: SagaDefinition, state: RunState): NewEntry[] {
  const found = attemptsInFlight(state).flatMap((ref) => results(definition, state, ref));
  for (const id of state.live) {
    const instance = state.instances[id];
    const step = instance && definition.steps[instance.step];
    if (!instance || !step || instance.parked) continue;
    if (instance.status === 'waiting') found.push(...endsOfWait(step, instance));
    else if (instance.status === 'open' && canTimeOut(definition, state, step, instance))
      found.push({ type: 'scope.timed-out', ...refOf(instance), failure: outOfTime('timeout.scope'), at: LATER });
  }
  for (const id of state.undoing) {
    const instance = state.instances[id];
    if (instance?.undo.status !== 'waiting') continue;
    const base = { ...refOf(instance), direction: 'undo', attempt: instance.undo.attempt, at: 0 } as const;
    found.push({ type: 'step.succeeded', ...base, output: null, port: '' });
    found.push({ type: 'step.failed', ...base, failure: BROKEN, retryAt: null });
  }
  return found;
}

function results(definition: SagaDefinition, state: RunState, ref: AttemptRef): NewEntry[] {
  const instance = state.instances[ref.instance];
  const step = definition.steps[instance?.step ?? ''];
  if (!instance || !step) return [];
  const { direction, attempt } = ref;
  const base = { ...refOf(instance), direction, attempt, at: 0 };
  const forward = direction === 'forward';
  const undoInput = forward ? captured(step) : {};
  const isChild = forward ? step.kind === 'call' && step.mode === 'wait' : step.undo.kind === 'child';
  const success: NewEntry = isChild
    ? {
        type: 'step.waiting',
        ...refOf(instance),
        direction,
        until: null,
        awaits: [CHILD],
        output: null,
        ...undoInput,
        at: 0,
      }
    : { type: 'step.succeeded', ...base, output: null, port: forward ? 'out' : '', ...undoInput };
  return [
    success,
    { type: 'step.failed', ...base, failure: BROKEN, retryAt: null },
    { type: 'step.unknown', ...base, failure: LOST, retryAt: null, ...undoInput },
  ];
}

function endsOfWait(step: StepDefinition, instance: StepInstance): NewEntry[] {
  if (step.kind === 'delay') return [succeeded(instance, 'out', LATER)];
  const found = instance.awaits.flatMap((each): NewEntry[] => {
    switch (each.kind) {
      case 'event':
        return [succeeded(instance, each.arm)];
      case 'timer':
        return [succeeded(instance, each.arm, LATER)];
      case 'task':
        return each.arm === null
          ? each.outcomes.map(({ id }) => succeeded(instance, id))
          : [succeeded(instance, each.arm)];
      case 'child':
        return endsOfChild(step, instance);
      case 'slot':
        return [{ type: 'step.admitted', ...refOf(instance), at: 0 }];
    }
  });
  const timed = (step.kind === 'wait' || step.kind === 'task') && step.timeoutMs !== null;
  if (timed) found.push(failed(instance, outOfTime(`timeout.${step.kind}`), LATER));
  return found;
}

function endsOfChild(step: StepDefinition, instance: StepInstance): NewEntry[] {
  const attempt = instance.attempt;
  const lost = failure('user', 'child.terminated', 'The child was ended without undo.');
  const base = { ...refOf(instance), direction: 'forward', attempt, at: 0 } as const;
  return [
    { ...succeeded(instance, 'out'), attempt, ...captured(step) },
    { type: 'step.failed', ...base, failure: failure('user', 'child.failed', 'The child failed.'), retryAt: null },
    { type: 'step.unknown', ...base, failure: lost, retryAt: null, ...captured(step) },
  ];
}

function canTimeOut(
  definition: SagaDefinition,
  state: RunState,
  step: StepDefinition,
  instance: StepInstance,
): boolean {
  return (
    isContainerStep(step) &&
    deadlineOf(definition, state, instance) !== null &&
    !instance.abandoned &&
    !isStopping(state, instance.path)
  );
}

type Succeeded = Extract<NewEntry, { type: 'step.succeeded' }>;

function succeeded(instance: StepInstance, port: string, at = 0): Succeeded {
  const attempt = instance.attempt + 1;
  return { type: 'step.succeeded', ...refOf(instance), direction: 'forward', attempt, output: null, port, at };
}

function failed(instance: StepInstance, reason = BROKEN, at = 0): NewEntry {
  const attempt = instance.attempt + 1;
  return { type: 'step.failed', ...refOf(instance), direction: 'forward', attempt, failure: reason, retryAt: null, at };
}

function captured(step: StepDefinition): { undoInput?: Captured } {
  return isCompensatable(step.undo) ? { undoInput: { kind: 'value', value: {} } } : {};
}

const outOfTime = (code: string) => failure('operational', code, 'It ran out of time.');
const CHILD: Awaited = { kind: 'child', arm: 'out', run: '' };
const event = (arm: string): Awaited => ({ kind: 'event', arm, type: '*', filter: null, correlation: null, since: 0 });

function task(arm: string | null, { outcomes }: { outcomes: Extract<Awaited, { kind: 'task' }>['outcomes'] }): Awaited {
  const nothing = { form: null, dueAt: null, reminderMs: null, escalateAt: null, escalateTo: [] };
  return { kind: 'task', arm, title: '', instructions: '', assignees: [], outcomes, ...nothing };
}

/** Non-empty subsets in drawing order, and none of them at last (`else`). */
function subsets(ids: readonly string[], exhaustive: number): string[][] {
  if (ids.length > exhaustive) return [...ids.map((id) => [id]), [...ids], ['else']];
  const found: string[][] = [];
  for (let bits = 1; bits < 2 ** ids.length; bits += 1) found.push(ids.filter((_, index) => (bits >> index) & 1));
  return [...found, ['else']];
}
