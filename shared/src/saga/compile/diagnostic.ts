import type { EdgeId, NodeId } from '../../graph/index.js';

/** Every id that `compile` can give; each is explained in docs/diagnostics.md. */
export const DIAGNOSTIC_IDS = [
  'trigger.missing',
  'trigger.incoming',
  'trigger.unconnected',
  'end.missing',
  'end.outgoing',
  'step.unreachable',
  'step.no-exit',
  'branch.case-unconnected',
  'branch.dead',
  'edge.dangling',
  'edge.port-unknown',
  'edge.duplicate',
  'port.implicit-parallel',
  'flow.cycle',
  'flow.fires-twice',
  'parallel.single',
  'join.single-input',
  'join.never-fires',
  'join.losers-escape',
  'join.pivot-among-losers',
  'name.duplicate',
  'connector.unknown',
  'operation.unknown',
  'input.missing',
  'effect.weakened',
  'template.syntax',
  'reference.unknown-root',
  'reference.unknown-step',
  'reference.not-yet',
  'reference.uncertain',
  'undo.undeclared',
  'undo.reads-later',
  'undo.unneeded',
  'retry.at-most-once',
  'failure.error-edge-missing',
  'failure.error-edge-unused',
  'pivot.doubled',
  'pivot.parallel',
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
  /** Dotted path of the field inside the node. */
  readonly field: string | null;
}

export type Report = (
  level: Diagnostic['level'],
  id: DiagnosticId,
  message: string,
  place?: { readonly node?: NodeId; readonly edge?: EdgeId; readonly field?: string },
) => void;
