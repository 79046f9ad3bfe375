/**
 * What the journal of a run tells at this moment: for refusing at the door what its owner would refuse, with the same reason.
 * A long journal is folded page by page, so that what is kept of it is the state alone.
 */
import { entrySchema, RunFold } from '@sagawright/shared/saga';
import type { RunState, SagaDefinition } from '@sagawright/shared/saga';
import { findRun, readJournal } from '@sagawright/shared/server';
import type { Queryable } from '@sagawright/shared/server';
import { Refusal } from '../refusal.js';

const PAGE = 1000;

export interface RunStory {
  readonly definition: SagaDefinition;
  readonly state: RunState;
}

/** @throws Refusal `run.not-found` */
export async function readStory(sql: Queryable, workspaceId: string, runId: string): Promise<RunStory> {
  const run = await findRun(sql, workspaceId, runId);
  if (run === null) throw noRun();
  const { definition } = run;
  const state = await folded(sql, runId, new RunFold(definition));
  if (state === null) throw new Error(`Run ${runId} has no journal; this is a bug.`);
  return { definition, state };
}

async function folded(sql: Queryable, runId: string, fold: RunFold): Promise<RunState | null> {
  for (let after = 0; ;) {
    const page = await readJournal(sql, runId, { after, limit: PAGE });
    // Entries of older versions lack what has come since; the schema knows what that means.
    for (const entry of page) fold.fold(entrySchema.parse(entry));
    if (page.length < PAGE) return fold.state;
    after += page.length;
  }
}

export function noRun(): Refusal {
  return new Refusal('run.not-found', 'There is no such run in this workspace.');
}
