/**
 * A claimed run, brought forward until it has to wait.
 *
 * 1. Thinking (decide, evolve, pure steps) only adds entries to a draft; the world sees nothing of it.
 * 2. The draft is committed before an attempt is launched, so every effect has its intent in the ledger (S3) and every
 *    outcome is durable before a successor's effect begins (S5). One commit carries both.
 * 3. At most one commit is under way; results that arrive meanwhile wait in the inbox.
 * 4. An actor that was fenced, or whose incarnation died, aborts its attempts and writes nothing more.
 * 5. A signal is used up by the commit that journals or drops it. One that only a later version knows stays, and the run is
 *    parked for whoever knows it.
 *
 * It may die between any two lines: what was not committed never happened, except effects in flight, whose intents were.
 */
import {
  RUN_ITSELF,
  RunFold,
  noChanges,
  admitRun,
  admitStep,
  attemptTimeoutMs,
  decide,
  evaluateStep,
  limitsOf,
  nextWakeAt,
  operationFor,
  recallItems,
  recover,
  refuseRun,
  runLimitOf,
  settleAttempt,
  settleCommand,
  startAttempt,
  stillCommanded,
} from '@sagawright/shared/saga';
import type {
  AttemptRef,
  AttemptResult,
  Changes,
  Command,
  CommandOf,
  Compute,
  Entry,
  EntryOf,
  EntriesOfItems,
  InstanceId,
  Limit,
  NewEntry,
  RunLimit,
  RunPlace,
  RunState,
  SagaDefinition,
  SlotGrant,
} from '@sagawright/shared/saga';
import { failure } from '@sagawright/shared/kernel';
import type { Failure, Random } from '@sagawright/shared/kernel';
import { LARGEST_VALUE_BYTES, storableJson } from '@sagawright/shared/server';
import type {
  ClaimedRun,
  Logger,
  PreparedEntry,
  Release,
  RunCommit,
  RunPlaceAnswer,
  SlotAnswer,
} from '@sagawright/shared/server';
import type { CommitAnswer } from '../commit/journal-writer.js';
import type { Failpoints } from '../failpoint.js';
import type { AttemptLimit } from './attempt-limit.js';
import { besideOf, NO_EFFECTS } from './beside.js';
import type { Standing } from './beside.js';
import type { SignalEffects } from './beside.js';
import { countEntries, observedAttempt } from './observed.js';
import type { Children, Operate, OperationCall } from './operation.js';
import { isPublishing } from './publishing.js';
import type { Publish } from './publishing.js';
import { readSignal } from './signal.js';
import { storableEntry } from './storable-entry.js';
import type { ThinkingTime } from './thinking-time.js';

/** Waits shorter than this are sat out in memory (S12). */
const INLINE_WAIT_MS = 1000;
/** A long chain of pure steps is committed in pieces: of this many entries or characters, or sooner when it takes its time. */
const DRAFT_LIMIT = 200;
const DRAFT_LENGTH_LIMIT = 4 * 1024 * 1024;
/** How long a question to a database that is away waits until it is asked again. */
const ASK_AGAIN_MS = 500;
/** How often an effect that may not start now asks again. */
const LEASE_POLL_MS = 50;

/** What a run needs of the process it runs in. */
export interface RunWorld {
  readonly commit: (commit: RunCommit) => Promise<CommitAnswer>;
  readonly operate: Operate;
  readonly children: Children;
  readonly publish: Publish;
  readonly compute: Compute;
  readonly askForSlots: (run: ClaimedRun, instance: InstanceId, limits: readonly Limit[]) => Promise<SlotAnswer>;
  readonly askForPlace: (run: ClaimedRun, limit: RunLimit, at: number) => Promise<RunPlaceAnswer>;
  readonly entriesOfItems: (run: ClaimedRun, ...of: Parameters<EntriesOfItems>) => ReturnType<EntriesOfItems>;
  /** Milliseconds since 1970, database time. */
  readonly now: () => number;
  readonly random: Random;
  readonly thinking: ThinkingTime;
  readonly attempts: AttemptLimit;
  /** False near the lease's end, and for a run that has to be handed back: nothing with an effect may start. */
  readonly mayStart: (run: ClaimedRun) => boolean;
  /** The process drains, or the run is paused: it is parked as soon as what is in flight has been answered. */
  readonly handsBack: (run: ClaimedRun) => boolean;
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
  /** In front of a person, by an incident of the run itself. `signals` have come meanwhile. */
  | { readonly kind: 'stopped'; readonly signals: number }
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

type PureCommand = Exclude<Command, CommandOf<'attempt'> | CommandOf<'abort-attempt'>>;

/** The journal takes an entry no more; the run cannot go on. */
class Poison extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

export class RunActor {
  /** The run as it is thought of, changed in place by every entry. */
  private readonly fold: RunFold;
  /** Entries that are not in the ledger yet. */
  private draft: PreparedEntry[] = [];
  private draftLength = 0;
  /** Where the run stands in the ledger. */
  private committed: Standing;
  private signalsUsed: number[] = [];
  private signalEffects: SignalEffects = NO_EFFECTS;
  private readonly settled: Settled[] = [];
  private signals: { number: number; body: unknown }[] = [];
  /** Signals whose meaning an attempt in flight decides. */
  private heldSignals: { number: number; body: unknown }[] = [];
  private readonly inFlight = new Map<string, AbortController>();
  /** Calls of attempts that were given up, whose answer may still come (S22). */
  private readonly overdue = new Set<AbortController>();
  private wakeUp: (() => void) | null = null;
  /** Something has come that only a later version of this program knows. */
  private isBeyondUs = false;
  private gone = false;

