/**
 * A run state that entries are folded into: records and lists are copied at their first change and then changed in place, so
 * that folding n entries costs O(n) and not O(n * instances). What it does not own it does not touch: states handed out
 * before are as they were.
 *
 * Keeps true by itself: which instances lie in which body (`members`), how many of them live (`alive`), and the side tables
 * by which a long-lived draft answers at once what would take a walk over the state.
 */
import type { TransitionId } from './definition.js';
import { isRecalling } from './effects.js';
import type { Direction, InstanceRef } from './instance.js';
import { readyInstance } from './instance.js';
import { bodyPath, isWithin, pathsOutwards, ROOT_PATH, scopeAt, scopeKey, transitionKey } from './paths.js';
import type { IncidentState, InstanceId, LoopState, RunState, ScopeState, StepInstance } from './state.js';
import type { Json, JsonObject } from './imports.js';

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type RecordKey = 'instances' | 'generations' | 'transitions' | 'incidents' | 'scopes';

/** What a body has from its opening on. */
export type Opening = Pick<ScopeState, 'path' | 'container'> &
  Partial<Pick<ScopeState, 'index' | 'item' | 'items' | 'variables' | 'deadline' | 'pivot' | 'loop'>>;

/** What has changed since somebody asked. */
export interface Changes {
  /** As they were before; undefined = not there. */
  readonly instances: Map<InstanceId, StepInstance | undefined>;
  readonly incidents: Map<string, IncidentState | undefined>;
  /** They lived, and do not any more. */
  readonly settled: Set<InstanceId>;
  /** As they were when they were forgotten. */
  readonly forgotten: Map<InstanceId, StepInstance>;
}

/** A side table is worth its making from so many elements on. */
const MANY = 32;

export class Draft {
  private readonly state: Writable<RunState>;
  /** Records and lists that are nobody else's. */
  private readonly owned = new WeakSet<object>();
  private liveIds: Set<InstanceId> | null = null;
  /** Under each path, how many undos are wanted and not finished. */
  private undoingUnder: Map<string, number> | null = null;
  private readonly undoPlaces = new Map<InstanceId, string>();
  private openIncidents: Map<string, Set<string>> | null = null;
  private told: Set<InstanceId> | null = null;
  private readonly arrived = new Map<string, { taken: number; open: number }>();
  private watched: Changes | null = null;
  /** Closed bodies of loops that may be forgotten once the entry is folded. */
  readonly over = new Set<string>();
  /** Instant of the entry that is being folded. */
  at = 0;

  constructor(base: RunState) {
    this.state = { ...base };
  }

  get view(): RunState {
    return this.state;
  }

  /** From now on changes are noted. @returns those noted since the last time */
  takeChanges(): Changes {
    const changes = this.watched ?? noChanges();
    this.watched = noChanges();
    return changes;
  }

  scope(path: string): ScopeState | undefined {
    return scopeAt(this.state, path);
  }

  set(
    fields: Partial<
      Pick<
        RunState,
        | 'seq'
        | 'status'
        | 'endedAt'
        | 'admission'
        | 'cancel'
        | 'terminated'
        | 'response'
        | 'output'
        | 'failure'
        | 'forgotUndone'
      >
    >,
  ): void {
    Object.assign(this.state, fields);
  }

  // ---- bodies ----

  openScope(opening: Opening): void {
    this.own('scopes')[scopeKey(opening.path)] = newScope(opening);
  }

  setScope(path: string, fields: Partial<Omit<ScopeState, 'members' | 'alive' | 'loop'>>): void {
    this.patchScope(path, fields);
  }

  setLoop(path: string, fields: Partial<LoopState>): void {
    const loop = this.scope(path)?.loop;
    if (loop) this.patchScope(path, { loop: { ...loop, ...fields } });
  }

  /** A list of a loop, to be changed in place. */
  ownLoopList<K extends 'bodies' | 'results' | 'errors' | 'owing'>(path: string, key: K): LoopState[K][number][] {
    const list = this.scope(path)?.loop?.[key] ?? [];
    if (this.owned.has(list)) return list as LoopState[K][number][];
    const copy = [...list];
    this.owned.add(copy);
    this.setLoop(path, { [key]: copy });
    return copy;
  }

  /** Of a loop: how many of its bodies are at work. */
  countBody(loop: string, change: 1 | -1): void {
    this.patchScope(loop, { alive: (this.scope(loop)?.alive ?? 0) + change });
  }

  /** A body was brought back as it had been. */
  restoreScope(scope: ScopeState): void {
    this.own('scopes')[scopeKey(scope.path)] = scope;
  }

  dropScope(path: string): void {
    Reflect.deleteProperty(this.own('scopes'), scopeKey(path));
  }

  // ---- instances ----

