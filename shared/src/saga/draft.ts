/**
 * A run state that one batch of entries is folded into: records are copied at their first change and then changed in
 * place, so that folding n entries costs O(n) and not O(n * instances).
 */
import { ROOT_SCOPE } from './definition.js';
import type { TransitionId } from './definition.js';
import type { IncidentState, InstanceId, RunState, ScopeState, StepInstance } from './state.js';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export class Draft {
  private readonly state: Writable<RunState>;
  private readonly owned = new Set<'instances' | 'transitions' | 'incidents' | 'live' | 'undoing'>();

  constructor(base: RunState) {
    this.state = { ...base };
  }

  get view(): RunState {
    return this.state;
  }

  get scope(): ScopeState {
    return this.state.scopes[ROOT_SCOPE] ?? { status: 'active', cause: null, failure: null, pivot: null };
  }

  set(fields: Partial<Pick<RunState, 'seq' | 'status' | 'endedAt' | 'cancel' | 'output' | 'failure'>>): void {
    Object.assign(this.state, fields);
  }

  setScope(fields: Partial<ScopeState>): void {
    this.state.scopes = { ...this.state.scopes, [ROOT_SCOPE]: { ...this.scope, ...fields } };
  }

  putInstance(instance: StepInstance): void {
    this.own('instances', () => ({ ...this.state.instances }))[instance.id] = instance;
  }

  patch(id: InstanceId, fields: Partial<StepInstance>): void {
    const instance = this.state.instances[id];
    if (instance) this.putInstance({ ...instance, ...fields });
  }

  patchUndo(id: InstanceId, fields: Partial<StepInstance['undo']>): void {
    const instance = this.state.instances[id];
    if (instance) this.putInstance({ ...instance, undo: { ...instance.undo, ...fields } });
  }

  settleTransition(id: TransitionId, value: 'taken' | 'dead'): void {
    this.own('transitions', () => ({ ...this.state.transitions }))[id] = value;
  }

  putIncident(incident: IncidentState): void {
    this.own('incidents', () => ({ ...this.state.incidents }))[incident.id] = incident;
  }

  addLive(id: InstanceId): void {
    if (!this.state.live.includes(id)) this.list('live').push(id);
  }

  removeLive(id: InstanceId): void {
    this.remove('live', id);
  }

  addUndoing(id: InstanceId): void {
    if (!this.state.undoing.includes(id)) this.list('undoing').push(id);
  }

  removeUndoing(id: InstanceId): void {
    this.remove('undoing', id);
  }

  private own<K extends 'instances' | 'transitions' | 'incidents'>(
    key: K,
    copy: () => Writable<RunState[K]>,
  ): Writable<RunState[K]> {
    if (!this.owned.has(key)) {
      this.state[key] = copy() as Writable<RunState>[K];
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

  private remove(key: 'live' | 'undoing', id: InstanceId): void {
    if (!this.state[key].includes(id)) return;
    const list = this.list(key);
    list.splice(list.indexOf(id), 1);
  }
}