  /**
   * @param freshFromJournal attempts that the journal shows in flight have no owner: they are recovered first
   * @param signalsSeen number of the latest signal that earlier owners used up
   */
  constructor(
    readonly run: ClaimedRun,
    private readonly definition: SagaDefinition,
    state: RunState,
    private readonly freshFromJournal: boolean,
    private signalsSeen: number,
    private readonly world: RunWorld,
  ) {
    this.fold = new RunFold(definition, state);
    this.committed = this.standing();
  }

  private get state(): RunState {
    return this.fold.view;
  }

  private standing(): Standing {
    this.fold.takeChanges();
    const { seq, status, endedAt, failure: reason } = this.fold.state ?? this.fold.view;
    return { seq, status, endedAt, failure: reason };
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
      return await this.stop(error);
    } finally {
      this.abandon();
    }
  }

  /** Signals of this run, in order; known ones are skipped. */
  deliver(signals: readonly { readonly number: number; readonly body: unknown }[]): void {
    this.signals.push(...signals);
    this.poke();
  }

  /** Something outside changed (draining began, the run was paused): look again. */
  poke(): void {
    this.wakeUp?.();
  }

  /** The run is not ours any more: stop what is in flight, write nothing more. */
  abandon(): void {
    this.gone = true;
    for (const controller of [...this.inFlight.values(), ...this.overdue]) controller.abort();
    this.inFlight.clear();
    this.overdue.clear();
    this.poke();
  }

  /** One round: take in, think, record, act. */
  private async turn(): Promise<Departure | null> {
    if (this.gone) return { kind: 'fenced' };
    await this.takeInResults();
    await this.takeInSignals();
    const { launches, heldBack, more, at } = await this.think();
    const release = more || launches.length > 0 ? keep : this.whereToWait(heldBack);

    if (this.draft.length > 0 || this.signalsUsed.length > 0 || release.kind !== 'keep') {
      if (release.kind !== 'keep') this.world.failpoint('after-commit-before-park');
      const departure = await this.record(release);
      if (departure !== null) return departure;
    }
    if (this.gone) return { kind: 'fenced' };
    if (launches.length > 0) this.world.failpoint('after-intent');
    for (const launch of launches) this.launch(launch);
    if (!more) await this.rest(heldBack, at);
    return null;
  }

  /** A takeover: whoever was at work is gone, so what it was doing is unknown (S3, S11). */
  private async recoverAttempts(): Promise<void> {
    const lost = await recover(
      this.definition,
      this.state,
      this.world.compute.evaluate,
      this.world.now(),
      this.world.random,
    );
    for (const entry of lost) this.append(entry);
    if (lost.length > 0) this.world.failpoint('before-takeover-commit');
  }

  private async takeInSignals(): Promise<void> {
    const queue = [...this.heldSignals, ...this.signals].sort((a, b) => a.number - b.number);
    this.signals = [];
    this.heldSignals = [];
    for (const [index, { number, body }] of queue.entries()) {
      if (number <= this.signalsSeen) continue;
      if (this.world.thinking.isSpent()) await this.world.thinking.turn();
      const taken = await this.takeIn(number, body);
      if (!taken) {
        this.heldSignals = queue.slice(index);
        return;
      }
      this.signalsSeen = number;
      this.signalsUsed.push(number);
      this.world.failpoint('after-signal-before-commit');
    }
  }

