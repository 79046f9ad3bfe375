/** Quick fixes: what can be mended by one click, as an edit that can be undone. */
import { applyQuickFix } from '@sagawright/shared/saga';
import type { QuickFix } from '@sagawright/shared/saga';
import type { EditorStore } from './editor-store.js';

/** @returns false when what the fix is about is gone */
export function applyFix(store: EditorStore, fix: QuickFix): boolean {
  const { graph, apply } = store.getState();
  const { edit } = fix;
  const about = 'node' in edit ? edit.node : 'from' in edit ? edit.from : 'to' in edit ? edit.to : null;
  return apply({ graph: applyQuickFix(graph, fix), label: fix.label, focus: about === null ? [] : [about] });
}
