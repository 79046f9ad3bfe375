/**
 * Runs a saga under a virtual clock: a seeded scheduler chooses interleavings, scripted participants, people, children and
 * senders of events answer, workers crash. Equal seeds and scripts give equal journals.
 */
import { evaluateTemplate } from '../expression/index.js';
import { seededRandom } from '../kernel/index.js';
import { admitStep, limitsOf } from './admit.js';
import { admitRun, refuseRun, runLimitOf } from './admit-run.js';
import type { RunPlace } from './admit-run.js';
import { answerWait } from './answer-wait.js';
import type { WaitAnswer } from './answer-wait.js';
import { recover, settleAttempt, startAttempt } from './attempt.js';
import type { Command } from './command.js';
import { decide, nextWakeAt } from './decide.js';
import type { SagaDefinition, StepId } from './definition.js';
import { evaluateStep } from './evaluate-step.js';
import { evolve } from './replay.js';
import { isInLine } from './in-line.js';
import { instanceId } from './instance.js';
import type { Direction } from './instance.js';
import type { Entry, NewEntry, Resolution, RunEvent } from './journal.js';
import { entriesOfItems, recallItems } from './recall.js';
import { cancelRefusal, resolutionRefusal, resolveIncident, undoRefusal } from './requests.js';
import type { Compute, Evaluate } from './scope.js';
import { settleCommand } from './settle-command.js';
import { Outside } from './simulate/outside.js';
import type { Arrival } from './simulate/outside.js';
import { Participants } from './simulate/participants.js';
import type { Call } from './simulate/participants.js';
import type { Script } from './simulate/script.js';
import type { IncidentState, InstanceId, RunState } from './state.js';

export { participantResult, terminal } from './simulate/script.js';
export type { Answer, Participant, Script, ScriptedChild, ScriptedEvent, ScriptedTask } from './simulate/script.js';
export type { Call } from './simulate/participants.js';

/** What else can happen to a run at any point. */
export type Mishap = 'crash' | 'cancel' | 'terminate';

export interface SimulateOptions {
  readonly seed?: number;
  readonly data?: RunEvent['data'];
  readonly trigger?: string;
  /** Probability, at every choice of the scheduler, that the worker dies. */
  readonly crashRate?: number;
  /** Probability, at every choice of the scheduler, that somebody cancels the run. */
  readonly cancelRate?: number;
  /** Probability, at every choice of the scheduler, that an administrator ends the run without undo. */
  readonly terminateRate?: number;
  /** A completed run is undone afterwards (S26). */
  readonly undoFinished?: boolean;
  /** What happens when the journal has just so many entries: a mishap at a chosen point. */
  readonly at?: Readonly<Record<number, Mishap>>;
  /** What a person decides; null leaves the incident open. What is refused is left open as well. */
  readonly onIncident?: (incident: IncidentState, state: RunState) => Resolution | null;
  /** What the run is told each time it looks for its place, in order; then, and without it, it is there (S30). */
  readonly places?: readonly RunPlace[];
  readonly evaluate?: Evaluate;
}

export interface Simulation {
  readonly journal: readonly Entry[];
  readonly state: RunState;
  readonly ledger: {
    readonly calls: readonly Call[];
    /** Effects in force per instance: 1 after a forward effect (a child run included), 0 again after its undo. */
    readonly net: Readonly<Record<InstanceId, number>>;
  };
  readonly trace: { readonly succeeded: readonly StepId[]; readonly compensated: readonly StepId[] };
}

/** More rounds than any run needs that comes to rest. */
const LIMIT = 100_000;

/** So many reminders in a row, and nothing else, mean that nobody is there. */
const REMINDERS = 20;

const PERSON = { kind: 'user', id: 'person', name: 'Person' } as const;

/** @throws when the run does not come to rest */
export async function simulate(
  definition: SagaDefinition,
  script: Script = {},
  options: SimulateOptions = {},
): Promise<Simulation> {
  const run = new SimulatedRun(definition, script, options);
  await run.toItsEnd();
  const { journal, state, participants } = run;
  const done = (direction: Direction) =>
    journal.flatMap((e) => (e.type === 'step.succeeded' && e.direction === direction ? [e.step] : []));
  return {
    journal,
    state,
    ledger: { calls: participants.calls, net: participants.net },
    trace: { succeeded: done('forward'), compensated: done('undo') },
  };
}

class SimulatedRun {
  readonly journal: Entry[] = [];
  readonly participants: Participants;
  private readonly outside: Outside;
  private readonly random: () => number;
  private readonly evaluate: Evaluate;
  private now = Date.UTC(2030, 0, 1);
  private current: RunState;
  private wasUndone = false;
  private asked = 0;
  private mishapDoneAt = 0;

