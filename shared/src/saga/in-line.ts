import { ROOT_PATH, scopeAt } from './paths.js';
import type { RunState } from './state.js';

/** The run has no place yet and still wants one: nothing of it begins (S30). */
export function isInLine(state: RunState): boolean {
  const { admission, endedAt } = state;
  if (admission === null || admission.status === 'admitted' || endedAt !== null) return false;
  return scopeAt(state, ROOT_PATH)?.status === 'active';
}
