/**
 * A tenure: the life of one incarnation of a worker, from its lease row to its end.
 *
 * 1. Claims are made one after another, for as many runs as there are free slots, until nothing comes back.
 * 2. The sweep repeats, about every second, whatever a doorbell, a commit's answer or a crash may have lost: due runs are
 *    claimed, runs of dead workers freed, signals fetched, and runs that the database says are ours but nobody here works
 *    on are given back. With Redis empty or gone everything still happens, only later.
 * 3. A process whose event loop is late claims nothing until it has caught up.
 * 4. Runs of a workflow that was paused meanwhile are handed back when their calls in flight are answered.
 * 5. A run with something in it that only a later version of this program knows is handed on as it is.
 * 6. When the lease is lost every actor is abandoned; the process goes on with a new tenure.
 * 7. A worker whose process is gone is noticed within a second, and its runs are freed (watch.ts).
 */
import { isInLine, replay, unknownStep, unknownWord } from '@sagawright/shared/saga';
import type { Compute, Entry, InstanceId, Limit, RunLimit, RunState, SagaDefinition } from '@sagawright/shared/saga';
import type { Random } from '@sagawright/shared/kernel';
import {
  LOOP_BOUNDS,
  askForPlace,
  askForSlots,
  buryWorkers,
  claimRuns,
  commitRunsAndBeside,
  databaseTime,
  fateOfCommits,
  fireSchedules,
  giveBackRuns,
  hasBacklog,
  letIn,
  letLanesIn,
  letRunsIn,
  loadJournals,
  lookForEarlyEvents,
  metrics,
  ownedRuns,
  pausedWorkflows,
  pendingSignals,
  quarantineRun,
  readItemEntries,
  registerWorker,
  releaseOrphans,
  removeWorker,
  renewLease,
  tendSchedules,
  unguardWorker,
  uuidv7,
  workersWithoutSession,
} from '@sagawright/shared/server';
import type {
  ClaimedRun,
  Database,
  DatabaseSession,
  Logger,
  LoopBounds,
  Queryable,
  RunCommit,
  RunPlaceAnswer,
  Signal,
  SlotAnswer,
  Woken,
} from '@sagawright/shared/server';
import type { DatabaseClock } from '../clock.js';
import { JournalWriter } from '../commit/journal-writer.js';
import type { Failpoints } from '../failpoint.js';
import type { AttemptLimit } from '../run/attempt-limit.js';
import type { Definitions } from '../run/definitions.js';
import { childRuns } from '../run/child-runs.js';
import type { HotCopies } from '../run/hot-copies.js';
import { observedRun } from '../run/observed.js';
import type { Operate } from '../run/operation.js';
import { publishing } from '../run/publishing.js';
import { RunActor } from '../run/run-actor.js';
import type { Departure, RunWorld } from '../run/run-actor.js';
import { unknownSignal } from '../run/signal.js';
import { ThinkingTime } from '../run/thinking-time.js';
import { EventLoopLag } from './event-loop-lag.js';
import { inTurn } from './in-turn.js';
import { Lease } from './lease.js';
import { foldLongJournal, LONG_JOURNAL } from './long-journal.js';
import { Watch } from './watch.js';

/** What a tenure needs of its process; all of it outlives the tenure. */
export interface TenureWorld {
  readonly sql: Queryable;
  /**
   * For the lease alone, which nothing else may hold up, and by whose end others notice that the process is gone. Absent: as
   * everything else, and others wait for the lease's end.
   */
  readonly leaseSession?: DatabaseSession;
  readonly transaction: Database['transaction'];
  readonly clock: DatabaseClock;
  readonly definitions: Definitions;
  readonly hotCopies: HotCopies;
  readonly attempts: AttemptLimit;
  readonly operate: Operate;
  readonly compute: Compute;
  readonly random: Random;
  readonly failpoint: Failpoints;
  readonly logger: Logger;
  /** Told after each commit; must not block. */
  readonly committed: (run: ClaimedRun, state: RunState) => void;
  /** Asks other workers to come and claim; must not block. */
  readonly ring: (shard: number) => void;
  readonly host: { readonly host: string; readonly pid: number; readonly version: string };
}

