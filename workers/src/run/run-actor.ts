/**
 * A claimed run, brought forward until it has to wait.
 *
 * 1. Thinking (decide, evolve, pure steps) only adds entries to a draft; the world sees nothing of it.
 * 2. The draft is committed before an attempt is launched, so every effect has its intent in the ledger (S3) and every
 *    outcome is durable before a successor's effect begins (S5). One commit carries both.
 * 3. At most one commit is under way; results that arrive meanwhile wait in the inbox.
 * 4. An actor that was fenced, or whose incarnation died, aborts its attempts and writes nothing more.
 * 5. A signal is used up by the commit that journals or drops it.
 *
 * It may die between any two lines: what was not committed never happened, except effects in flight, whose intents were.
 */
import {
  decide,
  evaluateStep,
  evolve,
  nextWakeAt,
  recover,
  settleAttempt,
  settleCommand,
  startAttempt,
} from '@sagawright/shared/saga';
import type {
  AttemptRef,
  AttemptResult,
  Command,
  CommandOf,
  Entry,
  EntryOf,
  Evaluate,
  InstanceId,
  NewEntry,
  RunState,
  SagaDefinition,
} from '@sagawright/shared/saga';
import type { Failure, Random } from '@sagawright/shared/kernel';
import { prepareEntry, storableJson } from '@sagawright/shared/server';
import type { ClaimedRun, Logger, PreparedEntry, Release, RunCommit } from '@sagawright/shared/server';
import type { CommitAnswer } from '../commit/journal-writer.js';
import type { Failpoints } from '../failpoint.js';
import type { AttemptLimit } from './attempt-limit.js';
import type { Operate } from './operation.js';
import { readSignal } from './signal.js';
import { storableEntry } from './storable-entry.js';

/** Waits shorter than this are sat out in memory (S12). */
const INLINE_WAIT_MS = 1000;
/** A long chain of pure steps is committed in pieces of this many entries. */
const DRAFT_LIMIT = 200;

/** What a run needs of the process it runs in. */
export interface RunWorld {
  readonly commit: (commit: RunCommit) => Promise<CommitAnswer>;
  readonly operate: Operate;
  readonly evaluate: Evaluate;
  /** Milliseconds since 1970, database time. */
  readonly now: () => number;
  readonly random: Random;
  readonly attempts: AttemptLimit;
  /** False near the lease's end and while draining: nothing with an effect may start. */
  readonly mayStart: () => boolean;
  readonly draining: () => boolean;
  readonly leaseIsGood: () => boolean;
  /** Told after each commit; must not block. */
  readonly committed: (run: ClaimedRun, state: RunState) => void;
  /** The run has signals that its actor has not seen. */
  readonly missedSignals: (runId: string) => void;
  readonly failpoint: Failpoints;
  readonly logger: Logger;
}

export type Departure =
  | { readonly kind: 'parked'; readonly state: RunState; readonly wakeAt: number | null }
  | { readonly kind: 'ended'; readonly signals: number }
  | { readonly kind: 'fenced' }
  | { readonly kind: 'poisoned'; readonly failure: Failure };

interface Launch {
  readonly ref: AttemptRef;
  readonly entry: EntryOf<'step.started'>;
}

interface Settled {
  readonly ref: AttemptRef;
  readonly result: AttemptResult;
}

/** The journal refuses an entry that has no storable form; the run cannot go on. */
class Poison extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

export class RunActor {
  private state: RunState;
  /** Entries that are not in the ledger yet. */
  private draft: PreparedEntry[] = [];
  private committedSeq: number;
  private signalsSeen: number;
  private signalsUsed: number[] = [];
  private readonly settled: Settled[] = [];
  private readonly signals: { number: number; body: unknown }[] = [];
  private readonly inFlight = new Map<string, AbortController>();
  private wakeUp: (() => void) | null = null;
  private gone = false;

  /** @param freshFromJournal attempts that the journal shows in flight have no owner: they are recovered first */
  constructor(
    readonly run: ClaimedRun,
    private readonly definition: SagaDefinition,
    state: RunState,
    private readonly freshFromJournal: boolean,
    private readonly world: RunWorld,
  ) {
    this.state = state;
    this.committedSeq = state.seq;
    this.signalsSeen = 0;
  }

  /** Brings the run forward until it parks, ends or is lost. Never throws. */
  async advance(): Promise<Departure> {
    try {
      if (this.freshFromJournal) await this.recoverAttempts();
      for (;;) {
        const departure = await this.turn();
        if (departure !== null) return departure;
      }
    } catch (error) {
      if (this.gone) return { kind: 'fenced' };
      return await this.quarantine(error);
    } finally {
      this.abandon();
    }
  }

  /** Signals of this run, in order; known ones are skipped. */
  deliver(signals: readonly { readonly number: number; readonly body: unknown }[]): void {
    this.signals.push(...signals);
    this.poke();
  }

  /** Something outside changed (draining began, the lease was renewed): look again. */
  poke(): void {
    this.wakeUp?.();
  }

