/**
 * A run that is put away in the middle and taken up again is the same run: its state and its journal are kept as JSON, and the
 * rest is folded in one go (I11, S7). Also: a decision does not depend on how the state came about, and is the same twice.
 */
import { decide } from '../decide.js';
import type { SagaDefinition } from '../definition.js';
import type { Entry } from '../journal.js';
import { evolveAll, replay } from '../replay.js';
import type { RunState } from '../state.js';
import { isSame } from './same.js';

/** @param at so many entries come before the cut */
export function checkCut(definition: SagaDefinition, journal: readonly Entry[], end: RunState, at: number): string[] {
  const stored = JSON.parse(JSON.stringify(journal)) as Entry[];
  const before = replay(definition, stored.slice(0, at));
  if (before === null) return [];
  const found: string[] = [];
  const kept = JSON.parse(JSON.stringify(before)) as RunState;
  if (!isSame(before, kept)) found.push(`I11: the state after ${at} entries is not what JSON keeps of it`);
  const now = stored[at - 1]?.at ?? 0;
  if (JSON.stringify(decide(definition, kept, now)) !== JSON.stringify(decide(definition, before, now)))
    found.push(`S7: after ${at} entries another decision is made about a state that was stored`);
  if (!isSame(evolveAll(definition, kept, stored.slice(at)), end))
    found.push(`I11: a run put away after ${at} entries comes to another state`);
  return found;
}
