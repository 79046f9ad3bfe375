import type { Failure, Result } from '@sagawright/shared/kernel';
import type { Entry } from '@sagawright/shared/saga';
import { prepareEntry } from '@sagawright/shared/server';
import type { PreparedEntry } from '@sagawright/shared/server';

/**
 * An entry in the form in which the ledger takes it. Data that cannot be stored becomes the step's failure: one step's
 * bad data must neither spoil the commit of its neighbours nor stop its run from ending clean.
 *
 * @returns a failure only when the entry has no storable form at all
 */
export function storableEntry(entry: Entry): Result<PreparedEntry, Failure> {
  const prepared = prepareEntry(entry);
  if (prepared.ok) return prepared;
  const { error } = prepared;
  switch (entry.type) {
    case 'step.succeeded':
    case 'step.unknown': {
      const withoutUndo = prepareEntry({ ...entry, undoInput: { kind: 'failure', failure: error } });
      if (withoutUndo.ok || entry.type === 'step.unknown') return withoutUndo;
      return failed(entry, error);
    }
    case 'step.started':
      return failed(entry, error);
    default:
      return prepared;
  }
}

function failed(
  entry: Extract<Entry, { type: 'step.succeeded' | 'step.started' }>,
  failure: Failure,
): Result<PreparedEntry, Failure> {
  const { step, path, generation, direction, attempt, at, seq } = entry;
  return prepareEntry({
    type: 'step.failed',
    step,
    path,
    generation,
    direction,
    attempt,
    failure,
    retryAt: null,
    at,
    seq,
  });
}
