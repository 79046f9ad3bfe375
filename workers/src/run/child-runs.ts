/** Child runs are rows of the same store: starting one is an insert under the call's key, undoing one is a signal. */
import type { AttemptResult } from '@sagawright/shared/saga';
import { askChildToUndo, startChild } from '@sagawright/shared/server';
import type { Database, Queryable, Woken } from '@sagawright/shared/server';
import type { Failpoints } from '../failpoint.js';
import type { Children } from './operation.js';
import { childUnreachable } from './signal.js';

/**
 * @param incarnation whose runs call
 * @param ring asks workers to come and claim
 */
export function childRuns(
  database: Pick<Database, 'transaction'>,
  sql: Queryable,
  incarnation: string,
  shards: number,
  ring: (woken: Woken) => void,
  failpoint: Failpoints,
): Children {
  return {
    start: (run, parent, { workflow, version, mode, key, input }) =>
      unlessAway(async () => {
        const { workspaceId, epoch } = run;
        const by = { incarnation, epoch };
        const call = { workspaceId, parent, by, key, workflow, version, input, waits: mode === 'wait' };
        failpoint('before-child-start');
        const started = await startChild(database, call, shards);
        if (!started.ok) return { kind: 'failed', failure: started.error };
        failpoint('after-child-start');
        ring(started.value);
        return { kind: 'succeeded', output: { run: started.value.runId } };
      }),
    undo: (run, child) =>
      unlessAway(async (): Promise<AttemptResult> => {
        const asked = await askChildToUndo(sql, run.id, child, 'Its parent run is being undone.');
        if (asked === null) return { kind: 'succeeded', output: {} };
        failpoint('after-child-undo');
        ring(asked);
        return { kind: 'succeeded', output: { run: asked.runId } };
      }),
  };
}

/** A store that does not answer may have done it; the key makes another try safe. */
async function unlessAway(ask: () => Promise<AttemptResult>): Promise<AttemptResult> {
  try {
    return await ask();
  } catch (error) {
    return { kind: 'unknown', failure: childUnreachable(error instanceof Error ? error.message : String(error)) };
  }
}
