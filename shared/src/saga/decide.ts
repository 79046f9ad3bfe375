/**
 * What a run has to do next.
 *
 * 1. Pure and idempotent: the same state gives the same commands in the same order; what is in flight is not commanded again.
 * 2. Work is proportional to what is live, not to the size of the definition or of the journal.
 * 3. A live run always has something in flight, a wake time, something it awaits, an open incident, or a command here (S28).
 * 4. Every command except `abort-attempt` leads to an entry; after that entry it is not given again.
 */
import { canHandle, hasPivot } from './bodies.js';
import { isAttempted } from './definition.js';
import type { SagaDefinition, StepDefinition } from './definition.js';
import { failure } from '../kernel/index.js';
import { isInLine } from './in-line.js';
import { bodyPath, isStopping, isWithin, pathsOutwards, ROOT_PATH, scopeAt } from './paths.js';
import { runIncident } from './run-incident.js';
import { isRecalling } from './effects.js';
import { recallable, releasedUndos } from './undo-order.js';
import type { Command } from './command.js';
import type { Direction } from './instance.js';
import type { RunState, StepInstance } from './state.js';

export function decide(definition: SagaDefinition, state: RunState, now: number): Command[] {
  if (state.endedAt !== null) return [];
  if (state.terminated !== null) return [{ kind: 'end-run', outcome: 'terminated', output: null, failure: null }];
  if (runIncident(state) !== null) return [];
  const commands: Command[] = [];
  const deadline = runDeadline(definition, state);
  if (deadline !== null && deadline <= now)
    commands.push({ kind: 'cancel-run', reason: 'The deadline of the run is over.' });
  if (isInLine(state)) {
    if (commands.length === 0 && asksForPlace(state, now)) commands.push({ kind: 'admit-run' });
    return commands;
  }
  const stopping = new Stopping(definition, state);
  for (const id of state.live) commandsOf(stopping, definition, state, id, now, commands);
  undo(definition, state, now, commands);
  if (state.live.length === 0 && state.undoing.length === 0 && commands.length === 0) commands.push(endRun(state));
  return commands;
}

/** What one living step needs. */
function commandsOf(
  stopping: Stopping,
  definition: SagaDefinition,
  state: RunState,
  id: string,
  now: number,
  commands: Command[],
): void {
  const instance = state.instances[id];
  const step = instance && definition.steps[instance.step];
  if (!instance || !step) return;
  if (instance.parked) {
    if (!hasOpenIncident(state, id, 'forward')) commands.push(openIncident(instance, 'forward'));
  } else if (instance.abandoned || stopping.at(instance.path)) {
    if (!stopping.holdsPivot(instance.path)) giveUp(commands, instance, step);
  } else {
    goOn(commands, definition, state, instance, step, now);
  }
}

/**
 * Whether a command that was decided before other entries came is still to be answered; only for commands about one living
 * step (the others are decided anew).
 */
export function stillCommanded(definition: SagaDefinition, state: RunState, command: Command, now: number): boolean {
  if (!('instance' in command) || state.endedAt !== null || state.terminated !== null) return false;
  if (!isAlive(state, command.instance)) return false;
  const commands: Command[] = [];
  commandsOf(new Stopping(definition, state), definition, state, command.instance, now, commands);
  return commands.some((each) => each.kind === command.kind);
}

/** What of a step is not over: it is cheaper to ask than to look for it among all that live. */
function isAlive(state: RunState, id: string): boolean {
  const instance = state.instances[id];
  return instance !== undefined && (instance.settledSeq === 0 || instance.parked);
}

/** It has not asked, or what it waited for at least is over (S29). */
function asksForPlace({ admission }: RunState, now: number): boolean {
  if (admission?.status === 'waiting') return admission.until !== null && admission.until <= now;
  return admission?.status === 'asked';
}

