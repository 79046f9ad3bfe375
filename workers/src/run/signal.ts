import { cancelRefusal, entryBodySchema, resolutionRefusal, resolveIncident } from '@sagawright/shared/saga';
import type { Evaluate, NewEntry, RunState, SagaDefinition } from '@sagawright/shared/saga';

export type SignalReading =
  { readonly kind: 'entry'; readonly entry: NewEntry } | { readonly kind: 'refused'; readonly reason: string };

/** What a signal means for the run as it stands now: the entry to journal, or why it is dropped (S21, S23, S25). */
export async function readSignal(
  definition: SagaDefinition,
  state: RunState,
  body: unknown,
  evaluate: Evaluate,
  at: number,
): Promise<SignalReading> {
  const parsed = entryBodySchema.safeParse(body);
  if (!parsed.success) return refused('It is not a well-formed signal.');
  const signal = parsed.data;
  switch (signal.type) {
    case 'run.cancel-requested': {
      const refusal = cancelRefusal(definition, state);
      if (refusal !== null) return refused(refusal.message);
      if (state.cancel !== null) return refused('The run is being cancelled already.');
      return { kind: 'entry', entry: { ...signal, at } };
    }
    case 'incident.resolved': {
      const { incident, resolution, by, reason } = signal;
      const refusal = resolutionRefusal(definition, state, incident, resolution);
      if (refusal !== null) return refused(refusal.message);
      return {
        kind: 'entry',
        entry: await resolveIncident(definition, state, incident, resolution, by, reason, evaluate, at),
      };
    }
    default:
      return refused(`"${signal.type}" cannot be asked for from outside.`);
  }
}

function refused(reason: string): SignalReading {
  return { kind: 'refused', reason };
}