  /** @returns false when the signal, and with it those behind it, has to wait for an attempt in flight */
  private async takeIn(number: number, body: unknown): Promise<boolean> {
    for (let entries = 0; ; entries += 1) {
      const { definition, state, world } = this;
      const reading = await readSignal(definition, state, body, world.compute.evaluate, world.now());
      switch (reading.kind) {
        case 'later':
          return false;
        case 'unknown':
          this.isBeyondUs = true;
          return false;
        case 'place':
          this.append(await this.admitRun());
          return true;
        case 'slot':
          this.append(await this.admit(reading.instance));
          return true;
        case 'entry': {
          if (!storableEntry(state, { ...reading.entry, seq: state.seq + 1 }, this.run).ok) {
            world.logger.warn(
              { run: this.run.id, signal: number },
              'dropped a signal that holds what cannot be stored',
            );
            return true;
          }
          this.append(reading.entry);
          // The end of a child may be for several steps that share it.
          if (!isChildEnd(body)) return true;
          break;
        }
        case 'refused': {
          if (entries > 0) return true;
          const { reason, reopens, news } = reading;
          world.logger.warn({ run: this.run.id, signal: number, reason }, 'dropped a signal');
          const { reopened, news: earlier } = this.signalEffects;
          this.signalEffects = {
            reopened: reopens === undefined ? reopened : [...reopened, reopens],
            news: news ?? earlier,
          };
          return true;
        }
      }
    }
  }

  private async takeInResults(): Promise<void> {
    for (const { ref, result: told } of this.settled.splice(0)) {
      if (this.world.thinking.isSpent()) await this.world.thinking.turn();
      const { definition, state, world } = this;
      const result = recordable(told);
      if (!this.counts(ref, result)) continue;
      this.append(
        await settleAttempt(definition, state, ref, result, world.compute.evaluate, world.now(), world.random),
      );
      world.failpoint('after-effect-before-commit');
    }
  }

  /** Of an attempt that was given up only a success counts, and only while nothing else has settled the step (S22). */
  private counts({ instance: id, direction, attempt }: AttemptRef, result: AttemptResult): boolean {
    const instance = this.state.instances[id];
    const side = direction === 'forward' ? instance : instance?.undo;
    if (side === undefined) return false;
    if (side.status === 'running' && side.attempt === attempt) return true;
    if (result.kind !== 'succeeded') return false;
    // What a person has replaced may have taken effect besides.
    const replaced = direction === 'forward' && instance?.replaced.some(({ upTo }) => attempt <= upTo) === true;
    return replaced || (side.status !== 'succeeded' && side.status !== 'done');
  }

  /**
   * Answers every command that has no effect outside, and drafts the intents of those that have.
   *
   * @returns `at`: the instant for which everything was decided
   */
  private async think(): Promise<{ launches: Launch[]; heldBack: boolean; more: boolean; at: number }> {
    const launches: Launch[] = [];
    let hadItsTurn = false;
    for (;;) {
      if (this.isFull()) return { launches, heldBack: false, more: true, at: this.world.now() };
      if (this.world.thinking.isSpent()) {
        if (hadItsTurn && this.draft.length > 0) return { launches, heldBack: false, more: true, at: this.world.now() };
        await this.world.thinking.turn();
        hadItsTurn = true;
      }
      const at = this.world.now();
      const commands = decide(this.definition, this.state, at);
      for (const command of commands) {
        if (command.kind === 'abort-attempt') this.inFlight.get(attemptKey(command))?.abort();
      }
      const pure = commands.filter((command) => command.kind !== 'attempt' && command.kind !== 'abort-attempt');
      if (pure[0] !== undefined) {
        if (this.needsLedger(pure[0])) return { launches, heldBack: false, more: true, at };
        await this.answerAll(pure, at);
        continue;
      }
      const attempts = commands.filter((command) => command.kind === 'attempt');
      if (attempts.length === 0) return { launches, heldBack: false, more: false, at };
      if (this.isBeyondUs || !this.world.mayStart(this.run)) return { launches, heldBack: true, more: false, at };
      if (!(await this.draftIntents(attempts, launches))) return { launches, heldBack: false, more: this.isFull(), at };
    }
  }

  /**
   * Decided once, answered one after another: what an answer has made moot is passed over, and what comes anew is decided then.
   */
  private async answerAll(commands: readonly PureCommand[], at: number): Promise<void> {
    for (const [index, command] of commands.entries()) {
      if (index > 0) {
        if (this.isFull() || this.world.thinking.isSpent() || this.needsLedger(command)) return;
        if (!stillCommanded(this.definition, this.state, command, at)) continue;
      }
      this.append(await this.answer(command));
    }
  }

