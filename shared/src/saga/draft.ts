/**
 * A run state that one batch of entries is folded into: records are copied at their first change and then changed in
 * place, so that folding n entries costs O(n) and not O(n * instances).
 *
 * Keeps two counts true by itself: which instances lie in which body (`members`), and how many of them live (`alive`).
 */
import type { TransitionId } from './definition.js';
import type { InstanceRef } from './instance.js';
import { readyInstance } from './instance.js';
import { ROOT_PATH, scopeAt, scopeKey, transitionKey } from './paths.js';
import type { IncidentState, InstanceId, RunState, ScopeState, StepInstance } from './state.js';
import type { Json, JsonObject } from './imports.js';

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type RecordKey = 'instances' | 'generations' | 'transitions' | 'incidents' | 'scopes';

/** What a body has from its opening on. */
export type Opening = Pick<ScopeState, 'path' | 'container'> &
  Partial<Pick<ScopeState, 'index' | 'item' | 'items' | 'variables' | 'deadline' | 'pivot'>>;

export class Draft {
  private readonly state: Writable<RunState>;
  private readonly owned = new Set<RecordKey | 'live' | 'undoing'>();
  private readonly ownedMembers = new Set<string>();
  /** Instant of the entry that is being folded. */
  at = 0;

  constructor(base: RunState) {
    this.state = { ...base };
  }

  get view(): RunState {
    return this.state;
  }

  scope(path: string): ScopeState | undefined {
    return scopeAt(this.state, path);
  }

  set(
    fields: Partial<
      Pick<
        RunState,
        'seq' | 'status' | 'endedAt' | 'admission' | 'cancel' | 'terminated' | 'response' | 'output' | 'failure'
      >
    >,
  ): void {
    Object.assign(this.state, fields);
  }

  openScope(opening: Opening): void {
    this.own('scopes')[scopeKey(opening.path)] = newScope(opening);
  }

  setScope(path: string, fields: Partial<Omit<ScopeState, 'members' | 'alive'>>): void {
    this.patchScope(path, fields);
  }

  /** Of a loop: how many of its bodies are at work. */
  countBody(loop: string, change: 1 | -1): void {
    this.patchScope(loop, { alive: (this.scope(loop)?.alive ?? 0) + change });
  }

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

  settleTransition(key: TransitionId, value: 'taken' | 'dead'): void {
    this.own('transitions')[key] = value;
  }

  /** The transition will be settled anew (S21, resume forward). */
  unsettleTransition(key: TransitionId): void {
    Reflect.deleteProperty(this.own('transitions'), key);
  }

  /** From now on the step at this path is meant in its next generation. */
  nextGeneration(step: string, path: string): number {
    const key = transitionKey(step, path);
    const next = (this.state.generations[key] ?? 1) + 1;
    this.own('generations')[key] = next;
    return next;
  }

  putIncident(incident: IncidentState): void {
    this.own('incidents')[incident.id] = incident;
  }

  isLive(id: InstanceId): boolean {
    return this.state.live.includes(id);
  }

  addLive(id: InstanceId): void {
    if (this.isLive(id)) return;
    this.list('live').push(id);
    this.countAlive(id, 1);
  }

  removeLive(id: InstanceId): void {
    if (this.remove('live', id)) this.countAlive(id, -1);
  }

  addUndoing(id: InstanceId): void {
    if (!this.state.undoing.includes(id)) this.list('undoing').push(id);
  }

  removeUndoing(id: InstanceId): void {
    this.remove('undoing', id);
  }

  private putInstance(instance: StepInstance): void {
    this.own('instances')[instance.id] = instance;
  }

  private countAlive(id: InstanceId, change: 1 | -1): void {
    const path = this.state.instances[id]?.path ?? ROOT_PATH;
    this.patchScope(path, { alive: (this.scope(path)?.alive ?? 0) + change });
  }

  private addMember(path: string, id: InstanceId): void {
    const scope = this.scope(path);
    if (!scope) return;
    if (this.ownedMembers.has(path)) {
      (scope.members as InstanceId[]).push(id);
      return;
    }
    this.ownedMembers.add(path);
    this.patchScope(path, { members: [...scope.members, id] });
  }

  private patchScope(path: string, fields: Partial<ScopeState>): void {
    const scope = this.scope(path);
    if (scope) this.own('scopes')[scopeKey(path)] = { ...scope, ...fields };
  }

  private own<K extends RecordKey>(key: K): Writable<RunState[K]> {
    if (!this.owned.has(key)) {
      this.state[key] = { ...this.state[key] };
      this.owned.add(key);
    }
    return this.state[key] as Writable<RunState[K]>;
  }

  private list(key: 'live' | 'undoing'): InstanceId[] {
    if (!this.owned.has(key)) {
      this.state[key] = [...this.state[key]];
      this.owned.add(key);
    }
    return this.state[key] as InstanceId[];
  }

  private remove(key: 'live' | 'undoing', id: InstanceId): boolean {
    if (!this.state[key].includes(id)) return false;
    const list = this.list(key);
    list.splice(list.indexOf(id), 1);
    return true;
  }
}

const NOTHING: JsonObject = {};
const NO_ITEM: Json = null;

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
    output: null,
    variables: NOTHING,
    deadline: null,
    ...opening,
  };
}