  constructor(
    private readonly definition: SagaDefinition,
    private readonly script: Script,
    private readonly options: SimulateOptions,
  ) {
    this.random = seededRandom(options.seed ?? 1);
    this.evaluate = options.evaluate ?? ((template, scope) => evaluateTemplate(template, scope));
    this.participants = new Participants(definition, script, this.random);
    this.outside = new Outside(script, this.participants, this.now);
    const first: Entry = { ...startEntry(definition, options, this.now), seq: 1 };
    this.journal.push(first);
    this.current = evolve(definition, null, first);
  }

  get state(): RunState {
    return this.current;
  }

  async toItsEnd(): Promise<void> {
    for (let round = 0; round < LIMIT; round += 1) {
      if (this.state.endedAt !== null && !this.undoneAfterwards()) return;
      if (this.isOnlyReminding()) return;
      if (await this.mishap()) continue;
      if (this.random() < 0.5 && (await this.tellArrival())) continue;
      const command = this.commands()[0];
      if (command) {
        await this.perform(command);
        // Between a decision and the next the worker may be interrupted; else it goes on until it has to wait.
        if (this.random() < 0.7) continue;
        if (await this.mishap()) continue;
      }
      if (this.state.endedAt !== null) continue;
      if (await this.chance()) continue;
      if (!(await this.something(command === undefined)) && !command) return;
    }
    throw new Error(`The run does not come to rest; it goes on with ${JSON.stringify(this.commands()[0])}.`);
  }

  private commands(): Exclude<Command, { kind: 'abort-attempt' }>[] {
    return decide(this.definition, this.state, this.now).filter((each) => each.kind !== 'abort-attempt');
  }

  private async perform(command: Exclude<Command, { kind: 'abort-attempt' }>): Promise<void> {
    const { definition, state, evaluate, now } = this;
    switch (command.kind) {
      case 'attempt': {
        const entry = this.append(await startAttempt(definition, state, command, state.runId, evaluate, now));
        if (entry.type === 'step.started')
          this.participants.call(this.state, command, entry.step, entry.key, entry.seq, now);
        return;
      }
      case 'recall':
        this.append(await recallItems(definition, state, command, entriesOfItems(this.journal), now));
        return;
      case 'admit-run':
        return await this.admitRun();
      case 'admit': {
        const limits = await limitsOf(definition, state, command.instance, evaluate);
        const granted = limits.ok && this.outside.admit(state, command.instance, limits.value, now);
        const mayWait = !limits.ok || !limits.value.some(({ reject }) => reject);
        const grant = granted ? 'granted' : mayWait ? 'waiting' : 'rejected';
        this.append(await admitStep(definition, state, command.instance, evaluate, grant, now));
        return;
      }
      case 'evaluate':
      case 'elapse':
        this.append(await evaluateStep(definition, state, command.instance, this.compute(command.instance), now));
        return;
      case 'cancel-child':
        this.append(settleCommand(definition, state, command, now));
        return this.participants.cancelChild(command.instance, now);
      default:
        this.append(settleCommand(definition, state, command, now));
    }
  }

  private async admitRun(): Promise<void> {
    const limit = await runLimitOf(this.definition, this.state, this.evaluate);
    const place = this.options.places?.[this.asked++] ?? ({ kind: 'granted' } as const);
    this.append(limit.ok ? admitRun(limit.value, place, this.now) : refuseRun(limit.error, this.now));
  }

  private compute(instance: InstanceId): Compute {
    const { compute } = this.script[this.state.instances[instance]?.step ?? ''] ?? {};
    return { evaluate: this.evaluate, code: async (_source, input) => (compute ? compute(input) : input) };
  }

  /** What the options have happen at this very point. */
  private async mishap(): Promise<boolean> {
    const { length } = this.journal;
    const planned = this.options.at?.[length];
    if (planned === undefined || this.mishapDoneAt === length) return false;
    this.mishapDoneAt = length;
    return this.happen(planned);
  }

  private async chance(): Promise<boolean> {
    const { cancelRate = 0, terminateRate = 0, crashRate = 0 } = this.options;
    if (this.random() < cancelRate && (await this.happen('cancel'))) return true;
    if (this.random() < terminateRate && (await this.happen('terminate'))) return true;
    return this.random() < crashRate && (await this.happen('crash'));
  }

  private async happen(mishap: Mishap): Promise<boolean> {
    const { definition, now } = this;
    if (this.state.endedAt !== null) return false;
    switch (mishap) {
      case 'crash':
        this.participants.crash();
        for (const entry of await recover(definition, this.state, this.evaluate, now, this.random)) this.append(entry);
        return true;
      case 'cancel':
        if (cancelRefusal(definition, this.state) !== null) return false;
        this.append({ type: 'run.cancel-requested', by: PERSON, reason: 'simulated', at: now });
        return true;
      case 'terminate':
        this.append({ type: 'run.terminate-requested', by: PERSON, reason: 'simulated', at: now });
        return true;
    }
  }

