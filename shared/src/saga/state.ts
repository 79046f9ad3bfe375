/** A run as its journal tells it: what `evolve` builds and `decide` reads. Plain data; equal journals give equal states. */
import type { EffectClass, Failure, Json, JsonObject } from './imports.js';
import type { Awaited, Captured, RunEvent } from './journal.js';
import type { StepId, TransitionId } from './definition.js';

/** `step`, or `step@items[3]`, with `#2` behind it for generation 2. */
export type InstanceId = string;
/** `root`, or `@` and the path of a container's body (paths.ts). */
export type ScopeKey = string;

export type RunOutcome = 'completed' | 'failed' | 'compensated' | 'cancelled' | 'terminated';

/**
 * - `queued` no worker has had it yet (a database notion; a journal begins at `running`)
 * - `waiting` nothing in flight, at least one timer or wait
 * - `compensating` effects are being undone
 * - `blocked` an incident needs a person and nothing else can go on
 */
export type RunStatus = 'queued' | 'running' | 'waiting' | 'compensating' | 'blocked' | RunOutcome;

export interface RunState {
  readonly seq: number;
  readonly status: RunStatus;
  /** Id of the run, '' when its first entry does not say it. */
  readonly runId: string;
  readonly trigger: string;
  readonly event: RunEvent;
  readonly env: JsonObject;
  readonly parent: { readonly run: string; readonly instance: string; readonly depth: number } | null;
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** Every instance that there has been, those of former generations included. */
  readonly instances: Readonly<Record<InstanceId, StepInstance>>;
  /** Generation of a step at a path, by `step` or `step@path`, where it is not 1. */
  readonly generations: Readonly<Record<string, number>>;
  /** Key: transition id, with `@path` behind it inside containers. Absent = not settled yet. */
  readonly transitions: Readonly<Record<TransitionId, 'taken' | 'dead'>>;
  readonly scopes: Readonly<Record<ScopeKey, ScopeState>>;
  /** Instances whose forward direction is not settled, in the order in which they became ready. */
  readonly live: readonly InstanceId[];
  /** Instances whose undo is wanted and not finished: of a compensating scope, or of a join's cancelled losers (S27). */
  readonly undoing: readonly InstanceId[];
  readonly incidents: Readonly<Record<string, IncidentState>>;
  /** Some effect of a forgotten item was undone, or left by a person. */
  readonly forgotUndone: boolean;
  /** Its place among the runs of its key (S30); null = it needs none. */
  readonly admission: RunAdmission | null;
  readonly cancel: { readonly reason: string; readonly at: number } | null;
  /** Somebody ended the run without undo (S21, S25). */
  readonly terminated: { readonly reason: string; readonly at: number } | null;
  /** The first answer of a `respond` step. */
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Json;
  } | null;
  readonly output: Json | null;
  readonly failure: Failure | null;
}

export interface RunAdmission {
  /** `asked` nobody has looked for a place yet; `waiting` it stands in line; `admitted` it goes on. */
  readonly status: 'asked' | 'waiting' | 'admitted';
  /** It stands in line until then at least; null = until there is a place. */
  readonly until: number | null;
}

/**
 * One instance of a body: the run itself, a scope, one item of a for-each, one pass of a repeat; and for every open
 * for-each and repeat the loop as a whole, which holds no steps but its items or passes.
 *
 * `failing` = no new step starts, what is in flight is awaited (S15); then what `then` says; then `closed`.
 */
export interface ScopeState {
  readonly path: string;
  /** The container whose body it is; null for the run. */
  readonly container: InstanceId | null;
  readonly status: 'active' | 'failing' | 'compensating' | 'closed';
  /** `outer`: what it lies in is being stopped. `undo`: a finished run is undone (S26). */
  readonly cause: 'failure' | 'cancel' | 'outer' | 'undo' | null;
  /** What follows once nothing in it is in flight. */
  readonly then: 'undo' | 'handler' | 'undo-then-handler' | 'resume' | 'end' | null;
  readonly failure: Failure | null;
  /** Its handler is at work, on this failure. */
  readonly caught: Failure | null;
  /**
   * The pivot that has succeeded in it or in a body inside it; of a scope also the one that had succeeded around it before it
   * opened. From then on it only goes forward (S23).
   */
  readonly pivot: InstanceId | null;
  /** The save-point at which an undo under way will stop (S24). */
  readonly savePoint: InstanceId | null;
  /** Instances that lie directly in it, in the order of their becoming ready; former generations included. */
  readonly members: readonly InstanceId[];
  /** Forward instances in it that are not settled; of a loop: bodies that are not closed. */
  readonly alive: number;
  /** Number of the item or pass, from 0; null for others. */
  readonly index: number | null;
  readonly item: Json;
  /** Of a loop: how many bodies have been opened, and how many items there are (passes: null). */
  readonly opened: number;
  readonly items: readonly Json[] | null;
  /** Of a for-each or repeat as a whole; null for others. */
  readonly loop: LoopState | null;
  /** What it has come to. */
  readonly output: Json | null;
  readonly variables: JsonObject;
  readonly deadline: number | null;
}

