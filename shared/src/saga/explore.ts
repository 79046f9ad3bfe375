/**
 * Walks everything that can happen to a saga: every attempt succeeding, failing for good or ending unknown, in every order,
 * every case of every branch, and (if asked for) cancel at every point. States that differ in time and numbers only count once.
 *
 * Bounded by `maxStates`; pure steps and intents are taken in their fixed order, since they commute with everything else.
 */
import { failure } from '../kernel/index.js';
import { attemptsInFlight } from './attempt.js';
import type { AttemptRef } from './attempt.js';
import { checkAlive } from './check-run.js';
import { decide } from './decide.js';
import type { Command } from './command.js';
import type { SagaDefinition, StepId } from './definition.js';
import { evolve } from './evolve.js';
import { refOf } from './instance.js';
import type { Entry, NewEntry } from './journal.js';
import { cancelRefusal } from './requests.js';
import { settleCommand } from './settle-command.js';
import type { InstanceId, RunState } from './state.js';
import { isUnsatisfied } from './tokens.js';
import { undoPlan } from './undo-plan.js';
import type { UndoPlan } from './undo-plan.js';
import { releasedUndos } from './undo-order.js';

export interface ExploreOptions {
  /** Default 20 000. */
  readonly maxStates?: number;
  /** Cancel at every point too; default true. */
  readonly cancel?: boolean;
}

export interface Exploration {
  readonly states: number;
  /** False when the bound was reached first. */
  readonly complete: boolean;
  /** Ways in which runs end, and how many different final states each has. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Per failing step the first plan met; `notUndone` says what stays. */
  readonly failurePoints: readonly { readonly step: StepId; readonly plan: UndoPlan }[];
  readonly violations: readonly string[];
}

type Step = (state: RunState, entry: NewEntry) => RunState;

export function explore(definition: SagaDefinition, options: ExploreOptions = {}): Exploration {
  const maxStates = options.maxStates ?? 20_000;
  const seen = new Set<string>();
  const violations = new Set<string>();
  const outcomes: Record<string, number> = {};
  const plans = new Map<StepId, UndoPlan>();
  const next: Step = (state, entry) => evolve(definition, state, { ...entry, seq: state.seq + 1 } as Entry);
  const stack: RunState[] = Object.keys(definition.triggers).map((trigger) =>
    evolve(definition, null, { ...startOf(trigger), seq: 1 }),
  );
  let complete = true;
  for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
    const key = identity(definition, state);
    if (seen.has(key)) continue;
    if (seen.size >= maxStates) {
      complete = false;
      break;
    }
    seen.add(key);
    for (const violation of checkAlive(definition, state)) violations.add(violation);
    const failing = failedStep(state);
    if (failing !== null && !plans.has(failing)) plans.set(failing, undoPlan(definition, state));
    if (state.endedAt !== null) {
      outcomes[state.status] = (outcomes[state.status] ?? 0) + 1;
      for (const violation of openEffects(definition, state)) violations.add(violation);
      continue;
    }
    stack.push(...successors(definition, state, next, options.cancel ?? true, violations));
  }
  return {
    states: seen.size,
    complete,
    outcomes,
    failurePoints: [...plans].map(([step, plan]) => ({ step, plan })),
    violations: [...violations],
  };
}

function successors(
  definition: SagaDefinition,
  state: RunState,
  next: Step,
  cancel: boolean,
  violations: Set<string>,
): RunState[] {
  const found: RunState[] = [];
  if (
    cancel &&
    state.cancel === null &&
    state.scopes['root']?.status === 'active' &&
    cancelRefusal(definition, state) === null
  ) {
    found.push(next(state, { type: 'run.cancel-requested', by: SYSTEM, reason: 'explored', at: 0 }));
  }
  const command = decide(definition, state, Number.MAX_SAFE_INTEGER).find((each) => each.kind !== 'abort-attempt');
  if (command) {
    if (
      command.kind === 'attempt' &&
      command.direction === 'undo' &&
      !releasedUndos(definition, state).includes(command.instance)
    ) {
      violations.add(`S16: ${command.instance} would be undone before what it caused`);
    }
    return [...found, ...answers(definition, state, command).map((entry) => next(state, entry))];
  }
  for (const ref of attemptsInFlight(state))
    found.push(...results(definition, state, ref).map((entry) => next(state, entry)));
  return found;
}

const SYSTEM = { kind: 'system', id: 'explore', name: 'Exploration' } as const;
const BROKEN = failure('user', 'explored.failure', 'This attempt fails for good.');
const LOST = failure('operational', 'explored.unknown', 'Nobody knows what became of this attempt.');

