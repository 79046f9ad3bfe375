/**
 * A run that a test drives by hand: what needs no participant happens by itself, every call waits for its answer.
 *
 *     const run = await handRun(workflow().step('charge').step('ship').definition());
 *     await run.answer('charge', 'succeed');
 *     expect(run.inFlight).toEqual(['ship']);
 */
import { evaluateTemplate } from '../../expression/index.js';
import type { Failure, Json, Random } from '../../kernel/index.js';
import { admitStep, limitsOf } from '../admit.js';
import { admitRun, refuseRun, runLimitOf } from '../admit-run.js';
import type { RunPlace } from '../admit-run.js';
import { answerWait } from '../answer-wait.js';
import type { WaitAnswer } from '../answer-wait.js';
import { attemptsInFlight, recover, settleAttempt, startAttempt } from '../attempt.js';
import type { AttemptResult, Command } from '../command.js';
import { decide, nextWakeAt } from '../decide.js';
import type { SagaDefinition, StepId } from '../definition.js';
import { evaluateStep } from '../evaluate-step.js';
import { evolve } from '../replay.js';
import type { Direction } from '../instance.js';
import type { Entry, EntryOf, EntryType, NewEntry, Resolution } from '../journal.js';
import { entriesOfItems, recallItems } from '../recall.js';
import { resolveIncident } from '../requests.js';
import type { RunCode } from '../scope.js';
import { settleCommand } from '../settle-command.js';
import { participantResult } from '../simulate.js';
import type { Answer } from '../simulate.js';
import type { IncidentState, RunState, StepInstance } from '../state.js';

export interface HandRunOptions {
  readonly data?: Json;
  readonly trigger?: string;
  /** Draws retry delays; default always 0.5. */
  readonly random?: Random;
  /** What code steps come to; default: their input. */
  readonly code?: RunCode;
  /** Whether a slot is free for whoever asks; default: always. */
  readonly isSlotFree?: () => boolean;
  /** What the run is told each time it looks for its place, in order; then that it is there. */
  readonly places?: readonly RunPlace[];
}

/** @returns the run after everything that it does without a participant's answer */
export async function handRun(definition: SagaDefinition, options: HandRunOptions = {}): Promise<HandRun> {
  const run = new HandRun(definition, options);
  await run.goOn();
  return run;
}

/** More entries than any test's run has. */
const LIMIT = 2000;

const PERSON = { kind: 'user', id: 'person', name: 'Person' } as const;

export class HandRun {
  readonly journal: Entry[] = [];
  now = Date.UTC(2030, 0, 1);
  private current: RunState;
  private readonly random: Random;
  private readonly code: RunCode;
  private readonly isSlotFree: () => boolean;
  private readonly places: RunPlace[];

  constructor(
    readonly definition: SagaDefinition,
    options: HandRunOptions = {},
  ) {
    const { data = null, trigger = Object.keys(definition.triggers)[0] ?? '', random = () => 0.5 } = options;
    const time = new Date(this.now).toISOString();
    const event = { id: 'event', source: 'test', type: 'tested', subject: null, time, data, headers: {} };
    const first: Entry = { type: 'run.started', runId: 'run', trigger, event, at: this.now, seq: 1 };
    this.random = random;
    this.code = options.code ?? ((_source, input) => Promise.resolve(input));
    this.places = [...(options.places ?? [])];
    this.isSlotFree = options.isSlotFree ?? (() => true);
    this.current = evolve(definition, null, first);
    this.journal.push(first);
  }

  get state(): RunState {
    return this.current;
  }

  /** Steps whose call has not been answered; undos as `undo <step>`. */
  get inFlight(): string[] {
    return attemptsInFlight(this.state).map(({ instance, direction }) =>
      direction === 'undo' ? `undo ${instance}` : instance,
    );
  }

  get openIncidents(): IncidentState[] {
    return Object.values(this.state.incidents).filter((incident) => !incident.resolved);
  }

  commands(): Command[] {
    return decide(this.definition, this.state, this.now);
  }

  instance(step: StepId): StepInstance {
    const instance = this.state.instances[step];
    if (!instance) throw new Error(`Step ${step} has not been reached.`);
    return instance;
  }

  entries<T extends EntryType>(type: T, step?: StepId): EntryOf<T>[] {
    return this.journal.filter(
      (entry): entry is EntryOf<T> =>
        entry.type === type && (step === undefined || ('step' in entry && entry.step === step)),
    );
  }

  /** Answers the latest call of a step (`charge`) or of its undo (`undo charge`). */
  async answer(call: string, answer: Answer | AttemptResult, code?: string): Promise<void> {
    const ref = refTo(call);
    const instance = this.instance(ref.instance);
    await this.answerAttempt(call, ref.direction === 'undo' ? instance.undo.attempt : instance.attempt, answer, code);
  }

