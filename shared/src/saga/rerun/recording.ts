/**
 * What the world outside said to a run, read from its journal: answers of participants, events, people and children, and what
 * people asked of the run. A rerun is given the same again instead of calling anybody.
 */
import { isJsonObject } from '../../kernel/index.js';
import type { AttemptResult } from '../command.js';
import type { Failure, Json } from '../imports.js';
import { instanceId } from '../instance.js';
import type { Direction } from '../instance.js';
import type { Actor, Awaited, ChildEnd, Entry, EntryOf, Resolution, RunEvent } from '../journal.js';
import type { InstanceId } from '../state.js';

/** When it came, and what came before it. */
interface Told {
  readonly at: number;
  readonly seq: number;
}

export interface AttemptAnswer extends Told {
  readonly result: AttemptResult;
}

export interface WaitAnswerTold extends Told {
  readonly answer:
    | { readonly kind: 'event'; readonly arm: string; readonly event: RunEvent }
    | {
        readonly kind: 'task';
        readonly outcome: string;
        readonly comment: string | null;
        readonly data: Json;
        readonly by: Actor;
      }
    | { readonly kind: 'child'; readonly end: ChildEnd };
}

export interface ResolutionTold extends Told {
  readonly resolution: Resolution;
  readonly by: Actor;
  readonly reason: string;
}

export type RequestTold = EntryOf<'run.cancel-requested' | 'run.terminate-requested' | 'run.undo-requested'>;

type Outcome = EntryOf<'step.succeeded' | 'step.failed' | 'step.unknown'>;

const key = (id: InstanceId, direction: Direction) => `${direction} ${id}`;

export class Recording {
  readonly requests: RequestTold[] = [];
  private readonly attempts = new Map<string, Map<number, AttemptAnswer>>();
  private readonly waits = new Map<string, WaitAnswerTold>();
  private readonly resolutions = new Map<string, ResolutionTold[]>();
  /** What a step waits for at the entry that is being read. */
  private readonly open = new Map<string, readonly Awaited[]>();
  private readonly everOpen = new Set<string>();
  private readonly begun = new Map<string, number>();
  private readonly incidents = new Map<string, string>();

  constructor(readonly entries: readonly Entry[]) {
    for (const entry of entries) this.read(entry);
  }

  get start(): EntryOf<'run.started'> | null {
    const [first] = this.entries;
    return first?.type === 'run.started' ? first : null;
  }

  /** The answer to just this attempt, else to the last one of that step; null when nobody was called. */
  attempt(id: InstanceId, direction: Direction, attempt: number): AttemptAnswer | null {
    const answers = this.attempts.get(key(id, direction));
    return answers?.get(attempt) ?? [...(answers?.values() ?? [])].at(-1) ?? null;
  }

  /** What ended the wait, if it was not time alone. */
  wait(id: InstanceId, direction: Direction): WaitAnswerTold | null {
    return this.waits.get(key(id, direction)) ?? null;
  }

  /** The step waited then: where nothing came to it, nothing comes again. */
  hasWaited(id: InstanceId, direction: Direction): boolean {
    return this.everOpen.has(key(id, direction));
  }

  /** What a person decided about the nth incident of the step, from 0. */
  resolution(id: InstanceId, direction: Direction, nth: number): ResolutionTold | null {
    return this.resolutions.get(key(id, direction))?.[nth] ?? null;
  }

  private read(entry: Entry): void {
    switch (entry.type) {
      case 'step.started':
        this.begun.set(key(instanceId(entry), entry.direction), entry.attempt);
        return;
      case 'step.waiting':
        return this.waiting(entry);
      case 'step.succeeded':
      case 'step.failed':
      case 'step.unknown':
        return this.outcome(entry);
      case 'incident.opened':
        this.incidents.set(entry.incident, key(instanceId(entry), entry.direction));
        return;
      case 'incident.resolved': {
        const of = this.incidents.get(entry.incident) ?? '';
        const { resolution, by, reason, at, seq } = entry;
        this.resolutions.set(of, [...(this.resolutions.get(of) ?? []), { resolution, by, reason, at, seq }]);
        return;
      }
      case 'run.cancel-requested':
      case 'run.terminate-requested':
      case 'run.undo-requested':
        this.requests.push(entry);
        return;
      default:
    }
  }

