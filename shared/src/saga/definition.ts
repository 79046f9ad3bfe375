/**
 * What a drawing compiles to: an immutable, self-contained description that `evolve` and `decide` interpret.
 *
 * Tokens run over transitions. Every transition of a scope is settled exactly once per scope instance: `taken` or `dead`
 * (dead-path elimination), so a join always learns what can still arrive and no join waits for a branch not taken.
 */
import type { EffectClass, Json, JsonObject, NodeId, RetryPolicy, WebhookScheme } from './imports.js';

export type StepId = NodeId;
export type TransitionId = string;
export type ScopeId = string;

export const ROOT_SCOPE: ScopeId = 'root';

export interface SagaDefinition {
  readonly formatVersion: 1;
  readonly triggers: Readonly<Record<NodeId, TriggerDefinition>>;
  readonly steps: Readonly<Record<StepId, StepDefinition>>;
  readonly transitions: Readonly<Record<TransitionId, Transition>>;
  readonly scopes: Readonly<Record<ScopeId, ScopeDefinition>>;
  /** Topological order of all steps; ties by the graph's order. Undo numbers and every iteration follow it. */
  readonly order: readonly StepId[];
}

export interface TriggerDefinition {
  readonly id: NodeId;
  readonly kind: 'trigger.webhook' | 'trigger.manual';
  readonly name: string;
  readonly scheme?: WebhookScheme;
  readonly outgoing: readonly TransitionId[];
}

export interface Transition {
  readonly id: TransitionId;
  readonly from: NodeId;
  readonly port: string;
  readonly to: StepId;
}

export interface ScopeDefinition {
  readonly id: ScopeId;
  readonly parent: ScopeId | null;
  readonly steps: readonly StepId[];
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
  | ({
      readonly kind: 'compensation';
      readonly name: string;
      readonly effect: EffectClass;
      readonly retry: RetryPolicy;
      readonly attemptTimeoutMs: number;
    } & Operation);

interface StepBase {
  readonly id: StepId;
  /** `steps.<key>` in expressions. */
  readonly key: string;
  readonly name: string;
  readonly scope: ScopeId;
  readonly incoming: readonly TransitionId[];
  readonly outgoing: Readonly<Record<string, readonly TransitionId[]>>;
  readonly effect: EffectClass;
  readonly undo: UndoDefinition;
}

export type StepDefinition = StepBase &
  (
    | ({
        readonly kind: 'action';
        readonly retry: RetryPolicy;
        readonly attemptTimeoutMs: number;
        readonly onFailure: 'fail' | 'continue' | 'error-edge';
      } & Operation)
    | { readonly kind: 'transform'; readonly values: Json }
    | {
        readonly kind: 'branch';
        readonly cases: readonly { readonly id: string; readonly label: string; readonly when: string }[];
      }
    | { readonly kind: 'parallel' }
    | {
        readonly kind: 'join';
        readonly mode: JoinMode;
        /** Steps between the fork and this join; only for joins that cancel their losers (S27). */
        readonly region: readonly StepId[];
      }
    | {
        readonly kind: 'delay';
        readonly delay:
          { readonly kind: 'for'; readonly durationMs: number } | { readonly kind: 'until'; readonly instant: string };
      }
    | { readonly kind: 'end'; readonly output: Json | null }
    | { readonly kind: 'fail'; readonly code: string; readonly message: string }
  );

export type StepOf<K extends StepDefinition['kind']> = Extract<StepDefinition, { kind: K }>;

export type JoinMode =
  | { readonly kind: 'all' }
  | { readonly kind: 'any'; readonly losers: 'cancel' | 'ignore' }
  | { readonly kind: 'n-of-m'; readonly n: number; readonly losers: 'cancel' | 'ignore' };