  /**
   * A place is asked for only by a step that the ledger knows: one that a crash takes back would keep it for ever (S30). What
   * is brought back is read from the ledger.
   */
  private needsLedger(command: PureCommand): boolean {
    if (this.draft.length === 0) return false;
    if (command.kind === 'recall') return command.items.some(({ last }) => last > this.committed.seq);
    return command.kind === 'admit';
  }

  private isFull(): boolean {
    return this.draft.length >= DRAFT_LIMIT || this.draftLength >= DRAFT_LENGTH_LIMIT;
  }

  /** @returns true when an intent could not be drafted, so that decisions have to be made anew */
  private async draftIntents(commands: readonly CommandOf<'attempt'>[], launches: Launch[]): Promise<boolean> {
    for (const command of commands) {
      // Those of a wide step are committed and made in pieces: a crash takes back one piece, and not all of them again and again.
      if (this.isFull()) return false;
      if (this.world.thinking.isSpent()) await this.world.thinking.turn();
      const { definition, state, run, world } = this;
      const entry = this.append(
        await startAttempt(definition, state, command, run.id, world.compute.evaluate, world.now()),
      );
      if (entry.type !== 'step.started') return true;
      launches.push({ ref: command, entry });
    }
    return false;
  }

  private async answer(command: PureCommand): Promise<NewEntry> {
    const { definition, state, world } = this;
    switch (command.kind) {
      case 'evaluate':
      case 'elapse':
        return await evaluateStep(definition, state, command.instance, world.compute, world.now());
      case 'recall':
        return await this.recall(command);
      case 'admit-run':
        return await this.admitRun();
      case 'admit':
        return await this.admit(command.instance);
      case 'cancel-step':
      case 'cancel-child':
      case 'cancel-run':
      case 'time-out':
      case 'open-incident':
      case 'end-run':
        return settleCommand(definition, state, command, world.now());
    }
  }

  /** Items of a loop that the run has forgotten, by their own entries. */
  private async recall(command: CommandOf<'recall'>): Promise<NewEntry> {
    const { definition, state, world, run } = this;
    const entriesOf: EntriesOfItems = async (loop, items) => {
      const question = async () =>
        ({ kind: 'entries', entries: await world.entriesOfItems(run, loop, items) }) as const;
      return (await this.ask(question)).entries;
    };
    return await recallItems(definition, state, command, entriesOf, world.now());
  }

  /** Its places and starts are rows of the ledger, asked for before the journal says that the step has them (S30). */
  private async admit(instance: InstanceId): Promise<NewEntry> {
    const { definition, state, world, run } = this;
    const limits = await limitsOf(definition, state, instance, world.compute.evaluate);
    const grant: SlotGrant = limits.ok
      ? await this.ask(() => world.askForSlots(run, instance, limits.value)).then(({ kind }) => kind)
      : 'waiting';
    world.failpoint('after-slot-before-commit');
    return await admitStep(definition, state, instance, world.compute.evaluate, grant, world.now());
  }

  /** The same for the run as a whole, before anything of it begins. */
  private async admitRun(): Promise<NewEntry> {
    const { definition, state, world, run } = this;
    const limit = await runLimitOf(definition, state, world.compute.evaluate);
    if (!limit.ok) return refuseRun(limit.error, world.now());
    const place: RunPlace = await this.ask(() => world.askForPlace(run, limit.value, world.now()));
    world.failpoint('after-slot-before-commit');
    return admitRun(limit.value, place, world.now());
  }

  /** Until the ledger answers; one that says the run is another's is not heard of again. */
  private async ask<T extends { readonly kind: string }>(
    question: () => Promise<T>,
  ): Promise<Exclude<T, { readonly kind: 'fenced' }>> {
    while (!this.gone) {
      try {
        const answer = await question();
        if (isForOwner(answer)) return answer;
        this.abandon();
      } catch (error) {
        this.world.logger.warn(
          { run: this.run.id, error: messageOf(error) },
          'asking the ledger failed; it is asked again',
        );
        await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
      }
    }
    throw new Error('The run was taken over.');
  }

