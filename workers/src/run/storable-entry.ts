import type { Failure, Result } from '@sagawright/shared/kernel';
import { instanceId } from '@sagawright/shared/saga';
import type { Entry, RunState } from '@sagawright/shared/saga';
import { prepareEntry, storableJson } from '@sagawright/shared/server';
import type { PayloadOwner, PreparedEntry } from '@sagawright/shared/server';

/**
 * An entry in the form in which the ledger takes it. Data that cannot be stored becomes the step's failure, and a failure
 * whose words cannot be stored loses them: one step's bad data must neither spoil the commit of its neighbours nor stop
 * its run from ending clean.
 *
 * @param state where the run stands before the entry
 * @param owner the run that it belongs to
 * @returns a failure only when the entry has no storable form at all
 */
export function storableEntry(state: RunState, entry: Entry, owner: PayloadOwner): Result<PreparedEntry, Failure> {
  const prepared = prepareEntry(entry, owner);
  if (prepared.ok) return prepared;
  const { error } = prepared;
  switch (entry.type) {
    case 'step.succeeded': {
      const withoutUndo = prepareEntry({ ...entry, undoInput: { kind: 'failure', failure: error } }, owner);
      return withoutUndo.ok ? withoutUndo : failed(entry, error, owner);
    }
    case 'step.unknown': {
      const plain = { ...entry, failure: storableFailure(entry.failure) };
      const kept = prepareEntry(plain, owner);
      return kept.ok ? kept : prepareEntry({ ...plain, undoInput: { kind: 'failure', failure: error } }, owner);
    }
    case 'step.started':
      return failed(entry, error, owner);
    case 'step.waiting':
    case 'step.opened': {
      // It has no attempt yet: a wait that cannot be opened, or a container whose items or variables cannot be kept.
      const attempt = (state.instances[instanceId(entry)]?.attempt ?? 0) + 1;
      return failed({ ...entry, direction: 'forward', attempt }, error, owner);
    }
    case 'step.failed':
    case 'incident.opened':
      return prepareEntry({ ...entry, failure: storableFailure(entry.failure) }, owner);
    case 'run.ended':
      return prepareEntry({ ...entry, output: null, failure: entry.failure && storableFailure(entry.failure) }, owner);
    default:
      return prepared;
  }
}

/** What a participant said is kept as far as it can be. */
function storableFailure(failure: Failure): Failure {
  if (storableJson(failure).ok) return failure;
  const { code, kind } = failure;
  // Through bytes, halves of surrogate pairs become replacement characters; NUL stays and is replaced as well.
  const message = Buffer.from(failure.message.slice(0, 2000)).toString().replaceAll('\0', '\ufffd');
  return { code: storableJson(code).ok ? code : 'failure.not-storable', kind, message };
}

function failed(
  entry: Pick<
    Extract<Entry, { type: 'step.started' }>,
    'step' | 'path' | 'generation' | 'direction' | 'attempt' | 'at' | 'seq'
  >,
  failure: Failure,
  owner: PayloadOwner,
): Result<PreparedEntry, Failure> {
  const { step, path, generation, direction, attempt, at, seq } = entry;
  return prepareEntry(
    {
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
    },
    owner,
  );
}