export interface TenureSettings {
  readonly shards: number;
  /** Runs worked on at once. */
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly sweepMs?: number;
  /** Between looks at whether other workers are still there. */
  readonly watchMs?: number;
  /** How far events of runs may start further runs. */
  readonly loops?: LoopBounds;
}

/** A claim takes at most this many runs, so that one worker's claim leaves something for the next. */
const CLAIM_LIMIT = 100;
/** While more is waiting than there are slots, a claim waits until this part of the slots is free, or for so long. */
const CLAIM_PART = 0.2;
const CLAIM_SPACING_MS = 25;
const SWEEP_LIMIT = 1000;
/** A run that this version cannot read is left to others for so long. */
const HAND_ON_MS = 5000;
/** A process whose timers are later than this part of the lease takes on no more. */
const LAG_PART = 0.1;
const LAG_POLL_MS = 50;

/** Where a claimed run stands, as far as that can be read. */
interface Stands {
  /** Null: a later version of this program can read it; undefined: nobody can. */
  readonly definition: SagaDefinition | null | undefined;
  readonly state: RunState | undefined;
  /** What only a later version knows about it, in words. */
  readonly unknown: string | null;
  /** It was read from the journal: whoever was at work on it before is gone. */
  readonly isFresh: boolean;
}

export class Tenure {
  readonly incarnation = uuidv7();
  private readonly over = new AbortController();
  private readonly actors = new Map<string, RunActor>();
  /** Claimed, and their journals are being read. */
  private loading: ReadonlySet<string> = new Set();
  /** Claimed, and their long journals are folded one after another. */
  private readonly folding = new Set<string>();
  private folds: Promise<void> = Promise.resolve();
  private readonly lag = new EventLoopLag();
  /** Claims go round the shards, so that a full one does not starve the others. */
  private firstShard = 0;
  private readonly lease: Lease;
  private readonly watch: Watch;
  private watchTimer: NodeJS.Timeout | null = null;
  private readonly writer: JournalWriter;
  private readonly runWorld: RunWorld;
  private claiming = false;
  private claimWanted = false;
  /** The last claim was cut short by missing slots: more may be waiting. */
  private starved = false;
  private lastFullClaim = -Infinity;
  private claimTimer: NodeJS.Timeout | null = null;
  private drainBegun = false;
  private sweepTimer: NodeJS.Timeout | null = null;
  private wakeTimer: { at: number; timer: NodeJS.Timeout } | null = null;
  private readonly slotTimers = new Set<NodeJS.Timeout>();
  private suspects = new Set<string>();
  /** Workflows of runs in hand that stand still. */
  private paused: ReadonlySet<string> = new Set();
  private readonly missed = new Set<string>();
  private emptied: (() => void) | null = null;
  /** Events that came before the waits that this process opened. */
  private readonly lookBack = inTurn(async () => {
    const woken = await lookForEarlyEvents(this.world.sql);
    if (woken.length > 0) this.world.failpoint('after-early-events');
    this.heard(woken);
  });
  /** Whoever is in line for places that became free, or for an instant that has come. */
  private readonly letIn = inTurn(async () => {
    const { world } = this;
    const woken = [
      ...(await letIn(world, world.sql)),
      ...(await letRunsIn(world, world.sql)),
      ...(await letLanesIn(world.sql)),
    ];
    if (woken.length > 0) this.world.failpoint('after-let-in');
    this.heard(woken);
  });
  private readonly fire = inTurn(async () => {
    await tendSchedules(this.world.sql);
    const woken = await fireSchedules(this.world, this.settings.shards);
    if (woken.length > 0) this.world.failpoint('after-fire');
    this.heard(woken);
  });

