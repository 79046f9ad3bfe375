/** Undo and redo as a list of patches (E22). Pure: a history in, a history out. */
import { applyPatch, invertPatch, joinPatches, patchOf } from '@sagawright/shared/graph';
import type { Edit, Graph, GraphPatch, NodeId } from '@sagawright/shared/graph';

export interface HistoryEntry {
  readonly label: string;
  readonly patch: GraphPatch;
  readonly focus: readonly NodeId[];
  readonly coalesce: string | null;
}

export interface History {
  readonly past: readonly HistoryEntry[];
  readonly future: readonly HistoryEntry[];
}

export const DEPTH = 500;
export const NO_HISTORY: History = { past: [], future: [] };

/** Edits with the same key in a row are one entry; `sealed` ends a row (the field lost its focus). */
export function record(history: History, before: Graph, edit: Edit): History {
  const patch = patchOf(before, edit.graph);
  const key = edit.coalesce ?? null;
  const last = history.past[history.past.length - 1];
  if (last && key !== null && last.coalesce === key) {
    return { past: [...history.past.slice(0, -1), { ...last, patch: joinPatches(last.patch, patch) }], future: [] };
  }
  return {
    past: [...history.past, { label: edit.label, patch, focus: edit.focus, coalesce: key }].slice(-DEPTH),
    future: [],
  };
}

export function seal(history: History): History {
  const last = history.past[history.past.length - 1];
  if (!last || last.coalesce === null) return history;
  return { ...history, past: [...history.past.slice(0, -1), { ...last, coalesce: null }] };
}

export function undone(history: History, graph: Graph): { graph: Graph; history: History; entry: HistoryEntry } | null {
  const entry = history.past[history.past.length - 1];
  if (!entry) return null;
  return {
    graph: applyPatch(graph, invertPatch(entry.patch)),
    history: { past: history.past.slice(0, -1), future: [{ ...entry, coalesce: null }, ...history.future] },
    entry,
  };
}

export function redone(history: History, graph: Graph): { graph: Graph; history: History; entry: HistoryEntry } | null {
  const [entry, ...future] = history.future;
  if (!entry) return null;
  return { graph: applyPatch(graph, entry.patch), history: { past: [...history.past, entry], future }, entry };
}
