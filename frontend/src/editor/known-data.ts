/** What a run tells about the data of each step, by the steps of the drawing as it is now. Pure. */
import { evolve } from '@sagawright/shared/saga';
import type { Entry, RunState, SagaDefinition } from '@sagawright/shared/saga';
import type { Json } from '@sagawright/shared/kernel';
import { NOTHING_KNOWN } from './references.js';
import type { KnownData } from './references.js';

/** @param entries the journal from its beginning, without holes; it need not be complete */
export function knownFrom(definition: SagaDefinition, entries: readonly Entry[]): KnownData {
  let state: RunState | null = null;
  for (const entry of entries) state = evolve(definition, state, entry);
  if (!state) return NOTHING_KNOWN;
  const outputs = new Map<string, Json>();
  // Of a step that ran several times the latest counts.
  for (const { step, status, output } of Object.values(state.instances)) {
    if (status === 'succeeded' && output !== null) outputs.set(step, output);
  }
  return {
    outputs,
    event: { trigger: state.trigger, data: state.event },
    run: { id: state.runId, startedAt: new Date(state.startedAt).toISOString() },
  };
}