  /** Answers a certain attempt, also one that has been given up (S22). */
  async answerAttempt(call: string, attempt: number, answer: Answer | AttemptResult, code?: string): Promise<void> {
    const result = typeof answer === 'string' ? participantResult(answer, code) : answer;
    const { definition, state, now, random } = this;
    const ref = { ...refTo(call), attempt };
    this.append(await settleAttempt(definition, state, ref, result, evaluateTemplate, now, random));
    await this.goOn();
  }

  /** The worker dies and another one takes over. */
  async crash(): Promise<void> {
    const { definition, state, now, random } = this;
    for (const entry of await recover(definition, state, evaluateTemplate, now, random)) this.append(entry);
    await this.goOn();
  }

  /** Something comes to a waiting step. @returns why it was refused; null when it was taken */
  async tell(answer: WaitAnswer): Promise<Failure | null> {
    const entry = await answerWait(this.definition, this.state, answer, evaluateTemplate, this.now);
    if (!entry.ok) return entry.error;
    this.append(entry.value);
    await this.goOn();
    return null;
  }

  /** A step that waits for a slot gets it. */
  async grantSlot(step: StepId): Promise<void> {
    const { definition, state, now } = this;
    this.append(await admitStep(definition, state, step, evaluateTemplate, 'granted', now));
    await this.goOn();
  }

  /** The run looks for its place. */
  async askForPlace(): Promise<void> {
    const limit = await runLimitOf(this.definition, this.state, evaluateTemplate);
    const place = this.places.shift() ?? { kind: 'granted' };
    this.append(limit.ok ? admitRun(limit.value, place, this.now) : refuseRun(limit.error, this.now));
  }

  async cancel(): Promise<void> {
    this.append({ type: 'run.cancel-requested', by: PERSON, reason: 'test', at: this.now });
    await this.goOn();
  }

  /** A person decides the only open incident, or that of the given step. */
  async resolve(resolution: Resolution, step?: StepId): Promise<void> {
    const incident = this.openIncidents.find((each) => step === undefined || each.instance === step);
    if (!incident) throw new Error(`No incident is open${step === undefined ? '' : ` for ${step}`}.`);
    const { definition, state, now } = this;
    this.append(
      await resolveIncident(definition, state, incident.id, resolution, PERSON, 'test', evaluateTemplate, now),
    );
    await this.goOn();
  }

  /** Time goes on to the next instant at which it matters. */
  async wake(): Promise<void> {
    const wakeAt = nextWakeAt(this.definition, this.state);
    if (wakeAt === null) throw new Error('Nothing waits for time.');
    this.now = Math.max(this.now, wakeAt);
    await this.goOn();
  }

  append(entry: NewEntry): void {
    const placed: Entry = { ...entry, seq: this.state.seq + 1 };
    this.journal.push(placed);
    this.current = evolve(this.definition, this.state, placed);
  }

  async goOn(): Promise<void> {
    for (let round = 0; round < LIMIT; round += 1) {
      const command = this.commands().find((each) => each.kind !== 'abort-attempt');
      if (command === undefined) return;
      const { definition, state, now } = this;
      if (command.kind === 'attempt') {
        this.append(await startAttempt(definition, state, command, state.runId, evaluateTemplate, now));
      } else if (command.kind === 'evaluate' || command.kind === 'elapse') {
        const compute = { evaluate: evaluateTemplate, code: this.code };
        this.append(await evaluateStep(definition, state, command.instance, compute, now));
      } else if (command.kind === 'admit') {
        const limits = await limitsOf(definition, state, command.instance, evaluateTemplate);
        const mayWait = !limits.ok || !limits.value.some(({ reject }) => reject);
        const grant = this.isSlotFree() ? 'granted' : mayWait ? 'waiting' : 'rejected';
        this.append(await admitStep(definition, state, command.instance, evaluateTemplate, grant, now));
      } else if (command.kind === 'recall') {
        this.append(await recallItems(definition, state, command, entriesOfItems(this.journal), now));
      } else if (command.kind === 'admit-run') {
        await this.askForPlace();
      } else {
        this.append(settleCommand(definition, state, command, now));
      }
    }
    throw new Error(
      `The run does not come to rest: ${JSON.stringify(this.commands()[0])} is commanded again and again.`,
    );
  }
}

function refTo(call: string): { instance: StepId; direction: Direction } {
  return call.startsWith('undo ')
    ? { instance: call.slice('undo '.length), direction: 'undo' }
    : { instance: call, direction: 'forward' };
}
