/**
 * What comes to waiting steps from outside: events, people's answers to tasks, the ends of children, slots.
 *
 * 1. An event is recorded first and then matched; one that came before its wait, but not before the instant from which the
 *    wait looks back, matches as well (S31). A wait is given an event once.
 * 2. Slots are counted: a step gets one only while fewer than the limit are held, or have begun in the window (S30).
 */
import { passesFilter } from '../../event/filter/index.js';
import type { Limit } from '../admit.js';
import type { Json } from '../imports.js';
import type { Direction } from '../instance.js';
import type { Awaited, RunEvent } from '../journal.js';
import type { InstanceId, RunState, StepInstance } from '../state.js';
import type { Participants } from './participants.js';
import type { Script, ScriptedEvent, ScriptedTask } from './script.js';

type AwaitedOf<K extends Awaited['kind']> = Extract<Awaited, { kind: K }>;

interface Wait {
  readonly instance: StepInstance;
  readonly awaited: Awaited;
  readonly direction: Direction;
}

/** Something that is there now and can be told to the run. */
export type Arrival =
  | { readonly kind: 'event'; readonly instance: InstanceId; readonly arm: string; readonly event: RunEvent }
  | { readonly kind: 'task'; readonly instance: InstanceId; readonly task: ScriptedTask }
  | { readonly kind: 'child'; readonly instance: InstanceId; readonly direction: Direction; readonly run: string }
  | { readonly kind: 'slot'; readonly instance: InstanceId };

interface Recorded {
  readonly at: number;
  readonly event: RunEvent;
}

export class Outside {
  private readonly events: Recorded[] = [];
  private readonly consumed = new Set<string>();
  private readonly openedAt = new Map<InstanceId, number>();
  private readonly askedAt = new Map<InstanceId, number>();
  private readonly begun: { readonly key: string; readonly at: number }[] = [];
  private readonly held = new Map<InstanceId, string>();

  constructor(
    private readonly script: Script,
    private readonly participants: Participants,
    startedAt: number,
  ) {
    for (const { events = [] } of Object.values(script))
      for (const event of events) if (event.from === 'start') this.record(event, startedAt);
  }

  /** A step has begun to wait: what follows its opening is sent from now on. */
  opened({ id, step }: StepInstance, at: number): void {
    if (this.openedAt.has(id)) return;
    this.openedAt.set(id, at);
    for (const event of this.script[step]?.events ?? []) if (event.from === 'opening') this.record(event, at);
  }

  /** Everything that could be told to the run now. */
  arrivals(state: RunState, now: number): Arrival[] {
    return this.waits(state).flatMap((wait) => this.arrival(state, wait, now) ?? []);
  }

  /** The next instant after now at which something may arrive; null = nothing is under way. */
  nextAt(state: RunState, now: number): number | null {
    let next: number | null = null;
    for (const wait of this.waits(state)) {
      for (const at of this.instants(state, wait)) if (at > now && (next === null || at < next)) next = at;
    }
    return next;
  }

  /** It has been told, or was refused: it does not come again. An event is used up for this wait only (S31). */
  consume(arrival: Arrival): void {
    if (arrival.kind === 'event') this.consumed.add(`${arrival.instance} ${arrival.event.id}`);
    if (arrival.kind === 'task') this.consumed.add(arrival.instance);
  }

  /** Asks for a slot of each of the limits. @returns whether they were all free; then they are held */
  admit(state: RunState, instance: InstanceId, limits: readonly Limit[], now: number): boolean {
    if (!this.askedAt.has(instance)) this.askedAt.set(instance, now);
    if (now < this.takenUntil(state, instance) || !limits.every((limit) => this.freeAt(state, limit, now) <= now))
      return false;
    for (const { key, perMs } of limits) {
      if (perMs === null) this.held.set(instance, key);
      else this.begun.push({ key, at: now });
    }
    return true;
  }

  private waits(state: RunState): Wait[] {
    const found: Wait[] = [];
    for (const id of state.live) {
      const instance = state.instances[id];
      if (instance?.status !== 'waiting') continue;
      for (const awaited of instance.awaits) found.push({ instance, awaited, direction: 'forward' });
    }
    for (const id of state.undoing) {
      const instance = state.instances[id];
      if (instance?.undo.status !== 'waiting') continue;
      for (const awaited of instance.undo.awaits) found.push({ instance, awaited, direction: 'undo' });
    }
    return found;
  }

