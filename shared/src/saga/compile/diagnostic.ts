import type { EdgeId, NodeId } from '../../graph/index.js';
import type { QuickFix } from './quick-fix.js';

/** Every id that `compile` can give; each is explained in docs/diagnostics.md. */
export const DIAGNOSTIC_IDS = [
  'trigger.missing',
  'trigger.incoming',
  'trigger.unconnected',
  'trigger.inside',
  'trigger.called-doubled',
  'trigger.schedule-invalid',
  'trigger.time-zone-unknown',
  'trigger.connector-unknown',
  'trigger.order-unreadable',
  'end.missing',
  'end.outgoing',
  'step.unreachable',
  'step.no-exit',
  'step.always-skipped',
  'branch.case-unconnected',
  'branch.dead',
  'edge.dangling',
  'edge.port-unknown',
  'edge.duplicate',
  'edge.crosses-border',
  'port.implicit-parallel',
  'port.id-taken',
  'parent.invalid',
  'flow.cycle',
  'flow.fires-twice',
  'parallel.single',
  'join.single-input',
  'join.never-fires',
  'join.losers-escape',
  'join.pivot-among-losers',
  'container.empty',
  'handler.meets-body',
  'savepoint.resume-missing',
  'savepoint.resume-unused',
  'savepoint.resume-meets',
  'savepoint.ignored',
  'loop.unbounded-effects',
  'loop.constant-condition',
  'race.arm-unconnected',
  'race.single',
  'task.outcome-unconnected',
  'task.too-late',
  'task.form-invalid',
  'wait.no-timeout',
  'wait.uncorrelated',
  'filter.invalid',
  'timeout.never',
  'timeout.total-too-short',
  'deadline.too-short',
  'concurrency.reads-later',
  'concurrency.no-quiet-time',
  'concurrency.one-at-a-time',
  'name.duplicate',
  'connector.unknown',
  'operation.unknown',
  'credential.missing',
  'input.missing',
  'input.type-mismatch',
  'effect.weakened',
  'workflow.unknown',
  'workflow.not-callable',
  'code.syntax',
  'code.no-return',
  'key.constant',
  'secret.plain',
  'output.unused',
  'respond.doubled',
  'respond.missing',
  'respond.nobody',
  'template.syntax',
  'template.not-allowed',
  'reference.unknown-root',
  'reference.unknown-step',
  'reference.unknown-variable',
  'reference.unknown-field',
  'reference.wrong-place',
  'reference.inside-loop',
  'reference.not-yet',
  'reference.uncertain',
  'undo.undeclared',
  'undo.reads-later',
  'undo.reads-missing',
  'undo.unneeded',
  'retry.at-most-once',
  'failure.error-edge-missing',
  'failure.error-edge-unused',
  'failure.timeout-edge-missing',
  'failure.timeout-edge-unused',
  'pivot.doubled',
  'pivot.parallel',
  'pivot.in-loop',
  'pivot.in-unit',
  'irreversible.early',
] as const;

export type DiagnosticId = (typeof DIAGNOSTIC_IDS)[number];

/** Something the author should know. `error` keeps the workflow from being published; a `hint` only tells. */
export interface Diagnostic {
  readonly id: DiagnosticId;
  readonly level: 'error' | 'warning' | 'hint';
  /** Names the thing and the way out. */
  readonly message: string;
  readonly node: NodeId | null;
  readonly edge: EdgeId | null;
  /** Dotted path of the field inside the node; of the settings of the workflow when there is no node (`settings.deadlineMs`). */
  readonly field: string | null;
  /** What can be done about it at once, the likeliest first; see `applyQuickFix`. */
  readonly fixes: readonly QuickFix[];
}

export interface Place {
  readonly node?: NodeId;
  readonly edge?: EdgeId;
  readonly field?: string;
}

export type Report = (
  level: Diagnostic['level'],
  id: DiagnosticId,
  message: string,
  place?: Place,
  fixes?: readonly (QuickFix | null)[],
) => void;
