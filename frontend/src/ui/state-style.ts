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
  ForwardStatus | 'undoing' | 'undo-retrying' | 'undone' | 'undo-blocked' | 'undo-skipped' | 'idle';

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
} as const satisfies Record<StepDisplayState, StateStyle>;

/** The one state to show for a step that has both directions. */
export function stepDisplayState(
  instance: { readonly status: ForwardStatus; readonly undo: { readonly status: UndoStatus } } | null | undefined,
): StepDisplayState {
  if (instance === null || instance === undefined) return 'idle';
  switch (instance.undo.status) {
    case 'running':
    case 'waiting':
      return 'undoing';
    case 'retrying':
      return 'undo-retrying';
    case 'done':
      return 'undone';
    case 'blocked':
      return 'undo-blocked';
    case 'skipped':
      return 'undo-skipped';
    case 'none':
    case 'captured':
      return instance.status;
  }
}
