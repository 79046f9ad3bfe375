/** Keeps the draft on the server up to date while the editor is open, and in the browser while the server is away. */
import type { Graph } from '@sagawright/shared/graph';
import { useQueryClient } from '@tanstack/react-query';
import type { QueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import { ApiError, client, keys, meQuery, problemOf } from '../api/index.js';
import { useToasts } from '../ui/index.js';
import { startAutosave } from './autosave.js';
import type { Autosave, SaveResult } from './autosave.js';
import { useEditorStore } from './editor-store.js';
import type { SaveStatus } from './editor-store.js';
import { takeIn, takenWords } from './merge/take-in.js';
import type { TheirDraft } from './merge/take-in.js';
import type { Choices } from './merge/settle.js';

export const SAVE_WORDS: Readonly<Record<SaveStatus, string>> = {
  saved: 'Saved',
  dirty: 'Saving…',
  saving: 'Saving…',
  offline: 'Offline – kept here',
  refused: 'Not saved – kept here',
  conflict: 'Conflict',
};

export interface Saving {
  /** Sends what is not sent yet; done when the server has answered. */
  readonly flush: () => Promise<void>;
  /** After a conflict: merges as a person has decided, and saves. */
  readonly merge: (choices: Choices) => Promise<void>;
  /** Whose a draft is: `Anna’s`, or `the other tab’s` when the same person is at work there. */
  readonly whose: (theirs: TheirDraft) => string;
}

export function useSaving(workflowId: string): Saving {
  const store = useEditorStore();
  const toasts = useToasts();
  const queries = useQueryClient();
  const autosave = useRef<Autosave | null>(null);

  useEffect(() => {
    const conflict = async (): Promise<SaveResult> => {
      try {
        const { draft } = await client.getWorkflow({ params: { id: workflowId } });
        return { kind: 'conflict', theirs: draft };
      } catch {
        return { kind: 'offline' };
      }
    };
    const onMerged = (theirs: TheirDraft, base: Graph) => {
      const title = `Merged with ${whoseDraft(queries, theirs)} changes`;
      toasts.show({ tone: 'done', title, description: takenWords(base, theirs.graph) });
    };
    const save = async (baseRevision: number, graph: Graph): Promise<SaveResult> => {
      try {
        const answer = await client.saveDraft({ params: { id: workflowId }, body: { baseRevision, graph } });
        return { kind: 'saved', revision: answer.revision };
      } catch (error) {
        if (error instanceof ApiError && error.problem.code === 'draft.conflict') return conflict();
        if (!(error instanceof ApiError) || error.problem.status >= 500) return { kind: 'offline' };
        toasts.show({ tone: 'failed', title: problemOf(error).title, description: problemOf(error).detail });
        return { kind: 'refused' };
      }
    };
    const unsent = () => store.getState().graph !== store.getState().savedGraph;
    const running = startAutosave({ workflowId, store, save, storage: localStorage, onMerged });
    autosave.current = running;
    if (unsent()) void running.flush();
    const online = () => void running.flush();
    const leaving = (event: BeforeUnloadEvent) => {
      if (unsent()) event.preventDefault();
    };
    addEventListener('online', online);
    addEventListener('beforeunload', leaving);
    return () => {
      removeEventListener('online', online);
      removeEventListener('beforeunload', leaving);
      void running.flush().finally(() => {
        running.stop();
        void queries.invalidateQueries({ queryKey: keys.workflow(workflowId) });
      });
    };
  }, [store, workflowId, toasts, queries]);

  return useMemo(() => {
    const flush = async () => {
      await autosave.current?.flush();
    };
    return {
      flush,
      merge: async (choices) => {
        const { theirs } = store.getState();
        if (theirs) takeIn(store, theirs, choices);
        await flush();
      },
      whose: (theirs) => whoseDraft(queries, theirs),
    };
  }, [store, queries]);
}

function whoseDraft(queries: QueryClient, { author }: TheirDraft): string {
  return queries.getQueryData(meQuery.queryKey)?.user.name === author ? 'the other tab’s' : `${author}’s`;
}
