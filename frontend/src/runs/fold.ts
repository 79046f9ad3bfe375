/**
 * A run as the page knows it: the entries received, dense from 1, and the state they fold to.
 *
 * 1. Entries are kept in order without holes; what was already known is ignored, so a stream may repeat itself.
 * 2. An entry beyond a hole is not taken: the caller fetches from `known.length` instead (S6: order is meaning).
 */
import { evolve } from '@sagawright/shared/saga';
import type { Entry, RunState, SagaDefinition } from '@sagawright/shared/saga';

export interface RunStory {
  readonly entries: readonly Entry[];
  readonly state: RunState | null;
}

export const EMPTY_STORY: RunStory = { entries: [], state: null };

export interface Folded {
  readonly story: RunStory;
  /** Something is missing between what is known and what came. */
  readonly gap: boolean;
}

export function foldEntries(definition: SagaDefinition, story: RunStory, incoming: readonly Entry[]): Folded {
  const entries = [...story.entries];
  let { state } = story;
  for (const entry of incoming) {
    if (entry.seq <= entries.length) continue;
    if (entry.seq !== entries.length + 1) {
      return { story: entries.length === story.entries.length ? story : { entries, state }, gap: true };
    }
    state = evolve(definition, state, entry);
    entries.push(entry);
  }
  return { story: entries.length === story.entries.length ? story : { entries, state }, gap: false };
}

/** The state right after entry `seq`, for looking back (R35). */
export function stateAt(definition: SagaDefinition, story: RunStory, seq: number): RunState | null {
  if (seq >= story.entries.length) return story.state;
  let state: RunState | null = null;
  for (const entry of story.entries.slice(0, seq)) state = evolve(definition, state, entry);
  return state;
}
