/**
 * What a run has to do next.
 *
 * 1. Pure and idempotent: the same state gives the same commands in the same order; what is in flight is not commanded again.
 * 2. Work is proportional to what is live, not to the size of the definition or of the journal.
 * 3. A live run always has something in flight, a wake time, an open incident, or a command here (S28).
 * 4. Every command except `abort-attempt` leads to an entry; after that entry it is not given again.
 */
import { ROOT_SCOPE } from './definition.js';
import type { SagaDefinition, StepDefinition } from './definition.js';
import { failure } from '../kernel/index.js';
import { runIncident } from './run-incident.js';
import { releasedUndos } from './undo-order.js';
import type { Command } from './command.js';
import type { Direction } from './instance.js';
import type { RunState, StepInstance } from './state.js';

export function decide(definition: SagaDefinition, state: RunState, now: number): Command[] {
  if (state.endedAt !== null || runIncident(state) !== null) return [];
  const commands: Command[] = [];
  const failing = state.scopes[ROOT_SCOPE]?.status === 'failing';
  // A pivot in flight decides whether the scope can still be undone (S23): until it is answered nothing is given up.
  const pivotInFlight = failing && state.live.some((id) => isPivotInFlight(definition, state, id));
  for (const id of state.live) {
    const instance = state.instances[id];
    const step = instance && definition.steps[instance.step];
    if (!instance || !step) continue;
    if (instance.parked) {
      if (!hasOpenIncident(state, id, 'forward')) commands.push(openIncident(instance, 'forward'));
    } else if (instance.abandoned || failing) {
      if (!pivotInFlight) giveUp(commands, instance, step);
    } else {
      goOn(commands, instance, step, now);
    }
  }
  undo(definition, state, now, commands);
  if (state.live.length === 0 && state.undoing.length === 0) commands.push(endRun(state));
  return commands;
}

function goOn(commands: Command[], instance: StepInstance, step: StepDefinition, now: number): void {
  if (instance.status === 'ready') {
    if (step.kind === 'action') commands.push(attempt(instance.id, 'forward', instance.attempt + 1));
    else commands.push({ kind: 'evaluate', instance: instance.id });
  } else if (instance.status === 'retrying' && isDue(instance.wakeAt, now)) {
    commands.push(attempt(instance.id, 'forward', instance.attempt + 1));
  } else if (instance.status === 'waiting' && isDue(instance.wakeAt, now)) {
    commands.push({ kind: 'elapse', instance: instance.id });
  }
}

/** What has not begun is cancelled; what is in flight is awaited (S15), and asked to stop where stopping harms nothing. */
function giveUp(commands: Command[], instance: StepInstance, step: StepDefinition): void {
  if (instance.status !== 'running') {
    const reason = instance.abandoned ? 'The join behind it has gone on without it.' : 'The run is being stopped.';
    commands.push({ kind: 'cancel-step', instance: instance.id, reason });
  } else if (step.effect === 'pure' || step.effect === 'read') {
    commands.push({ kind: 'abort-attempt', instance: instance.id, direction: 'forward' });
  }
}

function undo(definition: SagaDefinition, state: RunState, now: number, commands: Command[]): void {
  for (const id of releasedUndos(definition, state)) {
    const instance = state.instances[id];
    if (!instance) continue;
    const { status, wakeAt } = instance.undo;
    if (status === 'captured' || (status === 'retrying' && isDue(wakeAt, now))) {
      commands.push(attempt(id, 'undo', instance.undo.attempt + 1));
    } else if (status === 'blocked' && !hasOpenIncident(state, id, 'undo')) {
      commands.push(openIncident(instance, 'undo'));
    }
  }
}

function endRun(state: RunState): Command {
  const scope = state.scopes[ROOT_SCOPE];
  if (!scope || scope.cause === null)
    return { kind: 'end-run', outcome: 'completed', output: state.output, failure: null };
  if (scope.cause === 'cancel') return { kind: 'end-run', outcome: 'cancelled', output: null, failure: null };
  const undone = Object.values(state.instances).some(
    ({ undo: { status } }) => status === 'done' || status === 'skipped',
  );
  const compensated = scope.status === 'compensating' && undone;
  return { kind: 'end-run', outcome: compensated ? 'compensated' : 'failed', output: null, failure: scope.failure };
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

function isPivotInFlight(definition: SagaDefinition, state: RunState, id: string): boolean {
  const instance = state.instances[id];
  return (
    instance?.status === 'running' && !instance.abandoned && definition.steps[instance.step]?.undo.kind === 'pivot'
  );
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
  for (const id of state.live) {
    const instance = state.instances[id];
    if (instance?.status === 'waiting' || instance?.status === 'retrying') consider(instance.wakeAt);
  }
  for (const id of releasedUndos(definition, state)) {
    const instance = state.instances[id];
    if (instance?.undo.status === 'retrying') consider(instance.undo.wakeAt);
  }
  return earliest;
}
