/**
 * Opens the waits of `delay`, `wait`, `task` and `race`, and says what time alone does to them afterwards.
 *
 * 1. One entry opens a wait; everything that it goes by later (instants, texts, assignees, what an event must equal) is
 *    evaluated then and journaled (S6).
 * 2. Of several things that are due at once the earliest wins; of equal ones the first drawn, and an arm before running out.
 * 3. A reminder that was slept through is made up for once, not as often as it was missed.
 */
import { failure, FailureError } from '../kernel/index.js';
import type { Failure, Json, RaceArm, TaskSettings } from './imports.js';
import type { Delay, StepDefinition, StepOf } from './definition.js';
import { refOf } from './instance.js';
import type { Awaited, EntryOf, NewEntry } from './journal.js';
import type { StepInstance } from './state.js';
import { asText } from './text.js';

/** Evaluates one template of the step at hand. */
export type Fill = (template: Json) => Promise<Json>;
type AwaitedTask = Extract<Awaited, { kind: 'task' }>;
type AwaitedEvent = Extract<Awaited, { kind: 'event' }>;

/** Steps that wait for what comes from outside. */
type WaitingStep = StepOf<'wait' | 'task' | 'race'>;

/**
 * @returns `step.waiting` with everything it waits for
 * @throws FailureError `delay.instant`, `wait.correlation`, `task.assignee`, or what a template throws
 */
export async function openWait(step: WaitingStep, instance: StepInstance, fill: Fill, at: number): Promise<NewEntry> {
  const awaits: Awaited[] = [];
  switch (step.kind) {
    case 'wait':
      awaits.push(await awaitEvent(step.name, 'out', step.event, fill, at));
      break;
    case 'task':
      awaits.push(await awaitTask(step.name, null, step.task, fill, at));
      break;
    case 'race':
      for (const arm of step.arms) awaits.push(await awaitArm(step, arm, fill, at));
  }
  const until = nextInstant(step, awaits, at, at - 1);
  return { type: 'step.waiting', ...refOf(instance), direction: 'forward', until, awaits, at };
}

async function awaitArm(step: StepOf<'race'>, arm: RaceArm, fill: Fill, at: number): Promise<Awaited> {
  switch (arm.kind) {
    case 'event':
      return awaitEvent(step.name, arm.id, arm.event, fill, at);
    case 'timer':
      return { kind: 'timer', arm: arm.id, at: await instantOf(step.name, arm.delay, fill, at) };
    case 'task':
      return awaitTask(step.name, arm.id, arm.task, fill, at);
  }
}

async function awaitEvent(
  name: string,
  arm: string,
  event: StepOf<'wait'>['event'],
  fill: Fill,
  at: number,
): Promise<AwaitedEvent> {
  const { type, filter = null, schemaVersion, correlation, earlyMs } = event;
  const known = schemaVersion === undefined ? {} : { schemaVersion };
  const base = { kind: 'event', arm, type, filter, ...known, since: at - earlyMs } as const;
  if (!correlation) return { ...base, correlation: null };
  const value = await fill(correlation.value);
  // Nothing, or a structure, would match events that are about something else.
  if (value === null || typeof value === 'object' || value === '') {
    const message = `Step ${name} should know its event by ${correlation.path} = ${shown(value)}; give the text or number that the event has there.`;
    throw new FailureError(failure('user', 'wait.correlation', message));
  }
  return { ...base, correlation: { path: correlation.path, value } };
}

async function awaitTask(
  name: string,
  arm: string | null,
  task: TaskSettings,
  fill: Fill,
  at: number,
): Promise<AwaitedTask> {
  const { form = null, outcomes, dueMs, reminderMs = null, escalation } = task;
  const people = (templates: readonly string[]) => assigneesOf(name, templates, fill);
  return {
    kind: 'task',
    arm,
    title: asText(await fill(task.title)).trim() || name,
    instructions: asText(await fill(task.instructions)),
    assignees: await people(task.assignees),
    form,
    outcomes,
    dueAt: dueMs === undefined ? null : at + dueMs,
    reminderMs,
    escalateAt: escalation === undefined ? null : at + escalation.afterMs,
    escalateTo: escalation === undefined ? [] : await people(escalation.to),
  };
}

/** A template may give one person or a list; that nobody is meant must be drawn, and cannot be what a template happens to give. */
async function assigneesOf(name: string, templates: readonly string[], fill: Fill): Promise<string[]> {
  const found = new Set<string>();
  for (const template of templates) {
    const value = await fill(template);
    for (const each of Array.isArray(value) ? (value as readonly Json[]) : [value]) {
      if (each === null || each === '') continue;
      if (typeof each !== 'string') throw nobody(name, `${shown(each)} is no person or group`);
      found.add(each);
    }
  }
  if (templates.length > 0 && found.size === 0) throw nobody(name, 'its templates give nobody');
  return [...found];
}