  /** A step's input has arrived: a new instance, alive. */
  addReady(ref: InstanceRef): StepInstance {
    const instance = readyInstance(ref, this.state.seq, this.at);
    this.putInstance(instance);
    this.addMember(ref.path, instance.id);
    this.addLive(instance.id);
    return instance;
  }

  patch(id: InstanceId, fields: Partial<StepInstance>): void {
    const instance = this.state.instances[id];
    if (instance) this.putInstance({ ...instance, ...fields });
  }

  patchUndo(id: InstanceId, fields: Partial<StepInstance['undo']>): void {
    const instance = this.state.instances[id];
    if (instance) this.putInstance({ ...instance, undo: { ...instance.undo, ...fields } });
  }

  restoreInstance(instance: StepInstance): void {
    this.putInstance(instance);
  }

  dropInstance(instance: StepInstance): void {
    this.note(instance.id);
    this.watched?.forgotten.set(instance.id, instance);
    Reflect.deleteProperty(this.own('instances'), instance.id);
  }

  // ---- tokens ----

  /** @param target the step that it leads to, where its arrivals are counted */
  settleTransition(key: TransitionId, value: 'taken' | 'dead', target?: { step: string; path: string }): void {
    this.own('transitions')[key] = value;
    if (target === undefined) return this.arrived.clear();
    const arrivals = this.arrived.get(transitionKey(target.step, target.path));
    if (!arrivals) return;
    arrivals.open -= 1;
    if (value === 'taken') arrivals.taken += 1;
  }

  /** The transition will be settled anew (S21, resume forward), or is forgotten with its body. */
  unsettleTransition(key: TransitionId): void {
    if (this.state.transitions[key] === undefined) return;
    Reflect.deleteProperty(this.own('transitions'), key);
    this.arrived.clear();
  }

  /** Arrivals at a step with many ways in are counted once and then kept up to date. */
  arrivalsAt(key: string, count: () => { taken: number; open: number }): { taken: number; open: number } {
    let arrivals = this.arrived.get(key);
    if (!arrivals) this.arrived.set(key, (arrivals = count()));
    return arrivals;
  }

  /** From now on the step at this path is meant in its next generation. */
  nextGeneration(step: string, path: string): number {
    const key = transitionKey(step, path);
    const next = (this.state.generations[key] ?? 1) + 1;
    this.own('generations')[key] = next;
    return next;
  }

  dropGeneration(key: string): void {
    if (this.state.generations[key] !== undefined) Reflect.deleteProperty(this.own('generations'), key);
  }

  // ---- incidents ----

  putIncident(incident: IncidentState): void {
    const { id, instance, direction, resolved } = incident;
    if (this.watched && !this.watched.incidents.has(id)) this.watched.incidents.set(id, this.state.incidents[id]);
    this.own('incidents')[id] = incident;
    this.told?.add(instance);
    if (!this.openIncidents) return;
    const key = `${direction} ${instance}`;
    const open = this.openIncidents.get(key);
    if (resolved) open?.delete(id);
    else if (open) open.add(id);
    else this.openIncidents.set(key, new Set([id]));
  }

  openIncidentsOf(id: InstanceId, direction: Direction): IncidentState[] {
    if (!this.openIncidents) {
      this.openIncidents = new Map();
      for (const each of Object.values(this.state.incidents)) {
        const key = `${each.direction} ${each.instance}`;
        if (each.resolved) continue;
        const known = this.openIncidents.get(key);
        if (known) known.add(each.id);
        else this.openIncidents.set(key, new Set([each.id]));
      }
    }
    return [...(this.openIncidents.get(`${direction} ${id}`) ?? [])].flatMap(
      (each) => this.state.incidents[each] ?? [],
    );
  }

  /** There is or was an incident about it. */
  isInIncident(id: InstanceId): boolean {
    this.told ??= new Set(Object.values(this.state.incidents).map((each) => each.instance));
    return this.told.has(id);
  }

  // ---- who lives, whose undo is wanted ----

  isLive(id: InstanceId): boolean {
    if (this.liveIds === null) {
      if (this.state.live.length < MANY) return this.state.live.includes(id);
      this.liveIds = new Set(this.state.live);
    }
    return this.liveIds.has(id);
  }

  addLive(id: InstanceId): void {
    if (this.isLive(id)) return;
    this.list('live').push(id);
    this.liveIds?.add(id);
    this.watched?.settled.delete(id);
    this.countAlive(id, 1);
  }

  removeLive(id: InstanceId): void {
    if (!this.isLive(id)) return;
    remove(this.list('live'), id);
    this.liveIds?.delete(id);
    this.watched?.settled.add(id);
    this.countAlive(id, -1);
  }

  isUndoWanted(id: InstanceId): boolean {
    return this.places().has(id);
  }

