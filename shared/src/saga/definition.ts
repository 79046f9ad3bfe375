/**
 * What a drawing compiles to: an immutable, self-contained description that `evolve` and `decide` interpret.
 *
 * Tokens run over transitions. Every transition of a scope is settled exactly once per scope instance: `taken` or `dead`
 * (dead-path elimination), so a join always learns what can still arrive and no join waits for a branch not taken.
 *
 * Containers (scope, for-each, repeat) are steps of the scope they lie in, and scopes of the steps that lie in them: the
 * scope's id is the container's step id. Their `entry` and `handler` transitions lead inside.
 */
import type {
  EffectClass,
  Json,
  JsonObject,
  NodeId,
  RaceArm,
  RetryPolicy,
  TaskSettings,
  TriggerNode,
} from './imports.js';

export type StepId = NodeId;
export type TransitionId = string;
export type ScopeId = string;

export const ROOT_SCOPE: ScopeId = 'root';

/** Up to so many items or passes of a loop a run keeps every one in mind. */
export const FORGETS_BEYOND = 1000;

export interface SagaDefinition {
  readonly formatVersion: 2;
  readonly triggers: Readonly<Record<NodeId, TriggerDefinition>>;
  readonly steps: Readonly<Record<StepId, StepDefinition>>;
  readonly transitions: Readonly<Record<TransitionId, Transition>>;
  readonly scopes: Readonly<Record<ScopeId, ScopeDefinition>>;
  /** Topological order of all steps, containers before what lies in them; ties by the graph's order. */
  readonly order: readonly StepId[];
  /** Start values of the run's variables; templates are not allowed in them. */
  readonly variables: JsonObject;
  /** A run not over after that many milliseconds is cancelled (S10, S25). */
  readonly deadlineMs: number | null;
  /**
   * A loop with more items or passes than that is forgotten item by item (forget.ts); absent = {@link FORGETS_BEYOND}.
   */
  readonly forgetsBeyond?: number;
  /** How many runs go on at a time per key (S30); absent = as many as there are. */
  readonly concurrency?: RunLimitDefinition;
}

/** `key` is a template over `trigger`, `run` and `env`; `debounceMs` is there when the policy is `debounce`. */
export interface RunLimitDefinition {
  readonly key: string;
  readonly limit: number;
  readonly policy: RunPolicy;
  readonly debounceMs: number | null;
}

/** What becomes of a run for which there is no place. */
export type RunPolicy = 'queue' | 'reject' | 'cancel-older' | 'cancel-newer' | 'debounce';

/** What the trigger's kind needs besides is in `settings`: the node as drawn, without its place. */
export interface TriggerDefinition {
  readonly id: NodeId;
  readonly kind: TriggerNode['kind'];
  readonly name: string;
  readonly outgoing: readonly TransitionId[];
  readonly settings: TriggerSettings;
}

type WithoutDrawing<T> = T extends unknown ? Omit<T, 'id' | 'name' | 'position' | 'parent' | 'note' | 'sample'> : never;
export type TriggerSettings = WithoutDrawing<TriggerNode>;

export interface Transition {
  readonly id: TransitionId;
  /** A step, a trigger, or (ports `body`, `handler`) the container that the target lies in. */
  readonly from: NodeId;
  readonly port: string;
  readonly to: StepId;
}

export interface ScopeDefinition {
  readonly id: ScopeId;
  readonly parent: ScopeId | null;
  /** Steps that lie directly in it, in topological order. */
  readonly steps: readonly StepId[];
  /** Where a failure inside leads before anything is undone (S13); none = the scope fails. */
  readonly handler: readonly TransitionId[];
}

/** One call of a connector operation; `input` is a template. */
export interface Operation {
  readonly connector: string;
  readonly operation: string;
  readonly input: JsonObject;
}

/** S2. `pure` steps carry `none`; `undeclared` is what the author forgot (a warning, an error when strict). */
export type UndoDefinition =
  | { readonly kind: 'none' }
  | { readonly kind: 'undeclared' }
  | { readonly kind: 'not-needed'; readonly reason: string }
  | { readonly kind: 'irreversible' }
  | { readonly kind: 'pivot' }
  /** The child run is undone by its own undo (S18). */
  | {
      readonly kind: 'child';
      readonly retry: RetryPolicy;
      readonly attemptTimeoutMs: number;
      readonly effect: EffectClass;
    }
  | ({
      readonly kind: 'compensation';
      readonly name: string;
      readonly effect: EffectClass;
      readonly retry: RetryPolicy;
      readonly attemptTimeoutMs: number;
    } & Operation);

export type OnFailure = 'fail' | 'continue' | 'error-edge' | 'park';

interface StepBase {
  readonly id: StepId;
  /** `steps.<key>` in expressions. */
  readonly key: string;
  readonly name: string;
  /** The scope it lies in. */
  readonly scope: ScopeId;
  readonly incoming: readonly TransitionId[];
  readonly outgoing: Readonly<Record<string, readonly TransitionId[]>>;
  readonly effect: EffectClass;
  readonly undo: UndoDefinition;
  readonly onFailure: OnFailure;
  /** Running out of time leaves through the port `timeout`. */
  readonly timeoutEdge: boolean;
  /** Template; true = the step is passed over. */
  readonly skipWhen: string | null;
}

