/** States by their journals: `evolve` from one to the next, `replay` from the beginning. What is given is never changed. */
import type { SagaDefinition } from './definition.js';
import { RunFold } from './run-fold.js';
import type { Entry } from './journal.js';
import type { RunState } from './state.js';

/**
 * @param state null only before the first entry
 * @throws when a journal does not begin with `run.started`
 */
export function evolve(definition: SagaDefinition, state: RunState | null, entry: Entry): RunState {
  return folded(definition, state, [entry]) as RunState;
}

/** State after all the entries; null when there are none. */
export function replay(definition: SagaDefinition, entries: Iterable<Entry>): RunState | null {
  return folded(definition, null, entries);
}

/** Like `evolve` entry by entry, at the cost of one copy of the state. */
export function evolveAll(
  definition: SagaDefinition,
  state: RunState | null,
  entries: readonly Entry[],
): RunState | null {
  return entries.length === 0 ? state : folded(definition, state, entries);
}

function folded(definition: SagaDefinition, state: RunState | null, entries: Iterable<Entry>): RunState | null {
  const fold = new RunFold(definition, state);
  for (const entry of entries) fold.fold(entry);
  return fold.state;
}
