/** What entries of the undo direction mean for the state (S14, S19-S22). */
import { closeIncidents, settleBodies } from './bodies.js';
import type { SagaDefinition } from './definition.js';
import type { Draft } from './draft.js';
import { noteOver } from './forget.js';
import { instanceId } from './instance.js';
import type { Captured, EntryOf } from './journal.js';
import type { StepInstance } from './state.js';

type InstanceEntry = Parameters<typeof instanceId>[0];

function wanted(draft: Draft, entry: InstanceEntry): StepInstance | undefined {
  const instance = draft.view.instances[instanceId(entry)];
  return instance && draft.isUndoWanted(instance.id) ? instance : undefined;
}

export function undoStarted(draft: Draft, entry: EntryOf<'step.started'>): void {
  const instance = wanted(draft, entry);
  if (!instance) return;
  draft.patchUndo(instance.id, {
    status: 'running',
    attempt: entry.attempt,
    wakeAt: null,
    startedSeq: instance.undo.startedSeq || entry.seq,
    startedAt: instance.undo.startedAt ?? entry.at,
  });
}

/** A child run undoes itself, and will say when it has (S18). */
export function undoWaiting(draft: Draft, entry: EntryOf<'step.waiting'>): void {
  const instance = wanted(draft, entry);
  if (!instance) return;
  // Its start was given up, and is answered after all: a person has nothing to decide any more.
  closeIncidents(draft, instance.id, 'undo');
  draft.patchUndo(instance.id, { status: 'waiting', awaits: entry.awaits ?? [], wakeAt: entry.until });
}

export function undoSucceeded(definition: SagaDefinition, draft: Draft, entry: EntryOf<'step.succeeded'>): void {
  const instance = wanted(draft, entry);
  if (!instance || isOfEarlierRound(instance, entry.attempt)) return;
  if (instance.undo.repeat) {
    return draft.patchUndo(instance.id, { status: 'captured', awaits: [], ...nextRound(instance.undo) });
  }
  draft.patchUndo(instance.id, { status: 'done', output: entry.output, failure: null });
  undone(definition, draft, instance, entry);
}

/** S22: a belated answer to what was asked with other input, under another key, says nothing of what is wanted now. */
function isOfEarlierRound({ undo }: StepInstance, attempt: number): boolean {
  return undo.round > 1 && attempt <= undo.attemptBase;
}

/** Nothing more will be done about this effect: it is undone, or a person leaves it. */
export function undone(
  definition: SagaDefinition,
  draft: Draft,
  instance: StepInstance,
  { seq, at }: { readonly seq: number; readonly at: number },
): void {
  closeIncidents(draft, instance.id, 'undo');
  draft.patchUndo(instance.id, { wakeAt: null, awaits: [], settledSeq: seq, settledAt: at });
  if (instance.undo.further.length > 0) return draft.patchUndo(instance.id, furtherRound(instance.undo));
  draft.removeUndoing(instance.id);
  settleBodies(definition, draft, instance.path);
  noteOver(definition, draft, instance.path);
}

export function undoNotSucceeded(draft: Draft, entry: EntryOf<'step.failed'> | EntryOf<'step.unknown'>): void {
  const instance = wanted(draft, entry);
  if (!instance || entry.attempt < instance.undo.attempt) return;
  const doubtful = instance.undo.doubtful || entry.type === 'step.unknown';
  draft.patchUndo(instance.id, {
    status: entry.retryAt === null ? 'blocked' : 'retrying',
    attempt: entry.attempt,
    failure: entry.failure,
    wakeAt: entry.retryAt,
    awaits: [],
    doubtful,
    ...(instance.undo.repeat && { ...nextRound(instance.undo), attemptBase: entry.attempt }),
  });
}

/**
 * The undo of a step that succeeded late has other input now, so it goes by another key (S4, S22).
 *
 * @param due the undo is wanted now: its body compensates, or it is a loser's
 */
export function undoAgain(draft: Draft, { id, undo }: StepInstance, input: Captured | null, due: boolean): void {
  switch (undo.status) {
    case 'skipped':
      return;
    case 'running':
    case 'waiting':
      // What is in flight may still be answered as "nothing to undo": it has to be followed by one that knows.
      return draft.patchUndo(id, { input, repeat: true });
    case 'retrying':
    case 'blocked':
      return draft.patchUndo(id, { input, ...nextRound(undo) });
    case 'none':
    case 'captured':
      draft.patchUndo(id, { status: 'captured', input });
      break;
    case 'done':
      draft.patchUndo(id, { status: 'captured', input, ...nextRound(undo) });
  }
  if (due) draft.addUndoing(id);
}

/** The undo of what the step did besides: another input, another key. */
export function furtherRound(undo: StepInstance['undo']): Partial<StepInstance['undo']> {
  const [input = null, ...further] = undo.further;
  return { ...nextRound(undo), status: 'captured', input, further, override: null, failure: null };
}

/** A new key, under which nothing has been tried yet. */
export function nextRound(
  undo: StepInstance['undo'],
): Pick<StepInstance['undo'], 'round' | 'attemptBase' | 'doubtful' | 'repeat'> {
  return { round: undo.round + 1, attemptBase: undo.attempt, doubtful: false, repeat: false };
}