  private waiting({ awaits, output = null, at, seq, ...entry }: EntryOf<'step.waiting'>): void {
    const of = key(instanceId(entry), entry.direction);
    this.open.set(of, awaits);
    this.everOpen.add(of);
    if (awaits.some(({ kind }) => kind === 'child'))
      this.answered(of, this.begun.get(of) ?? 1, { kind: 'succeeded', output }, { at, seq });
  }

  private outcome(entry: Outcome): void {
    const of = key(instanceId(entry), entry.direction);
    const awaits = this.open.get(of);
    if (awaits !== undefined && awaits.every(({ kind }) => kind !== 'slot')) {
      const answer = waitAnswer(entry, awaits);
      if (answer !== null && !this.waits.has(of)) this.waits.set(of, { at: entry.at, seq: entry.seq, answer });
      this.open.delete(of);
      return;
    }
    this.open.delete(of);
    // What failed before anybody was called was no answer: it is worked out anew.
    if (this.begun.get(of) !== entry.attempt) return;
    this.answered(of, entry.attempt, attemptResult(entry), entry);
  }

  /** A late answer comes after one of its attempt that counts (S22). */
  private answered(of: string, attempt: number, result: AttemptResult, { at, seq }: Told): void {
    const answers = this.attempts.get(of) ?? new Map<number, AttemptAnswer>();
    this.attempts.set(of, answers);
    if (!answers.has(attempt)) answers.set(attempt, { result, at, seq });
  }
}

function attemptResult(entry: Outcome): AttemptResult {
  switch (entry.type) {
    case 'step.succeeded':
      return { kind: 'succeeded', output: entry.output };
    case 'step.failed':
      return { kind: 'failed', failure: entry.failure };
    case 'step.unknown':
      return { kind: 'unknown', failure: entry.failure };
  }
}

function waitAnswer(entry: Outcome, awaits: readonly Awaited[]): WaitAnswerTold['answer'] | null {
  if (awaits.some(({ kind }) => kind === 'child')) return { kind: 'child', end: childEnd(entry) };
  if (entry.type !== 'step.succeeded') return null;
  const { output, port, by } = entry;
  if (!isJsonObject(output)) return null;
  if (awaits.some((each) => each.kind === 'event' && each.arm === port))
    return { kind: 'event', arm: port, event: output as unknown as RunEvent };
  if (by === undefined || typeof output['outcome'] !== 'string') return null;
  const { outcome, comment = null, data = null } = output;
  return { kind: 'task', outcome, comment: typeof comment === 'string' ? comment : null, data, by };
}

const OUTCOMES = ['failed', 'compensated', 'cancelled', 'terminated'] as const;

function childEnd(entry: Outcome): ChildEnd {
  if (entry.type === 'step.succeeded') {
    const { output } = entry;
    const told = isJsonObject(output) ? output['outcome'] : null;
    const outcome =
      entry.direction === 'undo' ? (OUTCOMES.find((each) => each === told) ?? 'compensated') : 'completed';
    return { outcome, output, failure: null };
  }
  const { failure } = entry;
  const outcome = OUTCOMES.find((each) => failure.code === `child.${each}`) ?? 'failed';
  return { outcome, output: null, failure: cause(failure) };
}

/** The child's own failure, which the step's failure wraps. */
function cause({ details }: Failure): Failure | null {
  const { code, message, kind } = (details ?? {}) as Partial<Failure>;
  return code === undefined || message === undefined || kind === undefined ? null : { code, message, kind };
}
