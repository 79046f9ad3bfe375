/**
 * Has a definition decide again about what came to a run, without calling anybody: participants, people, children and other
 * workflows say what they said then, at the instant at which they said it (docs/replay.md).
 *
 * 1. A call that nobody was asked for then has no answer: the rerun leaves it open and says so; what follows it is not known.
 * 2. An undo that nobody was asked for then is taken as done: else nothing could be said about what is undone after it.
 * 3. Limits never hold it up: whether there was a place then is no decision of the definition.
 */
import { entriesOfItems, recallItems } from '../recall.js';
import { evolve } from '../replay.js';
import { admitStep } from '../admit.js';
import { admitRun, refuseRun, runLimitOf } from '../admit-run.js';
import { answerWait } from '../answer-wait.js';
import { settleAttempt, startAttempt } from '../attempt.js';
import type { AttemptRef } from '../attempt.js';
import type { AttemptResult, Command } from '../command.js';
import { decide, nextWakeAt } from '../decide.js';
import type { SagaDefinition } from '../definition.js';
import { evaluateStep } from '../evaluate-step.js';
import type { Entry, EntryOf, NewEntry } from '../journal.js';
import { cancelRefusal, resolutionRefusal, resolveIncident, terminateRefusal, undoRefusal } from '../requests.js';
import type { Compute } from '../scope.js';
import { settleCommand } from '../settle-command.js';
import type { IncidentState, InstanceId, RunState, StepInstance } from '../state.js';
import type { Recording, RequestTold } from './recording.js';

export interface Rerun {
  readonly journal: readonly Entry[];
  readonly state: RunState;
  /** Calls and waits that nothing is recorded for. */
  readonly unanswered: readonly InstanceId[];
  /** Undos that were taken as done. */
  readonly assumed: readonly InstanceId[];
}

/** How the run begins; `at` is the instant of its event, so that time is the same as then. */
export type RerunStart = Pick<EntryOf<'run.started'>, 'trigger' | 'event' | 'env' | 'at'> & { readonly runId: string };

/** More entries than this, and the rest is left out: a changed definition may go round for ever. */
const MOST_ENTRIES = 5_000;

export async function rerun(
  definition: SagaDefinition,
  start: RerunStart,
  recording: Recording | null,
  compute: Compute,
  mostEntries = MOST_ENTRIES,
): Promise<Rerun> {
  const run = new RunAgain(definition, start, recording, compute);
  await run.toItsEnd(mostEntries);
  const { journal, state, unanswered, assumed } = run;
  return { journal, state, unanswered: [...unanswered], assumed: [...assumed] };
}

/** Something that was told then and is told again. */
interface Due {
  readonly at: number;
  readonly seq: number;
  readonly tell: () => Promise<NewEntry | null>;
}

class RunAgain {
  readonly journal: Entry[] = [];
  readonly unanswered = new Set<InstanceId>();
  readonly assumed = new Set<InstanceId>();
  private current: RunState;
  private now: number;
  private readonly inFlight = new Map<string, Due>();
  private readonly requests: RequestTold[];
  private readonly answered = new Set<string>();
  private readonly incidents = new Map<string, number>();

  constructor(
    private readonly definition: SagaDefinition,
    { trigger, event, env, runId, at }: RerunStart,
    private readonly recording: Recording | null,
    private readonly compute: Compute,
  ) {
    this.now = at;
    this.requests = [...(recording?.requests ?? [])];
    const first: Entry = { type: 'run.started', runId, trigger, event, at, seq: 1, ...(env && { env }) };
    this.journal.push(first);
    this.current = evolve(definition, null, first);
  }

  get state(): RunState {
    return this.current;
  }

  async toItsEnd(mostEntries: number): Promise<void> {
    while (this.journal.length < mostEntries) {
      const command = decide(this.definition, this.state, this.now).find(({ kind }) => kind !== 'abort-attempt');
      if (command !== undefined) await this.perform(command);
      else if (!(await this.next())) return;
    }
  }

  private async perform(command: Command): Promise<void> {
    const { definition, state, compute, now } = this;
    const { evaluate } = compute;
    switch (command.kind) {
      case 'abort-attempt':
        return;
      case 'attempt': {
        const entry = await startAttempt(definition, state, command, state.runId, evaluate, now);
        this.append(entry);
        if (entry.type === 'step.started') this.call(command);
        return;
      }
      case 'recall':
        return this.append(await recallItems(definition, state, command, entriesOfItems(this.journal), now));
      case 'admit-run': {
        const limit = await runLimitOf(definition, state, evaluate);
        return this.append(limit.ok ? admitRun(limit.value, { kind: 'granted' }, now) : refuseRun(limit.error, now));
      }
      case 'admit':
        return this.append(await admitStep(definition, state, command.instance, evaluate, 'granted', now));
      case 'evaluate':
      case 'elapse':
        return this.append(await evaluateStep(definition, state, command.instance, compute, now));
      default:
        this.append(settleCommand(definition, state, command, now));
    }
  }