  addUndoing(id: InstanceId): void {
    const instance = this.state.instances[id];
    if (!instance || this.isUndoWanted(id)) return;
    this.list('undoing').push(id);
    this.countUndo(id, instance, 1);
  }

  removeUndoing(id: InstanceId): void {
    const place = this.places().get(id);
    if (place === undefined) return;
    remove(this.list('undoing'), id);
    this.undoPlaces.delete(id);
    for (const path of pathsOutwards(place)) this.undoingUnder?.set(path, (this.undoingUnder.get(path) ?? 0) - 1);
  }

  /** An undo is wanted and not finished in a body, or in a body inside it. */
  isUndoing(path: string): boolean {
    if (this.state.undoing.length === 0) return false;
    if (this.undoingUnder === null && this.state.undoing.length < MANY)
      return [...this.places().values()].some((place) => isWithin(place, path));
    if (this.undoingUnder === null) {
      this.undoingUnder = new Map();
      for (const place of this.places().values()) this.countUndoAt(place, 1);
    }
    return (this.undoingUnder.get(path) ?? 0) > 0;
  }

  private places(): Map<InstanceId, string> {
    if (this.undoPlaces.size === 0 && this.state.undoing.length > 0) {
      for (const id of this.state.undoing) {
        const instance = this.state.instances[id];
        this.undoPlaces.set(id, instance ? undoPlace(this.state, instance) : ROOT_PATH);
      }
    }
    return this.undoPlaces;
  }

  private countUndo(id: InstanceId, instance: StepInstance, change: 1): void {
    const place = undoPlace(this.state, instance);
    this.undoPlaces.set(id, place);
    if (this.undoingUnder) this.countUndoAt(place, change);
  }

  private countUndoAt(place: string, change: 1): void {
    for (const path of pathsOutwards(place)) this.undoingUnder?.set(path, (this.undoingUnder.get(path) ?? 0) + change);
  }

  private note(id: InstanceId): void {
    if (this.watched && !this.watched.instances.has(id)) this.watched.instances.set(id, this.state.instances[id]);
  }

  private putInstance(instance: StepInstance): void {
    this.note(instance.id);
    this.own('instances')[instance.id] = instance;
  }

  private countAlive(id: InstanceId, change: 1 | -1): void {
    const path = this.state.instances[id]?.path ?? ROOT_PATH;
    this.patchScope(path, { alive: (this.scope(path)?.alive ?? 0) + change });
  }

  private addMember(path: string, id: InstanceId): void {
    const scope = this.scope(path);
    if (!scope) return;
    if (this.owned.has(scope.members)) {
      (scope.members as InstanceId[]).push(id);
      return;
    }
    const members = [...scope.members, id];
    this.owned.add(members);
    this.patchScope(path, { members });
  }

  private patchScope(path: string, fields: Partial<ScopeState>): void {
    const scope = this.scope(path);
    if (scope) this.own('scopes')[scopeKey(path)] = { ...scope, ...fields };
  }

  private own<K extends RecordKey>(key: K): Writable<RunState[K]> {
    if (!this.owned.has(this.state[key])) {
      this.state[key] = { ...this.state[key] };
      this.owned.add(this.state[key]);
    }
    return this.state[key] as Writable<RunState[K]>;
  }

  private list(key: 'live' | 'undoing'): InstanceId[] {
    if (!this.owned.has(this.state[key])) {
      this.state[key] = [...this.state[key]];
      this.owned.add(this.state[key]);
    }
    return this.state[key] as InstanceId[];
  }
}

/** Where an undo goes on: for a loop that brings its items back, inside the loop. */
function undoPlace(state: RunState, instance: StepInstance): string {
  return isRecalling(state, instance) ? bodyPath(instance) : instance.path;
}

export const noChanges = (): Changes => ({
  instances: new Map(),
  incidents: new Map(),
  settled: new Set(),
  forgotten: new Map(),
});

function remove(list: InstanceId[], id: InstanceId): void {
  const at = list.indexOf(id);
  if (at >= 0) list.splice(at, 1);
}

const NOTHING: JsonObject = {};
const NO_ITEM: Json = null;

/** A loop before its first item or pass. */
export const NEW_LOOP: LoopState = { bodies: [], results: [], errors: [], failed: 0, undone: 0, size: 0, owing: [] };

export function newScope(opening: Opening): ScopeState {
  return {
    status: 'active',
    cause: null,
    then: null,
    failure: null,
    caught: null,
    pivot: null,
    savePoint: null,
    members: [],
    alive: 0,
    index: null,
    item: NO_ITEM,
    opened: 0,
    items: null,
    loop: null,
    output: null,
    variables: NOTHING,
    deadline: null,
    ...opening,
  };
}