  /** The run is not ours any more: stop what is in flight, write nothing more. */
  abandon(): void {
    this.gone = true;
    for (const controller of this.inFlight.values()) controller.abort();
    this.inFlight.clear();
    this.poke();
  }

  /** One round: take in, think, record, act. */
  private async turn(): Promise<Departure | null> {
    if (this.gone) return { kind: 'fenced' };
    await this.takeInSignals();
    await this.takeInResults();
    const { launches, heldBack, more } = await this.think();
    const release = more || launches.length > 0 ? keep : this.whereToWait(heldBack);

    if (this.draft.length > 0 || this.signalsUsed.length > 0 || release.kind !== 'keep') {
      if (release.kind !== 'keep') this.world.failpoint('after-commit-before-park');
      const departure = await this.record(release);
      if (departure !== null) return departure;
    }
    if (this.gone) return { kind: 'fenced' };
    if (launches.length > 0) this.world.failpoint('after-intent');
    for (const launch of launches) this.launch(launch);
    if (!more) await this.rest(heldBack);
    return null;
  }

  /** A takeover: whoever was at work is gone, so what it was doing is unknown (S3, S11). */
  private async recoverAttempts(): Promise<void> {
    const lost = await recover(this.definition, this.state, this.world.evaluate, this.world.now(), this.world.random);
    for (const entry of lost) this.append(entry);
    if (lost.length > 0) this.world.failpoint('before-takeover-commit');
  }

  private async takeInSignals(): Promise<void> {
    this.signals.sort((a, b) => a.number - b.number);
    for (const { number, body } of this.signals.splice(0)) {
      if (number <= this.signalsSeen) continue;
      this.signalsSeen = number;
      this.signalsUsed.push(number);
      const reading = await readSignal(this.definition, this.state, body, this.world.evaluate, this.world.now());
      if (reading.kind === 'entry') this.append(reading.entry);
      else this.world.logger.warn({ run: this.run.id, signal: number, reason: reading.reason }, 'dropped a signal');
    }
  }

  private async takeInResults(): Promise<void> {
    for (const { ref, result: told } of this.settled.splice(0)) {
      const { definition, state, world } = this;
      const result = recordable(told);
      this.append(await settleAttempt(definition, state, ref, result, world.evaluate, world.now(), world.random));
      world.failpoint('after-effect-before-commit');
    }
  }

  /** Answers every command that has no effect outside, and drafts the intents of those that have. */
  private async think(): Promise<{ launches: Launch[]; heldBack: boolean; more: boolean }> {
    const launches: Launch[] = [];
    for (;;) {
      if (this.draft.length >= DRAFT_LIMIT) return { launches, heldBack: false, more: true };
      const commands = decide(this.definition, this.state, this.world.now());
      for (const command of commands) {
        if (command.kind === 'abort-attempt') this.inFlight.get(attemptKey(command))?.abort();
      }
      const pure = commands.find((command) => command.kind !== 'attempt' && command.kind !== 'abort-attempt');
      if (pure !== undefined) {
        this.append(await this.answer(pure));
        continue;
      }
      const attempts = commands.filter((command) => command.kind === 'attempt');
      if (attempts.length === 0) return { launches, heldBack: false, more: false };
      if (!this.world.mayStart()) return { launches, heldBack: true, more: false };
      if (!(await this.draftIntents(attempts, launches))) return { launches, heldBack: false, more: false };
    }
  }

  /** @returns true when an intent could not be drafted, so that decisions have to be made anew */
  private async draftIntents(commands: readonly CommandOf<'attempt'>[], launches: Launch[]): Promise<boolean> {
    for (const command of commands) {
      const { definition, state, run, world } = this;
      const entry = this.append(await startAttempt(definition, state, command, run.id, world.evaluate, world.now()));
      if (entry.type !== 'step.started') return true;
      launches.push({ ref: command, entry });
    }
    return false;
  }

  private async answer(
    command: Exclude<Command, CommandOf<'attempt'> | CommandOf<'abort-attempt'>>,
  ): Promise<NewEntry> {
    const { definition, state, world } = this;
    switch (command.kind) {
      case 'evaluate':
      case 'elapse':
        return await evaluateStep(definition, state, command.instance, world.evaluate, world.now());
      case 'cancel-step':
      case 'open-incident':
      case 'end-run':
        return settleCommand(definition, state, command, world.now());
    }
  }

  /** Where the run stands when nothing can be done at once: its own, parked, or at its end. */
  private whereToWait(heldBack: boolean): Release {
    if (this.state.endedAt !== null) return { kind: 'end' };
    if (this.inFlight.size > 0 || this.settled.length > 0 || this.signals.length > 0) return keep;
    if (heldBack) return this.world.draining() ? { kind: 'park', wakeAt: this.world.now() } : keep;
    const wakeAt = nextWakeAt(this.definition, this.state);
    const short = wakeAt !== null && wakeAt - this.world.now() < INLINE_WAIT_MS;
    return short && !this.world.draining() ? keep : { kind: 'park', wakeAt };
  }