/** Which bodies are being stopped, worked out once per decision. */
class Stopping {
  private readonly known = new Map<string, boolean>();
  private pivots: string[] | null = null;

  constructor(
    private readonly definition: SagaDefinition,
    private readonly state: RunState,
  ) {}

  at(path: string): boolean {
    let stops = this.known.get(path);
    if (stops === undefined) {
      stops = isStopping(this.state, path);
      this.known.set(path, stops);
    }
    return stops;
  }

  /** A pivot in flight decides whether a failing body can still be undone (S23): until it is answered nothing is given up. */
  holdsPivot(path: string): boolean {
    if (!hasPivot(this.definition)) return false;
    this.pivots ??= this.state.live.flatMap((id) => this.pivotInFlight(id) ?? []);
    if (this.pivots.length === 0) return false;
    const { pivots } = this;
    return [...pathsOutwards(path)].some(
      (outer) => scopeAt(this.state, outer)?.status === 'failing' && pivots.some((pivot) => isWithin(pivot, outer)),
    );
  }

  private pivotInFlight(id: string): string | null {
    const instance = this.state.instances[id];
    if (instance?.status !== 'running' || instance.abandoned) return null;
    return this.definition.steps[instance.step]?.undo.kind === 'pivot' ? instance.path : null;
  }
}

function goOn(
  commands: Command[],
  definition: SagaDefinition,
  state: RunState,
  instance: StepInstance,
  step: StepDefinition,
  now: number,
): void {
  switch (instance.status) {
    case 'ready':
      if (!isAttempted(step)) commands.push({ kind: 'evaluate', instance: instance.id });
      else if (!instance.admitted && (step.concurrency || step.rate))
        commands.push({ kind: 'admit', instance: instance.id });
      else commands.push(attempt(instance.id, 'forward', instance.attempt + 1));
      return;
    case 'retrying':
      if (isDue(instance.wakeAt, now)) commands.push(attempt(instance.id, 'forward', instance.attempt + 1));
      return;
    case 'waiting':
      if (instance.wakeAt !== null && instance.wakeAt <= now) commands.push({ kind: 'elapse', instance: instance.id });
      return;
    case 'closing':
      commands.push({ kind: 'evaluate', instance: instance.id });
      return;
    case 'open': {
      const deadline = deadlineOf(definition, state, instance);
      if (deadline !== null && deadline <= now) commands.push({ kind: 'time-out', instance: instance.id });
    }
  }
}

/**
 * When the body of an open container has run out of time; null while that would change nothing: behind a pivot nothing in it
 * could be undone, so that only a handler knows what to do.
 */
export function deadlineOf(definition: SagaDefinition, state: RunState, instance: StepInstance): number | null {
  const path = bodyPath(instance);
  const scope = scopeAt(state, path);
  if (scope?.status !== 'active') return null;
  return scope.pivot === null || canHandle(definition, state, path) ? scope.deadline : null;
}

/** Instant at which the run is cancelled for taking too long; null once that is not possible any more (S25). */
function runDeadline(definition: SagaDefinition, state: RunState): number | null {
  const root = scopeAt(state, ROOT_PATH);
  if (definition.deadlineMs === null || root?.status !== 'active' || root.pivot !== null) return null;
  return state.startedAt + definition.deadlineMs;
}

/** What has not begun is cancelled; what is in flight is awaited (S15), and asked to stop where stopping harms nothing. */
function giveUp(commands: Command[], instance: StepInstance, step: StepDefinition): void {
  const { id, status } = instance;
  const reason = instance.abandoned
    ? 'The join behind it has gone on without it.'
    : 'What it lies in is being stopped.';
  if (status === 'running') {
    if (step.effect === 'pure' || step.effect === 'read')
      commands.push({ kind: 'abort-attempt', instance: id, direction: 'forward' });
  } else if (status === 'waiting' && instance.awaits.some((each) => each.kind === 'child')) {
    if (!instance.childCancelled) commands.push({ kind: 'cancel-child', instance: id, reason });
  } else if (status !== 'open') {
    commands.push({ kind: 'cancel-step', instance: id, reason });
  }
}

