/** What the journal of a run tells at this moment: for refusing at the door what its owner would refuse, with the same reason. */
import { entrySchema, replay } from '@sagawright/shared/saga';
import type { Entry, RunState, SagaDefinition } from '@sagawright/shared/saga';
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
  const state = replay(definition, await wholeJournal(sql, runId));
  if (state === null) throw new Error(`Run ${runId} has no journal; this is a bug.`);
  return { definition, state };
}

async function wholeJournal(sql: Queryable, runId: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (;;) {
    const page = await readJournal(sql, runId, { after: entries.length, limit: PAGE });
    // Entries of older versions lack what has come since; the schema knows what that means.
    entries.push(...page.map((entry) => entrySchema.parse(entry)));
    if (page.length < PAGE) return entries;
  }
}

export function noRun(): Refusal {
  return new Refusal('run.not-found', 'There is no such run in this workspace.');
}
