/**
 * Runs a saga under a virtual clock: a seeded scheduler chooses interleavings, scripted participants answer, workers crash.
 * Participants honour idempotency keys: a repeated call with a known key changes nothing more (I5).
 */
import { evaluateTemplate } from '../expression/index.js';
import { failure, seededRandom } from '../kernel/index.js';
import type { Random } from '../kernel/index.js';
import { recover, settleAttempt, startAttempt } from './attempt.js';
import type { AttemptRef } from './attempt.js';
import type { AttemptResult } from './command.js';
import { decide, nextWakeAt } from './decide.js';
import type { SagaDefinition, StepId } from './definition.js';
import { evaluateStep } from './evaluate-step.js';
import { evolve } from './evolve.js';
import type { Direction } from './instance.js';
import type { Entry, NewEntry, Resolution, RunEvent } from './journal.js';
import { cancelRefusal, resolveIncident } from './requests.js';
import type { Evaluate } from './scope.js';
import { settleCommand } from './settle-command.js';
import type { IncidentState, RunState } from './state.js';

/**
 * - `refuse`, `busy`: no effect, and the answer says so; repeating helps against `busy` only
 * - `lost`: the effect took place, the answer did not arrive; `vanished`: neither
 * - `late`: the attempt is given up, and afterwards (if the run still lives) effect and answer arrive after all (S22)
 */
export type Answer = 'succeed' | 'refuse' | 'busy' | 'lost' | 'vanished' | 'late';

/** Answers by attempt; afterwards everything succeeds. One answer alone is given every time. */
export interface Participant {
  readonly forward?: Answer | readonly Answer[];
  readonly undo?: Answer | readonly Answer[];
  readonly code?: string;
}

export type Script = Readonly<Record<StepId, Participant>>;

export interface SimulateOptions {
  readonly seed?: number;
  readonly data?: RunEvent['data'];
  readonly trigger?: string;
  /** Probability, at every choice of the scheduler, that the worker dies. */
  readonly crashRate?: number;
  /** Probability, at every choice of the scheduler, that somebody cancels the run. */
  readonly cancelRate?: number;
  /** What a person decides; null leaves the incident open. */
  readonly onIncident?: (incident: IncidentState) => Resolution | null;
  readonly evaluate?: Evaluate;
}

/** One call that a participant saw. */
export interface Call {
  readonly step: StepId;
  readonly direction: Direction;
  readonly key: string;
  readonly attempt: number;
  /** Journal position of the intent. */
  readonly intentSeq: number;
  /** False when the key was known or the call was refused. */
  readonly applied: boolean;
}

export interface Simulation {
  readonly journal: readonly Entry[];
  readonly state: RunState;
  readonly ledger: {
    readonly calls: readonly Call[];
    /** Effects in force per step: 1 after a forward effect, 0 again after its undo. */
    readonly net: Readonly<Record<StepId, number>>;
  };
  readonly trace: { readonly succeeded: readonly StepId[]; readonly compensated: readonly StepId[] };
}

/** A participant that always refuses. */
export const terminal = (code = 'refused'): Participant => ({ forward: 'refuse', code });

const LIMIT = 100_000;