const nobody = (name: string, why: string) =>
  new FailureError(
    failure(
      'user',
      'task.assignee',
      `Step ${name} cannot be assigned: ${why}; give user ids, e-mail addresses or groups.`,
    ),
  );

/** @returns milliseconds since 1970 */
export async function instantOf(name: string, delay: Delay, fill: Fill, at: number): Promise<number> {
  if (delay.kind === 'for') return at + delay.durationMs;
  const value = await fill(delay.instant);
  const instant = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isFinite(instant) && Math.abs(instant) <= 8.64e15) return Math.round(instant);
  const message = `Step ${name} should wait until ${shown(value)}; give an ISO instant or milliseconds since 1970.`;
  throw new FailureError(failure('user', 'delay.instant', message));
}

const shown = (value: Json) => JSON.stringify(value).slice(0, 80);

// ---- time ----

/** What time does to an open wait. */
type Elapsed =
  | { readonly kind: 'arm'; readonly arm: string; readonly until: number }
  | { readonly kind: 'over'; readonly failure: Failure }
  | { readonly kind: 'nudge'; readonly nudge: EntryOf<'task.nudged'>['nudge']; readonly next: number | null };

/**
 * What is due at `at`.
 *
 * @returns null when the step does not wait for time
 */
export function elapsed(step: StepDefinition, instance: StepInstance, at: number): Elapsed | null {
  const { awaits, wakeAt } = instance;
  if (wakeAt === null) return null;
  if (step.kind === 'delay') return { kind: 'arm', arm: 'out', until: wakeAt };
  if (step.kind !== 'wait' && step.kind !== 'task' && step.kind !== 'race') return null;
  const now = Math.max(at, wakeAt);
  const openedAt = instance.startedAt ?? instance.readyAt;
  const end = firstOf(
    [
      ...timers(awaits).map(({ arm, at: due }) => ({ due, elapsed: { kind: 'arm', arm, until: due } as const })),
      ...timeout(step, openedAt),
    ].filter(({ due }) => due <= now),
  );
  if (end) return end.elapsed;
  // The wake time never lies behind an escalation that is still to come.
  const escalates = tasks(awaits).some(
    ({ escalateAt }) => escalateAt !== null && escalateAt >= wakeAt && escalateAt <= now,
  );
  return {
    kind: 'nudge',
    nudge: escalates ? 'escalation' : 'reminder',
    next: nextInstant(step, awaits, openedAt, now),
  };
}

/** Earliest instant after `after` at which time alone does something to a wait opened at `openedAt`; null = never. */
function nextInstant(step: WaitingStep, awaits: readonly Awaited[], openedAt: number, after: number): number | null {
  const instants = [
    ...timers(awaits).map((timer) => timer.at),
    ...timeout(step, openedAt).map(({ due }) => due),
    ...tasks(awaits).flatMap(({ reminderMs, escalateAt }) => [
      ...(reminderMs === null ? [] : [nextReminder(openedAt, reminderMs, after)]),
      ...(escalateAt !== null && escalateAt > after ? [escalateAt] : []),
    ]),
  ];
  return instants.length === 0 ? null : Math.min(...instants);
}

/** Reminders come at even pauses after the opening. */
function nextReminder(openedAt: number, everyMs: number, after: number): number {
  return openedAt + Math.max(1, Math.floor((after - openedAt) / everyMs) + 1) * everyMs;
}

function timeout(step: WaitingStep, openedAt: number): { due: number; elapsed: Elapsed }[] {
  if (step.kind === 'race' || step.timeoutMs === null) return [];
  const [code, message] =
    step.kind === 'wait'
      ? (['timeout.wait', `No event came for step ${step.name} within ${step.timeoutMs} ms.`] as const)
      : (['timeout.task', `Nobody answered task ${step.name} within ${step.timeoutMs} ms.`] as const);
  return [
    { due: openedAt + step.timeoutMs, elapsed: { kind: 'over', failure: failure('operational', code, message) } },
  ];
}

function firstOf<T extends { readonly due: number }>(candidates: readonly T[]): T | undefined {
  return candidates.reduce<T | undefined>((first, each) => (first && first.due <= each.due ? first : each), undefined);
}

const timers = (awaits: readonly Awaited[]) => awaits.filter((each) => each.kind === 'timer');
const tasks = (awaits: readonly Awaited[]) => awaits.filter((each) => each.kind === 'task');