  /** @param lost called when the incarnation is dead */
  constructor(
    private readonly world: TenureWorld,
    private readonly settings: TenureSettings,
    lost: () => void,
  ) {
    const { sql, logger } = world;
    const { leaseSession } = world;
    this.lease = new Lease(
      settings.leaseMs,
      () => renewLease(leaseSession ?? sql, this.incarnation, settings.leaseMs, leaseSession ? 'session' : 'none'),
      (reason) => {
        logger.warn({ incarnation: this.incarnation, runs: this.actors.size, reason }, 'lost the lease; starting anew');
        this.end();
        lost();
      },
    );
    this.watch = new Watch({
      look: () => workersWithoutSession(sql, this.incarnation),
      bury: (missing) => buryWorkers(sql, missing),
    });
    this.writer = new JournalWriter(
      {
        commit: (commits) => this.commit(commits),
        fates: (commits) => {
          world.failpoint('in-unknown-commit');
          return fateOfCommits(sql, this.incarnation, commits);
        },
      },
      this.over.signal,
      { onTrouble: (error) => logger.warn({ error: messageOf(error) }, 'a commit failed and is tried again') },
    );
    this.runWorld = {
      commit: (commit) => this.writer.commit(commit),
      operate: world.operate,
      children: childRuns(
        world,
        sql,
        this.incarnation,
        settings.shards,
        (woken) => this.heard([woken]),
        world.failpoint,
      ),
      publish: publishing(
        world,
        this.incarnation,
        settings.loops ?? LOOP_BOUNDS,
        settings.shards,
        (woken) => this.heard(woken),
        world.failpoint,
      ),
      compute: world.compute,
      askForSlots: (run, instance, limits) => this.askForSlots(run, instance, limits),
      askForPlace: (run, limit, at) => this.askForPlace(run, limit, at),
      entriesOfItems: (run, loop, items) => readItemEntries(sql, run.id, loop, items),
      now: () => world.clock.now(),
      random: world.random,
      thinking: new ThinkingTime(),
      attempts: world.attempts,
      mayStart: (run) => !this.handsBack(run) && this.lease.isGood(),
      handsBack: (run) => this.handsBack(run),
      leaseIsGood: () => this.lease.isGood(),
      committed: world.committed,
      missedSignals: (runId) => this.fetchSoon(runId),
      failpoint: world.failpoint,
      logger,
    };
  }

  async begin(): Promise<void> {
    const { sql, clock, host } = this.world;
    await clock.refresh(() => databaseTime(sql));
    const { leaseSession } = this.world;
    const worker = { incarnation: this.incarnation, ...host };
    await this.lease.begin(() =>
      registerWorker(leaseSession ?? sql, worker, this.settings.leaseMs, leaseSession ? 'session' : 'none'),
    );
    const unlisten = leaseSession?.onDrop(() => {
      this.lease.dropped();
      this.watch.calm();
    });
    this.over.signal.addEventListener('abort', () => unlisten?.());
    this.world.failpoint('after-registration');
    this.lag.begin();
    this.sweepSoon();
    void this.lookAround().finally(() => this.watchSoon());
    this.wake();
  }

  /** There may be work: a doorbell rang, a slot is free, a timer is due. */
  wake(): void {
    if (this.over.signal.aborted || this.drainBegun) return;
    this.claimWanted = true;
    if (!this.claiming) void this.claim();
  }

