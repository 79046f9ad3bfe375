/**
 * Keeps the draft on the server (E45, E46, E50).
 *
 * 1. A change is sent at most 2 s after the last edit, at most 10 s after the first one that is not saved.
 * 2. One save at a time; what is edited meanwhile is sent by the next one, on the revision this one gave.
 * 3. What the server does not have yet is kept in this browser, and sent when the server is back.
 * 4. A refused save is not repeated by itself; the next edit or a save by hand tries again.
 * 5. What somebody else has saved meanwhile is merged, and saved on their revision. Where both changed the same, saving stops
 *    until a person has decided; nothing is overwritten by itself.
 */
import { emptyGraph, graphSchema } from '@sagawright/shared/graph';
import type { Graph } from '@sagawright/shared/graph';
import type { EditorStore } from './editor-store.js';
import { takeIn } from './merge/take-in.js';
import type { TheirDraft } from './merge/take-in.js';

export type SaveResult =
  | { readonly kind: 'saved'; readonly revision: number }
  /** No answer, or a server in trouble: the same again will do later. */
  | { readonly kind: 'offline' }
  /** The server answered no; only another edit, or signing in again, can change that. */
  | { readonly kind: 'refused' }
  /** Somebody else has saved since; this is what they saved. */
  | { readonly kind: 'conflict'; readonly theirs: TheirDraft };

export interface AutosaveOptions {
  readonly workflowId: string;
  readonly store: EditorStore;
  readonly save: (baseRevision: number, graph: Graph) => Promise<SaveResult>;
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  /** Told when theirs was merged without asking; `base` is what both began with. */
  readonly onMerged?: (theirs: TheirDraft, base: Graph) => void;
}

export interface Autosave {
  /** Saves now, whatever the clock says. */
  readonly flush: () => Promise<void>;
  readonly stop: () => void;
}

const QUIET_MS = 800;
const AT_MOST_MS = 10_000;
const RETRY_MS = 3000;
/** Merges in a row, before others who save all the time are given a moment. */
const MERGES = 3;
const keyOf = (workflowId: string) => `sagawright.draft.${workflowId}`;

export function startAutosave({ workflowId, store, save, storage, onMerged }: AutosaveOptions): Autosave {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let firstChange: number | null = null;
  let running: Promise<void> | null = null;
  let stopped = false;

  const keep = () => {
    const { graph, revision, savedGraph } = store.getState();
    storage.setItem(keyOf(workflowId), JSON.stringify({ revision, graph, base: savedGraph }));
  };

  const send = async (merges = 0): Promise<void> => {
    const { graph, revision, savedGraph, saveStatus } = store.getState();
    if (graph === savedGraph) {
      if (saveStatus !== 'conflict') store.setState({ saveStatus: 'saved' });
      return;
    }
    if (saveStatus === 'conflict') return;
    if (saveStatus !== 'offline') store.setState({ saveStatus: 'saving' });
    const result = await save(revision, graph);
    if (result.kind === 'saved') {
      const current = store.getState().graph;
      store.setState({
        revision: result.revision,
        savedGraph: graph,
        saveStatus: current === graph ? 'saved' : 'dirty',
      });
      firstChange = null;
      if (current === graph) storage.removeItem(keyOf(workflowId));
      else later(QUIET_MS);
    } else {
      keep();
      if (result.kind === 'conflict') {
        const base = store.getState().savedGraph;
        if (!takeIn(store, result.theirs)) return;
        onMerged?.(result.theirs, base);
        if (merges < MERGES) await send(merges + 1);
        return;
      }
      store.setState({ saveStatus: result.kind });
      if (result.kind === 'offline') later(RETRY_MS);
    }
  };

  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    if (running) await running;
    if (stopped) return;
    running = send().finally(() => {
      running = null;
    });
    await running;
  };

  const later = (ms: number) => {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(() => void flush(), ms);
  };

  const unsubscribe = store.subscribe((now, before) => {
    if (now.graph === before.graph || now.saveStatus === 'conflict' || now.graph === now.savedGraph) return;
    firstChange ??= Date.now();
    const left = firstChange + AT_MOST_MS - Date.now();
    later(now.saveStatus === 'offline' ? RETRY_MS : Math.max(0, Math.min(QUIET_MS, left)));
  });

  return {
    flush,
    stop: () => {
      if (store.getState().graph !== store.getState().savedGraph) keep();
      stopped = true;
      clearTimeout(timer);
      unsubscribe();
    },
  };
}

export interface KeptDraft {
  readonly graph: Graph;
  readonly revision: number;
  /** What the server had when the edits began; empty when that is not known, then nothing of either side is taken as removed. */
  readonly base: Graph;
}

/** What this browser kept of a workflow that the server has not got, if it can be read. */
export function keptDraft(workflowId: string, storage: Pick<Storage, 'getItem'>): KeptDraft | null {
  const text = storage.getItem(keyOf(workflowId));
  if (text === null) return null;
  try {
    const kept = JSON.parse(text) as { graph?: unknown; revision?: unknown; base?: unknown };
    const graph = graphSchema.safeParse(kept.graph);
    const base = graphSchema.safeParse(kept.base);
    if (!graph.success || typeof kept.revision !== 'number') return null;
    return { graph: graph.data, revision: kept.revision, base: base.success ? base.data : emptyGraph() };
  } catch {
    return null;
  }
}
