/**
 * The participants of a simulated run and their ledger.
 *
 * 1. They honour idempotency keys: a repeated call with a known key changes nothing more (I5).
 * 2. A child run is an effect as well: in force from its start until it has undone itself, so that a run whose children are
 *    all undone nets to zero. It is started, and its undo is begun, by key.
 * 3. The own undo of a scope takes back everything that was done inside it (S18).
 */
import type { Random } from '../../kernel/index.js';
import { operationFor } from '../attempt.js';
import type { AttemptRef, Launchable } from '../attempt.js';
import type { AttemptResult } from '../command.js';
import type { SagaDefinition, StepId } from '../definition.js';
import { isContainerStep } from '../definition.js';
import { pathOfId } from '../instance.js';
import type { Direction } from '../instance.js';
import type { ChildEnd } from '../journal.js';
import { bodyPath, isWithin, pathsOutwards, scopeAt } from '../paths.js';
import type { InstanceId, RunState } from '../state.js';
import { participantResult } from './script.js';
import type { Answer, Participant, Script, ScriptedChild } from './script.js';

/** One call that a participant saw. */
export interface Call {
  readonly step: StepId;
  readonly instance: InstanceId;
  readonly direction: Direction;
  readonly key: string;
  readonly attempt: number;
  /** Journal position of the intent. */
  readonly intentSeq: number;
  readonly launch: Launchable['kind'];
  /** False when the key was known or the call was refused. */
  readonly applied: boolean;
}

export interface Pending {
  readonly ref: AttemptRef;
  readonly result: AttemptResult;
  /** The call whose effect arrives later. */
  readonly late: Omit<Call, 'applied'> | null;
}

/** A run started by a `call`. */
export interface Child {
  readonly run: string;
  readonly instance: InstanceId;
  readonly script: ScriptedChild;
  /** When it ends by itself. */
  endsAt: number;
  /** How it is going to end, or has ended once `endsAt` is over. */
  end: ChildEnd;
  /** When its undo is over; null = not asked for. */
  undoneAt: number | null;
  /** Its undo has been refused; the next one will not be. */
  refusedUndo: boolean;
}

/** How long a child needs to stop or to undo itself, milliseconds. */
const CHILD_STOPS_MS = 500;

export class Participants {
  readonly calls: Call[] = [];
  /** Effects in force per instance: 1 after a forward effect, 0 again after its undo. */
  readonly net: Record<InstanceId, number> = {};
  readonly children = new Map<string, Child>();
  private readonly seen = new Set<string>();
  private readonly turns = new Map<string, number>();
  private inFlight: Pending[] = [];
  private readonly late: Pending[] = [];

  constructor(
    private readonly definition: SagaDefinition,
    private readonly script: Script,
    private readonly random: Random,
  ) {}

  get isBusy(): boolean {
    return this.inFlight.length > 0;
  }

  call(state: RunState, ref: AttemptRef, step: StepId, key: string, intentSeq: number, now: number): void {
    const { instance, direction, attempt } = ref;
    const behaviour = this.script[step];
    const answers = this.isMeant(state, instance, behaviour) ? (behaviour?.[direction] ?? 'succeed') : 'succeed';
    const turn = behaviour?.goesOn === true ? this.turnOf(instance, direction) : attempt;
    const answer: Answer = typeof answers === 'string' ? answers : (answers[turn - 1] ?? 'succeed');
    const launch = operationFor(this.definition, state, instance, direction).kind;
    const call = { step, instance, direction, key, attempt, intentSeq, launch };
    const applied = (answer === 'succeed' || answer === 'lost') && this.apply(state, call, now);
    this.calls.push({ ...call, applied });
    const result = this.resultOf(call, answer);
    this.inFlight.push({ ref: { instance, direction, attempt }, result, late: answer === 'late' ? call : null });
  }

  /** How many calls there have been of the step in this place, whatever their generation. */
  private turnOf(instance: InstanceId, direction: Direction): number {
    const place = `${instance.replaceAll(/#\d+/g, '')} ${direction}`;
    const turn = (this.turns.get(place) ?? 0) + 1;
    this.turns.set(place, turn);
    return turn;
  }

  answer(): Pending | undefined {
    const pending = this.inFlight.splice(Math.floor(this.random() * this.inFlight.length), 1)[0];
    if (pending?.late) this.late.push(pending);
    return pending;
  }

  /** A call that had been given up takes effect now, and its answer arrives. */
  lateAnswer(state: RunState, now: number): Pending | undefined {
    if (this.late.length === 0 || this.random() < 0.7) return undefined;
    const pending = this.late.splice(Math.floor(this.random() * this.late.length), 1)[0];
    if (!pending?.late) return undefined;
    this.calls.push({ ...pending.late, applied: this.apply(state, pending.late, now) });
    return { ...pending, result: this.resultOf(pending.late, 'succeed') };
  }

  crash(): void {
    this.inFlight = [];
  }

  /** Its end comes as a request to stop makes it come. */
  cancelChild(instance: InstanceId, now: number): void {
    for (const child of this.children.values()) {
      if (child.instance !== instance || child.endsAt <= now || child.script.refusesCancel) continue;
      child.endsAt = now + CHILD_STOPS_MS;
      child.end = endOf('cancelled', child.script);
    }
  }