  /**
   * Stops claiming, lets attempts in flight finish, parks everything, gives the lease back.
   *
   * @param patienceMs after which the rest is left to be taken over
   */
  async drain(patienceMs: number): Promise<void> {
    this.drainBegun = true;
    for (const actor of this.actors.values()) actor.poke();
    const patience = new AbortController();
    const empty = new Promise<void>((resolve) => {
      this.emptied = resolve;
      this.noticeEmpty();
    });
    const enough = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patienceMs);
      patience.signal.addEventListener('abort', () => clearTimeout(timer));
    });
    await Promise.race([empty, enough]);
    patience.abort();
    this.end();
    this.world.failpoint('in-drain');
    // Without its row everything it still owned is free at the next sweep of another worker.
    await removeWorker(this.world.sql, this.incarnation);
  }

  /** The process-visible end: nothing is started or written any more. */
  end(): void {
    this.over.abort();
    this.lease.stop();
    this.lag.end();
    if (this.sweepTimer !== null) clearTimeout(this.sweepTimer);
    if (this.watchTimer !== null) clearTimeout(this.watchTimer);
    if (this.wakeTimer !== null) clearTimeout(this.wakeTimer.timer);
    if (this.claimTimer !== null) clearTimeout(this.claimTimer);
    for (const timer of this.slotTimers) clearTimeout(timer);
    for (const actor of this.actors.values()) actor.abandon();
    if (this.world.leaseSession !== undefined) this.background(unguardWorker(this.world.leaseSession));
  }

  private async claim(): Promise<void> {
    this.claiming = true;
    try {
      while (this.claimWanted && !this.drainBegun && !this.over.signal.aborted) {
        if (this.lag.now() > this.settings.leaseMs * LAG_PART) {
          await new Promise((resolve) => setTimeout(resolve, LAG_POLL_MS));
          continue;
        }
        this.claimWanted = false;
        const { shards } = this.settings;
        for (let turn = 0; turn < shards; turn += 1) await this.claimShard((this.firstShard + turn) % shards);
        this.firstShard = (this.firstShard + 1) % shards;
      }
    } catch (error) {
      // What this claim may have taken is given back by the sweep; what it did not take is claimed by it.
      this.world.logger.warn({ error: messageOf(error) }, 'a claim failed');
    } finally {
      this.claiming = false;
      this.noticeEmpty();
    }
  }

  private async claimShard(shard: number): Promise<void> {
    const free = this.settings.concurrency - this.actors.size - this.folding.size;
    this.starved = free <= 0 || this.isWorthWaiting(free);
    if (this.starved) return;
    const limit = Math.min(free, CLAIM_LIMIT);
    const claimed = await claimRuns(this.world.sql, shard, this.incarnation, limit);
    if (claimed.length === limit) {
      this.claimWanted = true;
      this.lastFullClaim = performance.now();
    }
    if (claimed.length === 0) return;
    metrics.runsClaimed.inc(claimed.length);
    this.loading = new Set(claimed.map((run) => run.id));
    try {
      await this.take(claimed);
    } finally {
      this.loading = new Set();
    }
  }

  /** A claim costs about the same for one run as for twenty: behind a full one, a few free slots wait for more. */
  private isWorthWaiting(free: number): boolean {
    const left = this.lastFullClaim + CLAIM_SPACING_MS - performance.now();
    if (left <= 0 || free >= this.settings.concurrency * CLAIM_PART) return false;
    this.claimTimer ??= setTimeout(() => {
      this.claimTimer = null;
      this.wake();
    }, left);
    return true;
  }

  private async take(claimed: readonly ClaimedRun[]): Promise<void> {
    const { sql, hotCopies, definitions, failpoint } = this.world;
    failpoint('before-claim-load');
    const hot = new Map<string, RunState>();
    for (const run of claimed) {
      const copy = hotCopies.take(run.id, run.nextSeq);
      if (copy !== null) hot.set(run.id, copy);
    }
    const cold = claimed.filter((run) => !hot.has(run.id) && run.nextSeq <= LONG_JOURNAL).map((run) => run.id);
    const signalled = claimed.filter((run) => run.signals > 0).map((run) => run.id);
    const [journals, known, signals] = await Promise.all([
      loadJournals(sql, cold),
      definitions.of(claimed.map((run) => run.versionId)),
      pendingSignals(sql, signalled),
    ]);
    if (this.over.signal.aborted) return;
    failpoint('after-claim-load');
    const beyondUs: ClaimedRun[] = [];
    for (const run of claimed) {
      const definition = known.get(run.versionId);
      const pending = signals.filter((signal) => signal.runId === run.id);
      const hotState = hot.get(run.id);
      if (definition && hotState === undefined && run.nextSeq > LONG_JOURNAL) {
        this.foldBeside(run, definition, pending);
        continue;
      }
      const journal = journals.get(run.id) ?? [];
      const unknown = unknownIn(definition, journal, pending);
      const state = hotState ?? (definition ? replayed(definition, journal) : undefined);
      const stands = { definition, state, unknown, isFresh: hotState === undefined };
      if (!(await this.bringForward(run, stands, pending))) beyondUs.push(run);
    }
    if (beyondUs.length > 0) await giveBackRuns(sql, this.incarnation, beyondUs, HAND_ON_MS);
  }

  /**
   * A long journal takes its time, which the other runs of its claim need not wait for. One is folded at a time, so that memory
   * does not grow with their number.
   */
  private foldBeside(run: ClaimedRun, definition: SagaDefinition, pending: readonly Signal[]): void {
    const { sql } = this.world;
    this.folding.add(run.id);
    const fold = async (): Promise<void> => {
      // What is not begun before the drain is taken over with the rest.
      if (this.over.signal.aborted || this.drainBegun) return;
      const { state, unknown } = await foldLongJournal(sql, run, definition, this.over.signal);
      if (this.over.signal.aborted) return;
      const stands = { definition, state, unknown: unknown ?? unknownIn(definition, [], pending), isFresh: true };
      if (await this.bringForward(run, stands, pending)) return;
      await giveBackRuns(sql, this.incarnation, [run], HAND_ON_MS);
    };
    this.folds = this.folds
      .then(fold)
      // The run is ours still, and nobody works on it: the sweep gives it back.
      .catch((error: unknown) => this.world.logger.warn({ run: run.id, error: messageOf(error) }, 'a fold failed'))
      .finally(() => {
        this.folding.delete(run.id);
        if (this.starved) this.wake();
        this.noticeEmpty();
      });
  }

  /** @returns false when only a later version of this program can */
  private async bringForward(run: ClaimedRun, stands: Stands, pending: readonly Signal[]): Promise<boolean> {
    const { definition, state, unknown, isFresh } = stands;
    if (unknown !== null || definition === null) {
      this.world.logger.warn({ run: run.id, unknown }, 'left a run to workers of a later version');
      return false;
    }
    if (definition === undefined || state?.seq !== run.nextSeq - 1) {
      await this.setAside(run, `its journal cannot be read up to entry ${String(run.nextSeq - 1)}`);
      return true;
    }
    // Signals are used up in order: what is not pending any more was seen by an earlier owner.
    const signalsSeen = pending[0] === undefined ? run.signals : pending[0].number - 1;
    const actor = new RunActor(run, definition, state, isFresh, signalsSeen, this.runWorld);
    // An actor of an earlier claim may still wait for the answer of its last commit; its epoch is over.
    this.actors.get(run.id)?.abandon();
    this.actors.set(run.id, actor);
    metrics.runsOwned.set(this.actors.size);
    actor.deliver(pending);
    void observedRun(run, state, () => actor.advance()).then((departure) => this.departed(run, actor, departure));
    return true;
  }

  private departed(run: ClaimedRun, actor: RunActor, departure: Departure): void {
    if (this.actors.get(run.id) === actor) this.actors.delete(run.id);
    metrics.runsOwned.set(this.actors.size);
    if (departure.kind === 'fenced') metrics.fenced.inc();
    if (departure.kind === 'ended') this.world.failpoint('after-end');
    if (departure.kind === 'parked') {
      this.world.failpoint('after-park');
      this.world.hotCopies.keep(run.id, departure.state);
      if (departure.wakeAt !== null) this.wakeAt(departure.wakeAt);
      else if (departure.state.status !== 'blocked' && !isAwaiting(departure.state)) {
        this.world.logger.error(
          { run: run.id, status: departure.state.status },
          'a parked run has no reason to be alive (S28)',
        );
      }
    }
    if ((departure.kind === 'ended' || departure.kind === 'stopped') && departure.signals > 0) this.wake();
    if (departure.kind === 'poisoned') this.background(this.setAside(run, departure.failure.message));
    if (this.starved) this.wake();
    this.noticeEmpty();
  }

  /** What follows for others is only told here; were this process to die, the sweeps would find it. */
  private async commit(commits: readonly RunCommit[]): Promise<Map<string, number>> {
    const { world, settings, incarnation } = this;
    world.failpoint('before-commit');
    const began = performance.now();
    const { signals, aftermath } = await commitRunsAndBeside(world, world.sql, incarnation, commits, settings.shards);
    metrics.groupCommitSize.observe({ door: 'journal' }, commits.length);
    metrics.groupCommitSeconds.observe({ door: 'journal' }, (performance.now() - began) / 1000);
    world.failpoint('after-commit-before-doorbell');
    if (aftermath !== null) {
      this.heard(aftermath.woken);
      if (aftermath.waits) this.background(this.lookBack());
      if (aftermath.freed) this.background(this.letIn());
    }
    return signals;
  }

  private handsBack({ workflowId }: ClaimedRun): boolean {
    return this.drainBegun || this.paused.has(workflowId);
  }

  private async askForSlots(run: ClaimedRun, instance: InstanceId, limits: readonly Limit[]): Promise<SlotAnswer> {
    const { id: runId, workspaceId, epoch } = run;
    const { incarnation, world } = this;
    const answer = await askForSlots(world, { workspaceId, runId, incarnation, epoch, instance, limits });
    if (answer.kind === 'waiting' && answer.due !== null) this.letInAt(answer.due);
    return answer;
  }

  private async askForPlace(run: ClaimedRun, limit: RunLimit, at: number): Promise<RunPlaceAnswer> {
    const { id: runId, workspaceId, workflowId, epoch } = run;
    const { incarnation, world } = this;
    const asked = { workspaceId, workflowId, runId, incarnation, epoch, limit, at };
    const { answer, woken } = await askForPlace(world, asked);
    this.heard(woken);
    return answer;
  }

  /** A rate limit's instant that this process knows of need not wait for the sweep. */
  private letInAt(due: number): void {
    const timer = setTimeout(
      () => {
        this.slotTimers.delete(timer);
        this.background(this.letIn());
      },
      Math.min(Math.max(0, due - this.world.clock.now()) + 1, 2 ** 31 - 1),
    );
    this.slotTimers.add(timer);
  }

  /** Runs that have something to do now: ours look into their signals, the others are claimed. */
  private heard(woken: readonly Woken[]): void {
    if (woken.length === 0 || this.over.signal.aborted) return;
    for (const { runId } of woken) if (this.actors.has(runId)) this.fetchSoon(runId);
    const free = woken.filter(({ owned }) => !owned);
    for (const shard of new Set(free.map((each) => each.shard))) this.world.ring(shard);
    if (free.length > 0) this.wake();
  }

  private async setAside(run: ClaimedRun, reason: string): Promise<void> {
    this.world.logger.error({ run: run.id, reason }, 'set a run aside');
    const failure = {
      code: 'journal.damaged',
      kind: 'bug',
      message: `This run cannot go on: ${reason}. Please report it.`,
    } as const;
    await quarantineRun(this.world.sql, this.incarnation, run.id, run.epoch, failure);
  }

  /** A timer that this process knows of need not wait for the sweep. */
  private wakeAt(at: number): void {
    if (this.over.signal.aborted || (this.wakeTimer !== null && this.wakeTimer.at <= at)) return;
    if (this.wakeTimer !== null) clearTimeout(this.wakeTimer.timer);
    const delay = Math.min(Math.max(0, at - this.world.clock.now()) + 1, 2 ** 31 - 1);
    const timer = setTimeout(() => {
      this.wakeTimer = null;
      this.wake();
    }, delay);
    this.wakeTimer = { at, timer };
  }

  private sweepSoon(): void {
    if (this.over.signal.aborted) return;
    const { sweepMs = 1000 } = this.settings;
    const jittered = sweepMs * (0.75 + this.world.random() / 2);
    this.sweepTimer = setTimeout(() => {
      void this.sweep().finally(() => this.sweepSoon());
    }, jittered);
  }

  private watchSoon(): void {
    if (this.over.signal.aborted) return;
    const { watchMs = 250 } = this.settings;
    const jittered = watchMs * (0.75 + this.world.random() / 2);
    this.watchTimer = setTimeout(() => {
      void this.lookAround().finally(() => this.watchSoon());
    }, jittered);
  }

  private async lookAround(): Promise<void> {
    try {
      if ((await this.watch.round()) > 0) await this.takeOver();
    } catch (error) {
      this.world.logger.warn({ error: messageOf(error) }, 'a look at the other workers failed');
    }
  }

  private async takeOver(): Promise<void> {
    const freed = await releaseOrphans(this.world.sql, SWEEP_LIMIT);
    if (freed.workers + freed.runs === 0) return;
    this.world.logger.info(freed, 'took over from dead workers');
    this.wake();
  }

  private async sweep(): Promise<void> {
    const { sql, clock, logger, ring } = this.world;
    try {
      await clock.refresh(() => databaseTime(sql));
      await this.takeOver();
      this.world.failpoint('in-sweep');
      await this.giveBackForgotten();
      await this.fetchSignals([...this.actors.keys()]);
      await this.handBackPaused();
      for (const lookAfter of [this.lookBack, this.letIn, this.fire]) this.background(lookAfter());
      this.wake();
      if (!this.starved) return;
      for (let shard = 0; shard < this.settings.shards; shard += 1) if (await hasBacklog(sql, shard)) ring(shard);
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'a sweep failed; the next one makes up for it');
    }
  }

  /** Runs that the database says are ours and that nobody here works on, seen twice: a claim's or commit's answer was lost. */
  private async giveBackForgotten(): Promise<void> {
    const owned = await ownedRuns(this.world.sql, this.incarnation);
    const idle = owned.filter(({ id }) => !this.actors.has(id) && !this.loading.has(id) && !this.folding.has(id));
    const forgotten = idle.filter((run) => this.suspects.has(`${run.id} ${String(run.epoch)}`));
    this.suspects = new Set(idle.map((run) => `${run.id} ${String(run.epoch)}`));
    if (forgotten.length === 0) return;
    this.world.failpoint('in-give-back');
    this.world.logger.warn({ runs: forgotten.length }, 'gave back runs whose claim or commit was not answered');
    await giveBackRuns(this.world.sql, this.incarnation, forgotten);
  }

  private async handBackPaused(): Promise<void> {
    const actors = [...this.actors.values()];
    this.paused = await pausedWorkflows(this.world.sql, [...new Set(actors.map(({ run }) => run.workflowId))]);
    for (const actor of actors) if (this.paused.has(actor.run.workflowId)) actor.poke();
  }

  /** Several runs that hear of signals in one commit share a query. */
  private fetchSoon(runId: string): void {
    if (this.missed.size === 0) setImmediate(() => this.background(this.fetchSignals([...this.missed])));
    this.missed.add(runId);
  }

  private async fetchSignals(ids: readonly string[]): Promise<void> {
    this.missed.clear();
    const signals = await pendingSignals(this.world.sql, ids);
    for (const id of new Set(signals.map((signal) => signal.runId))) {
      this.actors.get(id)?.deliver(signals.filter((signal) => signal.runId === id));
    }
  }

  private background(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.world.logger.warn({ error: messageOf(error) }, 'background work failed'));
  }

  private noticeEmpty(): void {
    if (this.drainBegun && this.actors.size === 0 && this.folding.size === 0 && !this.claiming) this.emptied?.();
  }
}

/** Something outside will go on with it: an event, a person, a child, a slot, its own place (S28). */
function isAwaiting(state: RunState): boolean {
  const { live, undoing, instances } = state;
  return (
    isInLine(state) ||
    live.some((id) => instances[id]?.status === 'waiting' && instances[id].awaits.length > 0) ||
    undoing.some((id) => instances[id]?.undo.status === 'waiting')
  );
}

/** @returns what only a later version of this program knows about a run, in words */
function unknownIn(
  definition: SagaDefinition | null | undefined,
  journal: readonly Entry[],
  pending: readonly Signal[],
): string | null {
  if (definition === null) return 'the format of its definition';
  let word = definition === undefined ? null : unknownStep(definition);
  for (const entry of journal) word ??= unknownWord(entry);
  for (const { body } of pending) word ??= unknownSignal(body);
  return word;
}

/** @returns undefined when the journal does not tell a run */
function replayed(definition: SagaDefinition, entries: readonly Entry[]): RunState | undefined {
  try {
    return replay(definition, entries) ?? undefined;
  } catch {
    return undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