export async function simulate(
  definition: SagaDefinition,
  script: Script = {},
  options: SimulateOptions = {},
): Promise<Simulation> {
  const random = seededRandom(options.seed ?? 1);
  const evaluate = options.evaluate ?? ((template, scope) => evaluateTemplate(template, scope));
  const world = new World(script, random);
  const journal: Entry[] = [];
  let now = Date.UTC(2030, 0, 1);
  let state = start(definition, options, now);
  journal.push({ ...startEntry(definition, options, now), seq: 1 });
  const append = (entry: NewEntry) => {
    const placed = { ...entry, seq: state.seq + 1 };
    journal.push(placed);
    state = evolve(definition, state, placed);
    return placed;
  };
  for (let round = 0; round < LIMIT && state.endedAt === null; round += 1) {
    const command = decide(definition, state, now).find((each) => each.kind !== 'abort-attempt');
    if (command) {
      if (command.kind === 'attempt') {
        const entry = append(await startAttempt(definition, state, command, 'run', evaluate, now));
        if (entry.type === 'step.started') world.call(command, entry.step, entry.key, entry.seq);
      } else if (command.kind === 'evaluate' || command.kind === 'elapse') {
        append(await evaluateStep(definition, state, command.instance, evaluate, now));
      } else {
        append(settleCommand(definition, state, command, now));
      }
      // Between a decision and the next the worker may be interrupted; else it goes on until it has to wait.
      if (random() < 0.7) continue;
    }
    if (state.endedAt !== null) break;
    if (random() < (options.cancelRate ?? 0) && cancelRefusal(definition, state) === null) {
      append({ type: 'run.cancel-requested', by: PERSON, reason: 'simulated', at: now });
      continue;
    }
    if (random() < (options.crashRate ?? 0)) {
      world.crash();
      for (const entry of await recover(definition, state, evaluate, now, random)) append(entry);
      continue;
    }
    const wakeAt = command ? null : nextWakeAt(definition, state);
    // Time goes on while calls are in flight, too.
    const answered = wakeAt !== null && random() < 0.2 ? undefined : (world.lateAnswer() ?? world.answer());
    if (answered) {
      now += 1;
      append(await settleAttempt(definition, state, answered.ref, answered.result, evaluate, now, random));
    } else if (wakeAt !== null) {
      now = Math.max(now, wakeAt);
    } else if (!command) {
      const open = Object.values(state.incidents).find((incident) => !incident.resolved);
      const resolution = open ? (options.onIncident?.(open) ?? null) : null;
      if (!open || !resolution) break;
      append(await resolveIncident(definition, state, open.id, resolution, PERSON, 'simulated', evaluate, now));
    }
  }
  const done = (direction: Direction) =>
    journal.flatMap((e) => (e.type === 'step.succeeded' && e.direction === direction ? [e.step] : []));
  return {
    journal,
    state,
    ledger: { calls: world.calls, net: world.net },
    trace: { succeeded: done('forward'), compensated: done('undo') },
  };
}

const PERSON = { kind: 'user', id: 'person', name: 'Person' } as const;

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

function start(definition: SagaDefinition, options: SimulateOptions, at: number): RunState {
  return evolve(definition, null, { ...startEntry(definition, options, at), seq: 1 });
}

interface Pending {
  readonly ref: AttemptRef;
  readonly result: AttemptResult;
  /** The call whose effect arrives later. */
  readonly late: Omit<Call, 'applied'> | null;
}

class World {
  readonly calls: Call[] = [];
  readonly net: Record<StepId, number> = {};
  private readonly seen = new Set<string>();
  private inFlight: Pending[] = [];
  private readonly late: Pending[] = [];

  constructor(
    private readonly script: Script,
    private readonly random: Random,
  ) {}

  call(command: AttemptRef, step: StepId, key: string, intentSeq: number): void {
    const { instance, direction, attempt } = command;
    const behaviour = this.script[step];
    const answers = behaviour?.[direction] ?? 'succeed';
    const answer = typeof answers === 'string' ? answers : (answers[attempt - 1] ?? 'succeed');
    const call = { step, direction, key, attempt, intentSeq };
    const applied = (answer === 'succeed' || answer === 'lost') && this.apply(call);
    this.calls.push({ ...call, applied });
    const result = participantResult(answer, behaviour?.code);
    this.inFlight.push({ ref: { instance, direction, attempt }, result, late: answer === 'late' ? call : null });
  }

  answer(): Pending | undefined {
    const pending = this.inFlight.splice(Math.floor(this.random() * this.inFlight.length), 1)[0];
    if (pending?.late) this.late.push(pending);
    return pending;
  }

  /** A call that had been given up takes effect now, and its answer arrives. */
  lateAnswer(): Pending | undefined {
    if (this.late.length === 0 || this.random() < 0.7) return undefined;
    const pending = this.late.splice(Math.floor(this.random() * this.late.length), 1)[0];
    if (!pending?.late) return undefined;
    this.calls.push({ ...pending.late, applied: this.apply(pending.late) });
    return { ...pending, result: participantResult('succeed') };
  }

  /** @returns false when the key is known, so that nothing changes */
  private apply({ step, direction, key }: Omit<Call, 'applied'>): boolean {
    if (this.seen.has(key)) return false;
    this.seen.add(key);
    this.net[step] = direction === 'forward' ? (this.net[step] ?? 0) + 1 : 0;
    return true;
  }

  crash(): void {
    this.inFlight = [];
  }
}

/** What the worker learns from an answer. */
export function participantResult(answer: Answer, code = 'refused'): AttemptResult {
  switch (answer) {
    case 'succeed':
      return { kind: 'succeeded', output: { ok: true } };
    case 'refuse':
      return { kind: 'failed', failure: failure('user', code, 'The participant refused.') };
    case 'busy':
      return { kind: 'failed', failure: failure('operational', 'http.status.503', 'The participant is busy.') };
    case 'lost':
    case 'vanished':
    case 'late':
      return { kind: 'unknown', failure: failure('operational', 'timeout', 'No answer arrived.') };
  }
}
