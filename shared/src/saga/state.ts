/** A run as its journal tells it: what `evolve` builds and `decide` reads. Plain data; equal journals give equal states. */
import type { Failure, Json, JsonObject } from './imports.js';
import type { Captured, RunEvent } from './journal.js';
import type { ScopeId, StepId, TransitionId } from './definition.js';

/** `step`, or `step@items[3]`, with `#2` behind it for generation 2. */
export type InstanceId = string;

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
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly instances: Readonly<Record<InstanceId, StepInstance>>;
  /** Key: transition id, with `@path` behind it inside loops. Absent = not settled yet. */
  readonly transitions: Readonly<Record<TransitionId, 'taken' | 'dead'>>;
  readonly scopes: Readonly<Record<ScopeId, ScopeState>>;
  /** Instances whose forward direction is not settled, in the order in which they became ready. */
  readonly live: readonly InstanceId[];
  /** Instances whose undo is wanted and not finished: of a compensating scope, or of a join's cancelled losers (S27). */
  readonly undoing: readonly InstanceId[];
  readonly incidents: Readonly<Record<string, IncidentState>>;
  readonly cancel: { readonly reason: string; readonly at: number } | null;
  readonly output: Json | null;
  readonly failure: Failure | null;
}

/** `failing` = no new step starts, what is in flight is awaited (S15); then `compensating`, then `closed`. */
export interface ScopeState {
  readonly status: 'active' | 'failing' | 'compensating' | 'closed';
  readonly cause: 'failure' | 'cancel' | null;
  readonly failure: Failure | null;
  /** The pivot that has succeeded: from then on the scope only goes forward (S23). */
  readonly pivot: InstanceId | null;
}

export type ForwardStatus =
  | 'ready' // its input has arrived, nothing has been tried
  | 'running' // an attempt is in flight
  | 'retrying' // between attempts, until `wakeAt`
  | 'waiting' // a delay or another wait, until `wakeAt`
  | 'succeeded'
  | 'failed' // for good: proved that there was no effect, or the effect is an answered refusal
  | 'unknown' // for good: nobody knows
  | 'cancelled';

export type UndoStatus =
  | 'none' // nothing to undo (yet)
  | 'captured' // undo input is kept and would be used
  | 'running'
  | 'retrying'
  | 'done'
  | 'blocked' // an incident is open
  | 'skipped'; // a person decided to leave the effect

export interface StepInstance {
  readonly id: InstanceId;
  readonly step: StepId;
  readonly path: string;
  readonly generation: number;
  readonly status: ForwardStatus;
  /** 1-based number of the latest attempt; 0 before the first. */
  readonly attempt: number;
  readonly input: JsonObject | null;
  readonly output: Json | null;
  readonly port: string | null;
  readonly failure: Failure | null;
  readonly wakeAt: number | null;
  /** Attempts before the latest manual retry; the retry budget is counted from here (S21). */
  readonly attemptBase: number;
  /** Raised when a person repeats the step with other input, so that the key differs from the refused call's. */
  readonly round: number;
  /** Some attempt ended UNKNOWN: unless a later one succeeds, the outcome is UNKNOWN whatever that one says. */
  readonly doubtful: boolean;
  /** A loser of a join that cancels its losers: it goes on no further, and its effect is undone (S27). */
  readonly abandoned: boolean;
  /** Settled badly, and a person decides what follows: an incident is open or about to be (S11, S23). */
  readonly parked: boolean;
  /** Journal positions that order cause and effect (S16); 0 = not yet. */
  readonly readySeq: number;
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
    readonly output: Json | null;
    readonly failure: Failure | null;
    readonly wakeAt: number | null;
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