function undo(definition: SagaDefinition, state: RunState, now: number, commands: Command[]): void {
  for (const id of releasedUndos(definition, state)) {
    const instance = state.instances[id];
    if (!instance) continue;
    const { status, wakeAt } = instance.undo;
    if (isRecalling(state, instance)) {
      commands.push({ kind: 'recall', instance: id, items: recallable(definition, state, instance) });
    } else if (status === 'captured' || (status === 'retrying' && isDue(wakeAt, now))) {
      commands.push(attempt(id, 'undo', instance.undo.attempt + 1));
    }
  }
  // Also of an undo that had begun before a late success (S22) made another one due that it would have had to wait for.
  for (const id of state.undoing) {
    const instance = state.instances[id];
    if (instance?.undo.status === 'blocked' && !hasOpenIncident(state, id, 'undo'))
      commands.push(openIncident(instance, 'undo'));
  }
}

function endRun(state: RunState): Command {
  const root = scopeAt(state, ROOT_PATH);
  const { output, instances } = state;
  switch (root?.cause) {
    case 'cancel':
      return { kind: 'end-run', outcome: 'cancelled', output: null, failure: root.failure };
    case 'undo':
      return { kind: 'end-run', outcome: 'compensated', output: null, failure: null };
    case 'failure': {
      const undone =
        state.forgotUndone ||
        Object.values(instances).some(({ undo: { status } }) => status === 'done' || status === 'skipped');
      const compensated = root.status === 'compensating' && undone;
      return { kind: 'end-run', outcome: compensated ? 'compensated' : 'failed', output: null, failure: root.failure };
    }
    default:
      return { kind: 'end-run', outcome: 'completed', output, failure: null };
  }
}

function openIncident(instance: StepInstance, direction: Direction): Command {
  const attempts = direction === 'forward' ? instance.attempt : instance.undo.attempt;
  const known = direction === 'forward' ? instance.failure : instance.undo.failure;
  return {
    kind: 'open-incident',
    incident: `${instance.id}~${direction}~${attempts}`,
    instance: instance.id,
    direction,
    failure:
      known ?? failure('bug', 'incident.no-failure', `Step ${instance.id} needs a person, but no failure is recorded.`),
  };
}

export function hasOpenIncident(state: RunState, id: string, direction: Direction): boolean {
  return Object.values(state.incidents).some((i) => !i.resolved && i.instance === id && i.direction === direction);
}

const attempt = (instance: string, direction: Direction, number: number): Command => ({
  kind: 'attempt',
  instance,
  direction,
  attempt: number,
});

const isDue = (wakeAt: number | null, now: number) => wakeAt === null || wakeAt <= now;

/** Earliest instant at which time alone gives `decide` something to do; null when time changes nothing. */
export function nextWakeAt(definition: SagaDefinition, state: RunState): number | null {
  if (state.endedAt !== null || runIncident(state) !== null) return null;
  let earliest: number | null = null;
  const consider = (at: number | null) => {
    if (at !== null && (earliest === null || at < earliest)) earliest = at;
  };
  if (isInLine(state)) consider(state.admission?.until ?? null);
  const stopping = new Stopping(definition, state);
  for (const id of state.live) {
    const instance = state.instances[id];
    if (!instance || instance.parked || instance.abandoned || stopping.at(instance.path)) continue;
    if (instance.status === 'waiting' || instance.status === 'retrying') consider(instance.wakeAt);
    else if (instance.status === 'open') consider(deadlineOf(definition, state, instance));
  }
  for (const id of releasedUndos(definition, state)) {
    const instance = state.instances[id];
    if (instance?.undo.status === 'retrying') consider(instance.undo.wakeAt);
  }
  consider(runDeadline(definition, state));
  return earliest;
}
