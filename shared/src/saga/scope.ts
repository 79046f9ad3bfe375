import type { Json } from './imports.js';
import type { SagaDefinition } from './definition.js';
import type { Direction } from './instance.js';
import type { InstanceId, RunState } from './state.js';

/** What templates can see: journaled data only (S6). */
export type ExpressionScope = Readonly<Record<string, unknown>>;

/** Evaluates a template; throws `FailureError` (`expression.*`). Injected, so that the core carries no evaluator. */
export type Evaluate = (template: Json, scope: ExpressionScope) => Promise<Json>;

/**
 * Names that a template of an instance can use: `trigger`, `steps`, `run`; for undo templates `step` as well.
 *
 * @param instance the step whose template is evaluated; null for the run as a whole
 */
export function expressionScope(
  definition: SagaDefinition,
  state: RunState,
  instance: InstanceId | null,
  direction: Direction,
): ExpressionScope {
  const { data, headers, id, type, source, time, subject } = state.event;
  const steps: Record<string, { output: Json; status: string; error: Json }> = {};
  for (const each of Object.values(state.instances)) {
    const step = definition.steps[each.step];
    if (!step || each.settledSeq === 0) continue;
    const failed = each.status === 'failed' || each.status === 'unknown';
    steps[step.key] = { output: each.output, status: each.status, error: failed ? (each.failure as Json) : null };
  }
  const scope = {
    trigger: { data, headers, id, type, source, time, subject },
    steps,
    run: { id: state.runId, startedAt: new Date(state.startedAt).toISOString() },
  };
  const own = instance === null ? undefined : state.instances[instance];
  return direction === 'undo' && own ? { ...scope, step: { input: own.input, output: own.output } } : scope;
}
