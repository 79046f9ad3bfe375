/** The data of the latest run of a workflow, for the picker and the previews; nothing until there is one. */
import { useQuery } from '@tanstack/react-query';
import { client, keys } from '../api/index.js';
import { knownFrom } from './known-data.js';
import { NOTHING_KNOWN } from './references.js';
import type { KnownData } from './references.js';

/** A run that completed tells more than one that did not; further back than this is another story. */
const LATEST = 5;
/** Entries read of a run: a long loop does not make an editor wait. */
const ENTRIES = 1000;

export function useKnownData(workflowId: string): { readonly known: KnownData; readonly runAt: string | null } {
  const { data } = useQuery({
    queryKey: [...keys.runs, 'known-data', workflowId],
    staleTime: 30_000,
    queryFn: async ({ signal }) => {
      const { items } = await client.listRuns({ query: { workflowId, limit: LATEST } }, { signal });
      const run = items.find((each) => each.status === 'completed') ?? items[0];
      if (!run) return null;
      const params = { id: run.id };
      const [{ definition }, journal] = await Promise.all([
        client.getRun({ params }, { signal }),
        client.getJournal({ params, query: { limit: ENTRIES } }, { signal }),
      ]);
      return { known: knownFrom(definition, journal.items), runAt: run.createdAt };
    },
  });
  return data ?? NO_RUN;
}

const NO_RUN = { known: NOTHING_KNOWN, runAt: null };
