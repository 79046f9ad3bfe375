import { instanceId } from './instance.js';
import type { Direction, InstanceRef } from './instance.js';

/**
 * The key under which a participant recognises a repeated call (S4): stable over attempts, crashes and takeovers.
 *
 * @param round 2 and up when a person repeats a refused call with other input, or an undo that ran as "empty" has to run
 *   again after a late success (S22): a participant that remembers answers by key would repeat the old answer
 */
export function idempotencyKey(runId: string, ref: InstanceRef, direction: Direction, round = 1): string {
  return `${runId}:${instanceId(ref)}:${direction}${round === 1 ? '' : `:${round}`}`;
}
