/**
 * What the future of a run depends on, as a number: states that differ in time, numbers, data, or in the order of things that
 * did not cause one another, have the same one. That is the partial-order reduction: n independent steps lead to the product
 * of their outcomes, not to every order of them as well.
 *
 * A state's number is a sum over its parts, and parts are shared between a state and those that follow from it: only what an
 * entry has changed is looked at again. Two lanes of 32 bits make 53: among a million states the chance that any two share a
 * number by accident is below one in ten thousand.
 */
import type { SagaDefinition } from '../definition.js';
import { instanceAt, transitionKey } from '../paths.js';
import type { RunState, ScopeState, StepInstance } from '../state.js';

interface Lanes {
  readonly a: number;
  readonly b: number;
}

export class Identity {
  private readonly words = new Map<string, number>();
  private readonly instances = new WeakMap<StepInstance, Lanes>();
  private readonly scopes = new WeakMap<ScopeState, Lanes>();
  private readonly transitions = new WeakMap<RunState['transitions'], Lanes>();
  /** Joins that fire before everything has arrived: which of their branches they followed is part of the state (S16). */
  private readonly eagerJoins: ReadonlySet<string>;

  constructor(private readonly definition: SagaDefinition) {
    this.eagerJoins = new Set(
      Object.values(definition.steps)
        .filter((step) => step.kind === 'join' && step.mode.kind !== 'all')
        .map(({ id }) => id),
    );
  }

  of(state: RunState): number {
    let a = this.word(state.status) ^ this.word(state.admission?.status ?? null);
    let b = mix(a, SALT);
    const add = (lanes: Lanes) => {
      a = (a + lanes.a) | 0;
      b = (b + lanes.b) | 0;
    };
    for (const id in state.instances) {
      const instance = state.instances[id];
      if (!instance) continue;
      add(this.ofInstance(instance));
      if (this.eagerJoins.has(instance.step)) add(this.arrivalsOf(state, instance));
    }
    for (const key in state.scopes) {
      const scope = state.scopes[key];
      if (scope) add(this.ofScope(scope));
    }
    add(this.ofTransitions(state.transitions));
    for (const id of state.undoing) add(spread(mix(this.word(id), 3)));
    for (const id in state.incidents) add(spread(mix(this.word(id), state.incidents[id]?.resolved ? 5 : 7)));
    add(spread(mix(state.cancel === null ? 0 : 1, state.terminated === null ? 0 : 1)));
    return (a >>> 0) * 2 ** 21 + (b >>> 11);
  }

  private ofInstance(instance: StepInstance): Lanes {
    let lanes = this.instances.get(instance);
    if (lanes) return lanes;
    const { undo } = instance;
    const flags =
      Number(instance.doubtful) |
      (Number(instance.abandoned) << 1) |
      (Number(instance.parked) << 2) |
      (Number(instance.admitted) << 3) |
      (Number(instance.childCancelled) << 4) |
      (Number(instance.wakeAt !== null) << 5) |
      (Number(instance.settledSeq > 0) << 6) |
      (Number(undo.doubtful) << 7) |
      (Number(undo.repeat) << 8) |
      (Number(undo.settledSeq > 0) << 9) |
      (Math.min(instance.round, 7) << 10) |
      (Math.min(undo.round, 7) << 13) |
      (Math.min(instance.awaits.length, 31) << 16);
    let hash = mix(this.word(instance.id), this.word(instance.status));
    hash = mix(hash, this.word(undo.status));
    hash = mix(hash, this.word(instance.port));
    for (const port of instance.ports) hash = mix(hash, this.word(port));
    hash = mix(hash, this.word(instance.failure?.code ?? null));
    lanes = spread(mix(hash, flags));
    this.instances.set(instance, lanes);
    return lanes;
  }

  private ofScope(scope: ScopeState): Lanes {
    let lanes = this.scopes.get(scope);
    if (lanes) return lanes;
    let hash = mix(this.word(scope.path), this.word(scope.status));
    hash = mix(hash, this.word(scope.cause));
    hash = mix(hash, this.word(scope.then));
    hash = mix(hash, this.word(scope.failure?.code ?? null));
    hash = mix(hash, this.word(scope.caught?.code ?? null));
    hash = mix(hash, this.word(scope.pivot));
    hash = mix(hash, this.word(scope.savePoint));
    hash = mix(hash, scope.alive * 64 + scope.opened);
    lanes = spread(mix(hash, scope.items?.length ?? -1));
    this.scopes.set(scope, lanes);
    return lanes;
  }

  private ofTransitions(transitions: RunState['transitions']): Lanes {
    let lanes = this.transitions.get(transitions);
    if (lanes) return lanes;
    let sum = 0;
    let other = 0;
    for (const key in transitions) {
      const hash = mix(this.word(key), transitions[key] === 'taken' ? 1 : 2);
      sum = (sum + hash) | 0;
      other = (other + mix(hash, SALT)) | 0;
    }
    lanes = { a: sum, b: other };
    this.transitions.set(transitions, lanes);
    return lanes;
  }

  private arrivalsOf(state: RunState, join: StepInstance): Lanes {
    let bits = 1;
    for (const id of this.definition.steps[join.step]?.incoming ?? []) {
      const taken = state.transitions[transitionKey(id, join.path)] === 'taken';
      const source = taken ? instanceAt(state, this.definition.transitions[id]?.from ?? '', join.path) : undefined;
      const before = source !== undefined && source.settledSeq > 0 && source.settledSeq <= join.readySeq;
      bits = (bits * 2 + Number(before)) | 0;
    }
    return spread(mix(this.word(join.id), bits));
  }

  private word(text: string | null): number {
    if (text === null) return 1;
    let hash = this.words.get(text);
    if (hash === undefined) {
      hash = 0x811c9dc5;
      for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
      hash = mix(hash, text.length);
      this.words.set(text, hash);
    }
    return hash;
  }
}

const SALT = 0x27d4eb2f;

/** @see Appleby, "MurmurHash3" (public domain): its finaliser, over two numbers */
function mix(a: number, b: number): number {
  let hash = Math.imul(a ^ Math.imul(b + 0x9e3779b9, 0x85ebca6b), 0xc2b2ae35);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}

const spread = (hash: number): Lanes => ({ a: hash, b: mix(hash, SALT) });