function startOf(trigger: string): NewEntry {
  const event = { id: '', source: '', type: '', subject: null, time: '', data: null, headers: {} };
  return { type: 'run.started', trigger, event, at: 0 };
}

function answers(
  definition: SagaDefinition,
  state: RunState,
  command: Exclude<Command, { kind: 'abort-attempt' }>,
): NewEntry[] {
  if (command.kind === 'cancel-step' || command.kind === 'open-incident' || command.kind === 'end-run')
    return [settleCommand(definition, state, command, 0)];
  const instance = state.instances[command.instance];
  const step = instance && definition.steps[instance.step];
  if (!instance || !step) return [];
  const base = { ...refOf(instance), at: 0 };
  if (command.kind === 'attempt') {
    return [
      { type: 'step.started', ...base, direction: command.direction, attempt: command.attempt, key: '', input: {} },
    ];
  }
  const forward = { ...base, direction: 'forward' as const, attempt: instance.attempt + 1 };
  if (step.kind === 'fail' || (step.kind === 'join' && isUnsatisfied(state, step)))
    return [{ type: 'step.failed', ...forward, failure: BROKEN, retryAt: null }];
  if (step.kind === 'delay' && command.kind === 'evaluate') return [{ type: 'step.waiting', ...base, until: 1 }];
  const ports = step.kind === 'branch' ? Object.keys(step.outgoing) : ['out'];
  return ports.map((port) => ({ type: 'step.succeeded', ...forward, output: null, port }));
}

function results(definition: SagaDefinition, state: RunState, ref: AttemptRef): NewEntry[] {
  const instance = state.instances[ref.instance];
  if (!instance) return [];
  const base = { ...refOf(instance), direction: ref.direction, attempt: ref.attempt, at: 0 };
  const forward = ref.direction === 'forward';
  const undoInput =
    forward && definition.steps[instance.step]?.undo.kind === 'compensation'
      ? { undoInput: { kind: 'value', value: {} } as const }
      : {};
  return [
    { type: 'step.succeeded', ...base, output: null, port: forward ? 'out' : '', ...undoInput },
    { type: 'step.failed', ...base, failure: BROKEN, retryAt: null },
    { type: 'step.unknown', ...base, failure: LOST, retryAt: null, ...undoInput },
  ];
}

/** What the future depends on: no sequence numbers but their order, no times, no data. */
function identity(definition: SagaDefinition, state: RunState): string {
  const scope = state.scopes['root'];
  const parts: unknown[] = [state.status, scope?.status, scope?.cause, scope?.pivot, state.cancel !== null];
  const rank = ranks(state);
  for (const id of definition.order) {
    const i = state.instances[id];
    if (i === undefined) parts.push('-');
    else {
      parts.push(i.status, i.undo.status, i.doubtful, i.abandoned, i.parked, i.port);
      parts.push(rank.get(i.readySeq), rank.get(i.settledSeq));
    }
  }
  for (const id of Object.keys(definition.transitions)) parts.push(state.transitions[id]?.charAt(0));
  for (const id of Object.keys(state.incidents).sort()) parts.push(id, state.incidents[id]?.resolved);
  return parts.join(' ');
}

function ranks(state: RunState): ReadonlyMap<number, number> {
  const seqs = new Set(Object.values(state.instances).flatMap((i) => [i.readySeq, i.settledSeq]));
  return new Map([...seqs].sort((a, b) => a - b).map((seq, index) => [seq, index]));
}

function failedStep(state: RunState): InstanceId | null {
  const scope = state.scopes['root'];
  if (scope?.status !== 'compensating' || scope.cause !== 'failure') return null;
  const broken = Object.values(state.instances).filter(
    (i) => (i.status === 'failed' || i.status === 'unknown') && i.port === null,
  );
  return broken.sort((a, b) => a.settledSeq - b.settledSeq)[0]?.step ?? null;
}

/** S14: a run that ended without completing has nothing left that could be undone. */
function openEffects(definition: SagaDefinition, state: RunState): string[] {
  if (state.status === 'completed' || state.scopes['root']?.pivot != null) return [];
  return Object.values(state.instances)
    .filter(
      (i) =>
        definition.steps[i.step]?.undo.kind === 'compensation' && (i.status === 'succeeded' || i.status === 'unknown'),
    )
    .filter((i) => i.undo.status !== 'done' && i.undo.status !== 'skipped')
    .map((i) => `S14: the run ended ${state.status} while ${i.id} was not undone`);
}