  private call({ instance, direction, attempt }: AttemptRef): void {
    const told = this.recording?.attempt(instance, direction, attempt) ?? null;
    if (told === null && direction === 'forward') {
      this.unanswered.add(instance);
      return;
    }
    if (told === null) this.assumed.add(instance);
    const result: AttemptResult = told?.result ?? { kind: 'succeeded', output: null };
    const tell = () =>
      settleAttempt(
        this.definition,
        this.state,
        { instance, direction, attempt },
        result,
        this.compute.evaluate,
        this.now,
        middle,
      );
    this.inFlight.set(`${direction} ${instance}`, { at: told?.at ?? this.now, seq: told?.seq ?? 0, tell });
  }

  /** Whatever comes first: an answer, a request, or the next instant at which time alone does something. */
  private async next(): Promise<boolean> {
    const dues = [...this.inFlight.values(), ...this.waits(), ...this.decisions(), ...this.asked()];
    dues.sort((a, b) => Math.max(a.at, this.now) - Math.max(b.at, this.now) || a.seq - b.seq);
    const [due] = dues;
    const wakeAt = this.state.endedAt === null ? nextWakeAt(this.definition, this.state) : null;
    if (wakeAt !== null && wakeAt > this.now && (due === undefined || wakeAt < due.at)) {
      this.now = wakeAt;
      return true;
    }
    if (due === undefined) return false;
    this.now = Math.max(this.now, due.at);
    for (const [key, each] of this.inFlight) if (each === due) this.inFlight.delete(key);
    const entry = await due.tell();
    if (entry !== null) this.append(entry);
    return true;
  }

  private *waits(): Iterable<Due> {
    for (const id of new Set([...this.state.live, ...this.state.undoing])) {
      const instance = this.state.instances[id];
      if (!instance) continue;
      const direction = instance.undo.status === 'waiting' ? 'undo' : 'forward';
      if (direction === 'forward' && (instance.status !== 'waiting' || instance.awaits.length === 0)) continue;
      const due = this.endOfWait(instance, direction);
      if (due) yield due;
    }
  }

  private endOfWait({ id }: StepInstance, direction: 'forward' | 'undo'): Due | null {
    const key = `${direction} ${id}`;
    if (this.answered.has(key)) return null;
    const told = this.recording?.wait(id, direction) ?? null;
    if (told === null) {
      if (this.recording?.hasWaited(id, direction)) return null;
      if (direction === 'forward') {
        this.unanswered.add(id);
        return null;
      }
      this.assumed.add(id);
    }
    const tell = async () => {
      this.answered.add(key);
      const said = told?.answer ?? {
        kind: 'child' as const,
        end: { outcome: 'compensated' as const, output: null, failure: null },
      };
      const { definition, state, compute, now } = this;
      const entry = await answerWait(definition, state, { ...said, instance: id }, compute.evaluate, now);
      if (!entry.ok) this.unanswered.add(id);
      return entry.ok ? entry.value : null;
    };
    return { at: told?.at ?? this.now, seq: told?.seq ?? 0, tell };
  }

  /** What people decided about the same incidents then. */
  private *decisions(): Iterable<Due> {
    for (const incident of Object.values(this.state.incidents)) {
      if (incident.resolved) continue;
      const due = this.decision(incident);
      if (due) yield due;
    }
  }

  private decision({ id, instance, direction }: IncidentState): Due | null {
    const of = `${direction} ${instance}`;
    const told = this.recording?.resolution(instance, direction, this.incidents.get(of) ?? 0);
    if (!told || resolutionRefusal(this.definition, this.state, id, told.resolution) !== null) return null;
    const { at, seq, resolution, by, reason } = told;
    const tell = () => {
      this.incidents.set(of, (this.incidents.get(of) ?? 0) + 1);
      return resolveIncident(this.definition, this.state, id, resolution, by, reason, this.compute.evaluate, this.now);
    };
    return { at, seq, tell };
  }

  private *asked(): Iterable<Due> {
    const [request] = this.requests;
    if (request === undefined) return;
    const tell = async (): Promise<NewEntry | null> => {
      this.requests.shift();
      return this.refusal(request) === null ? { ...request, at: this.now } : null;
    };
    yield { at: request.at, seq: request.seq, tell };
  }

  private refusal({ type }: RequestTold) {
    switch (type) {
      case 'run.cancel-requested':
        return cancelRefusal(this.definition, this.state);
      case 'run.terminate-requested':
        return terminateRefusal(this.state);
      case 'run.undo-requested':
        return undoRefusal(this.definition, this.state);
    }
  }

  private append(entry: NewEntry): void {
    const placed: Entry = { ...entry, seq: this.state.seq + 1 };
    this.journal.push(placed);
    this.current = evolve(this.definition, this.state, placed);
  }
}

/** Retries come when they come on average: chance is no decision of the definition. */
const middle = () => 0.5;