  /** When a child is going to have ended; null when there is no such child. */
  childOverAt(run: string): number | null {
    return this.children.get(run)?.endsAt ?? null;
  }

  /** When a child's undo is going to be over; null when it was not begun. */
  undoOverAt(run: string): number | null {
    return this.children.get(run)?.undoneAt ?? null;
  }

  /** How a child has ended; null while it is at work, or when there is no such child. */
  endOfChild(run: string, now: number): ChildEnd | null {
    const child = this.children.get(run);
    if (!child || child.endsAt > now) return null;
    this.net[child.instance] = hasEffect(child.end) ? 1 : 0;
    return child.end;
  }

  /** How a child's undo has ended. One that was at work has been cancelled instead. */
  endOfUndo(run: string, now: number): ChildEnd | null {
    const child = this.children.get(run);
    if (!child || child.undoneAt === null || child.undoneAt > now) return null;
    if (child.script.refusesUndo && !child.refusedUndo) {
      child.refusedUndo = true;
      child.undoneAt = null;
      return endOf('completed', child.script);
    }
    this.net[child.instance] = 0;
    return hasEffect(child.end) ? endOf('compensated', child.script) : child.end;
  }

  /** A script may be meant for one item or pass only; in all others everything succeeds. */
  private isMeant(state: RunState, id: InstanceId, behaviour: Participant | undefined): boolean {
    if (behaviour?.onlyAt === undefined) return true;
    for (const path of pathsOutwards(state.instances[id]?.path ?? '')) {
      const index = scopeAt(state, path)?.index ?? null;
      if (index !== null) return index === behaviour.onlyAt;
    }
    return true;
  }

  /** @returns false when the key is known, so that nothing changes */
  private apply(state: RunState, call: Omit<Call, 'applied'>, now: number): boolean {
    const { step, instance, key, launch } = call;
    const again = this.seen.has(key);
    // A child that has refused to undo itself is told again, under the key of the same wish.
    if (again && launch === 'child-undo') this.undoChild(instance, now);
    if (again) return false;
    this.seen.add(key);
    if (launch === 'child-start') this.startChild(instance, step, key, now);
    else if (launch === 'child-undo') this.undoChild(instance, now);
    else if (call.direction === 'forward') this.takeEffect(step, instance);
    else this.takeBack(state, step, instance);
    return true;
  }

  /** What a person had done in place of a child run is theirs: nobody knows its undo. */
  private takeEffect(step: StepId, instance: InstanceId): void {
    if (this.definition.steps[step]?.undo.kind !== 'child') this.net[instance] = 1;
  }

  private takeBack(state: RunState, step: StepId, instance: InstanceId): void {
    this.net[instance] = 0;
    const known = this.definition.steps[step];
    if (known && isContainerStep(known)) this.takeBackInside(state, instance);
  }

  private startChild(instance: InstanceId, step: StepId, key: string, now: number): void {
    const script = this.script[step]?.child ?? {};
    const run = childRun(key);
    const end = endOf(script.end ?? 'completed', script);
    this.net[instance] = 1;
    this.children.set(run, {
      run,
      instance,
      script,
      endsAt: now + (script.afterMs ?? 0),
      end,
      undoneAt: null,
      refusedUndo: false,
    });
  }

  private undoChild(instance: InstanceId, now: number): void {
    for (const child of this.children.values()) {
      if (child.instance !== instance || child.undoneAt !== null) continue;
      this.cancelChild(instance, now);
      child.undoneAt = Math.max(now, child.endsAt) + CHILD_STOPS_MS;
    }
  }

  private takeBackInside(state: RunState, container: InstanceId): void {
    const instance = state.instances[container];
    if (!instance) return;
    const body = bodyPath(instance);
    // The run may have forgotten the items of a loop: an id says itself where it lies.
    for (const id of Object.keys(this.net)) if (isWithin(pathOfId(id), body)) this.net[id] = 0;
  }

  private resultOf(call: Omit<Call, 'applied'>, answer: Answer): AttemptResult {
    const { code } = this.script[call.step] ?? {};
    if (call.launch === 'operation') return participantResult(answer, code);
    return participantResult(answer, code, { run: this.runOf(call) });
  }

  /** A child that was never started has no run that could be undone. */
  private runOf({ direction, instance, key }: Omit<Call, 'applied'>): string | null {
    if (direction === 'forward') return childRun(key);
    const children = [...this.children.values()].filter((child) => child.instance === instance);
    return children.at(-1)?.run ?? null;
  }
}

const childRun = (key: string) => `child of ${key}`;

/** Its own undo has left nothing of it in force. */
const hasEffect = ({ outcome }: ChildEnd) => outcome === 'completed' || outcome === 'terminated';

function endOf(outcome: ChildEnd['outcome'], { output = null }: ScriptedChild): ChildEnd {
  const failed = outcome === 'failed' || outcome === 'compensated' || outcome === 'terminated';
  const failure = failed
    ? ({ kind: 'user', code: `child.script.${outcome}`, message: 'The child was scripted to end so.' } as const)
    : null;
  return { outcome, output: outcome === 'completed' ? output : null, failure };
}
