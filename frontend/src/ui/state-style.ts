/** How each state looks and what it is called: one table for badges, canvas, timeline and lists. */
import type { RunStatus } from '@sagawright/shared/saga';
import type { ForwardStatus, UndoStatus } from '@sagawright/shared/saga';
import type { GlyphName, Tone } from './Glyph.js';

export interface StateStyle {
  readonly word: string;
  readonly tone: Tone;
  readonly glyph: GlyphName;
}

export const runStateStyle = {
  queued: { word: 'Queued', tone: 'idle', glyph: 'queued' },
  running: { word: 'Running', tone: 'running', glyph: 'running' },
  waiting: { word: 'Waiting', tone: 'waiting', glyph: 'waiting' },
  compensating: { word: 'Compensating', tone: 'undo', glyph: 'undoing' },
  blocked: { word: 'Blocked', tone: 'failed', glyph: 'blocked' },
  completed: { word: 'Completed', tone: 'done', glyph: 'done' },
  failed: { word: 'Failed', tone: 'failed', glyph: 'failed' },
  compensated: { word: 'Compensated', tone: 'undo', glyph: 'undone' },
  cancelled: { word: 'Cancelled', tone: 'idle', glyph: 'cancelled' },
  terminated: { word: 'Terminated', tone: 'idle', glyph: 'cancelled' },
} as const satisfies Record<RunStatus, StateStyle>;

/** A step as people see it: its forward status, unless its undo has become the news. */
export type StepDisplayState =
  ForwardStatus | 'undoing' | 'undo-retrying' | 'undone' | 'undo-blocked' | 'undo-skipped' | 'undo-left' | 'idle';

export const stepStateStyle = {
  idle: { word: 'Not reached', tone: 'idle', glyph: 'queued' },
  ready: { word: 'Ready', tone: 'idle', glyph: 'queued' },
  running: { word: 'Running', tone: 'running', glyph: 'running' },
  retrying: { word: 'Retrying', tone: 'waiting', glyph: 'retrying' },
  waiting: { word: 'Waiting', tone: 'waiting', glyph: 'waiting' },
  open: { word: 'Inside at work', tone: 'running', glyph: 'running' },
  closing: { word: 'Closing', tone: 'running', glyph: 'running' },
  succeeded: { word: 'Done', tone: 'done', glyph: 'done' },
  skipped: { word: 'Skipped', tone: 'idle', glyph: 'skipped' },
  failed: { word: 'Failed', tone: 'failed', glyph: 'failed' },
  unknown: { word: 'Unknown', tone: 'failed', glyph: 'unknown' },
  cancelled: { word: 'Cancelled', tone: 'idle', glyph: 'cancelled' },
  undoing: { word: 'Undoing', tone: 'undo', glyph: 'undoing' },
  'undo-retrying': { word: 'Undo retrying', tone: 'undo', glyph: 'retrying' },
  undone: { word: 'Undone', tone: 'undo', glyph: 'undone' },
  'undo-blocked': { word: 'Undo blocked', tone: 'failed', glyph: 'blocked' },
  'undo-skipped': { word: 'Undo skipped', tone: 'idle', glyph: 'skipped' },
  'undo-left': { word: 'Undo not finished', tone: 'failed', glyph: 'unknown' },
} as const satisfies Record<StepDisplayState, StateStyle>;

interface ShownInstance {
  readonly status: ForwardStatus;
  readonly undo: { readonly status: UndoStatus };
}

/**
 * The one state to show for a step that has both directions.
 *
 * @param over the run has ended: whatever it left in the middle (it was terminated) goes on no more
 */
export function stepDisplayState(instance: ShownInstance | null | undefined, over: boolean): StepDisplayState {
  if (instance === null || instance === undefined) return 'idle';
  switch (instance.undo.status) {
    case 'running':
    case 'waiting':
      return over ? 'undo-left' : 'undoing';
    case 'retrying':
      return over ? 'undo-left' : 'undo-retrying';
    case 'done':
      return 'undone';
    case 'blocked':
      return 'undo-blocked';
    case 'skipped':
      return 'undo-skipped';
    case 'none':
    case 'captured':
      return over ? leftAs(instance.status) : instance.status;
  }
}

/** What a step that was not done has come to when its run ended. Of a call in flight nobody knows. */
export function leftAs(status: ForwardStatus): ForwardStatus {
  switch (status) {
    case 'running':
      return 'unknown';
    case 'ready':
    case 'retrying':
    case 'waiting':
    case 'open':
    case 'closing':
      return 'cancelled';
    default:
      return status;
  }
}
