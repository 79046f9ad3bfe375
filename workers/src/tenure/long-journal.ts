/** Journals that are too long to be read at once: they are folded page by page, so that memory does not grow with them. */
import { RunFold, unknownWord } from '@sagawright/shared/saga';
import type { RunState, SagaDefinition } from '@sagawright/shared/saga';
import { readJournal } from '@sagawright/shared/server';
import type { ClaimedRun, Queryable } from '@sagawright/shared/server';

/** Up to so many entries a journal is read in one piece, together with those of other runs. */
export const LONG_JOURNAL = 5000;
const PAGE = 2000;

export interface LongJournal {
  /** Undefined when the journal does not tell the run. */
  readonly state: RunState | undefined;
  /** What only a later version of this program knows about it, in words. */
  readonly unknown: string | null;
}

/** Where a run stands by its journal. @param over nobody wants to know any more */
export async function foldLongJournal(
  sql: Queryable,
  run: Pick<ClaimedRun, 'id' | 'nextSeq'>,
  definition: SagaDefinition,
  over: AbortSignal,
): Promise<LongJournal> {
  const fold = new RunFold(definition);
  for (let after = 0; after < run.nextSeq - 1 && !over.aborted;) {
    const page = await readJournal(sql, run.id, { after, limit: PAGE }, 'whole');
    for (const entry of page) {
      const unknown = unknownWord(entry);
      if (unknown !== null) return { state: undefined, unknown };
      if (entry.seq !== after + 1 || entry.seq >= run.nextSeq) return { state: undefined, unknown: null };
      try {
        fold.fold(entry);
      } catch {
        return { state: undefined, unknown: null };
      }
      after = entry.seq;
    }
    if (page.length === 0) return { state: undefined, unknown: null };
  }
  return { state: fold.state ?? undefined, unknown: null };
}