/** What a loop keeps of its items or passes, also of those that the state has forgotten (forget.ts). */
export interface LoopState {
  /** Indexes of the bodies that the state holds, ascending; those opened and not in here are forgotten. */
  readonly bodies: readonly number[];
  /** Of a for-each that keeps results: what its items have come to, by index; null where nothing (yet). */
  readonly results: readonly Json[];
  /** The first of its failed items, when it collects them. */
  readonly errors: readonly { readonly index: number; readonly error: Failure }[];
  readonly failed: number;
  /** Forgotten items of which something was undone after the loop was over. */
  readonly undone: number;
  /** Characters of JSON in `results` and `errors`. */
  readonly size: number;
  /**
   * Forgotten items whose effects are in force, in the order of their closing: for each its index, and its first and last
   * journal entry. Three numbers each, in one list: there may be a million.
   */
  readonly owing: readonly number[];
}

export type ForwardStatus =
  | 'ready' // its input has arrived, nothing has been tried
  | 'running' // an attempt is in flight
  | 'retrying' // between attempts, until `wakeAt`
  | 'waiting' // a delay or another wait, until `wakeAt` or until what it `awaits` comes
  | 'open' // a container whose body is at work
  | 'closing' // a container whose body is over: what it comes to has to be worked out
  | 'succeeded'
  | 'skipped' // passed over by its own condition
  | 'failed' // for good: proved that there was no effect, or the effect is an answered refusal
  | 'unknown' // for good: nobody knows
  | 'cancelled';

export type UndoStatus =
  | 'none' // nothing to undo (yet)
  | 'captured' // undo input is kept and would be used
  | 'running'
  | 'retrying'
  | 'waiting' // for a child run that undoes itself (S18)
  | 'done'
  | 'blocked' // an incident is open
  | 'skipped'; // a person decided to leave the effect

/** What a person put in place of a step's own operation (S21). */
export interface OperationOverride {
  readonly connector: string;
  readonly operation: string;
  readonly effect: EffectClass;
}

/** The attempts of a round up to `upTo`, and what they called. */
export interface ReplacedRound {
  readonly upTo: number;
  readonly input: JsonObject | null;
  readonly key: string | null;
  readonly override: OperationOverride | null;
}

export interface StepInstance {
  readonly id: InstanceId;
  readonly step: StepId;
  readonly path: string;
  readonly generation: number;
  readonly status: ForwardStatus;
  /** 1-based number of the latest attempt; 0 before the first. */
  readonly attempt: number;
  readonly input: JsonObject | null;
  /** The key of the attempts under way; null before the first, and once a person had it done by another (S4). */
  readonly key: string | null;
  readonly output: Json | null;
  readonly port: string | null;
  /** Inclusive steps: every port taken, `port` being the first. */
  readonly ports: readonly string[];
  readonly failure: Failure | null;
  readonly wakeAt: number | null;
  readonly awaits: readonly Awaited[];
  /** It holds its slot, or needs none (S30). */
  readonly admitted: boolean;
  /** Reminders sent and escalations made of a task. */
  readonly nudges: number;
  /** Its child run was asked to stop. */
  readonly childCancelled: boolean;
  readonly override: OperationOverride | null;
  /** Attempts before the latest manual retry; the retry budget is counted from here (S21). */
  readonly attemptBase: number;
  /** Raised when a person repeats the step with other input, so that the key differs from the refused call's. */
  readonly round: number;
  /** What earlier rounds went by: their keys differ, so that each may have had an effect of its own (S22). */
  readonly replaced: readonly ReplacedRound[];
  /** Some attempt ended UNKNOWN: unless a later one succeeds, the outcome is UNKNOWN whatever that one says. */
  readonly doubtful: boolean;
  /** A loser of a join that cancels its losers: it goes on no further, and its effect is undone (S27). */
  readonly abandoned: boolean;
  /** Settled badly, and a person decides what follows: an incident is open or about to be (S11, S23). */
  readonly parked: boolean;
  /** Journal positions that order cause and effect (S16); 0 = not yet. */
  readonly readySeq: number;
  /** When it could have begun. */
  readonly readyAt: number;
  readonly startedSeq: number;
  readonly settledSeq: number;
  readonly startedAt: number | null;
  readonly settledAt: number | null;
  readonly undo: {
    readonly status: UndoStatus;
    readonly input: Captured | null;
    readonly attempt: number;
    readonly attemptBase: number;
    /** 2 and up when the undo has to run again with a new key (S22, or other input after a definite refusal). */
    readonly round: number;
    readonly doubtful: boolean;
    /** The forward step succeeded late while this undo was in flight: it may have run as "empty" and runs again (S22). */
    readonly repeat: boolean;
    /** Inputs of the undos that follow this one: of replaced rounds that turned out to have taken effect as well (S22). */
    readonly further: readonly Captured[];
    readonly output: Json | null;
    readonly failure: Failure | null;
    readonly wakeAt: number | null;
    readonly awaits: readonly Awaited[];
    readonly override: OperationOverride | null;
    readonly startedSeq: number;
    readonly settledSeq: number;
    readonly startedAt: number | null;
    readonly settledAt: number | null;
  };
}

export interface IncidentState {
  readonly id: string;
  readonly instance: InstanceId;
  readonly direction: 'forward' | 'undo';
  readonly failure: Failure;
  readonly openedAt: number;
  readonly resolved: boolean;
}