/** How a step with an outside effect is attempted. */
interface Attempted {
  readonly retry: RetryPolicy;
  readonly attemptTimeoutMs: number;
  readonly totalTimeoutMs: number | null;
  /** Template of the participant's key; null = the engine's own (S4). */
  readonly idempotencyKey: string | null;
  readonly concurrency: {
    readonly key: string;
    readonly limit: number;
    /** Without a place: stand in line (also when absent), or fail. */
    readonly policy?: 'queue' | 'reject' | undefined;
  } | null;
  readonly rate: { readonly key: string; readonly limit: number; readonly perMs: number } | null;
}

/** A body of its own. `timeoutMs` bounds the whole, all items and passes included. */
interface Contains {
  readonly entry: readonly TransitionId[];
  readonly timeoutMs: number | null;
}

export interface CaseDefinition {
  readonly id: string;
  readonly label: string;
  readonly when: string;
}

export type Delay =
  { readonly kind: 'for'; readonly durationMs: number } | { readonly kind: 'until'; readonly instant: string };

export type StepDefinition = StepBase &
  (
    | ({ readonly kind: 'action' } & Operation & Attempted)
    | { readonly kind: 'transform'; readonly values: Json; readonly assign: JsonObject | null }
    | { readonly kind: 'code'; readonly source: string; readonly input: JsonObject; readonly timeoutMs: number }
    | { readonly kind: 'branch'; readonly cases: readonly CaseDefinition[] }
    | { readonly kind: 'inclusive'; readonly cases: readonly CaseDefinition[] }
    | { readonly kind: 'parallel' }
    | {
        readonly kind: 'join';
        readonly mode: JoinMode;
        /** Steps between the fork and this join; only for joins that cancel their losers (S27). */
        readonly region: readonly StepId[];
      }
    | { readonly kind: 'race'; readonly arms: readonly RaceArm[] }
    | ({
        readonly kind: 'for-each';
        readonly items: string;
        /** Items under way at a time; 1 = one after another, in causal order. */
        readonly limit: number;
        readonly onItemFailure: 'fail' | 'continue' | 'collect';
        /** What is kept of the items' results; absent = all. */
        readonly results?: 'all' | 'none';
      } & Contains)
    | ({
        readonly kind: 'repeat';
        readonly until: string;
        readonly test: 'before' | 'after';
        readonly maxPasses: number;
        readonly onBound: 'fail' | 'continue';
      } & Contains)
    | ({
        readonly kind: 'scope';
        readonly variables: JsonObject;
        readonly savePoint: boolean;
        readonly undoAsUnit: boolean;
      } & Contains)
    | { readonly kind: 'delay'; readonly delay: Delay }
    | {
        readonly kind: 'wait';
        readonly event: Extract<RaceArm, { kind: 'event' }>['event'];
        readonly timeoutMs: number | null;
      }
    | { readonly kind: 'task'; readonly task: TaskSettings; readonly timeoutMs: number | null }
    | ({
        readonly kind: 'call';
        readonly workflow: string;
        readonly version: { readonly kind: 'latest' } | { readonly kind: 'pinned'; readonly number: number };
        readonly input: JsonObject;
        readonly mode: 'wait' | 'forget';
      } & Attempted)
    | {
        readonly kind: 'respond';
        readonly status: number;
        readonly headers: Readonly<Record<string, string>>;
        readonly body: Json | null;
      }
    | { readonly kind: 'end'; readonly output: Json | null }
    | { readonly kind: 'fail'; readonly code: string; readonly message: string }
    | { readonly kind: 'terminate'; readonly output: Json | null }
  );

export type StepOf<K extends StepDefinition['kind']> = Extract<StepDefinition, { kind: K }>;
export type ContainerStep = StepOf<'scope' | 'for-each' | 'repeat'>;
/** Steps that reach outside by attempts, with an intent before each. */
export type AttemptedStep = StepOf<'action' | 'call'>;

export function isContainerStep(step: StepDefinition): step is ContainerStep {
  return step.kind === 'scope' || step.kind === 'for-each' || step.kind === 'repeat';
}

export function isAttempted(step: StepDefinition): step is AttemptedStep {
  return step.kind === 'action' || step.kind === 'call';
}

/** Undone by an attempt of its own: an operation, or the undo of a child run. */
export function isCompensatable(
  undo: UndoDefinition,
): undo is Extract<UndoDefinition, { kind: 'compensation' | 'child' }> {
  return undo.kind === 'compensation' || undo.kind === 'child';
}

export type JoinMode =
  | { readonly kind: 'all' }
  | { readonly kind: 'any'; readonly losers: 'cancel' | 'ignore' }
  | { readonly kind: 'n-of-m'; readonly n: number; readonly losers: 'cancel' | 'ignore' };