  private async record(release: Release): Promise<Departure | null> {
    const entries = this.draft;
    const signalsUsed = this.signalsUsed;
    this.draft = [];
    this.signalsUsed = [];
    const answer = await this.world.commit({
      id: this.run.id,
      epoch: this.run.epoch,
      nextSeq: this.committedSeq + 1,
      entries,
      status: this.state.status,
      failure: this.state.failure,
      release,
      signalsSeen: this.signalsSeen,
      signalsUsed,
    });
    if (answer.kind === 'refused') throw new Poison(answer.failure);
    if (answer.kind === 'fenced') {
      this.abandon();
      return { kind: 'fenced' };
    }
    this.committedSeq += entries.length;
    if (entries.length > 0) this.world.committed(this.run, this.state);
    this.world.failpoint('after-outcome-commit');
    if (release.kind === 'end') return { kind: 'ended', signals: answer.signals - this.signalsSeen };
    if (release.kind === 'park') {
      const wakeAt = answer.signals > this.signalsSeen ? this.world.now() : release.wakeAt;
      return { kind: 'parked', state: this.state, wakeAt };
    }
    if (answer.signals > this.signalsSeen) this.world.missedSignals(this.run.id);
    return null;
  }

  private launch({ ref, entry }: Launch): void {
    const step = this.definition.steps[entry.step];
    const operation = entry.direction === 'undo' ? step?.undo : step;
    if (operation?.kind !== 'action' && operation?.kind !== 'compensation') {
      throw new Error(`Step "${entry.step}" has no operation to call; its definition is damaged.`);
    }
    const { connector, operation: name, attemptTimeoutMs: timeoutMs, effect } = operation;
    const controller = new AbortController();
    this.inFlight.set(attemptKey(ref), controller);
    const call = { connector, operation: name, input: entry.input, idempotencyKey: entry.key, timeoutMs, effect };
    void this.world.attempts
      // It may have waited for its turn: what has no good lease any more must not reach the world.
      .within(async () => (this.world.leaseIsGood() ? await this.world.operate(call, controller.signal) : notBegun))
      .then((result) => {
        if (this.gone) return;
        this.inFlight.delete(attemptKey(ref));
        this.settled.push({ ref, result });
        this.poke();
      });
  }

  /** Until a result, a signal or a timer asks for another round. */
  private async rest(heldBack: boolean): Promise<void> {
    if (this.gone || this.settled.length > 0 || this.signals.length > 0) return;
    const wakeAt = nextWakeAt(this.definition, this.state);
    const dueIn = wakeAt === null ? Infinity : Math.max(0, wakeAt - this.world.now());
    const delay = Math.min(dueIn, heldBack ? 50 : Infinity);
    await new Promise<void>((resolve) => {
      const timer = delay < 2 ** 31 ? setTimeout(resolve, Math.ceil(delay)) : null;
      this.wakeUp = () => {
        if (timer !== null) clearTimeout(timer);
        resolve();
      };
    });
    this.wakeUp = null;
  }

  private append(body: NewEntry): Entry {
    const fitting = storableEntry({ ...body, seq: this.state.seq + 1 });
    if (!fitting.ok) throw new Poison(fitting.error);
    this.state = evolve(this.definition, this.state, fitting.value.entry);
    this.draft.push(fitting.value);
    return fitting.value.entry;
  }

  /** The run's journal takes nothing more of what it wants to say: it ends with the reason, and is never tried again. */
  private async quarantine(error: unknown): Promise<Departure> {
    const failure: Failure =
      error instanceof Poison
        ? error.failure
        : {
            code: 'engine.broken',
            kind: 'bug',
            message: `The engine could not go on with this run (${error instanceof Error ? error.message : String(error)}); please report it.`,
          };
    this.world.logger.error({ run: this.run.id, error, failure }, 'quarantined a run');
    const seq = this.committedSeq + 1;
    const last: Entry = { type: 'run.ended', outcome: 'terminated', output: null, failure, at: this.world.now(), seq };
    const prepared = prepareEntry(last);
    if (prepared.ok) {
      const answer = await this.world.commit({
        id: this.run.id,
        epoch: this.run.epoch,
        nextSeq: seq,
        entries: [prepared.value],
        status: 'terminated',
        failure,
        release: { kind: 'end' },
        signalsSeen: this.signalsSeen,
        signalsUsed: [],
      });
      if (answer.kind === 'fenced') return { kind: 'fenced' };
      if (answer.kind === 'committed') return { kind: 'ended', signals: answer.signals - this.signalsSeen };
    }
    return { kind: 'poisoned', failure };
  }
}

/** An answer that cannot be stored is none: the effect may well have taken place, so its outcome is unknown. */
function recordable(result: AttemptResult): AttemptResult {
  if (result.kind !== 'succeeded') return result;
  const output = storableJson(result.output);
  return output.ok ? result : { kind: 'unknown', failure: output.error };
}

const notBegun: AttemptResult = {
  kind: 'failed',
  failure: {
    code: 'worker.lease-ending',
    kind: 'operational',
    message: 'The worker was about to lose its lease and did not make this call.',
  },
};

const keep: Release = { kind: 'keep' };

function attemptKey(ref: { readonly instance: InstanceId; readonly direction: 'forward' | 'undo' }): string {
  return `${ref.direction} ${ref.instance}`;
}
