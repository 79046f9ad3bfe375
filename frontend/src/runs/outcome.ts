/**
 * What a run has come to, for the first glance (R21, R25): why it turned around, and what of its effects is undone.
 * Pure; equal journals give equal answers.
 */
import { undoPlan } from '@sagawright/shared/saga';
import type { Entry, InstanceId, NotUndone, RunState, SagaDefinition } from '@sagawright/shared/saga';
import type { Failure } from '@sagawright/shared/kernel';
import { instanceName } from './attempts.js';

export type Cause =
  | {
      readonly kind: 'failure';
      /** null when the failure belongs to no step. */
      readonly instance: InstanceId | null;
      readonly name: string;
      readonly attempts: number;
      readonly failure: Failure;
    }
  /** Somebody wished it. */
  | { readonly kind: 'cancel' | 'terminate' | 'undo'; readonly by: string; readonly reason: string };

export interface UndoItem {
  readonly instance: InstanceId;
  /** Name of the compensation. */
  readonly name: string;
  /** 1 runs first. */
  readonly order: number;
  /** `by-hand`: the undo did not run to its end; a person said that the effect is undone. */
  readonly status: 'open' | 'running' | 'done' | 'by-hand' | 'stuck';
  /** Who said so, and what they noted; only for `by-hand`. */
  readonly marked: { readonly by: string; readonly note: string } | null;
}

export interface Outcome {
  readonly cause: Cause;
  /** In the order in which they run. */
  readonly undos: readonly UndoItem[];
  /** Undone by their compensations. */
  readonly done: number;
  /** Marked as undone by a person. */
  readonly byHand: number;
  readonly stuck: boolean;
  /** Effects that stay although the run turned around, with the reason in words. */
  readonly left: readonly { readonly instance: InstanceId; readonly name: string; readonly reason: string }[];
}

const STAYS: Record<NotUndone, string> = {
  irreversible: 'cannot be undone',
  'not-needed': 'needs no undo',
  undeclared: 'declares no undo',
  pivot: 'is the pivot',
  'before-pivot': 'lies before the pivot',
  skipped: 'left by a person’s decision',
};

/** Why an effect stays, in words. */
export function stayWords(reason: NotUndone): string {
  return STAYS[reason];
}

/** @returns null while the run goes forward, and when it ended well */
export function outcomeOf(
  definition: SagaDefinition,
  state: RunState | null,
  entries: readonly Entry[],
): Outcome | null {
  if (state === null) return null;
  const cause = causeOf(definition, state, entries);
  if (cause === null) return null;
  const plan = undoPlan(definition, state);
  const marks = marksOf(state, entries);
  // Where nothing more will be undone, what is not undone stays.
  const over = state.status === 'terminated';
  const planned = plan.steps
    .map(({ instance, name, order }): UndoItem => {
      const marked = marks.get(instance) ?? null;
      return { instance, name, order, marked, status: marked === null ? undoStatus(state, instance) : 'by-hand' };
    })
    .sort((a, b) => a.order - b.order);
  const undos = planned.filter(({ status }) => !over || isOver(status));
  const stays = plan.notUndone
    .filter(({ reason }) => reason !== 'not-needed' && reason !== 'pivot')
    .map(({ instance, reason }) => ({ instance, reason: stayWords(reason) }));
  const lost = planned
    .filter(({ status }) => over && !isOver(status))
    .map(({ instance }) => ({ instance, reason: 'the run was ended without undo' }));
  return {
    cause,
    undos,
    done: undos.filter((each) => each.status === 'done').length,
    byHand: undos.filter((each) => each.status === 'by-hand').length,
    stuck: undos.some((each) => each.status === 'stuck'),
    left: [...lost, ...stays].map((each) => ({ ...each, name: instanceName(definition, each.instance) })),
  };
}

function isOver(status: UndoItem['status']): boolean {
  return status === 'done' || status === 'by-hand';
}

/** Undos that a person marked as done, and that stand so. */
export function marksOf(
  state: RunState,
  entries: readonly Entry[],
): ReadonlyMap<InstanceId, NonNullable<UndoItem['marked']>> {
  const marks = new Map<InstanceId, NonNullable<UndoItem['marked']>>();
  for (const entry of entries) {
    if (entry.type !== 'incident.resolved' || entry.resolution.kind !== 'done') continue;
    const incident = state.incidents[entry.incident];
    const undo = incident?.direction === 'undo' ? state.instances[incident.instance]?.undo : undefined;
    if (incident === undefined || undo?.status !== 'done' || undo.settledSeq !== entry.seq) continue;
    marks.set(incident.instance, { by: entry.by.name, note: entry.resolution.note });
  }
  return marks;
}

function causeOf(definition: SagaDefinition, state: RunState, entries: readonly Entry[]): Cause | null {
  const ended = entries.findLast((entry) => entry.type === 'run.terminate-requested');
  if (ended !== undefined) return { kind: 'terminate', by: ended.by.name, reason: ended.reason };
  const undone = entries.findLast((entry) => entry.type === 'run.undo-requested');
  if (undone !== undefined) return { kind: 'undo', by: undone.by.name, reason: undone.reason };
  const root = state.scopes['root'];
  const failure = root?.failure ?? state.failure;
  const wished = entries.findLast((entry) => entry.type === 'run.cancel-requested');
  if (wished !== undefined && (root?.cause === 'cancel' || failure === null)) {
    return { kind: 'cancel', by: wished.by.name, reason: wished.reason };
  }
  if (failure === null) return null;
  const failed = Object.values(state.instances)
    .filter((each) => each.failure?.code === failure.code && each.failure.message === failure.message)
    .sort((a, b) => b.settledSeq - a.settledSeq)[0];
  return {
    kind: 'failure',
    instance: failed?.id ?? null,
    name: failed === undefined ? 'The run' : instanceName(definition, failed.id),
    attempts: failed?.attempt ?? 0,
    failure,
  };
}

function undoStatus(state: RunState, instance: InstanceId): UndoItem['status'] {
  switch (state.instances[instance]?.undo.status) {
    case 'done':
    case 'skipped':
      return 'done';
    case 'running':
    case 'retrying':
      return 'running';
    case 'blocked':
      return 'stuck';
    default:
      return 'open';
  }
}
