/** What a simulation is told about the world outside: how participants, people, children and senders of events behave. */
import { failure } from '../../kernel/index.js';
import type { AttemptResult } from '../command.js';
import type { StepId } from '../definition.js';
import type { Json } from '../imports.js';
import type { RunOutcome } from '../state.js';

/**
 * - `refuse`, `busy`: no effect, and the answer says so; repeating helps against `busy` only
 * - `lost`: the effect took place, the answer did not arrive; `vanished`: neither
 * - `late`: the attempt is given up, and afterwards (if the run still lives) effect and answer arrive after all (S22)
 */
export type Answer = 'succeed' | 'refuse' | 'busy' | 'lost' | 'vanished' | 'late';

/** An event sent while the run is on its way; `type` and content decide for themselves which waits they meet. */
export interface ScriptedEvent {
  /** Milliseconds after the run's start, or after the step's wait has opened. */
  readonly afterMs: number;
  readonly from: 'start' | 'opening';
  readonly type: string;
  readonly subject?: string | null;
  readonly data?: Json;
}

/** What a person does with a task, so long after it was given. */
export interface ScriptedTask {
  readonly afterMs: number;
  readonly outcome: string;
  readonly data?: Json;
  readonly comment?: string;
}

/** The run that a `call` starts. */
export interface ScriptedChild {
  /** Milliseconds after its start. */
  readonly afterMs?: number;
  /** Default `completed`. */
  readonly end?: RunOutcome;
  readonly output?: Json;
  /** It has passed its pivot: a request to stop changes nothing. */
  readonly refusesCancel?: boolean;
  /** The first time that its undo is asked for, it cannot be done. */
  readonly refusesUndo?: boolean;
}

/** Answers by attempt; afterwards everything succeeds. One answer alone is given every time. */
export interface Participant {
  readonly forward?: Answer | readonly Answer[];
  readonly undo?: Answer | readonly Answer[];
  /** What is done again after it had been undone is answered by what is left of the answers, not from the first on. */
  readonly goesOn?: boolean;
  /** The answers are meant for this item or pass of the loop around the step (from 0); in others everything succeeds. */
  readonly onlyAt?: number;
  /** Of refusals; default `refused`. */
  readonly code?: string;
  readonly events?: readonly ScriptedEvent[];
  /** Absent: nobody does it. */
  readonly task?: ScriptedTask;
  readonly child?: ScriptedChild;
  /** For so long after the step first asks, other runs hold all slots of its limit. */
  readonly slotTakenMs?: number;
  /** What a `code` step computes; default: its input. */
  readonly compute?: (input: Json) => Json;
}

export type Script = Readonly<Record<StepId, Participant>>;

/** A participant that always refuses. */
export const terminal = (code = 'refused'): Participant => ({ forward: 'refuse', code });

/** What the worker learns from an answer. */
export function participantResult(answer: Answer, code = 'refused', output: Json = { ok: true }): AttemptResult {
  switch (answer) {
    case 'succeed':
      return { kind: 'succeeded', output };
    case 'refuse':
      return { kind: 'failed', failure: failure('user', code, 'The participant refused.') };
    case 'busy':
      return { kind: 'failed', failure: failure('operational', 'http.status.503', 'The participant is busy.') };
    case 'lost':
    case 'vanished':
    case 'late':
      return { kind: 'unknown', failure: failure('operational', 'timeout', 'No answer arrived.') };
  }
}