  /** Where the run stands when nothing can be done at once: its own, parked, or at its end. */
  private whereToWait(heldBack: boolean): Release {
    if (this.state.endedAt !== null) return { kind: 'end' };
    if (this.inFlight.size > 0 || this.settled.length > 0 || this.signals.length > 0) return keep;
    const handsBack = this.isBeyondUs || this.world.handsBack(this.run);
    if (heldBack) return handsBack ? { kind: 'park', wakeAt: this.world.now() } : keep;
    const wakeAt = nextWakeAt(this.definition, this.state);
    const short = wakeAt !== null && wakeAt - this.world.now() < INLINE_WAIT_MS;
    return short && !handsBack ? keep : { kind: 'park', wakeAt };
  }

  private async record(release: Release): Promise<Departure | null> {
    const entries = this.draft;
    const commit = { ...this.position(entries, release), signalsUsed: this.signalsUsed };
    this.draft = [];
    this.draftLength = 0;
    this.signalsUsed = [];
    this.signalEffects = NO_EFFECTS;
    const answer = await this.world.commit(commit);
    if (answer.kind === 'refused') throw new Poison(answer.failure);
    if (answer.kind === 'fenced') {
      this.abandon();
      return { kind: 'fenced' };
    }
    this.committed = this.standing();
    countEntries(entries, this.state);
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

  /** What the ledger is asked to take: entries behind what it has, and where the run stands then. */
  private position(
    entries: readonly PreparedEntry[],
    release: Release,
    state: RunState = this.fold.state ?? this.fold.view,
    changes: Changes = this.fold.takeChanges(),
  ): RunCommit {
    const { run, definition, committed, signalsSeen, signalEffects } = this;
    const closed = [...changes.incidents.values()].filter(
      (before) => before?.resolved === false && state.incidents[before.id]?.resolved === true,
    );
    return {
      id: run.id,
      epoch: run.epoch,
      nextSeq: committed.seq + 1,
      entries,
      status: state.status,
      failure: state.failure,
      release,
      incidentsClosed: closed.flatMap((before) => (before ? [{ id: before.id, at: this.world.now() }] : [])),
      signalsSeen,
      signalsUsed: [],
      beside: besideOf(
        run,
        definition,
        { ...committed, changes },
        state,
        entries.map(({ entry }) => entry),
        signalEffects,
      ),
    };
  }

  private launch({ ref, entry }: Launch): void {
    const controller = new AbortController();
    this.inFlight.set(attemptKey(ref), controller);
    const tell = (result: AttemptResult): void => {
      if (this.gone) return;
      this.settled.push({ ref, result });
      this.poke();
    };
    const late = (result: AttemptResult): void => {
      this.overdue.delete(controller);
      tell(result);
    };
    void this.world.attempts
      .within(async () =>
        (await this.mayReachTheWorld(controller.signal)) ? await this.call(ref, entry, controller, late) : notMade,
      )
      .then((result) => {
        if (this.gone) return;
        if (this.inFlight.get(attemptKey(ref)) === controller) this.inFlight.delete(attemptKey(ref));
        tell(result);
      });
  }

  /** It may have waited for its turn: the run may be somebody else's by now, or the lease too near its end to act. */
  private async mayReachTheWorld(signal: AbortSignal): Promise<boolean> {
    while (!this.gone && !signal.aborted && !this.world.leaseIsGood()) {
      await new Promise((resolve) => setTimeout(resolve, LEASE_POLL_MS));
    }
    return !this.gone && !signal.aborted;
  }

  /** An operation that breaks leaves its outcome unknown; it must not break the process. */
  private async call(
    ref: AttemptRef,
    entry: EntryOf<'step.started'>,
    controller: AbortController,
    late: (result: AttemptResult) => void,
  ): Promise<AttemptResult> {
    try {
      const reach = () => this.reach(ref, entry, controller.signal, late);
      const result = await observedAttempt(this.run, this.definition, ref, entry, reach);
      if (result.kind === 'unknown') this.overdue.add(controller);
      return result;
    } catch (error) {
      this.world.logger.error({ run: this.run.id, step: entry.step, error }, 'an operation broke');
      const message = `Step "${entry.step}" broke inside the engine (${messageOf(error)}); please report it.`;
      return { kind: 'unknown', failure: failure('bug', 'operation.broken', message) };
    }
  }

  private async reach(
    { instance, direction }: AttemptRef,
    { key, input }: EntryOf<'step.started'>,
    signal: AbortSignal,
    late: (result: AttemptResult) => void,
  ): Promise<AttemptResult> {
    const { definition, state, run, world } = this;
    const target = operationFor(definition, state, instance, direction);
    switch (target.kind) {
      case 'operation': {
        const { connector, operation, effect } = target;
        if (isPublishing(connector)) return await world.publish(run, state.event, key, input);
        const timeoutMs = attemptTimeoutMs(definition, state, instance, direction, world.now());
        const call: OperationCall = { connector, operation, input, idempotencyKey: key, timeoutMs, effect };
        return await world.operate(call, signal, late);
      }
      case 'child-start': {
        const parent = { run: run.id, instance, depth: state.parent?.depth ?? 0 };
        return await world.children.start(run, parent, { ...target, key, input });
      }
      case 'child-undo':
        return await world.children.undo(run, target);
    }
  }

  /** Until a result, a signal or a timer asks for another round. */
  private async rest(heldBack: boolean, thoughtAt: number): Promise<void> {
    if (this.gone || this.settled.length > 0 || this.signals.length > 0) return;
    const wakeAt = nextWakeAt(this.definition, this.state);
    // What was due already and led to nothing waits for something else than time.
    const dueIn = wakeAt === null || wakeAt <= thoughtAt ? Infinity : wakeAt - this.world.now();
    const delay = Math.max(0, Math.min(dueIn, heldBack ? LEASE_POLL_MS : Infinity));
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
    const fitting = storableEntry(this.state, { ...body, seq: this.state.seq + 1 }, this.run);
    if (!fitting.ok) throw new Poison(fitting.error);
    this.fold.fold(fitting.value.entry);
    this.draft.push(fitting.value);
    this.draftLength += fitting.value.length;
    return fitting.value.entry;
  }

  /**
   * The run cannot go on by itself: it stands still in front of a person, with everything it has done in its journal. What
   * was in flight is recovered when it goes on. It is never tried again before somebody says so.
   */
  private async stop(error: unknown): Promise<Departure> {
    const reason =
      error instanceof Poison
        ? error.failure
        : failure(
            'bug',
            'engine.broken',
            `The engine could not go on with this run (${messageOf(error)}); please report it.`,
          );
    this.world.logger.error({ run: this.run.id, error, failure: reason }, 'stopped a run');
    const seq = this.committed.seq + 1;
    const incident = `run~${seq}`;
    const fitting = storableEntry(
      this.state,
      {
        type: 'incident.opened',
        incident,
        step: RUN_ITSELF,
        path: '',
        generation: 1,
        direction: 'forward',
        failure: reason,
        at: this.world.now(),
        seq,
      },
      this.run,
    );
    if (!fitting.ok) return { kind: 'poisoned', failure: reason };
    const { status, endedAt, failure: before } = this.committed;
    const opened = {
      id: incident,
      instance: RUN_ITSELF,
      direction: 'forward',
      failure: reason,
      resolved: false,
    } as const;
    // What was thought since the last commit is gone; what a commit needs of the rest is where the run stood.
    const stood: RunState = {
      ...this.state,
      seq,
      status: endedAt === null ? 'blocked' : status,
      endedAt,
      failure: before,
      incidents: { [incident]: { ...opened, openedAt: fitting.value.entry.at } },
    };
    this.signalEffects = NO_EFFECTS;
    const answer = await this.world.commit(
      this.position([fitting.value], { kind: 'park', wakeAt: null }, stood, noChanges()),
    );
    if (answer.kind === 'fenced') return { kind: 'fenced' };
    if (answer.kind === 'refused') return { kind: 'poisoned', failure: reason };
    countEntries([fitting.value], stood);
    return { kind: 'stopped', signals: answer.signals - this.signalsSeen };
  }
}

/** An answer that cannot be stored is none: the effect may well have taken place, so its outcome is unknown. */
function recordable(result: AttemptResult): AttemptResult {
  if (result.kind !== 'succeeded') return result;
  const output = storableJson(result.output, LARGEST_VALUE_BYTES);
  return output.ok ? result : { kind: 'unknown', failure: output.error };
}

/** For an attempt that was asked to stop before it began; an actor that is gone hears nothing of it. */
const notMade: AttemptResult = {
  kind: 'failed',
  failure: failure('operational', 'attempt.not-made', 'The call was called off before it was made.'),
};

const keep: Release = { kind: 'keep' };

function isForOwner<T extends { readonly kind: string }>(answer: T): answer is Exclude<T, { readonly kind: 'fenced' }> {
  return answer.kind !== 'fenced';
}

function isChildEnd(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'type' in body && body.type === 'child.ended';
}

function attemptKey(ref: { readonly instance: InstanceId; readonly direction: 'forward' | 'undo' }): string {
  return `${ref.direction} ${ref.instance}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