  private arrival(state: RunState, { instance, awaited, direction }: Wait, now: number): Arrival | null {
    const { id } = instance;
    switch (awaited.kind) {
      case 'timer':
        return null;
      case 'event': {
        const found = this.events.find((each) => each.at <= now && this.meets(instance, awaited, each));
        return found ? { kind: 'event', instance: id, arm: awaited.arm, event: found.event } : null;
      }
      case 'task': {
        const task = this.taskOf(instance);
        return task && this.answeredAt(instance, task) <= now ? { kind: 'task', instance: id, task } : null;
      }
      case 'child': {
        const { participants } = this;
        const end = direction === 'undo' ? participants.undoOverAt(awaited.run) : participants.childOverAt(awaited.run);
        return end !== null && end <= now ? { kind: 'child', instance: id, direction, run: awaited.run } : null;
      }
      case 'slot':
        return this.slotAt(state, instance, awaited, now) <= now ? { kind: 'slot', instance: id } : null;
    }
  }

  private *instants(state: RunState, { instance, awaited, direction }: Wait): Generator<number> {
    switch (awaited.kind) {
      case 'timer':
        return;
      case 'event':
        for (const each of this.events) if (this.meets(instance, awaited, each)) yield each.at;
        return;
      case 'task': {
        const task = this.taskOf(instance);
        if (task) yield this.answeredAt(instance, task);
        return;
      }
      case 'child': {
        const { participants } = this;
        const at = direction === 'undo' ? participants.undoOverAt(awaited.run) : participants.childOverAt(awaited.run);
        if (at !== null) yield at;
        return;
      }
      case 'slot': {
        const at = this.slotAt(state, instance, awaited, instance.startedAt ?? 0);
        if (Number.isFinite(at)) yield at;
      }
    }
  }

  private meets({ id }: StepInstance, awaited: AwaitedOf<'event'>, { at, event }: Recorded): boolean {
    if (at < awaited.since || this.consumed.has(`${id} ${event.id}`)) return false;
    if (awaited.type !== '*' && awaited.type !== event.type) return false;
    const { filter, correlation } = awaited;
    if (correlation && !isEqual(valueAt(event, correlation.path), correlation.value)) return false;
    return passesFilter(filter, event);
  }

  private taskOf({ id, step }: StepInstance): ScriptedTask | undefined {
    return this.consumed.has(id) ? undefined : this.script[step]?.task;
  }

  private answeredAt({ id }: StepInstance, task: ScriptedTask): number {
    return (this.openedAt.get(id) ?? 0) + task.afterMs;
  }

  private takenUntil(state: RunState, instance: InstanceId): number {
    const step = state.instances[instance]?.step ?? '';
    return (this.askedAt.get(instance) ?? 0) + (this.script[step]?.slotTakenMs ?? 0);
  }

  private slotAt(state: RunState, { id }: StepInstance, awaited: AwaitedOf<'slot'>, now: number): number {
    return Math.max(this.takenUntil(state, id), this.freeAt(state, awaited, now));
  }

  /** When a slot is free; Infinity while only the end of a step can free one. */
  private freeAt(state: RunState, { key, limit, perMs }: Limit, now: number): number {
    if (perMs === null) {
      const holders = [...this.held].filter(([id, held]) => held === key && state.live.includes(id));
      return holders.length < limit ? now : Infinity;
    }
    const starts = this.begun.filter((each) => each.key === key).map((each) => each.at);
    const inWindow = starts.filter((at) => at > now - perMs).sort((a, b) => a - b);
    return inWindow.length < limit ? now : (inWindow[inWindow.length - limit] ?? now) + perMs;
  }

  private record({ afterMs, type, subject = null, data = null }: ScriptedEvent, from: number): void {
    const at = from + afterMs;
    const id = `event ${this.events.length + 1}`;
    const time = new Date(at).toISOString();
    this.events.push({ at, event: { id, source: 'simulation', type, subject, time, data, headers: {} } });
  }
}

function valueAt(event: RunEvent, path: string): Json | undefined {
  let value: unknown = event;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value as Json | undefined;
}

const isEqual = (a: Json | undefined, b: Json) => JSON.stringify(a) === JSON.stringify(b);