  /** An answer, the next instant that matters, or a person. @returns false when the run stands still */
  private async something(idle: boolean): Promise<boolean> {
    const { definition, participants, outside, random } = this;
    if (random() < 0.1 && (await this.decideIncident())) return true;
    const wakeAt = idle ? earliest(nextWakeAt(definition, this.state), outside.nextAt(this.state, this.now)) : null;
    // Time goes on while calls are in flight, too.
    const answered =
      wakeAt !== null && random() < 0.2
        ? undefined
        : (participants.lateAnswer(this.state, this.now) ?? participants.answer());
    if (answered) {
      this.now += 1;
      const { state, now, evaluate } = this;
      // About what is forgotten nothing new can be said: whoever answers has answered under this key before.
      if (state.instances[answered.ref.instance] === undefined) return true;
      this.append(await settleAttempt(definition, state, answered.ref, answered.result, evaluate, now, random));
      return true;
    }
    if (idle && (await this.tellArrival())) return true;
    if (idle && isInLine(this.state) && this.state.admission?.until === null) {
      this.now += 1;
      await this.admitRun();
      return true;
    }
    if (wakeAt !== null) {
      this.now = Math.max(this.now, wakeAt);
      return true;
    }
    if (!idle) return false;
    return participants.isBusy || (await this.decideIncident());
  }

  private async tellArrival(): Promise<boolean> {
    const { definition, outside, state, now, random } = this;
    const arrivals = outside.arrivals(state, now);
    const arrival = arrivals[Math.floor(random() * arrivals.length)];
    if (!arrival) return false;
    if (arrival.kind === 'slot') {
      const limits = await limitsOf(definition, state, arrival.instance, this.evaluate);
      if (!limits.ok || !outside.admit(state, arrival.instance, limits.value, now)) return false;
      this.append(await admitStep(definition, state, arrival.instance, this.evaluate, 'granted', now));
      return true;
    }
    const answer = this.answerOf(arrival);
    if (!answer) return false;
    outside.consume(arrival);
    const entry = await answerWait(definition, state, answer, this.evaluate, now);
    if (entry.ok) this.append(entry.value);
    return entry.ok;
  }

  private answerOf(arrival: Exclude<Arrival, { kind: 'slot' }>): WaitAnswer | null {
    switch (arrival.kind) {
      case 'event':
        return arrival;
      case 'task': {
        const { outcome, data = null, comment = null } = arrival.task;
        return { kind: 'task', instance: arrival.instance, outcome, data, comment, by: PERSON };
      }
      case 'child': {
        const { run, instance, direction } = arrival;
        const end =
          direction === 'undo'
            ? this.participants.endOfUndo(run, this.now)
            : this.participants.endOfChild(run, this.now);
        return end && { kind: 'child', instance, end };
      }
    }
  }

  private async decideIncident(): Promise<boolean> {
    const { definition, state, evaluate, now } = this;
    for (const incident of Object.values(state.incidents)) {
      if (incident.resolved) continue;
      const resolution = this.options.onIncident?.(incident, state) ?? null;
      if (!resolution || resolutionRefusal(definition, state, incident.id, resolution) !== null) continue;
      this.append(
        await resolveIncident(definition, state, incident.id, resolution, PERSON, 'simulated', evaluate, now),
      );
      return true;
    }
    return false;
  }

  /** Nobody does the task, and the run has nothing else to wait for: it would remind for ever. */
  private isOnlyReminding(): boolean {
    const latest = this.journal.slice(-REMINDERS);
    return latest.length === REMINDERS && latest.every(({ type }) => type === 'task.nudged');
  }

  private undoneAfterwards(): boolean {
    if (!this.options.undoFinished || this.wasUndone || undoRefusal(this.definition, this.state) !== null) return false;
    this.wasUndone = true;
    this.append({ type: 'run.undo-requested', by: PERSON, reason: 'simulated', at: this.now });
    return true;
  }

  private append(entry: NewEntry): Entry {
    const placed: Entry = { ...entry, seq: this.state.seq + 1 };
    this.journal.push(placed);
    this.current = evolve(this.definition, this.state, placed);
    if (placed.type === 'step.waiting') {
      const instance = this.state.instances[instanceId(placed)];
      if (instance) this.outside.opened(instance, this.now);
    }
    return placed;
  }
}

function earliest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

function startEntry(definition: SagaDefinition, options: SimulateOptions, at: number): NewEntry {
  const trigger = options.trigger ?? Object.keys(definition.triggers)[0] ?? '';
  const event = {
    id: 'event',
    source: 'simulation',
    type: 'simulated',
    subject: null,
    time: new Date(at).toISOString(),
    data: options.data ?? null,
    headers: {},
  };
  return { type: 'run.started', runId: 'run', trigger, event, at };
}
