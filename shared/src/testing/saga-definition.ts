/** Saga definitions for tests of the engine: a chain of steps, written as a list. */
import type { Json, JsonObject } from '../kernel/index.js';
import type { RetryPolicy } from '../graph/index.js';
import type { SagaDefinition, StepDefinition, Transition } from '../saga/index.js';

export type ChainStep =
  | {
      readonly kind: 'action';
      readonly id: string;
      readonly operation: string;
      readonly input?: JsonObject;
      readonly undo?: { readonly operation: string; readonly input: JsonObject };
      readonly effect?: 'keyed' | 'at-most-once';
    }
  | { readonly kind: 'delay'; readonly id: string; readonly durationMs: number }
  | { readonly kind: 'transform'; readonly id: string; readonly values: Json };

export interface ChainOptions {
  readonly connector?: string;
  readonly retry?: Partial<RetryPolicy>;
  readonly attemptTimeoutMs?: number;
}

type StepFrame = Pick<
  StepDefinition,
  | 'id'
  | 'key'
  | 'name'
  | 'scope'
  | 'incoming'
  | 'outgoing'
  | 'effect'
  | 'undo'
  | 'onFailure'
  | 'timeoutEdge'
  | 'skipWhen'
>;

/** Trigger `start`, the steps one after another, an end. Actions are keyed unless told otherwise. */
export function chain(steps: readonly ChainStep[], options: ChainOptions = {}): SagaDefinition {
  const { connector = 'shop', attemptTimeoutMs = 2000 } = options;
  const retry: RetryPolicy = {
    maxAttempts: 5,
    initialDelayMs: 20,
    factor: 2,
    maxDelayMs: 500,
    jitter: 'full',
    retryOn: [],
    neverRetryOn: [],
    ...options.retry,
  };
  const ids = ['start', ...steps.map((step) => step.id), 'end'];
  const transitions: Transition[] = ids
    .slice(1)
    .map((to, index) => ({ id: `t${index + 1}`, from: ids[index] ?? '', port: 'out', to }));
  const common = (id: string, position: number): StepFrame => ({
    id,
    key: id,
    name: id,
    scope: 'root',
    incoming: [`t${position}`],
    outgoing: position > steps.length ? {} : { out: [`t${position + 1}`] },
    effect: 'pure',
    undo: { kind: 'none' },
    onFailure: 'fail',
    timeoutEdge: false,
    skipWhen: null,
  });
  const definitions = steps.map((step, index): StepDefinition => {
    const base = common(step.id, index + 1);
    switch (step.kind) {
      case 'delay':
        return { ...base, kind: 'delay', delay: { kind: 'for', durationMs: step.durationMs } };
      case 'transform':
        return { ...base, kind: 'transform', values: step.values, assign: null };
      case 'action': {
        const { operation, input = {}, effect = 'keyed', undo } = step;
        return {
          ...base,
          kind: 'action',
          effect,
          connector,
          operation,
          input,
          retry,
          attemptTimeoutMs,
          totalTimeoutMs: null,
          idempotencyKey: null,
          concurrency: null,
          rate: null,
          undo:
            undo === undefined
              ? { kind: 'not-needed', reason: 'test' }
              : {
                  kind: 'compensation',
                  name: undo.operation,
                  effect: 'keyed',
                  connector,
                  operation: undo.operation,
                  input: undo.input,
                  retry: { ...retry, maxAttempts: 100 },
                  attemptTimeoutMs,
                },
        };
      }
    }
  });
  const end: StepDefinition = { ...common('end', ids.length - 1), kind: 'end', output: null };
  return {
    formatVersion: 2,
    triggers: {
      start: {
        id: 'start',
        kind: 'trigger.manual',
        name: 'Start',
        outgoing: ['t1'],
        settings: { kind: 'trigger.manual' },
      },
    },
    steps: Object.fromEntries([...definitions, end].map((step) => [step.id, step])),
    transitions: Object.fromEntries(transitions.map((transition) => [transition.id, transition])),
    scopes: { root: { id: 'root', parent: null, steps: ids.slice(1), handler: [] } },
    order: ids.slice(1),
    variables: {},
    deadlineMs: null,
  };
}
