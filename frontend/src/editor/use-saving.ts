/** Keeps the draft on the server up to date while the editor is open, and in the browser while the server is away. */
import type { Graph } from '@sagawright/shared/graph';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import { ApiError, client, keys, problemOf } from '../api/index.js';
import { useToasts } from '../ui/index.js';
import { forgetKeptDraft, startAutosave } from './autosave.js';
import type { Autosave, SaveResult } from './autosave.js';
import { useEditorStore } from './editor-store.js';
import type { SaveStatus } from './editor-store.js';

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
  /** After a conflict: my edits become the next revision. */
  readonly keepMine: () => Promise<void>;
  /** After a conflict: the other draft is loaded, mine is let go. */
  readonly loadTheirs: () => Promise<void>;
}

export function useSaving(workflowId: string): Saving {
  const store = useEditorStore();
  const toasts = useToasts();
  const queries = useQueryClient();
  const autosave = useRef<Autosave | null>(null);

  useEffect(() => {
    const save = async (baseRevision: number, graph: Graph): Promise<SaveResult> => {
      try {
        const answer = await client.saveDraft({ params: { id: workflowId }, body: { baseRevision, graph } });
        return { kind: 'saved', revision: answer.revision };
      } catch (error) {
        if (error instanceof ApiError && error.problem.code === 'draft.conflict') return { kind: 'conflict' };
        if (!(error instanceof ApiError) || error.problem.status >= 500) return { kind: 'offline' };
        toasts.show({ tone: 'failed', title: problemOf(error).title, description: problemOf(error).detail });
        return { kind: 'refused' };
      }
    };
    const unsent = () => store.getState().graph !== store.getState().savedGraph;
    const running = startAutosave({ workflowId, store, save, storage: localStorage });
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
    const latest = () => client.getWorkflow({ params: { id: workflowId } });
    return {
      flush,
      keepMine: async () => {
        const { draft } = await latest();
        store.setState({ revision: draft.revision, saveStatus: 'dirty' });
        await flush();
      },
      loadTheirs: async () => {
        const { draft } = await latest();
        forgetKeptDraft(workflowId, localStorage);
        store.getState().load(draft.graph, draft.revision);
      },
    };
  }, [store, workflowId]);
}
