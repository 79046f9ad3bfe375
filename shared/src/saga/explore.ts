/**
 * Walks everything that can happen to a saga: every attempt succeeding, failing for good or ending unknown at every point,
 * every way of branches, waits, tasks, children and loops, time running out, and (if asked for) cancel at every point.
 *
 * 1. States that differ in time, data, or in the order of what is independent count once (identity.ts).
 * 2. What the engine does by itself is taken in its fixed order, since it commutes with everything else: what comes from
 *    outside comes when the engine has nothing left to do. What comes earlier is left to the simulator.
 * 3. Bounded by `maxStates` and by {@link Bounds}; then `complete` is false or means "within the bounds".
 */
import { answersTo, occurrences } from './explore/alternatives.js';
import type { Bounds } from './explore/alternatives.js';
import { FailurePoints } from './explore/failure-points.js';
import type { HandledFailure } from './explore/failure-points.js';
import { Identity } from './explore/identity.js';
import { checkBodies } from './check-run/bodies.js';
import { isAwaiting } from './check-run/alive.js';
import { checkEnd } from './check-run/ending.js';
import { checkEntry } from './check-run/entries.js';
import { neverForgetting } from './forget.js';
import { decide } from './decide.js';
import type { Command } from './command.js';
import type { SagaDefinition, StepId } from './definition.js';
import { evolve } from './replay.js';
import type { Entry, NewEntry } from './journal.js';
import { cancelRefusal, undoRefusal } from './requests.js';
import { settleCommand } from './settle-command.js';
import type { RunState } from './state.js';
import type { UndoPlan } from './undo-plan.js';

export interface ExploreOptions extends Partial<Bounds> {
  /** Default 20 000. */
  readonly maxStates?: number;
  /** Cancel at every point too; default true. */
  readonly cancel?: boolean;
  /** Undo runs that have completed as well (S26); default false. */
  readonly undoFinished?: boolean;
}

export interface Exploration {
  readonly states: number;
  /** False when the bound was reached first. */
  readonly complete: boolean;
  /** Ways in which runs end (or are `blocked` until a person comes), and how many different final states each has. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Per failing step the longest plan met; `notUndone` says what stays in any that was met. */
  readonly failurePoints: readonly { readonly step: StepId; readonly plan: UndoPlan }[];
  /** Failures that an own way of the step, the handler of a scope (S13) or a save-point (S24) takes. */
  readonly handled: readonly HandledFailure[];
  /** Steps, and undos of steps, at which a run stands still until a person decides. */
  readonly parked: readonly { readonly step: StepId; readonly direction: 'forward' | 'undo' }[];
  readonly violations: readonly string[];
}

export function explore(definition: SagaDefinition, options: ExploreOptions = {}): Exploration {
  return new Walk(neverForgetting(definition), options).walk();
}

const SYSTEM = { kind: 'system', id: 'explore', name: 'Exploration' } as const;

class Walk {
  private readonly seen = new Set<number>();
  private readonly violations = new Set<string>();
  private readonly outcomes: Record<string, number> = {};
  private readonly failurePoints: FailurePoints;
  private readonly parked = new Map<string, Exploration['parked'][number]>();
  private readonly identity: Identity;
  private readonly bounds: Bounds;
  private readonly stack: RunState[] = [];
  private bounded = false;

  constructor(
    private readonly definition: SagaDefinition,
    private readonly options: ExploreOptions,
  ) {
    const { items = 2, passes = 2, cases = 3 } = options;
    this.bounds = { items, passes, cases };
    this.failurePoints = new FailurePoints(definition);
    this.identity = new Identity(definition);
  }

  walk(): Exploration {
    for (const trigger of Object.keys(this.definition.triggers))
      this.visit(evolve(this.definition, null, { ...startOf(trigger), seq: 1 }));
    for (let state = this.stack.pop(); state !== undefined; state = this.stack.pop()) {
      this.goOn(state);
      if (this.bounded) break;
    }
    return {
      states: this.seen.size,
      complete: !this.bounded,
      outcomes: this.outcomes,
      failurePoints: this.failurePoints.list(),
      handled: this.failurePoints.takenByTheirOwn(),
      parked: [...this.parked.values()],
      violations: [...this.violations],
    };
  }

  private visit(state: RunState): void {
    const key = this.identity.of(state);
    if (this.seen.has(key)) return;
    this.bounded ||= this.seen.size >= (this.options.maxStates ?? 20_000);
    if (this.bounded) return;
    this.seen.add(key);
    this.report(checkBodies(this.definition, state));
    this.stack.push(state);
  }

  private next(state: RunState, entry: NewEntry): void {
    const placed: Entry = { ...entry, seq: state.seq + 1 };
    this.report(checkEntry(this.definition, state, placed));
    const after = evolve(this.definition, state, placed);
    this.failurePoints.note(state, after, placed);
    this.visit(after);
  }

  private goOn(state: RunState): void {
    const { definition } = this;
    if (state.endedAt !== null) {
      this.count(state.status);
      this.report(checkEnd(definition, state));
      if (this.options.undoFinished && undoRefusal(definition, state) === null)
        this.next(state, { type: 'run.undo-requested', by: SYSTEM, reason: 'explored', at: 0 });
      return;
    }
    if (this.canCancel(state))
      this.next(state, { type: 'run.cancel-requested', by: SYSTEM, reason: 'explored', at: 0 });
    const command = firstOf(decide(definition, state, 0));
    const entries = command ? this.answers(state, command) : occurrences(definition, state);
    for (const entry of entries) this.next(state, entry);
    if (entries.length > 0) return;
    const open = Object.values(state.incidents).filter((incident) => !incident.resolved);
    if (open.length > 0) {
      this.count('blocked');
      for (const { instance, direction } of open) {
        const step = state.instances[instance]?.step;
        if (step !== undefined) this.parked.set(`${direction} ${step}`, { step, direction });
      }
    } else if (!isAwaiting(state)) this.report(['S28: the run is alive without a reason']);
  }

  private answers(state: RunState, command: Exclude<Command, { kind: 'abort-attempt' }>): NewEntry[] {
    switch (command.kind) {
      case 'attempt':
      case 'admit':
      case 'evaluate':
      case 'elapse':
        return answersTo(this.definition, state, command, this.bounds);
      case 'admit-run':
        return [{ type: 'run.admitted', key: '', at: 0 }];
      case 'recall':
        return [];
      default:
        return [settleCommand(this.definition, state, command, 0)];
    }
  }

  private canCancel(state: RunState): boolean {
    if (this.options.cancel === false || state.cancel !== null) return false;
    return state.scopes['root']?.status === 'active' && cancelRefusal(this.definition, state) === null;
  }

  private count(outcome: string): void {
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
  }

  private report(violations: readonly string[]): void {
    for (const violation of violations) this.violations.add(violation);
  }
}

function firstOf(commands: readonly Command[]): Exclude<Command, { kind: 'abort-attempt' }> | undefined {
  for (const command of commands) if (command.kind !== 'abort-attempt') return command;
  return undefined;
}

function startOf(trigger: string): NewEntry {
  const event = { id: '', source: '', type: '', subject: null, time: '', data: null, headers: {} };
  return { type: 'run.started', trigger, event, at: 0 };
}
